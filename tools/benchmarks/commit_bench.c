/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-commit - what a sale's durable commit costs: journal_append of one record, against a bare LMDB
 * commit of the same bytes and one insert of them into SQLite (WAL, synchronous=FULL), in the same run, in
 * interleaved rounds.
 *
 * A round is the same number of commits by each, one after the other; a figure is the median over the rounds
 * of a round's median, a ratio the median over the rounds of the ratio of medians, so that a disturbance of
 * some seconds on a shared machine falls out. Hashing, checks and keys are the journal's own work and are in
 * its figure. */
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "journal/journal.h"
#include "platform/linux/linux_clock.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"

#define RECORD_SIZE    600
#define JOURNALED_SIZE (56 + 32 + 24 + RECORD_SIZE) /* with what the journal keeps of it: SPEC.md */
#define MAP_SIZE       (256u * 1024 * 1024)
#define ROUNDS_DEFAULT 100
#define SALES_DEFAULT  50
#define ROUNDS_MAX     1000
#define SALES_MAX      10000

enum peer { PEER_JOURNAL, PEER_LMDB, PEER_SQLITE, PEER_COUNT };
static const char *const peer_names[PEER_COUNT] = {"journal_append", "bare LMDB commit",
                                                   "SQLite WAL FULL insert"};
static const char *const peer_fields[PEER_COUNT] = {"journal", "lmdb", "sqlite"};

struct bench {
    char folder[64];
    bool prints_json;
    unsigned rounds;
    unsigned sales;
    uint64_t number; /* of the sale: key and first bytes differ each time */
    uint8_t record[JOURNALED_SIZE];
    struct lmdb_storage *storage;
    struct journal *journal;
    MDB_env *env;
    MDB_dbi table;
    sqlite3 *database;
    sqlite3_stmt *insert;
    double *sample_us;          /* of one round */
    double *all_us[PEER_COUNT]; /* of all rounds */
    double round_p50_us[PEER_COUNT][ROUNDS_MAX];
    double round_p99_us[PEER_COUNT][ROUNDS_MAX];
};

_Noreturn static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "kassa-bench-commit: %s: %s\n", what, why);
    exit(1);
}

static void must(enum err error, const char *what)
{
    if (error != ERR_OK)
        die(what, err_sentence(error));
}

static void must_lmdb(int code, const char *what)
{
    if (code != 0)
        die(what, mdb_strerror(code));
}

static void must_sqlite(struct bench *bench, int code, const char *what)
{
    if (code != SQLITE_OK && code != SQLITE_DONE)
        die(what, bench->database != NULL ? sqlite3_errmsg(bench->database) : "no memory");
}

/* ---- the peers */

static void path_of(const struct bench *bench, const char *name, char out[128])
{
    (void)snprintf(out, 128, "%s/%s", bench->folder, name);
}

static void open_journal(struct bench *bench)
{
    char path[128];
    path_of(bench, "journal", path);
    struct lmdb_options options = {.path = path,
                                   .tables = journal_tables,
                                   .table_count = JOURNAL_TABLE_COUNT,
                                   .map_size_bytes = MAP_SIZE,
                                   .random = linux_random()};
    struct journal_settings settings = {.random = linux_random()};
    must(lmdb_storage_open(&options, &bench->storage), path);
    must(journal_open(lmdb_storage_as_storage(bench->storage), &settings, &bench->journal), path);
}

static void open_lmdb(struct bench *bench)
{
    char path[128];
    MDB_txn *txn = NULL;
    path_of(bench, "bare", path);
    if (mkdir(path, 0700) != 0)
        die(path, "cannot be made");
    must_lmdb(mdb_env_create(&bench->env), path);
    must_lmdb(mdb_env_set_mapsize(bench->env, MAP_SIZE), path);
    must_lmdb(mdb_env_open(bench->env, path, MDB_NOTLS, 0600), path);
    must_lmdb(mdb_txn_begin(bench->env, NULL, 0, &txn), path);
    must_lmdb(mdb_dbi_open(txn, NULL, 0, &bench->table), path);
    must_lmdb(mdb_txn_commit(txn), path);
}

static void open_sqlite(struct bench *bench)
{
    char path[128];
    path_of(bench, "sales.sqlite", path);
    must_sqlite(bench, sqlite3_open(path, &bench->database), path);
    must_sqlite(bench,
                sqlite3_exec(bench->database,
                             "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                             "CREATE TABLE sale (seq INTEGER PRIMARY KEY, record BLOB NOT NULL);",
                             NULL, NULL, NULL),
                path);
    must_sqlite(
        bench,
        sqlite3_prepare_v2(bench->database, "INSERT INTO sale VALUES (?, ?)", -1, &bench->insert, NULL),
        path);
}

