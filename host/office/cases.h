/* SPDX-License-Identifier: Apache-2.0 */
/* cases.h - runs cases of the form "loyalty-cases/1": what an offer, a ledger or a split must come to, with the
 * figures that are expected of it. The file describes its own vocabulary; each case is turned into a book, a
 * basket and a member (or into events of the ledger) and goes through the engine that tills run. Nothing is
 * computed here that the engine or the ledger computes.
 *
 * A case that holds a word that is not known fails, and the sentence names the word: nothing that a case says is
 * passed over. Several spellings of one thing are taken where the vocabulary leaves it open; they stand side by
 * side in the tables of fields ("price|amount").
 *
 * Threads: none is shared; a run is one thread's. Memory: a pool a case. */
#ifndef KASSA_OFFICE_CASES_H
#define KASSA_OFFICE_CASES_H

#include "base/base.h"

#define CASES_SIZE_MAX (64 * 1024 * 1024)

/* Is told of each case that failed: what was expected and what was got, or which word is not known. */
struct cases_sink {
    void *self;
    void (*failed)(void *self, const char *id, const char *sentence);
};

struct cases_totals {
    uint32_t passed, failed;
};

/* Why a text holds no cases. */
struct cases_fault {
    uint32_t line; /* 0: no place in particular */
    char what[200];
};

/* Runs all cases of the text. ERR_SYNTAX: it holds none, *out_fault says why; ERR_MEMORY. */
NODISCARD
enum err cases_run(struct span text, const struct cases_sink *sink, struct cases_totals *out_totals,
                   struct cases_fault *out_fault);

#endif
