/** A model, or a rank's part of it, on a CUDA device: its weights, the KV cache, and what a step computes. */
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../model.hpp"
#include "cublaslt.hpp"
#include "exchange.hpp"
#include "warpgroup-product.hpp"

namespace plinth::cuda {

/** Weights in the order of `packed_at`, or codes in that of `code_at`. */
struct Matrix {
  Memory memory, scales;
  int groups = 0, units = 0;
  Codes codes;
  /** Its number among those that adapters change; -1: none does. */
  int product = -1;
  /** Whether the library may compute products of many rows with it. */
  bool is_planned = false;

  size_t bytes() const { return memory.bytes() + scales.bytes(); }
};

struct Layer {
  int window;
  const float* rotations;
  Memory input_norm, post_norm, query_norm, key_norm, qkv_bias, output_bias;
  /** Of what attention and the feed-forward part give, before it is added; empty where there are none. */
  Memory attention_norm, feed_forward_norm;
  Matrix qkv, output;
  /** Either one feed-forward part, or those of all experts one behind the other, and the router to them. */
  Matrix gated, down, router;
};

/** Of layers that choose among experts: see `Routes`. */
struct Mixture {
  Memory logits, choices, rows, tokens, shares, parts;
  /** By row of an expert: between its products, and behind them. */
  Memory gated, outputs;
  int gated_stride = 0;
};

/** What adapters add to one product: see `Adapting`. */
struct Adapted {
  Memory table, part_of;
  std::vector<Memory> weights;
  int inner_max = 0;
  uint64_t adapters = 0;
};

/** How large a step's launches are. */
struct Extent {
  int tokens, split_items, ragged_items, sampled, chunks;
  /** Sequences, if hidden states of any are wanted, else 0. */
  int pooled;
  /** Whether any of its tokens has an adapter. */
  bool is_adapted;
  /** In which split items are computed; one behind the other where partial results have not room for all. */
  int rounds = 1;
};

/** Split items that have room for their partial results at the same time. */
struct Round {
  int first, items, chunks;
};

/** What the device is told of a step; each has room for the largest one. */
struct Told {
  Mirror<Counts> counts;
  Mirror<int32_t> token_ids, positions, blocks, adapter, query_start, context_length, block_table;
  Mirror<Item> split_items, ragged_items;
  Mirror<Row> sampled;
  Mirror<float> temperature, top_p, min_p, adjust_scale, adjust_add;
  Mirror<int32_t> top_k, logprobs, adjust_start, adjust_token, allowed;
  Mirror<uint64_t> seed;
  Mirror<uint8_t> pooling;
  /** What is pooled is sent as well: sums go on from it. */
  Mirror<float> pooled;
};

/** What it answers, by sampled row. */
struct Answers {
  Mirror<int32_t> sampled, status, top_tokens;
  Mirror<float> logprob, top_logprob;
};

class Model {
 public:
  /**
   * Shape and tensors are those of the rank, whose adapters are none; without communicators it must be the
   * only one.
   */
  Model(
      const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters,
      const Share& share, const Communicators* communicators);
  ~Model();

  /**
   * Puts a step on the stream. Throws std::range_error where it is none; after any other error no step is
   * possible any more.
   */
  void start(const Step& step);
  /** Whether it has ended; waits for it, for so many milliseconds at most. */
  bool finish(double milliseconds);

  const char* path() const { return "cuda"; }
  const std::string& name() const { return name_; }
  size_t weight_bytes() const;
  size_t cache_bytes() const { return cache_.bytes(); }
  int blocks() const { return options_.blocks; }
  size_t workspace_bytes() const;

 private:
  void open_device();
  void load(const ModelTensors& tensors);
  void load_adapters(const std::vector<AdapterTensors>& adapters);
  void add_product(
      Matrix& matrix, const std::vector<AdapterTensors>& adapters,
      const std::function<AdapterParts(const AdapterTensors&)>& parts_of);
  LowRank low_rank(
      Adapted& product, const AdapterTensors& adapter, const AdapterParts& parts, const Matrix& matrix);
  size_t adapter_bytes() const;
  bool plan_adapters(const Step& step);
  void adapt(Product& args, const Matrix& matrix);
  void reserve();
  void reserve_mixture();
  void rotate();
  void reserve_parts(size_t rows, size_t sequences);
  void reserve_told();
  void reserve_cache();
  size_t block_bytes() const;
  int fitting_blocks();
  int meet(int own) const;
  void warm();
  void release_graphs();
  Matrix pack(const std::vector<Tensor>& sources, int outputs);
  Matrix pack_gated(const std::vector<ExpertTensors>& sources);
  Matrix pack_down(const std::vector<ExpertTensors>& sources);
  template <class RowOf>
  Matrix packed(int units, const std::vector<Tensor>& sources, const RowOf& row_of);
  template <class RowOf>
  void pack_codes(Matrix& out, const Tensor& like, const RowOf& row_of);
  Memory floats(const std::vector<Tensor>& sources, int padded, float added = 0);
  Memory copied(const void* from, size_t bytes);

