/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "crm/document.h"
#include "wire/topic.h"

enum err crm_till_get(const struct store_txn *txn, const char *till, crm_Till *out)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, till);
    return crm_document_get(txn, STORE_TILLS, crm_key_span(&key), crm_Till_fields, out);
}

int64_t crm_skew_ms(int64_t till_unix_ms, int64_t hub_unix_ms)
{
    int64_t skew_ms;
    if (__builtin_sub_overflow(till_unix_ms, hub_unix_ms, &skew_ms))
        return till_unix_ms < 0 ? INT64_MIN : INT64_MAX;
    return skew_ms;
}

bool crm_till_is_clock_off(const crm_Till *row)
{
    return row->skew_ms > CRM_SKEW_MS_MAX || row->skew_ms < -CRM_SKEW_MS_MAX;
}

enum err crm_till_put(const struct store_txn *txn, const crm_Till *row)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, row->till);
    return crm_document_put(txn, STORE_TILLS, crm_key_span(&key), crm_Till_fields, row);
}

struct till_scan {
    crm_visit_till *visit;
    void *context;
    enum err error;
};

static bool visit_till(void *context, struct span key, struct span body)
{
    (void)key;
    struct till_scan *scan = context;
    crm_Till row;
    if (wire_decode(crm_Till_fields, body, &row) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, &row);
}

enum err crm_till_scan(const struct store_txn *txn, crm_visit_till *visit, void *context)
{
    struct till_scan scan = {visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_TILLS, span_of(NULL, 0), visit_till, &scan));
    return scan.error;
}

/* Every incarnation that was ever in force is remembered: one that comes back later is a clone or an old
 * image, and fenced. */
static struct crm_key incarnation_key(const char *till, uint64_t incarnation)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, "incarnation");
    crm_key_text(&key, till);
    crm_key_u64(&key, incarnation);
    return key;
}

enum err crm_till_knows_incarnation(const struct store_txn *txn, const char *till, uint64_t incarnation)
{
    struct crm_key key = incarnation_key(till, incarnation);
    struct span body;
    return store_get(txn, STORE_META, crm_key_span(&key), &body);
}

static enum err remember_incarnation(const struct store_txn *txn, const char *till, uint64_t incarnation)
{
    struct crm_key key = incarnation_key(till, incarnation);
    return store_put(txn, STORE_META, crm_key_span(&key), span_of("", 1));
}

struct incarnation_scan {
    struct crm_key prefix; /* all but the number */
    uint64_t *incarnations;
    size_t capacity;
    size_t count;
};

static bool visit_incarnation(void *context, struct span key, struct span body)
{
    (void)body;
    struct incarnation_scan *scan = context;
    size_t size = scan->prefix.size;
    if (key.size != size + 8 || memcmp(key.bytes, scan->prefix.bytes, size) != 0 ||
        scan->count == scan->capacity)
        return false;
    uint64_t incarnation = 0;
    for (size_t i = 0; i < 8; i++)
        incarnation = incarnation << 8 | key.bytes[size + i];
    scan->incarnations[scan->count++] = incarnation;
    return true;
}

enum err crm_till_list_incarnations(const struct store_txn *txn, const char *till, uint64_t *out_incarnations,
                                    size_t capacity, size_t *out_count)
{
    struct crm_key from = incarnation_key(till, 0);
    struct incarnation_scan scan = {from, out_incarnations, capacity, 0};
    scan.prefix.size -= 8;
    TRY(store_scan(txn, STORE_META, crm_key_span(&from), visit_incarnation, &scan));
    *out_count = scan.count;
    return ERR_OK;
}

static enum err begin_row(const struct store_txn *txn, const struct crm_intake *intake,
                          const kassa_TillState *state, crm_Till *out_row)
{
    enum err error = crm_till_get(txn, state->till, out_row);
    if (error != ERR_NOT_FOUND)
        return error;
    *out_row = (crm_Till){.first_seen_unix_ms = intake->hub_unix_ms};
    memcpy(out_row->till, state->till, sizeof(out_row->till));
    crm_Totals totals;
    TRY(crm_totals_get(txn, &totals));
    totals.tills++;
    return crm_totals_put(txn, &totals);
}

static void put_offline(crm_Till *row, int64_t hub_unix_ms)
{
    if (row->online)
        row->offline_since_unix_ms = hub_unix_ms;
    row->online = false;
}

