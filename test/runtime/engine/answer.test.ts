/** How the tokens of one request are chosen and told. */
import { expect, test } from "vitest";
import { allocateBatch } from "../../../runtime/device/batch.ts";
import { Answer } from "../../../runtime/engine/answer.ts";
import type { GenerationRequest } from "../../../runtime/engine/contract.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { Sequence } from "../../../runtime/engine/sequence.ts";
import { usualLimits } from "../../support/runtime/fake-device.ts";
import { Listener, requestOf } from "../../support/runtime/requests.ts";

function answerOf(change: Partial<GenerationRequest> = {}) {
  const request = requestOf([5, 6], change);
  const listener = new Listener();
  const answer = new Answer(request, new Sequence(request, 4), listener, {
    matcher: undefined,
    hiddenSize: 2,
  });
  const batch = allocateBatch(usualLimits, { vocabularySize: 64, hiddenSize: 2, blockTokens: 4 });
  return { answer, listener, batch };
}

test("its sampling stands at its place in the batch", () => {
  const sampling = { ...greedy, temperature: 0.5, topK: 7, topP: 0.25, minP: 0.125, seed: 99n, logprobs: 2 };
  const { answer, batch } = answerOf({ sampling });
  expect(answer.fill(batch, 3, 11)).toBe(11);
  const { temperature, topK, topP, minP, seed, logprobs, isMasked } = batch;
  const fields = [temperature, topK, topP, minP, seed, logprobs, isMasked];
  expect(fields.map((field) => field[3])).toEqual([0.5, 7, 0.25, 0.125, 99n, 2, 0]);
  expect(fields.map((field) => field[2])).toEqual([0, 0, 0, 0, 0n, 0, 0]);
});

test("its adjustments follow those before it", () => {
  const { answer, batch } = answerOf({ sampling: { ...greedy, logitBias: new Map([[7, 2]]) } });
  expect(answer.fill(batch, 0, 5)).toBe(6);
  expect([batch.adjustToken[5], batch.adjustAdd[5]]).toEqual([7, 2]);
});

test("it takes the token at its place, says which ends it, and tells all at once", () => {
  const { answer, listener, batch } = answerOf({ stopTokens: [8] });
  batch.sampled[2] = 9;
  expect(answer.take(batch, 2)).toBe(false);
  batch.sampled[2] = 8;
  expect(answer.take(batch, 2)).toBe(true);
  expect(listener.answer).toEqual([]);
  answer.tell();
  expect(listener.answer).toEqual([9]);
  answer.reason = "stop";
  for (let times = 0; times < 2; times += 1) answer.tell();
  expect(listener.ends).toEqual([{ reason: "stop", cachedTokens: 0, promptTokens: 2, answerTokens: 1 }]);
});
