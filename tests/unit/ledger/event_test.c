/* SPDX-License-Identifier: Apache-2.0 */
/* The same set of records gives the same account, in whatever order and how often they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/event.h"

#define EVENTS_MAX 240
#define ROWS       2

/* Events with rows of their own, so that they can be copied and shuffled. */
struct story {
    struct ledger_event events[EVENTS_MAX];
    struct ledger_earn_row earns[EVENTS_MAX][ROWS];
    struct ledger_burn_row burns[EVENTS_MAX][ROWS];
    struct ledger_stamp_row stamps[EVENTS_MAX][ROWS];
    size_t count;
};

static struct ledger_order order_of(int32_t day, int64_t unix_ms, const char *till, uint64_t number)
{
    struct ledger_order order = {.business_day = day,
                                 .unix_ms = unix_ms,
                                 .store = "s1",
                                 .number = number,
                                 .incarnation = 7,
                                 .seq = number};
    memcpy(order.till, till, strlen(till));
    return order;
}

static struct ledger_event *add_event(struct story *story, int32_t day, int64_t unix_ms, const char *till)
{
    size_t n = story->count++;
    struct ledger_event *event = &story->events[n];
    *event = (struct ledger_event){.order = order_of(day, unix_ms, till, n + 1),
                                   .earns = story->earns[n],
                                   .burns = story->burns[n],
                                   .stamps = story->stamps[n],
                                   .policy = LEDGER_UNLIMITED};
    event->receipt = ledger_receipt_of("s1", till, day, n + 1);
    return event;
}

static void add_earn(struct story *story, struct ledger_event *event, int64_t points, int32_t available_day,
                     int32_t expires_day)
{
    story->earns[event - story->events][event->earn_count++] =
        (struct ledger_earn_row){points, available_day, expires_day, 0, 0};
}

static void add_back(struct story *story, struct ledger_event *event, int64_t points,
                     const struct ledger_event *original)
{
    story->earns[event - story->events][event->earn_count++] =
        (struct ledger_earn_row){.points = -points, .original = original->receipt, .original_row = 1};
}

static void add_burn(struct story *story, struct ledger_event *event, int64_t points,
                     const struct ledger_event *original)
{
    story->burns[event - story->events][event->burn_count++] =
        (struct ledger_burn_row){points, original == NULL ? 0 : original->receipt};
}

static void assert_same(const struct ledger_account *a, const struct ledger_account *b)
{
    assert_int_equal(a->balance, b->balance);
    assert_memory_equal(a->moved, b->moved, sizeof(a->moved));
    assert_int_equal(a->owed, b->owed);
    assert_int_equal(a->forgiven, b->forgiven);
    assert_int_equal(a->event_count, b->event_count);
    assert_int_equal(a->today, b->today);
    assert_int_equal(a->visits, b->visits);
    assert_int_equal(a->lot_count, b->lot_count);
    for (uint32_t i = 0; i < a->lot_count; i++) {
        assert_true(a->lots[i].receipt == b->lots[i].receipt && a->lots[i].row == b->lots[i].row);
        assert_true(a->lots[i].left == b->lots[i].left && a->lots[i].expired == b->lots[i].expired);
        assert_true(a->lots[i].expires_day == b->lots[i].expires_day);
    }
    assert_int_equal(a->take_count, b->take_count);
    assert_int_equal(a->debt_count, b->debt_count);
    for (uint32_t i = 0; i < a->debt_count; i++)
        assert_true(a->debts[i].receipt == b->debts[i].receipt && a->debts[i].left == b->debts[i].left);
    assert_int_equal(a->stamp_count, b->stamp_count);
    assert_int_equal(a->spend_count, b->spend_count);
    for (uint32_t i = 0; i < a->spend_count; i++)
        assert_int_equal(a->spends[i].spent_minor, b->spends[i].spent_minor);
}

static size_t list_events(const struct story *story, const struct ledger_event **out)
{
    for (size_t i = 0; i < story->count; i++)
        out[i] = &story->events[i];
    return story->count;
}

