/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h - conditions in CEL as rows: each is written out as text for the engine's compiler, and worked out by the
 * slow evaluator for itself. A condition is a few terms, joined from the left: ((a && b) || c). */
#ifndef KASSA_MODEL_TERMS_H
#define KASSA_MODEL_TERMS_H

#include "base/base.h"

#define TERMS_MAX      3
#define TERMS_TEXT_MAX 600

/* A figure is compared with the value, what remains of it by `modulo` where that is not 0. */
enum term_what {
    /* figures */
    TERM_AMOUNT,
    TERM_INITIAL,
    TERM_QUANTITY,
    TERM_UNITS,
    TERM_LINES,
    TERM_COUNT_OF,
    TERM_AMOUNT_OF,
    TERM_VISITS,
    TERM_POINTS,
    TERM_HOUR,
    TERM_WEEKDAY,
    TERM_SEGMENTS,
    TERM_ANY_AMOUNT, /* of a line of the basket */
    TERM_ALL_UNITS,
    TERM_FEW_PRICES, /* lines whose price compares so */
    /* true or false */
    TERM_KNOWN,
    TERM_TIER,
    TERM_SEGMENT,
    TERM_BASKET_LAST = TERM_SEGMENT,
    /* of the line in question */
    TERM_LINE_AMOUNT,
    TERM_LINE_INITIAL,
    TERM_LINE_QUANTITY,
    TERM_LINE_UNITS,
    TERM_LINE_PRICE,
    TERM_LINE_TAX,
    TERM_LINE_NUMBER,
    TERM_LINE_WEIGHED,
    TERM_LINE_REDUCED,
    TERM_LINE_SKU,
    TERM_LINE_CATEGORY,
    TERM_LAST = TERM_LINE_CATEGORY
};

enum term_compare { TERM_LESS, TERM_AT_MOST, TERM_MORE, TERM_AT_LEAST, TERM_SAME, TERM_OTHER, TERM_COMPARES };

struct term {
    uint8_t what, compare, name, modulo;
    bool is_not, is_or, is_category; /* is_or: joined with those before it by ||, else by && */
    int64_t value;
};

/* Of one offer. */
struct terms {
    uint32_t count, line_count;
    struct term terms[TERMS_MAX], line_terms[TERMS_MAX];
};

/* Writes the text and a NUL. */
void terms_print(const struct term *terms, uint32_t count, char out[TERMS_TEXT_MAX]);

#endif
