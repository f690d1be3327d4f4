/* SPDX-License-Identifier: Apache-2.0 */
/* Appends sales to a till's journal, as weeks without a line would. usage: fill_journal JOURNAL-FOLDER COUNT TILL STORE
 * Sale n is of n cents, its receipt's number is n. */
#include <stdio.h>
#include <stdlib.h>

#include "journal/journal.h"
#include "platform/linux/linux_clock.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"
#include "wire/record.h"

#define MAP_SIZE    (UINT64_C(256) << 20)
#define RECORD_SIZE 1024

static void check(enum err error, const char *what)
{
    if (error == ERR_OK)
        return;
    (void)fprintf(stderr, "fill_journal: %s: %s\n", what, err_sentence(error));
    exit(1);
}

static void copy_name(char *to, const char *from)
{
    memcpy(to, from, strnlen(from, TILL_ID_MAX));
}

static struct span make_sale(uint64_t seq, char **argv, uint32_t n, uint8_t buffer[RECORD_SIZE])
{
    static struct wire_record record;
    struct clock clock = linux_clock();
    kassa_Line lines[3] = {{0}};
    size_t used = 0;
    memset(&record, 0, sizeof(record));
    record.head.kind = kassa_RecordKind_RECORD_PURCHASE;
    record.head.seq = seq;
    record.head.wall_unix_ms = clock.ops->wall_unix_ms(clock.self);
    kassa_Receipt *head = &record.body.receipt.head;
    head->has_id = true;
    head->id.number = n;
    head->id.business_day = 20000;
    copy_name(head->id.till, argv[3]);
    copy_name(head->id.store, argv[4]);
    head->kind = kassa_ReceiptKind_RECEIPT_SALE;
    memcpy(head->currency, "EUR", 4);
    head->exponent = 2;
    head->gross_minor = n;
    head->total_minor = n;
    for (uint32_t i = 0; i < COUNT_OF(lines); i++) {
        lines[i] = (kassa_Line){.number = i + 1, .quantity_milli = 1000, .amount_minor = i == 0 ? n : 0};
        (void)snprintf(lines[i].sku, sizeof(lines[i].sku), "47790000%05u", n % 1000 + i);
        (void)snprintf(lines[i].description, sizeof(lines[i].description), "Rye bread, sliced, %u g",
                       n % 700);
    }
    record.body.receipt.lines = lines;
    record.body.receipt.line_count = COUNT_OF(lines);
    check(wire_record_encode(&record, buffer, RECORD_SIZE, &used), "record");
    return span_of(buffer, used);
}

int main(int argc, char **argv)
{
    static const char *const tables[] = {JOURNAL_TABLES};
    static uint8_t buffers[JOURNAL_APPEND_MAX][RECORD_SIZE];
    struct lmdb_storage *lmdb CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    if (argc != 5)
        return 64;
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    struct lmdb_options options = {.path = argv[1],
                                   .tables = tables,
                                   .table_count = COUNT_OF(tables),
                                   .map_size_bytes = MAP_SIZE,
                                   .absent = LMDB_REFUSE};
    options.random = linux_random();
    struct journal_settings settings = {.random = options.random};
    check(vault_open(), "vault");
    check(lmdb_storage_open(&options, &lmdb), argv[1]);
    check(journal_open(lmdb_storage_as_storage(lmdb), &settings, &journal), "journal");
    for (uint32_t n = 0; n < count;) {
        struct journal_entry entries[JOURNAL_APPEND_MAX] = {{.unix_ms = 0}};
        uint64_t seq = journal_next_seq(journal);
        size_t now = 0;
        for (; now < JOURNAL_APPEND_MAX && n < count; now++, n++)
            entries[now].bytes = make_sale(seq + now, argv, n + 1, buffers[now]);
        check(journal_append(journal, entries, now, &seq), "append");
    }
    return 0;
}
