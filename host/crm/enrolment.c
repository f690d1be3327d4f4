/* SPDX-License-Identifier: Apache-2.0 */
/* Members as tills tell of them. The records of two tills have no common order, so that
 *
 *   a consent may be changed here before the member is enrolled: it waits for him under his id, and holds
 *   against what the enrolment says, since nobody changes a consent before he has given it;
 *
 *   one card may be enrolled at two tills, each of which could not know of the other: then it is one person.
 *   The member who came first keeps the card, the second is joined to him. Points are added up; a consent
 *   holds where both gave it or one was not asked; to the tills the second is erased, and what is still
 *   recorded under his id goes to the first. */
#include "base/utf8.h"
#include "crm/document.h"
#include "wire/record.h"

static struct crm_key key_of(const char *what, const uint8_t id[MEMBER_SIZE])
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, what);
    memcpy(key.bytes + key.size, id, MEMBER_SIZE);
    key.size += MEMBER_SIZE;
    return key;
}

static struct crm_key joined_key(const uint8_t id[MEMBER_SIZE])
{
    return key_of("joined", id);
}

static struct crm_key waiting_key(const uint8_t id[MEMBER_SIZE])
{
    return key_of("waiting", id);
}

enum err crm_member_resolve(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            uint8_t out_id[MEMBER_SIZE])
{
    struct crm_key key = joined_key(id);
    struct span body;
    enum err error = store_get(txn, STORE_META, crm_key_span(&key), &body);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK && body.size != MEMBER_SIZE)
        return ERR_CORRUPT;
    memcpy(out_id, error == ERR_OK ? body.bytes : id, MEMBER_SIZE);
    return ERR_OK;
}

enum err crm_member_resolve_live(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                                 uint8_t out_id[MEMBER_SIZE], bool *out_is_erased)
{
    crm_Member member;
    TRY(crm_member_resolve(txn, id, out_id));
    enum err error = crm_member_get(txn, out_id, &member);
    *out_is_erased = error == ERR_OK && member.member.erased;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* crm_member_put counts members in the stored totals: ours go there first and come back after. */
static enum err put_member(struct crm_fold *fold, crm_Member *member)
{
    TRY(crm_totals_put(fold->txn, fold->totals));
    TRY(crm_member_put(fold->txn, member));
    return crm_totals_get(fold->txn, fold->totals);
}

static enum err add_card(crm_Member *member, const kassa_MemberEnrolled *body)
{
    kassa_Member *m = &member->member;
    for (size_t i = 0; i < m->card_tokens_count; i++) {
        if (memcmp(m->card_tokens[i].bytes, body->card_token.bytes, TOKEN_SIZE) == 0)
            return ERR_OK;
    }
    if (body->card_token.size == 0)
        return ERR_OK;
    if (m->card_tokens_count == COUNT_OF(m->card_tokens))
        return ERR_TOO_LONG;
    m->card_tokens[m->card_tokens_count].size = TOKEN_SIZE;
    memcpy(m->card_tokens[m->card_tokens_count].bytes, body->card_token.bytes, TOKEN_SIZE);
    m->card_tokens_count++;
    return ERR_OK;
}

/* ---- a consent that came before its member */

static enum err keep_waiting(struct crm_fold *fold, const kassa_ConsentChanged *body)
{
    struct crm_key key = waiting_key(body->member.bytes);
    crm_Member waiting = crm_Member_init_zero;
    enum err error = crm_document_get(fold->txn, STORE_META, crm_key_span(&key), crm_Member_fields, &waiting);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    waiting.has_member = true;
    if (body->has_consent)
        TRY(crm_member_set_consent(&waiting, &body->consent, fold->when.unix_ms));
    if (body->language[0] != '\0')
        memcpy(waiting.member.language, body->language, sizeof(waiting.member.language));
    return crm_document_put(fold->txn, STORE_META, crm_key_span(&key), crm_Member_fields, &waiting);
}

/* A change is after the enrolment, even if a clock was wrong. */
static int64_t later_said(const crm_Member *a, const crm_Member *b, const char *purpose)
{
    int64_t said_a = crm_member_said(a, purpose);
    int64_t said_b = crm_member_said(b, purpose);
    return said_a >= said_b ? said_a + 1 : said_b;
}

/* Changes `member` only; what waited is removed by the caller once nothing can be wrong any more. */
static enum err take_waiting(const struct crm_fold *fold, const kassa_MemberEnrolled *body,
                             crm_Member *member)
{
    struct crm_key key = waiting_key(body->member.bytes);
    crm_Member waiting;
    enum err error = crm_document_get(fold->txn, STORE_META, crm_key_span(&key), crm_Member_fields, &waiting);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    for (size_t i = 0; i < waiting.member.consents_count; i++) {
        const kassa_Consent *consent = &waiting.member.consents[i];
        TRY(crm_member_set_consent(member, consent, later_said(member, &waiting, consent->purpose)));
    }
    if (waiting.member.language[0] != '\0')
        memcpy(member->member.language, waiting.member.language, sizeof(member->member.language));
    return ERR_OK;
}

enum err crm_waiting_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE])
{
    struct crm_key key = waiting_key(member);
    return crm_document_remove(txn, STORE_META, crm_key_span(&key));
}

