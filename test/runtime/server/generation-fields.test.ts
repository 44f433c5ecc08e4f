import { expect, test } from "vitest";
import {
  checkToken,
  ofChoice,
  samplingOf,
  stopStringsOf,
} from "../../../runtime/server/generation-fields.ts";

test("what is not asked for changes nothing", () => {
  expect(samplingOf({}, 10, -1)).toEqual({
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    seed: expect.any(BigInt),
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: new Map(),
    logprobs: -1,
  });
  expect(samplingOf({}, 10, -1).seed).not.toBe(samplingOf({}, 10, -1).seed);
});

test("what is asked for is taken", () => {
  const fields = {
    temperature: 0,
    top_k: 5,
    top_p: 0.5,
    min_p: 0.1,
    seed: -1,
    repetition_penalty: 1.1,
    presence_penalty: 0.2,
    frequency_penalty: 0.3,
    logit_bias: { "3": -100, "9": 1.5 },
  };
  expect(samplingOf(fields, 10, 4)).toEqual({
    temperature: 0,
    topK: 5,
    topP: 0.5,
    minP: 0.1,
    seed: 2n ** 64n - 1n,
    repetitionPenalty: 1.1,
    presencePenalty: 0.2,
    frequencyPenalty: 0.3,
    logitBias: new Map([
      [3, -100],
      [9, 1.5],
    ]),
    logprobs: 4,
  });
  expect(samplingOf({ top_k: -1 }, 10, 0).topK).toBe(0);
  // Still a share in the 32 bits that a device has.
  expect(Math.fround(samplingOf({ top_p: 0 }, 10, 0).topP)).toBeGreaterThan(0);
  expect(samplingOf({ top_p: 0 }, 10, 0).topP).toBe(1e-30);
});

test("what is not asked for is as the model has it; what is asked for is not", () => {
  const defaults = { temperature: 0.7, topK: 20, topP: 0.8, minP: 0.1, repetitionPenalty: 1.05 };
  expect(samplingOf({}, 10, -1, defaults)).toMatchObject(defaults);
  expect(samplingOf({ temperature: null, top_k: null }, 10, -1, defaults)).toMatchObject(defaults);
  const fields = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1 };
  expect(samplingOf(fields, 10, -1, defaults)).toMatchObject({
    ...{ temperature: 0, topK: 0, topP: 1, minP: 0 },
    repetitionPenalty: 1,
  });
  expect(samplingOf({}, 10, -1, { topK: -1 }).topK).toBe(0);
});

test("choices differ by their seeds alone", () => {
  const sampling = samplingOf({ seed: -1 }, 10, 0);
  expect(ofChoice(sampling, 0)).toEqual(sampling);
  expect(ofChoice(sampling, 1)).toEqual({ ...sampling, seed: 0n });
});

test("a token is one of the vocabulary", () => {
  expect(() => checkToken(9, 10, "a")).not.toThrow();
  expect(() => checkToken(10, 10, "a")).toThrow("a: 10 is no token of this model, which has 10");
  expect(() => samplingOf({ logit_bias: { "10": 1 } }, 10, 0)).toThrow("logit_bias: 10 is no token");
});

test.each([
  { stop: undefined, want: [] },
  { stop: null, want: [] },
  { stop: "a", want: ["a"] },
  { stop: ["a", "b"], want: ["a", "b"] },
])("stop strings of $stop", ({ stop, want }) => {
  expect(stopStringsOf({ stop }, 2)).toEqual(want);
});

test("stop strings have a limit", () => {
  expect(() => stopStringsOf({ stop: ["a", "b", "c"] }, 2)).toThrow("stop: 3 strings, where 2 are allowed");
});
