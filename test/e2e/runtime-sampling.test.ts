/** How tokens are chosen, against the log probabilities that the device itself tells. */
import { expect, test } from "vitest";
import type { Device } from "../../runtime/device/contract.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { uniform } from "../support/runtime/philox.ts";
import { logSoftmax, referenceLogits } from "../support/runtime/reference.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { type Answer, byToken, type Choice, deviceOf, Steps } from "../support/runtime/steps.ts";

const size = 128;
const tokens = [5, 17, 99, 3];

/** Each choice has a block of its own, which holds the tokens before `start` by then. */
function ask(steps: Steps, choices: readonly Choice[], start = 0): Answer[] {
  const slices = choices.map((choice, index) => ({ tokens, start, end: 4, blocks: [index], choice }));
  return steps.run(slices);
}

function open(): { device: Device; steps: Steps; one: (choice: Choice) => Answer } {
  const device = deviceOf(madeUpModel(llamaShape).directory);
  const steps = new Steps(device);
  const one = (choice: Choice) => {
    const [answer] = ask(steps, [choice]);
    if (!answer) throw new Error("no answer");
    return answer;
  };
  return { device, steps, one };
}

/** Of each token: e to the power of what is told, divided by temperature, of those that are left. */
function weightsOf(logprobs: readonly number[], { temperature = 1, topK = 0, topP = 1, minP = 0 }: Choice) {
  const order = [...logprobs.keys()].sort((a, b) => (logprobs[b] ?? 0) - (logprobs[a] ?? 0) || a - b);
  const peak = logprobs[order[0] ?? 0] ?? 0;
  const weights = logprobs.map((value) => Math.exp((value - peak) / temperature));
  const kept = order
    .filter((token) => (weights[token] ?? 0) >= minP)
    .slice(0, topK > 0 ? topK : logprobs.length);
  const total = kept.reduce((sum, token) => sum + (weights[token] ?? 0), 0);
  let before = 0;
  const left = new Set<number>();
  for (const token of kept) {
    if (before < topP * total) left.add(token);
    before += weights[token] ?? 0;
  }
  return weights.map((weight, token) => (left.has(token) ? weight : 0));
}

const ways: readonly (Choice & { case: string })[] = [
  { case: "nothing but temperature 1", temperature: 1 },
  { case: "a high temperature", temperature: 1.7 },
  { case: "top-k", temperature: 1, topK: 7 },
  { case: "top-p", temperature: 1, topP: 0.8 },
  { case: "min-p", temperature: 1, minP: 0.1 },
  { case: "all together", temperature: 1.3, topK: 20, topP: 0.9, minP: 0.02 },
  { case: "top-k of all there are", temperature: 1, topK: 5000 },
];

test.each(ways)("16,000 draws fall as the weights say: $case", ({ case: _, ...choice }) => {
  const { device, steps, one } = open();
  const weights = weightsOf(byToken(one({ logprobs: size })), choice);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts: number[] = new Array(size).fill(0);
  const draws = 16_000;
  ask(steps, new Array(8).fill({}));
  for (let seed = 0; seed < draws; seed += 8) {
    const choices = Array.from({ length: 8 }, (_, index) => ({ ...choice, seed: BigInt(seed + index) }));
    for (const { sampled } of ask(steps, choices, 3)) counts[sampled] = (counts[sampled] ?? 0) + 1;
  }
  let square = 0;
  let free = -1;
  for (const [token, weight] of weights.entries()) {
    const wanted = (weight / total) * draws;
    if (weight === 0) expect(counts[token]).toBe(0);
    if (wanted < 5) continue;
    square += ((counts[token] ?? 0) - wanted) ** 2 / wanted;
    free += 1;
  }
  // Seeds are fixed, so this holds always or never: five standard deviations of chi-square.
  expect(square).toBeLessThan(free + 5 * Math.sqrt(2 * free));
  device.close();
});

test("Philox answers what its authors published for a key and a counter of zeros", () => {
  // Random123, tests/kat_vectors: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
  expect(uniform(0n, 0n)).toBe(Number(0x6627_e8d5_e169_c58dn >> 11n) / 2 ** 53);
});

