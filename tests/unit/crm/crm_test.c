/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crm/crm.h"
#include "harness/batch_maker.h"
#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "vault/vault.h"

struct office {
    struct folder folder;
    struct seed seed;
    struct store store;
    struct store_txn txn; /* open for writing all along; nothing is committed */
    struct arena arena;
    struct crm_intake intake;
    struct batch_maker maker;
    kassa_Ack ack;
};

static void be_born(struct office *office, const char *till, uint64_t incarnation)
{
    kassa_TillState state = {.online = true, .incarnation = incarnation, .birth = 5, .last_seq = 9};
    memcpy(state.till, till, strlen(till));
    memcpy(state.store, "store-1", 8);
    ok(crm_take_state(&office->txn, &office->intake, &state, &office->ack));
}

static int set_up(void **state)
{
    struct office *office = calloc(1, sizeof(*office));
    assert_non_null(office);
    ok(vault_open());
    office->folder = folder_make();
    office->seed = (struct seed){3};
    char path[128];
    folder_join(&office->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(64) << 20,
                                      .random = seed_as_random(&office->seed)};
    ok(store_open(&settings, &office->store));
    ok(store_begin(office->store, STORE_WRITE, &office->txn));
    void *block = calloc(1, CRM_ARENA_SIZE);
    assert_non_null(block);
    office->arena = arena_of(block, CRM_ARENA_SIZE);
    office->intake = (struct crm_intake){&office->arena, 1000000, 2, NULL, 0};
    batch_maker_init(&office->maker, "till-1", 11);
    be_born(office, "till-1", 11);
    *state = office;
    return 0;
}

static int tear_down(void **state)
{
    struct office *office = *state;
    store_abort(&office->txn);
    store_close(&office->store);
    folder_remove(&office->folder);
    free(office->arena.block);
    free(office);
    return 0;
}

static void take(struct office *office, const struct wire_batch *batch)
{
    ok(crm_take_batch(&office->txn, &office->intake, batch, &office->ack));
}

static crm_Totals totals_of(struct office *office)
{
    crm_Totals totals;
    ok(crm_totals_get(&office->txn, &totals));
    return totals;
}

static crm_Till till_of(struct office *office)
{
    crm_Till row;
    ok(crm_till_get(&office->txn, "till-1", &row));
    return row;
}

static crm_Member person(uint8_t number, unsigned cards)
{
    crm_Member member = crm_Member_init_zero;
    member.has_member = true;
    member.member.id.size = MEMBER_SIZE;
    member.member.id.bytes[0] = number;
    for (unsigned i = 0; i < cards; i++) {
        member.member.card_tokens[i].size = TOKEN_SIZE;
        member.member.card_tokens[i].bytes[0] = (uint8_t)(16 * number + i);
        member.member.card_tokens_count++;
    }
    return member;
}

static void sell(struct office *office, uint64_t number, int64_t total_minor, uint8_t member, int64_t points)
{
    kassa_Line line;
    struct wire_record record = batch_maker_receipt(&office->maker, number, total_minor, &line);
    if (member != 0) {
        kassa_Loyalty *loyalty = &record.body.receipt.head.loyalty;
        record.body.receipt.head.has_loyalty = true;
        loyalty->member.size = MEMBER_SIZE;
        loyalty->member.bytes[0] = member;
        loyalty->points_earned = points;
    }
    batch_maker_add(&office->maker, &record);
}

/* ---- births and batches */

static void crm_take_state__permits_from_the_mark(void **state)
{
    struct office *office = *state;
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_OK);
    assert_int_equal(office->ack.birth, 5);
    assert_int_equal(office->ack.hw, 0);
    assert_int_equal(office->ack.hash.size, HASH_SIZE);
    assert_int_equal(office->ack.credit, 2);
    take(office, batch_maker_taps(&office->maker, 4));
    be_born(office, "till-1", 11);
    assert_int_equal(office->ack.hw, 4);
    assert_memory_equal(office->ack.hash.bytes, office->maker.hash, HASH_SIZE);
    assert_int_equal(totals_of(office).tills, 1);
}

static void crm_take_state__fences_an_incarnation_that_was_followed_by_another(void **state)
{
    struct office *office = *state;
    be_born(office, "till-1", 12);
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_OK);
    be_born(office, "till-1", 11);
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_FENCED);
    take(office, batch_maker_taps(&office->maker, 1));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_FENCED);
    assert_int_equal(till_of(office).fenced_count, 2);
    assert_int_equal(totals_of(office).records, 0);
}

