/* SPDX-License-Identifier: Apache-2.0 */
/* Makes what the CLI's scenario reads: a till's journal, or a hub's store, of the golden records; or a hub's store of what a
 * file says, a line each, in hexadecimal and unlooked at:
 *   document KIND KEY BODY              (KIND as in store_kind_names)
 *   records COUNT EVERY THIS OTHERS     so many records of a till, each EVERY-th with the bytes THIS
 *
 * usage: cli_fixture journal|store DIR RECORD.hex...
 *        cli_fixture lines DIR FILE */
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "crm/crm.h"
#include "journal/journal.h"
#include "platform/linux/linux_clock.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"
#include "wire/record.h"

#define RECORDS_MAX 64
#define MAP_SIZE    (UINT64_C(16) << 20)
#define WALL_MS     INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
#define INCARNATION UINT64_C(0x0123456789abcdef)

static struct span records[RECORDS_MAX];
static size_t record_count;
static uint8_t scratch[CRM_ARENA_SIZE];

static struct span copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    KASSA_ASSERT(copy != NULL);
    memcpy(copy, bytes, size);
    return span_of(copy, size);
}

/* The golden record anew with the next number, so that they are one chain; an unknown kind stays as it is. */
static struct span renumbered(struct span bytes)
{
    static uint8_t out[RECORD_SIZE_MAX];
    struct wire_record record;
    size_t size = 0;
    struct arena arena = arena_of(scratch, sizeof(scratch));
    enum err error = wire_record_decode(bytes, &arena, &record);
    if (error == ERR_UNSUPPORTED)
        return copy_of(bytes.bytes, bytes.size);
    record.head.seq = record_count + 1;
    KASSA_ASSERT(error == ERR_OK && wire_record_encode(&record, out, sizeof(out), &size) == ERR_OK);
    return copy_of(out, size);
}

static void read_record(const char *path)
{
    static char text[2 * RECORD_SIZE_MAX];
    static uint8_t bytes[RECORD_SIZE_MAX];
    FILE *file = fopen(path, "r");
    KASSA_ASSERT(file != NULL && record_count < RECORDS_MAX);
    size_t size = 0;
    for (int c; (c = fgetc(file)) != EOF && size < sizeof(text);)
        if (c > ' ')
            text[size++] = (char)c;
    fclose(file);
    KASSA_ASSERT(hex_read(span_of(text, size), bytes, size / 2) == ERR_OK);
    records[record_count] = renumbered(span_of(bytes, size / 2));
    record_count++;
}

static enum err make_journal(const char *path)
{
    const struct lmdb_options options = {.path = path,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = LMDB_CREATE,
                                         .random = linux_random()};
    const struct journal_settings settings = {.random = linux_random()};
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    TRY(lmdb_storage_open(&options, &storage));
    TRY(journal_open(lmdb_storage_as_storage(storage), &settings, &journal));
    for (size_t i = 0; i < record_count; i++) {
        uint64_t seq;
        const struct journal_entry entry = {.bytes = records[i], .unix_ms = WALL_MS + (int64_t)i};
        TRY(journal_append(journal, &entry, 1, &seq));
    }
    journal_close(TAKE(journal));
    return ERR_OK;
}

static enum err make_store(const char *path)
{
    const struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = STORE_MAP_SIZE_DEFAULT, .random = linux_random()};
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct arena arena = arena_of(scratch, sizeof(scratch));
    const struct crm_fraud fraud = {.velocity_hour = 1};
    const struct crm_intake intake = {.arena = &arena, .hub_unix_ms = WALL_MS, .credit = 1, .fraud = &fraud};
    kassa_TillState state = {
        .till = "till-7", .store = "vilnius-1", .online = true, .incarnation = INCARNATION, .birth = 1};
    struct wire_batch batch = {
        .head = {.till = "till-7", .store = "vilnius-1", .incarnation = INCARNATION, .first_seq = 1},
        .records = records,
        .record_count = record_count};
    kassa_Ack ack = kassa_Ack_init_zero;
    batch.head.hash_before.size = HASH_SIZE;
    TRY(store_open(&settings, &store));
    TRY(store_begin(store, STORE_WRITE, &txn));
    TRY(crm_take_state(&txn, &intake, &state, &ack));
    TRY(crm_take_batch(&txn, &intake, &batch, &ack));
    KASSA_ASSERT(ack.status == kassa_AckStatus_ACK_OK && ack.hw == record_count);
    return store_commit(&txn);
}

