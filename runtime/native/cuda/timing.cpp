/** Single kernels, launched as a step launches them, and timed by the device itself. */
#include "timing.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "event.hpp"
#include "layouts.hpp"
#include "made-up.hpp"
#include "read.hpp"
#include "warpgroup-product.hpp"

namespace plinth::cuda {

namespace {

class Bench {
 public:
  Bench(const TimedShape& shape, int launches)
      : shape_(shape), launches_(launches), stream_(opened()), made_(stream_) {
    prepare_kernels(shape.head_values, false);
    Counts counts = {};
    counts.tokens = counts.sampled = shape.rows;
    counts.split_items = shape.rows * (rounded_up(group(), tile_rows) / tile_rows);
    counts.ragged_items = rounded_up(shape.rows * group(), ragged_tile_rows) / ragged_tile_rows;
    counts_ = made_.sent(std::vector<Counts>{counts});
  }
  ~Bench() {
    if (graph_) cudaGraphExecDestroy(graph_);
    cudaStreamDestroy(stream_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void copy();
  void read();
  void product(Finish finish, int bits = 16);
  void warpgroup_product(Finish finish);
  void norm();
  void embed();
  void place();
  void decode();
  void prefill();
  void sample(bool is_flat);
  std::vector<double> times(int repeats);

 private:
  static cudaStream_t opened() {
    cudaStream_t stream;
    require(cudaSetDevice(0), "the device cannot be used");
    require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "there is no stream");
    return stream;
  }
  int group() const { return shape_.kv_heads > 0 ? shape_.heads / shape_.kv_heads : 1; }

  /** `launch` gets the number of each launch. */
  template <class Launch>
  void record(const Launch& launch);
  template <class Multiply>
  void record_product(Finish finish, int bits, const Multiply& multiply);
  Attention attention(int sequences, int queries, std::vector<uint16_t*>& caches);

  TimedShape shape_;
  int launches_;
  cudaStream_t stream_;
  cudaGraphExec_t graph_ = nullptr;
  MadeUp made_;
  Counts* counts_;
};

template <class Launch>
void Bench::record(const Launch& launch) {
  // Drivers load a kernel when it is launched first, which must not be within a capture.
  launch(0);
  require(cudaStreamSynchronize(stream_), "a kernel failed");
  require(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "launches cannot be captured");
  for (int i = 0; i < launches_; ++i) launch(i);
  cudaGraph_t graph;
  require(cudaStreamEndCapture(stream_, &graph), "launches cannot be captured");
  const cudaError_t code = cudaGraphInstantiate(&graph_, graph, 0);
  cudaGraphDestroy(graph);
  require(code, "captured launches cannot be used");
}

/** The first replay is to warm up. */
std::vector<double> Bench::times(int repeats) {
  const Event begin, end;
  std::vector<double> out;
  for (int repeat = -1; repeat < repeats; ++repeat) {
    require(cudaEventRecord(begin.get(), stream_), "no event");
    require(cudaGraphLaunch(graph_, stream_), "launches cannot be replayed");
    require(cudaEventRecord(end.get(), stream_), "no event");
    require(cudaEventSynchronize(end.get()), "a kernel failed");
    float milliseconds = 0;
    require(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "no time");
    if (repeat >= 0) out.push_back(static_cast<double>(milliseconds) / launches_);
  }
  return out;
}

/** Of `inputs` floats. */
void Bench::copy() {
  const size_t count = shape_.inputs;
  const float* from = made_.floats(count);
  float* to = made_.floats(count);
  record([&](int) {
    require(
        cudaMemcpyAsync(to, from, count * sizeof(float), cudaMemcpyDeviceToDevice, stream_), "no copy");
  });
}

/** Of `inputs` floats. */
void Bench::read() {
  const size_t count = shape_.inputs;
  Read args = {made_.floats(count), nullptr, count * sizeof(float) / sizeof(uint4)};
  args.found = made_.all<uint32_t>(static_cast<size_t>(read_blocks_max) * read_threads, 0);
  record([&](int) { cuda::read(args, stream_); });
}

void Bench::product(Finish finish, int bits) {
  record_product(finish, bits, [&](const Product& args) { cuda::product(args, stream_); });
}

/** Devices without warpgroups are refused: their kernels do nothing. */
void Bench::warpgroup_product(Finish finish) {
  cudaDeviceProp facts;
  require(cudaGetDeviceProperties(&facts, 0), "the device says nothing of itself");
  if (!WarpgroupProducts::has(facts)) throw std::runtime_error("the device has no wgmma");
  const WarpgroupProducts warpgroups(facts, stream_);
  record_product(finish, 16, [&](const Product& args) { warpgroups.multiply(args, stream_); });
}

template <class Multiply>
void Bench::record_product(Finish finish, int bits, const Multiply& multiply) {
  const bool is_gated = finish == Finish::gate_silu;
  const int unit = is_gated ? tile_outputs : unit_outputs;
  Product args = {};
  args.groups = rounded_up(shape_.inputs, group_inputs) / group_inputs;
  args.units = rounded_up(shape_.outputs, unit_outputs) / unit;
  args.input_stride = args.groups * group_inputs;
  args.output_stride = args.units * unit;
  args.rows = shape_.rows;
  args.finish = finish;
  const size_t values = static_cast<size_t>(args.units) * unit_outputs * args.input_stride;
  if (bits < 16) {
    // Scales as `quantize` writes them: for each row, or for each 128 of one.
    args.codes = {bits, 2, bits == 8 ? args.groups : 128 / group_inputs, nullptr};
    const int scales = rounded_up(args.groups, args.codes.scale_groups) / args.codes.scale_groups;
    args.codes.scales = made_.halves(static_cast<size_t>(args.units) * unit_outputs * scales);
  }
  const auto weights = made_.cold(values * bits / 16, launches_);
  args.input = made_.halves(static_cast<size_t>(args.rows) * args.input_stride);
  args.output = made_.floats(static_cast<size_t>(args.rows) * args.output_stride);
  record([&](int launch) {
    args.weights = weights[launch % weights.size()];
    multiply(args);
  });
}

void Bench::norm() {
  Norm args = {};
  args.values = shape_.inputs;
  args.stride = rounded_up(shape_.inputs, unit_outputs);
  args.output_stride = rounded_up(shape_.inputs, group_inputs);
  args.input = made_.floats(static_cast<size_t>(shape_.rows) * args.stride);
  args.weights = made_.floats(args.values);
  args.epsilon = 1e-5f;
  args.output = made_.halves(static_cast<size_t>(shape_.rows) * args.output_stride);
  record([&](int) { cuda::norm(args, counts_, shape_.rows, stream_); });
}

void Bench::embed() {
  Embed args = {};
  args.groups = rounded_up(shape_.inputs, group_inputs) / group_inputs;
  args.hidden = shape_.inputs;
  args.scale = 1.0f;
  args.stride = rounded_up(shape_.inputs, unit_outputs);
  const size_t rows = rounded_up(shape_.vocabulary, unit_outputs);
  args.embedding = made_.halves(rows * args.groups * group_inputs);
  args.token_ids = made_.numbered(shape_.rows, 7919, shape_.vocabulary);
  args.output = made_.floats(static_cast<size_t>(shape_.rows) * args.stride);
  record([&](int) { cuda::embed(args, counts_, shape_.rows, stream_); });
}

/** Each row is the next token of a sequence of its own. */
void Bench::place() {
  const int values = shape_.head_values, rows = shape_.rows;
  Place args = {};
  args.heads = shape_.heads;
  args.kv_heads = shape_.kv_heads;
  args.head_values = values;
  args.stride = rounded_up((shape_.heads + 2 * shape_.kv_heads) * values, unit_outputs);
  args.qkv = made_.floats(static_cast<size_t>(rows) * args.stride);
  args.positions = made_.numbered(rows, 1, shape_.context);
  args.blocks = made_.numbered(rows, 1, rows);
  args.rotations = made_.floats(static_cast<size_t>(shape_.context) * values);
  args.epsilon = 1e-5f;
  args.queries = made_.halves(static_cast<size_t>(rows) * shape_.heads * values);
  args.cache = made_.halves(cache_at(rows, 0, shape_.kv_heads, values));
  record([&](int) { cuda::place(args, counts_, rows, stream_); });
}

/** Blocks of all sequences lie among each other. */
Attention Bench::attention(int sequences, int queries, std::vector<uint16_t*>& caches) {
  const int values = shape_.head_values, tokens = sequences * queries;
  Attention args = {};
  args.heads = shape_.heads;
  args.kv_heads = shape_.kv_heads;
  args.head_values = values;
  args.scale = 0.1f;
  args.window = all_tokens;
  args.partial_rows = std::min(group(), tile_rows);
  args.output_stride = rounded_up(shape_.heads * values, group_inputs);
  args.queries = made_.halves(static_cast<size_t>(tokens) * shape_.heads * values);
  args.output = made_.halves(static_cast<size_t>(tokens) * args.output_stride);
  args.query_start = made_.numbered(sequences + 1, queries, tokens + 1);
  args.context_length = made_.all<int32_t>(sequences, shape_.context);
  args.blocks_per_sequence = rounded_up(shape_.context, cache_block) / cache_block;
  const int blocks = sequences * args.blocks_per_sequence;
  std::vector<int32_t> table(blocks);
  for (int i = 0; i < blocks; ++i)
    table[i] = i % args.blocks_per_sequence * sequences + i / args.blocks_per_sequence;
  args.block_table = made_.sent(table);
  caches = made_.cold(cache_at(blocks, 0, shape_.kv_heads, values), launches_);
  return args;
}

/** `rows` sequences, one query of each. */
void Bench::decode() {
  std::vector<uint16_t*> caches;
  Attention args = attention(shape_.rows, 1, caches);
  const int chunks = rounded_up(shape_.context, chunk_tokens) / chunk_tokens;
  std::vector<Item> items;
  for (int s = 0; s < shape_.rows; ++s)
    for (int first = 0; first < group(); first += tile_rows) {
      const int place = static_cast<int>(items.size()) * chunks;
      items.push_back({s, first, std::min(tile_rows, group() - first), place});
    }
  const size_t rows = items.size() * chunks * shape_.kv_heads * args.partial_rows;
  args.partial_sums = made_.floats(rows * shape_.head_values);
  args.partial_scales = made_.floats(rows * 2);
  args.items = made_.sent(items);
  record([&](int launch) {
    args.cache = caches[launch % caches.size()];
    attend_split(args, counts_, static_cast<int>(items.size()), chunks, stream_);
  });
}

/** One sequence, its last `rows` tokens. */
void Bench::prefill() {
  std::vector<uint16_t*> caches;
  Attention args = attention(1, shape_.rows, caches);
  std::vector<Item> items;
  const int all_rows = shape_.rows * group();
  for (int first = 0; first < all_rows; first += ragged_tile_rows)
    items.push_back({0, first, std::min(ragged_tile_rows, all_rows - first), 0});
  args.items = made_.sent(items);
  record([&](int launch) {
    args.cache = caches[launch % caches.size()];
    attend_ragged(args, counts_, static_cast<int>(items.size()), stream_);
  });
}

/** A model's logits have some that stand out; flat ones are the worst that can come. */
void Bench::sample(bool is_flat) {
  const int rows = shape_.rows;
  Sampling args = {};
  args.vocabulary = shape_.vocabulary;
  args.stride = rounded_up(shape_.vocabulary, unit_outputs);
  const size_t logits = static_cast<size_t>(rows) * args.stride;
  args.logits = is_flat ? made_.floats(logits) : made_.normals(logits);
  std::vector<Row> sampled;
  for (int row = 0; row < rows; ++row) sampled.push_back({row, row, -1});
  args.rows = made_.sent(sampled);
  args.positions = made_.numbered(rows, 1, rows);
  args.temperature = made_.all(rows, shape_.temperature);
  args.top_p = made_.all(rows, shape_.top_p);
  args.min_p = made_.all(rows, 0.0f);
  args.top_k = made_.all<int32_t>(rows, 0);
  args.seed = made_.all<uint64_t>(rows, 1);
  args.logprobs = made_.all<int32_t>(rows, -1);
  args.adjust_start = made_.all<int32_t>(rows + 1, 0);
  args.sampled = made_.all<int32_t>(rows, 0);
  args.status = made_.all<int32_t>(rows, 0);
  args.logprob = made_.floats(rows);
  record([&](int) { cuda::sample(args, counts_, rows, stream_); });
}

const std::map<std::string, void (*)(Bench&)> kernels = {
    {"copy", [](Bench& bench) { bench.copy(); }},
    {"read", [](Bench& bench) { bench.read(); }},
    {"product", [](Bench& bench) { bench.product(Finish::store); }},
    {"product-add", [](Bench& bench) { bench.product(Finish::add); }},
    {"product-gate", [](Bench& bench) { bench.product(Finish::gate_silu); }},
    {"product-wgmma", [](Bench& bench) { bench.warpgroup_product(Finish::store); }},
    {"product-add-wgmma", [](Bench& bench) { bench.warpgroup_product(Finish::add); }},
    {"product-gate-wgmma", [](Bench& bench) { bench.warpgroup_product(Finish::gate_silu); }},
    {"product-int8", [](Bench& bench) { bench.product(Finish::store, 8); }},
    {"product-int4", [](Bench& bench) { bench.product(Finish::store, 4); }},
    {"norm", [](Bench& bench) { bench.norm(); }},
    {"embed", [](Bench& bench) { bench.embed(); }},
    {"place", [](Bench& bench) { bench.place(); }},
    {"decode", [](Bench& bench) { bench.decode(); }},
    {"prefill", [](Bench& bench) { bench.prefill(); }},
    {"sample", [](Bench& bench) { bench.sample(false); }},
    {"sample-flat", [](Bench& bench) { bench.sample(true); }},
};

}  // namespace

std::vector<double> time_kernel(
    const std::string& kernel, const TimedShape& shape, int launches, int repeats) {
  const auto found = kernels.find(kernel);
  if (found == kernels.end()) throw std::runtime_error("there is no kernel \"" + kernel + "\" to measure");
  Bench bench(shape, launches);
  found->second(bench);
  return bench.times(repeats);
}

}  // namespace plinth::cuda
