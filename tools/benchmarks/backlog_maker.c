/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-backlog - writes the journal of a till that has sold for two weeks without a line to the hub,
 * where kassa-agent will find it. */
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/sales_maker.h"
#include "journal/journal.h"
#include "platform/linux/linux_clock.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"

#define MAP_SIZE     (256u * 1024 * 1024) /* the agent's own default */
#define SALE_SIZE    4096
#define SALES_MAX    32000 /* what fits the map with room to go on */
#define PATH_SIZE    4096
#define MS_BETWEEN   43000 /* 28,000 in two weeks */
#define USAGE_STATUS 2

static int fail(const char *what, enum err error)
{
    (void)fprintf(stderr, "kassa-bench-backlog: %s: %s\n", what, err_sentence(error));
    return 1;
}

/* A sale a durable commit, with its receipt's number and its key, as the till does it. */
static enum err append(struct journal *journal, struct sales_maker *maker, int64_t unix_ms)
{
    uint8_t bytes[SALE_SIZE], digest[HASH_SIZE];
    char key[KEY_MAX + 1];
    uint64_t receipt = journal_next_receipt(journal);
    size_t size = sales_maker_write(maker, journal_next_seq(journal), receipt, unix_ms, bytes, sizeof(bytes));
    (void)snprintf(key, sizeof(key), "%s/%llu", maker->till, (unsigned long long)receipt);
    TRY(vault_sha256(span_of(bytes, size), digest));
    const struct journal_entry entry = {.bytes = span_of(bytes, size),
                                        .unix_ms = unix_ms,
                                        .takes_receipt = true,
                                        .key = span_of_text(key),
                                        .digest = digest};
    uint64_t seq = 0;
    return journal_append(journal, &entry, 1, &seq);
}

static enum err write_all(struct journal *journal, struct sales_maker *maker, unsigned long count)
{
    struct clock clock = linux_clock();
    int64_t unix_ms = clock.ops->wall_unix_ms(clock.self) - (int64_t)count * MS_BETWEEN;
    for (unsigned long i = 0; i < count; i++)
        TRY(append(journal, maker, unix_ms + (int64_t)i * MS_BETWEEN));
    return ERR_OK;
}

static int make(const char *folder, struct sales_maker *maker, unsigned long count)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/journal", folder);
    const struct lmdb_options options = {.path = path,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .random = linux_random()};
    const struct journal_settings settings = {.random = linux_random()};
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    enum err error = vault_open();
    if (error == ERR_OK)
        error = lmdb_storage_open(&options, &storage);
    if (error == ERR_OK)
        error = journal_open(lmdb_storage_as_storage(storage), &settings, &journal);
    if (error == ERR_OK)
        error = write_all(journal, maker, count);
    return error == ERR_OK ? 0 : fail(path, error);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long count = argc == 5 ? strtoul(argv[4], &end, 10) : 0;
    if (count < 1 || count > SALES_MAX || *end != '\0') {
        (void)fprintf(stderr, "usage: kassa-bench-backlog DATA-DIR TILL STORE SALES (at most %d)\n",
                      SALES_MAX);
        return USAGE_STATUS;
    }
    struct sales_maker maker = {.till = argv[2], .store = argv[3], .state = 1};
    return make(argv[1], &maker, count);
}