/* ---- two members of one card */

static enum err agree_on_consent(crm_Member *member, const kassa_Consent *other, int64_t said_unix_ms)
{
    for (size_t i = 0; i < member->member.consents_count; i++) {
        kassa_Consent *own = &member->member.consents[i];
        if (strcmp(own->purpose, other->purpose) != 0)
            continue;
        own->given = own->given && other->given;
        crm_member_note_said(member, own->purpose, said_unix_ms);
        return ERR_OK;
    }
    return crm_member_set_consent(member, other, said_unix_ms);
}

static enum err agree_on_consents(crm_Member *member, const crm_Member *other)
{
    for (size_t i = 0; i < other->member.consents_count; i++) {
        const kassa_Consent *consent = &other->member.consents[i];
        TRY(agree_on_consent(member, consent, crm_member_said(other, consent->purpose)));
    }
    return ERR_OK;
}

/* `second` is new here, and his card is `first`'s. */
static enum err join(struct crm_fold *fold, crm_Member *second, crm_Member *first)
{
    const uint8_t *from = second->member.id.bytes;
    const uint8_t *to = first->member.id.bytes;
    TRY(agree_on_consents(first, second));
    struct crm_key key = joined_key(from);
    TRY(store_put(fold->txn, STORE_META, crm_key_span(&key), span_of(to, MEMBER_SIZE)));
    TRY(crm_events_move(fold->txn, from, to, fold->totals));
    TRY(crm_holdings_move(fold->txn, from, to));
    second->member.erased = true;
    TRY(put_member(fold, second));
    TRY(put_member(fold, first));
    return crm_member_touch(fold->txn, to, fold->store, fold->intake->hub_unix_ms);
}

/* ---- the records */

static bool is_enrolment_sound(const kassa_MemberEnrolled *body)
{
    for (size_t i = 0; i < body->consents_count; i++) {
        if (!utf8_is_printable(span_of_text(body->consents[i].purpose)))
            return false;
    }
    return body->member.size == MEMBER_SIZE &&
           (body->card_token.size == 0 || body->card_token.size == TOKEN_SIZE) &&
           utf8_is_printable(span_of_text(body->language));
}

static void begin_member(const struct crm_fold *fold, const struct wire_record *record, crm_Member *out)
{
    *out = (crm_Member){.has_member = true, .created_unix_ms = fold->when.unix_ms, .stores_count = 1};
    memcpy(out->enrolled_by, fold->till, strnlen(fold->till, sizeof(out->enrolled_by) - 1));
    memcpy(out->stores[0], fold->store, strnlen(fold->store, sizeof(out->stores[0]) - 1));
    out->member.id.size = MEMBER_SIZE;
    memcpy(out->member.id.bytes, record->body.member_enrolled.member.bytes, MEMBER_SIZE);
}

