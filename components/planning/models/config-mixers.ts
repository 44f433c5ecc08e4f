/** How layers of a config.json mix tokens: attention of each sort, or a state. */
import type { Attention, Mixer } from "../../catalogue/model-architecture.ts";
import type { ConfigReader } from "./config-reader.ts";

/** The mixer of the layer at a place. */
export type MixerAt = (index: number) => Mixer;

export function attentionOf(reader: ConfigReader, more: Partial<Attention> = {}): Attention {
  const heads = reader.need("num_attention_heads");
  return {
    kind: "attention",
    heads,
    keyValueHeads: reader.config.num_key_value_heads ?? heads,
    headSize: reader.headSize(),
    ...more,
  };
}

/** Attention with a window where the layer has one. */
export function windowed(
  reader: ConfigReader,
  more: Partial<Attention>,
  isLocal: (index: number) => boolean,
) {
  const { layer_types: types, sliding_window, attention_chunk_size, max_position_embeddings } = reader.config;
  const size = sliding_window ?? attention_chunk_size ?? undefined;
  // A window as long as the context is none.
  const window = size !== undefined && size < (max_position_embeddings ?? size + 1) ? size : undefined;
  const whole = attentionOf(reader, more);
  const local = { ...whole, window };
  return (index: number): Mixer => {
    const type = types?.[index];
    const hasWindow = type === undefined ? isLocal(index) : /sliding|chunked/.test(type);
    return hasWindow ? local : whole;
  };
}

/** Windows in all layers from a place on, and only where they are switched on. */
export function switchedWindows(reader: ConfigReader, more: Partial<Attention>): MixerAt {
  const { use_sliding_window, max_window_layers } = reader.config;
  return windowed(reader, more, (index) => use_sliding_window === true && index >= (max_window_layers ?? 0));
}

export function latentOf(reader: ConfigReader): Mixer {
  return {
    kind: "latent",
    heads: reader.need("num_attention_heads"),
    queryRank: reader.config.q_lora_rank ?? undefined,
    keyValueRank: reader.need("kv_lora_rank"),
    plainSize: reader.need("qk_nope_head_dim"),
    rotarySize: reader.need("qk_rope_head_dim"),
    valueSize: reader.need("v_head_dim"),
  };
}

/** Every so-manieth layer is attention, the others keep a state by the delta rule. */
export function deltaOf(reader: ConfigReader): MixerAt {
  const state: Mixer = {
    kind: "delta",
    keyHeads: reader.need("linear_num_key_heads"),
    keySize: reader.need("linear_key_head_dim"),
    valueHeads: reader.need("linear_num_value_heads"),
    valueSize: reader.need("linear_value_head_dim"),
    kernel: reader.need("linear_conv_kernel_dim"),
  };
  const full = attentionOf(reader, { headNorms: true, gated: true });
  const { layer_types: types, full_attention_interval } = reader.config;
  const interval = full_attention_interval ?? 4;
  return (index) => {
    const isFull = types ? types[index] === "full_attention" : index % interval === interval - 1;
    return isFull ? full : state;
  };
}

/** Jamba: attention at one place of each period, state spaces at the others. */
export function jambaOf(reader: ConfigReader): MixerAt {
  const { hidden_size, mamba_expand, mamba_dt_rank } = reader.config;
  const state: Mixer = {
    kind: "mamba",
    innerSize: hidden_size * (mamba_expand ?? 2),
    stateSize: reader.need("mamba_d_state"),
    kernel: reader.need("mamba_d_conv"),
    stepRank: typeof mamba_dt_rank === "number" ? mamba_dt_rank : Math.ceil(hidden_size / 16),
    innerNorms: true,
  };
  const full = attentionOf(reader);
  const period = reader.need("attn_layer_period");
  const offset = reader.config.attn_layer_offset ?? 0;
  return (index) => (index % period === offset ? full : state);
}

export function mamba2Of(reader: ConfigReader): Mixer {
  return {
    kind: "mamba2",
    heads: reader.need("mamba_num_heads"),
    headSize: reader.need("mamba_head_dim"),
    stateSize: reader.need("ssm_state_size"),
    groups: reader.need("n_groups"),
    kernel: reader.need("conv_kernel"),
  };
}
