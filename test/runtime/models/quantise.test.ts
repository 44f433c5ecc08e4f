import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEmbeddingConfig } from "../../../runtime/models/embedding-config.ts";
import { readModelConfig } from "../../../runtime/models/model-config.ts";
import { quantiseModel } from "../../../runtime/models/quantise.ts";
import { indexFile, readWeights, singleFile } from "../../../runtime/models/weights.ts";
import { madeUpModel, writeTensors } from "../../support/runtime/made-up-weights.ts";
import { expandedTensors, tensorBytes } from "../../support/runtime/quantised-models.ts";
import { llamaShape, mixtralShape, mixtureShape, qwenShape } from "../../support/runtime/shapes.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const int8 = { bits: 8, isPacked: true } as const;
const int4 = { bits: 4, isPacked: true, group: 32 } as const;
const target = () => join(temporaryDirectory(), "made");

test("linear layers alone are quantised; all else, and what belongs to a model, is as it was", () => {
  const { directory, tensors, config } = madeUpModel({ ...qwenShape, unknown: [1] });
  writeFileSync(join(directory, "tokenizer.json"), "{}");
  writeFileSync(join(directory, "notes.txt"), "mine");
  const to = target();
  const { bytesBefore, bytesAfter, matrices } = quantiseModel(directory, to, int4);
  expect(readdirSync(to).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
  const raw = JSON.parse(readFileSync(join(to, "config.json"), "utf8"));
  expect(raw).toMatchObject({ ...qwenShape, unknown: [1] });
  expect(raw.quantization_config).toMatchObject({ format: "pack-quantized", ignore: ["lm_head"] });
  expect(matrices).toBe(14);
  // Of each 64 inputs: 32 bytes of codes, two scales; beside a layer, a shape for each matrix.
  const weights = 2 * (4 * 320 * 64 + 3 * 96 * 64);
  expect(bytesBefore - bytesAfter).toBe(weights * (2 - 1 / 2 - 2 / 32) - 14 * 16);
  const after = expandedTensors(to);
  expect([...after.keys()].sort()).toEqual([...tensors.keys()].sort());
  for (const [name, { values }] of tensors) {
    const far = values.map((value, index) => Math.abs(value - (after.get(name)?.values[index] ?? 9)));
    // Half a step: weights of these matrices are below the root of 3 by their inputs.
    const step = Math.sqrt(3 / (tensors.get(name)?.shape.at(-1) ?? 1)) / 7.5;
    expect(Math.max(...far)).toBeLessThan(name.includes("_proj.") ? 0.51 * step : 1e-9);
  }
  const places = readWeights(to, readModelConfig(join(to, "config.json")));
  expect(places.layers[0]?.down).toMatchObject({ type: "BF16", bits: 4, group: 32, rows: 64, columns: 96 });
  expect(config.quantization).toBeUndefined();
});

test("embeddings are made as those of the model that it was made from", () => {
  const { directory } = madeUpModel({ ...qwenShape, is_matryoshka: true });
  const modules = ["Transformer", "Pooling"].map((kind, index) => ({
    type: `sentence_transformers.models.${kind}`,
    path: index === 0 ? "" : `${index}_${kind}`,
  }));
  writeFileSync(join(directory, "modules.json"), JSON.stringify(modules));
  mkdirSync(join(directory, "1_Pooling"));
  writeFileSync(join(directory, "1_Pooling", "config.json"), JSON.stringify({ pooling_mode: "mean" }));
  const to = target();
  quantiseModel(directory, to, int8);
  expect(readEmbeddingConfig(to)).toEqual(readEmbeddingConfig(directory));
  expect(readEmbeddingConfig(to)).toEqual({ pooling: "mean", isNormalized: false, dimensions: "any" });
});

test("a model that was saved without its head", () => {
  const { directory, tensors } = madeUpModel(qwenShape);
  const headless = new Map([...tensors].map(([name, tensor]) => [name.replace("model.", ""), tensor]));
  writeTensors(join(directory, singleFile), headless);
  const to = target();
  expect(quantiseModel(directory, to, int8).matrices).toBe(14);
  const { layers } = readWeights(to, readModelConfig(join(to, "config.json")));
  expect(layers[1]?.down).toMatchObject({ bits: 8, group: 96, rows: 64, columns: 96 });
});

test("each tensor begins at a multiple of its elements, as other readers want it", () => {
  const to = target();
  quantiseModel(madeUpModel(qwenShape).directory, to, int8);
  const sizes: Record<string, number> = { I64: 8, I32: 4, BF16: 2 };
  for (const { type, offset } of tensorBytes(to).values()) expect(offset % (sizes[type] ?? 0)).toBe(0);
});

test.each([
  // Of two layers four matrices of attention each; one of them is plain, or both have five experts.
  { case: "Qwen3", raw: mixtureShape, matrices: 2 * 4 + 3 + 8 * 3, router: "mlp.gate" },
  { case: "Mixtral", raw: mixtralShape, matrices: 2 * 4 + 2 * 5 * 3, router: "block_sparse_moe.gate" },
])("experts are quantised, their routers are not, and the config says so: $case", (row) => {
  const to = target();
  expect(quantiseModel(madeUpModel(row.raw).directory, to, int8).matrices).toBe(row.matrices);
  const raw = JSON.parse(readFileSync(join(to, "config.json"), "utf8"));
  expect(raw.quantization_config.ignore).toEqual(["lm_head", "re:.*\\.gate$"]);
  const { layers } = readWeights(to, readModelConfig(join(to, "config.json")));
  expect(layers[1]?.experts?.at(-1)?.down).toMatchObject({ bits: 8, group: 48, rows: 64, columns: 48 });
  expect(layers[1]?.router?.bits).toBeUndefined();
  expect(tensorBytes(to).get(`model.layers.1.${row.router}.weight`)?.type).toBe("BF16");
});

test("shards stay shards", () => {
  const { directory, tensors } = madeUpModel(llamaShape);
  const whole = target();
  quantiseModel(directory, whole, int8);
  const names = [...tensors.keys()];
  const map = Object.fromEntries(names.map((name, index) => [name, `model-${index % 3}.safetensors`]));
  for (const file of new Set(Object.values(map))) {
    writeTensors(join(directory, file), new Map([...tensors].filter(([name]) => map[name] === file)));
  }
  rmSync(join(directory, singleFile));
  writeFileSync(join(directory, indexFile), JSON.stringify({ weight_map: map }));
  const to = target();
  const { bytesAfter } = quantiseModel(directory, to, int8);
  const index = JSON.parse(readFileSync(join(to, indexFile), "utf8"));
  expect(index.metadata).toEqual({ total_size: bytesAfter });
  expect(Object.keys(index.weight_map).sort()).toEqual([...tensorBytes(whole).keys()].sort());
  const { files, layers } = readWeights(to, readModelConfig(join(to, "config.json")));
  expect(files).toHaveLength(3);
  expect(layers[1]?.gate).toMatchObject({ bits: 8, isPacked: true, group: 96 });
});

test("rows that are longer than what is read at a time", () => {
  const config = { ...qwenShape, num_hidden_layers: 1, hidden_size: 32, intermediate_size: 70_016 };
  const to = target();
  quantiseModel(madeUpModel(config).directory, to, int8);
  expect(tensorBytes(to).get("model.layers.0.mlp.down_proj.weight_packed")?.shape).toEqual([32, 17_504]);
});

test("refused, and nothing is left behind", () => {
  const { directory, tensors } = madeUpModel(llamaShape);
  const folder = temporaryDirectory();
  const to = join(folder, "made");
  // Rows of 144 are not groups of 32.
  expect(() => quantiseModel(directory, to, int4)).toThrow(
    'mlp.down_proj.weight": rows of 144 weights are not groups of 32: ask for smaller ones, or for int8',
  );
  const spoilt = new Map(tensors);
  const name = "model.layers.1.mlp.up_proj.weight";
  spoilt.set(name, { shape: [144, 96], values: new Float32Array(144 * 96).fill(Number.NaN, 200, 201) });
  writeTensors(join(directory, singleFile), spoilt);
  expect(() => quantiseModel(directory, to, int8)).toThrow(
    `"${name}": row 2 has weights that are no numbers`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("a place that is taken, or cannot be written to", () => {
  const { directory } = madeUpModel(llamaShape);
  const taken = temporaryDirectory();
  expect(() => quantiseModel(directory, taken, int8)).toThrow(`${taken}: is there already`);
  const nowhere = join(taken, "not", "there");
  expect(() => quantiseModel(directory, nowhere, int8)).toThrow(`${nowhere}: cannot be written: ENOENT`);
  const file = join(taken, "file");
  writeFileSync(file, "");
  expect(() => quantiseModel(directory, join(file, "in"), int8)).toThrow("cannot be written: ENOTDIR");
});

test("a model that is quantised already", () => {
  const to = target();
  quantiseModel(madeUpModel(llamaShape).directory, to, int8);
  expect(() => quantiseModel(to, target(), int8)).toThrow("is quantised already: take the model that it was");
  expect(existsSync(to)).toBe(true);
});
