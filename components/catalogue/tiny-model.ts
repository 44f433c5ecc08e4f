/** The model that the project trains itself (runtime/tiny): a server has it unless it names another. */
import type { ModelArchitecture } from "./model-architecture.ts";
import { alike, attention, gated } from "./model-layers.ts";

export const tinyModel: ModelArchitecture = {
  hiddenSize: 128,
  vocabularySize: 512,
  maxContext: 512,
  tiedEmbeddings: true,
  dtype: "bf16",
  layers: alike(3, attention(4, 2, 32), gated(256)),
};
