/** Feed-forward layers of a config.json: one for all tokens, or experts in all or some of the layers. */
import type { FeedForward, MixtureOfExperts } from "../../catalogue/model-architecture.ts";
import type { ConfigReader } from "./config-reader.ts";

/** The feed-forward layer at a place. */
export type FeedForwardAt = (index: number) => FeedForward;

export function denseOf(reader: ConfigReader, isGated = true): FeedForwardAt {
  return (index) => ({ kind: "dense", size: reader.feedForwardSize(index), gated: isGated });
}

function expertsOf(reader: ConfigReader, size: number, more: Partial<MixtureOfExperts> = {}): FeedForward {
  return {
    kind: "mixture",
    experts: reader.need("num_local_experts", "num_experts", "n_routed_experts"),
    active: reader.need("num_experts_per_tok"),
    size,
    sharedSize: 0,
    ...more,
  };
}

/** Experts in every layer, as large as the feed-forward size says. */
export function allExperts(reader: ConfigReader, more: Partial<MixtureOfExperts> = {}): FeedForwardAt {
  return (index) => expertsOf(reader, reader.feedForwardSize(index), more);
}

/** Experts in every so-manieth layer but those that are named as dense. */
export function sparseExperts(reader: ConfigReader): FeedForwardAt {
  const { decoder_sparse_step, mlp_only_layers, shared_expert_intermediate_size } = reader.config;
  const step = decoder_sparse_step ?? 1;
  const shared = shared_expert_intermediate_size ?? 0;
  const experts = expertsOf(reader, reader.need("moe_intermediate_size"), {
    sharedSize: shared,
    sharedGate: shared > 0,
  });
  const dense = denseOf(reader);
  return (index) => {
    const isDense = mlp_only_layers?.includes(index) || (index + 1) % step !== 0;
    return isDense ? dense(index) : experts;
  };
}

/** Some dense layers first, then experts beside shared ones. */
export function lateExperts(reader: ConfigReader, more: Partial<MixtureOfExperts> = {}): FeedForwardAt {
  const { first_k_dense_replace, moe_layer_freq, n_shared_experts } = reader.config;
  const size = reader.need("moe_intermediate_size");
  const experts = expertsOf(reader, size, { sharedSize: (n_shared_experts ?? 0) * size, ...more });
  const dense = denseOf(reader);
  return (index) => {
    const isDense = index < (first_k_dense_replace ?? 0) || index % (moe_layer_freq ?? 1) !== 0;
    return isDense ? dense(index) : experts;
  };
}

/** Llama 4: experts with a shared one as large in every so-manieth layer, wider dense ones between. */
export function interleavedExperts(reader: ConfigReader): FeedForwardAt {
  const step = reader.config.interleave_moe_layer_step ?? 1;
  const dense: FeedForward = {
    kind: "dense",
    size: reader.need("intermediate_size_mlp"),
    gated: true,
  };
  return (index) => {
    const size = reader.feedForwardSize(index);
    return index % step === step - 1 ? expertsOf(reader, size, { sharedSize: size }) : dense;
  };
}

/** Jamba: experts at one place of each period. */
export function periodicExperts(reader: ConfigReader): FeedForwardAt {
  const period = reader.need("expert_layer_period");
  const offset = reader.config.expert_layer_offset ?? 0;
  const dense = denseOf(reader);
  const experts = allExperts(reader);
  return (index) => (index % period === offset ? experts(index) : dense(index));
}
