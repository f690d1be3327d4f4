/* SPDX-License-Identifier: Apache-2.0 */
/* Real receipts from a CSV file packed by xz (plan_receipts). */
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/money.h"
#include "shopper/visit.h"

#define COLUMNS       8
#define TEXT_SIZE_MAX (256u * 1024 * 1024)
#define INDEX_SIZE    1048576    /* slots; half of them may be taken */
#define CUSTOMER_MAX  9999999999 /* ten digits of a member number */
#define MEMORY_LIMIT  (256u * 1024 * 1024)

enum column { INVOICE, STOCK_CODE, DESCRIPTION, QUANTITY, DATE, UNIT_PRICE, CUSTOMER, COUNTRY };

struct table {
    struct plan plan;
    size_t visit_capacity, shopper_capacity, line_capacity;
    size_t *line_visits;                   /* the visit of each line */
    size_t *shopper_of;                    /* the shopper of each visit; SIZE_MAX: none */
    size_t visits_by_name[INDEX_SIZE];     /* index + 1; 0: free */
    size_t shoppers_by_number[INDEX_SIZE]; /* index + 1; 0: free */
};

static enum err unpack(FILE *file, char **out_text, size_t *out_size)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, MEMORY_LIMIT, LZMA_CONCATENATED) != LZMA_OK)
        return ERR_MEMORY;
    static uint8_t packed[65536];
    size_t capacity = 1u << 20;
    char *text = malloc(capacity + 1);
    lzma_ret state = text == NULL ? LZMA_MEM_ERROR : LZMA_OK;
    while (state == LZMA_OK) {
        if (stream.avail_in == 0) {
            stream.next_in = packed;
            stream.avail_in = fread(packed, 1, sizeof(packed), file);
        }
        if (stream.total_out == capacity && capacity < TEXT_SIZE_MAX) {
            capacity *= 2;
            char *larger = realloc(text, capacity + 1);
            if (larger == NULL)
                break;
            text = larger;
        }
        stream.next_out = (uint8_t *)text + stream.total_out;
        stream.avail_out = capacity - (size_t)stream.total_out;
        state = lzma_code(&stream, feof(file) ? LZMA_FINISH : LZMA_RUN);
    }
    *out_size = (size_t)stream.total_out;
    lzma_end(&stream);
    if (state != LZMA_STREAM_END) {
        free(text);
        return ERR_SYNTAX;
    }
    text[*out_size] = '\0';
    *out_text = text;
    return ERR_OK;
}

/* Takes one field of CSV (RFC 4180) off the front, in place. *at is then behind the character that ended it, which is
 * *out_end. NULL: a quote is not closed. */
static char *cut_field(char **at, char *out_end)
{
    bool is_quoted = **at == '"';
    char *from = *at + (is_quoted ? 1 : 0), *field = from, *to = from;
    for (; is_quoted || strchr(",\r\n", *from) == NULL; from++) {
        if (*from == '\0')
            return NULL;
        if (is_quoted && *from == '"' && *++from != '"')
            break;
        *to++ = *from;
    }
    *out_end = *from;
    *to = '\0';
    *at = from + (*out_end != '\0' ? 1 : 0);
    return field;
}

/* Cuts a line into its fields; returns the start of the next one, or NULL if it is not of COLUMNS well-formed fields. */
static char *cut_line(char *at, char *fields[COLUMNS])
{
    for (size_t column = 0; column < COLUMNS; column++) {
        char end = '\0';
        fields[column] = cut_field(&at, &end);
        if (end == '\r')
            end = *at == '\n' ? *at++ : '\r';
        bool is_last = column + 1 == COLUMNS;
        if (fields[column] == NULL || (is_last ? end != '\n' && end != '\0' : end != ','))
            return NULL;
    }
    return at;
}

static size_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return (size_t)hash;
}

static bool grow(void *items_pointer, size_t count, size_t *capacity, size_t item_size)
{
    void **items = items_pointer;
    if (count < *capacity)
        return true;
    size_t larger = *capacity == 0 ? 1024 : 2 * *capacity;
    void *moved = realloc(*items, larger * item_size);
    if (moved == NULL)
        return false;
    *items = moved;
    *capacity = larger;
    return true;
}

/* CustomerID is a number written as "17850.0", or nothing. */
static enum err find_shopper(struct table *table, const char *customer, size_t *out)
{
    if (*customer == '\0') {
        *out = SIZE_MAX;
        return ERR_OK;
    }
    int64_t id;
    if (money_parse_decimal(span_of_text(customer), 0, &id) != ERR_OK || id < 0 || id > CUSTOMER_MAX)
        return ERR_SYNTAX;
    struct shopper shopper = {
        .kind = plan_card_kinds.rows, .first_name = "", .language = "en", .tier = "", .segment = ""};
    plan_member_number((uint64_t)id, shopper.number);
    (void)snprintf(shopper.uid, sizeof(shopper.uid), "04%012llx", (unsigned long long)id);
    struct plan *plan = &table->plan;
    size_t slot = hash_of(shopper.number) % INDEX_SIZE;
    for (; table->shoppers_by_number[slot] != 0; slot = (slot + 1) % INDEX_SIZE) {
        if (strcmp(plan->shoppers[table->shoppers_by_number[slot] - 1].number, shopper.number) == 0) {
            *out = table->shoppers_by_number[slot] - 1;
            return ERR_OK;
        }
    }
    if (plan->shopper_count + 1 >= INDEX_SIZE / 2)
        return ERR_TOO_LONG;
    if (!grow(&plan->shoppers, plan->shopper_count, &table->shopper_capacity, sizeof(struct shopper)))
        return ERR_MEMORY;
    plan->shoppers[plan->shopper_count] = shopper;
    *out = plan->shopper_count++;
    table->shoppers_by_number[slot] = plan->shopper_count;
    return ERR_OK;
}

