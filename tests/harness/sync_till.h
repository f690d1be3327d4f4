/* SPDX-License-Identifier: Apache-2.0 */
/* sync_till.h - a till as far as sync sees it: a journal, members and a bookcase on LMDB, records that are
 * told apart, and a sync over whatever transport the test gives it. */
#ifndef KASSA_HARNESS_SYNC_TILL_H
#define KASSA_HARNESS_SYNC_TILL_H

#include "harness/faulty_storage.h"
#include "harness/folder.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"
#include "sync/sync.h"

struct sync_till {
    char id[TILL_ID_MAX + 1];
    struct lmdb_storage *journal_lmdb;
    struct lmdb_storage *cache_lmdb;
    struct faulty_storage journal_storage; /* around the journal's, so that it can crash */
    struct journal *journal;
    struct members *members;
    struct bookcase *bookcase;
    struct books *books; /* NULL: it takes none */
    struct sync *sync;
    uint64_t appended; /* records by sync_till_append, in this life or an earlier one as the caller says */
    unsigned member_updates;
    unsigned member_answers;
    bool was_member_known; /* by the last answer */
    uint64_t book_version; /* of the last book that was put in force */
    uint32_t book_size;
    unsigned faults[SYNC_FAULT_COUNT];
};

struct sync_till_options {
    const char *id;
    struct transport transport;
    struct clock clock;
    struct random random;
    uint32_t backoff_ms_max;
    uint32_t ack_timeout_ms;
    struct span first_root; /* the file of it, of tenant "kassa-test"; empty: this till takes no books */
};

/* Opens or begins what is in <folder>/<id>.journal and .cache. Any failure ends the test program. */
void sync_till_open(struct sync_till *till, const struct folder *folder,
                    const struct sync_till_options *options);
void sync_till_close(struct sync_till *till);

/* The same without an orderly end: nothing more is written. */
void sync_till_crash(struct sync_till *till);

/* Appends one purchase of total_minor with that receipt number, of a member (NULL: none), and tells sync. */
void sync_till_sell(struct sync_till *till, uint64_t number, int64_t total_minor, const uint8_t *member,
                    int64_t points);

/* Appends count tap records in durable commits of up to JOURNAL_APPEND_MAX, numbered from
 * till->appended on. */
void sync_till_append(struct sync_till *till, size_t count);

uint64_t sync_till_backlog(const struct sync_till *till);

#endif
