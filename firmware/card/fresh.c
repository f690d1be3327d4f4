/* SPDX-License-Identifier: Apache-2.0 */
#include "card/fresh.h"

enum { KEY_COUNTER = 1, KEY_TIME = 2 };

#define COUNTER_KEY_SIZE  (1 + READER_ABOUT_SIZE)
#define TIME_KEY_SIZE     (1 + 8 + READER_ABOUT_SIZE)
#define FORGOTTEN_AT_ONCE 8 /* more than come with one tap: so there are never many */
#define SHOWN_AGAIN_MS    60000

static uint64_t read_counter(struct span value)
{
    uint64_t counter = 0;
    for (size_t i = 0; i < 8; i++)
        counter |= (uint64_t)value.bytes[i] << 8 * i;
    return counter;
}

static enum err take_counter(struct storage_txn *txn, unsigned table,
                             const struct reader_freshness *freshness)
{
    uint8_t key[COUNTER_KEY_SIZE] = {KEY_COUNTER};
    uint8_t value[8];
    struct span before;
    memcpy(key + 1, freshness->about, READER_ABOUT_SIZE);
    enum err error = storage_get(txn, table, span_of(key, sizeof key), &before);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK && before.size != sizeof value)
        return ERR_CORRUPT;
    if (error == ERR_OK && freshness->value <= read_counter(before))
        return ERR_CONFLICT;
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(freshness->value >> 8 * i);
    return storage_put(txn, table, span_of(key, sizeof key), span_of(value, sizeof value), STORAGE_REPLACE);
}

static void make_time_key(uint64_t time, const uint8_t *about, uint8_t out[TIME_KEY_SIZE])
{
    out[0] = KEY_TIME;
    for (size_t i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)(time >> 8 * (7 - i));
    memcpy(out + 9, about, READER_ABOUT_SIZE);
}

struct old_keys {
    uint8_t before[TIME_KEY_SIZE]; /* what is below is too old */
    size_t count;
    uint8_t keys[FORGOTTEN_AT_ONCE][TIME_KEY_SIZE];
};

static bool note_old(void *context, struct span key, struct span value)
{
    struct old_keys *old = context;
    (void)value;
    if (old->count == FORGOTTEN_AT_ONCE || key.size != TIME_KEY_SIZE ||
        memcmp(key.bytes, old->before, TIME_KEY_SIZE) >= 0)
        return false;
    memcpy(old->keys[old->count++], key.bytes, TIME_KEY_SIZE);
    return true;
}

static enum err forget_old(struct storage_txn *txn, unsigned table, uint64_t before_s)
{
    static const uint8_t first[] = {KEY_TIME};
    static const uint8_t nobody[READER_ABOUT_SIZE];
    struct old_keys old = {.count = 0};
    make_time_key(before_s, nobody, old.before);
    TRY(storage_scan(txn, table, span_of(first, sizeof first), STORAGE_ASCENDING, note_old, &old));
    for (size_t i = 0; i < old.count; i++)
        TRY(storage_remove(txn, table, span_of(old.keys[i], TIME_KEY_SIZE)));
    return ERR_OK;
}

static enum err take_time(struct storage_txn *txn, unsigned table, const struct reader_freshness *freshness,
                          int64_t now_unix_s)
{
    uint8_t key[TIME_KEY_SIZE];
    struct span before;
    uint64_t now_s = now_unix_s < CARD_FRESH_KEEP_S ? CARD_FRESH_KEEP_S : (uint64_t)now_unix_s;
    if (freshness->value < now_s - CARD_FRESH_KEEP_S)
        return ERR_RANGE; /* it may be forgotten already */
    make_time_key(freshness->value, freshness->about, key);
    enum err error = storage_get(txn, table, span_of(key, sizeof key), &before);
    if (error != ERR_NOT_FOUND)
        return error == ERR_OK ? ERR_CONFLICT : error;
    TRY(forget_old(txn, table, now_s - CARD_FRESH_KEEP_S));
    static const uint8_t there[] = {1};
    return storage_put(txn, table, span_of(key, sizeof key), span_of(there, sizeof there), STORAGE_REPLACE);
}

enum err card_fresh_judge(struct storage storage, unsigned table, const struct reader_freshness *freshness,
                          int64_t now_unix_s)
{
    if (freshness->kind == READER_FRESH_NONE)
        return ERR_OK;
    struct storage_txn txn CLEANUP(storage_abort) = {.handle = NULL};
    TRY(storage_begin(storage, STORAGE_WRITE, &txn));
    TRY(freshness->kind == READER_FRESH_COUNTER ? take_counter(&txn, table, freshness)
                                                : take_time(&txn, table, freshness, now_unix_s));
    return storage_commit(&txn);
}

static bool is_same(const struct reader_freshness *a, const struct reader_freshness *b)
{
    return a->kind == b->kind && a->value == b->value && memcmp(a->about, b->about, READER_ABOUT_SIZE) == 0;
}

static void believe_at_most(struct card_identity *identity, enum card_trust trust)
{
    if (identity->trust > trust)
        identity->trust = trust;
}

void card_fresh_pass(struct card_fresh *fresh, const struct reader_freshness *by)
{
    if (!is_same(&fresh->last, by))
        fresh->last = (struct reader_freshness){.kind = READER_FRESH_NONE};
}

enum err card_fresh_take(struct card_fresh *fresh, struct card_identity *identity, int64_t now_unix_s,
                         enum err *out_storage)
{
    *out_storage = ERR_OK;
    if (identity->freshness.kind == READER_FRESH_NONE)
        return ERR_OK;
    if (is_same(&fresh->last, &identity->freshness)) {
        believe_at_most(identity, fresh->last_trust);
        return ERR_OK;
    }
    enum err error = card_fresh_judge(fresh->storage, fresh->table, &identity->freshness, now_unix_s);
    if (error == ERR_CONFLICT || error == ERR_RANGE)
        return error;
    if (error != ERR_OK)
        believe_at_most(identity, CARD_TRUST_STATIC);
    fresh->last = identity->freshness;
    fresh->last_trust = identity->trust;
    *out_storage = error;
    return ERR_OK;
}

bool card_fresh_is_news(struct card_fresh *fresh, const struct reader_freshness *refused,
                        uint64_t now_mono_ms)
{
    bool is_news =
        !is_same(&fresh->refused, refused) || now_mono_ms - fresh->refused_mono_ms >= SHOWN_AGAIN_MS;
    fresh->refused = *refused;
    fresh->refused_mono_ms = now_mono_ms;
    return is_news;
}
