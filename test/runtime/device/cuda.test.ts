/**
 * The CUDA device by the same measures as the processor: its kernels' own sources, run thread by thread on
 * the processor, and the real device where there is one.
 */
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Device, poolings } from "../../../runtime/device/contract.ts";
import { cudaDevices, cudaRefusal, hasCudaDriver, wgmmaOf } from "../../../runtime/device/cuda.ts";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { cudaOf, cudaUnderTest } from "../../support/runtime/cuda-devices.ts";
import { expectGolden } from "../../support/runtime/golden-steps.ts";
import { distance, goldens, toleranceOf } from "../../support/runtime/goldens.ts";
import { madeUpModel, writeTensors } from "../../support/runtime/made-up-weights.ts";
import { referenceLogprobs } from "../../support/runtime/reference.ts";
import {
  gemmaShape,
  llamaShape,
  mixtralShape,
  mixtureShape,
  qwenShape,
  wideShape,
} from "../../support/runtime/shapes.ts";
import {
  type Answer,
  blocksFrom,
  byToken,
  type Choice,
  deviceOf,
  joining,
  type Slice,
  Steps,
  smallLimits,
  tokensOf,
} from "../../support/runtime/steps.ts";

/** Of 140 tokens the last ones see none of the first chunk of keys. */
const windowedShape = { ...llamaShape, architectures: ["MistralForCausalLM"], sliding_window: 11 };
const shapes = {
  llama: llamaShape,
  qwen: qwenShape,
  wide: wideShape,
  windowed: windowedShape,
  gemma: { ...gemmaShape, head_dim: 256, num_attention_heads: 2, num_key_value_heads: 1 },
  mixture: mixtureShape,
};
const tinyShape = {
  hidden_size: 16,
  intermediate_size: 16,
  num_attention_heads: 1,
  num_key_value_heads: 1,
  head_dim: 16,
  num_hidden_layers: 1,
};
const names = ["llama", "qwen", "wide", "windowed", "gemma", "mixture"] as const;
const rows = cudaUnderTest.flatMap((cuda) => names.map((shape) => ({ ...cuda, shape })));
const choice: Choice = { logprobs: 20 };
const emulated = cudaUnderTest[0]?.addon ?? "";

afterEach(() => {
  delete process.env.EMULATED_SHARED_KIB;
});

/** What follows each of the last tokens, from `from` on, computed one after the other and alone. */
function alone(device: Device, tokens: readonly number[], from: number, given = choice): Answer[] {
  const steps = new Steps(device);
  const blocks = blocksFrom(0, tokens.length);
  return Array.from({ length: tokens.length - from + 1 }, (_, index) => {
    const end = from + index;
    const slice = { tokens, start: index === 0 ? 0 : end - 1, end, blocks, choice: given };
    return steps.run([slice])[0] as Answer;
  });
}

test.each(
  cudaUnderTest.flatMap((cuda) =>
    goldens
      .filter(({ config }) => cudaRefusal(modelConfig("config.json", config)) === undefined)
      .map((golden) => ({ ...golden, ...cuda })),
  ),
)(
  "$name $where: log probabilities and at least 200 tokens as transformers computed them",
  ({ addon, where: _, ...golden }) => {
    const device = cudaOf(madeUpModel(golden.config).directory, addon);
    expectGolden(device, golden, { tolerance: toleranceOf("bf16", golden.config) });
    device.close();
    expect(() => new Steps(device).run([])).toThrow("the device is closed");
  },
);

test.each(rows)("$shape $where: a prompt cut anywhere, in blocks in disorder", ({ shape, addon }) => {
  const device = cudaOf(madeUpModel(shapes[shape]).directory, addon);
  const tokens = tokensOf(1, 140);
  const [whole] = alone(device, tokens, 140);
  const steps = new Steps(device);
  const blocks = blocksFrom(0, 140).map((block) => (block * 7 + 40) % 80);
  for (const cut of [[1], [127], [128, 129, 130], [17, 33, 139]]) {
    let answer: Answer | undefined;
    for (const [index, end] of [...cut, 140].entries()) {
      const start = [0, ...cut][index] ?? 0;
      [answer] = steps.run([{ tokens, start, end, blocks, choice }]);
    }
    expect(answer).toEqual(whole);
  }
  device.close();
});

