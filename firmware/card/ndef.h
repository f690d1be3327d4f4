/* SPDX-License-Identifier: Apache-2.0 */
/* ndef.h - NFC Forum data: TLV blocks of a Type 2 tag, NDEF records, and the member number in them. Inside
 * card/ and for the fuzzer. */
#ifndef KASSA_CARD_NDEF_H
#define KASSA_CARD_NDEF_H

#include "card/link.h"
#include "card/record.h"

/* Where the NDEF message lies in a Type 2 tag's data area.
 *
 *   page 3    | page 4 ...                          NFC Forum Type 2 Tag 4: TLV blocks
 *   E1 10 n a | 01 03 .. .. .. | 03 L message | FE
 *   CC          lock control     NDEF           end    n * 8 = size of the data area */
struct card_tlv {
    size_t offset; /* of the message in the data area */
    size_t size;
};

/* known: the head of the data area that has been read; area_size: its whole size.
 * ERR_TRUNCATED: the known head ends before the NDEF block's length: read on. ERR_NOT_FOUND: no NDEF block,
 * or an empty one. ERR_SYNTAX: a block runs over the area's end. */
NODISCARD
enum err card_tlv_find_ndef(struct span known, size_t area_size, struct card_tlv *out);

/* The web link of a URI record, of an absolute URI, or of a smart poster. False: there is none in it. */
bool card_ndef_link_of_record(const struct card_record *record, struct card_link *out);

/* Finds the first record of the message that names a member: a web link under one of the links', or a
 * text record that is a number. ERR_NOT_FOUND: well-formed, but nothing of ours. ERR_SYNTAX, ERR_TRUNCATED:
 * damaged. ERR_EXISTS: the number of a payment card. */
NODISCARD
enum err card_ndef_find_number(struct span message, const struct card_links *links,
                               char out_text[CARD_TEXT_MAX]);

/* The first web link of the message that begins with one of the heads. Errors as card_ndef_find_number. */
NODISCARD
enum err card_ndef_find_link(struct span message, const struct card_links *links, struct card_link *out);

#endif
