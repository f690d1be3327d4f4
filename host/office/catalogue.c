/* SPDX-License-Identifier: Apache-2.0 */
#include "office/catalogue.h"

#include "base/money.h"
#include "base/utf8.h"

enum { SKU, CATEGORY, PRICE, COST, COLUMNS };
static const char *const names[COLUMNS] = {"sku", "category", "price", "cost"};

#define FIELDS_MAX 64

/* A CSV text on its way; quotes are resolved into memory of its own. */
struct csv {
    struct form *form;
    struct findings *findings;
    struct span text;
    size_t at;
    uint32_t line;
    struct span fields[FIELDS_MAX];
    uint32_t columns[FIELDS_MAX]; /* where in the line each begins, from 1 */
    uint32_t field_count;
    int field_of[COLUMNS]; /* -1: there is no such column */
    uint8_t *resolved;     /* as large as the text */
    size_t resolved_size;
};

static bool is_end(const struct csv *csv)
{
    return csv->at >= csv->text.size;
}

static uint8_t peek(const struct csv *csv)
{
    return is_end(csv) ? '\n' : csv->text.bytes[csv->at];
}

/* Between quotes a quote is written twice (RFC 4180 2.7). */
static struct span take_quoted(struct csv *csv)
{
    size_t begin = csv->resolved_size;
    csv->at++;
    while (!is_end(csv)) {
        uint8_t c = csv->text.bytes[csv->at++];
        if (c == '"' && peek(csv) != '"')
            break;
        csv->at += c == '"';
        csv->resolved[csv->resolved_size++] = c;
    }
    return span_of(csv->resolved + begin, csv->resolved_size - begin);
}

static struct span take_plain(struct csv *csv)
{
    size_t begin = csv->at;
    while (!is_end(csv) && peek(csv) != ',' && peek(csv) != '\n')
        csv->at++;
    size_t end = csv->at;
    if (end > begin && csv->text.bytes[end - 1] == '\r')
        end--;
    return span_of(csv->text.bytes + begin, end - begin);
}

/* False: there is no further row. */
static bool take_row(struct csv *csv)
{
    if (is_end(csv))
        return false;
    size_t line_begin = csv->at;
    csv->line++;
    csv->field_count = 0;
    for (;;) {
        size_t begin = csv->at;
        struct span field = !is_end(csv) && peek(csv) == '"' ? take_quoted(csv) : take_plain(csv);
        if (csv->field_count < FIELDS_MAX) {
            csv->columns[csv->field_count] =
                place_of_offset(span_of(csv->text.bytes + line_begin, csv->text.size - line_begin),
                                begin - line_begin)
                    .column;
            csv->fields[csv->field_count++] = field;
        }
        (void)take_plain(csv); /* what stands behind a closing quote */
        if (is_end(csv) || csv->text.bytes[csv->at++] == '\n')
            return true;
    }
}

static void complain(struct csv *csv, int column, const char *hint, const char *what)
{
    uint32_t at = column >= 0 && (uint32_t)column < csv->field_count ? csv->columns[column] : 1;
    findings_add(csv->findings, FINDING_ERROR, (struct place){csv->line, at}, "", hint, "%s", what);
}

static struct span field_of(const struct csv *csv, unsigned column)
{
    int at = csv->field_of[column];
    return at >= 0 && (uint32_t)at < csv->field_count ? csv->fields[at] : span_of("", 0);
}

static void read_amount(struct csv *csv, unsigned column, int64_t *out)
{
    struct span text = field_of(csv, column);
    int64_t value = 0;
    if (text.size == 0)
        return;
    if (money_parse_decimal(text, csv->form->exponent, &value) != ERR_OK || value < 0 ||
        value > BOOK_AMOUNT_MAX)
        complain(csv, csv->field_of[column], "write it as 2.50, in the book's currency", "it is no amount");
    else
        *out = value;
}

static struct form_texts read_categories(struct csv *csv)
{
    struct span text = field_of(csv, CATEGORY);
    struct span *rows = text.size > 0 ? form_take(csv->form, CATEGORIES_PER_LINE_MAX, sizeof(*rows)) : NULL;
    uint32_t count = 0;
    for (size_t at = 0; rows != NULL && at < text.size && count < CATEGORIES_PER_LINE_MAX;) {
        const uint8_t *bar = memchr(text.bytes + at, '|', text.size - at);
        size_t end = bar != NULL ? (size_t)(bar - text.bytes) : text.size;
        if (end > at)
            rows[count++] = span_of(text.bytes + at, end - at);
        at = end + 1;
    }
    return (struct form_texts){rows, count};
}

