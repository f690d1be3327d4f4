/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - making canonical texts: inside card/ only. */
#ifndef KASSA_CARD_TEXT_H
#define KASSA_CARD_TEXT_H

#include "card/card.h"

/* "uid:" and the UID. ERR_SYNTAX: no UID has that size. */
NODISCARD
enum err card_text_of_uid(struct span uid, char out_text[CARD_TEXT_MAX]);

/* "num:" and the number in capitals. ERR_TRUNCATED, ERR_TOO_LONG: size. ERR_SYNTAX: another character than
 * 0-9, A-Z, a-z, or no digit at all (a word is no member number). */
NODISCARD
enum err card_text_of_number(struct span number, char out_text[CARD_TEXT_MAX]);

#endif
