/* SPDX-License-Identifier: Apache-2.0 */
/* till_journal.h - a till's journal, opened for reading; its agent may be running. */
#ifndef KASSA_CLI_TILL_JOURNAL_H
#define KASSA_CLI_TILL_JOURNAL_H

#include "cli/call.h"
#include "journal/archive.h"
#include "journal/journal.h"
#include "platform/lmdb/lmdb_storage.h"

/* Opens the storage in `path` (the journal's folder, or the till's data folder that holds it). Complains. */
NODISCARD
enum exit_code till_journal_open(const struct call *call, const char *path,
                                 struct lmdb_storage **out_storage);

/* The same with the till's own tables, if it has them. Complains. */
struct till_journal {
    struct lmdb_storage *storage;
    char path[4096];              /* of the journal's folder */
    struct archive_others others; /* the till's own tables, if it has them */
};
NODISCARD
enum exit_code till_journal_open_all(const struct call *call, const char *path, struct till_journal *out);

/* The journal's folder of a till's data folder, or of itself. Complains. */
NODISCARD
enum exit_code till_journal_path(const struct call *call, const char *path, char *out, size_t size);

extern const char *const till_journal_tables[JOURNAL_TABLE_COUNT + 1];
#define TILL_JOURNAL_MAP_SIZE (UINT64_C(1) << 30)

#endif
