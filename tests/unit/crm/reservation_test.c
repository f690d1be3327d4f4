/* SPDX-License-Identifier: Apache-2.0 */
/* What is limited is set aside before it is promised: never more than there is, however many ask at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

static kassa_Reserve question(const char *key, uint8_t member)
{
    kassa_Reserve asked = {.business_day = SHOP_DAY};
    (void)snprintf(asked.key, sizeof(asked.key), "%s", key);
    if (member != 0) {
        asked.member.size = MEMBER_SIZE;
        asked.member.bytes[0] = member;
    }
    return asked;
}

static kassa_Reserve points_question(const char *key, int64_t points)
{
    kassa_Reserve asked = question(key, 1);
    asked.points = points;
    return asked;
}

static kassa_Reserve limit_question(const char *key, int64_t amount, int64_t most)
{
    kassa_Reserve asked = question(key, 0);
    asked.uses_count = 1;
    asked.uses[0] = (kassa_OfferUse){.offer = "first-100",
                                     .offer_version = 1,
                                     .per = kassa_LimitPer_LIMIT_PER_CHAIN,
                                     .amount = amount,
                                     .most = most};
    return asked;
}

static kassa_Reservation ask_as(struct shop *shop, const char *till, const kassa_Reserve *asked,
                                int64_t now_unix_ms)
{
    struct crm_asker asker = {till, "store-1", now_unix_ms};
    kassa_Reservation answer = kassa_Reservation_init_zero;
    ok(crm_reserve(&shop->txn, &asker, asked, &answer));
    assert_string_equal(answer.key, asked->key);
    return answer;
}

static kassa_Reservation ask(struct shop *shop, const kassa_Reserve *asked)
{
    return ask_as(shop, "till-1", asked, shop->intake.hub_unix_ms);
}

static kassa_Reservation release(struct shop *shop, const char *key)
{
    struct crm_asker asker = {"till-1", "store-1", shop->intake.hub_unix_ms};
    kassa_Reservation answer;
    ok(crm_release(&shop->txn, &asker, key, &answer));
    return answer;
}

static void give_points(struct shop *shop, int64_t points)
{
    shop_enrol(shop, 1);
    struct shop_receipt *receipt = shop_receipt(shop, 0, 1, SHOP_DAY, 1);
    shop_loyalty(receipt)->points_earned = points;
    shop_take(shop, 0, &receipt->record);
}

/* The purchase that a reservation was for. */
static void commit(struct shop *shop, unsigned till, uint64_t number, const kassa_Reserve *asked)
{
    struct shop_receipt *receipt =
        shop_receipt(shop, till, number, SHOP_DAY, asked->member.size > 0 ? asked->member.bytes[0] : 0);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    memcpy(loyalty->reservation, asked->key, sizeof(loyalty->reservation));
    loyalty->points_burned = asked->points;
    loyalty->uses_count = asked->uses_count;
    loyalty->coupons_count = asked->coupons_count;
    for (size_t i = 0; i < asked->uses_count; i++)
        loyalty->uses[i] = asked->uses[i];
    for (size_t i = 0; i < asked->coupons_count; i++) {
        loyalty->coupons[i] = asked->coupons[i];
        loyalty->coupons[i].event = kassa_CouponEvent_COUPON_REDEEMED;
    }
    shop_take(shop, till, &receipt->record);
    assert_int_equal(shop->ack.quarantined_count, 0);
}

