/* SPDX-License-Identifier: Apache-2.0 */
#include "office/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/civil.h"

#define HEADER_SIZE   44
#define FILE_SIZE_MAX 65536
#define TYPE_SIZE     6
#define DAY_SECONDS   86400
#define SECONDS_MAX   (INT64_C(1) << 40) /* some 34,000 years */

/* ---- the table of a file: RFC 8536, section 3 */

struct block {
    struct span bytes; /* behind the header */
    size_t time_size;  /* 4 in the first block, 8 in the second */
    uint32_t utc_count, standard_count, leap_count, time_count, type_count, text_size;
};

static bool read_block(struct span file, size_t at, size_t time_size, struct block *out)
{
    if (file.size < at || file.size - at < HEADER_SIZE || memcmp(file.bytes + at, "TZif", 4) != 0)
        return false;
    const uint8_t *counts = file.bytes + at + 20;
    *out = (struct block){.time_size = time_size,
                          .utc_count = bytes_get_be32(counts),
                          .standard_count = bytes_get_be32(counts + 4),
                          .leap_count = bytes_get_be32(counts + 8),
                          .time_count = bytes_get_be32(counts + 12),
                          .type_count = bytes_get_be32(counts + 16),
                          .text_size = bytes_get_be32(counts + 20)};
    uint64_t size = (uint64_t)out->time_count * (time_size + 1) + (uint64_t)out->type_count * TYPE_SIZE +
                    out->text_size + (uint64_t)out->leap_count * (time_size + 4) + out->standard_count +
                    out->utc_count;
    out->bytes = span_of(file.bytes + at + HEADER_SIZE, (size_t)size);
    return size <= file.size - at - HEADER_SIZE && out->type_count > 0;
}

static int64_t time_at(const struct block *block, uint32_t index)
{
    const uint8_t *bytes = block->bytes.bytes + index * block->time_size;
    return block->time_size == 8 ? (int64_t)bytes_get_be64(bytes) : (int32_t)bytes_get_be32(bytes);
}

static bool offset_of_type(const struct block *block, uint32_t type, int32_t *out)
{
    if (type >= block->type_count)
        return false;
    const uint8_t *types = block->bytes.bytes + (size_t)block->time_count * (block->time_size + 1);
    *out = (int32_t)bytes_get_be32(types + (size_t)type * TYPE_SIZE);
    return true;
}

