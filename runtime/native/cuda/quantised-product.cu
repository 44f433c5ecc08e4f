/**
 * Rows times weights of 8 or 4 bits, whole numbers or floats. Codes are streamed as they lie in memory; in
 * registers each becomes the bfloat16 that is nearest to its code times its scale. Sums are those of a model
 * that holds such bfloat16, bit for bit.
 */
#include "float8.cuh"
#include "product.cuh"

namespace plinth::cuda {

namespace {

/** A bfloat16 twice. */
__device__ __forceinline__ uint32_t twice(uint32_t half) { return half << 16 | half; }

/** Scales of bfloat16, those of a lane's outputs: of both tiles, upper and lower. */
struct ShortScales {
  using Words = uint2;
  static constexpr int bytes = 2;
  static __device__ __forceinline__ uint32_t half_of(Words words, int tile, int half) {
    const uint32_t word = tile == 0 ? words.x : words.y;
    return half == 0 ? word & 0xffff : word >> 16;
  }
  static __device__ __forceinline__ float of(Words words, int tile, int half) {
    return bf16_value(half_of(words, tile, half));
  }
};

/** Those of 32 bits. */
struct LongScales {
  using Words = uint4;
  static constexpr int bytes = 4;
  static __device__ __forceinline__ float of(Words words, int tile, int half) {
    const uint32_t upper = tile == 0 ? words.x : words.z, lower = tile == 0 ? words.y : words.w;
    return __uint_as_float(half == 0 ? upper : lower);
  }
};

/** A whole number below 2^23 as the last bits of this float is that much more than 2^23. */
constexpr uint32_t shift_bits = 0x4b000000;
constexpr float shift = 8388608.0f;

__device__ __forceinline__ float byte_of(uint32_t word, int index) {
  return __uint_as_float(__byte_perm(word, shift_bits, 0x7440 + index)) - (shift + 128.0f);
}
__device__ __forceinline__ float nibble_of(uint32_t word, int index) {
  const uint32_t nibble = word >> (index / 2 * 4 + index % 2 * 16) & 15;
  return __uint_as_float(nibble | shift_bits) - (shift + 8.0f);
}

/** How codes lie: see `code_at`. What they mean is always a float's or a bfloat16's own value. */
template <int bits, class Scales, bool is_float = false>
struct Coded {
  static constexpr int unit_pieces = bits / 4;
  static constexpr int piece_words = 32;
  static constexpr bool is_expanded = true;
  using Words = typename Scales::Words;

  /** Where a lane's scales begin; those of one group follow, 8 lanes' apart. */
  static __device__ __forceinline__ const Words* scales_of(const Product& args, int unit, int lane) {
    const int count = (args.groups + args.codes.scale_groups - 1) / args.codes.scale_groups;
    return static_cast<const Words*>(args.codes.scales) + static_cast<size_t>(unit) * count * 8 + lane / 4;
  }

  /** Eight codes of one output. */
  static __device__ __forceinline__ uint4 expanded(uint4 codes, Words scales, int tile, int half) {
    if constexpr (bits == 8) {
      const uint32_t low = half == 0 ? codes.x : codes.z, high = half == 0 ? codes.y : codes.w;
      const float scale = Scales::of(scales, tile, half);
      const auto pair = [&](uint32_t word, int index) {
        if constexpr (!is_float)
          return bf16_pair(byte_of(word, index) * scale, byte_of(word, index + 1) * scale);
        const uint32_t values = f8_pair(word, index);
        if constexpr (Scales::bytes == 2)
          return fused_pair(values, twice(Scales::half_of(scales, tile, half)), 0x80008000);
        return bf16_pair(bf16_value(values & 0xffff) * scale, bf16_value(values >> 16) * scale);
      };
      return {pair(low, 0), pair(low, 2), pair(high, 0), pair(high, 2)};
    } else {
      const uint32_t upper = tile == 0 ? codes.x : codes.z, lower = tile == 0 ? codes.y : codes.w;
      const uint32_t word = half == 0 ? upper : lower;
      if constexpr (Scales::bytes == 2) {
        // Such products have 12 bits at most: rounded once, as those of floats are.
        const uint32_t scale = twice(Scales::half_of(scales, tile, half));
        const auto pair = [&](int index) {
          constexpr uint32_t of_128 = 0x43004300, less_136 = 0xc308c308;
          constexpr uint32_t one = 0x3f803f80, nothing = 0x80008000;
          const uint32_t more = (word >> index * 4 & 0x000f000f) | of_128;
          return fused_pair(fused_pair(more, one, less_136), scale, nothing);
        };
        return {pair(0), pair(1), pair(2), pair(3)};
      } else {
        const float scale = Scales::of(scales, tile, half);
        const auto pair = [&](int index) {
          return bf16_pair(nibble_of(word, index) * scale, nibble_of(word, index + 1) * scale);
        };
        return {pair(0), pair(2), pair(4), pair(6)};
      }
    }
  }

  /** What few rows find in shared memory of a group: a lane's codes, and then its scales. */
  static constexpr int code_bytes = unit_pieces * piece_words * 16;
  static constexpr int slot_bytes = code_bytes + 32 * static_cast<int>(sizeof(Words));

