/** See warpgroup-emulation.hpp; the sections that are named are the PTX ISA's on wgmma. */
#include "warpgroup-emulation.hpp"

#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

namespace plinth::cuda {
extern unsigned char block_memory[];
}

namespace emulated {

namespace {

/** Where shared memory begins: at no boundary but that of 16 bytes, as nothing else is promised. */
constexpr uint32_t window = 1040;
constexpr unsigned words = 227 * 1024 / 16, threads_max = 1024, warpgroup = 128;
constexpr int rows_of_a = 64, depth = 16;
/** Bits of what sums are while a product has them. */
constexpr uint32_t taken = 0x7fbadbad;

/** Of each 16 bytes: copies that are on their way, those that no fence has shown, and products that read. */
std::array<uint16_t, words> coming, hidden, readers;
/** That the block was given. */
size_t block_bytes;
/** Whether anything of all this was used since it was cleared; most blocks use nothing. */
bool is_used = false;

/** A product that a warpgroup began, with what it read. */
struct Started {
  uint64_t a, b;
  int columns;
  std::vector<float> rows_of_a, columns_of_b;
  std::vector<unsigned> read;
  unsigned done = 0;
};
std::array<std::deque<Started>, threads_max / warpgroup> warpgroups;

/** An accumulator that a thread gave away. */
struct Given {
  float* sums;
  std::vector<float> values;
  int products;
};

struct Thread {
  bool is_fenced;
  size_t begun;
  std::vector<unsigned> hidden;
  std::vector<Given> given;
  /** Closed groups of products, and behind them the open one. */
  std::deque<std::vector<std::pair<float*, size_t>>> groups;
};
std::array<Thread, threads_max> threads;

Thread& own() { return threads[thread()]; }

unsigned word_of(uint32_t address) {
  if (address < window || address - window >= block_bytes) fail("a product reads outside of shared memory");
  return (address - window) / 16;
}

unsigned word_at(const void* shared) { return word_of(shared_address(shared)); }

/** "Matrix Descriptor Format", and the canonical layouts of what is major in depth. */
struct Matrix {
  uint32_t start, leading, stride;
  unsigned mode;

  explicit Matrix(uint64_t bits)
      : start((bits & 0x3fff) << 4),
        leading((bits >> 16 & 0x3fff) << 4),
        stride((bits >> 32 & 0x3fff) << 4),
        mode(bits >> 62) {
    if (bits & 0x3ff1c000c000c000) fail("a descriptor has bits that mean nothing");
    if (bits >> 49 & 7) fail("this emulation knows no base offset of a descriptor");
  }

