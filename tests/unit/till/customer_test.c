/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"
#include "harness/sealed.h"
#include "till/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void token_of(const struct desk *desk, const char *card, uint8_t out[TOKEN_SIZE])
{
    ok(vault_card_token(&desk->settings.peppers.rows[0], card, out));
}

static void till_see_card__greets_a_member_of_the_cache(void **state)
{
    struct desk *desk = *state;
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(desk_state(desk), SALE_IDENTIFIED);
    assert_true(desk_heard(desk, TILL_MEMBER));
    const struct till_member *member = till_get_member(desk->till);
    assert_true(member->is_known);
    assert_int_equal(member->points, 100);
    assert_string_equal(member->first_name, "Alice");
}

static void till_see_card__does_nothing_when_the_card_is_here_already(void **state)
{
    struct desk *desk = *state;
    ok(desk_tap(desk, DESK_ALICE));
    desk_forget_events(desk);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(desk->event_count, 0);
    assert_int_equal(desk_tap(desk, "nonsense"), ERR_SYNTAX);
}

static enum err show(struct desk *desk, kassa_CardTechnology technology, enum card_trust trust)
{
    const struct till_card card = {
        .text = DESK_ALICE, .technology = technology, .trust = trust, .read = kassa_CardRead_READ_NFC};
    return till_see_card(desk->till, &card);
}

static void till_see_card__is_believed_as_its_technology_unless_the_caller_knows_better(void **state)
{
    struct desk *desk = *state;
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(till_get_member(desk->till)->card.trust, CARD_TRUST_STATIC);
    ok(till_leave_member(desk->till));
    ok(show(desk, kassa_CardTechnology_CARD_NDEF, CARD_TRUST_GENUINE));
    assert_int_equal(till_get_member(desk->till)->card.trust, CARD_TRUST_GENUINE);
}

static void till_see_card__keeps_the_surest_proof_of_the_same_card(void **state)
{
    struct desk *desk = *state;
    ok(show(desk, kassa_CardTechnology_CARD_BARCODE, CARD_TRUST_NONE));
    desk_forget_events(desk);
    ok(show(desk, kassa_CardTechnology_CARD_SUN, CARD_TRUST_NONE));
    assert_true(desk_heard(desk, TILL_CARD));
    assert_true(desk_heard(desk, TILL_MEMBER));
    desk_forget_events(desk);
    ok(show(desk, kassa_CardTechnology_CARD_UID, CARD_TRUST_NONE));
    assert_int_equal(desk->event_count, 0);
    const struct till_member *member = till_get_member(desk->till);
    assert_int_equal(member->card.technology, kassa_CardTechnology_CARD_SUN);
    assert_int_equal(member->card.trust, CARD_TRUST_PROVEN);
    assert_null(member->card.text);
}

static void till_commit__records_how_surely_the_member_was_recognised(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    ok(show(desk, kassa_CardTechnology_CARD_SUN, CARD_TRUST_NONE));
    desk_put_basket(desk, "b1", 255, 3);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_int_equal(till_get_member(desk->till)->card.trust, CARD_TRUST_PROVEN);
    ok(desk_commit(desk, "b1", "k1", 765, &out));
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->technology, kassa_CardTechnology_CARD_SUN);
    assert_int_equal(loyalty->trust, kassa_CardTrust_TRUST_PROVEN);
}

static void till_see_card__is_written_down_after_the_event_in_one_commit(void **state)
{
    struct desk *desk = *state;
    uint64_t before = desk_last_seq(desk);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(desk_last_seq(desk), before);
    assert_true(till_has_pending(desk->till));
    ok(till_flush(desk->till));
    assert_false(till_has_pending(desk->till));
    assert_int_equal(desk_kind_at(desk, before + 1), kassa_RecordKind_RECORD_CARD_SEEN);
}

