/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "expiry_date": the first day on which points cannot be used any more, out of the day on which they were
 * earned, how long they live, and to the end of what that is rounded. A lifetime is a number of days, weeks, months
 * or years: as a word of its own ("months": 12), as an object ({"months": 12}, {"unit": "months", "count": 12}) or as
 * an ISO 8601 duration of one part ("P12M"). */
#include "base/civil.h"
#include "base/money.h"
#include "ledger/dates.h"
#include "office/cases_kit.h"

#define DAYS_A_WEEK 7

struct expiry_words {
    int64_t earned, days, weeks, months, years;
    const json_t *lifetime, *expected;
    const char *rounding;
};

static const struct case_word expiry_words[] = {
    CASE_MUST("earned|earned_on|earned_at|earned_date|earn_date|date|start|start_date|issued|issued_on|from",
              CASE_DAY, offsetof(struct expiry_words, earned)),
    CASE_MAY("lifetime|duration|validity|valid_for|period|expires_after|expiration_duration|life", CASE_ANY,
             offsetof(struct expiry_words, lifetime)),
    CASE_MAY("days|valid_days|lifetime_days|validity_days|expires_after_days", CASE_NUMBER,
             offsetof(struct expiry_words, days)),
    CASE_MAY("weeks|valid_weeks|lifetime_weeks|validity_weeks", CASE_NUMBER,
             offsetof(struct expiry_words, weeks)),
    CASE_MAY("months|valid_months|lifetime_months|validity_months|expires_after_months|duration_months",
             CASE_NUMBER, offsetof(struct expiry_words, months)),
    CASE_MAY("years|valid_years|lifetime_years|validity_years", CASE_NUMBER,
             offsetof(struct expiry_words, years)),
    CASE_MAY(
        "round*|expire|expires_at_end_of|valid_through|through|end_of|until_end_of|rule|policy|mode|boundary",
        CASE_TEXT, offsetof(struct expiry_words, rounding)),
    CASE_MUST("expected", CASE_ANY, offsetof(struct expiry_words, expected)),
};

/* A rounding is known by the unit that it names: "month_end", "end_of_quarter", "year". */
static const struct {
    const char *unit;
    enum ledger_rounding rounding;
} roundings[] = {{"month", LEDGER_TO_MONTH_END}, {"quarter", LEDGER_TO_QUARTER_END},
                 {"year", LEDGER_TO_YEAR_END},   {"day", LEDGER_TO_DAY},
                 {"none", LEDGER_TO_DAY},        {"exact", LEDGER_TO_DAY}};

static enum ledger_rounding read_rounding(struct case_run *run, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(roundings) && text != NULL; i++) {
        if (strstr(text, roundings[i].unit) != NULL)
            return roundings[i].rounding;
    }
    if (text != NULL)
        case_fault(run, "rounding: the word \"%s\" is not known", text);
    return LEDGER_TO_DAY;
}

struct lifetime_words {
    int64_t days, weeks, months, years, count;
    const char *unit;
};

static const struct case_word lifetime_words[] = {
    CASE_MAY("days", CASE_NUMBER, offsetof(struct lifetime_words, days)),
    CASE_MAY("weeks", CASE_NUMBER, offsetof(struct lifetime_words, weeks)),
    CASE_MAY("months", CASE_NUMBER, offsetof(struct lifetime_words, months)),
    CASE_MAY("years", CASE_NUMBER, offsetof(struct lifetime_words, years)),
    CASE_MAY("count|amount|value|number", CASE_NUMBER, offsetof(struct lifetime_words, count)),
    CASE_MAY("unit", CASE_TEXT, offsetof(struct lifetime_words, unit)),
};

enum unit { IN_DAYS, IN_WEEKS, IN_MONTHS, IN_YEARS };
static const struct case_choice units[] = {{"day|days|D|d", IN_DAYS},
                                           {"week|weeks|W|w", IN_WEEKS},
                                           {"month|months|M", IN_MONTHS},
                                           {"year|years|Y|y", IN_YEARS}};

static struct ledger_lifetime lifetime_of(struct case_run *run, int64_t count, enum unit unit)
{
    static const struct {
        enum ledger_unit unit;
        int64_t factor;
    } of[] = {[IN_DAYS] = {LEDGER_DAYS, 1},
              [IN_WEEKS] = {LEDGER_DAYS, DAYS_A_WEEK},
              [IN_MONTHS] = {LEDGER_MONTHS, 1},
              [IN_YEARS] = {LEDGER_YEARS, 1}};
    if (count < 0 || count > UINT32_MAX / DAYS_A_WEEK)
        case_fault(run, "the lifetime is negative or too long");
    return (struct ledger_lifetime){.amount = (uint32_t)(count * of[unit].factor), .unit = of[unit].unit};
}

