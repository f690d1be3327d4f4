/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/hex.h"
#include "base/money.h"
#include "cli/desk.h"
#include "cli/listing.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "crm/crm.h"

/* What can become debts in a day while no till has a line to head office. */
struct bound {
    uint64_t tills;
    int64_t card_day_points, till_day_points;
    int64_t points; /* tills x till_day_points; -1: more than can be told */
};

static enum err read_bound(const struct store_txn *txn, struct bound *out)
{
    crm_Totals totals;
    crm_Programme programme;
    TRY(crm_totals_get(txn, &totals));
    TRY(crm_programme_get(txn, &programme));
    *out = (struct bound){.tills = totals.tills,
                          .card_day_points = programme.offline_card_day_points,
                          .till_day_points = programme.offline_till_day_points};
    if (__builtin_mul_overflow((int64_t)totals.tills, out->till_day_points, &out->points))
        out->points = -1;
    return ERR_OK;
}

static void write_member(const crm_Debt *debt, char out[2 * MEMBER_SIZE + 1])
{
    out[0] = '\0';
    if (debt->member.size == MEMBER_SIZE)
        hex_write(span_of(debt->member.bytes, MEMBER_SIZE), out);
}

/* How an amount is told: with so many decimals, and what it counts. */
struct unit {
    const char *name;
    unsigned decimals;
};

static const struct unit units[] = {
    [crm_DebtUnit_UNIT_BY_REASON] = {"", 0},      [crm_DebtUnit_UNIT_POINTS] = {"points", 0},
    [crm_DebtUnit_UNIT_COUPONS] = {"coupons", 0}, [crm_DebtUnit_UNIT_USES] = {"uses", 0},
    [crm_DebtUnit_UNIT_MILLI] = {"units", 3},     [crm_DebtUnit_UNIT_MINOR] = {"", 2},
};

/* Rows of before there were units say by their reason what they count. */
static const struct old_row {
    const char *reason;
    crm_DebtUnit unit;
} old_rows[] = {{"points", crm_DebtUnit_UNIT_POINTS},
                {"coupon_used_twice", crm_DebtUnit_UNIT_COUPONS},
                {"returned_twice", crm_DebtUnit_UNIT_MILLI}};

static struct unit unit_of(const crm_Debt *debt)
{
    crm_DebtUnit unit = debt->unit;
    for (size_t i = 0; i < COUNT_OF(old_rows) && unit == crm_DebtUnit_UNIT_BY_REASON; i++) {
        if (strcmp(old_rows[i].reason, debt->reason) == 0)
            unit = old_rows[i].unit;
    }
    if ((size_t)unit >= COUNT_OF(units))
        return units[crm_DebtUnit_UNIT_BY_REASON];
    if (unit == crm_DebtUnit_UNIT_MINOR)
        return (struct unit){debt->currency, debt->exponent <= MONEY_EXPONENT_MAX ? debt->exponent : 0};
    return units[unit];
}

static json_t *json_of_debt(const crm_Debt *debt, const char *member, const char *day)
{
    json_t *row = json_object();
    json_object_set_new(row, "reason", json_string(debt->reason));
    json_object_set_new(row, "amount", json_integer(debt->amount));
    json_object_set_new(row, "unit", json_string(unit_of(debt).name));
    json_object_set_new(row, "decimals", json_integer(unit_of(debt).decimals));
    json_object_set_new(row, "day", json_string(day));
    if (member[0] != '\0')
        json_object_set_new(row, "member", json_string(member));
    if (debt->what[0] != '\0')
        json_object_set_new(row, "what", json_string(debt->what));
    return row;
}

static void print_debt(FILE *out, const crm_Debt *debt, const char *member, const char *day)
{
    char amount[32];
    struct unit unit = unit_of(debt);
    (void)money_format_decimal(debt->amount, unit.decimals, unit.decimals, amount);
    fprintf(out, "%s  %-18s%14s %-8s  %-32s  ", day, debt->reason, amount, unit.name,
            member[0] != '\0' ? member : "-");
    screen_text(out, debt->what);
    fputc('\n', out);
}

static bool list_debt(void *context, const crm_Debt *debt)
{
    struct listing *listing = context;
    char member[2 * MEMBER_SIZE + 1], day[11];
    write_member(debt, member);
    civil_format_day(debt->day, day);
    listing->count++;
    if (listing->rows != NULL)
        json_array_append_new(listing->rows, json_of_debt(debt, member, day));
    else
        print_debt(listing->out, debt, member, day);
    return true;
}

static void print_bound(FILE *out, const struct bound *bound, uint64_t count)
{
    fprintf(out, "%llu debt%s\n", (unsigned long long)count, count == 1 ? "" : "s");
    fprintf(out,
            "At most, offline in a day: %llu tills x %lld points = %lld points; of one member %llu x %lld\n",
            (unsigned long long)bound->tills, (long long)bound->till_day_points, (long long)bound->points,
            (unsigned long long)bound->tills, (long long)bound->card_day_points);
}

static enum err print_json(FILE *out, const struct bound *bound, json_t *rows)
{
    json_t *json = json_object();
    json_object_set_new(json, "tills", json_integer((json_int_t)bound->tills));
    json_object_set_new(json, "offline_card_day_points", json_integer(bound->card_day_points));
    json_object_set_new(json, "offline_till_day_points", json_integer(bound->till_day_points));
    json_object_set_new(json, "offline_day_points_max", json_integer(bound->points));
    json_object_set_new(json, "debts", rows);
    return screen_json(out, json);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct bound bound;
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    struct listing listing = listing_of(call);
    enum err error = read_bound(&txn, &bound);
    if (error == ERR_OK)
        error = crm_debt_scan(&txn, list_debt, &listing);
    if (error != ERR_OK) {
        json_decref(listing.rows);
        return call_fail(call, error, "the store", "");
    }
    if (listing.rows != NULL)
        error = print_json(call->out, &bound, listing.rows);
    else
        print_bound(call->out, &bound, listing.count);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the debts", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_hub_debts = {
    .noun = "hub",
    .name = "debts",
    .operands = "",
    .summary = "Show what tills gave without a line that was not there to give",
    .details =
        "A row each: points that a member owes, a coupon used twice, a limit passed, gift value\n"
        "overspent, goods returned twice. Behind the amount stands what it counts: points, coupons, uses,\n"
        "units of goods, or a currency. With --json an amount is whole, and \"decimals\" says how many of\n"
        "its digits stand behind the point. Then the most that a day without lines can add: tills x\n"
        "what the book lets one till allow in a day.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
