/**
 * Where each weight of a model lies: in one file, or in the several that an index names. Every tensor that
 * the model computes with is there, with its exact shape, and none that it would leave out.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Mixture } from "./mixture.ts";
import type { ModelConfig } from "./model-config.ts";
import { ModelFileError } from "./model-file-error.ts";
import { type Quantised, quantisedPlace } from "./quantised-place.ts";
import { readSafetensors, type TensorPlace } from "./safetensors.ts";

export const weightTypes = ["BF16", "F16", "F32"] as const;

/** A matrix, or a vector as one row. */
export interface WeightPlace extends Partial<Quantised> {
  /** Its number among the files. */
  readonly file: number;
  readonly offset: number;
  /** Where it is quantised: of its scales. */
  readonly type: (typeof weightTypes)[number];
  readonly rows: number;
  readonly columns: number;
}

/** Rows of a matrix are its outputs, here as everywhere. */
export interface FeedForwardWeights {
  readonly gate: WeightPlace;
  readonly up: WeightPlace;
  readonly down: WeightPlace;
}

/** It has either one feed-forward part, or a router and the experts among which it chooses. */
export interface LayerWeights extends Partial<FeedForwardWeights> {
  /** Before attention. */
  readonly inputNorm: WeightPlace;
  /** Before the feed-forward part. */
  readonly postNorm: WeightPlace;
  /** Of what attention gives, and of what the feed-forward part gives. */
  readonly attentionNorm?: WeightPlace;
  readonly feedForwardNorm?: WeightPlace;
  readonly query: WeightPlace;
  readonly key: WeightPlace;
  readonly value: WeightPlace;
  readonly output: WeightPlace;
  readonly router?: WeightPlace;
  readonly experts?: readonly FeedForwardWeights[];
  readonly queryBias?: WeightPlace;
  readonly keyBias?: WeightPlace;
  readonly valueBias?: WeightPlace;
  readonly outputBias?: WeightPlace;
  readonly queryNorm?: WeightPlace;
  readonly keyNorm?: WeightPlace;
}

export interface ModelWeights {
  readonly files: readonly string[];
  readonly embedding: WeightPlace;
  readonly finalNorm: WeightPlace;
  /** Absent: the embedding is the head as well. */
  readonly head?: WeightPlace;
  readonly layers: readonly LayerWeights[];
}

export const singleFile = "model.safetensors";
export const indexFile = "model.safetensors.index.json";

const embeddingName = "model.embed_tokens.weight";

const index = z.looseObject({ weight_map: z.record(z.string(), z.string().regex(/^[\w.-]+\.safetensors$/)) });

interface Found {
  readonly file: number;
  readonly place: TensorPlace;
}

/** Throws a ModelFileError that names the file and the tensor. */
export function readWeights(directory: string, config: ModelConfig): ModelWeights {
  const { files, tensors: stored } = openFiles(directory);
  const tensors = prefixed(stored);
  const told = join(directory, files.length > 1 ? indexFile : (files[0] ?? singleFile));
  const used = new Set<string>();
  const pathOf = ({ file }: Found) => join(directory, files[file] ?? "");
  const find = (name: string) => {
    if (tensors.has(name)) used.add(name);
    return tensors.get(name);
  };
  const take = (name: string, shape: readonly number[]): WeightPlace => {
    const [rows, columns] = shape;
    if (config.quantization && rows !== undefined && columns !== undefined && name !== embeddingName) {
      const finder = { take: find, fileOf: pathOf };
      const place = quantisedPlace(name, [rows, columns], config.quantization, finder);
      if (place) return place;
    }
    const found = find(name);
    if (!found) throw new ModelFileError(told, `has no tensor "${name}"`);
    return weightPlace(pathOf(found), name, found, shape);
  };
  const { hidden, vocabularySize } = config;
  const weights: ModelWeights = {
    files: files.map((file) => join(directory, file)),
    embedding: take(embeddingName, [vocabularySize, hidden]),
    finalNorm: take("model.norm.weight", [hidden]),
    head: config.isTied ? undefined : take("lm_head.weight", [vocabularySize, hidden]),
    layers: Array.from({ length: config.layers }, (_, layer) => layerWeights(config, layer, take)),
  };
  const left = [...tensors.keys()].find((name) => !used.has(name) && !isIgnored(name, config));
  if (left === undefined) return weights;
  throw new ModelFileError(told, `tensor "${left}" has no place in a ${config.architecture} of this config`);
}

/** A model that was saved without its head, as for embeddings, has names without the "model." of others. */
function prefixed(tensors: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
  if (!tensors.has("embed_tokens.weight")) return tensors;
  const named = (name: string) => (name === "lm_head.weight" ? name : `model.${name}`);
  return new Map([...tensors].map(([name, found]) => [named(name), found]));
}

/** Tied models sometimes store the embedding twice; older ones store what is computed from the config. */
function isIgnored(name: string, { isTied }: ModelConfig): boolean {
  return (isTied && name === "lm_head.weight") || name.endsWith(".rotary_emb.inv_freq");
}

type Take = (name: string, shape: readonly number[]) => WeightPlace;

