/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.h - CRC-32C (Castagnoli), RFC 3720 appendix B.4: polynomial 1EDC6F41 reflected, init and xor-out
 * FFFFFFFF. */
#ifndef KASSA_CRC32C_H
#define KASSA_CRC32C_H

#include "base/base.h"

/* The crc of `bytes` continued from `crc` (0 to start). crc32c(crc32c(0, a), b) == crc32c(0, a followed by
 * b). */
uint32_t crc32c(uint32_t crc, struct span bytes);

#endif
