/** Tensors of files, and their copies in the order in which kernels read them. */
#include "weights.hpp"

#include <cmath>
#include <cstring>

namespace plinth {

namespace {

float of_bf16(uint16_t bits) {
  const uint32_t word = static_cast<uint32_t>(bits) << 16;
  float out;
  std::memcpy(&out, &word, sizeof out);
  return out;
}

float of_f16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const float sign = bits >> 15 ? -1.0f : 1.0f;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  if (exponent == 31) return mantissa ? NAN : sign * INFINITY;
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

uint16_t to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/** Writes one row of a source as one column of a panel. */
void scatter(const float* row, int columns, uint8_t* panel, int lane, int weight_bytes) {
  if (weight_bytes == 2) {
    auto* to = reinterpret_cast<uint16_t*>(panel);
    for (int k = 0; k < columns; ++k) to[k / 2 * 32 + 2 * lane + k % 2] = to_bf16(row[k]);
  } else {
    auto* to = reinterpret_cast<float*>(panel);
    for (int k = 0; k < columns; ++k) to[k / 2 * 32 + 16 * (k % 2) + lane] = row[k];
  }
}

template <class RowOf>
Matrix packed(int units, int columns, int outputs, int weight_bytes, Threads& threads, const RowOf& row_of) {
  Matrix out;
  out.units = units;
  out.inputs = rounded_up(columns, row_values);
  out.outputs = outputs;
  const size_t panel_bytes = static_cast<size_t>(out.inputs) * 16 * weight_bytes;
  out.memory = Region(panel_bytes * units * 2);
  uint8_t* memory = out.memory.as<uint8_t>();
  threads.run(units * 2, 4, [&](int first, int last) {
    std::vector<float> row(columns);
    for (int panel = first; panel < last; ++panel) {
      for (int lane = 0; lane < 16; ++lane) {
        if (row_of(panel, lane, row.data()))
          scatter(row.data(), columns, memory + panel * panel_bytes, lane, weight_bytes);
      }
    }
  });
  return out;
}

}  // namespace

void Tensor::row(int index, float* to) const {
  const size_t start = static_cast<size_t>(index) * columns;
  if (element == Element::f32) {
    std::memcpy(to, data + start * 4, static_cast<size_t>(columns) * 4);
    return;
  }
  for (int k = 0; k < columns; ++k) {
    uint16_t bits;
    std::memcpy(&bits, data + (start + k) * 2, sizeof bits);
    to[k] = element == Element::bf16 ? of_bf16(bits) : of_f16(bits);
  }
}

Matrix pack(const std::vector<Tensor>& sources, int weight_bytes, Threads& threads) {
  int outputs = 0;
  for (const Tensor& source : sources) outputs += source.rows;
  const int units = rounded_up(outputs, unit_columns) / unit_columns;
  return packed(
      units, sources[0].columns, outputs, weight_bytes, threads, [&](int panel, int lane, float* row) {
        int output = panel * 16 + lane;
        for (const Tensor& source : sources) {
          if (output < source.rows) {
            source.row(output, row);
            return true;
          }
          output -= source.rows;
        }
        return false;
      });
}

Matrix pack_gated(const Tensor& gate, const Tensor& up, int weight_bytes, Threads& threads) {
  const int units = rounded_up(gate.rows, row_values) / 16;
  return packed(units, gate.columns, gate.rows, weight_bytes, threads, [&](int panel, int lane, float* row) {
    const int output = panel / 2 * 16 + lane;
    if (output >= gate.rows) return false;
    (panel % 2 == 0 ? gate : up).row(output, row);
    return true;
  });
}

void unpack(const Matrix& matrix, int weight_bytes, int output, float* to, int inputs) {
  const size_t panel_values = static_cast<size_t>(matrix.inputs) * 16;
  const int lane = output % 16;
  if (weight_bytes == 2) {
    const auto* from = matrix.memory.as<uint16_t>() + output / 16 * panel_values;
    for (int k = 0; k < inputs; ++k) to[k] = of_bf16(from[k / 2 * 32 + 2 * lane + k % 2]);
  } else {
    const auto* from = matrix.memory.as<float>() + output / 16 * panel_values;
    for (int k = 0; k < inputs; ++k) to[k] = from[k / 2 * 32 + 16 * (k % 2) + lane];
  }
}

void narrow(const float* from, int count, uint8_t* to, int weight_bytes) {
  for (int i = 0; i < count; ++i) {
    const uint16_t bits = to_bf16(from[i]);
    if (weight_bytes == 2)
      std::memcpy(to + i * 2, &bits, 2);
    else
      std::memcpy(to + i * 4, from + i, 4);
  }
}

std::vector<float> joined(const std::vector<Tensor>& sources, int padded) {
  std::vector<float> out(padded, 0.0f);
  int at = 0;
  for (const Tensor& source : sources) {
    for (int row = 0; row < source.rows; ++row, at += source.columns) source.row(row, out.data() + at);
  }
  return out;
}

}  // namespace plinth
