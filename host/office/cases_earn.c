/* SPDX-License-Identifier: Apache-2.0 */
/* Points: what earns them, and what is paid with what. */
#include "office/cases_book.h"

struct earn_words {
    const char *id, *basis, *rounding, *tier;
    const json_t *match, *conditions, *excluded_tenders, *coupon, *customer_group;
    int64_t points, per, max_points, factor_hundredths, valid_from, valid_to, min_amount, min_qty;
};

#define AT(member) offsetof(struct earn_words, member)

static const struct case_word earn_words[] = {
    CASE_MAY("id", CASE_TEXT, AT(id)),
    CASE_MAY("notes|note|name", CASE_NOTE, 0),
    CASE_MAY("points", CASE_NUMBER, AT(points)),
    CASE_MAY("per", CASE_NUMBER, AT(per)),
    CASE_MAY("basis", CASE_TEXT, AT(basis)),
    CASE_MAY("rounding", CASE_TEXT, AT(rounding)),
    CASE_MAY("match|of", CASE_OBJECT, AT(match)),
    CASE_MAY("conditions|condition", CASE_ANY, AT(conditions)),
    CASE_MAY("excluded_tenders", CASE_LIST, AT(excluded_tenders)),
    CASE_MAY("coupon", CASE_ANY, AT(coupon)),
    CASE_MAY("customer_group|customer_groups", CASE_ANY, AT(customer_group)),
    CASE_MAY("tier", CASE_TEXT, AT(tier)),
    CASE_MAY("max_points|max_per_transaction", CASE_NUMBER, AT(max_points)),
    CASE_MAY("min_amount|minimum_amount|min_spend", CASE_NUMBER, AT(min_amount)),
    CASE_MAY("min_qty|min_quantity", CASE_QUANTITY, AT(min_qty)),
    CASE_MAY("multiplier|factor", CASE_PERCENT, AT(factor_hundredths)), /* read as hundredths: 1.5 is 150 */
    CASE_MAY("valid_from|starts", CASE_DAY, AT(valid_from)),
    CASE_MAY("valid_to|valid_until|ends", CASE_DAY, AT(valid_to)),
};

#define FACTOR_BP_OF_HUNDREDTH 100
#define MULTIPLIER_MAX         10000 /* hundredths: a hundredfold */

/* What points are counted on. */
static const struct earn_basis {
    const char *spellings;
    enum book_kind kind;
    enum book_basis basis;
} earn_bases[] = {
    {"net_after_discount", BOOK_POINTS_PER_SPEND, BOOK_NET},
    {"net_ignoring_basket_wide_discounts", BOOK_POINTS_PER_SPEND, BOOK_NET_BEFORE_BASKET},
    {"gross_before_discount", BOOK_POINTS_PER_SPEND, BOOK_GROSS},
    {"units", BOOK_POINTS_PER_UNIT, BOOK_NET},
    {"visit", BOOK_POINTS_PER_VISIT, BOOK_NET},
};

static const struct case_choice roundings[] = {
    {"floor|floor_per_receipt|per_receipt", BOOK_FLOOR_PER_RECEIPT},
    {"floor_per_line|per_line", BOOK_FLOOR_PER_LINE}};

static const struct case_choice tender_kinds[] = {{"cash", 1},
                                                  {"card", 2},
                                                  {"gift|gift_card|gift_value|ewallet|stored_value", 3},
                                                  {"points|loyalty_points", 4},
                                                  {"voucher|coupon", 5},
                                                  {"other", 6}};

static uint32_t read_tender_kind(struct case_run *run, const char *name)
{
    return (uint32_t)case_choose(run, "a tender", name != NULL ? name : "", tender_kinds,
                                 COUNT_OF(tender_kinds), 0);
}

static uint32_t read_tender_bits(struct case_run *run, const json_t *list)
{
    uint32_t bits = 0;
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)list, i, item) bits |=
        UINT32_C(1) << read_tender_kind(run, json_string_value(item));
    return bits;
}

static const struct earn_basis *basis_of(struct case_run *run, const char *name)
{
    if (name == NULL)
        return &earn_bases[0];
    for (size_t i = 0; i < COUNT_OF(earn_bases); i++) {
        if (case_spells(earn_bases[i].spellings, name))
            return &earn_bases[i];
    }
    case_fault(run, "an earn rule: the basis \"%s\" is not known", name);
    return &earn_bases[0];
}

