/** Threads of a block as fibers on one thread of the processor, and calls of the CUDA runtime beside them. */
#include <cuda_runtime.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "warpgroup-emulation.hpp"

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace plinth::cuda {
/** What an H200 gives a block at most. */
constexpr size_t block_memory_bytes = 227 * 1024;
constexpr size_t marks = 256;
constexpr unsigned char mark = 0xa5;
alignas(16) unsigned char block_memory[block_memory_bytes + marks];
}  // namespace plinth::cuda

#if defined(__x86_64__)
/** Pushes what a function must keep, and goes on where the other stack left off. */
extern "C" void plinth_switch(void** from, void* to);
asm(R"(
.text
.globl plinth_switch
.hidden plinth_switch
.type plinth_switch, @function
plinth_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size plinth_switch, .-plinth_switch
)");
#endif

namespace emulated {

using plinth::cuda::mark, plinth::cuda::marks;

namespace {

constexpr size_t stack_bytes = 64 * 1024;
constexpr unsigned threads_max = 1024, lanes = 32;

struct Copy {
  void* to;
  const void* from;
  size_t bytes;
};

struct Fiber {
#if defined(__x86_64__)
  void* stack_pointer = nullptr;
#else
  ucontext_t context;
#endif
  bool is_done = false, has_awaited = false;
  std::deque<std::vector<Copy>> copies;
};

struct Warp {
  unsigned arrived = 0, rounds = 0;
  Meeting meeting = {};
  uint32_t words[2][lanes * words_max];
};

Fiber fibers[threads_max];
Warp warp_states[threads_max / lanes];
unsigned char* stacks = nullptr;
unsigned current = 0, at_barrier = 0, barrier_rounds = 0;
const std::function<void()>* running = nullptr;

}  // namespace

void fail(const char* what) {
  std::fprintf(stderr, "emulated device: %s (block %u, thread %u)\n", what, blockIdx.x, current);
  std::abort();
}

unsigned thread() { return current; }

namespace {

#if defined(__x86_64__)
void* scheduler = nullptr;
void leave() { plinth_switch(&fibers[current].stack_pointer, scheduler); }
void enter(unsigned index) { plinth_switch(&scheduler, fibers[index].stack_pointer); }
#else
ucontext_t scheduler;
void leave() { swapcontext(&fibers[current].context, &scheduler); }
void enter(unsigned index) { swapcontext(&scheduler, &fibers[index].context); }
#endif

void run_fiber() {
  (*running)();
  thread_ends();
  fibers[current].is_done = true;
  while (true) leave();
}

void start(unsigned index) {
  Fiber& fiber = fibers[index];
  fiber.is_done = fiber.has_awaited = false;
  fiber.copies.clear();
  unsigned char* base = stacks + index * stack_bytes;
#if defined(__x86_64__)
  // As if run_fiber had just been called: six kept registers, then where to go on.
  auto* top = reinterpret_cast<void**>(base + stack_bytes) - 2;
  *top = reinterpret_cast<void*>(run_fiber);
  fiber.stack_pointer = top - 6;
#else
  getcontext(&fiber.context);
  fiber.context.uc_stack = {base, 0, stack_bytes};
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, run_fiber, 0);
#endif
}

void resume(unsigned index) {
  current = index;
  threadIdx = dim3(index, 0, 0);
  enter(index);
}

void run_block(unsigned threads, size_t bytes, bool is_early) {
  // No numbers in what a block was given, and marks behind it.
  std::memset(plinth::cuda::block_memory, 0xff, bytes);
  std::memset(plinth::cuda::block_memory + bytes, mark, marks);
  for (Warp& warp : warp_states) warp.arrived = warp.rounds = 0;
  at_barrier = 0;
  block_begins(bytes);
  for (unsigned index = 0; index < threads; ++index) start(index);
  for (bool is_moving = true; is_moving;) {
    is_moving = false;
    for (unsigned first = 0; first < threads; first += lanes) {
      // A warp runs as long as its lanes meet nobody but each other.
      for (unsigned before = ~0u; before != warp_states[first / lanes].rounds;) {
        before = warp_states[first / lanes].rounds;
        for (unsigned index = first; index < std::min(first + lanes, threads); ++index) {
          if (fibers[index].is_done) continue;
          resume(index);
          is_moving = true;
        }
      }
    }
    if (at_barrier > 0) {
      const auto is_done = [](const Fiber& fiber) { return fiber.is_done; };
      const auto done = std::count_if(fibers, fibers + threads, is_done);
      if (done > 0 || at_barrier != threads) fail("some threads wait at a barrier, others do not");
      at_barrier = 0;
      ++barrier_rounds;
    }
  }
  block_ends();
  const auto has_awaited = [](const Fiber& fiber) { return fiber.has_awaited; };
  if (is_early && !std::all_of(fibers, fibers + threads, has_awaited))
    fail("a kernel that may begin early did not wait for those before");
  const unsigned char* behind = plinth::cuda::block_memory + bytes;
  if (std::count(behind, behind + marks, mark) != marks) fail("a block writes behind its shared memory");
}

/** Devices take turns, kernel by kernel. */
std::mutex turn;

void run(const Launch& launch) {
  const std::lock_guard<std::mutex> mine(turn);
  if (!stacks) {
    void* at = mmap(
        nullptr, stack_bytes * threads_max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) fail("no memory for stacks");
    stacks = static_cast<unsigned char*>(at);
  }
  if (launch.is_early && !launch.prefers_shared)
    fail("a kernel that may begin early divides a multiprocessor's memory otherwise than those before");
  const unsigned threads = launch.block.x;
  if (threads % lanes != 0 || threads > threads_max) fail("blocks are whole warps here");
  gridDim = launch.grid;
  blockDim = launch.block;
  running = &launch.kernel;
  for (unsigned z = 0; z < gridDim.z; ++z)
    for (unsigned y = 0; y < gridDim.y; ++y)
      for (unsigned x = 0; x < gridDim.x; ++x) {
        blockIdx = dim3(x, y, z);
        run_block(threads, launch.bytes, launch.is_early);
      }
}

}  // namespace