test.each([{ shape: "llama" }, { shape: "gemma" }, { shape: "mixture" }] as const)(
  "$shape emulated: where blocks have 99 KiB of shared memory, the same bit for bit",
  ({ shape }) => {
    const { directory } = madeUpModel(shapes[shape]);
    const tokens = tokensOf(1, 140);
    // Rows that are few, of each number that has a kernel of its own, and those that are many.
    const answers = () => {
      const device = cudaOf(directory, emulated);
      const asked = { tokens, start: 0, blocks: blocksFrom(0, 140), choice };
      const found = [5, 12, 20, 50, 140].map((end) => new Steps(device).run([{ ...asked, end }]));
      device.close();
      return found;
    };
    const wanted = answers();
    process.env.EMULATED_SHARED_KIB = "99";
    expect(answers()).toEqual(wanted);
    // What asks for more is refused.
    expect(wgmmaOf(emulated)).toMatch(/^not used: CUDA: a kernel cannot have its shared memory: /);
  },
);

test.each(cudaUnderTest)("$where: experts of more rows than a block takes, in a step of all", ({ addon }) => {
  // The pairs of 320 tokens and 2 of 5 experts are as many as a step has room for: 128 for each on average.
  const device = cudaOf(madeUpModel(mixtralShape).directory, addon);
  const tokens = tokensOf(2, 320);
  const [whole] = alone(device, tokens, 320);
  const steps = new Steps(device);
  const slice = { tokens, blocks: blocksFrom(20, 320), choice };
  steps.run([{ ...slice, start: 0, end: 170 }]);
  expect(steps.run([{ ...slice, start: 170, end: 320 }])).toEqual([whole]);
  device.close();
});

test.each(rows)("$shape $where: among others, token by token or in prompts", ({ shape, addon }) => {
  const device = cudaOf(madeUpModel(shapes[shape]).directory, addon);
  const lengths = [1, 5, 40, 61];
  const sequences = lengths.map((length, index) => tokensOf(10 + index, length + 4));
  const wanted = sequences.map((tokens, index) => alone(device, tokens, lengths[index] ?? 0));
  const joined = sequences.map((tokens, index) => ({ tokens, promptTokens: lengths[index] ?? 0 }));
  expect(joining(device, joined, choice)).toEqual(wanted);
  device.close();
});

test.each(rows)("$shape $where: near the slow reference, past a chunk of 128", ({ shape, addon }) => {
  const { directory, config, tensors } = madeUpModel(shapes[shape]);
  const device = cudaOf(directory, addon);
  const tokens = tokensOf(4, 133);
  const wanted = referenceLogprobs(config, tensors, tokens);
  for (const end of [1, 15, 128, 129, 133]) {
    const asked = { logprobs: config.vocabularySize };
    const [answer] = new Steps(device).run([
      { tokens, start: 0, end, blocks: blocksFrom(0, 133), choice: asked },
    ]);
    const far = distance(answer ? byToken(answer) : [], wanted[end - 1] ?? []);
    expect(far).toBeLessThan(shape === "qwen" ? 0.15 : 0.05);
  }
  device.close();
});

test.each(cudaUnderTest)("$where: more chunks of single tokens than have room at once", ({ addon }) => {
  // Of 80 blocks and 8 sequences there are 18 places; these share their first chunks, and need 24.
  const device = cudaOf(madeUpModel(llamaShape).directory, addon);
  const tokens = tokensOf(3, 301);
  const [, wanted] = alone(device, tokens, 300);
  const steps = new Steps(device);
  const shared = blocksFrom(0, 288);
  steps.run([{ tokens, start: 0, end: 288, blocks: shared, isSampled: false }]);
  const last = (start: number, end: number) =>
    Array.from({ length: 8 }, (_, index) => ({
      tokens,
      start,
      end,
      blocks: [...shared, 30 + index],
      choice,
    }));
  steps.run(last(288, 300));
  expect(steps.run(last(300, 301))).toEqual(Array.from({ length: 8 }, () => wanted));
  device.close();
});

test.each(cudaUnderTest)("$where: drafts get rows as if they had come one by one", ({ addon }) => {
  const limits = { ...smallLimits, sequences: 2, draftTokens: 3 };
  const device = cudaOf(madeUpModel(llamaShape).directory, addon, limits);
  const [tokens, others] = [tokensOf(7, 30), tokensOf(8, 20)];
  const drawn = { ...choice, temperature: 1.5, seed: 5n };
  const wanted = [alone(device, tokens, 27, drawn), alone(device, others, 17, drawn)];
  const steps = new Steps(device);
  const slice = { start: 0, drafts: 3, choice: drawn };
  const found = steps.rows([
    { ...slice, tokens, end: 30, blocks: blocksFrom(8, 30) },
    { ...slice, tokens: others, end: 20, blocks: blocksFrom(20, 20) },
  ]);
  expect(found).toEqual(wanted);
  device.close();
});

