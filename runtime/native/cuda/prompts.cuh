/**
 * Attention of prompts. The warps of a block have neighbouring tiles of rows of one sequence and head. Its
 * keys and values pass through shared memory once for all of them, copied ahead of their use: a chunk's
 * keys in two pieces, half of its tokens each, and then its values in two, half of a head each.
 */
#pragma once
#include "cache.cuh"
#include "chunk.cuh"

namespace plinth::cuda {

namespace {

constexpr int ragged_warps = ragged_tile_rows / tile_rows, ragged_threads = ragged_warps * 32;

/** What both have to be multiplied by before they are added. */
struct Shares {
  float peak, before, more;
};

__device__ __forceinline__ Shares shares_of(float before, float more) {
  const float peak = fmaxf(before, more), origin = origin_of(peak);
  return {peak, power(before - origin), power(more - origin)};
}

__device__ __forceinline__ float merged(float before, float more, const Shares& shares) {
  return before * shares.before + more * shares.more;
}

/** Of a chunk: two of keys, two of values. */
constexpr int chunk_pieces = 4;

/** Of a block's memory: as many pieces as a chunk has, or half of them. */
template <int values, class Cache, int stages>
struct Prompts {
  using Value = typename Cache::Value;
  /** Of a piece: as many of either kind. */
  static constexpr int piece_values = chunk_tokens / 2 * values;
  /** Of each token of a block 16 values lie together, and so many copies bring them. */
  static constexpr int row_copies = sizeof(Value);
  /** Queries of large heads have no room in registers. */
  static constexpr bool has_queries = values > 128;
  static constexpr size_t query_bytes =
      has_queries ? size_t{ragged_warps} * values / 16 * 32 * sizeof(uint4) : 0;
  static constexpr size_t bytes = stages * piece_values * sizeof(Value) + query_bytes;
  static_assert(bytes <= (stages == 2 ? least_block_bytes : large_block_bytes), "too much memory");
};

/**
 * Where a token of a block lies in a piece of keys: lanes that read at a time then find neighbours, which
 * come from different banks.
 */
__device__ __forceinline__ int place_of(int slot) { return slot / 2 % 2 * 8 + slot / 4 * 2 + slot % 2; }

/** The pieces of a sequence's chunks. Each warp copies every fourth block of them. */
template <int values, class Cache, int stages>
class Pieces {
 public:
  using Room = Prompts<values, Cache, stages>;
  using Value = typename Cache::Value;

  __device__ __forceinline__ Pieces(const Attention& args, const Item& item, int context, int first, int last)
      : table_(args.block_table + static_cast<size_t>(item.sequence) * args.blocks_per_sequence),
        cache_(static_cast<const Value*>(args.cache) + cache_at(0, blockIdx.x, args.kv_heads, values)),
        block_values_(cache_at(1, 0, args.kv_heads, values)),
        last_block_((context - 1) / cache_block),
        chunk_(first),
        last_(last) {
    find();
    for (int piece = 0; piece < stages - 1; ++piece) copy(piece);
  }

  /** The piece that is next; copies another one into the place of the one before, which all have used. */
  template <int piece>
  __device__ __forceinline__ const Value* take() {
    await_copies<stages - 2>();
    __syncthreads();
    copy((piece + stages - 1) % chunk_pieces);
    return stage(piece);
  }

 private:
  static __device__ __forceinline__ Value* stage(int piece) {
    return reinterpret_cast<Value*>(block_memory) + piece % stages * Room::piece_values;
  }
  /** The warp's blocks of the chunk that is copied; what lies behind the sequence's end is left out. */
  __device__ __forceinline__ void find() {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int block = chunk_ * chunk_blocks + i * ragged_warps + static_cast<int>(threadIdx.x) / 32;
      const bool is_there = chunk_ <= last_ && block <= last_block_;
      blocks_[i] = is_there ? table_[block] : -1;
    }
  }
  __device__ __forceinline__ void copy(int piece) {
    if (piece < 2)
      copy_keys(stage(piece), blocks_[piece]);
    else
#pragma unroll
      for (int i = 0; i < 2; ++i) copy_values(stage(piece), piece - 2, i, blocks_[i]);
    close_copies();
    if (piece < chunk_pieces - 1) return;
    ++chunk_;
    find();
  }
  __device__ __forceinline__ void copy_keys(Value* to, int block) const {
    if (block < 0) return;
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const auto* from = reinterpret_cast<const uint4*>(cache_ + block * block_values_);
    auto* words = reinterpret_cast<uint4*>(to + warp * values * cache_block);
#pragma unroll
    for (int i = lane; i < values * Room::row_copies; i += 32) {
      const int row = i / Room::row_copies, depth = row / cache_block;
      const int place = depth * cache_block + place_of(row % cache_block);
      copy_later(words + place * Room::row_copies + i % Room::row_copies, from + i);
    }
  }
  __device__ __forceinline__ void copy_values(Value* to, int part, int index, int block) const {
    if (block < 0) return;
    constexpr int part_values = values / 2 * cache_block;
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const Value* head = cache_ + block * block_values_ + values * cache_block;
    const auto* from = reinterpret_cast<const uint4*>(head + part * part_values);
    auto* words = reinterpret_cast<uint4*>(to + (index * ragged_warps + warp) * part_values);
#pragma unroll
    for (int i = lane; i < values / 2 * Room::row_copies; i += 32) copy_later(words + i, from + i);
  }

