/* SPDX-License-Identifier: Apache-2.0 */
/* likeness.h - "did you mean ...?": the known word that a mistyped one is nearest to. Pure. */
#ifndef KASSA_LIKENESS_H
#define KASSA_LIKENESS_H

#include "base/base.h"

#define LIKENESS_WORD_MAX 40 /* longer words are like nothing */

/* How many characters must be put in, left out, changed or swapped with their neighbour to make b of a (the
 * restricted Damerau-Levenshtein distance), in bytes and without regard to ASCII case; LIKENESS_WORD_MAX if
 * either is longer. */
size_t likeness_distance(struct span a, struct span b);

/* The best word so far, fed one by one: a word counts from a distance of a third of the typed
 * one's length. */
struct likeness {
    struct span typed;
    struct span best; /* empty: none is near enough */
    size_t distance;
};
struct likeness likeness_of(struct span typed);
void likeness_try(struct likeness *likeness, struct span word);

#endif
