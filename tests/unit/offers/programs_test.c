/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are programs: what they see of a basket, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/ok.h"
#include "offers/conditions_cel.h"
#include "unit/offers/shelf.h"

/* The program of a condition, in memory that the caller frees. */
static struct span compile(const char *text, bool is_of_line, void **memory)
{
    struct cel_source source = {.text = span_of_text(text),
                                .declarations = conditions_cel_declarations(is_of_line)};
    struct cel_program program;
    struct cel_faults faults;
    *memory = malloc(CEL_MEMORY_SIZE);
    assert_non_null(*memory);
    struct arena arena = arena_of(*memory, CEL_MEMORY_SIZE);
    enum err error = cel_compile(&source, &arena, &program, &faults);
    if (error != ERR_OK) {
        fail_msg("%s: %s", text, faults.count > 0 ? faults.list[0].sentence : err_name(error));
        abort();
    }
    return program.bytes;
}

/* A loaf of bread (2 x 2.50), three teas (1.00 each, one line), 0.300 kg of cheese at 9.99 (reduced), a deposit. */
static struct shelf *shop(void)
{
    static const struct span segments[] = {{(const uint8_t *)"families", 8},
                                           {(const uint8_t *)"students", 8}};
    static const struct offers_coupon coupons[] = {
        {.code = {(const uint8_t *)"OLD", 3}, .state = OFFERS_COUPON_USED},
        {.code = {(const uint8_t *)"SPRING", 6}, .state = OFFERS_COUPON_FRESH}};
    struct shelf *s = shelf_new();
    (void)shelf_line(s, "bread", "bakery", 250, 2);
    (void)shelf_line(s, "tea", "drinks", 100, 3);
    struct offers_line *cheese = shelf_line(s, "cheese", "dairy", 999, 1);
    cheese->quantity_milli = 300;
    cheese->weighed = true;
    cheese->is_reduced = true;
    cheese->tax_rate_bp = 700;
    cheese->categories[1] = span_of_text("deli");
    cheese->category_count = 2;
    shelf_line(s, "bottle", NULL, 25, 1)->no_discount = true;
    s->member = (struct offers_member){.known = true,
                                       .tier = span_of_text("gold"),
                                       .segments = segments,
                                       .segment_count = 2,
                                       .visits = 9,
                                       .points = 120,
                                       .birth_month_day = 1121,
                                       .consents = 1u << BOOK_CONSENT_PERSONAL_OFFERS,
                                       .language = span_of_text("pl-PL")};
    s->moment.utc_offset_min = -90;
    s->moment.unix_ms = ((int64_t)SHELF_DAY * 1440 + 720 + 90) * 60000;
    s->basket.coupons = coupons;
    s->basket.coupon_count = 2;
    return s;
}

static struct offers_explanation try_condition(const char *text, bool is_of_line)
{
    void *memory;
    struct shelf *s = shop();
    struct book_source_offer *offer = shelf_offer(s, "it", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = 1;
    struct span program = compile(text, is_of_line, &memory);
    *(is_of_line ? &offer->line_condition : &offer->condition) = program;
    shelf_price(s);
    struct offers_explanation why = shelf_why(s, "it");
    shelf_delete(s);
    free(memory);
    return why;
}

static const char *const true_ones[] = {
    "basket.amount == 1100 && basket.initial_amount == 1100",
    "basket.quantity == 5300",
    "basket.units == 6",
    "basket.lines.size() == 3",
    "basket.lines.map(l, l.sku) == ['bread', 'tea', 'cheese']",
    "basket.lines.map(l, l.number) == [1, 2, 3]",
    "basket.lines[2].sku == 'cheese' && basket.lines[0].sku == 'bread'",
    "basket.lines.filter(l, 'deli' in l.categories)[0].amount == 300",
    "basket.lines.map(l, l.units) == [2, 3, 1] && basket.lines.map(l, l.quantity) == [2000, 3000, 300]",
    "basket.lines.exists_one(l, l.weighed && l.reduced && l.tax_rate == 700 && l.unit_price == 999)",
    "basket.lines.all(l, basket.lines.exists(m, m == l))",
    "basket.count('tea') == 3 && basket.count('deli') == 1 && basket.count('none') == 0",
    "basket.amount_of('bakery') == 500 && basket.amount_of('bottle') == 0",
    "member.known && member.tier == 'gold' && member.visits + 1 == 10 && member.points >= 100",
    "'students' in member.segments && !('x' in member.segments) && member.segments.size() == 2",
    "has(member.birth_day) && member.birth_day == 21 && member.birth_month == 11 && member.is_birthday",
    "member.language.startsWith('pl') && member.personal_offers",
    "coupons == ['SPRING']",
    "now == timestamp('2026-11-21T13:30:00Z')",
    "now.getHours(store.zone) == 12 && store.zone == '-01:30'",
    "local.year == 2026 && local.month == 11 && local.day == 21 && local.weekday == 6 && local.hour == 12",
    "local.minute == 0 && local.day_of_year == 325",
    "store.id == 's1' && store.channel == 'till'",
    "type(basket) == Basket && dyn(member).tier == 'gold' && type(basket.lines[0]) == Line",
};

static void condition__sees_basket_member_store_and_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(true_ones); i++) {
        struct offers_explanation why = try_condition(true_ones[i], false);
        if (why.reason != OFFERS_GIVEN)
            fail_msg("%s: %s", true_ones[i], offers_reason_row(why.reason)->name);
    }
}

