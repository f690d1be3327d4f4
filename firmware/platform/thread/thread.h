/* SPDX-License-Identifier: Apache-2.0 */
/* thread.h - a thread for one call that may never come back: a disk's, a chip's. There is no other use of threads. */
#ifndef KASSA_THREAD_H
#define KASSA_THREAD_H

#include <pthread.h>

#include "base/base.h"

/* It gets no signals, which are the loop's business. ERR_MEMORY: there is none to be had. */
NODISCARD
enum err thread_start(size_t stack_size, void *(*run)(void *), void *self, pthread_t *out_thread);

#endif
