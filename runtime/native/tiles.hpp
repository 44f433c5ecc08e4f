/**
 * The shapes of the tile registers. The compiler's own functions do not tell that tiles read memory (g++ 12:
 * amxtileintrin.h), so stores before them are fenced by hand.
 */
#pragma once
#include "vector.hpp"

namespace {

struct alignas(64) TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  PLINTH_INLINE void set(int tile, int row_count, int bytes) {
    rows[tile] = static_cast<uint8_t>(row_count);
    row_bytes[tile] = static_cast<uint16_t>(bytes);
  }
  PLINTH_INLINE void use() const { asm volatile("ldtilecfg %0" ::"m"(*this) : "memory"); }
};
static_assert(sizeof(TileShapes) == 64, "what the processor reads");

/** What was stored before is there for the tiles that are loaded after. */
PLINTH_INLINE void fence() { asm volatile("" ::: "memory"); }

}  // namespace
