/* SPDX-License-Identifier: Apache-2.0 */
/* What each technology is called and how far it is believed. Apart from tech/table.c, so that who only names them does
 * not carry their protocols along. */
#include "card/card.h"

static const struct technology_row {
    const char *name;
    enum card_trust trust;
    bool is_scanned; /* comes from a scanner, never from a tag reader */
} TECHNOLOGIES[READER_TECHNOLOGY_COUNT] = {
    [READER_UID] = {.name = "uid", .trust = CARD_TRUST_IDENTIFY},
    [READER_NDEF] = {.name = "ndef", .trust = CARD_TRUST_STATIC},
    [READER_CLASSIC] = {.name = "classic", .trust = CARD_TRUST_IDENTIFY},
    [READER_BARCODE] = {.name = "barcode", .trust = CARD_TRUST_STATIC, .is_scanned = true},
    [READER_TYPE4] = {.name = "type4", .trust = CARD_TRUST_STATIC},
    [READER_ORIGINALITY] = {.name = "originality", .trust = CARD_TRUST_GENUINE},
    [READER_SUN] = {.name = "sun", .trust = CARD_TRUST_PROVEN},
    [READER_MAD] = {.name = "mad", .trust = CARD_TRUST_STATIC},
    [READER_DESFIRE] = {.name = "desfire", .trust = CARD_TRUST_PROVEN},
    /* A phone has no key of its own: what it says is fresh and secret, but whoever knows the number could say it. */
    [READER_VAS] = {.name = "vas", .trust = CARD_TRUST_STATIC},
    [READER_SMART_TAP] = {.name = "smart_tap", .trust = CARD_TRUST_STATIC},
    [READER_LINK] = {.name = "link", .trust = CARD_TRUST_STATIC, .is_scanned = true},
    [READER_DYNAMIC] = {.name = "dynamic", .trust = CARD_TRUST_PROVEN, .is_scanned = true},
    [READER_GS1] = {.name = "gs1", .trust = CARD_TRUST_STATIC, .is_scanned = true},
};

static const struct technology_row *find_row(enum reader_technology technology)
{
    bool is_known = technology >= READER_UID && technology < READER_TECHNOLOGY_COUNT;
    return is_known ? &TECHNOLOGIES[technology] : NULL;
}

const char *card_technology_name(enum reader_technology technology)
{
    const struct technology_row *row = find_row(technology);
    return row != NULL ? row->name : "?";
}

enum err card_technology_find(struct span name, enum reader_technology *out)
{
    for (int i = READER_UID; i < READER_TECHNOLOGY_COUNT; i++) {
        if (!span_is_equal(name, span_of_text(TECHNOLOGIES[i].name)))
            continue;
        *out = (enum reader_technology)i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

enum card_trust card_trust_of(enum reader_technology technology)
{
    const struct technology_row *row = find_row(technology);
    return row != NULL ? row->trust : CARD_TRUST_NONE;
}

bool card_technology_is_scanned(enum reader_technology technology)
{
    const struct technology_row *row = find_row(technology);
    return row != NULL && row->is_scanned;
}

static const char *const TRUSTS[] = {
    [CARD_TRUST_NONE] = "none",       [CARD_TRUST_IDENTIFY] = "identify", [CARD_TRUST_STATIC] = "static",
    [CARD_TRUST_GENUINE] = "genuine", [CARD_TRUST_PROVEN] = "proven",
};

const char *card_trust_name(enum card_trust trust)
{
    return (unsigned)trust < COUNT_OF(TRUSTS) ? TRUSTS[trust] : "?";
}

enum err card_trust_find(struct span name, enum card_trust *out)
{
    for (size_t i = 0; i < COUNT_OF(TRUSTS); i++) {
        if (!span_is_equal(name, span_of_text(TRUSTS[i])))
            continue;
        *out = (enum card_trust)i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}
