/**
 * Adapters of low rank: what PEFT computes with its own files, and that requests of several adapters in one
 * step are answered as each is alone, bit for bit.
 */
import { expect, test } from "vitest";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import { greedy } from "../../runtime/engine/greedy.ts";
import {
  adaptedConfig,
  adapterGoldens,
  adapters,
  alone,
  members,
  sliceOf,
  together,
  turns,
} from "../support/runtime/adapter-goldens.ts";
import { expectGolden } from "../support/runtime/golden-steps.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { quantisedModel } from "../support/runtime/quantised-models.ts";
import { deviceOf, paths, Steps, ways } from "../support/runtime/steps.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

test.each(ways)("on $path in $precision: log probabilities and tokens as PEFT computed them", (way) => {
  // In bfloat16 0.1 was seen: what these adapters add is as large as what the model gives.
  const tolerance = way.precision === "f32" ? 5e-5 : 0.15;
  const device = deviceOf(madeUpModel(adaptedConfig).directory, { ...way, adapters });
  expect(device.facts.adapters).toEqual(adapterGoldens.map(({ name }) => name));
  for (const [index, golden] of adapterGoldens.entries()) {
    expectGolden(device, golden, { tolerance, adapter: index + 1 });
  }
  device.close();
});

test.each(paths)("on %s: each is answered among others as alone, and without adapters as ever", (path) => {
  const { directory } = madeUpModel(adaptedConfig);
  const device = deviceOf(directory, { path, adapters });
  const found = together(device);
  expect(found).toEqual(alone(device));
  device.close();
  // The same prompts through a device that knows of no adapter.
  const plain = deviceOf(directory, { path });
  const own = new Steps(plain);
  for (const [index, { adapter }] of members.entries()) {
    const answers = turns.flatMap((turn) => own.run([{ ...sliceOf(index, turn), adapter: 0 }]));
    const wanted = found.map((row) => row[index]);
    if (adapter === 0) expect(answers).toEqual(wanted);
    else expect(answers).not.toEqual(wanted);
  }
  plain.close();
});

test.each(paths)("on %s: adapters of a quantised model", (path) => {
  const device = deviceOf(quantisedModel(adaptedConfig, { bits: 8, isPacked: true }), { path, adapters });
  expect(together(device)).toEqual(alone(device));
  device.close();
});

test("an adapter that is none, and its bytes", () => {
  const { directory } = madeUpModel(adaptedConfig);
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
  const device = deviceOf(madeUpModel(adaptedConfig).directory, { adapters });
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
