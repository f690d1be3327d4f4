/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../offers/shelf.h"
#include "desk.h"
#include "harness/ok.h"

#include <stdio.h>

static const uint8_t book_hash[HASH_SIZE] = {9};

static kassa_Member alice(int64_t points, int64_t allowance)
{
    kassa_Member member = kassa_Member_init_zero;
    member.id.size = MEMBER_SIZE;
    memset(member.id.bytes, 0xA1, MEMBER_SIZE);
    member.points = points;
    member.points_as_of_unix_ms = 2000;
    member.allowance_points = allowance;
    member.till_allowance_points = 700;
    return member;
}

/* 100 points are worth 1.00; a point a euro is earned. */
static struct shelf *open_shop(struct desk *desk, uint8_t burn_as)
{
    struct shelf *shelf = shelf_new();
    struct book_source_offer *points = shelf_offer(shelf, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->audience = BOOK_ANY_MEMBER;
    points->give.points = 1;
    points->give.per_minor = 100;
    shelf->source.programme_rules = (struct book_programme){.burn_points = 100,
                                                            .burn_value_minor = 100,
                                                            .burn_as = burn_as,
                                                            .offline_card_day_points = 500,
                                                            .offline_till_day_points = 700};
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    kassa_Member member = alice(1000, 500);
    desk_tell_member(desk, DESK_ALICE, &member);
    return shelf;
}

static void ring_up(struct desk *desk, const char *id, int64_t price_minor)
{
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, id, price_minor, 1);
}

static enum err pay_rest(struct desk *desk, const char *basket, const char *key, struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 0};
    struct till_request request = desk_request(key, basket);
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD};
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

static enum err burn(struct desk *desk, const char *id, int64_t price_minor, int64_t points,
                     struct till_outcome *out)
{
    ring_up(desk, id, price_minor);
    ok(till_set_burn(desk->till, points, &desk->refusal));
    return pay_rest(desk, id, id, out);
}

static void till_commit__burns_points_offline_within_the_allowance_and_refuses_more(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    ok(burn(desk, "b1", 2000, 300, &out));
    assert_int_equal(out.total_minor, 1700);
    assert_int_equal(out.points_burned, 300);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->allowance_used, 300);
    assert_int_equal(loyalty->burned[0].allowance_points, 300);
    assert_int_equal(burn(desk, "b2", 2000, 300, &out), ERR_RANGE); /* 200 are left of a card's day */
    assert_string_equal(desk->refusal.field, "burn_points");
    assert_int_equal(desk_total(desk), 2000);
    desk_restart(desk); /* the journal knows what was spent */
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(burn(desk, "b3", 2000, 300, &out), ERR_RANGE);
    ok(till_drop_basket(desk->till));
    ok(burn(desk, "b4", 2000, 200, &out));
    assert_int_equal(out.balance, 1000 - 300 - 200 + 17 + 18);
    desk->wall_unix_ms += INT64_C(86400000); /* a new day, a new allowance: head office has not answered */
    ok(burn(desk, "b5", 2000, 500, &out));
    shelf_delete(shelf);
}

static void till_commit__never_burns_more_offline_than_the_till_may_in_a_day(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_TENDER);
    struct till_outcome out;
    kassa_Member bob = alice(900, 500);
    memset(bob.id.bytes, 0xB0, MEMBER_SIZE);
    desk_tell_member(desk, DESK_STRANGER, &bob);
    ok(burn(desk, "b1", 2000, 500, &out));
    assert_int_equal(out.total_minor, 2000);
    const kassa_Receipt *head = &desk_receipt(desk, 1)->body.receipt.head;
    assert_int_equal(head->tenders_count, 2);
    assert_int_equal(head->tenders[1].kind, kassa_TenderKind_TENDER_POINTS);
    assert_int_equal(head->tenders[1].amount_minor, 500);
    ok(desk_tap(desk, DESK_STRANGER));
    desk_put_basket(desk, "b2", 2000, 1);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    assert_int_equal(pay_rest(desk, "b2", "b2", &out), ERR_RANGE);
    ok(till_set_burn(desk->till, 200, &desk->refusal));
    ok(pay_rest(desk, "b2", "b2", &out));
    shelf_delete(shelf);
}

