/* SPDX-License-Identifier: Apache-2.0 */
/* customer.c - who is here: cards, members, enrolment, and what they are shown. */
#include <stdio.h>

#include "base/hex.h"
#include "till/internal.h"
#include "wire/message.h"

/* -------------------------------------------------------------------------------------- who has this card */

static const kassa_Member *find_enrolled(const struct till *till, const uint8_t token[TOKEN_SIZE])
{
    static const uint8_t none[TOKEN_SIZE];
    if (memcmp(token, none, TOKEN_SIZE) == 0)
        return NULL;
    for (size_t i = 0; i < ENROLLED_MAX; i++) {
        if (memcmp(till->enrolled[i].token, token, TOKEN_SIZE) == 0)
            return &till->enrolled[i].member;
    }
    return NULL;
}

void till_remember_enrolled(struct till *till, const kassa_MemberEnrolled *enrolled)
{
    struct enrolled *slot = &till->enrolled[till->enrolled_next];
    till->enrolled_next = (till->enrolled_next + 1) % ENROLLED_MAX;
    *slot = (struct enrolled){.member = kassa_Member_init_zero};
    memcpy(slot->token, enrolled->card_token.bytes, TOKEN_SIZE);
    kassa_Member *member = &slot->member;
    member->id.size = MEMBER_SIZE;
    memcpy(member->id.bytes, enrolled->member.bytes, MEMBER_SIZE);
    member->card_tokens_count = 1;
    member->card_tokens[0].size = TOKEN_SIZE;
    memcpy(member->card_tokens[0].bytes, enrolled->card_token.bytes, TOKEN_SIZE);
    member->personal_count = enrolled->personal_count;
    memcpy(member->personal, enrolled->personal, sizeof member->personal);
    if (members_get_key(till->settings.members, enrolled->member.bytes, member->key.bytes) == ERR_OK)
        member->key.size = MEMBER_KEY_SIZE;
    (void)snprintf(member->language, sizeof member->language, "%s", enrolled->language);
    member->consents_count = enrolled->consents_count;
    memcpy(member->consents, enrolled->consents, sizeof member->consents);
}

static enum err read_cached(struct till *till, const uint8_t token[TOKEN_SIZE], kassa_Member *out)
{
    struct member_found found;
    TRY(members_find_token(till->settings.members, token, &found));
    TRY(wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), out));
    out->key.size = (pb_size_t)found.key_size;
    memcpy(out->key.bytes, found.key, sizeof out->key.bytes);
    return ERR_OK;
}

/* ERR_NOT_FOUND: nobody that the till knows; also when the cache cannot be read, for the sale goes on. */
static enum err find_member(struct till *till, const uint8_t token[TOKEN_SIZE], kassa_Member *out)
{
    enum err error = read_cached(till, token, out);
    if (error == ERR_OK && out->id.size == MEMBER_SIZE && !out->erased) {
        till_apply_consents(till, out);
        return ERR_OK;
    }
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        till_note_fault(till, "members.read", err_sentence(error));
    const kassa_Member *enrolled = find_enrolled(till, token);
    if (enrolled == NULL)
        return ERR_NOT_FOUND;
    *out = *enrolled;
    till_apply_consents(till, out);
    return ERR_OK;
}

static bool can_ask(const struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    return hub->ask_member != NULL && hub->is_connected != NULL && hub->is_connected(hub->self);
}

/* By the newest token, or by one under an older pepper: then the card is his under the newest from now on. */
static enum err find_by_tokens(struct till *till, const struct vault_tokens *tokens,
                               struct till_member *customer)
{
    for (size_t i = 0; i < tokens->count; i++) {
        if (find_member(till, tokens->rows[i], &customer->member) != ERR_OK)
            continue;
        if (i > 0)
            memcpy(customer->earlier_token, tokens->rows[i], TOKEN_SIZE);
        till_open_personal(till, customer);
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static enum sale_event look_up(struct till *till, const struct vault_tokens *tokens)
{
    struct till_member *customer = &till->customer;
    const struct till_hub *hub = &till->settings.hub;
    if (find_by_tokens(till, tokens, customer) == ERR_OK) {
        customer->is_known = true;
        return SALE_CARD_KNOWN;
    }
    if (!can_ask(till) || hub->ask_member(hub->self, tokens) != ERR_OK)
        return SALE_CARD_UNKNOWN;
    till->ask_until_mono_ms = till_read_clock(till).mono_ms + till->settings.ask_ms;
    return SALE_CARD_ASKED;
}

/* --------------------------------------------------------------------------------------- what he is shown */

enum err till_look_up_member(struct till *till, const uint8_t id[MEMBER_SIZE], kassa_Member *out)
{
    struct member_found found;
    TRY(members_find_id(till->settings.members, id, &found));
    return wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), out);
}