int lane() { return static_cast<int>(current % lanes); }

void meet_block() {
  ++at_barrier;
  const unsigned round = barrier_rounds;
  while (barrier_rounds == round) leave();
}

const uint32_t* meet_warp(Meeting meeting, const void* words, size_t bytes) {
  Warp& warp = warp_states[current / lanes];
  if (warp.arrived > 0 && warp.meeting != meeting) fail("lanes of a warp wait for different things");
  warp.meeting = meeting;
  const unsigned round = warp.rounds;
  uint32_t* all = warp.words[round % 2];
  std::memcpy(all + current % lanes * words_max, words, bytes);
  if (++warp.arrived == lanes) {
    warp.arrived = 0;
    ++warp.rounds;
  }
  for (unsigned tries = 0; warp.rounds == round; ++tries) {
    if (tries > 2) fail("a lane waits for others that do not come");
    leave();
  }
  return all;
}

void copy_later(void* to, const void* from, size_t bytes) {
  if (reinterpret_cast<size_t>(to) % bytes != 0 || reinterpret_cast<size_t>(from) % bytes != 0)
    fail("a copy is not aligned");
  copy_begins(to);
  auto& copies = fibers[current].copies;
  if (copies.empty()) copies.emplace_back();
  copies.back().push_back({to, from, bytes});
}

void close_copies() {
  auto& copies = fibers[current].copies;
  if (copies.empty()) copies.emplace_back();
  copies.emplace_back();
}

void await_copies(int left) {
  auto& copies = fibers[current].copies;
  while (copies.size() > static_cast<size_t>(left) + 1) {
    for (const auto& [to, from, bytes] : copies.front()) {
      if (from)
        std::memcpy(to, from, bytes);
      else
        std::memset(to, 0, bytes);
      copy_ends(to);
    }
    copies.pop_front();
  }
}

void await_kernels() { fibers[current].has_awaited = true; }

}  // namespace emulated

struct EmulatedGraph {
  int device;
  std::vector<std::function<void()>> works;
  /** The device's memory that it has since it was uploaded. */
  void* room = nullptr;
};

struct EmulatedEvent {
  std::chrono::steady_clock::time_point at;
};

namespace {

constexpr int devices = 4;
/** Of the calling thread. */
thread_local int device = 0;

/** Of the calling thread: streams that capture, and whether it did meanwhile what no graph can hold. */
thread_local int captures = 0;
thread_local bool is_capture_broken = false;

/** Memory neither comes nor goes while the thread captures, and what it captures is lost by asking. */
bool may_change_memory() {
  is_capture_broken = captures > 0;
  return captures == 0;
}

struct Stream : EmulatedStream {
  using EmulatedStream::EmulatedStream;
  ~Stream() override {
    if (graph) --captures;
  }
  /** What is being captured. */
  std::unique_ptr<EmulatedGraph> graph;

