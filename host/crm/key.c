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

/* A key comes once, with the records that enrol its member; no till changes one that stands. */
static enum err take_key(const struct store_txn *txn, const kassa_MemberKey *key)
{
    crm_Member member;
    struct span there;
    if (key->member.size != MEMBER_SIZE || key->key.size != MEMBER_KEY_SIZE)
        return ERR_OK;
    enum err error = crm_member_get(txn, key->member.bytes, &member);
    if (error == ERR_NOT_FOUND || (error == ERR_OK && member.member.erased))
        return ERR_OK;
    TRY(error);
    error = store_get(txn, STORE_KEYS, span_of(key->member.bytes, MEMBER_SIZE), &there);
    return error == ERR_NOT_FOUND ? crm_member_key_put(txn, key->member.bytes, key->key.bytes) : error;
}

enum err crm_take_keys(const struct store_txn *txn, const kassa_Batch *head)
{
    for (size_t i = 0; i < head->keys_count; i++)
        TRY(take_key(txn, &head->keys[i]));
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

static bool has_token(const kassa_Member *member, const uint8_t *token)
{
    for (size_t i = 0; i < member->card_tokens_count; i++) {
        if (memcmp(member->card_tokens[i].bytes, token, TOKEN_SIZE) == 0)
            return true;
    }
    return false;
}

static void add_token(kassa_Member *member, const uint8_t *token, const uint8_t *earlier)
{
    size_t at = member->card_tokens_count;
    if (at == COUNT_OF(member->card_tokens)) { /* no room for both: the new one takes the older one's place */
        for (at = 0; memcmp(member->card_tokens[at].bytes, earlier, TOKEN_SIZE) != 0; at++)
            ;
    } else {
        member->card_tokens_count++;
    }
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
    if (has_token(&member.member, token))
        return ERR_OK;
    add_token(&member.member, token, earlier);
    return crm_member_put(txn, &member);
}