/* Only what he said yes to is given. */
static uint32_t consents_of(const kassa_Member *member)
{
    for (pb_size_t i = 0; i < member->consents_count; i++) {
        if (strcmp(member->consents[i].purpose, CONSENT_PERSONAL_OFFERS) == 0 && member->consents[i].given)
            return 1u << BOOK_CONSENT_PERSONAL_OFFERS;
    }
    return 0;
}

/* As head office's snapshot has them, and those here since. */
static uint32_t visits_of(const struct till *till, const kassa_Member *member)
{
    int64_t visits =
        (int64_t)member->visits + tally_waiting(&till->tally, member->id.bytes, "", TALLY_VISITS, 0,
                                                member->points_as_of_unix_ms, till_acknowledged_seq(till));
    return visits < 0 ? 0 : visits < UINT32_MAX ? (uint32_t)visits : UINT32_MAX;
}

struct offers_member till_offers_member(struct till *till)
{
    const struct till_member *customer = &till->customer;
    struct offers_member member = {0};
    if (!till->has_customer || !customer->is_known)
        return member;
    const kassa_Member *known = &customer->member;
    member.known = true;
    memcpy(member.id, known->id.bytes, MEMBER_SIZE);
    member.tier = span_of_text(known->tier);
    for (pb_size_t i = 0; i < known->segments_count; i++)
        till->segments[i] = span_of_text(known->segments[i]);
    member.segments = till->segments;
    member.segment_count = known->segments_count;
    member.visits = visits_of(till, known);
    member.birth_month_day = customer->birth_month_day;
    member.points = customer->points;
    member.consents = consents_of(known);
    member.language = span_of_text(known->language);
    return member;
}

uint64_t till_acknowledged_seq(const struct till *till)
{
    struct journal_stats stats;
    return journal_get_stats(till->settings.journal, &stats) == ERR_OK ? stats.newest.acknowledged_seq : 0;
}

struct points_sum till_points_of(struct till *till, const kassa_Member *member)
{
    struct journal *journal = till->settings.journal;
    if (journal_incarnation(journal) != till->points_incarnation && till_fold_tail(till) != ERR_OK)
        till_note_fault(till, "points.fold",
                        "the journal's tail cannot be read; the points shown may be old");
    struct points_sum sum = {.points = member->points, .pending = member->points_pending};
    struct points_sum waiting = points_waiting(&till->points, member->id.bytes, member->points_as_of_unix_ms,
                                               till_acknowledged_seq(till));
    if (__builtin_add_overflow(sum.points, waiting.points, &sum.points))
        sum.points = member->points;
    if (__builtin_add_overflow(sum.pending, waiting.pending, &sum.pending))
        sum.pending = member->points_pending;
    return sum;
}

void till_refresh_points(struct till *till)
{
    struct till_member *customer = &till->customer;
    if (!customer->is_known)
        return;
    struct points_sum sum = till_points_of(till, &customer->member);
    customer->as_of_unix_ms = customer->member.points_as_of_unix_ms;
    customer->points = sum.points;
    customer->points_pending = sum.pending;
}

static void set_member(const struct till *till, uint8_t bytes[MEMBER_SIZE], pb_size_t *size)
{
    if (!till->has_customer || !till->customer.is_known)
        return;
    memcpy(bytes, till->customer.member.id.bytes, MEMBER_SIZE);
    *size = MEMBER_SIZE;
}