static void crm_reserve__lets_one_of_two_have_the_points(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve first = points_question("a", 60), second = points_question("b", 60);
    assert_int_equal(ask(shop, &first).status, kassa_ReserveStatus_RESERVE_GRANTED);
    kassa_Reservation answer = ask_as(shop, "till-2", &second, shop->intake.hub_unix_ms);
    assert_int_equal(answer.status, kassa_ReserveStatus_RESERVE_REFUSED);
    assert_int_equal(answer.reason, kassa_ReserveReason_RESERVE_POINTS_SHORT);
    assert_int_equal(answer.available, 40);
    commit(shop, 0, 2, &first);
    assert_int_equal(shop_member(shop, 1).points, 40);
    kassa_Reserve third = points_question("c", 40);
    assert_int_equal(ask(shop, &third).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(shop_totals(shop).reserved, 2);
    assert_int_equal(shop_totals(shop).committed, 1);
}

static void crm_reserve__answers_the_same_question_the_same_and_sets_aside_once(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), rest = points_question("b", 40);
    kassa_Reservation first = ask(shop, &asked);
    for (unsigned i = 0; i < 5; i++) {
        kassa_Reservation again = ask(shop, &asked);
        assert_memory_equal(&again, &first, sizeof(first));
    }
    assert_int_equal(ask(shop, &rest).status,
                     kassa_ReserveStatus_RESERVE_GRANTED); /* only 60 were set aside */
    kassa_Reserve refused = points_question("c", 1);
    assert_int_equal(ask(shop, &refused).status, kassa_ReserveStatus_RESERVE_REFUSED);
    (void)release(shop, "b");
    assert_int_equal(ask(shop, &refused).status,
                     kassa_ReserveStatus_RESERVE_REFUSED); /* a refusal holds too */
}

static void crm_reserve__flags_one_key_with_two_contents(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), other = points_question("a", 61);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask(shop, &other).status, kassa_ReserveStatus_RESERVE_CONFLICT);
    assert_int_equal(shop_totals(shop).conflicts, 1);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_reserve__sets_all_aside_or_nothing(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60);
    asked.uses_count = 1;
    asked.uses[0] = limit_question("", 2, 1).uses[0];
    kassa_Reservation answer = ask(shop, &asked);
    assert_int_equal(answer.reason, kassa_ReserveReason_RESERVE_LIMIT_REACHED);
    assert_int_equal(answer.available, 1);
    kassa_Reserve all = points_question("b", 100);
    assert_int_equal(ask(shop, &all).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_reserve__counts_two_rows_of_one_limit_together(void **state)
{
    struct shop *shop = *state;
    kassa_Reserve asked = limit_question("a", 3, 5);
    asked.uses_count = 2;
    asked.uses[1] = asked.uses[0];
    kassa_Reservation answer = ask(shop, &asked);
    assert_int_equal(answer.status, kassa_ReserveStatus_RESERVE_REFUSED);
    assert_int_equal(answer.row, 1);
    kassa_Reserve all = limit_question("b", 5, 5);
    assert_int_equal(ask(shop, &all).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_reserve__lapses_and_then_needs_a_new_key(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    int64_t now = shop->intake.hub_unix_ms;
    kassa_Reserve asked = points_question("a", 100), other = points_question("b", 100);
    asked.hold_ms = 1000;
    kassa_Reservation answer = ask_as(shop, "till-1", &asked, now);
    assert_true(answer.expires_unix_ms == now + 1000);
    kassa_Reserve early = points_question("c", 100);
    assert_int_equal(ask_as(shop, "till-2", &early, now + 999).status, kassa_ReserveStatus_RESERVE_REFUSED);
    assert_int_equal(ask_as(shop, "till-2", &other, now + 1000).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask_as(shop, "till-1", &asked, now + 1000).status, kassa_ReserveStatus_RESERVE_RELEASED);
    commit(shop, 0, 2, &asked); /* it was promised all the same: a debt, never a lost sale */
    commit(shop, 1, 1, &other);
    assert_int_equal(shop_member(shop, 1).points, -100);
    assert_int_equal(shop_totals(shop).points_owed, 100);
}

static void crm_release__frees_what_was_set_aside_and_stays_released(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 100), other = points_question("b", 100);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(release(shop, "a").status, kassa_ReserveStatus_RESERVE_RELEASED);
    assert_int_equal(release(shop, "a").status, kassa_ReserveStatus_RESERVE_RELEASED);
    assert_int_equal(ask(shop, &other).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_RELEASED);
    /* a release that overtakes its reserve holds against it */
    kassa_Reserve late = points_question("late", 0);
    assert_int_equal(release(shop, "late").status, kassa_ReserveStatus_RESERVE_RELEASED);
    assert_int_equal(ask(shop, &late).status, kassa_ReserveStatus_RESERVE_RELEASED);
}

static void crm_release__of_another_tills_key_changes_nothing(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 100), other = points_question("b", 1);
    assert_int_equal(ask_as(shop, "till-2", &asked, shop->intake.hub_unix_ms).status,
                     kassa_ReserveStatus_RESERVE_GRANTED);
    (void)release(shop, "a");
    assert_int_equal(ask(shop, &other).status, kassa_ReserveStatus_RESERVE_REFUSED);
    assert_int_equal(ask_as(shop, "till-2", &asked, shop->intake.hub_unix_ms).status,
                     kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_reserve__of_another_tills_key_is_a_question_of_its_own(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    kassa_Reservation answer = ask_as(shop, "till-2", &asked, shop->intake.hub_unix_ms);
    assert_int_equal(answer.reason, kassa_ReserveReason_RESERVE_POINTS_SHORT); /* not the first one's grant */
    assert_int_equal(answer.available, 40);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_commit__of_another_tills_key_leaves_what_is_set_aside_and_is_flagged(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), stolen = points_question("a", 0);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    commit(shop, 1, 1, &stolen);
    assert_int_equal(shop_totals(shop).conflicts, 1);
    kassa_Reserve other = points_question("b", 60);
    assert_int_equal(ask(shop, &other).reason, kassa_ReserveReason_RESERVE_POINTS_SHORT);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    commit(shop, 0, 2, &asked);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_COMMITTED);
    assert_int_equal(shop_member(shop, 1).points, 40);
}

static void crm_commit__of_a_key_beforehand_takes_it_from_nobody(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), stolen = points_question("a", 0);
    commit(shop, 1, 1, &stolen);
    struct crm_asker thief = {"till-3", "store-1", shop->intake.hub_unix_ms};
    kassa_Reservation answer;
    ok(crm_release(&shop->txn, &thief, "a", &answer));
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void crm_reserve__after_its_commit_is_committed(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), never_heard = points_question("b", 10);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    commit(shop, 0, 2, &asked);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_COMMITTED);
    assert_int_equal(release(shop, "a").status, kassa_ReserveStatus_RESERVE_COMMITTED);
    commit(shop, 0, 3, &never_heard); /* its reserve comes after the record */
    assert_int_equal(ask(shop, &never_heard).status, kassa_ReserveStatus_RESERVE_COMMITTED);
    assert_int_equal(shop_member(shop, 1).points, 30);
}