  const int32_t* table_;
  const Value* cache_;
  size_t block_values_;
  int last_block_, chunk_, last_;
  int blocks_[2];
};

/** A tile's queries: in registers, or where each lane finds its own again. */
template <int values, class Cache, int stages>
class Queries {
 public:
  using Room = Prompts<values, Cache, stages>;
  __device__ __forceinline__ explicit Queries(const Tile<values>& tile) {
#pragma unroll
    for (int depth = 0; depth < values / 16; ++depth) {
      uint32_t words[4];
      load_queries(tile, depth, words);
      if constexpr (Room::has_queries)
        own(depth) = uint4{words[0], words[1], words[2], words[3]};
      else
#pragma unroll
        for (int i = 0; i < 4; ++i) held_[depth][i] = words[i];
    }
  }
  __device__ __forceinline__ void get(int depth, uint32_t (&words)[4]) const {
    if constexpr (Room::has_queries) {
      const uint4 found = own(depth);
      words[0] = found.x, words[1] = found.y, words[2] = found.z, words[3] = found.w;
    } else {
#pragma unroll
      for (int i = 0; i < 4; ++i) words[i] = held_[depth][i];
    }
  }

 private:
  static __device__ __forceinline__ uint4& own(int depth) {
    auto* queries = reinterpret_cast<uint4*>(block_memory + Room::bytes - Room::query_bytes);
    return queries[(threadIdx.x / 32 * (values / 16) + depth) * 32 + threadIdx.x % 32];
  }
  uint32_t held_[Room::has_queries ? 1 : values / 16][4];
};

/** Scores of half of a chunk's tokens, summed in the order of a key's values, as single tokens' are. */
template <class Cache, int values, int stages>
__device__ __forceinline__ void score_piece(
    const Queries<values, Cache, stages>& queries, const typename Cache::Value* keys, int half,
    Scores& scores) {
  constexpr int blocks = chunk_blocks / 2;
  const auto* own = keys + threadIdx.x % 32 * 4;
#pragma unroll
  for (int at = 0; at < blocks * 8; ++at) scores[half * blocks + at / 8][at / 4 % 2][at % 4] = 0.0f;
#pragma unroll
  for (int depth = 0; depth < values / 16; ++depth) {
    uint32_t rows[4];
    queries.get(depth, rows);
#pragma unroll
    for (int at = 0; at < blocks * 2; ++at) {
      const uint2 held = Cache::four(own + (at / 2 * values / 16 + depth) * 256 + at % 2 * 128);
      multiply_tile(scores[half * blocks + at / 2][at % 2], rows, held.x, held.y);
    }
  }
}

/** Half of the sums of a chunk's values, added to what the chunks before it gave. */
template <class Cache, int values>
__device__ __forceinline__ void gather_piece(
    const uint32_t (&weights)[chunk_blocks][4], const typename Cache::Value* piece, int kept_tokens, int part,
    const Shares (&shares)[2], Found<values>& all) {
  // Of large heads half at a time: registers hold no more.
  constexpr int tiles = values / 16, passes = values > 128 ? 2 : 1, once = tiles / passes;
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int first = 0; first < tiles; first += once) {
    float more[once][4] = {};
#pragma unroll
    for (int i = 0; i < chunk_blocks; ++i) {
      const uint2 mask = kept(kept_tokens - i * cache_block - lane % 4 * 4);
#pragma unroll
      for (int at = 0; at < once; ++at) {
        const uint2 loaded = Cache::four(piece + (i * tiles + first + at) * 128 + lane * 4);
        multiply_tile(more[at], weights[i], loaded.x & mask.x, loaded.y & mask.y);
      }
    }
#pragma unroll
    for (int at = 0; at < once * 4; ++at) {
      float& sum = all.sums[part * tiles + first + at / 4][at % 4];
      sum = merged(sum, more[at / 4][at % 4], shares[at % 4 / 2]);
    }
  }
}

