/* SPDX-License-Identifier: Apache-2.0 */
/* code.h - what a barcode scanner read -> who is it, and how sure: EAN-8, EAN-13, UPC-A, Code 128, GS1 element strings and GS1 Digital
 * Links, members' links, codes with a time. What a person typed goes through card_read_number instead.
 *
 * Threads    one (vault's), for codes with a time.
 * Sources    ISO/IEC 15424, GS1 General Specifications, GS1 Digital Link URI Syntax, RFC 6238. */
#ifndef KASSA_CARD_CODE_H
#define KASSA_CARD_CODE_H

#include "card/card.h"
#include "card/dynamic.h"

#define CARD_CODE_SIZE_MAX 384 /* of a scanner's message, framing included */

/* Zeroed: nothing is taken. */
struct card_code_settings {
    uint32_t taken;    /* 1 << READER_BARCODE, READER_LINK ...: others are refused */
    uint8_t separator; /* a byte that the scanner sends for FNC1 where it does not send GS; 0: none */
    struct card_dynamic_settings dynamic;
};

/* Barcodes, GS1 and links; no codes with a time, which need a key. */
struct card_code_settings card_code_settings_default(void);

/* May it stand for FNC1: no letter, no digit, nothing that ends a line or that people put between digits. */
bool card_code_separator_is_valid(uint8_t separator);

NODISCARD
enum err card_code_check_settings(const struct card_code_settings *settings);

struct card_code_rules {
    const struct card_number_rules *numbers;
    const struct card_code_settings *settings;
    const struct card_links *links; /* heads of members' links; a GS1 Digital Link counts under their hosts */
    uint64_t now_unix_s;
};

/* Reads one message of a scanner, with AIM identifiers or without; of several codes in it one must name a member. Who gets the
 * identity judges its freshness before he believes it. Errors, each with its sentence in card_refusal: those of card_read_number, and
 * ERR_NOT_FOUND (a link of somebody else), ERR_SIGNATURE (a wrong or old time code), ERR_CONFLICT (two members in one message).
 * ERR_UNSUPPORTED is also what the programme does not take. */
NODISCARD
enum err card_read_code(struct span read, const struct card_code_rules *rules, struct card_identity *out);

#endif
