/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds "race" and "race_limit": requests that arrive at the same time, for one balance and for one limit. Whoever
 * keeps the counter takes them one after the other, in whatever order they come: each case is run in the order in
 * which it is written and in the opposite one, and both must come to what is expected. */
#include "ledger/account.h"
#include "ledger/stored.h"
#include "office/cases_kit.h"

#define RACERS_MAX 4096
#define DAY        1

struct outcome {
    int64_t accepted_count, refused_count, left, remaining;
};

/* Requests as numbers: a list of amounts, or how many there are of 1. */
struct requests {
    const int64_t *amounts;
    uint32_t count;
};

static struct requests read_requests(struct case_run *run, const json_t *json)
{
    struct requests requests = {0};
    int64_t count = (int64_t)json_array_size(json);
    if (!json_is_array(json) && !case_decimal(json, 0, &count))
        case_fault(run, "the concurrent requests are neither a list nor a number");
    if (count < 0 || count > RACERS_MAX)
        case_fault(run, "there are more than %d concurrent requests", RACERS_MAX);
    int64_t *amounts = case_is_sound(run) ? case_take(run, (size_t)count, sizeof(*amounts)) : NULL;
    for (int64_t i = 0; i < count && amounts != NULL; i++) {
        amounts[i] = 1;
        if (json_is_array(json) && !case_decimal(json_array_get(json, (size_t)i), 0, &amounts[i]))
            case_fault(run, "a concurrent request is not a whole number");
    }
    requests.amounts = amounts;
    requests.count = amounts != NULL ? (uint32_t)count : 0;
    return requests;
}

struct raced_words {
    int64_t accepted_count, refused_count, left, remaining;
};

static const struct case_word raced_words[] = {
    CASE_MAY("accepted*|granted*|succeeded*|successes", CASE_NUMBER,
             offsetof(struct raced_words, accepted_count)),
    CASE_MAY("refused*|rejected*|failed*", CASE_NUMBER, offsetof(struct raced_words, refused_count)),
    CASE_MAY("balance*|used*|final_used|final_balance", CASE_NUMBER, offsetof(struct raced_words, left)),
    CASE_MAY("remaining*|left*|uses_left", CASE_NUMBER, offsetof(struct raced_words, remaining)),
};

static void compare(struct case_run *run, const json_t *expected, const char *order, const char *left,
                    const struct outcome *outcome)
{
    struct raced_words words;
    case_read(run, "expected", expected, raced_words, COUNT_OF(raced_words), &words, NULL);
    if (!case_is_sound(run))
        return;
    const struct {
        const char *name;
        int64_t expected, got;
    } figures[] = {{"accepted_count", words.accepted_count, outcome->accepted_count},
                   {"refused_count", words.refused_count, outcome->refused_count},
                   {left, words.left, outcome->left},
                   {"remaining", words.remaining, outcome->remaining}};
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        if (figures[i].expected != CASE_ABSENT)
            case_compare_number(run, case_text(run, "%s %s", figures[i].name, order), figures[i].expected,
                                figures[i].got);
    }
}

static const char *const order_names[] = {"as written", "in the opposite order"};

/* ---- points */

struct race_words {
    int64_t opening;
    const json_t *burns, *expected;
};

static const struct case_word race_words[] = {
    CASE_MUST("opening|balance", CASE_NUMBER, offsetof(struct race_words, opening)),
    CASE_MUST("concurrent*|burns", CASE_LIST, offsetof(struct race_words, burns)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct race_words, expected)),
};

static struct outcome race_burns(struct case_run *run, int64_t opening, const struct requests *burns,
                                 bool is_reversed)
{
    struct outcome outcome = {0};
    struct ledger_account *account = case_take(run, 1, sizeof(*account));
    struct ledger_earning earning = {
        .receipt = 1, .row = 1, .day = DAY, .available_day = DAY, .points = opening, .reason = LEDGER_EARNED};
    if (account == NULL || !case_ok(run, ledger_earn(account, &earning), "opening"))
        return outcome;
    for (uint32_t i = 0; i < burns->count; i++) {
        uint32_t at = is_reversed ? burns->count - 1 - i : i;
        enum err error = ledger_burn_guarded(account, /* receipt= */ 2 + at, DAY, burns->amounts[at]);
        if (error != ERR_NOT_FOUND && !case_ok(run, error, "a burn"))
            return outcome;
        *(error == ERR_OK ? &outcome.accepted_count : &outcome.refused_count) += 1;
    }
    outcome.left = account->balance;
    outcome.remaining = account->balance;
    return outcome;
}

