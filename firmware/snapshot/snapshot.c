/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/snapshot.h"

#include "platform/linux/linux_stream.h"

static enum err sink_write(void *context, struct span bytes)
{
    return linux_writer_write(context, bytes);
}

static enum err sink_begin(void *context)
{
    return linux_writer_begin_again(context);
}

static enum err source_read(void *context, uint8_t *buffer, size_t size, size_t *out_got)
{
    return linux_reader_read(context, buffer, size, out_got);
}

enum err snapshot_scan(const char *path, archive_visit *visit, void *context,
                       struct archive_summary *out_summary)
{
    struct linux_reader *reader CLEANUP(linux_reader_closep) = NULL;
    TRY(linux_reader_open(path, &reader));
    const struct archive_source source = {source_read, reader};
    return journal_archive_scan(&source, visit, context, out_summary);
}

enum err snapshot_verify(const char *path, struct archive_summary *out_summary,
                         struct journal_report *out_report)
{
    struct linux_reader *reader CLEANUP(linux_reader_closep) = NULL;
    TRY(linux_reader_open(path, &reader));
    const struct archive_source source = {source_read, reader};
    return journal_archive_verify(&source, out_summary, out_report);
}

enum err snapshot_write(struct storage storage, const struct archive_others *others, const char *path,
                        int64_t unix_ms, struct archive_summary *out_summary)
{
    struct linux_writer *writer CLEANUP(linux_writer_closep) = NULL;
    struct archive_summary summary;
    struct archive_summary read;
    struct journal_report report;
    TRY(linux_writer_open(path, 0600, &writer));
    const struct archive_export what = {.storage = storage,
                                        .others = *others,
                                        .sink = {sink_write, writer},
                                        .begin = sink_begin,
                                        .unix_ms = unix_ms};
    TRY(journal_export(&what, &summary));
    TRY(linux_writer_sync(writer));
    if (snapshot_verify(linux_writer_path(writer), &read, &report) != ERR_OK ||
        read.record_count != summary.record_count)
        return ERR_CORRUPT;
    TRY(linux_writer_keep(writer));
    *out_summary = summary;
    return ERR_OK;
}

/* ---- what an owner gives to the storage */

static enum err check(void *context, struct storage storage)
{
    struct journal_report report;
    (void)context;
    enum err error = journal_verify(storage, &report);
    return error == ERR_NOT_FOUND ? ERR_OK : error; /* empty: the power went before its first commit */
}

struct salvaging {
    archive_visit *visit;
    void *context;
    enum err error;
};

static void visit_salvaged(void *context, struct span key, struct span value)
{
    struct salvaging *salvaging = context;
    const struct archive_row row = {.kind = ARCHIVE_UNKNOWN, .key = key, .value = value};
    if (salvaging->error == ERR_OK)
        salvaging->error = salvaging->visit(salvaging->context, &row);
}

static enum err scan_salvage(void *context, archive_visit *visit, void *visit_context)
{
    struct salvaging salvaging = {visit, visit_context, ERR_OK};
    TRY(lmdb_salvage_scan(context, visit_salvaged, &salvaging));
    return salvaging.error;
}

static enum err scan_snapshot(void *context, archive_visit *visit, void *visit_context)
{
    const struct snapshot_guard *guard = context;
    struct archive_summary summary;
    return snapshot_scan(guard->path, visit, visit_context, &summary);
}

static enum err rebuild(void *context, struct storage fresh, enum lmdb_loss loss,
                        struct lmdb_salvage *salvage)
{
    struct snapshot_guard *guard = context;
    struct rebuild_source sources[2];
    struct journal_rebuild what = {.fresh = fresh,
                                   .random = guard->random,
                                   .others = guard->others,
                                   .sources = sources,
                                   .is_end_known = loss == LMDB_LOSS_VALUES,
                                   .unix_ms = guard->unix_ms};
    sources[what.source_count++] = (struct rebuild_source){scan_snapshot, guard};
    if (salvage != NULL)
        sources[what.source_count++] = (struct rebuild_source){scan_salvage, salvage};
    enum err error = journal_rebuild(&what, &guard->rebuilt);
    if (error == ERR_NOT_FOUND && loss == LMDB_LOSS_GONE && !guard->begins_empty)
        return ERR_CORRUPT; /* a disk that is not mounted looks like that: a person has to say so */
    if (error == ERR_NOT_FOUND)
        error = journal_begin_after_loss(fresh, guard->random, guard->unix_ms);
    guard->was_rebuilt = error == ERR_OK;
    return error;
}

static enum err migrate(void *context, struct storage fresh, struct storage old)
{
    struct snapshot_guard *guard = context;
    const struct journal_migration what = {.fresh = fresh,
                                           .old = old,
                                           .others = guard->others,
                                           .steps = guard->steps == NULL ? journal_steps : guard->steps};
    TRY(journal_migrate(&what, &guard->migrated_from));
    guard->was_migrated = true;
    return ERR_OK;
}

void snapshot_guard_init(struct snapshot_guard *guard)
{
    guard->check = (struct lmdb_check){.run = check, .context = guard, .table_count = JOURNAL_TABLE_COUNT};
    guard->rebuild = (struct lmdb_rebuild){.run = rebuild, .context = guard};
    guard->migrate = (struct lmdb_migrate){.run = migrate, .context = guard};
    guard->was_migrated = false;
    guard->was_rebuilt = false;
    guard->rebuilt = (struct journal_rebuilt){0};
}
