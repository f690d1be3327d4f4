/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/till_journal.h"

#include "platform/linux/linux_clock.h"

/* The till's own rows behind the journal's: firmware/till/SPEC.md. */
const char *const till_journal_tables[JOURNAL_TABLE_COUNT + 1] = {JOURNAL_TABLES, "parked"};

static bool holds_data(const char *path)
{
    char data[4096];
    int size = snprintf(data, sizeof(data), "%s/data.mdb", path);
    FILE *file = size > 0 && (size_t)size < sizeof(data) ? fopen(data, "rb") : NULL;
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

enum exit_code till_journal_path(const struct call *call, const char *path, char *out, size_t size)
{
    int length = snprintf(out, size, "%s", path);
    if (length >= 0 && (size_t)length < size && !holds_data(out))
        length = snprintf(out, size, "%s/journal", path);
    if (length < 0 || (size_t)length >= size)
        return call_fail(call, ERR_TOO_LONG, path, "");
    return EXIT_DONE;
}

static const char *hint_of(enum err error)
{
    if (error == ERR_NOT_FOUND)
        return "a journal is a folder with data.mdb: <data_dir>/journal of a till";
    if (error == ERR_VERSION)
        return "LMDB's file differs between 32 and 64 bit: kassa journal export on the machine that wrote "
               "it, "
               "kassa journal import here";
    if (error == ERR_CORRUPT)
        return "the file itself is damaged, beneath its records: the agent keeps a copy when it sets it "
               "aside";
    return "";
}

static enum err open_tables(const char *path, unsigned table_count, struct lmdb_storage **out_storage)
{
    const struct lmdb_options options = {.path = path,
                                         .tables = till_journal_tables,
                                         .table_count = table_count,
                                         .map_size_bytes = TILL_JOURNAL_MAP_SIZE,
                                         .access = LMDB_READ_ONLY,
                                         .absent = LMDB_REFUSE,
                                         .random = linux_random()};
    return lmdb_storage_open(&options, out_storage);
}

static enum exit_code find_and_open(const struct call *call, const char *path, bool wants_all,
                                    struct till_journal *out)
{
    enum exit_code code = till_journal_path(call, path, out->path, sizeof(out->path));
    if (code != EXIT_DONE)
        return code;
    out->others = (struct archive_others){till_journal_tables + JOURNAL_TABLE_COUNT, JOURNAL_TABLE_COUNT, 1};
    enum err error = wants_all ? open_tables(out->path, JOURNAL_TABLE_COUNT + 1, &out->storage) : ERR_VERSION;
    if (error == ERR_VERSION) { /* without the till's own table: no agent has opened it yet */
        out->others.count = 0;
        error = open_tables(out->path, JOURNAL_TABLE_COUNT, &out->storage);
    }
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, hint_of(error));
}

enum exit_code till_journal_open(const struct call *call, const char *path, struct lmdb_storage **out_storage)
{
    struct till_journal opened = {0};
    enum exit_code code = find_and_open(call, path, false, &opened);
    if (code == EXIT_DONE)
        *out_storage = opened.storage;
    return code;
}

enum exit_code till_journal_open_all(const struct call *call, const char *path, struct till_journal *out)
{
    return find_and_open(call, path, true, out);
}
