/* SPDX-License-Identifier: Apache-2.0 */
/* What a till asks before it promises, and what it is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "wire/message.h"

static uint8_t memory[1024 * 1024];
static uint8_t bytes[BATCH_SIZE_MAX];

static void check_golden(const char *name, size_t size)
{
    static char path[512], hex[4096], golden[4096];
    (void)snprintf(path, sizeof(path), KASSA_SOURCE_DIR "/tests/golden/message/%s.hex", name);
    hex_write(span_of(bytes, size), hex);
    if (getenv("KASSA_GOLDEN") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        (void)fprintf(out, "%s\n", hex);
        (void)fclose(out);
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    golden[fread(golden, 1, sizeof(golden) - 1, in)] = '\0';
    (void)fclose(in);
    golden[strcspn(golden, "\n")] = '\0';
    assert_string_equal(hex, golden);
}

static kassa_Request reserve_request(void)
{
    kassa_Request request = {.till = "till-7",
                             .store = "vilnius-1",
                             .id = 0x0102030405060708,
                             .which_question = kassa_Request_reserve_tag};
    kassa_Reserve *reserve = &request.question.reserve;
    (void)snprintf(reserve->key, sizeof(reserve->key), "vilnius-1/till-7/20778/41");
    reserve->member.size = MEMBER_SIZE;
    for (uint8_t i = 0; i < MEMBER_SIZE; i++)
        reserve->member.bytes[i] = (uint8_t)(0x10 + i);
    reserve->business_day = 20778;
    reserve->points = 100;
    return request;
}

static void wire_encode__gives_the_golden_bytes_of_a_reservation_that_is_asked_for(void **state)
{
    (void)state;
    kassa_Request request = reserve_request(), decoded;
    size_t size = 0;
    assert_int_equal(wire_encode(kassa_Request_fields, &request, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Request.reserve", size);
    assert_int_equal(wire_decode(kassa_Request_fields, span_of(bytes, size), &decoded), ERR_OK);
    assert_int_equal(decoded.which_question, kassa_Request_reserve_tag);
    assert_int_equal(decoded.question.reserve.points, 100);
}

static struct wire_answer granted(void)
{
    return (struct wire_answer){.head = {.request = 0x0102030405060708},
                                .reservation = {.key = "vilnius-1/till-7/20778/41",
                                                .status = kassa_ReserveStatus_RESERVE_GRANTED,
                                                .expires_unix_ms = 1795267080500}};
}

static void wire_answer_encode__gives_the_golden_bytes_of_a_grant(void **state)
{
    (void)state;
    struct wire_answer answer = granted(), decoded;
    size_t size = 0;
    assert_int_equal(wire_answer_encode(&answer, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Answer.granted", size);
    struct arena arena = arena_of(memory, sizeof(memory));
    assert_int_equal(wire_answer_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.kind, WIRE_ANSWER_RESERVATION);
    assert_string_equal(decoded.reservation.key, answer.reservation.key);
    assert_int_equal(decoded.reservation.status, kassa_ReserveStatus_RESERVE_GRANTED);
    assert_true(decoded.reservation.expires_unix_ms == 1795267080500);
    assert_true(decoded.head.request == 0x0102030405060708);
}

static kassa_Request gift_request(void)
{
    kassa_Request request = {.till = "till-7",
                             .store = "vilnius-1",
                             .id = 0x0102030405060708,
                             .which_question = kassa_Request_gift_tag};
    request.question.gift.size = TOKEN_SIZE;
    memset(request.question.gift.bytes, 0x61, TOKEN_SIZE);
    return request;
}

static struct wire_answer gift_answer(void)
{
    struct wire_answer answer = {
        .head = {.request = 0x0102030405060708},
        .kind = WIRE_ANSWER_GIFT,
        .gift = {.found = true, .available_minor = 1750, .currency = "EUR", .exponent = 2}};
    answer.gift.account.size = TOKEN_SIZE;
    memset(answer.gift.account.bytes, 0x61, TOKEN_SIZE);
    return answer;
}

static void wire__gives_the_golden_bytes_of_a_gift_cards_question_and_answer(void **state)
{
    (void)state;
    kassa_Request request = gift_request(), asked;
    struct wire_answer answer = gift_answer(), decoded;
    size_t size = 0;
    assert_int_equal(wire_encode(kassa_Request_fields, &request, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Request.gift", size);
    assert_int_equal(wire_decode(kassa_Request_fields, span_of(bytes, size), &asked), ERR_OK);
    assert_int_equal(asked.which_question, kassa_Request_gift_tag);
    assert_memory_equal(asked.question.gift.bytes, request.question.gift.bytes, TOKEN_SIZE);
    assert_int_equal(wire_answer_encode(&answer, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Answer.gift", size);
    struct arena arena = arena_of(memory, sizeof(memory));
    assert_int_equal(wire_answer_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.kind, WIRE_ANSWER_GIFT);
    assert_true(decoded.gift.found && !decoded.gift.refused);
    assert_true(decoded.gift.available_minor == 1750);
    assert_string_equal(decoded.gift.currency, "EUR");
    assert_memory_equal(decoded.gift.account.bytes, answer.gift.account.bytes, TOKEN_SIZE);
}

static void wire__gives_the_golden_bytes_of_a_renewals_question_and_answer(void **state)
{
    (void)state;
    kassa_Request request = {.till = "till-7",
                             .store = "vilnius-1",
                             .id = 0x0102030405060708,
                             .which_question = kassa_Request_renew_tag};
    struct wire_answer answer = {.head = {.request = 0x0102030405060708},
                                 .kind = WIRE_ANSWER_RENEWED,
                                 .renewed = {.status = kassa_RenewStatus_RENEW_GRANTED}};
    kassa_Request asked;
    struct wire_answer decoded;
    size_t size = 0;
    request.question.renew.size = 230;
    memset(request.question.renew.bytes, 0x30, 230);
    answer.renewed.certificate.size = sizeof(answer.renewed.certificate.bytes);
    memset(answer.renewed.certificate.bytes, 0x31, sizeof(answer.renewed.certificate.bytes));
    assert_int_equal(wire_encode(kassa_Request_fields, &request, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Request.renew", size);
    assert_int_equal(wire_decode(kassa_Request_fields, span_of(bytes, size), &asked), ERR_OK);
    assert_int_equal(asked.question.renew.size, 230);
    assert_memory_equal(asked.question.renew.bytes, request.question.renew.bytes, 230);
    assert_int_equal(wire_answer_encode(&answer, bytes, sizeof(bytes), &size), ERR_OK);
    check_golden("Answer.renewed", size);
    struct arena arena = arena_of(memory, sizeof(memory));
    assert_int_equal(wire_answer_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.kind, WIRE_ANSWER_RENEWED);
    assert_int_equal(decoded.renewed.status, kassa_RenewStatus_RENEW_GRANTED);
    assert_int_equal(decoded.renewed.certificate.size, sizeof(answer.renewed.certificate.bytes));
    assert_memory_equal(decoded.renewed.certificate.bytes, answer.renewed.certificate.bytes,
                        sizeof(answer.renewed.certificate.bytes));
}

static size_t encode_receipt(struct span record)
{
    static kassa_LineReturned returned[2] = {{.line = 1, .quantity_milli = 1000, .amount_minor = 249},
                                             {.line = 4, .quantity_milli = 350}};
    struct wire_answer answer = {
        .head = {.request = 9},
        .kind = WIRE_ANSWER_RECEIPT,
        .receipt = {.head = {.has_id = true, .id = {.till = "till-3", .number = 41}, .found = true},
                    .record = record,
                    .returned = returned,
                    .returned_count = 2}};
    size_t size = 0;
    assert_int_equal(wire_answer_encode(&answer, bytes, sizeof(bytes), &size), ERR_OK);
    return size;
}

static void wire_answer_decode__gives_back_a_receipt_and_what_came_back_of_it(void **state)
{
    (void)state;
    struct span record = span_of_text("a record, byte for byte");
    size_t size = encode_receipt(record);
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_answer decoded;
    assert_int_equal(wire_answer_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.kind, WIRE_ANSWER_RECEIPT);
    assert_true(decoded.receipt.head.found);
    assert_string_equal(decoded.receipt.head.id.till, "till-3");
    assert_true(span_is_equal(decoded.receipt.record, record));
    assert_int_equal(decoded.receipt.returned_count, 2);
    assert_int_equal(decoded.receipt.returned[1].line, 4);
    assert_int_equal(decoded.receipt.returned[0].amount_minor, 249);
}

static void wire_answer_decode__refuses_each_truncation_and_a_small_arena(void **state)
{
    (void)state;
    size_t size = encode_receipt(span_of_text("a record"));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, bytes, cut);
        struct arena arena = arena_of(memory, sizeof(memory));
        struct wire_answer decoded;
        enum err error = wire_answer_decode(span_of(exact, cut), &arena, &decoded);
        free(exact);
        assert_int_not_equal(error, ERR_OK);
    }
    struct arena arena = arena_of(memory, 64);
    struct wire_answer decoded;
    assert_int_equal(wire_answer_decode(span_of(bytes, size), &arena, &decoded), ERR_MEMORY);
}

static void wire_answer_decode__says_unsupported_of_an_answer_from_the_future(void **state)
{
    (void)state;
    static const uint8_t future[] = {0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 0x06, 0x03, 'n', 'e', 'w'};
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_answer decoded;
    assert_int_equal(wire_answer_decode(span_of(future, sizeof(future)), &arena, &decoded), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_encode__gives_the_golden_bytes_of_a_reservation_that_is_asked_for),
        cmocka_unit_test(wire_answer_encode__gives_the_golden_bytes_of_a_grant),
        cmocka_unit_test(wire__gives_the_golden_bytes_of_a_gift_cards_question_and_answer),
        cmocka_unit_test(wire__gives_the_golden_bytes_of_a_renewals_question_and_answer),
        cmocka_unit_test(wire_answer_decode__gives_back_a_receipt_and_what_came_back_of_it),
        cmocka_unit_test(wire_answer_decode__refuses_each_truncation_and_a_small_arena),
        cmocka_unit_test(wire_answer_decode__says_unsupported_of_an_answer_from_the_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