static void condition__that_is_false_keeps_the_offer_back(void **state)
{
    (void)state;
    assert_int_equal(try_condition("basket.amount > 1100", false).reason, OFFERS_CONDITION_FALSE);
    assert_int_equal(try_condition("basket.count('milk') > 0 && basket.lines[7].weighed", false).reason,
                     OFFERS_CONDITION_FALSE);
}

static void condition__that_fails_says_why(void **state)
{
    (void)state;
    struct offers_explanation why = try_condition("basket.amount / (basket.units - 6) > 1", false);
    assert_int_equal(why.reason, OFFERS_CONDITION_ERROR);
    assert_string_equal(why.detail, "division by zero");
    why = try_condition("basket.lines[7].amount > 1", false);
    assert_int_equal(why.reason, OFFERS_CONDITION_ERROR);
    assert_string_equal(why.detail, "the index is outside the list or text");
    why = try_condition("basket.amount", false);
    assert_int_equal(why.reason, OFFERS_CONDITION_ERROR);
}

static void condition__without_end_is_stopped(void **state)
{
    (void)state;
    struct offers_explanation why = try_condition(
        "[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, [1,2,3,4,5,6,7,8].all(d,"
        "[1,2,3,4,5,6,7,8].all(e, [1,2,3,4,5,6,7,8].all(f, a + b + c + d + e + f > 0)))))) || true",
        false);
    assert_int_equal(why.reason, OFFERS_CONDITION_ERROR);
    assert_string_equal(why.detail, "the evaluation takes more steps than it was given");
}

static void line_condition__chooses_the_lines_that_count(void **state)
{
    (void)state;
    void *memory;
    struct shelf *s = shop();
    struct book_source_offer *offer = shelf_offer(s, "half", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = 5000;
    offer->line_condition = compile("line.unit_price >= 250 && !line.weighed", true, &memory);
    shelf_price(s);
    assert_int_equal(s->result.lines[0].discount_minor, 250);
    assert_int_equal(s->result.discount_minor, 250);
    shelf_delete(s);
    free(memory);
    assert_int_equal(try_condition("line.amount > 100000", true).reason, OFFERS_NO_MATCHING_ITEM);
    assert_int_equal(try_condition("line.categories[1] == 'deli'", true).reason, OFFERS_CONDITION_ERROR);
    assert_int_equal(try_condition("line == basket.lines[line.number - 1]", true).reason, OFFERS_GIVEN);
}

/* The second offer sees what the first one took off. */
static void condition__sees_amounts_as_they_stand(void **state)
{
    (void)state;
    void *memory;
    struct shelf *s = shop();
    shelf_offer(s, "a", BOOK_AMOUNT_OFF, BOOK_TOGETHER)->give.amount_minor = 100;
    struct book_source_offer *second = shelf_offer(s, "b", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    second->give.amount_minor = 1;
    second->condition = compile("basket.amount == 1000 && basket.initial_amount == 1100", false, &memory);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "b").reason, OFFERS_GIVEN);
    shelf_delete(s);
    free(memory);
}

static void condition__of_an_unknown_member_has_no_birthday(void **state)
{
    (void)state;
    void *memory;
    struct shelf *s = shop();
    s->member = (struct offers_member){.known = false};
    struct book_source_offer *offer = shelf_offer(s, "it", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    offer->give.amount_minor = 1;
    offer->condition =
        compile("!member.known && !has(member.birth_day) && !member.is_birthday && member.tier == '' && "
                "member.segments == [] && member.visits == 0",
                false, &memory);
    shelf_price(s);
    assert_int_equal(shelf_why(s, "it").reason, OFFERS_GIVEN);
    shelf_delete(s);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(condition__sees_basket_member_store_and_time),
        cmocka_unit_test(condition__that_is_false_keeps_the_offer_back),
        cmocka_unit_test(condition__that_fails_says_why),
        cmocka_unit_test(condition__without_end_is_stopped),
        cmocka_unit_test(line_condition__chooses_the_lines_that_count),
        cmocka_unit_test(condition__sees_amounts_as_they_stand),
        cmocka_unit_test(condition__of_an_unknown_member_has_no_birthday),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
