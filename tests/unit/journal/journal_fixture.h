/* SPDX-License-Identifier: Apache-2.0 */
/* journal_fixture.h - a journal on LMDB in a folder of its own, behind a storage that can be made to fail. */
#ifndef KASSA_JOURNAL_FIXTURE_H
#define KASSA_JOURNAL_FIXTURE_H

#include "harness/faulty_storage.h"
#include "harness/folder.h"
#include "harness/seed.h"
#include "journal/journal.h"
#include "platform/lmdb/lmdb_storage.h"

#define DAY_MS 86400000

struct journal_fixture {
    struct folder folder;
    struct seed seed;
    uint64_t map_size_bytes;
    struct lmdb_storage *lmdb;
    struct faulty_storage faulty;
    struct journal *journal;
    uint8_t buffer[RECORD_SIZE_MAX];
};

int fixture_setup(void **state);       /* a map of 64 MiB */
int fixture_setup_small(void **state); /* a map of 1 MiB */
int fixture_teardown(void **state);

void fixture_open(struct journal_fixture *fixture);
void fixture_close(struct journal_fixture *fixture);
/* As after a power cut: nothing is told to the journal, which is opened again. */
void fixture_restart(struct journal_fixture *fixture);

/* Record number n: some bytes that depend on n, of 40 + n % 900. */
struct span fixture_record(struct journal_fixture *fixture, uint64_t n);

/* Appends record n with the key "key-<n>", a receipt number, and day n as its time. */
enum err fixture_append(struct journal_fixture *fixture, uint64_t n, uint64_t *out_seq);
void fixture_append_many(struct journal_fixture *fixture, uint64_t first, uint64_t last);

/* Record seq of the newest generation is record n. */
void fixture_expect(struct journal_fixture *fixture, uint64_t seq, uint64_t n);

struct span fixture_key(uint64_t n, char out[32]);
void fixture_digest(uint64_t n, uint8_t out[HASH_SIZE]);

#endif
