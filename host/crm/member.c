/* SPDX-License-Identifier: Apache-2.0 */
#include "crm/document.h"

static const char version_key[] = "members_version";

static struct span id_span(const crm_Member *member)
{
    return span_of(member->member.id.bytes, MEMBER_SIZE);
}

static struct span token_span(const crm_Member *member, size_t index)
{
    return span_of(member->member.card_tokens[index].bytes, TOKEN_SIZE);
}

static struct crm_key version_as_key(uint64_t version)
{
    struct crm_key key = {.size = 0};
    crm_key_u64(&key, version);
    return key;
}

static uint64_t key_as_version(struct span key)
{
    uint64_t version = 0;
    for (size_t i = 0; i < key.size; i++)
        version = version << 8 | key.bytes[i];
    return version;
}

enum err crm_members_version(const struct store_txn *txn, uint64_t *out_version)
{
    struct span body;
    enum err error = store_get(txn, STORE_META, span_of_text(version_key), &body);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK && body.size != 8)
        return ERR_CORRUPT;
    *out_version = error == ERR_OK ? key_as_version(body) : 0;
    return ERR_OK;
}

static enum err next_version(const struct store_txn *txn, uint64_t *out_version)
{
    uint64_t version;
    TRY(crm_members_version(txn, &version));
    struct crm_key body = version_as_key(version + 1);
    TRY(store_put(txn, STORE_META, span_of_text(version_key), crm_key_span(&body)));
    *out_version = version + 1;
    return ERR_OK;
}

enum err crm_member_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], crm_Member *out)
{
    return crm_document_get(txn, STORE_MEMBERS, span_of(id, MEMBER_SIZE), crm_Member_fields, out);
}

/* Whose card it is; ERR_NOT_FOUND: nobody's. */
static enum err find_owner(const struct store_txn *txn, struct span token, uint8_t out_id[MEMBER_SIZE])
{
    struct span id;
    TRY(store_get(txn, STORE_CARDS, token, &id));
    if (id.size != MEMBER_SIZE)
        return ERR_CORRUPT;
    memcpy(out_id, id.bytes, MEMBER_SIZE);
    return ERR_OK;
}

enum err crm_member_find_card(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE], crm_Member *out)
{
    uint8_t id[MEMBER_SIZE];
    TRY(find_owner(txn, span_of(token, TOKEN_SIZE), id));
    enum err error = crm_member_get(txn, id, out);
    return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
}

static enum err check_member(const struct store_txn *txn, const crm_Member *member)
{
    if (member->member.id.size != MEMBER_SIZE)
        return ERR_ARGUMENT;
    for (size_t i = 0; i < member->member.card_tokens_count; i++) {
        if (member->member.card_tokens[i].size != TOKEN_SIZE)
            return ERR_ARGUMENT;
        uint8_t owner[MEMBER_SIZE];
        enum err error = find_owner(txn, token_span(member, i), owner);
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
        if (error == ERR_OK && memcmp(owner, member->member.id.bytes, MEMBER_SIZE) != 0)
            return ERR_CONFLICT;
    }
    return ERR_OK;
}

/* Of an erased member only the fact stays, so that every till that holds him drops him. What he consented to, and when, is
 * his as well. */
static void strip(crm_Member *member)
{
    kassa_Member bare = kassa_Member_init_zero;
    bare.id = member->member.id;
    bare.version = member->member.version;
    bare.erased = true;
    *member = (crm_Member){.has_member = true, .member = bare, .profile_version = member->profile_version};
}

/* Writes the member under the next version and moves his place among the changes. */
static enum err write_version(const struct store_txn *txn, crm_Member *member, bool is_profile)
{
    uint64_t version;
    TRY(next_version(txn, &version));
    if (member->member.version != 0) {
        struct crm_key old = version_as_key(member->member.version);
        TRY(crm_document_remove(txn, STORE_CHANGES, crm_key_span(&old)));
    }
    member->member.version = version;
    member->profile_version = is_profile ? version : member->profile_version;
    struct crm_key key = version_as_key(version);
    TRY(store_put(txn, STORE_CHANGES, crm_key_span(&key), id_span(member)));
    return crm_document_put(txn, STORE_MEMBERS, id_span(member), crm_Member_fields, member);
}

