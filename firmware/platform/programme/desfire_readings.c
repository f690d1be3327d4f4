/* SPDX-License-Identifier: Apache-2.0 */
/* What [desfire] means. */
#include "platform/programme/readings.h"

static enum err read_aid(struct span text, struct card_programme *out)
{
    struct card_desfire_settings *settings = &out->desfire;
    size_t size = programme_hex_size(text);
    bool has_size =
        size == 0 || size == CARD_DESFIRE_AID_SIZE || (size >= 5 && size <= CARD_DESFIRE_NAME_MAX);
    if (!has_size)
        return ERR_SYNTAX;
    settings->name_size = (uint8_t)size;
    return programme_read_hex(text, settings->name, size);
}

static enum err read_identity(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_DESFIRE_BY_COUNT] = {"number", "uid"};
    return programme_read_word(text, words, COUNT_OF(words), &out->desfire.identity);
}

static enum err read_form(struct span text, struct card_programme *out)
{
    return programme_read_form(text, &out->desfire.place);
}

static enum err read_keys(struct span text, struct card_programme *out)
{
    struct card_desfire_settings *settings = &out->desfire;
    struct span entry;
    while (programme_take_entry(&text, &entry)) {
        if (settings->key_count == CARD_DESFIRE_KEYS_MAX)
            return ERR_SYNTAX;
        TRY(programme_read_aes_key(entry, settings->keys[settings->key_count].bytes));
        settings->key_count++;
    }
    return ERR_OK;
}

/* Both keys are made in the same way. */
static enum err read_diversify(struct span text, struct card_programme *out)
{
    for (size_t i = 0; i < CARD_DESFIRE_KEYS_MAX; i++)
        TRY(programme_read_diversify(text, &out->desfire.keys[i]));
    return ERR_OK;
}

static enum err read_diversify_input(struct span text, struct card_programme *out)
{
    for (size_t i = 0; i < CARD_DESFIRE_KEYS_MAX; i++)
        TRY(programme_read_diversify_input(text, &out->desfire.keys[i]));
    return ERR_OK;
}

static enum err read_authenticate(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_DESFIRE_SCHEME_COUNT] = {"auto", "ev1", "ev2"};
    return programme_read_word(text, words, COUNT_OF(words), &out->desfire.scheme);
}

static enum err read_mode(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_DESFIRE_MODE_COUNT] = {"auto", "plain", "maced", "enciphered"};
    return programme_read_word(text, words, COUNT_OF(words), &out->desfire.mode);
}

static enum err read_uid_key(struct span text, struct card_programme *out)
{
    out->desfire.has_uid_key = text.size > 0;
    return programme_read_aes_key(text, out->desfire.uid_key);
}

const struct programme_reading programme_desfire_readings[] = {
    {"desfire.aid", offsetof(struct programme_words, desfire_aid), read_aid,
     "6 hexadecimal digits, or 10 to 32 of a name, or nothing"},
    {"desfire.identity", offsetof(struct programme_words, desfire_identity), read_identity, "number or uid"},
    {"desfire.form", offsetof(struct programme_words, desfire_form), read_form, "text, bcd or hex"},
    {"desfire.key", offsetof(struct programme_words, desfire_key), read_keys,
     "one key or two of 32 hexadecimal digits with a blank between, or nothing"},
    {"desfire.diversify", offsetof(struct programme_words, desfire_diversify), read_diversify,
     "none, an10922 or cmac"},
    {"desfire.diversify_input", offsetof(struct programme_words, desfire_diversify_input),
     read_diversify_input, "at most 16 bytes in hexadecimal digits"},
    {"desfire.authenticate", offsetof(struct programme_words, desfire_authenticate), read_authenticate,
     "auto, ev1 or ev2"},
    {"desfire.mode", offsetof(struct programme_words, desfire_mode), read_mode,
     "auto, plain, maced or enciphered"},
    {"desfire.uid_key", offsetof(struct programme_words, desfire_uid_key), read_uid_key,
     "32 hexadecimal digits, or nothing"},
};
const size_t programme_desfire_reading_count = COUNT_OF(programme_desfire_readings);

void programme_copy_desfire_numbers(const struct programme_words *words, struct card_desfire_settings *out)
{
    out->file = (uint8_t)words->desfire_file;
    out->place.offset = (uint16_t)words->desfire_offset;
    out->place.size = (uint8_t)words->desfire_length;
    out->key_number = (uint8_t)words->desfire_key_number;
    out->uid_key_number = (uint8_t)words->desfire_uid_key_number;
}

const char *programme_find_desfire_fault(const struct card_desfire_settings *settings,
                                         const char **out_setting)
{
    bool is_by_uid = settings->identity == CARD_DESFIRE_BY_UID;
    const struct {
        bool is_wrong;
        const char *setting;
        const char *wanted;
    } rules[] = {
        {settings->name_size == 0, "desfire.aid", "an application: desfire is in the order"},
        {!is_by_uid && settings->place.size == 0, "desfire.length",
         "the count of the number's bytes: desfire is in the order"},
        {is_by_uid && settings->key_count == 0, "desfire.key",
         "a key where identity is uid: without one, uid in the order says as much"},
    };
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (rules[i].is_wrong) {
            *out_setting = rules[i].setting;
            return rules[i].wanted;
        }
    return NULL;
}
