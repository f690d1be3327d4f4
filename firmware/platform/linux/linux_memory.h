/* SPDX-License-Identifier: Apache-2.0 */
/* linux_memory.h - what a process keeps of secrets and names in its memory, and what it may leave of it on a disk.
 *
 * A program that calls linux_memory_guard has with it a free() and a realloc() of its own: whichever library gives memory
 * back, it is zero first. (glibc's own M_PERTURB also fills what is taken, and so touches each page of a large block.)
 * With another C library, or under a sanitizer that has its own heap, memory is freed as ever. */
#ifndef KASSA_LINUX_MEMORY_H
#define KASSA_LINUX_MEMORY_H

#include "base/base.h"

/* Once, first thing in a main: a crash leaves no core on the disk. */
void linux_memory_guard(void);

#endif
