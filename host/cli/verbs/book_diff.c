/* SPDX-License-Identifier: Apache-2.0 */
#include "office/book_diff.h"

#include "base/money.h"
#include "cli/language.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/trial.h"
#include "cli/verbs.h"

/* One of the two books. */
struct side {
    struct load_book loaded;
    json_t *by_id; /* its offers, where it is JSON */
    struct words_source source;
};

static void side_done(struct side *side)
{
    json_decref(side->by_id);
    load_book_done(&side->loaded);
}

static enum exit_code read_side(const struct call *call, const char *path, struct side *out)
{
    enum exit_code code = load_book(call, path, &out->loaded);
    if (code != EXIT_DONE)
        return code;
    struct span text = load_span(&out->loaded.file);
    json_t *json =
        out->loaded.form == LOAD_JSON ? json_loadb((const char *)text.bytes, text.size, 0, NULL) : NULL;
    out->by_id = json != NULL ? words_index(json) : NULL;
    json_decref(json);
    out->source = (struct words_source){&out->loaded.book, out->by_id};
    return EXIT_DONE;
}

/* ---- a basket by both books */

struct pair {
    struct preview before, after;
};

static void pair_done(struct pair *pair)
{
    preview_done(&pair->before);
    preview_done(&pair->after);
}

static enum exit_code price(const struct call *call, const char *basket, const struct side *side,
                            struct preview *out)
{
    out->book = &side->loaded.book;
    enum exit_code code = trial_read(call, basket, out);
    if (code != EXIT_DONE)
        return code;
    enum err error = preview_price(out);
    return error == ERR_OK ? EXIT_DONE
                           : call_fail(call, error, basket, "its amounts are too large to be anybody's");
}

static int64_t given_by(const struct preview *preview, uint32_t offer, int64_t *out_points)
{
    *out_points = 0;
    if (offer == BOOK_NONE)
        return 0;
    struct offers_explanation why =
        offers_explain(preview->book, &preview->member, &preview->moment, &preview->result, offer);
    *out_points = why.reason == OFFERS_GIVEN ? why.points : 0;
    return why.reason == OFFERS_GIVEN ? why.amount_minor + why.reduced_minor : 0;
}

/* What one offer gives on a basket, by either book. */
struct turn {
    struct span id;
    int64_t before, after, points_before, points_after;
};

static bool turn_of(const struct pair *pair, struct span id, struct turn *out)
{
    *out = (struct turn){.id = id};
    out->before = given_by(&pair->before, book_find_offer(pair->before.book, id), &out->points_before);
    out->after = given_by(&pair->after, book_find_offer(pair->after.book, id), &out->points_after);
    return out->before != out->after || out->points_before != out->points_after;
}

/* The n-th offer of both books: the new one's, then those of the old one that are gone. */
static bool offer_at(const struct pair *pair, uint32_t n, struct book_offer *out)
{
    uint32_t new_count = book_offer_count(pair->after.book);
    if (n < new_count) {
        book_offer_at(pair->after.book, n, out);
        return true;
    }
    book_offer_at(pair->before.book, n - new_count, out);
    return book_find_offer(pair->after.book, out->id) == BOOK_NONE;
}

static uint32_t count_both(const struct pair *pair)
{
    return book_offer_count(pair->after.book) + book_offer_count(pair->before.book);
}

/* ---- as JSON */

static json_t *json_of_span(struct span text)
{
    return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
}

static void set_text(json_t *json, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_set_new(json, key, json_string(text));
}

static json_t *json_of_fields(const struct book_diff_field *fields, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_pack("{s:s}", "field", fields[i].label);
        set_text(json, "before", fields[i].before);
        set_text(json, "after", fields[i].after);
        set_text(json, "added", fields[i].added);
        set_text(json, "removed", fields[i].removed);
        json_array_append_new(list, json);
    }
    return list;
}

static const char *const kinds[] = {
    [BOOK_DIFF_ADDED] = "added", [BOOK_DIFF_REMOVED] = "removed", [BOOK_DIFF_CHANGED] = "changed"};

static struct span id_of(const struct side *before, const struct side *after,
                         const struct book_diff_offer *row, struct book_offer *out)
{
    bool is_gone = row->after == BOOK_NONE;
    book_offer_at(is_gone ? &before->loaded.book : &after->loaded.book, is_gone ? row->before : row->after,
                  out);
    return out->id;
}

