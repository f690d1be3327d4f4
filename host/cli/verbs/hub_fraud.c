/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/hex.h"
#include "cli/desk.h"
#include "cli/listing.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "crm/crm.h"

/* "2026-11-21 14:05:09", in UTC: tills of several places stand in one list. */
#define TIME_SIZE 20
static void write_time(int64_t unix_ms, char out[TIME_SIZE])
{
    struct civil_moment moment = civil_moment_of(unix_ms, 0);
    int64_t seconds = unix_ms / 1000 % 60;
    char day[11];
    civil_format_day(moment.day, day);
    (void)snprintf(out, TIME_SIZE, "%s %02u:%02u:%02u", day, (unsigned)moment.minute_of_day / 60 % 24,
                   (unsigned)moment.minute_of_day % 60, (unsigned)(seconds < 0 ? 0 : seconds));
}

static json_t *json_of_sighting(const crm_Sighting *sighting)
{
    char time[TIME_SIZE], day[11];
    json_t *row = json_object();
    write_time(sighting->unix_ms, time);
    json_object_set_new(row, "time", json_string(time));
    json_object_set_new(row, "till", json_string(sighting->till));
    if (sighting->number == 0)
        return row;
    civil_format_day(sighting->business_day, day);
    json_object_set_new(row, "day", json_string(day));
    json_object_set_new(row, "number", json_integer((json_int_t)sighting->number));
    return row;
}

/* What the signal is about, as names and values; those that it has none of are empty. */
struct about {
    const char *name;
    char value[2 * MEMBER_SIZE + 1];
};

#define ABOUT_COUNT 5
static void describe(const crm_Signal *signal, struct about out[ABOUT_COUNT])
{
    const struct about names[ABOUT_COUNT] = {
        {"store", ""}, {"till", ""}, {"operator", ""}, {"card", ""}, {"member", ""}};
    memcpy(out, names, sizeof(names));
    (void)snprintf(out[0].value, sizeof(out[0].value), "%s", signal->store);
    (void)snprintf(out[1].value, sizeof(out[1].value), "%s", signal->till);
    (void)snprintf(out[2].value, sizeof(out[2].value), "%s", signal->operator);
    hex_write(span_of(signal->card.bytes, signal->card.size), out[3].value);
    hex_write(span_of(signal->member.bytes, signal->member.size), out[4].value);
}

static json_t *json_of_signal(const crm_Signal *signal, const struct about *about)
{
    char time[TIME_SIZE];
    json_t *row = json_object(), *evidence = json_array();
    json_object_set_new(row, "signal", json_string(signal->rule));
    for (size_t i = 0; i < ABOUT_COUNT; i++) {
        if (about[i].value[0] != '\0')
            json_object_set_new(row, about[i].name, json_string(about[i].value));
    }
    json_object_set_new(row, "count", json_integer(signal->most));
    json_object_set_new(row, "threshold", json_integer(signal->threshold));
    json_object_set_new(row, "window_s", json_integer(signal->window_ms / 1000));
    write_time(signal->flagged_unix_ms, time);
    json_object_set_new(row, "flagged", json_string(time));
    for (pb_size_t i = 0; i < signal->sightings_count; i++)
        json_array_append_new(evidence, json_of_sighting(&signal->sightings[i]));
    json_object_set_new(row, "evidence", evidence);
    return row;
}

static void print_signal(FILE *out, const crm_Signal *signal, const struct about *about)
{
    char time[TIME_SIZE];
    write_time(signal->flagged_unix_ms, time);
    fprintf(out, "%s  %-14s %u of %u in %lld h:", time, signal->rule, (unsigned)signal->most,
            (unsigned)signal->threshold, (long long)(signal->window_ms / 3600000));
    for (size_t i = 0; i < ABOUT_COUNT; i++) {
        if (about[i].value[0] == '\0')
            continue;
        fprintf(out, " %s ", about[i].name);
        screen_text(out, about[i].value);
    }
    fputc('\n', out);
    for (pb_size_t i = 0; i < signal->sightings_count; i++) {
        const crm_Sighting *sighting = &signal->sightings[i];
        write_time(sighting->unix_ms, time);
        fprintf(out, "    %s  ", time);
        screen_text(out, sighting->till);
        if (sighting->number > 0)
            fprintf(out, " receipt %llu", (unsigned long long)sighting->number);
        fputc('\n', out);
    }
}

static bool list_signal(void *context, const crm_Signal *signal)
{
    struct listing *listing = context;
    struct about about[ABOUT_COUNT];
    describe(signal, about);
    listing->count++;
    if (listing->rows != NULL)
        json_array_append_new(listing->rows, json_of_signal(signal, about));
    else
        print_signal(listing->out, signal, about);
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
    return listing_end(call, &listing, crm_signal_scan(&txn, list_signal, &listing), "signal");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON array"},
};
const struct verb verb_hub_fraud = {
    .noun = "hub",
    .name = "fraud",
    .operands = "",
    .summary = "Show what may be a fraud, with the receipts that say so",
    .details =
        "A signal each: together (one card at one operator too often), velocity_hour and velocity_day\n"
        "(one card too often), late_credit (points too long after a receipt's end, or for one that was\n"
        "entered again), replayed (a receipt's number used twice), guessed (cards, coupons and gift cards\n"
        "that nobody knows tried at a till), tap_replayed (a till was shown taps or codes again), "
        "tap_copied\n"
        "(several tills took one and the same). From how many on is a setting of the hub: section fraud.\n"
        "A card is told by the first 4 bytes of its token, a member by his id. A signal is forgotten 90\n"
        "days after it was last seen. It refuses nothing: somebody has to look. Times are UTC.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
