/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tier.h"

#include "base/civil.h"

int ledger_tier_of_spend(const struct ledger_tier_rule *rules, uint32_t count, int64_t spent_minor)
{
    int tier = LEDGER_NO_TIER;
    for (uint32_t i = 0; i < count; i++) {
        if (rules[i].from_minor <= 0 || spent_minor >= rules[i].from_minor)
            tier = (int)i;
    }
    return tier;
}

static int64_t keep_of(const struct ledger_tier_rule *rule)
{
    return rule->keep_minor > 0 && rule->keep_minor < rule->from_minor ? rule->keep_minor : rule->from_minor;
}

struct holding {
    bool is_held;
    int32_t until_day;
    int64_t spent_minor;
};

/* ---- by calendar year */

static int64_t spent_in(const struct ledger_account *account, int32_t year)
{
    for (uint32_t i = 0; i < account->year_count; i++) {
        if (account->years[i].day == year)
            return account->years[i].spent_minor;
    }
    return 0;
}

static int32_t last_day_of(int32_t year)
{
    return civil_day_of((struct civil_date){year, 12, 31});
}

static struct holding by_year(const struct ledger_account *account, const struct ledger_tier_rule *rule,
                              int32_t day)
{
    int32_t year = civil_date_of(day).year;
    struct holding holding = {.spent_minor = spent_in(account, year)};
    bool was_reached = false, is_reached = false;
    int32_t first = account->year_count > 0 ? account->years[0].day : year;
    for (int32_t y = first; y <= year; y++) {
        int64_t spent = spent_in(account, y);
        was_reached = is_reached;
        is_reached = spent >= rule->from_minor || (was_reached && spent >= keep_of(rule));
    }
    holding.is_held = is_reached || was_reached;
    holding.until_day = last_day_of(is_reached ? year + 1 : year);
    return holding;
}

/* ---- over a rolling window: day d counts in the windows of d to d + window_days - 1 */

struct window {
    const struct ledger_account *account;
    const struct ledger_tier_rule *rule;
    uint32_t coming; /* the next day of spend that comes in ... */
    uint32_t going;  /* ... and that goes out */
    int64_t sum;
    bool is_held;
};

static int32_t day_out(const struct window *window)
{
    return window->account->spends[window->going].day + window->rule->window_days;
}

/* Turns to the next day on which the sum changes, and answers it; INT32_MAX: it never does again. */
static int32_t turn(struct window *window, int32_t last_day_in)
{
    const struct ledger_account *account = window->account;
    bool has_coming =
        window->coming < account->spend_count && account->spends[window->coming].day <= last_day_in;
    int32_t in = has_coming ? account->spends[window->coming].day : INT32_MAX;
    int32_t out = window->going < window->coming ? day_out(window) : INT32_MAX;
    int32_t day = in < out ? in : out;
    if (day == INT32_MAX)
        return day;
    if (out == day)
        window->sum -= account->spends[window->going++].spent_minor;
    if (in == day)
        window->sum += account->spends[window->coming++].spent_minor;
    if (window->sum >= window->rule->from_minor)
        window->is_held = true;
    else if (window->sum < keep_of(window->rule))
        window->is_held = false;
    return day;
}

static struct holding by_window(const struct ledger_account *account, const struct ledger_tier_rule *rule,
                                int32_t day)
{
    struct window window = {.account = account, .rule = rule}, before = window;
    int32_t changed = turn(&window, day);
    while (changed <= day) {
        before = window;
        changed = turn(&window, day);
    }
    struct holding holding = {.is_held = before.is_held, .spent_minor = before.sum};
    while (changed != INT32_MAX && window.is_held)
        changed = turn(&window, day);
    holding.until_day = changed == INT32_MAX ? 0 : changed - 1;
    return holding;
}

struct ledger_tier ledger_tier_at(const struct ledger_account *account, const struct ledger_tier_rule *rules,
                                  uint32_t count, int32_t day)
{
    struct ledger_tier tier = {.index = LEDGER_NO_TIER};
    for (uint32_t i = count; i > 0; i--) {
        const struct ledger_tier_rule *rule = &rules[i - 1];
        struct holding holding =
            rule->window_days == 0 ? by_year(account, rule, day) : by_window(account, rule, day);
        if (rule->from_minor <= 0)
            holding = (struct holding){.is_held = true, .spent_minor = holding.spent_minor};
        tier.spent_minor = holding.spent_minor;
        if (holding.is_held) {
            tier.index = (int)i - 1;
            tier.until_day = holding.until_day;
            break;
        }
        tier.next_minor = rule->from_minor - holding.spent_minor;
    }
    return tier;
}
