/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/journal_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "crash/disk.h"
#include "harness/seed.h"
#include "vault/vault.h"

#define BEGIN_UNIX_MS 1767225600000

struct memory_block {
    struct memory_block *older;
    max_align_t bytes[];
};

void *model_take(struct journal_model *model, size_t size)
{
    struct memory_block *block = disk_memory(NULL, sizeof *block + size);
    block->older = model->memory;
    model->memory = block;
    memset(block->bytes, 0, size);
    return block->bytes;
}

static uint32_t add_content(struct journal_model *model, const struct content *content)
{
    model->contents = disk_memory(model->contents, (model->content_count + 1u) * sizeof *model->contents);
    model->contents[model->content_count] = *content;
    return model->content_count++;
}

static void add_point(struct journal_model *model, struct point point)
{
    model->points = disk_memory(model->points, (model->point_count + 1) * sizeof *model->points);
    model->points[model->point_count++] = point;
}

void *model_create(const struct subject_settings *settings)
{
    struct journal_model *model = disk_memory(NULL, sizeof *model);
    *model = (struct journal_model){.settings = *settings};
    KASSA_ASSERT(vault_open() == ERR_OK);
    struct content empty = {.generation_count = 1};
    empty.generations[0].first_seq = 1;
    add_point(model, (struct point){.base = add_content(model, &empty)});
    return model;
}

void model_destroy(void *self)
{
    struct journal_model *model = self;
    for (struct memory_block *block = model->memory; block != NULL;) {
        struct memory_block *older = block->older;
        free(block);
        block = older;
    }
    free(model->contents);
    free(model->points);
    free(model);
}

size_t model_points(const void *self)
{
    const struct journal_model *model = self;
    return model->point_count;
}

struct model_generation *model_newest(struct content *content)
{
    return &content->generations[content->generation_count - 1];
}

uint64_t model_last_seq(const struct model_generation *generation)
{
    return generation->first_seq + generation->count - 1;
}

/* ---- operations */

/* Of a hundred. */
static const struct {
    enum operation_kind kind;
    unsigned weight;
} weights[] = {
    {OPERATION_APPEND, 50},      {OPERATION_BATCH, 12}, {OPERATION_BIG, 6},
    {OPERATION_ACKNOWLEDGE, 10}, {OPERATION_TRIM, 5},   {OPERATION_INCARNATION, 3},
    {OPERATION_PARK, 8},         {OPERATION_REPEAT, 3}, {OPERATION_REOPEN, 3},
};

static enum operation_kind draw_kind(struct seed *seed)
{
    uint64_t drawn = seed_below(seed, 100);
    for (size_t i = 0; i < COUNT_OF(weights); i++) {
        if (drawn < weights[i].weight)
            return weights[i].kind;
        drawn -= weights[i].weight;
    }
    return OPERATION_APPEND;
}

static const struct {
    size_t least;
    size_t spread;
    uint32_t size_least;
    uint32_t size_spread;
} amounts[OPERATION_KINDS] = {
    [OPERATION_APPEND] = {1, 1, 200, 300},
    [OPERATION_BATCH] = {2, BATCH_MAX - 1, 20, 300},
    [OPERATION_BIG] = {1, 1, 4000, 6000},
};

static void make_record(struct journal_model *model, const struct operation *operation, size_t i,
                        struct seed *seed, struct model_record *record)
{
    record->size = amounts[operation->kind].size_least +
                   (uint32_t)seed_below(seed, amounts[operation->kind].size_spread);
    record->bytes = model_take(model, record->size);
    for (uint32_t at = 0; at < record->size; at++)
        record->bytes[at] = (uint8_t)seed_next(seed);
    (void)snprintf(record->key, sizeof record->key, "%" PRIu32 "/%zu", operation->index, i);
    memset(record->digest, (int)(operation->index & 0xff), HASH_SIZE);
    record->digest[0] = (uint8_t)i;
    record->unix_ms = BEGIN_UNIX_MS + (int64_t)operation->index * 1000;
    record->takes_receipt = i == 0;
}

struct operation model_operation(struct journal_model *model, enum operation_kind kind, uint32_t index,
                                 uint32_t content_index)
{
    struct seed seed = {model->settings.seed * 1000003u + index};
    struct content *content = &model->contents[content_index];
    const struct model_generation *newest = model_newest(content);
    uint64_t last_seq = model_last_seq(newest);
    enum operation_kind drawn = draw_kind(&seed);
    struct operation operation = {.kind = kind == OPERATION_KINDS ? drawn : kind, .index = index};
    if (operation.kind == OPERATION_INCARNATION && content->generation_count == GENERATIONS_MAX)
        operation.kind = OPERATION_APPEND;
    if (amounts[operation.kind].spread > 0)
        operation.record_count =
            amounts[operation.kind].least + (size_t)seed_below(&seed, amounts[operation.kind].spread);
    operation.records = model_take(model, operation.record_count * sizeof *operation.records);
    for (size_t i = 0; i < operation.record_count; i++)
        make_record(model, &operation, i, &seed, &operation.records[i]);
    uint64_t open_count = last_seq - newest->mark_high;
    if (operation.kind == OPERATION_ACKNOWLEDGE)
        operation.seq =
            open_count == 0 ? newest->mark_high : newest->mark_high + 1 + seed_below(&seed, open_count);
    if (operation.kind == OPERATION_INCARNATION)
        operation.seq = open_count == 0 ? 0 : newest->mark_high + 1;
    operation.before_unix_ms = BEGIN_UNIX_MS + (int64_t)index * 1000 - (int64_t)seed_below(&seed, 20000);
    /* On a full disk it is done in several commits: one record is one commit. */
    operation.trim_count =
        model->settings.fault.kind != CRASH_FAULT_NONE ? 1 : 1 + (size_t)seed_below(&seed, 12);
    return operation;
}

