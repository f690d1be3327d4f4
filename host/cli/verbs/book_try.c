/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"
#include "cli/language.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/trial.h"
#include "cli/verbs.h"

static void print_money(const struct call *call, int64_t minor, unsigned exponent, int width)
{
    char text[32];
    (void)money_format_decimal(minor, exponent, exponent, text);
    fprintf(call->out, "%*s", width, text);
}

/* A discount of the line: what it was of, what the offer wanted, what it gave. */
static void print_discounts(const struct call *call, const struct preview *preview, uint32_t line)
{
    unsigned exponent = preview->book->header.exponent;
    for (uint32_t i = 0; i < preview->result.discount_count; i++) {
        const struct offers_discount *row = &preview->result.discounts[i];
        char percent[32];
        if (row->line != line)
            continue;
        fputs("            ", call->out);
        screen_column(call->out, row->origin == OFFERS_BY_POINTS ? span_of_text("points") : row->id, 30);
        print_money(call, -row->amount_minor, exponent, 12);
        (void)money_format_decimal(row->percent_bp, 2, 0, percent);
        if (row->percent_bp > 0)
            fprintf(call->out, "  %s %%", percent);
        fputs("  of ", call->out);
        print_money(call, row->base_minor, exponent, 0);
        if (row->wanted_minor != row->amount_minor) {
            fputs(", wanted ", call->out);
            print_money(call, row->wanted_minor, exponent, 0);
        }
        fputc('\n', call->out);
    }
}

static void print_totals(const struct call *call, const struct preview *preview)
{
    const struct offers_result *result = &preview->result;
    unsigned exponent = preview->book->header.exponent;
    fprintf(call->out, "%42s", "");
    print_money(call, result->gross_minor, exponent, 12);
    print_money(call, -result->discount_minor, exponent, 12);
    print_money(call, result->total_minor, exponent, 12);
    fprintf(call->out, " %s, %lld points\n", preview->book->header.currency, (long long)result->points);
    if (result->tax_minor != 0) {
        fputs("  tax ", call->out);
        print_money(call, result->tax_minor, exponent, 0);
        fputs(", to pay ", call->out);
        print_money(call, result->payable_minor, exponent, 0);
        fputc('\n', call->out);
    }
    if (result->burned.points > 0) {
        fprintf(call->out, "  paid with %lld points: ", (long long)result->burned.points);
        print_money(call, result->burned.value_minor, exponent, 0);
        fputs(result->burned.as == BOOK_BURN_AS_TENDER ? ", as a tender\n" : ", as a discount\n", call->out);
    }
    if (result->search != OFFERS_SEARCH_NONE)
        fprintf(call->out, "  best combination: %s, %u states\n",
                result->search == OFFERS_OPTIMAL ? "none gives more" : "the best that was found",
                result->search_states);
    fputc('\n', call->out);
}

static void print_lines(const struct call *call, const struct preview *preview)
{
    unsigned exponent = preview->book->header.exponent;
    for (uint32_t i = 0; i < preview->line_count; i++) {
        const struct offers_line_result *row = &preview->result.lines[i];
        char quantity[32];
        (void)money_format_decimal(preview->lines[i].quantity_milli, 3, 0, quantity);
        fprintf(call->out, "%8s  ", quantity);
        screen_column(call->out,
                      preview->descriptions[i].size > 0 ? preview->descriptions[i] : preview->lines[i].sku,
                      32);
        print_money(call, row->amount_minor, exponent, 12);
        print_money(call, -row->discount_minor, exponent, 12);
        print_money(call, row->net_minor, exponent, 12);
        if (row->prior_price_minor > 0) {
            fputs("  was ", call->out);
            print_money(call, row->prior_price_minor, exponent, 0);
        }
        fputc('\n', call->out);
        print_discounts(call, preview, i);
    }
    print_totals(call, preview);
}

static void print_figure(const struct call *call, const struct preview *preview, enum offers_figure figure,
                         int64_t value)
{
    unsigned exponent = preview->book->header.exponent;
    unsigned decimals = figure == OFFERS_MILLI ? 3 : figure == OFFERS_MINOR ? exponent : 0;
    char text[32];
    (void)money_format_decimal(value, decimals, figure == OFFERS_MINOR ? exponent : 0, text);
    fputs(text, call->out);
}

static void print_why_not(const struct call *call, const struct preview *preview,
                          const struct offers_explanation *why)
{
    const struct offers_reason_row *reason = offers_reason_row(why->reason);
    fputs(reason->sentence, call->out);
    if (why->detail != NULL) {
        fputs(": ", call->out);
        screen_text(call->out, why->detail);
    }
    if (reason->figures == OFFERS_NO_FIGURE)
        return;
    fputs(": has ", call->out);
    print_figure(call, preview, reason->figures, why->has);
    fputs(", needs ", call->out);
    print_figure(call, preview, reason->figures, why->needs);
}