static void crm_take_state__refuses_what_is_malformed(void **state)
{
    struct office *office = *state;
    be_born(office, "Till 1", 11);
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_REFUSED);
    be_born(office, "till-2", 0);
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_REFUSED);
    assert_int_equal(totals_of(office).tills, 1);
}

static void crm_take_batch__refuses_a_till_without_birth(void **state)
{
    struct office *office = *state;
    struct batch_maker stranger;
    batch_maker_init(&stranger, "till-2", 1);
    take(office, batch_maker_taps(&stranger, 1));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_REFUSED);
    batch_maker_init(&stranger, "till-1", 99);
    take(office, batch_maker_taps(&stranger, 1));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_REFUSED);
}

static void crm_take_batch__counts_a_record_once(void **state)
{
    struct office *office = *state;
    const struct wire_batch *batch = batch_maker_taps(&office->maker, 4);
    take(office, batch);
    take(office, batch);
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_OK);
    assert_int_equal(office->ack.through, 4);
    assert_int_equal(totals_of(office).records, 4);
    assert_int_equal(totals_of(office).taps, 4);
    assert_int_equal(till_of(office).record_count, 4);
}

static void crm_take_batch__tells_gap_and_fork(void **state)
{
    struct office *office = *state;
    struct batch_maker other = office->maker;
    take(office, batch_maker_taps(&office->maker, 2));
    batch_maker_begin(&other);
    batch_maker_add_raw(&other, span_of("x", 1));
    take(office, batch_maker_end(&other));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_FORK);
    assert_int_equal(office->ack.expect_seq, 1);
    take(office, batch_maker_end(&other)); /* told again: the same fork */
    assert_int_equal(totals_of(office).forks, 1);
    (void)batch_maker_taps(&office->maker, 1);
    take(office, batch_maker_taps(&office->maker, 1));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_GAP);
    assert_int_equal(office->ack.expect_seq, 3);
}

static void crm_take_batch__keeps_what_it_cannot_read_in_quarantine(void **state)
{
    struct office *office = *state;
    batch_maker_begin(&office->maker);
    sell(office, 1, 100, 0, 0);
    batch_maker_add_raw(&office->maker, span_of("\xff\xff\xff", 3));
    sell(office, 2, 200, 0, 0);
    take(office, batch_maker_end(&office->maker));
    assert_int_equal(office->ack.status, kassa_AckStatus_ACK_OK);
    assert_int_equal(office->ack.hw, 3);
    assert_int_equal(office->ack.quarantined_count, 1);
    assert_int_equal(office->ack.quarantined[0].seq, 2);
    assert_int_equal(totals_of(office).quarantined, 1);
    assert_int_equal(totals_of(office).purchases, 2);
}

static void crm_take_batch__leaves_no_trace_of_a_record_that_overflows(void **state)
{
    struct office *office = *state;
    batch_maker_begin(&office->maker);
    sell(office, 1, INT64_MAX, 1, 10);
    sell(office, 2, 1, 1, 10);
    take(office, batch_maker_end(&office->maker));
    crm_Totals totals = totals_of(office);
    assert_int_equal(totals.quarantined, 1);
    assert_int_equal(totals.purchases, 1);
    assert_int_equal(totals.points, 10);
    assert_true(totals.currencies[0].sales_minor == INT64_MAX);
}

/* ---- money and points */

static void crm_totals__add_up_sales_returns_and_voids(void **state)
{
    struct office *office = *state;
    batch_maker_begin(&office->maker);
    sell(office, 1, 1000, 1, 10);
    sell(office, 2, 500, 0, 0);
    sell(office, 3, -300, 1, -3);
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_VOID}};
    record.body.voided = (kassa_Void){.has_id = true, .total_minor = 500, .exponent = 2};
    record.body.voided.id.number = 4;
    memcpy(record.body.voided.id.till, "till-1", 7);
    memcpy(record.body.voided.currency, "EUR", 4);
    batch_maker_add(&office->maker, &record);
    take(office, batch_maker_end(&office->maker));
    crm_Totals totals = totals_of(office);
    assert_int_equal(totals.currencies_count, 1);
    assert_int_equal(totals.currencies[0].sales_minor, 1500);
    assert_int_equal(totals.currencies[0].returns_minor, -300);
    assert_int_equal(totals.currencies[0].voids_minor, -500);
    assert_int_equal(totals.currencies[0].with_member_minor, 700);
    assert_int_equal(totals.points, 7);
    assert_int_equal(totals.purchases, 2);
    assert_int_equal(totals.returns, 1);
    assert_int_equal(totals.voids, 1);
}

