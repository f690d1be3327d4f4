/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "unit/wire/samples.h"

static uint8_t memory[8 * 1024 * 1024];
static uint8_t bytes[RECORD_SIZE_MAX];

static size_t encode_sample(kassa_RecordKind kind)
{
    struct wire_record record;
    sample_record(kind, &record);
    size_t size = 0;
    assert_int_equal(wire_record_encode(&record, bytes, sizeof(bytes), &size), ERR_OK);
    return size;
}

static void read_golden(const char *name, char *out, size_t capacity)
{
    char path[512];
    (void)snprintf(path, sizeof(path), KASSA_SOURCE_DIR "/tests/golden/%s.hex", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(out, 1, capacity - 1, file);
    (void)fclose(file);
    out[size] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* With KASSA_GOLDEN=write the files are made anew: only after a deliberate change of the format. */
static void write_golden(const char *name, const char *hex)
{
    char path[512];
    (void)snprintf(path, sizeof(path), KASSA_SOURCE_DIR "/tests/golden/%s.hex", name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "%s\n", hex);
    (void)fclose(file);
}

static void check_golden(const char *name, size_t size)
{
    static char hex[8192], golden[8192];
    hex_write(span_of(bytes, size), hex);
    if (getenv("KASSA_GOLDEN") != NULL)
        write_golden(name, hex);
    read_golden(name, golden, sizeof(golden));
    assert_string_equal(hex, golden);
}

static void wire_record_encode__gives_the_golden_bytes_of_each_kind(void **state)
{
    (void)state;
    for (int kind = 1; kind <= SAMPLE_COUNT; kind++) {
        size_t size = encode_sample((kassa_RecordKind)kind);
        char name[64];
        (void)snprintf(name, sizeof(name), "wire/%s", wire_record_kind_name((kassa_RecordKind)kind));
        check_golden(name, size);
    }
}

static void wire_record_encode__gives_the_golden_bytes_of_points_coupons_and_limits(void **state)
{
    (void)state;
    for (int i = 0; i < POINTS_SAMPLE_COUNT; i++) {
        struct wire_record record, decoded;
        static uint8_t again[RECORD_SIZE_MAX];
        const char *name = sample_points_record(i, &record);
        size_t size = 0, again_size = 0;
        assert_int_equal(wire_record_encode(&record, bytes, sizeof(bytes), &size), ERR_OK);
        check_golden(name, size);
        struct arena arena = arena_of(memory, sizeof(memory));
        assert_int_equal(wire_record_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
        assert_int_equal(wire_record_encode(&decoded, again, sizeof(again), &again_size), ERR_OK);
        assert_true(span_is_equal(span_of(bytes, size), span_of(again, again_size)));
    }
}

static void wire_record_decode__gives_back_what_was_encoded(void **state)
{
    (void)state;
    static uint8_t again[RECORD_SIZE_MAX];
    for (int kind = 1; kind <= SAMPLE_COUNT; kind++) {
        size_t size = encode_sample((kassa_RecordKind)kind), again_size = 0;
        struct arena arena = arena_of(memory, sizeof(memory));
        struct wire_record decoded;
        assert_int_equal(wire_record_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
        assert_int_equal(wire_record_encode(&decoded, again, sizeof(again), &again_size), ERR_OK);
        assert_true(span_is_equal(span_of(bytes, size), span_of(again, again_size)));
    }
}

static void wire_record_decode__refuses_each_truncation(void **state)
{
    (void)state;
    for (int kind = 1; kind <= SAMPLE_COUNT; kind++) {
        size_t size = encode_sample((kassa_RecordKind)kind);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, bytes, cut);
            struct arena arena = arena_of(memory, sizeof(memory));
            struct wire_record decoded;
            enum err error = wire_record_decode(span_of(exact, cut), &arena, &decoded);
            free(exact);
            assert_int_not_equal(error, ERR_OK);
        }
    }
}

static void wire_record_decode__keeps_the_head_of_a_kind_it_does_not_know(void **state)
{
    (void)state;
    size_t size = encode_sample(kassa_RecordKind_RECORD_TILL_FAULT);
    bytes[1] = 99; /* the kind: field 1, one byte */
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_record decoded;
    assert_int_equal(wire_record_decode(span_of(bytes, size), &arena, &decoded), ERR_UNSUPPORTED);
    assert_int_equal(decoded.head.seq, 112);
    assert_string_equal(wire_record_kind_name(decoded.head.kind), "unknown");
}

static void wire_record_decode__skips_a_field_from_the_future(void **state)
{
    (void)state;
    size_t size = encode_sample(kassa_RecordKind_RECORD_CARD_SEEN);
    static const uint8_t future[] = {0xa2, 0x06, 0x03, 'n', 'e', 'w'}; /* field 100, three bytes */
    memcpy(bytes + size, future, sizeof(future));
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_record decoded;
    assert_int_equal(wire_record_decode(span_of(bytes, size + sizeof(future)), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.body.card_seen.card_token.bytes[0], 0x30);
}

static size_t encode_long_receipt(size_t line_count)
{
    static kassa_Line lines[LINES_MAX + 1];
    struct wire_record record;
    sample_record(kassa_RecordKind_RECORD_PURCHASE, &record);
    for (size_t i = 0; i < line_count; i++) {
        lines[i] = record.body.receipt.lines[0];
        lines[i].number = (uint32_t)i + 1;
    }
    record.body.receipt.lines = lines;
    record.body.receipt.line_count = line_count;
    size_t size = 0;
    return wire_record_encode(&record, bytes, sizeof(bytes), &size) == ERR_OK ? size : 0;
}

static void wire_record_encode__takes_a_receipt_of_the_most_lines_and_no_more(void **state)
{
    (void)state;
    size_t size = encode_long_receipt(LINES_MAX);
    assert_int_not_equal(size, 0);
    struct arena arena = arena_of(memory, sizeof(memory));
    struct wire_record decoded;
    assert_int_equal(wire_record_decode(span_of(bytes, size), &arena, &decoded), ERR_OK);
    assert_int_equal(decoded.body.receipt.line_count, LINES_MAX);
    assert_int_equal(decoded.body.receipt.lines[LINES_MAX - 1].number, LINES_MAX);
    assert_int_equal(encode_long_receipt(LINES_MAX + 1), 0);
}

static void wire_record_decode__says_so_when_the_arena_is_too_small(void **state)
{
    (void)state;
    size_t size = encode_long_receipt(100);
    struct arena arena = arena_of(memory, 4096);
    struct wire_record decoded;
    assert_int_equal(wire_record_decode(span_of(bytes, size), &arena, &decoded), ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_record_encode__gives_the_golden_bytes_of_each_kind),
        cmocka_unit_test(wire_record_encode__gives_the_golden_bytes_of_points_coupons_and_limits),
        cmocka_unit_test(wire_record_decode__gives_back_what_was_encoded),
        cmocka_unit_test(wire_record_decode__refuses_each_truncation),
        cmocka_unit_test(wire_record_decode__keeps_the_head_of_a_kind_it_does_not_know),
        cmocka_unit_test(wire_record_decode__skips_a_field_from_the_future),
        cmocka_unit_test(wire_record_encode__takes_a_receipt_of_the_most_lines_and_no_more),
        cmocka_unit_test(wire_record_decode__says_so_when_the_arena_is_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
