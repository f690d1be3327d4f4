/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - what a till has to remember so that nobody can lead it back, forward or astray: the newest root and
 * timestamp, the time that is known from signatures, the book that it refused last. Pure decisions: it is told
 * the clock, and who keeps it writes it down (SPEC.md) in the transaction that a decision belongs to.
 *
 * Time       now is the highest signed time, counted on while the machine runs, or the clock's where that is
 *            later. The clock's is never kept.
 * Memory     34 KiB, the caller's.
 */
#ifndef KASSA_TRUST_STATE_H
#define KASSA_TRUST_STATE_H

#include "trust/trust.h"

struct trust_reading {
    int64_t wall_unix_ms;
    uint64_t mono_ms;
};

/* A book that is or was in force, and what was signed of it beside its hash. */
struct trust_term {
    uint64_t version;
    int64_t expires_unix_ms; /* 0: for ever */
    kassa_BookLimits limits;
};
#define TRUST_TERMS 2 /* the one in force, and the one before */

struct trust_state {
    struct trust_root root;
    kassa_Signed root_sealed;
    kassa_Timestamp timestamp; /* issued_unix_ms 0: there is none */
    kassa_Signed timestamp_sealed;
    int64_t floor_unix_ms;    /* the highest signed time, and what was counted on from it ... */
    uint64_t floor_mono_ms;   /* ... at this reading */
    uint64_t refused_version; /* the last book that was tried or in force, and is not taken again; 0: none */
    uint8_t refused_hash[HASH_SIZE];  /* of its manifest */
    enum trust_reason refused_reason; /* TRUST_GOOD: it was not refused, it is being tried ... */
    uint8_t tries;                    /* ... for that time: who tries may die of it */
    struct trust_term terms[TRUST_TERMS];
};

struct trust_place_of_till {
    const char *tenant;
    const char *store;
    const char *till;
};

int64_t trust_now(const struct trust_state *state, struct trust_reading reading);

/* Counts the time on, so that it can be written down. */
void trust_count_on(struct trust_state *state, struct trust_reading reading);

/* ---- keeping */

#define TRUST_STATE_SIZE_MAX 16384

/* The state as bytes. ERR_TOO_LONG: more than capacity. */
NODISCARD
enum err trust_state_write(const struct trust_state *state, uint8_t *out, size_t capacity, size_t *out_size);

/* ERR_VERSION, ERR_CORRUPT (also a root that does not hold to its own keys). A timestamp that the root does not
 * bear is left out. */
NODISCARD
enum err trust_state_read(struct span bytes, struct trust_reading reading, struct trust_state *out);

/* A till begins with the root of its own file, or goes on with what was kept (empty: nothing was) if that is of
 * the same chain and not older. TRUST_MALFORMED, TRUST_UNSIGNED (the file's), TRUST_TENANT (another chain's
 * than the till's). */
enum trust_reason trust_state_begin(const kassa_Signed *first, struct span kept, const char *tenant,
                                    struct trust_reading reading, struct trust_state *out);

/* ---- taking. On any reason but TRUST_GOOD nothing has changed. */

struct trust_effect {
    bool is_new;       /* something changed: write it down */
    bool resets_books; /* books are counted from root.book_version_base now */
    bool lacks_roots;  /* there are newer roots than ours */
};

enum trust_reason trust_take_root(struct trust_state *state, const kassa_Signed *sealed,
                                  struct trust_reading reading, struct trust_effect *out);

enum trust_reason trust_take_timestamp(struct trust_state *state, const kassa_Signed *sealed,
                                       struct trust_reading reading, struct trust_effect *out);

/* What stands at the till, for a manifest to be held against. */
struct trust_stand {
    struct trust_place_of_till who;
    uint64_t version_max;          /* of the books that were in force */
    uint64_t known_version;        /* of the one in force ... */
    uint8_t known_hash[HASH_SIZE]; /* ... and the book's hash */
    uint64_t damaged_version; /* of one that was in force, and whose copy here is damaged (0: none) ... */
    uint8_t damaged_hash[HASH_SIZE]; /* ... and what its bytes were */
    struct trust_reading reading;
};

/* Whether a book of that version may come: above all that were in force and were not withdrawn, or the very one
 * whose copy is damaged. */
bool trust_may_come(const struct trust_state *state, const struct trust_stand *stand, uint64_t version);

/* Is that the book that this till is to take? TRUST_GOOD and *out_is_wanted false: it is as it should be, and
 * not for this till, or here already. */
enum trust_reason trust_judge(const struct trust_state *state, const struct trust_stand *stand,
                              const kassa_Signed *sealed, struct trust_manifest *out, bool *out_is_wanted);

/* ---- what is in force */

/* A book is in force from now on; the state is then written with the switch. */
void trust_note_active(struct trust_state *state, const struct trust_manifest *manifest);
/* The one before is. */
void trust_note_fallen_back(struct trust_state *state, uint64_t version);
/* A book is about to be tried: to be written down before. false: that was begun TRUST_TRIES_MAX times, and never
 * came to an end: it is not tried again. */
#define TRUST_TRIES_MAX 3
bool trust_note_trial(struct trust_state *state, const struct trust_manifest *manifest);
/* A book was refused after it had been received (its manifest is not taken again), or fallen back from (hash
 * NULL: its version is below the highest one). */
void trust_note_refused(struct trust_state *state, uint64_t version, const uint8_t *hash,
                        enum trust_reason reason);

/* TRUST_GOOD, TRUST_FROZEN or TRUST_OUTLIVED, for a till with that version in force (0: none). */
enum trust_reason trust_alarm(const struct trust_state *state, uint64_t version,
                              struct trust_reading reading);

#endif
