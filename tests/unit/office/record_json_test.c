/* SPDX-License-Identifier: Apache-2.0 */
#include "office/record_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <pb_common.h>
#include <stdlib.h>

static void record_json__keeps_or_leaves_out_defaults_as_asked(void **state)
{
    (void)state;
    crm_Totals totals = crm_Totals_init_zero;
    totals.records = 5;
    totals.currencies_count = 1;
    memcpy(totals.currencies[0].currency, "EUR", 4);
    totals.currencies[0].returns_minor = -224;
    json_t *all = record_json_of_message(crm_Totals_fields, &totals, RECORD_JSON_KEEP);
    json_t *some = record_json_of_message(crm_Totals_fields, &totals, RECORD_JSON_LEAVE_OUT);
    assert_int_equal(json_integer_value(json_object_get(all, "records")), 5);
    assert_true(json_is_integer(json_object_get(all, "forks")));
    assert_null(json_object_get(some, "forks"));
    json_t *euro = json_array_get(json_object_get(some, "currencies"), 0);
    assert_string_equal(json_string_value(json_object_get(euro, "currency")), "EUR");
    assert_int_equal(json_integer_value(json_object_get(euro, "returns_minor")), -224);
    json_decref(all);
    json_decref(some);
}

static void record_json__shows_large_numbers_enums_and_bytes_without_loss(void **state)
{
    (void)state;
    crm_Till till = crm_Till_init_zero;
    till.incarnation = UINT64_C(0xfedcba9876543210);
    kassa_Void voided = kassa_Void_init_zero;
    voided.member.size = 2;
    voided.member.bytes[0] = 0xab;
    voided.original_kind = kassa_RecordKind_RECORD_PURCHASE;
    json_t *json = record_json_of_message(crm_Till_fields, &till, RECORD_JSON_LEAVE_OUT);
    assert_string_equal(json_string_value(json_object_get(json, "incarnation")), "fedcba9876543210");
    json_decref(json);
    json = record_json_of_message(kassa_Void_fields, &voided, RECORD_JSON_LEAVE_OUT);
    assert_string_equal(json_string_value(json_object_get(json, "member")), "ab00");
    assert_string_equal(json_string_value(json_object_get(json, "original_kind")), "purchase");
    json_decref(json);
    voided.original_kind = (kassa_RecordKind)77;
    json = record_json_of_message(kassa_Void_fields, &voided, RECORD_JSON_LEAVE_OUT);
    assert_int_equal(json_integer_value(json_object_get(json, "original_kind")), 77);
    json_decref(json);
}

/* A message without a row of names would be left out without a word. */
static void expect_names(const pb_msgdesc_t *fields)
{
    static uint64_t zeros[8192];
    pb_field_iter_t field;
    json_t *json = record_json_of_message(fields, zeros, RECORD_JSON_LEAVE_OUT);
    assert_non_null(json);
    json_decref(json);
    if (!pb_field_iter_begin_const(&field, fields, zeros))
        return;
    do {
        if (PB_LTYPE(field.type) == PB_LTYPE_SUBMESSAGE)
            expect_names(field.submsg_desc);
    } while (pb_field_iter_next(&field));
}

static void record_json__knows_the_names_of_all_that_stands_in_receipts_and_members(void **state)
{
    (void)state;
    static const pb_msgdesc_t *const roots[] = {kassa_Receipt_fields,        kassa_Line_fields,
                                                kassa_Discount_fields,       kassa_Void_fields,
                                                kassa_MemberEnrolled_fields, kassa_OfferShown_fields,
                                                kassa_OfferAnswered_fields,  kassa_Member_fields};
    for (size_t i = 0; i < COUNT_OF(roots); i++)
        expect_names(roots[i]);
}

static void record_json__takes_a_text_that_is_no_utf8(void **state)
{
    (void)state;
    kassa_TillFault fault = kassa_TillFault_init_zero;
    memcpy(fault.text, "\xff\xfe", 3);
    json_t *json = record_json_of_message(kassa_TillFault_fields, &fault, RECORD_JSON_LEAVE_OUT);
    assert_string_equal(json_string_value(json_object_get(json, "text")), "fffe");
    json_decref(json);
}

static void record_json__knows_no_message_that_is_in_no_table(void **state)
{
    (void)state;
    kassa_Ack ack = kassa_Ack_init_zero;
    assert_null(record_json_of_message(kassa_Ack_fields, &ack, RECORD_JSON_KEEP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_json__keeps_or_leaves_out_defaults_as_asked),
        cmocka_unit_test(record_json__shows_large_numbers_enums_and_bytes_without_loss),
        cmocka_unit_test(record_json__knows_the_names_of_all_that_stands_in_receipts_and_members),
        cmocka_unit_test(record_json__takes_a_text_that_is_no_utf8),
        cmocka_unit_test(record_json__knows_no_message_that_is_in_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
