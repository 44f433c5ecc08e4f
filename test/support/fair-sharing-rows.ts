/** What teams get when fair sharing is on, and before. */
import { blue, gold, preempted, type Row, red, short } from "./queueing-row.ts";

const lentByGold: Row["quotas"] = {
  red: { accelerators: 0, borrowingLimit: 32 },
  blue: { accelerators: 0, borrowingLimit: 32 },
  gold: { accelerators: 32 },
};

const quarter = { acceleratorsPerNode: 2 };

/**
 * Before fair sharing is on, and in the same pool after. The pool has one node: Kueue begins anew with fair
 * sharing, and decides before it has heard of all nodes (pkg/controller/tas/node_controller.go of 0.19.2,
 * Create). While it knows only some nodes of a pool, it preempts whoever runs on those instead of the newest.
 */
export const greedyRow: Row = {
  case: "the first to come borrows everything",
  pool: "greedy",
  nodes: 1,
  quotas: {
    red: { accelerators: 0, borrowingLimit: 8 },
    blue: { accelerators: 0, borrowingLimit: 8 },
    gold: { accelerators: 8 },
  },
  steps: [
    {
      submit: [
        red("a", quarter),
        red("b", quarter),
        red("c", quarter),
        red("d", quarter),
        blue("a", quarter),
      ],
      want: {
        "red-a": "runs on greedy-0",
        "red-b": "runs on greedy-0",
        "red-c": "runs on greedy-0",
        "red-d": "runs on greedy-0",
        "blue-a": short("greedy", 2),
      },
    },
  ],
};

export const sharedGreed = {
  "red-a": "runs on greedy-0",
  "red-b": "runs on greedy-0",
  "red-c": "runs on greedy-0",
  "red-d": preempted("InCohortFairSharing", "greedy", 2),
  "blue-a": "runs on greedy-0",
};

/** Fair sharing, gold with twice the weight of the others. */
export const fairRows: readonly Row[] = [
  {
    case: "equal weights: who comes late gets half of what is lent, and no more",
    pool: "even",
    nodes: 4,
    quotas: lentByGold,
    steps: [
      {
        submit: [red("a"), red("b"), red("c"), red("d"), blue("a"), blue("b"), blue("c")],
        want: {
          "red-a": "runs on even-0",
          "red-b": "runs on even-1",
          "red-c": preempted("InCohortFairSharing", "even"),
          "red-d": preempted("InCohortFairSharing", "even"),
          "blue-a": "runs on even-3",
          "blue-b": "runs on even-2",
          "blue-c": short("even"),
        },
      },
    ],
  },
  {
    case: "weights 2 to 1: who comes late gets two thirds of what is lent, and no more",
    pool: "weighted",
    nodes: 6,
    quotas: {
      red: { accelerators: 0, borrowingLimit: 48 },
      gold: { accelerators: 0, borrowingLimit: 48 },
      blue: { accelerators: 48 },
    },
    steps: [
      {
        submit: [..."abcdef"].map((name) => red(name)).concat([..."abcde"].map((name) => gold(name))),
        want: {
          "red-a": "runs on weighted-0",
          "red-b": "runs on weighted-1",
          "red-c": preempted("InCohortFairSharing", "weighted"),
          "red-d": preempted("InCohortFairSharing", "weighted"),
          "red-e": preempted("InCohortFairSharing", "weighted"),
          "red-f": preempted("InCohortFairSharing", "weighted"),
          "gold-a": "runs on weighted-5",
          "gold-b": "runs on weighted-4",
          "gold-c": "runs on weighted-3",
          "gold-d": "runs on weighted-2",
          "gold-e": short("weighted"),
        },
      },
    ],
  },
];