test("a draw is where Philox points among the weights, in order of tokens", () => {
  const { device, one } = open();
  const weights = weightsOf(byToken(one({ logprobs: size })), { temperature: 1 });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let seed = 0n; seed < 200n; seed += 1n) {
    // Positions count from 0: what is drawn stands behind the token at position 3.
    let mark = uniform(seed * 0x1_2345_6789n, 3n) * total;
    const wanted = weights.findIndex((weight) => {
      mark -= weight;
      return mark < 0;
    });
    expect(one({ temperature: 1, seed: seed * 0x1_2345_6789n }).sampled).toBe(wanted);
  }
  device.close();
});

test("the same seed draws the same, whoever else is drawn for", () => {
  const { device, steps, one } = open();
  const choices = Array.from({ length: 8 }, (_, index) => ({ temperature: 1.5, seed: BigInt(index * 3) }));
  const together = ask(steps, choices).map(({ sampled }) => sampled);
  expect(choices.map((choice) => one(choice).sampled)).toEqual(together);
  expect(new Set(together).size).toBeGreaterThan(3);
  device.close();
});

test("temperature 0 takes the likeliest; top-k 1 and a tiny top-p do too", () => {
  const { device, one } = open();
  const { sampled, logprob, top } = one({ logprobs: 3 });
  expect([sampled, logprob]).toEqual(top[0]);
  for (const choice of [{ topK: 1 }, { topP: 1e-9 }, { topP: 1e-30 }, { minP: 1 }]) {
    expect(one({ temperature: 1.9, seed: 77n, ...choice }).sampled).toBe(sampled);
  }
  device.close();
});

test("adjustments divide what is positive, multiply what is not, and add, one after the other", () => {
  const { directory, config, tensors } = madeUpModel(llamaShape);
  const device = deviceOf(directory, { precision: "f32", path: "portable" });
  const logits = referenceLogits(config, tensors, tokens)[3] ?? [];
  const [positive, negative] = [
    logits.findIndex((logit) => logit > 0.5),
    logits.findIndex((logit) => logit < -0.5),
  ];
  const adjustments = [
    { token: positive, scale: 2 },
    { token: negative, scale: 2, add: 1 },
    { token: 3, add: 2.5 },
    { token: 3, add: 0.5 },
  ];
  const wanted = [...logits];
  wanted[3] = (logits[3] ?? 0) + 3;
  wanted[positive] = (logits[positive] ?? 0) / 2;
  wanted[negative] = (logits[negative] ?? 0) * 2 + 1;
  const [answer] = ask(new Steps(device), [{ logprobs: size, adjustments }]);
  const told = answer ? byToken(answer) : [];
  for (const [token, value] of logSoftmax(wanted).entries()) expect(told[token]).toBeCloseTo(value, 4);
  device.close();
});

test("a mask leaves nothing else, in draws and in what is told", () => {
  const { device, one } = open();
  const before = byToken(one({ logprobs: size }));
  const allowed = [0, 31, 32, 64, 127];
  const answer = one({ logprobs: 5, allowed });
  const wanted = logSoftmax(allowed.map((token) => before[token] ?? 0));
  for (const [index, token] of allowed.entries())
    expect(byToken(answer)[token]).toBeCloseTo(wanted[index] ?? 0, 4);
  for (let seed = 0n; seed < 50n; seed += 1n) {
    expect(allowed).toContain(one({ temperature: 5, seed, allowed }).sampled);
  }
  expect(one({ allowed: [31] })).toMatchObject({ sampled: 31, status: 0 });
  expect(one({ allowed: [] })).toMatchObject({ sampled: -1, status: 2 });
  device.close();
});

test.each([
  { case: "adjusted to no number", adjustments: [{ token: 4, add: Number.NaN }], want: 1 },
  { case: "adjusted to infinity", adjustments: [{ token: 4, add: Number.POSITIVE_INFINITY }], want: 1 },
  { case: "forbidden by an adjustment", adjustments: [{ token: 4, add: Number.NEGATIVE_INFINITY }], want: 0 },
])("a logit $case: status $want, for this sequence alone", ({ adjustments, want }) => {
  const { device, steps } = open();
  const [first, second] = ask(steps, [{ adjustments }, {}]);
  expect(first?.status).toBe(want);
  expect(second?.status).toBe(0);
  device.close();
});

test("log probabilities are told before temperature, and not at all when nobody asks", () => {
  const { device, steps, one } = open();
  const [plain, hot] = ask(steps, [{ logprobs: 4 }, { logprobs: 4, temperature: 3, topK: 1 }]);
  expect(hot).toEqual(plain);
  steps.batch.logprob.fill(7);
  expect(one({}).logprob).toBe(7);
  device.close();
});