/* A purchase, one at another till that spends, a return, one that spends too much, a void. */
static void tell_small_story(struct story *story)
{
    struct ledger_event *first = add_event(story, 100, 1000, "till-1");
    add_earn(story, first, 100, 100, 160);
    struct ledger_event *second = add_event(story, 100, 2000, "till-2");
    add_burn(story, second, 60, NULL);
    add_earn(story, second, 5, 110, 0);
    struct ledger_event *third = add_event(story, 101, 500, "till-1");
    add_burn(story, third, 70, NULL); /* 30 too many */
    struct ledger_event *back = add_event(story, 102, 500, "till-3");
    add_back(story, back, 40, first);
    add_burn(story, back, -20, second);
    struct ledger_event *late = add_event(story, 170, 1, "till-1");
    add_earn(story, late, 200, 170, 0);
    struct ledger_event *undone = add_event(story, 170, 2, "till-1");
    undone->kind = LEDGER_VOID;
    undone->voided = third->receipt;
    undone->visits = -1;
}

struct permuting {
    const struct ledger_event *events[8];
    size_t count;
    struct ledger_account expected;
    unsigned seen;
};

static void permute(struct permuting *p, size_t at)
{
    if (at == p->count) {
        const struct ledger_event *events[16];
        for (size_t i = 0; i < p->count; i++) /* each of them twice */
            events[i] = events[2 * p->count - 1 - i] = p->events[i];
        struct ledger_account account;
        ok(ledger_replay(events, 2 * p->count, &account));
        assert_same(&account, &p->expected);
        p->seen++;
        return;
    }
    for (size_t i = at; i < p->count; i++) {
        const struct ledger_event *swapped = p->events[at];
        p->events[at] = p->events[i];
        p->events[i] = swapped;
        permute(p, at + 1);
        p->events[i] = p->events[at];
        p->events[at] = swapped;
    }
}

static void ledger_replay__of_every_permutation_and_twice_is_the_same_account(void **state)
{
    (void)state;
    static struct story story;
    static struct permuting permuting;
    story.count = 0;
    tell_small_story(&story);
    permuting.count = list_events(&story, permuting.events);
    for (size_t i = 0; i < story.count; i++)
        ok(ledger_fold(&permuting.expected, &story.events[i]));
    permute(&permuting, 0);
    assert_int_equal(permuting.seen, 720);
    assert_int_equal(permuting.expected.owed, 0);
    assert_int_equal(permuting.expected.balance,
                     100 + 5 - 60 + 20 - 40 + 200 - permuting.expected.lots[0].expired);
}

static void tell_chance_event(struct story *story, struct seed *seed)
{
    static const char *const tills[] = {"till-1", "till-2", "till-3"};
    size_t n = story->count;
    const struct ledger_event *other = n == 0 ? NULL : &story->events[seed_below(seed, n)];
    int32_t day = 100 + (int32_t)n / 3;
    struct ledger_event *event =
        add_event(story, day, (int64_t)seed_below(seed, 86400000), tills[seed_below(seed, 3)]);
    event->policy = (enum ledger_return_policy)(1 + seed_below(seed, 3));
    event->reinstate_days = (uint32_t)seed_below(seed, 20);
    event->visits = 1;
    event->spent_minor = (int64_t)seed_below(seed, 5000);
    int64_t points = (int64_t)seed_below(seed, 100);
    uint64_t what = seed_below(seed, 8);
    if (what < 4 || other == NULL) {
        add_earn(story, event, points, day + (int32_t)seed_below(seed, 7),
                 seed_below(seed, 2) == 0 ? 0 : day + 5 + (int32_t)seed_below(seed, 40));
        story->stamps[n][event->stamp_count++] = (struct ledger_stamp_row){"coffee", 10, 1, false};
    }
    if (what >= 3 && what < 6)
        add_burn(story, event, points, NULL);
    if (what == 6 && other != NULL) {
        add_back(story, event, points, other);
        add_burn(story, event, -points / 2, other);
    }
    if (what == 7 && other != NULL) {
        event->kind = LEDGER_VOID;
        event->voided = other->receipt;
        event->voided_points = points;
    }
}