static kassa_CardSeen seen_as(struct desk *desk, uint8_t kind, uint64_t value)
{
    struct till_card card = {.text = DESK_ALICE,
                             .technology = kassa_CardTechnology_CARD_SUN,
                             .read = kassa_CardRead_READ_NFC,
                             .trust = CARD_TRUST_PROVEN,
                             .freshness = {.kind = kind, .value = value, .about = {7}}};
    kassa_CardSeen seen = kassa_CardSeen_init_zero;
    ok(till_see_card(desk->till, &card));
    for (size_t i = 0; i < desk->till->pending_count; i++)
        if (desk->till->pending[i].head.kind == kassa_RecordKind_RECORD_CARD_SEEN)
            seen = desk->till->pending[i].body.card_seen;
    ok(till_leave_member(desk->till));
    return seen;
}

static void till_see_card__names_a_tap_as_no_other_tap_is_named(void **state)
{
    struct desk *desk = *state;
    kassa_CardSeen first = seen_as(desk, READER_FRESH_COUNTER, 5);
    kassa_CardSeen again = seen_as(desk, READER_FRESH_COUNTER, 5); /* as another till has it */
    kassa_CardSeen next = seen_as(desk, READER_FRESH_COUNTER, 6);
    assert_int_equal(first.tap.size, 8);
    assert_int_equal(first.trust, kassa_CardTrust_TRUST_PROVEN);
    assert_memory_equal(first.tap.bytes, again.tap.bytes, 8);
    assert_memory_not_equal(first.tap.bytes, next.tap.bytes, 8);
    assert_int_equal(seen_as(desk, READER_FRESH_NONE, 0).tap.size, 0);
}

static void till_see_card__knows_nobody_when_there_is_no_line(void **state)
{
    struct desk *desk = *state;
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_state(desk), SALE_STRANGER);
    assert_true(desk_heard(desk, TILL_MEMBER_UNKNOWN));
    assert_int_equal(desk->asked_count, 0);
}

static void till_see_card__asks_head_office_and_goes_on_without_after_the_deadline(void **state)
{
    struct desk *desk = *state;
    desk->is_hub_connected = true;
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_state(desk), SALE_ASKING);
    assert_int_equal(desk->asked_count, 1);
    assert_int_equal(till_tick(desk->till), 300);
    desk->mono_ms += 299;
    (void)till_tick(desk->till);
    assert_int_equal(desk_state(desk), SALE_ASKING);
    desk->mono_ms += 1;
    (void)till_tick(desk->till);
    assert_int_equal(desk_state(desk), SALE_STRANGER);
}

static void till_hear_member__greets_even_after_the_deadline_and_in_an_open_basket(void **state)
{
    struct desk *desk = *state;
    kassa_Member bob = kassa_Member_init_zero;
    uint8_t token[TOKEN_SIZE];
    bob.id.size = MEMBER_SIZE;
    bob.points = 7;
    desk->is_hub_connected = true;
    token_of(desk, DESK_STRANGER, token);
    ok(desk_tap(desk, DESK_STRANGER));
    desk_put_basket(desk, "b1", 100, 1);
    assert_int_equal(desk_state(desk), SALE_OPEN_ASKING);
    desk->mono_ms += 400;
    (void)till_tick(desk->till);
    assert_int_equal(desk_state(desk), SALE_OPEN_STRANGER);
    till_hear_member(desk->till, token, &bob);
    assert_int_equal(desk_state(desk), SALE_OPEN_IDENTIFIED);
    assert_int_equal(till_get_member(desk->till)->points, 7);
    token[0] ^= 1;
    till_hear_member(desk->till, token, NULL); /* an answer for somebody who has left */
    assert_int_equal(desk_state(desk), SALE_OPEN_IDENTIFIED);
}

static void till_commit__does_not_wait_for_head_office(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    desk->is_hub_connected = true;
    ok(desk_tap(desk, DESK_STRANGER));
    desk_put_basket(desk, "b1", 100, 1);
    ok(desk_commit(desk, "b1", "k1", 100, &out));
    const kassa_Receipt *head = &desk_receipt(desk, 1)->body.receipt.head;
    assert_false(head->offline);
    assert_true(head->has_loyalty);
    assert_int_equal(head->loyalty.card_token.size, TOKEN_SIZE);
    assert_int_equal(head->loyalty.member.size, 0);
}

