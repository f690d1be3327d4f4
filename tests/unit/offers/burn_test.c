/* SPDX-License-Identifier: Apache-2.0 */
/* Points that are burned, as a discount and as a tender, and what they leave of the points that are earned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    s->source.programme_rules = (struct book_programme){.burn_points = 100, .burn_value_minor = 100};
    s->member = (struct offers_member){.known = true, .points = 1000};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static void earn(struct shelf *s, uint32_t points, int64_t per_minor)
{
    struct book_source_offer *offer = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    offer->give = (struct book_give){.points = points, .per_minor = per_minor};
}

static void offers_burn__burns_whole_steps_up_to_what_may_be_paid(void **state)
{
    (void)state;
    static const struct {
        uint32_t step;
        int64_t value, available, wanted, payable, points;
        uint32_t share_bp, least;
    } rows[] = {
        {3, 450, 10, 100, 10000, 9, 10000, 0}, /* whole steps only */
        {3, 450, 10, 100, 1000, 6, 10000, 0},  /* not above what is to pay */
        {100, 100, 1000, 350, 10000, 300, 0, 0},
        {100, 100, 1000, 1000, 999, 400, 5000, 0}, /* half of 9.99 */
        {100, 100, 1000, 300, 10000, 0, 0, 400},   /* less than the least */
        {100, 100, 0, 300, 10000, 0, 0, 0},
        {100, 100, 1000, -5, 10000, 0, 0, 0},
        {100, 100, 1000, 300, -1, 0, 0, 0},
        {0, 100, 1000, 300, 1000, 0, 0, 0}, /* the programme burns none */
        {1, 1, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct book_programme programme = {.burn_points = rows[i].step,
                                                 .burn_value_minor = rows[i].value,
                                                 .burn_share_max_bp = rows[i].share_bp,
                                                 .burn_min_points = rows[i].least};
        struct offers_burned burned;
        offers_burn(&programme, rows[i].available, rows[i].wanted, rows[i].payable, &burned);
        if (burned.points != rows[i].points)
            fail_msg("row %zu: %lld points", i, (long long)burned.points);
        assert_int_equal(burned.value_minor,
                         rows[i].points == 0 ? 0 : rows[i].points / rows[i].step * rows[i].value);
    }
}

static void offers_price__takes_burned_points_off_the_lines_before_the_tax(void **state)
{
    struct shelf *s = *state;
    s->basket.burn_points = 600;
    shelf_line(s, "x", NULL, 2000, 1)->tax_rate_bp = 2000;
    shelf_line(s, "y", NULL, 1000, 1)->tax_rate_bp = 0;
    shelf_line(s, "deposit", NULL, 500, 1)->no_discount = true;
    shelf_price(s);
    assert_int_equal(s->result.burned.points, 600);
    assert_int_equal(s->result.burned.value_minor, 600);
    assert_int_equal(s->result.lines[0].net_minor, 1600);
    assert_int_equal(s->result.lines[1].net_minor, 800);
    assert_int_equal(s->result.lines[2].net_minor, 500);
    assert_int_equal(s->result.lines[0].tax_minor, 267); /* of 16.00, not of 20.00 */
    assert_int_equal(s->result.discounts[0].origin, OFFERS_BY_POINTS);
    assert_int_equal(s->result.discounts[0].offer, BOOK_NONE);
    assert_int_equal(s->result.payable_minor, 2900);
}

static void offers_price__never_burns_more_than_the_lines_may_lose(void **state)
{
    struct shelf *s = *state;
    s->basket.burn_points = 1000;
    shelf_line(s, "x", NULL, 450, 1)->floor_minor = 100;
    shelf_price(s);
    assert_int_equal(s->result.burned.points, 300);
    assert_int_equal(s->result.total_minor, 150);
}

static void offers_price__leaves_the_lines_alone_when_points_are_a_tender(void **state)
{
    struct shelf *s = *state;
    s->source.programme_rules.burn_as = BOOK_BURN_AS_TENDER;
    s->source.programme_rules.excluded_tenders = 1u << OFFERS_TENDER_POINTS;
    s->basket.burn_points = 1000;
    earn(s, 1, 100);
    shelf_line(s, "x", NULL, 3000, 1);
    shelf_price(s);
    assert_int_equal(s->result.burned.points, 1000);
    assert_int_equal(s->result.total_minor, 3000);
    assert_int_equal(s->result.discount_count, 0);
    assert_int_equal(s->result.points, 20); /* the part that points pay earns nothing */
    s->source.programme_rules.excluded_tenders = 0;
    shelf_price(s);
    assert_int_equal(s->result.points, 30);
}

static void offers_price__burns_against_the_tax_too_when_points_are_a_tender(void **state)
{
    struct shelf *s = *state;
    s->source.programme_rules.burn_as = BOOK_BURN_AS_TENDER;
    s->basket.price_mode = OFFERS_NET_PRICES;
    s->basket.burn_points = 1000;
    shelf_line(s, "x", NULL, 500, 1)->tax_rate_bp = 2000;
    shelf_price(s);
    assert_int_equal(s->result.payable_minor, 600);
    assert_int_equal(s->result.burned.value_minor, 600);
}

static void offers_price__refuses_points_of_this_sale_unless_the_programme_allows_it(void **state)
{
    struct shelf *s = *state;
    s->member.points = 0;
    s->basket.burn_points = 1000;
    earn(s, 100, 1000); /* 100 points a 10.00: 1.00 */
    shelf_line(s, "x", NULL, 10000, 1);
    shelf_price(s);
    assert_int_equal(s->result.burned.points, 0);
    assert_int_equal(s->result.points, 1000);
    s->source.programme_rules.burn_same_sale = 1;
    shelf_price(s);
    assert_true(s->result.burned.points > 0);
    assert_true(s->result.burned.points <= s->result.points); /* burning lowers what is earned */
    assert_int_equal(s->result.burned.points, 900);
    assert_int_equal(s->result.points, 900);
}

static void offers_price__knows_nobodys_points(void **state)
{
    struct shelf *s = *state;
    s->member.known = false;
    s->basket.burn_points = 500;
    shelf_line(s, "x", NULL, 3000, 1);
    shelf_price(s);
    assert_int_equal(s->result.burned.points, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_burn__burns_whole_steps_up_to_what_may_be_paid),
        CASE(takes_burned_points_off_the_lines_before_the_tax),
        CASE(never_burns_more_than_the_lines_may_lose),
        CASE(leaves_the_lines_alone_when_points_are_a_tender),
        CASE(burns_against_the_tax_too_when_points_are_a_tender),
        CASE(refuses_points_of_this_sale_unless_the_programme_allows_it),
        CASE(knows_nobodys_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