/* The awards that one offer gave. */
static void print_awards(const struct call *call, const struct preview *preview, uint32_t offer)
{
    for (uint32_t i = 0; i < preview->result.award_count; i++) {
        const struct offers_award *award = &preview->result.awards[i];
        const char *kind = book_kind_name(award->kind);
        if (award->offer != offer)
            continue;
        fprintf(call->out, ", %lld x %s", (long long)award->count, kind != NULL ? kind : "unknown");
        if (award->item.size > 0 || award->card.size > 0) {
            fputc(' ', call->out);
            screen_span(call->out, award->item.size > 0 ? award->item : award->card);
        }
        if (award->charged_minor > 0) {
            fputs(" at ", call->out);
            print_money(call, award->charged_minor, preview->book->header.exponent, 0);
        }
    }
}

static void print_given(const struct call *call, const struct preview *preview,
                        const struct offers_explanation *why, struct span name)
{
    unsigned exponent = preview->book->header.exponent;
    if (why->reduced_minor > 0) {
        print_money(call, why->reduced_minor, exponent, 0);
        fputs(" less on the shelf, ", call->out);
    }
    print_money(call, why->amount_minor, exponent, 0);
    fprintf(call->out, " off, %lld points", (long long)why->points);
    print_awards(call, preview, why->offer);
    fputs(": ", call->out);
    screen_span(call->out, name);
}

static void print_offers(const struct call *call, const struct preview *preview, struct span language)
{
    for (uint32_t i = 0; i < book_offer_count(preview->book); i++) {
        struct book_offer offer;
        book_offer_at(preview->book, i, &offer);
        const struct offers_explanation why =
            offers_explain(preview->book, &preview->member, &preview->moment, &preview->result, i);
        fputs(why.reason == OFFERS_GIVEN ? "  + " : "  - ", call->out);
        screen_column(call->out, offer.id, 24);
        if (why.reason == OFFERS_GIVEN)
            print_given(call, preview, &why, book_offer_text(preview->book, &offer, BOOK_NAME, language));
        else
            print_why_not(call, preview, &why);
        fputc('\n', call->out);
    }
}

/* What the shopper lacks for the best of the others. */
static void print_near_misses(const struct call *call, const struct preview *preview)
{
    for (uint32_t i = 0; i < preview->result.near_miss_count; i++) {
        const struct offers_near_miss *near = &preview->result.near_misses[i];
        struct book_offer offer;
        book_offer_at(preview->book, near->offer, &offer);
        fputs("  ~ ", call->out);
        screen_column(call->out, offer.id, 24);
        print_figure(call, preview, near->missing_is, near->missing);
        fprintf(call->out, " more%s would give ", near->missing_is == OFFERS_MINOR ? " to spend" : "");
        print_money(call, near->value_minor, preview->book->header.exponent, 0);
        fputs(" off\n", call->out);
    }
}

static enum exit_code price(const struct call *call, struct preview *preview)
{
    struct span language;
    enum exit_code code = language_read(call, &preview->book, 1, &language);
    if (code != EXIT_DONE)
        return code;
    enum err error = preview_price(preview);
    if (error != ERR_OK)
        return call_fail(call, error, "the basket", "its amounts are too large to be anybody's");
    if (call_has(call, "json"))
        return screen_json_indented(call->out, preview_as_json(preview, language)) == ERR_OK
                   ? EXIT_DONE
                   : call_fail(call, ERR_MEMORY, "the basket", "");
    print_lines(call, preview);
    print_offers(call, preview, language);
    print_near_misses(call, preview);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct load_book book CLEANUP(load_book_done) = {0};
    struct preview preview CLEANUP(preview_done) = {0};
    enum exit_code code = load_book(call, call->operands[0], &book);
    if (code != EXIT_DONE)
        return code;
    preview.book = &book.book;
    code = trial_read(call, call_value(call, "basket"), &preview);
    return code == EXIT_DONE ? price(call, &preview) : code;
}

static const struct call_option options[] = {
    {.name = "basket", .value = "FILE", .help = "the basket, as a POS sends it (JSON)", .is_required = true},
    TRIAL_OPTIONS,
    LANGUAGE_OPTION("of the offers' names"),
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_book_try = {
    .noun = "book",
    .name = "try",
    .operands = "BOOK",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Price a basket as a till would, and say of each offer why or why not",
    .details =
        "BOOK is JSON, binary or signed. The engine is the till's own: the same cents. The basket may have\n"
        "\"coupons\" ([\"welcome\"]), \"burn_points\" (500), \"tenders\", \"price_mode\" and what was had of "
        "limited\n"
        "offers (\"counters\"); the member \"tier\", \"segments\", \"visits\", \"birthday\" (\"05-17\"), "
        "\"points\" and\n"
        "\"consents\", or whatever kassa member show --json prints.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
