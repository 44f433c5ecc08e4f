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

float of_f8(uint8_t bits) {
  const int exponent = bits >> 3 & 15, mantissa = bits & 7;
  const float sign = bits >> 7 ? -1.0f : 1.0f;
  if (exponent == 15 && mantissa == 7) return NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -9);
  return sign * std::ldexp(static_cast<float>(mantissa + 8), exponent - 10);
}

uint16_t to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/** The nearest number of half precision, ties to even. */
float rounded_to_half(float value) {
  if (!(std::fabs(value) < 65520.0f)) return value == value ? std::copysign(INFINITY, value) : value;
  int exponent;
  std::frexp(value, &exponent);
  // The last digit's power; numbers below 2^-14 share theirs.
  const int last = (exponent < -13 ? -13 : exponent) - 11;
  return std::ldexp(std::nearbyint(std::ldexp(value, -last)), last);
}

void read(const uint8_t* data, Element element, size_t start, int count, float* to) {
  if (element == Element::f32) {
    std::memcpy(to, data + start * 4, static_cast<size_t>(count) * 4);
    return;
  }
  for (int k = 0; k < count; ++k) {
    uint16_t bits;
    std::memcpy(&bits, data + (start + k) * 2, sizeof bits);
    to[k] = element == Element::bf16 ? of_bf16(bits) : of_f16(bits);
  }
}

/** Writes one row's codes as one column of a panel. */
void scatter_codes(const int8_t* row, int columns, uint8_t* panel, int lane, int bits) {
  for (int k = 0; k < columns; ++k) {
    if (bits == 8)
      panel[k / 2 * 32 + 16 * (k % 2) + lane] = static_cast<uint8_t>(row[k]);
    else if (k % 2 == 0)
      panel[k / 2 * 16 + lane] = static_cast<uint8_t>(row[k] + 8) & 15;
    else
      panel[k / 2 * 16 + lane] |= static_cast<uint8_t>(row[k] + 8) << 4;
  }
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

/** A source and which of its rows, where a panel's column has one. */
struct Row {
  const Tensor* source;
  int index;
};

/** Sizes of the smallest and the largest scale of some sources; those that are 0 do not count. */
struct ScaleRange {
  float least = 1.0f, most = 0.0f;

  explicit ScaleRange(const std::vector<Tensor>& sources) {
    std::vector<float> scales;
    for (const Tensor& source : sources) {
      scales.resize(source.columns / source.group);
      for (int row = 0; row < source.rows; ++row) {
        source.row_scales(row, scales.data());
        for (const float scale : scales) add(std::fabs(scale));
      }
    }
  }
  void add(float size) {
    if (size == 0.0f) return;
    // What is no number is as bad as infinity.
    if (!(size <= most)) most = size == size ? size : INFINITY;
    if (size < least) least = size;
  }
  /** The kernels' way of rounding holds for them; a model has others only where it is broken. */
  bool is_plain(Element element) const {
    return least >= 0x1p-100f && most <= (element == Element::f16 ? 256.0f : 0x1p100f);
  }
};

ScaleKind kind_of(Element element, const ScaleRange& range) {
  if (element == Element::bf16) return ScaleKind::bf16;
  if (element == Element::f32) return ScaleKind::f32;
  return range.least >= 0x1p-14f ? ScaleKind::f16 : ScaleKind::small_f16;
}

/** Codes stay codes. */
template <class RowOf>
void pack_codes(
    Matrix& out, const Tensor& like, ScaleKind scale_kind, Threads& threads, const RowOf& row_of) {
  out.bits = like.bits;
  out.group = like.group == like.columns ? out.inputs : like.group;
  out.scale_kind = scale_kind;
  const int scale_bytes = scale_kind == ScaleKind::bf16 ? 2 : 4;
  const int groups = out.inputs / out.group;
  const size_t panel_bytes = static_cast<size_t>(out.inputs) * 2 * like.bits;
  const size_t panel_scales = static_cast<size_t>(groups) * 16;
  out.memory = Region(panel_bytes * out.units * 2);
  out.scales = Region(panel_scales * out.units * 2 * scale_bytes);
  threads.run(out.units * 2, 4, [&](int first, int last) {
    // Behind a row's end are zeros.
    std::vector<int8_t> codes(out.inputs);
    std::vector<float> scales(groups);
    for (int panel = first; panel < last; ++panel) {
      for (int lane = 0; lane < 16; ++lane) {
        const Row row = row_of(panel, lane);
        if (!row.source) continue;
        row.source->codes(row.index, codes.data());
        row.source->row_scales(row.index, scales.data());
        scatter_codes(
            codes.data(), out.inputs, out.memory.as<uint8_t>() + panel * panel_bytes, lane, like.bits);
        uint8_t* to = out.scales.as<uint8_t>() + (panel * panel_scales + lane) * scale_bytes;
        for (int group = 0; group < groups; ++group)
          narrow(&scales[group], 1, to + group * 16 * scale_bytes, scale_bytes);
      }
    }
  });
}

/** Sources that are quantised in different ways are expanded, and those with scales beyond all measure. */
template <class RowOf>
Matrix packed(
    int units, const std::vector<Tensor>& sources, int outputs, int weight_bytes, Threads& threads,
    const RowOf& row_of) {
  const Tensor& like = sources[0];
  const int columns = like.columns;
  bool is_one_kind = true;
  for (const Tensor& source : sources) is_one_kind = is_one_kind && source.is_like(like);
  Matrix out;
  out.units = units;
  out.inputs = rounded_up(columns, row_values);
  out.outputs = outputs;
  if (like.bits != 0 && is_one_kind && weight_bytes == 2) {
    const ScaleRange range(sources);
    if (range.is_plain(like.element)) {
      pack_codes(out, like, kind_of(like.element, range), threads, row_of);
      return out;
    }
  }
  const size_t panel_bytes = static_cast<size_t>(out.inputs) * 16 * weight_bytes;
  out.memory = Region(panel_bytes * units * 2);
  uint8_t* memory = out.memory.as<uint8_t>();
  threads.run(units * 2, 4, [&](int first, int last) {
    std::vector<float> row(columns);
    for (int panel = first; panel < last; ++panel) {
      for (int lane = 0; lane < 16; ++lane) {
        const Row from = row_of(panel, lane);
        if (!from.source) continue;
        from.source->row(from.index, row.data());
        scatter(row.data(), columns, memory + panel * panel_bytes, lane, weight_bytes);
      }
    }
  });
  return out;
}

}  // namespace

