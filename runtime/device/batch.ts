/** The arrays of a step, allocated once. */
import type { Batch, DeviceFacts, StepLimits } from "./contract.ts";

/** A batch without sequences, with room for the largest step. */
export function allocateBatch(
  limits: StepLimits,
  {
    vocabularySize,
    hiddenSize,
    blockTokens,
  }: Pick<DeviceFacts, "vocabularySize" | "hiddenSize" | "blockTokens">,
): Batch {
  const { stepTokens, sequences, sequenceTokens, topLogprobs, adjustments, draftTokens = 0 } = limits;
  const blocksPerSequence = Math.ceil(sequenceTokens / blockTokens);
  const maskWords = Math.ceil(vocabularySize / 32);
  const rowsPerSequence = 1 + draftTokens;
  const rows = sequences * rowsPerSequence;
  return {
    sequences: 0,
    tokens: 0,
    tokenIds: new Int32Array(stepTokens),
    positions: new Int32Array(stepTokens),
    queryStart: new Int32Array(sequences + 1),
    contextLength: new Int32Array(sequences),
    blockTable: new Int32Array(sequences * blocksPerSequence),
    blocksPerSequence,
    adapter: new Int32Array(sequences),
    isSampled: new Uint8Array(sequences),
    draftTokens: new Uint8Array(sequences),
    rowsPerSequence,
    pooling: new Uint8Array(sequences),
    temperature: new Float32Array(sequences),
    topK: new Int32Array(sequences),
    topP: new Float32Array(sequences),
    minP: new Float32Array(sequences),
    seed: new BigUint64Array(sequences),
    logprobs: new Int32Array(sequences),
    adjustStart: new Int32Array(sequences + 1),
    adjustToken: new Int32Array(adjustments),
    adjustScale: new Float32Array(adjustments),
    adjustAdd: new Float32Array(adjustments),
    isMasked: new Uint8Array(sequences),
    allowed: new Int32Array(sequences * maskWords),
    maskWords,
    pooled: new Float32Array(sequences * hiddenSize),
    sampled: new Int32Array(rows),
    status: new Int32Array(rows),
    logprob: new Float32Array(rows),
    topTokens: new Int32Array(rows * topLogprobs),
    topLogprob: new Float32Array(rows * topLogprobs),
  };
}

/**
 * Another one for steps that are begun while one of the first is computed. What only those need whose members
 * are chosen for between two steps, masks and adjustments and hidden states, both have in common.
 */
export function allocateBatchBehind(
  first: Batch,
  limits: StepLimits,
  facts: Pick<DeviceFacts, "vocabularySize" | "hiddenSize" | "blockTokens">,
): Batch {
  const { adjustToken, adjustScale, adjustAdd, allowed, maskWords, pooled } = first;
  const own = allocateBatch({ ...limits, adjustments: 0 }, { ...facts, vocabularySize: 0, hiddenSize: 0 });
  return { ...own, adjustToken, adjustScale, adjustAdd, allowed, maskWords, pooled };
}
