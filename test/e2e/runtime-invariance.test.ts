/**
 * What a sequence answers depends on nothing but itself: bit for bit, on each path, whoever shares its steps
 * and however its prompt is cut.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { Device } from "../../runtime/device/contract.ts";
import { madeUpModel, writeTensors } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";
import { referenceLogprobs } from "../support/runtime/reference.ts";
import { gemmaShape, llamaShape, mixtureShape, qwenShape } from "../support/runtime/shapes.ts";
import {
  type Answer,
  blocksFrom,
  byToken,
  type Choice,
  deviceOf,
  joining,
  paths,
  Steps,
  smallLimits,
  tokensOf,
} from "../support/runtime/steps.ts";

const shapes = { llama: llamaShape, qwen: qwenShape, gemma: gemmaShape, mixture: mixtureShape };
const rows = paths.flatMap((path) =>
  (["llama", "qwen", "gemma", "mixture"] as const).map((shape) => ({ path, shape })),
);

const choice = { logprobs: 100 };

/** What follows each of the last tokens, from `from` on, computed one after the other and alone. */
function alone(device: Device, tokens: readonly number[], from: number, how: Choice = choice): Answer[] {
  const steps = new Steps(device);
  const blocks = blocksFrom(0, tokens.length);
  const answers: Answer[] = [];
  for (let end = from; end <= tokens.length; end += 1) {
    answers.push(...steps.run([{ tokens, start: end === from ? 0 : end - 1, end, blocks, choice: how }]));
  }
  return answers;
}

test.each(rows)("$shape on $path: a prompt cut anywhere", ({ path, shape }) => {
  const device = deviceOf(madeUpModel(shapes[shape]).directory, { path });
  const tokens = tokensOf(1, 300);
  const [whole] = alone(device, tokens, 300);
  const random = seededRandom(2);
  const cuts = [[1], [16], [255], [256], [257], [17, 33, 290], [299]];
  for (let turn = 0; turn < 6; turn += 1) {
    cuts.push(Array.from({ length: 5 }, () => 1 + random.below(299)).sort((a, b) => a - b));
  }
  const steps = new Steps(device);
  // Blocks in disorder, and each time others, with what was there before still in them.
  const blocks = blocksFrom(0, 300).map((block) => (block * 7 + 40) % 80);
  for (const cut of cuts) {
    let answer: Answer | undefined;
    const ends = [...new Set([...cut, 300])];
    for (const [index, end] of ends.entries()) {
      [answer] = steps.run([{ tokens, start: ends[index - 1] ?? 0, end, blocks, choice }]);
    }
    expect(answer).toEqual(whole);
  }
  device.close();
});

test.each(rows)("$shape on $path: among others", ({ path, shape }) => {
  const device = deviceOf(madeUpModel(shapes[shape]).directory, { path });
  const lengths = [1, 5, 16, 40, 61, 90];
  const sequences = lengths.map((length, index) => tokensOf(10 + index, length + 12));
  const wanted = sequences.map((tokens, index) => alone(device, tokens, lengths[index] ?? 0));
  const joined = sequences.map((tokens, index) => ({ tokens, promptTokens: lengths[index] ?? 0 }));
  expect(joining(device, joined, choice)).toEqual(wanted);
  device.close();
});

const kinds = {
  bf16: () => madeUpModel(llamaShape).directory,
  int8: () => quantisedModel(llamaShape, { bits: 8, isPacked: true }),
};
const crowds = paths.flatMap((path) => (["bf16", "int8"] as const).map((weights) => ({ path, weights })));

test.each(crowds)("$weights on $path: 64 sequences that are decoded together", ({ path, weights }) => {
  const limits = { ...smallLimits, sequences: 64 };
  const device = deviceOf(kinds[weights](), { path, limits, blocks: 128 });
  const every = { logprobs: device.facts.vocabularySize };
  // Prompts of 1 to 8 tokens; each answer crosses from its first block into its second.
  const sequences = Array.from({ length: 64 }, (_, index) => tokensOf(100 + index, 1 + (index % 8) + 12));
  const promptTokens = sequences.map(({ length }) => length - 12);
  const wanted = sequences.map((tokens, index) => alone(device, tokens, promptTokens[index] ?? 0, every));
  const steps = new Steps(device);
  const found: Answer[][] = sequences.map(() => []);
  for (let turn = 0; turn <= 12; turn += 1) {
    const slices = sequences.map((tokens, index) => {
      const end = (promptTokens[index] ?? 0) + turn;
      return {
        tokens,
        start: turn === 0 ? 0 : end - 1,
        end,
        blocks: [2 * index + 1, 2 * index],
        choice: every,
      };
    });
    for (const [index, answer] of steps.run(slices).entries()) found[index]?.push(answer);
  }
  expect(found).toEqual(wanted);
  device.close();
});

