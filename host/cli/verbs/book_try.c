/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/money.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/preview.h"
#include "platform/linux/linux_clock.h"

#define INPUT_SIZE_MAX (16 * 1024 * 1024)

/* Reads one of the two JSON files into the preview. */
static enum exit_code read_input(const struct call *call, const char *option, struct preview *preview,
                                 enum err (*read)(struct preview *, struct span, struct findings *))
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    const char *path = call_value(call, option);
    if (path == NULL)
        return EXIT_DONE;
    enum err error = load_file(path, INPUT_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = read(preview, load_span(&file), &findings);
    load_print_findings(call->err, path, &findings);
    if (error == ERR_SYNTAX)
        return EXIT_DATA;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

/* --at, else now on this machine's own clock. */
static enum exit_code read_moment(const struct call *call, struct offers_moment *out)
{
    const char *at = call_value(call, "at");
    const char *store = call_value(call, "store");
    out->store = store != NULL ? span_of_text(store) : span_of("", 0);
    if (at != NULL)
        return preview_read_time(span_of_text(at), out) == ERR_OK
                   ? EXIT_DONE
                   : call_refuse(call, "2026-11-21T18:30, on the store's own clock", "\"%s\" is no time", at);
    const struct clock clock = linux_clock();
    int64_t now = clock.ops->wall_unix_ms(clock.self);
    struct civil_moment moment = civil_moment_of(now, clock.ops->utc_offset_min(clock.self, now));
    out->day = moment.day;
    out->minute_of_day = moment.minute_of_day;
    return EXIT_DONE;
}

static void print_money(const struct call *call, int64_t minor, unsigned exponent, int width)
{
    char text[32];
    (void)money_format_decimal(minor, exponent, exponent, text);
    fprintf(call->out, "%*s", width, text);
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
        fputc('\n', call->out);
    }
    fprintf(call->out, "%42s", "");
    print_money(call, preview->result.gross_minor, exponent, 12);
    print_money(call, -preview->result.discount_minor, exponent, 12);
    print_money(call, preview->result.total_minor, exponent, 12);
    fprintf(call->out, " %s, %lld points\n\n", preview->book->header.currency,
            (long long)preview->result.points);
}

static void print_figures(const struct call *call, const struct preview *preview,
                          const struct offers_explanation *why)
{
    const struct offers_reason_row *reason = offers_reason_row(why->reason);
    unsigned decimals = reason->figures == OFFERS_MILLI ? 3 : preview->book->header.exponent;
    char has[32], needs[32];
    if (reason->figures == OFFERS_NO_FIGURE)
        return;
    (void)money_format_decimal(why->has, decimals, reason->figures == OFFERS_MILLI ? 0 : decimals, has);
    (void)money_format_decimal(why->needs, decimals, reason->figures == OFFERS_MILLI ? 0 : decimals, needs);
    fprintf(call->out, ": has %s, needs %s", has, needs);
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
        if (why.reason == OFFERS_GIVEN) {
            print_money(call, why.amount_minor, preview->book->header.exponent, 0);
            fprintf(call->out, " off, %lld points: ", (long long)why.points);
            screen_span(call->out, book_offer_text(preview->book, &offer, BOOK_NAME, language));
        } else {
            fputs(offers_reason_row(why.reason)->sentence, call->out);
            print_figures(call, preview, &why);
        }
        fputc('\n', call->out);
    }
}

/* What the shopper lacks for the best of the others. */
static void print_near_misses(const struct call *call, const struct preview *preview)
{
    unsigned exponent = preview->book->header.exponent;
    for (uint32_t i = 0; i < preview->result.near_miss_count; i++) {
        const struct offers_near_miss *near = &preview->result.near_misses[i];
        bool is_count = near->missing_is == OFFERS_MILLI;
        struct book_offer offer;
        char missing[32];
        book_offer_at(preview->book, near->offer, &offer);
        (void)money_format_decimal(near->missing, is_count ? 3 : exponent, is_count ? 0 : exponent, missing);
        fputs("  ~ ", call->out);
        screen_column(call->out, offer.id, 24);
        fprintf(call->out, "%s more%s would give ", missing, is_count ? "" : " to spend");
        print_money(call, near->value_minor, exponent, 0);
        fputs(" off\n", call->out);
    }
}

static enum exit_code price(const struct call *call, struct preview *preview)
{
    const char *tag = call_value(call, "language");
    struct span language = span_of_text(tag != NULL ? tag : "en");
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
    code = read_input(call, "basket", &preview, preview_read_basket);
    if (code == EXIT_DONE)
        code = read_input(call, "member", &preview, preview_read_member);
    if (code == EXIT_DONE)
        code = read_moment(call, &preview.moment);
    return code == EXIT_DONE ? price(call, &preview) : code;
}

static const struct call_option options[] = {
    {.name = "basket", .value = "FILE", .help = "the basket, as a POS sends it (JSON)", .is_required = true},
    {.name = "member",
     .value = "FILE",
     .help = "{\"tier\": ..., \"segments\": [...]}; left out: nobody known"},
    {.name = "at", .value = "TIME", .help = "2026-11-21T18:30 on the store's clock; left out: now"},
    {.name = "store", .value = "ID", .help = "in which store"},
    {.name = "language", .value = "TAG", .help = "of the offers' names (en)"},
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_book_try = {
    .noun = "book",
    .name = "try",
    .operands = "BOOK",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Price a basket as a till would, and say of each offer why or why not",
    .details = "BOOK is JSON, binary or signed. The engine is the till's own: the same cents.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
