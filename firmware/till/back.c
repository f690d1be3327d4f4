/* SPDX-License-Identifier: Apache-2.0 */
#include "till/back.h"

#include "base/money.h"
#include "till/back_deals.h"
#include "till/tax.h"

const kassa_Line *back_line_of(const struct wire_receipt *receipt, uint32_t number)
{
    return number >= 1 && number <= receipt->line_count ? &receipt->lines[number - 1] : NULL;
}

/* ------------------------------------------------------------------------------------------------- shares */

/* The share of an amount of a line, of any sign: a correction comes back as its negative. */
static enum err share_of(const kassa_Line *sold, int64_t amount, int64_t before_milli, int64_t now_milli,
                         int64_t *out)
{
    bool is_negative = amount < 0;
    if (amount == INT64_MIN)
        return ERR_RANGE;
    TRY(offers_unit_share(is_negative ? -amount : amount, sold->quantity_milli, before_milli, now_milli,
                          sold->weighed, out));
    if (is_negative)
        *out = -*out;
    return ERR_OK;
}

enum err back_left(const kassa_Line *sold, int64_t figure, int64_t gone_milli, int64_t *out_left)
{
    int64_t gone = 0;
    if (gone_milli > 0)
        TRY(share_of(sold, figure, 0, gone_milli, &gone));
    *out_left = figure - gone; /* it is a part of it */
    return ERR_OK;
}

static enum err plain_share(const kassa_Line *sold, int64_t plain_minor, int64_t before_milli,
                            int64_t now_milli, struct offers_sold *out)
{
    if (sold->amount_minor < 0) { /* a correction: it had no discount */
        *out = (struct offers_sold){.quantity_milli = now_milli};
        return share_of(sold, sold->amount_minor, before_milli, now_milli, &out->amount_minor);
    }
    struct offers_sold whole = {sold->amount_minor, plain_minor, sold->quantity_milli, sold->weighed};
    if (now_milli == 0) {
        *out = (struct offers_sold){0};
        return ERR_OK;
    }
    return offers_return_share(&whole, before_milli, now_milli, out);
}

/* ------------------------------------------------------------------------------------------------ the tax */

static bool comes_back(const kassa_Line *sold)
{
    return sold->quantity_milli > 0 && sold->kind != kassa_LineKind_LINE_RETURN;
}

/* A line whose discount no deal gave: its units have their tax, whatever becomes of the others. */
static enum err plain_tax(const kassa_Line *sold, int64_t own_minor, int64_t before_milli, int64_t now_milli,
                          int64_t *out)
{
    *out = 0;
    if (own_minor != 0 || now_milli == 0 || !comes_back(sold))
        return ERR_OK;
    return share_of(sold, sold->tax_minor, before_milli, now_milli, out);
}

static bool is_first_row_of_line(const kassa_Receipt *head, pb_size_t row)
{
    for (pb_size_t i = 0; i < row; i++) {
        if (head->deals[i].line == head->deals[row].line)
            return false;
    }
    return true;
}

/* The tax of what the customer keeps of a line on which deals gave something. */
static enum err kept_tax(const struct back *back, const struct back_deals *deals, const kassa_Line *sold,
                         int64_t own_minor, int64_t *out)
{
    const kassa_Receipt *head = &back->original->head;
    int64_t plain_minor = sold->discount_minor - own_minor;
    struct offers_sold gone;
    TRY(plain_share(sold, plain_minor, 0, back->before_milli[sold->number - 1], &gone));
    int64_t kept_minor = sold->amount_minor - gone.amount_minor - (plain_minor - gone.discount_minor);
    for (pb_size_t i = 0; i < head->deals_count; i++)
        kept_minor -= head->deals[i].line == sold->number ? deals->kept_minor[i] : 0;
    return tax_of(head->price_mode, kept_minor, sold->tax_rate_bp, out);
}

/* Of the tax of all such lines, what must have gone back by now. */
static enum err broken_tax(const struct back *back, const struct back_deals *deals, int64_t *out_minor)
{
    const struct wire_receipt *original = back->original;
    *out_minor = 0;
    for (pb_size_t i = 0; i < original->head.deals_count; i++) {
        const kassa_Line *sold = back_line_of(original, original->head.deals[i].line);
        int64_t kept = 0;
        if (sold == NULL || !comes_back(sold) || !is_first_row_of_line(&original->head, i))
            continue;
        int64_t own_minor = back_deal_discount_of(original, sold->number);
        if (own_minor == 0)
            continue;
        TRY(kept_tax(back, deals, sold, own_minor, &kept));
        *out_minor += sold->tax_minor - kept;
    }
    return ERR_OK;
}

/* ----------------------------------------------------------------------------------------- one line back */

static bool is_correction(const kassa_Line *sold)
{
    return sold->amount_minor < 0;
}

