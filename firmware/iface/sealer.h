/* SPDX-License-Identifier: Apache-2.0 */
/* sealer.h - secrets that only this device can open again. */
#ifndef KASSA_SEALER_H
#define KASSA_SEALER_H

#include "base/base.h"

#define SEALER_SECRET_MAX 128 /* bytes that are sealed at once: TPM 2.0 takes no more */
#define SEALER_SEALED_MAX 512 /* and what becomes of them */

/* Both calls wait for the device. ERR_TOO_LONG: more than SEALER_SECRET_MAX, or out is too small. ERR_IO: the device
 * does not answer. */
struct sealer {
    enum err (*seal)(void *self, struct span secret, uint8_t *out, size_t capacity,
                     size_t *out_size); /* NULL: none */
    /* ERR_SIGNATURE: another device sealed it, or it was changed. ERR_SYNTAX: it is nothing sealed. */
    enum err (*unseal)(void *self, struct span sealed, uint8_t *out, size_t capacity, size_t *out_size);
    void *self;
};

static inline bool sealer_is_there(struct sealer sealer)
{
    return sealer.seal != NULL;
}

#endif
