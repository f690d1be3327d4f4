/* SPDX-License-Identifier: Apache-2.0 */
#include "members/members.h"

#include <stdlib.h>

#include "members/row.h"

enum members_table { TABLE_MEMBERS, TABLE_CARDS, TABLE_STATE, TABLE_KEYS };

struct members {
    struct storage storage;
    unsigned first_table;
    struct members_state state;
    bool is_uncertain; /* a commit failed and the state could not be read again yet */
    uint8_t scratch[MEMBER_ROW_MAX];
};

static unsigned table_of(const struct members *members, enum members_table table)
{
    return members->first_table + (unsigned)table;
}

/* ---- state */

static enum err load_state(struct members *members)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct members_state state = {0};
    struct span value;
    TRY(storage_begin(members->storage, STORAGE_READ, &txn));
    enum err error =
        storage_get(&txn, table_of(members, TABLE_STATE), span_of_text(MEMBERS_STATE_KEY), &value);
    if (error == ERR_OK)
        error = members_state_read(value, &state);
    if (error != ERR_OK && error != ERR_NOT_FOUND) /* nothing there: a cache that is still empty */
        return error;
    members->state = state;
    members->is_uncertain = false;
    return ERR_OK;
}

static enum err settle(struct members *members)
{
    return members->is_uncertain ? load_state(members) : ERR_OK;
}

static enum err put_state(const struct members *members, const struct storage_txn *txn,
                          const struct members_state *state)
{
    uint8_t value[MEMBERS_STATE_SIZE];
    members_state_write(state, value);
    return storage_put(txn, table_of(members, TABLE_STATE), span_of_text(MEMBERS_STATE_KEY),
                       span_of(value, sizeof value), STORAGE_REPLACE);
}

enum err members_open(struct storage storage, unsigned first_table, struct members **out_members)
{
    struct members *members CLEANUP(members_closep) = calloc(1, sizeof *members);
    if (members == NULL)
        return ERR_MEMORY;
    members->storage = storage;
    members->first_table = first_table;
    TRY(load_state(members));
    *out_members = TAKE(members);
    return ERR_OK;
}

void members_close(struct members *members)
{
    free(members);
}

void members_closep(struct members **members)
{
    members_close(*members);
}

uint64_t members_version(const struct members *members)
{
    return members->state.version;
}

uint64_t members_count(const struct members *members)
{
    return members->state.count;
}

/* ---- applying an update */

static bool has_token(const struct member_change *change, const uint8_t *token)
{
    for (size_t i = 0; !change->is_erased && i < change->token_count; i++)
        if (memcmp(change->tokens[i], token, TOKEN_SIZE) == 0)
            return true;
    return false;
}

/* Takes a card out of the index, unless it is another member's by now. */
static enum err withdraw_card(const struct members *members, const struct storage_txn *txn,
                              const uint8_t *token, const uint8_t *id)
{
    struct span owner;
    struct span key = span_of(token, TOKEN_SIZE);
    enum err error = storage_get(txn, table_of(members, TABLE_CARDS), key, &owner);
    if (error == ERR_NOT_FOUND || (error == ERR_OK && !span_is_equal(owner, span_of(id, MEMBER_SIZE))))
        return ERR_OK;
    TRY(error);
    return storage_remove(txn, table_of(members, TABLE_CARDS), key);
}

/* What stood of the member leaves the index; *out_stood tells whether he was there. A damaged row is replaced
 * like any other: the cards that it named are unknown then, and point to the member still. */
static enum err withdraw_cards(const struct members *members, const struct storage_txn *txn,
                               const struct member_change *change, bool *out_stood)
{
    struct span value;
    struct member_row row;
    uint8_t tokens[CARDS_PER_MEMBER * TOKEN_SIZE];
    size_t size = 0;
    struct span id = span_of(change->id, MEMBER_SIZE);
    enum err error = storage_get(txn, table_of(members, TABLE_MEMBERS), id, &value);
    *out_stood = error == ERR_OK;
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    if (members_row_read(id, value, &row) == ERR_OK) {
        size = row.tokens.size;
        memcpy(tokens, row.tokens.bytes, size);
    }
    for (size_t at = 0; at < size; at += TOKEN_SIZE)
        if (!has_token(change, tokens + at))
            TRY(withdraw_card(members, txn, tokens + at, change->id));
    return ERR_OK;
}