test.each(rows)("$shape on $path: behind drafts, whether they were right or are written over", (row) => {
  const limits = { ...smallLimits, draftTokens: 8 };
  const device = deviceOf(madeUpModel(shapes[row.shape]).directory, { path: row.path, limits });
  const tokens = tokensOf(7, 60);
  const drawn = { ...choice, temperature: 1.5, seed: 5n };
  const wanted = alone(device, tokens, 13, drawn);
  const steps = new Steps(device);
  const blocks = blocksFrom(8, 80);
  // A second sequence, so that there are more rows than room for their logits.
  const others = tokensOf(8, 32);
  const other = { tokens: others, start: 22, end: 32, blocks: blocksFrom(20, 40), drafts: 8, choice: drawn };
  const otherRows = alone(device, others, 24, drawn);
  steps.run([{ ...other, start: 0, end: 22, isSampled: false, drafts: 0 }]);
  const found: Answer[] = [];
  // Of eight drafts so many are right: they cross from the first block into the second and third.
  for (const right of [3, 0, 8, 7, 0, 5, 8, 1]) {
    const [start, known] = [found.length === 0 ? 0 : 12 + found.length, 13 + found.length];
    const drafts = Array.from({ length: 8 }, (_, at) => (tokens[known + at] ?? 0) + (at < right ? 0 : 1));
    const drafted = [...tokens.slice(0, known), ...drafts];
    const slice = { tokens: drafted, start, end: known + 8, blocks, drafts: 8, choice: drawn };
    const [first, second] = steps.rows([slice, other]);
    found.push(...(first ?? []).slice(0, right + 1));
    expect(second).toEqual(otherRows);
  }
  expect(found).toEqual(wanted.slice(0, found.length));
  expect(found).toHaveLength(40);
  device.close();
});

test.each(rows)("$shape on $path: with one thread or three", ({ path, shape }) => {
  const { directory } = madeUpModel(shapes[shape]);
  const tokens = tokensOf(3, 120);
  const answers = [1, 2, 3].map((threads) => {
    const device = deviceOf(directory, { path, threads });
    const answer = alone(device, tokens, 110);
    device.close();
    return answer;
  });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

/** Rounded to 16 bits, a token may go through another expert than in the reference; one path has no other. */
const near = rows
  .filter(({ path, shape }) => shape !== "mixture" || path !== "amx")
  .map((row) => ({ ...row, precision: row.shape === "mixture" ? ("f32" as const) : ("bf16" as const) }));

const referenceTokens = tokensOf(4, 270);
const references = new Map<string, readonly (readonly number[])[]>();

/** What follows each of these tokens; computed once for all paths, since it is slow. */
function referenceOf(shape: keyof typeof shapes, { config, tensors }: ReturnType<typeof madeUpModel>) {
  const known = references.get(shape) ?? referenceLogprobs(config, tensors, referenceTokens);
  references.set(shape, known);
  return known;
}

test.each(near)("$shape on $path: near the slow reference, past a span of 256", (row) => {
  const { path, shape, precision } = row;
  const model = madeUpModel(shapes[shape]);
  const device = deviceOf(model.directory, { path, precision });
  const tokens = referenceTokens;
  const wanted = referenceOf(shape, model);
  for (const end of [1, 2, 15, 16, 17, 255, 256, 257, 270]) {
    const [answer] = new Steps(device).run([{ tokens, start: 0, end, blocks: blocksFrom(0, 270), choice }]);
    const told = answer ? byToken(answer) : [];
    // What stands in the row is what the device told: the most likely 100.
    const far = told.map((value, token) => Math.abs(value - (wanted[end - 1]?.[token] ?? Number.NaN)));
    expect(Math.max(...far.filter((value) => value !== undefined))).toBeLessThan(
      { llama: 0.05, qwen: 0.15, gemma: 0.05, mixture: 1e-4 }[shape],
    );
  }
  device.close();
});

test.each(paths)(
  "on %s: what is no number stays in its sequence, and in its blocks no longer than it",
  (path) => {
    const { directory, tensors } = madeUpModel(llamaShape);
    const spoiled = tensors.get("model.embed_tokens.weight");
    // The embedding of token 127.
    spoiled?.values.fill(Number.NaN, 127 * 96, 128 * 96);
    writeTensors(join(directory, "model.safetensors"), tensors);
    const device = deviceOf(directory, { path });
    const tokens = tokensOf(5, 21);
    const bad = [...tokensOf(6, 31), 127];
    const blocks = blocksFrom(0, 32);
    const [wanted, next] = alone(device, tokens, 20);
    const steps = new Steps(device);
    const whole = { tokens, start: 0, end: 20, choice };
    const [spoilt, well] = steps.run([
      { tokens: bad, start: 0, end: 32, blocks, choice },
      { ...whole, blocks: [3, 2] },
    ]);
    expect(spoilt?.status).toBe(1);
    expect(well).toEqual(wanted);
    expect(steps.run([{ ...whole, blocks: [1, 0] }])).toEqual([wanted]);
    expect(steps.run([{ tokens, start: 20, end: 21, blocks: [1, 0], choice }])).toEqual([next]);
    device.close();
  },
);