static void crm_totals__leave_training_out(void **state)
{
    struct office *office = *state;
    kassa_Line line;
    struct wire_record record = batch_maker_receipt(&office->maker, 1, 900, &line);
    record.body.receipt.head.training = true;
    batch_maker_begin(&office->maker);
    batch_maker_add(&office->maker, &record);
    take(office, batch_maker_end(&office->maker));
    assert_int_equal(totals_of(office).records, 1);
    assert_int_equal(totals_of(office).purchases, 0);
    assert_int_equal(totals_of(office).currencies_count, 0);
}

static void crm_points__are_the_same_whether_member_or_purchase_came_first(void **state)
{
    struct office *office = *state;
    crm_Member early = person(1, 1), late = person(2, 1), found;
    ok(crm_member_put(&office->txn, &early));
    batch_maker_begin(&office->maker);
    sell(office, 1, 1000, 1, 10);
    sell(office, 2, 1000, 2, 10);
    take(office, batch_maker_end(&office->maker));
    ok(crm_member_put(&office->txn, &late));
    for (uint8_t number = 1; number <= 2; number++) {
        uint8_t id[MEMBER_SIZE] = {number};
        ok(crm_member_get(&office->txn, id, &found));
        assert_int_equal(found.member.points, 10);
    }
}

static void crm_receipt__says_which_record_it_is(void **state)
{
    struct office *office = *state;
    batch_maker_begin(&office->maker);
    sell(office, 77, 1234, 0, 0);
    take(office, batch_maker_end(&office->maker));
    kassa_ReceiptId id = {.store = "store-1", .till = "till-1", .business_day = 20000, .number = 77};
    crm_Receipt receipt;
    ok(crm_receipt_get(&office->txn, &id, &receipt));
    assert_int_equal(receipt.seq, 1);
    assert_int_equal(receipt.total_minor, 1234);
    id.number = 78;
    assert_int_equal(crm_receipt_get(&office->txn, &id, &receipt), ERR_NOT_FOUND);
}

/* ---- members */

static void crm_member__is_found_by_card_until_the_card_moves(void **state)
{
    struct office *office = *state;
    crm_Member member = person(1, 2), found;
    ok(crm_member_put(&office->txn, &member));
    uint8_t token[TOKEN_SIZE] = {16};
    ok(crm_member_find_card(&office->txn, token, &found));
    crm_Member thief = person(2, 0);
    thief.member.card_tokens_count = 1;
    thief.member.card_tokens[0].size = TOKEN_SIZE;
    thief.member.card_tokens[0].bytes[0] = 16;
    assert_int_equal(crm_member_put(&office->txn, &thief), ERR_CONFLICT);
    member.member.card_tokens_count = 0;
    ok(crm_member_put(&office->txn, &member));
    assert_int_equal(crm_member_find_card(&office->txn, token, &found), ERR_NOT_FOUND);
    ok(crm_member_put(&office->txn, &thief));
}

static void crm_member__keeps_nothing_but_the_fact_once_erased(void **state)
{
    struct office *office = *state;
    crm_Member member = person(1, 1), found;
    uint8_t key[MEMBER_KEY_SIZE] = {1};
    member.member.personal_count = 1;
    member.member.personal[0].envelope.size = 44;
    member.said_count = 1;
    member.said[0] = (crm_ConsentSaid){.purpose = "email", .unix_ms = 5};
    (void)snprintf(member.enrolled_by, sizeof(member.enrolled_by), "till-1");
    ok(crm_member_key_put(&office->txn, member.member.id.bytes, key));
    ok(crm_member_put(&office->txn, &member));
    assert_int_equal(totals_of(office).members, 1);
    member.member.erased = true;
    ok(crm_member_put(&office->txn, &member));
    ok(crm_member_get(&office->txn, member.member.id.bytes, &found));
    assert_true(found.member.erased);
    assert_int_equal(found.member.personal_count, 0);
    assert_int_equal(found.said_count, 0);
    assert_string_equal(found.enrolled_by, "");
    struct span row;
    ok(store_get(&office->txn, STORE_MEMBERS, span_of(member.member.id.bytes, MEMBER_SIZE), &row));
    assert_null(memmem(row.bytes, row.size, "email", 5));
    assert_int_equal(crm_member_key_get(&office->txn, member.member.id.bytes, key), ERR_NOT_FOUND);
    assert_int_equal(totals_of(office).members, 0);
    uint8_t token[TOKEN_SIZE] = {16};
    assert_int_equal(crm_member_find_card(&office->txn, token, &found), ERR_NOT_FOUND);
}

