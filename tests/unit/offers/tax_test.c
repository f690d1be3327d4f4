/* SPDX-License-Identifier: Apache-2.0 */
/* Tax within prices and on top of them, and prices that rules set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/offers/shelf.h"

static int set_up(void **state)
{
    *state = shelf_new();
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static struct book_source_offer *off(struct shelf *s, int64_t minor)
{
    struct book_source_offer *offer = shelf_offer(s, "off", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = minor;
    return offer;
}

static void offers_price__takes_the_tax_out_of_each_line_after_discounts(void **state)
{
    struct shelf *s = *state;
    off(s, 1000);
    shelf_line(s, "x", NULL, 5690, 1)->tax_rate_bp = 1000;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 4690);
    assert_int_equal(s->result.tax_minor, 426);
    assert_int_equal(s->result.lines[0].tax_base_minor, 4264);
    assert_int_equal(s->result.payable_minor, 4690);
}

static void offers_price__adds_the_tax_of_each_line_to_net_prices(void **state)
{
    struct shelf *s = *state;
    s->basket.price_mode = OFFERS_NET_PRICES;
    off(s, 1010);
    shelf_line(s, "x", NULL, 1000, 2)->tax_rate_bp = 2300;
    shelf_line(s, "y", NULL, 5604, 1)->tax_rate_bp = 1000;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 266);
    assert_int_equal(s->result.lines[1].discount_minor, 744);
    assert_int_equal(s->result.tax_minor, 885);
    assert_int_equal(s->result.payable_minor, 7479);
}

static void offers_price__sums_the_lines_taxes_instead_of_taxing_the_sum(void **state)
{
    struct shelf *s = *state;
    s->basket.price_mode = OFFERS_NET_PRICES;
    for (int i = 0; i < 3; i++)
        shelf_line(s, "x", NULL, 5, 1)->tax_rate_bp = 1000; /* 0.5 each: 1 */
    shelf_build(s);
    shelf_price_again(s);
    assert_int_equal(s->result.tax_minor, 3);
}

static void offers_price__leaves_nothing_of_a_basket_that_is_free(void **state)
{
    struct shelf *s = *state;
    static const int64_t prices[] = {560, 892, 4491, 21726, 240000};
    s->basket.price_mode = OFFERS_NET_PRICES;
    shelf_offer(s, "all", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 10000;
    for (size_t i = 0; i < COUNT_OF(prices); i++)
        shelf_line(s, "x", NULL, prices[i], 1)->tax_rate_bp = 1500;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 0);
    assert_int_equal(s->result.tax_minor, 0);
    assert_int_equal(s->result.payable_minor, 0);
}

static void offers_price__mirrors_the_tax_of_a_return(void **state)
{
    struct shelf *s = *state;
    shelf_line(s, "x", NULL, 995, 1)->tax_rate_bp = 700;
    shelf_line(s, "x", NULL, 995, -1)->tax_rate_bp = 700;
    shelf_build(s);
    shelf_price_again(s);
    assert_int_equal(s->result.lines[0].tax_minor, 65);
    assert_int_equal(s->result.lines[1].tax_minor, -65);
    assert_int_equal(s->result.tax_minor, 0);
}

/* ---- prices */

static struct book_source_offer *price(struct shelf *s, const char *id, uint32_t bp)
{
    struct book_source_offer *offer = shelf_offer(s, id, BOOK_PRICE, BOOK_EACH_UNIT);
    offer->give = (struct book_give){.price_mode = BOOK_PRICE_PERCENT, .percent_bp = bp};
    return offer;
}

static void offers_price__rounds_the_price_that_a_rule_sets(void **state)
{
    struct shelf *s = *state;
    price(s, "catalogue", 1500);
    shelf_line(s, "x", NULL, 1050, 3);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].unit_price_e5, 893 * 1000); /* 8.925 */
    assert_int_equal(s->result.lines[0].amount_minor, 2679);
    assert_int_equal(s->result.lines[0].prior_price_minor, 1050);
    assert_int_equal(s->result.lines[0].price_offer, 0);
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(shelf_why(s, "catalogue").reduced_minor, 3150 - 2679);
}

static void offers_price__runs_prices_on_or_takes_the_lowest(void **state)
{
    struct shelf *s = *state;
    price(s, "a", 1000);
    price(s, "b", 2000);
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 720);
    assert_int_equal(s->result.lines[0].prior_price_minor, 1000);
    s->lanes[0].mode = BOOK_LANE_BEST_PER_LINE;
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 800);
    assert_int_equal(shelf_why(s, "a").reason, OFFERS_BEATEN_IN_LANE);
}

static void offers_price__sets_no_price_below_the_floor(void **state)
{
    struct shelf *s = *state;
    price(s, "half", 5000);
    shelf_line(s, "x", NULL, 1000, 2)->floor_minor = 1800;
    shelf_line(s, "y", NULL, 1000, 1)->floor_minor = 1000;
    shelf_price(s);
    assert_int_equal(s->result.lines[0].unit_price_e5, 900 * 1000);
    assert_int_equal(s->result.lines[1].unit_price_e5, 1000 * 1000);
    assert_int_equal(s->result.lines[1].price_offer, BOOK_NONE);
}

static void offers_price__discounts_what_price_rules_left(void **state)
{
    struct shelf *s = *state;
    price(s, "quarter", 2500)->give.prior_price_minor = 1900; /* the lowest of the last thirty days */
    struct book_source_offer *line = shelf_offer(s, "line", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    line->give = (struct book_give){.percent_bp = 1000, .percent_of = BOOK_INITIAL};
    struct book_source_offer *list = shelf_offer(s, "list", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    list->give = line->give;
    list->target = (struct book_source_selector){.everything = true, .not_reduced = true};
    shelf_line(s, "x", NULL, 2000, 1);
    shelf_price(s);
    assert_int_equal(s->result.total_minor, 1350);
    assert_int_equal(s->result.lines[0].prior_price_minor, 1900);
    assert_int_not_equal(shelf_why(s, "list").reason, OFFERS_GIVEN);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(takes_the_tax_out_of_each_line_after_discounts),
        CASE(adds_the_tax_of_each_line_to_net_prices),
        CASE(sums_the_lines_taxes_instead_of_taxing_the_sum),
        CASE(leaves_nothing_of_a_basket_that_is_free),
        CASE(mirrors_the_tax_of_a_return),
        CASE(rounds_the_price_that_a_rule_sets),
        CASE(runs_prices_on_or_takes_the_lowest),
        CASE(sets_no_price_below_the_floor),
        CASE(discounts_what_price_rules_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