static enum err find_visit(struct table *table, const char *invoice, size_t shopper, size_t *out)
{
    struct plan *plan = &table->plan;
    if (*invoice == '\0' || strlen(invoice) >= sizeof(plan->visits->name))
        return ERR_TOO_LONG;
    size_t slot = hash_of(invoice) % INDEX_SIZE;
    for (; table->visits_by_name[slot] != 0; slot = (slot + 1) % INDEX_SIZE) {
        if (strcmp(plan->visits[table->visits_by_name[slot] - 1].name, invoice) == 0) {
            *out = table->visits_by_name[slot] - 1;
            return ERR_OK;
        }
    }
    if (plan->visit_count + 1 >= INDEX_SIZE / 2)
        return ERR_TOO_LONG;
    size_t capacity = table->visit_capacity;
    if (!grow(&plan->visits, plan->visit_count, &table->visit_capacity, sizeof(struct visit)) ||
        !grow(&table->shopper_of, plan->visit_count, &capacity, sizeof(size_t)))
        return ERR_MEMORY;
    struct visit *visit = &plan->visits[plan->visit_count];
    *visit = (struct visit){.kind = invoice[0] == 'C' ? VISIT_RETURN : VISIT_SALE};
    (void)snprintf(visit->name, sizeof(visit->name), "%s", invoice);
    table->shopper_of[plan->visit_count] = shopper;
    *out = plan->visit_count++;
    table->visits_by_name[slot] = plan->visit_count;
    return ERR_OK;
}

static enum err add_line(struct table *table, char *fields[COLUMNS])
{
    struct visit_line line = {.sku = fields[STOCK_CODE], .description = fields[DESCRIPTION], .unit = "pcs"};
    if (money_parse_decimal(span_of_text(fields[QUANTITY]), 3, &line.quantity_milli) != ERR_OK ||
        money_parse_decimal(span_of_text(fields[UNIT_PRICE]), 5, &line.price_e5) != ERR_OK)
        return ERR_SYNTAX;
    size_t shopper, visit;
    TRY(find_shopper(table, fields[CUSTOMER], &shopper));
    TRY(find_visit(table, fields[INVOICE], shopper, &visit));
    KASSA_ASSERT(table->plan.visits != NULL); /* it holds the one that was found */
    struct plan *plan = &table->plan;
    line.is_correction =
        plan->visits[visit].kind == VISIT_SALE && (line.quantity_milli < 0 || line.price_e5 < 0);
    size_t capacity = table->line_capacity;
    if (!grow(&plan->lines, plan->line_count, &table->line_capacity, sizeof(struct visit_line)) ||
        !grow(&table->line_visits, plan->line_count, &capacity, sizeof(size_t)))
        return ERR_MEMORY;
    plan->lines[plan->line_count] = line;
    table->line_visits[plan->line_count++] = visit;
    plan->visits[visit].line_count++;
    return ERR_OK;
}

/* Lines of one receipt need not stand together in the file: they are brought together, in their order. */
static enum err gather_lines(struct table *table)
{
    static const struct shopper nobody = {.kind = NULL};
    struct plan *plan = &table->plan;
    struct visit_line *sorted = calloc(plan->line_count + 1, sizeof(struct visit_line));
    if (sorted == NULL)
        return ERR_MEMORY;
    size_t start = 0;
    for (size_t i = 0; i < plan->visit_count; i++) {
        struct visit *visit = &plan->visits[i];
        visit->lines = sorted + start;
        start += visit->line_count;
        visit->line_count = 0;
        visit->shopper = table->shopper_of[i] == SIZE_MAX ? &nobody : &plan->shoppers[table->shopper_of[i]];
    }
    for (size_t i = 0; i < plan->line_count; i++) {
        struct visit *visit = &plan->visits[table->line_visits[i]];
        visit->lines[visit->line_count++] = plan->lines[i];
    }
    free(plan->lines);
    plan->lines = sorted;
    return ERR_OK;
}

static enum err read_table(struct table *table, char *text, size_t *out_line)
{
    char *fields[COLUMNS];
    char *at = cut_line(text, fields);
    for (*out_line = 1; at != NULL && *at != '\0';) {
        ++*out_line;
        at = cut_line(at, fields);
        if (at == NULL)
            break;
        TRY(add_line(table, fields));
    }
    if (at == NULL)
        return ERR_SYNTAX;
    return gather_lines(table);
}

static void free_table(struct table **table)
{
    if (*table == NULL)
        return;
    plan_done(&(*table)->plan);
    free((*table)->line_visits);
    free((*table)->shopper_of);
    free(*table);
}

enum err plan_receipts_text(char *text, size_t receipt_limit, struct plan *out, size_t *out_line)
{
    struct table *table CLEANUP(free_table) = calloc(1, sizeof(*table));
    if (table == NULL) {
        free(text);
        return ERR_MEMORY;
    }
    table->plan.texts = text;
    TRY(read_table(table, text, out_line));
    *out = table->plan;
    table->plan = (struct plan){0};
    if (receipt_limit > 0 && receipt_limit < out->visit_count)
        out->visit_count = receipt_limit;
    return ERR_OK;
}

enum err plan_receipts(const char *path, size_t receipt_limit, struct plan *out, size_t *out_line)
{
    *out_line = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ERR_IO;
    char *text = NULL;
    size_t size;
    enum err error = unpack(file, &text, &size);
    (void)fclose(file);
    TRY(error);
    if (strlen(text) != size) { /* a NUL would hide what stands behind it */
        free(text);
        return ERR_SYNTAX;
    }
    return plan_receipts_text(text, receipt_limit, out, out_line);
}