  bool run(const std::function<void()>& work) override {
    if (device != ::device) return false;
    if (graph)
      graph->works.push_back(work);
    else
      work();
    return true;
  }
};

cudaError_t done_if(bool is_done) { return is_done ? cudaSuccess : cudaErrorInvalidResourceHandle; }

/** Whether it is the calling thread's device's, and what it is told is done at once. */
bool is_free(cudaStream_t stream) {
  return stream->device == device && !static_cast<Stream*>(stream)->graph;
}

constexpr size_t page = 4096;
constexpr size_t device_bytes = size_t{1} << 30;

struct Mapping {
  void* at;
  size_t bytes;
  int device;
  /** What lies behind what was asked for, up to where a page ends: as it was filled. */
  const unsigned char *end, *page_end;
  unsigned char filled;
};
std::mutex mapping;
std::map<void*, Mapping> mappings;
std::mutex allowing;
/** By device and kernel. */
std::map<std::pair<int, void (*)()>, int> allowed_bytes, carveouts;

/** Of memory of either side: what is copied from behind the one is seen behind the other. */
constexpr unsigned char behind_device = 0xa5, behind_host = 0x5a;

/** Ends, but for what aligns it, where a page begins that cannot be touched. */
void* mapped(size_t bytes, unsigned char behind) {
  const size_t used = (bytes + 15) / 16 * 16, whole = (used + page - 1) / page * page;
  void* at = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  mprotect(static_cast<char*>(at) + whole, page, PROT_NONE);
  std::memset(at, 0xff, whole);
  auto* given = static_cast<unsigned char*>(at) + whole - used;
  std::memset(given + bytes, behind, used - bytes);
  const std::lock_guard<std::mutex> mine(mapping);
  mappings[given] = {at, whole + page, device, given + bytes, given + used, behind};
  return given;
}

/** What was not given is freed by nobody, but as a change it counts. */
cudaError_t unmapped(void* given) {
  if (!may_change_memory()) return cudaErrorStreamCaptureUnsupported;
  const std::lock_guard<std::mutex> mine(mapping);
  const auto found = mappings.find(given);
  if (found == mappings.end()) return cudaSuccess;
  const Mapping& held = found->second;
  if (std::any_of(held.end, held.page_end, [&](unsigned char byte) { return byte != held.filled; }))
    emulated::fail("something was written behind what was allocated");
  munmap(held.at, held.bytes);
  mappings.erase(found);
  return cudaSuccess;
}

}  // namespace

