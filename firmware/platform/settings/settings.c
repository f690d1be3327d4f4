/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/settings/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/likeness.h"
#include "base/utf8.h"

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

/* The one that was meant, as far as one can tell: the same name elsewhere, or one that is nearly it. */
static const struct settings_row *nearest_row(const struct settings_table *table, const char *section,
                                              const char *name)
{
    struct likeness likeness = likeness_of(span_of_text(name));
    const struct settings_row *nearest = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct settings_row *row = &table->rows[i];
        struct span best = likeness.best;
        likeness_try(&likeness, span_of_text(row->name));
        bool is_better = likeness.best.bytes != best.bytes;
        bool is_as_good = nearest != NULL && strcmp(row->name, nearest->name) == 0;
        if (is_better || (is_as_good && strcmp(row->section, section) == 0))
            nearest = row;
    }
    return nearest;
}

static bool has_section(const struct settings_table *table, const char *section)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].section, section) == 0)
            return true;
    return false;
}

static void say_no_section(const struct settings_table *table, const char *section,
                           struct settings_fault *fault)
{
    struct likeness likeness = likeness_of(span_of_text(section));
    for (size_t i = 0; i < table->count; i++)
        likeness_try(&likeness, span_of_text(table->rows[i].section));
    int size = snprintf(fault->text, sizeof(fault->text), "there is no section [%.64s]", section);
    if (likeness.best.size > 0 && size > 0)
        (void)snprintf(fault->text + size, sizeof(fault->text) - (size_t)size, "; did you mean [%.*s]?",
                       (int)likeness.best.size, (const char *)likeness.best.bytes);
}

static const struct settings_row *find_row(const struct settings_table *table, const char *section,
                                           const char *name, struct settings_fault *fault)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0 && strcmp(table->rows[i].section, section) == 0)
            return &table->rows[i];
    }
    if (section[0] != '\0' && !has_section(table, section)) {
        say_no_section(table, section, fault);
        return NULL;
    }
    const struct settings_row *nearest = nearest_row(table, section, name);
    int size = snprintf(fault->text, sizeof(fault->text), "there is no setting %.64s.%.64s", section, name);
    if (nearest != NULL && size > 0)
        (void)snprintf(fault->text + size, sizeof(fault->text) - (size_t)size, "; did you mean %s.%s?",
                       nearest->section, nearest->name);
    return NULL;
}

enum err settings_set(const struct settings_table *table, void *settings, const char *section,
                      const char *name, const char *value, struct settings_fault *fault)
{
    fault->line = 0;
    const struct settings_row *row = find_row(table, section, name, fault);
    return row == NULL ? ERR_SYNTAX : set_row(settings, row, value, fault);
}

void settings_add_fault(struct settings_faults *faults, const struct settings_fault *fault)
{
    if (faults->count == SETTINGS_FAULTS_MAX)
        faults->more++;
    else
        faults->rows[faults->count++] = *fault;
}

/* The line of the setting of that name; 0: it was left out. name "": any of the section. */
static int find_line(const struct settings_table *table, const struct settings_faults *faults,
                     struct span section, struct span name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct settings_row *row = &table->rows[i];
        if (faults->lines[i] != 0 && span_is_equal(section, span_of_text(row->section)) &&
            (name.size == 0 || span_is_equal(name, span_of_text(row->name))))
            return faults->lines[i];
    }
    return 0;
}

/* "section.name", up to a blank; a section may have a dot of its own ("reader.2"). */
static int line_of_setting(const struct settings_table *table, const struct settings_faults *faults,
                           const char *text)
{
    struct span word = span_of(text, strcspn(text, " "));
    const char *dot = memrchr(text, '.', word.size);
    if (dot == NULL)
        return 0;
    struct span section = span_of(text, (size_t)(dot - text));
    int line = find_line(table, faults, section, span_of(dot + 1, word.size - section.size - 1));
    return line != 0 ? line : find_line(table, faults, section, span_of("", 0));
}

void settings_place_faults(const struct settings_table *table, const char *cause,
                           struct settings_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct settings_fault *fault = &faults->rows[i];
        if (fault->line == 0)
            fault->line = line_of_setting(table, faults, fault->text);
        if (fault->line == 0)
            fault->line = line_of_setting(table, faults, cause);
    }
}

