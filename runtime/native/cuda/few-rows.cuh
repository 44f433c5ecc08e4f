/**
 * Few rows times weights, as a memory's pace allows: weights are streamed once, through shared memory, far
 * ahead of their use. Each lane copies what it needs by itself, so that nobody waits for another's copies;
 * and copies go on where a segment of inputs ends and the next one begins.
 */
#pragma once
#include "fragments.cuh"

namespace plinth::cuda {

namespace {

constexpr int few_rows_max = 64;

/** Of the block's memory: what warps found of their segments, behind it a ring of groups for each warp. */
template <class Form, int columns, bool is_narrow>
struct Few {
  /** Warps write the sums of a round while those of the one before are still read, where there is room. */
  static constexpr int buffers = columns <= 2 ? 2 : 1;
  static constexpr int values = columns * 4 * 2 * 32;
  static constexpr size_t sum_bytes = static_cast<size_t>(buffers) * warps * values * sizeof(float);
  /**
   * Groups of a warp, all but one of them under way: 32 to 64 KiB of weights for a block. What an H200 reads
   * within a microsecond and a half, divided by its multiprocessors, is 50 KiB. Devices whose blocks have
   * less memory are slower, and get what they have.
   */
  static constexpr size_t ring_bytes = is_narrow ? (96 * 1024 - sum_bytes) / warps : 10 * 1024;
  static constexpr int stages = ring_bytes / Form::slot_bytes;
  static constexpr size_t bytes = sum_bytes + static_cast<size_t>(warps) * stages * Form::slot_bytes;
  static_assert(stages >= 2, "a group is copied while another one is multiplied");
  /** Up to 32 rows two blocks have room on a multiprocessor with 228 KiB; any have on one with 164. */
  static constexpr size_t bytes_max = columns <= 4 ? 113 * 1024 : large_block_bytes;
  static_assert(bytes <= (is_narrow || columns == 1 ? least_block_bytes : bytes_max), "too much memory");
};

/** A warp's groups, those of every eighth segment one behind the other, copied ahead of their use. */
template <class Form, int stages>
class Stream {
 public:
  __device__ __forceinline__ Stream(const Product& args, int unit, int warp, int lane, unsigned char* ring)
      : feed_(args, unit, lane),
        ring_(ring),
        lane_(lane),
        groups_(args.groups),
        group_(warp * segment_groups) {
    feed_.seek(group_);
  }

  /** Before the first group is taken. */
  __device__ __forceinline__ void begin() {
#pragma unroll 1
    for (int stage = 0; stage < stages - 1; ++stage) copy();
  }

  /** The next group; begins to copy into the place of the one before, which its lane has used. */
  __device__ __forceinline__ void take(uint4 (&halves)[2][2]) {
    await_copies<stages - 2>();
    copy();
    Form::read(ring_ + taken_, lane_, halves);
    taken_ = next(taken_);
  }

 private:
  static __device__ __forceinline__ int next(int place) {
    return place == (stages - 1) * Form::slot_bytes ? 0 : place + Form::slot_bytes;
  }
  /** Nothing is copied behind the last group, but counted all the same. */
  __device__ __forceinline__ void copy() {
    if (group_ < groups_) {
      feed_.copy(ring_ + copied_);
      if (++group_ % segment_groups == 0) feed_.seek(group_ += (warps - 1) * segment_groups);
    }
    close_copies();
    copied_ = next(copied_);
  }

