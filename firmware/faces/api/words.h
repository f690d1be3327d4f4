/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - the names of enums in JSON, both ways: inside faces/api only. */
#ifndef KASSA_FACES_API_WORDS_H
#define KASSA_FACES_API_WORDS_H

#include "faces/api/fields.h"

extern const struct field_word words_line_kind[];
extern const struct field_word words_basket_line_kind[]; /* what a POS may send */
extern const struct field_word words_price_mode[];
extern const struct field_word words_tender[];
extern const struct field_word words_card_read[];
extern const struct field_word words_card_read_sent[]; /* what a POS may send */
extern const struct field_word words_receipt_kind[];

#endif
