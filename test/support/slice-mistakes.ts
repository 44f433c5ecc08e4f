/** Stacks whose pools, quotas or jobs of TPUs are refused, one mistake each. */
import { sliceTopologies } from "../../components/catalogue/tpu-slices.ts";
import { placeholder } from "./builders.ts";
import type { Mistake, Stack } from "./refusals.ts";

/** Makes the second pool one slice of two hosts, as large as the quota of the second team in it. */
function slice(stack: Stack, change: object = {}): void {
  Object.assign(stack.pools[1], { accelerator: "google-tpu-v5e", sliceTopology: "2x4", ...change });
}

/** A job of one whole slice. */
function run(stack: Stack, change: object = {}): void {
  const job = { name: "small", team: "vision", pool: "l40s", nodes: 2, acceleratorsPerNode: 4 };
  stack.jobs.push({ ...job, image: placeholder, ...change });
}

const shapes =
  "the slices of google-tpu-v5e, each with its acceleratorsPerNode: 1x1 of 1, 2x2 of 4, 2x4 of 8, " +
  "2x4 of 4, 4x4 of 4, 4x8 of 4, 8x8 of 4, 8x16 of 4, 16x16 of 4";

export const sliceMistakes: Mistake[] = [
  {
    case: "a topology that the accelerator does not come in",
    spoil: (stack) => slice(stack, { sliceTopology: "2x2x2" }),
    want: [["pools", 1, "sliceTopology"], '"2x2x2", with 4 per node', shapes, "choose one of these"],
  },
  {
    case: "TPUs without a topology",
    spoil: (stack) => slice(stack, { sliceTopology: undefined }),
    want: [["pools", 1, "sliceTopology"], "nothing, with 4 per node", shapes, "choose one of these"],
  },
  {
    case: "a topology that no accelerator comes in",
    spoil: (stack) => slice(stack, { sliceTopology: "3x3" }),
    want: [
      ["pools", 1, "sliceTopology"],
      '"3x3"',
      `one of ${sliceTopologies.join(", ")}`,
      "choose one of the allowed values",
    ],
  },
  {
    case: "TPUs that are shared",
    spoil: (stack) => slice(stack, { sharing: { mode: "time-slicing", replicas: 2 } }),
    want: [
      ["pools", 1, "sharing", "mode"],
      '"time-slicing" for google-tpu-v5e',
      '"dedicated": its device plugin gives whole chips only',
      "leave sharing out",
    ],
  },
  {
    case: "a quota of part of a slice",
    spoil: (stack) => {
      slice(stack);
      Object.assign(stack.teams[1].quotas[1] ?? {}, { accelerators: 4 });
    },
    want: [
      ["teams", 1, "quotas", 1, "accelerators"],
      "4",
      "a multiple of 8, the chips of a slice 2x4 of pool l40s",
      "make it 8",
    ],
  },
  {
    case: "a job of part of a slice",
    spoil: (stack) => {
      slice(stack);
      run(stack, { nodes: 1 });
    },
    want: [
      ["jobs", 1, "nodes"],
      "1 node of 4",
      "2 nodes of 4: one whole slice 2x4 of pool l40s",
      "ask for 2 nodes of 4, or choose a pool of other slices",
    ],
  },
  {
    case: "a job on TPUs with a network domain of its own",
    spoil: (stack) => {
      slice(stack);
      run(stack, { topology: { mode: "required", domain: "rack" } });
    },
    want: [
      ["jobs", 1, "topology"],
      "a network domain",
      "nothing in pool l40s: a gang there has one slice, whole",
      "leave topology out",
    ],
  },
];
