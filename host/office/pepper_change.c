/* SPDX-License-Identifier: Apache-2.0 */
#include "office/pepper_change.h"

#include <stdlib.h>

#include "wire/message.h"

#define MEMBERS_A_TXN 200

/* ---- counting */

struct counting {
    const struct store_txn *txn;
    uint8_t version;
    struct pepper_use use;
    enum err error;
};

static bool count_cards(void *context, const crm_Member *member)
{
    struct counting *counting = context;
    uint64_t own = 0, newer = 0;
    for (size_t i = 0; i < member->member.card_tokens_count; i++) {
        uint8_t version = member->member.card_tokens[i].bytes[0];
        own += version == counting->version ? 1 : 0;
        newer += version > counting->version ? 1 : 0;
    }
    counting->use.card_count += own;
    counting->use.stranded_count += own > newer ? own - newer : 0;
    return true;
}

static bool count_key(void *context, const uint8_t id[MEMBER_SIZE], const uint8_t key[MEMBER_KEY_SIZE])
{
    struct counting *counting = context;
    (void)id;
    counting->use.key_count += key[0] == counting->version ? 1 : 0;
    return true;
}

/* An account is a card's token, or a member's id: his wallet, which no pepper names. */
static bool count_gift(void *context, struct span key, struct span body)
{
    struct counting *counting = context;
    crm_Gift gift;
    crm_Member member;
    if (key.size != TOKEN_SIZE || wire_decode(crm_Gift_fields, body, &gift) != ERR_OK) {
        counting->error = ERR_CORRUPT;
        return false;
    }
    if (key.bytes[0] != counting->version || gift.loaded_minor <= gift.spent_minor)
        return true;
    enum err error = crm_member_get(counting->txn, key.bytes, &member);
    counting->use.gift_count += error == ERR_NOT_FOUND ? 1 : 0;
    counting->error = error == ERR_NOT_FOUND ? ERR_OK : error;
    return counting->error == ERR_OK;
}

enum err pepper_change_count(const struct store_txn *txn, uint8_t version, struct pepper_use *out)
{
    struct counting counting = {.txn = txn, .version = version};
    TRY(crm_member_scan(txn, NULL, count_cards, &counting));
    TRY(crm_member_key_scan(txn, NULL, count_key, &counting));
    TRY(store_scan(txn, STORE_GIFTS, span_of(NULL, 0), count_gift, &counting));
    TRY(counting.error);
    *out = counting.use;
    return ERR_OK;
}

/* ---- retiring */

struct page {
    size_t count;
    bool is_more;
    uint8_t next[MEMBER_SIZE];
    crm_Member members[MEMBERS_A_TXN];
};

static void free_page(struct page **page)
{
    free(*page);
}

static bool gather(void *context, const crm_Member *member)
{
    struct page *page = context;
    if (page->count == MEMBERS_A_TXN) {
        memcpy(page->next, member->member.id.bytes, MEMBER_SIZE);
        page->is_more = true;
        return false;
    }
    page->members[page->count++] = *member;
    return true;
}

static bool drop_tokens(kassa_Member *member, uint8_t version)
{
    pb_size_t kept = 0;
    for (pb_size_t i = 0; i < member->card_tokens_count; i++) {
        if (member->card_tokens[i].bytes[0] != version)
            member->card_tokens[kept++] = member->card_tokens[i];
    }
    bool has_dropped = kept != member->card_tokens_count;
    member->card_tokens_count = kept;
    return has_dropped;
}

static void wipe_key(uint8_t (*key)[VAULT_KEY_SIZE])
{
    vault_wipe(*key, sizeof(*key));
}

static enum err wrap_anew(const struct store_txn *txn, const struct vault_peppers *peppers, uint8_t version,
                          struct random random, const uint8_t *id, bool *out_is_new)
{
    uint8_t wrapped[MEMBER_KEY_SIZE];
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    enum err error = crm_member_key_get(txn, id, wrapped);
    *out_is_new = error == ERR_OK && wrapped[0] == version;
    if (!*out_is_new)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    TRY(vault_key_unwrap(peppers, id, span_of(wrapped, sizeof(wrapped)), key));
    TRY(vault_key_wrap(peppers, id, key, random, wrapped));
    return crm_member_key_put(txn, id, wrapped);
}

/* A member who changes is told to the tills again. */
enum err pepper_change_retire(const struct store_txn *txn, const struct vault_peppers *peppers,
                              uint8_t version, struct random random, uint8_t from[MEMBER_SIZE],
                              bool *out_done)
{
    struct page *page CLEANUP(free_page) = calloc(1, sizeof(*page));
    if (page == NULL)
        return ERR_MEMORY;
    TRY(crm_member_scan(txn, from, gather, page));
    for (size_t i = 0; i < page->count; i++) {
        bool is_wrapped;
        TRY(wrap_anew(txn, peppers, version, random, page->members[i].member.id.bytes, &is_wrapped));
        if (drop_tokens(&page->members[i].member, version) || is_wrapped)
            TRY(crm_member_put(txn, &page->members[i]));
    }
    memcpy(from, page->next, MEMBER_SIZE);
    *out_done = !page->is_more;
    return ERR_OK;
}
