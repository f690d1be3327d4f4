/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - is this text? Pure. */
#ifndef KASSA_UTF8_H
#define KASSA_UTF8_H

#include "base/base.h"

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). */
bool utf8_is_valid(struct span text);

/* Well-formed and without control characters (U+0000 to U+001F, U+007F). */
bool utf8_is_printable(struct span text);

/* Without the mark (U+FEFF) that some editors and spreadsheets write in front of UTF-8; it is no part of the text. */
struct span utf8_without_mark(struct span text);

#endif
