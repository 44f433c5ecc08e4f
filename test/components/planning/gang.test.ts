import { expect, test } from "vitest";
import {
  admissionProblems,
  coverageProblems,
  type GangPlan,
  placementProblems,
} from "../../../components/planning/gang.ts";
import { poolDevices, type Sharing } from "../../../components/planning/sharing.ts";

const pool = { path: [], name: "h100", nodes: 4, acceleratorsPerNode: 8 };
const quota = {
  path: [],
  team: "research",
  pool: "h100",
  cohort: "platform",
  accelerators: 16,
  borrowingLimit: 8,
};

function gang(nodes: number, acceleratorsPerNode: number): GangPlan {
  return { path: ["jobs", 0], nodes, acceleratorsPerNode };
}

test.each([
  { case: "fills the pool", job: gang(4, 8), want: [] },
  {
    case: "a pod larger than any node",
    job: gang(1, 9),
    want: [
      {
        path: ["jobs", 0, "acceleratorsPerNode"],
        given: "9",
        allowed: "1 to 8, the accelerators of a node of pool h100",
        remedy: "ask for 8 per node and more nodes, or choose another pool",
      },
    ],
  },
  {
    case: "pods that share nodes, all of them full",
    job: gang(32, 1),
    want: [],
  },
  { case: "two pods on each node", job: gang(8, 4), want: [] },
  { case: "two pods on each node, and a rest that nobody uses", job: gang(8, 3), want: [] },
  {
    case: "more pods of half a node than fit",
    job: gang(11, 4),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "11",
        allowed: "1 to 8, the pods of 4 accelerators that fit pool h100 at once",
        remedy: "lower nodes to 8, or add 2 nodes to pool h100",
      },
    ],
  },
  {
    case: "fewer accelerators than the pool has, in pods that leave a rest on each node",
    job: gang(9, 3),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "9",
        allowed: "1 to 8, the pods of 3 accelerators that fit pool h100 at once",
        remedy: "lower nodes to 8, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "one accelerator too many",
    job: gang(33, 1),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "33",
        allowed: "1 to 32, the pods of 1 accelerator that fit pool h100 at once",
        remedy: "lower nodes to 32, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "pods of more than half a node, each of which has one alone",
    job: gang(5, 5),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "5",
        allowed: "1 to 4, the nodes of pool h100",
        remedy: "lower nodes to 4, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "pods larger than any node, and more than there are nodes",
    job: gang(5, 16),
    want: [
      {
        path: ["jobs", 0, "acceleratorsPerNode"],
        given: "16",
        allowed: "1 to 8, the accelerators of a node of pool h100",
        remedy: "ask for 8 per node and more nodes, or choose another pool",
      },
      {
        path: ["jobs", 0, "nodes"],
        given: "5",
        allowed: "1 to 4, the nodes of pool h100",
        remedy: "lower nodes to 4, or add 1 node to pool h100",
      },
    ],
  },
  {
    case: "more nodes than the pool has",
    job: gang(6, 8),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "6",
        allowed: "1 to 4, the nodes of pool h100",
        remedy: "lower nodes to 4, or add 2 nodes to pool h100",
      },
    ],
  },
])("F40 placement: $case", ({ job, want }) => {
  expect(placementProblems(job, pool)).toEqual(want);
});

test.each([
  { case: "exactly own and borrowed", job: gang(3, 8), want: [] },
  {
    case: "more than the queue can ever hold",
    job: gang(4, 8),
    want: [
      {
        path: ["jobs", 0, "nodes"],
        given: "32 accelerators (4 pods of 8)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
])("admission: $case", ({ job, want }) => {
  expect(admissionProblems(job, quota)).toEqual(want);
});

test.each([
  { case: "all covered", requests: { cpu: "1", "nvidia.com/gpu": "8" }, want: [] },
  {
    case: "a resource that the queue does not count",
    requests: { cpu: "1", "ephemeral-storage": "10Gi" },
    want: [
      {
        path: ["requests", "ephemeral-storage"],
        given: "a request for ephemeral-storage",
        allowed: "only cpu, memory, nvidia.com/gpu, which the queue covers",
        remedy: "drop the request, or add ephemeral-storage to the queue's covered resources",
      },
    ],
  },
])("F42 coverage: $case", ({ requests, want }) => {
  const stated = Object.fromEntries(Object.entries(requests).map(([name, amount]) => [name, String(amount)]));
  expect(coverageProblems(["requests"], stated, ["cpu", "memory", "nvidia.com/gpu"])).toEqual(want);
});

function devicesOf(sharing: Sharing) {
  return poolDevices({ accelerator: "nvidia-h100-80gb-sxm", nodes: 4, acceleratorsPerNode: 8, sharing });
}

const replicas = devicesOf({ mode: "time-slicing", replicas: 2, rename: true });
const slices = devicesOf({ mode: "mig", layouts: [{ nodes: 4, profiles: { "3g.40gb": 2 } }] });

test.each([
  { case: "a pod for every replica", job: gang(64, 1), devices: replicas, want: [] },
  {
    case: "more pods than replicas",
    job: gang(81, 1),
    devices: replicas,
    want: {
      path: ["jobs", 0, "nodes"],
      given: "81",
      allowed: "1 to 64, the replicas of pool h100",
      remedy: "lower nodes to 64, or add 2 nodes to pool h100",
    },
  },
  {
    case: "more pods than slices",
    job: { ...gang(65, 1), profile: "3g.40gb" },
    devices: slices,
    want: {
      path: ["jobs", 0, "nodes"],
      given: "65",
      allowed: "1 to 64, the slices 3g.40gb of pool h100",
      remedy: "lower nodes to 64, or add 1 node to pool h100",
    },
  },
  { case: "slices that there are not are another rule's", job: gang(65, 1), devices: slices, want: [] },
])("F40 placement in a shared pool: $case", ({ job, devices, want }) => {
  expect(placementProblems(job, { ...pool, devices })).toEqual([want].flat());
});

test("a job of slices is told about in slices", () => {
  const [problem] = admissionProblems({ ...gang(25, 1), profile: "3g.40gb" }, quota);
  expect(problem?.given).toBe("25 slices 3g.40gb (25 pods of 1)");
});
