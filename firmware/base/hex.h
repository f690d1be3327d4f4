/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h - bytes as lower-case hexadecimal text and back. Pure. */
#ifndef KASSA_HEX_H
#define KASSA_HEX_H

#include "base/base.h"

/* Writes 2 * bytes.size digits and a NUL. */
void hex_write(struct span bytes, char *out);

/* Reads exactly size bytes from 2 * size digits of either case. ERR_SYNTAX: another length or another
 * character. */
NODISCARD
enum err hex_read(struct span text, uint8_t *out, size_t size);

#endif