static void note_offer(struct till *till, uint32_t offer, kassa_OfferEvent event, kassa_OfferNote *out)
{
    struct book_offer row;
    book_offer_at(till->book, offer, &row);
    *out = (kassa_OfferNote){.offer_version = row.version, .event = event};
    size_t size = row.id.size < OFFER_ID_MAX ? row.id.size : OFFER_ID_MAX;
    memcpy(out->offer, row.id.bytes, size);
}

static void keep_note(struct till *till, const kassa_OfferNote *note)
{
    if (till->note_count < OFFER_NOTES_MAX)
        till->notes[till->note_count++] = *note;
}

static bool was_shown(const uint32_t *offers, uint32_t count, uint32_t offer)
{
    for (uint32_t i = 0; i < count; i++) {
        if (offers[i] == offer)
            return true;
    }
    return false;
}

/* The offers that are open to him, for the screen; that he was shown those which are new waits for
 * a flush. */
static void show_offers(struct till *till)
{
    struct till_member *customer = &till->customer;
    uint32_t before[TILL_OFFERS_SHOWN_MAX];
    uint32_t before_count = customer->offer_count;
    struct pending shown = {0};
    kassa_OfferShown *body = &shown.body.offer_shown;
    memcpy(before, customer->offers, sizeof before);
    customer->offer_count = 0;
    if (till->book == NULL)
        return;
    struct offers_member member = till_offers_member(till);
    struct offers_moment moment = till_moment(till);
    offers_list_open(till->book, &member, &moment, customer->offers, TILL_OFFERS_SHOWN_MAX,
                     &customer->offer_count);
    for (uint32_t i = 0; i < customer->offer_count; i++) {
        if (was_shown(before, before_count, customer->offers[i]))
            continue;
        kassa_OfferNote *note = &body->offers[body->offers_count++];
        note_offer(till, customer->offers[i], kassa_OfferEvent_OFFER_SHOWN_TO, note);
        keep_note(till, note);
    }
    if (body->offers_count == 0)
        return;
    set_member(till, body->member.bytes, &body->member.size);
    memcpy(body->place, "till", sizeof "till");
    till_add_pending(till, kassa_RecordKind_RECORD_OFFER_SHOWN, &shown);
}

void till_greet(struct till *till)
{
    till->stay_until_mono_ms = till_read_clock(till).mono_ms + till->settings.member_ms;
    till_refresh_points(till);
    show_offers(till);
    till_notify(till, TILL_MEMBER, NULL);
}

/* --------------------------------------------------------------------------------------- coming and going */

/* As with gift cards all tills call it alike, by the oldest pepper; and nobody without a pepper can find the card by it. */
static void name_tap(const struct till *till, kassa_CardSeen *out)
{
    const struct reader_freshness *freshness = &till->customer.card.freshness;
    uint8_t token[TOKEN_SIZE];
    char about[2 * READER_ABOUT_SIZE + 1] = {0};
    char text[CARD_TEXT_MAX];
    hex_write(span_of(freshness->about, READER_ABOUT_SIZE), about);
    (void)snprintf(text, sizeof text, "tap:%llx:%s", (unsigned long long)freshness->value, about);
    if (freshness->kind == READER_FRESH_NONE || till_gift_account(till, text, token) != ERR_OK)
        return;
    out->tap.size = sizeof out->tap.bytes;
    memcpy(out->tap.bytes, token, sizeof out->tap.bytes);
}

static void note_card_seen(struct till *till)
{
    const struct till_member *customer = &till->customer;
    struct pending seen = {0};
    kassa_CardSeen *body = &seen.body.card_seen;
    body->card_token.size = TOKEN_SIZE;
    memcpy(body->card_token.bytes, customer->card_token, TOKEN_SIZE);
    if (customer->is_known) {
        body->member.size = MEMBER_SIZE;
        memcpy(body->member.bytes, customer->member.id.bytes, MEMBER_SIZE);
    }
    if (customer->earlier_token[0] != 0) { /* no pepper has the version 0 */
        body->earlier_token.size = TOKEN_SIZE;
        memcpy(body->earlier_token.bytes, customer->earlier_token, TOKEN_SIZE);
    }
    body->read = customer->card.read;
    body->technology = customer->card.technology;
    body->trust = (kassa_CardTrust)customer->card.trust;
    name_tap(till, body);
    till_add_pending(till, kassa_RecordKind_RECORD_CARD_SEEN, &seen);
}

