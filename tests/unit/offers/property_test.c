/* SPDX-License-Identifier: Apache-2.0 */
/* Random books and baskets: what must hold of each. KASSA_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/ok.h"
#include "harness/seed.h"
#include "ledger/ledger.h"
#include "unit/offers/shelf.h"

#define ROUNDS 400

static const char *const SKUS[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
static const char *const CATEGORIES[] = {"fruit", "tea", "soap"};
static const char *const IDS[] = {"o00", "o01", "o02", "o03", "o04", "o05", "o06", "o07",
                                  "o08", "o09", "o10", "o11", "o12", "o13", "o14", "o15"};

/* What offers of one random book point at. */
struct names {
    struct span skus[COUNT_OF(SKUS)], categories[COUNT_OF(CATEGORIES)];
    struct book_source_condition conditions[COUNT_OF(IDS)];
};

static uint32_t draw(struct seed *seed, uint32_t first, uint32_t last)
{
    return first + (uint32_t)seed_below(seed, last - first + 1);
}

static struct book_source_selector random_selector(struct seed *seed, const struct names *names)
{
    switch (draw(seed, 0, 2)) {
    case 0:
        return shelf_category(&names->categories[draw(seed, 0, COUNT_OF(CATEGORIES) - 1)]);
    case 1:
        return (struct book_source_selector){.items = &names->skus[draw(seed, 0, 5)], .item_count = 3};
    default:
        return (struct book_source_selector){.everything = true};
    }
}

static void random_offer(struct seed *seed, struct shelf *s, struct names *names)
{
    uint32_t index = s->source.offer_count;
    uint16_t kind = (uint16_t)draw(seed, BOOK_PERCENT_OFF, BOOK_POINTS_MULTIPLIER);
    enum book_scope scope = (enum book_scope)draw(seed, BOOK_EACH_UNIT, BOOK_TOGETHER);
    while (book_step_of(kind, scope) == 0)
        scope = (enum book_scope)draw(seed, BOOK_EACH_UNIT, BOOK_TOGETHER);
    struct book_source_offer *offer = shelf_offer(s, IDS[index], (enum book_kind)kind, scope);
    offer->target = random_selector(seed, names);
    offer->priority = (int32_t)draw(seed, 0, 3);
    offer->lane = draw(seed, 0, s->source.lane_count - 1);
    offer->exclusive =
        draw(seed, 0, 15) == 0 ? (enum book_exclusive)draw(seed, 1, BOOK_EXCLUSIVE_LAST) : BOOK_NOT_EXCLUSIVE;
    offer->give = (struct book_give){.percent_bp = draw(seed, 1, BOOK_PERCENT_MAX_BP),
                                     .factor_bp = draw(seed, 10001, 40000),
                                     .amount_minor = draw(seed, 1, 3000),
                                     .per_minor = draw(seed, 1, 500),
                                     .points = draw(seed, 1, 5),
                                     .buy_units = draw(seed, 1, 3),
                                     .get_units = draw(seed, 1, 2),
                                     .repeats_max = draw(seed, 0, 2),
                                     .choose = (uint8_t)draw(seed, 0, 1),
                                     .placement = (uint8_t)draw(seed, 0, 1),
                                     .percent_of = (uint8_t)draw(seed, 0, 1),
                                     .basis = (uint8_t)draw(seed, 0, 2)};
    if (kind == BOOK_AMOUNT_OFF && scope != BOOK_TOGETHER)
        offer->give.per_minor = 0;
    if (kind == BOOK_BUY_GET && draw(seed, 0, 1) == 1)
        offer->get = random_selector(seed, names);
    if (draw(seed, 0, 2) == 0) {
        bool is_amount = draw(seed, 0, 1) == 1;
        names->conditions[index] = (struct book_source_condition){
            .kind = is_amount ? BOOK_MIN_AMOUNT : BOOK_MIN_QUANTITY,
            .base = (enum book_base)draw(seed, 0, 1),
            .of = random_selector(seed, names),
            .value = is_amount ? draw(seed, 0, 5000) : draw(seed, 0, 6) * 1000};
        offer->conditions = &names->conditions[index];
        offer->condition_count = 1;
    }
}