/* What has to be told of an erased one once his remains are gone from the file. */
static struct span erased_key(const uint8_t *id, uint8_t out[MEMBERS_ERASED_KEY_SIZE])
{
    out[0] = MEMBERS_ERASED_PREFIX;
    memcpy(out + 1, id, MEMBER_SIZE);
    return span_of(out, MEMBERS_ERASED_KEY_SIZE);
}

static enum err remove_row(const struct members *members, const struct storage_txn *txn,
                           enum members_table table, struct span key)
{
    enum err error = storage_remove(txn, table_of(members, table), key);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

static enum err erase(const struct members *members, const struct storage_txn *txn, struct span id)
{
    uint8_t key[MEMBERS_ERASED_KEY_SIZE];
    static const uint8_t one = 1;
    TRY(remove_row(members, txn, TABLE_MEMBERS, id));
    TRY(remove_row(members, txn, TABLE_KEYS, id));
    return storage_put(txn, table_of(members, TABLE_STATE), erased_key(id.bytes, key), span_of(&one, 1),
                       STORAGE_REPLACE);
}

static enum err apply_key(const struct members *members, const struct storage_txn *txn,
                          const struct member_change *change)
{
    struct span id = span_of(change->id, MEMBER_SIZE);
    if (change->key.size == 0)
        return remove_row(members, txn, TABLE_KEYS, id);
    return storage_put(txn, table_of(members, TABLE_KEYS), id, change->key, STORAGE_REPLACE);
}

static enum err apply_change(struct members *members, const struct storage_txn *txn,
                             const struct member_change *change, struct members_state *state)
{
    bool stood = false;
    struct span id = span_of(change->id, MEMBER_SIZE);
    TRY(withdraw_cards(members, txn, change, &stood));
    if (change->is_erased) {
        state->count -= stood ? 1 : 0;
        return erase(members, txn, id);
    }
    size_t size = members_row_write(change, members->scratch);
    TRY(storage_put(txn, table_of(members, TABLE_MEMBERS), id, span_of(members->scratch, size),
                    STORAGE_REPLACE));
    TRY(apply_key(members, txn, change));
    for (size_t i = 0; i < change->token_count; i++)
        TRY(storage_put(txn, table_of(members, TABLE_CARDS), span_of(change->tokens[i], TOKEN_SIZE), id,
                        STORAGE_REPLACE));
    state->count += stood ? 0 : 1;
    return ERR_OK;
}

static enum err apply_all(struct members *members, const struct members_update *update,
                          struct members_state *state)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(members->storage, STORAGE_WRITE, &txn));
    for (size_t i = 0; i < update->count; i++)
        TRY(apply_change(members, &txn, &update->changes[i], state));
    TRY(put_state(members, &txn, state));
    return storage_commit(&txn);
}

static enum err check_update(const struct members_update *update)
{
    if (update->from_version > update->to_version || update->count > MEMBERS_CHANGES_MAX)
        return ERR_ARGUMENT;
    for (size_t i = 0; i < update->count; i++) {
        const struct member_change *change = &update->changes[i];
        if (!change->is_erased &&
            (change->token_count > CARDS_PER_MEMBER || change->message.size > MEMBER_RECORD_SIZE_MAX ||
             (change->key.size != 0 && change->key.size != MEMBER_KEY_SIZE)))
            return ERR_ARGUMENT;
    }
    return ERR_OK;
}

enum err members_apply(struct members *members, const struct members_update *update)
{
    bool is_answer = update->to_version == 0;
    TRY(check_update(update));
    TRY(settle(members));
    if (!is_answer && update->to_version <= members->state.version)
        return ERR_OK;
    if (update->from_version > members->state.version)
        return ERR_GAP;
    struct members_state state = members->state;
    if (!is_answer)
        state.version = update->to_version;
    enum err error = apply_all(members, update, &state);
    if (error == ERR_OK) {
        members->state = state;
        return ERR_OK;
    }
    members->is_uncertain = true; /* a commit that failed may have happened: the disk tells */
    if (settle(members) != ERR_OK)
        return error;
    return !is_answer && members->state.version == state.version ? ERR_OK : error;
}

/* ---- finding */

