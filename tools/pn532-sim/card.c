/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/card.h"
#include "base/hex.h"
#include "pn532-sim/values.h"

/* A UID of 4 bytes that begins with 88 would read as a cascade tag (ISO/IEC 14443-3 6.5.4). */
static enum err set_uid(struct pn532_card *card, const char *text)
{
    uint8_t uid[PN532_UID_SIZE_MAX];
    size_t size;
    TRY(pn532_hex_read(text, uid, sizeof(uid), &size));
    if ((size != 4 && size != 7 && size != 10) || uid[0] == 0x88)
        return ERR_SYNTAX;
    memcpy(card->uid, uid, size);
    card->uid_size = (uint8_t)size;
    return ERR_OK;
}

static enum err set_atqa(struct pn532_card *card, const char *text)
{
    return hex_read(span_of_text(text), card->atqa, sizeof(card->atqa));
}

static enum err set_sak(struct pn532_card *card, const char *text)
{
    return hex_read(span_of_text(text), &card->sak, 1);
}

static enum err set_ats(struct pn532_card *card, const char *text)
{
    uint8_t ats[PN532_ATS_SIZE_MAX];
    size_t size;
    TRY(pn532_hex_read(text, ats, sizeof(ats), &size));
    if (ats[0] != size) /* TL counts itself */
        return ERR_SYNTAX;
    memcpy(card->ats, ats, size);
    card->ats_size = (uint8_t)size;
    return ERR_OK;
}

static enum err set_memory(struct pn532_card *card, const char *text)
{
    if (card->memory_size == 0)
        return ERR_UNSUPPORTED;
    return hex_read(span_of_text(text), card->memory, card->memory_size);
}

static const struct common_option {
    const char *name;
    enum err (*set)(struct pn532_card *card, const char *text);
    bool is_identity; /* set before make(), so that the factory content can hold it */
    const char *why;
} common_options[] = {
    {"uid", set_uid, true, "uid wants 4, 7 or 10 bytes of hex, not beginning with 88"},
    {"atqa", set_atqa, true, "atqa wants 2 bytes of hex"},
    {"sak", set_sak, true, "sak wants 1 byte of hex"},
    {"ats", set_ats, true, "ats wants its own length in its first byte, at most 20 bytes"},
    {"memory", set_memory, false, "memory wants the whole memory of a card that has one, as hex"},
};

static const struct common_option *common_option_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(common_options); i++)
        if (strcmp(common_options[i].name, name) == 0)
            return &common_options[i];
    return NULL;
}

static enum err apply_common(struct pn532_card *card, const struct pn532_option *options, size_t count,
                             bool is_identity, const char **out_why)
{
    for (size_t i = 0; i < count; i++) {
        const struct common_option *common = common_option_find(options[i].name);
        if (common == NULL || common->is_identity != is_identity)
            continue;
        enum err outcome = common->set(card, options[i].value);
        if (outcome != ERR_OK) {
            *out_why = common->why;
            return outcome;
        }
    }
    return ERR_OK;
}

static enum err apply_own(struct pn532_card *card, const struct pn532_option *options, size_t count,
                          const char **out_why)
{
    for (size_t i = 0; i < count; i++) {
        if (common_option_find(options[i].name) != NULL)
            continue;
        enum err outcome = card->tech->set(card, &options[i]);
        if (outcome != ERR_OK) {
            *out_why = outcome == ERR_NOT_FOUND ? "the card knows no such option" : card->tech->help;
            return outcome;
        }
    }
    return ERR_OK;
}

enum err pn532_card_make(const struct pn532_tech *tech, const struct pn532_option *options,
                         size_t option_count, struct pn532_card *out_card, const char **out_why)
{
    struct pn532_card card = {
        .tech = tech,
        .uid_size = tech->uid_default_size,
        .atqa = {tech->atqa[0], tech->atqa[1]},
        .sak = tech->sak,
    };
    memcpy(card.uid, tech->uid_default, tech->uid_default_size);
    TRY(apply_common(&card, options, option_count, true, out_why));
    if (!tech->make(&card)) {
        *out_why = "that kind of card has no UID of this size";
        return ERR_UNSUPPORTED;
    }
    TRY(apply_own(&card, options, option_count, out_why));
    TRY(apply_common(&card, options, option_count, false, out_why));
    *out_card = card;
    return ERR_OK;
}
