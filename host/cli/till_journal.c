/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/till_journal.h"

#include "platform/linux/linux_clock.h"

#define PATH_SIZE_MAX 4096
/* Of the address space. A larger journal makes it grow: LMDB maps at least what there is. */
#define MAP_SIZE (UINT64_C(1) << 30)

static bool holds_data(const char *path)
{
    char data[PATH_SIZE_MAX];
    int size = snprintf(data, sizeof(data), "%s/data.mdb", path);
    FILE *file = size > 0 && (size_t)size < sizeof(data) ? fopen(data, "rb") : NULL;
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

enum exit_code till_journal_open(const struct call *call, const char *path, struct lmdb_storage **out_storage)
{
    char inner[PATH_SIZE_MAX];
    int size = snprintf(inner, sizeof(inner), "%s/journal", path);
    bool is_inner = size > 0 && (size_t)size < sizeof(inner) && !holds_data(path) && holds_data(inner);
    const struct lmdb_options options = {.path = is_inner ? inner : path,
                                         .tables = journal_tables,
                                         .table_count = JOURNAL_TABLE_COUNT,
                                         .map_size_bytes = MAP_SIZE,
                                         .access = LMDB_READ_ONLY,
                                         .absent = LMDB_REFUSE,
                                         .random = linux_random()};
    enum err error = lmdb_storage_open(&options, out_storage);
    if (error == ERR_OK)
        return EXIT_DONE;
    const char *hint = "";
    if (error == ERR_NOT_FOUND)
        hint = "a journal is a folder with data.mdb: <data_dir>/journal of a till";
    if (error == ERR_CORRUPT)
        hint = "the file itself is damaged, beneath its records: keep a copy before the agent sets it aside";
    return call_fail(call, error, path, hint);
}