static void give_coupon(struct shop *shop, uint8_t member)
{
    struct shop_receipt *issue = shop_receipt(shop, 3, 1, SHOP_DAY, member);
    shop_loyalty(issue)->coupons_count = 1;
    shop_loyalty(issue)->coupons[0] = (kassa_CouponRow){.series = "s",
                                                        .serial = "1",
                                                        .event = kassa_CouponEvent_COUPON_ISSUED,
                                                        .valid_from_day = SHOP_DAY,
                                                        .valid_until_day = SHOP_DAY + 5};
    shop_take(shop, 3, &issue->record);
}

static kassa_Reserve coupon_question(const char *key, uint8_t member, int32_t day)
{
    kassa_Reserve asked = question(key, member);
    asked.business_day = day;
    asked.coupons_count = 1;
    asked.coupons[0] = (kassa_CouponRow){.series = "s", .serial = "1"};
    return asked;
}

static void crm_reserve__gives_a_coupon_to_its_member_once_and_in_its_days(void **state)
{
    struct shop *shop = *state;
    shop_enrol(shop, 1);
    kassa_Reserve unknown = coupon_question("u", 1, SHOP_DAY);
    assert_int_equal(ask(shop, &unknown).reason, kassa_ReserveReason_RESERVE_COUPON_UNKNOWN);
    give_coupon(shop, 1);
    kassa_Reserve others = coupon_question("o", 2, SHOP_DAY), late = coupon_question("l", 1, SHOP_DAY + 6);
    assert_int_equal(ask(shop, &others).reason, kassa_ReserveReason_RESERVE_COUPON_OTHERS);
    assert_int_equal(ask_as(shop, "till-1", &late, INT64_C(86400000) * (SHOP_DAY + 6)).reason,
                     kassa_ReserveReason_RESERVE_COUPON_EXPIRED);
    kassa_Reserve first = coupon_question("1", 1, SHOP_DAY), second = coupon_question("2", 1, SHOP_DAY);
    assert_int_equal(ask(shop, &first).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask(shop, &second).reason, kassa_ReserveReason_RESERVE_COUPON_USED);
    commit(shop, 0, 1, &first);
    kassa_Reserve third = coupon_question("3", 1, SHOP_DAY);
    assert_int_equal(ask(shop, &third).reason, kassa_ReserveReason_RESERVE_COUPON_USED);
}