/* "P12M"; "12M" is taken, too. */
static struct ledger_lifetime read_duration(struct case_run *run, const char *text)
{
    struct span rest = span_of_text(text);
    int64_t count = 0;
    if (rest.size > 0 && rest.bytes[0] == 'P')
        rest = (struct span){rest.bytes + 1, rest.size - 1};
    if (rest.size < 2 || money_parse_decimal((struct span){rest.bytes, rest.size - 1}, 0, &count) != ERR_OK)
        case_fault(run, "the lifetime \"%s\" is not of the form P12M", text);
    const char unit[] = {rest.size > 0 ? (char)rest.bytes[rest.size - 1] : 'D', '\0'};
    return lifetime_of(run, count,
                       (enum unit)case_choose(run, "the lifetime", unit, units, COUNT_OF(units), IN_DAYS));
}

/* The one that is said; several are a fault. */
static struct ledger_lifetime read_counts(struct case_run *run, const int64_t counts[4])
{
    struct ledger_lifetime lifetime = {0};
    int said = 0;
    for (int unit = IN_DAYS; unit <= IN_YEARS; unit++) {
        if (counts[unit] == CASE_ABSENT)
            continue;
        lifetime = lifetime_of(run, counts[unit], (enum unit)unit);
        said++;
    }
    if (said > 1)
        case_fault(run, "the lifetime has more than one unit");
    return lifetime;
}

static struct ledger_lifetime read_lifetime(struct case_run *run, const struct expiry_words *words)
{
    struct lifetime_words parts;
    const int64_t counts[] = {words->days, words->weeks, words->months, words->years};
    if (words->lifetime == NULL)
        return read_counts(run, counts);
    if (json_is_string(words->lifetime))
        return read_duration(run, json_string_value(words->lifetime));
    case_read(run, "the lifetime", words->lifetime, lifetime_words, COUNT_OF(lifetime_words), &parts, NULL);
    if (!case_is_sound(run))
        return (struct ledger_lifetime){0};
    if (parts.unit != NULL && parts.count != CASE_ABSENT)
        return lifetime_of(
            run, parts.count,
            (enum unit)case_choose(run, "the lifetime", parts.unit, units, COUNT_OF(units), IN_DAYS));
    const int64_t said[] = {parts.days, parts.weeks, parts.months, parts.years};
    return read_counts(run, said);
}

struct expires_words {
    int64_t expires;
};

static const struct case_word expires_words[] = {
    CASE_MUST(
        "expires|expires_on|expires_at|expiry|expiry_date|expiration|expiration_date|date|first_invalid_day|"
        "invalid_from|"
        "not_valid_from|first_day_invalid",
        CASE_DAY, offsetof(struct expires_words, expires)),
};

/* {"expires": "2021-08-01"}, or the date alone. */
static int64_t read_expected(struct case_run *run, const json_t *json)
{
    struct expires_words words = {0};
    json_t *whole =
        json_is_string(json) ? json_pack("{s:O}", "expires", json) : json_incref((json_t *)(uintptr_t)json);
    case_read(run, "expected", whole, expires_words, COUNT_OF(expires_words), &words, NULL);
    json_decref(whole);
    return words.expires;
}

static json_t *day_json(int32_t day)
{
    char text[11];
    civil_format_day(day, text);
    return json_string(day == LEDGER_NEVER ? "never" : text);
}

void case_run_expiry_date(struct case_run *run)
{
    struct expiry_words words;
    int32_t day = 0;
    case_read_body(run, expiry_words, COUNT_OF(expiry_words), &words);
    if (!case_is_sound(run))
        return;
    struct ledger_lifetime lifetime = read_lifetime(run, &words);
    lifetime.rounding = read_rounding(run, words.rounding);
    int64_t expected = case_is_sound(run) ? read_expected(run, words.expected) : 0;
    if (!case_is_sound(run) || !case_ok(run, ledger_expiry_day((int32_t)words.earned, &lifetime, &day),
                                        "the points have no such day"))
        return;
    json_t *wanted = day_json((int32_t)expected);
    case_compare(run, "expires", wanted, day_json(day), CASE_SAME);
    json_decref(wanted);
}
