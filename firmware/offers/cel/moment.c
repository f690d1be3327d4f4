/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/moment.h"

#include "base/civil.h"
#include "offers/cel/text.h"

#define DAY_SECONDS  INT64_C(86400)
#define UNITS_DIGITS 9
#define OFFSET_SIZE  6  /* "+02:00" */
#define DATE_SIZE    19 /* "2026-11-21T10:00:00" */

static int64_t divide_floor(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

/* Two digits of a text, at most `most`; false otherwise. */
static bool read_two(struct span text, size_t at, uint32_t most, int64_t *out)
{
    if (text.size < at + 2 || !cel_is_digit(text.bytes[at]) || !cel_is_digit(text.bytes[at + 1]))
        return false;
    *out = (text.bytes[at] - '0') * 10 + (text.bytes[at + 1] - '0');
    return *out <= (int64_t)most;
}

bool cel_offset_read(struct span text, int32_t *out_offset_s)
{
    int64_t hours, minutes;
    size_t sign = text.size == OFFSET_SIZE && (text.bytes[0] == '+' || text.bytes[0] == '-') ? 1 : 0;
    if (text.size != OFFSET_SIZE - 1 + sign || text.bytes[sign + 2] != ':' ||
        !read_two(text, sign, 23, &hours) || !read_two(text, sign + 3, 59, &minutes))
        return false;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *out_offset_s = text.bytes[0] == '-' ? -seconds : seconds;
    return true;
}

/* ".123" -> nanoseconds; digits beyond the ninth do not count. Moves *at behind it. */
static bool read_fraction(struct span text, size_t *at, uint32_t *out)
{
    uint32_t nanoseconds = 0, count = 0;
    if (*at >= text.size || text.bytes[*at] != '.') {
        *out = 0;
        return true;
    }
    for ((*at)++; *at < text.size && cel_is_digit(text.bytes[*at]); (*at)++, count++) {
        if (count < UNITS_DIGITS)
            nanoseconds = nanoseconds * 10 + (uint32_t)(text.bytes[*at] - '0');
    }
    for (uint32_t i = count; i < UNITS_DIGITS; i++)
        nanoseconds *= 10;
    *out = nanoseconds;
    return count > 0;
}

static bool read_clock(struct span text, int64_t *out_seconds)
{
    int64_t hours, minutes, seconds;
    bool has_marks =
        (text.bytes[10] == 'T' || text.bytes[10] == 't') && text.bytes[13] == ':' && text.bytes[16] == ':';
    if (!has_marks || !read_two(text, 11, 23, &hours) || !read_two(text, 14, 59, &minutes) ||
        !read_two(text, 17, 59, &seconds))
        return false;
    *out_seconds = hours * 3600 + minutes * 60 + seconds;
    return true;
}

enum err cel_moment_read(struct span text, struct cel_moment *out)
{
    int32_t day, offset_s = 0;
    int64_t seconds;
    struct cel_moment moment;
    size_t at = DATE_SIZE;
    if (text.size <= DATE_SIZE || civil_parse_day(cel_part(text, 0, 10), &day) != ERR_OK ||
        !read_clock(text, &seconds) || !read_fraction(text, &at, &moment.nanoseconds))
        return ERR_SYNTAX;
    struct span zone = cel_part(text, at, text.size);
    bool is_utc = zone.size == 1 && (zone.bytes[0] == 'Z' || zone.bytes[0] == 'z');
    if (!is_utc && (zone.size != OFFSET_SIZE || !cel_offset_read(zone, &offset_s)))
        return ERR_SYNTAX;
    moment.unix_s = day * DAY_SECONDS + seconds - offset_s;
    if (!cel_moment_is_valid(moment))
        return ERR_RANGE;
    *out = moment;
    return ERR_OK;
}

static size_t write_two(int64_t number, char mark, uint8_t *out)
{
    out[0] = (uint8_t)('0' + number / 10);
    out[1] = (uint8_t)('0' + number % 10);
    out[2] = (uint8_t)mark;
    return mark == '\0' ? 2 : 3;
}

/* ".5": nothing if there is none. */
static size_t write_fraction(uint32_t nanoseconds, uint8_t *out)
{
    size_t size = nanoseconds > 0 ? UNITS_DIGITS : 0;
    for (size_t i = size; i > 0; i--, nanoseconds /= 10)
        out[i] = (uint8_t)('0' + nanoseconds % 10);
    while (size > 0 && out[size] == '0')
        size--;
    out[0] = '.';
    return size > 0 ? size + 1 : 0;
}

size_t cel_moment_write(struct cel_moment moment, uint8_t out[CEL_MOMENT_TEXT_SIZE])
{
    int64_t day = divide_floor(moment.unix_s, DAY_SECONDS), seconds = moment.unix_s - day * DAY_SECONDS;
    char date[11];
    civil_format_day((int32_t)day, date);
    memcpy(out, date, 10);
    out[10] = 'T';
    size_t size = 11;
    size += write_two(seconds / 3600, ':', out + size);
    size += write_two(seconds / 60 % 60, ':', out + size);
    size += write_two(seconds % 60, '\0', out + size);
    size += write_fraction(moment.nanoseconds, out + size);
    out[size++] = 'Z';
    return size;
}

enum err cel_moment_add(struct cel_moment moment, int64_t duration, struct cel_moment *out)
{
    int64_t seconds = divide_floor(duration, CEL_SECOND);
    int64_t nanoseconds = (int64_t)moment.nanoseconds + (duration - seconds * CEL_SECOND);
    struct cel_moment sum = {moment.unix_s + seconds + nanoseconds / CEL_SECOND,
                             (uint32_t)(nanoseconds % CEL_SECOND)};
    if (!cel_moment_is_valid(sum))
        return ERR_RANGE;
    *out = sum;
    return ERR_OK;
}

enum err cel_moment_subtract(struct cel_moment a, struct cel_moment b, int64_t *out_duration)
{
    int64_t duration;
    if (__builtin_mul_overflow(a.unix_s - b.unix_s, CEL_SECOND, &duration) ||
        __builtin_add_overflow(duration, (int64_t)a.nanoseconds - (int64_t)b.nanoseconds, &duration))
        return ERR_RANGE;
    *out_duration = duration;
    return ERR_OK;
}

struct unit_row {
    const char *name;
    int64_t nanoseconds;
};

static const struct unit_row units[] = {
    {"ns", 1},           {"us", 1000},      {"\xc2\xb5s", 1000}, /* micro sign ... */
    {"\xce\xbcs", 1000},                                         /* ... and Greek mu */
    {"ms", 1000000},     {"s", CEL_SECOND}, {"m", 60 * CEL_SECOND}, {"h", 3600 * CEL_SECOND},
};

static const struct unit_row *read_unit(struct span text, size_t *at)
{
    size_t end = *at;
    while (end < text.size && !cel_is_digit(text.bytes[end]) && text.bytes[end] != '.')
        end++;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (span_is_equal(cel_part(text, *at, end), span_of_text(units[i].name))) {
            *at = end;
            return &units[i];
        }
    }
    return NULL;
}

