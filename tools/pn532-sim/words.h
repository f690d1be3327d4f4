/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - a line cut into words at blanks; "double quotes" keep blanks, \" and \\ stand for themselves.
 * Pure. */
#ifndef KASSA_PN532_WORDS_H
#define KASSA_PN532_WORDS_H

#include "base/base.h"

#define PN532_LINE_SIZE_MAX  9216u
#define PN532_WORD_COUNT_MAX 160u /* a card given block by block */

struct pn532_words {
    size_t count;
    const char *word[PN532_WORD_COUNT_MAX]; /* into text */
    char text[PN532_LINE_SIZE_MAX + 1];
};

/* Errors: ERR_TOO_LONG (the line, or too many words), ERR_SYNTAX (a quote that does not end, a NUL). */
NODISCARD
enum err pn532_words_split(struct span line, struct pn532_words *out_words);

#endif