struct erasure_rows {
    size_t all, done;
};

static bool count_erasure(void *context, const crm_Erasure *row)
{
    struct erasure_rows *rows = context;
    rows->all++;
    rows->done += row->done_unix_ms != 0 ? 1 : 0;
    return true;
}

static struct erasure_rows erasures_of(struct office *office, const uint8_t *member)
{
    struct erasure_rows rows = {0, 0};
    ok(crm_erasure_scan(&office->txn, member, count_erasure, &rows));
    return rows;
}

static void confirm_erasure(struct office *office, const uint8_t *member)
{
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_MEMBER_ERASED}};
    record.body.member_erased.member.size = MEMBER_SIZE;
    memcpy(record.body.member_erased.member.bytes, member, MEMBER_SIZE);
    batch_maker_begin(&office->maker);
    batch_maker_add(&office->maker, &record);
    take(office, batch_maker_end(&office->maker));
}

static void crm_member_erase__leaves_sales_that_are_nobodys(void **state)
{
    struct office *office = *state;
    uint8_t key[MEMBER_KEY_SIZE] = {1};
    struct ledger_account account;
    crm_Member member = person(1, 2);
    const uint8_t *id = member.member.id.bytes;
    ok(crm_member_put(&office->txn, &member));
    ok(crm_member_key_put(&office->txn, id, key));
    batch_maker_begin(&office->maker);
    sell(office, 1, 500, 1, 5);
    sell(office, 2, 700, 1, 7);
    take(office, batch_maker_end(&office->maker));
    assert_int_equal(totals_of(office).points, 12);
    ok(crm_member_erase(&office->txn, id, 77));
    assert_int_equal(crm_member_erase(&office->txn, id, 78), ERR_EXISTS);
    assert_int_equal(crm_member_key_get(&office->txn, id, key), ERR_NOT_FOUND);
    ok(crm_points_get(&office->txn, id, &account));
    assert_int_equal(account.event_count, 0);
    assert_int_equal(totals_of(office).points, 0);
    assert_int_equal(totals_of(office).members, 0);
    assert_int_equal(totals_of(office).currencies[0].sales_minor, 1200);
    batch_maker_begin(&office->maker); /* and what a till that does not know it yet still sells to him */
    sell(office, 3, 900, 1, 9);
    take(office, batch_maker_end(&office->maker));
    ok(crm_points_get(&office->txn, id, &account));
    assert_int_equal(account.event_count, 0);
    assert_int_equal(totals_of(office).points, 0);
    assert_int_equal(totals_of(office).currencies[0].sales_minor, 2100);
}

static void crm_member_erase__is_done_when_hub_and_till_have_said_so(void **state)
{
    struct office *office = *state;
    uint64_t newest, since;
    crm_Member member = person(1, 1), other = person(2, 2);
    const uint8_t *id = member.member.id.bytes;
    ok(crm_member_put(&office->txn, &member));
    ok(crm_member_erase(&office->txn, id, 77));
    assert_int_equal(erasures_of(office, id).all, 2); /* the hub and its one till */
    assert_int_equal(erasures_of(office, id).done, 0);
    ok(crm_compaction_is_due(&office->txn, &newest));
    assert_int_not_equal(newest, 0);
    /* another is erased while the file is copied: his remains are in the copy */
    ok(crm_member_put(&office->txn, &other));
    ok(crm_member_erase(&office->txn, other.member.id.bytes, 77));
    ok(crm_compaction_done(&office->txn, newest, 88));
    assert_int_equal(erasures_of(office, id).done, 1);
    assert_int_equal(erasures_of(office, other.member.id.bytes).done, 0);
    ok(crm_compaction_is_due(&office->txn, &since));
    assert_true(since > newest);
    ok(crm_compaction_done(&office->txn, since, 89));
    ok(crm_compaction_is_due(&office->txn, &since));
    assert_int_equal(since, 0);
    assert_int_equal(erasures_of(office, other.member.id.bytes).done, 1);
    confirm_erasure(office, id);
    assert_int_equal(erasures_of(office, id).done, 2);
    confirm_erasure(office, (const uint8_t[MEMBER_SIZE]){99}); /* of whom nobody asked it */
    assert_int_equal(erasures_of(office, NULL).all, 4);
}

