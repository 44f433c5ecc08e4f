/** What each path computes, as plain functions over plain memory: the model knows nothing else of a path. */
#pragma once
#include <cstddef>
#include <cstdint>

namespace plinth {

/** Tokens of a block of the KV cache: a block is as wide as a vector, so that keys are read as they lie. */
constexpr int block_tokens = 16;
/** Columns that are computed together; weights are padded to them with zeros. */
constexpr int unit_columns = 32;
/** Rows of activations are padded to this many values, and their number to `tile_rows`. */
constexpr int row_values = 32;
constexpr int tile_rows = 16;

/**
 * What scales of quantised weights were kept in, which is what weights are rounded to before all else. Where
 * all of half precision are `f16`, no product with one is below 2^-14; else they are `small_f16`.
 */
enum class ScaleKind { bf16, f16, small_f16, f32 };

enum class Finish { store, add, gate_silu, gate_gelu };

/**
 * Rows times weights. Weights lie in panels of 16 columns; in a panel, pairs of inputs follow one another,
 * and of each pair both values of the 16 columns lie together. All sums run over the inputs in order, for
 * each row alone: nothing depends on how many rows there are.
 *
 * Of quantised weights a pair's codes lie together, by column: of 8 bits those of the first input and then
 * those of the second, of 4 bits both in one byte, the first in its lower half, 8 more than they mean.
 */
struct Gemm {
  const void* input;
  const void* weights;
  /** Of one weight, where it is quantised; 0: weights are the kernels' own. */
  int bits;
  /** Inputs that share a scale; a divisor of `inputs`. */
  int group;
  /** By panel, then by group, then by column: bfloat16, or floats for all other kinds. */
  const void* scales;
  ScaleKind scale_kind;
  /** By column, or null. */
  const float* bias;
  /**
   * `store` and `add`: floats, `output_stride` apart. The others: activations; the first half of a unit
   * passes through silu, or through gelu in its tanh form, and is multiplied by the second.
   */
  void* output;
  int rows;
  /** Values of a padded row of the input. */
  int inputs;
  int output_stride;
  Finish finish;
  /** Floats, or null: what is added to the sums of a row of which `is_added` is 1, before all else. */
  const float* added = nullptr;
  int added_stride = 0;
  const uint8_t* is_added = nullptr;
};

/** What an adapter adds to one row of a product, whose outputs are of several parts. */
struct LowRank {
  const void* input;
  /** Values of a padded row of the input, and how many of them are read. */
  int inputs, columns;
  /** By panel of 16 inner values, then by input; those of all parts follow one another. */
  const float* down;
  /** By panel of 16 outputs, then by inner value of its part. */
  const float* up;
  const uint8_t* part_of;
  /** Inner values of a part; a multiple of 16. */
  int rank, parts;
  float scale;
  /** Of this row. */
  float* inner;
  float* added;
};

/** Rows that share a head of keys: `rows` of them from `first`, by token and then by head. */
struct AttentionItem {
  int sequence;
  int kv_head;
  int first;
  int rows;
};

struct Attention {
  /** Activations: by head of keys, then by token, then by head of its group. */
  const void* queries;
  /** Activations: by token, then by head, `output_stride` apart. */
  void* output;
  int output_stride;
  /** Of this layer: by block, then by head of keys: keys, then values. */
  const uint8_t* cache;
  const int32_t* query_start;
  const int32_t* context_length;
  const int32_t* block_table;
  int blocks_per_sequence;
  int tokens;
  int kv_heads;
  int group;
  int head_values;
  float scale;
  /** Scores become cap * tanh(score / cap); 0: they stay. */
  float cap;
  /** Tokens that each sees, itself among them. */
  int window;
};

/** A window as wide as any sequence, so that bounds stay far from overflow. */
constexpr int all_tokens = 1 << 28;

/** Queries, keys and values of each token, to where attention reads them. */
struct Places {
  const float* qkv;
  int qkv_stride;
  const int32_t* positions;
  /** By token: its block, and whether it is its sequence's last one of this step. */
  const int32_t* blocks;
  const uint8_t* is_last;
  /** By position: cosines, then sines, of half a head each. */
  const float* rotations;
  /** By value of a head, or null. */
  const float* query_norm;
  const float* key_norm;
  float epsilon;
  void* queries;
  uint8_t* cache;
  int tokens;
  int kv_heads;
  int group;
  int head_values;
};

struct Norm {
  const float* input;
  int stride;
  const float* weights;
  float epsilon;
  int values;
  /** By row of the output, the row of the input; null: the same. */
  const int32_t* rows;
  void* output;
};

struct KernelSet {
  const char* name;
  int activation_bytes;
  int weight_bytes;
  void (*gemm)(const Gemm&, int first_unit, int last_unit);
  void (*attention)(const Attention&, const AttentionItem&);
  void (*place)(const Places&, int token);
  void (*norm)(const Norm&, int row);
  /** The same, added to rows of floats that are as far apart as the input's. */
  void (*add_norm)(const Norm&, int row);
  /** Each value becomes cap * tanh(value / cap); whole vectors. */
  void (*soft_cap)(float* values, float cap, int count);
  /** e to the power of each logit's distance from the peak, times the rate; rounded up to whole vectors. */
  void (*weigh)(const float* logits, float peak, float rate, int count, float* weights);
  void (*low_rank_down)(const LowRank&, int row, int panel);
  void (*low_rank_up)(const LowRank&, int panel);
};

enum class Path { portable, avx2, avx512, avx512_bf16, amx };

const KernelSet& portable_kernels(bool is_exact);
const KernelSet& avx2_kernels(bool is_exact);
const KernelSet& avx512_kernels(bool is_exact);
const KernelSet& avx512_bf16_kernels();
const KernelSet& amx_kernels();

}  // namespace plinth