static enum err give(struct shop *shop, uint8_t member, const char *serial, int32_t until_day, bool *is_new)
{
    uint8_t id[MEMBER_SIZE] = {member};
    struct crm_coupon_terms terms = {.series = "s",
                                     .serial = serial,
                                     .valid_from_day = SHOP_DAY,
                                     .valid_until_day = until_day,
                                     .unix_ms = shop->intake.hub_unix_ms};
    return crm_coupon_give(&shop->txn, id, &terms, is_new);
}

static void crm_coupon_give__is_seen_by_tills_and_used_once_by_its_member(void **state)
{
    struct shop *shop = *state;
    bool is_new = false;
    shop_enrol(shop, 1);
    shop_enrol(shop, 2);
    uint64_t before = shop_member(shop, 1).version;
    ok(give(shop, 1, "1", SHOP_DAY + 5, &is_new));
    assert_true(is_new);
    kassa_Member member = shop_member(shop, 1);
    assert_true(member.version > before); /* so that it is pushed */
    assert_int_equal(member.coupons_count, 1);
    assert_string_equal(member.coupons[0].series, "s");
    assert_string_equal(member.coupons[0].serial, "1");
    assert_int_equal(member.coupons[0].valid_until_day, SHOP_DAY + 5);
    ok(give(shop, 1, "1", SHOP_DAY + 5, &is_new));
    assert_false(is_new);
    assert_int_equal(give(shop, 2, "1", 0, &is_new), ERR_EXISTS);
    assert_int_equal(give(shop, 9, "2", 0, &is_new), ERR_NOT_FOUND);
    assert_int_equal(give(shop, 1, "", 0, &is_new), ERR_ARGUMENT);
    assert_int_equal(give(shop, 1, "3", SHOP_DAY - 1, &is_new), ERR_ARGUMENT);
    kassa_Reserve others = coupon_question("o", 2, SHOP_DAY), own = coupon_question("1", 1, SHOP_DAY);
    assert_int_equal(ask(shop, &others).reason, kassa_ReserveReason_RESERVE_COUPON_OTHERS);
    assert_int_equal(ask(shop, &own).status, kassa_ReserveStatus_RESERVE_GRANTED);
    commit(shop, 0, 1, &own);
    assert_int_equal(shop_member(shop, 1).coupons_count, 0);
    ok(give(shop, 1, "1", SHOP_DAY + 5, &is_new)); /* he has had it */
    assert_false(is_new);
    assert_int_equal(shop_member(shop, 1).coupons_count, 0);
}

