/** Stacks whose pools, quotas or jobs ask for a network that they cannot have, one mistake each. */
import { efa, infiniband } from "./network.ts";
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
    case: "a network with a name that is no variable",
    spoil: (stack) => connect(stack, { environment: { "NCCL-IB-HCA": "mlx5" } }),
    want: [
      ["pools", 0, "fabric", "environment", "NCCL-IB-HCA"],
      '"mlx5"',
      "letters, digits and underscores; begins with no digit",
      "rename the key to the allowed form",
    ],
  },
  {
    case: "a network of TPUs",
    spoil: (stack) => {
      const slices = { accelerator: "google-tpu-v5e", acceleratorsPerNode: 4, sliceTopology: "2x4" };
      Object.assign(stack.pools[1], { ...slices, fabric: efa });
    },
    want: [
      ["pools", 1, "fabric"],
      "vpc.amazonaws.com/efa",
      "nothing in a pool of google-tpu-v5e: TPUs have a network of their own",
      "leave fabric out",
    ],
  },
  {
    case: "a network of accelerators that pods share",
    spoil: (stack) =>
      Object.assign(stack.pools[1], { sharing: { mode: "mps", replicas: 4 }, fabric: infiniband }),
    want: [
      ["pools", 1, "fabric"],
      "rdma/ib in a pool of mode mps",
      "a fabric in pools of whole accelerators: its devices go with them",
      "leave fabric out, or sharing",
    ],
  },
  {
    case: "parts of huge pages with each accelerator",
    spoil: (stack) => connect(stack, { hugePagesMiB: 5128 }),
    want: [
      ["pools", 0, "fabric", "hugePagesMiB"],
      "5128",
      "a multiple of 16: whole pages of 2 MiB with each of 8 accelerators",
      "make it 5136",
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
