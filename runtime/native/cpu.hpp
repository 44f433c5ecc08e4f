/** Which paths this processor and this system can run. */
#pragma once
#include <string>

#include "kernels.hpp"

namespace plinth {

bool can_run(Path path);

/**
 * The kernels of a path by name, or of the best one for "best". Throws where the processor lacks it, and
 * where a path has no exact arithmetic.
 */
const KernelSet& choose_kernels(const std::string& path, bool is_exact);

}  // namespace plinth
