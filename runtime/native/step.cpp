/** What a device accepts as a step. */
#include "step.hpp"

#include <stdexcept>
#include <string>

#include "kernels.hpp"

namespace plinth {

namespace {

void require(bool holds, const char* what, int index) {
  if (!holds) throw std::range_error(std::string(what) + " " + std::to_string(index) + " is out of bounds");
}

/** Whether a token is told by its number, or by a row of the step before that gets one. */
bool is_told(int32_t id, int vocabulary, const Step* before) {
  if (id >= 0) return id < vocabulary;
  if (!before) return false;
  const int row = -1 - id, sequence = row / before->rows_per_sequence;
  return sequence < before->sequences && before->is_sampled[sequence] &&
         row % before->rows_per_sequence <= before->draft_tokens[sequence];
}

}  // namespace

void check_step(
    const Step& step, const Limits& limits, int vocabulary, int blocks, int adapters, const Step* before) {
  require(step.sequences >= 0 && step.sequences <= limits.sequences, "number of sequences", step.sequences);
  require(step.tokens >= 0 && step.tokens <= limits.step_tokens, "number of tokens", step.tokens);
  require(step.query_start[0] == 0, "beginning of sequence", 0);
  require(step.query_start[step.sequences] == step.tokens, "end of sequence", step.sequences - 1);
  require(step.adjust_start[0] == 0, "adjustments of sequence", 0);
  for (int token = 0; token < step.tokens; ++token)
    require(is_told(step.token_ids[token], vocabulary, before), "id of token", token);
  for (int s = 0; s < step.sequences; ++s) {
    const int begin = step.query_start[s], end = step.query_start[s + 1], context = step.context_length[s];
    require(begin < end && end <= step.tokens, "end of sequence", s);
    require(context >= end - begin && context <= limits.sequence_tokens, "context of sequence", s);
    for (int token = begin; token < end; ++token)
      require(step.positions[token] == context - (end - token), "position of token", token);
    const int32_t* table = step.block_table + static_cast<size_t>(s) * step.blocks_per_sequence;
    for (int i = 0; i * block_tokens < context; ++i)
      require(table[i] >= 0 && table[i] < blocks, "a block of sequence", s);
    require(
        step.adjust_start[s] <= step.adjust_start[s + 1] && step.adjust_start[s + 1] <= limits.adjustments,
        "adjustments of sequence", s);
    for (int i = step.adjust_start[s]; i < step.adjust_start[s + 1]; ++i)
      require(step.adjust_token[i] >= 0 && step.adjust_token[i] < vocabulary, "token of adjustment", i);
    const int drafts = step.draft_tokens[s];
    require(drafts <= limits.draft_tokens && drafts < end - begin, "drafts of sequence", s);
    require(step.logprobs[s] <= limits.top_logprobs, "log probabilities of sequence", s);
    require(step.temperature[s] >= 0, "temperature of sequence", s);
    require(step.adapter[s] >= 0 && step.adapter[s] <= adapters, "adapter of sequence", s);
    require(step.pooling[s] <= Pooling::sum, "pooling of sequence", s);
  }
}

void fill_in(const Step& step, const Step& before, int vocabulary) {
  for (int token = 0; token < step.tokens; ++token) {
    const int32_t id = step.token_ids[token];
    if (id >= 0) continue;
    const int32_t got = before.sampled[-1 - id];
    // A row without numbers gets none; whoever goes on behind it is not heard.
    step.token_ids[token] = got >= 0 && got < vocabulary ? got : 0;
  }
}

}  // namespace plinth
