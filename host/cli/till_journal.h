/* SPDX-License-Identifier: Apache-2.0 */
/* till_journal.h - a till's journal, opened for reading; its agent may be running. */
#ifndef KASSA_CLI_TILL_JOURNAL_H
#define KASSA_CLI_TILL_JOURNAL_H

#include "cli/call.h"
#include "journal/journal.h"
#include "platform/lmdb/lmdb_storage.h"

/* Opens the storage in `path` (the journal's folder, or the till's data folder that holds it). Complains. */
NODISCARD
enum exit_code till_journal_open(const struct call *call, const char *path,
                                 struct lmdb_storage **out_storage);

#endif