static void till_tick__lets_a_member_go_who_buys_nothing(void **state)
{
    struct desk *desk = *state;
    ok(desk_tap(desk, DESK_ALICE));
    desk->mono_ms += 60000;
    (void)till_tick(desk->till);
    assert_int_equal(desk_state(desk), SALE_IDLE);
    assert_true(desk_heard(desk, TILL_MEMBER_GONE));
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 100, 1);
    desk->mono_ms += 600000;
    (void)till_tick(desk->till);
    assert_int_equal(desk_state(desk), SALE_OPEN_IDENTIFIED);
}

/* ----------------------------------------------------------------------------------------- points, offers */

/* One point a euro for members, and ten percent off for those who like coffee. */
static struct shelf *stock_shelf(void)
{
    static const struct span coffee[] = {{(const uint8_t *)"coffee", 6}};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
    struct book_source_offer *off = shelf_offer(shelf, "coffee-10", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    off->audience = BOOK_SEGMENT;
    off->who = coffee;
    off->who_count = 1;
    off->give.percent_bp = 1000;
    shelf_build(shelf);
    return shelf;
}

static const uint8_t book_hash[HASH_SIZE] = {1, 2, 3};

static void till_use_book__is_a_record_once_and_prices_the_open_basket(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(desk_total(desk), 1000);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(till_get_member(desk->till)->offer_count, 2);
    uint64_t last = desk_last_seq(desk);
    assert_int_equal(desk_kind_at(desk, last), kassa_RecordKind_RECORD_BOOK_ACTIVATED);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(desk_last_seq(desk), last);
    ok(till_use_book(desk->till, NULL, book_hash));
    assert_int_equal(desk_total(desk), 1000);
    shelf_delete(shelf);
}

static void till_price__follows_the_member_who_comes_late_and_leaves(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(desk_total(desk), 1000);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(desk_total(desk), 900);
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_total(desk), 1000);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(desk_total(desk), 900);
    ok(till_leave_member(desk->till));
    assert_int_equal(desk_total(desk), 1000);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static int64_t shown_points(struct desk *desk)
{
    ok(desk_tap(desk, DESK_ALICE));
    int64_t points = till_get_member(desk->till)->points;
    ok(till_leave_member(desk->till));
    return points;
}

static void buy_for_alice(struct desk *desk, const char *key)
{
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 1000, 1);
    ok(desk_commit(desk, "b1", key, 1000, &out));
    assert_int_equal(out.points_earned, 9);
}

static void acknowledge_all(struct desk *desk)
{
    uint8_t hash[HASH_SIZE];
    uint64_t last = desk_last_seq(desk);
    ok(journal_hash_at(desk->journal, last, hash));
    ok(journal_acknowledge(desk->journal, last, hash));
}

static void till_points__count_what_head_office_does_not_know_yet(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    buy_for_alice(desk, "k1");
    assert_int_equal(shown_points(desk), 109);
    desk_restart(desk); /* the fold is read from the journal again */
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(shown_points(desk), 109);
    acknowledge_all(desk); /* head office has it, its snapshot is still the old one */
    assert_int_equal(shown_points(desk), 109);
    desk_put_member(desk, DESK_ALICE, 0xA1, 109, 2000);
    assert_int_equal(shown_points(desk), 109);
    buy_for_alice(desk, "k2");
    assert_int_equal(shown_points(desk), 118);
    desk_put_member(desk, DESK_ALICE, 0xA1, 109, 3000); /* news of another till, before ours came there */
    assert_int_equal(shown_points(desk), 118);
    desk_put_member(desk, DESK_ALICE, 0xA1, 118, 4000); /* the snapshot overtakes the acknowledgement */
    acknowledge_all(desk);
    assert_int_equal(shown_points(desk), 118);
    shelf_delete(shelf);
}

