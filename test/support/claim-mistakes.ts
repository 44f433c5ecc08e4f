/** Stacks that want claims together with what they do not go with, one mistake each. */
import { placeholder } from "./builders.ts";
import type { Mistake } from "./refusals.ts";
import { claim, run } from "./sharing-mistakes.ts";

export const claimMistakes: Mistake[] = [
  {
    case: "claims on TPUs",
    spoil: (stack) => {
      const sharing = { mode: "dra" };
      Object.assign(stack.pools[1], { accelerator: "google-tpu-v5e", sliceTopology: "2x4", sharing });
    },
    want: [
      ["pools", 1, "sharing", "mode"],
      '"dra" for google-tpu-v5e',
      '"dedicated": its device plugin gives whole chips only',
      "leave sharing out",
    ],
  },
  {
    case: "claims that no queue would count",
    spoil: (stack) => {
      claim(stack, "whole");
      Object.assign(stack.queueing, { backend: "volcano" });
    },
    want: [
      ["pools", 1, "sharing", "mode"],
      '"dra" with backend "volcano"',
      'claims with backend "kueue", which counts them in a quota',
      'use backend "kueue", or leave sharing out',
    ],
  },
  {
    case: "a gang of claims that may grow",
    spoil: (stack) => {
      claim(stack, "whole");
      run(stack, "vision", { elastic: true });
      Object.assign(stack.queueing, { elasticJobs: true });
    },
    want: [["jobs", 1, "elastic"], "true", "false in pool l40s, which is of mode dra", "leave elastic out"],
  },
  {
    case: "a notebook on a claimed device",
    spoil: (stack) => {
      claim(stack, "whole");
      const notebook = { name: "lab", team: "vision", owner: "ada", pool: "l40s", image: placeholder };
      Object.assign(stack, { notebooks: [{ ...notebook, accelerators: 1 }] });
    },
    want: [
      ["notebooks", 0, "accelerators"],
      "1",
      "0 in pool l40s, whose devices are claimed: notebooks bring no claims",
      "lower it to 0, or choose a pool that is not of mode dra",
    ],
  },
];
