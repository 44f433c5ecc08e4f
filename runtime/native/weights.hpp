/** Tensors of files, and their copies in the order in which kernels read them. */
#pragma once
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"
#include "threads.hpp"

namespace plinth {

enum class Element { bf16, f16, f32 };

/** Rows of a tensor, as they lie in its file; nothing is aligned. */
struct Tensor {
  const uint8_t* data = nullptr;
  Element element = Element::bf16;
  int rows = 0;
  int columns = 0;

  /** Writes `columns` floats. */
  void row(int index, float* to) const;
};

constexpr int rounded_up(int value, int step) { return (value + step - 1) / step * step; }

/** Weights of a product, packed: see `Gemm`. */
struct Matrix {
  Region memory;
  int units = 0;
  /** Padded. */
  int inputs = 0;
  int outputs = 0;

  int stride() const { return units * unit_columns; }
};

/** The rows of all sources one below the other. Source rows are outputs. */
Matrix pack(const std::vector<Tensor>& sources, int weight_bytes, Threads& threads);

/** Of each unit the first half from `gate`, the second from `up`. */
Matrix pack_gated(const Tensor& gate, const Tensor& up, int weight_bytes, Threads& threads);

/** One output's weights, in order of its inputs. */
void unpack(const Matrix& matrix, int weight_bytes, int output, float* to, int inputs);

/** Floats as they are, or as bfloat16. */
void narrow(const float* from, int count, uint8_t* to, int weight_bytes);

/** One vector of all sources, behind them zeros up to `padded`. */
std::vector<float> joined(const std::vector<Tensor>& sources, int padded);

}  // namespace plinth
