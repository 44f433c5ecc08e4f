/** What the device computes, one function for each kernel; all of a step runs on one stream. */
#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace plinth::cuda {

/** Of the step at hand. Kernels launched for more rows than there are leave the others alone. */
struct Counts {
  int32_t tokens, split_items, ragged_items, sampled;
};

/** Queries of one sequence that share heads of keys: `rows` rows from `first`, by token and then by head. */
struct Item {
  int32_t sequence, first, rows;
  /** Of an item that is split: where its partial results lie, a place for each chunk. */
  int32_t place;
};

/** Whose logits are wanted; logits are found for some rows of a step at a time. */
struct Row {
  int32_t sequence, token;
  /** Among the masks that were copied; -1: all tokens are allowed. */
  int32_t mask;
};

struct Embed {
  const uint16_t* embedding;
  int groups, hidden;
  /** Of what is read. */
  float scale;
  const int32_t* token_ids;
  /** Tokens that this rank has; others get zeros. */
  int first_token, tokens;
  float* output;
  int stride;
};
void embed(const Embed&, const Counts*, int rows, cudaStream_t);

struct Norm {
  const float* input;
  int stride;
  const float* weights;
  float epsilon;
  int values;
  /** Null: token by token; else those from `first_row` on. */
  const Row* rows;
  int first_row;
  uint16_t* output;
  int output_stride;
};
void norm(const Norm&, const Counts*, int rows, cudaStream_t);

/** Rows normalised and added to others, of the same stride; token by token. */
struct AddNorm {
  const float* input;
  int stride;
  const float* weights;
  float epsilon;
  int values;
  float* output;
};
void add_norm(const AddNorm&, const Counts*, int rows, cudaStream_t);

/** Hidden states behind the final norm: of the last token, or added to those before. */
struct Pool {
  const float* input;
  int stride;
  const float* weights;
  float epsilon;
  int values;
  const int32_t* query_start;
  /** By sequence: `Pooling`. */
  const uint8_t* pooling;
  float* output;
};
void pool(const Pool&, int sequences, cudaStream_t);

enum class Finish { store, add, gate_silu, gate_gelu };

/** Rows of one expert that a block takes together; of no rows: there is nothing left to take. */
struct Part {
  int32_t expert, first, rows;
};

/** Weights of few bits: see `code_at` and `scale_at`. */
struct Codes {
  /** 8 or 4; 0: weights are bfloat16. */
  int bits = 0;
  /** Of a scale: 2, which is a bfloat16, or 4. */
  int scale_bytes = 0;
  /** Groups of inputs that share a scale. */
  int scale_groups = 0;
  const void* scales = nullptr;
  /** Floats of 8 bits, in the place of whole numbers. */
  bool is_float = false;
};

/** What adapters add to the sums of some rows, before all else. */
struct Added {
  const float* values = nullptr;
  /** By row: the number of its adapter; 0: none. */
  const int32_t* adapter_of = nullptr;
  /** A bit for the number of each adapter that changes the product. */
  uint64_t adapters = 0;
};

struct Product {
  const uint16_t* input;
  /** Bfloat16, or codes. */
  const uint16_t* weights;
  /** By output, or null. */
  const float* bias;
  /** Floats; of a gate, bfloat16: the first tile of a unit through its function, times the second. */
  void* output;
  int input_stride, groups, units, output_stride, rows;
  Finish finish;
  Codes codes = {};
  Added added = {};
  /** Of experts, whose weights lie one behind the other; null: all rows have the same weights. */
  const Part* parts = nullptr;
  /** How many parts there may be, of `rows` rows at most. */
  int part_count = 0;
  /** By row: which one of the input it is; null: its own. */
  const int32_t* sources = nullptr;
};
void product(const Product&, cudaStream_t);
void quantised_product(const Product&, cudaStream_t);

/** Inner values that a block finds of a row; each part of an adapter has a multiple of it. */
constexpr int inner_step = 4;

/** What an adapter adds to a product, whose outputs are of several parts. */
struct LowRank {
  /** By inner value: as many weights as the product has inputs. Null: nothing is added. */
  const float* down;
  /** By inner value of a part: a weight for each output. */
  const float* up;
  /** Inner values of all parts, and of each. */
  int32_t inner, rank;
  float scale;
  /** By part: its first inner value; -1: it is not adapted. */
  int32_t start[3];
};

struct Adapting {
  const uint16_t* input;
  int input_stride;
  /** Padded, as the product's outputs are. */
  int columns, outputs;
  /** By the number of an adapter, the first one of which is none. */
  const LowRank* adapters;
  const int32_t* adapter_of;
  /** By tile of outputs. */
  const uint8_t* part_of;
  /** Of the adapter that has the most. */
  int inner_max;
  float *inner, *added;
  int inner_stride;
};
void add_adapters(const Adapting&, const Counts*, int rows, cudaStream_t);