static void crm_reserve__takes_a_signed_coupon_that_nobody_has_heard_of_once(void **state)
{
    struct shop *shop = *state;
    kassa_Reserve first = coupon_question("1", 0, SHOP_DAY), second = coupon_question("2", 0, SHOP_DAY);
    first.coupons[0].verified = second.coupons[0].verified = true;
    assert_int_equal(ask(shop, &first).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(ask(shop, &second).reason, kassa_ReserveReason_RESERVE_COUPON_USED);
    commit(shop, 0, 1, &first);
    kassa_Reserve third = coupon_question("3", 0, SHOP_DAY);
    third.coupons[0].verified = true;
    assert_int_equal(ask(shop, &third).reason, kassa_ReserveReason_RESERVE_COUPON_USED);
}

static void load_gift(struct shop *shop, uint64_t number, uint8_t account, int64_t minor)
{
    struct shop_receipt *receipt = shop_receipt(shop, 0, number, SHOP_DAY, 0);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    loyalty->gifts_count = 1;
    loyalty->gifts[0].amount_minor = minor;
    loyalty->gifts[0].account.size = MEMBER_SIZE;
    memset(loyalty->gifts[0].account.bytes, account, MEMBER_SIZE);
    shop_take(shop, 0, &receipt->record);
}

static kassa_GiftFound gift_at(struct shop *shop, uint8_t account, int64_t now_unix_ms)
{
    uint8_t bytes[TOKEN_SIZE];
    kassa_GiftFound found;
    memset(bytes, account, sizeof(bytes));
    ok(crm_gift_find(&shop->txn, bytes, now_unix_ms, &found));
    assert_memory_equal(found.account.bytes, bytes, TOKEN_SIZE);
    return found;
}

static void crm_gift_find__tells_what_is_left_and_not_set_aside(void **state)
{
    struct shop *shop = *state;
    assert_false(gift_at(shop, 7, shop->intake.hub_unix_ms).found);
    load_gift(shop, 1, 7, 2000);
    int64_t now = shop->intake.hub_unix_ms; /* each record moves it */
    kassa_GiftFound found = gift_at(shop, 7, now);
    assert_true(found.found && !found.refused);
    assert_int_equal(found.available_minor, 2000);
    assert_string_equal(found.currency, "EUR");
    kassa_Reserve asked = question("a", 0);
    asked.gifts_count = 1;
    asked.gifts[0].amount_minor = -1500;
    asked.gifts[0].account.size = MEMBER_SIZE;
    memset(asked.gifts[0].account.bytes, 7, MEMBER_SIZE);
    asked.hold_ms = 1000;
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(gift_at(shop, 7, now).available_minor, 500);
    assert_int_equal(gift_at(shop, 7, now + 1000).available_minor, 2000); /* it has lapsed */
    load_gift(shop, 2, 7, -2500);                                         /* without a line, once */
    assert_int_equal(gift_at(shop, 7, now).available_minor, 0);
    load_gift(shop, 3, 8, -10); /* of a card that nobody has loaded */
    assert_false(gift_at(shop, 8, now).found);
}

static kassa_Reserve gift_question(const char *key, uint8_t account, uint8_t newer, int64_t minor)
{
    kassa_Reserve asked = question(key, 0);
    asked.gifts_count = 1;
    asked.gifts[0].amount_minor = -minor;
    asked.gifts[0].account.size = TOKEN_SIZE;
    memset(asked.gifts[0].account.bytes, account, TOKEN_SIZE);
    asked.gifts[0].newer.size = newer != 0 ? TOKEN_SIZE : 0;
    memset(asked.gifts[0].newer.bytes, newer, TOKEN_SIZE);
    return asked;
}

/* Card 7 gets the token 8 under the next pepper, and 9 under the one after: what is on it is had by each, and once. */
static void crm_gift__is_one_account_under_all_peppers(void **state)
{
    struct shop *shop = *state;
    load_gift(shop, 1, 7, 2000);
    int64_t now = shop->intake.hub_unix_ms;
    kassa_Reserve nobodys = gift_question("n", 3, 4, 1);
    assert_int_equal(ask(shop, &nobodys).reason, kassa_ReserveReason_RESERVE_GIFT_SHORT);
    assert_false(gift_at(shop, 4, now).found); /* guesses leave nothing */
    kassa_Reserve old = gift_question("a", 7, 8, 1500);
    assert_int_equal(ask(shop, &old).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(gift_at(shop, 8, now).available_minor, 500);
    kassa_Reserve new = gift_question("b", 8, 9, 501);
    assert_int_equal(ask(shop, &new).reason, kassa_ReserveReason_RESERVE_GIFT_SHORT);
    new = gift_question("c", 9, 0, 500);
    assert_int_equal(ask(shop, &new).status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_int_equal(gift_at(shop, 7, now).available_minor, 0);
    release(shop, "c");
    release(shop, "a");
    assert_int_equal(gift_at(shop, 9, now).available_minor, 2000);
    load_gift(shop, 2, 9, -2500); /* its debt is the account's */
    crm_Gift gift;
    uint8_t account[TOKEN_SIZE];
    memset(account, 8, sizeof(account));
    ok(crm_gift_get(&shop->txn, account, &gift));
    assert_int_equal(gift.account.bytes[0], 7);
    assert_int_equal(gift.newest_version, 9);
    assert_int_equal(gift.spent_minor, 2500);
}

/* A till that knew the newer pepper alone loaded the card, too; something of that is set aside when it comes out. */
static void crm_gift__loaded_under_two_peppers_comes_together(void **state)
{
    struct shop *shop = *state;
    load_gift(shop, 1, 7, 2000);
    load_gift(shop, 2, 8, 300);
    int64_t now = shop->intake.hub_unix_ms;
    kassa_Reserve first = gift_question("a", 8, 0, 100);
    assert_int_equal(ask(shop, &first).status, kassa_ReserveStatus_RESERVE_GRANTED);
    kassa_Reserve second = gift_question("b", 7, 8, 2100);
    assert_int_equal(ask(shop, &second).status, kassa_ReserveStatus_RESERVE_GRANTED);
    release(shop, "b");
    release(shop, "a");
    assert_int_equal(gift_at(shop, 7, now).available_minor, 2300);
    assert_int_equal(gift_at(shop, 8, now).available_minor, 2300);
}

static void crm_reserve__refuses_what_is_malformed(void **state)
{
    struct shop *shop = *state;
    kassa_Reserve asked = points_question("", 1);
    assert_int_equal(ask(shop, &asked).reason, kassa_ReserveReason_RESERVE_MALFORMED);
    asked = points_question("a", -1);
    assert_int_equal(ask(shop, &asked).reason, kassa_ReserveReason_RESERVE_MALFORMED);
    asked = points_question("b", 1); /* nobody of that id */
    assert_int_equal(ask(shop, &asked).reason, kassa_ReserveReason_RESERVE_MEMBER_UNKNOWN);
    asked = limit_question("c", -5, 5);
    assert_int_equal(ask(shop, &asked).reason, kassa_ReserveReason_RESERVE_MALFORMED);
}

static void crm_reserve__forgets_what_ended_long_ago(void **state)
{
    struct shop *shop = *state;
    give_points(shop, 100);
    kassa_Reserve asked = points_question("a", 60), other = points_question("a", 5);
    assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
    bool is_done = false;
    int64_t later = shop->intake.hub_unix_ms + INT64_C(86400000) * 9;
    while (!is_done)
        ok(crm_refresh(&shop->txn, later, 10, &is_done));
    assert_int_equal(ask_as(shop, "till-1", &other, later).status, kassa_ReserveStatus_RESERVE_GRANTED);
}

/* ---- many at once */

#define LIMIT 25

struct customer {
    kassa_Reserve asked;
    bool is_granted;
    bool is_done;
};

/* Sixty customers at four tills for twenty-five pieces: they ask, ask again, give up, pay and lapse in any
 * order. What is used and what is set aside is never more than there is, and in the end all are taken. */
static void crm_reserve__of_a_limit_by_many_in_any_order_gives_exactly_that_many(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 10; round++) {
        void *made = NULL;
        assert_int_equal(shop_set_up(&made), 0);
        struct shop *shop = made;
        static struct customer customers[60];
        uint64_t numbers[SHOP_TILLS] = {0};
        memset(customers, 0, sizeof(customers));
        int64_t used = 0, granted = 0;
        for (unsigned turn = 0; turn < 400; turn++) {
            unsigned i = (unsigned)seed_below(&seed, COUNT_OF(customers)), till = i % SHOP_TILLS;
            struct customer *customer = &customers[i];
            char key[16];
            (void)snprintf(key, sizeof(key), "c%u", i);
            customer->asked = limit_question(key, 1, LIMIT);
            struct crm_asker asker = {shop->tills[till].id, "store-1", shop->intake.hub_unix_ms};
            kassa_Reservation answer;
            if (!customer->is_granted || seed_below(&seed, 4) == 0) {
                ok(crm_reserve(&shop->txn, &asker, &customer->asked, &answer));
                bool is_new = answer.status == kassa_ReserveStatus_RESERVE_GRANTED && !customer->is_granted;
                granted += is_new ? 1 : 0;
                customer->is_granted = customer->is_granted || is_new;
            } else if (!customer->is_done && seed_below(&seed, 3) == 0) {
                ok(crm_release(&shop->txn, &asker, key, &answer));
                customer->is_done = true;
                granted--;
            } else if (!customer->is_done) {
                commit(shop, till, ++numbers[till], &customer->asked);
                customer->is_done = true;
                used++;
            }
            assert_true(granted <= LIMIT);
            assert_true(used <= LIMIT);
        }
        for (unsigned i = 0; granted < LIMIT; i++) { /* new customers take the rest */
            char key[16];
            (void)snprintf(key, sizeof(key), "late%u", i);
            kassa_Reserve asked = limit_question(key, 1, LIMIT);
            assert_int_equal(ask(shop, &asked).status, kassa_ReserveStatus_RESERVE_GRANTED);
            granted++;
        }
        kassa_Reserve last = limit_question("last", 1, LIMIT);
        assert_int_equal(ask(shop, &last).status, kassa_ReserveStatus_RESERVE_REFUSED);
        assert_int_equal(shop_tear_down(&made), 0);
    }
}

#define PROCESSES 4
#define TRIES     40

/* One of several processes that have the store open: tries to get `amount` again and again; tells how many it
 * got. */
static int compete(struct shop *shop, unsigned process, bool is_points)
{
    char path[128];
    struct store store;
    struct seed seed = {process + 1};
    folder_join(&shop->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(128) << 20,
                                      .must_exist = true,
                                      .random = seed_as_random(&seed)};
    if (store_open(&settings, &store) != ERR_OK)
        return 255;
    int granted = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "p%u-%u", process, i);
        kassa_Reserve asked = is_points ? points_question(key, 7) : limit_question(key, 1, LIMIT);
        struct crm_asker asker = {"till-1", "store-1", shop->intake.hub_unix_ms};
        kassa_Reservation answer;
        struct store_txn txn;
        if (store_begin(store, STORE_WRITE, &txn) != ERR_OK ||
            crm_reserve(&txn, &asker, &asked, &answer) != ERR_OK || store_commit(&txn) != ERR_OK)
            return 254;
        granted += answer.status == kassa_ReserveStatus_RESERVE_GRANTED ? 1 : 0;
    }
    store_close(&store);
    return granted;
}

