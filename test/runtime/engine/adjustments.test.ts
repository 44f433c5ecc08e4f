/** What a request does to the logits of single tokens. */
import { expect, test } from "vitest";
import { allocateBatch } from "../../../runtime/device/batch.ts";
import { Adjustments } from "../../../runtime/engine/adjustments.ts";
import type { GenerationRequest, Sampling } from "../../../runtime/engine/contract.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { usualLimits } from "../../support/runtime/fake-device.ts";
import { requestOf } from "../../support/runtime/requests.ts";

function adjustmentsOf(sampling: Partial<Sampling>, change: Partial<GenerationRequest> = {}) {
  return Adjustments.of(requestOf([5, 6, 5], { ...change, sampling: { ...greedy, ...sampling } }));
}

/** By token: what its logit is divided by, and what is added. */
function written(adjustments: Adjustments | undefined, answerTokens: number): Record<number, number[]> {
  const batch = allocateBatch(usualLimits, { vocabularySize: 64, hiddenSize: 2, blockTokens: 4 });
  const end = adjustments?.write(batch, 3, answerTokens) ?? 3;
  const places = Array.from({ length: end - 3 }, (_, index) => index + 3);
  return Object.fromEntries(
    places.map((at) => [batch.adjustToken[at], [batch.adjustScale[at] ?? 0, batch.adjustAdd[at] ?? 0]]),
  );
}

test("a request without any has none", () => {
  expect(adjustmentsOf({})).toBeUndefined();
});

test("the repetition penalty falls on tokens of the prompt and of the answer, once", () => {
  const adjustments = adjustmentsOf({ repetitionPenalty: 2 });
  adjustments?.add(9);
  adjustments?.add(9);
  expect(written(adjustments, 2)).toEqual({ 5: [2, 0], 6: [2, 0], 9: [2, 0] });
});

test("the presence penalty falls on tokens of the answer, once", () => {
  const adjustments = adjustmentsOf({ presencePenalty: 0.5 });
  adjustments?.add(5);
  adjustments?.add(5);
  expect(written(adjustments, 2)).toEqual({ 5: [1, -0.5] });
});

test("the frequency penalty falls on tokens of the answer, as often as they occur", () => {
  const adjustments = adjustmentsOf({ frequencyPenalty: 0.5 });
  adjustments?.add(5);
  adjustments?.add(5);
  adjustments?.add(7);
  expect(written(adjustments, 3)).toEqual({ 5: [1, -1], 7: [1, -0.5] });
});

test("a negative penalty is a reward", () => {
  const adjustments = adjustmentsOf({ frequencyPenalty: -1 });
  adjustments?.add(5);
  expect(written(adjustments, 1)).toEqual({ 5: [1, 1] });
});

test("a bias is added, beside penalties", () => {
  const adjustments = adjustmentsOf({ logitBias: new Map([[5, 10]]), presencePenalty: 1 });
  expect(written(adjustments, 0)).toEqual({ 5: [1, 10] });
  adjustments?.add(5);
  expect(written(adjustments, 1)).toEqual({ 5: [1, 9] });
});

test("what stops it is forbidden until the answer is long enough", () => {
  const adjustments = adjustmentsOf({}, { minimumTokens: 2, stopTokens: [3, 4] });
  const forbidden = [1, Math.fround(-1e30)];
  expect(written(adjustments, 1)).toEqual({ 3: forbidden, 4: forbidden });
  expect(written(adjustments, 2)).toEqual({ 3: [1, 0], 4: [1, 0] });
});