static json_t *json_of_diff(const struct book_diff *diff, const struct side *before, const struct side *after)
{
    json_t *offers = json_array();
    for (size_t i = 0; i < diff->offer_count; i++) {
        const struct book_diff_offer *row = &diff->offers[i];
        struct book_offer offer;
        json_t *json = json_pack("{s:o, s:s}", "offer", json_of_span(id_of(before, after, row, &offer)), "is",
                                 kinds[row->kind]);
        if (row->kind == BOOK_DIFF_CHANGED) {
            json_object_set_new(json, "version_raised", json_boolean(row->is_version_raised));
            json_object_set_new(json, "fields", json_of_fields(row->fields, row->field_count));
        }
        json_array_append_new(offers, json);
    }
    return json_pack("{s:o, s:o, s:I, s:o}", "book", json_of_fields(diff->head, diff->head_count), "offers",
                     offers, "same", (json_int_t)diff->same_count, "baskets", json_array());
}

static json_t *json_of_pair(const char *path, const struct pair *pair)
{
    json_t *offers = json_array();
    for (uint32_t i = 0; i < count_both(pair); i++) {
        struct book_offer offer;
        struct turn turn;
        if (!offer_at(pair, i, &offer) || !turn_of(pair, offer.id, &turn))
            continue;
        json_array_append_new(
            offers, json_pack("{s:o, s:I, s:I, s:I, s:I}", "offer", json_of_span(turn.id), "before_minor",
                              (json_int_t)turn.before, "after_minor", (json_int_t)turn.after, "before_points",
                              (json_int_t)turn.points_before, "after_points", (json_int_t)turn.points_after));
    }
    const struct offers_result *before = &pair->before.result;
    const struct offers_result *after = &pair->after.result;
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "basket", path, "before_minor",
                     (json_int_t)before->total_minor, "after_minor", (json_int_t)after->total_minor,
                     "before_points", (json_int_t)before->points, "after_points", (json_int_t)after->points,
                     "offers", offers);
}

/* ---- in words */

static void print_field(const struct call *call, const struct book_diff_field *field, const char *indent)
{
    fprintf(call->out, "%s%s: ", indent, field->label);
    bool is_list = field->added != NULL && field->removed != NULL;
    if (is_list && (field->added[0] != '\0' || field->removed[0] != '\0')) {
        fputs(field->added[0] != '\0' ? "+ " : "", call->out);
        screen_text(call->out, field->added);
        fputs(field->added[0] != '\0' && field->removed[0] != '\0' ? "  " : "", call->out);
        fputs(field->removed[0] != '\0' ? "- " : "", call->out);
        screen_text(call->out, field->removed);
    } else {
        screen_text(call->out, field->before != NULL ? field->before : "(none)");
        fputs(" → ", call->out);
        screen_text(call->out, field->after != NULL ? field->after : "(none)");
    }
    fputc('\n', call->out);
}

static void print_offer(const struct call *call, const struct side *before, const struct side *after,
                        const struct book_diff_offer *row)
{
    static const char marks[] = {
        [BOOK_DIFF_ADDED] = '+', [BOOK_DIFF_REMOVED] = '-', [BOOK_DIFF_CHANGED] = '~'};
    struct book_offer offer;
    struct span id = id_of(before, after, row, &offer);
    const struct book *book = row->after == BOOK_NONE ? &before->loaded.book : &after->loaded.book;
    const char *language = call_value(call, "language");
    fprintf(call->out, "%c ", marks[row->kind]);
    screen_span(call->out, id);
    fputs(": ", call->out);
    screen_span(call->out,
                book_offer_text(book, &offer, BOOK_NAME, span_of_text(language != NULL ? language : "en")));
    fputc('\n', call->out);
    if (row->kind == BOOK_DIFF_CHANGED && !row->is_version_raised)
        fprintf(call->out, "    its version is still %u: raise it, receipts tell the two by it\n",
                offer.version);
    for (size_t i = 0; i < row->field_count; i++)
        print_field(call, &row->fields[i], "    ");
    if (row->kind != BOOK_DIFF_ADDED)
        return;
    struct words words CLEANUP(words_done) = {0};
    words_of_offer(&after->source, &offer, &words);
    for (size_t i = 0; i < words.count; i++) {
        fprintf(call->out, "    %s: ", words.rows[i].label);
        screen_text(call->out, words.rows[i].text);
        fputc('\n', call->out);
    }
}

static void print_diff(const struct call *call, const struct book_diff *diff, const struct side *before,
                       const struct side *after)
{
    size_t counts[COUNT_OF(kinds)] = {0};
    for (size_t i = 0; i < diff->head_count; i++)
        print_field(call, &diff->head[i], "");
    for (size_t i = 0; i < diff->offer_count; i++) {
        print_offer(call, before, after, &diff->offers[i]);
        counts[diff->offers[i].kind]++;
    }
    fprintf(call->out, "%zu added, %zu removed, %zu changed, %u as they were\n", counts[BOOK_DIFF_ADDED],
            counts[BOOK_DIFF_REMOVED], counts[BOOK_DIFF_CHANGED], diff->same_count);
}

