/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/technology.h"

const struct card_technology card_technologies[] = {
    {.technology = READER_NDEF,
     .trust = CARD_TRUST_STATIC,
     .name = "ndef",
     .fits = card_type2_fits,
     .read = card_type2_read},
    {.technology = READER_CLASSIC,
     .trust = CARD_TRUST_IDENTIFY,
     .name = "classic",
     .fits = card_classic_fits,
     .read = card_uid_read},
    {.technology = READER_UID,
     .trust = CARD_TRUST_IDENTIFY,
     .name = "uid",
     .fits = card_uid_fits,
     .read = card_uid_read},
    {.technology = READER_TYPE4, .trust = CARD_TRUST_STATIC, .name = "type4"},
    {.technology = READER_ORIGINALITY, .trust = CARD_TRUST_GENUINE, .name = "originality"},
    {.technology = READER_SUN, .trust = CARD_TRUST_PROVEN, .name = "sun"},
    {.technology = READER_MAD, .trust = CARD_TRUST_STATIC, .name = "mad"},
    {.technology = READER_DESFIRE, .trust = CARD_TRUST_PROVEN, .name = "desfire"},
    {.technology = READER_VAS, .trust = CARD_TRUST_PROVEN, .name = "vas"},
    {.technology = READER_SMART_TAP, .trust = CARD_TRUST_PROVEN, .name = "smart_tap"},
    {.technology = READER_BARCODE, .trust = CARD_TRUST_STATIC, .name = "barcode", .is_scanned = true},
    {.technology = READER_LINK, .trust = CARD_TRUST_STATIC, .name = "link", .is_scanned = true},
    {.technology = READER_DYNAMIC, .trust = CARD_TRUST_PROVEN, .name = "dynamic", .is_scanned = true},
    {.technology = READER_GS1, .trust = CARD_TRUST_STATIC, .name = "gs1", .is_scanned = true},
};

const size_t card_technology_count = COUNT_OF(card_technologies);

_Static_assert(COUNT_OF(card_technologies) == READER_TECHNOLOGY_COUNT - 1, "a row for each technology");
