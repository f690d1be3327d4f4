/* SPDX-License-Identifier: Apache-2.0 */
/* ndef.h - builds NDEF messages of one record and the TLV around them, as a Type 2 tag stores them. Pure. */
#ifndef KASSA_PN532_CARDS_NDEF_H
#define KASSA_PN532_CARDS_NDEF_H

#include "base/base.h"

struct pn532_ndef {
    uint8_t bytes[1024];
    size_t size;
};

/* One URI record; the prefix is abbreviated (NFC Forum URI RTD 3.2.2). ERR_TOO_LONG. */
NODISCARD
enum err pn532_ndef_uri(const char *uri, struct pn532_ndef *out_message);
/* One text record in UTF-8, language en (NFC Forum Text RTD). ERR_TOO_LONG. */
NODISCARD
enum err pn532_ndef_text(const char *text, struct pn532_ndef *out_message);
/* 03 length message FE into out_area. ERR_TOO_LONG if it does not fit; then out_area is untouched. */
NODISCARD
enum err pn532_ndef_wrap(struct span message, uint8_t *out_area, size_t capacity);

#endif
