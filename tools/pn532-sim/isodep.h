/* SPDX-License-Identifier: Apache-2.0 */
/* isodep.h - ISO/IEC 14443-4 as a card speaks it: answer to select, blocks, chaining. Pure. */
#ifndef KASSA_PN532_ISODEP_H
#define KASSA_PN532_ISODEP_H

#include "pn532-sim/card.h"

/* RATS: the card answers with its ATS and hears blocks from now on. False: the card has no layer 4. */
bool pn532_isodep_enter(struct pn532_card *card, uint8_t parameter);
/* The card forgets its layer 4: field off, deselected. */
void pn532_isodep_leave(struct pn532_card *card);

/* One APDU as a whole, as the chip exchanges it (it makes the blocks). */
enum pn532_air pn532_isodep_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);

/* One frame of a host that makes the blocks itself: RATS, I-, R- and S-blocks. After S(DESELECT) the card has left
 * layer 4. */
enum pn532_air pn532_isodep_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer);

#endif
