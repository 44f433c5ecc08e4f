/** What a model computes, written as slowly and plainly as possible, in doubles. */
import type { ModelConfig } from "../../../runtime/models/model-config.ts";
import { ropeScale, ropeTurns } from "../../../runtime/models/rope.ts";
import { type MadeUpTensor, mixtureNames } from "./made-up-weights.ts";

type Tensors = ReadonlyMap<string, MadeUpTensor>;
/** What the cache makes of a value of a key, or of a value that is attended to. */
type Cached = (value: number) => number;

const asItIs: Cached = (value) => value;

/** Log probabilities of what follows each token. */
export function referenceLogprobs(
  config: ModelConfig,
  tensors: Tensors,
  tokens: readonly number[],
  cached = asItIs,
): number[][] {
  return referenceLogits(config, tensors, tokens, cached).map(logSoftmax);
}

export function referenceLogits(
  config: ModelConfig,
  tensors: Tensors,
  tokens: readonly number[],
  cached = asItIs,
): number[][] {
  const embedding = tensorOf(tensors, "model.embed_tokens.weight");
  const rows = tokens.map((token) =>
    rowOf(embedding, token).map((value) => value * Math.fround(config.embeddingScale)),
  );
  for (let layer = 0; layer < config.layers; layer += 1) {
    const at = (name: string) => tensors.get(`model.layers.${layer}.${name}`);
    attend(config, layer, { at, cached }, rows);
    const before = config.hasOutputNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm";
    for (const row of rows) {
      const normed = norm(config, row, at(`${before}.weight`));
      const isMixed = config.layerKinds[layer]?.hasExperts === true;
      const inner = isMixed ? mixed(config, at, normed) : feedForward(config, at, denseNames, normed);
      addTo(row, outputOf(config, inner, at("post_feedforward_layernorm.weight")));
    }
  }
  const head = tensors.get("lm_head.weight") ?? embedding;
  const last = tensors.get("model.norm.weight");
  return rows.map((row) =>
    multiply(head, norm(config, row, last)).map((logit) => capped(logit, config.logitCap)),
  );
}

type LayerTensor = (name: string) => MadeUpTensor | undefined;

const denseNames = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"] as const;

function feedForward(
  config: ModelConfig,
  at: LayerTensor,
  [gateName, upName, downName]: readonly [gate: string, up: string, down: string],
  row: readonly number[],
): number[] {
  const gate = multiply(at(`${gateName}.weight`), row);
  const up = multiply(at(`${upName}.weight`), row);
  const inner = gate.map((value, index) => activated(config, value) * (up[index] ?? 0));
  return multiply(at(`${downName}.weight`), inner);
}

/** What the likeliest experts give, each by its share. */
function mixed(config: ModelConfig, at: LayerTensor, row: readonly number[]): number[] {
  const { part, gate, up, down } = mixtureNames(config);
  const { chosen = 0, hasNormalisedShares = false } = config.mixture ?? {};
  const shares = logSoftmax(multiply(at(`${part}.gate.weight`), row)).map(Math.exp);
  const likeliest = [...shares.entries()].sort(([, a], [, b]) => b - a).slice(0, chosen);
  const whole = hasNormalisedShares ? likeliest.reduce((sum, [, share]) => sum + share, 0) : 1;
  const sum: number[] = row.map(() => 0);
  for (const [expert, share] of likeliest) {
    const of = (name: string) => `${part}.experts.${expert}.${name}`;
    const given = feedForward(config, at, [of(gate), of(up), of(down)], row);
    addTo(
      sum,
      given.map((value) => (value * share) / whole),
    );
  }
  return sum;
}

function activated({ activation }: ModelConfig, value: number): number {
  if (activation === "silu") return value / (1 + Math.exp(-value));
  return 0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));
}

function capped(value: number, cap: number | undefined): number {
  return cap === undefined ? value : cap * Math.tanh(value / cap);
}

/** What is added to a row: as it is, or normalised. */
function outputOf(config: ModelConfig, row: number[], weights: MadeUpTensor | undefined): number[] {
  return config.hasOutputNorms ? norm(config, row, weights) : row;
}

function attend(
  config: ModelConfig,
  layer: number,
  { at, cached }: { at: LayerTensor; cached: Cached },
  rows: number[][],
): void {
  const { headDim, heads, kvHeads } = config;
  const kind = config.layerKinds[layer];
  const { ropeTheta, ropeScaling } = (kind?.isLocal && config.localRope) || config;
  const turns = ropeTurns(headDim, ropeTheta, ropeScaling);
  const scale = ropeScale(ropeScaling);
  const heard = rows.map((row, position) => {
    const normed = norm(config, row, at("input_layernorm.weight"));
    const of = (name: string, count: number) =>
      split(multiply(at(`self_attn.${name}_proj.weight`), normed, at(`self_attn.${name}_proj.bias`)), count);
    const turned = (part: number[][], weights: MadeUpTensor | undefined) =>
      part.map((head) => turn(weights ? norm(config, head, weights) : head, turns, position, scale));
    return {
      queries: turned(of("q", heads), at("self_attn.q_norm.weight")),
      keys: turned(of("k", kvHeads), at("self_attn.k_norm.weight")).map((head) => head.map(cached)),
      values: of("v", kvHeads).map((head) => head.map(cached)),
    };
  });
  for (const [position, row] of rows.entries()) {
    const gathered = (heard[position]?.queries ?? []).flatMap((query, head) => {
      const shared = Math.floor((head * kvHeads) / heads);
      const seen = heard.slice(Math.max(0, position + 1 - (kind?.window ?? rows.length)), position + 1);
      const scores = seen.map(({ keys }) =>
        capped(dot(query, keys[shared] ?? []) * config.attentionScale, config.attentionCap),
      );
      const weights = logSoftmax(scores).map(Math.exp);
      const sum: number[] = new Array(headDim).fill(0);
      for (const [index, { values }] of seen.entries()) {
        addTo(
          sum,
          (values[shared] ?? []).map((value) => value * (weights[index] ?? 0)),
        );
      }
      return sum;
    });
    const output = multiply(at("self_attn.o_proj.weight"), gathered, at("self_attn.o_proj.bias"));
    addTo(row, outputOf(config, output, at("post_attention_layernorm.weight")));
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

function norm(
  { normEpsilon, hasShiftedNorms }: ModelConfig,
  row: readonly number[],
  weights: MadeUpTensor | undefined,
): number[] {
  const scale = 1 / Math.sqrt(dot(row, row) / row.length + normEpsilon);
  const shift = hasShiftedNorms ? 1 : 0;
  return row.map((value, index) => value * scale * ((weights?.values[index] ?? 0) + shift));
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
