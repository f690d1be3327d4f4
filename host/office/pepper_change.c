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

/* An account is a card's token, or a member's id: his wallet, which no pepper names. Where the card is known under a newer
 * pepper, that leads to the account too. */
static bool count_gift(void *context, struct span key, struct span body)
{
    struct counting *counting = context;
    crm_Gift gift;
    crm_Member member;
    if (key.size != TOKEN_SIZE || wire_decode(crm_Gift_fields, body, &gift) != ERR_OK) {
        counting->error = ERR_CORRUPT;
        return false;
    }
    uint32_t newest = gift.newest_version > key.bytes[0] ? gift.newest_version : key.bytes[0];
    if (newest != counting->version || gift.loaded_minor <= gift.spent_minor)
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

static enum err wrap_anew(const struct store_txn *txn, const struct vault_peppers *peppers,
                          struct random random, const uint8_t *id, struct pepper_retiring *retiring)
{
    uint8_t wrapped[MEMBER_KEY_SIZE];
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    enum err error = crm_member_key_get(txn, id, wrapped);
    if (error != ERR_OK || wrapped[0] != retiring->version)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    error = vault_key_unwrap(peppers, id, span_of(wrapped, sizeof(wrapped)), key);
    if (error == ERR_SIGNATURE) {
        retiring->unreadable_count++;
        return ERR_OK;
    }
    TRY(error);
    TRY(vault_key_wrap(peppers, id, key, random, wrapped));
    retiring->wrapped_count++;
    return crm_member_key_put(txn, id, wrapped);
}

/* A member who changes is told to the tills again. */
enum err pepper_change_retire(const struct store_txn *txn, const struct vault_peppers *peppers,
                              struct random random, struct pepper_retiring *retiring)
{
    struct page *page CLEANUP(free_page) = calloc(1, sizeof(*page));
    if (page == NULL)
        return ERR_MEMORY;
    TRY(crm_member_scan(txn, retiring->from, gather, page));
    for (size_t i = 0; i < page->count; i++) {
        uint64_t before = retiring->wrapped_count;
        TRY(wrap_anew(txn, peppers, random, page->members[i].member.id.bytes, retiring));
        if (drop_tokens(&page->members[i].member, retiring->version) || retiring->wrapped_count > before)
            TRY(crm_member_put(txn, &page->members[i]));
    }
    memcpy(retiring->from, page->next, MEMBER_SIZE);
    retiring->is_done = !page->is_more;
    return ERR_OK;
}

/* ---- one card */

enum err pepper_change_renew(const struct store_txn *txn, const struct vault_peppers *peppers,
                             const char *card_text, int32_t day, bool *out_is_known)
{
    struct vault_tokens tokens;
    crm_Member member;
    crm_Gift gift;
    TRY(vault_card_tokens(peppers, card_text, &tokens));
    for (size_t i = 1; i < tokens.count; i++) {
        TRY(crm_card_renew(txn, tokens.rows[0], tokens.rows[i]));
        TRY(crm_gift_renew(txn, tokens.rows[i], tokens.rows[0], day));
    }
    enum err whose = crm_member_find_card(txn, tokens.rows[0], &member);
    enum err account = crm_gift_get(txn, tokens.rows[0], &gift);
    *out_is_known = whose == ERR_OK || account == ERR_OK;
    return whose != ERR_OK && whose != ERR_NOT_FOUND ? whose : account == ERR_NOT_FOUND ? ERR_OK : account;
}
