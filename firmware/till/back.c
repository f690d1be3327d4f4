/* SPDX-License-Identifier: Apache-2.0 */
#include "till/back.h"

#include "base/money.h"

#define MILLI 1000

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

/* -------------------------------------------------------------------------------------------------- deals */

bool back_is_deal(const struct wire_receipt *receipt, const kassa_Discount *row)
{
    for (pb_size_t i = 0; i < receipt->head.deals_count; i++) {
        const kassa_Deal *deal = &receipt->head.deals[i];
        if (strcmp(deal->offer, row->offer) == 0 && deal->line == row->line)
            return true;
    }
    return false;
}

static int64_t deal_discount_of(const struct wire_receipt *receipt, uint32_t line)
{
    int64_t sum = 0;
    for (size_t i = 0; i < receipt->discount_count && receipt->head.deals_count > 0; i++) {
        if (receipt->discounts[i].line == line && back_is_deal(receipt, &receipt->discounts[i]))
            sum += receipt->discounts[i].amount_minor;
    }
    return sum;
}

static int64_t offer_discount_of(const struct wire_receipt *receipt, const kassa_Deal *deal)
{
    int64_t sum = 0;
    for (size_t i = 0; i < receipt->discount_count; i++) {
        const kassa_Discount *row = &receipt->discounts[i];
        if (row->line == deal->line && strcmp(row->offer, deal->offer) == 0)
            sum += row->amount_minor;
    }
    return sum;
}

/* One line's part in the deals of one offer, as the customer keeps it. */
struct member {
    int64_t kept;  /* units that are still his, of those that took part */
    int64_t given; /* units that were given */
    int64_t discount_minor;
    int64_t free; /* scratch: kept units that are not needed as paid ones */
};

struct deals {
    struct member members[DEAL_ROWS_MAX];
    size_t count;
    int64_t sets, paid, given; /* of all members, as they were sold */
    int64_t discount_minor;
};

static void read_deals(const struct back *back, const kassa_Deal *first, struct deals *out)
{
    const struct wire_receipt *original = back->original;
    *out = (struct deals){.sets = first->sets};
    for (pb_size_t i = 0; i < original->head.deals_count; i++) {
        const kassa_Deal *deal = &original->head.deals[i];
        const kassa_Line *sold = back_line_of(original, deal->line);
        if (sold == NULL || deal->number != first->number || strcmp(deal->offer, first->offer) != 0)
            continue;
        int64_t part = (deal->paid_milli + deal->given_milli) / MILLI;
        int64_t left = (sold->quantity_milli - back->before_milli[deal->line - 1]) / MILLI;
        struct member *member = &out->members[out->count++];
        *member = (struct member){.kept = left < part ? left : part,
                                  .given = deal->given_milli / MILLI,
                                  .discount_minor = offer_discount_of(original, deal)};
        out->paid += deal->paid_milli / MILLI;
        out->given += deal->given_milli / MILLI;
        out->discount_minor += member->discount_minor;
    }
}

/* Is a's discount a unit the smaller one? By cross products: no rounding. */
static bool is_cheaper(const struct member *a, const struct member *b)
{
    return a->discount_minor * b->given < b->discount_minor * a->given;
}

/* Sets kept units aside as the paid ones of that many deals: first those that were not given, then the given
 * ones that are worth least. false: there are not enough. */
static bool set_paid_aside(struct deals *deals, int64_t sets)
{
    int64_t needed = sets * (deals->paid / deals->sets);
    for (size_t i = 0; i < deals->count; i++) {
        struct member *member = &deals->members[i];
        member->free = member->kept < member->given ? member->kept : member->given;
        needed -= member->kept - member->free;
    }
    while (needed > 0) {
        struct member *least = NULL;
        for (size_t i = 0; i < deals->count; i++) {
            struct member *member = &deals->members[i];
            if (member->free > 0 && (least == NULL || is_cheaper(member, least)))
                least = member;
        }
        if (least == NULL)
            return false;
        int64_t taken = least->free < needed ? least->free : needed;
        least->free -= taken;
        needed -= taken;
    }
    return true;
}

