/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-bench-open - how long a till waits for a long journal after a crash: every page, every crc and the
 * whole chain verified, opened, and its keys read. The records are written by a process that is killed.
 *
 * usage: kassa-bench-open --folder PATH [--records N] [--json] */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "platform/linux/linux_clock.h"
#include "snapshot/snapshot.h"
#include "vault/vault.h"

#define RECORD_SIZE     300 /* a small basket's */
#define MAP_SIZE        (UINT64_C(2048) << 20)
#define RECORDS_DEFAULT 1000000u
#define ROUNDS          5

_Noreturn static void die(const char *what, enum err error)
{
    (void)fprintf(stderr, "kassa-bench-open: %s: %s\n", what, err_sentence(error));
    exit(1);
}

static enum err open_guarded(const char *path, struct snapshot_guard *guard, struct lmdb_storage **out)
{
    guard->random = linux_random();
    guard->path = "";
    snapshot_guard_init(guard);
    const struct lmdb_options options = {.path = path,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .random = guard->random,
                                         .check = &guard->check,
                                         .rebuild = &guard->rebuild};
    return lmdb_storage_open(&options, out);
}

static enum err append_group(struct journal *journal, uint64_t first, size_t count)
{
    static uint8_t bytes[JOURNAL_APPEND_MAX][RECORD_SIZE];
    static char keys[JOURNAL_APPEND_MAX][40];
    static const uint8_t digest[HASH_SIZE] = {1};
    struct journal_entry entries[JOURNAL_APPEND_MAX];
    uint64_t seq;
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at + 8 <= RECORD_SIZE; at += 8)
            bytes_put_le64(bytes[i] + at, (first + i) * 0x9e3779b97f4a7c15u + at);
        int size = snprintf(keys[i], sizeof keys[i], "till-1/%llu", (unsigned long long)(first + i));
        entries[i] = (struct journal_entry){.bytes = span_of(bytes[i], RECORD_SIZE),
                                            .takes_receipt = i == 0,
                                            .key = span_of(keys[i], (size_t)size),
                                            .digest = digest};
    }
    return journal_append(journal, entries, count, &seq);
}

/* The end comes without a close. */
_Noreturn static void write_and_die(const char *path, uint64_t records)
{
    struct snapshot_guard guard = {0};
    struct lmdb_storage *storage = NULL;
    struct journal *journal = NULL;
    const struct journal_settings settings = {.random = linux_random()};
    enum err error = open_guarded(path, &guard, &storage);
    if (error == ERR_OK)
        error = journal_open(lmdb_storage_as_storage(storage), &settings, &journal);
    for (uint64_t n = 0; error == ERR_OK && n < records; n += JOURNAL_APPEND_MAX)
        error = append_group(journal, n, records - n < JOURNAL_APPEND_MAX ? records - n : JOURNAL_APPEND_MAX);
    if (error != ERR_OK)
        die(path, error);
    (void)raise(SIGKILL);
    _exit(1);
}

static double now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double open_once(const char *path, uint64_t records)
{
    struct snapshot_guard guard = {0};
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct journal *journal CLEANUP(journal_closep) = NULL;
    const struct journal_settings settings = {.random = linux_random()};
    double begin = now_ms();
    enum err error = open_guarded(path, &guard, &storage);
    if (error == ERR_OK)
        error = journal_open(lmdb_storage_as_storage(storage), &settings, &journal);
    if (error != ERR_OK || guard.was_rebuilt || journal_next_seq(journal) != records + 1)
        die(path, error != ERR_OK ? error : ERR_CORRUPT);
    return now_ms() - begin;
}

/* Of this process and of those that it waited for: what a busy machine does not lengthen. */
static double cpu_ms(void)
{
    double sum = 0;
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (size_t i = 0; i < COUNT_OF(whose); i++) {
        struct rusage usage = {0};
        (void)getrusage(whose[i], &usage);
        sum += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
    }
    return sum;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *path, uint64_t records, bool prints_json)
{
    char data[4200];
    struct stat status = {0};
    double taken[ROUNDS];
    double cpu_before = cpu_ms();
    for (size_t i = 0; i < ROUNDS; i++)
        taken[i] = open_once(path, records);
    double cpu = (cpu_ms() - cpu_before) / ROUNDS;
    qsort(taken, ROUNDS, sizeof *taken, compare);
    (void)snprintf(data, sizeof data, "%s/data.mdb", path);
    (void)stat(data, &status);
    double mib = (double)status.st_size / (1024 * 1024);
    if (prints_json)
        printf(
            "{\"records\":%llu,\"open_ms\":{\"best\":%.1f,\"p50\":%.1f},\"cpu_ms\":%.1f,\"file_mib\":%.1f}\n",
            (unsigned long long)records, taken[0], taken[ROUNDS / 2], cpu, mib);
    else
        printf("%llu records, %.1f MiB: verified and open in %.1f ms (best of %d), %.1f ms (median)\n",
               (unsigned long long)records, mib, taken[0], ROUNDS, taken[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"folder", required_argument, NULL, 'f'},
                                            {"records", required_argument, NULL, 'r'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    const char *folder = NULL;
    uint64_t records = RECORDS_DEFAULT;
    bool prints_json = false;
    char path[4096];
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'f')
            folder = optarg;
        else if (option == 'r')
            records = strtoull(optarg, NULL, 10);
        else if (option == 'j')
            prints_json = true;
    }
    if (folder == NULL || records == 0) {
        (void)fputs("usage: kassa-bench-open --folder PATH [--records N] [--json]\n", stderr);
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    if (vault_open() != ERR_OK)
        return 1;
    pid_t pid = fork();
    if (pid == 0)
        write_and_die(path, records);
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
        return 1;
    measure(path, records, prints_json);
    return 0;
}
