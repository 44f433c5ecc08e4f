import { expect, test } from "vitest";
import { type ConfigFields, configFields } from "../../../../components/planning/models/config-fields.ts";
import {
  attentionOf,
  deltaOf,
  jambaOf,
  latentOf,
  mamba2Of,
  switchedWindows,
  windowed,
} from "../../../../components/planning/models/config-mixers.ts";
import { ConfigReader } from "../../../../components/planning/models/config-reader.ts";

function reader(change: Partial<ConfigFields>): ConfigReader {
  const least = { model_type: "llama", hidden_size: 64, num_hidden_layers: 4, vocab_size: 100 };
  const fields = { ...least, num_attention_heads: 4, max_position_embeddings: 1000, ...change };
  return new ConfigReader(configFields.parse(fields), []);
}

const whole = { kind: "attention", heads: 4, keyValueHeads: 4, headSize: 16 };
const places = [0, 1, 2, 3];

test("heads of keys and values are as many as of queries unless it is said", () => {
  expect(attentionOf(reader({}))).toEqual(whole);
  expect(attentionOf(reader({ num_key_value_heads: 2 }))).toEqual({ ...whole, keyValueHeads: 2 });
});

test.each([
  { case: "by the family's rule", change: { sliding_window: 100 }, want: [100, undefined, 100, undefined] },
  { case: "chunks", change: { attention_chunk_size: 50 }, want: [50, undefined, 50, undefined] },
  {
    case: "as long as the context",
    change: { sliding_window: 1000 },
    want: [undefined, undefined, undefined],
  },
  {
    case: "by the file's own list",
    change: {
      sliding_window: 100,
      layer_types: ["full_attention", "sliding_attention", "chunked_attention", "full_attention"],
    },
    want: [undefined, 100, 100, undefined],
  },
])("windows: $case", ({ change, want }) => {
  const at = windowed(reader(change), {}, (index) => index % 2 === 0);
  expect(places.slice(0, want.length).map((index) => at(index))).toEqual(
    want.map((window) => ({ ...whole, window })),
  );
});

test.each([
  { case: "switched off", change: { use_sliding_window: false }, want: [0, 0, 0, 0] },
  {
    case: "from a place on",
    change: { use_sliding_window: true, max_window_layers: 2 },
    want: [0, 0, 100, 100],
  },
])("windows that have a switch: $case", ({ change, want }) => {
  const at = switchedWindows(reader({ sliding_window: 100, ...change }), {});
  expect(places.map((index) => at(index))).toEqual(
    want.map((window) => ({ ...whole, window: window || undefined })),
  );
});

test("compressed attention, with queries compressed or not", () => {
  const ranks = { kv_lora_rank: 32, qk_nope_head_dim: 8, qk_rope_head_dim: 4, v_head_dim: 8 };
  const want = { kind: "latent", heads: 4, keyValueRank: 32, plainSize: 8, rotarySize: 4, valueSize: 8 };
  expect(latentOf(reader(ranks))).toEqual(want);
  expect(latentOf(reader({ ...ranks, q_lora_rank: 16 }))).toEqual({ ...want, queryRank: 16 });
});

const delta = {
  linear_num_key_heads: 2,
  linear_key_head_dim: 8,
  linear_num_value_heads: 4,
  linear_value_head_dim: 8,
  linear_conv_kernel_dim: 4,
};

test.each([
  { case: "every fourth", change: {}, want: ["delta", "delta", "delta", "attention"] },
  {
    case: "every second",
    change: { full_attention_interval: 2 },
    want: ["delta", "attention", "delta", "attention"],
  },
  {
    case: "by the file's own list",
    change: { layer_types: ["full_attention", "linear_attention", "linear_attention", "linear_attention"] },
    want: ["attention", "delta", "delta", "delta"],
  },
])("attention among layers with a state: $case", ({ change, want }) => {
  const at = deltaOf(reader({ ...delta, ...change }));
  expect(places.map((index) => at(index).kind)).toEqual(want);
});

test("Jamba's attention stands at one place of each period; its rank of steps may follow", () => {
  const mamba = { attn_layer_period: 4, attn_layer_offset: 1, mamba_d_state: 8, mamba_d_conv: 4 };
  const at = jambaOf(reader({ ...mamba, mamba_dt_rank: "auto" }));
  expect(places.map((index) => at(index).kind)).toEqual(["mamba", "attention", "mamba", "mamba"]);
  expect(at(0)).toEqual({
    kind: "mamba",
    innerSize: 128,
    stateSize: 8,
    kernel: 4,
    stepRank: 4,
    innerNorms: true,
  });
});

test("state spaces with heads", () => {
  const fields = { mamba_num_heads: 8, mamba_head_dim: 16, ssm_state_size: 32, n_groups: 2, conv_kernel: 4 };
  expect(mamba2Of(reader(fields))).toEqual({
    kind: "mamba2",
    heads: 8,
    headSize: 16,
    stateSize: 32,
    groups: 2,
    kernel: 4,
  });
});
