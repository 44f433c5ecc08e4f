/** Which paths this processor and this system can run, and the choice among them. */
#include "cpu.hpp"

#include <stdexcept>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace plinth {

namespace {

#if defined(__x86_64__)

bool has_amx_bf16() {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  return (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0;
}

bool has_avx512_bf16() {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
  return (a >> 5 & 1) != 0;
}

/** Linux gives the state of tiles only to processes that ask (arch_prctl ARCH_REQ_XCOMP_PERM, XTILEDATA). */
bool may_use_tiles() {
  constexpr long request = 0x1023, tile_data = 18;
  static const bool is_granted = syscall(SYS_arch_prctl, request, tile_data) == 0;
  return is_granted;
}

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

#else

bool has_amx_bf16() { return false; }
bool has_avx512_bf16() { return false; }
bool may_use_tiles() { return false; }
bool has_avx2() { return false; }
bool has_avx512() { return false; }

#endif

const KernelSet& kernels_of(Path path, bool is_exact) {
#if defined(__x86_64__)
  if (path == Path::amx) return amx_kernels();
  if (path == Path::avx512_bf16) return avx512_bf16_kernels();
  if (path == Path::avx512) return avx512_kernels(is_exact);
  if (path == Path::avx2) return avx2_kernels(is_exact);
#endif
  return portable_kernels(is_exact);
}

[[noreturn]] void refuse(const std::string& path) {
  throw std::runtime_error("the path \"" + path + "\" cannot run on this processor");
}

}  // namespace

bool can_run(Path path) {
  switch (path) {
    case Path::portable:
      return true;
    case Path::avx2:
      return has_avx2();
    case Path::avx512:
      return has_avx512();
    case Path::avx512_bf16:
      return has_avx512() && has_avx512_bf16();
    case Path::amx:
      return has_avx512() && has_avx512_bf16() && has_amx_bf16() && may_use_tiles();
  }
  return false;
}

const KernelSet& choose_kernels(const std::string& path, bool is_exact) {
  const bool is_best = path == "best";
  if (path == "amx" || is_best) {
    if (path == "amx" && is_exact) throw std::runtime_error("the path \"amx\" has no 32-bit arithmetic");
    if (!is_exact && can_run(Path::amx)) return kernels_of(Path::amx, false);
    if (!is_best) refuse(path);
  }
  if (path == "avx512" || is_best) {
    if (!is_exact && can_run(Path::avx512_bf16)) return kernels_of(Path::avx512_bf16, false);
    if (can_run(Path::avx512)) return kernels_of(Path::avx512, is_exact);
    if (!is_best) refuse(path);
  }
  if (path == "avx2" || is_best) {
    if (can_run(Path::avx2)) return kernels_of(Path::avx2, is_exact);
    if (!is_best) refuse(path);
  }
  if (path != "portable" && !is_best) throw std::runtime_error("there is no path \"" + path + "\"");
  return kernels_of(Path::portable, is_exact);
}

}  // namespace plinth
