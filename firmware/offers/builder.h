/* SPDX-License-Identifier: Apache-2.0 */
/* builder.h - the builder's pieces while a book is written. Private to this module.
 *
 *   builder_bounds.c    how much of everything there can be at most
 *   builder_symbols.c   names -> symbols, the hash table, lists of references, selectors
 *   builder_offers.c    the rows of the offers and of what belongs to them
 *   builder_postings.c  which symbol wakes which offers
 *   book_builder.c      the header, and the sections one after another */
#ifndef KASSA_OFFERS_BUILDER_H
#define KASSA_OFFERS_BUILDER_H

#include "base/arena.h"
#include "offers/book.h"
#include "offers/book_layout.h"

#define LANGUAGES_KEPT 32 /* language tags that are stored once; further ones are stored again */

struct symbol {
    struct span text;
    uint8_t kind;
};

struct section_buffer {
    uint8_t *bytes;
    uint32_t count, capacity;
};

/* One offer never meets the other: places in the order of evaluation. */
struct exclusion {
    uint32_t offer, other;
};

struct builder {
    const struct book_source *source;
    struct arena *arena;
    struct section_buffer section[BOOK_SECTIONS];
    struct symbol *named; /* every mention, then sorted and each once */
    uint32_t symbol_count;
    uint32_t *selector_slots; /* rows of selectors by what they say, BOOK_NONE: free */
    uint32_t selector_mask;
    uint32_t *order;              /* the source's offers in the order of evaluation */
    uint32_t *ids;                /* places in `order`, ascending by id */
    struct exclusion *exclusions; /* ascending, each once */
    uint32_t exclusion_count, exclusion_at;
    struct {
        struct span tag;
        uint32_t offset;
    } languages[LANGUAGES_KEPT];
    uint32_t language_count;
    struct book_range stores, basket_wide, any_member, tiers;
};

/* ---- builder_bounds.c */

struct bounds {
    uint64_t count[BOOK_SECTIONS];
    uint64_t symbols;    /* mentions of names */
    uint64_t exclusions; /* both ways round */
};

struct bounds offers_builder_bounds(const struct book_source *source);
bool offers_builder_has_extra(const struct book_source_offer *offer);

/* ---- book_builder.c: pieces that the others add */

/* The next row of a section, zeroed. The bounds make it impossible that there is none. */
uint8_t *offers_builder_row(struct builder *b, enum section_id section);
/* Appends the bytes to a section of single bytes; where they begin. */
uint32_t offers_builder_bytes(struct builder *b, enum section_id section, struct span bytes);
void offers_builder_short_text(struct builder *b, uint8_t *at, struct span text);
void offers_builder_long_text(struct builder *b, uint8_t *at, struct span text);

/* ---- builder_symbols.c */

/* A list of names that is being collected as references. */
struct names {
    enum book_symbol_kind kind;
    const struct span *texts;
    uint32_t count;
};

NODISCARD
enum err offers_builder_symbols(struct builder *b, struct book_fault *out_fault);
uint32_t offers_builder_find_symbol(const struct builder *b, enum book_symbol_kind kind, struct span text);
/* Appends the names of both lists, ascending and each once. */
struct book_range offers_builder_references(struct builder *b, struct names first, struct names second);
/* The row of the selector: the same one for all that mean the same. */
uint32_t offers_builder_selector(struct builder *b, const struct book_source_selector *selector);
/* Selectors at most, as a power of two that leaves half of the table free. */
uint64_t offers_builder_selector_slots(uint64_t selector_count);
/* What `who` of the offer names. */
enum book_symbol_kind offers_builder_who_kind(const struct book_source_offer *offer);

/* ---- builder_offers.c, builder_postings.c */

NODISCARD
enum err offers_builder_offers(struct builder *b, struct book_fault *out_fault);
NODISCARD
enum err offers_builder_postings(struct builder *b);

#endif