static void till_commit__burns_beyond_the_allowance_when_head_office_has_set_it_aside(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(burn(desk, "b1", 2000, 900, &out), ERR_PENDING);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    assert_int_equal(desk->reserve_count, 1); /* asked again, and set aside once */
    assert_int_equal(desk->reserve.points, 900);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    assert_true(desk_heard(desk, TILL_ANSWERED));
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(out.points_burned, 900);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_string_equal(loyalty->reservation, desk->reserve.key);
    assert_int_equal(loyalty->allowance_used, 0);
    assert_int_equal(desk->release_count, 0);
    shelf_delete(shelf);
}

static void till_commit__keeps_what_was_set_aside_when_the_line_is_lost_before_it_is_paid(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(burn(desk, "b1", 2000, 900, &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    desk->is_hub_connected = false;
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(out.points_burned, 900);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_string_equal(loyalty->reservation, desk->reserve.key);
    assert_int_equal(loyalty->allowance_used, 0);
    shelf_delete(shelf);
}

static void till_reserve__asks_anew_when_what_was_set_aside_is_about_to_lapse(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    char first[KEY_MAX + 1];
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(burn(desk, "b1", 2000, 900, &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    memcpy(first, desk->reserve.key, sizeof first);
    desk->mono_ms += RESERVE_HOLD_MS - 1000;
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    assert_string_equal(desk->released, first); /* else its own points would be missing */
    assert_string_not_equal(desk->reserve.key, first);
    shelf_delete(shelf);
}

static void till_reserve__gives_back_what_a_changed_or_dropped_basket_does_not_need(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    char first[KEY_MAX + 1];
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    ring_up(desk, "b1", 2000);
    ok(till_set_burn(desk->till, 900, &desk->refusal));
    assert_int_equal(till_reserve(desk->till, "b1", NULL, &desk->refusal), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_GRANTED, 0, 0);
    ok(till_reserve(desk->till, "b1", NULL, &desk->refusal));
    memcpy(first, desk->reserve.key, sizeof first);
    ok(till_set_burn(desk->till, 800, &desk->refusal));
    assert_int_equal(till_reserve(desk->till, "b1", NULL, &desk->refusal), ERR_PENDING);
    assert_string_equal(desk->released, first);
    assert_string_not_equal(desk->reserve.key, first);
    ok(till_drop_basket(desk->till));
    assert_int_equal(desk->release_count, 2);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE);
    shelf_delete(shelf);
}

static void till_commit__goes_on_by_the_allowance_when_head_office_says_nothing(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    assert_int_equal(burn(desk, "b1", 2000, 400, &out), ERR_PENDING);
    desk->mono_ms += 400;
    (void)till_tick(desk->till);
    assert_true(desk_heard(desk, TILL_ANSWERED));
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(desk_receipt(desk, 1)->body.receipt.head.loyalty.allowance_used, 400);
    assert_int_equal(desk->release_count, 1); /* it may have been granted, and the answer lost */
    assert_int_equal(burn(desk, "b2", 2000, 400, &out), ERR_PENDING);
    desk->mono_ms += 400;
    (void)till_tick(desk->till);
    assert_int_equal(pay_rest(desk, "b2", "b2", &out), ERR_RANGE);
    shelf_delete(shelf);
}

static void till_set_burn__takes_no_more_than_there_is_nor_what_this_sale_earns(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    struct till_burn wish;
    kassa_Member poor = alice(99, 500);
    desk_tell_member(desk, DESK_ALICE, &poor);
    assert_int_equal(burn(desk, "b1", 5000, 100, &out), ERR_RANGE); /* it earns 50 */
    till_get_burn(desk->till, &wish);
    assert_int_equal(wish.refused, TILL_BURN_BEYOND_BALANCE);
    assert_int_equal(till_set_burn(desk->till, -1, &desk->refusal), ERR_RANGE);
    ok(till_leave_member(desk->till));
    ok(till_set_burn(desk->till, 100, &desk->refusal));
    till_get_burn(desk->till, &wish);
    assert_int_equal(wish.refused, TILL_BURN_NO_MEMBER);
    shelf_delete(shelf);
}

static enum err bring_back(struct desk *desk, int64_t milli, const char *key, struct till_outcome *out)
{
    struct till_return *back = till_stage_return(desk->till);
    struct till_request request = desk_request(key, key);
    back->has_original = true;
    back->original = desk_receipt(desk, 1)->body.receipt.head.id;
    back->back[0] = (struct till_line_back){1, milli};
    back->back_count = 1;
    return till_take_return(desk->till, &request, out, &desk->refusal);
}

static void give_all_back(struct desk *desk, uint8_t burn_as)
{
    struct shelf *shelf = open_shop(desk, burn_as);
    struct till_outcome out;
    ok(desk_tap(desk, DESK_ALICE));
    desk_put_basket(desk, "b1", 701, 3);
    ok(till_set_burn(desk->till, 400, &desk->refusal));
    ok(pay_rest(desk, "b1", "b1", &out));
    int64_t money = out.total_minor;
    int64_t earned = out.points_earned;
    int64_t burned = out.points_burned;
    int64_t tender = burn_as == BOOK_BURN_AS_TENDER ? 400 : 0;
    assert_int_equal(burned, 400);
    for (int i = 0; i < 3; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "r%d", i);
        ok(bring_back(desk, 1000, key, &out));
        money += out.total_minor;
        earned += out.points_earned;
        burned += out.points_burned;
        const kassa_Receipt *head = &desk_receipt(desk, out.receipt.number)->body.receipt.head;
        for (pb_size_t t = 0; t < head->tenders_count; t++)
            tender +=
                head->tenders[t].kind == kassa_TenderKind_TENDER_POINTS ? head->tenders[t].amount_minor : 0;
        assert_true(money >= 0 && earned >= 0 && burned >= 0 && tender >= 0);
    }
    assert_int_equal(money, 0);
    assert_int_equal(earned, 0);
    assert_int_equal(burned, 0);
    assert_int_equal(tender, 0);
    ok(desk_tap(desk, DESK_ALICE));
    assert_int_equal(till_get_member(desk->till)->points, 1000);
    shelf_delete(shelf);
}

static void till_take_return__gives_points_burned_as_discount_back_to_the_last(void **state)
{
    give_all_back(*state, BOOK_BURN_AS_DISCOUNT);
}

static void till_take_return__gives_points_burned_as_tender_back_to_the_last(void **state)
{
    give_all_back(*state, BOOK_BURN_AS_TENDER);
}

/* ------------------------------------------------------------------------------------------------- limits */

static struct shelf *open_limited_shop(struct desk *desk, uint8_t per, uint8_t period, int64_t most)
{
    static struct book_limit limit;
    limit = (struct book_limit){.what = BOOK_LIMIT_USES, .per = per, .period = period, .value = most};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *off = shelf_offer(shelf, "first", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    off->limits = &limit;
    off->limit_count = 1;
    off->give.percent_bp = 1000;
    if (per == BOOK_PER_MEMBER)
        off->audience = BOOK_ANY_MEMBER;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    return shelf;
}

static int64_t sell_one(struct desk *desk, int number)
{
    char id[16];
    struct till_outcome out;
    (void)snprintf(id, sizeof id, "b%d", number);
    desk_put_basket(desk, id, 1000, 1);
    ok(pay_rest(desk, id, id, &out));
    return out.total_minor;
}

static void till_limits__hold_for_the_till_over_a_power_cut_and_begin_anew_with_the_period(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_TILL, BOOK_WEEK, 2);
    assert_int_equal(sell_one(desk, 1), 900);
    assert_int_equal(sell_one(desk, 2), 900);
    assert_int_equal(sell_one(desk, 3), 1000);
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(sell_one(desk, 4), 1000);
    desk->wall_unix_ms += INT64_C(86400000); /* Saturday to Sunday */
    desk->mono_ms += 86400000;
    assert_int_equal(sell_one(desk, 5), 1000);
    desk->wall_unix_ms += INT64_C(86400000); /* Monday */
    desk->mono_ms += 86400000;
    assert_int_equal(sell_one(desk, 6), 900);
    shelf_delete(shelf);
}

static void write_faults(struct desk *desk, int count)
{
    for (int i = 0; i < count; i++) {
        till_note_fault(desk->till, "test.noise", "of no matter");
        if (i % 16 == 15)
            ok(till_flush(desk->till));
    }
    ok(till_flush(desk->till));
}

/* A journal of weeks is not read in one go: meanwhile an offer is rather not given than given too often. */
static void till_limits__of_a_week_are_read_a_little_at_a_time_and_not_given_before(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_TILL, BOOK_WEEK, 3);
    struct journal_stats stats;
    write_faults(desk, 300);
    assert_int_equal(sell_one(desk, 1), 900);
    assert_int_equal(sell_one(desk, 2), 900);
    write_faults(desk, 1200);
    ok(journal_get_stats(desk->journal, &stats));
    ok(journal_acknowledge(desk->journal, stats.newest.last_seq, stats.last_hash));
    desk->wall_unix_ms += INT64_C(27) * 3600000; /* Sunday */
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(sell_one(desk, 3), 1000);
    desk_put_basket(desk, "b4", 1000, 1);
    unsigned ticks = 0;
    for (; till_tick(desk->till) == 1; ticks++)
        assert_true(ticks < 100);
    assert_true(ticks >= 3);                 /* some 64 records each */
    assert_int_equal(desk_total(desk), 900); /* priced again when it was known */
    assert_int_equal(sell_one(desk, 4), 900);
    assert_int_equal(sell_one(desk, 5), 1000);
    shelf_delete(shelf);
}

/* A day of a clock that was years ahead does not use up the allowance of all days until then. */
static void
till_commit__has_its_allowance_again_when_head_office_sets_a_clock_right_that_was_ahead(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    int64_t now_unix_ms = desk->wall_unix_ms;
    desk->wall_unix_ms += INT64_C(3652) * 86400000;
    ok(burn(desk, "b1", 2000, 500, &out));
    till_hear_hub_time(desk->till, now_unix_ms);
    assert_int_equal(burn(desk, "b2", 2000, 100, &out), ERR_RANGE); /* today's are spent */
    ok(till_drop_basket(desk->till));
    desk->mono_ms += 86400000;
    ok(burn(desk, "b3", 2000, 100, &out));
    shelf_delete(shelf);
}

static void till_limits__give_offline_the_tills_share_of_a_limit_of_the_chain(void **state)
{
    struct desk *desk = *state;
    desk->settings.chain_tills = 3;
    desk_restart(desk);
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_CHAIN, BOOK_DAY, 7);
    int64_t given = 0;
    for (int i = 0; i < 5; i++)
        given += sell_one(desk, i) == 900;
    assert_int_equal(given, 2); /* 7 of three tills: never more than 6 in all */
    shelf_delete(shelf);
}

