import { expect, test } from "vitest";
import { volcanoQueues } from "../../../components/scheduling/volcano-queue.ts";
import { infiniband } from "../../support/network.ts";
import { makePool, makeQueues } from "../../support/queueing-plan.ts";

const pools = [makePool("h100"), makePool("l40s")];

/** Name, parent, then accelerators: deserved, capability, guarantee. */
function brief(config: Parameters<typeof makeQueues>[0]) {
  return volcanoQueues(makeQueues(config), pools).map(({ name, spec }) => [
    name,
    spec.parent,
    ...[spec.deserved, spec.capability, spec.guarantee.resource].map((amount) => amount["nvidia.com/gpu"]),
  ]);
}

test("a team's queue, whole: CPU and memory follow the accelerators, nothing is left to defaults", () => {
  const queues = [{ team: "red", pool: "h100", cohort: "platform", accelerators: 8, lendingLimit: 2 }];
  expect(volcanoQueues(makeQueues({ queues }), pools).at(-1)).toEqual({
    name: "red-h100",
    pool: "h100",
    team: "red",
    spec: {
      parent: "platform.h100",
      weight: 1,
      reclaimable: true,
      deserved: { cpu: "80", memory: "800Mi", "nvidia.com/gpu": "8" },
      capability: { cpu: "80", memory: "800Mi", "nvidia.com/gpu": "8" },
      guarantee: { resource: { cpu: "60", memory: "600Mi", "nvidia.com/gpu": "6" } },
    },
  });
});

test.each([
  { case: "no queue, no cohort", config: {}, want: [] },
  {
    case: "teams of a cohort in two pools: what is deserved adds up, borrowing ends the capability",
    config: {
      queues: [
        { team: "red", pool: "h100", cohort: "platform", accelerators: 8, borrowingLimit: 8 },
        { team: "blue", pool: "h100", cohort: "platform", accelerators: 16, lendingLimit: 8 },
        { team: "blue", pool: "l40s", cohort: "platform", accelerators: 4 },
      ],
    },
    want: [
      ["platform.h100", "root", "24", "24", "8"],
      ["red-h100", "platform.h100", "8", "16", "0"],
      ["blue-h100", "platform.h100", "16", "16", "8"],
      ["platform.l40s", "root", "4", "4", "0"],
      ["blue-l40s", "platform.l40s", "4", "4", "0"],
    ],
  },
  {
    case: "cohorts apart: neither can hold what is the other's",
    config: {
      cohorts: ["platform", "lab"],
      queues: [
        { team: "red", pool: "h100", cohort: "platform", accelerators: 8 },
        { team: "blue", pool: "h100", cohort: "lab", accelerators: 16 },
      ],
    },
    want: [
      ["platform.h100", "root", "8", "8", "0"],
      ["lab.h100", "root", "16", "16", "0"],
      ["red-h100", "platform.h100", "8", "8", "0"],
      ["blue-h100", "lab.h100", "16", "16", "0"],
    ],
  },
  {
    case: "cohorts under one parent: each may grow into the other's, parents come first",
    config: {
      cohorts: ["platform", "lab", "company"],
      cohortTree: [
        { cohort: "platform", parent: "company" },
        { cohort: "lab", parent: "company" },
      ],
      queues: [
        { team: "red", pool: "h100", cohort: "platform", accelerators: 8, borrowingLimit: 16 },
        { team: "blue", pool: "h100", cohort: "lab", accelerators: 16 },
      ],
    },
    want: [
      ["company.h100", "root", "24", "24", "0"],
      ["platform.h100", "company.h100", "8", "24", "0"],
      ["lab.h100", "company.h100", "16", "24", "0"],
      ["red-h100", "platform.h100", "8", "24", "0"],
      ["blue-h100", "lab.h100", "16", "16", "0"],
    ],
  },
  {
    case: "a team that owns nothing still has a parent that exists",
    config: { queues: [{ team: "red", pool: "h100", cohort: "platform", accelerators: 0 }] },
    want: [
      ["platform.h100", "root", "0", "0", "0"],
      ["red-h100", "platform.h100", "0", "0", "0"],
    ],
  },
])("$case", ({ config, want }) => {
  expect(brief(config)).toEqual(want);
});

test("the network is deserved and limited with the accelerators, and guaranteed to nobody", () => {
  const queues = [{ team: "red", pool: "h100", cohort: "platform", accelerators: 8, lendingLimit: 2 }];
  const pool = { ...makePool("h100"), fabric: infiniband };
  expect(volcanoQueues(makeQueues({ queues }), [pool]).at(-1)?.spec).toMatchObject({
    deserved: { "nvidia.com/gpu": "8", "rdma/ib": "8" },
    capability: { "nvidia.com/gpu": "8", "rdma/ib": "8" },
    guarantee: { resource: { cpu: "60", memory: "600Mi", "nvidia.com/gpu": "6" } },
  });
  expect(volcanoQueues(makeQueues({ queues }), [pool]).at(-1)?.spec.guarantee.resource).not.toHaveProperty([
    "rdma/ib",
  ]);
});
