/* SPDX-License-Identifier: Apache-2.0 */
/* Apart from the reading: a program that prints no programme carries no help along. */
#include "platform/programme/programme_file.h"

#include "platform/programme/readings.h"

#define TEXT(section, name, field, value, help)                                                              \
    SETTINGS_TEXT_ROW(section, name, offsetof(struct programme_words, field), 0, value, help)
#define NUMBER(section, name, field, min, max, value, help)                                                  \
    SETTINGS_NUMBER_ROW(section, name, offsetof(struct programme_words, field), min, max, value, help)
#define FLAG(section, name, field, value, help)                                                              \
    SETTINGS_FLAG_ROW(section, name, offsetof(struct programme_words, field), value, help)

static const struct settings_row ROWS[] = {
#include "platform/programme/programme_rows.h"
};

static const struct settings_table TABLE = {ROWS, COUNT_OF(ROWS)};

void programme_file_print(void (*print)(void *context, const char *text), void *context)
{
    struct programme_words words;
    memset(&words, 0, sizeof words);
    settings_set_defaults(&TABLE, &words);
    settings_print(&TABLE, &words, print, context);
}
