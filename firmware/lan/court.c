/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/court.h"

#include <stdlib.h>

#include "lan/arbiter.h"
#include "wire/message.h"

enum { TABLE_USES, TABLE_TILLS, TABLE_STATE };

static const char state_key[] = "arbiter";
#define STATE_NUMBERS 4

struct court {
    struct court_parts parts;
    struct arbiter_state state;
    struct arbiter_outputs outputs;
    bool must_load; /* the storage failed: what is in memory may not be what is stored */
    kassa_LanKept kept;
    uint8_t bytes[sizeof(kassa_LanKept)]; /* an encoded one is not longer than a decoded one */
};

static uint64_t draw(const struct court *court)
{
    uint64_t value = 0;
    const struct random *random = &court->parts.random;
    if (random->fill(random->self, (uint8_t *)&value, sizeof(value)) != ERR_OK)
        return court->parts.clock.ops->mono_ms(court->parts.clock.self);
    return value;
}

/* ---- loading */

struct loading {
    struct court *court;
    enum err error;
};

static bool load_till(void *context, struct span key, struct span value)
{
    struct loading *loading = context;
    kassa_LanMark mark;
    char name[TILL_ID_MAX + 1] = {0};
    if (key.size > TILL_ID_MAX || wire_decode(kassa_LanMark_fields, value, &mark) != ERR_OK) {
        loading->error = ERR_CORRUPT;
        return false;
    }
    memcpy(name, key.bytes, key.size);
    loading->error = arbiter_load_till(&loading->court->state, name, &mark);
    return loading->error == ERR_OK;
}

static void read_use(const kassa_LanKept *kept, struct arbiter_use *out)
{
    *out = (struct arbiter_use){.is_claim = kept->is_claim,
                                .is_undone = kept->is_undone,
                                .incarnation = kept->incarnation,
                                .seq = kept->use.seq,
                                .settled_unix_ms = kept->settled_unix_ms,
                                .order = kept->order};
    memcpy(out->id, kept->use.id.bytes, LAN_ITEM_SIZE);
    memcpy(out->till, kept->till, sizeof(out->till));
    memcpy(out->key, kept->use.key, sizeof(out->key));
    if (kept->use.receipt.size == LAN_ITEM_SIZE)
        memcpy(out->receipt, kept->use.receipt.bytes, LAN_ITEM_SIZE);
}

static bool load_use(void *context, struct span key, struct span value)
{
    struct loading *loading = context;
    struct court *court = loading->court;
    struct arbiter_use use;
    (void)key;
    if (wire_decode(kassa_LanKept_fields, value, &court->kept) != ERR_OK || !court->kept.has_use ||
        court->kept.use.id.size != LAN_ITEM_SIZE || court->kept.till[0] == '\0') {
        loading->error = ERR_CORRUPT;
        return false;
    }
    read_use(&court->kept, &use);
    loading->error =
        arbiter_load_use(&court->state, &use, court->kept.use.items, court->kept.use.items_count);
    return loading->error == ERR_OK;
}

static void load_state(struct court *court, struct span value, uint64_t now_mono_ms)
{
    uint64_t numbers[STATE_NUMBERS];
    if (value.size != sizeof(numbers))
        return;
    memcpy(numbers, value.bytes, sizeof(numbers)); /* of this machine, for this machine */
    const struct arbiter_changes stored = {numbers[0], numbers[1], numbers[2] != 0, (uint32_t)numbers[3]};
    arbiter_load_changes(&court->state, &stored, now_mono_ms);
}

static enum err load(struct court *court)
{
    struct storage_txn txn CLEANUP(storage_abort) = {.handle = NULL};
    struct loading loading = {court, ERR_OK};
    struct span value;
    TRY(storage_begin(court->parts.storage, STORAGE_READ, &txn));
    uint64_t now_mono_ms = court->parts.clock.ops->mono_ms(court->parts.clock.self);
    arbiter_init(&court->state, now_mono_ms, draw(court));
    enum err error = storage_get(&txn, TABLE_STATE, span_of(state_key, sizeof(state_key)), &value);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK)
        load_state(court, value, now_mono_ms);
    TRY(storage_scan(&txn, TABLE_TILLS, span_of(NULL, 0), STORAGE_ASCENDING, load_till, &loading));
    if (loading.error == ERR_OK)
        TRY(storage_scan(&txn, TABLE_USES, span_of(NULL, 0), STORAGE_ASCENDING, load_use, &loading));
    court->must_load = loading.error != ERR_OK;
    return loading.error;
}

/* ---- storing */