/* One that was in force before comes back: a clone beside the live till, or a till whose disk was replaced by
 * an old image. Coming, it has thrown the other off the broker (one client id); if that one lives it is back
 * within its back-off, and stays in force. Only one that stays away yields its place. */
static bool may_return(crm_Till *row, int64_t hub_unix_ms)
{
    bool was_online = row->online;
    put_offline(row, hub_unix_ms);
    if (row->offline_since_unix_ms > hub_unix_ms) /* the hub's clock was set back since: it begins anew */
        row->offline_since_unix_ms = hub_unix_ms;
    return !was_online && hub_unix_ms - row->offline_since_unix_ms >= CRM_FENCE_MS;
}

/* Answers whether the incarnation is (now) the one in force. */
static enum err admit(const struct store_txn *txn, const struct crm_intake *intake,
                      const kassa_TillState *state, crm_Till *row, bool *out_is_current)
{
    *out_is_current = row->incarnation == state->incarnation; /* 0 is nobody's */
    if (*out_is_current)
        return ERR_OK;
    enum err known = crm_till_knows_incarnation(txn, state->till, state->incarnation);
    if (known != ERR_OK && known != ERR_NOT_FOUND)
        return known;
    if (known == ERR_OK && !may_return(row, intake->hub_unix_ms)) {
        row->fenced_count++;
        return ERR_OK;
    }
    TRY(remember_incarnation(txn, state->till, state->incarnation));
    row->incarnation = state->incarnation;
    if (known == ERR_OK)
        row->returned_incarnation = state->incarnation;
    *out_is_current = true;
    return ERR_OK;
}

static void describe(crm_Till *row, const kassa_TillState *state, int64_t hub_unix_ms)
{
    memcpy(row->store, state->store, sizeof(row->store));
    memcpy(row->tenant, state->tenant, sizeof(row->tenant));
    memcpy(row->software, state->software, sizeof(row->software));
    row->book_version = state->book_version;
    row->root_version = state->root_version;
    row->members_version = state->members_version;
    row->last_seq = state->last_seq > row->hw ? state->last_seq : row->hw;
    row->last_seen_unix_ms = hub_unix_ms;
    /* Of the birth, which is said now: a record may have waited for its line. */
    row->skew_ms = state->wall_unix_ms == 0 ? 0 : crm_skew_ms(state->wall_unix_ms, hub_unix_ms);
    row->online = true;
}

static bool is_well_formed(const kassa_TillState *state)
{
    return topic_is_till_id(span_of_text(state->till)) && state->incarnation != 0 &&
           utf8_is_printable(span_of_text(state->store)) && utf8_is_printable(span_of_text(state->tenant)) &&
           utf8_is_printable(span_of_text(state->software));
}

static enum err fill_mark(const struct store_txn *txn, const char *till, uint64_t incarnation, kassa_Ack *ack)
{
    struct store_mark mark = {0};
    enum err error = store_get_mark(txn, till, incarnation, &mark);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    ack->hw = mark.hw;
    ack->hash.size = HASH_SIZE;
    memcpy(ack->hash.bytes, mark.hash, HASH_SIZE);
    return ERR_OK;
}

enum err crm_take_state(const struct store_txn *txn, const struct crm_intake *intake,
                        const kassa_TillState *state, kassa_Ack *out_ack)
{
    kassa_Ack ack = {.incarnation = state->incarnation,
                     .birth = state->birth,
                     .credit = intake->credit,
                     .hub_unix_ms = intake->hub_unix_ms,
                     .status = kassa_AckStatus_ACK_REFUSED,
                     .text = "the birth is not well-formed"};
    if (!is_well_formed(state)) {
        *out_ack = ack;
        return ERR_OK;
    }
    ack.text[0] = '\0';
    crm_Till row;
    TRY(begin_row(txn, intake, state, &row));
    bool is_current = row.incarnation == state->incarnation;
    if (state->online)
        TRY(admit(txn, intake, state, &row, &is_current));
    ack.status = is_current ? kassa_AckStatus_ACK_OK : kassa_AckStatus_ACK_FENCED;
    if (is_current) {
        TRY(fill_mark(txn, state->till, state->incarnation, &ack));
        row.hw = ack.hw;
    }
    if (is_current && state->online && state->last_seq < ack.hw)
        row.restored_count++;
    if (is_current && state->online)
        describe(&row, state, intake->hub_unix_ms);
    else if (is_current)
        put_offline(&row, intake->hub_unix_ms);
    TRY(crm_till_put(txn, &row));
    *out_ack = ack;
    return ERR_OK;
}
