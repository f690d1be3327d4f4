/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language.h"

#include <stdio.h>

#define LANGUAGES_MAX 24 /* that are named where none fits */

struct languages {
    struct span rows[LANGUAGES_MAX];
    size_t count;
};

static size_t primary_size(struct span tag)
{
    const uint8_t *hyphen = tag.size == 0 ? NULL : memchr(tag.bytes, '-', tag.size);
    return hyphen == NULL ? tag.size : (size_t)(hyphen - tag.bytes);
}

/* As the engine picks a text: "pt" answers "pt-BR". */
static bool is_answer(struct span has, struct span asked)
{
    return span_is_equal(has, asked) || span_is_equal(has, span_of(asked.bytes, primary_size(asked)));
}

static void add(struct languages *to, struct span language)
{
    for (size_t i = 0; i < to->count; i++) {
        if (span_is_equal(to->rows[i], language))
            return;
    }
    if (to->count < LANGUAGES_MAX)
        to->rows[to->count++] = language;
}

/* Whether the book has texts in the language; gathers those that it has. */
static bool look(const struct book *book, struct span asked, struct languages *seen)
{
    bool is_there = false;
    for (uint32_t i = 0; i < book_offer_count(book); i++) {
        struct book_offer offer;
        book_offer_at(book, i, &offer);
        for (uint32_t k = 0; k < offer.texts.count; k++) {
            struct span language = book_text_at(book, &offer, k).language;
            is_there = is_there || is_answer(language, asked);
            add(seen, language);
        }
    }
    return is_there;
}

static enum exit_code refuse(const struct call *call, const char *typed, const struct languages *seen)
{
    char hint[LANGUAGES_MAX * 12 + 32];
    int size = snprintf(hint, sizeof(hint), "there is:");
    for (size_t i = 0; i < seen->count && size > 0 && (size_t)size < sizeof(hint) - 12; i++)
        size += snprintf(hint + size, sizeof(hint) - (size_t)size, " %.*s", (int)seen->rows[i].size,
                         (const char *)seen->rows[i].bytes);
    return call_refuse(call, hint, "--language %s: no offer of the book has a text in it", typed);
}

enum exit_code language_read(const struct call *call, const struct book *const *books, size_t book_count,
                             struct span *out)
{
    const char *typed = call_value(call, "language");
    struct languages seen = {.count = 0};
    bool is_there = false;
    *out = span_of_text(typed != NULL ? typed : "en");
    for (size_t i = 0; i < book_count; i++)
        is_there = look(books[i], *out, &seen) || is_there;
    if (typed == NULL || is_there || seen.count == 0)
        return EXIT_DONE;
    return refuse(call, typed, &seen);
}
