/** Functions of one value, as the processor computes them. */
#pragma once
#include <cuda_runtime.h>

namespace plinth::cuda {

/** As ../vector.hpp computes it; what is no number stays none. */
__device__ __forceinline__ float exponential(float x) {
  if (x < -87.3f) return 0.0f;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = fmaf(x, 1.44269504f, 12582912.0f), whole = shifted - 12582912.0f;
  float rest = fmaf(whole, -0.693359375f, x);
  rest = fmaf(whole, 2.12194440e-4f, rest);
  float series = fmaf(rest, 1.9875691500e-4f, 1.3981999507e-3f);
  series = fmaf(series, rest, 8.3334519073e-3f);
  series = fmaf(series, rest, 4.1665795894e-2f);
  series = fmaf(series, rest, 1.6666665459e-1f);
  series = fmaf(series, rest, 5.0000001201e-1f);
  series = fmaf(series, rest * rest, rest + 1.0f);
  return series * __uint_as_float((__float_as_uint(shifted) - 0x4b400000u + 127u) << 23);
}

/** cap * tanh(value / cap). */
__device__ __forceinline__ float capped(float value, float cap) {
  return cap - 2.0f * cap / (exponential(value * (2.0f / cap)) + 1.0f);
}

__device__ __forceinline__ float silu(float value) { return value / (1.0f + expf(-value)); }

/** In its tanh form: x times the sigmoid of twice sqrt(2 / pi) * (x + 0.044715 x^3). */
__device__ __forceinline__ float gelu(float value) {
  return value / (1.0f + expf(-value * (1.59576912f + 0.0713548163f * value * value)));
}

}  // namespace plinth::cuda
