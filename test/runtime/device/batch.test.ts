/** Room for the largest step, and for nothing more. */
import { expect, test } from "vitest";
import { allocateBatch, allocateBatchBehind } from "../../../runtime/device/batch.ts";

test("every array has room for the largest step", () => {
  const limits = {
    stepTokens: 7,
    sequences: 3,
    sequenceTokens: 33,
    topLogprobs: 2,
    adjustments: 11,
    draftTokens: 1,
  };
  const { sequences, tokens, blocksPerSequence, maskWords, rowsPerSequence, ...arrays } = allocateBatch(
    limits,
    {
      vocabularySize: 65,
      hiddenSize: 5,
      blockTokens: 16,
    },
  );
  expect({ sequences, tokens, blocksPerSequence, maskWords, rowsPerSequence }).toEqual({
    sequences: 0,
    tokens: 0,
    blocksPerSequence: 3,
    maskWords: 3,
    rowsPerSequence: 2,
  });
  expect(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.length]))).toEqual({
    tokenIds: 7,
    positions: 7,
    queryStart: 4,
    contextLength: 3,
    blockTable: 9,
    adapter: 3,
    isSampled: 3,
    draftTokens: 3,
    pooling: 3,
    pooled: 15,
    temperature: 3,
    topK: 3,
    topP: 3,
    minP: 3,
    seed: 3,
    logprobs: 3,
    adjustStart: 4,
    adjustToken: 11,
    adjustScale: 11,
    adjustAdd: 11,
    isMasked: 3,
    allowed: 9,
    sampled: 6,
    status: 6,
    logprob: 6,
    topTokens: 12,
    topLogprob: 12,
  });
});

test("another one has the same sizes", () => {
  const limits = { stepTokens: 7, sequences: 3, sequenceTokens: 33, topLogprobs: 2, adjustments: 11 };
  const facts = { vocabularySize: 65, hiddenSize: 5, blockTokens: 16 };
  const first = allocateBatch(limits, facts);
  expect(allocateBatchBehind(first, limits, facts)).toEqual(first);
});
