/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/programme/programme_file.h"

#include "platform/programme/readings.h"

#define TEXT(section, name, field, value, help)                                                              \
    SETTINGS_TEXT_ROW(section, name, offsetof(struct programme_words, field), 0, value, "")
#define NUMBER(section, name, field, min, max, value, help)                                                  \
    SETTINGS_NUMBER_ROW(section, name, offsetof(struct programme_words, field), min, max, value, "")
#define FLAG(section, name, field, value, help)                                                              \
    SETTINGS_FLAG_ROW(section, name, offsetof(struct programme_words, field), value, "")

static const struct settings_row ROWS[] = {
#include "platform/programme/programme_rows.h"
};

static const struct settings_table TABLE = {ROWS, COUNT_OF(ROWS)};

static void wipe_words(struct programme_words *words)
{
    vault_wipe(words, sizeof(*words));
}

static struct programme_words words_at_defaults(void)
{
    struct programme_words words;
    memset(&words, 0, sizeof words);
    settings_set_defaults(&TABLE, &words);
    return words;
}

/* What is missing is missing because of the order. */
static enum err read_words(const struct programme_words *words, struct card_programme *out,
                           struct settings_faults *faults)
{
    enum err error = programme_words_read(words, out, faults);
    settings_place_faults(&TABLE, "programme.order", faults);
    return error;
}

enum err programme_file_read(const char *path, struct card_programme *out, struct settings_faults *faults)
{
    struct programme_words words CLEANUP(wipe_words) = words_at_defaults();
    TRY(settings_read(&TABLE, path, &words, sizeof words, faults));
    return read_words(&words, out, faults);
}

enum err programme_file_read_text(struct span text, struct card_programme *out,
                                  struct settings_faults *faults)
{
    struct programme_words words CLEANUP(wipe_words) = words_at_defaults();
    TRY(settings_read_text(&TABLE, text, &words, sizeof words, faults));
    return read_words(&words, out, faults);
}