static void commit_journal(struct bench *bench)
{
    uint64_t seq = 0;
    uint8_t digest[HASH_SIZE];
    memcpy(digest, bench->record, sizeof digest);
    struct journal_entry entry = {.bytes = span_of(bench->record, RECORD_SIZE),
                                  .takes_receipt = true,
                                  .key = span_of(bench->record, 24),
                                  .digest = digest};
    must(journal_append(bench->journal, &entry, 1, &seq), "journal_append");
}

static void commit_lmdb(struct bench *bench)
{
    MDB_txn *txn = NULL;
    uint8_t key_bytes[8];
    bytes_put_be64(key_bytes, bench->number);
    MDB_val key = {sizeof key_bytes, key_bytes};
    MDB_val value = {JOURNALED_SIZE, bench->record};
    must_lmdb(mdb_txn_begin(bench->env, NULL, 0, &txn), "mdb_txn_begin");
    must_lmdb(mdb_put(txn, bench->table, &key, &value, MDB_APPEND), "mdb_put");
    must_lmdb(mdb_txn_commit(txn), "mdb_txn_commit");
}

static void commit_sqlite(struct bench *bench)
{
    must_sqlite(bench, sqlite3_bind_int64(bench->insert, 1, (sqlite3_int64)bench->number), "bind");
    must_sqlite(bench, sqlite3_bind_blob(bench->insert, 2, bench->record, JOURNALED_SIZE, SQLITE_STATIC),
                "bind");
    must_sqlite(bench, sqlite3_step(bench->insert), "insert");
    must_sqlite(bench, sqlite3_reset(bench->insert), "reset");
}

static void (*const commits[PEER_COUNT])(struct bench *bench) = {commit_journal, commit_lmdb, commit_sqlite};

/* ---- measuring */

static double now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, compare);
    size_t index = (size_t)((double)(count - 1) * share);
    return values[index];
}

static void next_record(struct bench *bench)
{
    bench->number++;
    bytes_put_be64(bench->record, bench->number);
    bytes_put_be64(bench->record + RECORD_SIZE / 2, bench->number * 0x9e3779b97f4a7c15u);
}

static void run_round(struct bench *bench, unsigned round)
{
    uint64_t first = bench->number;
    for (unsigned turn = 0; turn < PEER_COUNT; turn++) {
        unsigned peer = (turn + round) % PEER_COUNT; /* nobody is always first */
        bench->number = first;
        for (unsigned i = 0; i < bench->sales; i++) {
            next_record(bench);
            double start = now_us();
            commits[peer](bench);
            bench->sample_us[i] = now_us() - start;
        }
        memcpy(bench->all_us[peer] + (size_t)round * bench->sales, bench->sample_us,
               bench->sales * sizeof *bench->sample_us);
        bench->round_p50_us[peer][round] = quantile(bench->sample_us, bench->sales, 0.5);
        bench->round_p99_us[peer][round] = quantile(bench->sample_us, bench->sales, 0.99);
    }
}

struct figures {
    double p50_us[PEER_COUNT];
    double p99_us[PEER_COUNT];
    double to_lmdb; /* the journal's median over bare LMDB's */
    double p99_to_lmdb;
    double to_sqlite; /* and over SQLite's */
};

static double median_ratio(struct bench *bench, enum peer other)
{
    double ratios[ROUNDS_MAX];
    for (unsigned i = 0; i < bench->rounds; i++)
        ratios[i] = bench->round_p50_us[PEER_JOURNAL][i] / bench->round_p50_us[other][i];
    return quantile(ratios, bench->rounds, 0.5);
}

/* Paired: what disturbs a round disturbs both. */
static double p99_ratio(struct bench *bench)
{
    double ratios[ROUNDS_MAX];
    for (unsigned i = 0; i < bench->rounds; i++)
        ratios[i] = bench->round_p99_us[PEER_JOURNAL][i] / bench->round_p99_us[PEER_LMDB][i];
    return quantile(ratios, bench->rounds, 0.5);
}

