/**
 * Weights of 8 or 4 bits. Each becomes the bfloat16 that is nearest to its code times its scale, and is then
 * what any other weight is: sums are the same, bit for bit, as those of a model that holds such bfloat16.
 */
#pragma once
#include <cstdlib>

#include "modes.hpp"

namespace {

struct CodePair {
  Vec even, odd;
};

#if defined(__AVX512F__)
PLINTH_INLINE Vec of_codes(__m128i codes) { return {{_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes))}}; }
#endif

/** How codes lie, and what their scales are kept in: see `plinth::Gemm`. */
template <int bits, class ScaleType>
struct Form {
  using Scale = ScaleType;
  /** Of two inputs of 16 columns. */
  static constexpr int pair_bytes = bits * 4;

  static PLINTH_INLINE CodePair codes(const uint8_t* from) {
    CodePair out;
#if defined(__AVX512F__)
    if (bits == 8) {
      out.even = of_codes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
      out.odd = of_codes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16)));
      return out;
    }
    // The table is looked up by the four lowest bits alone.
    const __m512 table = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    const __m512i both = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    out.even.part[0] = _mm512_permutexvar_ps(both, table);
    out.odd.part[0] = _mm512_permutexvar_ps(_mm512_srli_epi32(both, 4), table);
#else
    PLINTH_EACH {
      Ints even, odd;
      if (bits == 8) {
        even = widened<int8_t>(from + i * lanes);
        odd = widened<int8_t>(from + 16 + i * lanes);
      } else {
        const Ints both = widened<uint8_t>(from + i * lanes);
        even = (both & 15) - 8;
        odd = (both >> 4) - 8;
      }
      out.even.part[i] = __builtin_convertvector(even, Floats);
      out.odd.part[i] = __builtin_convertvector(odd, Floats);
    }
#endif
    return out;
  }

  template <class Mode>
  static PLINTH_INLINE typename Mode::Pair pair(const uint8_t* from, Vec scales) {
    const CodePair both = codes(from);
    return Mode::rounded(both.even * scales, both.odd * scales);
  }

 private:
  template <class Code>
  static PLINTH_INLINE Ints widened(const uint8_t* from) {
    typedef Code Codes __attribute__((vector_size(lanes)));
    Codes codes;
    std::memcpy(&codes, from, sizeof codes);
    return __builtin_convertvector(codes, Ints);
  }
};

/** Of 16 columns. */
template <class Form>
struct QuantisedPanel {
  const uint8_t* codes;
  const typename Form::Scale* scales;

  QuantisedPanel(const plinth::Gemm& gemm, int panel)
      : codes(
            static_cast<const uint8_t*>(gemm.weights) +
            static_cast<size_t>(panel) * (gemm.inputs / 2) * Form::pair_bytes),
        scales(
            static_cast<const typename Form::Scale*>(gemm.scales) +
            static_cast<size_t>(panel) * (gemm.inputs / gemm.group) * 16) {}
};

/** Calls with the form of the weights. */
template <class Work>
PLINTH_INLINE void with_form(const plinth::Gemm& gemm, const Work& work) {
  const bool is_short = gemm.scale_bytes == 2;
  if (gemm.bits == 8 && is_short) work(Form<8, uint16_t>());
  if (gemm.bits == 8 && !is_short) work(Form<8, float>());
  if (gemm.bits == 4 && is_short) work(Form<4, uint16_t>());
  if (gemm.bits == 4 && !is_short) work(Form<4, float>());
}

/** One row's sums of one unit; weights go through the registers alone. */
template <class Mode, class Form>
void quantised_row(const plinth::Gemm& gemm, int unit, float* sums) {
  const auto* input = static_cast<const typename Mode::Activation*>(gemm.input);
  const QuantisedPanel<Form> left(gemm, unit * 2), right(gemm, unit * 2 + 1);
  Vec left_sum = vec(0.0f), right_sum = vec(0.0f);
  for (int first = 0, group = 0; first < gemm.inputs; first += gemm.group, ++group) {
    const Vec left_scales = load(left.scales + group * 16), right_scales = load(right.scales + group * 16);
    for (int pair = first / 2; pair < (first + gemm.group) / 2; ++pair) {
      const size_t at = static_cast<size_t>(pair) * Form::pair_bytes;
      left_sum = Mode::dot(
          left_sum, input + 2 * pair, Form::template pair<Mode>(left.codes + at, left_scales));
      right_sum = Mode::dot(
          right_sum, input + 2 * pair, Form::template pair<Mode>(right.codes + at, right_scales));
    }
  }
  store(sums, left_sum);
  store(sums + 16, right_sum);
}

/** Memory of a thread, which grows to the largest unit that it has met. */
class UnitMemory {
 public:
  ~UnitMemory() { std::free(at_); }
  uint16_t* of(int inputs) {
    if (inputs > inputs_) {
      std::free(at_);
      at_ = static_cast<uint16_t*>(std::aligned_alloc(64, static_cast<size_t>(inputs) * 64));
      if (!at_) std::abort();
      inputs_ = inputs;
    }
    return at_;
  }

 private:
  uint16_t* at_ = nullptr;
  int inputs_ = 0;
};

/** One unit as bfloat16 in the order of other weights; they stay until the thread asks for the next. */
template <class Mode>
const uint16_t* expanded_unit(const plinth::Gemm& gemm, int unit) {
  static thread_local UnitMemory memory;
  uint16_t* const all = memory.of(gemm.inputs);
  with_form(gemm, [&](auto form) {
    using Form = decltype(form);
    uint16_t* to = all;
    for (int half = 0; half < 2; ++half) {
      const QuantisedPanel<Form> panel(gemm, unit * 2 + half);
      for (int first = 0, group = 0; first < gemm.inputs; first += gemm.group, ++group) {
        const Vec scales = load(panel.scales + group * 16);
        for (int pair = first / 2; pair < (first + gemm.group) / 2; ++pair, to += 32)
          Mode::keep(
              to, Form::template pair<Mode>(panel.codes + static_cast<size_t>(pair) * Form::pair_bytes, scales));
      }
    }
  });
  return all;
}

}  // namespace