/* ---- what an operation does to a content */

static void chain(struct model_generation *generation, struct model_record *record)
{
    const uint8_t *before =
        generation->count == 0 ? generation->base_hash : generation->records[generation->count - 1]->hash;
    struct span bytes = span_of(record->bytes, record->size);
    KASSA_ASSERT(vault_sha256_two(span_of(before, HASH_SIZE), bytes, record->hash) == ERR_OK);
}

/* The arrays of a content are never changed: another takes their place. */
static void push(struct journal_model *model, struct model_generation *generation,
                 const struct model_record *record)
{
    const struct model_record **records =
        model_take(model, (generation->count + 1) * sizeof *generation->records);
    if (generation->count > 0)
        memcpy((void *)records, (const void *)generation->records, generation->count * sizeof *records);
    records[generation->count++] = record;
    generation->records = records;
}

static void append(struct journal_model *model, struct content *content, const struct operation *operation)
{
    struct model_generation *newest = model_newest(content);
    for (size_t i = 0; i < operation->record_count; i++) {
        struct model_record *record = &operation->records[i];
        content->receipts += record->takes_receipt ? 1 : 0;
        record->receipt = content->receipts;
        chain(newest, record);
        push(model, newest, record);
    }
}

/* The oldest first; those of older generations go by age alone. */
static bool trim_one(struct content *content, int64_t before_unix_ms)
{
    uint32_t index = 0;
    while (index < content->generation_count && content->generations[index].count == 0)
        index++;
    if (index == content->generation_count)
        return false;
    struct model_generation *generation = &content->generations[index];
    const struct model_record *oldest = generation->records[0];
    bool is_newest = index + 1 == content->generation_count;
    if (oldest->unix_ms >= before_unix_ms || (is_newest && generation->first_seq > generation->mark_high))
        return false;
    generation->first_seq++;
    generation->base_receipts = oldest->receipt;
    memcpy(generation->base_hash, oldest->hash, HASH_SIZE);
    generation->records++;
    generation->count--;
    if (is_newest)
        generation->mark_low = generation->mark_high;
    return true;
}

static void trim(struct content *content, const struct operation *operation)
{
    size_t count = 0;
    while (count < operation->trim_count && trim_one(content, operation->before_unix_ms))
        count++;
}

static void begin_generation(struct journal_model *model, struct content *content, uint64_t carry_from)
{
    struct model_generation *old = model_newest(content);
    struct model_generation *new = &content->generations[content->generation_count++];
    *new = (struct model_generation){.first_seq = 1, .base_receipts = content->receipts};
    old->mark_low = old->mark_high;
    if (carry_from == 0)
        return;
    size_t first = (size_t)(carry_from - old->first_seq);
    new->base_receipts = first == 0 ? old->base_receipts : old->records[first - 1]->receipt;
    for (size_t i = first; i < old->count; i++) {
        struct model_record *record = model_take(model, sizeof *record);
        *record = *old->records[i];
        chain(new, record);
        push(model, new, record);
    }
}

static bool is_generation_equal(const struct model_generation *a, const struct model_generation *b,
                                bool is_newest)
{
    bool is_same_end = a->count == 0 || b->count == 0 ||
                       memcmp(a->records[a->count - 1]->hash, b->records[b->count - 1]->hash, HASH_SIZE) == 0;
    bool is_same_rest = is_newest || (a->incarnation == b->incarnation && a->mark_high == b->mark_high);
    return a->first_seq == b->first_seq && a->count == b->count && is_same_end && is_same_rest;
}

/* To a reader's eyes: the chain's end stands for all before it. */
static bool is_content_equal(const struct content *a, const struct content *b)
{
    if (a->generation_count != b->generation_count || a->receipts != b->receipts || a->parked != b->parked)
        return false;
    for (uint32_t i = 0; i < a->generation_count; i++)
        if (!is_generation_equal(&a->generations[i], &b->generations[i], i + 1 == a->generation_count))
            return false;
    return true;
}

/* After a failure or a cut what was tried before may be done once more and come to the same. */
static uint32_t class_of(const struct journal_model *model, const struct content *content)
{
    for (uint32_t i = 0; i < model->content_count; i++)
        if (model->contents[i].class == i && is_content_equal(&model->contents[i], content))
            return i;
    return model->content_count;
}

