/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/programme/readings.h"

#define BLOCK_SIZE 16

static enum err read_aid(struct span text, struct card_programme *out)
{
    return text.size == 0 ? ERR_OK : programme_read_hex(text, out->mad.aid, sizeof out->mad.aid);
}

static enum err read_directory_key(struct span text, struct card_programme *out)
{
    return programme_read_hex(text, out->mad.directory_key, sizeof out->mad.directory_key);
}

static enum err read_key(struct span text, struct card_programme *out)
{
    return text.size == 0 ? ERR_OK : programme_read_hex(text, out->mad.key, sizeof out->mad.key);
}

static enum err read_key_kind(struct span text, struct card_programme *out)
{
    static const char *const words[] = {"a", "b"};
    return programme_read_word(text, words, COUNT_OF(words), &out->mad.is_key_b);
}

static enum err read_form(struct span text, struct card_programme *out)
{
    out->mad.is_ndef = span_is_equal(text, span_of_text("ndef"));
    return out->mad.is_ndef ? ERR_OK : programme_read_form(text, &out->mad.place);
}

const struct programme_reading programme_mad_readings[] = {
    {"mad.aid", offsetof(struct programme_words, mad_aid), read_aid, "4 hexadecimal digits, or nothing"},
    {"mad.directory_key", offsetof(struct programme_words, mad_directory_key), read_directory_key,
     "12 hexadecimal digits"},
    {"mad.key", offsetof(struct programme_words, mad_key), read_key, "12 hexadecimal digits, or nothing"},
    {"mad.key_kind", offsetof(struct programme_words, mad_key_kind), read_key_kind, "a or b"},
    {"mad.form", offsetof(struct programme_words, mad_form), read_form, "text, bcd, hex or ndef"},
};
const size_t programme_mad_reading_count = COUNT_OF(programme_mad_readings);

void programme_copy_mad_numbers(const struct programme_words *words, struct card_mad_settings *out)
{
    out->place.offset = (uint16_t)(words->mad_block * BLOCK_SIZE + words->mad_offset);
    out->place.size = (uint8_t)words->mad_length;
}

const char *programme_find_mad_fault(const struct programme_words *words, const char **out_setting)
{
    static const char *const settings[] = {"mad.aid", "mad.key", "mad.length"};
    const char *const wanted[] = {
        words->mad_aid[0] == '\0' ? "the application's number: mad is in the order" : NULL,
        words->mad_key[0] == '\0' ? "the application's key: mad is in the order" : NULL,
        words->mad_length == 0 && strcmp(words->mad_form, "ndef") != 0 ? "1 to 64: mad is in the order"
                                                                       : NULL,
    };
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (wanted[i] != NULL) {
            *out_setting = settings[i];
            return wanted[i];
        }
    return NULL;
}
