/**
 * A low-rank adapter (LoRA) of a model, in the files that PEFT writes. Field and tensor names are those of
 * PEFT 0.21 (peft/tuners/lora/config.py, 2026-11-22); what would change the computation in another way is
 * refused by name.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelConfig } from "./model-config.ts";
import { ModelFileError } from "./model-file-error.ts";
import { readSafetensors } from "./safetensors.ts";
import { type WeightPlace, weightTypes } from "./weights.ts";

/** A product of two matrices, which is added to that of a linear layer. */
export interface AdapterPlace {
  /** To as many values as the rank. */
  readonly down: WeightPlace;
  readonly up: WeightPlace;
}

const targets = {
  query: "self_attn.q_proj",
  key: "self_attn.k_proj",
  value: "self_attn.v_proj",
  output: "self_attn.o_proj",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
} as const;

type Target = keyof typeof targets;

export interface Adapter {
  readonly file: string;
  readonly rank: number;
  /** Of what it adds. */
  readonly scale: number;
  readonly layers: readonly { readonly [target in Target]?: AdapterPlace }[];
}

const usualRankMax = 64;
const configName = "adapter_config.json";
const weightsName = "adapter_model.safetensors";

const configFile = z.looseObject({
  peft_type: z.literal("LORA"),
  r: z.int().min(1).max(4096),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().default(false),
  target_modules: z.union([z.string(), z.array(z.string())]),
  bias: z.literal("none").default("none"),
  /** Others begin with a change of the model's own weights. */
  init_lora_weights: z.union([z.boolean(), z.literal("gaussian")]).default(true),
});

/** Fields that change nothing once an adapter is trained. */
const harmless = [
  ...["task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode"],
  ...["lora_dropout", "layers_to_transform", "layers_pattern", "megatron_core", "runtime_config"],
  ...["qalora_group_size", "exclude_modules", "loftq_config", "ensure_weight_tying"],
];

const isNothing = (value: unknown) =>
  value == null || value === false || (typeof value === "object" && Object.keys(value).length === 0);

/** Throws a ModelFileError that names the file, and the field or the tensor. */
export function readAdapter(
  directory: string,
  config: ModelConfig,
  { rankMax = usualRankMax, file: index = 0 }: { readonly rankMax?: number; readonly file?: number } = {},
): Adapter {
  if (config.mixture) {
    throw new ModelFileError(
      join(directory, configName),
      "adapters of a mixture of experts are not supported",
    );
  }
  const told = readConfig(join(directory, configName), rankMax);
  const file = join(directory, weightsName);
  if (!existsSync(file)) throw new ModelFileError(file, "is not there");
  const tensors = readSafetensors(file);
  const used = new Set<string>();
  const place = (name: string, rows: number, columns: number): WeightPlace | undefined => {
    const found = tensors.get(name);
    if (!found) return undefined;
    used.add(name);
    const type = weightTypes.find((known) => known === found.type);
    if (!type) {
      const problem = `${found.type} is not supported; these are: ${weightTypes.join(", ")}`;
      throw new ModelFileError(file, `tensor "${name}": ${problem}`);
    }
    if (found.shape.length !== 2 || found.shape[0] !== rows || found.shape[1] !== columns) {
      const problem = `is [${found.shape.join(", ")}], and model and rank say [${rows}, ${columns}]`;
      throw new ModelFileError(file, `tensor "${name}": ${problem}`);
    }
    return { file: index, offset: found.offset, type, rows, columns };
  };
  const shapes = shapesOf(config);
  const layers = Array.from({ length: config.layers }, (_, layer) => {
    const found: { [target in Target]?: AdapterPlace } = {};
    for (const [target, module] of Object.entries(targets) as [Target, string][]) {
      const [outputs, inputs] = shapes[target];
      const base = `base_model.model.model.layers.${layer}.${module}`;
      const down = place(`${base}.lora_A.weight`, told.rank, inputs);
      const up = place(`${base}.lora_B.weight`, outputs, told.rank);
      if (down && up) found[target] = { down, up };
      else if (down || up) throw new ModelFileError(file, `"${base}" has one of lora_A and lora_B alone`);
    }
    return found;
  });
  const left = [...tensors.keys()].find((name) => !used.has(name));
  if (left !== undefined) {
    const known = Object.values(targets).join(", ");
    throw new ModelFileError(file, `tensor "${left}" adapts none of this model's ${known}`);
  }
  return { ...told, file, layers };
}

/** Outputs and inputs of each linear layer. */
function shapesOf({ hidden, intermediate, heads, kvHeads, headDim }: ModelConfig) {
  return {
    query: [heads * headDim, hidden],
    key: [kvHeads * headDim, hidden],
    value: [kvHeads * headDim, hidden],
    output: [hidden, heads * headDim],
    gate: [intermediate, hidden],
    up: [intermediate, hidden],
    down: [hidden, intermediate],
  } as const satisfies Record<Target, readonly [number, number]>;
}

function readConfig(file: string, rankMax: number): { rank: number; scale: number } {
  const { data, error } = configFile.safeParse(parse(file));
  if (!data) {
    const [issue] = error.issues;
    throw new ModelFileError(file, `"${issue?.path.join(".") || "the whole"}": ${issue?.message}`);
  }
  const { r: rank, lora_alpha, use_rslora, target_modules } = data;
  if (rank > rankMax) {
    throw new ModelFileError(file, `"r": ${rank} is above ${rankMax}, which engine.adapterRank allows`);
  }
  const known = Object.values(targets).map((module) => module.replace(/^.*\./, ""));
  const stranger = [target_modules].flat().find((module) => {
    // A pattern is judged by the tensors that it has led to.
    return typeof target_modules !== "string" && !known.includes(module.replace(/^.*\./, ""));
  });
  if (stranger !== undefined) {
    throw new ModelFileError(
      file,
      `"target_modules": ${stranger} is not supported; these are: ${known.join(", ")}`,
    );
  }
  const other = Object.entries(data).find(([field, value]) => {
    return !(field in configFile.shape) && !harmless.includes(field) && !isNothing(value);
  });
  if (other) {
    const problem = `${JSON.stringify(other[1]).slice(0, 80)} is not supported; null, false and nothing are`;
    throw new ModelFileError(file, `"${other[0]}": ${problem}`);
  }
  return { rank, scale: lora_alpha / (use_rslora ? Math.sqrt(rank) : rank) };
}

function parse(file: string): unknown {
  if (!existsSync(file)) throw new ModelFileError(file, "is not there");
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
}
