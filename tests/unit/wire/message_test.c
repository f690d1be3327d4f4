/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/message.h"

static uint8_t memory[1024 * 1024];
static uint8_t bytes[BATCH_SIZE_MAX];

static size_t encode_batch(struct span *records, size_t count)
{
    struct wire_batch batch = {.head = {.till = "till-7", .incarnation = 9, .first_seq = 5},
                               .records = records,
                               .record_count = count};
    size_t size = 0;
    assert_int_equal(wire_batch_encode(&batch, bytes, sizeof(bytes), &size), ERR_OK);
    return size;
}

static void wire_batch_decode__gives_back_each_record_byte_for_byte(void **state)
{
    (void)state;
    struct span records[] = {span_of_text("first"), span_of_text(""), span_of_text("third")};
    size_t size = encode_batch(records, 3);
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_batch batch;
    assert_int_equal(wire_batch_decode(span_of(bytes, size), &arena, &batch), ERR_OK);
    assert_string_equal(batch.head.till, "till-7");
    assert_int_equal(batch.head.first_seq, 5);
    assert_int_equal(batch.record_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(span_is_equal(batch.records[i], records[i]));
}

static void wire_batch_decode__notices_each_flipped_bit_of_a_record(void **state)
{
    (void)state;
    struct span records[] = {span_of_text("a record of some bytes")};
    size_t size = encode_batch(records, 1);
    uint8_t *at = memmem(bytes, size, records[0].bytes, records[0].size);
    assert_non_null(at);
    for (size_t bit = 0; bit < 8 * records[0].size; bit++) {
        at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct arena arena = arena_of(memory, sizeof(memory));
        struct wire_batch batch;
        assert_int_equal(wire_batch_decode(span_of(bytes, size), &arena, &batch), ERR_CHECKSUM);
        at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void wire_batch_decode__refuses_more_records_than_a_batch_holds(void **state)
{
    (void)state;
    static struct span records[BATCH_RECORDS_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(records); i++)
        records[i] = span_of_text("x");
    struct wire_batch batch = {.records = records, .record_count = COUNT_OF(records)};
    size_t size = 0;
    assert_int_equal(wire_batch_encode(&batch, bytes, sizeof(bytes), &size), ERR_TOO_LONG);
    size = encode_batch(records, BATCH_RECORDS_MAX);
    static const uint8_t one_more[] = {0x3a, 0x01, 'x'}; /* field 7 */
    memcpy(bytes + size, one_more, sizeof(one_more));
    struct arena arena = arena_of(memory, sizeof(memory));
    assert_int_equal(wire_batch_decode(span_of(bytes, size + sizeof(one_more)), &arena, &batch),
                     ERR_TOO_LONG);
}

static void wire_member_updates_decode__gives_back_the_members(void **state)
{
    (void)state;
    kassa_Member members[2] = {
        {.id = {.size = 16, .bytes = {1}}, .version = 7, .language = "lt", .points = -3},
        {.id = {.size = 16, .bytes = {2}}, .version = 8, .erased = true}};
    struct wire_member_updates updates = {
        .head = {.from_version = 6, .to_version = 8}, .members = members, .member_count = 2};
    size_t size = 0;
    assert_int_equal(wire_member_updates_encode(&updates, bytes, sizeof(bytes), &size), ERR_OK);
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_member_updates decoded;
    assert_int_equal(wire_member_updates_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.head.to_version, 8);
    assert_int_equal(decoded.member_count, 2);
    assert_string_equal(decoded.members[0].language, "lt");
    assert_int_equal(decoded.members[0].points, -3);
    assert_true(decoded.members[1].erased);
}

static void wire_book_chunk_decode__gives_back_the_chunk(void **state)
{
    (void)state;
    struct wire_book_chunk chunk = {.version = 3, .index = 2, .bytes = span_of_text("piece")};
    size_t size = 0;
    assert_int_equal(wire_book_chunk_encode(&chunk, bytes, sizeof(bytes), &size), ERR_OK);
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_book_chunk decoded;
    assert_int_equal(wire_book_chunk_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.index, 2);
    assert_true(span_is_equal(decoded.bytes, chunk.bytes));
}

static void wire_book_news_decode__gives_back_each_part_byte_for_byte(void **state)
{
    (void)state;
    struct wire_book_news news = {.roots = {span_of_text("root two"), span_of_text("root three")},
                                  .root_count = 2,
                                  .timestamp = span_of_text("a timestamp"),
                                  .manifest = span_of_text("a manifest")};
    struct wire_book_news decoded;
    struct arena arena = arena_of(memory, sizeof(memory));
    size_t size = 0;
    assert_int_equal(wire_book_news_encode(&news, bytes, sizeof(bytes), &size), ERR_OK);
    assert_int_equal(wire_book_news_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.root_count, 2);
    assert_true(span_is_equal(decoded.roots[0], news.roots[0]));
    assert_true(span_is_equal(decoded.roots[1], news.roots[1]));
    assert_true(span_is_equal(decoded.timestamp, news.timestamp));
    assert_true(span_is_equal(decoded.manifest, news.manifest));
    for (size_t cut = 0; cut < size; cut++) /* each truncation: an error, or less of it, never more */
        (void)!wire_book_news_decode(span_of(bytes, cut), &arena, &decoded);
    assert_int_equal(wire_book_news_decode(span_of(bytes, 0), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.root_count + decoded.timestamp.size + decoded.manifest.size, 0);
}

static void wire_book_news_decode__refuses_parts_and_lists_that_are_too_long(void **state)
{
    (void)state;
    static uint8_t part[SIGNED_SIZE_MAX + 1];
    struct wire_book_news news = {.manifest = span_of(part, sizeof(part))};
    struct wire_book_news decoded;
    struct arena arena = arena_of(memory, sizeof(memory));
    size_t size = 0;
    assert_int_equal(wire_book_news_encode(&news, bytes, sizeof(bytes), &size), ERR_TOO_LONG);
    size = 0;
    for (size_t i = 0; i <= NEWS_ROOTS_MAX; i++) { /* field 1, of one byte */
        bytes[size++] = 0x0a;
        bytes[size++] = 1;
        bytes[size++] = 'x';
    }
    assert_int_equal(wire_book_news_decode(span_of(bytes, size), &arena, &decoded), ERR_TOO_LONG);
    assert_int_equal(wire_book_news_decode(span_of(bytes, size - 3), &arena, &decoded), ERR_OK);
    bytes[0] = 0x1a; /* field 3, of 8193 bytes */
    bytes[1] = 0x81;
    bytes[2] = 0x40;
    memset(bytes + 3, 0, SIGNED_SIZE_MAX + 1);
    assert_int_equal(wire_book_news_decode(span_of(bytes, 3 + SIGNED_SIZE_MAX + 1), &arena, &decoded),
                     ERR_TOO_LONG);
}

static void wire_signed_statement__begins_with_its_purpose(void **state)
{
    (void)state;
    uint8_t statement[WIRE_STATEMENT_SIZE_MAX];
    static uint8_t content[SIGNED_CONTENT_MAX + 1];
    size_t size = 0;
    assert_int_equal(wire_signed_statement(WIRE_SIGNED_TIMESTAMP, span_of_text("x"), statement, &size),
                     ERR_OK);
    assert_int_equal(size, 14);
    assert_memory_equal(statement, "kassa-time-1\0x", 14);
    assert_int_equal(
        wire_signed_statement(WIRE_SIGNED_ROOT, span_of(content, SIGNED_CONTENT_MAX), statement, &size),
        ERR_OK);
    assert_int_equal(
        wire_signed_statement(WIRE_SIGNED_ROOT, span_of(content, sizeof(content)), statement, &size),
        ERR_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_batch_decode__gives_back_each_record_byte_for_byte),
        cmocka_unit_test(wire_batch_decode__notices_each_flipped_bit_of_a_record),
        cmocka_unit_test(wire_batch_decode__refuses_more_records_than_a_batch_holds),
        cmocka_unit_test(wire_member_updates_decode__gives_back_the_members),
        cmocka_unit_test(wire_book_chunk_decode__gives_back_the_chunk),
        cmocka_unit_test(wire_book_news_decode__gives_back_each_part_byte_for_byte),
        cmocka_unit_test(wire_book_news_decode__refuses_parts_and_lists_that_are_too_long),
        cmocka_unit_test(wire_signed_statement__begins_with_its_purpose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
