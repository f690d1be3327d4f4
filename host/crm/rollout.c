/* SPDX-License-Identifier: Apache-2.0 */
/* Which tills shall have which book, and what they said of it. */
#include <stdio.h>

#include "crm/document.h"
#include "trust/trust.h"

static const char rollout_key[] = "rollout";
static const char reports_prefix[] = "book at till";

/* ---- the rollout */

/* A store of before there were rollouts: its book is at all tills. */
static enum err of_newest_book(const struct store_txn *txn, crm_Rollout *out)
{
    kassa_BookManifest newest;
    enum err error = crm_book_current(txn, &newest);
    *out = (crm_Rollout)crm_Rollout_init_zero;
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    out->version = newest.version;
    out->share_bp = CRM_SHARE_ALL;
    return ERR_OK;
}

enum err crm_rollout_get(const struct store_txn *txn, crm_Rollout *out)
{
    enum err error = crm_document_get(txn, STORE_META, span_of_text(rollout_key), crm_Rollout_fields, out);
    return error == ERR_NOT_FOUND ? of_newest_book(txn, out) : error;
}

static enum err put(const struct store_txn *txn, const crm_Rollout *rollout)
{
    return crm_document_put(txn, STORE_META, span_of_text(rollout_key), crm_Rollout_fields, rollout);
}

bool crm_rollout_is_whole(const crm_Rollout *rollout)
{
    return rollout->state == crm_RolloutState_ROLLOUT_RUNNING && rollout->share_bp >= CRM_SHARE_ALL;
}

uint64_t crm_rollout_version_for(const crm_Rollout *rollout, uint32_t place)
{
    bool is_taken = rollout->state != crm_RolloutState_ROLLOUT_ROLLED_BACK && place < rollout->share_bp;
    return is_taken ? rollout->version : rollout->previous;
}

static bool are_steps_sound(const struct crm_rollout_plan *plan)
{
    uint32_t before = plan->share_bp;
    if (plan->share_bp < 1 || plan->share_bp > CRM_SHARE_ALL || plan->step_count > CRM_ROLLOUT_STEPS_MAX)
        return false;
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps_bp[i] <= before || plan->steps_bp[i] > CRM_SHARE_ALL)
            return false;
        before = plan->steps_bp[i];
    }
    return true;
}

static void set_share(crm_Rollout *rollout, const struct crm_rollout_plan *plan)
{
    rollout->share_bp = plan->share_bp;
    rollout->state = crm_RolloutState_ROLLOUT_RUNNING;
    rollout->steps_bp_count = (pb_size_t)plan->step_count;
    for (size_t i = 0; i < plan->step_count; i++)
        rollout->steps_bp[i] = plan->steps_bp[i];
    rollout->step_minutes = plan->step_minutes;
    rollout->changed_unix_ms = plan->unix_ms;
    bool is_timed = plan->step_count > 0 && plan->step_minutes > 0;
    rollout->next_unix_ms = is_timed ? plan->unix_ms + (int64_t)plan->step_minutes * 60000 : 0;
    rollout->by_itself = false;
    rollout->reason[0] = '\0';
}

static void withdraw(crm_Rollout *rollout, uint64_t version)
{
    if (rollout->withdrawn_count == COUNT_OF(rollout->withdrawn)) {
        memmove(rollout->withdrawn, rollout->withdrawn + 1,
                sizeof(rollout->withdrawn) - sizeof(rollout->withdrawn[0]));
        rollout->withdrawn_count--;
    }
    rollout->withdrawn[rollout->withdrawn_count++] = version;
}

/* What the tills that do not take the new book have: the last one that all had. One that was halted is given up
 * with this, as if it had been rolled back. */
