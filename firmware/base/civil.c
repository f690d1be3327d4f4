/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"

#define DAYS_PER_ERA 146097 /* 400 Gregorian years */
#define MS_PER_DAY   86400000

/* Years start in March, so that the leap day is the last of its year; an era is 400 years. */
int32_t civil_day_of(struct civil_date date)
{
    int32_t year = date.year - (date.month <= 2 ? 1 : 0);
    int32_t era = (year >= 0 ? year : year - 399) / 400;
    int32_t year_of_era = year - era * 400;
    int32_t month_from_march = (date.month + 9) % 12;
    int32_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - 719468; /* 0000-03-01 is day -719468 */
}

struct civil_date civil_date_of(int32_t day)
{
    int32_t from_era_zero = day + 719468;
    int32_t era = (from_era_zero >= 0 ? from_era_zero : from_era_zero - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int32_t day_of_era = from_era_zero - era * DAYS_PER_ERA;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil_date){.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
                               .month = (uint8_t)month,
                               .day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1)};
}

unsigned civil_weekday_of(int32_t day)
{
    int32_t from_monday = (day + 3) % 7;
    return (unsigned)(from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

static bool read_number(struct span text, size_t at, size_t digits, int32_t *out)
{
    int32_t value = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        value = value * 10 + (text.bytes[i] - '0');
    }
    *out = value;
    return true;
}

enum err civil_parse_day(struct span text, int32_t *out_day)
{
    int32_t year, month, day;
    if (text.size != 10 || text.bytes[4] != '-' || text.bytes[7] != '-' || !read_number(text, 0, 4, &year) ||
        !read_number(text, 5, 2, &month) || !read_number(text, 8, 2, &day))
        return ERR_SYNTAX;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return ERR_SYNTAX;
    struct civil_date date = {year, (uint8_t)month, (uint8_t)day};
    struct civil_date back = civil_date_of(civil_day_of(date));
    if (back.month != date.month || back.day != date.day)
        return ERR_SYNTAX;
    *out_day = civil_day_of(date);
    return ERR_OK;
}

static void write_number(char *out, int32_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

void civil_format_day(int32_t day, char out[11])
{
    struct civil_date date = civil_date_of(day);
    KASSA_ASSERT(date.year >= 0 && date.year <= 9999);
    write_number(out, date.year, 4);
    out[4] = '-';
    write_number(out + 5, date.month, 2);
    out[7] = '-';
    write_number(out + 8, date.day, 2);
    out[10] = '\0';
}

struct civil_moment civil_moment_of(int64_t unix_ms, int32_t utc_offset_min)
{
    int64_t local_ms = unix_ms + (int64_t)utc_offset_min * 60000;
    int64_t day = local_ms / MS_PER_DAY - (local_ms % MS_PER_DAY < 0 ? 1 : 0);
    return (struct civil_moment){(int32_t)day, (uint16_t)((local_ms - day * MS_PER_DAY) / 60000)};
}
