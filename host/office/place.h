/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - where in a JSON text something stands, so that a finding can name line and column.
 *
 * jansson tells the place of a syntax error only. For every other finding the text is walked once more along
 * the path of the value: no place is kept for the values that are right. The text has been parsed before, but
 * nothing here relies on it: any bytes are walked without leaving them. Pure; no heap; no recursion. */
#ifndef KASSA_OFFICE_PLACE_H
#define KASSA_OFFICE_PLACE_H

#include "base/base.h"

#define PLACE_DEPTH_MAX 16 /* steps of a path */

struct place {
    uint32_t line;   /* from 1; 0: not known */
    uint32_t column; /* from 1, in characters (code points), not bytes */
};

/* One step down from a value: into an object by key, or, where key is NULL, into an array by index. */
struct place_step {
    const char *key;
    size_t index;
};

enum place_part { PLACE_OF_VALUE, PLACE_OF_KEY };

#define PLACE_KNOWN_MAX 64

/* Where earlier searches found items of the outermost list that they went into; {0}: nowhere yet. A search in the
 * same text goes on from the nearest, so that finding after finding does not cost walk after walk. */
struct place_memo {
    const char *key; /* of that list; NULL: none */
    struct place_known {
        size_t index, at;   /* of an item, and its offset */
        struct place place; /* of that offset */
    } known[PLACE_KNOWN_MAX];
    size_t count; /* of all that were noted: the newest stand last, round and round */
};

/* The place of the value at that path, or of the key that leads to it (the last step must then be a key).
 * {0, 0} if the text has no such path. memo: of searches in this text. */
struct place place_find(struct span text, struct place_memo *memo, const struct place_step *steps,
                        size_t step_count, enum place_part part);

/* The place, in the JSON text, of the character that stands at `within` in the string at that path: escapes
 * are resolved, and \\n begins a new line of the string. Behind its end: the closing quote. {0, 0} if there is no
 * such string. */
struct place place_find_within(struct span text, struct place_memo *memo, const struct place_step *steps,
                               size_t step_count, struct place within);

/* Where the token begins that a parser has read when it stopped behind `offset` bytes: in a text that is no JSON.
 * At the end of the text: the place behind its last character. */
struct place place_of_token(struct span text, size_t offset);

/* The place of the byte at that offset. */
struct place place_of_offset(struct span text, size_t offset);

#endif