static enum err begin_after(const crm_Rollout *before, crm_Rollout *out)
{
    bool is_running = before->state == crm_RolloutState_ROLLOUT_RUNNING;
    if (is_running && before->version != 0 && before->share_bp < CRM_SHARE_ALL)
        return ERR_STATE;
    *out = (crm_Rollout)crm_Rollout_init_zero;
    out->withdrawn_count = before->withdrawn_count;
    memcpy(out->withdrawn, before->withdrawn, sizeof(out->withdrawn));
    out->previous = is_running ? before->version : before->previous;
    if (before->state == crm_RolloutState_ROLLOUT_HALTED)
        withdraw(out, before->version);
    return ERR_OK;
}

/* What tills said of books that nobody can go back to any more. */
static enum err forget_reports(const struct store_txn *txn, uint64_t before);

enum err crm_rollout_begin(const struct store_txn *txn, const kassa_BookManifest *manifest, struct span bytes,
                           const struct crm_rollout_plan *plan)
{
    crm_Rollout before, rollout;
    if (!are_steps_sound(plan))
        return ERR_RANGE;
    TRY(crm_rollout_get(txn, &before));
    TRY(begin_after(&before, &rollout));
    TRY(crm_book_put(txn, manifest, bytes));
    TRY(forget_reports(txn, rollout.previous));
    rollout.version = manifest->version;
    rollout.since_unix_ms = plan->unix_ms;
    rollout.round = 1;
    set_share(&rollout, plan);
    return put(txn, &rollout);
}

enum err crm_rollout_widen(const struct store_txn *txn, const struct crm_rollout_plan *plan)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    if (rollout.version == 0)
        return ERR_NOT_FOUND;
    if (rollout.state == crm_RolloutState_ROLLOUT_ROLLED_BACK)
        return ERR_STATE;
    if (!are_steps_sound(plan) || plan->share_bp < rollout.share_bp)
        return ERR_RANGE;
    set_share(&rollout, plan);
    rollout.bad_tills = 0; /* somebody looked at them, and goes on */
    rollout.round++;
    return put(txn, &rollout);
}

static void say_why(crm_Rollout *rollout, const char *reason, int64_t unix_ms)
{
    (void)snprintf(rollout->reason, sizeof(rollout->reason), "%s", reason);
    rollout->changed_unix_ms = unix_ms;
    rollout->next_unix_ms = 0;
}

enum err crm_rollout_halt(const struct store_txn *txn, const char *reason, int64_t unix_ms)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    if (rollout.version == 0)
        return ERR_NOT_FOUND;
    if (rollout.state != crm_RolloutState_ROLLOUT_RUNNING)
        return ERR_STATE;
    rollout.state = crm_RolloutState_ROLLOUT_HALTED;
    say_why(&rollout, reason, unix_ms);
    return put(txn, &rollout);
}

enum err crm_rollout_roll_back(const struct store_txn *txn, const char *reason, int64_t unix_ms)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    if (rollout.version == 0 || rollout.previous == 0)
        return ERR_NOT_FOUND;
    if (rollout.state == crm_RolloutState_ROLLOUT_ROLLED_BACK)
        return ERR_STATE;
    rollout.state = crm_RolloutState_ROLLOUT_ROLLED_BACK;
    rollout.by_itself = false;
    rollout.steps_bp_count = 0;
    withdraw(&rollout, rollout.version);
    say_why(&rollout, reason, unix_ms);
    return put(txn, &rollout);
}

enum err crm_rollout_step(const struct store_txn *txn, int64_t unix_ms, bool *out_has_stepped)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    *out_has_stepped = rollout.state == crm_RolloutState_ROLLOUT_RUNNING && rollout.steps_bp_count > 0 &&
                       rollout.next_unix_ms != 0 && rollout.next_unix_ms <= unix_ms;
    if (!*out_has_stepped)
        return ERR_OK;
    struct crm_rollout_plan plan = {.share_bp = rollout.steps_bp[0],
                                    .steps_bp = rollout.steps_bp + 1,
                                    .step_count = rollout.steps_bp_count - 1u,
                                    .step_minutes = rollout.step_minutes,
                                    .unix_ms = unix_ms};
    crm_Rollout next = rollout;
    set_share(&next, &plan);
    return put(txn, &next);
}