static void till_limits__give_nothing_offline_where_nobody_said_how_many_share(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_CHAIN, BOOK_DAY, 7);
    assert_int_equal(sell_one(desk, 1), 1000);
    shelf_delete(shelf);
}

static void till_limits__end_when_head_office_says_that_they_are_reached(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_CHAIN, BOOK_DAY, 7);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    assert_int_equal(desk->reserve.uses_count, 1);
    assert_int_equal(desk->reserve.uses[0].most, 7);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_LIMIT_REACHED, 0);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE);
    assert_int_equal(desk_total(desk), 1000);
    ok(pay_rest(desk, "b1", "b1", &out));
    desk_put_basket(desk, "b2", 1000, 1);
    assert_int_equal(desk_total(desk), 1000);
    shelf_delete(shelf);
}

static void till_limits__count_a_member_by_his_snapshot_and_what_was_sold_since(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_MEMBER, BOOK_DAY, 3);
    kassa_Member member = alice(0, 0);
    member.counters_count = 1;
    member.counters[0] =
        (kassa_LimitCounter){.period = kassa_LimitPeriod_LIMIT_DAY, .since_day = DESK_DAY, .used = 1};
    (void)snprintf(member.counters[0].offer, sizeof member.counters[0].offer, "first");
    desk_tell_member(desk, DESK_ALICE, &member);
    int64_t given = 0;
    for (int i = 0; i < 4; i++) {
        ok(desk_tap(desk, DESK_ALICE));
        given += sell_one(desk, i) == 900;
    }
    assert_int_equal(given, 2);
    shelf_delete(shelf);
}