/** Which experts each token goes to, and in which rows they find it. */
struct Routes {
  int experts, chosen;
  bool is_normalised;
  /** By token; they become weights. */
  float* logits;
  int stride;
  /** By token and then by choice, the likeliest first: its expert, its row and its share. */
  int32_t *choices, *rows;
  float* shares;
  /** By row: its token. */
  int32_t* tokens;
  Part* parts;
};
/** Chooses for each token by nothing but its own logits. */
void choose(const Routes&, const Counts*, int rows, cudaStream_t);
/** Gives the tokens that have chosen their rows, an expert's together, and cuts them into `parts` parts. */
void assign(const Routes&, const Counts*, int part_rows, int parts, cudaStream_t);
/** Rows of experts, and the rows of tokens that they are added to. */
struct Choices {
  const float* outputs;
  float* output;
  int stride, values;
  bool is_added;
};
/** What its experts gave to each token, in the order in which it chose them: alone, or added to what was. */
void add_choices(const Routes&, const Choices&, const Counts*, int rows, cudaStream_t);
/** More experts are not chosen among. */
constexpr int experts_max = 1024;

/** Weights as their rows, without an order of their own: what libraries read. */
struct Unpack {
  const uint16_t* packed;
  uint16_t* rows;
  int units, groups;
};
void unpack(const Unpack&, cudaStream_t);

/** What the gates of `Finish` do, behind a product that stored both tiles of each unit as bfloat16. */
struct Gate {
  const uint16_t* both;
  uint16_t* output;
  int units, output_stride, rows;
  bool is_gelu;
};
void gate(const Gate&, cudaStream_t);

struct Place {
  const float* qkv;
  int stride;
  const int32_t *positions, *blocks;
  /** By position: cosines, then sines. */
  const float* rotations;
  /** Null: queries and keys stay as they are. */
  const float *query_norm, *key_norm;
  float epsilon;
  uint16_t* queries;
  /** Floats of 8 bits, or bfloat16. */
  void* cache;
  bool is_fp8;
  int heads, kv_heads, head_values;
};
void place(const Place&, const Counts*, int rows, cudaStream_t);

struct Attention {
  const uint16_t* queries;
  uint16_t* output;
  int output_stride;
  const void* cache;
  bool is_fp8;
  const int32_t *query_start, *context_length, *block_table;
  int blocks_per_sequence, heads, kv_heads, head_values;
  float scale;
  /** Of scores, 0: they are not capped. */
  float cap;
  /** Tokens that each sees, itself among them. */
  int window;
  const Item* items;
  /** Of split items: sums by place, head of keys, row; and the peak and the total of each. */
  float *partial_sums, *partial_scales;
  int partial_rows;
  /** Of those that are split now. */
  int first_item = 0;
};
/** Each chunk of keys by a warp of its own, then merged. */
void attend_split(const Attention&, const Counts*, int items, int chunks, cudaStream_t);
/** Rows of prompts by a block, chunk after chunk. */
void attend_ragged(const Attention&, const Counts*, int items, cudaStream_t);
bool can_attend(int head_values);

struct Sampling {
  float* logits;
  int stride, vocabulary, top_logprobs;
  /** 0: logits are not capped. */
  float cap;
  const Row* rows;
  int first_row;
  const int32_t* positions;
  const float *temperature, *top_p, *min_p;
  const int32_t* top_k;
  const uint64_t* seed;
  const int32_t *logprobs, *adjust_start, *adjust_token;
  const float *adjust_scale, *adjust_add;
  const int32_t* allowed;
  int mask_words;
  int32_t *sampled, *status;
  float* logprob;
  int32_t* top_tokens;
  float* top_logprob;
};
void sample(const Sampling&, const Counts*, int rows, cudaStream_t);
/** Alternatives that can be told beside a token. */
constexpr int alternatives_max = 1024;

/** `ranks` times `values`, one rank behind the other: they become their sum in that order, or add to it. */
struct AddParts {
  const float* parts;
  int ranks;
  size_t values;
  float* output;
  bool is_added;
};
void add_parts(const AddParts&, cudaStream_t);

/** Of each rank `rows` with `part` values of every whole row. */
struct JoinParts {
  const float* parts;
  int part, part_stride;
  float* output;
  int values, stride, rows;
};
void join_parts(const JoinParts&, cudaStream_t);

/** Throws what the runtime says of itself. */
void require(cudaError_t code, const char* what);

/** Lets the kernels of a step use shared memory as they need it; once for a device. */
void prepare_kernels(int head_values, bool is_fp8);
void prepare_product();
void prepare_quantised_product();
void prepare_rows(bool is_fp8);
/** Those for such heads and such a cache. */
void prepare_attention(int head_values, bool is_fp8);
void prepare_mixture();
void prepare_adapters();
void prepare_sampling();

}  // namespace plinth::cuda