static void till_commit__gives_no_points_in_training(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    struct till_outcome out;
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "b1");
    basket->training = true;
    (void)desk_ring_up(basket, "a", 1000, 1);
    ok(till_put_basket(desk->till, &desk->refusal));
    ok(desk_commit(desk, "b1", "k1", 1000, &out));
    assert_int_equal(out.points_earned, 0);
    assert_int_equal(shown_points(desk), 100);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static void till_commit__gives_no_points_on_what_gift_value_pays(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    struct till_outcome out;
    struct till_tenders tenders = {.count = 2, .rest = 1};
    struct till_request request = desk_request("k1", "x");
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH, .amount_minor = 400};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_GIFT};
    shelf->source.programme_rules.excluded_tenders = 1u << kassa_TenderKind_TENDER_GIFT;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 1000, 1);
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    assert_int_equal(out.total_minor, 900);
    assert_int_equal(out.points_earned, 4);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

/* The happy hour ends between the screen and the till's drawer: what was shown is what is paid. */
static void till_commit__keeps_the_shown_price_when_part_is_paid_with_gift_value(void **state)
{
    static const struct book_hours morning = {.from_minute = 0, .until_minute = 12 * 60 + 10};
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct till_outcome out;
    struct till_tenders tenders = {.count = 2, .rest = 2};
    struct till_request request = desk_request("k1", "x");
    struct book_source_offer *off = shelf_offer(shelf, "morning", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    off->hours = &morning;
    off->hour_count = 1;
    off->give.percent_bp = 1000;
    shelf_build(shelf);
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH, .amount_minor = 400};
    tenders.rows[1] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_GIFT, .amount_minor = 500};
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(desk_total(desk), 900);
    desk->wall_unix_ms += 30 * 60 * 1000;
    desk->mono_ms += 30 * 60 * 1000;
    ok(till_commit(desk->till, &request, "b1", &tenders, &out, &desk->refusal));
    assert_int_equal(out.total_minor, 900);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

/* ------------------------------------------------------------------------------------- enrolment, answers */

static void till_enrol__makes_the_stranger_a_member_who_is_known_at_once(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out, again;
    struct till_enrolment enrolled = {.record = kassa_MemberEnrolled_init_zero};
    struct till_request request = desk_request("e1", "x");
    (void)snprintf(enrolled.first_name, sizeof enrolled.first_name, "Bob");
    assert_int_equal(till_enrol(desk->till, &request, "", &enrolled, &out), ERR_STATE);
    ok(desk_tap(desk, DESK_STRANGER));
    ok(till_enrol(desk->till, &request, "", &enrolled, &out));
    assert_true(out.has_member);
    assert_int_equal(desk_state(desk), SALE_IDENTIFIED);
    ok(till_enrol(desk->till, &request, "", &enrolled, &again));
    assert_memory_equal(again.member, out.member, MEMBER_SIZE);
    desk_restart(desk); /* head office has not sent him back yet */
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_state(desk), SALE_IDENTIFIED);
    assert_string_equal(till_get_member(desk->till)->first_name, "Bob");
    request = desk_request("e2", "y");
    assert_int_equal(till_enrol(desk->till, &request, DESK_ALICE, &enrolled, &out), ERR_STATE);
}

static size_t count_in_journal(struct desk *desk, const char *text)
{
    static uint8_t bytes[RECORD_SIZE_MAX];
    size_t count = 0;
    for (uint64_t seq = 1; seq < journal_next_seq(desk->journal); seq++) {
        struct journal_record record;
        ok(journal_read(desk->journal, seq, bytes, sizeof bytes, &record));
        count += memmem(record.bytes.bytes, record.bytes.size, text, strlen(text)) != NULL ? 1 : 0;
    }
    return count;
}

