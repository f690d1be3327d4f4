# SPDX-License-Identifier: Apache-2.0
# What the cross toolchain files share. The including file has set KASSA_ARCH (tools/sysroot's name), KASSA_TRIPLET and
# KASSA_EMULATOR. Libraries, headers and pkg-config come from the sysroot alone; programs (protoc, python) from the host.
get_filename_component(KASSA_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot/${KASSA_ARCH} ABSOLUTE)
if(NOT EXISTS ${KASSA_SYSROOT}/.stamp)
  message(FATAL_ERROR "There is no sysroot in build/sysroot/${KASSA_ARCH}: run tools/sysroot ${KASSA_ARCH} first.")
endif()
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${KASSA_TRIPLET}-gcc)
set(CMAKE_SYSROOT ${KASSA_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${KASSA_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${KASSA_SYSROOT}/usr/lib/${KASSA_TRIPLET}/pkgconfig:${KASSA_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${KASSA_SYSROOT})
# ctest runs each test by it; no binfmt is needed. A test that starts another program of ours is not (see CONTRIBUTING.md).
set(CMAKE_CROSSCOMPILING_EMULATOR ${KASSA_EMULATOR} -L ${KASSA_SYSROOT})
