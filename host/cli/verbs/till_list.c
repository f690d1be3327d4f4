/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"

struct listing {
    const struct call *call;
    enum err error;
};

static bool print(void *context, const crm_Till *till)
{
    struct listing *listing = context;
    FILE *out = listing->call->out;
    if (call_has(listing->call, "json")) {
        listing->error = screen_json(out, desk_json_of_till(till));
        return listing->error == ERR_OK;
    }
    screen_column(out, span_of_text(till->till), 20);
    screen_column(out, span_of_text(till->store), 12);
    fprintf(out, " %-8s%12llu%10llu%12llu\n", till->online ? "online" : "offline",
            (unsigned long long)till->record_count,
            (unsigned long long)(till->last_seq > till->hw ? till->last_seq - till->hw : 0),
            (unsigned long long)till->book_version);
    return true;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct listing listing = {call, ERR_OK};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    if (!call_has(call, "json"))
        fprintf(call->out, "%-20s%-12s %-8s%12s%10s%12s\n", "till", "store", "line", "records", "waiting",
                "book");
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
