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
    assert_null(back->shopper->kind);
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
    assert_int_equal(plan_neighbourhood(7, 60, &plan_card_kinds, &first), ERR_OK);
    assert_int_equal(plan_neighbourhood(7, 60, &plan_card_kinds, &again), ERR_OK);
    assert_int_equal(plan_neighbourhood(8, 60, &plan_card_kinds, &other), ERR_OK);
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
    char number[SHOPPER_NUMBER_SIZE];
    plan_member_number(1000, number);
    assert_string_equal(number, "2900000010000");
    plan_member_number(17850, number);
    assert_string_equal(number, "2900000178502");
}

static void plan_number__has_the_check_digit_of_its_form(void **state)
{
    (void)state;
    char number[SHOPPER_NUMBER_SIZE];
    plan_number(CARD_BY_LUHN, 99273987, number);
    assert_string_equal(number, "7992739875");
    plan_number(CARD_BY_GSRN, 1000, number);
    assert_int_equal(strlen(number), 18);
}

static void plan_neighbourhood__shows_each_kind_and_a_single_card_once(void **state)
{
    (void)state;
    static const struct card_kind rows[] = {
        {"ndef", CARD_BY_NUMBER, 2, 0, NULL, "ntag213 uid {uid}", NULL},
        {"originality", CARD_BY_UID, 1, 0, "04ab87f2ca1190", "ntag213 uid {uid}", NULL},
        {NULL, CARD_BY_NUMBER, 1, 0, NULL, NULL, NULL},
    };
    static const struct card_kinds kinds = {rows, COUNT_OF(rows), .is_each_shown = true};
    struct plan plan;
    size_t singles = 0, members = 0;
    assert_int_equal(plan_neighbourhood(1, 60, &kinds, &plan), ERR_OK);
    for (size_t i = 0; i < plan.shopper_count; i++) {
        assert_ptr_equal(plan.visits[i].shopper,
                         &plan.shoppers[i]); /* who has a card or not: all come once */
        singles += plan.shoppers[i].kind == &rows[1] ? 1 : 0;
        members += plan.shoppers[i].kind == &rows[0] ? 1 : 0;
    }
    assert_int_equal(singles, 1);
    assert_true(members > plan.shopper_count / 2);
    assert_string_equal(plan.shoppers[2].uid, "04ab87f2ca1190");
    plan_done(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_receipts__brings_the_lines_of_a_receipt_together),
        cmocka_unit_test(plan_receipts__names_the_line_that_is_wrong),
        cmocka_unit_test(plan_neighbourhood__is_the_same_for_the_same_seed_and_another_for_another),
        cmocka_unit_test(plan_member_number__has_the_check_digit_of_gs1),
        cmocka_unit_test(plan_number__has_the_check_digit_of_its_form),
        cmocka_unit_test(plan_neighbourhood__shows_each_kind_and_a_single_card_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
