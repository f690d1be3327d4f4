# SPDX-License-Identifier: Apache-2.0
# 32-bit ARM with hardware floating point (Debian's armhf: ARMv7): BeagleBone Black, i.MX 6ULL.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(KASSA_ARCH armhf)
set(KASSA_TRIPLET arm-linux-gnueabihf)
set(KASSA_EMULATOR qemu-arm)
include(${CMAKE_CURRENT_LIST_DIR}/sysroot.cmake)
