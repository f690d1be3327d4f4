/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of an offer: in each language that the book asks for, and told apart from the others. */
#include <stdio.h>
#include <stdlib.h>

#include "office/draft_sense.h"

static bool has_language(struct draft_texts texts, struct span language)
{
    for (uint32_t i = 0; i < texts.count; i++)
        if (span_is_equal(texts.rows[i].language, language))
            return true;
    return false;
}

static void check_languages(struct draft_sense *sense, const struct form_node *node, const char *key,
                            struct draft_texts texts)
{
    struct form_node member = form_member(node, key);
    for (uint32_t i = 0; texts.count > 0 && i < sense->book->languages.count; i++) {
        struct span language = sense->book->languages.rows[i];
        if (!has_language(texts, language))
            form_complain(
                sense->form, &member, "the book's \"languages\" ask for it; a shopper would read another one",
                "\"%s\" has no text in \"%.*s\"", key, (int)language.size, (const char *)language.bytes);
    }
}

/* Each answer in each language: else a shopper has fewer to choose from. */
static void check_answers(struct draft_sense *sense, const struct form_node *node,
                          const struct draft_give *give)
{
    struct form_node member = form_member(node, "give");
    struct form_node answers = form_member(&member, "answers");
    for (size_t i = 0; give->answers.count > 0 && i < json_array_size(answers.json); i++) {
        struct form_node answer = form_item(&answers, i);
        for (uint32_t j = 0; j < sense->book->languages.count; j++) {
            struct span language = sense->book->languages.rows[j];
            if (json_object_getn(answer.json, (const char *)language.bytes, language.size) == NULL)
                form_complain(sense->form, &answer, "the book's \"languages\" ask for it",
                              "the answer has no text in \"%.*s\"", (int)language.size,
                              (const char *)language.bytes);
        }
    }
}

void draft_check_texts(struct draft_sense *sense, const struct form_node *node,
                       const struct draft_offer *offer)
{
    check_languages(sense, node, "names", offer->names);
    check_languages(sense, node, "messages", offer->messages);
    check_languages(sense, node, "receipt_texts", offer->receipt_texts);
    check_languages(sense, node, "cashier_texts", offer->cashier_texts);
    check_answers(sense, node, &offer->give);
    bool needs_message = offer->give.kind == BOOK_MESSAGE_SHOWN || offer->give.kind == BOOK_QUESTION;
    if (needs_message && offer->messages.count == 0)
        form_complain(sense->form, node, "\"messages\": {\"en\": \"...\"}",
                      "\"messages\" is missing: it is what this offer gives");
}

/* A name with the offer that it is of. */
struct named {
    struct span language, text;
    uint32_t offer;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left;
    const struct named *b = right;
    int order = form_compare_spans(&a->language, &b->language);
    if (order == 0)
        order = form_compare_spans(&a->text, &b->text);
    return order != 0 ? order : (a->offer > b->offer) - (a->offer < b->offer);
}

static void warn_of_twin(struct draft_sense *sense, const struct named *first, const struct named *second)
{
    char language[LANGUAGE_MAX + 1] = "";
    if (second->language.size > LANGUAGE_MAX)
        return;
    memcpy(language, second->language.bytes, second->language.size);
    struct draft_path path;
    draft_path_of_offer(sense->root, second->offer, &path);
    struct form_node names = form_member(&path.offer, "names");
    struct form_node name = form_member(&names, language);
    const struct span other = sense->book->offers[first->offer].id;
    form_warn(sense->form, &name, "say what tells the two apart: a receipt may have both",
              "\"%.*s\" is called the same", (int)other.size, (const char *)other.bytes);
}

void draft_check_same_names(struct draft_sense *sense)
{
    const struct draft_book *book = sense->book;
    size_t all = 0;
    for (uint32_t i = 0; i < book->offer_count; i++)
        all += book->offers[i].names.count;
    struct named *rows = form_take(sense->form, all, sizeof(*rows));
    if (rows == NULL || all < 2)
        return;
    size_t count = 0;
    for (uint32_t i = 0; i < book->offer_count; i++)
        for (uint32_t j = 0; j < book->offers[i].names.count; j++)
            rows[count++] =
                (struct named){book->offers[i].names.rows[j].language, book->offers[i].names.rows[j].text, i};
    qsort(rows, count, sizeof(*rows), compare_named);
    for (size_t i = 1; i < count; i++) {
        bool is_same = span_is_equal(rows[i].language, rows[i - 1].language) &&
                       span_is_equal(rows[i].text, rows[i - 1].text) && rows[i].text.size > 0;
        if (is_same && draft_may_meet(sense, &book->offers[rows[i - 1].offer], &book->offers[rows[i].offer]))
            warn_of_twin(sense, &rows[i - 1], &rows[i]);
    }
}
