/* SPDX-License-Identifier: Apache-2.0 */
/* key_index.h - where in the journal the newest JOURNAL_KEYS_MAX idempotency keys are, in memory.
 *
 *   heads[tag % HEADS] ─▶ entry 907 ─▶ entry 412 ─▶ entry 3 (overwritten since: the chain ends)
 *   entries: a ring, entry n stands at n % JOURNAL_KEYS_MAX
 *
 * A chain runs from new to old, so that an entry that the ring has overwritten, and all after it, are simply
 * too old: nothing is ever unlinked. A fold of the journal: load.c fills it. Pure. */
#ifndef KASSA_KEY_INDEX_H
#define KASSA_KEY_INDEX_H

#include "journal/format.h"
#include "journal/journal.h"

#define KEY_HEADS 16384

struct key_entry {
    uint64_t tag;
    uint64_t older; /* the chain's next entry, counted from 1; 0 ends it */
    struct place place;
};

struct key_index {
    uint64_t last; /* entries ever added since it was cleared */
    uint64_t heads[KEY_HEADS];
    struct key_entry entries[JOURNAL_KEYS_MAX];
};

/* The index begins as zeroes. */
void journal_key_index_clear(struct key_index *index);
void journal_key_index_add(struct key_index *index, uint64_t tag, struct place place);

/* The newest entry with this tag below `before` (0: of all); returns its number, or 0. */
uint64_t journal_key_index_find(const struct key_index *index, uint64_t tag, uint64_t before,
                                struct place *out_place);

#endif
