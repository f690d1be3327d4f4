/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "card/card.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"

static void print_money(FILE *out, const char *what, int64_t amount_minor, unsigned exponent)
{
    char text[32];
    (void)money_format_decimal(amount_minor, exponent, exponent, text);
    fprintf(out, "  %-22s%20s\n", what, text);
}

static void print_currency(FILE *out, const crm_CurrencyTotals *totals)
{
    fprintf(out, "%s\n", totals->currency);
    print_money(out, "sales", totals->sales_minor, totals->exponent);
    print_money(out, "returns", totals->returns_minor, totals->exponent);
    print_money(out, "voids", totals->voids_minor, totals->exponent);
    print_money(out, "all", totals->sales_minor + totals->returns_minor + totals->voids_minor,
                totals->exponent);
    print_money(out, "with a member", totals->with_member_minor, totals->exponent);
}

static void print_cards(FILE *out, const crm_Totals *totals)
{
    if (totals->cards_count > 0)
        fprintf(out, "%-14s%-10s%12s%12s%12s\n", "cards", "trust", "seen", "known", "purchases");
    for (size_t i = 0; i < totals->cards_count; i++) {
        const crm_CardTotals *row = &totals->cards[i];
        bool is_told = row->technology != kassa_CardTechnology_CARD_UNSPECIFIED;
        fprintf(out, "  %-12s%-10s%12llu%12llu%12llu\n",
                is_told ? card_technology_name((enum reader_technology)row->technology) : "not told",
                row->trust != kassa_CardTrust_TRUST_NONE ? card_trust_name((enum card_trust)row->trust)
                                                         : "not told",
                (unsigned long long)row->seen, (unsigned long long)row->known,
                (unsigned long long)row->purchases);
    }
}

static void print(FILE *out, const crm_Totals *totals)
{
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"records", totals->records},
        {"purchases", totals->purchases},
        {"returns", totals->returns},
        {"voids", totals->voids},
        {"receipt lines", totals->receipt_lines},
        {"cards seen", totals->taps},
        {"offers shown", totals->offers_shown},
        {"members", totals->members},
        {"tills", totals->tills},
        {"quarantined", totals->quarantined},
        {"forks", totals->forks},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fprintf(out, "%-24s%20llu\n", rows[i].what, (unsigned long long)rows[i].count);
    fprintf(out, "%-24s%20llu\n", "reservations", (unsigned long long)totals->reserved);
    fprintf(out, "%-24s%20llu\n", "committed", (unsigned long long)totals->committed);
    fprintf(out, "%-24s%20llu\n", "key conflicts", (unsigned long long)totals->conflicts);
    fprintf(out, "%-24s%20lld\n", "points", (long long)totals->points);
    fprintf(out, "%-24s%20lld\n", "points owed", (long long)totals->points_owed);
    print_cards(out, totals);
    for (size_t i = 0; i < totals->currencies_count; i++)
        print_currency(out, &totals->currencies[i]);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Totals totals = crm_Totals_init_zero;
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_totals_get(&txn, &totals);
    if (error == ERR_OK && call_has(call, "json"))
        error = screen_json(call->out, desk_json_of_totals(&totals));
    else if (error == ERR_OK)
        print(call->out, &totals);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_hub_totals = {.noun = "hub",
                                     .name = "totals",
                                     .operands = "",
                                     .summary = "Show what the hub has taken in, to the last cent",
                                     .options = options,
                                     .option_count = COUNT_OF(options),
                                     .run = run};
