/** Tensors of files, and their copies in the order in which kernels read them. */
#pragma once
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"
#include "threads.hpp"

namespace plinth {

/** `f8`: of 8 bits, 4 of them an exponent (E4M3), which know no infinity; they have scales. */
enum class Element { bf16, f16, f32, f8 };

/** Rows of a tensor, as they lie in its file; nothing is aligned. */
struct Tensor {
  const uint8_t* data = nullptr;
  Element element = Element::bf16;
  int rows = 0;
  int columns = 0;
  /** Of one value, where they are codes and `element` is that of their scales; else 0. */
  int bits = 0;
  /** Codes of 4 bits, or of 8 that are 128 more than they mean; else bytes with a sign. */
  bool is_packed = false;
  /** Values of a row that share a scale. */
  int group = 0;
  const uint8_t* scales = nullptr;
  /** Of `f8`, which are no codes: the type of their scales, of which there is one for each row or for all. */
  Element scale_element = Element::f32;
  bool has_one_scale = false;
  /** Columns and scales of the file's rows, where this is a part of each; else 0. */
  int file_columns = 0, file_groups = 0;

  /** Whether both are quantised in one way, or neither is. */
  bool is_like(const Tensor& other) const {
    return bits == other.bits && group == other.group && element == other.element &&
           scale_element == other.scale_element;
  }
  /** Writes `columns` floats. */
  void row(int index, float* to) const;
  /** Writes a row's codes, or its floats of 8 bits, and its scales. */
  void codes(int index, int8_t* to) const;
  void row_scales(int index, float* to) const;
};

constexpr int rounded_up(int value, int step) { return (value + step - 1) / step * step; }

/** Weights of a product, packed: see `Gemm`. */
struct Matrix {
  Region memory;
  int units = 0;
  /** Padded. */
  int inputs = 0;
  int outputs = 0;
  /** Where they are quantised; else 0: see `Gemm`. */
  int bits = 0;
  int group = 0;
  ScaleKind scale_kind = ScaleKind::bf16;
  Region scales;
  /** Its number among those that adapters change; -1: none does. */
  int product = -1;

  int stride() const { return units * unit_columns; }
  size_t bytes() const { return memory.bytes() + scales.bytes(); }
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
