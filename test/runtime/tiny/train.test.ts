import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { expect, test } from "vitest";
import { readSafetensors } from "../../../runtime/models/safetensors.ts";
import { tensorShapes } from "../../../runtime/tiny/shape.ts";
import { makeTinyModel, tinySettings } from "../../../runtime/tiny/train.ts";
import { ReferenceModel } from "../../support/runtime/reference-model.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const shape = { ...tinySettings.shape, vocabulary: 320, width: 32, feedForward: 64, layers: 2, headWidth: 8 };
const batches = [
  { windows: 2, tokens: 64 },
  { windows: 1, tokens: 128 },
];

async function train(steps: number) {
  const directory = join(temporaryDirectory(), "tiny");
  const losses: number[] = [];
  await makeTinyModel(directory, {
    shape,
    batches,
    steps,
    rate: 0.01,
    onProgress: ({ loss }) => losses.push(loss),
  });
  const json = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  return { directory, losses, json };
}

test("sixty steps lower the loss from one known value to another", async () => {
  const { losses } = await train(60);
  expect(losses).toHaveLength(60);
  expect(losses[0]).toBeCloseTo(5.8153, 4);
  expect(losses[59]).toBeCloseTo(4.14446, 4);
});

test("another implementation reads the same logits out of the files", async () => {
  const { directory, json } = await train(60);
  const tokenizer = new Tokenizer(json("tokenizer.json"), json("tokenizer_config.json"));
  const tokens = tokenizer.encode("<|user|>What is MIG?<|end|><|assistant|>").ids;
  expect(tokens).toEqual([1, 304, 277, 35, 80, 76, 74, 66, 0, 2]);
  const logits = new ReferenceModel(directory).logits(tokens);
  // The first six of transformers 5.23 in 32 bits, for the first token and the last.
  const want = [
    [-0.8593, -2.3838, -1.9372, -4.9203, -4.9707, -5.0668],
    [2.1712, -1.1316, -0.8989, -3.7136, -4.0411, -3.6949],
  ];
  for (const [index, row] of [logits[0], logits.at(-1)].entries()) {
    want[index]?.forEach((value, at) => {
      expect(row?.[at]).toBeCloseTo(value, 3);
    });
  }
});

test("the same settings make the same files, byte by byte, and another seed others", async () => {
  const weights = async (seed: number) => {
    const directory = join(temporaryDirectory(), "tiny");
    await makeTinyModel(directory, { shape, batches, steps: 2, seed });
    return readFileSync(join(directory, "model.safetensors"));
  };
  const first = await weights(1);
  expect(first.equals(await weights(1))).toBe(true);
  expect(first.equals(await weights(2))).toBe(false);
});

test("its files fit each other", async () => {
  const { directory, json } = await train(1);
  const places = readSafetensors(join(directory, "model.safetensors"));
  expect([...places].map(([name, place]) => ({ name, shape: place.shape }))).toEqual(tensorShapes(shape));
  expect(new Set([...places.values()].map(({ type }) => type))).toEqual(new Set(["BF16"]));

  const settings = json("tokenizer_config.json");
  const tokenizer = new Tokenizer(json("tokenizer.json"), settings);
  expect(tokenizer.get_vocab().size).toBe(json("config.json").vocab_size);
  expect(tokenizer.token_to_id(settings.eos_token)).toBe(json("config.json").eos_token_id);
  expect(json("generation_config.json").eos_token_id).toBe(json("config.json").eos_token_id);

  const prompt = new Template(settings.chat_template).render({
    messages: [
      { role: "system", content: "left out" },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "Bye" },
    ],
    add_generation_prompt: true,
  });
  expect(prompt).toBe("<|user|>Hi<|end|><|assistant|>Hello!<|end|><|user|>Bye<|end|><|assistant|>");
  const tokens = tokenizer.encode(prompt).ids;
  const logits = new ReferenceModel(directory).logits(tokens);
  expect(logits).toHaveLength(tokens.length);
  expect(logits.flatMap((row) => [...row]).every(Number.isFinite)).toBe(true);
});