static void shuffle(const struct ledger_event **events, size_t count, struct seed *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)seed_below(seed, i);
        const struct ledger_event *swapped = events[i - 1];
        events[i - 1] = events[other];
        events[other] = swapped;
    }
}

static void ledger_replay__of_any_shuffle_with_repetitions_is_the_same_account(void **state)
{
    (void)state;
    static struct story story;
    static struct ledger_account first, again;
    const struct ledger_event *events[2 * EVENTS_MAX];
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 40; round++) {
        memset(&story, 0, sizeof(story));
        while (story.count < EVENTS_MAX)
            tell_chance_event(&story, &seed);
        size_t count = list_events(&story, events);
        ok(ledger_replay(events, count, &first));
        for (unsigned turn = 0; turn < 5; turn++) {
            count = list_events(&story, events);
            for (size_t i = 0; i < EVENTS_MAX; i++, count++)
                events[count] = &story.events[seed_below(&seed, EVENTS_MAX)];
            shuffle(events, count, &seed);
            ok(ledger_replay(events, count, &again));
            assert_same(&again, &first);
        }
        int64_t moved = 0, left = 0;
        for (size_t i = 0; i < LEDGER_REASON_COUNT; i++)
            moved += first.moved[i];
        for (uint32_t i = 0; i < first.lot_count; i++)
            left += first.lots[i].left;
        assert_int_equal(moved, first.balance);
        assert_int_equal(left - first.owed, first.balance);
    }
}

static void ledger_fold__refuses_what_it_has_and_what_comes_late(void **state)
{
    (void)state;
    static struct story story;
    story.count = 0;
    struct ledger_account account = {0};
    struct ledger_event *early = add_event(&story, 100, 5, "till-1"),
                        *late = add_event(&story, 101, 1, "till-1");
    add_earn(&story, early, 10, 100, 0);
    add_earn(&story, late, 10, 101, 0);
    ok(ledger_fold(&account, late));
    assert_int_equal(ledger_fold(&account, late), ERR_STATE);
    assert_int_equal(ledger_fold(&account, early), ERR_STATE);
    assert_int_equal(account.balance, 10);
    assert_int_equal(account.event_count, 1);
}

static void ledger_replay__flags_one_place_with_two_contents(void **state)
{
    (void)state;
    static struct story story;
    story.count = 0;
    struct ledger_event *event = add_event(&story, 100, 5, "till-1");
    add_earn(&story, event, 10, 100, 0);
    struct ledger_event other = *event;
    struct ledger_earn_row more = {11, 100, 0, 0, 0};
    other.earns = &more;
    const struct ledger_event *events[] = {event, &other};
    struct ledger_account account = {.balance = 77};
    assert_int_equal(ledger_replay(events, 2, &account), ERR_CONFLICT);
    assert_int_equal(account.balance, 77);
}

static void ledger_fold__never_lets_a_receipt_pay_itself(void **state)
{
    (void)state;
    static struct story story;
    story.count = 0;
    struct ledger_account account = {0};
    struct ledger_event *event = add_event(&story, 100, 5, "till-1");
    add_earn(&story, event, 10, 100, 0);
    add_burn(&story, event, 10, NULL);
    ok(ledger_fold(&account, event));
    assert_int_equal(account.debts[0].points, 10); /* paid by the same receipt's points, but written down */
    assert_int_equal(account.balance, 0);
}

static void ledger_fold__leaves_the_account_alone_when_a_number_is_wrong(void **state)
{
    (void)state;
    static struct story story;
    static struct ledger_account account, before;
    story.count = 0;
    struct ledger_event *event = add_event(&story, 100, 5, "till-1");
    add_earn(&story, event, 5, 100, 0);
    add_earn(&story, event, LEDGER_POINTS_MAX + 1, 100, 0);
    assert_int_equal(ledger_fold(&account, event), ERR_RANGE);
    story.earns[0][1].points = 1;
    event->spent_minor = INT64_MAX;
    assert_int_equal(ledger_fold(&account, event), ERR_RANGE);
    event->spent_minor = 0;
    event->earn_count = LEDGER_ROWS_MAX + 1;
    assert_int_equal(ledger_fold(&account, event), ERR_ARGUMENT);
    assert_memory_equal(&account, &before, sizeof(account));
}