function layerWeights(config: ModelConfig, layer: number, take: Take): LayerWeights {
  const { hidden, intermediate, headDim } = config;
  const [queries, keys] = [config.heads * headDim, config.kvHeads * headDim];
  const of = (name: string, ...shape: number[]) => take(`model.layers.${layer}.${name}`, shape);
  return {
    inputNorm: of("input_layernorm.weight", hidden),
    ...(config.hasOutputNorms
      ? {
          postNorm: of("pre_feedforward_layernorm.weight", hidden),
          attentionNorm: of("post_attention_layernorm.weight", hidden),
          feedForwardNorm: of("post_feedforward_layernorm.weight", hidden),
        }
      : { postNorm: of("post_attention_layernorm.weight", hidden) }),
    query: of("self_attn.q_proj.weight", queries, hidden),
    key: of("self_attn.k_proj.weight", keys, hidden),
    value: of("self_attn.v_proj.weight", keys, hidden),
    output: of("self_attn.o_proj.weight", hidden, queries),
    ...(config.mixture && config.layerKinds[layer]?.hasExperts
      ? mixtureWeights(config, config.mixture, of)
      : feedForwardWeights(of, ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"], intermediate, hidden)),
    ...(config.hasQkvBias && {
      queryBias: of("self_attn.q_proj.bias", queries),
      keyBias: of("self_attn.k_proj.bias", keys),
      valueBias: of("self_attn.v_proj.bias", keys),
    }),
    ...(config.hasOutputBias && { outputBias: of("self_attn.o_proj.bias", hidden) }),
    ...(config.hasQkNorm && {
      queryNorm: of("self_attn.q_norm.weight", headDim),
      keyNorm: of("self_attn.k_norm.weight", headDim),
    }),
  };
}

type Of = (name: string, ...shape: number[]) => WeightPlace;

function feedForwardWeights(
  of: Of,
  [gate, up, down]: readonly [gate: string, up: string, down: string],
  intermediate: number,
  hidden: number,
): FeedForwardWeights {
  return {
    gate: of(`${gate}.weight`, intermediate, hidden),
    up: of(`${up}.weight`, intermediate, hidden),
    down: of(`${down}.weight`, hidden, intermediate),
  };
}

function mixtureWeights({ architecture, hidden }: ModelConfig, mixture: Mixture, of: Of) {
  // Mixtral's files keep names of their own.
  const isMixtral = architecture === "MixtralForCausalLM";
  const part = isMixtral ? "block_sparse_moe" : "mlp";
  const [gate, up, down] = isMixtral ? ["w1", "w3", "w2"] : ["gate_proj", "up_proj", "down_proj"];
  return {
    router: of(`${part}.gate.weight`, mixture.experts, hidden),
    experts: Array.from({ length: mixture.experts }, (_, expert) => {
      const at = `${part}.experts.${expert}`;
      return feedForwardWeights(
        of,
        [`${at}.${gate}`, `${at}.${up}`, `${at}.${down}`],
        mixture.intermediate,
        hidden,
      );
    }),
  };
}

function weightPlace(file: string, name: string, found: Found, shape: readonly number[]): WeightPlace {
  const { type, shape: given, offset } = found.place;
  const known = weightTypes.find((weightType) => weightType === type);
  if (!known) {
    throw new ModelFileError(
      file,
      `tensor "${name}": ${type} is not supported; these are: ${weightTypes.join(", ")}`,
    );
  }
  if (given.length !== shape.length || given.some((length, axis) => length !== shape[axis])) {
    const wanted = `[${shape.join(", ")}]`;
    throw new ModelFileError(
      file,
      `tensor "${name}": is [${given.join(", ")}], and the config says ${wanted}`,
    );
  }
  const [rows, columns] = shape.length === 1 ? [1, ...shape] : shape;
  return { file: found.file, offset, type: known, rows: rows ?? 0, columns: columns ?? 0 };
}

function openFiles(directory: string): { files: string[]; tensors: Map<string, Found> } {
  const [single, several] = [singleFile, indexFile].map((name) => existsSync(join(directory, name)));
  if (single && several) {
    throw new ModelFileError(directory, `has ${singleFile} and ${indexFile}: which of them is meant?`);
  }
  if (!single && !several) throw new ModelFileError(directory, `has neither ${singleFile} nor ${indexFile}`);
  const map = several ? readIndex(join(directory, indexFile)) : undefined;
  const files = map ? [...new Set(map.values())].sort() : [singleFile];
  const tensors = new Map<string, Found>();
  for (const [file, name] of files.entries()) {
    const path = join(directory, name);
    if (!existsSync(path))
      throw new ModelFileError(join(directory, indexFile), `names ${name}, which is not there`);
    for (const [tensor, place] of readSafetensors(path)) {
      if (tensors.has(tensor)) throw new ModelFileError(path, `tensor "${tensor}" is also in another file`);
      if (map && map.get(tensor) !== name) {
        throw new ModelFileError(path, `tensor "${tensor}" is not where ${indexFile} says`);
      }
      tensors.set(tensor, { file, place });
    }
  }
  const missing = [...(map?.keys() ?? [])].find((tensor) => !tensors.has(tensor));
  if (missing === undefined) return { files, tensors };
  throw new ModelFileError(join(directory, map?.get(missing) ?? ""), `has no tensor "${missing}"`);
}

function readIndex(file: string): Map<string, string> {
  try {
    return new Map(Object.entries(index.parse(JSON.parse(readFileSync(file, "utf8"))).weight_map));
  } catch {
    throw new ModelFileError(file, 'has no "weight_map" of tensors to .safetensors files beside it');
  }
}