/* What was given back by now, where that much was taken off and that was the tax, of all lines. */
static enum err count_refunded(struct back *back)
{
    const struct wire_receipt *original = back->original;
    int64_t tax_minor = back->tax_before_minor;
    int64_t sum = -back->discount_before_minor;
    for (size_t i = 0; i < original->line_count; i++) {
        const kassa_Line *sold = &original->lines[i];
        struct offers_sold part;
        int64_t tax = 0;
        if (back->before_milli[i] == 0)
            continue;
        int64_t own = back_deal_discount_of(original, sold->number);
        TRY(plain_share(sold, sold->discount_minor - own, 0, back->before_milli[i], &part));
        TRY(plain_tax(sold, own, 0, back->before_milli[i], &tax));
        tax_minor -= is_correction(sold) ? tax : 0;
        TRY(money_add(sum, is_correction(sold) ? 0 : part.amount_minor, &sum));
    }
    return money_add(sum, tax_on_top(original->head.price_mode, tax_minor), &back->refunded_minor);
}

enum err back_begin(struct back *back)
{
    int64_t discount = 0;
    int64_t tax_sum = 0;
    for (size_t i = 0; i < back->original->line_count; i++) {
        const kassa_Line *sold = &back->original->lines[i];
        struct offers_sold part;
        int64_t tax = 0;
        if (back->before_milli[i] == 0)
            continue;
        int64_t own = back_deal_discount_of(back->original, sold->number);
        TRY(plain_share(sold, sold->discount_minor - own, 0, back->before_milli[i], &part));
        TRY(plain_tax(sold, own, 0, back->before_milli[i], &tax));
        discount += part.discount_minor;
        tax_sum += tax;
    }
    back->plain_before_minor = discount;
    back->plain_tax_before_minor = tax_sum;
    return count_refunded(back);
}

/* What comes back of a line by itself, as if there were no deals. */
static enum err take_plain(const struct back *back, const kassa_Line *sold, int64_t milli,
                           struct back_part *out)
{
    int64_t before_milli = back->before_milli[sold->number - 1];
    int64_t own_minor = back_deal_discount_of(back->original, sold->number);
    struct offers_sold earlier;
    struct offers_sold now;
    TRY(plain_share(sold, sold->discount_minor - own_minor, 0, before_milli, &earlier));
    TRY(plain_share(sold, sold->discount_minor - own_minor, before_milli, milli, &now));
    *out = (struct back_part){.amount_minor = now.amount_minor,
                              .discount_minor = now.discount_minor,
                              .plain_minor = now.discount_minor,
                              .plain_before_minor = earlier.discount_minor};
    return plain_tax(sold, own_minor, before_milli, milli, &out->tax_minor);
}

/* Never less than nothing in all: what the tax lacks waits for the next line. */
static int64_t bounded_tax(const struct back *back, const struct back_part *part, int64_t tax_minor)
{
    bool is_on_top = back->original->head.price_mode == kassa_PriceMode_PRICE_NET;
    int64_t left_minor = part->amount_minor - part->discount_minor;
    return is_on_top && tax_minor < -left_minor ? -left_minor : tax_minor;
}

/* The discount of deals that goes back with this line, now that it is among what came back, and their tax:
 * that of what the customer keeps changes with what he keeps. A correction has no part in it. */
static enum err take_deals(const struct back *back, struct back_part *part)
{
    struct back_deals deals;
    int64_t capacity_minor = part->amount_minor - part->discount_minor;
    int64_t tax_minor = 0;
    if (back->original->head.deals_count == 0 || part->amount_minor < 0)
        return ERR_OK;
    TRY(back_read_deals(back, &deals));
    TRY(broken_tax(back, &deals, &tax_minor));
    int64_t due = deals.broken_minor - (back->discount_before_minor - back->plain_before_minor);
    int64_t charged = due < 0 ? 0 : due < capacity_minor ? due : capacity_minor;
    part->discount_minor += charged;
    part->tax_minor += tax_minor - (back->tax_before_minor - back->plain_tax_before_minor);
    /* all of it pays for a part of what he keeps: his tax stays as it is, too */
    part->tax_minor = due > capacity_minor ? 0 : bounded_tax(back, part, part->tax_minor);
    return ERR_OK;
}