static struct figures measure(struct bench *bench)
{
    struct figures figures = {0};
    for (unsigned round = 0; round < bench->rounds; round++)
        run_round(bench, round);
    figures.to_lmdb = median_ratio(bench, PEER_LMDB);
    figures.to_sqlite = median_ratio(bench, PEER_SQLITE);
    figures.p99_to_lmdb = p99_ratio(bench);
    for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
        figures.p50_us[peer] = quantile(bench->round_p50_us[peer], bench->rounds, 0.5);
        figures.p99_us[peer] = quantile(bench->all_us[peer], (size_t)bench->rounds * bench->sales, 0.99);
    }
    return figures;
}

static void print(const struct bench *bench, const struct figures *figures)
{
    if (bench->prints_json) {
        printf("{\"bench\":\"commit\",\"record_bytes\":%d,\"rounds\":%u,\"commits_a_round\":%u", RECORD_SIZE,
               bench->rounds, bench->sales);
        for (unsigned peer = 0; peer < PEER_COUNT; peer++)
            printf(",\"%s_us\":{\"p50\":%.1f,\"p99\":%.1f}", peer_fields[peer], figures->p50_us[peer],
                   figures->p99_us[peer]);
        printf(",\"journal_to_lmdb\":%.3f,\"journal_to_lmdb_p99\":%.3f,\"journal_to_sqlite\":%.3f}\n",
               figures->to_lmdb, figures->p99_to_lmdb, figures->to_sqlite);
        return;
    }
    printf("One durable commit of %d bytes, %u rounds of %u commits each\n", RECORD_SIZE, bench->rounds,
           bench->sales);
    for (unsigned peer = 0; peer < PEER_COUNT; peer++)
        printf("  %-24s p50 %7.1f us   p99 %7.1f us\n", peer_names[peer], figures->p50_us[peer],
               figures->p99_us[peer]);
    printf("  journal / bare LMDB      %.2f, p99 of paired rounds %.2f (target: at most 1.25)\n"
           "  journal / SQLite         %.2f\n",
           figures->to_lmdb, figures->p99_to_lmdb, figures->to_sqlite);
}

/* ---- around it */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void close_all(struct bench *bench)
{
    journal_close(bench->journal);
    lmdb_storage_close(bench->storage);
    mdb_env_close(bench->env);
    (void)sqlite3_finalize(bench->insert);
    (void)sqlite3_close(bench->database);
    if (nftw(bench->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        die(bench->folder, "cannot be removed");
    for (unsigned peer = 0; peer < PEER_COUNT; peer++)
        free(bench->all_us[peer]);
    free(bench->sample_us);
}

static void usage(FILE *out)
{
    (void)fputs("usage: kassa-bench-commit [--json] [--rounds N] [--commits N] [--folder PATH]\n"
                "  A durable commit by the journal, by bare LMDB and by SQLite, in interleaved rounds.\n"
                "  --folder PATH  where to write (the disk that is measured); default: the current folder\n",
                out);
}

static unsigned number_of(const char *text, unsigned max)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > max)
        die(text, "not a number within bounds");
    return (unsigned)value;
}

static void read_options(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},          {"rounds", required_argument, NULL, 'r'},
        {"commits", required_argument, NULL, 'c'}, {"folder", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    const char *folder = ".";
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'j')
            bench->prints_json = true;
        else if (option == 'r')
            bench->rounds = number_of(optarg, ROUNDS_MAX);
        else if (option == 'c')
            bench->sales = number_of(optarg, SALES_MAX);
        else if (option == 'f')
            folder = optarg;
        else {
            usage(option == 'h' ? stdout : stderr);
            exit(option == 'h' ? 0 : 2);
        }
    }
    int length = snprintf(bench->folder, sizeof bench->folder, "%s/bench-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof bench->folder || mkdtemp(bench->folder) == NULL)
        die(folder, "no folder can be made there");
}

int main(int argc, char **argv)
{
    static struct bench bench = {.rounds = ROUNDS_DEFAULT, .sales = SALES_DEFAULT};
    read_options(&bench, argc, argv);
    bench.sample_us = calloc(bench.sales, sizeof *bench.sample_us);
    for (unsigned peer = 0; peer < PEER_COUNT; peer++)
        bench.all_us[peer] = calloc((size_t)bench.sales * bench.rounds, sizeof *bench.all_us[peer]);
    if (bench.sample_us == NULL || bench.all_us[0] == NULL || bench.all_us[1] == NULL ||
        bench.all_us[2] == NULL)
        die("memory", "none left");
    must(vault_open(), "vault");
    open_journal(&bench);
    open_lmdb(&bench);
    open_sqlite(&bench);
    struct figures figures = measure(&bench);
    print(&bench, &figures);
    close_all(&bench);
    return 0;
}