static void random_line(struct seed *seed, struct shelf *s)
{
    uint32_t sku = draw(seed, 0, COUNT_OF(SKUS) - 1);
    struct offers_line *line = shelf_line(s, SKUS[sku], CATEGORIES[sku % COUNT_OF(CATEGORIES)],
                                          draw(seed, 0, 2500), (int64_t)draw(seed, 1, 6));
    if (draw(seed, 0, 9) == 0) {
        line->quantity_milli = draw(seed, 1, 3000);
        line->weighed = true;
    }
    if (draw(seed, 0, 19) == 0)
        line->quantity_milli = -line->quantity_milli;
    line->no_discount = draw(seed, 0, 19) == 0;
    line->no_points = draw(seed, 0, 19) == 0;
    line->floor_minor = draw(seed, 0, 9) == 0 ? draw(seed, 1, 500) : 0;
}

static struct shelf *random_shop(struct seed *seed, struct names *names)
{
    struct shelf *s = shelf_new();
    for (size_t i = 0; i < COUNT_OF(SKUS); i++)
        names->skus[i] = span_of_text(SKUS[i]);
    for (size_t i = 0; i < COUNT_OF(CATEGORIES); i++)
        names->categories[i] = span_of_text(CATEGORIES[i]);
    s->source.lane_count = draw(seed, 1, 3);
    s->source.order = (enum book_order)draw(seed, BOOK_BY_STEP, BOOK_BY_PRIORITY);
    s->source.sharing = (enum book_sharing)draw(seed, 0, BOOK_SHARING_LAST);
    s->source.line_discount_max_bp = draw(seed, 0, 3) == 0 ? draw(seed, 1, 10000) : 0;
    for (uint32_t i = 0; i < s->source.lane_count; i++)
        s->lanes[i] = (struct book_source_lane){
            .name = span_of_text("lane"), .mode = (enum book_lane_mode)draw(seed, 0, BOOK_LANE_MODE_LAST)};
    for (uint32_t count = draw(seed, 0, COUNT_OF(IDS)); count > 0; count--)
        random_offer(seed, s, names);
    for (uint32_t count = draw(seed, 0, 12); count > 0; count--)
        random_line(seed, s);
    s->basket.not_earning_minor = draw(seed, 0, 4) == 0 ? draw(seed, 0, 4000) : 0;
    return s;
}

/* shelf_price checks the sums. */
static void offers_price__keeps_its_sums_in_any_book_and_basket(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct names names;
        struct shelf *s = random_shop(&seed, &names);
        shelf_price(s);
        int64_t total = s->result.total_minor, points = s->result.points;
        shelf_price_again(s); /* what the workspace held before does not matter */
        assert_int_equal(s->result.total_minor, total);
        assert_int_equal(s->result.points, points);
        shelf_delete(s);
    }
}

static void offers_price__leaves_nothing_of_a_basket_at_100_percent_off(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct names names;
        struct shelf *s = random_shop(&seed, &names);
        for (uint32_t i = 0; i < s->source.offer_count; i++)
            s->offers[i].exclusive = BOOK_NOT_EXCLUSIVE;
        if (s->source.offer_count == COUNT_OF(IDS))
            s->source.offer_count--;
        s->source.order = BOOK_BY_STEP; /* the last lane is the last of all */
        s->source.line_discount_max_bp = 0;
        s->lanes[s->source.lane_count++] =
            (struct book_source_lane){.name = span_of_text("last"), .mode = BOOK_LANE_ALL};
        struct book_source_offer *all = shelf_offer(s, "zz-all", BOOK_PERCENT_OFF, BOOK_TOGETHER);
        all->give.percent_bp = 10000;
        all->lane = s->source.lane_count - 1;
        for (uint32_t i = 0; i < s->basket.line_count; i++) {
            s->lines[i].floor_minor = 0;
            s->lines[i].no_discount = false;
        }
        shelf_price(s);
        for (uint32_t i = 0; i < s->basket.line_count; i++) {
            if (s->lines[i].quantity_milli > 0)
                assert_int_equal(s->result.lines[i].net_minor, 0);
        }
        shelf_delete(s);
    }
}

/* Cents that fall on one of two equal lines may change places; sums may not where each line stands for
 * itself. */
