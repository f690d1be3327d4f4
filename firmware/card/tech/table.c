/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/technology.h"

const struct card_technology card_technologies[] = {
    {READER_NDEF, CARD_TRUST_STATIC, "ndef", card_type2_fits, card_type2_read},
    {READER_CLASSIC, CARD_TRUST_IDENTIFY, "classic", card_classic_fits, card_uid_read},
    {READER_UID, CARD_TRUST_IDENTIFY, "uid", card_uid_fits, card_uid_read},
    {READER_BARCODE, CARD_TRUST_STATIC, "barcode", NULL, NULL},
};

const size_t card_technology_count = COUNT_OF(card_technologies);

_Static_assert(COUNT_OF(card_technologies) == READER_TECHNOLOGY_COUNT - 1, "a row for each technology");
