/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shopper/visit.h"

#define HEAD "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

static enum err read(const char *text, struct plan *out, size_t *out_line)
{
    *out_line = 0;
    return plan_receipts_text(strdup(text), 0, out, out_line);
}

static void plan_receipts__brings_the_lines_of_a_receipt_together(void **state)
{
    (void)state;
    struct plan plan;
    size_t line;
    assert_int_equal(read(HEAD "1,A,\"TWO, \"\"QUOTED\"\"\",6,x,2.55,17850.0,UK\n"
                               "C2,B,BACK,-1,x,0.001,,UK\r\n"
                               "1,C,LAST,-3,x,0,17850.0,UK",
                          &plan, &line),
                     ERR_OK);
    assert_int_equal(plan.visit_count, 2);
    const struct visit *sale = &plan.visits[0], *back = &plan.visits[1];
    assert_int_equal(sale->line_count, 2);
    assert_string_equal(sale->lines[0].description, "TWO, \"QUOTED\"");
    assert_int_equal(sale->lines[0].price_e5, 255000);
    assert_int_equal(sale->lines[0].quantity_milli, 6000);
    assert_false(sale->lines[0].is_correction);
    assert_true(sale->lines[1].is_correction); /* negative, and no return */
    assert_string_equal(sale->shopper->number, "2900000178502");
    assert_int_equal(back->kind, VISIT_RETURN);
    assert_int_equal(back->lines[0].price_e5, 100);
    assert_false(back->lines[0].is_correction);
    assert_int_equal(back->shopper->card, CARD_NONE);
    plan_done(&plan);
}

struct wrong {
    const char *text;
    enum err error;
    size_t line;
};

static void plan_receipts__names_the_line_that_is_wrong(void **state)
{
    (void)state;
    static const struct wrong wrongs[] = {
        {HEAD "1,A,B,x,d,1,,UK\n", ERR_SYNTAX, 2},
        {HEAD "1,A,B,1,d,1,,UK\n1,A,\"B,1,d,1,,UK\n", ERR_SYNTAX, 3},
        {HEAD "1,A,B,1,d,1,,UK,more\n", ERR_SYNTAX, 2},
        {HEAD "1,A,B,1,d,1\n", ERR_SYNTAX, 2},
        {HEAD "1,A,B,1,d,0.000001,,UK\n", ERR_SYNTAX, 2},
        {HEAD "1,A,B,1,d,1,99999999999,UK\n", ERR_SYNTAX, 2},
        {HEAD "an-invoice-of-more-than-thirty-two-bytes,A,B,1,d,1,,UK\n", ERR_TOO_LONG, 2},
        {HEAD "1,A,B,1,d,1,,UK\r", ERR_SYNTAX, 2},
    };
    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        struct plan plan;
        size_t line;
        assert_int_equal(read(wrongs[i].text, &plan, &line), wrongs[i].error);
        assert_int_equal(line, wrongs[i].line);
    }
}

static void plan_neighbourhood__is_the_same_for_the_same_seed_and_another_for_another(void **state)
{
    (void)state;
    struct plan first, again, other;
    assert_int_equal(plan_neighbourhood(7, 60, &first), ERR_OK);
    assert_int_equal(plan_neighbourhood(7, 60, &again), ERR_OK);
    assert_int_equal(plan_neighbourhood(8, 60, &other), ERR_OK);
    assert_int_equal(first.line_count, again.line_count);
    bool differs = first.line_count != other.line_count;
    for (size_t i = 0; i < first.line_count; i++) {
        assert_string_equal(first.lines[i].sku, again.lines[i].sku);
        assert_int_equal(first.lines[i].quantity_milli, again.lines[i].quantity_milli);
        differs = differs || strcmp(first.lines[i].sku, other.lines[i].sku) != 0;
    }
    assert_true(differs);
    plan_done(&first);
    plan_done(&again);
    plan_done(&other);
}

static void plan_member_number__has_the_check_digit_of_gs1(void **state)
{
    (void)state;
    char number[16];
    plan_member_number(1000, number);
    assert_string_equal(number, "2900000010000");
    plan_member_number(17850, number);
    assert_string_equal(number, "2900000178502");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_receipts__brings_the_lines_of_a_receipt_together),
        cmocka_unit_test(plan_receipts__names_the_line_that_is_wrong),
        cmocka_unit_test(plan_neighbourhood__is_the_same_for_the_same_seed_and_another_for_another),
        cmocka_unit_test(plan_member_number__has_the_check_digit_of_gs1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