/* ---- a store of what a file says */

#define LINE_MAX_SIZE (1u << 20)

static const struct {
    enum store_kind kind;
    const char *name;
} store_kind_names[] = {
    {STORE_META, "meta"},         {STORE_MEMBERS, "members"},   {STORE_ACCOUNTS, "accounts"},
    {STORE_RECEIPTS, "receipts"}, {STORE_EVENTS, "events"},     {STORE_COUPONS, "coupons"},
    {STORE_COUNTERS, "counters"}, {STORE_RETURNS, "returns"},   {STORE_HOLDS, "holds"},
    {STORE_GIFTS, "gifts"},       {STORE_DEBTS, "debts"},       {STORE_RESERVATIONS, "reservations"},
    {STORE_SIGNALS, "signals"},   {STORE_ERASURES, "erasures"},
};

static enum store_kind kind_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(store_kind_names); i++) {
        if (strcmp(store_kind_names[i].name, name) == 0)
            return store_kind_names[i].kind;
    }
    KASSA_ASSERT(false);
    return STORE_META;
}

/* The next word of the line that strtok_r goes through. */
static const char *word_of(char **rest)
{
    const char *word = strtok_r(NULL, " \n", rest);
    KASSA_ASSERT(word != NULL);
    return word;
}

static struct span bytes_of(char **rest)
{
    const char *word = word_of(rest);
    size_t size = strlen(word) / 2;
    uint8_t *bytes = malloc(size + 1);
    KASSA_ASSERT(bytes != NULL && hex_read(span_of_text(word), bytes, size) == ERR_OK);
    return span_of(bytes, size);
}

static void give_back(struct span bytes)
{
    free((void *)(uintptr_t)bytes.bytes);
}

static enum err put_document(const struct store_txn *txn, char **rest)
{
    enum store_kind kind = kind_of(word_of(rest));
    struct span key = bytes_of(rest), body = bytes_of(rest);
    enum err error = store_put(txn, kind, key, body);
    give_back(key);
    give_back(body);
    return error;
}

static enum err put_records(const struct store_txn *txn, char **rest)
{
    size_t count = strtoul(word_of(rest), NULL, 10), every = strtoul(word_of(rest), NULL, 10);
    struct span mine = bytes_of(rest), others = bytes_of(rest);
    static struct store_appended appended; /* of the one till: lines go on where the last ones ended */
    enum err error = ERR_OK;
    for (size_t done = 0; done < count && error == ERR_OK; done += record_count) {
        for (record_count = 0; record_count < RECORDS_MAX && done + record_count < count; record_count++)
            records[record_count] = (done + record_count) % every == 0 ? mine : others;
        struct wire_batch batch = {
            .head = {.till = "till-7", .store = "vilnius-1", .incarnation = INCARNATION},
            .records = records,
            .record_count = record_count};
        batch.head.first_seq = appended.mark.hw + 1;
        batch.head.hash_before.size = HASH_SIZE;
        memcpy(batch.head.hash_before.bytes, appended.mark.hash, HASH_SIZE);
        error = store_append(txn, &batch, &appended);
    }
    give_back(mine);
    give_back(others);
    return error;
}

static enum err make_store_of_lines(const char *path, const char *lines)
{
    const struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = STORE_MAP_SIZE_DEFAULT, .random = linux_random()};
    static char line[LINE_MAX_SIZE];
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    FILE *file = fopen(lines, "r");
    KASSA_ASSERT(file != NULL);
    TRY(store_open(&settings, &store));
    TRY(store_begin(store, STORE_WRITE, &txn));
    while (fgets(line, sizeof(line), file) != NULL) {
        char *rest;
        const char *what = strtok_r(line, " \n", &rest);
        TRY(strcmp(what, "document") == 0 ? put_document(&txn, &rest) : put_records(&txn, &rest));
    }
    fclose(file);
    return store_commit(&txn);
}

int main(int count, char **words)
{
    KASSA_ASSERT(count >= 3 && vault_open() == ERR_OK);
    bool is_lines = strcmp(words[1], "lines") == 0;
    for (int i = 3; i < count && !is_lines; i++)
        read_record(words[i]);
    enum err error = is_lines                           ? make_store_of_lines(words[2], words[3])
                     : strcmp(words[1], "journal") == 0 ? make_journal(words[2])
                                                        : make_store(words[2]);
    if (error != ERR_OK)
        fprintf(stderr, "cli_fixture: %s\n", err_sentence(error));
    return error == ERR_OK ? 0 : 1;
}
