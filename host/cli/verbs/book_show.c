/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/money.h"
#include "cli/language.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/book_words.h"

static const char *const audiences[] = {[BOOK_ANYONE] = "anyone",
                                        [BOOK_ANY_MEMBER] = "member",
                                        [BOOK_SEGMENT] = "segments",
                                        [BOOK_TIER] = "tiers",
                                        [BOOK_LISTED] = "listed"};

static json_t *json_of_span(struct span text)
{
    return json_stringn((const char *)text.bytes, text.size);
}

static json_t *json_of_texts(const struct book *book, const struct book_offer *offer,
                             enum book_text_role role)
{
    json_t *texts = json_object();
    for (uint32_t i = 0; i < offer->texts.count; i++) {
        struct book_text text = book_text_at(book, offer, i);
        char language[LANGUAGE_MAX + 1] = "";
        if (text.role != role || text.language.size > LANGUAGE_MAX)
            continue;
        memcpy(language, text.language.bytes, text.language.size);
        json_object_set_new(texts, language, json_of_span(text.text));
    }
    return texts;
}

static void set_day(json_t *json, const char *key, int32_t day)
{
    char text[11];
    if (day == BOOK_DAY_FIRST || day == BOOK_DAY_LAST)
        return;
    civil_format_day(day, text);
    json_object_set_new(json, key, json_string(text));
}

static json_t *json_of_references(const struct book *book, struct book_range range)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < range.count; i++)
        json_array_append_new(list,
                              json_of_span(book_symbol_text(book, book_reference_at(book, range.first + i))));
    return list;
}

static json_t *json_of_offer(const struct book *book, const struct book_offer *offer)
{
    const char *kind = book_kind_name(offer->kind);
    json_t *json = json_pack("{s:o, s:I, s:s, s:I, s:s, s:I}", "id", json_of_span(offer->id), "version",
                             (json_int_t)offer->version, "kind", kind != NULL ? kind : "unknown", "step",
                             (json_int_t)offer->step, "audience", audiences[offer->audience], "priority",
                             (json_int_t)offer->priority);
    set_day(json, "from", offer->from_day);
    set_day(json, "until", offer->until_day);
    json_object_set_new(json, "lane", json_of_span(book_lane_at(book, offer->lane).name));
    if (offer->who.count > 0)
        json_object_set_new(json, "who", json_of_references(book, offer->who));
    if (offer->stores.count > 0)
        json_object_set_new(json, "stores", json_of_references(book, offer->stores));
    struct words words CLEANUP(words_done) = {0};
    const struct words_source source = {book, NULL};
    json_t *fields = json_object();
    words_of_offer(&source, offer, &words);
    for (size_t i = 0; i < words.count; i++)
        json_object_set_new(fields, words.rows[i].label, json_string(words.rows[i].text));
    json_object_set_new(json, "words", fields);
    json_object_set_new(json, "names", json_of_texts(book, offer, BOOK_NAME));
    json_object_set_new(json, "messages", json_of_texts(book, offer, BOOK_MESSAGE));
    return json;
}

static json_t *json_of_book(const struct book *book)
{
    json_t *offers = json_array();
    for (uint32_t i = 0; i < book_offer_count(book); i++) {
        struct book_offer offer;
        book_offer_at(book, i, &offer);
        json_array_append_new(offers, json_of_offer(book, &offer));
    }
    json_t *json = json_pack("{s:I, s:o, s:s, s:I}", "version", (json_int_t)book->header.version, "programme",
                             json_of_span(book->header.programme), "currency", book->header.currency,
                             "exponent", (json_int_t)book->header.exponent);
    set_day(json, "valid_from", book->header.valid_from_day);
    json_object_set_new(json, "stores", json_of_references(book, book->header.stores));
    json_object_set_new(json, "bytes", json_integer((json_int_t)book->bytes.size));
    json_object_set_new(json, "offers", offers);
    return json;
}

static void print_offer(const struct call *call, const struct book *book, const struct book_offer *offer,
                        struct span language)
{
    const char *kind = book_kind_name(offer->kind);
    fputs("  ", call->out);
    screen_column(call->out, offer->id, 24);
    screen_column(call->out, span_of_text(kind != NULL ? kind : "unknown"), 19);
    screen_column(call->out, span_of_text(audiences[offer->audience]), 10);
    fprintf(call->out, "%6d  ", offer->priority);
    screen_span(call->out, book_offer_text(book, offer, BOOK_NAME, language));
    fputc('\n', call->out);
}

