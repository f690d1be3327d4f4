/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds "allocation" and "unit_split": a sum over weights, and over equal units. */
#include "offers/share.h"

#include "office/cases_book.h"

static const struct case_choice sharings[] = {{"largest_remainder", BOOK_LARGEST_REMAINDER},
                                              {"floor_then_in_order", BOOK_FLOOR_IN_ORDER},
                                              {"half_down_then_in_order", BOOK_HALF_DOWN_IN_ORDER},
                                              {"half_even_last_takes_rest", BOOK_HALF_EVEN_LAST},
                                              {"equal_if_zero", BOOK_EQUAL_IF_ZERO}};

enum book_sharing case_sharing(struct case_run *run, const char *name)
{
    return (enum book_sharing)case_choose(run, "allocation", name, sharings, COUNT_OF(sharings),
                                          BOOK_LARGEST_REMAINDER);
}

struct share_words {
    const json_t *weights, *expected;
    const char *method;
    int64_t amount, units;
};

static const struct case_word allocation_words[] = {
    CASE_MUST("weights", CASE_LIST, offsetof(struct share_words, weights)),
    CASE_MUST("amount", CASE_NUMBER, offsetof(struct share_words, amount)),
    CASE_MAY("method|allocation", CASE_TEXT, offsetof(struct share_words, method)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct share_words, expected)),
};

static const struct case_word split_words[] = {
    CASE_MUST("amount", CASE_NUMBER, offsetof(struct share_words, amount)),
    CASE_MUST("units|qty|quantity", CASE_NUMBER, offsetof(struct share_words, units)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct share_words, expected)),
};

struct expected_words {
    const json_t *shares;
};

static const struct case_word expected_words[] = {
    CASE_MUST("shares", CASE_LIST, offsetof(struct expected_words, shares)),
};

static void compare(struct case_run *run, const json_t *expected, const int64_t *shares, uint32_t count)
{
    struct expected_words words;
    case_read(run, "expected", expected, expected_words, COUNT_OF(expected_words), &words, NULL);
    json_t *got = json_array();
    for (uint32_t i = 0; i < count; i++)
        (void)json_array_append_new(got, json_integer(shares[i]));
    if (case_is_sound(run))
        case_compare(run, "shares", words.shares, got, CASE_SAME);
    else
        json_decref(got);
}

void case_run_allocation(struct case_run *run)
{
    struct share_words words;
    int64_t weights[SHARE_COUNT_MAX], shares[SHARE_COUNT_MAX];
    case_read_body(run, allocation_words, COUNT_OF(allocation_words), &words);
    enum book_sharing method = case_sharing(run, words.method);
    size_t count = json_array_size(words.weights);
    if (count > SHARE_COUNT_MAX)
        case_fault(run, "there are more than %d weights", SHARE_COUNT_MAX);
    for (size_t i = 0; i < count && case_is_sound(run); i++) {
        if (!case_decimal(json_array_get(words.weights, i), 0, &weights[i]))
            case_fault(run, "a weight is not a whole number");
    }
    if (case_is_sound(run) &&
        case_ok(run, offers_share(method, words.amount, weights, (uint32_t)count, shares),
                "the amount is not shared"))
        compare(run, words.expected, shares, (uint32_t)count);
}

void case_run_unit_split(struct case_run *run)
{
    struct share_words words;
    int64_t shares[SHARE_COUNT_MAX];
    case_read_body(run, split_words, COUNT_OF(split_words), &words);
    if (words.units < 0 || words.units > SHARE_COUNT_MAX)
        case_fault(run, "units: there are at most %d", SHARE_COUNT_MAX);
    if (case_is_sound(run) && case_ok(run, offers_unit_split(words.amount, (uint32_t)words.units, shares),
                                      "the amount is not split"))
        compare(run, words.expected, shares, (uint32_t)words.units);
}
