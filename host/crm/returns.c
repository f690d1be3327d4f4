/* SPDX-License-Identifier: Apache-2.0 */
/* What came back of a receipt, by whatever till: sums of what records say, so that their order does not
 * matter. Line 0 stands for the whole. */
#include "base/money.h"
#include "crm/document.h"

struct crm_key crm_receipt_key(const kassa_ReceiptId *id)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, id->store);
    crm_key_text(&key, id->till);
    crm_key_u64(&key, (uint64_t)(int64_t)id->business_day);
    crm_key_u64(&key, id->number);
    return key;
}

struct crm_key crm_receipt_aside_key(const kassa_ReceiptId *id, uint64_t incarnation, uint64_t seq)
{
    struct crm_key key = crm_receipt_key(id);
    crm_key_u64(&key, incarnation);
    crm_key_u64(&key, seq);
    return key;
}

static struct crm_key line_key(const kassa_ReceiptId *id, uint32_t line)
{
    struct crm_key key = crm_receipt_key(id);
    crm_key_u64(&key, line);
    return key;
}

static enum err get_line(const struct store_txn *txn, const struct crm_key *key, crm_Returned *out)
{
    enum err error = crm_document_get(txn, STORE_RETURNS, crm_key_span(key), crm_Returned_fields, out);
    if (error == ERR_NOT_FOUND)
        *out = (crm_Returned){.line = 0};
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

static enum err put_line(const struct store_txn *txn, const struct crm_key *key, const crm_Returned *row)
{
    return crm_document_put(txn, STORE_RETURNS, crm_key_span(key), crm_Returned_fields, row);
}

/* A number that has no room leaves the sum as it is: it is far beyond anything that was sold. */
static void subtract(int64_t *sum, int64_t amount, int sign)
{
    int64_t signed_amount, next;
    if (!__builtin_mul_overflow(amount, (int64_t)-sign, &signed_amount) &&
        !__builtin_add_overflow(*sum, signed_amount, &next))
        *sum = next;
}

/* What came back more than once: a void takes all of a receipt back, so that whatever returns brought as well is too
 * much. */
static int64_t excess_of(const crm_Returned *row, bool is_voided)
{
    if (is_voided)
        return row->quantity_milli > 0 ? row->quantity_milli : 0;
    return row->sold_milli > 0 && row->quantity_milli > row->sold_milli
               ? row->quantity_milli - row->sold_milli
               : 0;
}

/* "till-7 41/2": till, receipt and line. */
static void describe_original(const kassa_ReceiptId *id, uint32_t line, crm_Debt *debt)
{
    char number[32];
    size_t size = strnlen(id->till, TILL_ID_MAX);
    memcpy(debt->what, id->till, size);
    debt->what[size++] = ' ';
    size_t digits = money_format_decimal((int64_t)(id->number & INT64_MAX), 0, 0, number);
    memcpy(debt->what + size, number, digits);
    size += digits;
    debt->what[size++] = '/';
    digits = money_format_decimal(line, 0, 0, number);
    memcpy(debt->what + size, number, digits);
    debt->what[size + digits] = '\0';
}

struct owing {
    const kassa_ReceiptId *original;
    bool is_voided;
    int32_t day;
};

static enum err set_debt(const struct store_txn *txn, const struct owing *owing, const crm_Returned *row)
{
    crm_Debt debt = {.reason = "returned_twice",
                     .amount = excess_of(row, owing->is_voided),
                     .unit = crm_DebtUnit_UNIT_MILLI,
                     .day = owing->day};
    struct crm_key key = {.size = 0}, line = line_key(owing->original, row->line);
    describe_original(owing->original, row->line, &debt);
    crm_key_text(&key, "return");
    crm_key_bytes(&key, line.bytes, line.size);
    return crm_debt_set(txn, &key, &debt);
}

static enum err fold_line(const struct crm_fold *fold, const kassa_Line *line, int sign)
{
    const kassa_Original *original = &line->original;
    struct owing owing = {&original->receipt, false, fold->when.day};
    struct crm_key key = line_key(&original->receipt, original->line);
    crm_Returned row;
    TRY(crm_returns_is_voided(fold->txn, &original->receipt, &owing.is_voided));
    TRY(get_line(fold->txn, &key, &row));
    row.line = original->line;
    row.sold_milli = original->quantity_milli > 0 ? original->quantity_milli : row.sold_milli;
    subtract(&row.quantity_milli, line->quantity_milli, sign);
    subtract(&row.amount_minor, line->amount_minor, sign);
    subtract(&row.discount_minor, line->discount_minor, sign);
    subtract(&row.tax_minor, line->tax_minor, sign);
    TRY(put_line(fold->txn, &key, &row));
    return set_debt(fold->txn, &owing, &row);
}

/* The points of a return count for the receipt that its first original names. */
static enum err fold_points(const struct crm_fold *fold, const kassa_Receipt *head, const kassa_ReceiptId *id,
                            int sign)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    struct crm_key key = line_key(id, 0);
    crm_Returned row;
    TRY(get_line(fold->txn, &key, &row));
    subtract(&row.points_taken_back, loyalty->points_earned < 0 ? loyalty->points_earned : 0, sign);
    subtract(&row.points_given_back, loyalty->points_burned < 0 ? loyalty->points_burned : 0, sign);
    return put_line(fold->txn, &key, &row);
}