static void fill_points(struct case_book *book, const struct earn_words *words,
                        const struct earn_basis *basis, struct book_source_offer *offer)
{
    struct case_run *run = book->run;
    offer->give.points = case_count(run, "an earn rule: \"points\"", words->points, UINT32_MAX, 1);
    offer->give.basis = (uint8_t)basis->basis;
    offer->give.line_rounding = (uint8_t)case_choose(run, "rounding", words->rounding, roundings,
                                                     COUNT_OF(roundings), BOOK_FLOOR_PER_RECEIPT);
    offer->give.excluded_tenders = read_tender_bits(run, words->excluded_tenders);
    if (basis->kind == BOOK_POINTS_PER_SPEND)
        offer->give.per_minor = case_or(words->per, 1);
    else if (basis->kind == BOOK_POINTS_PER_UNIT)
        offer->give.buy_units = case_count(run, "an earn rule: \"per\"", words->per, UINT32_MAX, 1);
}

static void fill_who(struct case_book *book, const struct earn_words *words, struct book_source_offer *offer)
{
    const char *where = "an earn rule";
    if (words->match != NULL)
        case_target(book, where, words->match, offer);
    if (words->customer_group != NULL)
        case_groups(book, where, words->customer_group, offer);
    if (words->conditions != NULL)
        case_conditions(book, where, words->conditions, offer);
    case_minimum(book, offer, BOOK_MIN_AMOUNT, words->min_amount);
    case_minimum(book, offer, BOOK_MIN_QUANTITY, words->min_qty);
    case_coupon(book, where, words->coupon, offer);
    if (words->tier != NULL) {
        offer->audience = BOOK_TIER;
        offer->who = case_one_name(book->run, words->tier);
        offer->who_count = 1;
    }
    if (words->valid_from != CASE_ABSENT)
        offer->from_day = (int32_t)words->valid_from;
    if (words->valid_to != CASE_ABSENT)
        offer->until_day = (int32_t)words->valid_to;
}

static void add_earn_rule(struct case_book *book, const json_t *json)
{
    struct case_run *run = book->run;
    struct earn_words words;
    case_read(run, "an earn rule", json, earn_words, COUNT_OF(earn_words), &words, NULL);
    const struct earn_basis *basis = basis_of(run, words.basis);
    if (!case_is_sound(run) || words.points == 0) /* a rule that gives none is in no book */
        return;
    bool is_multiplier = words.factor_hundredths != CASE_ABSENT;
    struct book_source_offer *offer =
        case_add_offer(book, words.id, is_multiplier ? BOOK_POINTS_MULTIPLIER : basis->kind, BOOK_TOGETHER,
                       CASE_LANE_POINTS);
    if (offer == NULL)
        return;
    fill_who(book, &words, offer);
    if (is_multiplier)
        offer->give.factor_bp =
            case_count(run, "an earn rule: \"multiplier\"", words.factor_hundredths, MULTIPLIER_MAX, 0) *
            FACTOR_BP_OF_HUNDREDTH;
    else
        fill_points(book, &words, basis, offer);
    struct book_limit limit = {
        .what = BOOK_LIMIT_POINTS, .per = BOOK_PER_BASKET, .partial = 1, .value = words.max_points};
    if (words.max_points != CASE_ABSENT)
        case_add_limit(book, offer, &limit, 0);
}

void case_add_earn_rules(struct case_book *book, const json_t *rules)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)rules, i, item) add_earn_rule(book, item);
}

/* ---- tenders */

struct tender_words {
    const char *type;
    int64_t amount, points;
};

static const struct case_word tender_words[] = {
    CASE_MUST("type|kind", CASE_TEXT, offsetof(struct tender_words, type)),
    CASE_MUST("amount", CASE_NUMBER, offsetof(struct tender_words, amount)),
    CASE_MAY("points", CASE_NUMBER,
             offsetof(struct tender_words, points)), /* what the amount was worth in points */
};

void case_add_tenders(struct case_book *book, const json_t *tenders)
{
    struct case_run *run = book->run;
    size_t i, count = json_array_size(tenders);
    json_t *item;
    struct offers_tender *rows = case_take(run, count, sizeof(*rows));
    json_array_foreach((json_t *)(uintptr_t)tenders, i, item)
    {
        struct tender_words words;
        case_read(run, "a tender", item, tender_words, COUNT_OF(tender_words), &words, NULL);
        if (rows == NULL || !case_is_sound(run))
            return;
        rows[i] = (struct offers_tender){read_tender_kind(run, words.type), words.amount};
    }
    book->basket.tenders = rows;
    book->basket.tender_count = (uint32_t)count;
}
