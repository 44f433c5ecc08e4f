/**
 * Products of warpgroups as the PTX ISA describes wgmma, each thread for itself: they need nothing of each
 * other but the memory that they read. What the ISA leaves undefined ends the process.
 */
#pragma once
#include <cstddef>
#include <cstdint>

namespace emulated {

uint32_t shared_address(const void* shared);
void show_copies();
void multiply_later(float* sums, int count, uint64_t a, uint64_t b);
void begin_products();
void close_products();
void await_products(int left);

/** What the emulation of threads tells of a block and of copies into its shared memory. */
void block_begins(size_t bytes);
void thread_ends();
void block_ends();
void copy_begins(const void* to);
void copy_ends(const void* to);

/** What this needs of it: the thread that runs, and how what must not be ends. */
unsigned thread();
[[noreturn]] void fail(const char* what);

}  // namespace emulated