static void write_use(struct court *court, uint32_t place)
{
    const struct arbiter_use *use = &court->state.uses[place];
    kassa_LanKept *kept = &court->kept;
    memset(kept, 0, sizeof(*kept));
    kept->is_claim = use->is_claim;
    kept->is_undone = use->is_undone;
    kept->incarnation = use->incarnation;
    kept->settled_unix_ms = use->settled_unix_ms;
    kept->order = use->order;
    kept->has_use = true;
    kept->use.seq = use->seq;
    kept->use.id.size = LAN_ITEM_SIZE;
    kept->use.receipt.size = LAN_ITEM_SIZE;
    memcpy(kept->use.id.bytes, use->id, LAN_ITEM_SIZE);
    memcpy(kept->use.receipt.bytes, use->receipt, LAN_ITEM_SIZE);
    memcpy(kept->use.key, use->key, sizeof(kept->use.key));
    memcpy(kept->till, use->till, sizeof(kept->till));
    kept->use.items_count =
        (pb_size_t)arbiter_list_items(&court->state, place, kept->use.items, COUNT_OF(kept->use.items));
}

static enum err store_use(struct court *court, const struct storage_txn *txn, uint32_t place)
{
    size_t size;
    if (court->state.uses[place].till[0] == '\0') /* it was kept and removed by one word */
        return ERR_OK;
    write_use(court, place);
    TRY(wire_encode(kassa_LanKept_fields, &court->kept, court->bytes, sizeof(court->bytes), &size));
    return storage_put(txn, TABLE_USES, span_of(court->state.uses[place].id, LAN_ITEM_SIZE),
                       span_of(court->bytes, size), STORAGE_REPLACE);
}

static enum err store_till(struct court *court, const struct storage_txn *txn, uint32_t place)
{
    const struct arbiter_till *till = &court->state.tills[place];
    size_t size;
    TRY(wire_encode(kassa_LanMark_fields, &till->mark, court->bytes, sizeof(court->bytes), &size));
    return storage_put(txn, TABLE_TILLS, span_of_text(till->till), span_of(court->bytes, size),
                       STORAGE_REPLACE);
}

static enum err store_changes(const struct court *court, const struct storage_txn *txn)
{
    struct arbiter_changes now = arbiter_get_changes(&court->state);
    const uint64_t numbers[STATE_NUMBERS] = {now.arbiter, now.changes, now.is_doubted, now.doubt_tills};
    return storage_put(txn, TABLE_STATE, span_of(state_key, sizeof(state_key)),
                       span_of(numbers, sizeof(numbers)), STORAGE_REPLACE);
}

static enum err store_output(struct court *court, const struct storage_txn *txn,
                             const struct arbiter_output *output)
{
    enum err error = ERR_OK;
    switch (output->kind) {
    case ARBITER_KEEP_USE:
        return store_use(court, txn, output->place);
    case ARBITER_REMOVE_USE:
        error = storage_remove(txn, TABLE_USES, span_of(output->id, LAN_ITEM_SIZE));
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    case ARBITER_KEEP_TILL:
        return store_till(court, txn, output->place);
    case ARBITER_REMOVE_TILL:
        error = storage_remove(txn, TABLE_TILLS, span_of_text(output->till));
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    case ARBITER_KEEP_CHANGES:
        return store_changes(court, txn);
    }
    return ERR_OK;
}

static enum err store(struct court *court)
{
    struct storage_txn txn CLEANUP(storage_abort) = {.handle = NULL};
    if (court->outputs.count == 0)
        return ERR_OK;
    TRY(storage_begin(court->parts.storage, STORAGE_WRITE, &txn));
    for (size_t i = 0; i < court->outputs.count; i++)
        TRY(store_output(court, &txn, &court->outputs.items[i]));
    return storage_commit(&txn);
}

/* ---- the caller's side */

enum err court_take(struct court *court, const kassa_LanWord *word, kassa_LanAnswer *out_answer)
{
    if (court->must_load)
        TRY(load(court));
    struct arbiter_event event = {word, court->parts.clock.ops->mono_ms(court->parts.clock.self),
                                  draw(court)};
    arbiter_take(&court->state, &event, &court->outputs);
    enum err error = store(court);
    if (error != ERR_OK) {
        court->must_load = true;
        return error;
    }
    if (!court->outputs.has_answer)
        return ERR_NOT_FOUND;
    *out_answer = court->outputs.answer;
    return ERR_OK;
}

enum err court_free_till(struct court *court, const char *till, size_t *out_freed)
{
    size_t freed = 0;
    if (court->must_load)
        TRY(load(court));
    if (arbiter_hears(&court->state, till, court->parts.clock.ops->mono_ms(court->parts.clock.self)))
        return ERR_BUSY;
    do {
        freed += arbiter_free_till(&court->state, till, &court->outputs);
        enum err error = store(court);
        court->must_load = error != ERR_OK;
        if (error != ERR_OK)
            return error;
    } while (court->outputs.count > 0);
    *out_freed = freed;
    return ERR_OK;
}

enum err court_open(const struct court_parts *parts, struct court **out_court)
{
    struct court *court = calloc(1, sizeof(*court));
    if (court == NULL)
        return ERR_MEMORY;
    court->parts = *parts;
    enum err error = load(court);
    if (error != ERR_OK) {
        court_close(court);
        return error;
    }
    *out_court = court;
    return ERR_OK;
}

void court_close(struct court *court)
{
    free(court);
}
