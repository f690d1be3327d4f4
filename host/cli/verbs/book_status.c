/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/civil.h"
#include "cli/desk.h"
#include "cli/rollout.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "crm/crm.h"
#include "trust/trust.h"

#define VERSIONS_MAX 64
#define DAY_MS       INT64_C(86400000)

struct row {
    uint64_t version;
    uint32_t received; /* tills that had all of it, whatever became of it */
    uint32_t in_force;
    uint32_t to_come;
    uint32_t unheard; /* of these: not a word of it yet */
    uint32_t refused;
    uint32_t left;
    uint64_t faults;
};

struct status {
    const struct call *call;
    const struct store_txn *txn;
    crm_Rollout rollout;
    struct row rows[VERSIONS_MAX];
    size_t row_count;
    uint32_t tills;
    json_t *reports; /* NULL: they are printed in lines */
    bool has_reports;
    enum err error;
};

/* The rest stand together in the last row, if there ever are so many. */
static struct row *row_of(struct status *status, uint64_t version)
{
    for (size_t i = 0; i < status->row_count; i++)
        if (status->rows[i].version == version)
            return &status->rows[i];
    if (status->row_count == VERSIONS_MAX)
        return &status->rows[VERSIONS_MAX - 1];
    status->rows[status->row_count] = (struct row){.version = version};
    return &status->rows[status->row_count++];
}

/* The version that the till shall take; 0: none. */
static uint64_t due_at(struct status *status, const char *till)
{
    uint32_t place = 0;
    status->error = trust_place(status->rollout.version, till, &place);
    uint64_t due = crm_rollout_version_for(&status->rollout, place);
    bool is_halted =
        status->rollout.state == crm_RolloutState_ROLLOUT_HALTED && due == status->rollout.version;
    return is_halted ? 0 : due;
}

static bool count_till(void *context, const crm_Till *till)
{
    struct status *status = context;
    uint64_t due = due_at(status, till->till);
    status->tills++;
    if (till->book_version != 0)
        row_of(status, till->book_version)->in_force++;
    if (due != 0 && due != till->book_version) {
        row_of(status, due)->to_come++;
        row_of(status, due)->unheard++;
    }
    return status->error == ERR_OK;
}

/* These are found in the whole book; the others in what announces it, or in the till. */
static bool had_it(const crm_BookAtTill *report)
{
    static const enum trust_reason of_the_whole[] = {TRUST_UNREADABLE, TRUST_FAULTY, TRUST_LIMIT};
    bool had = report->stage == crm_BookStage_BOOK_IN_FORCE || report->stage == crm_BookStage_BOOK_LEFT;
    for (size_t i = 0; i < COUNT_OF(of_the_whole); i++)
        had = had || strcmp(report->reason, trust_reason_code(of_the_whole[i])) == 0;
    return had;
}

static bool count_report(void *context, const crm_BookAtTill *report)
{
    struct status *status = context;
    struct row *row = row_of(status, report->version);
    bool is_heard =
        report->stage != crm_BookStage_BOOK_IN_FORCE && due_at(status, report->till) == report->version;
    row->received += had_it(report) ? 1 : 0;
    row->unheard -= is_heard && row->unheard > 0 ? 1 : 0;
    row->refused += report->stage == crm_BookStage_BOOK_REFUSED ? 1 : 0;
    row->left += report->stage == crm_BookStage_BOOK_LEFT ? 1 : 0;
    row->faults += report->faults;
    return true;
}

static int by_version(const void *a, const void *b)
{
    const struct row *first = a, *second = b;
    return first->version < second->version ? 1 : first->version > second->version ? -1 : 0;
}

static enum err gather(struct status *status)
{
    TRY(crm_rollout_get(status->txn, &status->rollout));
    if (status->rollout.version != 0)
        (void)row_of(status, status->rollout.version);
    if (status->rollout.previous != 0)
        (void)row_of(status, status->rollout.previous);
    TRY(crm_till_scan(status->txn, count_till, status));
    TRY(status->error);
    TRY(crm_book_scan_tills(status->txn, 0, count_report, status));
    qsort(status->rows, status->row_count, sizeof(status->rows[0]), by_version);
    return ERR_OK;
}