static int run_race(bool is_points)
{
    void *made = NULL;
    assert_int_equal(shop_set_up(&made), 0);
    struct shop *shop = made;
    give_points(shop, 100);
    ok(store_commit(&shop->txn));
    store_close(&shop->store); /* not across a fork */
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(compete(shop, i, is_points));
    }
    int granted = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= TRIES);
        granted += WEXITSTATUS(status);
    }
    assert_int_equal(shop_tear_down(&made), 0);
    return granted;
}

static void crm_reserve__by_processes_at_once_gives_exactly_the_limit(void **state)
{
    (void)state;
    assert_int_equal(run_race(/* is_points= */ false), LIMIT);
}

static void crm_reserve__by_processes_at_once_spends_no_balance_twice(void **state)
{
    (void)state;
    assert_int_equal(run_race(/* is_points= */ true), 14); /* 14 times 7 of 100 */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, shop_set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_reserve__lets_one_of_two_have_the_points),
        CASE(crm_reserve__answers_the_same_question_the_same_and_sets_aside_once),
        CASE(crm_reserve__flags_one_key_with_two_contents),
        CASE(crm_reserve__sets_all_aside_or_nothing),
        CASE(crm_reserve__counts_two_rows_of_one_limit_together),
        CASE(crm_reserve__lapses_and_then_needs_a_new_key),
        CASE(crm_release__frees_what_was_set_aside_and_stays_released),
        CASE(crm_release__of_another_tills_key_changes_nothing),
        CASE(crm_reserve__of_another_tills_key_is_a_question_of_its_own),
        CASE(crm_commit__of_another_tills_key_leaves_what_is_set_aside_and_is_flagged),
        CASE(crm_commit__of_a_key_beforehand_takes_it_from_nobody),
        CASE(crm_reserve__after_its_commit_is_committed),
        CASE(crm_reserve__gives_a_coupon_to_its_member_once_and_in_its_days),
        CASE(crm_coupon_give__is_seen_by_tills_and_used_once_by_its_member),
        CASE(crm_reserve__takes_a_signed_coupon_that_nobody_has_heard_of_once),
        CASE(crm_gift_find__tells_what_is_left_and_not_set_aside),
        CASE(crm_gift__is_one_account_under_all_peppers),
        CASE(crm_gift__loaded_under_two_peppers_comes_together),
        CASE(crm_reserve__refuses_what_is_malformed),
        CASE(crm_reserve__forgets_what_ended_long_ago),
        cmocka_unit_test(crm_reserve__of_a_limit_by_many_in_any_order_gives_exactly_that_many),
        cmocka_unit_test(crm_reserve__by_processes_at_once_gives_exactly_the_limit),
        cmocka_unit_test(crm_reserve__by_processes_at_once_spends_no_balance_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