static void print_words(const struct call *call, const struct words *words, const char *indent)
{
    for (size_t i = 0; i < words->count; i++) {
        fputs(indent, call->out);
        screen_column(call->out, span_of_text(words->rows[i].label), 24);
        screen_text(call->out, words->rows[i].text);
        fputc('\n', call->out);
    }
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

/* Every field of one offer (--offer), or of the book and of all its offers (--all). */
static enum exit_code print_details(const struct call *call, const struct load_book *loaded)
{
    struct span text = load_span(&loaded->file);
    json_t *json CLEANUP(free_json) =
        loaded->form == LOAD_JSON ? json_loadb((const char *)text.bytes, text.size, 0, NULL) : NULL;
    json_t *by_id CLEANUP(free_json) = json != NULL ? words_index(json) : NULL;
    const struct words_source source = {&loaded->book, by_id};
    const char *wanted = call_value(call, "offer");
    uint32_t count = book_offer_count(&loaded->book);
    uint32_t first = wanted != NULL ? book_find_offer(&loaded->book, span_of_text(wanted)) : 0;
    if (first == BOOK_NONE)
        return call_fail(call, ERR_NOT_FOUND, wanted, "kassa book show lists the offers with their ids");
    if (wanted == NULL) {
        struct words head CLEANUP(words_done) = {0};
        words_of_book(&source, &head);
        print_words(call, &head, "");
    }
    for (uint32_t i = first; i < (wanted != NULL ? first + 1 : count); i++) {
        struct words words CLEANUP(words_done) = {0};
        struct book_offer offer;
        book_offer_at(&loaded->book, i, &offer);
        words_of_offer(&source, &offer, &words);
        fputs(i > first || wanted == NULL ? "\n" : "", call->out);
        screen_span(call->out, offer.id);
        fputc('\n', call->out);
        print_words(call, &words, "    ");
    }
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct load_book loaded CLEANUP(load_book_done) = {0};
    enum exit_code code = load_book(call, call->operands[0], &loaded);
    if (code != EXIT_DONE)
        return code;
    const struct book *book = &loaded.book;
    struct span language;
    code = language_read(call, &book, 1, &language);
    if (code != EXIT_DONE)
        return code;
    if (call_has(call, "json"))
        return screen_json_indented(call->out, json_of_book(book)) == ERR_OK
                   ? EXIT_DONE
                   : call_fail(call, ERR_MEMORY, call->operands[0], "");
    if (call_has(call, "all") || call_has(call, "offer"))
        return print_details(call, &loaded);
    char from[11] = "any day";
    if (book->header.valid_from_day != BOOK_DAY_FIRST)
        civil_format_day(book->header.valid_from_day, from);
    fprintf(call->out, "book version %llu of ", (unsigned long long)book->header.version);
    screen_span(call->out, book->header.programme);
    fprintf(call->out, ", %s, valid from %s, %u offers, %zu bytes%s\n", book->header.currency, from,
            book_offer_count(book), book->bytes.size,
            loaded.form == LOAD_SIGNED ? ", signed (not verified here)" : "");
    for (uint32_t i = 0; i < book_offer_count(book); i++) {
        struct book_offer offer;
        book_offer_at(book, i, &offer);
        print_offer(call, book, &offer, language);
    }
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "offer", .value = "ID", .help = "every field of this offer, in words"},
    {.name = "all", .help = "every field of the book and of all its offers, in words"},
    LANGUAGE_OPTION("of the names"),
    {.name = "json", .help = "one JSON object"},
};
const struct verb verb_book_show = {.noun = "book",
                                    .name = "show",
                                    .operands = "BOOK",
                                    .operand_min = 1,
                                    .operand_max = 1,
                                    .summary = "Show what stands in a book, in the order of evaluation",
                                    .details = "BOOK is JSON, binary or signed.",
                                    .options = options,
                                    .option_count = COUNT_OF(options),
                                    .run = run};