/* libinih tells neither the line of a setting nor more than its first fault: lines are counted here. */
struct reading {
    const struct settings_table *table;
    void *settings;
    struct settings_faults *faults;
    enum err error; /* of the first fault */
    FILE *file;
    int line;
    int section_line; /* at which the section began; 0: none has */
    int strange_line; /* that of the last section that is none, which was told of */
    bool is_owed;     /* the line must be a setting, and libinih has not taken it for one yet */
};

static void note_at(struct reading *reading, enum err error, int line, struct settings_fault *fault)
{
    fault->line = line;
    settings_add_fault(reading->faults, fault);
    if (reading->error == ERR_OK)
        reading->error = error;
}

static void note_text(struct reading *reading, enum err error, const char *text)
{
    struct settings_fault fault = {0};
    (void)snprintf(fault.text, sizeof(fault.text), "%s", text);
    note_at(reading, error, reading->line, &fault);
}

/* A value may stand between quotes, of which libinih knows nothing; 'a' or 'b' does not. */
static bool is_quoted(const char *value)
{
    size_t size = strlen(value);
    return size >= 2 && (value[0] == '"' || value[0] == '\'') &&
           strchr(value + 1, value[0]) == value + size - 1;
}

static enum err set_unquoted(void *settings, const struct settings_row *row, const char *value,
                             struct settings_fault *fault)
{
    char inside[SETTINGS_TEXT_MAX + 1];
    size_t size = strlen(value);
    if (!is_quoted(value) || size - 2 > SETTINGS_TEXT_MAX)
        return set_row(settings, row, value, fault);
    memcpy(inside, value + 1, size - 2);
    inside[size - 2] = '\0';
    enum err error = set_row(settings, row, inside, fault);
    explicit_bzero(inside, sizeof(inside)); /* it may have been a key */
    return error;
}

static enum err read_setting(struct reading *reading, const char *section, const char *name,
                             const char *value, struct settings_fault *fault)
{
    const struct settings_row *row = find_row(reading->table, section, name, fault);
    if (row == NULL)
        return ERR_SYNTAX;
    int *line = &reading->faults->lines[row - reading->table->rows];
    if (*line != 0) {
        (void)snprintf(fault->text, sizeof(fault->text), "%s.%s stands there twice", section, name);
        return ERR_SYNTAX;
    }
    *line = reading->line;
    return set_unquoted(reading->settings, row, value, fault);
}

static int on_setting(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    struct settings_fault fault = {0};
    reading->is_owed = false;
    bool is_strange = section[0] != '\0' && !has_section(reading->table, section);
    if (is_strange && reading->error != ERR_OK && reading->strange_line == reading->section_line)
        return 1; /* once is enough */
    reading->strange_line = is_strange ? reading->section_line : reading->strange_line;
    enum err error = read_setting(reading, section, name, value, &fault);
    if (error != ERR_OK)
        note_at(reading, error, is_strange ? reading->section_line : reading->line, &fault);
    return 1;
}

static void end_line(struct reading *reading)
{
    if (reading->is_owed)
        note_text(reading, ERR_SYNTAX, "is neither `name = value` nor [section] nor a comment");
    reading->is_owed = false;
}

enum line_kind { LINE_EMPTY, LINE_SECTION, LINE_SETTING };

static enum line_kind kind_of(const char *line)
{
    const char *mark = "\xEF\xBB\xBF"; /* of UTF-8, as some editors write it */
    line += strncmp(line, mark, 3) == 0 ? 3 : 0;
    line += strspn(line, " \t\r\n\v\f");
    if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
        return LINE_EMPTY;
    return line[0] == '[' && strchr(line, ']') != NULL ? LINE_SECTION : LINE_SETTING;
}

/* libinih's reader of lines, as fgets. Blanks in front go: libinih would take such a line, as an example in a document has
 * it, for more of the setting above. */