static enum err tokens_of(const struct till *till, const char *text, struct vault_tokens *out)
{
    if (!card_text_is_valid(span_of_text(text)))
        return ERR_SYNTAX;
    return vault_card_tokens(&till->settings.peppers, text, out);
}

/* Is it the card that is here, or another one of the member who is? */
static bool is_his(const struct till *till, const uint8_t token[TOKEN_SIZE])
{
    const struct till_member *customer = &till->customer;
    const kassa_Member *member = &customer->member;
    if (!till->has_customer || (!customer->is_known && !sale_is_asking(till->state)))
        return false;
    bool is_same = memcmp(token, customer->card_token, TOKEN_SIZE) == 0;
    for (pb_size_t i = 0; i < member->card_tokens_count && customer->is_known; i++)
        is_same = is_same || (member->card_tokens[i].size == TOKEN_SIZE &&
                              memcmp(token, member->card_tokens[i].bytes, TOKEN_SIZE) == 0);
    return is_same;
}

bool till_is_here(const struct till *till, const char *text)
{
    struct vault_tokens tokens;
    if (!till->has_customer || tokens_of(till, text, &tokens) != ERR_OK)
        return false;
    return memcmp(tokens.rows[0], till->customer.card_token, TOKEN_SIZE) == 0 || is_his(till, tokens.rows[0]);
}

/* The surest of what a member shows counts: a UID first, then a tag that proves itself. */
static void raise_trust(struct till *till, const struct till_card *card, const uint8_t token[TOKEN_SIZE])
{
    struct till_member *customer = &till->customer;
    if (card->trust <= customer->card.trust)
        return;
    if (memcmp(customer->card_token, token, TOKEN_SIZE) != 0)
        memset(customer->earlier_token, 0, TOKEN_SIZE);
    memcpy(customer->card_token, token, TOKEN_SIZE);
    customer->card = *card;
    customer->card.text = NULL;
    note_card_seen(till);
    till_notify(till, TILL_CARD, NULL);
    if (!customer->is_known)
        return;
    till_greet(till);
    till_price_again(till);
}

bool till_may_redeem(const struct till *till)
{
    return till->customer.card.trust >= till->settings.redeem_from;
}

/* What a caller does not say is believed as its technology is. */
static struct till_card judged(const struct till_card *card)
{
    struct till_card out = *card;
    if (out.trust == CARD_TRUST_NONE)
        out.trust = card_trust_of((enum reader_technology)card->technology);
    return out;
}

void till_see_tokens(struct till *till, const struct till_card *seen, const struct vault_tokens *tokens)
{
    _Static_assert((int)CARD_TRUST_IDENTIFY == kassa_CardTrust_TRUST_IDENTIFY &&
                       (int)CARD_TRUST_PROVEN == kassa_CardTrust_TRUST_PROVEN,
                   "one list of trusts");
    struct till_member *customer = &till->customer;
    const struct till_card judgement = judged(seen), *card = &judgement;
    const uint8_t *token = tokens->rows[0];
    till->stay_until_mono_ms = till_read_clock(till).mono_ms + till->settings.member_ms;
    if (is_his(till, token)) {
        raise_trust(till, card, token);
        return;
    }
    till->is_replaced = till->has_customer && customer->is_known;
    if (till->is_replaced) { /* the points were his, and what is set aside */
        till->wishes.burn_points = 0;
        till_drop_hold(till);
    }
    till->has_customer = true;
    *customer = (struct till_member){.card = *card};
    till->note_count = 0;
    customer->card.text = NULL;
    memcpy(customer->card_token, token, TOKEN_SIZE);
    till_notify(till, TILL_CARD, NULL);
    till_take_step(till, look_up(till, tokens));
    note_card_seen(till);
}

enum err till_see_card(struct till *till, const struct till_card *card)
{
    struct vault_tokens tokens;
    TRY(tokens_of(till, card->text, &tokens));
    till_see_tokens(till, card, &tokens);
    return ERR_OK;
}