enum err back_take(struct back *back, uint32_t line, int64_t milli, struct back_part *out)
{
    const kassa_Line *sold = back_line_of(back->original, line);
    struct back_part part;
    if (sold == NULL)
        return ERR_RANGE;
    TRY(take_plain(back, sold, milli, &part));
    int64_t plain_tax_minor = part.tax_minor;
    back->before_milli[line - 1] += milli;
    enum err error = take_deals(back, &part);
    if (error != ERR_OK) {
        back->before_milli[line - 1] -= milli;
        return error;
    }
    back->discount_before_minor += part.discount_minor;
    back->plain_before_minor += part.plain_minor;
    back->tax_before_minor += part.tax_minor;
    back->plain_tax_before_minor += plain_tax_minor;
    if (!is_correction(sold))
        back->refunded_minor += part.amount_minor - part.discount_minor +
                                tax_on_top(back->original->head.price_mode, part.tax_minor);
    *out = part;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------- all that shrinks */

static bool earns(const kassa_Line *sold)
{
    return !sold->loyalty_excluded && sold->kind == kassa_LineKind_LINE_SALE && sold->amount_minor > 0;
}

static bool has_line_points(const struct wire_receipt *receipt)
{
    for (size_t i = 0; i < receipt->line_count; i++) {
        if (receipt->lines[i].points != 0)
            return true;
    }
    return false;
}

static int64_t burned_on(const struct wire_receipt *receipt, uint32_t line)
{
    int64_t sum = 0;
    for (size_t i = 0; i < receipt->discount_count; i++) {
        if (receipt->discounts[i].line == line &&
            receipt->discounts[i].kind == kassa_DiscountKind_DISCOUNT_POINTS)
            sum += receipt->discounts[i].amount_minor;
    }
    return sum;
}

static int64_t weight_of(const struct wire_receipt *receipt, const kassa_Line *sold,
                         enum back_measure measure, bool has_points)
{
    if (sold->quantity_milli <= 0)
        return 0;
    if (measure == BACK_BURNED)
        return burned_on(receipt, sold->number);
    int64_t net_minor = sold->amount_minor - sold->discount_minor;
    return has_points ? sold->points : earns(sold) ? net_minor : 0;
}

static enum err add_measured(const kassa_Line *sold, int64_t weight, int64_t from_milli, int64_t to_milli,
                             struct back_progress *sum)
{
    int64_t before = 0;
    int64_t after = 0;
    if (from_milli > 0)
        TRY(share_of(sold, weight, 0, from_milli, &before));
    if (to_milli > 0)
        TRY(share_of(sold, weight, 0, to_milli, &after));
    TRY(money_add(sum->whole, weight, &sum->whole));
    sum->before += before; /* at most the whole */
    sum->after += after;
    return ERR_OK;
}

enum err back_measure_of(const struct back *back, const int64_t *from_milli, enum back_measure measure,
                         struct back_progress *out)
{
    const struct wire_receipt *original = back->original;
    bool has_points = measure == BACK_POINTS && has_line_points(original);
    struct back_progress sum = {0};
    for (size_t i = 0; i < original->line_count; i++) {
        const kassa_Line *sold = &original->lines[i];
        int64_t weight = weight_of(original, sold, measure, has_points);
        if (weight > 0)
            TRY(add_measured(sold, weight, from_milli[i], back->before_milli[i], &sum));
    }
    *out = sum;
    return ERR_OK;
}

static int64_t within(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value < most ? value : most;
}

enum err back_measure_money(const struct back *back, int64_t from_minor, struct back_progress *out)
{
    const struct wire_receipt *original = back->original;
    int64_t whole = 0;
    for (size_t i = 0; i < original->line_count; i++) {
        const kassa_Line *sold = &original->lines[i];
        if (!comes_back(sold) || is_correction(sold))
            continue;
        TRY(money_add(whole, sold->amount_minor - sold->discount_minor, &whole));
        TRY(money_add(whole, tax_on_top(original->head.price_mode, sold->tax_minor), &whole));
    }
    *out = (struct back_progress){whole, within(from_minor, whole), within(back->refunded_minor, whole)};
    return ERR_OK;
}

/* What of a total belongs to each of the two. */
static enum err share_both(const struct back_progress *progress, int64_t total, int64_t *out_before,
                           int64_t *out_after)
{
    *out_before = 0;
    *out_after = 0;
    if (progress->whole <= 0)
        return ERR_OK;
    TRY(money_scale(total, progress->before, progress->whole, out_before));
    return money_scale(total, progress->after, progress->whole, out_after);
}

enum err back_share(const struct back_progress *progress, int64_t total, int64_t *out_share)
{
    int64_t before = 0;
    int64_t after = 0;
    TRY(share_both(progress, total, &before, &after));
    *out_share = after - before;
    return ERR_OK;
}

enum err back_begin_shares(const struct back_progress *progress, int64_t sum, struct back_progress *out_left)
{
    *out_left = (struct back_progress){.whole = sum};
    return share_both(progress, sum, &out_left->before, &out_left->after);
}

/* Of what is left each time: so a share grows with what is split, and so does what it leaves. */
enum err back_next_share(struct back_progress *left, int64_t total, int64_t *out_share)
{
    int64_t before = 0;
    int64_t after = 0;
    TRY(share_both(left, total, &before, &after));
    left->whole -= total;
    left->before -= before;
    left->after -= after;
    *out_share = after - before;
    return ERR_OK;
}

bool back_is_whole(const struct wire_receipt *original, const int64_t *gone_milli)
{
    for (size_t i = 0; i < original->line_count; i++) {
        if (comes_back(&original->lines[i]) && gone_milli[i] < original->lines[i].quantity_milli)
            return false;
    }
    return true;
}
