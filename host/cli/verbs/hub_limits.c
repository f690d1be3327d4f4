/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/desk.h"
#include "cli/listing.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "crm/crm.h"

#define NAME_OF(names, number) ((size_t)(number) < COUNT_OF(names) ? (names)[number] : "unknown")

static const char *const what_names[] = {"uses", "units", "amount", "points"};
static const char *const per_names[] = {"line", "basket", "member", "till", "store", "chain"};
static const char *const period_names[] = {"ever", "day", "week", "month", "year"};

static json_t *json_of_counter(const crm_Counter *counter, const char *since)
{
    json_t *row = json_object();
    json_object_set_new(row, "offer", json_string(counter->offer));
    json_object_set_new(row, "limit", json_integer(counter->limit));
    json_object_set_new(row, "what", json_string(NAME_OF(what_names, counter->what)));
    json_object_set_new(row, "per", json_string(NAME_OF(per_names, counter->per)));
    if (counter->whose[0] != '\0')
        json_object_set_new(row, "whose", json_string(counter->whose));
    json_object_set_new(row, "period", json_string(NAME_OF(period_names, counter->period)));
    if (since[0] != '\0')
        json_object_set_new(row, "since", json_string(since));
    json_object_set_new(row, "used", json_integer(counter->used));
    json_object_set_new(row, "most", json_integer(counter->most));
    return row;
}

static void print_counter(FILE *out, const crm_Counter *counter, const char *since)
{
    screen_column(out, span_of(counter->offer, strlen(counter->offer)), 32);
    fprintf(out, "  %-6s %8lld of %-8lld  %s ", NAME_OF(what_names, counter->what), (long long)counter->used,
            (long long)counter->most, NAME_OF(per_names, counter->per));
    screen_text(out, counter->whose);
    fprintf(out, "%s%s %s\n", counter->whose[0] != '\0' ? ", " : "", NAME_OF(period_names, counter->period),
            since);
}

static bool list_counter(void *context, const crm_Counter *counter)
{
    struct listing *listing = context;
    char since[11] = "";
    if (counter->since_day != 0)
        civil_format_day(counter->since_day, since);
    listing->count++;
    if (listing->rows != NULL)
        json_array_append_new(listing->rows, json_of_counter(counter, since));
    else
        print_counter(listing->out, counter, since);
    return true;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    struct listing listing = listing_of(call);
    return listing_end(call, &listing, crm_counter_scan(&txn, NULL, list_counter, &listing), "limit");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON array"},
};
const struct verb verb_hub_limits = {
    .noun = "hub",
    .name = "limits",
    .operands = "",
    .summary = "Show what was used of the offers' limits",
    .details =
        "A row for each limit of a till, a store or the chain that was ever used, with the day on which\n"
        "its period began. Amounts are in minor units. A member's limits are not listed.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