static void till_enrol__writes_no_name_and_loses_it_with_the_key(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_enrolment enrolled = {.record = kassa_MemberEnrolled_init_zero, .birth_month_day = 229};
    struct till_request request = desk_request("e1", "x");
    (void)snprintf(enrolled.first_name, sizeof enrolled.first_name, "Kanarek");
    ok(desk_tap(desk, DESK_STRANGER));
    ok(till_enrol(desk->till, &request, "", &enrolled, &out));
    assert_string_equal(till_get_member(desk->till)->first_name, "Kanarek");
    assert_int_equal(till_get_member(desk->till)->birth_month_day, 229);
    assert_int_equal(count_in_journal(desk, "Kanarek"), 0);
    assert_int_equal(count_in_journal(desk, "0229"), 0);
    till_forget_member(desk->till, out.member);
    const struct till_member *member = till_get_member(desk->till);
    assert_true(member == NULL || member->first_name[0] == '\0');
    const uint8_t ids[1][MEMBER_SIZE] = {{0}};
    ok(till_note_erased(desk->till, ids, 1));
    assert_int_equal(desk_kind_at(desk, journal_next_seq(desk->journal) - 1),
                     kassa_RecordKind_RECORD_MEMBER_ERASED);
}

/* The chain's pepper is changed: the cache still has his card under the old one. */
static void till_see_card__finds_a_card_by_an_older_pepper_and_records_both_tokens(void **state)
{
    struct desk *desk = *state;
    uint8_t bytes[VAULT_PEPPER_SIZE] = {42};
    static uint8_t read[RECORD_SIZE_MAX];
    uint8_t old[TOKEN_SIZE];
    token_of(desk, DESK_ALICE, old);
    ok(vault_pepper_add(&desk->settings.peppers, 2, bytes));
    desk_restart(desk);
    ok(desk_tap(desk, DESK_ALICE));
    const struct till_member *alice = till_get_member(desk->till);
    assert_true(alice->is_known);
    assert_string_equal(alice->first_name, "Alice"); /* her key is wrapped under the old one as well */
    assert_int_equal(alice->card_token[0], 2);
    assert_memory_equal(alice->earlier_token, old, TOKEN_SIZE);
    ok(till_flush(desk->till));
    struct journal_record record;
    struct wire_record seen;
    struct arena none = arena_of(NULL, 0);
    uint64_t last = journal_next_seq(desk->journal) - 1;
    while (desk_kind_at(desk, last) != kassa_RecordKind_RECORD_CARD_SEEN)
        last--;
    ok(journal_read(desk->journal, last, read, sizeof read, &record));
    ok(wire_record_decode(record.bytes, &none, &seen));
    assert_memory_equal(seen.body.card_seen.earlier_token.bytes, old, TOKEN_SIZE);
    assert_memory_equal(seen.body.card_seen.card_token.bytes, alice->card_token, TOKEN_SIZE);
}

static void till_see_card__forgets_an_enrolled_member_whom_head_office_erased(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_enrolment enrolled = {.record = kassa_MemberEnrolled_init_zero};
    struct till_request request = desk_request("e1", "x");
    ok(desk_tap(desk, DESK_STRANGER));
    ok(till_enrol(desk->till, &request, "", &enrolled, &out));
    ok(till_leave_member(desk->till));
    struct member_change change = {.token_count = 0};
    struct members_update update = {members_version(desk->members), members_version(desk->members) + 1,
                                    &change, 1};
    memcpy(change.id, out.member, MEMBER_SIZE);
    ok(members_apply(desk->members, &update));
    till_hear_members(desk->till);
    change.is_erased = true;
    update.from_version = update.to_version++;
    ok(members_apply(desk->members, &update));
    till_hear_members(desk->till);
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_state(desk), SALE_STRANGER);
    struct journal_stats stats; /* and the journal does not bring him back once head office has it */
    ok(journal_get_stats(desk->journal, &stats));
    ok(journal_acknowledge(desk->journal, stats.newest.last_seq, stats.last_hash));
    desk_restart(desk);
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_state(desk), SALE_STRANGER);
}

