/* SPDX-License-Identifier: Apache-2.0 */
/* visit.h - what one shopper does at a till, laid out before it happens: the card, the lines, the kind.
 * Texts are NUL-terminated and belong to the plan that holds the visit. */
#ifndef KASSA_SHOPPER_VISIT_H
#define KASSA_SHOPPER_VISIT_H

#include "base/base.h"

enum card_kind {
    CARD_NONE,    /* anonymous */
    CARD_LINK,    /* NTAG213 with a link that ends in the member number */
    CARD_TEXT,    /* NTAG215 with the member number as text */
    CARD_CHIP,    /* a chip known by its UID */
    CARD_CLASSIC, /* MIFARE Classic, known by its UID */
    CARD_SCANNED  /* a barcode that the cashier scans */
};

struct shopper {
    enum card_kind card;
    char number[16]; /* member number, EAN-13 */
    char uid[16];    /* of the chip, hexadecimal */
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

/* visit_count visits of a neighbourhood that is the same for the same seed. ERR_MEMORY. */
NODISCARD
enum err plan_neighbourhood(uint64_t seed, size_t visit_count, struct plan *out);

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

/* "29" + ten digits + the GS1 check digit (GS1 General Specifications 7.9). */
void plan_member_number(uint64_t digits, char out[16]);

#endif
