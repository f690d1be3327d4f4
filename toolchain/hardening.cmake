# SPDX-License-Identifier: Apache-2.0
# Hardening for all programs; left out under the sanitizers, which bring their own checks. They see no read of a local that
# nobody wrote: there it holds a pattern, so that what depends on it goes wrong in each run and not in some.
add_library(kassa_hardening INTERFACE)
if(NOT KASSA_SANITIZE)
  target_compile_options(kassa_hardening INTERFACE -fstack-protector-strong -fPIE)
  target_compile_definitions(kassa_hardening INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  target_link_options(kassa_hardening INTERFACE -pie -Wl,-z,relro,-z,now)
else()
  target_compile_options(kassa_hardening INTERFACE -fsanitize=${KASSA_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -ftrivial-auto-var-init=pattern)
  target_link_options(kassa_hardening INTERFACE -fsanitize=${KASSA_SANITIZE})
endif()
# Without it libFuzzer sees no coverage and stops after the first inputs.
if(KASSA_FUZZ)
  target_compile_options(kassa_hardening INTERFACE -fsanitize=fuzzer-no-link)
endif()
