/* SPDX-License-Identifier: Apache-2.0 */
/* aim.h - ISO/IEC 15424 symbology identifiers, which a scanner puts in front of what it read: "]", a letter for the
 * symbology, a modifier. Inside card/. */
#ifndef KASSA_CARD_AIM_H
#define KASSA_CARD_AIM_H

#include "base/base.h"

/* How a code of a symbology is to be read. */
enum card_reading {
    CARD_READING_PLAIN,  /* without an identifier: by its look */
    CARD_READING_EAN,    /* EAN-13, UPC-A, UPC-E in full */
    CARD_READING_EAN8,   /* EAN-8 */
    CARD_READING_NUMBER, /* Code 128, Code 39, Code 93: the member number itself */
    CARD_READING_GS1,    /* element strings: GS1-128, GS1 DataBar, GS1 DataMatrix, GS1 QR */
    CARD_READING_TEXT    /* QR, Data Matrix, Aztec, PDF417: a link, a time code or a number */
};

struct card_aim_code {
    enum card_reading reading;
    struct span content;
};

/* Takes the next code off a scanner's message, which may hold several ("]E0...]C1..."). ERR_TRUNCATED: none is left.
 * ERR_UNSUPPORTED: it was taken off, but is of a symbology that no member's code has, or none that there is. */
NODISCARD
enum err card_aim_take(struct span *message, struct card_aim_code *out);

#endif