static void ledger_fold__of_an_adjustment_moves_points_by_hand(void **state)
{
    (void)state;
    static struct story story;
    story.count = 0;
    struct ledger_account account = {0};
    struct ledger_event *more = add_event(&story, 100, 5, "till-1"),
                        *less = add_event(&story, 100, 6, "till-1");
    more->kind = less->kind = LEDGER_ADJUSTMENT;
    add_earn(&story, more, 10, 100, 0);
    add_earn(&story, less, -15, 0, 0);
    ok(ledger_fold(&account, more));
    ok(ledger_fold(&account, less));
    assert_int_equal(account.moved[LEDGER_ADJUSTED], -5);
    assert_int_equal(account.owed, 5);
}

/* Ten points expire; a return takes four of them back, and is voided; then the purchase is. Nothing is owed. */
static void ledger_fold__of_a_voided_return_leaves_expired_points_expired(void **state)
{
    (void)state;
    static struct story story;
    static struct ledger_account account;
    story.count = 0;
    account = (struct ledger_account){.balance = 0};
    struct ledger_event *sale = add_event(&story, 100, 1, "till-1");
    add_earn(&story, sale, 10, 100, 103);
    struct ledger_event *other = add_event(&story, 104, 1, "till-1");
    add_earn(&story, other, 50, 104, 0);
    struct ledger_event *back = add_event(&story, 105, 1, "till-2");
    add_back(&story, back, 4, sale);
    struct ledger_event *undone = add_event(&story, 106, 1, "till-2");
    undone->kind = LEDGER_VOID;
    undone->voided = back->receipt;
    struct ledger_event *all = add_event(&story, 107, 1, "till-1");
    all->kind = LEDGER_VOID;
    all->voided = sale->receipt;
    all->voided_points = 10;
    for (size_t i = 0; i < story.count; i++) {
        ok(ledger_fold(&account, &story.events[i]));
        assert_int_equal(account.balance, i == 0 ? 10 : 50);
    }
    assert_int_equal(account.owed, 0);
    assert_int_equal(account.lots[0].expired, 0);
}

static void ledger_order_compare__goes_by_day_then_time_then_till(void **state)
{
    (void)state;
    struct ledger_order a = order_of(100, 500, "till-2", 9), b = order_of(101, 1, "till-1", 1);
    assert_true(ledger_order_compare(&a, &b) < 0);
    b = order_of(100, 501, "till-1", 1);
    assert_true(ledger_order_compare(&a, &b) < 0);
    b = order_of(100, 500, "till-1", 99);
    assert_true(ledger_order_compare(&a, &b) > 0);
    b = a;
    assert_int_equal(ledger_order_compare(&a, &b), 0);
    b.seq++;
    assert_true(ledger_order_compare(&a, &b) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledger_replay__of_every_permutation_and_twice_is_the_same_account),
        cmocka_unit_test(ledger_replay__of_any_shuffle_with_repetitions_is_the_same_account),
        cmocka_unit_test(ledger_fold__refuses_what_it_has_and_what_comes_late),
        cmocka_unit_test(ledger_replay__flags_one_place_with_two_contents),
        cmocka_unit_test(ledger_fold__never_lets_a_receipt_pay_itself),
        cmocka_unit_test(ledger_fold__leaves_the_account_alone_when_a_number_is_wrong),
        cmocka_unit_test(ledger_fold__of_an_adjustment_moves_points_by_hand),
        cmocka_unit_test(ledger_fold__of_a_voided_return_leaves_expired_points_expired),
        cmocka_unit_test(ledger_order_compare__goes_by_day_then_time_then_till),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
