/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keyed/store_keyed.h"

#include "vault/vault.h"

_Static_assert(STORE_KEY_MAX <= STORAGE_KEY_MAX, "keys fit");

#define RECORD_KEY_MAX (TILL_ID_MAX + 1 + 8 + 8)
#define MARK_SIZE      (8 + HASH_SIZE)

static void put_u64(uint8_t *out, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* A record's key, or a mark's, which is its beginning. */
struct record_key {
    uint8_t bytes[RECORD_KEY_MAX];
    size_t mark_size;
};

static struct record_key key_of(const char *till, uint64_t incarnation, uint64_t seq)
{
    struct record_key key;
    size_t size = strlen(till) + 1;
    KASSA_ASSERT(size <= TILL_ID_MAX + 1);
    memcpy(key.bytes, till, size);
    put_u64(key.bytes + size, incarnation);
    put_u64(key.bytes + size + 8, seq);
    key.mark_size = size + 8;
    return key;
}

static struct span as_mark_key(const struct record_key *key)
{
    return span_of(key->bytes, key->mark_size);
}

static struct span as_record_key(const struct record_key *key)
{
    return span_of(key->bytes, key->mark_size + 8);
}

static enum err op_begin(void *self, enum store_mode mode, void **out_txn)
{
    struct store_keyed *store = self;
    if (store->txn.handle != NULL)
        return ERR_STATE;
    TRY(storage_begin(store->storage, mode == STORE_WRITE ? STORAGE_WRITE : STORAGE_READ, &store->txn));
    *out_txn = &store->txn;
    return ERR_OK;
}

static enum err op_end(void *self, void *txn, enum store_ending ending)
{
    (void)self;
    if (ending == STORE_COMMIT)
        return storage_commit(txn);
    storage_abort(txn);
    return ERR_OK;
}

static enum err op_mark(void *txn, const char *till, uint64_t incarnation, struct store_mark *out)
{
    struct record_key key = key_of(till, incarnation, 0);
    struct span value;
    TRY(storage_get(txn, STORE_KEYED_MARKS, as_mark_key(&key), &value));
    if (value.size != MARK_SIZE)
        return ERR_CORRUPT;
    out->hw = get_u64(value.bytes);
    memcpy(out->hash, value.bytes + 8, HASH_SIZE);
    return ERR_OK;
}

static enum err put_mark(void *txn, const struct record_key *key, const struct store_mark *mark)
{
    uint8_t value[MARK_SIZE];
    put_u64(value, mark->hw);
    memcpy(value + 8, mark->hash, HASH_SIZE);
    return storage_put(txn, STORE_KEYED_MARKS, as_mark_key(key), span_of(value, sizeof(value)),
                       STORAGE_REPLACE);
}

/* Walks a batch: what is known is compared, what is new is kept, the chain's hash goes along. */
struct walk {
    void *txn;
    const struct wire_batch *batch;
    struct store_mark mark;  /* as it stands */
    uint8_t hash[HASH_SIZE]; /* the chain's, after the record that was walked last */
    struct store_appended *out;
};

static enum err compare_known(struct walk *walk, size_t index, uint64_t seq)
{
    struct record_key key = key_of(walk->batch->head.till, walk->batch->head.incarnation, seq);
    struct span known;
    enum err error = storage_get(walk->txn, STORE_KEYED_RECORDS, as_record_key(&key), &known);
    if (error == ERR_NOT_FOUND) /* below the mark everything is there */
        return ERR_CORRUPT;
    TRY(error);
    bool fits = span_is_equal(known, walk->batch->records[index]);
    if (fits && seq == walk->mark.hw)
        fits = memcmp(walk->hash, walk->mark.hash, HASH_SIZE) == 0;
    if (fits)
        return ERR_OK;
    walk->out->fork_seq = seq;
    return ERR_FORK;
}

static enum err keep_new(struct walk *walk, size_t index, uint64_t seq)
{
    struct record_key key = key_of(walk->batch->head.till, walk->batch->head.incarnation, seq);
    return storage_put(walk->txn, STORE_KEYED_RECORDS, as_record_key(&key), walk->batch->records[index],
                       STORAGE_REPLACE);
}

static enum err walk_records(struct walk *walk)
{
    const struct wire_batch *batch = walk->batch;
    walk->out->first_new = batch->record_count;
    for (size_t i = 0; i < batch->record_count; i++) {
        uint64_t seq = batch->head.first_seq + i;
        TRY(vault_sha256_two(span_of(walk->hash, HASH_SIZE), batch->records[i], walk->hash));
        if (seq <= walk->mark.hw) {
            TRY(compare_known(walk, i, seq));
            continue;
        }
        if (walk->out->first_new == batch->record_count)
            walk->out->first_new = i;
        TRY(keep_new(walk, i, seq));
    }
    return ERR_OK;
}

/* The batch must begin where the mark stands or below, and from hw + 1 on with the mark's own hash. */
static enum err check_beginning(const struct wire_batch *batch, const struct store_mark *mark,
                                struct store_appended *out)
{
    uint64_t last;
    if (batch->head.first_seq == 0 || batch->head.hash_before.size != HASH_SIZE ||
        __builtin_add_overflow(batch->head.first_seq, batch->record_count, &last))
        return ERR_ARGUMENT;
    if (batch->head.first_seq > mark->hw + 1)
        return ERR_GAP;
    if (batch->head.first_seq == mark->hw + 1 &&
        memcmp(batch->head.hash_before.bytes, mark->hash, HASH_SIZE) != 0) {
        out->fork_seq = batch->head.first_seq;
        return ERR_FORK;
    }
    return ERR_OK;
}

static enum err op_append(void *txn, const struct wire_batch *batch, struct store_appended *out)
{
    struct store_mark mark = {0};
    enum err error = op_mark(txn, batch->head.till, batch->head.incarnation, &mark);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    struct store_appended appended = {.mark = mark, .first_new = batch->record_count};
    struct walk walk = {.txn = txn, .batch = batch, .mark = mark, .out = &appended};
    error = check_beginning(batch, &mark, &appended);
    if (error == ERR_OK) {
        memcpy(walk.hash, batch->head.hash_before.bytes, HASH_SIZE);
        error = walk_records(&walk);
    }
    memcpy(appended.hash, walk.hash, HASH_SIZE);
    if (error == ERR_OK && appended.first_new < batch->record_count) {
        appended.mark.hw = batch->head.first_seq + batch->record_count - 1;
        memcpy(appended.mark.hash, walk.hash, HASH_SIZE);
        struct record_key key = key_of(batch->head.till, batch->head.incarnation, 0);
        error = put_mark(txn, &key, &appended.mark);
    }
    if (error == ERR_OK || error == ERR_GAP || error == ERR_FORK)
        *out = appended;
    return error;
}

struct record_scan {
    store_visit_record *visit;
    void *context;
    bool is_damaged;
};

static bool visit_record(void *context, struct span key, struct span value)
{
    struct record_scan *scan = context;
    const uint8_t *end = memchr(key.bytes, 0, key.size);
    size_t size = end == NULL ? 0 : (size_t)(end - key.bytes);
    if (size == 0 || size > TILL_ID_MAX || key.size != size + 1 + 16) {
        scan->is_damaged = true;
        return false;
    }
    struct store_record_id id = {.incarnation = get_u64(end + 1), .seq = get_u64(end + 9)};
    memcpy(id.till, key.bytes, size);
    return scan->visit(scan->context, &id, value);
}

static enum err op_scan_records(void *txn, const struct store_record_id *from, store_visit_record *visit,
                                void *context)
{
    struct record_scan scan = {visit, context, false};
    struct record_key key = key_of(from->till, from->incarnation, from->seq);
    struct span start = from->till[0] == '\0' ? span_of(NULL, 0) : as_record_key(&key);
    TRY(storage_scan(txn, STORE_KEYED_RECORDS, start, STORAGE_ASCENDING, visit_record, &scan));
    return scan.is_damaged ? ERR_CORRUPT : ERR_OK;
}

static enum err op_get(void *txn, enum store_kind kind, struct span key, struct span *out_body)
{
    return storage_get(txn, kind, key, out_body);
}

static enum err op_put(void *txn, enum store_kind kind, struct span key, struct span body)
{
    if (body.bytes != NULL)
        return storage_put(txn, kind, key, body, STORAGE_REPLACE);
    enum err error = storage_remove(txn, kind, key);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

static enum err op_scan(void *txn, enum store_kind kind, struct span from, store_visit *visit, void *context)
{
    return storage_scan(txn, kind, from, STORAGE_ASCENDING, visit, context);
}

static enum err op_compact(void *self)
{
    struct store_keyed *store = self;
    return store->compact == NULL ? ERR_OK : store->compact(store);
}

static void op_close(void *self)
{
    struct store_keyed *store = self;
    store->close(store);
}

struct store store_keyed_as_store(struct store_keyed *store)
{
    static const struct store_ops ops = {.begin = op_begin,
                                         .end = op_end,
                                         .append = op_append,
                                         .mark = op_mark,
                                         .scan_records = op_scan_records,
                                         .get = op_get,
                                         .put = op_put,
                                         .scan = op_scan,
                                         .compact = op_compact,
                                         .close = op_close};
    return (struct store){&ops, store};
}
