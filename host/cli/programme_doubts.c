/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/programme_doubts.h"

static bool is_all(const uint8_t *bytes, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static bool has_zero_file_key(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_SUN) &&
           is_all(programme->sun.file_key.bytes, VAULT_AES_SIZE, 0);
}

static bool has_zero_meta_key(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_SUN) && programme->sun.has_meta_key &&
           is_all(programme->sun.meta_key, VAULT_AES_SIZE, 0);
}

static bool has_zero_desfire_key(const struct card_programme *programme)
{
    for (size_t i = 0; i < programme->desfire.key_count; i++)
        if (card_programme_takes(programme, READER_DESFIRE) &&
            is_all(programme->desfire.keys[i].bytes, VAULT_AES_SIZE, 0))
            return true;
    return false;
}

static bool has_zero_uid_key(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_DESFIRE) && programme->desfire.has_uid_key &&
           is_all(programme->desfire.uid_key, VAULT_AES_SIZE, 0);
}

/* Settings are copied to both keys, used or not. */
static bool diversifies_nothing(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_DESFIRE) && programme->desfire.key_count == 0 &&
           programme->desfire.keys[0].diversify != CARD_DIVERSIFY_NONE;
}

static bool has_blank_mad_key(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_MAD) && is_all(programme->mad.key, TAG_KEY_SIZE, 0xFF);
}

static bool has_blank_password(const struct card_programme *programme)
{
    return programme->type2.has_password &&
           is_all(programme->type2.password, sizeof programme->type2.password, 0xFF);
}

static bool has_zero_code_key(const struct card_programme *programme)
{
    return programme->codes.dynamic.has_key &&
           is_all(programme->codes.dynamic.key, sizeof programme->codes.dynamic.key, 0);
}

/* A signature that was lost on the way, or that a reader cannot ask for, leaves the tag to the number on it. */
static bool names_a_tag_twice(const struct card_programme *programme)
{
    return card_programme_takes(programme, READER_ORIGINALITY) &&
           programme->originality.identity == CARD_ORIGINALITY_BY_UID &&
           (card_programme_takes(programme, READER_NDEF) || card_programme_takes(programme, READER_TYPE4));
}

static const struct doubt_row {
    bool (*is_so)(const struct card_programme *programme);
    const char *text;
} DOUBTS[] = {
    {has_zero_file_key,
     "sun.file_key is the zeros that a blank chip comes with: anybody can make such a card"},
    {has_zero_meta_key,
     "sun.meta_key is the zeros that a blank chip comes with: anybody reads whose card it is"},
    {has_zero_desfire_key,
     "desfire.key is the zeros that a blank card comes with: anybody can make such a card"},
    {has_zero_uid_key,
     "desfire.uid_key is the zeros that a blank card comes with: anybody reads whose card it is"},
    {diversifies_nothing, "desfire.diversify makes nothing without desfire.key: everybody may read the file"},
    {has_blank_mad_key,
     "mad.key is the FFFFFFFFFFFF that a blank card comes with: anybody can write such a card"},
    {has_blank_password, "type2.password is the FFFFFFFF that a blank tag comes with: it keeps nobody out"},
    {has_zero_code_key, "codes.key is all zeros: anybody can make a member's code"},
    {names_a_tag_twice,
     "originality before ndef or type4: a tag is known by its UID, and by its number where its signature "
     "cannot be read: two members; with originality.identity = number it has one name"},
};

void programme_doubts_tell(const struct card_programme *programme, void (*tell)(void *self, const char *text),
                           void *self)
{
    for (size_t i = 0; i < COUNT_OF(DOUBTS); i++)
        if (DOUBTS[i].is_so(programme))
            tell(self, DOUBTS[i].text);
}
