/** What a model computes, written as slowly and plainly as possible, in doubles. */
import type { ModelConfig } from "../../../runtime/models/model-config.ts";
import { ropeScale, ropeTurns } from "../../../runtime/models/rope.ts";
import type { MadeUpTensor } from "./made-up-weights.ts";

type Tensors = ReadonlyMap<string, MadeUpTensor>;

/** Log probabilities of what follows each token. */
export function referenceLogprobs(
  config: ModelConfig,
  tensors: Tensors,
  tokens: readonly number[],
): number[][] {
  return referenceLogits(config, tensors, tokens).map(logSoftmax);
}

export function referenceLogits(
  config: ModelConfig,
  tensors: Tensors,
  tokens: readonly number[],
): number[][] {
  const embedding = tensorOf(tensors, "model.embed_tokens.weight");
  const rows = tokens.map((token) => rowOf(embedding, token));
  for (let layer = 0; layer < config.layers; layer += 1) {
    const at = (name: string) => tensors.get(`model.layers.${layer}.${name}`);
    attend(config, at, rows);
    for (const row of rows) {
      const normed = norm(row, at("post_attention_layernorm.weight"), config.normEpsilon);
      const gate = multiply(at("mlp.gate_proj.weight"), normed);
      const up = multiply(at("mlp.up_proj.weight"), normed);
      const inner = gate.map((value, index) => (value / (1 + Math.exp(-value))) * (up[index] ?? 0));
      addTo(row, multiply(at("mlp.down_proj.weight"), inner));
    }
  }
  const head = tensors.get("lm_head.weight") ?? embedding;
  const last = tensors.get("model.norm.weight");
  return rows.map((row) => multiply(head, norm(row, last, config.normEpsilon)));
}

type LayerTensor = (name: string) => MadeUpTensor | undefined;

function attend(config: ModelConfig, at: LayerTensor, rows: number[][]): void {
  const { headDim, heads, kvHeads, normEpsilon } = config;
  const turns = ropeTurns(headDim, config.ropeTheta, config.ropeScaling);
  const scale = ropeScale(config.ropeScaling);
  const heard = rows.map((row, position) => {
    const normed = norm(row, at("input_layernorm.weight"), normEpsilon);
    const of = (name: string, count: number) =>
      split(multiply(at(`self_attn.${name}_proj.weight`), normed, at(`self_attn.${name}_proj.bias`)), count);
    const turned = (part: number[][], weights: MadeUpTensor | undefined) =>
      part.map((head) => turn(weights ? norm(head, weights, normEpsilon) : head, turns, position, scale));
    return {
      queries: turned(of("q", heads), at("self_attn.q_norm.weight")),
      keys: turned(of("k", kvHeads), at("self_attn.k_norm.weight")),
      values: of("v", kvHeads),
    };
  });
  for (const [position, row] of rows.entries()) {
    const gathered = (heard[position]?.queries ?? []).flatMap((query, head) => {
      const shared = Math.floor((head * kvHeads) / heads);
      const seen = heard.slice(0, position + 1);
      const weights = logSoftmax(
        seen.map(({ keys }) => dot(query, keys[shared] ?? []) / Math.sqrt(headDim)),
      ).map(Math.exp);
      const sum: number[] = new Array(headDim).fill(0);
      for (const [index, { values }] of seen.entries()) {
        addTo(
          sum,
          (values[shared] ?? []).map((value) => value * (weights[index] ?? 0)),
        );
      }
      return sum;
    });
    addTo(row, multiply(at("self_attn.o_proj.weight"), gathered, at("self_attn.o_proj.bias")));
  }
}

function turn(head: readonly number[], turns: Float32Array, position: number, scale: number): number[] {
  const half = head.length / 2;
  return head.map((value, index) => {
    const angle = position * (turns[index % half] ?? 0);
    const other = index < half ? -(head[index + half] ?? 0) : (head[index - half] ?? 0);
    return (value * Math.cos(angle) + other * Math.sin(angle)) * scale;
  });
}

function norm(row: readonly number[], weights: MadeUpTensor | undefined, epsilon: number): number[] {
  const scale = 1 / Math.sqrt(dot(row, row) / row.length + epsilon);
  return row.map((value, index) => value * scale * (weights?.values[index] ?? 0));
}

function multiply(matrix: MadeUpTensor | undefined, row: readonly number[], bias?: MadeUpTensor): number[] {
  const [outputs = 0] = matrix?.shape ?? [];
  return Array.from({ length: outputs }, (_, output) => {
    let sum = bias?.values[output] ?? 0;
    for (const [index, value] of row.entries()) {
      sum += value * (matrix?.values[output * row.length + index] ?? 0);
    }
    return sum;
  });
}

function split(row: readonly number[], count: number): number[][] {
  const length = row.length / count;
  return Array.from({ length: count }, (_, index) => row.slice(index * length, (index + 1) * length));
}

function rowOf({ shape: [, columns = 0], values }: MadeUpTensor, index: number): number[] {
  return [...values.subarray(index * columns, (index + 1) * columns)];
}

function tensorOf(tensors: Tensors, name: string): MadeUpTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`there is no ${name}`);
  return tensor;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function addTo(row: number[], more: readonly number[]): void {
  for (const [index, value] of more.entries()) row[index] = (row[index] ?? 0) + value;
}

export function logSoftmax(row: readonly number[]): number[] {
  const peak = Math.max(...row);
  const base = peak + Math.log(row.reduce((sum, value) => sum + Math.exp(value - peak), 0));
  return row.map((value) => value - base);
}
