import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { tinyModelDirectory } from "../../../runtime/tiny/tiny-directory.ts";
import { tinySettings } from "../../../runtime/tiny/train.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const quick = {
  shape: { ...tinySettings.shape, vocabulary: 272, width: 16, feedForward: 16, layers: 1, headWidth: 8 },
  batches: [{ windows: 1, tokens: 64 }],
  steps: 3,
};

test("of several that ask at once one makes it, and nobody makes it again", async () => {
  const cache = join(temporaryDirectory(), "cache");
  let steps = 0;
  const ask = () => tinyModelDirectory({ ...quick, cache, onProgress: () => (steps += 1) });
  const [directory = "", ...others] = await Promise.all([ask(), ask(), ask()]);
  expect(others).toEqual([directory, directory]);
  expect(await ask()).toBe(directory);
  expect(steps).toBe(3);
  expect(readdirSync(cache)).toEqual([basename(directory)]);
  expect(basename(directory)).toMatch(/^tiny-[0-9a-f]{12}$/);
  expect(readdirSync(directory)).toEqual([
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
});

test("another recipe is another model", async () => {
  const cache = temporaryDirectory();
  const first = await tinyModelDirectory({ ...quick, cache });
  const second = await tinyModelDirectory({ ...quick, cache, seed: 2 });
  expect(second).not.toBe(first);
  expect(readdirSync(cache)).toHaveLength(2);
});

test("what a killed maker left is swept away", async () => {
  const cache = temporaryDirectory();
  const directory = await tinyModelDirectory({ ...quick, cache, steps: 1 });
  const other = temporaryDirectory();
  const unfinished = join(other, `${basename(directory)}.unfinished`);
  mkdirSync(unfinished);
  writeFileSync(join(unfinished, "half"), "");
  const made = await tinyModelDirectory({ ...quick, cache: other, steps: 1 });
  expect(existsSync(join(made, "half"))).toBe(false);
  expect(readdirSync(other)).toEqual([basename(directory)]);
});

test("a maker that fails lets the next one try", async () => {
  const cache = temporaryDirectory();
  const failing = () => {
    throw new Error("stopped");
  };
  await expect(tinyModelDirectory({ ...quick, cache, onProgress: failing })).rejects.toThrow("stopped");
  expect(existsSync(await tinyModelDirectory({ ...quick, cache }))).toBe(true);
});