const char* cudaGetErrorString(cudaError_t code) {
  return code == cudaSuccess ? "no error" : "emulated error";
}
cudaError_t cudaGetDeviceCount(int* count) { return *count = devices, cudaSuccess; }
/** An H200's architecture, or an A100's where tests ask for a device without warpgroups. */
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int) {
  const char* asked = std::getenv("EMULATED_WGMMA");
  *out = {"emulated", asked && std::strcmp(asked, "none") == 0 ? 8 : 9, 0, 1, device_bytes};
  return cudaSuccess;
}
cudaError_t cudaGetLastError() { return cudaSuccess; }
/** As old as tests ask for. */
cudaError_t cudaDriverGetVersion(int* version) {
  const char* asked = std::getenv("EMULATED_DRIVER");
  return *version = asked ? std::atoi(asked) : 13000, cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaSetDevice(int wanted) {
  if (wanted < 0 || wanted >= devices) return cudaErrorInvalidDevice;
  return device = wanted, cudaSuccess;
}
cudaError_t cudaGetDevice(int* out) { return *out = device, cudaSuccess; }
/** An H200's, or as little as tests ask for. */
cudaError_t cudaDeviceGetAttribute(int* out, cudaDeviceAttr attribute, int) {
  if (attribute != cudaDevAttrMaxSharedMemoryPerBlockOptin) return cudaErrorInvalidValue;
  const char* asked = std::getenv("EMULATED_SHARED_KIB");
  *out = asked ? std::atoi(asked) * 1024 : static_cast<int>(plinth::cuda::block_memory_bytes);
  return cudaSuccess;
}
static cudaError_t allocated(void** out, size_t bytes, unsigned char behind) {
  if (!may_change_memory()) return cudaErrorStreamCaptureUnsupported;
  *out = mapped(bytes, behind);
  return *out ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaMalloc(void** out, size_t bytes) { return allocated(out, bytes, behind_device); }
cudaError_t cudaFree(void* at) { return unmapped(at); }
cudaError_t cudaMallocHost(void** out, size_t bytes) { return allocated(out, bytes, behind_host); }
cudaError_t cudaFreeHost(void* at) { return unmapped(at); }
cudaError_t cudaMemcpyAsync(
    void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return done_if(stream->run([=] { std::memcpy(to, from, bytes); }));
}
cudaError_t cudaMemsetAsync(void* at, int value, size_t bytes, cudaStream_t stream) {
  return done_if(stream->run([=] { std::memset(at, value, bytes); }));
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned) {
  *out = new Stream(device);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return done_if(is_free(stream)); }
cudaError_t cudaStreamQuery(cudaStream_t stream) { return done_if(is_free(stream)); }
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (!is_free(stream)) return cudaErrorInvalidResourceHandle;
  static_cast<Stream*>(stream)->graph = std::make_unique<EmulatedGraph>(EmulatedGraph{device, {}, nullptr});
  if (captures++ == 0) is_capture_broken = false;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* out) {
  std::unique_ptr<EmulatedGraph> graph = std::move(static_cast<Stream*>(stream)->graph);
  if (!graph) return cudaErrorInvalidResourceHandle;
  --captures;
  *out = nullptr;
  if (is_capture_broken) return cudaErrorStreamCaptureInvalidated;
  *out = graph.release();
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long) {
  *out = new EmulatedGraph(*graph);
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  if (graph->room) unmapped(graph->room);
  return cudaGraphDestroy(graph);
}
/** As much memory for any: a launch takes it where nobody asked before. */
cudaError_t cudaGraphUpload(cudaGraphExec_t graph, cudaStream_t stream) {
  if (!is_free(stream) || graph->device != stream->device) return cudaErrorInvalidResourceHandle;
  if (!graph->room) graph->room = mapped(page, behind_device);
  return graph->room ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  const cudaError_t code = cudaGraphUpload(graph, stream);
  if (code != cudaSuccess) return code;
  for (const auto& work : graph->works) work();
  return cudaSuccess;
}
/** What is mapped is taken from as much as the device says it has. */
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  const std::lock_guard<std::mutex> mine(mapping);
  *free = *total = device_bytes;
  for (const auto& [given, held] : mappings)
    if (held.device == device) *free -= std::min(*free, held.bytes);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* out) {
  *out = new EmulatedEvent();
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  event->at = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  *milliseconds = std::chrono::duration<float, std::milli>(end->at - begin->at).count();
  return cudaSuccess;
}
/** Whether graphs hold kernels that begin early: since CUDA 12.3, and as tests ask for. */
static bool can_capture_early() {
  int version = 0;
  cudaDriverGetVersion(&version);
  return version >= 12030 && !std::getenv("EMULATED_EARLY");
}
cudaError_t emulatedLaunch(cudaStream_t stream, const emulated::Launch& launch) {
  if (launch.is_early && static_cast<Stream*>(stream)->graph && !can_capture_early()) {
    is_capture_broken = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  return done_if(stream->run([launch] { emulated::run(launch); }));
}
cudaError_t cudaFuncSetAttribute(void (*kernel)(), cudaFuncAttribute attribute, int value) {
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) {
    const std::lock_guard<std::mutex> mine(allowing);
    carveouts[{device, kernel}] = value;
    return cudaSuccess;
  }
  int most = 0;
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  if (value > most) return cudaErrorInvalidValue;
  const std::lock_guard<std::mutex> mine(allowing);
  allowed_bytes[{device, kernel}] = value;
  return cudaSuccess;
}
bool emulatedAllows(void (*kernel)(), size_t bytes) {
  int most = 0;
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  const std::lock_guard<std::mutex> mine(allowing);
  const auto found = allowed_bytes.find({device, kernel});
  const int allowed = found == allowed_bytes.end() ? 48 * 1024 : found->second;
  return bytes <= static_cast<size_t>(std::min(allowed, most));
}
bool emulatedPrefersShared(void (*kernel)()) {
  const std::lock_guard<std::mutex> mine(allowing);
  const auto found = carveouts.find({device, kernel});
  return found != carveouts.end() && found->second == cudaSharedmemCarveoutMaxShared;
}