/* A key comes beside the enrolment; no other till changes it, and none brings one back. */
static void crm_take_batch__takes_a_members_key_once(void **state)
{
    struct office *office = *state;
    uint8_t key[MEMBER_KEY_SIZE];
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_MEMBER_ENROLLED}};
    record.body.member_enrolled.member.size = MEMBER_SIZE;
    record.body.member_enrolled.member.bytes[0] = 9;
    record.body.member_enrolled.personal_count = 1;
    for (uint8_t round = 1; round <= 3; round++) {
        batch_maker_begin(&office->maker);
        batch_maker_add(&office->maker, &record);
        struct wire_batch batch = *batch_maker_end(&office->maker);
        batch.head.keys_count = 2; /* his, and one of nobody */
        for (size_t i = 0; i < 2; i++) {
            batch.head.keys[i].member.size = MEMBER_SIZE;
            batch.head.keys[i].member.bytes[0] = (uint8_t)(9 + i);
            batch.head.keys[i].key.size = MEMBER_KEY_SIZE;
            batch.head.keys[i].key.bytes[0] = round;
        }
        take(office, &batch);
        const uint8_t his[MEMBER_SIZE] = {9}, nobodys[MEMBER_SIZE] = {10};
        assert_int_equal(crm_member_key_get(&office->txn, nobodys, key), ERR_NOT_FOUND);
        enum err error = crm_member_key_get(&office->txn, his, key);
        assert_int_equal(error, round == 3 ? ERR_NOT_FOUND : ERR_OK);
        assert_int_equal(key[0], 1);
        if (round == 2)
            ok(crm_member_erase(&office->txn, his, 77));
    }
}

/* The index gives a card to a member who has other cards: he stays as he is. */
static void crm_card_renew__ends_on_a_damaged_index(void **state)
{
    struct office *office = *state;
    crm_Member found, ada = person(1, CARDS_PER_MEMBER);
    const uint8_t old[TOKEN_SIZE] = {1, 7}, new[TOKEN_SIZE] = {2, 8};
    ok(crm_member_put(&office->txn, &ada));
    ok(store_put(&office->txn, STORE_CARDS, span_of(old, TOKEN_SIZE),
                 span_of(ada.member.id.bytes, MEMBER_SIZE)));
    ok(crm_card_renew(&office->txn, new, old));
    ok(crm_member_get(&office->txn, ada.member.id.bytes, &found));
    assert_memory_equal(found.member.card_tokens, ada.member.card_tokens, sizeof(ada.member.card_tokens));
    assert_int_equal(crm_member_find_card(&office->txn, new, &found), ERR_NOT_FOUND);
}

static void crm_card_renew__adds_the_newer_token_and_takes_nobodys_card(void **state)
{
    struct office *office = *state;
    crm_Member found, ada = person(1, 0), bob = person(2, 0);
    const uint8_t old[TOKEN_SIZE] = {1, 7}, new[TOKEN_SIZE] = {2, 8}, bobs[TOKEN_SIZE] = {2, 9};
    ada.member.card_tokens_count = bob.member.card_tokens_count = 1;
    ada.member.card_tokens[0].size = bob.member.card_tokens[0].size = TOKEN_SIZE;
    memcpy(ada.member.card_tokens[0].bytes, old, TOKEN_SIZE);
    memcpy(bob.member.card_tokens[0].bytes, bobs, TOKEN_SIZE);
    ok(crm_member_put(&office->txn, &ada));
    ok(crm_member_put(&office->txn, &bob));
    ok(crm_card_renew(&office->txn, bobs, old)); /* another's card stays his */
    ok(crm_member_find_card(&office->txn, bobs, &found));
    assert_int_equal(found.member.id.bytes[0], 2);
    ok(crm_card_renew(&office->txn, old, bobs)); /* and an older token replaces no newer one */
    ok(crm_card_renew(&office->txn, new, old));
    ok(crm_card_renew(&office->txn, new, old)); /* told again */
    ok(crm_member_find_card(&office->txn, new, &found));
    assert_int_equal(found.member.id.bytes[0], 1);
    assert_int_equal(found.member.card_tokens_count, 2);
    ok(crm_member_find_card(&office->txn, old, &found)); /* for tills that have only the old pepper */
    assert_int_equal(found.member.id.bytes[0], 1);
}

struct list {
    unsigned count;
    uint8_t numbers[8];
};

static bool list_member(void *context, const crm_Member *member)
{
    struct list *list = context;
    list->numbers[list->count++] = member->member.id.bytes[0];
    return true;
}

