/**
 * Weights of 8 or 4 bits. Each becomes the bfloat16 that is nearest to its code times its scale, and is then
 * what any other weight is: sums are the same, bit for bit, as those of a model that holds such bfloat16.
 */
#pragma once
#include <type_traits>

#include "modes.hpp"

namespace {

struct CodePair {
  Vec even, odd;
};

/** As many as a register holds. */
PLINTH_INLINE Ints signed_bytes(const uint8_t* from) {
#if PLINTH_LANES == 16
  return (Ints)_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif PLINTH_LANES == 8
  return (Ints)_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
#else
  return Ints{(int8_t)from[0], (int8_t)from[1], (int8_t)from[2], (int8_t)from[3]};
#endif
}

PLINTH_INLINE Ints plain_bytes(const uint8_t* from) {
#if PLINTH_LANES == 16
  return (Ints)_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif PLINTH_LANES == 8
  return (Ints)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
#else
  return Ints{from[0], from[1], from[2], from[3]};
#endif
}

/** How codes lie, and what their scales were kept in: see `plinth::Gemm`. */
template <int bits, ScaleKind kind>
struct Form {
  static constexpr ScaleKind scale_kind = kind;
  using Scale = std::conditional_t<kind == ScaleKind::bf16, uint16_t, float>;
  /** Of two inputs of 16 columns. */
  static constexpr int pair_bytes = bits * 4;
  /** What codes mean is so much more than what `codes` gives; it costs nothing where products are fused. */
  static constexpr float offset = bits == 4 && lanes == 8 ? -8.0f : 0.0f;

  static PLINTH_INLINE CodePair codes(const uint8_t* from) {
    CodePair out;
    PLINTH_EACH {
      if (bits == 8) {
        out.even.part[i] = __builtin_convertvector(signed_bytes(from + i * lanes), Floats);
        out.odd.part[i] = __builtin_convertvector(signed_bytes(from + 16 + i * lanes), Floats);
        continue;
      }
      const Ints both = plain_bytes(from + i * lanes);
#if PLINTH_LANES == 16
      // The table is looked up by the four lowest bits alone.
      const __m512 table = _mm512_setr_ps(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
      out.even.part[i] = _mm512_permutexvar_ps((__m512i)both, table);
      out.odd.part[i] = _mm512_permutexvar_ps((__m512i)(both >> 4), table);
#else
      constexpr int zero = lanes == 8 ? 0 : 8;
      out.even.part[i] = __builtin_convertvector((both & 15) - zero, Floats);
      out.odd.part[i] = __builtin_convertvector((both >> 4) - zero, Floats);
#endif
    }
    return out;
  }
};

/** 16 columns, from input `first` on: where a group begins, or within one. */
template <class Mode, class Form>
struct QuantisedPanel {
  const uint8_t* codes;
  const typename Form::Scale* scales;

  PLINTH_INLINE QuantisedPanel(const plinth::Gemm& gemm, int panel, int first)
      : codes(
            static_cast<const uint8_t*>(gemm.weights) +
            (static_cast<size_t>(panel) * gemm.inputs + first) / 2 * Form::pair_bytes),
        scales(
            static_cast<const typename Form::Scale*>(gemm.scales) +
            (static_cast<size_t>(panel) * (gemm.inputs / gemm.group) + first / gemm.group) * 16) {}

  PLINTH_INLINE Vec group_scales(int group) const {
    return prepared<Form::scale_kind>(load(scales + group * 16));
  }
  PLINTH_INLINE typename Mode::Pair pair(int index, Vec scales_of_group) const {
    const uint8_t* from = codes + static_cast<size_t>(index) * Form::pair_bytes;
    // As for other weights: see PlainPanel.
    __builtin_prefetch(from + 1024);
    const CodePair both = Form::codes(from);
    return Mode::template weights<Form::scale_kind>(both.even, both.odd, Form::offset, scales_of_group);
  }
};

/** The same; what is read stays in a room for others, as bfloat16 in the order of other weights. */
template <class Mode, class Form>
struct KeptPanel : QuantisedPanel<Mode, Form> {
  uint16_t* room;

  PLINTH_INLINE KeptPanel(const plinth::Gemm& gemm, int panel, int first, uint16_t* to)
      : QuantisedPanel<Mode, Form>(gemm, panel, first), room(to) {}

  PLINTH_INLINE typename Mode::Pair pair(int index, Vec scales_of_group) const {
    const auto both = QuantisedPanel<Mode, Form>::pair(index, scales_of_group);
    Mode::keep(room + static_cast<size_t>(index) * 32, both);
    return both;
  }
};

/** Calls with the form of the weights. */
template <int bits, class Work>
PLINTH_INLINE void with_scales(const plinth::Gemm& gemm, const Work& work) {
  if (gemm.scale_kind == ScaleKind::bf16) return work(Form<bits, ScaleKind::bf16>());
  if (gemm.scale_kind == ScaleKind::f16) return work(Form<bits, ScaleKind::f16>());
  if (gemm.scale_kind == ScaleKind::small_f16) return work(Form<bits, ScaleKind::small_f16>());
  work(Form<bits, ScaleKind::f32>());
}

template <class Work>
PLINTH_INLINE void with_form(const plinth::Gemm& gemm, const Work& work) {
  if (gemm.bits == 8) return with_scales<8>(gemm, work);
  with_scales<4>(gemm, work);
}

/** Inputs that are expanded at once, or multiplied at once by many rows: weights stay in the first cache. */
constexpr int inputs_together = 256;

/** Where those from `first` on end: with whole groups, or within one. */
inline int end_of_inputs(const plinth::Gemm& gemm, int first) {
  int end = first + inputs_together;
  if (gemm.bits != 0 && gemm.group <= inputs_together) {
    end = first + inputs_together / gemm.group * gemm.group;
  } else if (gemm.bits != 0) {
    const int end_of_group = (first / gemm.group + 1) * gemm.group;
    end = end < end_of_group ? end : end_of_group;
  }
  return end < gemm.inputs ? end : gemm.inputs;
}

/** Inputs from `first` to `last`, which lie together, of a panel. */
template <class Mode>
void expand_panel(const plinth::Gemm& gemm, int panel, int first, int last, uint16_t* room) {
  with_form(gemm, [&](auto form) {
    const KeptPanel<Mode, decltype(form)> from(gemm, panel, first, room);
    const int group = gemm.group < last - first ? gemm.group : last - first;
    for (int start = 0; start < last - first; start += group) {
      const Vec scales = from.group_scales(start / group);
      for (int pair = start / 2; pair < (start + group) / 2; ++pair) from.pair(pair, scales);
    }
  });
}

}  // namespace