static int64_t free_units(const struct deals *deals)
{
    int64_t sum = 0;
    for (size_t i = 0; i < deals->count; i++)
        sum += deals->members[i].free;
    return sum;
}

/* What that many deals are worth to him: their given units, the most valuable first. */
static enum err worth_of(struct deals *deals, int64_t sets, int64_t *out_minor)
{
    *out_minor = 0;
    if (sets == 0 || !set_paid_aside(deals, sets))
        return ERR_OK;
    int64_t left = sets * (deals->given / deals->sets);
    while (left > 0) {
        struct member *most = NULL;
        for (size_t i = 0; i < deals->count; i++) {
            struct member *member = &deals->members[i];
            if (member->free > 0 && (most == NULL || is_cheaper(most, member)))
                most = member;
        }
        if (most == NULL)
            return ERR_OK;
        int64_t taken = most->free < left ? most->free : left;
        int64_t share = 0;
        TRY(money_scale(most->discount_minor, taken, most->given, &share));
        *out_minor += share;
        most->free = 0; /* what is above is worth nothing more: left is 0 then */
        left -= taken;
    }
    return ERR_OK;
}

/* The most sets that leave given units enough; one more may still be worth more. */
static int64_t whole_sets(struct deals *deals)
{
    int64_t low = 0;
    int64_t high = deals->sets;
    while (low < high) {
        int64_t middle = high - (high - low) / 2;
        bool fits =
            set_paid_aside(deals, middle) && free_units(deals) >= middle * (deals->given / deals->sets);
        if (fits)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* What of the deals' discount must have gone back, as the customer keeps what he keeps. */
static enum err broken_minor(const struct back *back, const kassa_Deal *first, int64_t *out_minor)
{
    struct deals deals;
    read_deals(back, first, &deals);
    if (deals.sets <= 0 || deals.paid < deals.sets || deals.given < deals.sets) { /* no such deal */
        *out_minor = 0;
        return ERR_OK;
    }
    int64_t sets = whole_sets(&deals);
    int64_t held = 0;
    int64_t more = 0;
    TRY(worth_of(&deals, sets, &held));
    if (sets < deals.sets)
        TRY(worth_of(&deals, sets + 1, &more));
    *out_minor = deals.discount_minor - (more > held ? more : held);
    return ERR_OK;
}

static bool is_first_of(const kassa_Receipt *head, pb_size_t i)
{
    for (pb_size_t k = 0; k < i; k++) {
        if (head->deals[k].number == head->deals[i].number &&
            strcmp(head->deals[k].offer, head->deals[i].offer) == 0)
            return false;
    }
    return true;
}

static enum err broken_of_all(const struct back *back, int64_t *out_minor)
{
    const kassa_Receipt *head = &back->original->head;
    *out_minor = 0;
    for (pb_size_t i = 0; i < head->deals_count; i++) {
        int64_t broken = 0;
        if (!is_first_of(head, i))
            continue;
        TRY(broken_minor(back, &head->deals[i], &broken));
        *out_minor += broken;
    }
    return ERR_OK;
}

enum err back_begin(struct back *back)
{
    int64_t sum = 0;
    for (size_t i = 0; i < back->original->line_count; i++) {
        const kassa_Line *sold = &back->original->lines[i];
        struct offers_sold part;
        if (back->before_milli[i] == 0)
            continue;
        int64_t plain = sold->discount_minor - deal_discount_of(back->original, sold->number);
        TRY(plain_share(sold, plain, 0, back->before_milli[i], &part));
        sum += part.discount_minor;
    }
    back->plain_before_minor = sum;
    return ERR_OK;
}

/* The discount of deals that goes back with this line, now that it is among what came back. */
static enum err take_deals(const struct back *back, int64_t capacity_minor, int64_t *out_minor)
{
    int64_t broken = 0;
    *out_minor = 0;
    if (back->original->head.deals_count == 0)
        return ERR_OK;
    TRY(broken_of_all(back, &broken));
    int64_t due = broken - (back->discount_before_minor - back->plain_before_minor);
    *out_minor = due < 0 ? 0 : due < capacity_minor ? due : capacity_minor;
    return ERR_OK;
}

/* --------------------------------------------------------------------------------------------- one line back */

enum err back_tax_within(const kassa_Line *sold, int64_t minor, int64_t *out)
{
    return money_scale(minor, sold->tax_rate_bp, 10000 + (int64_t)sold->tax_rate_bp, out);
}

enum err back_take(struct back *back, uint32_t line, int64_t milli, struct back_part *out)
{
    const kassa_Line *sold = back_line_of(back->original, line);
    if (sold == NULL)
        return ERR_RANGE;
    int64_t before_milli = back->before_milli[line - 1];
    int64_t own_minor = deal_discount_of(back->original, line);
    int64_t own_share = 0;
    int64_t deal_minor = 0;
    int64_t tax_of_deal = 0;
    struct offers_sold plain;
    struct offers_sold earlier;
    struct back_part part;
    TRY(plain_share(sold, sold->discount_minor - own_minor, 0, before_milli, &earlier));
    TRY(plain_share(sold, sold->discount_minor - own_minor, before_milli, milli, &plain));
    TRY(share_of(sold, own_minor, before_milli, milli, &own_share));
    TRY(share_of(sold, sold->tax_minor, before_milli, milli, &part.tax_minor));
    back->before_milli[line - 1] += milli;
    back->discount_before_minor += plain.discount_minor;
    back->plain_before_minor += plain.discount_minor;
    enum err error = take_deals(back, plain.amount_minor - plain.discount_minor, &deal_minor);
    if (error == ERR_OK)
        error = back_tax_within(sold, own_share - deal_minor, &tax_of_deal);
    if (error != ERR_OK) {
        back->before_milli[line - 1] -= milli;
        back->discount_before_minor -= plain.discount_minor;
        back->plain_before_minor -= plain.discount_minor;
        return error;
    }
    back->discount_before_minor += deal_minor;
    part.amount_minor = plain.amount_minor;
    part.plain_minor = plain.discount_minor;
    part.plain_before_minor = earlier.discount_minor;
    part.discount_minor = plain.discount_minor + deal_minor;
    part.tax_minor += tax_of_deal;
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
    int64_t net = sold->amount_minor - sold->discount_minor;
    switch (measure) {
    case BACK_POINTS:
        return has_points ? sold->points : earns(sold) ? net : 0;
    case BACK_BURNED:
        return burned_on(receipt, sold->number);
    case BACK_NET:
        return net > 0 ? net : 0;
    }
    return 0;
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
        int64_t before = 0;
        int64_t after = 0;
        if (weight <= 0)
            continue;
        if (from_milli[i] > 0)
            TRY(share_of(sold, weight, 0, from_milli[i], &before));
        if (back->before_milli[i] > 0)
            TRY(share_of(sold, weight, 0, back->before_milli[i], &after));
        TRY(money_add(sum.whole, weight, &sum.whole));
        sum.before += before; /* at most the whole */
        sum.after += after;
    }
    *out = sum;
    return ERR_OK;
}

enum err back_share(const struct back_progress *progress, int64_t total, int64_t *out_share)
{
    int64_t before = 0;
    int64_t after = 0;
    *out_share = 0;
    if (progress->whole <= 0)
        return ERR_OK;
    TRY(money_scale(total, progress->before, progress->whole, &before));
    TRY(money_scale(total, progress->after, progress->whole, &after));
    *out_share = after - before;
    return ERR_OK;
}

bool back_is_whole(const struct wire_receipt *original, const int64_t *gone_milli)
{
    for (size_t i = 0; i < original->line_count; i++) {
        const kassa_Line *sold = &original->lines[i];
        if (sold->quantity_milli > 0 && sold->kind != kassa_LineKind_LINE_RETURN &&
            gone_milli[i] < sold->quantity_milli)
            return false;
    }
    return true;
}