static void crm_member_scan_changes__has_each_member_once_the_newest_last(void **state)
{
    struct office *office = *state;
    crm_Member a = person(1, 0), b = person(2, 0), c = person(3, 0);
    ok(crm_member_put(&office->txn, &a));
    ok(crm_member_put(&office->txn, &b));
    ok(crm_member_put(&office->txn, &c));
    uint64_t before, version;
    ok(crm_members_version(&office->txn, &before));
    ok(crm_member_put(&office->txn, &a));
    ok(crm_members_version(&office->txn, &version));
    assert_int_equal(version, before + 1);
    struct list list = {0};
    ok(crm_member_scan_changes(&office->txn, 0, list_member, &list));
    assert_int_equal(list.count, 3);
    assert_int_equal(list.numbers[0], 2);
    assert_int_equal(list.numbers[2], 1);
    list.count = 0;
    ok(crm_member_scan_changes(&office->txn, before, list_member, &list));
    assert_int_equal(list.count, 1);
}

static void crm_member_concerns__only_stores_of_the_member_for_points(void **state)
{
    struct office *office = *state;
    crm_Member member = person(1, 0), found;
    ok(crm_member_put(&office->txn, &member));
    uint64_t before;
    ok(crm_members_version(&office->txn, &before));
    batch_maker_begin(&office->maker);
    sell(office, 1, 1000, 1, 10);
    take(office, batch_maker_end(&office->maker));
    ok(crm_member_get(&office->txn, member.member.id.bytes, &found));
    assert_true(crm_member_concerns(&found, "store-1", before));
    assert_false(crm_member_concerns(&found, "store-2", before));
    assert_true(crm_member_concerns(&found, "store-2", before - 1));
}

static void crm_enrolment__adds_a_member_and_a_card_at_the_till(void **state)
{
    struct office *office = *state;
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_MEMBER_ENROLLED}};
    kassa_MemberEnrolled *body = &record.body.member_enrolled;
    body->member.size = MEMBER_SIZE;
    body->member.bytes[0] = 9;
    body->card_token.size = TOKEN_SIZE;
    body->card_token.bytes[0] = 9;
    body->personal_count = 1;
    body->personal[0].envelope.size = 44;
    batch_maker_begin(&office->maker);
    batch_maker_add(&office->maker, &record);
    record.head.kind = kassa_RecordKind_RECORD_CONSENT_CHANGED;
    record.body.consent_changed = (kassa_ConsentChanged){.has_consent = true, .language = "pl"};
    record.body.consent_changed.member.size = MEMBER_SIZE;
    record.body.consent_changed.member.bytes[0] = 9;
    memcpy(record.body.consent_changed.consent.purpose, "email", 6);
    batch_maker_add(&office->maker, &record);
    take(office, batch_maker_end(&office->maker));
    assert_int_equal(office->ack.quarantined_count, 0);
    uint8_t token[TOKEN_SIZE] = {9};
    crm_Member found;
    ok(crm_member_find_card(&office->txn, token, &found));
    assert_int_equal(found.member.personal_count, 1);
    assert_string_equal(found.member.language, "pl");
    assert_int_equal(found.member.consents_count, 1);
    crm_Totals totals = totals_of(office);
    assert_int_equal(totals.members, 1);
    assert_int_equal(totals.records, 2);
}

static struct wire_record enrolment(uint8_t member, uint8_t card, bool has_consented)
{
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_MEMBER_ENROLLED}};
    kassa_MemberEnrolled *body = &record.body.member_enrolled;
    body->member.size = MEMBER_SIZE;
    body->member.bytes[0] = member;
    body->card_token.size = TOKEN_SIZE;
    body->card_token.bytes[0] = card;
    body->consents_count = 1;
    body->consents[0] = (kassa_Consent){.purpose = "email", .given = has_consented, .version = 1};
    return record;
}

/* What one till other than till-1 sends, in one batch. */
static void take_from(struct office *office, const char *till, const struct wire_record *records,
                      size_t count)
{
    struct batch_maker maker;
    batch_maker_init(&maker, till, 12);
    be_born(office, till, 12);
    batch_maker_begin(&maker);
    for (size_t i = 0; i < count; i++) {
        struct wire_record record = records[i];
        if (record.head.kind == kassa_RecordKind_RECORD_PURCHASE)
            (void)snprintf(record.body.receipt.head.id.till, TILL_ID_MAX + 1, "%s", till);
        batch_maker_add(&maker, &record);
    }
    take(office, batch_maker_end(&maker));
    assert_int_equal(office->ack.quarantined_count, 0);
}