  typename Form::Feed feed_;
  unsigned char* ring_;
  int lane_, groups_, group_, copied_ = 0, taken_ = 0;
};

/** A block has a unit, and each of its warps every eighth segment. */
template <class Form, int columns, bool is_narrow = false>
__global__ void __launch_bounds__(threads, columns <= 4 ? 2 : 1) few_rows(Product args) {
  using Room = Few<Form, columns, is_narrow>;
  const int unit = blockIdx.x, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int segments = (args.groups + segment_groups - 1) / segment_groups;
  let_next_begin();
  // Which expert's weights they are is found by the kernels before; else weights are always the same.
  if (args.parts) await_kernels();
  const Span span = take_rows<Form>(args, columns * 8);
  if (span.first >= span.end) return;
  constexpr int stages = Room::stages, values = Room::values;
  unsigned char* rings = block_memory + Room::sum_bytes;
  Stream<Form, stages> weights(args, unit, warp, lane, rings + warp * stages * Form::slot_bytes);
  weights.begin();
  if (!args.parts) await_kernels();
  const uint16_t* rows[columns];
  uint4 inputs[columns];
#pragma unroll
  for (int column = 0; column < columns; ++column)
    rows[column] = span.input(args, span.first + column * 8 + lane / 4) + lane % 4 * 8;
  // Inputs are asked for a group before they are multiplied.
  const auto load = [&](int group) {
    if (group >= args.groups) return;
#pragma unroll
    for (int column = 0; column < columns; ++column)
      inputs[column] = *reinterpret_cast<const uint4*>(rows[column] + group * group_inputs);
  };
  load(warp * segment_groups);
  constexpr int pairs = (columns + 1) / 2;
  float totals[pairs][2] = {};
  for (int round = 0; round < segments; round += warps) {
    const int begin = (round + warp) * segment_groups, end = min(begin + segment_groups, args.groups);
    float sums[2][columns][4] = {};
    for (int group = begin; group < end; ++group) {
      uint4 halves[2][2], now[columns];
#pragma unroll
      for (int column = 0; column < columns; ++column) now[column] = inputs[column];
      const bool is_last = (group + 1) % segment_groups == 0;
      load(group + 1 + (is_last ? (warps - 1) * segment_groups : 0));
      weights.take(halves);
#pragma unroll
      for (int column = 0; column < columns; ++column)
#pragma unroll
        for (int tile = 0; tile < 2; ++tile)
          multiply_group(sums[tile][column], halves[tile][0], halves[tile][1], now[column]);
    }
    auto* shared = reinterpret_cast<float*>(block_memory);
    if (Room::buffers == 2) shared += round / warps % 2 * warps * values;
    float* own = shared + warp * values;
#pragma unroll
    for (int at = 0; at < columns * 8; ++at)
      own[at * 32 + lane] = sums[at % 2][at / 8][at / 2 % 4];
    __syncthreads();
    const int ready = min(warps, segments - round);
#pragma unroll
    for (int i = 0; i < pairs; ++i) {
      const int at = (i * threads + static_cast<int>(threadIdx.x)) / 32;
      if (at >= columns * 4) continue;
      for (int from = 0; from < ready; ++from)
#pragma unroll
        for (int tile = 0; tile < 2; ++tile)
          totals[i][tile] += shared[from * values + (at * 2 + tile) * 32 + lane];
    }
    if (Room::buffers == 1) __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < pairs; ++i) {
    const int at = (i * threads + static_cast<int>(threadIdx.x)) / 32;
    if (at >= columns * 4) continue;
    const int row = span.first + at / 4 * 8 + column_of(lane, at % 4);
    finish(args, span, unit, output_of(lane, at % 4), row, totals[i][0], totals[i][1]);
  }
}

template <class Form, int columns, bool is_narrow = false>
void launch_columns(const Product& args, cudaStream_t stream) {
  const dim3 grid(args.units, args.parts ? args.part_count : 1, 1);
  constexpr size_t bytes = Few<Form, columns, is_narrow>::bytes;
  launch_early(few_rows<Form, columns, is_narrow>, grid, threads, bytes, stream, args);
}

template <class Form>
void launch_few(const Product& args, cudaStream_t stream) {
  if (args.rows <= 8) return launch_columns<Form, 1>(args, stream);
  if (!has_large_blocks())
    return args.rows <= 32 ? launch_columns<Form, 4, true>(args, stream)
                           : launch_columns<Form, 8, true>(args, stream);
  if (args.rows <= 16) return launch_columns<Form, 2>(args, stream);
  if (args.rows <= 32) return launch_columns<Form, 4>(args, stream);
  launch_columns<Form, 8>(args, stream);
}

template <class Form, int columns, bool is_narrow = false>
void prepare_columns() {
  allow_shared(few_rows<Form, columns, is_narrow>, Few<Form, columns, is_narrow>::bytes);
}

/** Those that `launch_few` launches on the device. */
template <class Form>
void prepare_few() {
  prepare_columns<Form, 1>();
  if (!has_large_blocks()) {
    prepare_columns<Form, 4, true>();
    prepare_columns<Form, 8, true>();
    return;
  }
  prepare_columns<Form, 2>();
  prepare_columns<Form, 4>();
  prepare_columns<Form, 8>();
}

}  // namespace

}  // namespace plinth::cuda
