import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { h100 } from "../../bench/support/sharing-mixes.ts";
import { parseConfig } from "../../components/config.ts";
import { describedWay, type SharingWay } from "../../components/planning/sharing-advice-modes.ts";
import { stackSection } from "../../stacks/command.ts";
import { stackConfig } from "../../stacks/config.ts";
import { pricedPools } from "../../stacks/plan-request.ts";
import { poolSettings } from "../../stacks/sharing-pool.ts";
import { makeStack } from "../support/builders.ts";
import { makeGcpStack } from "../support/gcp-stack.ts";
import { root } from "../support/tidy/project.ts";

interface Section {
  readonly pools: readonly { readonly name: string }[];
  readonly aws: object;
}

const shipped = (name: string) =>
  stackSection(join(root, "stacks", "config", `Pulumi.${name}.yaml`)) as Section;

/** Beside a fabric accelerators are whole. */
function withoutFabric(name: string): Section {
  const section = shipped(name);
  return { ...section, pools: section.pools.map((pool) => ("efa" in pool ? { ...pool, efa: false } : pool)) };
}

function settingsOf(section: object, name = "h100") {
  const pool = pricedPools(parseConfig(stackConfig, section, "stack")).find((found) => found.name === name);
  if (!pool) throw new Error(`no pool ${name}`);
  return poolSettings(section, pool);
}

/** What the pool says for each way, or what the stack allows instead. */
function answers(section: object, ways: readonly SharingWay[]) {
  const settingOf = settingsOf(section);
  return ways.map((way) => {
    const setting = settingOf(way);
    return "sharing" in setting ? setting.sharing : setting.problem.allowed;
  });
}

function allowedLayouts(section: object): string[] {
  const settingOf = settingsOf(section);
  const ways = h100.layouts.map((layout) => ({ mode: "mig", layout }) as const);
  return ways.filter((way) => "sharing" in settingOf(way)).map(describedWay);
}

const claims: readonly SharingWay[] = [
  { mode: "dra-partitions", slices: h100.slices },
  { mode: "dra-shares", clients: 3, memoryGiB: 80 },
];
const [tiny, , , half] = h100.slices;
if (!tiny || !half) throw new Error("no slices");

test("a simulated pool of H100 can have every mode, whatever its quotas count now", () => {
  const ways: readonly SharingWay[] = [
    { mode: "dedicated" },
    { mode: "mps", clients: 3 },
    { mode: "mig", layout: [tiny, tiny, half] },
    ...claims,
  ];
  expect(answers(makeStack(), ways)).toEqual([
    { mode: "dedicated" },
    { mode: "mps", replicas: 3 },
    { mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.10gb": 2, "3g.40gb": 1 } }] },
    { mode: "dra", devices: "partitions" },
    { mode: "dra", devices: "shares" },
  ]);
});

describe("layouts, of all that MIG can place", () => {
  test.each(["local", "aws", "onprem"])("every one in the stack %s", (name) => {
    expect(allowedLayouts(withoutFabric(name))).toEqual(
      h100.layouts.map((layout) => describedWay({ mode: "mig", layout })),
    );
  });

  test("on GKE one size, as often as it fits", () => {
    expect(allowedLayouts(makeGcpStack()).sort()).toEqual([
      "mig, 1 x 4g.40gb",
      "mig, 1 x 7g.80gb",
      "mig, 2 x 3g.40gb",
      "mig, 3 x 2g.20gb",
      "mig, 4 x 1g.20gb",
      "mig, 7 x 1g.10gb",
    ]);
  });

  test("every one on GKE under the GPU Operator", () => {
    const section = { ...shipped("gcp"), gpuProfile: "operator" };
    expect(allowedLayouts(section)).toHaveLength(h100.layouts.length);
  });
});

test("Google's device plugin does not rename replicas, and has no claims", () => {
  const sizes = "dedicated, time-slicing, mps, mig with the GPU profile managed";
  expect(answers(makeGcpStack(), [{ mode: "time-slicing", clients: 3 }, ...claims])).toEqual([
    { mode: "time-slicing", replicas: 3, rename: false },
    sizes,
    sizes,
  ]);
});

test("no more replicas than a node takes pods", () => {
  const most = "2 to 13: a node of this pool takes at most 110 pods";
  const ways = [13, 14, 48].map((clients) => ({ mode: "mps", clients }) as const);
  expect(answers(shipped("onprem"), ways)).toEqual([{ mode: "mps", replicas: 13 }, most, most]);
});

test("nor more claims on shares, which its jobs alone decide", () => {
  const most = "at most 13 on a GPU: a node of this pool takes at most 110 pods";
  const ways = [13, 14].map((clients) => ({ mode: "dra-shares", clients, memoryGiB: 80 }) as const);
  expect(answers(shipped("onprem"), ways)).toEqual([{ mode: "dra", devices: "shares" }, most]);
});

test("beside a fabric accelerators are whole", () => {
  const ways = [{ mode: "dedicated" }, { mode: "mps", clients: 2 }, ...claims] as const;
  const whole = "a fabric in pools of whole accelerators: its devices go with them";
  expect(answers(shipped("aws"), ways)).toEqual([{ mode: "dedicated" }, whole, whole, whole]);
});

test("claims are refused where the version of Kubernetes does not serve them", () => {
  const section = withoutFabric("aws");
  const at = (kubernetesVersion: string) => ({ ...section, aws: { ...section.aws, kubernetesVersion } });
  const taken = (version: string) => answers(at(version), claims).map((answer) => typeof answer);
  expect([taken("1.35"), taken("1.36")]).toEqual([
    ["string", "string"],
    ["object", "object"],
  ]);
});

test("claims are refused with a queueing backend that counts none", () => {
  const section = makeStack();
  const queueing = { ...section.queueing, backend: "volcano" };
  const settingOf = settingsOf({ ...section, queueing });
  const given = claims.map((way) => {
    const setting = settingOf(way);
    return "problem" in setting ? setting.problem.given : setting.sharing.mode;
  });
  expect(given).toEqual(['"dra" with backend "volcano"', '"dra" with backend "volcano"']);
});