static void till_limits__of_a_member_that_head_office_says_are_reached_do_not_hold_up_the_sale(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_MEMBER, BOOK_DAY, 1);
    struct till_outcome out;
    kassa_Member member = alice(0, 0);
    desk_tell_member(desk, DESK_ALICE, &member);
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    ring_up(desk, "b1", 1000);
    assert_int_equal(desk_total(desk), 900);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_LIMIT_REACHED, 0);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE); /* she was at another till today */
    assert_string_equal(desk->refusal.field, "offers");
    assert_int_equal(desk_total(desk), 1000);
    ok(pay_rest(desk, "b1", "b1", &out));
    shelf_delete(shelf);
}

static void till_limits__without_a_share_do_not_hold_up_the_sale_when_head_office_says_nothing(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_CHAIN, BOOK_DAY, 7);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk->mono_ms += 400;
    (void)till_tick(desk->till);
    assert_int_equal(desk_total(desk), 1000);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE); /* the total is another: told once */
    assert_string_equal(desk->refusal.field, "total_minor");
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(out.total_minor, 1000);
    desk_put_basket(desk, "b2", 1000, 1);
    assert_int_equal(desk_total(desk), 900); /* the next customer's basket asks anew */
    shelf_delete(shelf);
}

static void till_reserve__does_not_hold_up_the_sale_when_head_office_cannot_read_the_question(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_limited_shop(desk, BOOK_PER_CHAIN, BOOK_DAY, 7);
    struct till_outcome out;
    desk->is_hub_connected = true;
    desk->answers_reserves = true;
    desk_put_basket(desk, "b1", 1000, 1);
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_PENDING);
    desk_answer(desk, kassa_ReserveStatus_RESERVE_REFUSED, kassa_ReserveReason_RESERVE_MALFORMED, 0);
    assert_int_equal(desk_total(desk), 1000); /* as without a line */
    assert_int_equal(pay_rest(desk, "b1", "b1", &out), ERR_STATE);
    ok(pay_rest(desk, "b1", "b1", &out));
    shelf_delete(shelf);
}

