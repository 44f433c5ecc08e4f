/**
 * Sixteen floats, whatever the processor has for them: one register of AVX-512, two of AVX2, four of any
 * other. Every kernel is written on them once and compiled for each path, in a translation unit of its own.
 * Sums keep their order everywhere: no multiplication and addition is fused unless it says so
 * (-ffp-contract=off).
 */
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace {

#if defined(__AVX512F__)
#define PLINTH_LANES 16
#elif defined(__AVX2__)
#define PLINTH_LANES 8
#else
#define PLINTH_LANES 4
#endif

constexpr int lanes = PLINTH_LANES;
constexpr int parts = 16 / lanes;

typedef float Floats __attribute__((vector_size(PLINTH_LANES * 4)));
typedef uint32_t Words __attribute__((vector_size(PLINTH_LANES * 4)));
typedef int32_t Ints __attribute__((vector_size(PLINTH_LANES * 4)));
typedef uint16_t Halves __attribute__((vector_size(PLINTH_LANES * 2)));

struct Vec {
  Floats part[parts];
};

#define PLINTH_EACH _Pragma("GCC unroll 4") for (int i = 0; i < parts; ++i)
#define PLINTH_INLINE inline __attribute__((always_inline))

PLINTH_INLINE Vec vec(float value) {
  Vec out;
  PLINTH_EACH out.part[i] = value - Floats{};
  return out;
}

PLINTH_INLINE Vec load(const float* from) {
  Vec out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

PLINTH_INLINE void store(float* to, Vec value) { std::memcpy(to, &value, sizeof value); }

PLINTH_INLINE Vec operator+(Vec a, Vec b) {
  PLINTH_EACH a.part[i] = a.part[i] + b.part[i];
  return a;
}

PLINTH_INLINE Vec operator-(Vec a, Vec b) {
  PLINTH_EACH a.part[i] = a.part[i] - b.part[i];
  return a;
}

PLINTH_INLINE Vec operator*(Vec a, Vec b) {
  PLINTH_EACH a.part[i] = a.part[i] * b.part[i];
  return a;
}

PLINTH_INLINE Vec operator/(Vec a, Vec b) {
  PLINTH_EACH a.part[i] = a.part[i] / b.part[i];
  return a;
}

/** The larger one; the second where either is no number. */
PLINTH_INLINE Vec larger(Vec a, Vec b) {
  PLINTH_EACH a.part[i] = a.part[i] > b.part[i] ? a.part[i] : b.part[i];
  return a;
}

PLINTH_INLINE Floats fused(Floats a, Floats b, Floats c) {
#if PLINTH_LANES == 16
  return _mm512_fmadd_ps(a, b, c);
#elif PLINTH_LANES == 8
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

/** a times b plus c, rounded once where the processor can. */
PLINTH_INLINE Vec fused(Vec a, Vec b, Vec c) {
  PLINTH_EACH c.part[i] = fused(a.part[i], b.part[i], c.part[i]);
  return c;
}

PLINTH_INLINE float sum(Vec value) {
  float at[16];
  store(at, value);
  for (int half = 8; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) at[lane] += at[lane + half];
  }
  return at[0];
}

PLINTH_INLINE float largest(Vec value) {
  float at[16];
  store(at, value);
  for (int half = 8; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane)
      at[lane] = at[lane] > at[lane + half] ? at[lane] : at[lane + half];
  }
  return at[0];
}

/** e to the power of each, nearly as exact as floats are; 0 below -87.3, and exactly 1 for 0. */
PLINTH_INLINE Vec exponential(Vec value) {
  Vec out;
  PLINTH_EACH {
    const Floats zero = {};
    Floats x = value.part[i];
    const auto vanishes = x < zero - 87.3f;
    x = vanishes ? zero : x;
    x = x > zero + 88.0f ? zero + 88.0f : x;
    // Adding and taking off 1.5 times 2^23 rounds to a whole number.
    const Floats shifted = fused(x, zero + 1.44269504f, zero + 12582912.0f);
    const Floats whole = shifted - 12582912.0f;
    Floats rest = fused(whole, zero - 0.693359375f, x);
    rest = fused(whole, zero + 2.12194440e-4f, rest);
    Floats series = fused(rest, zero + 1.9875691500e-4f, zero + 1.3981999507e-3f);
    series = fused(series, rest, zero + 8.3334519073e-3f);
    series = fused(series, rest, zero + 4.1665795894e-2f);
    series = fused(series, rest, zero + 1.6666665459e-1f);
    series = fused(series, rest, zero + 5.0000001201e-1f);
    series = fused(series, rest * rest, rest + 1.0f);
    const Ints exponent = (Ints)shifted - 0x4b400000 + 127;
    out.part[i] = vanishes ? zero : series * (Floats)(exponent << 23);
  }
  return out;
}

/** cap * tanh(value / cap). */
PLINTH_INLINE Vec capped(Vec value, float cap) {
  const Vec power = exponential(value * vec(2.0f / cap));
  return vec(cap) - vec(2.0f * cap) / (power + vec(1.0f));
}

PLINTH_INLINE Vec load(const uint16_t* from) {
  Vec out;
  PLINTH_EACH {
    Halves bits;
    std::memcpy(&bits, from + i * lanes, sizeof bits);
    out.part[i] = (Floats)(__builtin_convertvector(bits, Words) << 16);
  }
  return out;
}

/** Of the nearest bfloat16, ties to even, in the upper half; what is no number may become one. */
PLINTH_INLINE Words rounded_bits(Floats value) {
  const Words bits = (Words)value;
  return bits + 0x7fff + ((bits >> 16) & 1);
}

/** The nearest number of half precision, ties to even; none may be 65520 or larger. */
PLINTH_INLINE Vec rounded_to_half(Vec value) {
#if defined(__AVX512F__)
  value.part[0] = _mm512_cvtph_ps(_mm512_cvtps_ph(value.part[0], _MM_FROUND_TO_NEAREST_INT));
#else
  PLINTH_EACH {
    const Words exponent = (Words)value.part[i] & 0x7f800000u;
    const Words least = Words{} + (113u << 23);
    // 1.5 times 2^13 times the exponent's power: its last digit is that of half precision.
    const Words larger = exponent > least ? exponent : least;
    const Floats shift = (Floats)(larger + (13u << 23 | 1u << 22));
    value.part[i] = (value.part[i] + shift) - shift;
  }
#endif
  return value;
}

/** To the nearest bfloat16, ties to even; what is no number stays none. */
PLINTH_INLINE void store(uint16_t* to, Vec value) {
  PLINTH_EACH {
    const Words bits = (Words)value.part[i];
    const Words rounded = rounded_bits(value.part[i]) >> 16;
    const Words kept = value.part[i] == value.part[i] ? rounded : (bits >> 16) | 0x40;
    const Halves out = __builtin_convertvector(kept, Halves);
    std::memcpy(to + i * lanes, &out, sizeof out);
  }
}

}  // namespace
