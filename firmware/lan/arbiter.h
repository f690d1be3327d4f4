/* SPDX-License-Identifier: Apache-2.0 */
/* arbiter.h - one of a store's agents counts what its tills use of what is limited, and judges their claims: as a
 * pure function of a state and an event (no clock, no I/O, no heap). The driver (court.c) and the simulator run the
 * same object file.
 *
 * Held     of claims that were granted and of uses that were told, together with what a claim that is granted now
 *          asks for, never more than `most` of an item that the claimant's `most` does not hold already.
 * A claim  stands until its till tells the record that commits it, releases it, or joins anew, tells all of its
 *          records without it and stays. Nothing lapses by time alone: a till that was switched off in the middle of
 *          a sale may have sold.
 * Given back is what the same till used before of the same item, and no more: what a till says of others' uses, or of
 *          more than it used, frees nothing.
 * Doubt    A storage that a till saw newer, or saw another one in its place of, does not know what was used: nothing is
 *          granted until as many tills as knew it have told all, for ARBITER_DOUBT_MS at most. A new start begins those
 *          anew, and does not end the doubt.
 * A word   is taken once: a till says the next one when the one before is answered, each with its number; a word
 *          that comes again gets the same answer again.
 * Durable  what an answer stands on is to be committed before the answer is sent; if that fails, the state is to be
 *          loaded anew from the storage (arbiter_init and the loads). */
#ifndef KASSA_LAN_ARBITER_H
#define KASSA_LAN_ARBITER_H

#include "base/base.h"
#include "kassa.pb.h"
#include "kassa/limits.h"

#define ARBITER_TILLS_MAX   256   /* of one store */
#define ARBITER_USES_MAX    16384 /* claims and uses: settled ones give way, the oldest first */
#define ARBITER_ITEMS_MAX   65536
#define ARBITER_HEADS       16384
#define ARBITER_NONE        UINT32_MAX
#define ARBITER_GATHER_MS   10000    /* after a start, for the tills to tell what the storage may miss */
#define ARBITER_DOUBT_MS    86400000 /* the same, where the storage is known to miss something */
#define ARBITER_REST_MS     30000 /* a session of so long is its till's alone: clones throw each other out */
#define ARBITER_FORGET_MS   3600000          /* a till that was silent for so long gives way to a new one */
#define ARBITER_CHANGES_MAX (UINT64_MAX / 2) /* no storage is changed so often: who says so lies */

/* A claim that was granted, or what one record used. */
struct arbiter_use {
    uint8_t id[LAN_ITEM_SIZE]; /* of a claim: made of till and key */
    bool is_claim;
    bool is_undone; /* by a void: what it gave back is taken again */
    char till[TILL_ID_MAX + 1];
    char key[KEY_MAX + 1]; /* of a claim */
    uint64_t incarnation;
    uint64_t seq;     /* of a claim: the journal's next one when it was made */
    uint64_t session; /* of a claim: in which it was said last */
    int64_t settled_unix_ms;
    uint8_t receipt[LAN_ITEM_SIZE];
    uint64_t order; /* of the storage's changes: the oldest has the lowest */
    uint32_t first_item;
    uint32_t next_of_id; /* place in `uses`; of a free one: the next free one */
};

struct arbiter_item {
    uint8_t key[LAN_ITEM_SIZE];
    int64_t
        amount; /* less what was given back since; negative: so much of others was given back by this one */
    uint32_t use;
    uint32_t next_of_use; /* of a free one: the next free one */
    uint32_t next_of_key;
};

struct arbiter_till {
    char till[TILL_ID_MAX + 1];
    kassa_LanMark mark;        /* what it told */
    uint64_t session, pending; /* 0: none */
    uint32_t number;           /* of the last word that was answered */
    kassa_LanAnswer answer;    /* to it */
    bool has_told_all;         /* in this session, which began ... */
    uint64_t began_mono_ms;
    uint64_t heard_mono_ms;
    bool has_doubted; /* once since the start */
};

/* Some 6 MiB; all of it the caller's. */
struct arbiter_state {
    uint64_t arbiter; /* stands for the storage */
    uint64_t changes;
    uint64_t gather_until_mono_ms;
    uint64_t doubt_until_mono_ms; /* the storage is older than what a till saw of it; 0: it is not */
    uint32_t doubt_tills;         /* that must have told all, before that */
    struct arbiter_use uses[ARBITER_USES_MAX];
    struct arbiter_item items[ARBITER_ITEMS_MAX];
    uint32_t use_heads[ARBITER_HEADS], item_heads[ARBITER_HEADS];
    uint32_t free_use, free_item, use_count, item_count;
    uint32_t use_end, item_end; /* behind them none was ever in use */
    struct arbiter_till tills[ARBITER_TILLS_MAX];
    size_t till_count;
};

enum arbiter_output_kind {
    ARBITER_KEEP_USE,    /* store the use in `place` */
    ARBITER_REMOVE_USE,  /* remove the one with `id` */
    ARBITER_KEEP_TILL,   /* store what `place` of tills told */
    ARBITER_REMOVE_TILL, /* remove `till` */
    ARBITER_KEEP_CHANGES /* store arbiter, changes and the doubt */
};

struct arbiter_output {
    enum arbiter_output_kind kind;
    uint32_t place;
    uint8_t id[LAN_ITEM_SIZE];
    char till[TILL_ID_MAX + 1];
};

#define ARBITER_OUTPUTS_MAX 64 /* a word that would change more is answered in part, and said again */

struct arbiter_outputs {
    struct arbiter_output items[ARBITER_OUTPUTS_MAX];
    size_t count;
    bool has_answer;
    kassa_LanAnswer answer;
};

/* An empty one; arbiter 0: a new storage, whose number is `random`. */
void arbiter_init(struct arbiter_state *s, uint64_t now_mono_ms, uint64_t random);

/* How often a storage changed, and whether it is in doubt. */
struct arbiter_changes {
    uint64_t arbiter, changes;
    bool is_doubted;
    uint32_t doubt_tills;
};

/* As it was stored. ERR_FULL. A doubt begins anew. */
void arbiter_load_changes(struct arbiter_state *s, const struct arbiter_changes *stored,
                          uint64_t now_mono_ms);
struct arbiter_changes arbiter_get_changes(const struct arbiter_state *s);
NODISCARD
enum err arbiter_load_till(struct arbiter_state *s, const char *till, const kassa_LanMark *mark);
NODISCARD
enum err arbiter_load_use(struct arbiter_state *s, const struct arbiter_use *use, const kassa_LanItem *items,
                          size_t count);

struct arbiter_event {
    const kassa_LanWord *word;
    uint64_t now_mono_ms;
    uint64_t random; /* a session's number */
};

/* Any word is decided. The till that says it is the one that the topic names. */
void arbiter_take(struct arbiter_state *s, const struct arbiter_event *event, struct arbiter_outputs *out);

/* Whether that till has spoken within ARBITER_REST_MS, or since the start had not the time to. */
bool arbiter_hears(const struct arbiter_state *s, const char *till, uint64_t now_mono_ms);

/* Frees what a till has claimed and forgets the till: it is gone for good, as somebody says who knows. What it told stays.
 * Answers how many claims were freed; called again while out->count says that there was something to do. */
size_t arbiter_free_till(struct arbiter_state *s, const char *till, struct arbiter_outputs *out);

/* The items of a use, for storing it: at most capacity. */
size_t arbiter_list_items(const struct arbiter_state *s, uint32_t use, kassa_LanItem *out, size_t capacity);

#endif
