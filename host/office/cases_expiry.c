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
    int64_t earned, days, weeks, months, years, count;
    const json_t *lifetime, *expected, *rounding;
    const char *unit;
};

/* How a rounding is spelt: a word ("rounding": "month_end") or a flag that names its unit ("to_month_end": true). */
#define ROUNDING_WORDS                                                                                       \
    "round*|expire|expires_at_end_of|valid_through*|through*|until_end_of*|rule|mode|boundary|granularity|"  \
    "end_of*|last_day_of*|*_end|*_of_month|*_of_quarter|*_of_year"

static const struct case_word expiry_words[] = {
    CASE_MUST("earned*|earn_date|accrued*|awarded*|purchased*|date|start|start_date|issued*|from|on",
              CASE_DAY, offsetof(struct expiry_words, earned)),
    CASE_MAY(ROUNDING_WORDS, CASE_ANY, offsetof(struct expiry_words, rounding)),
    CASE_MAY("days|*_days", CASE_NUMBER, offsetof(struct expiry_words, days)),
    CASE_MAY("weeks|*_weeks", CASE_NUMBER, offsetof(struct expiry_words, weeks)),
    CASE_MAY("months|*_months", CASE_NUMBER, offsetof(struct expiry_words, months)),
    CASE_MAY("years|*_years", CASE_NUMBER, offsetof(struct expiry_words, years)),
    CASE_MAY("count|number|value|*_count|*_value", CASE_NUMBER, offsetof(struct expiry_words, count)),
    CASE_MAY("unit|*_unit|*_type", CASE_TEXT, offsetof(struct expiry_words, unit)),
    CASE_MUST("expected", CASE_ANY, offsetof(struct expiry_words, expected)),
    CASE_MAY("lifetime|*duration|validity*|valid_for|period|expires_*|expire_after|expiration*|expiry*|"
             "policy|life|ttl|after",
             CASE_ANY, offsetof(struct expiry_words, lifetime)),
};

/* A rounding is known by the unit that it names: "month_end", "end_of_quarter", "year". */
static const struct {
    const char *unit;
    enum ledger_rounding rounding;
} roundings[] = {{"month", LEDGER_TO_MONTH_END}, {"quarter", LEDGER_TO_QUARTER_END},
                 {"year", LEDGER_TO_YEAR_END},   {"day", LEDGER_TO_DAY},
                 {"none", LEDGER_TO_DAY},        {"exact", LEDGER_TO_DAY}};

/* "END_OF_MONTH" is "end_of_month". */
static const char *in_small_letters(struct case_run *run, const char *text)
{
    char *copy = case_take(run, strlen(text) + 1, 1);
    for (size_t i = 0; copy != NULL && text[i] != '\0'; i++)
        copy[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    return copy != NULL ? copy : "";
}

static enum ledger_rounding read_rounding(struct case_run *run, const char *text)
{
    const char *word = in_small_letters(run, text);
    for (size_t i = 0; i < COUNT_OF(roundings); i++) {
        if (strstr(word, roundings[i].unit) != NULL)
            return roundings[i].rounding;
    }
    case_fault(run, "rounding: the word \"%s\" is not known", text);
    return LEDGER_TO_DAY;
}

/* Of the word or the flag that says it. */
static enum ledger_rounding rounding_of(struct case_run *run)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)run->json, key, value)
    {
        if (!case_spells(ROUNDING_WORDS, key) || json_is_null(value) || json_is_false(value))
            continue;
        if (!json_is_true(value) && !json_is_string(value))
            case_fault(run, "\"%s\" is neither a text nor true or false", key);
        return read_rounding(run, json_is_string(value) ? json_string_value(value) : key);
    }
    return LEDGER_TO_DAY;
}

struct lifetime_words {
    int64_t days, weeks, months, years, count;
    const char *unit, *duration;
};

static const struct case_word lifetime_words[] = {
    CASE_MAY("days", CASE_NUMBER, offsetof(struct lifetime_words, days)),
    CASE_MAY("weeks", CASE_NUMBER, offsetof(struct lifetime_words, weeks)),
    CASE_MAY("months", CASE_NUMBER, offsetof(struct lifetime_words, months)),
    CASE_MAY("years", CASE_NUMBER, offsetof(struct lifetime_words, years)),
    CASE_MAY("count|amount|value|number", CASE_NUMBER, offsetof(struct lifetime_words, count)),
    CASE_MAY("unit", CASE_TEXT, offsetof(struct lifetime_words, unit)),
    CASE_MAY("*duration", CASE_TEXT, offsetof(struct lifetime_words, duration)),
};

