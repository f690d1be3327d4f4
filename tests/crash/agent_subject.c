/* SPDX-License-Identifier: Apache-2.0 */
/* agent_subject.c - the real kassa-agent: a first start and sales through its API, all of it recorded. What a
 * cut leaves must open, must be a beginning of the journal as it was in the end, with every sale that was
 * answered; every so many images the agent itself is started over it, asked for each sale and given one more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "crash/agent_talk.h"
#include "crash/disk.h"
#include "crash/journal_model.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"

#define SALES_MAX      64
#define STARTED_EACH   100 /* images over which the agent is started: it takes a tenth of a second */
#define REFERENCES_MAX 256

enum agent_mark_kind { AGENT_READY, AGENT_BEGIN, AGENT_DONE, AGENT_UNDONE, AGENT_STOP, AGENT_RECORD };

struct agent_mark {
    uint32_t kind;
    uint32_t index; /* of the sale */
    uint64_t incarnation;
    uint64_t seq; /* AGENT_RECORD: one of the journal at the end, and its hash */
    uint8_t hash[HASH_SIZE];
    char answer[256]; /* AGENT_DONE */
};

struct agent_point {
    bool was_done[SALES_MAX]; /* answered */
    bool was_begun[SALES_MAX];
    bool is_selling; /* between its start and its stop, which it records too */
};

struct agent_model {
    struct subject_settings settings;
    struct agent_point *points;
    size_t point_count;
    char answers[SALES_MAX][256];
    struct { /* of the journal at the end */
        bool is_there;
        uint8_t hash[HASH_SIZE];
    } records[REFERENCES_MAX];
    uint64_t incarnation;
    uint64_t image_count;
};

static void *create(const struct subject_settings *settings)
{
    struct agent_model *model = calloc(1, sizeof *model);
    KASSA_ASSERT(model != NULL && vault_open() == ERR_OK && settings->operations <= SALES_MAX);
    model->settings = *settings;
    model->points = disk_memory(NULL, sizeof *model->points);
    model->points[model->point_count++] = (struct agent_point){0};
    return model;
}

static void destroy(void *self)
{
    struct agent_model *model = self;
    free(model->points);
    free(model);
}

static size_t points(const void *self)
{
    const struct agent_model *model = self;
    return model->point_count;
}

static void follow(void *self, struct span bytes)
{
    struct agent_model *model = self;
    struct agent_mark mark;
    KASSA_ASSERT(bytes.size == sizeof mark);
    memcpy(&mark, bytes.bytes, sizeof mark);
    struct agent_point point = model->points[model->point_count - 1];
    if (mark.kind == AGENT_RECORD) {
        KASSA_ASSERT(mark.seq < REFERENCES_MAX);
        model->records[mark.seq].is_there = true;
        memcpy(model->records[mark.seq].hash, mark.hash, HASH_SIZE);
        model->incarnation = mark.incarnation;
    } else if (mark.kind == AGENT_READY || mark.kind == AGENT_STOP) {
        point.is_selling = mark.kind == AGENT_READY;
    } else {
        point.was_begun[mark.index] = mark.kind != AGENT_UNDONE;
        point.was_done[mark.index] = mark.kind == AGENT_DONE;
        if (mark.kind == AGENT_DONE)
            (void)snprintf(model->answers[mark.index], sizeof model->answers[0], "%s", mark.answer);
    }
    model->points = disk_memory(model->points, (model->point_count + 1) * sizeof *model->points);
    model->points[model->point_count++] = point;
}

/* ---- the work */

static void tell(struct agent_mark mark)
{
    crash_shim_mark(&mark, sizeof mark);
}

static void key_of(uint32_t sale, char out[16])
{
    (void)snprintf(out, 16, "sale-%" PRIu32, sale);
}

/* Puts a basket and commits it; the answer of the commit. */
static void sell(const struct agent_process *agent, uint32_t sale, struct answer *out)
{
    char key[16];
    char body[256];
    key_of(sale, key);
    (void)snprintf(body, sizeof body,
                   "{\"basket\":\"%s\",\"lines\":[{\"sku\":\"article-%" PRIu32
                   "\",\"quantity\":\"1\",\"unit_price\":\"%" PRIu32 ".25\"}]}",
                   key, sale, sale + 1);
    agent_ask(agent, "PUT", "/v1/basket", NULL, body, out);
    if (out->status != 200)
        return;
    (void)snprintf(body, sizeof body, "{\"basket\":\"%s\",\"tenders\":[{\"kind\":\"card\"}]}", key);
    agent_ask(agent, "POST", "/v1/basket/commit", key, body, out);
}

static void ask_outcome(const struct agent_process *agent, uint32_t sale, struct answer *out)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/v1/outcomes/sale-%" PRIu32, sale);
    agent_ask(agent, "GET", path, NULL, "", out);
}

