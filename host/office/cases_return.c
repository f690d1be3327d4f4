/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "return": what is refunded of lines that come back, with their share of the discount, and what the
 * lines that stay keep. */
#include "base/money.h"
#include "offers/offers.h"
#include "office/cases_kit.h"

#define RETURN_LINES_MAX LINES_MAX
#define MILLI            1000

struct sold_words {
    const char *sku;
    int64_t qty, gross, discount, unit_price, weighed;
};

static const struct case_word sold_words[] = {
    CASE_MAY("sku", CASE_TEXT, offsetof(struct sold_words, sku)),
    CASE_MUST("qty|quantity", CASE_QUANTITY, offsetof(struct sold_words, qty)),
    CASE_MAY("gross|amount", CASE_NUMBER, offsetof(struct sold_words, gross)),
    CASE_MAY("discount", CASE_NUMBER, offsetof(struct sold_words, discount)),
    CASE_MAY("unit_price", CASE_NUMBER,
             offsetof(struct sold_words, unit_price)), /* where gross is not said */
    CASE_MAY("weighed", CASE_FLAG, offsetof(struct sold_words, weighed)),
};

struct returned_words {
    int64_t line, qty;
    const char *sku;
};

static const struct case_word returned_words[] = {
    CASE_MAY("line", CASE_NUMBER, offsetof(struct returned_words, line)),
    CASE_MAY("sku", CASE_TEXT, offsetof(struct returned_words, sku)),
    CASE_MUST("qty|quantity", CASE_QUANTITY, offsetof(struct returned_words, qty)),
};

struct return_words {
    const json_t *lines, *returned, *expected;
};

static const struct case_word return_words[] = {
    CASE_MUST("lines", CASE_LIST, offsetof(struct return_words, lines)),
    CASE_MUST("returned", CASE_LIST, offsetof(struct return_words, returned)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct return_words, expected)),
};

struct refund_words {
    int64_t refund, returned_discount, kept_discount, kept_total;
    const json_t *refunds;
};

static const struct case_word refund_words[] = {
    CASE_MAY("refund|refund_total", CASE_NUMBER, offsetof(struct refund_words, refund)),
    CASE_MAY("refunds|line_refunds|refund_lines", CASE_LIST,
             offsetof(struct refund_words, refunds)), /* one a returned row */
    CASE_MAY("refunded_discount|returned_discount", CASE_NUMBER,
             offsetof(struct refund_words, returned_discount)),
    CASE_MAY("kept_discount", CASE_NUMBER, offsetof(struct refund_words, kept_discount)),
    CASE_MAY("kept_total|kept", CASE_NUMBER, offsetof(struct refund_words, kept_total)),
};

/* The lines as they were sold, and how much of each came back so far. */
struct receipt {
    struct offers_sold sold[RETURN_LINES_MAX];
    const char *sku[RETURN_LINES_MAX];
    int64_t before_milli[RETURN_LINES_MAX];
    size_t count;
    struct offers_sold back; /* the sum of what came back: amount and discount */
    json_t *refunds;
};

/* What the line cost before discounts. */
static int64_t gross_of(struct case_run *run, const struct sold_words *words)
{
    int64_t gross = words->gross;
    if (gross == CASE_ABSENT && words->unit_price == CASE_ABSENT)
        case_fault(run, "a line: \"gross\" is missing");
    else if (gross == CASE_ABSENT)
        (void)case_ok(run, money_scale(words->unit_price, words->qty, MILLI, &gross), "a line's gross");
    return gross;
}

static void read_sold(struct case_run *run, const json_t *lines, struct receipt *receipt)
{
    receipt->count = json_array_size(lines);
    if (receipt->count > RETURN_LINES_MAX)
        case_fault(run, "there are more than %d lines", RETURN_LINES_MAX);
    for (size_t i = 0; i < receipt->count && case_is_sound(run); i++) {
        struct sold_words words;
        case_read(run, "a line", json_array_get(lines, i), sold_words, COUNT_OF(sold_words), &words, NULL);
        receipt->sku[i] = words.sku;
        receipt->sold[i] =
            (struct offers_sold){.amount_minor = case_is_sound(run) ? gross_of(run, &words) : 0,
                                 .discount_minor = case_or(words.discount, 0),
                                 .quantity_milli = words.qty,
                                 .weighed = words.weighed == 1};
    }
}

