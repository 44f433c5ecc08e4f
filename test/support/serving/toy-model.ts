/** A model and hardware so small and round that every figure can be reckoned by hand. */
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";
import { alike, attention, gated, mixture } from "../../../components/catalogue/model-layers.ts";
import type { Serving } from "../../../components/planning/models/model-fit.ts";
import { alone } from "../../../components/planning/models/parallelism.ts";
import type { ServingHardware } from "../../../components/planning/serving/serving-hardware.ts";

/** Two layers: 30000 weights of attention and 90000 after it, and two norms of 100 in each. */
const toyModel: ModelArchitecture = {
  hiddenSize: 100,
  vocabularySize: 1000,
  maxContext: 10_000,
  tiedEmbeddings: false,
  dtype: "bf16",
  layers: alike(2, attention(4, 2, 25), gated(300)),
};

/** The same with eight experts of 90000 weights, two of them for each token, and a router of 800. */
export const toyMixture: ModelArchitecture = {
  ...toyModel,
  layers: alike(2, attention(4, 2, 25), mixture(8, 2, 300)),
};

export function toyServing(change: Partial<Serving> = {}): Serving {
  return { model: toyModel, parallelism: alone, settings: { engine: "vllm" }, ...change };
}

/** A thousand million of everything in a second. */
export const toyHardware: ServingHardware = {
  operations: { bf16: 1e9, fp8: 2e9 },
  bytesPerSecond: 1e9,
  link: { bytesPerSecond: 1e8, seconds: 0.001 },
  network: { bytesPerSecond: 1e7, seconds: 0.01 },
};
