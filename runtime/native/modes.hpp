/** How a pair of inputs meets a pair of weights: the one thing in which number formats differ. */
#pragma once
#include "kernels.hpp"
#include "vector.hpp"

namespace {

using plinth::ScaleKind;

/** Scales as `first_rounded` takes them. */
template <ScaleKind kind>
PLINTH_INLINE Vec prepared(Vec scales) {
  return kind == ScaleKind::f16 ? scales * vec(8192.0f) : scales;
}

/**
 * Codes, each with `offset` added, times scales, rounded to half precision where scales were of it.
 *
 * x + 8192 x has its last digit where x's nearest number of half precision has it, so what is left of it
 * without 8192 x is that number, ties to even. 8192 x is exact: codes and such scales have few digits.
 */
template <ScaleKind kind>
PLINTH_INLINE Vec first_rounded(Vec codes, float offset, Vec scales) {
  const Vec product = offset == 0 ? codes * scales : fused(codes, scales, vec(offset) * scales);
  if (kind == ScaleKind::f16) return fused(product, vec(0x1p-13f), product) - product;
  return kind == ScaleKind::small_f16 ? rounded_to_half(product) : product;
}

/** Weights are bfloat16, activations float. */
struct Mixed {
  using Activation = float;
  using Weight = uint16_t;
  struct Pair {
    Vec even, odd;
  };
  static PLINTH_INLINE Pair pair(const Weight* from) {
    Pair out;
    PLINTH_EACH {
      Words words;
      std::memcpy(&words, from + 2 * i * lanes, sizeof words);
      out.even.part[i] = (Floats)(words << 16);
      out.odd.part[i] = (Floats)(words & 0xffff0000u);
    }
    return out;
  }
  static PLINTH_INLINE Vec dot(Vec so_far, const Activation* input, const Pair& weights) {
    return fused(vec(input[1]), weights.odd, fused(vec(input[0]), weights.even, so_far));
  }
  /** Codes, each with `offset` added, times scales that are `prepared`, as bfloat16. */
  template <ScaleKind kind>
  static PLINTH_INLINE Pair weights(Vec even, Vec odd, float offset, Vec scales) {
    even = first_rounded<kind>(even, offset, scales);
    odd = first_rounded<kind>(odd, offset, scales);
    return {rounded(even), rounded(odd)};
  }
  /** Writes what `pair` reads. */
  static PLINTH_INLINE void keep(Weight* to, const Pair& pair) {
    PLINTH_EACH {
      const Words words = ((Words)pair.even.part[i] >> 16) | (Words)pair.odd.part[i];
      std::memcpy(to + 2 * i * lanes, &words, sizeof words);
    }
  }
  static PLINTH_INLINE int place(int lane, int odd) { return 2 * lane + odd; }
  /** Where 16 values of a row of activations lie, from `column` on. */
  static PLINTH_INLINE size_t at(size_t row, size_t column, size_t stride) { return row * stride + column; }

 private:
  /**
   * To the nearest bfloat16, ties to even, in Veltkamp's way: 65537 x has its last digit where that has it.
   * Scales are such that nothing is too large or too small for it: see `pack`.
   */
  static PLINTH_INLINE Vec rounded(Vec x) {
    const Vec sum = x * vec(65537.0f);
    return sum - (sum - x);
  }
};

/** All is float. */
struct Exact {
  using Activation = float;
  using Weight = float;
  using Pair = Mixed::Pair;
  static PLINTH_INLINE Pair pair(const Weight* from) { return {load(from), load(from + 16)}; }
  static PLINTH_INLINE Vec dot(Vec so_far, const Activation* input, const Pair& weights) {
    return Mixed::dot(so_far, input, weights);
  }
  static PLINTH_INLINE int place(int lane, int odd) { return 16 * odd + lane; }
  static PLINTH_INLINE size_t at(size_t row, size_t column, size_t stride) { return row * stride + column; }
};

#if defined(__AVX512BF16__)
/** All is bfloat16; sums are float. */
struct Short {
  using Activation = uint16_t;
  using Weight = uint16_t;
  using Pair = __m512bh;
  static PLINTH_INLINE Pair pair(const Weight* from) { return (__m512bh)_mm512_loadu_si512(from); }
  static PLINTH_INLINE Vec dot(Vec so_far, const Activation* input, const Pair& weights) {
    int32_t both;
    std::memcpy(&both, input, sizeof both);
    so_far.part[0] = _mm512_dpbf16_ps(so_far.part[0], (__m512bh)_mm512_set1_epi32(both), weights);
    return so_far;
  }
  /** The processor's own instruction rounds. */
  template <ScaleKind kind>
  static PLINTH_INLINE Pair weights(Vec even, Vec odd, float offset, Vec scales) {
    alignas(64) static constexpr uint16_t by_turns[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,
                                                          21, 6, 22, 7, 23, 8,  24, 9,  25, 10, 26,
                                                          11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    even = first_rounded<kind>(even, offset, scales);
    odd = first_rounded<kind>(odd, offset, scales);
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(odd.part[0], even.part[0]);
    return (__m512bh)_mm512_permutexvar_epi16(_mm512_load_si512(by_turns), both);
  }
  static PLINTH_INLINE void keep(Weight* to, const Pair& pair) {
    _mm512_storeu_si512(to, (__m512i)pair);
  }
  static PLINTH_INLINE int place(int lane, int odd) { return 2 * lane + odd; }
  static PLINTH_INLINE size_t at(size_t row, size_t column, size_t stride) { return row * stride + column; }
};

/** As `Short`; activations lie as tiles take them: 32 values of 16 rows together. */
struct Tiled : Short {
  static PLINTH_INLINE size_t at(size_t row, size_t column, size_t stride) {
    return row / 16 * 16 * stride + column / 32 * 512 + row % 16 * 32 + column % 32;
  }
};
#endif

template <class Weight>
PLINTH_INLINE Weight narrowed(float value);
template <>
PLINTH_INLINE float narrowed<float>(float value) {
  return value;
}
template <>
PLINTH_INLINE uint16_t narrowed<uint16_t>(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

}  // namespace
