/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/sync_till.h"

#include <stdio.h>

#include "wire/record.h"

#define MAP_SIZE (UINT64_C(256) << 20)
#define STORE    "store-1"
#define TENANT   "kassa-test"

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)

static const char *const cache_tables[] = {MEMBERS_TABLES, BOOKCASE_TABLES};

static void on_members(void *context)
{
    struct sync_till *till = context;
    till->member_updates++;
}

static void on_member(void *context, const uint8_t token[TOKEN_SIZE], const kassa_Member *member)
{
    (void)token;
    struct sync_till *till = context;
    till->member_answers++;
    till->was_member_known = member != NULL;
}

static enum trust_reason on_book(void *context, const kassa_BookManifest *manifest, struct span bytes)
{
    struct sync_till *till = context;
    till->book_version = manifest->version;
    till->book_size = (uint32_t)bytes.size;
    return TRUST_GOOD;
}

static void on_fault(void *context, enum sync_fault fault, const char *text)
{
    (void)text;
    struct sync_till *till = context;
    till->faults[fault]++;
}

static struct lmdb_storage *open_lmdb(const struct folder *folder, const char *id, const char *suffix,
                                      const char *const *tables, unsigned count, struct random random)
{
    char name[64], path[128];
    KASSA_ASSERT(snprintf(name, sizeof(name), "%s.%s", id, suffix) > 0);
    folder_join(folder, name, path);
    struct lmdb_options options = {.path = path,
                                   .tables = tables,
                                   .table_count = count,
                                   .map_size_bytes = MAP_SIZE,
                                   .access = LMDB_EXCLUSIVE,
                                   .absent = LMDB_CREATE,
                                   .random = random};
    struct lmdb_storage *storage = NULL;
    MUST(lmdb_storage_open(&options, &storage));
    return storage;
}

static void open_books(struct sync_till *till, const struct sync_till_options *options)
{
    const struct books_settings settings = {.tenant = TENANT,
                                            .store = STORE,
                                            .till = till->id,
                                            .first_root = options->first_root,
                                            .pull_ms_max = 100};
    const struct books_parts parts = {options->clock, options->random, till->bookcase};
    const struct books_handler handler = {.use = on_book, .context = till};
    enum trust_reason reason;
    MUST(books_open(&settings, &parts, &handler, &reason, &till->books));
}

void sync_till_open(struct sync_till *till, const struct folder *folder,
                    const struct sync_till_options *options)
{
    memcpy(till->id, options->id, strlen(options->id) + 1);
    till->journal_lmdb =
        open_lmdb(folder, till->id, "journal", journal_tables, JOURNAL_TABLE_COUNT, options->random);
    till->cache_lmdb =
        open_lmdb(folder, till->id, "cache", cache_tables, COUNT_OF(cache_tables), options->random);
    struct journal_settings journal_settings = {.random = options->random};
    till->journal_storage = (struct faulty_storage){.inner = lmdb_storage_as_storage(till->journal_lmdb)};
    MUST(journal_open(faulty_storage_as_storage(&till->journal_storage), &journal_settings, &till->journal));
    MUST(members_open(lmdb_storage_as_storage(till->cache_lmdb), 0, &till->members));
    MUST(bookcase_open(lmdb_storage_as_storage(till->cache_lmdb), MEMBERS_TABLE_COUNT, &till->bookcase));
    struct sync_settings settings = {.till = till->id,
                                     .store = STORE,
                                     .tenant = TENANT,
                                     .software = "test",
                                     .backoff_ms_max = options->backoff_ms_max,
                                     .ack_timeout_ms = options->ack_timeout_ms};
    if (options->first_root.size > 0)
        open_books(till, options);
    struct sync_parts parts = {options->transport, options->clock, options->random, till->journal,
                               till->members,      till->bookcase, till->books};
    struct sync_handler handler = {
        .on_members = on_members, .on_member = on_member, .on_fault = on_fault, .context = till};
    MUST(sync_open(&settings, &parts, &handler, &till->sync));
}

void sync_till_close(struct sync_till *till)
{
    sync_close(till->sync);
    books_close(till->books);
    bookcase_close(till->bookcase);
    members_close(till->members);
    journal_close(till->journal);
    lmdb_storage_close(till->cache_lmdb);
    lmdb_storage_close(till->journal_lmdb);
    till->sync = NULL;
    till->books = NULL;
}

void sync_till_crash(struct sync_till *till)
{
    till->journal_storage.fail_at = till->journal_storage.count + 1;
    till->journal_storage.is_sticky = true;
    sync_till_close(till);
}

static struct span encode(const struct wire_record *record, uint8_t *buffer, size_t size)
{
    size_t used;
    MUST(wire_record_encode(record, buffer, size, &used));
    return span_of(buffer, used);
}

void sync_till_sell(struct sync_till *till, uint64_t number, int64_t total_minor, const uint8_t *member,
                    int64_t points)
{
    static uint8_t buffer[16384];
    kassa_Line line = {.number = 1, .sku = "bread", .quantity_milli = 1000, .amount_minor = total_minor};
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_PURCHASE,
                                          .seq = journal_next_seq(till->journal),
                                          .wall_unix_ms = 1000 + (int64_t)number}};
    kassa_Receipt *head = &record.body.receipt.head;
    head->has_id = true;
    head->id.number = number;
    head->id.business_day = 20000;
    memcpy(head->id.till, till->id, sizeof(till->id));
    memcpy(head->id.store, "store-1", 8);
    head->kind = kassa_ReceiptKind_RECEIPT_SALE;
    memcpy(head->currency, "EUR", 4);
    head->exponent = 2;
    head->gross_minor = total_minor;
    head->total_minor = total_minor;
    record.body.receipt.lines = &line;
    record.body.receipt.line_count = 1;
    if (member != NULL) {
        head->has_loyalty = true;
        head->loyalty.member.size = MEMBER_SIZE;
        memcpy(head->loyalty.member.bytes, member, MEMBER_SIZE);
        head->loyalty.points_earned = points;
    }
    struct journal_entry entry = {.bytes = encode(&record, buffer, sizeof(buffer)), .takes_receipt = true};
    uint64_t seq;
    MUST(journal_append(till->journal, &entry, 1, &seq));
    sync_appended(till->sync);
}

void sync_till_append(struct sync_till *till, size_t count)
{
    static uint8_t buffers[JOURNAL_APPEND_MAX][512];
    while (count > 0) {
        struct journal_entry entries[JOURNAL_APPEND_MAX] = {{.unix_ms = 0}};
        size_t now = count < JOURNAL_APPEND_MAX ? count : JOURNAL_APPEND_MAX;
        for (size_t i = 0; i < now; i++) {
            struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_CARD_SEEN,
                                                  .seq = journal_next_seq(till->journal) + i,
                                                  .wall_unix_ms = 1000,
                                                  .mono_ms = till->appended++}};
            record.body.card_seen.card_token.size = TOKEN_SIZE;
            entries[i].bytes = encode(&record, buffers[i], sizeof(buffers[i]));
        }
        uint64_t seq;
        MUST(journal_append(till->journal, entries, now, &seq));
        count -= now;
        sync_appended(till->sync);
    }
}

uint64_t sync_till_backlog(const struct sync_till *till)
{
    struct sync_status status;
    sync_get_status(till->sync, &status);
    return status.backlog;
}
