/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that are the till's own: whatever a signed book says, a basket does not go beyond them. The offer that
 * weighs most in what is broken is left out, and the basket priced again without it. */
#include "base/money.h"
#include "offers/cel/cel.h"
#include "till/internal.h"

/* What an offer gave, by the limit that is looked at. */
struct weight {
    uint32_t offer;
    int64_t given;
};

static void take_heavier(struct weight *heaviest, uint32_t offer, int64_t given)
{
    if (offer != BOOK_NONE && given > heaviest->given)
        *heaviest = (struct weight){offer, given};
}

/* ---- how much is taken off */

/* What the lines cost as they were rung up: a price rule is a discount here too. */
static int64_t asked_minor(const struct offers_asked *asked, uint32_t line)
{
    const struct offers_line *row = &asked->basket.lines[line];
    int64_t amount = 0;
    if (money_extend(row->unit_price_e5, row->quantity_milli, asked->basket.exponent, &amount) != ERR_OK)
        return 0; /* it was added up before: this does not happen */
    return amount;
}

static struct weight heaviest_discount(const struct offers_result *result)
{
    struct weight heaviest = {.offer = BOOK_NONE};
    for (uint32_t i = 0; i < result->explanation_count; i++) {
        const struct offers_explanation *row = &result->explanations[i];
        if (row->reason == OFFERS_GIVEN)
            take_heavier(&heaviest, row->offer, row->amount_minor + row->reduced_minor);
    }
    return heaviest;
}

/* What holds for this basket; 10000: nothing does. */
static uint32_t discount_most_bp(const struct offers_asked *asked)
{
    uint32_t most_bp = 10000;
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        const struct till_limits *limits = &asked->limits[i];
        bool is_free = asked->basket.line_count <= limits->discount_lines_free;
        if (!is_free && limits->discount_bp_max != 0 && limits->discount_bp_max < most_bp)
            most_bp = limits->discount_bp_max;
    }
    return most_bp;
}

/* Sums in 128 bits: nothing here overflows. */
static bool is_discount_over(const struct offers_asked *asked, const struct offers_result *result)
{
    __int128 before = 0;
    __int128 taken = 0;
    uint32_t most_bp = discount_most_bp(asked);
    for (uint32_t i = 0; i < asked->basket.line_count; i++) {
        int64_t amount = asked_minor(asked, i);
        if (amount <= 0)
            continue;
        before += amount;
        taken += (__int128)amount - result->lines[i].amount_minor;
    }
    for (uint32_t i = 0; i < result->discount_count; i++) {
        if (result->discounts[i].origin == OFFERS_BY_OFFER)
            taken += result->discounts[i].amount_minor;
    }
    return taken * 10000 > before * most_bp;
}

/* ---- points */

static int64_t units_of(uint8_t exponent)
{
    int64_t minor = 1;
    for (unsigned i = 0; i < exponent; i++)
        minor *= 10;
    return minor;
}

static bool are_points_over(const struct offers_asked *asked, const struct offers_result *result)
{
    int64_t paid = result->payable_minor > 0 ? result->payable_minor : 0;
    __int128 earned = (__int128)result->points * units_of(asked->basket.exponent);
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        const struct till_limits *limits = &asked->limits[i];
        bool is_free = result->points <= 0 || (uint64_t)result->points <= limits->points_free;
        if (!is_free && limits->points_per_unit_max != 0 &&
            earned > (__int128)limits->points_per_unit_max * paid)
            return true;
    }
    return false;
}

static struct weight heaviest_earn(const struct offers_result *result)
{
    struct weight heaviest = {.offer = BOOK_NONE};
    for (uint32_t i = 0; i < result->earn_count; i++)
        take_heavier(&heaviest, result->earns[i].offer, result->earns[i].points);
    return heaviest;
}

/* ---- the price of a unit */

static int64_t price_least_minor(const struct offers_asked *asked)
{
    int64_t least = 0;
    for (size_t i = 0; i < LIMITS_COUNT; i++)
        if (asked->limits[i].unit_price_minor_min > least)
            least = asked->limits[i].unit_price_minor_min;
    return least;
}

