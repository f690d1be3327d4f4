/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes a damaged or forged disk yields as a row of the journal, the members or the bookcase: an
 * error, or parts that lie within the row and, written again, give the same bytes. The first byte chooses the
 * row's kind. Every row is tried as it is and with the crc that fits it, since no fuzzer finds that by
 * itself. */
#include "base/bytes.h"
#include "base/crc32c.h"
#include "bookcase/shelf.h"
#include "journal/format.h"
#include "members/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t row[RECORD_VALUE_MAX + 1];
static uint8_t again[RECORD_VALUE_MAX + 1];

static const struct place place = {1, 7};

static void expect_again(struct span value, size_t again_size)
{
    KASSA_ASSERT(span_is_equal(value, span_of(again, again_size)));
}

static void try_record(struct span value)
{
    struct record_parts parts;
    if (journal_record_read(place, value, &parts) == ERR_OK)
        expect_again(value, journal_record_write(place, &parts, again));
}

static void try_generation(struct span value)
{
    struct generation_row parts;
    if (journal_generation_read(1, value, &parts) != ERR_OK)
        return;
    journal_generation_write(1, &parts, again);
    expect_again(value, GENERATION_SIZE);
}

static void try_chunk(struct span value)
{
    uint64_t tags[CHUNK_RECORDS];
    if (journal_chunk_read(place, value, tags) != ERR_OK)
        return;
    journal_chunk_write(place, tags, again);
    expect_again(value, CHUNK_SIZE);
}

static void try_format(struct span value)
{
    (void)!journal_format_check(value);
}

static const uint8_t member_id[MEMBER_SIZE] = {1, 2, 3};

static void try_member(struct span value)
{
    struct member_row parts;
    if (members_row_read(span_of(member_id, MEMBER_SIZE), value, &parts) != ERR_OK)
        return;
    static struct member_change change;
    memcpy(change.id, member_id, MEMBER_SIZE);
    change.token_count = parts.tokens.size / TOKEN_SIZE;
    memcpy(change.tokens, parts.tokens.bytes, parts.tokens.size);
    change.message = parts.message;
    size_t again_size = members_row_write(&change, again);
    KASSA_ASSERT(again_size == value.size && memcmp(again + MEMBER_HEAD_SIZE, value.bytes + MEMBER_HEAD_SIZE,
                                                    value.size - MEMBER_HEAD_SIZE) == 0);
}

static void try_members_state(struct span value)
{
    struct members_state parts;
    if (members_state_read(value, &parts) != ERR_OK)
        return;
    members_state_write(&parts, again);
    expect_again(value, MEMBERS_STATE_SIZE);
}

static void try_shelf(struct span value)
{
    struct shelf parts;
    if (bookcase_shelf_read(value, &parts) != ERR_OK)
        return;
    for (size_t i = 0; i < BOOKCASE_SLOTS; i++)
        KASSA_ASSERT(bookcase_chunk_count(parts.copies[i].size) <= BOOKCASE_CHUNKS_MAX);
}

static void try_book_chunk(struct span value)
{
    struct span bytes;
    if (bookcase_chunk_read(1, 7, value, &bytes) == ERR_OK)
        expect_again(value, bookcase_chunk_write(1, 7, bytes, again));
}

static void try_trust(struct span value)
{
    struct span bytes;
    if (bookcase_trust_read(value, &bytes) == ERR_OK)
        expect_again(value, bookcase_trust_write(bytes, again));
}

static size_t key_of_record(uint8_t *out)
{
    journal_place_write(place, out);
    return PLACE_SIZE;
}

static size_t key_of_generation(uint8_t *out)
{
    journal_generation_write_key(1, out);
    return GENERATION_KEY_SIZE;
}

static size_t key_of_format(uint8_t *out)
{
    out[0] = (uint8_t)FORMAT_KEY[0];
    return 1;
}

static size_t key_of_member(uint8_t *out)
{
    memcpy(out, member_id, MEMBER_SIZE);
    return MEMBER_SIZE;
}

static size_t key_of_members_state(uint8_t *out)
{
    out[0] = (uint8_t)MEMBERS_STATE_KEY[0];
    return 1;
}

static size_t key_of_shelf(uint8_t *out)
{
    out[0] = (uint8_t)SHELF_KEY[0];
    return 1;
}

static size_t key_of_trust(uint8_t *out)
{
    out[0] = (uint8_t)TRUST_KEY[0];
    return 1;
}

static size_t key_of_book_chunk(uint8_t *out)
{
    bookcase_chunk_write_key(1, 7, out);
    return CHUNK_KEY_SIZE;
}

static const struct {
    void (*try)(struct span value);
    size_t (*key_of)(uint8_t *out);
} kinds[] = {
    {try_record, key_of_record}, {try_generation, key_of_generation},
    {try_chunk, key_of_record},  {try_format, key_of_format},
    {try_member, key_of_member}, {try_members_state, key_of_members_state},
    {try_shelf, key_of_shelf},   {try_book_chunk, key_of_book_chunk},
    {try_trust, key_of_trust},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size - 1 > sizeof row)
        return 0;
    size_t kind = data[0] % COUNT_OF(kinds);
    struct span value = span_of(row, size - 1);
    memcpy(row, data + 1, value.size);
    kinds[kind].try(value);
    if (value.size < 4)
        return 0;
    uint8_t key[MEMBER_SIZE];
    size_t key_size = kinds[kind].key_of(key);
    bytes_put_le32(row, crc32c(crc32c(0, span_of(key, key_size)), span_of(row + 4, value.size - 4)));
    kinds[kind].try(value);
    return 0;
}