/* Is it the card that is here? An answer that comes too late, or again, is taken as far as the
 * table allows. */
void till_hear_member(struct till *till, const uint8_t token[TOKEN_SIZE], const kassa_Member *member)
{
    struct till_member *customer = &till->customer;
    if (!till->has_customer || memcmp(token, customer->card_token, TOKEN_SIZE) != 0)
        return;
    bool is_known = member != NULL && member->id.size == MEMBER_SIZE && !member->erased;
    enum sale_event event = is_known ? SALE_MEMBER_ANSWERED : SALE_MEMBER_ABSENT;
    if (till_check_step(till, event) != ERR_OK)
        return;
    customer->is_known = is_known;
    if (is_known) {
        customer->member = *member;
        till_apply_consents(till, &customer->member);
        till_open_personal(till, customer);
    }
    till_take_step(till, event);
}

/* Who was enrolled here and is in the cache now is known by that alone: if he is erased there, he is gone. */
static void forget_enrolled(struct till *till)
{
    struct member_found found;
    for (size_t i = 0; i < ENROLLED_MAX; i++) {
        const kassa_Member *member = &till->enrolled[i].member;
        if (member->id.size == MEMBER_SIZE &&
            members_find_id(till->settings.members, member->id.bytes, &found) == ERR_OK)
            till->enrolled[i] = (struct enrolled){.member = kassa_Member_init_zero};
    }
}

void till_hear_members(struct till *till)
{
    struct till_member *customer = &till->customer;
    kassa_Member member;
    forget_enrolled(till);
    const uint8_t *token = customer->earlier_token[0] != 0 ? customer->earlier_token : customer->card_token;
    if (!till->has_customer || (find_member(till, customer->card_token, &member) != ERR_OK &&
                                find_member(till, token, &member) != ERR_OK))
        return;
    bool is_news = !customer->is_known || customer->member.version != member.version;
    if (is_news)
        till_hear_member(till, customer->card_token, &member);
}

enum err till_leave_member(struct till *till)
{
    TRY(till_check_step(till, SALE_MEMBER_LEFT));
    till_take_step(till, SALE_MEMBER_LEFT);
    return ERR_OK;
}

void till_forget_customer(struct till *till)
{
    bool was_here = till->has_customer;
    till->has_customer = false;
    vault_wipe(&till->customer, sizeof till->customer);
    till->note_count = 0;
    till->wishes.burn_points = 0; /* they were his points */
    till_drop_hold(till);
    if (was_here)
        till_notify(till, TILL_MEMBER_GONE, NULL);
}

const struct till_member *till_get_member(const struct till *till)
{
    return till->has_customer ? &till->customer : NULL;
}

/* --------------------------------------------------------------------------------------- what he tells us */

/* A small record that is a step of the session: written at once. */
static enum err write_step(struct till *till, enum sale_event event, kassa_RecordKind kind,
                           const struct till_request *request, const uint8_t digest[HASH_SIZE],
                           struct till_outcome *out)
{
    TRY(till_check_step(till, event));
    TRY(till_write(till, kind, request, request->key.size > 0 ? digest : NULL, out));
    till_take_step(till, event);
    return ERR_OK;
}

/* The card to enrol: the one named, or the one that is here. ERR_STATE: none, or it has a member. */
static enum err find_card_to_enrol(struct till *till, const char *card_text, uint8_t out_token[TOKEN_SIZE])
{
    struct vault_tokens tokens = {.count = 1};
    kassa_Member member;
    if (card_text == NULL || card_text[0] == '\0') {
        if (!till->has_customer)
            return ERR_STATE;
        memcpy(tokens.rows[0], till->customer.card_token, TOKEN_SIZE);
    } else {
        TRY(tokens_of(till, card_text, &tokens));
    }
    for (size_t i = 0; i < tokens.count; i++) {
        if (find_member(till, tokens.rows[i], &member) == ERR_OK)
            return ERR_STATE;
    }
    memcpy(out_token, tokens.rows[0], TOKEN_SIZE);
    return ERR_OK;
}

