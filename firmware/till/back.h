/* SPDX-License-Identifier: Apache-2.0 */
/* back.h - what goes back with goods: money, discount, tax and the share of everything else, by what the
 * original receipt has stored a unit: inside till/ only. Pure.
 *
 * However goods come back, in parts and in any order, all of it together is what was sold, to the last cent.
 *
 * Plain discounts go back with the units that had them. A deal whose discount sits on its given units alone
 * (kassa_Deal) holds only for what the customer keeps: of the deals that are still whole with the kept units,
 * the discount of their given units is his; all the rest goes back, and where the given units stay, it is
 * charged on the paid ones. A line never gives back less than nothing: what does not fit waits for the next
 * one.
 *
 * Tax goes back with the units that had it. Where a deal breaks, the tax that must have gone back is that of the
 * whole less that of what the customer keeps, each line by its own rate: so the tax of a part may be another
 * than its own rate has, and may even be owed, as where a taxed piece that was free is kept instead of an
 * untaxed one. Of net prices it is money: then amount, discount and tax together are never less than nothing. */
#ifndef KASSA_TILL_BACK_H
#define KASSA_TILL_BACK_H

#include "offers/offers.h"
#include "wire/record.h"

/* An original receipt, and what came back of it so far. */
struct back {
    const struct wire_receipt *original;
    int64_t before_milli[LINES_MAX]; /* of each line */
    int64_t discount_before_minor;   /* that went back with it */
    int64_t tax_before_minor;        /* and the tax */
    int64_t plain_before_minor;      /* of the discount, the plain rows' share: back_begin fills it in */
    int64_t plain_tax_before_minor;  /* of the tax, that of lines without a deal's discount: back_begin too */
    int64_t refunded_minor;          /* what was given back for goods, corrections left out: back_begin too */
};

/* To be called once the fields above it say what came back before. */
NODISCARD
enum err back_begin(struct back *back);

struct back_part {
    int64_t amount_minor;
    int64_t discount_minor;
    int64_t plain_minor; /* of the discount: the share of the line's own plain rows ... */
    int64_t plain_before_minor;
    int64_t tax_minor;
};

/* The line of that number; NULL: there is none. */
const kassa_Line *back_line_of(const struct wire_receipt *receipt, uint32_t number);

/* The part of a line that comes back now; *back is brought up to date. The quantity is positive and at most
 * what is left. ERR_RANGE. */
NODISCARD
enum err back_take(struct back *back, uint32_t line, int64_t milli, struct back_part *out);

/* What is left of a figure of a line, of any sign, once that much of the line came back. ERR_RANGE. */
NODISCARD
enum err back_left(const kassa_Line *sold, int64_t figure, int64_t gone_milli, int64_t *out_left);

/* Is that discount row of a deal whose return is charged by the deal? */
bool back_is_deal(const struct wire_receipt *receipt, const kassa_Discount *row);

/* A measure of what came back by its lines, for what shrinks in proportion to them. */
enum back_measure {
    BACK_POINTS, /* earned ones; by what was paid on lines that earn, where lines do not say their points */
    BACK_BURNED  /* points burned as a discount: by the discount rows of kind points */
};

struct back_progress {
    int64_t whole;
    int64_t before;
    int64_t after;
};

/* How far the goods came back: `before` by `from_milli` (a quantity a line), `after` as `back` stands. */
NODISCARD
enum err back_measure_of(const struct back *back, const int64_t *from_milli, enum back_measure measure,
                         struct back_progress *out);

/* The same by money, for everything else: what was given back, of what was paid for the goods. A broken deal gives
 * back less than its lines were worth, and a tender never more than there is. `from_minor` is
 * back->refunded_minor as it was. */
NODISCARD
enum err back_measure_money(const struct back *back, int64_t from_minor, struct back_progress *out);

/* What goes back of `total` between before and after: cumulated shares, so that all parts sum to total.
 * A negative total gives a negative share. 0 where there is no whole. */
NODISCARD
enum err back_share(const struct back_progress *progress, int64_t total, int64_t *out_share);

/* Several that shrink together by the same progress, such as what each tender paid: begun with their sum, then
 * each is taken in its turn. None of them goes back below nothing, and all together never above the progress
 * of the sum. ERR_RANGE. */
NODISCARD
enum err back_begin_shares(const struct back_progress *progress, int64_t sum, struct back_progress *out_left);
NODISCARD
enum err back_next_share(struct back_progress *left, int64_t total, int64_t *out_share);

/* Has every line that was sold come back, where that much did of each? */
bool back_is_whole(const struct wire_receipt *original, const int64_t *gone_milli);

#endif
