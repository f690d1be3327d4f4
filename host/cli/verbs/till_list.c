/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"

#define DAY_S 86400

struct listing {
    const struct call *call;
    const struct store_txn *txn;
    int64_t now_unix_s;
    enum err error;
};

struct certified {
    int64_t now_unix_s;
    int64_t until_unix_s; /* the latest of those in force; 0: none is */
};

static bool note_certificate(void *context, const crm_Certificate *row)
{
    struct certified *certified = context;
    bool is_in_force = row->revoked_unix_ms == 0 && row->from_unix_s <= certified->now_unix_s &&
                       row->until_unix_s >= certified->now_unix_s;
    if (is_in_force && row->until_unix_s > certified->until_unix_s)
        certified->until_unix_s = row->until_unix_s;
    return true;
}

static bool print(void *context, const crm_Till *till)
{
    struct listing *listing = context;
    FILE *out = listing->call->out;
    struct certified certified = {.now_unix_s = listing->now_unix_s};
    listing->error = crm_certificate_scan(listing->txn, till->till, note_certificate, &certified);
    if (listing->error != ERR_OK)
        return false;
    if (call_has(listing->call, "json")) {
        listing->error = screen_json(out, desk_json_of_till(till, certified.until_unix_s));
        return listing->error == ERR_OK;
    }
    screen_column(out, span_of_text(till->till), 20);
    screen_column(out, span_of_text(till->store), 12);
    char day[11] = "-";
    if (certified.until_unix_s != 0)
        civil_format_day((int32_t)(certified.until_unix_s / DAY_S), day);
    char off[40] = "";
    if (crm_till_is_clock_off(till))
        (void)snprintf(off, sizeof(off), "  clock off by %lld s", (long long)(till->skew_ms / 1000));
    fprintf(out, " %-8s%12llu%10llu%12llu  %s%s\n", till->online ? "online" : "offline",
            (unsigned long long)till->record_count,
            (unsigned long long)(till->last_seq > till->hw ? till->last_seq - till->hw : 0),
            (unsigned long long)till->book_version, day, off);
    return true;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    struct listing listing = {call, &txn, clock.ops->wall_unix_ms(clock.self) / 1000, ERR_OK};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    if (!call_has(call, "json"))
        fprintf(call->out, "%-20s%-12s %-8s%12s%10s%12s  %s\n", "till", "store", "line", "records", "waiting",
                "book", "certified until");
    enum err error = crm_till_scan(&txn, print, &listing);
    error = error != ERR_OK ? error : listing.error;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object a line"},
};
const struct verb verb_till_list = {.noun = "till",
                                    .name = "list",
                                    .operands = "",
                                    .summary = "List the tills that the hub has heard of",
                                    .options = options,
                                    .option_count = COUNT_OF(options),
                                    .run = run};