static enum err write_cards(const struct store_txn *txn, const crm_Member *old, const crm_Member *member)
{
    for (size_t i = 0; i < old->member.card_tokens_count; i++)
        TRY(crm_document_remove(txn, STORE_CARDS, token_span(old, i)));
    for (size_t i = 0; i < member->member.card_tokens_count; i++)
        TRY(store_put(txn, STORE_CARDS, token_span(member, i), id_span(member)));
    return ERR_OK;
}

static enum err count_member(const struct store_txn *txn, bool was_counted, bool is_counted)
{
    if (was_counted == is_counted)
        return ERR_OK;
    crm_Totals totals;
    TRY(crm_totals_get(txn, &totals));
    totals.members += is_counted ? 1 : UINT64_MAX; /* one less */
    return crm_totals_put(txn, &totals);
}

enum err crm_member_put(const struct store_txn *txn, crm_Member *member)
{
    TRY(check_member(txn, member));
    crm_Member old = crm_Member_init_zero;
    enum err error = crm_member_get(txn, member->member.id.bytes, &old);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    bool was_counted = error == ERR_OK && !old.member.erased;
    if (error == ERR_OK) {
        member->stores_count = old.stores_count;
        memcpy(member->stores, old.stores, sizeof(old.stores));
    }
    member->member.points_as_of_unix_ms =
        error == ERR_OK ? old.member.points_as_of_unix_ms : member->created_unix_ms;
    TRY(crm_member_describe(txn, &member->member, member->member.points_as_of_unix_ms));
    member->member.version = old.member.version;
    if (member->member.erased) {
        strip(member);
        TRY(crm_member_key_remove(txn, member->member.id.bytes));
    }
    TRY(write_cards(txn, &old, member));
    TRY(write_version(txn, member, /* is_profile= */ true));
    return count_member(txn, was_counted, !member->member.erased);
}

static bool has_store(const crm_Member *member, const char *store)
{
    for (size_t i = 0; i < member->stores_count; i++) {
        if (strcmp(member->stores[i], store) == 0)
            return true;
    }
    return false;
}

/* The newest last; the one that was added first goes when there is no room. */
static void add_store(crm_Member *member, const char *store)
{
    if (store[0] == '\0' || has_store(member, store))
        return;
    if (member->stores_count == COUNT_OF(member->stores)) {
        memmove(member->stores[0], member->stores[1], sizeof(member->stores) - sizeof(member->stores[0]));
        member->stores_count--;
    }
    char *place = member->stores[member->stores_count++];
    size_t size = strnlen(store, sizeof(member->stores[0]) - 1);
    memcpy(place, store, size);
    place[size] = '\0';
}

enum err crm_member_touch(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], const char *store,
                          int64_t unix_ms)
{
    crm_Member member;
    enum err error = crm_member_get(txn, id, &member);
    if (error == ERR_NOT_FOUND || (error == ERR_OK && member.member.erased))
        return ERR_OK;
    TRY(error);
    member.member.points_as_of_unix_ms = unix_ms;
    TRY(crm_member_describe(txn, &member.member, unix_ms));
    add_store(&member, store);
    return write_version(txn, &member, /* is_profile= */ false);
}

enum err crm_member_renew(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], int64_t unix_ms)
{
    crm_Member member, before;
    enum err error = crm_member_get(txn, id, &member);
    if (error == ERR_NOT_FOUND || (error == ERR_OK && member.member.erased))
        return ERR_OK;
    TRY(error);
    before = member;
    TRY(crm_member_describe(txn, &member.member, unix_ms));
    uint8_t bytes[2][kassa_Member_size];
    size_t sizes[2];
    TRY(wire_encode(kassa_Member_fields, &before.member, bytes[0], sizeof(bytes[0]), &sizes[0]));
    TRY(wire_encode(kassa_Member_fields, &member.member, bytes[1], sizeof(bytes[1]), &sizes[1]));
    if (span_is_equal(span_of(bytes[0], sizes[0]), span_of(bytes[1], sizes[1])))
        return ERR_OK;
    member.member.points_as_of_unix_ms = unix_ms;
    return write_version(txn, &member, /* is_profile= */ false);
}

static crm_ConsentSaid *find_said(crm_Member *member, const char *purpose)
{
    for (size_t i = 0; i < member->said_count; i++) {
        if (strcmp(member->said[i].purpose, purpose) == 0)
            return &member->said[i];
    }
    return NULL;
}

