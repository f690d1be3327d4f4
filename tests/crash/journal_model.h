/* SPDX-License-Identifier: Apache-2.0 */
/* journal_model.h - what a journal must remember: written from journal.h and SPEC.md, with nothing of the
 * journal's own code but SHA-256. */
#ifndef KASSA_TESTS_CRASH_JOURNAL_MODEL_H
#define KASSA_TESTS_CRASH_JOURNAL_MODEL_H

#include "crash/subject.h"
#include "journal/journal.h"

#define GENERATIONS_MAX 6
#define BATCH_MAX       6
#define MODEL_KEY_MAX   24

enum operation_kind {
    OPERATION_OPEN,
    OPERATION_APPEND,
    OPERATION_BATCH,
    OPERATION_BIG, /* a record of several pages */
    OPERATION_ACKNOWLEDGE,
    OPERATION_TRIM,
    OPERATION_INCARNATION,
    OPERATION_PARK,   /* a row in a table of the till's, beside the journal's */
    OPERATION_REPEAT, /* keys that were used: refused, and changes nothing */
    OPERATION_REOPEN,
    OPERATION_KINDS
};

struct model_record {
    uint32_t size;
    uint8_t *bytes;
    char key[MODEL_KEY_MAX];
    uint8_t digest[HASH_SIZE];
    int64_t unix_ms;
    bool takes_receipt;
    uint64_t receipt; /* numbers taken up to and with this record */
    uint8_t hash[HASH_SIZE];
};

struct model_generation {
    uint64_t incarnation; /* 0: drawn, and not told yet */
    uint64_t first_seq;
    size_t count;
    const struct model_record **records; /* first_seq and following */
    uint64_t base_receipts;
    uint8_t base_hash[HASH_SIZE];
    uint64_t mark_low; /* the acknowledged mark that is stored for sure */
    uint64_t mark_high;
};

struct content {
    uint32_t class; /* the index of the first content that looks the same, marks apart */
    uint32_t generation_count;
    struct model_generation generations[GENERATIONS_MAX];
    uint64_t receipts;
    uint64_t parked; /* of the row that was parked last; 0: none */
};

/* An operation, and what it is applied to. All of it follows from the seed, the index and the content. */
struct operation {
    enum operation_kind kind;
    uint32_t index;
    size_t record_count;
    struct model_record *records;
    uint64_t seq;           /* acknowledge: up to here; incarnation: carry from here */
    int64_t before_unix_ms; /* trim */
    size_t trim_count;
};

enum mark_kind { MARK_BEGIN, MARK_DONE, MARK_UNDONE };
struct mark {
    uint32_t kind;
    uint32_t index; /* of the operation */
    uint32_t operation;
    uint32_t reserved;
    uint64_t incarnation; /* of the newest generation, once it is known */
    uint64_t mark;        /* the acknowledged mark in memory */
};

struct marks {
    uint64_t low;
    uint64_t high;
};

struct point {
    uint32_t base;
    uint32_t candidate; /* equal to base: nothing is under way */
    struct marks base_marks;
    struct marks candidate_marks;
    uint64_t identity; /* the newest incarnation of the base; 0: not told yet */
};

struct journal_model {
    struct subject_settings settings;
    uint32_t next_operation;
    struct content *contents;
    uint32_t content_count;
    struct point *points;
    size_t point_count;
    void *memory;
};

void *model_take(struct journal_model *model, size_t size);
struct model_generation *model_newest(struct content *content);
uint64_t model_last_seq(const struct model_generation *generation);

/* The operation of this index on this content; kind OPERATION_KINDS: draw one. */
struct operation model_operation(struct journal_model *model, enum operation_kind kind, uint32_t index,
                                 uint32_t content);

/* The content's number after the operation: a new one. */
uint32_t model_apply(struct journal_model *model, uint32_t content, const struct operation *operation);

void *model_create(const struct subject_settings *settings);
void model_destroy(void *self);
void model_follow(void *self, struct span mark);
size_t model_points(const void *self);
void model_judge(const void *self, size_t point, struct verdict *verdict);
void model_restart(void *self, size_t point, const struct verdict *verdict);

/* journal_work.c, journal_check.c */
const char *journal_work(void *self, const char *folder);
void journal_check(void *self, const char *folder, struct verdict *out);

/* A journal over its storage, opened as the till opens it. */
struct opened {
    struct lmdb_storage *lmdb;
    struct journal *journal;
};
NODISCARD
enum err journal_open_in(const char *folder, struct random random, struct opened *out);
void journal_close_opened(struct opened *opened); /* for CLEANUP too */
static inline void journal_close_openedp(struct opened **opened)
{
    journal_close_opened(*opened);
}
NODISCARD
enum err journal_put_parked(struct opened *opened, uint64_t value);
NODISCARD
enum err journal_get_parked(struct opened *opened, uint64_t *out_value);

/* An entry for journal_append of a model's record. */
struct journal_entry journal_entry_of(const struct model_record *record);

#endif