  /** Copies a lane's codes of a unit and their scales, and nobody else's. */
  class Feed {
   public:
    __device__ __forceinline__ Feed(const Product& args, int unit, int lane)
        : codes_(
              reinterpret_cast<const uint4*>(args.weights) +
              static_cast<size_t>(unit) * unit_pieces * args.groups * piece_words + lane),
          scales_(scales_of(args, unit, lane)),
          piece_(static_cast<size_t>(args.groups) * piece_words),
          shared_(args.codes.scale_groups),
          lane_(lane) {}
    __device__ __forceinline__ void seek(int group) {
      next_ = codes_ + static_cast<size_t>(group) * piece_words;
      scale_ = scales_ + static_cast<size_t>(group / shared_) * 8;
      within_ = group % shared_;
    }
    /** Begins to copy a group, and goes on to the one behind it. */
    __device__ __forceinline__ void copy(unsigned char* slot) {
#pragma unroll
      for (int piece = 0; piece < unit_pieces; ++piece)
        copy_later(reinterpret_cast<uint4*>(slot) + piece * piece_words + lane_, next_ + piece * piece_);
      copy_later<sizeof(Words)>(reinterpret_cast<Words*>(slot + code_bytes) + lane_, scale_);
      next_ += piece_words;
      if (++within_ == shared_) {
        within_ = 0;
        scale_ += 8;
      }
    }

   private:
    const uint4 *codes_, *next_ = nullptr;
    const Words *scales_, *scale_ = nullptr;
    size_t piece_;
    int shared_, within_ = 0, lane_;
  };

  /** What a lane copied for itself, expanded. */
  static __device__ __forceinline__ void read(const unsigned char* slot, int lane, uint4 (&halves)[2][2]) {
    uint4 codes[unit_pieces];
#pragma unroll
    for (int piece = 0; piece < unit_pieces; ++piece)
      codes[piece] = reinterpret_cast<const uint4*>(slot)[piece * piece_words + lane];
    const Words scales = reinterpret_cast<const Words*>(slot + code_bytes)[lane];
#pragma unroll
    for (int tile = 0; tile < 2; ++tile)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        halves[tile][half] = expanded(codes[tile * (unit_pieces - 1)], scales, tile, half);
  }
};

/** Each warp expands one of the block's tiles, a group before it is multiplied. */
template <class Form>
class BlockWeights<Form, true> {
 public:
  static constexpr int ahead = 1;

  __device__ __forceinline__ explicit BlockWeights(const Product& args)
      : tile_(threadIdx.x / 32),
        lane_(threadIdx.x % 32),
        groups_(args.groups),
        shared_(args.codes.scale_groups),
        scales_(Form::scales_of(args, unit_of(args), lane_)) {}

  __device__ __forceinline__ void begin(uint4* memory) {
    next_ = scales_[0];
    await_copies<stages - 2>();
    __syncthreads();
    expand(0, memory);
  }
  __device__ __forceinline__ void advance(int group, uint4* memory) {
    if (group + 1 < groups_) expand(group + 1, memory);
  }
  __device__ __forceinline__ const uint4* weights(int group, const uint4* memory) const {
    return memory + stages * Stage<Form>::words + group % 2 * Stage<Form>::expanded;
  }

 private:
  __device__ __forceinline__ int unit_of(const Product& args) const {
    return min((static_cast<int>(blockIdx.x) * block_tiles + tile_) / 2, args.units - 1);
  }
  /** Scales come from far: those of the next group are asked for before they are needed. */
  __device__ __forceinline__ void expand(int group, uint4* memory) {
    const auto scales = next_;
    if (group + 1 < groups_) next_ = scales_[(group + 1) / shared_ * 8];
    const int piece = Form::unit_pieces == 2 ? tile_ : tile_ / 2;
    const uint4 codes = memory[group % stages * Stage<Form>::words + piece * Form::piece_words + lane_];
    uint4* to = memory + stages * Stage<Form>::words + group % 2 * Stage<Form>::expanded + tile_ * tile_words;
    to[lane_] = Form::expanded(codes, scales, tile_ % 2, 0);
    to[32 + lane_] = Form::expanded(codes, scales, tile_ % 2, 1);
  }

  int tile_, lane_, groups_, shared_;
  const typename Form::Words* scales_;
  typename Form::Words next_;
};

}  // namespace

void quantised_product(const Product& args, cudaStream_t stream) {
  const bool is_short = args.codes.scale_bytes == ShortScales::bytes;
  if (args.codes.is_float)
    is_short ? launch_product<Coded<8, ShortScales, true>>(args, stream)
             : launch_product<Coded<8, LongScales, true>>(args, stream);
  else if (args.codes.bits == 8)
    is_short ? launch_product<Coded<8, ShortScales>>(args, stream)
             : launch_product<Coded<8, LongScales>>(args, stream);
  else
    is_short ? launch_product<Coded<4, ShortScales>>(args, stream)
             : launch_product<Coded<4, LongScales>>(args, stream);
}

void prepare_quantised_product() {
  prepare_form<Coded<8, ShortScales>>();
  prepare_form<Coded<8, LongScales>>();
  prepare_form<Coded<8, ShortScales, true>>();
  prepare_form<Coded<8, LongScales, true>>();
  prepare_form<Coded<4, ShortScales>>();
  prepare_form<Coded<4, LongScales>>();
}

}  // namespace plinth::cuda
