import { expect, test } from "vitest";
import { unknown } from "../../../components/catalogue/unknown.ts";
import type { PlannedPool, PlannedWorkload } from "../../../components/planning/platform-plan.ts";
import { unevenWarnings } from "../../../components/planning/uneven-jobs.ts";

const pool: PlannedPool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  machine: "p5.48xlarge",
  nodes: 4,
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
  cost: unknown("simulated"),
};
const replicas: PlannedPool["sharing"] = { mode: "time-slicing", replicas: 2, rename: false };

const job = (name: string, team: string, ...perPod: number[]): PlannedWorkload => ({
  kind: "gang",
  name,
  team,
  pool: "h100",
  accelerators: 8,
  perPod,
});
const whole = job("pretrain", "red", 8);
const small = job("tune", "blue", 2);
const told = (smallNames: string) =>
  `pool h100: jobs of parts of a node (${smallNames}) can keep those of whole nodes (pretrain) out, and ` +
  "teams then miss their shares: give the small ones a pool of their own";

test.each([
  { case: "two teams, parts and whole nodes", workloads: [whole, small], want: [told("tune")] },
  { case: "a notebook without accelerators is no part", workloads: [whole, job("lab", "blue", 0)], want: [] },
  { case: "one team alone", workloads: [whole, job("tune", "red", 2)], want: [] },
  { case: "whole nodes only", workloads: [whole, job("tune", "blue", 8)], want: [] },
  { case: "parts only", workloads: [job("pretrain", "red", 4), small], want: [] },
  { case: "another pool", workloads: [whole, { ...small, pool: "l40s" }], want: [] },
  {
    case: "many are not all named",
    workloads: [whole, ...["a", "b", "c", "d", "e"].map((name) => job(name, "blue", 1))],
    want: [told("a, b, c, 2 more")],
  },
])("$case", ({ workloads, want }) => {
  expect(unevenWarnings([pool], workloads)).toEqual(want);
});

test("a pool of shared accelerators has no whole nodes to keep free", () => {
  expect(unevenWarnings([{ ...pool, sharing: replicas }], [whole, small])).toEqual([]);
});