enum unit { IN_DAYS, IN_WEEKS, IN_MONTHS, IN_YEARS };
static const struct case_choice units[] = {{"day|days|d", IN_DAYS},
                                           {"week|weeks|w", IN_WEEKS},
                                           {"month|months|m", IN_MONTHS},
                                           {"year|years|y", IN_YEARS}};

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

static struct ledger_lifetime count_of_units(struct case_run *run, int64_t count, const char *unit)
{
    return lifetime_of(run, count,
                       (enum unit)case_choose(run, "the lifetime", in_small_letters(run, unit), units,
                                              COUNT_OF(units), IN_DAYS));
}

/* "P12M"; "12M" and "12 months" are taken, too. */
static struct ledger_lifetime read_duration(struct case_run *run, const char *text)
{
    const char *digits = text[0] == 'P' ? text + 1 : text;
    size_t size = strspn(digits, "0123456789");
    const char *unit = digits + size + strspn(digits + size, " ");
    int64_t count = 0;
    if (unit[0] == '\0' ||
        money_parse_decimal((struct span){(const uint8_t *)digits, size}, 0, &count) != ERR_OK)
        case_fault(run, "the lifetime \"%s\" is not of the form P12M", text);
    return case_is_sound(run) ? count_of_units(run, count, unit) : (struct ledger_lifetime){0};
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

/* {"months": 12}, {"unit": "months", "count": 12} or {"expiration_duration": "P12M"}. */
static struct ledger_lifetime read_parts(struct case_run *run, const json_t *json)
{
    struct lifetime_words parts;
    case_read(run, "the lifetime", json, lifetime_words, COUNT_OF(lifetime_words), &parts, NULL);
    if (!case_is_sound(run))
        return (struct ledger_lifetime){0};
    if (parts.duration != NULL)
        return read_duration(run, parts.duration);
    if (parts.unit != NULL && parts.count != CASE_ABSENT)
        return count_of_units(run, parts.count, parts.unit);
    const int64_t said[] = {parts.days, parts.weeks, parts.months, parts.years};
    return read_counts(run, said);
}

static struct ledger_lifetime read_lifetime(struct case_run *run, const struct expiry_words *words)
{
    const int64_t counts[] = {words->days, words->weeks, words->months, words->years};
    int64_t count = words->count;
    if (json_is_string(words->lifetime))
        return read_duration(run, json_string_value(words->lifetime));
    if (words->lifetime != NULL && !case_decimal(words->lifetime, 0, &count))
        return read_parts(run, words->lifetime);
    if (count != CASE_ABSENT)
        return count_of_units(run, count, words->unit != NULL ? words->unit : "days");
    return read_counts(run, counts);
}

/* "2021-08-01", or an object that holds one date, whatever it is called, and notes. */
static const char *expected_day(struct case_run *run, const json_t *json)
{
    const char *key, *day = json_string_value(json);
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        if (case_spells("notes|note|comment", key))
            continue;
        if (day != NULL || !json_is_string(value))
            case_fault(run, "expected: it is to be one date");
        day = json_string_value(value);
    }
    if (day == NULL)
        case_fault(run, "expected: it is to be one date");
    return day != NULL ? day : "";
}

struct expires_words {
    int64_t day;
};
static const struct case_word expires_words[] = {
    CASE_MUST("day", CASE_DAY, offsetof(struct expires_words, day))};

static int64_t read_expected(struct case_run *run, const json_t *json)
{
    struct expires_words words = {0};
    json_t *one = json_pack("{s:s}", "day", expected_day(run, json));
    case_read(run, "expected", one, expires_words, COUNT_OF(expires_words), &words, NULL);
    json_decref(one);
    return words.day;
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
    lifetime.rounding = rounding_of(run);
    int64_t expected = case_is_sound(run) ? read_expected(run, words.expected) : 0;
    if (!case_is_sound(run) || !case_ok(run, ledger_expiry_day((int32_t)words.earned, &lifetime, &day),
                                        "the points have no such day"))
        return;
    json_t *wanted = day_json((int32_t)expected);
    case_compare(run, "expires", wanted, day_json(day), CASE_SAME);
    json_decref(wanted);
}
