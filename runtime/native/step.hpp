/** The arrays of a step, as the engine wrote them (runtime/device/contract.ts). */
#pragma once
#include <cstdint>

namespace plinth {

struct Limits {
  int step_tokens, sequences, sequence_tokens, top_logprobs, adjustments, draft_tokens;
};

/** What is made of a sequence's hidden states (`poolings` of the contract). */
enum class Pooling : uint8_t { none, last, sum };

struct Step {
  int sequences, tokens;
  /** -1 - row: the token that the step before gets in that row. */
  int32_t* token_ids;
  const int32_t* positions;
  const int32_t *query_start, *context_length, *block_table;
  int blocks_per_sequence;
  /** 0: none; else the number of one, from 1. */
  const int32_t* adapter;
  const uint8_t *is_sampled, *draft_tokens;
  int rows_per_sequence;
  const float* temperature;
  const int32_t* top_k;
  const float *top_p, *min_p;
  const uint64_t* seed;
  const int32_t* logprobs;
  const int32_t *adjust_start, *adjust_token;
  const float *adjust_scale, *adjust_add;
  const uint8_t* is_masked;
  const int32_t* allowed;
  int mask_words;
  const Pooling* pooling;
  float* pooled;
  int32_t *sampled, *status;
  float* logprob;
  int32_t* top_tokens;
  float* top_logprob;
};

/** Whose logits are computed: a token of the step, and where its answers go. */
struct SampledRow {
  int sequence, token, answer;
};

/**
 * Throws std::range_error, and names what is out of bounds, where the step is none. `before` is the step
 * under way, whose tokens it may go on behind; null if there is none.
 */
void check_step(
    const Step& step, const Limits& limits, int vocabulary, int blocks, int adapters,
    const Step* before = nullptr);

/** Writes the tokens that the step before has got where the step goes on behind them. */
void fill_in(const Step& step, const Step& before, int vocabulary);

}  // namespace plinth