static void till_commit__has_no_new_allowance_when_the_clock_is_put_back_a_day(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    ok(burn(desk, "b1", 2000, 500, &out));
    desk->wall_unix_ms -= INT64_C(86400000);
    assert_int_equal(burn(desk, "b2", 2000, 100, &out), ERR_RANGE);
    desk_restart(desk);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    assert_int_equal(burn(desk, "b3", 2000, 100, &out), ERR_RANGE);
    shelf_delete(shelf);
}

static void till_visits__count_what_was_sold_since_the_snapshot(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    static const struct book_source_condition third = {.kind = BOOK_VISIT_NUMBER, .value = 3};
    struct book_source_offer *off = shelf_offer(shelf, "third", BOOK_PERCENT_OFF, BOOK_TOGETHER);
    off->audience = BOOK_ANY_MEMBER;
    off->conditions = &third;
    off->condition_count = 1;
    off->give.percent_bp = 1000;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    kassa_Member member = alice(0, 0);
    member.visits = 1;
    desk_tell_member(desk, DESK_ALICE, &member);
    for (int i = 0; i < 4; i++) {
        ok(desk_tap(desk, DESK_ALICE));
        assert_int_equal(sell_one(desk, i), i == 1 ? 900 : 1000);
    }
    shelf_delete(shelf);
}

