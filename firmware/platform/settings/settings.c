/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/settings/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

#define ROWS_MAX 128

static void *field_of(void *settings, const struct settings_row *row)
{
    return (uint8_t *)settings + row->offset;
}

static const void *value_of(const void *settings, const struct settings_row *row)
{
    return (const uint8_t *)settings + row->offset;
}

static void put_text(void *settings, const struct settings_row *row, const char *value)
{
    char *field = field_of(settings, row);
    size_t size = strnlen(value, SETTINGS_TEXT_MAX);
    memcpy(field, value, size);
    field[size] = '\0';
}

void settings_set_defaults(const struct settings_table *table, void *out_settings)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct settings_row *row = &table->rows[i];
        switch (row->type) {
        case SETTINGS_TEXT:
            put_text(out_settings, row, row->text);
            break;
        case SETTINGS_NUMBER:
            *(int64_t *)field_of(out_settings, row) = row->number;
            break;
        case SETTINGS_FLAG:
            *(bool *)field_of(out_settings, row) = strcmp(row->text, "yes") == 0;
            break;
        }
    }
}

static enum err set_number(void *settings, const struct settings_row *row, const char *value,
                           struct settings_fault *fault)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno == 0 && end != value && *end == '\0' && number >= row->min && number <= row->max) {
        *(int64_t *)field_of(settings, row) = number;
        return ERR_OK;
    }
    (void)snprintf(fault->text, sizeof(fault->text), "%s.%s must be a number from %lld to %lld", row->section,
                   row->name, (long long)row->min, (long long)row->max);
    return ERR_RANGE;
}

static enum err set_text(void *settings, const struct settings_row *row, const char *value,
                         struct settings_fault *fault)
{
    size_t size = strlen(value);
    if (size >= (size_t)row->min && size <= (size_t)row->max && utf8_is_printable(span_of_text(value))) {
        put_text(settings, row, value);
        return ERR_OK;
    }
    (void)snprintf(fault->text, sizeof(fault->text), "%s.%s must be a text of %lld to %lld bytes",
                   row->section, row->name, (long long)row->min, (long long)row->max);
    return ERR_RANGE;
}

static enum err set_flag(void *settings, const struct settings_row *row, const char *value,
                         struct settings_fault *fault)
{
    bool is_yes = strcmp(value, "yes") == 0;
    if (is_yes || strcmp(value, "no") == 0) {
        *(bool *)field_of(settings, row) = is_yes;
        return ERR_OK;
    }
    (void)snprintf(fault->text, sizeof(fault->text), "%s.%s must be yes or no", row->section, row->name);
    return ERR_RANGE;
}

static enum err set_row(void *settings, const struct settings_row *row, const char *value,
                        struct settings_fault *fault)
{
    switch (row->type) {
    case SETTINGS_TEXT:
        return set_text(settings, row, value, fault);
    case SETTINGS_NUMBER:
        return set_number(settings, row, value, fault);
    case SETTINGS_FLAG:
        return set_flag(settings, row, value, fault);
    }
    return ERR_ARGUMENT;
}

static const struct settings_row *find_row(const struct settings_table *table, const char *section,
                                           const char *name, struct settings_fault *fault)
{
    const char *other_section = NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) != 0)
            continue;
        if (strcmp(table->rows[i].section, section) == 0)
            return &table->rows[i];
        other_section = table->rows[i].section;
    }
    int size = snprintf(fault->text, sizeof(fault->text), "there is no setting %.64s.%.64s", section, name);
    if (other_section != NULL && size > 0)
        (void)snprintf(fault->text + size, sizeof(fault->text) - (size_t)size, "; did you mean %s.%s?",
                       other_section, name);
    return NULL;
}

enum err settings_set(const struct settings_table *table, void *settings, const char *section,
                      const char *name, const char *value, struct settings_fault *fault)
{
    fault->line = 0;
    const struct settings_row *row = find_row(table, section, name, fault);
    return row == NULL ? ERR_SYNTAX : set_row(settings, row, value, fault);
}

struct reading {
    const struct settings_table *table;
    void *settings;
    struct settings_fault *fault;
    bool is_set[ROWS_MAX];
    enum err error;
};

static enum err read_setting(struct reading *reading, const char *section, const char *name,
                             const char *value)
{
    const struct settings_row *row = find_row(reading->table, section, name, reading->fault);
    if (row == NULL)
        return ERR_SYNTAX;
    bool *is_set = &reading->is_set[row - reading->table->rows];
    if (*is_set) {
        (void)snprintf(reading->fault->text, sizeof(reading->fault->text), "%s.%s stands there twice",
                       section, name);
        return ERR_SYNTAX;
    }
    *is_set = true;
    return set_row(reading->settings, row, value, reading->fault);
}

static int on_setting(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    if (reading->error == ERR_OK) /* the first fault is the one that is told */
        reading->error = read_setting(reading, section, name, value);
    return reading->error == ERR_OK;
}

enum err settings_read(const struct settings_table *table, const char *path, void *settings,
                       size_t settings_size, struct settings_fault *fault)
{
    KASSA_ASSERT(settings_size <= SETTINGS_SIZE_MAX && table->count <= ROWS_MAX);
    uint64_t copy[SETTINGS_SIZE_MAX / sizeof(uint64_t)];
    memcpy(copy, settings, settings_size);
    *fault = (struct settings_fault){0};
    struct reading reading = {.table = table, .settings = copy, .fault = fault};
    int line = ini_parse(path, on_setting, &reading);
    fault->line = line > 0 ? line : 0;
    if (line < 0) {
        (void)snprintf(fault->text, sizeof(fault->text), "cannot be read");
        return ERR_NOT_FOUND;
    }
    if (reading.error != ERR_OK)
        return reading.error;
    if (line > 0) {
        (void)snprintf(fault->text, sizeof(fault->text),
                       "is neither `name = value` nor [section] nor a comment");
        return ERR_SYNTAX;
    }
    memcpy(settings, copy, settings_size);
    return ERR_OK;
}

static void format_row(const struct settings_row *row, const void *settings, char *out, size_t size)
{
    const void *value = value_of(settings, row);
    switch (row->type) {
    case SETTINGS_TEXT:
        (void)snprintf(out, size, "; %s\n%s = %s\n", row->help, row->name, (const char *)value);
        break;
    case SETTINGS_NUMBER:
        (void)snprintf(out, size, "; %s (%lld to %lld)\n%s = %lld\n", row->help, (long long)row->min,
                       (long long)row->max, row->name, (long long)*(const int64_t *)value);
        break;
    case SETTINGS_FLAG:
        (void)snprintf(out, size, "; %s (yes or no)\n%s = %s\n", row->help, row->name,
                       *(const bool *)value ? "yes" : "no");
        break;
    }
}

void settings_print(const struct settings_table *table, const void *settings,
                    void (*print)(void *context, const char *text), void *context)
{
    char text[2 * SETTINGS_TEXT_MAX + 320];
    const char *section = "";
    for (size_t i = 0; i < table->count; i++) {
        const struct settings_row *row = &table->rows[i];
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            (void)snprintf(text, sizeof(text), "%s[%s]\n", i == 0 ? "" : "\n", section);
            print(context, text);
        }
        format_row(row, settings, text, sizeof(text));
        print(context, text);
    }
}