static bool is_price_under(const struct offers_asked *asked, const struct offers_result *result,
                           uint32_t line)
{
    int64_t least = price_least_minor(asked);
    int64_t quantity = asked->basket.lines[line].quantity_milli;
    int64_t net = result->lines[line].net_minor;
    bool is_dearer = (__int128)asked_minor(asked, line) * 1000 >= (__int128)least * quantity;
    return quantity > 0 && is_dearer && (__int128)net * 1000 < (__int128)least * quantity;
}

/* The offer that took most off a unit that is too cheap now. */
static struct weight heaviest_on_line(const struct offers_result *result, uint32_t line)
{
    struct weight heaviest = {.offer = BOOK_NONE};
    for (uint32_t i = 0; i < result->discount_count; i++) {
        const struct offers_discount *row = &result->discounts[i];
        if (row->line == line && row->origin == OFFERS_BY_OFFER)
            take_heavier(&heaviest, row->offer, row->amount_minor);
    }
    if (heaviest.offer == BOOK_NONE)
        take_heavier(&heaviest, result->lines[line].price_offer, 1);
    return heaviest;
}

/* Points that are burned lower a unit's price too, and are no offer's: such a line says nothing of the others. */
static struct weight heaviest_under_price(const struct offers_asked *asked,
                                          const struct offers_result *result)
{
    struct weight heaviest = {.offer = BOOK_NONE};
    for (uint32_t i = 0; price_least_minor(asked) > 0 && i < asked->basket.line_count; i++) {
        if (is_price_under(asked, result, i))
            heaviest = heaviest_on_line(result, i);
        if (heaviest.offer != BOOK_NONE)
            break;
    }
    return heaviest;
}

/* ---- pricing */

/* Whether a limit is broken, and by which offer; BOOK_NONE: by none that can be named. */
static bool find_culprit(const struct offers_asked *asked, const struct offers_result *result,
                         uint32_t *out_offer)
{
    struct weight heaviest;
    if (is_discount_over(asked, result))
        heaviest = heaviest_discount(result);
    else if (are_points_over(asked, result))
        heaviest = heaviest_earn(result);
    else
        heaviest = heaviest_under_price(asked, result);
    *out_offer = heaviest.offer;
    return heaviest.offer != BOOK_NONE || is_discount_over(asked, result) || are_points_over(asked, result);
}

bool till_breaks_limit(const struct offers_asked *asked, const struct offers_result *result)
{
    uint32_t culprit;
    return find_culprit(asked, result, &culprit);
}

static bool is_out_of_steps(const struct offers_explanation *row)
{
    return row->reason == OFFERS_CONDITION_ERROR && row->detail != NULL &&
           (strcmp(row->detail, cel_error_row(CEL_NO_BUDGET)->sentence) == 0 ||
            strcmp(row->detail, cel_error_row(CEL_NO_SCRATCH)->sentence) == 0);
}

uint32_t till_count_engine_faults(const struct offers_result *result)
{
    for (uint32_t i = 0; i < result->explanation_count; i++) {
        if (is_out_of_steps(&result->explanations[i]))
            return 1; /* a basket counts once */
    }
    return 0;
}

enum err till_price_limited(struct till *till, struct offers_asked *asked, struct offers_result *out,
                            uint32_t *out_faults)
{
    struct offers_result result;
    till->dropped_count = 0;
    for (;;) {
        asked->basket.dropped = till->dropped;
        asked->basket.dropped_count = till->dropped_count;
        TRY(offers_price(asked->book, &asked->basket, asked->member, asked->moment, till->workspace,
                         &result));
        uint32_t culprit;
        if (asked->book == NULL || !find_culprit(asked, &result, &culprit))
            break;
        /* Nobody to name, or it would go on for long: no offer at all. */
        if (culprit == BOOK_NONE || till->dropped_count == DROPPED_MAX) {
            asked->book = NULL;
            continue;
        }
        till->dropped[till->dropped_count++] = culprit;
    }
    *out_faults = asked->book == NULL ? 0 : till_count_engine_faults(&result);
    *out = result;
    return ERR_OK;
}
