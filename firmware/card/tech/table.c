/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/technology.h"

const struct card_technology card_technologies[] = {
    {READER_NDEF, card_type2_fits, card_type2_read},
    {READER_TYPE4, card_layer_4_fits, card_type4_read},
    {READER_SUN, card_layer_4_fits, card_sun_read},
    {READER_ORIGINALITY, card_originality_fits, card_originality_read},
    {READER_DESFIRE, card_layer_4_fits, card_desfire_read},
    {READER_MAD, card_classic_fits, card_mad_read},
    {READER_CLASSIC, card_classic_fits, card_uid_read},
    {READER_UID, card_uid_fits, card_uid_read},
    {READER_VAS, card_wallet_fits, card_vas_read},
    {READER_SMART_TAP, card_wallet_fits, card_smart_tap_read},
};

const size_t card_technology_count = COUNT_OF(card_technologies);