static void till_set_consent__takes_name_and_segments_away_at_once_and_gives_them_back(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_request request = desk_request("c1", "no");
    kassa_ConsentChanged consent = kassa_ConsentChanged_init_zero;
    (void)snprintf(consent.consent.purpose, sizeof consent.consent.purpose, CONSENT_PERSONAL_OFFERS);
    consent.has_consent = true;
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(till_get_member(desk->till)->member.segments_count, 1);
    desk_forget_events(desk);
    ok(till_set_consent(desk->till, &request, &consent, &out));
    assert_true(desk_heard(desk, TILL_MEMBER));
    assert_string_equal(till_get_member(desk->till)->first_name, "");
    assert_int_equal(till_get_member(desk->till)->member.segments_count, 0);
    consent.consent.given = true;
    request = desk_request("c2", "yes");
    ok(till_set_consent(desk->till, &request, &consent, &out));
    assert_string_equal(till_get_member(desk->till)->first_name, "Alice");
    assert_int_equal(till_get_member(desk->till)->member.segments_count, 1);
    assert_int_equal(till_get_member(desk->till)->member.consents_count, 1);
}

static void withdraw(struct desk *desk, const char *key)
{
    struct till_outcome out;
    struct till_request request = desk_request(key, key);
    kassa_ConsentChanged consent = kassa_ConsentChanged_init_zero;
    (void)snprintf(consent.consent.purpose, sizeof consent.consent.purpose, CONSENT_PERSONAL_OFFERS);
    consent.has_consent = true;
    ok(till_set_consent(desk->till, &request, &consent, &out));
}

static void assert_nothing_personal(struct desk *desk)
{
    const struct till_member *member = till_get_member(desk->till);
    assert_non_null(member);
    assert_string_equal(member->first_name, "");
    assert_int_equal(member->member.segments_count, 0);
    assert_int_equal(member->birth_month_day, 0);
}

static void till_set_consent__holds_when_the_card_comes_again_before_head_office_knows(void **state)
{
    struct desk *desk = *state;
    kassa_Member alice = kassa_Member_init_zero;
    alice.id.size = MEMBER_SIZE;
    memset(alice.id.bytes, 0xA1, MEMBER_SIZE);
    sealed_fill(&desk->settings.peppers, desk->settings.random, "Alice", 1121, &alice);
    alice.version = 5;
    desk_tell_member(desk, DESK_ALICE, &alice);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(till_get_member(desk->till)->birth_month_day, 1121);
    withdraw(desk, "c1");
    assert_nothing_personal(desk);
    ok(till_leave_member(desk->till));
    ok(desk_tap(desk, DESK_ALICE)); /* the cache is still as it was */
    assert_nothing_personal(desk);
    desk_restart(desk);
    ok(desk_tap(desk, DESK_ALICE));
    assert_nothing_personal(desk);
    struct journal_stats stats;
    ok(journal_get_stats(desk->journal, &stats));
    ok(journal_acknowledge(desk->journal, stats.newest.last_seq, stats.last_hash));
    ok(till_leave_member(desk->till));
    ok(desk_tap(desk, DESK_ALICE)); /* head office has it, and has not sent him back yet */
    assert_nothing_personal(desk);
    alice.version = 6; /* and now she gave it again, elsewhere */
    alice.consents_count = 1;
    (void)snprintf(alice.consents[0].purpose, sizeof alice.consents[0].purpose, CONSENT_PERSONAL_OFFERS);
    alice.consents[0].given = true;
    desk_tell_member(desk, DESK_ALICE, &alice);
    ok(till_leave_member(desk->till));
    ok(desk_tap(desk, DESK_ALICE));
    assert_string_equal(till_get_member(desk->till)->first_name, "Alice");
    assert_int_equal(till_get_member(desk->till)->birth_month_day, 1121);
}