static enum err describe_member(const struct crm_fold *fold, const kassa_MemberEnrolled *body,
                                crm_Member *member)
{
    member->member.personal_count = body->personal_count; /* sealed: its key came beside the record */
    memcpy(member->member.personal, body->personal, sizeof(member->member.personal));
    memcpy(member->member.language, body->language, sizeof(member->member.language));
    for (size_t i = 0; i < body->consents_count; i++)
        TRY(crm_member_set_consent(member, &body->consents[i], fold->when.unix_ms));
    return take_waiting(fold, body, member);
}

static enum err enrol_new(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_MemberEnrolled *body = &record->body.member_enrolled;
    crm_Member member, holder;
    begin_member(fold, record, &member);
    TRY(describe_member(fold, body, &member));
    enum err held = body->card_token.size == 0
                        ? ERR_NOT_FOUND
                        : crm_member_find_card(fold->txn, body->card_token.bytes, &holder);
    if (held != ERR_OK && held != ERR_NOT_FOUND)
        return held;
    if (held == ERR_OK) {
        TRY(join(fold, &member, &holder));
    } else {
        TRY(add_card(&member, body));
        TRY(put_member(fold, &member));
    }
    return crm_waiting_remove(fold->txn, body->member.bytes);
}

enum err crm_fold_enrolment(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_MemberEnrolled *body = &record->body.member_enrolled;
    uint8_t id[MEMBER_SIZE];
    crm_Member member;
    if (!is_enrolment_sound(body))
        return ERR_SYNTAX;
    TRY(crm_member_resolve(fold->txn, body->member.bytes, id));
    enum err error = crm_member_get(fold->txn, id, &member);
    if (error == ERR_NOT_FOUND)
        return enrol_new(fold, record);
    TRY(error);
    bool is_joined = memcmp(id, body->member.bytes, MEMBER_SIZE) != 0; /* and was taken in then */
    if (member.member.erased || is_joined)
        return ERR_OK;
    if (strcmp(member.enrolled_by, fold->till) !=
        0) /* an id is made once: another till cannot have come by it so */
        return ERR_CONFLICT;
    TRY(describe_member(fold, body, &member));
    TRY(add_card(&member, body));
    return put_member(fold, &member);
}

/* Nobody takes back a consent before he is a member: that till's clock is wrong, and its word is not to be lost. */
static int64_t said_at(const struct crm_fold *fold, const crm_Member *member, const kassa_Consent *consent)
{
    bool is_wrong = fold->when.unix_ms < member->created_unix_ms;
    return is_wrong && !consent->given ? fold->when.taken_unix_ms : fold->when.unix_ms;
}

enum err crm_fold_consent(struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_ConsentChanged *body = &record->body.consent_changed;
    uint8_t id[MEMBER_SIZE];
    crm_Member member;
    if (body->member.size != MEMBER_SIZE || !utf8_is_printable(span_of_text(body->language)) ||
        !utf8_is_printable(span_of_text(body->consent.purpose)))
        return ERR_SYNTAX;
    TRY(crm_member_resolve(fold->txn, body->member.bytes, id));
    enum err error = crm_member_get(fold->txn, id, &member);
    if (error == ERR_NOT_FOUND)
        return keep_waiting(fold, body);
    TRY(error);
    if (member.member.erased)
        return ERR_OK;
    if (body->has_consent)
        TRY(crm_member_set_consent(&member, &body->consent, said_at(fold, &member, &body->consent)));
    if (body->language[0] != '\0')
        memcpy(member.member.language, body->language, sizeof(member.member.language));
    return put_member(fold, &member);
}
