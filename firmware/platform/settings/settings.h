/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - a program's settings: one const table of rows (section, name, type, bounds, default, help)
 * over a struct of the program's own, read from an ini file. Help, the printed file and every error come from
 * the rows. The only room that links libinih.
 *
 * Owner      the caller owns the struct that the rows point into; nothing is kept.
 * Threads    any, on their own structs. Reading waits for the disk. */
#ifndef KASSA_SETTINGS_H
#define KASSA_SETTINGS_H

#include "base/base.h"

#define SETTINGS_TEXT_MAX 255

enum settings_type {
    SETTINGS_TEXT,   /* char[SETTINGS_TEXT_MAX + 1] */
    SETTINGS_NUMBER, /* int64_t */
    SETTINGS_FLAG    /* bool; "yes" or "no" */
};

struct settings_row {
    const char *section;
    const char *name;
    enum settings_type type;
    size_t offset;    /* of the field in the program's struct */
    int64_t min, max; /* of a number; of a text, its length */
    const char *text; /* the default of a text or flag */
    int64_t number;   /* the default of a number */
    const char *help; /* one clause, without a full stop */
};

struct settings_table {
    const struct settings_row *rows;
    size_t count;
};

#define SETTINGS_TEXT_ROW(section, name, field, min, value, help)                                            \
    {                                                                                                        \
        section, name, SETTINGS_TEXT, field, min, SETTINGS_TEXT_MAX, value, 0, help                          \
    }
#define SETTINGS_NUMBER_ROW(section, name, field, min, max, value, help)                                     \
    {                                                                                                        \
        section, name, SETTINGS_NUMBER, field, min, max, NULL, value, help                                   \
    }
#define SETTINGS_FLAG_ROW(section, name, field, value, help)                                                 \
    {                                                                                                        \
        section, name, SETTINGS_FLAG, field, 0, 0, value, 0, help                                            \
    }

struct settings_fault {
    int line;       /* 0: not about a line */
    char text[320]; /* a clause that names the setting, what is wrong and what is allowed */
};

#define SETTINGS_FAULTS_MAX 16
#define SETTINGS_ROWS_MAX   128 /* of a table */
struct settings_faults {
    struct settings_fault rows[SETTINGS_FAULTS_MAX];
    size_t count; /* of rows */
    size_t more;  /* found beyond them */
    /* By the table's rows: the line at which each setting stands; 0: nowhere. */
    int lines[SETTINGS_ROWS_MAX];
};

/* Adds one, or counts it. */
void settings_add_fault(struct settings_faults *faults, const struct settings_fault *fault);

/* Gives those faults a line that were found when all was read, and name a setting by their first word: "vas.pass1 must be
 * ...". The line is that setting's; where it was left out, that of the table's first setting of its section that was not; else
 * that of `cause` ("programme.order"), if that does. */
void settings_place_faults(const struct settings_table *table, const char *cause,
                           struct settings_faults *faults);

/* Sets every field to its row's default. */
void settings_set_defaults(const struct settings_table *table, void *out_settings);

/* Reads an ini file over what stands in *settings; a setting may stand once, a line have SETTINGS_LINE_MAX
 * bytes. ERR_NOT_FOUND: no such file, or not ours to read. ERR_SYNTAX (no such setting, not of the format,
 * twice), ERR_RANGE (outside its bounds): it is the first fault's; *faults has all of them, where and what,
 * and *settings is untouched. settings_size is that of the program's struct, at
 * most SETTINGS_SIZE_MAX. */
#define SETTINGS_SIZE_MAX 32768
#define SETTINGS_LINE_MAX 199
NODISCARD
enum err settings_read(const struct settings_table *table, const char *path, void *settings,
                       size_t settings_size, struct settings_faults *faults);

/* The same of a text that is in memory already; faults have their lines. */
NODISCARD
enum err settings_read_text(const struct settings_table *table, struct span text, void *settings,
                            size_t settings_size, struct settings_faults *faults);

/* One setting, as `--set section.name=value` gives it. Errors as above. */
NODISCARD
enum err settings_set(const struct settings_table *table, void *settings, const char *section,
                      const char *name, const char *value, struct settings_fault *fault);

/* Gives, piece by piece, an ini file of what stands in *settings, with help and bounds as comments. */
void settings_print(const struct settings_table *table, const void *settings,
                    void (*print)(void *context, const char *text), void *context);

#endif
