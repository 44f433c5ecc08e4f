/** What a step computes: planned here, computed on the device, and answered when all of it is there. */
#include "model.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "layouts.hpp"

namespace plinth::cuda {

namespace {

constexpr int32_t non_finite = 1;

}  // namespace

void Model::start(const Step& step) {
  if (is_lost_) throw std::runtime_error("CUDA: the device was lost in an earlier step");
  check_step(step, options_.limits, shape_.vocabulary, options_.blocks, adapters_);
  // The first rank alone answers; the others read nothing of what it writes.
  if (share_.is_first()) std::fill_n(step.status, step.sequences * step.rows_per_sequence, 0);
  step_ = step;
  extent_ = {};
  if (step.tokens == 0) return;
  try {
    Parcel told;
    extent_ = plan(step, told);
    send(step, extent_, told);
    told.go(stream_);
    const cudaGraphExec_t graph = graph_for(extent_);
    if (graph)
      require(cudaGraphLaunch(graph, stream_), "a step cannot be launched");
    else
      run(extent_);
    fetch(extent_);
  } catch (const std::runtime_error&) {
    // Errors of kernels stay with the process: only a new one can compute again.
    is_lost_ = true;
    throw;
  }
}

bool Model::finish(double milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  cudaError_t code = cudaStreamQuery(stream_);
  // A thread that sleeps is woken later than a step of a small model takes.
  while (code == cudaErrorNotReady) {
    if (std::chrono::duration<double, std::milli>(Clock::now() - began).count() >= milliseconds) return false;
    std::this_thread::yield();
    code = cudaStreamQuery(stream_);
  }
  is_lost_ = code != cudaSuccess;
  require(code, "a step failed");
  if (share_.is_first()) tell(step_, extent_);
  return true;
}

/** Where each token's keys go, which rows share a head, and whose logits are wanted. */
Extent Model::plan(const Step& step, Parcel& parcel) {
  Extent extent = {step.tokens, 0, 0, 0, 1, 0, plan_adapters(step)};
  int masks = 0;
  has_tops_ = false;
  rounds_.clear();
  for (int s = 0; s < step.sequences; ++s) {
    const int begin = step.query_start[s], end = step.query_start[s + 1];
    const int32_t* table = step.block_table + static_cast<size_t>(s) * step.blocks_per_sequence;
    for (int token = begin; token < end; ++token)
      told_.blocks.here()[token] = table[step.positions[token] / cache_block];
    plan_items(step, s, extent);
    if (step.pooling[s] != Pooling::none) extent.pooled = step.sequences;
    if (!step.is_sampled[s]) continue;
    const int mask = step.is_masked[s] ? masks++ : -1, drafts = step.draft_tokens[s];
    for (int row = 0; row <= drafts; ++row) {
      places_[extent.sampled] = s * step.rows_per_sequence + row;
      told_.sampled.here()[extent.sampled++] = {s, end - 1 - drafts + row, mask};
    }
    if (step.logprobs[s] > 0) has_tops_ = true;
    if (mask < 0 || !share_.is_first()) continue;
    const int words = (shape_.vocabulary + 31) / 32;
    std::copy_n(
        step.allowed + static_cast<size_t>(s) * step.mask_words, words,
        told_.allowed.here() + static_cast<size_t>(mask) * words);
  }
  if (share_.is_first())
    told_.allowed.send(static_cast<size_t>(masks) * ((shape_.vocabulary + 31) / 32), parcel);
  return extent;
}

/** Single tokens are always split: a warp that walks a whole context would hold up the step. */
void Model::plan_items(const Step& step, int sequence, Extent& extent) {
  const int tokens = step.query_start[sequence + 1] - step.query_start[sequence];
  const int chunks = rounded_up(step.context_length[sequence], chunk_tokens) / chunk_tokens;
  const bool is_split = tokens == 1;
  const int most = is_split ? tile_rows : ragged_tile_rows;
  for (int first = 0; first < tokens * group_; first += most) {
    const int rows = std::min(most, tokens * group_ - first);
    if (is_split)
      split({sequence, first, rows, 0}, chunks, extent);
    else
      told_.ragged_items.here()[extent.ragged_items++] = {sequence, first, rows, 0};
  }
}

void Model::split(const Item& item, int chunks, Extent& extent) {
  if (rounds_.empty() || partials_ + chunks > partial_places_) {
    rounds_.push_back({extent.split_items, 0, 0});
    partials_ = 0;
  }
  Item& planned = told_.split_items.here()[extent.split_items++];
  planned = item;
  planned.place = partials_;
  partials_ += chunks;
  Round& round = rounds_.back();
  ++round.items;
  round.chunks = std::max(round.chunks, chunks);
  extent.chunks = std::max(extent.chunks, chunks);
  extent.rounds = static_cast<int>(rounds_.size());
}

void Model::send(const Step& step, const Extent& extent, Parcel& parcel) {
  const int tokens = step.tokens, sequences = step.sequences;
  *told_.counts.here() = {tokens, extent.split_items, extent.ragged_items, extent.sampled};
  told_.counts.send(1, parcel);
  told_.token_ids.send(step.token_ids, tokens, parcel);
  told_.positions.send(step.positions, tokens, parcel);
  told_.blocks.send(tokens, parcel);
  if (extent.is_adapted) told_.adapter.send(tokens, parcel);
  told_.query_start.send(step.query_start, sequences + 1, parcel);
  told_.context_length.send(step.context_length, sequences, parcel);
  const int width = rounded_up(options_.limits.sequence_tokens, cache_block) / cache_block;
  int widest = 0;
  for (int s = 0; s < sequences; ++s) {
    const int used = rounded_up(step.context_length[s], cache_block) / cache_block;
    std::copy_n(
        step.block_table + static_cast<size_t>(s) * step.blocks_per_sequence, used,
        told_.block_table.here() + static_cast<size_t>(s) * width);
    widest = std::max(widest, used);
  }
  told_.block_table.send_rows(sequences, widest, width, parcel);
  told_.split_items.send(extent.split_items, parcel);
  told_.ragged_items.send(extent.ragged_items, parcel);
  if (extent.pooled > 0 && share_.is_first()) {
    std::copy_n(reinterpret_cast<const uint8_t*>(step.pooling), sequences, told_.pooling.here());
    told_.pooling.send(sequences, parcel);
    told_.pooled.send(step.pooled, static_cast<size_t>(sequences) * shape_.hidden, parcel);
  }
  if (extent.sampled == 0) return;
  told_.sampled.send(extent.sampled, parcel);
  if (!share_.is_first()) return;
  told_.temperature.send(step.temperature, sequences, parcel);
  told_.top_k.send(step.top_k, sequences, parcel);
  told_.top_p.send(step.top_p, sequences, parcel);
  told_.min_p.send(step.min_p, sequences, parcel);
  told_.seed.send(step.seed, sequences, parcel);
  told_.logprobs.send(step.logprobs, sequences, parcel);
  told_.adjust_start.send(step.adjust_start, sequences + 1, parcel);
  const int adjustments = step.adjust_start[sequences];
  told_.adjust_token.send(step.adjust_token, adjustments, parcel);
  told_.adjust_scale.send(step.adjust_scale, adjustments, parcel);
  told_.adjust_add.send(step.adjust_add, adjustments, parcel);
}

/** The smallest one with room for the step; null where there is none. */
cudaGraphExec_t Model::graph_for(const Extent& extent) const {
  const bool is_single =
      extent.ragged_items == 0 && extent.sampled == extent.tokens && extent.pooled == 0 && extent.rounds == 1;
  if (!is_single) return nullptr;
  for (const auto& [room, graph] : graphs_) {
    const auto& [is_adapted, sequences, chunks] = room;
    const bool has_room = sequences >= extent.tokens && chunks >= extent.chunks;
    if (is_adapted == extent.is_adapted && has_room) return graph;
  }
  return nullptr;
}

void Model::answer(const Extent& extent) {
  if (extent.pooled > 0 && share_.is_first())
    pool(
        {hidden_.as<float>(), hidden_stride_, final_norm_.as<float>(), shape_.epsilon, shape_.hidden,
         told_.query_start.there(), told_.pooling.there(), told_.pooled.there()},
        extent.pooled, stream_);
  // Logits have room for a row of each sequence: drafts are rare, and may take a second round.
  for (int first = 0; first < extent.sampled; first += options_.limits.sequences)
    sample(first, std::min(extent.sampled - first, options_.limits.sequences));
}

void Model::sample(int first, int rows) {
  norm(final_norm_, rows, told_.sampled.there(), first);
  const int part_stride = head_.units * unit_outputs;
  const Memory& part = share_.ranks == 1 ? logits_ : parts_;
  multiply(normed_, normed_stride_, rows, head_, {}, part, part_stride, Finish::store);
  if (share_.ranks > 1)
    exchange_.join(
        part.as<float>(), share_.tokens(shape_.vocabulary), part_stride, logits_.as<float>(),
        shape_.vocabulary, logit_stride_, rows, stream_);
  // One rank chooses for all.
  if (!share_.is_first()) return;
  const Sampling args = {logits_.as<float>(),
                         logit_stride_,
                         shape_.vocabulary,
                         options_.limits.top_logprobs,
                         shape_.logit_cap,
                         told_.sampled.there(),
                         first,
                         told_.positions.there(),
                         told_.temperature.there(),
                         told_.top_p.there(),
                         told_.min_p.there(),
                         told_.top_k.there(),
                         told_.seed.there(),
                         told_.logprobs.there(),
                         told_.adjust_start.there(),
                         told_.adjust_token.there(),
                         told_.adjust_scale.there(),
                         told_.adjust_add.there(),
                         told_.allowed.there(),
                         (shape_.vocabulary + 31) / 32,
                         answers_.sampled.there(),
                         answers_.status.there(),
                         answers_.logprob.there(),
                         answers_.top_tokens.there(),
                         answers_.top_logprob.there()};
  cuda::sample(args, told_.counts.there(), rows, stream_);
}

void Model::fetch(const Extent& extent) {
  if (!share_.is_first()) return;
  Parcel parcel;
  const size_t tops = options_.limits.top_logprobs;
  answers_.sampled.fetch(extent.sampled, parcel);
  answers_.status.fetch(extent.sampled, parcel);
  answers_.logprob.fetch(extent.sampled, parcel);
  if (has_tops_) {
    answers_.top_tokens.fetch(extent.sampled * tops, parcel);
    answers_.top_logprob.fetch(extent.sampled * tops, parcel);
  }
  const size_t pooled = static_cast<size_t>(extent.pooled) * shape_.hidden;
  told_.pooled.fetch(pooled, parcel);
  parcel.go(stream_);
}

/** Brings each row's answers to its sequence. */
void Model::tell(const Step& step, const Extent& extent) const {
  const size_t tops = options_.limits.top_logprobs;
  for (int row = 0; row < extent.sampled; ++row) {
    const int s = told_.sampled.here()[row].sequence, at = places_[row];
    step.sampled[at] = answers_.sampled.here()[row];
    step.status[at] = answers_.status.here()[row];
    if (step.logprobs[s] >= 0) step.logprob[at] = answers_.logprob.here()[row];
    const int told = std::min({step.logprobs[s], options_.limits.top_logprobs, shape_.vocabulary});
    if (told <= 0) continue;
    std::copy_n(answers_.top_tokens.here() + row * tops, told, step.top_tokens + at * tops);
    std::copy_n(answers_.top_logprob.here() + row * tops, told, step.top_logprob + at * tops);
  }
  for (int s = 0; s < extent.pooled; ++s) {
    if (step.pooling[s] == Pooling::none) continue;
    const float* from = told_.pooled.here() + static_cast<size_t>(s) * shape_.hidden;
    std::copy_n(from, shape_.hidden, step.pooled + static_cast<size_t>(s) * shape_.hidden);
    if (!std::all_of(from, from + shape_.hidden, [](float value) { return std::isfinite(value); }))
      step.status[s * step.rows_per_sequence] = non_finite;
  }
}

}  // namespace plinth::cuda
