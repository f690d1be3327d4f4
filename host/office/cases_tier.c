/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "tier": the highest tier that is reached by what was spent so far and with this transaction. */
#include "ledger/tier.h"
#include "office/cases_kit.h"

#define DAY 1 /* all of it is spent within one year */

struct tier_words {
    const char *name;
    int64_t min_spent;
};

static const struct case_word tier_words[] = {
    CASE_MUST("name|tier|id", CASE_TEXT, offsetof(struct tier_words, name)),
    CASE_MUST("min_spent|from|threshold|min", CASE_NUMBER, offsetof(struct tier_words, min_spent)),
    CASE_MAY("notes|note", CASE_NOTE, 0),
};

struct spend_words {
    const json_t *tiers, *expected;
    int64_t spent_before, this_transaction;
};

static const struct case_word spend_words[] = {
    CASE_MUST("tiers", CASE_LIST, offsetof(struct spend_words, tiers)),
    CASE_MAY("spent_before|spent", CASE_NUMBER, offsetof(struct spend_words, spent_before)),
    CASE_MAY("this_transaction|transaction", CASE_NUMBER, offsetof(struct spend_words, this_transaction)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct spend_words, expected)),
};

struct reached_words {
    const json_t *tier;
    int64_t to_next;
};

static const struct case_word reached_words[] = {
    CASE_MAY("tier", CASE_ANY, offsetof(struct reached_words, tier)), /* null: none */
    CASE_MAY("to_next|next_needs", CASE_NUMBER, offsetof(struct reached_words, to_next)),
};

struct ladder {
    struct ledger_tier_rule rules[LEDGER_TIERS_MAX];
    const char *names[LEDGER_TIERS_MAX];
    uint32_t count;
};

/* In ascending order, whatever the case's. */
static void add_tier(struct ladder *ladder, const struct tier_words *words)
{
    uint32_t at = ladder->count++;
    for (; at > 0 && ladder->rules[at - 1].from_minor > words->min_spent; at--) {
        ladder->rules[at] = ladder->rules[at - 1];
        ladder->names[at] = ladder->names[at - 1];
    }
    ladder->rules[at] = (struct ledger_tier_rule){.from_minor = words->min_spent};
    ladder->names[at] = words->name;
}

static void read_tiers(struct case_run *run, const json_t *list, struct ladder *ladder)
{
    size_t i;
    json_t *item;
    if (json_array_size(list) > LEDGER_TIERS_MAX)
        case_fault(run, "there are more than %d tiers", LEDGER_TIERS_MAX);
    json_array_foreach((json_t *)(uintptr_t)list, i, item)
    {
        struct tier_words words;
        case_read(run, "a tier", item, tier_words, COUNT_OF(tier_words), &words, NULL);
        if (!case_is_sound(run))
            return;
        add_tier(ladder, &words);
    }
}

static void compare(struct case_run *run, const json_t *expected, const struct ladder *ladder,
                    const struct ledger_tier *reached)
{
    struct reached_words words;
    case_read(run, "expected", expected, reached_words, COUNT_OF(reached_words), &words, NULL);
    if (!case_is_sound(run))
        return;
    json_t *got = reached->index == LEDGER_NO_TIER ? json_null() : json_string(ladder->names[reached->index]);
    case_compare(run, "tier", json_object_get(expected, "tier"), got, CASE_SAME);
    if (words.to_next != CASE_ABSENT)
        case_compare_number(run, "to_next", words.to_next, reached->next_minor);
}

void case_run_tier(struct case_run *run)
{
    struct spend_words words;
    struct ladder ladder = {.count = 0};
    case_read_body(run, spend_words, COUNT_OF(spend_words), &words);
    struct ledger_account *account = case_take(run, 1, sizeof(*account));
    if (case_is_sound(run))
        read_tiers(run, words.tiers, &ladder);
    if (!case_is_sound(run) || account == NULL ||
        !case_ok(run, ledger_spend(account, DAY, case_or(words.spent_before, 0)), "spent_before") ||
        !case_ok(run, ledger_spend(account, DAY, case_or(words.this_transaction, 0)), "this_transaction"))
        return;
    struct ledger_tier reached = ledger_tier_at(account, ladder.rules, ladder.count, DAY);
    compare(run, words.expected, &ladder, &reached);
}
