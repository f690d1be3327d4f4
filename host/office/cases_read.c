/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the cases, by tables. */
#include "base/civil.h"
#include "base/money.h"
#include "office/cases_kit.h"

#define FINEST_PLACES 12

static struct span next_spelling(struct span *spellings)
{
    size_t size = 0;
    while (size < spellings->size && spellings->bytes[size] != '|')
        size++;
    struct span word = {spellings->bytes, size};
    size_t used = size < spellings->size ? size + 1 : size;
    *spellings = (struct span){spellings->bytes + used, spellings->size - used};
    return word;
}

/* "used" is itself, "concurrent*" all that begins so, "*_months" all that ends so. */
static bool is_spelling(struct span spelling, struct span key)
{
    size_t size = spelling.size;
    if (size > 0 && spelling.bytes[0] == '*')
        return key.size >= size - 1 &&
               memcmp(key.bytes + key.size - (size - 1), spelling.bytes + 1, size - 1) == 0;
    if (size > 0 && spelling.bytes[size - 1] == '*')
        return key.size >= size - 1 && memcmp(key.bytes, spelling.bytes, size - 1) == 0;
    return span_is_equal(spelling, key);
}

static bool spells(const char *spellings, struct span key)
{
    struct span rest = span_of_text(spellings);
    while (rest.size > 0) {
        if (is_spelling(next_spelling(&rest), key))
            return true;
    }
    return false;
}

bool case_spells(const char *spellings, const char *word)
{
    return spells(spellings, span_of_text(word));
}

struct span case_word_name(const struct case_word *word)
{
    struct span rest = span_of_text(word->spellings);
    return next_spelling(&rest);
}

/* A half goes away from zero, as everywhere with money. */
static bool round_half_up(int64_t value, unsigned from_places, unsigned places, int64_t *out)
{
    int64_t divisor = 1;
    for (unsigned i = places; i < from_places; i++)
        divisor *= 10;
    return money_scale(value, 1, divisor, out) == ERR_OK;
}

bool case_decimal(const json_t *json, unsigned places, int64_t *out)
{
    if (json_is_integer(json)) {
        int64_t value = json_integer_value(json);
        for (unsigned i = 0; i < places; i++) {
            if (__builtin_mul_overflow(value, 10, &value))
                return false;
        }
        *out = value;
        return true;
    }
    int64_t fine;
    if (!json_is_string(json))
        return false;
    struct span text = span_of_text(json_string_value(json));
    if (money_parse_decimal(text, places, out) == ERR_OK)
        return true;
    return money_parse_decimal(text, FINEST_PLACES, &fine) == ERR_OK &&
           round_half_up(fine, FINEST_PLACES, places, out);
}

static bool read_day(const json_t *json, int64_t *out)
{
    int32_t day;
    struct span text = span_of_text(json_is_string(json) ? json_string_value(json) : "");
    /* "2016-12-24T18:00" is that day too: dates are the store's own. */
    struct span date = {text.bytes,
                        text.size > 10 && (text.bytes[10] == 'T' || text.bytes[10] == ' ') ? 10 : text.size};
    if (civil_parse_day(date, &day) != ERR_OK)
        return false;
    *out = day;
    return true;
}

static bool read_whole(const json_t *json, int64_t *out)
{
    return case_decimal(json, 0, out) &&
           (json_is_integer(json) ||
            money_parse_decimal(span_of_text(json_string_value(json)), 0, out) == ERR_OK);
}

static const char *const type_names[] = {
    [CASE_NUMBER] = "a whole number", [CASE_PERCENT] = "a percentage", [CASE_QUANTITY] = "a quantity",
    [CASE_FLAG] = "true or false",    [CASE_DAY] = "a date",           [CASE_TEXT] = "a text",
    [CASE_LIST] = "a list",           [CASE_OBJECT] = "an object",     [CASE_ANY] = "anything",
    [CASE_NOTE] = "anything",
};

static bool read_value(const struct case_word *word, const json_t *json, void *out)
{
    void *at = (char *)out + word->offset;
    switch (word->type) {
    case CASE_NUMBER:
        return read_whole(json, at);
    case CASE_PERCENT:
        return case_decimal(json, 2, at);
    case CASE_QUANTITY:
        return case_decimal(json, 3, at);
    case CASE_DAY:
        return read_day(json, at);
    case CASE_FLAG:
        *(int64_t *)at = json_is_true(json);
        return json_is_boolean(json);
    case CASE_TEXT:
        *(const char **)at = json_string_value(json);
        return json_is_string(json);
    case CASE_LIST:
        *(const json_t **)at = json;
        return json_is_array(json);
    case CASE_OBJECT:
        *(const json_t **)at = json;
        return json_is_object(json);
    case CASE_ANY:
        *(const json_t **)at = json;
        return true;
    case CASE_NOTE:
        return true;
    }
    return false;
}

