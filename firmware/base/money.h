/* SPDX-License-Identifier: Apache-2.0 */
/* money.h - exact arithmetic on money. Amounts are integers in minor units of a currency (`_minor`); unit
 * prices are in hundred-thousandths of the major unit (`_e5`: 2.55 is 255000), so that fiscal feeds with five
 * decimals are exact; quantities are in thousandths (`_milli`); rates are in basis points (`_bp`: 100 % is
 * 10000). Half-up rounds a half away from zero, so that a return is the exact negative of its sale. Pure;
 * every overflow is ERR_RANGE. */
#ifndef KASSA_MONEY_H
#define KASSA_MONEY_H

#include "base/base.h"

#define MONEY_EXPONENT_MAX 4 /* ISO 4217 has 0 to 4 decimals */

/* amount x factor / divisor, rounded half-up (away from zero) once; the product may exceed 64 bits. divisor > 0. */
NODISCARD
enum err money_scale(int64_t amount, int64_t factor, int64_t divisor, int64_t *out);

/* The extended amount of a line: round_half_up(unit price x quantity), once (OFFERS.md B3).
 * exponent is the currency's number of decimals, 0 to MONEY_EXPONENT_MAX. */
NODISCARD
enum err money_extend(int64_t unit_price_e5, int64_t quantity_milli, unsigned exponent, int64_t *out_minor);

/* rate_bp of an amount, rounded half-up once. */
NODISCARD
enum err money_percent(int64_t amount_minor, int64_t rate_bp, int64_t *out_minor);

NODISCARD
enum err money_add(int64_t a_minor, int64_t b_minor, int64_t *out_minor);

/* Splits amount over weights by largest remainder, ties to the earlier one (OFFERS.md B3): shares sum to
 * amount exactly. Weights are >= 0, amount >= 0; with all weights 0 the first units go to the earliest. count
 * >= 1; shares[count] is the caller's. scratch[count] holds the remainders. */
NODISCARD
enum err money_allocate(int64_t amount_minor, const int64_t *weights, size_t count, int64_t *scratch,
                        int64_t *out_shares);

/* Reads a decimal text ("-12.345") as an integer of `decimals` places; digits past them must be zero.
 * ERR_SYNTAX: not a decimal number. ERR_RANGE: too large or too fine. */
NODISCARD
enum err money_parse_decimal(struct span text, unsigned decimals, int64_t *out);

/* Writes value / 10^decimals as a decimal text with exactly min_decimals places or as many as it needs;
 * returns its length. out has room for 32 bytes and is NUL-terminated. */
size_t money_format_decimal(int64_t value, unsigned decimals, unsigned min_decimals, char out[32]);

#endif