/* The type that held then: the first one before the first change. */
static bool offset_in_block(const struct block *block, int64_t unix_s, int32_t *out)
{
    uint32_t low = 0, high = block->time_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (time_at(block, middle) <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    const uint8_t *types = block->bytes.bytes + block->time_count * block->time_size;
    return offset_of_type(block, low == 0 ? 0 : types[low - 1], out);
}

/* ---- the rule for the time after the table: "CET-1CEST,M3.5.0,M10.5.0/3" */

struct rule {
    uint32_t month, week, weekday;
    int32_t second; /* of the day, by the clocks before the change */
};

struct reader {
    struct span text;
    size_t at;
    bool is_bad;
};

static uint8_t peek(const struct reader *r)
{
    return r->at < r->text.size ? r->text.bytes[r->at] : 0;
}

static bool accept(struct reader *r, uint8_t byte)
{
    if (peek(r) != byte)
        return false;
    r->at++;
    return true;
}

static uint32_t read_digits(struct reader *r)
{
    uint32_t number = 0;
    size_t begin = r->at;
    for (; peek(r) >= '0' && peek(r) <= '9' && number < 1000; r->at++)
        number = number * 10 + (uint32_t)(peek(r) - '0');
    r->is_bad = r->is_bad || r->at == begin;
    return number;
}

static void skip_name(struct reader *r)
{
    size_t begin = r->at;
    bool is_quoted = accept(r, '<');
    while (r->at < r->text.size &&
           (is_quoted ? peek(r) != '>' : (peek(r) | 0x20) >= 'a' && (peek(r) | 0x20) <= 'z'))
        r->at++;
    if (is_quoted)
        r->is_bad = r->is_bad || !accept(r, '>');
    r->is_bad = r->is_bad || r->at == begin;
}

/* [+-]hh[:mm[:ss]] */
static int32_t read_time(struct reader *r)
{
    bool is_negative = accept(r, '-');
    if (!is_negative)
        (void)accept(r, '+');
    int32_t seconds = (int32_t)read_digits(r) * 3600;
    if (accept(r, ':'))
        seconds += (int32_t)read_digits(r) * 60;
    if (accept(r, ':'))
        seconds += (int32_t)read_digits(r);
    return is_negative ? -seconds : seconds;
}

static struct rule read_rule(struct reader *r)
{
    struct rule rule = {.second = 2 * 3600};
    r->is_bad = r->is_bad || !accept(r, ',') || !accept(r, 'M');
    rule.month = read_digits(r);
    r->is_bad = r->is_bad || !accept(r, '.');
    rule.week = read_digits(r);
    r->is_bad = r->is_bad || !accept(r, '.');
    rule.weekday = read_digits(r);
    if (accept(r, '/'))
        rule.second = read_time(r);
    r->is_bad =
        r->is_bad || rule.month < 1 || rule.month > 12 || rule.week < 1 || rule.week > 5 || rule.weekday > 6;
    return rule;
}

/* When it takes effect in that year, in seconds of the clocks before the change. */
static int64_t moment_of(const struct rule *rule, int32_t year)
{
    int32_t first = civil_day_of((struct civil_date){year, (uint8_t)rule->month, 1});
    uint32_t weekday = civil_weekday_of(first) % 7;
    int32_t day = first + (int32_t)((rule->weekday + 7 - weekday) % 7 + (rule->week - 1) * 7);
    while (civil_date_of(day).month != rule->month) /* the fifth is the last one */
        day -= 7;
    return (int64_t)day * DAY_SECONDS + rule->second;
}

static bool offset_by_rule(struct span text, int64_t unix_s, int32_t *out)
{
    struct reader r = {.text = text};
    skip_name(&r);
    int32_t standard = -read_time(&r);
    if (r.is_bad)
        return false;
    if (r.at == text.size) {
        *out = standard;
        return true;
    }
    skip_name(&r);
    int32_t summer = peek(&r) == ',' ? standard + 3600 : -read_time(&r);
    struct rule begin = read_rule(&r), end = read_rule(&r);
    if (r.is_bad || r.at != text.size)
        return false;
    int64_t day = (unix_s + standard) / DAY_SECONDS - ((unix_s + standard) % DAY_SECONDS < 0 ? 1 : 0);
    int32_t year = civil_date_of((int32_t)day).year;
    int64_t from = moment_of(&begin, year) - standard, until = moment_of(&end, year) - summer;
    bool is_summer = from < until ? unix_s >= from && unix_s < until : unix_s >= from || unix_s < until;
    *out = is_summer ? summer : standard;
    return true;
}

static bool is_after_table(const struct block *block, int64_t unix_s)
{
    return block->time_count == 0 || unix_s >= time_at(block, block->time_count - 1);
}

/* Far beyond all calendars the same rules hold on. */
static int64_t within_calendar(int64_t unix_s)
{
    if (unix_s < -SECONDS_MAX)
        return -SECONDS_MAX;
    return unix_s < SECONDS_MAX ? unix_s : SECONDS_MAX;
}

enum err zone_offset_in(struct span file, int64_t at, int32_t *out_offset_s)
{
    struct block block;
    int64_t unix_s = within_calendar(at);
    if (!read_block(file, 0, 4, &block))
        return ERR_SYNTAX;
    bool has_second = file.bytes[4] >= '2';
    size_t second = HEADER_SIZE + block.bytes.size;
    if (has_second && !read_block(file, second, 8, &block))
        return ERR_SYNTAX;
    size_t footer = second + HEADER_SIZE + block.bytes.size;
    if (has_second && is_after_table(&block, unix_s) && file.size > footer + 2 &&
        file.bytes[footer] == '\n') {
        struct span rule = span_of(file.bytes + footer + 1, file.size - footer - 2);
        if (rule.size > 0 && offset_by_rule(rule, unix_s, out_offset_s))
            return ERR_OK;
    }
    return offset_in_block(&block, unix_s, out_offset_s) ? ERR_OK : ERR_SYNTAX;
}

/* ---- the file of a name */

static bool is_name(struct span name)
{
    if (name.size == 0 || name.size > ZONE_NAME_MAX || name.bytes[0] == '/')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.bytes[i];
        bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && c != '_' && c != '+' && c != '-' && c != '/')
            return false;
    }
    return true;
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

enum err zone_offset(struct span name, int64_t unix_s, int32_t *out_offset_s)
{
    char path[sizeof ZONE_FOLDER + 1 + ZONE_NAME_MAX];
    if (!is_name(name))
        return ERR_SYNTAX;
    (void)snprintf(path, sizeof path, "%s/%.*s", ZONE_FOLDER, (int)name.size, (const char *)name.bytes);
    FILE *file CLEANUP(close_file) = fopen(path, "rb");
    if (file == NULL)
        return ERR_NOT_FOUND;
    uint8_t *bytes CLEANUP(free_bytes) = malloc(FILE_SIZE_MAX);
    if (bytes == NULL)
        return ERR_MEMORY;
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    return zone_offset_in(span_of(bytes, size), unix_s, out_offset_s);
}
