/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - unpredictable bytes, as somebody else draws them. */
#ifndef KASSA_RANDOM_H
#define KASSA_RANDOM_H

#include "base/base.h"

struct random {
    /* Fills out with size bytes of the operating system's generator. ERR_IO: none to be had. */
    enum err (*fill)(void *self, uint8_t *out, size_t size);
    void *self;
};

#endif
