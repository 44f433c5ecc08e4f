/** Functions of one value, as the processor computes them. */
#pragma once
#include <cuda_runtime.h>

namespace plinth::cuda {

/** As ../vector.hpp computes it. */
__device__ __forceinline__ float exponential(float x) {
  if (x < -87.3f) return 0.0f;
  x = fminf(x, 88.0f);
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

}  // namespace plinth::cuda
