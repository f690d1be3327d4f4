/* SPDX-License-Identifier: Apache-2.0 */
#include "card/programme.h"

#include "base/crc32c.h"
#include "vault/vault.h"

struct card_programme card_programme_default(void)
{
    return (struct card_programme){
        .order_count = 4,
        .order = {READER_NDEF, READER_TYPE4, READER_CLASSIC, READER_UID},
        .redeem_from = CARD_TRUST_NONE,
        .sun = card_sun_settings_default(),
        .codes = card_code_settings_default(),
    };
}

void card_programme_refuse_uid(struct card_programme *programme)
{
    size_t count = 0;
    for (size_t i = 0; i < programme->order_count; i++)
        if (programme->order[i] != READER_UID && programme->order[i] != READER_CLASSIC)
            programme->order[count++] = programme->order[i];
    programme->order_count = (uint8_t)count;
}

static bool ends(const char *text, size_t capacity)
{
    return memchr(text, '\0', capacity) != NULL;
}

static enum err check_links(const struct card_links *links)
{
    if (links->count > CARD_LINKS_MAX)
        return ERR_SYNTAX;
    for (size_t i = 0; i < links->count; i++)
        if (!ends(links->heads[i], sizeof links->heads[i]))
            return ERR_SYNTAX;
    return ERR_OK;
}

static enum err check_sun(const struct card_sun_settings *sun)
{
    const char *const names[] = {sun->picc_name, sun->uid_name, sun->counter_name,
                                 sun->enc_name,  sun->mac_name, sun->mac_from};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (!ends(names[i], CARD_SUN_NAME_MAX + 1))
            return ERR_SYNTAX;
    bool is_known = sun->mode < CARD_SUN_MODE_COUNT && sun->identity < CARD_SUN_BY_COUNT &&
                    sun->file_key.diversify < CARD_DIVERSIFY_COUNT &&
                    sun->file_key.input_size <= CARD_KEY_INPUT_MAX;
    return is_known ? check_links(&sun->links) : ERR_SYNTAX;
}

/* A programme without it has no place. */
static enum err check_mad(const struct card_programme *programme)
{
    const struct card_mad_settings *mad = &programme->mad;
    bool has_place = card_programme_takes(programme, READER_MAD) && !mad->is_ndef;
    if (mad->place.offset > CARD_MAD_OFFSET_MAX || mad->place.size > CARD_PLACE_SIZE_MAX)
        return ERR_SYNTAX;
    return has_place ? card_place_check(&mad->place) : ERR_OK;
}

static bool technology_is_known(uint8_t technology)
{
    return technology >= READER_UID && technology < READER_TECHNOLOGY_COUNT;
}

enum err card_programme_check(const struct card_programme *programme)
{
    if (!ends(programme->name, sizeof programme->name) ||
        programme->order_count > COUNT_OF(programme->order) || programme->redeem_from > CARD_TRUST_PROVEN)
        return ERR_SYNTAX;
    for (size_t i = 0; i < programme->order_count; i++)
        if (!technology_is_known(programme->order[i]))
            return ERR_SYNTAX;
    if (programme->originality.identity >= CARD_ORIGINALITY_BY_COUNT)
        return ERR_SYNTAX;
    TRY(card_vas_check(&programme->vas));
    TRY(card_smart_tap_check(&programme->smart_tap));
    TRY(check_mad(programme));
    TRY(check_sun(&programme->sun));
    TRY(card_desfire_check(&programme->desfire));
    TRY(card_code_check_settings(&programme->codes));
    return check_links(&programme->links);
}

bool card_programme_takes(const struct card_programme *programme, enum reader_technology technology)
{
    for (size_t i = 0; i < programme->order_count; i++)
        if (programme->order[i] == technology)
            return true;
    return false;
}

void card_programme_wipe(struct card_programme *programme)
{
    vault_wipe(programme, sizeof *programme);
}

static uint32_t crc_of(const struct card_programme *programme)
{
    return crc32c(0, span_of(programme, sizeof *programme));
}

void card_programme_pack(const struct card_programme *programme, struct card_programme_message *out)
{
    memset(out, 0, sizeof *out);
    out->protocol = READER_PROTOCOL;
    out->event = READER_PROGRAMME;
    out->programme = *programme;
    memset(&out->programme.codes, 0, sizeof out->programme.codes);
    out->crc = crc_of(&out->programme);
}

enum err card_programme_unpack(struct span datagram, struct card_programme *out)
{
    struct card_programme_message message;
    if (datagram.size < sizeof message)
        return ERR_TRUNCATED;
    if (datagram.size > sizeof message)
        return ERR_TOO_LONG;
    memcpy(&message, datagram.bytes, sizeof message);
    enum err error = message.protocol != READER_PROTOCOL         ? ERR_VERSION
                     : message.event != READER_PROGRAMME         ? ERR_UNSUPPORTED
                     : message.crc != crc_of(&message.programme) ? ERR_CHECKSUM
                                                                 : card_programme_check(&message.programme);
    if (error == ERR_OK)
        *out = message.programme;
    card_programme_wipe(&message.programme);
    return error;
}
