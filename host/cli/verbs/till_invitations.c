/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"
#include "office/enrolment.h"
#include "platform/linux/linux_clock.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS 60000

struct listing {
    const struct call *call;
    int64_t now_unix_ms;
    enum err error;
};

static void format_minute(int64_t unix_ms, char out[24])
{
    char day[11];
    int minute = (int)(unix_ms % DAY_MS / MINUTE_MS);
    civil_format_day((int32_t)(unix_ms / DAY_MS), day);
    (void)snprintf(out, 24, "%s %02d:%02d", day, minute / 60 % 24, minute % 60);
}

static bool print(void *context, const crm_Invitation *row)
{
    struct listing *listing = context;
    FILE *out = listing->call->out;
    const char *state = enrolment_state_of(row, listing->now_unix_ms);
    char until[24];
    format_minute(row->until_unix_ms, until);
    if (call_has(listing->call, "json")) {
        listing->error = screen_json(out, desk_json_of_invitation(row, state));
        return listing->error == ERR_OK;
    }
    screen_column(out, span_of_text(row->till), 20);
    screen_column(out, span_of_text(row->store), 12);
    fprintf(out, " %-9s%-18s%8u\n", state, until, (unsigned)row->wrong);
    return true;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    struct listing listing = {call, clock.ops->wall_unix_ms(clock.self), ERR_OK};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    if (!call_has(call, "json"))
        fprintf(call->out, "%-20s%-12s %-9s%-18s%8s\n", "till", "store", "state", "until (UTC)", "guesses");
    enum err error = crm_invitation_scan(&txn, print, &listing);
    error = error != ERR_OK ? error : listing.error;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object a line"},
};
const struct verb verb_till_invitations = {
    .noun = "till",
    .name = "invitations",
    .operands = "",
    .summary = "List who is invited to be certified, and false proofs of a token that came",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
