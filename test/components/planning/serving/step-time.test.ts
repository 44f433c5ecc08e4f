import { expect, test } from "vitest";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { stepOverhead } from "../../../../components/catalogue/serving-efficiency.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import { distinctExperts, type Step, stepTimer } from "../../../../components/planning/serving/step-time.ts";
import { predictedBatch, predictedFirstToken } from "../../../support/serving/predicted.ts";
import { publishedBatches, publishedFirstTokens } from "../../../support/serving/published-batches.ts";
import { toyHardware, toyMixture, toyServing } from "../../../support/serving/toy-model.ts";

const nothing: Step = { answers: 0, answerContext: 0, promptTokens: 0, promptContext: 0, prompts: 0 };
const overhead = stepOverhead.stepSeconds + 2 * stepOverhead.layerSeconds;
/** Bytes that the toy model reads in each step, at 1e9 a second. */
const reading = 681_000 / 1e9;

function seconds(step: Partial<Step>, change: Parameters<typeof toyServing>[0] = {}) {
  const timer = stepTimer(toyServing(change), toyHardware);
  return timer?.({ ...nothing, ...step });
}

test("a token of one sequence: work, weights and what it looks back on, one after the other", () => {
  // 680000 operations of matrices, 2 layers x 50 tokens x (200 bytes + 400 operations).
  const want = 680_000 / 1e9 + reading + (2 * 50 * 600) / 1e9 + overhead;
  expect(seconds({ answers: 1, answerContext: 50 })).toBeCloseTo(want, 12);
});

test("weights are read once for all sequences, the context for each", () => {
  const want = (10 * 680_000) / 1e9 + reading + (10 * 2 * 50 * 600) / 1e9 + overhead;
  expect(seconds({ answers: 10, answerContext: 50 })).toBeCloseTo(want, 12);
});

test("a prompt of 100: all its tokens work, one is chosen from, and nothing of its context is read", () => {
  const want = (100 * 480_000 + 200_000) / 1e9 + reading + (100 * 2 * 50 * 400) / 1e9 + overhead;
  expect(seconds({ promptTokens: 100, promptContext: 50, prompts: 1 })).toBeCloseTo(want, 12);
});

test("two ranks do half each and exchange both halves of each layer", () => {
  const parallelism = { ...alone, tensor: 2 };
  const bytes = 2 * (2 * 60_200 + 50_100);
  // Four sums of one token of 200 bytes, of which each link carries 2 x 1/2.
  const messages = 4 * (0.001 + 200 / 1e8);
  const want = 340_000 / 1e9 + bytes / 1e9 + (2 * 50 * 300) / 1e9 + messages + overhead;
  expect(seconds({ answers: 1, answerContext: 50 }, { parallelism })).toBeCloseTo(want, 12);
});

test("two stages follow each other, with the network between them", () => {
  const parallelism = { ...alone, pipeline: 2 };
  const one = seconds({ answers: 1, answerContext: 50 }) ?? 0;
  expect(seconds({ answers: 1, answerContext: 50 }, { parallelism })).toBeCloseTo(one + 0.01 + 200 / 1e7, 12);
});

test("experts are read as often as tokens take them", () => {
  const experts = { experts: 8, active: 2 };
  expect(distinctExperts(experts, 1)).toBeCloseTo(2, 12);
  expect(distinctExperts(experts, 2)).toBeCloseTo(8 * (1 - 0.75 ** 2), 12);
  expect(distinctExperts(experts, 1000)).toBeCloseTo(8, 12);
  const all = 2 * 2 * 8 * 90_000;
  const plain = 2 * (2 * (30_000 + 200 + 800) + 100_100);
  const operations = 2 * 2 * (30_000 + 800 + 2 * 90_000) + 200_000;
  const want = operations / 1e9 + (plain + all / 4) / 1e9 + overhead;
  expect(seconds({ answers: 1 }, { model: toyMixture })).toBeCloseTo(want, 12);
});

test("with experts apart, those that the tokens of all groups take are read, and tokens travel", () => {
  const parallelism = { tensor: 1, pipeline: 1, data: 2, expert: true };
  const held = 2 * 2 * 4 * 90_000 * (1 - 0.75 ** 2);
  const plain = 2 * (2 * (30_000 + 200 + 800) + 100_100);
  const operations = 2 * 2 * (30_000 + 800 + 2 * 90_000) + 200_000;
  const messages = 4 * (0.001 + 100 / 1e8);
  const want = operations / 1e9 + (plain + held) / 1e9 + messages + overhead;
  expect(seconds({ answers: 1 }, { model: toyMixture, parallelism })).toBeCloseTo(want, 12);
});

test("8-bit matrices work at the speed of their type, the output at that of the model's", () => {
  const want = 480_000 / 2e9 + 200_000 / 1e9 + overhead;
  const timer = stepTimer(toyServing({ quantization: quantization("fp8") }), {
    ...toyHardware,
    bytesPerSecond: Number.POSITIVE_INFINITY,
  });
  expect(timer?.({ ...nothing, answers: 1 })).toBeCloseTo(want, 12);
});

test("weights alone in 4 bits are widened: no faster work", () => {
  const timer = stepTimer(toyServing({ quantization: quantization("awq") }), {
    ...toyHardware,
    bytesPerSecond: Number.POSITIVE_INFINITY,
  });
  expect(timer?.({ ...nothing, answers: 1 })).toBeCloseTo(680_000 / 1e9 + overhead, 12);
});

test("a step without tokens takes nothing but its overhead", () => {
  expect(seconds({})).toBe(stepOverhead.stepSeconds);
});

test.each([
  { case: "the model's own type", serving: toyServing({ dtype: "fp16" }) },
  { case: "32 bits", serving: toyServing({ dtype: "fp32" }) },
])("no speed without units for $case", ({ serving }) => {
  expect(stepTimer(serving, toyHardware)).toBeUndefined();
});

const mixtral = "mistralai/Mixtral-8x7B-Instruct-v0.1";
const isHopper = (accelerator: string) => /h100|h200/.test(accelerator);

test.each(publishedFirstTokens.filter(({ model }) => model !== mixtral))(
  "published: first token of $model after $prompt on $tensor $accelerator, within 20 %",
  (row) => {
    expect(Math.abs(predictedFirstToken(row) / row.milliseconds - 1)).toBeLessThan(0.2);
  },
);

// Mistral and Mixtral on Hopper were far slower then than the same vendor measured five versions later.
test.each(
  publishedBatches.filter(({ accelerator, model }) => /[Ll]lama/.test(model) || !isHopper(accelerator)),
)("published: $batch of $model, $prompt and $answer, on $tensor $accelerator", (row) => {
  const error = Math.abs(predictedBatch(row) / row.tokensPerSecond - 1);
  // Mixtral's smallest batches read fewer experts than would be expected.
  const isFew = row.model === mixtral && row.batch === 32;
  expect(error).toBeLessThan(isFew ? 0.5 : 0.2);
});

test("published: of all batches and first tokens, how many are within 25 %", () => {
  const batches = publishedBatches.map((row) => predictedBatch(row) / row.tokensPerSecond - 1);
  const firsts = publishedFirstTokens.map((row) => predictedFirstToken(row) / row.milliseconds - 1);
  const within = (errors: readonly number[]) => errors.filter((error) => Math.abs(error) <= 0.25).length;
  expect([within(batches), batches.length]).toEqual([48, 64]);
  expect([within(firsts), firsts.length]).toEqual([28, 32]);
});
