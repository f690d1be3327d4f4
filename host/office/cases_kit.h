/* SPDX-License-Identifier: Apache-2.0 */
/* cases_kit.h - what the runners of cases share: a case while it runs, its words read by tables, and figures
 * compared. Private to the cases*.c files.
 *
 * Errors are sticky: the first thing that is wrong with a case is said, and everything after it may go on with
 * zeros; whoever is about to act asks case_is_sound first. */
#ifndef KASSA_OFFICE_CASES_KIT_H
#define KASSA_OFFICE_CASES_KIT_H

#include <jansson.h>
#include <stdarg.h>

#include "base/base.h"
#include "office/pool.h"

#define CASE_ABSENT    INT64_MIN /* a number, day or quantity that is not said */
#define CASE_SAID_SIZE 2048

/* One case at work. */
struct case_run {
    const json_t *json;
    struct pool pool;
    bool is_sound; /* nothing was found that cannot be read */
    bool is_failed;
    size_t said_size;
    char said[CASE_SAID_SIZE]; /* "total: expected 5, got 6; ..." */
};

/* ---- words (cases_read.c) */

enum case_type {
    CASE_NUMBER,   /* int64_t: a whole number, as such or as text */
    CASE_PERCENT,  /* int64_t: basis points; 10.5 is 1050; what is finer is rounded half-up */
    CASE_QUANTITY, /* int64_t: thousandths; "1.25" or 2 */
    CASE_FLAG,     /* int64_t: 0, 1 */
    CASE_DAY,      /* int64_t: "2026-11-21", with a time behind it or not */
    CASE_TEXT,     /* const char * */
    CASE_LIST,     /* const json_t * */
    CASE_OBJECT,   /* const json_t * */
    CASE_ANY,      /* const json_t *: its reader looks closer */
    CASE_NOTE      /* not kept: it tells people something */
};

/* A word of an object: how it is spelt ("price|amount": either; "concurrent*": what begins so; "*_months": what ends so), what it is and where it goes. A word that is
 * null, or that is not there, leaves CASE_ABSENT or NULL. */
struct case_word {
    const char *spellings;
    enum case_type type;
    size_t offset;
    bool is_required;
};

/* Rows of a table of words: one that may be there, one that must. */
#define CASE_MAY(spellings, type, offset)                                                                    \
    {                                                                                                        \
        (spellings), (type), (offset), false                                                                 \
    }
#define CASE_MUST(spellings, type, offset)                                                                   \
    {                                                                                                        \
        (spellings), (type), (offset), true                                                                  \
    }

/* Reads an object by its words into `out`; `where` names it for people ("rule R1"). *out_present, which may be
 * NULL, gets one bit a row. Every key that no row spells is a fault. */
void case_read(struct case_run *run, const char *where, const json_t *json, const struct case_word *words,
               size_t count, void *out, uint64_t *out_present);

/* Whether the word is one of "price|amount". */
bool case_spells(const char *spellings, const char *word);
/* The first spelling, for people: "price" of "price|amount". */
struct span case_word_name(const struct case_word *word);

/* Exactly what the text says; rounded half-up to that many places. false: no number. */
bool case_decimal(const json_t *json, unsigned places, int64_t *out);

/* A word out of a list of them, to a number. */
struct case_choice {
    const char *spellings;
    int value;
};
/* text NULL: otherwise. A word that no row spells is a fault. */
int case_choose(struct case_run *run, const char *what, const char *text, const struct case_choice *choices,
                size_t count, int otherwise);

/* A number that is not said is `otherwise`; one that is not within 0 to most is a fault. */
uint32_t case_count(struct case_run *run, const char *what, int64_t value, uint32_t most, uint32_t otherwise);

static inline int64_t case_or(int64_t value, int64_t otherwise)
{
    return value == CASE_ABSENT ? otherwise : value;
}

/* ---- what is found (cases_say.c) */

/* The case cannot be run: what it says is not understood. Only the first fault is kept. */
void case_fault(struct case_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool case_is_sound(const struct case_run *run);
/* The engine refused. Answers whether it did not. */
bool case_ok(struct case_run *run, enum err error, const char *what);
/* Memory of the case; a fault and NULL if there is none. */
void *case_take(struct case_run *run, size_t count, size_t size);
/* A text in the case's memory. */
const char *case_text(struct case_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How what was got must meet what was expected. */
enum case_fit {
    CASE_SAME,     /* the same value, length and order; of objects: the keys that are expected */
    CASE_SAME_SET, /* the same members in any order */
    CASE_PART,     /* every expected member is among the got ones */
    CASE_COUNTS    /* objects of numbers; what is not there is 0 */
};
/* Compares and says where they differ. `got` is taken over (and may be NULL: no memory). */
void case_compare(struct case_run *run, const char *what, const json_t *expected, json_t *got,
                  enum case_fit match);
void case_compare_number(struct case_run *run, const char *what, int64_t expected, int64_t got);

/* ---- the kinds of cases: one file each */

struct case_kind {
    const char *name;
    void (*run)(struct case_run *run);
};

/* The words that every case may hold beside those of its kind. */
struct case_head {
    const char *id, *kind;
    int64_t minor_digits; /* 2 if it is not said */
};
void case_read_head(struct case_run *run, struct case_head *out);
/* Reads a case's own words: those of the head are passed over. */
void case_read_body(struct case_run *run, const struct case_word *words, size_t count, void *out);

void case_run_allocation(struct case_run *run);
void case_run_basket(struct case_run *run);
void case_run_best_pairs(struct case_run *run);
void case_run_counter(struct case_run *run);
void case_run_expiry_date(struct case_run *run);
void case_run_ledger(struct case_run *run);
void case_run_points_for_discount(struct case_run *run);
void case_run_race(struct case_run *run);
void case_run_race_limit(struct case_run *run);
void case_run_return(struct case_run *run);
void case_run_spend_step(struct case_run *run);
void case_run_tier(struct case_run *run);
void case_run_unit_split(struct case_run *run);

#endif
