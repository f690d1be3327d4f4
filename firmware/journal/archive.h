/* SPDX-License-Identifier: Apache-2.0 */
/* archive.h - a journal as a stream of bytes that any machine reads: LMDB's own file differs with the word
 * size, holds what was removed, and cannot be copied while it is written. A snapshot, an export and what
 * carries a journal to another machine are all archives. SPEC.md has the format.
 *
 * A journal that is restored from one has lost what came after: it always goes on under a new incarnation
 * (journal_rebuild), which carries what the hub may not have; what the hub has of it, it knows again.
 */
#ifndef KASSA_JOURNAL_ARCHIVE_H
#define KASSA_JOURNAL_ARCHIVE_H

#include "journal/journal.h"

#define ARCHIVE_ROW_SIZE_MAX (512u * 1024) /* head, name, key and value of a row */
#define ARCHIVE_NAME_MAX     32

/* Where the bytes go. */
struct archive_sink {
    enum err (*write)(void *context, struct span bytes);
    void *context;
};

/* Where they come from: *out_got is less than size only at the end. */
struct archive_source {
    enum err (*read)(void *context, uint8_t *buffer, size_t size, size_t *out_got);
    void *context;
};

/* Tables besides the journal's own whose rows go along as they are: table first + i is names[i]. */
struct archive_others {
    const char *const *names;
    unsigned first;
    unsigned count;
};

struct archive_summary {
    int64_t unix_ms; /* when it was made */
    uint64_t record_count;
    uint32_t generation; /* the newest in it */
    uint64_t last_seq;   /* of that one */
    uint64_t row_count;
};

/* Writes all of a journal in transactions of a few hundred rows each, beside a till that goes on: what is
 * trimmed meanwhile makes it begin anew, three times at most (then ERR_BUSY). Each record's crc is checked on
 * the way: ERR_CORRUPT. ERR_NOT_FOUND (no journal was begun yet), ERR_VERSION, ERR_TOO_LONG (more than 1,024
 * generations), ERR_MEMORY, or the sink's error. `begin` is called before each attempt:
 * what was written so far is void. */
struct archive_export {
    struct storage storage;
    struct archive_others others;
    struct archive_sink sink;
    enum err (*begin)(void *context); /* with the sink's context */
    int64_t unix_ms;
};
NODISCARD
enum err journal_export(const struct archive_export *what, struct archive_summary *out_summary);

/* A row of an archive; or of a damaged file, where nothing tells which table it is of. */
enum archive_kind { ARCHIVE_GENERATION = 1, ARCHIVE_RECORD = 2, ARCHIVE_OTHER = 3, ARCHIVE_UNKNOWN = 4 };
struct archive_row {
    enum archive_kind kind;
    struct span name; /* of the table: ARCHIVE_OTHER alone */
    struct span key;
    struct span value;
};
/* Any error ends the scan. The spans die with the visit. */
typedef enum err archive_visit(void *context, const struct archive_row *row);

/* Visits the rows of an archive. ERR_SYNTAX (none), ERR_VERSION, ERR_TRUNCATED and ERR_CHECKSUM (cut short, or
 * changed: only the end tells, so that all before has been visited), ERR_MEMORY, or the source's or the
 * visit's error. */
NODISCARD
enum err journal_archive_scan(const struct archive_source *source, archive_visit *visit, void *context,
                              struct archive_summary *out_summary);

/* The same, and each record's crc and the chain are checked; nothing is kept. ERR_CORRUPT: *out_report says
 * where. */
NODISCARD
enum err journal_archive_verify(const struct archive_source *source, struct archive_summary *out_summary,
                                struct journal_report *out_report);

/* One place where rows come from. What they say twice counts once; a row that is damaged counts for nothing. */
struct rebuild_source {
    enum err (*scan)(void *context, archive_visit *visit, void *visit_context);
    void *context;
};

struct journal_rebuild {
    struct storage fresh; /* empty */
    struct random random; /* draws the new incarnation */
    struct archive_others others;
    const struct rebuild_source *sources;
    size_t source_count;
    /* The newest record's number is known for sure, so that no receipt number after it can have been given:
     * numbers then go on without a gap. Otherwise JOURNAL_RECEIPTS_SKIPPED are left out. */
    bool is_end_known;
    int64_t unix_ms; /* now: where nothing at all tells of receipt numbers, they go on from the seconds since
                        2020 */
};
#define JOURNAL_RECEIPTS_SKIPPED 10000 /* more than a till gives in the days that may be lost */

struct journal_rebuilt {
    uint64_t record_count;  /* whole ones that were found */
    uint64_t carried_count; /* of them go to the hub (again) under the new incarnation */
    uint64_t damaged_count; /* rows whose crc does not fit */
    uint32_t generation;    /* the new one */
    uint64_t incarnation;
    uint64_t next_receipt;
};

/* Makes a journal in `fresh` of all that is whole: each generation's chain as far as it goes, and a new
 * generation with the records of the newest one that the hub has not acknowledged, also those behind a gap.
 * ERR_NOT_FOUND: not one row was found (fresh is as it was). The sources' errors, ERR_IO, ERR_FULL, ERR_MEMORY:
 * fresh is to be thrown away. */
NODISCARD
enum err journal_rebuild(const struct journal_rebuild *what, struct journal_rebuilt *out_rebuilt);

/* A journal of no records that gives no receipt number twice, as far as can be known: in place of one that is
 * lost whole. */
NODISCARD
enum err journal_begin_after_loss(struct storage fresh, struct random random, int64_t unix_ms);

#endif
