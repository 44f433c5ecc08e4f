import { expect, test } from "vitest";
import { modelStack } from "../../../support/model-stack.ts";
import { message, type Row, refusal } from "../../../support/refusals.ts";

type ModelStack = ReturnType<typeof modelStack>;
type Spoil = (models: object[], stack: ModelStack) => void;

const model = "meta-llama/Llama-3.3-70B-Instruct";
const small = "meta-llama/Llama-3.1-8B-Instruct";

/** The second model on slices of the second pool. */
function onSlices(profile: string, change: object): Spoil {
  return (models, { pools, teams }) => {
    const layouts = [{ nodes: 2, profiles: { [profile]: 1 } }];
    Object.assign(pools[1] ?? {}, { sharing: { mode: "mig", layouts } });
    Object.assign(teams[0]?.quotas[1] ?? {}, { profile, accelerators: 16 });
    models[1] = { ...models[0], name: "slice", pool: "h100", profile, ...change };
  };
}

/** Each row breaks one rule of a stack whose models are otherwise served. */
const rows: { case: string; spoil: Spoil; want: Row }[] = [
  {
    case: "degrees that do not cut heads",
    spoil: ([, large]) => Object.assign(large ?? {}, { tensor: 3 }),
    want: [
      ["models", 1, "tensor"],
      "3, which does not cut attention heads (64) evenly",
      "1, 2, 4, 8, 16, 32, 64",
      "set tensor to 2 or 4",
    ],
  },
  {
    case: "more ranks than a node has accelerators",
    spoil: ([chat]) => Object.assign(chat ?? {}, { tensor: 8 }),
    want: [
      ["models", 0, "tensor"],
      "8",
      "1 to 4, the accelerators of one node of pool l40s",
      "lower tensor to 4 and put layers in stages with pipeline",
    ],
  },
  {
    case: "a model of 70 billion on one L40S",
    spoil: ([, large]) => Object.assign(large ?? {}, { pool: "l40s", tensor: 1 }),
    want: [
      ["models", 1, "pool"],
      `${model} on 1 nvidia-l40s: 131.4 GiB of weights and 1.6 GiB that the engine needs`,
      "39.7 GiB, 0.9 of 44.1 GiB",
      "take 4 nvidia-l40s with tensor 4; or take 1 nvidia-b200-sxm with tensor 1",
    ],
  },
  {
    case: "a context that does not fit beside the weights",
    spoil: ([, large]) => Object.assign(large ?? {}, { tensor: 2, context: 131_072 }),
    want: [
      ["models", 1, "context"],
      "131072 tokens",
      "1 to 20528: 3.1 GiB are left for it, of 70.9 GiB, 0.9 of 78.8 GiB",
      "set context to 20528; or take 4 nvidia-h100-80gb-sxm with tensor 4; or take weights in fp8;" +
        " or take 2 nvidia-h200-141gb-sxm with tensor 2",
    ],
  },
  {
    case: "a context beyond the model's own",
    spoil: ([, large]) => Object.assign(large ?? {}, { context: 200_000 }),
    want: [
      ["models", 1, "context"],
      "200000 tokens",
      `1 to 131072, what ${model} was made for`,
      "lower context to 131072, or take a model with a longer one",
    ],
  },
  {
    case: "requests that are longer than the context",
    spoil: ([chat]) => Object.assign(chat ?? {}, { context: 4096 }),
    want: [
      ["models", 0, "context"],
      "4096 tokens, while the demand's prompts and answers have 6800 together",
      "at least 6800",
      "set context to 6800, or ask for shorter requests",
    ],
  },
  {
    case: "an objective that no number of replicas meets",
    spoil: (_, { models }) => Object.assign(models[0] ?? {}, { demand: hurried(models[0]?.demand) }),
    want: [
      ["models", 0, "demand"],
      `${small} on 1 nvidia-l40s: a token in 23.4 ms with nobody else; 5 ms allowed`,
      "an objective that this pool meets",
      "take 2 p4d.24xlarge on-demand in us-east-1: 8 nvidia-a100-40gb, tensor 8 (32,058.16 USD a month);" +
        " or 2 p4de.24xlarge on-demand in us-east-1: 8 nvidia-a100-80gb, tensor 8 (40,072.69 USD a month);" +
        " or 4 p4d.24xlarge on-demand in us-east-1: 16 nvidia-a100-40gb, tensor 8, pipeline 2" +
        " (64,116.31 USD a month)",
    ],
  },
  {
    case: "more replicas than the team owns accelerators",
    spoil: (_, { models }) => Object.assign(models[0]?.demand ?? {}, { requestsPerSecond: 100 }),
    want: [
      ["models", 0, "demand"],
      "33 replicas and 4 spare ones of 1: 37 accelerators",
      "16, what team language owns in pool l40s",
      "raise the quota by 21, or lower the demand",
    ],
  },
  {
    case: "a profile where nothing is partitioned",
    spoil: ([chat]) => Object.assign(chat ?? {}, { profile: "1g.10gb" }),
    want: [["models", 0, "profile"], '"1g.10gb"', "nothing: pool l40s is not partitioned", "leave it out"],
  },
  {
    case: "slices without a profile",
    spoil: onSlices("3g.40gb", { profile: undefined }),
    want: [["models", 1, "profile"], "nothing", "3g.40gb", "name the slice that each replica takes"],
  },
  {
    case: "ranks on slices, which do not reach each other",
    spoil: onSlices("3g.40gb", { tensor: 2 }),
    want: [
      ["models", 1, "tensor"],
      "2 ranks in pool h100, whose pods have 3g.40gb of an accelerator",
      "1: parts of accelerators do not reach each other",
      "take a pool of whole accelerators",
    ],
  },
  {
    case: "weights beyond a slice",
    spoil: onSlices("1g.10gb", {}),
    want: [
      ["models", 1, "pool"],
      `${small} on 1g.10gb of nvidia-h100-80gb-sxm: 15.0 GiB of weights, 1.4 GiB that the engine needs,` +
        " 16384 tokens of context",
      "8.8 GiB on each, which hold 0 tokens",
      "take a larger part, a whole accelerator, or a smaller model",
    ],
  },
  {
    case: "a context beyond a slice",
    spoil: onSlices("2g.20gb", { context: 131_072 }),
    want: [
      ["models", 1, "context"],
      `${small} on 2g.20gb of nvidia-h100-80gb-sxm: 15.0 GiB of weights, 1.4 GiB that the engine needs,` +
        " 131072 tokens of context",
      "17.7 GiB on each, which hold 10448 tokens",
      "set context to 10448, or take a larger part",
    ],
  },
  {
    case: "devices that are claimed",
    spoil: (_, { pools }) => Object.assign(pools[1] ?? {}, { sharing: { mode: "dra" } }),
    want: [
      ["models", 1, "pool"],
      "pool h100, whose pods claim devices",
      "a pool of whole accelerators, of MIG slices, or shared by time-slicing or MPS",
      "choose another pool",
    ],
  },
];

function hurried(demand: object | undefined) {
  return { ...demand, tpotSeconds: 0.005 };
}

test.each(rows)("refused: $case", ({ spoil, want }) => {
  const stack = modelStack();
  spoil(stack.models, stack);
  expect(refusal(stack)).toBe(message(want));
});