const pooledRows = rows.filter(({ shape }) => shape === "llama" || shape === "gemma");
test.each(pooledRows)(
  "$shape $where: hidden states near the processor's, cut anywhere",
  ({ shape, addon }) => {
    const { directory } = madeUpModel(shapes[shape]);
    const prompt = tokensOf(9, 24);
    const pooled = (device: Device, pooling: number, chunk: number): number[] => {
      const steps = new Steps(device);
      steps.batch.pooling[0] = pooling;
      for (let start = 0; start < 24; start += chunk) {
        const end = Math.min(24, start + chunk);
        steps.run([{ tokens: prompt, start, end, blocks: [4, 1], isSampled: false }]);
      }
      device.close();
      return [...steps.batch.pooled.subarray(0, device.facts.hiddenSize)];
    };
    for (const pooling of [poolings.last, poolings.sum]) {
      const whole = pooled(cudaOf(directory, addon), pooling, 24);
      expect(pooled(cudaOf(directory, addon), pooling, 7)).toEqual(whole);
      const scale = pooling === poolings.sum ? 24 : 1;
      const near = pooled(deviceOf(directory), pooling, 24).map((value) => value / scale);
      expect(
        distance(
          whole.map((value) => value / scale),
          near,
        ),
      ).toBeLessThan(0.06);
    }
  },
);

const spoiltRows = rows.filter(({ shape }) => shape === "llama" || shape === "mixture");
test.each(spoiltRows)("$shape $where: what is no number stays in its sequence", ({ shape, addon }) => {
  const { directory, config, tensors } = madeUpModel({ ...shapes[shape], vocab_size: 128 });
  // The embedding of token 127.
  const embedding = tensors.get("model.embed_tokens.weight")?.values;
  embedding?.fill(Number.NaN, 127 * config.hidden, 128 * config.hidden);
  writeTensors(join(directory, "model.safetensors"), tensors);
  const device = cudaOf(directory, addon);
  const tokens = tokensOf(5, 21);
  const [wanted, next] = alone(device, tokens, 20);
  const steps = new Steps(device);
  const whole = { tokens, start: 0, end: 20, choice };
  const bad = { tokens: [...tokensOf(6, 31), 127], start: 0, end: 32, blocks: [0, 1], choice };
  const [spoilt, well] = steps.run([bad, { ...whole, blocks: [3, 2] }]);
  expect(spoilt?.status).toBe(1);
  expect(well).toEqual(wanted);
  expect(steps.run([{ ...whole, blocks: [1, 0] }])).toEqual([wanted]);
  expect(steps.run([{ tokens, start: 20, end: 21, blocks: [1, 0], choice }])).toEqual([next]);
  device.close();
});

test.each(cudaUnderTest)("$where: what it is, its cache and its bytes", ({ where, addon }) => {
  const device = cudaOf(madeUpModel(llamaShape).directory, addon);
  // Rows of 96 are whole groups of 32, and so are all outputs but the 144, padded to 160.
  const layerBytes = 2 * (96 * 160 + 96 * 96 + 96 * 160 * 2 + 160 * 96);
  expect(device.facts).toEqual({
    name: where === "emulated" ? "cuda:0 emulated" : expect.stringMatching(/^cuda:0 ./),
    vocabularySize: 128,
    hiddenSize: 96,
    blockTokens: 16,
    blocks: 80,
    kvCacheBytes: 80 * 2 * 2 * 16 * 2 * 16 * 2,
    weightBytes: 2 * layerBytes + 2 * 128 * 96 * 2,
    workspaceBytes: expect.any(Number),
  });
  const steps = new Steps(device);
  const good: Slice = { tokens: [1], start: 0, end: 1, blocks: [0] };
  expect(() => steps.run([{ ...good, tokens: [128] }])).toThrow("id of token 0 is out of bounds");
  expect(steps.run([good])[0]?.status).toBe(0);
  device.close();
  expect(cudaDevices(addon).names.length).toBeGreaterThan(0);
});

test.each([
  {
    case: "experts",
    change: { ...mixtralShape, ...tinyShape, num_local_experts: 1025 },
    want: /^1025 experts are not computed on CUDA; 1024 are at most$/,
  },
  { case: "heads", change: { head_dim: 112 }, want: /^heads of 112 values are not computed on CUDA; these/ },
])("refused by name: $case", ({ change, want }) => {
  const { directory, config } = madeUpModel({ ...llamaShape, ...change });
  expect(cudaRefusal(config)).toMatch(want);
  expect(() => cudaOf(directory, emulated)).toThrow(want);
  expect(cudaRefusal(madeUpModel(llamaShape).config)).toBeUndefined();
});

test("a driver is looked for where drivers show themselves", () => {
  expect(hasCudaDriver(["/nowhere", import.meta.filename])).toBe(true);
  expect(hasCudaDriver(["/nowhere"])).toBe(false);
});
