# SPDX-License-Identifier: Apache-2.0
# 64-bit ARM: Raspberry Pi 4 and 5, i.MX 8M.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(KASSA_ARCH aarch64)
set(KASSA_TRIPLET aarch64-linux-gnu)
set(KASSA_EMULATOR qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake)