/* Whoever is a till may say that it enrolled somebody; not whom another till enrolled, or head office. */
static void crm_take_batch__takes_no_key_and_no_name_from_another_till(void **state)
{
    struct office *office = *state;
    crm_Member found, desks = person(7, 0);
    const struct wire_record first = enrolment(9, 9, true);
    struct wire_record second = enrolment(9, 66, true);
    uint8_t key[MEMBER_KEY_SIZE];
    ok(crm_member_put(&office->txn, &desks));
    take_from(office, "till-2", &first, 1);
    second.body.member_enrolled.personal_count = 1;
    batch_maker_begin(&office->maker);
    batch_maker_add(&office->maker, &second);
    struct wire_batch batch = *batch_maker_end(&office->maker);
    batch.head.keys_count = 2;
    for (size_t i = 0; i < 2; i++) {
        batch.head.keys[i].member.size = MEMBER_SIZE;
        batch.head.keys[i].member.bytes[0] = (uint8_t)(9 - 2 * i);
        batch.head.keys[i].key.size = MEMBER_KEY_SIZE;
    }
    take(office, &batch);
    assert_int_equal(office->ack.quarantined_count, 1);
    ok(crm_member_get(&office->txn, first.body.member_enrolled.member.bytes, &found));
    assert_int_equal(found.member.personal_count, 0);
    assert_int_equal(found.member.card_tokens_count, 1);
    assert_int_equal(crm_member_key_get(&office->txn, found.member.id.bytes, key), ERR_NOT_FOUND);
    assert_int_equal(crm_member_key_get(&office->txn, desks.member.id.bytes, key), ERR_NOT_FOUND);
}

static void crm_consent__holds_whether_it_or_the_enrolment_came_first(void **state)
{
    struct office *office = *state;
    struct wire_record withdrawal = {.head = {.kind = kassa_RecordKind_RECORD_CONSENT_CHANGED}};
    withdrawal.body.consent_changed = (kassa_ConsentChanged){
        .has_consent = true, .consent = {.purpose = "email", .version = 2}, .language = "lt"};
    withdrawal.body.consent_changed.member.size = MEMBER_SIZE;
    withdrawal.body.consent_changed.member.bytes[0] = 9;
    take_from(office, "till-2", &withdrawal, 1);
    assert_int_equal(totals_of(office).members, 0);

    struct wire_record enrolled = enrolment(9, 9, true);
    take_from(office, "till-3", &enrolled, 1);
    crm_Member found;
    ok(crm_member_find_card(&office->txn, enrolled.body.member_enrolled.card_token.bytes, &found));
    assert_int_equal(found.member.consents_count, 1);
    assert_false(found.member.consents[0].given);
    assert_int_equal(found.member.consents[0].version, 2);
    assert_string_equal(found.member.language, "lt");
    assert_int_equal(totals_of(office).quarantined, 0);
}

static struct wire_record purchase(const struct office *office, uint64_t number, uint8_t member,
                                   int64_t points, kassa_Line *line)
{
    struct wire_record record = batch_maker_receipt(&office->maker, number, 500, line);
    record.body.receipt.head.has_loyalty = true;
    record.body.receipt.head.loyalty.member.size = MEMBER_SIZE;
    record.body.receipt.head.loyalty.member.bytes[0] = member;
    record.body.receipt.head.loyalty.points_earned = points;
    return record;
}

static void crm_enrolment__of_one_card_at_two_tills_is_one_member(void **state)
{
    struct office *office = *state;
    kassa_Line line;
    struct wire_record first[] = {enrolment(1, 7, true), purchase(office, 1, 1, 30, &line)};
    struct wire_record second[] = {enrolment(2, 7, false), purchase(office, 2, 2, 5, &line)};
    take_from(office, "till-2", first, COUNT_OF(first));
    take_from(office, "till-3", second, COUNT_OF(second));

    crm_Member found;
    ok(crm_member_find_card(&office->txn, first[0].body.member_enrolled.card_token.bytes, &found));
    assert_int_equal(found.member.id.bytes[0], 1);
    assert_int_equal(found.member.points, 35);
    assert_false(found.member.consents[0].given); /* not where one of them said no */
    uint64_t newest = found.member.version;
    ok(crm_member_get(&office->txn, second[0].body.member_enrolled.member.bytes, &found));
    assert_true(found.member.erased);
    assert_true(found.member.version < newest); /* a till drops the second, then hears of the first */
    assert_int_equal(totals_of(office).members, 1);
    assert_int_equal(totals_of(office).points, 35);
    assert_int_equal(totals_of(office).quarantined, 0);
}