static void read_item(struct csv *csv, struct draft_items *out)
{
    struct draft_item item = {
        .sku = field_of(csv, SKU), .price_minor = DRAFT_ABSENT, .cost_minor = DRAFT_ABSENT};
    if (csv->field_count == 1 && csv->fields[0].size == 0)
        return; /* an empty line */
    size_t errors = csv->findings->error_count;
    if (item.sku.size == 0 || item.sku.size > SKU_MAX || !utf8_is_printable(item.sku))
        complain(csv, csv->field_of[SKU], "an article number of up to 32 bytes",
                 "\"sku\" is empty or too long");
    read_amount(csv, PRICE, &item.price_minor);
    read_amount(csv, COST, &item.cost_minor);
    item.categories = read_categories(csv);
    if (csv->findings->error_count == errors)
        out->rows[out->count++] = item;
}

/* The head line: false if there is no sku. */
static bool read_head(struct csv *csv)
{
    for (unsigned column = 0; column < COLUMNS; column++)
        csv->field_of[column] = -1;
    if (!take_row(csv))
        return false;
    for (uint32_t i = 0; i < csv->field_count; i++)
        for (unsigned column = 0; column < COLUMNS; column++)
            if (span_is_equal(csv->fields[i], span_of_text(names[column])))
                csv->field_of[column] = (int)i;
    if (csv->field_of[SKU] < 0)
        complain(csv, 0, "sku,category,price,cost", "the first line names no column \"sku\"");
    return csv->field_of[SKU] >= 0;
}

static size_t count_lines(struct span text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.bytes[i] == '\n';
    return count;
}

static void read_csv(struct form *form, struct span text, struct findings *findings, struct draft_items *out)
{
    struct csv csv = {.form = form, .findings = findings, .text = utf8_without_mark(text)};
    csv.resolved = form_take(form, text.size, 1);
    out->rows = form_take(form, count_lines(text), sizeof(*out->rows));
    if (csv.resolved == NULL || out->rows == NULL || !read_head(&csv))
        return;
    while (take_row(&csv))
        read_item(&csv, out);
}

/* ---- JSON */

static struct span keep(struct form *form, struct span text)
{
    uint8_t *bytes = form_take(form, text.size, 1);
    if (bytes == NULL || text.size == 0)
        return span_of("", 0);
    memcpy(bytes, text.bytes, text.size);
    return span_of(bytes, text.size);
}

/* The texts point into the parsed JSON, which goes. */
static void keep_items(struct form *form, struct draft_items *items)
{
    for (uint32_t i = 0; i < items->count; i++) {
        struct draft_item *item = &items->rows[i];
        struct span *rows = form_take(form, item->categories.count, sizeof(*rows));
        if (rows == NULL)
            return;
        for (uint32_t j = 0; j < item->categories.count; j++)
            rows[j] = keep(form, item->categories.rows[j]);
        item->sku = keep(form, item->sku);
        item->categories.rows = rows;
    }
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

static void read_json(struct form *form, struct span text, struct findings *findings, struct draft_items *out)
{
    struct form inner = {.text = text, .findings = findings, .pool = form->pool, .exponent = form->exponent};
    json_t *json CLEANUP(free_json) = form_parse(&inner);
    if (json == NULL)
        return;
    const struct form_node root = {json, NULL, NULL, 0};
    const struct form_field rows = {.name = "items", .hint = "[{\"sku\": \"ROLL\", \"price\": \"0.35\"}]"};
    struct form_node items = form_member(&root, "items");
    draft_read_items(&inner, json_is_object(json) && items.json != NULL ? &items : &root, &rows, out);
    keep_items(&inner, out);
    form->is_out_of_memory |= inner.is_out_of_memory;
}

void catalogue_read(struct form *form, struct span text, struct findings *findings, struct draft_items *out)
{
    size_t at = 0;
    while (at < text.size && memchr(" \t\r\n", text.bytes[at], 4) != NULL)
        at++;
    bool is_json = at < text.size && (text.bytes[at] == '[' || text.bytes[at] == '{');
    if (is_json)
        read_json(form, text, findings, out);
    else
        read_csv(form, text, findings, out);
}
