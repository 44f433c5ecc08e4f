/** Stacks whose pools, quotas or jobs ask for a network that they cannot have, one mistake each. */
import { efa } from "./network.ts";
import type { Mistake, Stack } from "./refusals.ts";

function connect(stack: Stack, change: object = {}): void {
  Object.assign(stack.pools[0], { fabric: { ...efa, ...change } });
}

export const networkMistakes: Mistake[] = [
  {
    case: "a network whose resource is Kubernetes' own",
    spoil: (stack) => connect(stack, { resourceName: "memory" }),
    want: [
      ["pools", 0, "fabric", "resourceName"],
      '"memory"',
      "an extended resource: <domain>/<name>, such as rdma/ib, and none of kubernetes.io",
      "write it in the allowed form",
    ],
  },
  {
    case: "a network that is an accelerator",
    spoil: (stack) => connect(stack, { resourceName: "nvidia.com/gpu" }),
    want: [
      ["pools", 0, "fabric", "resourceName"],
      '"nvidia.com/gpu"',
      "a resource of network devices; this one is an accelerator",
      "name the resource that the network's device plugin offers, such as rdma/ib",
    ],
  },
  {
    case: "a quota with half a network device",
    spoil: (stack) => {
      connect(stack);
      Object.assign(stack.teams[1].quotas[0], { accelerators: 15 });
    },
    want: [
      ["teams", 1, "quotas", 0, "accelerators"],
      "15",
      "a multiple of 2, with which 1 device vpc.amazonaws.com/efa goes in pool h100",
      "make it 16",
    ],
  },
  {
    case: "pods of several nodes with half a network device each",
    spoil: (stack) => {
      connect(stack);
      Object.assign(stack.jobs[0], { acceleratorsPerNode: 1 });
    },
    want: [
      ["jobs", 0, "acceleratorsPerNode"],
      "1",
      "a multiple of 2, with which 1 device vpc.amazonaws.com/efa goes",
      "ask for 2 per node, or run on one node",
    ],
  },
];
