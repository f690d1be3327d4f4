/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/techs.h"

/* ATQA bits 7-6 say the UID's size (ISO/IEC 14443-3 6.5.2); they follow the UID unless the caller
 * chose them. */
bool pn532_uid_make(struct pn532_card *card)
{
    static const uint8_t size_bits[] = {[4] = 0x00, [7] = 0x40, [10] = 0x80};
    bool is_default = card->atqa[0] == card->tech->atqa[0] && card->atqa[1] == card->tech->atqa[1];
    if (is_default)
        card->atqa[1] = (uint8_t)(0x04 | size_bits[card->uid_size]);
    if ((card->sak & 0x20) != 0 && card->ats_size == 0) {
        card->ats[0] = 0x01; /* the shortest answer to select: TL alone */
        card->ats_size = 1;
    }
    return true;
}

enum err pn532_uid_set(struct pn532_card *card, const struct pn532_option *option)
{
    (void)card;
    (void)option;
    return ERR_NOT_FOUND;
}

enum pn532_air pn532_uid_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    (void)card;
    (void)frame;
    (void)answer;
    return PN532_AIR_SILENCE;
}

/* A card with applications, none of which is asked for here (ISO/IEC 7816-4 table 6: 6A82, not found). */
enum pn532_air pn532_uid_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    (void)card;
    (void)apdu;
    answer->bytes[0] = 0x6A;
    answer->bytes[1] = 0x82;
    answer->size = 2;
    return PN532_AIR_DATA;
}
