import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAdapter } from "../../../runtime/models/adapter.ts";
import { modelConfig } from "../../../runtime/models/model-config.ts";
import { type MadeUpTensor, writeTensors } from "../../support/runtime/made-up-weights.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const oracle = new URL("../../support/runtime/oracle/", import.meta.url).pathname;
const [golden = "{}"] = readFileSync(join(oracle, "adapters.jsonl"), "utf8").split("\n");
const config = modelConfig("config.json", JSON.parse(golden).config);
const ofPeft = (name: string) => join(oracle, `adapter-${name}`);

/** PEFT's own files, with one thing changed. */
function changed(change: object): string {
  const directory = temporaryDirectory();
  const from = ofPeft("all-of-4");
  copyFileSync(join(from, "adapter_model.safetensors"), join(directory, "adapter_model.safetensors"));
  const raw = JSON.parse(readFileSync(join(from, "adapter_config.json"), "utf8"));
  writeFileSync(join(directory, "adapter_config.json"), JSON.stringify({ ...raw, ...change }));
  return directory;
}

test("what PEFT wrote: rank, scale, and a pair for each linear layer that it adapts", () => {
  const { rank, scale, layers } = readAdapter(ofPeft("all-of-4"), config, { file: 3 });
  expect([rank, scale, layers.length]).toEqual([4, 2, 2]);
  const shapes = Object.entries(layers[1] ?? {}).map(([target, { down, up }]) => [
    target,
    [down.file, down.type, down.rows, down.columns],
    [up.rows, up.columns],
  ]);
  expect(shapes).toEqual([
    ["query", [3, "BF16", 4, 64], [64, 4]],
    ["key", [3, "BF16", 4, 64], [32, 4]],
    ["value", [3, "BF16", 4, 64], [32, 4]],
    ["output", [3, "BF16", 4, 64], [64, 4]],
    ["gate", [3, "BF16", 4, 64], [80, 4]],
    ["up", [3, "BF16", 4, 64], [80, 4]],
    ["down", [3, "BF16", 4, 80], [64, 4]],
  ]);
});

test("stabilised ones are scaled by the root of the rank, and some layers are left alone", () => {
  const { rank, scale, layers } = readAdapter(ofPeft("two-of-20-stabilised"), config);
  expect([rank, scale]).toEqual([20, 16 / Math.sqrt(20)]);
  expect(Object.keys(layers[0] ?? {})).toEqual(["query", "value"]);
});

test.each<{ case: string; change: object; want: string }>([
  { case: "another kind", change: { peft_type: "IA3" }, want: '"peft_type": Invalid input: expected "LORA"' },
  { case: "no rank", change: { r: 0 }, want: '"r": Too small' },
  { case: "a high rank", change: { r: 65 }, want: '"r": 65 is above 64, which engine.adapterRank allows' },
  { case: "biases", change: { bias: "all" }, want: '"bias": Invalid input: expected "none"' },
  { case: "DoRA", change: { use_dora: true }, want: '"use_dora": true is not supported' },
  {
    case: "ranks by layer",
    change: { rank_pattern: { q_proj: 8 } },
    want: '"rank_pattern": {"q_proj":8} is',
  },
  { case: "saved modules", change: { modules_to_save: ["lm_head"] }, want: '"modules_to_save": ["lm_head"]' },
  { case: "turned weights", change: { fan_in_fan_out: true }, want: '"fan_in_fan_out": true is not' },
  { case: "a changed model", change: { init_lora_weights: "pissa" }, want: '"init_lora_weights": Invalid' },
  { case: "another field", change: { wavelets: 3 }, want: '"wavelets": 3 is not supported' },
  {
    case: "another layer",
    change: { target_modules: ["q_proj", "lm_head"] },
    want: '"target_modules": lm_head is not supported; these are: q_proj, k_proj, v_proj, o_proj, gate_proj',
  },
  {
    case: "tensors of another rank",
    change: { r: 8 },
    want: 'self_attn.q_proj.lora_A.weight": is [4, 64], and model and rank say [8, 64]',
  },
])("refused: $case", ({ change, want }) => {
  expect(() => readAdapter(changed(change), config)).toThrow(want);
});

test("refused: a mixture of experts", () => {
  const mixture = { experts: 4, chosen: 2, intermediate: 32, hasNormalisedShares: true };
  expect(() => readAdapter(changed({}), { ...config, mixture })).toThrow(
    "adapters of a mixture of experts are not supported",
  );
});

test("files that are not there, or hold something else", () => {
  const directory = changed({});
  const weights = join(directory, "adapter_model.safetensors");
  const base = "base_model.model.model.layers.0.self_attn.q_proj";
  const write = (...names: string[]) => {
    const tensor: MadeUpTensor = { shape: [4, 64], values: new Float32Array(256) };
    writeTensors(weights, new Map(names.map((name) => [name, tensor])));
  };
  write(`${base}.lora_A.weight`);
  expect(() => readAdapter(directory, config)).toThrow(`"${base}" has one of lora_A and lora_B alone`);
  write("base_model.model.lm_head.lora_A.weight");
  expect(() => readAdapter(directory, config)).toThrow("lm_head.lora_A.weight\" adapts none of this model's");
  rmSync(weights);
  expect(() => readAdapter(directory, config)).toThrow(`${weights}: is not there`);
  writeFileSync(join(directory, "adapter_config.json"), "{");
  expect(() => readAdapter(directory, config)).toThrow("adapter_config.json: is no JSON");
  rmSync(join(directory, "adapter_config.json"));
  expect(() => readAdapter(directory, config)).toThrow("adapter_config.json: is not there");
});