uint32_t model_apply(struct journal_model *model, uint32_t index, const struct operation *operation)
{
    struct content content = model->contents[index];
    struct model_generation *newest = model_newest(&content);
    switch (operation->kind) {
    case OPERATION_APPEND:
    case OPERATION_BATCH:
    case OPERATION_BIG:
        append(model, &content, operation);
        break;
    case OPERATION_ACKNOWLEDGE:
        newest->mark_high = operation->seq;
        if (newest->mark_high - newest->mark_low >= JOURNAL_ACK_STRIDE)
            newest->mark_low = newest->mark_high;
        break;
    case OPERATION_TRIM:
        trim(&content, operation);
        break;
    case OPERATION_INCARNATION:
        begin_generation(model, &content, operation->seq);
        break;
    case OPERATION_PARK:
        content.parked = operation->index + 1;
        break;
    case OPERATION_REOPEN: /* stores the mark, if the disk lets it */
    case OPERATION_OPEN:
    case OPERATION_REPEAT:
    case OPERATION_KINDS:
        break;
    }
    content.class = class_of(model, &content);
    return add_content(model, &content);
}

/* ---- points */

static struct marks marks_of(const struct journal_model *model, uint32_t index)
{
    const struct content *content = &model->contents[index];
    const struct model_generation *newest = &content->generations[content->generation_count - 1];
    return (struct marks){newest->mark_low, newest->mark_high};
}

void model_follow(void *self, struct span bytes)
{
    struct journal_model *model = self;
    struct point point = model->points[model->point_count - 1];
    struct mark mark;
    KASSA_ASSERT(bytes.size == sizeof mark);
    memcpy(&mark, bytes.bytes, sizeof mark);
    if (mark.kind == MARK_BEGIN) {
        struct operation operation = model_operation(model, mark.operation, mark.index, point.base);
        point.candidate = model_apply(model, point.base, &operation);
        model->next_operation = mark.index + 1;
    } else {
        point.base = mark.kind == MARK_DONE ? point.candidate : point.base;
        point.candidate = point.base;
        point.identity = mark.incarnation;
        struct model_generation *newest = model_newest(&model->contents[point.base]);
        newest->incarnation = mark.incarnation;
        newest->mark_high = mark.mark;
        if (mark.operation == OPERATION_REOPEN)
            newest->mark_low = mark.mark; /* what is in memory came from the disk */
        point.base_marks = marks_of(model, point.base);
    }
    point.candidate_marks = marks_of(model, point.candidate);
    add_point(model, point);
}

static bool is_within(struct marks marks, uint64_t mark)
{
    return mark >= marks.low && mark <= marks.high;
}

/* The mark may lag; what is drawn by chance is compared once it was told. */
static bool is_allowed(const struct journal_model *model, const struct point *point,
                       const struct verdict *seen)
{
    const struct content *base = &model->contents[point->base];
    const struct content *candidate = &model->contents[point->candidate];
    bool is_same_identity = point->identity == 0 || point->identity == seen->identity;
    if (seen->class == base->class && is_within(point->base_marks, seen->mark))
        return is_same_identity;
    return seen->class == candidate->class && is_within(point->candidate_marks, seen->mark) &&
           (is_same_identity || candidate->generation_count > base->generation_count);
}

void model_judge(const void *self, size_t index, struct verdict *verdict)
{
    const struct journal_model *model = self;
    const struct point *point = &model->points[index];
    if (is_allowed(model, point, verdict))
        return;
    const struct content *base = &model->contents[point->base];
    const struct content *seen = &model->contents[verdict->class];
    bool is_older = verdict->class < base->class || verdict->mark < point->base_marks.low ||
                    (verdict->class == base->class && verdict->identity != point->identity);
    verdict->kind = is_older ? VERDICT_LOST : VERDICT_PHANTOM;
    (void)snprintf(verdict->why, sizeof verdict->why,
                   "seen: generation %" PRIu32 ", last seq %" PRIu64 ", mark %" PRIu64
                   ", incarnation %016" PRIx64 "; acknowledged: %" PRIu32 ", %" PRIu64 ", %" PRIu64
                   " to %" PRIu64 ", %016" PRIx64,
                   seen->generation_count, model_last_seq(&seen->generations[seen->generation_count - 1]),
                   verdict->mark, verdict->identity, base->generation_count,
                   model_last_seq(&base->generations[base->generation_count - 1]), point->base_marks.low,
                   point->base_marks.high, point->identity);
}

void model_restart(void *self, size_t index, const struct verdict *verdict)
{
    struct journal_model *model = self;
    struct point point = model->points[index];
    bool is_base = model->contents[point.base].class == verdict->class;
    struct content content = model->contents[is_base ? point.base : point.candidate];
    struct model_generation *newest = model_newest(&content);
    newest->mark_low = verdict->mark;
    newest->mark_high = verdict->mark;
    /* Before the first start was over, whoever looked may have drawn it himself. */
    newest->incarnation = point.identity == 0 ? 0 : verdict->identity;
    uint32_t base = add_content(model, &content);
    struct marks marks = marks_of(model, base);
    add_point(model, (struct point){base, base, marks, marks, newest->incarnation});
}