/* Words of that many others, which head office has not heard either. */
static void hear_others(struct desk *desk, bool given, unsigned count)
{
    kassa_ConsentChanged changed = {.has_consent = true, .consent.given = given};
    (void)snprintf(changed.consent.purpose, sizeof changed.consent.purpose, CONSENT_PERSONAL_OFFERS);
    changed.member.size = MEMBER_SIZE;
    for (unsigned i = 0; i < count; i++) {
        changed.member.bytes[0] = (uint8_t)i;
        changed.member.bytes[1] = given;
        till_remember_consent(desk->till, &changed, desk_last_seq(desk) + 1000 + i);
    }
}

static void till_set_consent__loses_no_withdrawal_however_many_others_there_are(void **state)
{
    struct desk *desk = *state;
    kassa_Member member = kassa_Member_init_zero;
    member.id.size = MEMBER_SIZE;
    memset(member.id.bytes, 0xA1, MEMBER_SIZE);
    sealed_fill(&desk->settings.peppers, desk->settings.random, "Alice", 1121, &member);
    member.version = 5;
    desk_tell_member(desk, DESK_ALICE, &member);
    ok(desk_tap(desk, DESK_ALICE));
    withdraw(desk, "c1");
    ok(till_leave_member(desk->till));
    hear_others(desk, true, 2 * CONSENTS_KEPT_MAX);
    ok(desk_tap(desk, DESK_ALICE));
    assert_nothing_personal(desk);
    assert_int_equal(desk->till->consents_lost_seq, 0); /* and nobody else is held to have withdrawn */
    ok(till_leave_member(desk->till));
    hear_others(desk, false, 2 * CONSENTS_KEPT_MAX); /* more than are remembered one by one */
    ok(desk_tap(desk, DESK_ALICE));
    assert_nothing_personal(desk);
}

static void till_put_basket__sees_its_card_once_however_often_it_is_put(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 5; i++) {
        struct till_basket *basket = till_stage_basket(desk->till);
        (void)snprintf(basket->id, sizeof basket->id, "b1");
        (void)snprintf(basket->card_text, sizeof basket->card_text, DESK_STRANGER);
        basket->card.read = kassa_CardRead_READ_SCAN;
        (void)desk_ring_up(basket, "tea", 100, i + 1);
        ok(till_put_basket(desk->till, &desk->refusal));
    }
    uint64_t before = desk_last_seq(desk);
    ok(till_flush(desk->till));
    assert_int_equal(desk_last_seq(desk), before + 1);
}

static void till_answers__name_the_member_who_is_here(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    struct till_outcome out;
    struct till_request request = desk_request("a1", "x");
    kassa_OfferAnswered answer = kassa_OfferAnswered_init_zero;
    answer.offer.event = kassa_OfferEvent_OFFER_ACCEPTED;
    (void)snprintf(answer.offer.offer, sizeof answer.offer.offer, "coffee-10");
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(till_answer_offer(desk->till, &request, &answer, &out), ERR_STATE);
    ok(desk_tap(desk, DESK_ALICE));
    ok(till_answer_offer(desk->till, &request, &answer, &out));
    (void)snprintf(answer.offer.offer, sizeof answer.offer.offer, "nothing");
    request = desk_request("a2", "x");
    assert_int_equal(till_answer_offer(desk->till, &request, &answer, &out), ERR_NOT_FOUND);
    desk_put_basket(desk, "b1", 1000, 1);
    ok(desk_commit(desk, "b1", "k1", 900, &out));
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->offers_count, 3); /* two shown, one accepted */
    assert_int_equal(loyalty->offers[2].event, kassa_OfferEvent_OFFER_ACCEPTED);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static void till_hear_members__shows_the_same_offers_but_once(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = stock_shelf();
    struct till_outcome out;
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    ok(desk_tap(desk, DESK_ALICE));
    ok(till_flush(desk->till));
    desk_put_member(desk, DESK_ALICE, 0xA1, 150, 2000);
    desk_forget_events(desk);
    till_hear_members(desk->till);
    assert_true(desk_heard(desk, TILL_MEMBER));
    assert_int_equal(till_get_member(desk->till)->points, 150);
    assert_false(till_has_pending(desk->till));
    desk_forget_events(desk);
    till_hear_members(desk->till); /* no news */
    assert_int_equal(desk->event_count, 0);
    desk_put_basket(desk, "b1", 1000, 1);
    ok(desk_commit(desk, "b1", "k1", 900, &out));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.offers_count, 2);
    ok(till_use_book(desk->till, NULL, book_hash));
    shelf_delete(shelf);
}