/* ---- what tills say */

static struct crm_key report_key(uint64_t version, const char *till)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, reports_prefix);
    if (version != 0)
        crm_key_u64(&key, version);
    if (till != NULL)
        crm_key_text(&key, till);
    return key;
}

/* These speak of the till, of its line or of an order, not against the book. */
static bool is_harmless(const char *reason)
{
    static const char *const harmless[] = {"unsigned", "frozen",     "outlived", "root_gap",
                                           "unlisted", "scope",      "tenant",   "not_kept",
                                           "early",    "no_earlier", "withdrawn"};
    for (size_t i = 0; i < COUNT_OF(harmless); i++)
        if (strcmp(harmless[i], reason) == 0)
            return true;
    return false;
}

/* Measured against the tills that the share stands for, so that the first report of a bad till in a large chain is
 * no majority; and one bad till is enough where the share is a handful. */
static bool is_too_bad(const crm_Rollout *rollout, uint64_t tills, uint32_t halt_percent)
{
    uint64_t bad = rollout->bad_tills;
    return halt_percent > 0 && bad > 0 &&
           bad * 100 * CRM_SHARE_ALL >= (uint64_t)halt_percent * rollout->share_bp * tills;
}

/* A till that the book is not for, and that does not have it, has no say. */
static enum err has_say(const struct crm_fold *fold, const crm_Rollout *rollout, bool *out)
{
    uint32_t place;
    TRY(trust_place(rollout->version, fold->till, &place));
    *out = place < rollout->share_bp || fold->row->book_version == rollout->version;
    return ERR_OK;
}

static void halt_if_too_bad(const struct crm_fold *fold, crm_Rollout *rollout)
{
    char reason[sizeof(rollout->reason)];
    if (rollout->state != crm_RolloutState_ROLLOUT_RUNNING ||
        !is_too_bad(rollout, fold->totals->tills, fold->intake->halt_percent))
        return;
    (void)snprintf(reason, sizeof(reason), "tills that refuse it or had faults under it: %u",
                   (unsigned)rollout->bad_tills);
    rollout->state = crm_RolloutState_ROLLOUT_HALTED;
    rollout->by_itself = true;
    say_why(rollout, reason, fold->intake->hub_unix_ms);
}

/* A till counts once a round, and is taken off only where it was counted. */
static enum err count_bad(struct crm_fold *fold, crm_BookAtTill *row)
{
    crm_Rollout rollout;
    bool is_heard;
    TRY(crm_rollout_get(fold->txn, &rollout));
    bool was_counted = row->round != 0 && row->round == rollout.round;
    if (rollout.version != row->version || row->is_bad == was_counted)
        return ERR_OK;
    TRY(has_say(fold, &rollout, &is_heard));
    if (row->is_bad && !is_heard)
        return ERR_OK;
    row->round = row->is_bad ? rollout.round : 0;
    rollout.bad_tills += row->is_bad ? 1u : UINT32_MAX; /* one less */
    halt_if_too_bad(fold, &rollout);
    return put(fold->txn, &rollout);
}