/* ---- in words */

static const char *state_of(const crm_Rollout *rollout)
{
    switch (rollout->state) {
    case crm_RolloutState_ROLLOUT_RUNNING:
        return crm_rollout_is_whole(rollout) ? "complete" : "running";
    case crm_RolloutState_ROLLOUT_HALTED:
        return "halted";
    case crm_RolloutState_ROLLOUT_ROLLED_BACK:
        return "rolled_back";
    }
    return "";
}

static void print_time(FILE *out, int64_t unix_ms)
{
    char day[11];
    struct civil_moment moment = civil_moment_of(unix_ms, 0);
    civil_format_day(moment.day, day);
    fprintf(out, "%s %02u:%02u UTC", day, moment.minute_of_day / 60u, moment.minute_of_day % 60u);
}

static void print_next(FILE *out, const crm_Rollout *rollout)
{
    char share[ROLLOUT_SHARE_SIZE];
    if (rollout->state != crm_RolloutState_ROLLOUT_RUNNING || rollout->steps_bp_count == 0)
        return;
    fprintf(out, "  next: %s", rollout_share(rollout->steps_bp[0], share));
    if (rollout->next_unix_ms != 0) {
        fputs(" on ", out);
        print_time(out, rollout->next_unix_ms);
    } else {
        fputs(", by hand: kassa book rollout", out);
    }
    fputc('\n', out);
}

static void print_head(FILE *out, const crm_Rollout *rollout)
{
    char share[ROLLOUT_SHARE_SIZE];
    rollout_share(rollout->share_bp, share);
    fprintf(out, "book %" PRIu64, rollout->version);
    if (rollout->state == crm_RolloutState_ROLLOUT_HALTED)
        fprintf(out, ": HALTED %s at %s of the tills, ", rollout->by_itself ? "BY THE HUB" : "by hand",
                share);
    else if (rollout->state == crm_RolloutState_ROLLOUT_ROLLED_BACK)
        fputs(": ROLLED BACK, ", out);
    else
        fprintf(out, ": at %s of the tills, since ", share);
    print_time(out, rollout->changed_unix_ms);
    fputc('\n', out);
    if (rollout->reason[0] != '\0') {
        fputs("  because: ", out);
        screen_text(out, rollout->reason);
        fputc('\n', out);
    }
    if (!crm_rollout_is_whole(rollout) && rollout->previous != 0)
        fprintf(out, "  %s book %" PRIu64 "\n",
                rollout->state == crm_RolloutState_ROLLOUT_ROLLED_BACK ? "all tills shall have"
                                                                       : "the others have",
                rollout->previous);
    print_next(out, rollout);
}

static bool is_withdrawn(const crm_Rollout *rollout, uint64_t version)
{
    for (size_t i = 0; i < rollout->withdrawn_count; i++)
        if (rollout->withdrawn[i] == version)
            return true;
    return false;
}

static bool print_report(void *context, const crm_BookAtTill *report)
{
    struct status *status = context;
    FILE *out = status->call->out;
    if (report->faults == 0)
        return true;
    if (!status->has_reports)
        fputs("\ntill                 book        faults  reason\n", out);
    status->has_reports = true;
    screen_column(out, span_of_text(report->till), 20);
    fprintf(out, " %-10" PRIu64 "%8u  ", report->version, report->faults);
    screen_text(out, report->reason);
    fputs(report->stage == crm_BookStage_BOOK_REFUSED ? " (refused)\n"
          : report->stage == crm_BookStage_BOOK_LEFT  ? " (given up)\n"
                                                      : " (in force)\n",
          out);
    return true;
}

