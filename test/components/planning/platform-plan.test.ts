import { describe, expect, test } from "vitest";
import { unknown } from "../../../components/catalogue/unknown.ts";
import { type PlannedPool, platformPlan } from "../../../components/planning/platform-plan.ts";

const price = {
  capacity: "on-demand",
  region: "us-east-1",
  usdPerHour: 55.04,
  source: "a price list",
  date: "2026-07-20",
} as const;

const h100: PlannedPool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  machine: "p5.48xlarge",
  nodes: 4,
  acceleratorsPerNode: 8,
  sharing: { mode: "dedicated" },
  cost: { usdPerMonth: 160_716.8, usdPerHour: 55.04, price },
};
const sliced: PlannedPool = {
  ...h100,
  name: "slices",
  nodes: 1,
  sharing: { mode: "mig", layouts: [{ nodes: 1, profiles: { "3g.40gb": 1, "1g.10gb": 3 } }] },
  cost: { usdPerMonth: 5600, usdPerHour: 7.67 },
};
const teams = [
  { name: "red", costCenter: "cc-1" },
  { name: "blue", costCenter: "cc-2" },
];
const half = { pool: "h100", accelerators: 16 };
const request = {
  fairSharing: false,
  pools: [h100],
  teams,
  quotas: [
    { ...half, team: "red" },
    { ...half, team: "blue" },
  ],
  workloads: [],
  models: [],
};

describe("the plan of a platform", () => {
  test("a pool with what it holds, promises and costs, and where its price was read", () => {
    expect(platformPlan(request).pools).toEqual([
      {
        name: "h100",
        accelerator: "nvidia-h100-80gb-sxm",
        machine: "p5.48xlarge",
        nodes: 4,
        accelerators: 32,
        devices: [{ noun: "accelerators", total: 32, promised: 32, headroom: 0 }],
        usdPerMonth: 160_716.8,
        priceNote: "55.04 USD an hour, on-demand in us-east-1, 2026-07-20",
      },
    ]);
  });

  test("a team pays for what it owns, and nobody for the rest", () => {
    const [red, blue] = [
      { ...half, team: "red" },
      { pool: "h100", accelerators: 8, team: "blue" },
    ];
    const plan = platformPlan({ ...request, quotas: [red, blue] });
    expect(plan.teams.map(({ name, usdPerMonth }) => [name, usdPerMonth])).toEqual([
      ["red", 80_358.4],
      ["blue", 40_179.2],
    ]);
    expect([plan.usdPerMonth, plan.unassignedUsdPerMonth]).toEqual([160_716.8, 40_179.2]);
  });

  test("what a cohort owns as a whole is promised, and in nobody's bill", () => {
    const quotas = [
      { ...half, team: "red" },
      { ...half, team: "cohort platform" },
    ];
    const plan = platformPlan({ ...request, quotas });
    expect(plan.unassignedUsdPerMonth).toBe(80_358.4);
    expect(plan.warnings).toEqual([]);
  });

  test("slices cost by their part of the accelerator", () => {
    const quotas = [
      { team: "red", pool: "slices", profile: "3g.40gb", accelerators: 8 },
      { team: "blue", pool: "slices", profile: "1g.10gb", accelerators: 14 },
    ];
    const plan = platformPlan({ ...request, pools: [sliced], quotas });
    // Eight times three of 56 compute slices are 24/56 of the node, fourteen are a quarter.
    expect(plan.teams.map(({ owns, usdPerMonth }) => [owns, usdPerMonth])).toEqual([
      [{ "slices 3g.40gb": 8 }, 2400],
      [{ "slices 1g.10gb": 14 }, 1400],
    ]);
    expect(plan.pools[0]?.devices).toEqual([
      { noun: "slices 1g.10gb", total: 24, promised: 14, headroom: 10 },
      { noun: "slices 3g.40gb", total: 8, promised: 8, headroom: 0 },
    ]);
  });

  test("a pool without a price says why, and counts for nothing", () => {
    const plan = platformPlan({ ...request, pools: [{ ...h100, cost: unknown("nobody publishes one") }] });
    expect(plan.pools[0]).toMatchObject({ usdPerMonth: null, priceNote: "nobody publishes one" });
    expect([plan.usdPerMonth, plan.teams[0]?.usdPerMonth]).toEqual([0, 0]);
  });
});

describe("warnings", () => {
  test("accelerators that are in nobody's quota", () => {
    const quotas = [{ ...half, team: "red" }];
    expect(platformPlan({ ...request, quotas }).warnings).toEqual([
      "pool h100: 16 of 32 accelerators are in nobody's quota, so no job ever gets them",
    ]);
  });

  test("a team that asks for more than it owns; not one that asks for just that", () => {
    const workload = { kind: "gang", name: "pretrain", team: "red", pool: "h100", accelerators: 16 };
    expect(platformPlan({ ...request, workloads: [workload] }).warnings).toEqual([]);
    const workloads = [workload, { ...workload, kind: "notebook", name: "lab", accelerators: 1 }];
    expect(platformPlan({ ...request, workloads }).warnings).toEqual([
      "team red asks for 17 in pool h100 with 2 workloads and owns 16: the rest borrows or waits",
    ]);
  });

  test("with fair sharing, jobs of uneven sizes that teams divide", () => {
    const gang = { kind: "gang", pool: "h100" };
    const workloads = [
      { ...gang, name: "pretrain", team: "red", accelerators: 16, perPod: [8] },
      { ...gang, name: "tune", team: "blue", accelerators: 2, perPod: [2] },
    ];
    expect(platformPlan({ ...request, workloads }).warnings).toEqual([]);
    expect(platformPlan({ ...request, workloads, fairSharing: true }).warnings).toEqual([
      "pool h100: jobs of parts of a node (tune) can keep those of whole nodes (pretrain) out, and teams " +
        "then miss their shares: give the small ones a pool of their own",
    ]);
  });

  test("slices of one profile are no slices of another", () => {
    const quotas = [
      { team: "red", pool: "slices", profile: "3g.40gb", accelerators: 8 },
      { team: "red", pool: "slices", profile: "1g.10gb", accelerators: 24 },
    ];
    const workload = { kind: "gang", name: "tune", team: "red", pool: "slices", accelerators: 9 };
    const workloads = [
      { ...workload, profile: "1g.10gb" },
      { ...workload, name: "wide", profile: "3g.40gb" },
    ];
    expect(platformPlan({ ...request, pools: [sliced], quotas, workloads }).warnings).toEqual([
      "team red asks for 9 3g.40gb in pool slices with 1 workload and owns 8: the rest borrows or waits",
    ]);
  });
});
