/** What the device computes of a step, layer after layer. */
#include "early.hpp"
#include "layouts.hpp"
#include "model.hpp"

namespace plinth::cuda {

void Model::norm(const Memory& weights, int rows, const Row* from, int first_row) {
  const Norm args = {hidden_.as<float>(), hidden_stride_, weights.as<float>(),
                     shape_.epsilon,      shape_.hidden,  from,
                     first_row,           normed_.as<uint16_t>(), normed_stride_};
  cuda::norm(args, told_.counts.there(), rows, stream_);
}

void Model::multiply(
    const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias, const Memory& output,
    int output_stride, Finish finish) {
  Product args = product(input, stride, rows, matrix, bias, output, output_stride, finish);
  adapt(args, matrix);
  if (multiply_by_library(args, matrix) || multiply_by_warpgroups(args)) return;
  cuda::product(args, stream_);
}

Product Model::product(
    const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias, const Memory& output,
    int output_stride, Finish finish) const {
  return {input.as<uint16_t>(), matrix.memory.as<uint16_t>(), bias.as<float>(), output.as<void>(), stride,
          matrix.groups,        matrix.units,                 output_stride,    rows,              finish,
          matrix.codes};
}

void Model::run(const Extent& extent) {
  is_adapted_ = extent.is_adapted;
  const EarlyKernels early(begins_early());
  const Matrix& embedding = embedding_.units > 0 ? embedding_ : head_;
  const bool is_alone = share_.ranks == 1;
  const int tokens = share_.tokens(shape_.vocabulary);
  const Embed args = {embedding.memory.as<uint16_t>(),
                      embedding.groups,
                      shape_.hidden,
                      shape_.embedding_scale,
                      told_.token_ids.there(),
                      tokens * share_.rank,
                      tokens,
                      (is_alone ? hidden_ : parts_).as<float>(),
                      hidden_stride_};
  embed(args, told_.counts.there(), extent.tokens, stream_);
  if (!is_alone)
    exchange_.sum(parts_.as<float>(), hidden_.as<float>(), extent.tokens, hidden_stride_, false, stream_);
  for (int index = 0; index < shape_.layers; ++index) run_layer(extent, index);
  answer(extent);
}

void Model::run_layer(const Extent& extent, int index) {
  const Layer& layer = layers_[index];
  const int rows = extent.tokens;
  const Memory none;
  norm(layer.input_norm, rows);
  multiply(normed_, normed_stride_, rows, layer.qkv, layer.qkv_bias, qkv_, qkv_stride_, Finish::store);
  attend(extent, index);
  project(attended_, attended_stride_, rows, layer.output, layer.output_bias, layer.attention_norm);
  if (layer.router.units > 0) return mix(extent, layer);
  norm(layer.post_norm, rows);
  multiply(normed_, normed_stride_, rows, layer.gated, none, gated_, gated_stride_, gate());
  project(gated_, gated_stride_, rows, layer.down, none, layer.feed_forward_norm);
}

/**
 * Adds a product to the hidden states, normalised first where there is a norm for it. Its inputs are divided
 * among the ranks: what each makes of its own is summed before.
 */
void Model::project(
    const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias, const Memory& norm) {
  const bool is_alone = share_.ranks == 1, is_normed = norm.bytes() > 0;
  const Memory& sums = is_normed ? branch_ : hidden_;
  const Finish finish = is_alone && !is_normed ? Finish::add : Finish::store;
  multiply(input, stride, rows, matrix, bias, is_alone ? sums : parts_, hidden_stride_, finish);
  if (!is_alone)
    exchange_.sum(parts_.as<float>(), sums.as<float>(), rows, hidden_stride_, !is_normed, stream_);
  if (!is_normed) return;
  const AddNorm args = {branch_.as<float>(), hidden_stride_, norm.as<float>(),
                        shape_.epsilon,      shape_.hidden,  hidden_.as<float>()};
  add_norm(args, told_.counts.there(), rows, stream_);
}

void Model::attend(const Extent& extent, int index) {
  const Layer& layer = layers_[index];
  const Counts* counts = told_.counts.there();
  void* cache = cache_.as<uint8_t>() + block_bytes() / shape_.layers * options_.blocks * index;
  const Place placed = {qkv_.as<float>(),
                        qkv_stride_,
                        told_.positions.there(),
                        told_.blocks.there(),
                        layer.rotations,
                        layer.query_norm.as<float>(),
                        layer.key_norm.as<float>(),
                        shape_.epsilon,
                        queries_.as<uint16_t>(),
                        cache,
                        options_.is_fp8_cache,
                        shape_.heads,
                        shape_.kv_heads,
                        shape_.head_values};
  place(placed, counts, extent.tokens, stream_);
  Attention args = {queries_.as<uint16_t>(),
                    attended_.as<uint16_t>(),
                    attended_stride_,
                    cache,
                    options_.is_fp8_cache,
                    told_.query_start.there(),
                    told_.context_length.there(),
                    told_.block_table.there(),
                    rounded_up(options_.limits.sequence_tokens, cache_block) / cache_block,
                    shape_.heads,
                    shape_.kv_heads,
                    shape_.head_values,
                    shape_.attention_scale,
                    shape_.attention_cap,
                    layer.window,
                    told_.split_items.there(),
                    partial_sums_.as<float>(),
                    partial_scales_.as<float>(),
                    partial_rows_};
  if (extent.rounds > 1)
    for (const Round& round : rounds_) {
      args.first_item = round.first;
      attend_split(args, counts, round.items, round.chunks, stream_);
    }
  else if (extent.split_items > 0)
    attend_split(args, counts, extent.split_items, extent.chunks, stream_);
  args.items = told_.ragged_items.there();
  if (extent.ragged_items > 0) attend_ragged(args, counts, extent.ragged_items, stream_);
}

}  // namespace plinth::cuda
