/* SPDX-License-Identifier: Apache-2.0 */
/* Members' keys, wrapped: in rows of their own, so that one row is all there is to destroy. The hub never unwraps
 * one: it has no pepper. */
#include "crm/document.h"

enum err crm_member_key_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            uint8_t out[MEMBER_KEY_SIZE])
{
    struct span key;
    TRY(store_get(txn, STORE_KEYS, span_of(id, MEMBER_SIZE), &key));
    if (key.size != MEMBER_KEY_SIZE)
        return ERR_CORRUPT;
    memcpy(out, key.bytes, MEMBER_KEY_SIZE);
    return ERR_OK;
}

enum err crm_member_key_put(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            const uint8_t key[MEMBER_KEY_SIZE])
{
    return store_put(txn, STORE_KEYS, span_of(id, MEMBER_SIZE), span_of(key, MEMBER_KEY_SIZE));
}

enum err crm_member_key_remove(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE])
{
    return crm_document_remove(txn, STORE_KEYS, span_of(id, MEMBER_SIZE));
}

/* A key comes once, from the till whose record enrolled its member: another could only make his name unreadable for ever. No
 * till changes one that stands. */
static enum err take_key(const struct store_txn *txn, const char *till, const kassa_MemberKey *key)
{
    crm_Member member;
    struct span there;
    if (key->member.size != MEMBER_SIZE || key->key.size != MEMBER_KEY_SIZE)
        return ERR_OK;
    enum err error = crm_member_get(txn, key->member.bytes, &member);
    if (error == ERR_NOT_FOUND || (error == ERR_OK && member.member.erased))
        return ERR_OK;
    TRY(error);
    if (strcmp(member.enrolled_by, till) != 0)
        return ERR_OK;
    error = store_get(txn, STORE_KEYS, span_of(key->member.bytes, MEMBER_SIZE), &there);
    return error == ERR_NOT_FOUND ? crm_member_key_put(txn, key->member.bytes, key->key.bytes) : error;
}

enum err crm_take_keys(const struct store_txn *txn, const kassa_Batch *head)
{
    for (size_t i = 0; i < head->keys_count; i++)
        TRY(take_key(txn, head->till, &head->keys[i]));
    return ERR_OK;
}

struct key_scan {
    crm_visit_key *visit;
    void *context;
    enum err error;
};

static bool visit_key(void *context, struct span key, struct span body)
{
    struct key_scan *scan = context;
    if (key.size != MEMBER_SIZE || body.size != MEMBER_KEY_SIZE) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, key.bytes, body.bytes);
}

enum err crm_member_key_scan(const struct store_txn *txn, const uint8_t *from, crm_visit_key *visit,
                             void *context)
{
    struct key_scan scan = {visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_KEYS, span_of(from, from == NULL ? 0 : MEMBER_SIZE), visit_key, &scan));
    return scan.error;
}

/* ---- a card under a newer pepper */

/* Where the token stands; card_tokens_count: nowhere. */
static size_t find_token(const kassa_Member *member, const uint8_t *token)
{
    size_t at = 0;
    while (at < member->card_tokens_count && memcmp(member->card_tokens[at].bytes, token, TOKEN_SIZE) != 0)
        at++;
    return at;
}

/* Where there is no room for both the new one takes the older one's place. */
static void put_token(kassa_Member *member, const uint8_t *token, size_t earlier_at)
{
    bool has_room = member->card_tokens_count < COUNT_OF(member->card_tokens);
    size_t at = has_room ? member->card_tokens_count++ : earlier_at;
    member->card_tokens[at].size = TOKEN_SIZE;
    memcpy(member->card_tokens[at].bytes, token, TOKEN_SIZE);
}

enum err crm_card_renew(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE],
                        const uint8_t earlier[TOKEN_SIZE])
{
    crm_Member member, other;
    if (earlier[0] >= token[0]) /* the first byte is the pepper's version */
        return ERR_OK;
    enum err error = crm_member_find_card(txn, token, &other);
    if (error != ERR_NOT_FOUND)
        return error;
    error = crm_member_find_card(txn, earlier, &member);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    size_t at = find_token(&member.member, earlier);
    if (at == member.member.card_tokens_count) /* the index is damaged: nobody gets a card by it */
        return ERR_OK;
    if (find_token(&member.member, token) < member.member.card_tokens_count)
        return ERR_OK;
    put_token(&member.member, token, at);
    return crm_member_put(txn, &member);
}
