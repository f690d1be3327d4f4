/* SPDX-License-Identifier: Apache-2.0 */
#include "model/terms.h"

#include <inttypes.h>
#include <stdio.h>

/* A figure, what compares a figure in the text's "%s" (a list's macro), or a sentence that is true or false; "%n" is a
 * name. */
static const struct {
    const char *text;
    enum { FIGURE, MACRO, SENTENCE } sort;
    char prefix; /* of the name; 0: an item's or a category's */
} rows[TERM_LAST + 1] = {
    [TERM_AMOUNT] = {"basket.amount", FIGURE, 0},
    [TERM_INITIAL] = {"basket.initial_amount", FIGURE, 0},
    [TERM_QUANTITY] = {"basket.quantity", FIGURE, 0},
    [TERM_UNITS] = {"basket.units", FIGURE, 0},
    [TERM_LINES] = {"size(basket.lines)", FIGURE, 0},
    [TERM_COUNT_OF] = {"basket.count(\"%c%u\")", FIGURE, 0},
    [TERM_AMOUNT_OF] = {"basket.amount_of(\"%c%u\")", FIGURE, 0},
    [TERM_VISITS] = {"member.visits", FIGURE, 0},
    [TERM_POINTS] = {"member.points", FIGURE, 0},
    [TERM_HOUR] = {"local.hour", FIGURE, 0},
    [TERM_WEEKDAY] = {"local.weekday", FIGURE, 0},
    [TERM_SEGMENTS] = {"member.segments.size()", FIGURE, 0},
    [TERM_ANY_AMOUNT] = {"basket.lines.exists(l, l.amount", MACRO, 0},
    [TERM_ALL_UNITS] = {"basket.lines.all(l, l.units", MACRO, 0},
    [TERM_FEW_PRICES] = {"basket.lines.exists_one(l, l.unit_price", MACRO, 0},
    [TERM_KNOWN] = {"member.known", SENTENCE, 0},
    [TERM_TIER] = {"member.tier == \"%c%u\"", SENTENCE, 't'},
    [TERM_SEGMENT] = {"\"%c%u\" in member.segments", SENTENCE, 's'},
    [TERM_LINE_AMOUNT] = {"line.amount", FIGURE, 0},
    [TERM_LINE_INITIAL] = {"line.initial_amount", FIGURE, 0},
    [TERM_LINE_QUANTITY] = {"line.quantity", FIGURE, 0},
    [TERM_LINE_UNITS] = {"line.units", FIGURE, 0},
    [TERM_LINE_PRICE] = {"line.unit_price", FIGURE, 0},
    [TERM_LINE_TAX] = {"line.tax_rate", FIGURE, 0},
    [TERM_LINE_NUMBER] = {"line.number", FIGURE, 0},
    [TERM_LINE_WEIGHED] = {"line.weighed", SENTENCE, 0},
    [TERM_LINE_REDUCED] = {"line.reduced", SENTENCE, 0},
    [TERM_LINE_SKU] = {"line.sku == \"%c%u\"", SENTENCE, 'i'},
    [TERM_LINE_CATEGORY] = {"line.categories.exists(c, c == \"%c%u\")", SENTENCE, 'c'},
};

static const char *const compares[TERM_COMPARES] = {"<", "<=", ">", ">=", "==", "!="};

/* The row's text, its name put in. */
static void print_what(const struct term *term, char *out, size_t size)
{
    const char *text = rows[term->what].text, *place = strstr(text, "%c%u");
    char sort = rows[term->what].prefix != 0 ? rows[term->what].prefix : (term->is_category ? 'c' : 'i');
    if (place == NULL)
        (void)snprintf(out, size, "%s", text);
    else
        (void)snprintf(out, size, "%.*s%c%u%s", (int)(place - text), text, sort, (unsigned)term->name,
                       place + 4);
}

static void print_term(const struct term *term, char *out, size_t size)
{
    char what[100], modulo[16] = "";
    print_what(term, what, sizeof(what));
    if (term->modulo > 0)
        (void)snprintf(modulo, sizeof(modulo), " %% %u", (unsigned)term->modulo);
    if (rows[term->what].sort == SENTENCE)
        (void)snprintf(out, size, "%s(%s)", term->is_not ? "!" : "", what);
    else
        (void)snprintf(out, size, "%s(%s%s %s %" PRId64 "%s)", term->is_not ? "!" : "", what, modulo,
                       compares[term->compare], term->value, rows[term->what].sort == MACRO ? ")" : "");
}

void terms_print(const struct term *terms, uint32_t count, char out[TERMS_TEXT_MAX])
{
    char before[TERMS_TEXT_MAX], one[160];
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(before, sizeof(before), "%s", out);
        print_term(&terms[i], one, sizeof(one));
        if (i == 0)
            (void)snprintf(out, TERMS_TEXT_MAX, "%s", one);
        else
            (void)snprintf(out, TERMS_TEXT_MAX, "(%.400s %s %s)", before, terms[i].is_or ? "||" : "&&", one);
    }
}
