/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.h - a journal of an older format becomes one of this program's: row by row into a new storage, which then is
 * verified. The old one is only read. SPEC.md says what changed from format to format.
 * Threads    one. */
#ifndef KASSA_JOURNAL_MIGRATE_H
#define KASSA_JOURNAL_MIGRATE_H

#include "journal/archive.h"

#define JOURNAL_ROW_MAX (256u * 1024) /* the largest value of any format */

/* Which of the journal's tables a row is of. */
enum journal_row_kind { JOURNAL_ROW_GENERATION, JOURNAL_ROW_RECORD };

/* The way from format `from` to the next one. Keys stay. */
struct journal_step {
    uint32_t from;
    /* Writes the row's value in the next format, its crc included; out has JOURNAL_ROW_MAX bytes. ERR_CORRUPT: the row
     * is not one of format `from`. NULL: the end of a table of steps. */
    enum err (*convert)(enum journal_row_kind kind, struct span key, struct span value, uint8_t *out,
                        size_t *out_size);
};

/* From the first format to the present one, each once, in their order. */
extern const struct journal_step journal_steps[];

struct journal_migration {
    struct storage fresh; /* empty; its tables are those of `old` */
    struct storage old;
    struct archive_others others;     /* their rows go along as they are */
    const struct journal_step *steps; /* journal_steps */
};

/* ERR_VERSION: a format to which no step leads, also one of a newer program or of another word size. ERR_CORRUPT: a row
 * of the old one is none, or what came out is not whole. ERR_FULL, ERR_IO, ERR_MEMORY. In any case but ERR_OK fresh is to
 * be thrown away. */
NODISCARD
enum err journal_migrate(const struct journal_migration *what, uint32_t *out_from);

#endif
