/* SPDX-License-Identifier: Apache-2.0 */
/* back_deals.c - what deals are still worth to a customer who has brought part of their goods back. */
#include "till/back_deals.h"
#include "base/money.h"

#define MILLI 1000

bool back_is_deal(const struct wire_receipt *receipt, const kassa_Discount *row)
{
    for (pb_size_t i = 0; i < receipt->head.deals_count; i++) {
        const kassa_Deal *deal = &receipt->head.deals[i];
        if (strcmp(deal->offer, row->offer) == 0 && deal->line == row->line)
            return true;
    }
    return false;
}

int64_t back_deal_discount_of(const struct wire_receipt *receipt, uint32_t line)
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
    pb_size_t row; /* in the receipt's deals */
    int64_t kept;  /* units that are still his, of those that took part */
    int64_t given; /* units that were given */
    int64_t discount_minor;
    int64_t free;        /* scratch: kept units that are not needed as paid ones */
    int64_t worth_minor; /* of the discount, what the deals that are counted leave him */
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
        *member = (struct member){.row = i,
                                  .kept = left < part ? left : part,
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
    for (size_t i = 0; i < deals->count; i++)
        deals->members[i].worth_minor = 0;
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
        most->worth_minor = share;
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

/* What the deals that are still whole leave each member, the better of both ways to count them. */
static enum err find_worth(struct deals *deals, int64_t *out_minor)
{
    int64_t sets = whole_sets(deals);
    int64_t held = 0;
    int64_t more = 0;
    TRY(worth_of(deals, sets, &held));
    if (sets < deals->sets)
        TRY(worth_of(deals, sets + 1, &more));
    if (sets < deals->sets && more <= held)
        return worth_of(deals, sets, out_minor);
    *out_minor = sets < deals->sets ? more : held;
    return ERR_OK;
}

/* What of the deals' discount must have gone back, as the customer keeps what he keeps. */
static enum err add_deals(const struct back *back, const kassa_Deal *first, struct back_deals *out)
{
    struct deals deals;
    int64_t worth = 0;
    read_deals(back, first, &deals);
    bool is_deal = deals.sets > 0 && deals.paid >= deals.sets && deals.given >= deals.sets;
    if (is_deal)
        TRY(find_worth(&deals, &worth));
    for (size_t i = 0; i < deals.count; i++) {
        const struct member *member = &deals.members[i];
        out->kept_minor[member->row] = is_deal ? member->worth_minor : member->discount_minor;
    }
    out->broken_minor += is_deal ? deals.discount_minor - worth : 0;
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

enum err back_read_deals(const struct back *back, struct back_deals *out)
{
    const kassa_Receipt *head = &back->original->head;
    *out = (struct back_deals){0};
    for (pb_size_t i = 0; i < head->deals_count; i++) {
        if (is_first_of(head, i))
            TRY(add_deals(back, &head->deals[i], out));
    }
    return ERR_OK;
}
