/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - making canonical texts: inside card/, and of passes at head office. */
#ifndef KASSA_CARD_TEXT_H
#define KASSA_CARD_TEXT_H

#include "card/card.h"

/* "uid:" and the UID. ERR_SYNTAX: no UID has that size. */
NODISCARD
enum err card_text_of_uid(struct span uid, char out_text[CARD_TEXT_MAX]);

/* "num:" and the number in capitals. ERR_TRUNCATED, ERR_TOO_LONG: size. ERR_SYNTAX: another character than
 * 0-9, A-Z, a-z, or no digit at all (a word is no member number). ERR_EXISTS: a payment card's. Whatever became a member
 * number went through here, so that none of those is ever stored (the number is there already, as theirs): who calls it
 * hands ERR_EXISTS on. */
NODISCARD
enum err card_text_of_number(struct span number, char out_text[CARD_TEXT_MAX]);

/* The same of what may be something else, too: what is no number is `otherwise`, and a payment card's is ERR_EXISTS. */
NODISCARD
enum err card_text_of_number_or(enum err otherwise, struct span number, char out_text[CARD_TEXT_MAX]);

/* Of what a phone's pass says: the member number that it is (CARD_NUMBER_SIZE_MIN to _MAX of 0-9 and capitals, a digit
 * among them), or else "pass:" and the first 16 bytes of its SHA-256 in hex, as small and capital letters may tell two
 * members apart there. ERR_EXISTS: the number of a payment card. ERR_UNSUPPORTED: nothing at all. Others: vault's. */
NODISCARD
enum err card_text_of_pass(struct span message, char out_text[CARD_TEXT_MAX]);

#endif
