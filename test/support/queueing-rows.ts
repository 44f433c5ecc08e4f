/** What teams get first come, first served. */
import { blue, gold, preempted, type Row, red, short } from "./queueing-row.ts";
import { rackRow } from "./topology-rows.ts";

export const plainRows: readonly Row[] = [
  {
    case: "nominal quota only: what exceeds it waits, though others are idle",
    pool: "nominal",
    nodes: 4,
    quotas: { red: { accelerators: 16 }, blue: { accelerators: 16 } },
    steps: [
      {
        submit: [red("a"), red("b"), red("c")],
        want: { "red-a": "runs on nominal-0", "red-b": "runs on nominal-1", "red-c": short("nominal") },
      },
    ],
  },
  {
    case: "borrowing up to the limit, and not beyond, though more is idle",
    pool: "borrow",
    nodes: 4,
    quotas: { red: { accelerators: 8, borrowingLimit: 8 }, blue: { accelerators: 24 } },
    steps: [
      {
        submit: [red("a"), red("b"), red("c")],
        want: { "red-a": "runs on borrow-0", "red-b": "runs on borrow-1", "red-c": short("borrow") },
      },
    ],
  },
  {
    case: "a lending limit keeps a reserve, which its owner takes without preempting anybody",
    pool: "reserve",
    nodes: 3,
    quotas: {
      red: { accelerators: 8, borrowingLimit: 8 },
      gold: { accelerators: 0, borrowingLimit: 8 },
      blue: { accelerators: 16, lendingLimit: 8 },
    },
    steps: [
      {
        submit: [red("a"), red("b"), gold("a"), blue("a")],
        want: {
          "red-a": "runs on reserve-0",
          "red-b": "runs on reserve-1",
          "gold-a": short("reserve"),
          "blue-a": "runs on reserve-2",
        },
      },
      {
        submit: [blue("b")],
        want: {
          "red-a": "runs on reserve-0",
          "red-b": preempted("InCohortReclamation", "reserve"),
          "gold-a": short("reserve"),
          "blue-a": "runs on reserve-2",
          "blue-b": "runs on reserve-1",
        },
      },
    ],
  },
  {
    case: "reclaim takes the lowest priority, then the newest; they return by priority, not by age, and end",
    pool: "reclaim",
    nodes: 3,
    quotas: { red: { accelerators: 8, borrowingLimit: 16 }, blue: { accelerators: 16 } },
    steps: [
      {
        submit: [red("a"), red("b", { priority: "low" }), red("c"), blue("a")],
        want: {
          "red-a": "runs on reclaim-0",
          "red-b": preempted("InCohortReclamation", "reclaim"),
          "red-c": "runs on reclaim-2",
          "blue-a": "runs on reclaim-1",
        },
      },
      {
        submit: [blue("b")],
        want: {
          "red-a": "runs on reclaim-0",
          "red-b": preempted("InCohortReclamation", "reclaim"),
          "red-c": preempted("InCohortReclamation", "reclaim"),
          "blue-a": "runs on reclaim-1",
          "blue-b": "runs on reclaim-2",
        },
      },
      {
        finish: ["blue-a"],
        want: {
          "red-a": "runs on reclaim-0",
          "red-b": preempted("InCohortReclamation", "reclaim"),
          "red-c": "runs on reclaim-1",
          "blue-a": "finished",
          "blue-b": "runs on reclaim-2",
        },
      },
      {
        // Both lost their node once, and waited again: they end as if nothing had happened.
        finish: ["red-c"],
        want: {
          "red-a": "runs on reclaim-0",
          "red-b": "runs on reclaim-1",
          "red-c": "finished",
          "blue-a": "finished",
          "blue-b": "runs on reclaim-2",
        },
      },
      {
        finish: ["red-b"],
        want: {
          "red-a": "runs on reclaim-0",
          "red-b": "finished",
          "red-c": "finished",
          "blue-a": "finished",
          "blue-b": "runs on reclaim-2",
        },
      },
    ],
  },
  {
    case: "within a queue a higher priority preempts the newest of the lowest; an equal one waits",
    pool: "priority",
    nodes: 2,
    quotas: { red: { accelerators: 16 } },
    steps: [
      {
        submit: [red("a", { priority: "low" }), red("b"), red("c"), red("d")],
        want: {
          "red-a": preempted("InClusterQueue", "priority"),
          "red-b": "runs on priority-1",
          "red-c": "runs on priority-0",
          "red-d": short("priority"),
        },
      },
      {
        submit: [red("e", { priority: "high" })],
        want: {
          "red-a": preempted("InClusterQueue", "priority"),
          "red-b": "runs on priority-1",
          "red-c": preempted("InClusterQueue", "priority"),
          "red-d": short("priority"),
          "red-e": "runs on priority-0",
        },
      },
    ],
  },
  {
    case: "a gang too large for what is free does not hold up a smaller job behind it",
    pool: "fifo",
    nodes: 2,
    quotas: { red: { accelerators: 16 } },
    steps: [
      {
        submit: [red("a"), red("b", { nodes: 2 }), red("c")],
        finish: ["red-a"],
        want: { "red-a": "finished", "red-b": short("fifo"), "red-c": "runs on fifo-1" },
      },
      {
        finish: ["red-c"],
        want: { "red-a": "finished", "red-b": "runs on fifo-0, fifo-1", "red-c": "finished" },
      },
    ],
  },
  rackRow,
  {
    case: "a gang larger than all that its team may hold says so, and what that is",
    pool: "ceiling",
    nodes: 4,
    quotas: { red: { accelerators: 8, borrowingLimit: 8 }, blue: { accelerators: 24 } },
    steps: [
      {
        submit: [red("a", { nodes: 3 })],
        want: {
          "red-a":
            "insufficient quota for nvidia.com/gpu in flavor ceiling, previously considered " +
            "podsets requests (0) + current podset request (24) > maximum capacity (16)",
        },
      },
    ],
  },
  {
    case: "a finished job's quota goes to the one that waits",
    pool: "finish",
    nodes: 1,
    quotas: { red: { accelerators: 8 } },
    steps: [
      { submit: [red("a"), red("b")], want: { "red-a": "runs on finish-0", "red-b": short("finish") } },
      { finish: ["red-a"], want: { "red-a": "finished", "red-b": "runs on finish-0" } },
    ],
  },
  {
    case: "jobs of half a node share it, and a third waits",
    pool: "halves",
    nodes: 1,
    quotas: { red: { accelerators: 8 } },
    steps: [
      {
        submit: ["a", "b", "c"].map((name) => red(name, { acceleratorsPerNode: 4 })),
        want: { "red-a": "runs on halves-0", "red-b": "runs on halves-0", "red-c": short("halves", 4) },
      },
    ],
  },
  {
    case: "pools do not mix: a job waits for its own while others are idle, and runs only there",
    pool: "apart",
    nodes: 1,
    quotas: { red: { accelerators: 8 } },
    steps: [
      {
        submit: [red("a"), red("b"), red("c", { pool: "spare" })],
        want: { "red-a": "runs on apart-0", "red-b": short("apart"), "red-c": "runs on spare-0" },
      },
    ],
  },
  {
    case: "a pool that does not exist, or where only another team has a quota, admits nothing",
    pool: "foreign",
    nodes: 1,
    quotas: { red: { accelerators: 8 } },
    steps: [
      {
        submit: [red("a", { pool: "nowhere" }), blue("a")],
        want: {
          "red-a": "LocalQueue nowhere doesn't exist",
          "blue-a": "LocalQueue foreign doesn't exist",
        },
      },
    ],
  },
];

/** A pool that stays idle, for the row whose pool is full. */
export const spare: Pick<Row, "pool" | "nodes" | "quotas"> = {
  pool: "spare",
  nodes: 1,
  quotas: { red: { accelerators: 8 } },
};