static void add_bob(struct desk *desk)
{
    kassa_Member bob = alice(900, 500);
    memset(bob.id.bytes, 0xB0, MEMBER_SIZE);
    desk_tell_member(desk, DESK_STRANGER, &bob);
}

static void till_set_burn__is_the_wish_of_one_member_and_not_of_the_next_card(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    struct till_outcome out;
    add_bob(desk);
    ring_up(desk, "b1", 2000);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    assert_int_equal(desk_total(desk), 1700);
    ok(desk_tap(desk, DESK_STRANGER));
    assert_int_equal(desk_total(desk), 2000);
    ok(pay_rest(desk, "b1", "b1", &out));
    assert_int_equal(out.points_burned, 0);
    struct till_basket *basket =
        till_stage_basket(desk->till); /* a wish that comes with the card is the card's */
    ok(desk_tap(desk, DESK_ALICE));
    (void)snprintf(basket->id, sizeof basket->id, "b2");
    (void)desk_ring_up(basket, "4001", 2000, 1);
    (void)snprintf(basket->card_text, sizeof basket->card_text, "%s", DESK_STRANGER);
    basket->has_burn = true;
    basket->burn_points = 200;
    ok(till_put_basket(desk->till, &desk->refusal));
    assert_int_equal(desk_total(desk), 1800);
    shelf_delete(shelf);
}

static void till_resume__burns_nothing_of_another_member_who_is_here(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = open_shop(desk, BOOK_BURN_AS_DISCOUNT);
    add_bob(desk);
    ring_up(desk, "b1", 2000);
    ok(till_set_burn(desk->till, 300, &desk->refusal));
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    ok(desk_tap(desk, DESK_STRANGER));
    ok(till_resume(desk->till, "b1", &desk->refusal));
    assert_int_equal(desk_total(desk), 2000);
    ok(till_suspend(desk->till, "b1", &desk->refusal));
    shelf_delete(shelf);
}

static unsigned rewards_of(struct desk *desk, uint64_t number)
{
    const kassa_Loyalty *loyalty = &desk_receipt(desk, number)->body.receipt.head.loyalty;
    unsigned count = 0;
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++)
        count += loyalty->coupons[i].event == kassa_CouponEvent_COUPON_ISSUED;
    return count;
}

static void till_commit__gives_the_reward_of_a_full_card_once(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *stamps = shelf_offer(shelf, "stamps", BOOK_STAMPS, BOOK_TOGETHER);
    stamps->audience = BOOK_ANY_MEMBER;
    stamps->give.points = 1;
    stamps->give.earn_by = BOOK_EARN_PER_VISIT;
    stamps->give.card = span_of_text("coffee");
    stamps->give.card_size = 3;
    stamps->give.reward = span_of_text("free-coffee");
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    kassa_Member member = alice(0, 0);
    member.stamps_count = 1;
    (void)snprintf(member.stamps[0].card, sizeof member.stamps[0].card, "coffee");
    member.stamps[0].count = 1;
    desk_tell_member(desk, DESK_ALICE, &member);
    for (int i = 0; i < 5; i++) { /* 2, 3: full, 4, 5, 6: full */
        if (i == 3) {
            desk_restart(desk);
            ok(till_use_book(desk->till, &shelf->book, book_hash));
        }
        ok(desk_tap(desk, DESK_ALICE));
        (void)sell_one(desk, i);
        assert_int_equal(desk_receipt(desk, (uint64_t)i + 1)->body.receipt.head.loyalty.stamps_count, 1);
        assert_int_equal(rewards_of(desk, (uint64_t)i + 1), i == 1 || i == 4 ? 1 : 0);
    }
    shelf_delete(shelf);
}