static void print_change(const struct call *call, unsigned exponent, int64_t before, int64_t after)
{
    char old[32], new[32];
    (void)money_format_decimal(before, exponent, exponent, old);
    (void)money_format_decimal(after, exponent, exponent, new);
    fprintf(call->out, "%s → %s", old, new);
}

static void print_pair(const struct call *call, const char *path, const struct pair *pair)
{
    const struct offers_result *before = &pair->before.result;
    const struct offers_result *after = &pair->after.result;
    unsigned exponent = pair->after.book->header.exponent;
    fputc('\n', call->out);
    screen_text(call->out, path);
    fputs(": ", call->out);
    print_change(call, exponent, before->total_minor, after->total_minor);
    fprintf(call->out, " %s, points ", pair->after.book->header.currency);
    print_change(call, 0, before->points, after->points);
    fputc('\n', call->out);
    for (uint32_t i = 0; i < count_both(pair); i++) {
        struct book_offer offer;
        struct turn turn;
        if (!offer_at(pair, i, &offer) || !turn_of(pair, offer.id, &turn))
            continue;
        fputs("    ", call->out);
        screen_column(call->out, turn.id, 24);
        print_change(call, exponent, turn.before, turn.after);
        fputs(" off", call->out);
        if (turn.points_before != turn.points_after) {
            fputs(", points ", call->out);
            print_change(call, 0, turn.points_before, turn.points_after);
        }
        fputc('\n', call->out);
    }
}

/* Prices each basket by both; the JSON, if there is one, gains them. */
static enum exit_code run_baskets(const struct call *call, const struct side *before,
                                  const struct side *after, json_t *json)
{
    const char *path;
    for (size_t i = 0; (path = call_value_at(call, "basket", i)) != NULL; i++) {
        struct pair pair CLEANUP(pair_done) = {0};
        enum exit_code code = price(call, path, before, &pair.before);
        if (code == EXIT_DONE)
            code = price(call, path, after, &pair.after);
        if (code != EXIT_DONE)
            return code;
        if (json != NULL)
            json_array_append_new(json_object_get(json, "baskets"), json_of_pair(path, &pair));
        else
            print_pair(call, path, &pair);
    }
    return EXIT_DONE;
}

static enum exit_code print(const struct call *call, const struct book_diff *diff, const struct side *before,
                            const struct side *after)
{
    if (!call_has(call, "json")) {
        print_diff(call, diff, before, after);
        return run_baskets(call, before, after, NULL);
    }
    json_t *json = json_of_diff(diff, before, after);
    enum exit_code code = run_baskets(call, before, after, json);
    if (code != EXIT_DONE) {
        json_decref(json);
        return code;
    }
    return screen_json_indented(call->out, json) == ERR_OK ? EXIT_DONE
                                                           : call_fail(call, ERR_MEMORY, "the books", "");
}

static enum exit_code run(const struct call *call)
{
    struct side before CLEANUP(side_done) = {0};
    struct side after CLEANUP(side_done) = {0};
    struct book_diff diff CLEANUP(book_diff_done) = {0};
    enum exit_code code = read_side(call, call->operands[0], &before);
    if (code == EXIT_DONE)
        code = read_side(call, call->operands[1], &after);
    const struct book *const books[] = {&before.loaded.book, &after.loaded.book};
    if (code == EXIT_DONE)
        code = language_read(call, books, COUNT_OF(books), &(struct span){0});
    if (code != EXIT_DONE)
        return code;
    enum err error = book_diff_make(&before.source, &after.source, &diff);
    return error == ERR_OK ? print(call, &diff, &before, &after)
                           : call_fail(call, error, call->operands[1], "");
}

static const struct call_option options[] = {
    {.name = "basket",
     .value = "FILE",
     .help = "price this basket by both books; may be given several times",
     .is_repeatable = true},
    TRIAL_OPTIONS,
    LANGUAGE_OPTION("of the offers' names"),
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_book_diff = {
    .noun = "book",
    .name = "diff",
    .operands = "OLD NEW",
    .operand_min = 2,
    .operand_max = 2,
    .summary = "Say what a new book changes, in words and on baskets",
    .details =
        "Both are JSON, binary or signed. Offers are told apart by their ids. Conditions are shown as they\n"
        "were written where the book is JSON.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