static void till_time__goes_by_the_newest_record_when_the_clock_was_set_back(void **state)
{
    struct desk *desk = *state;
    struct till_outcome out;
    struct till_status status;
    desk->wall_unix_ms -= INT64_C(30) * 86400 * 1000;
    desk_restart(desk);
    desk_put_basket(desk, "b1", 100, 1);
    ok(desk_commit(desk, "b1", "k1", 100, &out));
    assert_int_equal(out.receipt.business_day, DESK_DAY);
    till_get_status(desk->till, &status);
    assert_string_equal(status.fault_code, "clock.off");
    till_hear_hub_time(desk->till, desk->wall_unix_ms); /* head office says that it was right */
    desk_put_basket(desk, "b2", 100, 1);
    ok(desk_commit(desk, "b2", "k2", 100, &out));
    assert_int_equal(out.receipt.business_day, DESK_DAY - 30);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_see_card__greets_a_member_of_the_cache),
        ON_DESK(till_see_card__does_nothing_when_the_card_is_here_already),
        ON_DESK(till_see_card__is_written_down_after_the_event_in_one_commit),
        ON_DESK(till_see_card__names_a_tap_as_no_other_tap_is_named),
        ON_DESK(till_see_card__knows_nobody_when_there_is_no_line),
        ON_DESK(till_see_card__asks_head_office_and_goes_on_without_after_the_deadline),
        ON_DESK(till_hear_member__greets_even_after_the_deadline_and_in_an_open_basket),
        ON_DESK(till_commit__does_not_wait_for_head_office),
        ON_DESK(till_tick__lets_a_member_go_who_buys_nothing),
        ON_DESK(till_use_book__is_a_record_once_and_prices_the_open_basket),
        ON_DESK(till_price__follows_the_member_who_comes_late_and_leaves),
        ON_DESK(till_points__count_what_head_office_does_not_know_yet),
        ON_DESK(till_commit__gives_no_points_in_training),
        ON_DESK(till_commit__gives_no_points_on_what_gift_value_pays),
        ON_DESK(till_commit__keeps_the_shown_price_when_part_is_paid_with_gift_value),
        ON_DESK(till_see_card__is_believed_as_its_technology_unless_the_caller_knows_better),
        ON_DESK(till_see_card__keeps_the_surest_proof_of_the_same_card),
        ON_DESK(till_commit__records_how_surely_the_member_was_recognised),
        ON_DESK(till_enrol__makes_the_stranger_a_member_who_is_known_at_once),
        ON_DESK(till_see_card__forgets_an_enrolled_member_whom_head_office_erased),
        ON_DESK(till_enrol__writes_no_name_and_loses_it_with_the_key),
        ON_DESK(till_see_card__finds_a_card_by_an_older_pepper_and_records_both_tokens),
        ON_DESK(till_set_consent__takes_name_and_segments_away_at_once_and_gives_them_back),
        ON_DESK(till_set_consent__holds_when_the_card_comes_again_before_head_office_knows),
        ON_DESK(till_set_consent__loses_no_withdrawal_however_many_others_there_are),
        ON_DESK(till_put_basket__sees_its_card_once_however_often_it_is_put),
        ON_DESK(till_answers__name_the_member_who_is_here),
        ON_DESK(till_hear_members__shows_the_same_offers_but_once),
        ON_DESK(till_time__goes_by_the_newest_record_when_the_clock_was_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