  /** Of eight values of a line, the first or the second of a product's depth. */
  uint32_t address(int line, int half) const {
    // By mode: none, of 128 bytes, of 64, of 32: bytes of a line, and the bits that a line's number changes.
    constexpr uint32_t bytes[] = {16, 128, 64, 32}, mask[] = {0, 0x70, 0x30, 0x10};
    const uint32_t at = start + line / 8 * stride + line % 8 * bytes[mode] + half * (mode ? 16 : leading);
    return at ^ (at >> 3 & mask[mode]);
  }
};

void read_matrix(uint64_t bits, int lines, std::vector<float>& out, std::vector<unsigned>& read) {
  const Matrix matrix(bits);
  for (int line = 0; line < lines; ++line)
    for (int half = 0; half < 2; ++half) {
      const unsigned word = word_of(matrix.address(line, half));
      if (coming[word]) fail("a product reads what is still being copied");
      if (hidden[word]) fail("a product reads what was copied and not shown to it by a fence");
      read.push_back(word);
      uint16_t values[8];
      std::memcpy(values, plinth::cuda::block_memory + word * 16, sizeof values);
      for (const uint16_t value : values) out.push_back(__uint_as_float(static_cast<uint32_t>(value) << 16));
    }
}

/** The product that this thread begins next, which its warpgroup's first thread began. */
Started& next_of(Thread& me, int columns, uint64_t a, uint64_t b) {
  auto& started = warpgroups[thread() / warpgroup];
  if (me.begun == started.size()) {
    Started& product = started.emplace_back();
    product.a = a;
    product.b = b;
    product.columns = columns;
    read_matrix(a, rows_of_a, product.rows_of_a, product.read);
    read_matrix(b, columns, product.columns_of_b, product.read);
    for (const unsigned word : product.read) ++readers[word];
  }
  Started& product = started[me.begun++];
  if (product.a != a || product.b != b || product.columns != columns)
    fail("threads of a warpgroup multiply different things");
  return product;
}

bool is_taken(const float* sums, size_t count) {
  return std::all_of(sums, sums + count, [](float sum) { return __float_as_uint(sum) == taken; });
}

/** "Register Fragments": one thread's sums. Products of a depth are added exactly, and then once. */
void add(const Started& product, std::vector<float>& sums) {
  const int in_warpgroup = static_cast<int>(thread() % warpgroup), lane = in_warpgroup % 32;
  for (size_t i = 0; i < sums.size(); ++i) {
    const int row = in_warpgroup / 32 * 16 + lane / 4 + (i % 4 >= 2 ? 8 : 0);
    const int column = static_cast<int>(i) / 4 * 8 + lane % 4 * 2 + static_cast<int>(i) % 2;
    const float* left = product.rows_of_a.data() + row * depth;
    const float* right = product.columns_of_b.data() + column * depth;
    double sum = 0;
    for (int at = 0; at < depth; ++at) sum += static_cast<double>(left[at]) * right[at];
    sums[i] = static_cast<float>(sums[i] + sum);
  }
}

/** Whether tests ask for a device whose products are not what they should be, all or those of many blocks. */
bool is_broken() {
  const char* asked = std::getenv("EMULATED_WGMMA");
  if (!asked) return false;
  return std::strcmp(asked, "broken") == 0 || (std::strcmp(asked, "crowded") == 0 && gridDim.x > 2);
}

void end_product(Thread& me, float* sums, size_t index) {
  Started& product = warpgroups[thread() / warpgroup][index];
  const auto found = std::find_if(
      me.given.begin(), me.given.end(), [&](const Given& given) { return given.sums == sums; });
  if (!is_taken(sums, found->values.size())) fail("sums were written while a product had them");
  add(product, found->values);
  if (--found->products == 0) {
    std::copy(found->values.begin(), found->values.end(), sums);
    // One warp has its sums in another order, as a wrong layout would have them.
    if (is_broken() && thread() % warpgroup < 32) std::reverse(sums, sums + found->values.size());
    me.given.erase(found);
  }
  if (++product.done < warpgroup) return;
  for (const unsigned word : product.read) --readers[word];
  product = {};
}

}  // namespace

uint32_t shared_address(const void* shared) {
  const auto at = static_cast<const unsigned char*>(shared) - plinth::cuda::block_memory;
  return window + static_cast<uint32_t>(at);
}

void copy_begins(const void* to) {
  const unsigned word = word_at(to);
  if (readers[word]) fail("a copy goes where a product still reads");
  ++coming[word];
  is_used = true;
}

void copy_ends(const void* to) {
  const unsigned word = word_at(to);
  --coming[word];
  ++hidden[word];
  own().hidden.push_back(word);
}

/** "Async Proxy": products see what was copied behind a fence of who copied it. */
void show_copies() {
  for (const unsigned word : own().hidden) --hidden[word];
  own().hidden.clear();
}

void begin_products() { own().is_fenced = is_used = true; }

/** Sums are no numbers until they are awaited. */
void multiply_later(float* sums, int count, uint64_t a, uint64_t b) {
  Thread& me = own();
  next_of(me, count * 2, a, b);
  auto found = std::find_if(
      me.given.begin(), me.given.end(), [&](const Given& given) { return given.sums == sums; });
  if (found == me.given.end()) {
    if (!me.is_fenced) fail("a product begins without a fence behind what was done to its sums");
    me.given.push_back({sums, std::vector<float>(sums, sums + count), 0});
    found = me.given.end() - 1;
    std::fill_n(sums, count, __uint_as_float(taken));
  }
  if (!is_taken(sums, count)) fail("sums were written while a product had them");
  ++found->products;
  if (me.groups.empty()) me.groups.emplace_back();
  me.groups.back().push_back({sums, me.begun - 1});
  is_used = true;
}

void close_products() {
  if (own().groups.empty()) own().groups.emplace_back();
  own().groups.emplace_back();
}

void await_products(int left) {
  Thread& me = own();
  while (me.groups.size() > static_cast<size_t>(left) + 1) {
    for (const auto& [sums, index] : me.groups.front()) end_product(me, sums, index);
    me.groups.pop_front();
  }
  me.is_fenced = false;
}

void block_begins(size_t bytes) {
  block_bytes = bytes;
  if (!is_used) return;
  for (auto* all : {&coming, &hidden, &readers}) all->fill(0);
  for (auto& started : warpgroups) started.clear();
  for (Thread& one : threads) {
    one.is_fenced = false;
    one.begun = 0;
    one.hidden.clear();
    one.given.clear();
    one.groups.clear();
  }
  is_used = false;
}

void thread_ends() {
  if (!own().given.empty()) fail("a thread ends before its products");
}

/** Nobody multiplies alone. */
void block_ends() {
  for (const auto& started : warpgroups)
    for (const Started& product : started)
      if (product.columns != 0) fail("some threads of a warpgroup multiply, others do not");
}

}  // namespace emulated
