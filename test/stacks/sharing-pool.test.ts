import { expect, test } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { pricedPools } from "../../stacks/plan-request.ts";
import { refusedPoolModes } from "../../stacks/sharing-pool.ts";
import { makeStack } from "../support/builders.ts";
import { makeGcpStack } from "../support/gcp-stack.ts";

/** Modes that the pool cannot have, with the reasons. */
function refused(section: object, name: string) {
  const pool = pricedPools(parseConfig(stackConfig, section, "stack")).find((found) => found.name === name);
  if (!pool) throw new Error(`no pool ${name}`);
  return refusedPoolModes(section, pool);
}

test("a simulated pool of H100 can have every mode, whatever its quotas count now", () => {
  expect(refused(makeStack(), "h100")).toEqual([]);
});

test("partitions of a card without MIG are refused by the pool's own rules", () => {
  expect(refused(makeStack(), "l40s").map(({ mode }) => mode)).toEqual(["mig", "dra-partitions"]);
});

test("claims are refused where Google's own device plugin is, which has no driver for them", () => {
  const reason = 'pool h100: "dra"; allowed: dedicated, time-slicing, mps, mig with the GPU profile managed';
  expect(refused(makeGcpStack(), "h100")).toEqual([
    { mode: "dra-partitions", reason },
    { mode: "dra-shares", reason },
  ]);
});

test("claims are refused with a queueing backend that counts none", () => {
  const section = makeStack();
  const pool = pricedPools(parseConfig(stackConfig, section, "stack"))[0];
  if (!pool) throw new Error("no pool");
  const queueing = { ...section.queueing, backend: "volcano" };
  const found = refusedPoolModes({ ...section, queueing }, pool);
  expect(found.map(({ mode }) => mode)).toEqual(["dra-partitions", "dra-shares"]);
  expect(found[0]?.reason).toContain('"dra" with backend "volcano"');
});
