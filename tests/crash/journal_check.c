/* SPDX-License-Identifier: Apache-2.0 */
/* journal_check.c - what a cut has left, through the product's own eyes: open it, find which content it shows,
 * go on working, and look at everything again. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash/disk.h"
#include "crash/journal_model.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"
#include "platform/lmdb/lmdb_walk.h"

#define LATER_COUNT    4
#define LATER_SIZE_MAX 5000
#define THOROUGH_EACH                                                                                        \
    8 /* what only repeats a comparison in another way is done with the first image and each 8th */
#define KEYS_LOOKED_UP 6 /* of each generation's newest records; all of them when thorough */

struct checking {
    struct journal_model *model;
    struct opened opened;
    struct verdict *verdict;
    uint8_t buffer[RECORD_SIZE_MAX];
    uint64_t count;
    bool is_thorough;
    uint8_t *file; /* and what the walk needs */
    uint8_t *used;
    char why[200]; /* why the content that was compared last is not it */
};

__attribute__((format(printf, 2, 3))) static bool differ(struct checking *checking, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(checking->why, sizeof checking->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_record(struct checking *checking, uint32_t generation, uint64_t seq,
                      const struct model_record *wanted)
{
    struct journal_record read;
    enum err error = journal_read_generation(checking->opened.journal, generation, seq, checking->buffer,
                                             sizeof checking->buffer, &read);
    if (error != ERR_OK)
        return differ(checking, "record %" PRIu32 "/%" PRIu64 ": %s", generation, seq, err_name(error));
    bool is_it = span_is_equal(read.bytes, span_of(wanted->bytes, wanted->size)) &&
                 read.unix_ms == wanted->unix_ms && memcmp(read.hash, wanted->hash, HASH_SIZE) == 0 &&
                 read.receipt == (wanted->takes_receipt ? wanted->receipt : 0);
    return is_it || differ(checking, "record %" PRIu32 "/%" PRIu64 " is another", generation, seq);
}

static bool is_key_known(struct checking *checking, uint32_t generation, uint64_t seq,
                         const struct model_record *record)
{
    struct journal_found found;
    enum err error = journal_find_key(checking->opened.journal, span_of_text(record->key), &found);
    if (error != ERR_OK)
        return differ(checking, "the key of %" PRIu32 "/%" PRIu64 ": %s", generation, seq, err_name(error));
    bool is_it = found.generation >= generation && memcmp(found.digest, record->digest, HASH_SIZE) == 0 &&
                 (found.generation > generation || found.seq == seq);
    return is_it || differ(checking, "the key of %" PRIu32 "/%" PRIu64 " leads elsewhere", generation, seq);
}

static bool is_generation(struct checking *checking, const struct content *content, uint32_t number)
{
    const struct model_generation *wanted = &content->generations[number - 1];
    bool is_newest = number == content->generation_count;
    struct journal_generation seen;
    enum err error = journal_get_generation(checking->opened.journal, number, &seen);
    if (error != ERR_OK)
        return differ(checking, "generation %" PRIu32 ": %s", number, err_name(error));
    if (seen.first_seq != wanted->first_seq || seen.last_seq != model_last_seq(wanted))
        return differ(checking,
                      "generation %" PRIu32 " has %" PRIu64 " to %" PRIu64 ", not %" PRIu64 " to %" PRIu64,
                      number, seen.first_seq, seen.last_seq, wanted->first_seq, model_last_seq(wanted));
    if (!is_newest && (seen.acknowledged_seq != wanted->mark_high ||
                       (wanted->incarnation != 0 && seen.incarnation != wanted->incarnation)))
        return differ(checking, "generation %" PRIu32 " has another mark or incarnation", number);
    for (size_t i = 0; i < wanted->count; i++) {
        bool wants_key = checking->is_thorough || i + KEYS_LOOKED_UP >= wanted->count;
        if (!is_record(checking, number, wanted->first_seq + i, wanted->records[i]) ||
            (wants_key && !is_key_known(checking, number, wanted->first_seq + i, wanted->records[i])))
            return false;
    }
    return true;
}

static bool is_content(struct checking *checking, const struct content *content)
{
    uint64_t parked = 0;
    for (uint32_t number = 1; number <= content->generation_count; number++)
        if (!is_generation(checking, content, number))
            return false;
    enum err error = journal_get_parked(&checking->opened, &parked);
    if (error != ERR_OK || parked != content->parked)
        return differ(checking, "parked is %" PRIu64 " (%s), not %" PRIu64, parked, err_name(error),
                      content->parked);
    uint64_t receipt = journal_next_receipt(checking->opened.journal);
    if (receipt != content->receipts + 1)
        return differ(checking, "the next receipt is %" PRIu64 ", not %" PRIu64, receipt,
                      content->receipts + 1);
    return true;
}

static bool is_alike(const struct content *content, const struct journal_stats *stats)
{
    const struct model_generation *newest = &content->generations[content->generation_count - 1];
    return content->generation_count == stats->generation && newest->first_seq == stats->newest.first_seq &&
           model_last_seq(newest) == stats->newest.last_seq;
}

/* The content that is there; NULL if it is none. */
static const struct content *find_content(struct checking *checking, const struct journal_stats *stats)
{
    const struct journal_model *model = checking->model;
    (void)differ(checking, "%" PRIu32 " generations, the newest with %" PRIu64 " to %" PRIu64 ": never so",
                 stats->generation, stats->newest.first_seq, stats->newest.last_seq);
    for (uint32_t i = 0; i < model->content_count; i++) {
        const struct content *content = &model->contents[i];
        if (content->class == i && is_alike(content, stats) && is_content(checking, content))
            return content;
    }
    return NULL;
}

static void judge_bad(struct checking *checking, enum verdict_kind kind, const char *what, const char *why)
{
    checking->verdict->kind = kind;
    (void)snprintf(checking->verdict->why, sizeof checking->verdict->why, "%.40s: %.150s", what, why);
}

/* ---- what comes after */

static bool is_refused(struct checking *checking, const struct content *content)
{
    const struct model_generation *newest = &content->generations[content->generation_count - 1];
    uint64_t seq = 0;
    if (newest->count == 0)
        return true;
    struct journal_entry entry = journal_entry_of(newest->records[newest->count - 1]);
    enum err error = journal_append(checking->opened.journal, &entry, 1, &seq);
    return error == ERR_EXISTS || differ(checking, "the last key again: %s", err_name(error));
}

static bool write_more(struct checking *checking, struct model_record later[LATER_COUNT])
{
    static const uint32_t sizes[LATER_COUNT] = {300, LATER_SIZE_MAX, 40, 500};
    for (size_t i = 0; i < LATER_COUNT; i++) {
        uint64_t wanted = journal_next_seq(checking->opened.journal);
        uint64_t seq = 0;
        memset(later[i].bytes, (int)(0xA0 + i), sizes[i]);
        later[i].size = sizes[i];
        later[i].takes_receipt = true;
        (void)snprintf(later[i].key, sizeof later[i].key, "later/%zu", i);
        struct journal_entry entry = journal_entry_of(&later[i]);
        enum err error = journal_append(checking->opened.journal, &entry, 1, &seq);
        if (error != ERR_OK || seq != wanted)
            return differ(checking, "append %zu: %s", i, err_name(error));
        error = i == 1 ? journal_put_parked(&checking->opened, UINT64_MAX) : ERR_OK;
        if (error != ERR_OK)
            return differ(checking, "park: %s", err_name(error));
    }
    return true;
}

static bool is_later_there(struct checking *checking, const struct content *content,
                           const struct model_record later[LATER_COUNT])
{
    const struct model_generation *newest = &content->generations[content->generation_count - 1];
    for (uint32_t number = 1; number <= content->generation_count; number++) {
        const struct model_generation *generation = &content->generations[number - 1];
        for (size_t i = 0; i < generation->count; i++)
            if (!is_record(checking, number, generation->first_seq + i, generation->records[i]))
                return false;
    }
    for (size_t i = 0; i < LATER_COUNT; i++) {
        struct journal_record read;
        enum err error = journal_read(checking->opened.journal, model_last_seq(newest) + 1 + i,
                                      checking->buffer, sizeof checking->buffer, &read);
        if (error != ERR_OK || !span_is_equal(read.bytes, span_of(later[i].bytes, later[i].size)))
            return differ(checking, "record %zu written after: %s", i, err_name(error));
    }
    return true;
}

/* The file's pages, as the walker sees them that the till runs before it opens a journal. */
static bool is_structure_whole(struct checking *checking, const char *folder)
{
    char path[512];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/journal/data.mdb", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return differ(checking, "the file is gone");
    size_t size = (size_t)status.st_size;
    checking->file = disk_memory(checking->file, size);
    checking->used = disk_memory(checking->used, lmdb_walk_used_size(size));
    bool is_read = pread(fd, checking->file, size, 0) == (ssize_t)size;
    (void)close(fd);
    enum err error = is_read ? lmdb_walk(span_of(checking->file, size), checking->used) : ERR_IO;
    return error == ERR_OK || differ(checking, "the file's pages: %s", err_name(error));
}

static bool is_verified(struct checking *checking)
{
    struct journal_report report = {0};
    enum err error = journal_verify(lmdb_storage_as_storage(checking->opened.lmdb), &report);
    return error == ERR_OK ||
           differ(checking, "journal_verify: %s, %" PRIu32 "/%" PRIu64 " %s", err_name(error),
                  report.bad_generation, report.bad_seq, err_name(report.reason));
}

static bool reopen(struct checking *checking, const char *folder, struct seed *seed)
{
    journal_close_opened(&checking->opened);
    enum err error = journal_open_in(folder, seed_as_random(seed), &checking->opened);
    return error == ERR_OK || differ(checking, "opened again: %s", err_name(error));
}

static bool goes_on_well(struct checking *checking, const char *folder, const struct content *content,
                         struct seed *seed)
{
    uint8_t bytes[LATER_COUNT][LATER_SIZE_MAX];
    struct model_record later[LATER_COUNT] = {0};
    for (size_t i = 0; i < LATER_COUNT; i++)
        later[i].bytes = bytes[i];
    return is_refused(checking, content) && write_more(checking, later) &&
           is_structure_whole(checking, folder) &&
           (!checking->is_thorough || reopen(checking, folder, seed)) &&
           is_later_there(checking, content, later) && (!checking->is_thorough || is_verified(checking));
}

void journal_check(void *self, const char *folder, struct verdict *out)
{
    static struct checking checking; /* one at a time; a record's buffer is too large for a stack */
    struct seed seed = {0xc0ffee};
    struct journal_stats stats;
    checking.model = self;
    checking.verdict = out;
    checking.is_thorough = checking.count++ % THOROUGH_EACH == 0;
    *out = (struct verdict){.kind = VERDICT_SOUND};
    struct opened *opened CLEANUP(journal_close_openedp) = &checking.opened;
    enum err error = journal_open_in(folder, seed_as_random(&seed), opened);
    if (error == ERR_OK)
        error = journal_get_stats(opened->journal, &stats);
    if (error != ERR_OK) {
        judge_bad(&checking, VERDICT_BRICK, "opened", err_name(error));
        return;
    }
    const struct content *content = find_content(&checking, &stats);
    if (content == NULL) {
        judge_bad(&checking, VERDICT_TORN, "compared", checking.why);
        return;
    }
    out->class = content->class;
    out->mark = stats.newest.acknowledged_seq;
    out->identity = stats.newest.incarnation;
    if (!goes_on_well(&checking, folder, content, &seed))
        judge_bad(&checking, VERDICT_LATER, "after more writes", checking.why);
}