static void clear_value(const struct case_word *word, void *out)
{
    void *at = (char *)out + word->offset;
    if (word->type <= CASE_DAY)
        *(int64_t *)at = CASE_ABSENT;
    else if (word->type != CASE_NOTE)
        *(const void **)at = NULL;
}

static const struct case_word *find_word(const struct case_word *words, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (spells(words[i].spellings, span_of_text(key)))
            return &words[i];
    }
    return NULL;
}

static void check_required(struct case_run *run, const char *where, const struct case_word *words,
                           size_t count, uint64_t present)
{
    for (size_t i = 0; i < count; i++) {
        struct span name = case_word_name(&words[i]);
        if (words[i].is_required && !(present >> i & 1))
            case_fault(run, "%s: \"%.*s\" is missing", where, (int)name.size, (const char *)name.bytes);
    }
}

void case_read(struct case_run *run, const char *where, const json_t *json, const struct case_word *words,
               size_t count, void *out, uint64_t *out_present)
{
    KASSA_ASSERT(count <= 64);
    uint64_t present = 0;
    for (size_t i = 0; i < count; i++)
        clear_value(&words[i], out);
    if (!json_is_object(json))
        case_fault(run, "%s is not an object", where);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        const struct case_word *word = find_word(words, count, key);
        if (word == NULL)
            case_fault(run, "%s: the word \"%s\" is not known", where, key);
        else if (json_is_null(value))
            continue;
        else if (!read_value(word, value, out))
            case_fault(run, "%s: \"%s\" is not %s", where, key, type_names[word->type]);
        else
            present |= UINT64_C(1) << (word - words);
    }
    check_required(run, where, words, count, present);
    if (out_present != NULL)
        *out_present = present;
}

int case_choose(struct case_run *run, const char *what, const char *text, const struct case_choice *choices,
                size_t count, int otherwise)
{
    if (text == NULL)
        return otherwise;
    for (size_t i = 0; i < count; i++) {
        if (spells(choices[i].spellings, span_of_text(text)))
            return choices[i].value;
    }
    case_fault(run, "%s: the word \"%s\" is not known", what, text);
    return otherwise;
}

uint32_t case_count(struct case_run *run, const char *what, int64_t value, uint32_t most, uint32_t otherwise)
{
    if (value == CASE_ABSENT)
        return otherwise;
    if (value < 0 || value > most) {
        case_fault(run, "%s is negative or too large", what);
        return otherwise;
    }
    return (uint32_t)value;
}

/* ---- what all cases hold */

static const struct case_word head_words[] = {
    CASE_MUST("id", CASE_TEXT, offsetof(struct case_head, id)),
    CASE_MUST("kind", CASE_TEXT, offsetof(struct case_head, kind)),
    CASE_MAY("set|group|source|notes|note|comment|derived_expected|allocation_independent|title", CASE_NOTE,
             0),
    CASE_MAY("currency", CASE_NOTE, 0),
};

static bool is_head_word(const char *key)
{
    return find_word(head_words, COUNT_OF(head_words), key) != NULL;
}

/* The words of one part of the case, as an object of its own. */
static json_t *part_of(struct case_run *run, bool head)
{
    json_t *part = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)run->json, key, value)
    {
        if (is_head_word(key) == head)
            (void)json_object_set(part, key, value);
    }
    if (part == NULL)
        case_fault(run, "no memory is left");
    return part;
}

struct currency {
    const char *code;
    int64_t minor_digits;
};

static const struct case_word currency_words[] = {
    CASE_MAY("code", CASE_TEXT, offsetof(struct currency, code)),
    CASE_MAY("minor_digits|exponent|decimals", CASE_NUMBER, offsetof(struct currency, minor_digits)),
};

void case_read_head(struct case_run *run, struct case_head *out)
{
    json_t *part = part_of(run, true);
    case_read(run, "the case", part, head_words, COUNT_OF(head_words), out, NULL);
    json_decref(part);
    out->minor_digits = 2;
    const json_t *json = json_object_get(run->json, "currency");
    struct currency currency;
    if (json == NULL)
        return;
    case_read(run, "currency", json, currency_words, COUNT_OF(currency_words), &currency, NULL);
    out->minor_digits = case_or(currency.minor_digits, 2);
    if (out->minor_digits < 0 || out->minor_digits > MONEY_EXPONENT_MAX)
        case_fault(run, "currency: %lld minor digits are more than money has here",
                   (long long)out->minor_digits);
}

void case_read_body(struct case_run *run, const struct case_word *words, size_t count, void *out)
{
    json_t *part = part_of(run, false);
    case_read(run, "the case", part, words, count, out, NULL);
    json_decref(part);
}