/* Another till of the shop may have sold to the second before his enrolment arrives. */
static void crm_enrolment__of_a_second_member_brings_his_points_along(void **state)
{
    struct office *office = *state;
    kassa_Line line;
    struct wire_record first = enrolment(1, 7, true);
    struct wire_record sale = purchase(office, 1, 2, 5, &line);
    struct wire_record second = enrolment(2, 7, true);
    take_from(office, "till-2", &first, 1);
    take_from(office, "till-3", &sale, 1);
    take_from(office, "till-4", &second, 1);
    crm_Member found;
    ok(crm_member_find_card(&office->txn, first.body.member_enrolled.card_token.bytes, &found));
    assert_int_equal(found.member.points, 5);
    assert_true(found.member.consents[0].given);
    assert_int_equal(totals_of(office).points, 5);
}

static void crm_take_batch__survives_numbers_that_have_no_opposite(void **state)
{
    struct office *office = *state;
    kassa_Line line;
    batch_maker_begin(&office->maker);
    struct wire_record record = purchase(office, 1, 3, INT64_MIN, &line);
    record.head.kind = kassa_RecordKind_RECORD_RETURN;
    record.head.wall_unix_ms = INT64_MIN;
    batch_maker_add(&office->maker, &record);
    take(office, batch_maker_end(&office->maker));
    assert_int_equal(office->ack.quarantined_count, 1);
    assert_int_equal(totals_of(office).points, 0);
}

/* ---- books */

static void crm_book__only_a_newer_one_comes_into_force(void **state)
{
    struct office *office = *state;
    kassa_BookManifest manifest = {.version = 2, .size = 4}, current;
    struct span bytes;
    assert_int_equal(crm_book_current(&office->txn, &current), ERR_NOT_FOUND);
    ok(crm_book_put(&office->txn, &manifest, span_of_text("book")));
    assert_int_equal(crm_book_put(&office->txn, &manifest, span_of_text("look")), ERR_VERSION);
    assert_int_equal(crm_book_put(&office->txn, &manifest, span_of_text("longer")), ERR_RANGE);
    ok(crm_book_current(&office->txn, &current));
    assert_int_equal(current.version, 2);
    ok(crm_book_get(&office->txn, 2, &bytes));
    assert_true(span_is_equal(bytes, span_of_text("book")));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_take_state__permits_from_the_mark),
        CASE(crm_take_state__fences_an_incarnation_that_was_followed_by_another),
        CASE(crm_take_state__refuses_what_is_malformed),
        CASE(crm_take_batch__refuses_a_till_without_birth),
        CASE(crm_take_batch__counts_a_record_once),
        CASE(crm_take_batch__tells_gap_and_fork),
        CASE(crm_take_batch__keeps_what_it_cannot_read_in_quarantine),
        CASE(crm_take_batch__leaves_no_trace_of_a_record_that_overflows),
        CASE(crm_totals__add_up_sales_returns_and_voids),
        CASE(crm_totals__leave_training_out),
        CASE(crm_points__are_the_same_whether_member_or_purchase_came_first),
        CASE(crm_receipt__says_which_record_it_is),
        CASE(crm_member__is_found_by_card_until_the_card_moves),
        CASE(crm_member__keeps_nothing_but_the_fact_once_erased),
        CASE(crm_member_erase__leaves_sales_that_are_nobodys),
        CASE(crm_member_erase__is_done_when_hub_and_till_have_said_so),
        CASE(crm_take_batch__takes_a_members_key_once),
        CASE(crm_take_batch__takes_no_key_and_no_name_from_another_till),
        CASE(crm_card_renew__ends_on_a_damaged_index),
        CASE(crm_card_renew__adds_the_newer_token_and_takes_nobodys_card),
        CASE(crm_member_scan_changes__has_each_member_once_the_newest_last),
        CASE(crm_member_concerns__only_stores_of_the_member_for_points),
        CASE(crm_enrolment__adds_a_member_and_a_card_at_the_till),
        CASE(crm_consent__holds_whether_it_or_the_enrolment_came_first),
        CASE(crm_enrolment__of_one_card_at_two_tills_is_one_member),
        CASE(crm_enrolment__of_a_second_member_brings_his_points_along),
        CASE(crm_take_batch__survives_numbers_that_have_no_opposite),
        CASE(crm_book__only_a_newer_one_comes_into_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
