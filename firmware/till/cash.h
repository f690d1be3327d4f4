/* SPDX-License-Identifier: Apache-2.0 */
/* cash.h - cash where the smallest coins are not used any more: what is paid in cash is a multiple of a step:
 * inside till/ only. Pure.
 *
 * The rule: the cash part is what the other tenders leave of the total; it becomes the nearest multiple of the
 * step, at an exact half the one further from zero, so that a return pays back what its sale took in. Lines,
 * discounts, tax and points stay as they are: the difference is the receipt's rounding, and in its total. Where
 * another tender takes the rest, it takes it exactly, and nothing is rounded. */
#ifndef KASSA_TILL_CASH_H
#define KASSA_TILL_CASH_H

#include "till/till.h"

/* What is added to an amount that is paid in cash; negative: taken off. step_minor 0 and 1: nothing.
 * ERR_RANGE. */
NODISCARD
enum err cash_rounding_of(int64_t cash_minor, int64_t step_minor, int64_t *out_minor);

/* The same for a total, the tenders being what they are. ERR_RANGE. */
NODISCARD
enum err cash_rounding(const struct till_tenders *tenders, int64_t total_minor, int64_t step_minor,
                       int64_t *out_minor);

/* May a receipt have its rounding: at most half a step, and with cash alone? */
bool cash_rounding_fits(const kassa_Receipt *head, int64_t step_minor);

#endif