int64_t crm_member_said(const crm_Member *member, const char *purpose)
{
    const crm_ConsentSaid *row = find_said((crm_Member *)(uintptr_t)member, purpose);
    return row != NULL ? row->unix_ms : 0;
}

void crm_member_note_said(crm_Member *member, const char purpose[CRM_PURPOSE_SIZE], int64_t unix_ms)
{
    crm_ConsentSaid *row = find_said(member, purpose);
    if (row == NULL && member->said_count < COUNT_OF(member->said)) {
        row = &member->said[member->said_count++];
        memcpy(row->purpose, purpose, sizeof(row->purpose));
        row->unix_ms = unix_ms;
    }
    if (row != NULL && row->unix_ms < unix_ms)
        row->unix_ms = unix_ms;
}

enum err crm_member_set_consent(crm_Member *member, const kassa_Consent *consent, int64_t said_unix_ms)
{
    kassa_Member *m = &member->member;
    size_t at = 0;
    while (at < m->consents_count && strcmp(m->consents[at].purpose, consent->purpose) != 0)
        at++;
    if (at == COUNT_OF(m->consents))
        return ERR_TOO_LONG;
    int64_t before = crm_member_said(member, consent->purpose);
    bool is_older = said_unix_ms < before || (said_unix_ms == before && consent->given);
    if (at < m->consents_count && before != 0 && is_older)
        return ERR_OK;
    m->consents[at] = *consent;
    if (at == m->consents_count)
        m->consents_count++;
    crm_member_note_said(member, consent->purpose, said_unix_ms);
    return ERR_OK;
}

/* The card under an older pepper. */
static enum err find_earlier(const struct store_txn *txn, const kassa_Request *asked, crm_Member *out)
{
    const uint8_t *token = asked->question.member_by_card.bytes;
    for (size_t i = 0; i < asked->earlier_tokens_count; i++) {
        if (asked->earlier_tokens[i].size != TOKEN_SIZE)
            return ERR_ARGUMENT;
        TRY(crm_card_renew(txn, token, asked->earlier_tokens[i].bytes));
        enum err error = crm_member_find_card(txn, token, out);
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_NOT_FOUND;
}

enum err crm_take_question(const struct store_txn *txn, const char *store, const kassa_Request *asked,
                           crm_Member *out)
{
    if (asked->question.member_by_card.size != TOKEN_SIZE)
        return ERR_ARGUMENT;
    enum err error = crm_member_find_card(txn, asked->question.member_by_card.bytes, out);
    TRY(error == ERR_NOT_FOUND ? find_earlier(txn, asked, out) : error);
    if (has_store(out, store))
        return ERR_OK;
    add_store(out, store);
    return write_version(txn, out, /* is_profile= */ false);
}

bool crm_member_concerns(const crm_Member *member, const char *store, uint64_t after_version)
{
    return member->profile_version > after_version || has_store(member, store);
}

struct member_scan {
    const struct store_txn *txn;
    crm_visit_member *visit;
    void *context;
    enum err error;
};

static bool visit_member(void *context, struct span key, struct span body)
{
    (void)key;
    struct member_scan *scan = context;
    crm_Member member;
    if (wire_decode(crm_Member_fields, body, &member) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, &member);
}

enum err crm_member_scan(const struct store_txn *txn, const uint8_t *from, crm_visit_member *visit,
                         void *context)
{
    struct member_scan scan = {txn, visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_MEMBERS, span_of(from, from == NULL ? 0 : MEMBER_SIZE), visit_member, &scan));
    return scan.error;
}

static bool visit_change(void *context, struct span key, struct span id)
{
    struct member_scan *scan = context;
    crm_Member member;
    scan->error = id.size != MEMBER_SIZE ? ERR_CORRUPT : crm_member_get(scan->txn, id.bytes, &member);
    if (scan->error == ERR_OK && member.member.version != key_as_version(key))
        scan->error = ERR_CORRUPT;
    return scan->error == ERR_OK && scan->visit(scan->context, &member);
}

enum err crm_member_scan_changes(const struct store_txn *txn, uint64_t after_version, crm_visit_member *visit,
                                 void *context)
{
    if (after_version == UINT64_MAX)
        return ERR_OK;
    struct crm_key from = version_as_key(after_version + 1);
    struct member_scan scan = {txn, visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_CHANGES, crm_key_span(&from), visit_change, &scan));
    return scan.error;
}