static void till_commit__issues_a_coupon_that_is_good_from_the_next_receipt_of_the_day_on(void **state)
{
    struct desk *desk = *state;
    struct shelf *shelf = shelf_new();
    struct book_source_offer *next_time = shelf_offer(shelf, "see-you", BOOK_COUPON, BOOK_TOGETHER);
    next_time->audience = BOOK_ANY_MEMBER;
    next_time->give.card = span_of_text("next-time");
    next_time->give.get_units = 1;
    next_time->give.days = 21;
    shelf_build(shelf);
    ok(till_use_book(desk->till, &shelf->book, book_hash));
    kassa_Member member = alice(0, 0);
    desk_tell_member(desk, DESK_ALICE, &member);
    ok(desk_tap(desk, DESK_ALICE));
    (void)sell_one(desk, 0);
    const kassa_Loyalty *loyalty = &desk_receipt(desk, 1)->body.receipt.head.loyalty;
    assert_int_equal(loyalty->coupons_count, 1);
    assert_string_equal(loyalty->coupons[0].series, "next-time");
    assert_int_equal(loyalty->coupons[0].valid_from_day, DESK_DAY);
    assert_int_equal(loyalty->coupons[0].valid_until_day, DESK_DAY + 21);
    shelf_delete(shelf);
}

int main(void)
{
#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)
    const struct CMUnitTest tests[] = {
        ON_DESK(till_commit__burns_points_offline_within_the_allowance_and_refuses_more),
        ON_DESK(till_commit__never_burns_more_offline_than_the_till_may_in_a_day),
        ON_DESK(till_commit__burns_beyond_the_allowance_when_head_office_has_set_it_aside),
        ON_DESK(till_commit__keeps_what_was_set_aside_when_the_line_is_lost_before_it_is_paid),
        ON_DESK(till_reserve__asks_anew_when_what_was_set_aside_is_about_to_lapse),
        ON_DESK(till_reserve__gives_back_what_a_changed_or_dropped_basket_does_not_need),
        ON_DESK(till_commit__goes_on_by_the_allowance_when_head_office_says_nothing),
        ON_DESK(till_set_burn__takes_no_more_than_there_is_nor_what_this_sale_earns),
        ON_DESK(till_take_return__gives_points_burned_as_discount_back_to_the_last),
        ON_DESK(till_take_return__gives_points_burned_as_tender_back_to_the_last),
        ON_DESK(till_commit__issues_a_coupon_that_is_good_from_the_next_receipt_of_the_day_on),
        ON_DESK(till_limits__hold_for_the_till_over_a_power_cut_and_begin_anew_with_the_period),
        ON_DESK(till_limits__of_a_week_are_read_a_little_at_a_time_and_not_given_before),
        ON_DESK(till_commit__has_its_allowance_again_when_head_office_sets_a_clock_right_that_was_ahead),
        ON_DESK(till_limits__give_offline_the_tills_share_of_a_limit_of_the_chain),
        ON_DESK(till_limits__give_nothing_offline_where_nobody_said_how_many_share),
        ON_DESK(till_limits__end_when_head_office_says_that_they_are_reached),
        ON_DESK(till_limits__count_a_member_by_his_snapshot_and_what_was_sold_since),
        ON_DESK(till_limits__of_a_member_that_head_office_says_are_reached_do_not_hold_up_the_sale),
        ON_DESK(till_limits__without_a_share_do_not_hold_up_the_sale_when_head_office_says_nothing),
        ON_DESK(till_reserve__does_not_hold_up_the_sale_when_head_office_cannot_read_the_question),
        ON_DESK(till_commit__has_no_new_allowance_when_the_clock_is_put_back_a_day),
        ON_DESK(till_commit__gives_the_reward_of_a_full_card_once),
        ON_DESK(till_visits__count_what_was_sold_since_the_snapshot),
        ON_DESK(till_set_burn__is_the_wish_of_one_member_and_not_of_the_next_card),
        ON_DESK(till_resume__burns_nothing_of_another_member_who_is_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