void Tensor::row(int index, float* to) const {
  const size_t start = static_cast<size_t>(index) * (file_columns > 0 ? file_columns : columns);
  if (element == Element::f8) {
    float scale;
    row_scales(index, &scale);
    // The format's own library makes each weight of its scale's type, as of codes.
    for (int k = 0; k < columns; ++k) {
      to[k] = of_f8(data[start + k]) * scale;
      if (scale_element == Element::bf16) to[k] = of_bf16(to_bf16(to[k]));
    }
    return;
  }
  if (bits == 0) return read(data, element, start, columns, to);
  std::vector<int8_t> codes_of_row(columns);
  std::vector<float> scales_of_row(columns / group);
  codes(index, codes_of_row.data());
  row_scales(index, scales_of_row.data());
  for (int k = 0; k < columns; ++k) {
    to[k] = static_cast<float>(codes_of_row[k]) * scales_of_row[k / group];
    // The format's own library makes each weight of its scale's type.
    if (element == Element::bf16) to[k] = of_bf16(to_bf16(to[k]));
    if (element == Element::f16) to[k] = rounded_to_half(to[k]);
  }
}

void Tensor::codes(int index, int8_t* to) const {
  const size_t step = file_columns > 0 ? file_columns : columns;
  if (element == Element::f8) {
    std::memcpy(to, data + step * index, columns);
    return;
  }
  const size_t row_bytes = is_packed ? (step * bits + 31) / 32 * 4 : step;
  const uint8_t* from = data + row_bytes * index;
  const int offset = is_packed ? 1 << (bits - 1) : 0;
  for (int k = 0; k < columns; ++k) {
    if (bits == 4)
      to[k] = static_cast<int8_t>((from[k / 2] >> (k % 2 * 4) & 15) - offset);
    else
      to[k] = static_cast<int8_t>(from[k] - offset);
  }
}

void Tensor::row_scales(int index, float* to) const {
  const bool is_float = element == Element::f8;
  const int groups = is_float ? 1 : columns / group;
  const size_t step = file_groups > 0 ? file_groups : groups;
  read(scales, is_float ? scale_element : element, has_one_scale ? 0 : step * index, groups, to);
  for (int i = 0; i < groups; ++i) {
    // Rounding must not make a number of what is none.
    if (to[i] != to[i]) to[i] = NAN;
  }
}

Matrix pack(const std::vector<Tensor>& sources, int weight_bytes, Threads& threads) {
  int outputs = 0;
  for (const Tensor& source : sources) outputs += source.rows;
  const int units = rounded_up(outputs, unit_columns) / unit_columns;
  return packed(units, sources, outputs, weight_bytes, threads, [&](int panel, int lane) -> Row {
    int output = panel * 16 + lane;
    for (const Tensor& source : sources) {
      if (output < source.rows) return {&source, output};
      output -= source.rows;
    }
    return {};
  });
}

Matrix pack_gated(const Tensor& gate, const Tensor& up, int weight_bytes, Threads& threads) {
  const int units = rounded_up(gate.rows, row_values) / 16;
  return packed(units, {gate, up}, gate.rows, weight_bytes, threads, [&](int panel, int lane) -> Row {
    const int output = panel / 2 * 16 + lane;
    if (output >= gate.rows) return {};
    return {panel % 2 == 0 ? &gate : &up, output};
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
