import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { indexFile, readWeights, singleFile, weightTypes } from "../../../runtime/models/weights.ts";
import {
  type MadeUpModel,
  type MadeUpTensor,
  madeUpModel,
  writeTensors,
} from "../../support/runtime/made-up-weights.ts";
import {
  gemmaShape,
  llamaShape,
  mixtralShape,
  mixtureShape,
  qwenShape,
} from "../../support/runtime/shapes.ts";

const lastDown = "model.layers.1.mlp.down_proj.weight";

/** A model whose tensors were changed before they were written. */
function spoiled(
  change: (tensors: Map<string, MadeUpTensor>) => void,
  raw: object = llamaShape,
): MadeUpModel {
  const model = madeUpModel(raw);
  const tensors = new Map(model.tensors);
  change(tensors);
  writeTensors(join(model.directory, singleFile), tensors);
  return { ...model, tensors };
}

/** Its tensors by turns in two files, and an index of them. */
function split(model: MadeUpModel): Record<string, string> {
  const names = [...model.tensors.keys()];
  const map = Object.fromEntries(names.map((name, index) => [name, `model-${(index % 2) + 1}.safetensors`]));
  rmSync(join(model.directory, singleFile));
  for (const file of new Set(Object.values(map))) {
    const part = new Map([...model.tensors].filter(([name]) => map[name] === file));
    writeTensors(join(model.directory, file), part);
  }
  writeIndex(model, map);
  return map;
}

function writeIndex({ directory }: MadeUpModel, map: object): void {
  writeFileSync(join(directory, indexFile), JSON.stringify({ metadata: {}, weight_map: map }));
}

const shape = (...lengths: number[]): MadeUpTensor => ({
  shape: lengths,
  values: new Float32Array(lengths.reduce((product, length) => product * length, 1)),
});

test("every tensor has its place: a matrix by rows, a vector as one row", () => {
  const { directory, config } = madeUpModel(llamaShape);
  const weights = readWeights(directory, config);
  expect(weights.files).toEqual([join(directory, singleFile)]);
  expect(weights.embedding).toMatchObject({ file: 0, type: "BF16", rows: 128, columns: 96 });
  expect(weights.head).toMatchObject({ rows: 128, columns: 96 });
  expect(weights.finalNorm).toMatchObject({ rows: 1, columns: 96 });
  expect(weights.layers).toHaveLength(2);
  const [layer] = weights.layers;
  const sizes = Object.entries(layer ?? {}).map(([name, { rows, columns }]) => [name, rows, columns]);
  expect(sizes).toEqual([
    ["inputNorm", 1, 96],
    ["postNorm", 1, 96],
    ["query", 96, 96],
    ["key", 32, 96],
    ["value", 32, 96],
    ["output", 96, 96],
    ["gate", 144, 96],
    ["up", 144, 96],
    ["down", 96, 144],
  ]);
});

test("tied models have no head, Qwen3 has norms of heads, Qwen2 and Llama may have biases", () => {
  const tied = madeUpModel(qwenShape);
  const weights = readWeights(tied.directory, tied.config);
  expect(weights.head).toBeUndefined();
  expect(weights.layers[0]).toMatchObject({ queryNorm: { columns: 80 }, keyNorm: { columns: 80 } });
  const biased = madeUpModel({ ...llamaShape, attention_bias: true });
  expect(readWeights(biased.directory, biased.config).layers[0]).toMatchObject({
    queryBias: { columns: 96 },
    keyBias: { columns: 32 },
    valueBias: { columns: 32 },
    outputBias: { columns: 96 },
  });
});

test("norms of what layers give stand beside those of what they take", () => {
  const { directory, config } = madeUpModel(gemmaShape);
  const told = readWeights(directory, config).layers[0];
  const places = [told?.inputNorm, told?.attentionNorm, told?.postNorm, told?.feedForwardNorm];
  expect(places.map((place) => place?.columns)).toEqual([80, 80, 80, 80]);
  const offsets = places.map((place) => place?.offset ?? 0);
  expect(new Set(offsets).size).toBe(4);
});

