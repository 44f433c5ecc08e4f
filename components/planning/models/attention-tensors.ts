/** Weights of attention: of heads with keys and values of their own or shared, and of compressed ones. */
import type { Attention, LatentAttention } from "../../catalogue/model-architecture.ts";
import { matrix, type Tensor, vector } from "./tensor.ts";

const byRows = { cut: "rows" } as const;
const byColumns = { cut: "columns" } as const;
const vectors = { cut: "columns" } as const;

export function attentionTensors(hiddenSize: number, mixer: Attention): Tensor[] {
  const { heads, keyValueHeads, headSize, bias, headNorms, sinks, gated } = mixer;
  const queries = heads * headSize;
  const keys = keyValueHeads * headSize;
  const shared = { parts: keyValueHeads };
  return [
    matrix("mixer", gated ? 2 * queries : queries, hiddenSize, byRows),
    matrix("mixer", keys, hiddenSize, { ...byRows, ...shared }),
    matrix("mixer", keys, hiddenSize, { ...byRows, ...shared }),
    matrix("mixer", hiddenSize, queries, byColumns),
    ...(bias ? [vector(queries, vectors), vector(2 * keys, { ...vectors, ...shared })] : []),
    ...(bias === "all" ? [vector(hiddenSize)] : []),
    ...(headNorms ? [vector(2 * headSize)] : []),
    ...(sinks ? [vector(heads, vectors)] : []),
  ];
}

/** What compresses is whole on every rank; what restores the heads is cut by them. */
export function latentTensors(hiddenSize: number, mixer: LatentAttention): Tensor[] {
  const { heads, queryRank, keyValueRank, plainSize, rotarySize, valueSize } = mixer;
  const queries = heads * (plainSize + rotarySize);
  const queryTensors =
    queryRank === undefined
      ? [matrix("mixer", queries, hiddenSize, byRows)]
      : [
          matrix("mixer", queryRank, hiddenSize),
          vector(queryRank),
          matrix("mixer", queries, queryRank, byRows),
        ];
  return [
    ...queryTensors,
    matrix("mixer", keyValueRank + rotarySize, hiddenSize),
    vector(keyValueRank),
    matrix("mixer", heads * (plainSize + valueSize), keyValueRank, byRows),
    matrix("mixer", hiddenSize, heads * valueSize, byColumns),
  ];
}