enum err till_enrol(struct till *till, const struct till_request *request, const char *card_text,
                    const struct till_enrolment *enrolment, struct till_outcome *out)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    struct wire_record *record = till_blank_record(till);
    kassa_MemberEnrolled *body = &record->body.member_enrolled;
    *body = enrolment->record;
    TRY(till_check_step(till, SALE_ENROLLED));
    body->card_token.size = TOKEN_SIZE;
    TRY(find_card_to_enrol(till, card_text, body->card_token.bytes));
    body->member.size = MEMBER_SIZE;
    TRY(till->settings.random.fill(till->settings.random.self, body->member.bytes, MEMBER_SIZE));
    TRY(till_seal_personal(till, enrolment, body));
    TRY(till_write(till, kassa_RecordKind_RECORD_MEMBER_ENROLLED, request, digest, out));
    struct till_member *customer = &till->customer;
    if (memcmp(customer->card_token, body->card_token.bytes, TOKEN_SIZE) != 0)
        *customer = (struct till_member){.card = {.technology = kassa_CardTechnology_CARD_BARCODE,
                                                  .trust = CARD_TRUST_IDENTIFY,
                                                  .read = kassa_CardRead_READ_TYPED}};
    memcpy(customer->card_token, body->card_token.bytes, TOKEN_SIZE);
    till->has_customer = true;
    customer->is_known = find_member(till, customer->card_token, &customer->member) == ERR_OK;
    till_open_personal(till, customer);
    till_take_step(till, SALE_ENROLLED);
    return ERR_OK;
}

/* From now on, whatever the cache still says. */
static void take_consent(struct till *till, const kassa_Consent *consent)
{
    struct till_member *customer = &till->customer;
    kassa_Member stored;
    if (find_member(till, customer->card_token, &stored) == ERR_OK) { /* his name, if he gives it back */
        memcpy(stored.consents, customer->member.consents, sizeof stored.consents);
        stored.consents_count = customer->member.consents_count;
        customer->member = stored;
    }
    till_change_consent(&customer->member, consent);
    till_apply_consents(till, &customer->member);
    till_open_personal(till, customer);
}

enum err till_set_consent(struct till *till, const struct till_request *request,
                          const kassa_ConsentChanged *consent, struct till_outcome *out)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    kassa_ConsentChanged *body = &till_blank_record(till)->body.consent_changed;
    *body = *consent;
    set_member(till, body->member.bytes, &body->member.size);
    TRY(till_check_step(till, SALE_CONSENT_SET));
    TRY(till_write(till, kassa_RecordKind_RECORD_CONSENT_CHANGED, request,
                   request->key.size > 0 ? digest : NULL, out));
    take_consent(till, &consent->consent);
    till_take_step(till, SALE_CONSENT_SET);
    return ERR_OK;
}

enum err till_answer_offer(struct till *till, const struct till_request *request,
                           const kassa_OfferAnswered *answer, struct till_outcome *out)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    kassa_OfferAnswered *body = &till_blank_record(till)->body.offer_answered;
    *body = *answer;
    set_member(till, body->member.bytes, &body->member.size);
    uint32_t offer =
        till->book == NULL ? BOOK_NONE : book_find_offer(till->book, span_of_text(answer->offer.offer));
    if (offer == BOOK_NONE)
        return ERR_NOT_FOUND;
    note_offer(till, offer, answer->offer.event, &body->offer);
    body->has_offer = true;
    kassa_OfferNote note = body->offer;
    TRY(write_step(till, SALE_OFFER_ANSWERED, kassa_RecordKind_RECORD_OFFER_ANSWERED, request, digest, out));
    keep_note(till, &note);
    return ERR_OK;
}

enum err till_answer_question(struct till *till, const struct till_request *request,
                              const kassa_AnswerGiven *answer, struct till_outcome *out)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    kassa_AnswerGiven *body = &till_blank_record(till)->body.answer_given;
    *body = *answer;
    set_member(till, body->member.bytes, &body->member.size);
    return write_step(till, SALE_QUESTION_ANSWERED, kassa_RecordKind_RECORD_ANSWER_GIVEN, request, digest,
                      out);
}
