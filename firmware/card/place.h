/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - a member number at a fixed place of a card's content. Inside card/. */
#ifndef KASSA_CARD_PLACE_H
#define KASSA_CARD_PLACE_H

#include "card/card.h"

#define CARD_PLACE_SIZE_MAX 64

enum card_place_form {
    CARD_PLACE_TEXT, /* ASCII; 00, FF and blanks at its end fill it up */
    CARD_PLACE_BCD,  /* two digits a byte, the high one first; F at its end fills it up */
    CARD_PLACE_HEX,  /* the digits of its bytes */
    CARD_PLACE_FORM_COUNT
};

struct card_place {
    uint16_t offset; /* from the content's begin */
    uint8_t size;    /* in bytes */
    uint8_t form;    /* enum card_place_form */
};

/* It has a size and a form. ERR_SYNTAX. */
NODISCARD
enum err card_place_check(const struct card_place *place);

/* Reads the bytes that stand at the place: place->size of them. ERR_SYNTAX: they are no member number, or another count.
 * ERR_EXISTS: the number of a payment card. */
NODISCARD
enum err card_place_read(const struct card_place *place, struct span bytes, char out_text[CARD_TEXT_MAX]);

#endif