test("tensors of a model that was saved without its head have shorter names", () => {
  const model = madeUpModel(qwenShape);
  const wanted = readWeights(model.directory, model.config);
  const short = new Map([...model.tensors].map(([name, tensor]) => [name.replace(/^model\./, ""), tensor]));
  writeTensors(join(model.directory, singleFile), short);
  const found = readWeights(model.directory, model.config);
  // The header is shorter by "model." for each tensor: all of them begin so much earlier.
  const earlier = wanted.embedding.offset - found.embedding.offset;
  expect(earlier).toBe(model.tensors.size * "model.".length);
  const moved = { ...found.layers[1]?.query, offset: (found.layers[1]?.query.offset ?? 0) + earlier };
  expect(moved).toEqual(wanted.layers[1]?.query);
  const both = new Map([...model.tensors, ...short]);
  writeTensors(join(model.directory, singleFile), both);
  expect(() => readWeights(model.directory, model.config)).toThrow(/^.*tensor "model\.model\..*has no place/);
});

test.each([
  { case: "Qwen3", raw: mixtureShape, experts: [undefined, 8] },
  { case: "Mixtral", raw: mixtralShape, experts: [5, 5] },
])("a layer has one feed-forward part, or a router and experts: $case", ({ raw, experts }) => {
  const { directory, config } = madeUpModel(raw);
  const { layers } = readWeights(directory, config);
  expect(layers.map((layer) => layer.router?.rows)).toEqual(experts);
  expect(layers.map((layer) => layer.experts?.length)).toEqual(experts);
  expect(layers.map(({ gate }) => gate === undefined)).toEqual(experts.map((count) => count !== undefined));
  const last = layers[1]?.experts?.at(-1);
  expect(last).toMatchObject({
    gate: { rows: 48, columns: 64 },
    up: { rows: 48, columns: 64 },
    down: { rows: 64, columns: 48 },
  });
});

test("an index names the files", () => {
  const model = madeUpModel(llamaShape);
  const whole = readWeights(model.directory, model.config);
  split(model);
  const weights = readWeights(model.directory, model.config);
  expect(weights.files.map((file) => file.slice(-19))).toEqual([
    "model-1.safetensors",
    "model-2.safetensors",
  ]);
  expect([weights.embedding.file, weights.finalNorm.file]).toEqual([0, 1]);
  expect(weights.layers.map(({ gate }) => gate?.rows)).toEqual(whole.layers.map(({ gate }) => gate?.rows));
});

test.each([
  { case: "a head beside a tied embedding", raw: qwenShape, name: "lm_head.weight", lengths: [100, 64] },
  {
    case: "turns that older files hold",
    raw: llamaShape,
    name: "model.layers.0.self_attn.rotary_emb.inv_freq",
    lengths: [8],
  },
])("left alone: $case", ({ raw, name, lengths }) => {
  const { directory, config } = spoiled((tensors) => tensors.set(name, shape(...lengths)), raw);
  expect(readWeights(directory, config).layers).toHaveLength(2);
});

test.each([
  {
    case: "a tensor that is missing",
    change: (tensors: Map<string, MadeUpTensor>) => tensors.delete(lastDown),
    want: `has no tensor "${lastDown}"`,
  },
  {
    case: "a tensor that is turned",
    change: (tensors: Map<string, MadeUpTensor>) => tensors.set(lastDown, shape(144, 96)),
    want: `tensor "${lastDown}": is [144, 96], and the config says [96, 144]`,
  },
  {
    case: "a tensor with an axis more",
    change: (tensors: Map<string, MadeUpTensor>) => tensors.set(lastDown, shape(96, 144, 1)),
    want: `tensor "${lastDown}": is [96, 144, 1], and`,
  },
  {
    case: "a tensor of another model",
    change: (tensors: Map<string, MadeUpTensor>) =>
      tensors.set("model.layers.0.self_attn.q_proj.bias", shape(96)),
    want: 'tensor "model.layers.0.self_attn.q_proj.bias" has no place in a LlamaForCausalLM',
  },
  {
    case: "a layer more than the config says",
    change: (tensors: Map<string, MadeUpTensor>) =>
      tensors.set("model.layers.2.mlp.up_proj.weight", shape(1)),
    want: 'tensor "model.layers.2.mlp.up_proj.weight" has no place',
  },
])("refused by name: $case", ({ change, want }) => {
  const { directory, config } = spoiled(change);
  expect(() => readWeights(directory, config)).toThrow(`${join(directory, singleFile)}: ${want}`);
});

test("refused by name: a type that is not computed with", () => {
  const { directory, config } = madeUpModel(llamaShape);
  const header = { "model.embed_tokens.weight": { dtype: "F64", shape: [0, 96], data_offsets: [0, 0] } };
  const text = JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(directory, singleFile), Buffer.concat([length, Buffer.from(text)]));
  const told = `"model.embed_tokens.weight": F64 is not supported; these are: ${weightTypes.join(", ")}`;
  expect(() => readWeights(directory, config)).toThrow(told);
});

const embedding = "model.embed_tokens.weight";

test.each([
  {
    case: "a file that is not there",
    spoil: (model: MadeUpModel) => rmSync(join(model.directory, "model-2.safetensors")),
    want: `${indexFile}: names model-2.safetensors, which is not there`,
  },
  {
    case: "a tensor in another file than told",
    spoil: (model: MadeUpModel, map: object) =>
      writeIndex(model, { ...map, [embedding]: "model-2.safetensors" }),
    want: `model-1.safetensors: tensor "${embedding}" is not where ${indexFile} says`,
  },
  {
    case: "a tensor that no file has",
    spoil: (model: MadeUpModel, map: object) => writeIndex(model, { ...map, more: "model-2.safetensors" }),
    want: 'model-2.safetensors: has no tensor "more"',
  },
  {
    case: "a tensor twice",
    spoil: (model: MadeUpModel, map: Record<string, string>) => {
      const second = [...model.tensors].filter(
        ([name]) => map[name] !== map[embedding] || name === embedding,
      );
      writeTensors(join(model.directory, "model-2.safetensors"), new Map(second));
    },
    want: `model-2.safetensors: tensor "${embedding}" is also in another file`,
  },
  {
    case: "a file outside",
    spoil: (model: MadeUpModel, map: object) => writeIndex(model, { ...map, more: "../x.safetensors" }),
    want: `${indexFile}: has no "weight_map"`,
  },
  {
    case: "no JSON",
    spoil: (model: MadeUpModel) => writeFileSync(join(model.directory, indexFile), "{"),
    want: `${indexFile}: has no "weight_map"`,
  },
  {
    case: "two ways to read it",
    spoil: (model: MadeUpModel) => writeTensors(join(model.directory, singleFile), new Map()),
    want: `has ${singleFile} and ${indexFile}: which of them is meant?`,
  },
])("refused by name, with an index: $case", ({ spoil, want }) => {
  const model = madeUpModel(llamaShape);
  spoil(model, split(model));
  expect(() => readWeights(model.directory, model.config)).toThrow(want);
});

test("refused: a directory without weights", () => {
  const { directory, config } = madeUpModel(llamaShape);
  rmSync(join(directory, singleFile));
  expect(readdirSync(directory)).toEqual(["config.json"]);
  expect(() => readWeights(directory, config)).toThrow(
    `${directory}: has neither ${singleFile} nor ${indexFile}`,
  );
});
