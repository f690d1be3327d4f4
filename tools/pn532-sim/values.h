/* SPDX-License-Identifier: Apache-2.0 */
/* values.h - the values that words of the control protocol hold: bytes in hex, numbers. Pure. */
#ifndef KASSA_PN532_VALUES_H
#define KASSA_PN532_VALUES_H

#include "base/base.h"

/* Reads an even, non-zero number of digits into out_bytes (capacity bytes). ERR_SYNTAX, ERR_TOO_LONG. */
NODISCARD
enum err pn532_hex_read(const char *text, uint8_t *out_bytes, size_t capacity, size_t *out_size);

/* Reads a decimal number of 0..max. ERR_SYNTAX, ERR_RANGE. */
NODISCARD
enum err pn532_number_read(const char *text, uint32_t max, uint32_t *out_number);

#endif