/* An answer of 201 is a promise. Any other: the outcome says; if it does not, the sale stays open. */
static const char *sell_and_tell(const struct agent_process *agent, uint32_t sale)
{
    struct answer answer;
    struct agent_mark mark = {.kind = AGENT_BEGIN, .index = sale};
    tell(mark);
    sell(agent, sale, &answer);
    bool is_answered = answer.status == 201;
    if (!is_answered)
        ask_outcome(agent, sale, &answer);
    if (answer.status == 200 && !is_answered)
        return "a sale was answered with an error, and is recorded";
    if (is_answered || answer.status == 404) {
        mark.kind = is_answered ? AGENT_DONE : AGENT_UNDONE;
        (void)snprintf(mark.answer, sizeof mark.answer, "%.250s", is_answered ? answer.body : "");
        tell(mark);
    }
    return NULL;
}

/* What the journal holds in the end, record by record. */
static void tell_records(const char *folder)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct seed seed = {1};
    struct opened opened CLEANUP(journal_close_opened) = {0};
    if (journal_open_in(folder, seed_as_random(&seed), &opened) != ERR_OK)
        return;
    for (uint64_t seq = 1; seq < journal_next_seq(opened.journal); seq++) {
        struct journal_record record;
        struct agent_mark mark = {
            .kind = AGENT_RECORD, .seq = seq, .incarnation = journal_incarnation(opened.journal)};
        KASSA_ASSERT(journal_read(opened.journal, seq, buffer, sizeof buffer, &record) == ERR_OK);
        memcpy(mark.hash, record.hash, HASH_SIZE);
        tell(mark);
    }
}

static const char *work(void *self, const char *folder)
{
    const struct agent_model *model = self;
    const char *why = NULL;
    struct agent_process agent = {0};
    char trace[640];
    char fault[64];
    (void)snprintf(trace, sizeof trace, "%s/../trace", folder);
    (void)snprintf(fault, sizeof fault, "%s:%" PRIu32, crash_fault_name(model->settings.fault.kind),
                   model->settings.fault.at);
    const struct agent_variable variables[] = {{"LD_PRELOAD", "libkassa_crash_shim.so"},
                                               {"KASSA_CRASH_ROOT", folder},
                                               {"KASSA_CRASH_TRACE", trace},
                                               {"KASSA_CRASH_FAULT", fault}};
    bool is_ready = agent_start(folder, variables, COUNT_OF(variables), &agent);
    if (!is_ready && model->settings.fault.kind == CRASH_FAULT_NONE)
        return "the agent did not start";
    tell((struct agent_mark){.kind = AGENT_READY});
    for (uint32_t sale = 0; is_ready && why == NULL && sale < model->settings.operations; sale++)
        why = sell_and_tell(&agent, sale);
    tell((struct agent_mark){.kind = AGENT_STOP});
    if (agent_stop(&agent) != 0 && why == NULL)
        why = "the agent ended with a signal";
    tell_records(folder);
    return why;
}

/* ---- looking at it */

static void refuse(struct verdict *verdict, enum verdict_kind kind, const char *what, enum err error)
{
    verdict->kind = kind;
    (void)snprintf(verdict->why, sizeof verdict->why, "%s: %s", what, err_name(error));
}

/* Of a verdict's class. */
enum {
    SEEN_RECORDS = 1,   /* something is recorded, and so the incarnation is */
    SEEN_LAST_ALONE = 2 /* the last record is not in the journal as it was in the end: its commit failed */
};

/* It is a beginning of what it was in the end. */
static bool is_beginning(struct agent_model *model, struct opened *opened, struct verdict *verdict)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    for (uint64_t seq = 1; seq < journal_next_seq(opened->journal); seq++) {
        struct journal_record record;
        enum err error = journal_read(opened->journal, seq, buffer, sizeof buffer, &record);
        bool is_it = error == ERR_OK && seq < REFERENCES_MAX && model->records[seq].is_there &&
                     memcmp(model->records[seq].hash, record.hash, HASH_SIZE) == 0;
        bool is_last = seq + 1 == journal_next_seq(opened->journal);
        if (!is_it && error == ERR_OK && is_last)
            verdict->class |= SEEN_LAST_ALONE;
        else if (!is_it) {
            refuse(verdict, VERDICT_TORN, "a record that never was", error);
            return false;
        }
    }
    return true;
}

/* Which sales are there, as bits. */
static uint64_t sales_of(const struct agent_model *model, struct opened *opened)
{
    uint64_t sales = 0;
    for (uint32_t sale = 0; sale < model->settings.operations; sale++) {
        struct journal_found found;
        char key[16];
        key_of(sale, key);
        if (journal_find_key(opened->journal, span_of_text(key), &found) == ERR_OK)
            sales |= (uint64_t)1 << sale;
    }
    return sales;
}