static void offers_price__of_item_offers_does_not_mind_the_order_of_lines(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct names names;
        struct shelf *s = random_shop(&seed, &names);
        for (uint32_t i = 0; i < s->source.offer_count; i++) {
            if (s->offers[i].kind <= BOOK_FIXED_PRICE && s->offers[i].scope == BOOK_TOGETHER)
                s->offers[i].scope = BOOK_EACH_LINE, s->offers[i].give.per_minor = 0;
            if (s->offers[i].kind == BOOK_BUY_GET)
                s->offers[i].until_day = SHELF_DAY - 1;
        }
        shelf_price(s);
        int64_t total = s->result.total_minor, points = s->result.points;
        for (uint32_t i = s->basket.line_count; i > 1; i--) {
            uint32_t other = draw(&seed, 0, i - 1);
            struct offers_line swap = s->lines[i - 1];
            s->lines[i - 1] = s->lines[other];
            s->lines[other] = swap;
        }
        shelf_price_again(s);
        assert_int_equal(s->result.total_minor, total);
        assert_int_equal(s->result.points, points);
        shelf_delete(s);
    }
}

/* What is still out of a receipt while it comes back. */
struct returning {
    int64_t money, discount, points;
    int64_t back_milli[LINES_MAX];
    struct ledger_purchase purchase;
};

static void return_some(struct seed *seed, const struct shelf *s, struct returning *r, uint32_t line)
{
    const struct offers_line *sold = &s->lines[line];
    const struct offers_line_result *priced = &s->result.lines[line];
    int64_t left = sold->quantity_milli - r->back_milli[line];
    int64_t step = sold->weighed ? 1 : 1000, now = left;
    if (draw(seed, 0, 1) == 1)
        now = step * (1 + (int64_t)seed_below(seed, (uint64_t)(left / step)));
    struct offers_sold whole = {priced->amount_minor, priced->discount_minor, sold->quantity_milli,
                                sold->weighed};
    struct offers_sold part;
    ok(offers_return_share(&whole, r->back_milli[line], now, &part));
    int64_t net = part.amount_minor - part.discount_minor, points;
    ok(ledger_take_back(&r->purchase, sold->no_points ? 0 : net, &points));
    assert_true(net >= 0 && part.discount_minor >= 0 && points >= 0);
    r->back_milli[line] += now;
    r->money -= net;
    r->discount -= part.discount_minor;
    r->points -= points;
}

static void offers_price__when_all_comes_back_in_any_order_leaves_no_money_and_no_points(void **state)
{
    (void)state;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct names names;
        struct shelf *s = random_shop(&seed, &names);
        uint32_t open = 0;
        for (uint32_t i = 0; i < s->basket.line_count; i++) {
            if (s->lines[i].quantity_milli < 0)
                s->lines[i].quantity_milli = -s->lines[i].quantity_milli;
            s->lines[i].floor_minor = 0;
            open++;
        }
        shelf_price(s);
        struct returning r = {
            .money = s->result.total_minor, .discount = s->result.discount_minor, .points = s->result.points};
        r.purchase.points = s->result.points;
        for (uint32_t i = 0; i < s->basket.line_count; i++)
            r.purchase.base_minor += s->lines[i].no_points ? 0 : s->result.lines[i].net_minor;
        bool has_base = r.purchase.base_minor > 0;
        while (open > 0) {
            uint32_t line = draw(&seed, 0, s->basket.line_count - 1);
            if (r.back_milli[line] == s->lines[line].quantity_milli)
                continue;
            return_some(&seed, s, &r, line);
            open -= r.back_milli[line] == s->lines[line].quantity_milli ? 1 : 0;
        }
        assert_int_equal(r.money, 0);
        assert_int_equal(r.discount, 0);
        if (has_base) /* points on the gross of a free basket have nothing to come back with: a void undoes
                         them */
            assert_int_equal(r.points, 0);
        shelf_delete(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_price__keeps_its_sums_in_any_book_and_basket),
        cmocka_unit_test(offers_price__leaves_nothing_of_a_basket_at_100_percent_off),
        cmocka_unit_test(offers_price__of_item_offers_does_not_mind_the_order_of_lines),
        cmocka_unit_test(offers_price__when_all_comes_back_in_any_order_leaves_no_money_and_no_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
