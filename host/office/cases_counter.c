/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "counter": what a campaign's budget has used after one transaction. By spend each adjustment counts, and
 * one that would pass the limit is not given; by usage the transaction counts once. */
#include "ledger/stored.h"
#include "office/cases_kit.h"

#define NO_LIMIT (-1) /* of a ledger_counter */

struct counter_words {
    const json_t *counter, *adjustments, *expected;
};

static const struct case_word counter_words[] = {
    CASE_MUST("counter|budget", CASE_OBJECT, offsetof(struct counter_words, counter)),
    CASE_MUST("adjustments", CASE_LIST, offsetof(struct counter_words, adjustments)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct counter_words, expected)),
};

struct limit_words {
    const char *type;
    int64_t limit, used;
};

static const struct case_word limit_words[] = {
    CASE_MUST("type", CASE_TEXT, offsetof(struct limit_words, type)),
    CASE_MAY("limit", CASE_NUMBER, offsetof(struct limit_words, limit)), /* null: there is none */
    CASE_MAY("used", CASE_NUMBER, offsetof(struct limit_words, used)),
};

struct used_words {
    int64_t used, registered_count;
    const json_t *registered;
};

static const struct case_word used_words[] = {
    CASE_MAY("used", CASE_NUMBER, offsetof(struct used_words, used)),
    CASE_MAY("registered|accepted", CASE_LIST,
             offsetof(struct used_words, registered)), /* true or false an adjustment */
    CASE_MAY("registered_count|accepted_count", CASE_NUMBER, offsetof(struct used_words, registered_count)),
};

enum counted { USES, SPEND };
static const struct case_choice types[] = {{"usage|uses", USES}, {"spend|amount", SPEND}};

struct counting {
    struct ledger_counter counter;
    enum counted counted;
    int64_t registered_count;
    json_t *registered;
};

static void count(struct case_run *run, struct counting *counting, int64_t wanted)
{
    int64_t taken = 0;
    if (!case_ok(run, ledger_counter_take(&counting->counter, wanted, /* is_partial= */ false, &taken),
                 "an adjustment"))
        return;
    bool is_registered = taken == wanted;
    counting->registered_count += is_registered ? 1 : 0;
    (void)json_array_append_new(counting->registered, json_boolean(is_registered));
}

static void count_all(struct case_run *run, const json_t *adjustments, struct counting *counting)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)adjustments, i, item)
    {
        int64_t amount;
        if (!case_decimal(item, 0, &amount)) {
            case_fault(run, "an adjustment is not a whole number");
            return;
        }
        if (counting->counted == SPEND)
            count(run, counting, amount);
    }
    if (counting->counted == USES && json_array_size(adjustments) > 0)
        count(run, counting, 1);
}

static void compare(struct case_run *run, const json_t *expected, const struct counting *counting)
{
    struct used_words words;
    case_read(run, "expected", expected, used_words, COUNT_OF(used_words), &words, NULL);
    if (!case_is_sound(run))
        return;
    if (words.used != CASE_ABSENT)
        case_compare_number(run, "used", words.used, counting->counter.used);
    if (words.registered_count != CASE_ABSENT)
        case_compare_number(run, "registered_count", words.registered_count, counting->registered_count);
    if (words.registered != NULL)
        case_compare(run, "registered", words.registered, json_incref(counting->registered), CASE_SAME);
}

void case_run_counter(struct case_run *run)
{
    struct counter_words words;
    struct limit_words limit;
    case_read_body(run, counter_words, COUNT_OF(counter_words), &words);
    if (case_is_sound(run))
        case_read(run, "the counter", words.counter, limit_words, COUNT_OF(limit_words), &limit, NULL);
    if (!case_is_sound(run))
        return;
    struct counting counting = {
        .counter = {.most = case_or(limit.limit, NO_LIMIT), .used = case_or(limit.used, 0)},
        .counted =
            (enum counted)case_choose(run, "a counter's type", limit.type, types, COUNT_OF(types), USES),
        .registered = json_array()};
    count_all(run, words.adjustments, &counting);
    if (case_is_sound(run))
        compare(run, words.expected, &counting);
    json_decref(counting.registered);
}