void case_run_race(struct case_run *run)
{
    struct race_words words;
    case_read_body(run, race_words, COUNT_OF(race_words), &words);
    struct requests burns = {0};
    if (case_is_sound(run))
        burns = read_requests(run, words.burns);
    for (int order = 0; order < 2 && case_is_sound(run); order++) {
        struct outcome outcome = race_burns(run, words.opening, &burns, order == 1);
        if (case_is_sound(run))
            compare(run, words.expected, order_names[order], "balance", &outcome);
    }
}

/* ---- uses */

struct limit_words {
    int64_t limit, used;
    const char *type;
    const json_t *uses, *expected, *counter;
};

/* The limit stands in the case, or in an object of its own, as in the kind "counter". */
static const struct case_word counter_words[] = {
    CASE_MUST("limit|usage_limit", CASE_NUMBER, offsetof(struct limit_words, limit)),
    CASE_MAY("used|uses_before|used_before|already_used", CASE_NUMBER, offsetof(struct limit_words, used)),
    CASE_MAY("type", CASE_TEXT, offsetof(struct limit_words, type)),
};

static const struct case_word limit_words[] = {
    CASE_MAY("counter|budget", CASE_OBJECT, offsetof(struct limit_words, counter)),
    CASE_MAY("limit|usage_limit", CASE_NUMBER, offsetof(struct limit_words, limit)),
    CASE_MAY("used|uses_before|used_before|already_used", CASE_NUMBER, offsetof(struct limit_words, used)),
    CASE_MAY("type", CASE_TEXT, offsetof(struct limit_words, type)),
    CASE_MUST("concurrent*|uses|attempts|requests|orders", CASE_ANY, offsetof(struct limit_words, uses)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct limit_words, expected)),
};

/* What is counted makes no difference: a use counts one, an amount itself. */
static const struct case_choice types[] = {{"usage|uses|spend|amount", 0}};

static struct outcome race_uses(struct case_run *run, const struct limit_words *words,
                                const struct requests *uses, bool is_reversed)
{
    struct outcome outcome = {0};
    struct ledger_counter counter = {.most = words->limit, .used = case_or(words->used, 0)};
    for (uint32_t i = 0; i < uses->count; i++) {
        int64_t wanted = uses->amounts[is_reversed ? uses->count - 1 - i : i], taken = 0;
        if (!case_ok(run, ledger_counter_take(&counter, wanted, /* is_partial= */ false, &taken), "a use"))
            return outcome;
        *(taken == wanted ? &outcome.accepted_count : &outcome.refused_count) += 1;
    }
    outcome.left = counter.used;
    outcome.remaining = counter.most - counter.used;
    return outcome;
}

static struct limit_words read_limit(struct case_run *run)
{
    struct limit_words words;
    case_read_body(run, limit_words, COUNT_OF(limit_words), &words);
    if (words.counter != NULL)
        case_read(run, "the counter", words.counter, counter_words, COUNT_OF(counter_words), &words, NULL);
    else if (words.limit == CASE_ABSENT)
        case_fault(run, "the case: \"limit\" is missing");
    (void)case_choose(run, "type", words.type, types, COUNT_OF(types), 0);
    return words;
}

void case_run_race_limit(struct case_run *run)
{
    struct limit_words words = read_limit(run);
    struct requests uses = {0};
    if (case_is_sound(run))
        uses = read_requests(run, words.uses);
    for (int order = 0; order < 2 && case_is_sound(run); order++) {
        struct outcome outcome = race_uses(run, &words, &uses, order == 1);
        if (case_is_sound(run))
            compare(run, words.expected, order_names[order], "used", &outcome);
    }
}
