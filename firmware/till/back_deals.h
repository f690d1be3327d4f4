/* SPDX-License-Identifier: Apache-2.0 */
/* back_deals.h - deals whose discount sits on their given units alone (kassa_Deal), as goods of them come back:
 * inside till/ only. Pure. */
#ifndef KASSA_TILL_BACK_DEALS_H
#define KASSA_TILL_BACK_DEALS_H

#include "till/back.h"

struct back_deals {
    int64_t broken_minor;              /* of their discount, what must have gone back by now */
    int64_t kept_minor[DEAL_ROWS_MAX]; /* of each row's discount, what the deals that are still whole leave */
};

/* As back->before_milli stands. ERR_RANGE. */
NODISCARD
enum err back_read_deals(const struct back *back, struct back_deals *out);

/* Of a line's discount, the part that deals gave. */
int64_t back_deal_discount_of(const struct wire_receipt *receipt, uint32_t line);

#endif
