/** A function of a library that was opened when it was needed. */
#pragma once
#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace plinth::cuda {

/** Throws an error that names the library's file as well. */
template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function) return;
  const char* problem = dlerror();
  throw std::runtime_error(problem ? problem : std::string(name) + " is not in it");
}

}  // namespace plinth::cuda
