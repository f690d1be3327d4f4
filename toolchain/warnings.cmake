# SPDX-License-Identifier: Apache-2.0
# Warnings for all code of ours; every one is an error. Generated code is built by kassa_generated_options().
add_library(kassa_warnings INTERFACE)
target_compile_options(kassa_warnings INTERFACE
  -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wvla -Wcast-qual -Wformat=2 -Wswitch-enum -Wnull-dereference)
if(KASSA_SANITIZE)
  # gcc follows infeasible paths once the sanitizers' checks are in the code: this one warning is off there alone.
  target_compile_options(kassa_warnings INTERFACE -Wno-null-dereference)
endif()