/* Adds a part to a sum of amounts and discounts. */
static bool add_part(struct case_run *run, const struct offers_sold *part, struct offers_sold *sum)
{
    return case_ok(run, money_add(sum->amount_minor, part->amount_minor, &sum->amount_minor),
                   "the sum of what came back") &&
           case_ok(run, money_add(sum->discount_minor, part->discount_minor, &sum->discount_minor),
                   "the sum of the discounts");
}

/* By its number from 1, or by its sku; SIZE_MAX and a fault: there is none. */
static size_t find_line(struct case_run *run, const struct receipt *receipt,
                        const struct returned_words *words)
{
    if (words->line >= 1 && (uint64_t)words->line <= receipt->count)
        return (size_t)words->line - 1;
    for (size_t i = 0; i < receipt->count && words->line == CASE_ABSENT && words->sku != NULL; i++) {
        if (receipt->sku[i] != NULL && strcmp(receipt->sku[i], words->sku) == 0)
            return i;
    }
    case_fault(run, "a returned line is not among those that were sold");
    return SIZE_MAX;
}

static void take_back(struct case_run *run, const json_t *json, struct receipt *receipt)
{
    struct returned_words words;
    struct offers_sold part;
    case_read(run, "a returned line", json, returned_words, COUNT_OF(returned_words), &words, NULL);
    size_t i = case_is_sound(run) ? find_line(run, receipt, &words) : SIZE_MAX;
    if (i == SIZE_MAX ||
        !case_ok(run, offers_return_share(&receipt->sold[i], receipt->before_milli[i], words.qty, &part),
                 "a line does not come back"))
        return;
    receipt->before_milli[i] += words.qty;
    if (!add_part(run, &part, &receipt->back))
        return;
    (void)json_array_append_new(receipt->refunds, json_integer(part.amount_minor - part.discount_minor));
}

/* What is left of all lines: the part of each that has not come back. */
static struct offers_sold kept_of(struct case_run *run, const struct receipt *receipt)
{
    struct offers_sold kept = {0};
    for (size_t i = 0; i < receipt->count; i++) {
        struct offers_sold part = {0};
        int64_t rest = receipt->sold[i].quantity_milli - receipt->before_milli[i];
        if (!case_ok(run, offers_return_share(&receipt->sold[i], receipt->before_milli[i], rest, &part),
                     "what is kept of a line"))
            return kept;
        if (!add_part(run, &part, &kept))
            return kept;
    }
    return kept;
}

static void compare_one(struct case_run *run, const char *what, int64_t expected, int64_t got)
{
    if (expected != CASE_ABSENT)
        case_compare_number(run, what, expected, got);
}

static void compare(struct case_run *run, const json_t *expected, const struct receipt *receipt)
{
    struct refund_words words;
    case_read(run, "expected", expected, refund_words, COUNT_OF(refund_words), &words, NULL);
    struct offers_sold kept = kept_of(run, receipt);
    if (!case_is_sound(run))
        return;
    compare_one(run, "refund", words.refund, receipt->back.amount_minor - receipt->back.discount_minor);
    compare_one(run, "returned_discount", words.returned_discount, receipt->back.discount_minor);
    compare_one(run, "kept_discount", words.kept_discount, kept.discount_minor);
    compare_one(run, "kept_total", words.kept_total, kept.amount_minor - kept.discount_minor);
    if (words.refunds != NULL)
        case_compare(run, "refunds|line_refunds|refund_lines", words.refunds, json_incref(receipt->refunds),
                     CASE_SAME);
}

void case_run_return(struct case_run *run)
{
    struct return_words words;
    case_read_body(run, return_words, COUNT_OF(return_words), &words);
    struct receipt *receipt = case_take(run, 1, sizeof(*receipt));
    if (receipt == NULL || !case_is_sound(run))
        return;
    receipt->refunds = json_array();
    read_sold(run, words.lines, receipt);
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)words.returned, i, item)
    {
        if (case_is_sound(run))
            take_back(run, item, receipt);
    }
    if (case_is_sound(run))
        compare(run, words.expected, receipt);
    json_decref(receipt->refunds);
}
