/* SPDX-License-Identifier: Apache-2.0 */
#include "journal_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "vault/vault.h"

void fixture_open(struct journal_fixture *fixture)
{
    char path[128];
    folder_join(&fixture->folder, "journal", path);
    struct lmdb_options options = {.path = path,
                                   .tables = journal_tables,
                                   .table_count = JOURNAL_TABLE_COUNT,
                                   .map_size_bytes = fixture->map_size_bytes,
                                   .random = seed_as_random(&fixture->seed)};
    struct journal_settings settings = {.random = seed_as_random(&fixture->seed)};
    ok(lmdb_storage_open(&options, &fixture->lmdb));
    fixture->faulty = (struct faulty_storage){.inner = lmdb_storage_as_storage(fixture->lmdb)};
    ok(journal_open(faulty_storage_as_storage(&fixture->faulty), &settings, &fixture->journal));
}

void fixture_close(struct journal_fixture *fixture)
{
    journal_close(TAKE(fixture->journal));
    lmdb_storage_close(TAKE(fixture->lmdb));
}

void fixture_restart(struct journal_fixture *fixture)
{
    fixture->faulty.fail_at = 1; /* what the close would store does not get there */
    fixture->faulty.is_sticky = true;
    fixture->faulty.fault = FAULT_IO;
    fixture_close(fixture);
    fixture_open(fixture);
}

static int setup(void **state, uint64_t map_size_bytes)
{
    struct journal_fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    ok(vault_open());
    fixture->folder = folder_make();
    fixture->seed = seed_of_environment();
    fixture->map_size_bytes = map_size_bytes;
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

int fixture_setup(void **state)
{
    return setup(state, 64 * 1024 * 1024);
}

int fixture_setup_small(void **state)
{
    return setup(state, 1024 * 1024);
}

int fixture_teardown(void **state)
{
    struct journal_fixture *fixture = *state;
    fixture_close(fixture);
    folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

struct span fixture_record(struct journal_fixture *fixture, uint64_t n)
{
    size_t size = 40 + (size_t)(n % 900);
    struct seed bytes = {n};
    for (size_t i = 0; i < size; i++)
        fixture->buffer[i] = (uint8_t)seed_next(&bytes);
    return span_of(fixture->buffer, size);
}

struct span fixture_key(uint64_t n, char out[32])
{
    return span_of(out, (size_t)snprintf(out, 32, "key-%" PRIu64, n));
}

void fixture_digest(uint64_t n, uint8_t out[HASH_SIZE])
{
    memset(out, (int)(n & 0xff), HASH_SIZE);
}

enum err fixture_append(struct journal_fixture *fixture, uint64_t n, uint64_t *out_seq)
{
    char key[32];
    uint8_t digest[HASH_SIZE];
    fixture_digest(n, digest);
    struct journal_entry entry = {.bytes = fixture_record(fixture, n),
                                  .unix_ms = (int64_t)n * DAY_MS,
                                  .takes_receipt = true,
                                  .key = fixture_key(n, key),
                                  .digest = digest};
    return journal_append(fixture->journal, &entry, 1, out_seq);
}

void fixture_append_many(struct journal_fixture *fixture, uint64_t first, uint64_t last)
{
    for (uint64_t n = first; n <= last; n++) {
        uint64_t seq = 0;
        ok(fixture_append(fixture, n, &seq));
    }
}

void fixture_expect(struct journal_fixture *fixture, uint64_t seq, uint64_t n)
{
    static uint8_t stored[RECORD_SIZE_MAX];
    struct journal_record record;
    ok(journal_read(fixture->journal, seq, stored, sizeof stored, &record));
    assert_true(span_is_equal(record.bytes, fixture_record(fixture, n)));
}