static void append_one(struct opened *opened, struct verdict *verdict)
{
    uint8_t bytes[300] = {1};
    uint64_t seq = 0;
    struct journal_report report;
    const struct journal_entry entry = {.bytes = span_of(bytes, sizeof bytes), .unix_ms = 1};
    enum err error = ERR_OK;
    for (int i = 0; error == ERR_OK && i < 3; i++)
        error = journal_append(opened->journal, &entry, 1, &seq);
    if (error == ERR_OK)
        error = journal_verify(lmdb_storage_as_storage(opened->lmdb), &report);
    if (error != ERR_OK)
        refuse(verdict, VERDICT_LATER, "more records", error);
}

/* The agent itself: it starts, knows each sale as it answered it, and sells. */
static void ask_agent(const struct agent_model *model, const char *folder, struct verdict *verdict)
{
    struct agent_process agent = {0};
    struct answer answer;
    if (!agent_start(folder, NULL, 0, &agent)) {
        refuse(verdict, VERDICT_BRICK, "the agent does not start", ERR_STATE);
        (void)agent_stop(&agent);
        return;
    }
    for (uint32_t sale = 0; sale < model->settings.operations; sale++) {
        if ((verdict->mark >> sale & 1) == 0)
            continue;
        ask_outcome(&agent, sale, &answer);
        if (answer.status != 200 ||
            (model->answers[sale][0] != '\0' && strncmp(answer.body, model->answers[sale], 250) != 0))
            refuse(verdict, VERDICT_LOST, "the agent does not know a recorded sale", ERR_NOT_FOUND);
    }
    sell(&agent, SALES_MAX, &answer);
    if (answer.status != 201)
        refuse(verdict, VERDICT_LATER, "the agent does not sell", ERR_STATE);
    if (agent_stop(&agent) != 0)
        refuse(verdict, VERDICT_SIGNAL, "the agent ended with a signal", ERR_STATE);
}

static void check(void *self, const char *folder, struct verdict *out)
{
    struct agent_model *model = self;
    struct seed seed = {0xc0ffee};
    bool starts = model->image_count++ % STARTED_EACH == 0;
    *out = (struct verdict){.kind = VERDICT_SOUND};
    struct opened opened CLEANUP(journal_close_opened) = {0};
    enum err error = journal_open_in(folder, seed_as_random(&seed), &opened);
    if (error != ERR_OK) {
        refuse(out, VERDICT_BRICK, "opened", error);
        return;
    }
    out->mark = sales_of(model, &opened);
    out->identity = journal_incarnation(opened.journal);
    out->class = journal_next_seq(opened.journal) > 1 ? SEEN_RECORDS : 0;
    if (!is_beginning(model, &opened, out))
        return;
    if (!starts) {
        append_one(&opened, out);
        return;
    }
    journal_close_opened(&opened);
    ask_agent(model, folder, out);
}

static void judge(const void *self, size_t index, struct verdict *verdict)
{
    const struct agent_model *model = self;
    const struct agent_point *point = &model->points[index];
    bool is_under_way = !point->is_selling;
    bool has_sold = false; /* before, a start that failed may have drawn another incarnation */
    for (uint32_t sale = 0; sale < model->settings.operations; sale++) {
        is_under_way = is_under_way || (point->was_begun[sale] && !point->was_done[sale]);
        has_sold = has_sold || point->was_done[sale];
    }
    if ((verdict->class & SEEN_LAST_ALONE) != 0 && !is_under_way)
        refuse(verdict, VERDICT_PHANTOM, "a record that was refused", ERR_STATE);
    if (has_sold && verdict->class != 0 && verdict->identity != model->incarnation)
        refuse(verdict, VERDICT_PHANTOM, "another incarnation", ERR_STATE);
    for (uint32_t sale = 0; sale < model->settings.operations; sale++) {
        bool is_there = (verdict->mark >> sale & 1) != 0;
        if (is_there ? point->was_begun[sale] : !point->was_done[sale])
            continue;
        verdict->kind = is_there ? VERDICT_PHANTOM : VERDICT_LOST;
        (void)snprintf(verdict->why, sizeof verdict->why, "sale %" PRIu32 " %s", sale,
                       is_there ? "is there, and was refused or never asked for"
                                : "was answered with 201 and is gone");
    }
}

const struct subject crash_agent = {.name = "agent",
                                    .what = "the real kassa-agent: first start and sales through its API",
                                    .is_another_program = true,
                                    .create = create,
                                    .destroy = destroy,
                                    .work = work,
                                    .follow = follow,
                                    .points = points,
                                    .check = check,
                                    .judge = judge};
