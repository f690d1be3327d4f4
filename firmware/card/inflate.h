/* SPDX-License-Identifier: Apache-2.0 */
/* inflate.h - what zlib has packed (RFC 1950), unpacked. Inside card/: the only file that calls zlib.
 *
 * Memory   what zlib needs for it stands on the stack (CARD_INFLATE_ROOM); it never asks the heap.
 * Bombs    the caller's buffer is the limit: some bytes could unpack to a thousand times as many. */
#ifndef KASSA_CARD_INFLATE_H
#define KASSA_CARD_INFLATE_H

#include "base/base.h"

#define CARD_INFLATE_ROOM 49152 /* a window of 32 KiB and zlib's own state of some 10 KiB */

/* ERR_TOO_LONG: out is too small. ERR_TRUNCATED: it ends too early. ERR_SYNTAX: not zlib's, damaged, or something stands
 * behind it. ERR_MEMORY: this zlib needs more room. *out holds nothing of use on failure. */
NODISCARD
enum err card_inflate(struct span packed, uint8_t *out, size_t capacity, size_t *out_size);

#endif