  Extent plan(const Step& step, Parcel& parcel);
  void plan_items(const Step& step, int sequence, Extent& extent);
  void split(const Item& item, int chunks, Extent& extent);
  void send(const Step& step, const Extent& extent, Parcel& parcel);
  void run(const Extent& extent);
  void run_layer(const Extent& extent, int index);
  void attend(const Extent& extent, int index);
  void mix(const Extent& extent, const Layer& layer);
  size_t mixture_bytes() const;
  void answer(const Extent& extent);
  void sample(int first, int rows);
  void fetch(const Extent& extent);
  void tell(const Step& step, const Extent& extent) const;
  void multiply(
      const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias,
      const Memory& output, int output_stride, Finish finish);
  Product product(
      const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias,
      const Memory& output, int output_stride, Finish finish) const;
  void project(
      const Memory& input, int stride, int rows, const Matrix& matrix, const Memory& bias,
      const Memory& norm);
  Finish gate() const { return shape_.is_gelu ? Finish::gate_gelu : Finish::gate_silu; }
  void norm(const Memory& weights, int rows, const Row* from = nullptr, int first_row = 0);
  void open_library();
  void open_warpgroups();
  bool multiply_by_library(const Product& args, const Matrix& matrix) const;
  bool multiply_by_warpgroups(const Product& args) const;
  void capture();
  void capture(const Extent& extent);
  cudaGraphExec_t captured(const Extent& extent);
  /** Between them no library launches anything that may not be a kernel. */
  bool begins_early() const { return can_begin_early_ && share_.ranks == 1 && !library_; }
  cudaGraphExec_t graph_for(const Extent& extent) const;

  ModelOptions options_;
  Share share_;
  const Communicators* communicators_;
  plinth::Shape shape_;
  Threads threads_;
  std::string name_;
  cudaStream_t stream_ = nullptr;
  /** Since Hopper, where graphs can hold it. */
  bool can_begin_early_ = false;

  Matrix head_;
  /** Empty where the head is the embedding. */
  Matrix embedding_;
  Memory final_norm_;
  std::vector<Layer> layers_;
  Memory cache_;
  /** By `Matrix::product`. */
  std::vector<Adapted> adapted_;
  int adapters_ = 0, inner_stride_ = 0;
  Memory inner_, added_;
  bool is_adapted_ = false;

  int hidden_stride_, normed_stride_, qkv_stride_, attended_stride_, gated_stride_, logit_stride_;
  int group_, row_tiles_, partial_rows_, partial_places_;
  /** What is normalised before it is added; empty where no layer does. */
  Memory branch_;
  Memory hidden_, normed_, qkv_, queries_, attended_, gated_, logits_, rotations_;
  Memory partial_sums_, partial_scales_;
  Mixture mixture_;
  /** Null: the device's own products compute all. The library reads weights from `unpacked_`. */
  std::unique_ptr<CublasLt> library_;
  Memory unpacked_, ungated_;
  /** Null: sums have one order, or the device has no warpgroups. */
  std::unique_ptr<WarpgroupProducts> warpgroups_;
  /** Rows that other ranks have parts of as well; none where a rank is alone. */
  Memory parts_;
  Exchange exchange_;
  Told told_;
  Answers answers_;
  bool has_tops_ = false, is_lost_ = false;

  Step step_ = {};
  Extent extent_ = {};
  /** Of the step at hand, by sampled row: where its answers go. */
  std::vector<int32_t> places_;
  std::vector<Round> rounds_;
  /** Of the last round: places for partial results that are taken. */
  int partials_ = 0;
  /** Steps of single tokens: with adapters or without, and for so many sequences and chunks of keys. */
  std::map<std::tuple<bool, int, int>, cudaGraphExec_t> graphs_;
};

}  // namespace plinth::cuda