static enum err read_report(const struct crm_fold *fold, uint64_t version, crm_BookAtTill *out)
{
    struct crm_key key = report_key(version, fold->till);
    *out = (crm_BookAtTill)crm_BookAtTill_init_zero;
    enum err error = crm_document_get(fold->txn, STORE_META, crm_key_span(&key), crm_BookAtTill_fields, out);
    out->version = version;
    (void)snprintf(out->till, sizeof(out->till), "%s", fold->till);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

static enum err write_report(struct crm_fold *fold, crm_BookAtTill *row)
{
    struct crm_key key = report_key(row->version, fold->till);
    row->unix_ms = fold->intake->hub_unix_ms;
    TRY(count_bad(fold, row));
    return crm_document_put(fold->txn, STORE_META, crm_key_span(&key), crm_BookAtTill_fields, row);
}

/* Of versions that were never published a till may tell what it likes: nothing is kept of it. */
static enum err is_published(const struct crm_fold *fold, uint64_t version, bool *out)
{
    kassa_BookManifest manifest;
    enum err error = version != 0 ? crm_book_manifest(fold->txn, version, &manifest) : ERR_NOT_FOUND;
    *out = error == ERR_OK;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* A till prices with it now; the one before it is left. */
enum err crm_book_note_activation(struct crm_fold *fold, uint64_t version)
{
    crm_BookAtTill row;
    uint64_t before = fold->row->book_version;
    bool is_known, was_known;
    TRY(is_published(fold, version, &is_known));
    TRY(is_published(fold, before, &was_known));
    fold->row->book_version = version;
    if (was_known && before != version) {
        TRY(read_report(fold, before, &row));
        row.stage = crm_BookStage_BOOK_LEFT;
        TRY(write_report(fold, &row));
    }
    if (!is_known)
        return ERR_OK;
    TRY(read_report(fold, version, &row));
    row.stage = crm_BookStage_BOOK_IN_FORCE;
    row.is_bad = false;
    return write_report(fold, &row);
}

enum err crm_book_note_fault(struct crm_fold *fold, uint64_t version, const char *reason)
{
    crm_BookAtTill row;
    bool is_known;
    TRY(is_published(fold, version, &is_known));
    if (!is_known)
        return ERR_OK;
    TRY(read_report(fold, version, &row));
    if (fold->row->book_version != version && row.stage != crm_BookStage_BOOK_LEFT)
        row.stage = crm_BookStage_BOOK_REFUSED;
    row.is_bad = row.is_bad || !is_harmless(reason);
    row.faults += row.faults < UINT32_MAX ? 1 : 0;
    (void)snprintf(row.reason, sizeof(row.reason), "%.*s", (int)sizeof(row.reason) - 1, reason);
    return write_report(fold, &row);
}

struct scan {
    crm_visit_book_at_till *visit;
    void *context;
    struct crm_rows rows;
};

static bool visit_one(void *context, struct span key, struct span body)
{
    struct scan *scan = context;
    crm_BookAtTill row;
    return crm_rows_read(&scan->rows, key, body, crm_BookAtTill_fields, &row) &&
           scan->visit(scan->context, &row);
}

enum err crm_book_scan_tills(const struct store_txn *txn, uint64_t version, crm_visit_book_at_till *visit,
                             void *context)
{
    struct scan scan = {visit, context, {report_key(version, NULL), ERR_OK}};
    TRY(store_scan(txn, STORE_META, crm_key_span(&scan.rows.prefix), visit_one, &scan));
    return scan.rows.error;
}

#define FORGET_ONCE 200

struct forgetting {
    uint64_t before;
    crm_BookAtTill rows[FORGET_ONCE];
    size_t count;
};

static bool gather_old(void *context, const crm_BookAtTill *row)
{
    struct forgetting *forgetting = context;
    if (row->version >= forgetting->before || forgetting->count == FORGET_ONCE)
        return false; /* they stand in the order of versions */
    forgetting->rows[forgetting->count++] = *row;
    return true;
}

static enum err forget_reports(const struct store_txn *txn, uint64_t before)
{
    struct forgetting forgetting = {.before = before};
    do { /* a store is not written while it is scanned */
        forgetting.count = 0;
        TRY(crm_book_scan_tills(txn, 0, gather_old, &forgetting));
        for (size_t i = 0; i < forgetting.count; i++) {
            struct crm_key key = report_key(forgetting.rows[i].version, forgetting.rows[i].till);
            TRY(crm_document_remove(txn, STORE_META, crm_key_span(&key)));
        }
    } while (forgetting.count == FORGET_ONCE);
    return ERR_OK;
}
