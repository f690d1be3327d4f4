/* SPDX-License-Identifier: Apache-2.0 */
/* visit.h - what one shopper does at a till, laid out before it happens: the card, the lines, the kind.
 * Texts are NUL-terminated and belong to the plan that holds the visit. */
#ifndef KASSA_SHOPPER_VISIT_H
#define KASSA_SHOPPER_VISIT_H

#include "base/base.h"

/* By what a card's holder is a member. */
enum card_by {
    CARD_BY_NUMBER, /* an EAN-13 */
    CARD_BY_LUHN,   /* digits that end in Luhn's check digit, as Code 128 holds them */
    CARD_BY_GSRN,   /* GS1's number of a member: 18 digits */
    CARD_BY_UID,    /* of seven bytes */
    CARD_BY_UID4    /* of four */
};

/* What shoppers carry alike. present and scan are texts with places to fill (wallet.h); NULL: it has no chip, or no
 * code that a scanner reads. */
struct card_kind {
    const char *technology; /* by which a till should recognise it */
    enum card_by by;
    uint32_t share;       /* of the shoppers, against that of the others */
    uint32_t new_percent; /* of them, who hold a card that nobody knows yet, and enrol */
    const char *uid;      /* of the only card of its kind; NULL: each has its own */
    const char *present;  /* what the simulated reader is told to lay down */
    const char *scan;     /* what the simulated scanner reads */
};

/* The kinds of a neighbourhood; those of whom nobody told otherwise. */
struct card_kinds {
    const struct card_kind *rows;
    size_t count;
    bool is_each_shown; /* the first visits are one of each shopper, and nobody forgets his card then */
};
extern const struct card_kinds plan_card_kinds;

#define SHOPPER_NUMBER_SIZE 24
#define SHOPPER_SPOKEN_SIZE (SHOPPER_NUMBER_SIZE + 4)

struct shopper {
    const struct card_kind *kind;     /* NULL: anonymous */
    char number[SHOPPER_NUMBER_SIZE]; /* member number */
    char uid[16];                     /* of the chip, hexadecimal */
    const char *first_name;
    const char *language;
    const char *tier;
    const char *segment;
    bool is_new; /* holds a card that nobody knows yet, and enrols */
};

struct visit_line {
    const char *sku;
    const char *description;
    const char *category;
    const char *department;
    const char *unit;
    int64_t quantity_milli;
    int64_t price_e5;
    uint32_t tax_rate_bp;
    bool is_correction; /* negative quantity or price outside a return */
};

enum visit_kind { VISIT_SALE, VISIT_RETURN };

struct visit {
    enum visit_kind kind; /* VISIT_RETURN: goods without an earlier receipt */
    char name[32];        /* the receipt's name at the POS; its idempotency key is made of it */
    const struct shopper *shopper;
    struct visit_line *lines;
    size_t line_count;
};

/* All visits of a run, in the order in which they begin. Owner of everything in them. */
struct plan {
    struct visit *visits;
    size_t visit_count;
    struct shopper *shoppers;
    size_t shopper_count;
    struct visit_line *lines;
    size_t line_count;
    char *texts; /* that lines point into; NULL if they are constants */
};

/* visit_count visits of a neighbourhood that is the same for the same seed. The kinds stay the caller's, and outlive
 * the plan. ERR_MEMORY. */
NODISCARD
enum err plan_neighbourhood(uint64_t seed, size_t visit_count, const struct card_kinds *kinds,
                            struct plan *out);

/* The receipts of a file of real ones: CSV with the columns InvoiceNo, StockCode, Description, Quantity,
 * InvoiceDate, UnitPrice, CustomerID, Country, packed by xz. An invoice whose number starts with C is a
 * return. receipt_limit 0: all. On failure *out_line is the line of the file, 0 if it is not about a line.
 * ERR_IO: cannot be read. ERR_SYNTAX. */
NODISCARD
enum err plan_receipts(const char *path, size_t receipt_limit, struct plan *out, size_t *out_line);

/* The same from the file's plain text, NUL-terminated, which is cut up in place and belongs to the plan from now on (and
 * is freed when it fails). */
NODISCARD
enum err plan_receipts_text(char *text, size_t receipt_limit, struct plan *out, size_t *out_line);

void plan_done(struct plan *plan);

/* Writes the members among the shoppers as `kassa member import` reads them. */
NODISCARD
enum err plan_write_members(const struct plan *plan, const char *path);

/* Is he a member by his chip alone? Then no number can be typed for him. */
bool plan_is_by_uid(const struct card_kind *kind);

/* The member number as it is handed on by itself: a GSRN with GS1's number of that element before it. */
void plan_spoken_number(const struct shopper *shopper, char out[SHOPPER_SPOKEN_SIZE]);

/* "29" + ten digits + the GS1 check digit (GS1 General Specifications 7.9). */
void plan_member_number(uint64_t digits, char out[SHOPPER_NUMBER_SIZE]);
/* The number of that form with these digits in it, and its check digit. Of a UID: an EAN-13, which nobody uses. */
void plan_number(enum card_by by, uint64_t digits, char out[SHOPPER_NUMBER_SIZE]);

#endif