template <int values>
__device__ __forceinline__ void write_tile(
    const Attention& args, const Item& item, const Tile<values>& tile, const Found<values>& all) {
  const int group = args.heads / args.kv_heads;
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    if (tile.row[row] < 0) continue;
    const int at_row = item.first + tile.row[row];
    const size_t token = args.query_start[item.sequence] + at_row / group;
    uint16_t* to = args.output + token * args.output_stride +
                   (tile.kv_head * group + at_row % group) * values + threadIdx.x % 4 * 2;
#pragma unroll
    for (int at = 0; at < values / 8; ++at) {
      const float* sums = all.sums[at] + row * 2;
      *reinterpret_cast<uint32_t*>(to + at * 8) =
          bf16_pair(sums[0] / all.total[row], sums[1] / all.total[row]);
    }
  }
}

/**
 * A block has the rows of an item, and each of its warps a tile of them. Later rows see more, and come first:
 * what is begun last then takes least.
 */
template <int values, class Cache, int stages>
__global__ void __launch_bounds__(ragged_threads, values > 128 ? 1 : 2)
    ragged_rows(Attention args, const Counts* counts) {
  const int index = counts->ragged_items - 1 - static_cast<int>(blockIdx.y);
  if (index < 0) return;
  Item item = args.items[index];
  const int group = args.heads / args.kv_heads, context = args.context_length[item.sequence];
  const int before = context - (args.query_start[item.sequence + 1] - args.query_start[item.sequence]);
  const auto first_of = [&](int row) { return first_chunk(args, before + row / group + 1); };
  const auto last_of = [&](int row) { return (before + row / group) / chunk_tokens; };
  const int first = first_of(item.first), last = last_of(item.first + item.rows - 1);
  Pieces<values, Cache, stages> pieces(args, item, context, first, last);
  // A warp without rows takes the first ones again, for nobody.
  const int skipped = static_cast<int>(threadIdx.x) / 32 * tile_rows;
  const bool is_idle = skipped >= item.rows;
  if (!is_idle) item.first += skipped;
  item.rows = min(tile_rows, is_idle ? item.rows : item.rows - skipped);
  Tile<values> tile;
  load_tile(args, item, blockIdx.x, tile);
  const Queries<values, Cache, stages> queries(tile);
  const int own_first = first_of(item.first), own_last = is_idle ? -1 : last_of(item.first + item.rows - 1);
  Found<values> all = {};
  all.peak[0] = all.peak[1] = -INFINITY;
  for (int chunk = first; chunk <= last; ++chunk) {
    const bool is_seen = chunk >= own_first && chunk <= own_last;
    Scores scores;
    const auto* keys = pieces.template take<0>();
    if (is_seen) score_piece<Cache>(queries, keys, 0, scores);
    keys = pieces.template take<1>();
    Shares shares[2];
    uint32_t weights[chunk_blocks][4];
    if (is_seen) {
      score_piece<Cache>(queries, keys, 1, scores);
      cap_scores(args, scores);
      Weighed more;
#pragma unroll
      for (int row = 0; row < 2; ++row) {
        soften(args, tile, chunk, row, scores, more);
        shares[row] = shares_of(all.peak[row], more.peak[row]);
        all.peak[row] = shares[row].peak;
        all.total[row] = merged(all.total[row], more.total[row], shares[row]);
      }
#pragma unroll
      for (int i = 0; i < chunk_blocks; ++i) pack_weights(scores[i], weights[i]);
    }
    const int kept_tokens = context - chunk * chunk_tokens;
    const auto* sums = pieces.template take<2>();
    if (is_seen) gather_piece<Cache>(weights, sums, kept_tokens, 0, shares, all);
    sums = pieces.template take<3>();
    if (is_seen) gather_piece<Cache>(weights, sums, kept_tokens, 1, shares, all);
  }
  if (!is_idle) write_tile(args, item, tile, all);
}

}  // namespace

}  // namespace plinth::cuda