static char *next_line(char *out, int size, void *context)
{
    struct reading *reading = context;
    int c, length = 0;
    bool is_whole = true;
    end_line(reading);
    for (c = fgetc(reading->file); c != EOF && c != '\n'; c = fgetc(reading->file)) {
        if (length == 0 && (c == ' ' || c == '\t'))
            continue;
        is_whole = is_whole && c != '\0' && length < size - 1;
        if (is_whole)
            out[length++] = (char)c;
    }
    out[is_whole ? length : 0] = '\0';
    if (c == EOF && length == 0)
        return NULL;
    reading->line++;
    enum line_kind kind = kind_of(out);
    reading->is_owed = kind == LINE_SETTING;
    reading->section_line = kind == LINE_SECTION ? reading->line : reading->section_line;
    if (!is_whole)
        note_text(reading, ERR_SYNTAX, "is too long (more than 199 bytes), or has a NUL");
    return out;
}

static void closep(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

/* What was read may hold keys, and stands in the stream's buffer as well. Declared before the stream, so that it is closed
 * first. */
struct stream_buffer {
    char bytes[4096];
};

static void wipe_buffer(struct stream_buffer *buffer)
{
    explicit_bzero(buffer, sizeof(*buffer));
}

struct settings_copy {
    uint64_t words[SETTINGS_SIZE_MAX / sizeof(uint64_t)];
};

static void wipe_copy(struct settings_copy *copy)
{
    explicit_bzero(copy, sizeof(*copy));
}

static enum err read_stream(struct reading *reading, void *settings, size_t settings_size)
{
    KASSA_ASSERT(settings_size <= SETTINGS_SIZE_MAX && reading->table->count <= SETTINGS_ROWS_MAX);
    struct settings_copy copy CLEANUP(wipe_copy);
    memcpy(copy.words, settings, settings_size);
    reading->settings = copy.words;
    int line = ini_parse_stream(next_line, reading, on_setting, reading);
    end_line(reading);
    if (line != 0 && reading->error == ERR_OK) /* what only libinih takes for a fault */
        note_text(reading, ERR_SYNTAX, "is neither `name = value` nor [section] nor a comment");
    if (reading->error == ERR_OK)
        memcpy(settings, copy.words, settings_size);
    return reading->error;
}

enum err settings_read(const struct settings_table *table, const char *path, void *settings,
                       size_t settings_size, struct settings_faults *faults)
{
    *faults = (struct settings_faults){.count = 0};
    struct stream_buffer buffer CLEANUP(wipe_buffer);
    FILE *file CLEANUP(closep) = fopen(path, "r");
    struct reading reading = {.table = table, .faults = faults, .file = file};
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)) {
        note_text(&reading, ERR_NOT_FOUND, file == NULL ? "cannot be read" : "is a folder");
        return ERR_NOT_FOUND;
    }
    (void)setvbuf(file, buffer.bytes, _IOFBF, sizeof(buffer.bytes));
    return read_stream(&reading, settings, settings_size);
}

enum err settings_read_text(const struct settings_table *table, struct span text, void *settings,
                            size_t settings_size, struct settings_faults *faults)
{
    *faults = (struct settings_faults){.count = 0};
    if (text.size == 0)
        return ERR_OK;
    struct stream_buffer buffer CLEANUP(wipe_buffer);
    FILE *file CLEANUP(closep) = fmemopen((void *)(uintptr_t)text.bytes, text.size, "r");
    struct reading reading = {.table = table, .faults = faults, .file = file};
    if (file == NULL)
        return ERR_MEMORY;
    (void)setvbuf(file, buffer.bytes, _IOFBF, sizeof(buffer.bytes));
    return read_stream(&reading, settings, settings_size);
}

/* What would be read back as something else. */
static bool needs_quotes(const char *value)
{
    size_t size = strlen(value);
    return is_quoted(value) || (size > 0 && (value[0] == ' ' || value[size - 1] == ' '));
}

static void format_row(const struct settings_row *row, const void *settings, char *out, size_t size)
{
    const void *value = value_of(settings, row);
    const char *quote = "";
    switch (row->type) {
    case SETTINGS_TEXT:
        quote = !needs_quotes(value) ? "" : strchr(value, '"') == NULL ? "\"" : "'";
        (void)snprintf(out, size, "; %s\n%s = %s%s%s\n", row->help, row->name, quote, (const char *)value,
                       quote);
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
