/* SPDX-License-Identifier: Apache-2.0 */
/* number.h - a member number out of one code of a known symbology: inside card/ only. */
#ifndef KASSA_CARD_NUMBER_H
#define KASSA_CARD_NUMBER_H

#include "card/aim.h"
#include "card/card.h"

/* Without CR, LF, STX, ETX, blanks and tabs around it. */
struct span card_number_strip(struct span read);

/* Errors as card_read_number; *out_technology is READER_BARCODE or READER_GS1. CARD_READING_TEXT is read as CARD_READING_PLAIN. */
NODISCARD
enum err card_number_read_as(const struct card_aim_code *code, const struct card_number_rules *rules,
                             char out_text[CARD_TEXT_MAX], enum reader_technology *out_technology);

#endif