static enum err read_key(const struct members *members, const struct storage_txn *txn, struct span id,
                         uint8_t out[MEMBER_KEY_SIZE])
{
    struct span key;
    TRY(storage_get(txn, table_of(members, TABLE_KEYS), id, &key));
    if (key.size != MEMBER_KEY_SIZE)
        return ERR_CORRUPT;
    memcpy(out, key.bytes, MEMBER_KEY_SIZE);
    return ERR_OK;
}

static enum err read_member(const struct members *members, const struct storage_txn *txn, struct span id,
                            struct member_found *out)
{
    struct span value;
    struct member_row row;
    TRY(storage_get(txn, table_of(members, TABLE_MEMBERS), id, &value));
    TRY(members_row_read(id, value, &row));
    memcpy(out->id, id.bytes, MEMBER_SIZE);
    memcpy(out->message, row.message.bytes, row.message.size);
    out->message_size = row.message.size;
    out->key_size = 0;
    enum err error = read_key(members, txn, id, out->key);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    out->key_size = MEMBER_KEY_SIZE;
    return ERR_OK;
}

enum err members_find_id(struct members *members, const uint8_t id[MEMBER_SIZE], struct member_found *out)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(members->storage, STORAGE_READ, &txn));
    return read_member(members, &txn, span_of(id, MEMBER_SIZE), out);
}

enum err members_find_token(struct members *members, const uint8_t token[TOKEN_SIZE],
                            struct member_found *out)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct span id;
    TRY(storage_begin(members->storage, STORAGE_READ, &txn));
    TRY(storage_get(&txn, table_of(members, TABLE_CARDS), span_of(token, TOKEN_SIZE), &id));
    if (id.size != MEMBER_SIZE)
        return ERR_CORRUPT;
    enum err error = read_member(members, &txn, id, out);
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error; /* a card of nobody */
}

/* ---- keys, and who was erased */

enum err members_put_key(struct members *members, const uint8_t id[MEMBER_SIZE], struct span key)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    if (key.size != MEMBER_KEY_SIZE)
        return ERR_ARGUMENT;
    TRY(storage_begin(members->storage, STORAGE_WRITE, &txn));
    TRY(storage_put(&txn, table_of(members, TABLE_KEYS), span_of(id, MEMBER_SIZE), key, STORAGE_REPLACE));
    return storage_commit(&txn);
}

enum err members_get_key(struct members *members, const uint8_t id[MEMBER_SIZE], uint8_t out[MEMBER_KEY_SIZE])
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    TRY(storage_begin(members->storage, STORAGE_READ, &txn));
    return read_key(members, &txn, span_of(id, MEMBER_SIZE), out);
}

struct erased_list {
    uint8_t (*ids)[MEMBER_SIZE];
    size_t capacity;
    size_t count;
};

static bool list_erased(void *context, struct span key, struct span value)
{
    struct erased_list *list = context;
    (void)value;
    if (key.size != MEMBERS_ERASED_KEY_SIZE || key.bytes[0] != MEMBERS_ERASED_PREFIX ||
        list->count == list->capacity)
        return false;
    memcpy(list->ids[list->count++], key.bytes + 1, MEMBER_SIZE);
    return true;
}

enum err members_list_erased(struct members *members, uint8_t (*out_ids)[MEMBER_SIZE], size_t capacity,
                             size_t *out_count)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    struct erased_list list = {out_ids, capacity, 0};
    static const uint8_t prefix = MEMBERS_ERASED_PREFIX;
    TRY(storage_begin(members->storage, STORAGE_READ, &txn));
    TRY(storage_scan(&txn, table_of(members, TABLE_STATE), span_of(&prefix, 1), STORAGE_ASCENDING,
                     list_erased, &list));
    *out_count = list.count;
    return ERR_OK;
}

enum err members_settle_erased(struct members *members, const uint8_t (*ids)[MEMBER_SIZE], size_t count)
{
    struct storage_txn txn CLEANUP(storage_abort) = {0};
    uint8_t key[MEMBERS_ERASED_KEY_SIZE];
    TRY(storage_begin(members->storage, STORAGE_WRITE, &txn));
    for (size_t i = 0; i < count; i++)
        TRY(remove_row(members, &txn, TABLE_STATE, erased_key(ids[i], key)));
    return storage_commit(&txn);
}
