/**
 * Adapters of low rank: what PEFT computes with its own files, and that requests of several adapters in one
 * step are answered as each is alone, bit for bit.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { Device } from "../../runtime/device/contract.ts";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { greedy } from "../../runtime/engine/greedy.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";
import {
  type Answer,
  blocksFrom,
  byToken,
  deviceOf,
  paths,
  type Slice,
  Steps,
} from "../support/runtime/steps.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

interface Golden {
  readonly name: string;
  readonly config: { readonly vocab_size: number };
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
  readonly margins: readonly number[];
  readonly logprobs: Readonly<Record<string, readonly number[]>>;
}

const oracle = new URL("../support/runtime/oracle/", import.meta.url);
/** A line for each adapter of one model; oracle/make-adapters.py wrote them. */
const goldens = readFileSync(new URL("adapters.jsonl", oracle), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Golden);
const [{ config }] = goldens as [Golden];
const adapters = goldens.map(({ name }) => ({
  name,
  directory: new URL(`adapter-${name}`, oracle).pathname,
}));

const ways = paths.flatMap((path) => {
  const precisions = path === "amx" ? (["bf16"] as const) : (["bf16", "f32"] as const);
  return precisions.map((precision) => ({ path, precision }));
});

test.each(ways)("on $path in $precision: log probabilities and tokens as PEFT computed them", (way) => {
  // In bfloat16 0.1 was seen: what these adapters add is as large as what the model gives.
  const tolerance = way.precision === "f32" ? 5e-5 : 0.15;
  const device = deviceOf(madeUpModel(config).directory, { ...way, adapters });
  expect(device.facts.adapters).toEqual(goldens.map(({ name }) => name));
  const steps = new Steps(device);
  for (const [index, { prompt, answer, margins, logprobs }] of goldens.entries()) {
    const tokens = [...prompt, ...answer];
    const blocks = blocksFrom(index * 5, tokens.length);
    for (let step = 0; step < answer.length; step += 1) {
      const end = prompt.length + step;
      const start = step === 0 ? 0 : end - 1;
      const choice = { logprobs: config.vocab_size };
      const [told] = steps.run([{ tokens, start, end, blocks, choice, adapter: index + 1 }]);
      if (!told) throw new Error("no answer");
      const row = byToken(told);
      const far = (logprobs[step] ?? []).map((value, token) => Math.abs(value - (row[token] ?? Number.NaN)));
      expect(Math.max(0, ...far)).toBeLessThan(tolerance);
      if ((margins[step] ?? 0) > 2 * tolerance) expect(told.sampled).toBe(answer[step]);
    }
  }
  device.close();
});

const random = seededRandom(7);
const members = [0, 1, 2, 3, 0, 2].map((adapter, index) => {
  const length = [1, 5, 16, 19, 33, 2][index] ?? 1;
  return { adapter, length, tokens: Array.from({ length: length + 4 }, () => random.below(128)) };
});

/** Each member's turn: its prompt first, and then token by token. */
function sliceOf(index: number, turn: number): Slice {
  const { adapter, length, tokens } = members[index] ?? { adapter: 0, length: 1, tokens: [] };
  const end = length + turn;
  const blocks = blocksFrom(index * 4, tokens.length);
  return { tokens, start: turn === 0 ? 0 : end - 1, end, blocks, adapter, choice: { logprobs: 128 } };
}

const turns = [0, 1, 2, 3, 4];

function together(device: Device): Answer[][] {
  const steps = new Steps(device);
  return turns.map((turn) => steps.run(members.map((_, index) => sliceOf(index, turn))));
}

test.each(paths)("on %s: each is answered among others as alone, and without adapters as ever", (path) => {
  const { directory } = madeUpModel(config);
  const device = deviceOf(directory, { path, adapters });
  const found = together(device);
  const steps = new Steps(device);
  const alone = members.map((_, index) => turns.flatMap((turn) => steps.run([sliceOf(index, turn)])));
  expect(found).toEqual(turns.map((turn) => members.map((_, index) => alone[index]?.[turn])));
  device.close();
  // The same prompts through a device that knows of no adapter.
  const plain = deviceOf(directory, { path });
  const own = new Steps(plain);
  for (const [index, { adapter }] of members.entries()) {
    const answers = turns.flatMap((turn) => own.run([{ ...sliceOf(index, turn), adapter: 0 }]));
    if (adapter === 0) expect(answers).toEqual(alone[index]);
    else expect(answers).not.toEqual(alone[index]);
  }
  plain.close();
});

test.each(paths)("on %s: adapters of a quantised model", (path) => {
  const device = deviceOf(quantisedModel(config, { bits: 8, isPacked: true }), { path, adapters });
  const steps = new Steps(device);
  const alone = members.map((_, index) => turns.flatMap((turn) => steps.run([sliceOf(index, turn)])));
  expect(together(device)).toEqual(turns.map((turn) => members.map((_, index) => alone[index]?.[turn])));
  device.close();
});

test("an adapter that is none, and its bytes", () => {
  const { directory } = madeUpModel(config);
  const device = deviceOf(directory, { adapters });
  const plain = deviceOf(directory);
  expect(device.facts.weightBytes).toBeGreaterThan(plain.facts.weightBytes);
  expect(plain.facts.adapters).toBeUndefined();
  for (const adapter of [-1, 4]) {
    const slice = { tokens: [1], start: 0, end: 1, blocks: [0], adapter };
    expect(() => new Steps(device).run([slice])).toThrow("adapter of sequence 0 is out of bounds");
  }
  expect(() => deviceOf(directory, { adapters, adapterRank: 19 })).toThrow('"r": 20 is above 19');
  device.close();
  plain.close();
});

test("a prompt that one adapter has computed is not found by another, nor by the model alone", () => {
  const device = deviceOf(madeUpModel(config).directory, { adapters });
  const engine = new EngineCore({ device, waiting: 8, spareFraction: 0, preemptions: 1 });
  const prompt = Int32Array.from({ length: 40 }, (_, index) => (index * 7) % 128);
  const ask = (adapter: number, salt: number) => {
    let cached = -1;
    const end = ({ cachedTokens }: { cachedTokens: number }) => {
      cached = cachedTokens;
    };
    const request = {
      prompt,
      answerTokens: 1,
      stopTokens: [],
      sampling: greedy,
      tenant: "red",
      adapter,
      salt,
    };
    engine.submit(request, { tokens: () => undefined, end });
    while (!engine.isIdle) wholeStep(engine);
    return cached;
  };
  const asked = [0, 1, 2, 1, 0, 2].map((adapter) => ask(adapter, 0));
  expect(asked).toEqual([0, 0, 0, 32, 32, 32]);
  expect([ask(1, 1), ask(0, 1), ask(1, 1)]).toEqual([0, 0, 32]);
  device.close();
});