enum err crm_returns_fold(const struct crm_fold *fold, const struct wire_receipt *receipt, int sign)
{
    const kassa_ReceiptId *first = NULL;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        if (!line->has_original || !line->original.has_receipt || line->quantity_milli >= 0)
            continue;
        first = first == NULL ? &line->original.receipt : first;
        TRY(fold_line(fold, line, sign));
    }
    const kassa_Loyalty *loyalty = &receipt->head.loyalty;
    bool has_points = loyalty->points_earned < 0 || loyalty->points_burned < 0;
    return first == NULL || !has_points ? ERR_OK : fold_points(fold, &receipt->head, first, sign);
}

struct next_line {
    struct crm_key prefix, after;
    crm_Returned row;
    bool is_found;
    enum err error;
};

static bool take_next_line(void *context, struct span key, struct span body)
{
    struct next_line *next = context;
    if (key.size != next->prefix.size + 8 || memcmp(key.bytes, next->prefix.bytes, next->prefix.size) != 0)
        return false;
    next->is_found = wire_decode(crm_Returned_fields, body, &next->row) == ERR_OK;
    next->error = next->is_found ? ERR_OK : ERR_CORRUPT;
    next->after.size = 0;
    crm_key_bytes(&next->after, key.bytes, key.size);
    crm_key_bytes(&next->after, "", 1);
    return false;
}

/* What returns brought of a receipt that is voided now. */
static enum err owe_lines(const struct store_txn *txn, const struct owing *owing)
{
    struct next_line next = {.prefix = crm_receipt_key(owing->original)};
    next.after = next.prefix;
    do {
        next.is_found = false;
        TRY(store_scan(txn, STORE_RETURNS, crm_key_span(&next.after), take_next_line, &next));
        TRY(next.error);
        if (next.is_found && next.row.line > 0)
            TRY(set_debt(txn, owing, &next.row));
    } while (next.is_found);
    return ERR_OK;
}

enum err crm_returns_set_voided(const struct store_txn *txn, const kassa_ReceiptId *id, int32_t day)
{
    struct crm_key key = line_key(id, 0);
    struct owing owing = {id, true, day};
    crm_Returned row;
    TRY(get_line(txn, &key, &row));
    row.voided = true;
    TRY(put_line(txn, &key, &row));
    return owe_lines(txn, &owing);
}

enum err crm_returns_is_voided(const struct store_txn *txn, const kassa_ReceiptId *id, bool *out_is_voided)
{
    struct crm_key key = line_key(id, 0);
    crm_Returned row;
    TRY(get_line(txn, &key, &row));
    *out_is_voided = row.voided;
    return ERR_OK;
}

/* ---- a receipt for a return at another till */

struct finding {
    struct crm_key prefix;
    struct arena *arena;
    struct wire_receipt_found *out;
    size_t capacity;
    enum err error;
};

static enum err add_line(struct finding *finding, const crm_Returned *row)
{
    struct wire_receipt_found *out = finding->out;
    if (row->line == 0) {
        out->head.voided = row->voided;
        out->head.points_taken_back = row->points_taken_back;
        out->head.points_given_back = row->points_given_back;
        return ERR_OK;
    }
    if (out->returned_count == LINES_MAX)
        return ERR_OK;
    if (out->returned_count == finding->capacity) {
        size_t capacity = finding->capacity == 0 ? 16 : 2 * finding->capacity;
        kassa_LineReturned *grown = arena_take(finding->arena, capacity, sizeof(*grown));
        if (grown == NULL)
            return ERR_MEMORY;
        if (out->returned_count > 0)
            memcpy(grown, out->returned, out->returned_count * sizeof(*grown));
        out->returned = grown;
        finding->capacity = capacity;
    }
    out->returned[out->returned_count++] = (kassa_LineReturned){.line = row->line,
                                                                .quantity_milli = row->quantity_milli,
                                                                .amount_minor = row->amount_minor,
                                                                .discount_minor = row->discount_minor,
                                                                .tax_minor = row->tax_minor};
    return ERR_OK;
}

static bool visit_line(void *context, struct span key, struct span body)
{
    struct finding *finding = context;
    crm_Returned row;
    if (key.size != finding->prefix.size + 8 ||
        memcmp(key.bytes, finding->prefix.bytes, finding->prefix.size) != 0)
        return false;
    finding->error = wire_decode(crm_Returned_fields, body, &row) == ERR_OK ? ERR_OK : ERR_CORRUPT;
    if (finding->error == ERR_OK)
        finding->error = add_line(finding, &row);
    return finding->error == ERR_OK;
}

enum err crm_receipt_find(const struct store_txn *txn, const kassa_ReceiptId *id, struct arena *arena,
                          struct wire_receipt_found *out)
{
    struct wire_receipt_found found;
    memset(&found, 0, sizeof(found));
    found.head.has_id = true;
    found.head.id = *id;
    crm_Receipt receipt = crm_Receipt_init_zero;
    enum err error = crm_receipt_get(txn, id, &receipt);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    found.head.found = error == ERR_OK && receipt.kind == kassa_RecordKind_RECORD_PURCHASE;
    if (found.head.found)
        TRY(crm_record_get(txn, receipt.till, receipt.incarnation, receipt.seq, &found.record));
    struct finding finding = {.prefix = crm_receipt_key(id), .arena = arena, .out = &found};
    TRY(store_scan(txn, STORE_RETURNS, crm_key_span(&finding.prefix), visit_line, &finding));
    TRY(finding.error);
    *out = found;
    return ERR_OK;
}