static enum err print_words(struct status *status)
{
    FILE *out = status->call->out;
    if (status->rollout.version == 0) {
        fputs("no book was published yet\n", out);
        return ERR_OK;
    }
    print_head(out, &status->rollout);
    fprintf(out, "\n%-12s%10s%10s%10s%10s%10s%10s%10s   of %u tills\n", "book", "received", "in force",
            "to come", "unheard", "refused", "given up", "faults", status->tills);
    for (size_t i = 0; i < status->row_count; i++) {
        const struct row *row = &status->rows[i];
        fprintf(out, "%-12" PRIu64 "%10u%10u%10u%10u%10u%10u%10" PRIu64 "%s\n", row->version, row->received,
                row->in_force, row->to_come, row->unheard, row->refused, row->left, row->faults,
                is_withdrawn(&status->rollout, row->version) ? "   withdrawn" : "");
    }
    return crm_book_scan_tills(status->txn, 0, print_report, status);
}

/* ---- as JSON */

static const char *stage_of(crm_BookStage stage)
{
    switch (stage) {
    case crm_BookStage_BOOK_IN_FORCE:
        return "in_force";
    case crm_BookStage_BOOK_REFUSED:
        return "refused";
    case crm_BookStage_BOOK_LEFT:
        return "given_up";
    case crm_BookStage_BOOK_UNKNOWN:
        break;
    }
    return "unknown";
}

static bool add_report(void *context, const crm_BookAtTill *report)
{
    struct status *status = context;
    json_array_append_new(status->reports,
                          json_pack("{s:s,s:I,s:s,s:s,s:I,s:I}", "till", report->till, "book",
                                    (json_int_t)report->version, "stage", stage_of(report->stage), "reason",
                                    report->reason, "faults", (json_int_t)report->faults, "unix_ms",
                                    (json_int_t)report->unix_ms));
    return true;
}

static json_t *json_of_rows(const struct status *status)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < status->row_count; i++) {
        const struct row *row = &status->rows[i];
        json_array_append_new(rows, json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "book",
                                              (json_int_t)row->version, "received", (json_int_t)row->received,
                                              "unheard", (json_int_t)row->unheard, "in_force",
                                              (json_int_t)row->in_force, "to_come", (json_int_t)row->to_come,
                                              "refused", (json_int_t)row->refused, "given_up",
                                              (json_int_t)row->left, "faults", (json_int_t)row->faults));
    }
    return rows;
}

static enum err print_json(struct status *status)
{
    const crm_Rollout *rollout = &status->rollout;
    json_t *withdrawn = json_array();
    for (size_t i = 0; i < rollout->withdrawn_count; i++)
        json_array_append_new(withdrawn, json_integer((json_int_t)rollout->withdrawn[i]));
    status->reports = json_array();
    enum err error = crm_book_scan_tills(status->txn, 0, add_report, status);
    json_t *json =
        json_pack("{s:I,s:s,s:I,s:I,s:b,s:s,s:I,s:I,s:o,s:o,s:o}", "book", (json_int_t)rollout->version,
                  "state", rollout->version == 0 ? "none" : state_of(rollout), "previous",
                  (json_int_t)rollout->previous, "share_bp", (json_int_t)rollout->share_bp, "by_itself",
                  (int)rollout->by_itself, "reason", rollout->reason, "next_unix_ms",
                  (json_int_t)rollout->next_unix_ms, "tills", (json_int_t)status->tills, "withdrawn",
                  withdrawn, "books", json_of_rows(status), "reports", status->reports);
    if (error != ERR_OK) {
        json_decref(json);
        return error;
    }
    return screen_json(status->call->out, json);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct status status = {.call = call, .txn = &txn, .rollout = crm_Rollout_init_zero};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = gather(&status);
    if (error == ERR_OK)
        error = call_has(call, "json") ? print_json(&status) : print_words(&status);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "all of it as one JSON object"},
};
const struct verb verb_book_status = {
    .noun = "book",
    .name = "status",
    .operands = "",
    .summary = "Show which tills have which book, and who refuses it and why",
    .details =
        "received: had all of it. to come: shall take it, and it is not in force there; unheard: of these, "
        "those that\n"
        "have not said a word of it. given up: it was in force there, and another one is now.\n"
        "What the reasons mean stands in include/kassa/SPEC.md, Reasons.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