/* One decimal with its unit, added to *total, which is kept negative: there is one more negative number. */
static enum err read_piece(struct span text, size_t *at, int64_t *total)
{
    size_t begin = *at;
    while (*at < text.size && cel_is_digit(text.bytes[*at]))
        (*at)++;
    bool has_whole = *at > begin, has_point = *at < text.size && text.bytes[*at] == '.';
    uint64_t whole = 0;
    if (has_whole && !cel_read_digits(cel_part(text, begin, *at), 10, &whole))
        return ERR_RANGE;
    uint32_t billionths;
    if (!read_fraction(text, at, &billionths) && !has_whole)
        return ERR_SYNTAX;
    const struct unit_row *unit = has_whole || has_point ? read_unit(text, at) : NULL;
    if (unit == NULL)
        return ERR_SYNTAX;
    int64_t amount, fraction = 0;
    if (whole > INT64_MAX || __builtin_mul_overflow((int64_t)whole, unit->nanoseconds, &amount))
        return ERR_RANGE;
    fraction = unit->nanoseconds >= CEL_SECOND ? (int64_t)billionths * (unit->nanoseconds / CEL_SECOND)
                                               : (int64_t)billionths * unit->nanoseconds / CEL_SECOND;
    if (__builtin_sub_overflow(*total, amount, total) || __builtin_sub_overflow(*total, fraction, total))
        return ERR_RANGE;
    return ERR_OK;
}

enum err cel_duration_read(struct span text, int64_t *out)
{
    bool is_negative = text.size > 0 && text.bytes[0] == '-';
    size_t at = is_negative || (text.size > 0 && text.bytes[0] == '+') ? 1 : 0;
    int64_t total = 0;
    if (text.size == at + 1 && text.bytes[at] == '0') {
        *out = 0;
        return ERR_OK;
    }
    if (at == text.size)
        return ERR_SYNTAX;
    while (at < text.size)
        TRY(read_piece(text, &at, &total));
    if (!is_negative && total == INT64_MIN)
        return ERR_RANGE;
    *out = is_negative ? total : -total;
    return ERR_OK;
}

size_t cel_duration_write(int64_t duration, uint8_t out[CEL_MOMENT_TEXT_SIZE])
{
    uint64_t magnitude = cel_magnitude(duration);
    size_t size = duration < 0 ? 1 : 0;
    out[0] = '-';
    size += cel_write_uint(magnitude / (uint64_t)CEL_SECOND, 10, false, out + size);
    size += write_fraction((uint32_t)(magnitude % (uint64_t)CEL_SECOND), out + size);
    out[size++] = 's';
    return size;
}

int64_t cel_moment_part(struct cel_moment moment, int32_t offset_s, enum cel_part part)
{
    int64_t local = moment.unix_s + offset_s, day = divide_floor(local, DAY_SECONDS),
            seconds = local - day * DAY_SECONDS;
    struct civil_date date = civil_date_of((int32_t)day);
    switch (part) {
    case CEL_PART_YEAR:
        return date.year;
    case CEL_PART_MONTH:
        return date.month - 1;
    case CEL_PART_DAY_OF_YEAR:
        return day - civil_day_of((struct civil_date){date.year, 1, 1});
    case CEL_PART_DAY_OF_MONTH:
        return date.day - 1;
    case CEL_PART_DATE:
        return date.day;
    case CEL_PART_DAY_OF_WEEK:
        return civil_weekday_of((int32_t)day) % 7;
    case CEL_PART_HOURS:
        return seconds / 3600;
    case CEL_PART_MINUTES:
        return seconds / 60 % 60;
    case CEL_PART_SECONDS:
        return seconds % 60;
    case CEL_PART_MILLISECONDS:
        return moment.nanoseconds / 1000000;
    }
    return 0;
}

int64_t cel_duration_part(int64_t duration, enum cel_part part)
{
    static const int64_t sizes[] = {[CEL_PART_HOURS] = 3600 * CEL_SECOND,
                                    [CEL_PART_MINUTES] = 60 * CEL_SECOND,
                                    [CEL_PART_SECONDS] = CEL_SECOND};
    if (part == CEL_PART_MILLISECONDS)
        return duration / 1000000 % 1000;
    return duration / sizes[part];
}
