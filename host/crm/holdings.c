/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted apart from points: coupons, limits, gift value, and the debts that they leave. Each is a sum
 * of what records say, so that the records of tills may come in any order. */
#include "base/money.h"
#include "base/utf8.h"
#include "crm/document.h"

/* ---- debts */

enum err crm_debt_set(const struct store_txn *txn, const struct crm_key *key, const crm_Debt *debt)
{
    if (debt->amount > 0)
        return crm_document_put(txn, STORE_DEBTS, crm_key_span(key), crm_Debt_fields, debt);
    struct span there;
    enum err error = store_get(txn, STORE_DEBTS, crm_key_span(key), &there);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    return crm_document_remove(txn, STORE_DEBTS, crm_key_span(key));
}

struct debt_scan {
    crm_visit_debt *visit;
    void *context;
    enum err error;
};

static bool visit_debt(void *context, struct span key, struct span body)
{
    (void)key;
    struct debt_scan *scan = context;
    crm_Debt debt;
    if (wire_decode(crm_Debt_fields, body, &debt) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return scan->visit(scan->context, &debt);
}

enum err crm_debt_scan(const struct store_txn *txn, crm_visit_debt *visit, void *context)
{
    struct debt_scan scan = {visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_DEBTS, span_of(NULL, 0), visit_debt, &scan));
    return scan.error;
}

static struct crm_key debt_key(const char *what, const struct crm_key *of)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, what);
    crm_key_bytes(&key, of->bytes, of->size);
    return key;
}

static void name_member(crm_Debt *debt, const uint8_t *member)
{
    if (member == NULL)
        return;
    debt->member.size = MEMBER_SIZE;
    memcpy(debt->member.bytes, member, MEMBER_SIZE);
}

static void write_text(char *out, size_t capacity, const char *first, const char *second)
{
    size_t size = strnlen(first, capacity - 1);
    memcpy(out, first, size);
    if (second[0] != '\0' && size + 2 < capacity) {
        out[size++] = ' ';
        size_t more = strnlen(second, capacity - 1 - size);
        memcpy(out + size, second, more);
        size += more;
    }
    out[size] = '\0';
}

/* ---- coupons */

struct crm_key crm_coupon_key(const char *series, const char *serial)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, series);
    crm_key_text(&key, serial);
    return key;
}

static struct crm_key held_key(const uint8_t *member, const char *series, const char *serial)
{
    struct crm_key key = {.size = 0};
    crm_key_bytes(&key, member, MEMBER_SIZE);
    crm_key_text(&key, series);
    crm_key_text(&key, serial);
    return key;
}

enum err crm_coupon_get(const struct store_txn *txn, const char *series, const char *serial, crm_Coupon *out)
{
    struct crm_key key = crm_coupon_key(series, serial);
    return crm_document_get(txn, STORE_COUPONS, crm_key_span(&key), crm_Coupon_fields, out);
}

struct ledger_coupon crm_coupon_counts(const crm_Coupon *coupon)
{
    return (struct ledger_coupon){.issued = coupon->issued,
                                  .redeemed = coupon->redeemed,
                                  .returned = coupon->returned,
                                  .withdrawn = coupon->withdrawn,
                                  .valid_from_day = coupon->valid_from_day,
                                  .valid_until_day = coupon->valid_until_day};
}

static void set_counts(crm_Coupon *coupon, const struct ledger_coupon *counts)
{
    coupon->issued = counts->issued;
    coupon->redeemed = counts->redeemed;
    coupon->returned = counts->returned;
    coupon->withdrawn = counts->withdrawn;
}

/* Undone, an event counts once less, so that it is as if it had never come; but what was issued is withdrawn: it is in
 * somebody's hands. */
static void count_event(struct ledger_coupon *counts, enum ledger_coupon_event event, int sign)
{
    int32_t *const count[] = {[LEDGER_COUPON_ISSUED] = &counts->withdrawn,
                              [LEDGER_COUPON_REDEEMED] = &counts->redeemed,
                              [LEDGER_COUPON_RETURNED] = &counts->returned,
                              [LEDGER_COUPON_WITHDRAWN] = &counts->withdrawn};
    if (sign > 0)
        (void)!ledger_coupon_add(counts, event); /* full: it stays so */
    else if (event == LEDGER_COUPON_ISSUED)
        (void)!ledger_coupon_add(counts, LEDGER_COUPON_WITHDRAWN);
    else if (*count[event] > INT32_MIN)
        --*count[event];
}

static bool is_coupon_event(kassa_CouponEvent event)
{
    return event >= kassa_CouponEvent_COUPON_ISSUED && event <= kassa_CouponEvent_COUPON_WITHDRAWN;
}

static enum err let_go(const struct store_txn *txn, const crm_Coupon *coupon)
{
    struct crm_key key = held_key(coupon->member.bytes, coupon->series, coupon->serial);
    return crm_document_remove(txn, STORE_HELD, crm_key_span(&key));
}

/* Whose it is and how long it holds stands in the row that issues it. Should there be two, the one whose place lies before
 * counts, in whatever order they come. */
static enum err describe_issue(const struct crm_loyalty *loyalty, const kassa_CouponRow *row,
                               crm_Coupon *coupon)
{
    crm_Order place = crm_order_of(loyalty->fold, &loyalty->head->id);
    struct ledger_order own = crm_order_read(&place), first = crm_order_read(&coupon->issued_at);
    if (coupon->has_issued_at && ledger_order_compare(&first, &own) < 0)
        return ERR_OK;
    if (coupon->member.size == MEMBER_SIZE)
        TRY(let_go(loyalty->fold->txn, coupon));
    coupon->has_issued_at = true;
    coupon->issued_at = place;
    coupon->member.size = 0;
    coupon->valid_from_day = crm_when_move(loyalty->when, row->valid_from_day);
    coupon->valid_until_day = crm_when_move(loyalty->when, row->valid_until_day);
    memcpy(coupon->offer, row->offer, sizeof(coupon->offer));
    memcpy(coupon->store, row->store, sizeof(coupon->store));
    if (loyalty->member == NULL || row->serial[0] == '\0')
        return ERR_OK;
    coupon->member.size = MEMBER_SIZE;
    memcpy(coupon->member.bytes, loyalty->member, MEMBER_SIZE);
    struct crm_key key = held_key(loyalty->member, row->series, row->serial);
    return store_put(loyalty->fold->txn, STORE_HELD, crm_key_span(&key), span_of("", 1));
}

static enum err put_coupon(const struct crm_loyalty *loyalty, const struct crm_key *key,
                           const crm_Coupon *coupon)
{
    const struct store_txn *txn = loyalty->fold->txn;
    struct ledger_coupon counts = crm_coupon_counts(coupon);
    crm_Debt debt = {.reason = "coupon_used_twice",
                     .amount = coupon->serial[0] == '\0' ? 0 : ledger_coupon_excess(&counts),
                     .unit = crm_DebtUnit_UNIT_COUPONS,
                     .day = loyalty->when->day};
    name_member(&debt, coupon->member.size == MEMBER_SIZE ? coupon->member.bytes : NULL);
    write_text(debt.what, sizeof(debt.what), coupon->series, coupon->serial);
    struct crm_key owed = debt_key("coupon", key);
    TRY(crm_document_put(txn, STORE_COUPONS, crm_key_span(key), crm_Coupon_fields, coupon));
    return crm_debt_set(txn, &owed, &debt);
}

static enum err fold_coupon(const struct crm_loyalty *loyalty, const kassa_CouponRow *row)
{
    struct crm_key key = crm_coupon_key(row->series, row->serial);
    crm_Coupon coupon = crm_Coupon_init_zero;
    enum err error = crm_coupon_get(loyalty->fold->txn, row->series, row->serial, &coupon);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    memcpy(coupon.series, row->series, sizeof(coupon.series));
    memcpy(coupon.serial, row->serial, sizeof(coupon.serial));
    enum ledger_coupon_event event = (enum ledger_coupon_event)row->event;
    if (event == LEDGER_COUPON_ISSUED && loyalty->sign > 0)
        TRY(describe_issue(loyalty, row, &coupon));
    struct ledger_coupon counts = crm_coupon_counts(&coupon);
    uint32_t count = row->serial[0] == '\0' && row->count > 1 ? row->count : 1;
    for (uint32_t i = 0; i < count && i < 1000; i++)
        count_event(&counts, event, loyalty->sign);
    set_counts(&coupon, &counts);
    return put_coupon(loyalty, &key, &coupon);
}

struct coupon_scan {
    const struct store_txn *txn;
    const uint8_t *member;
    crm_visit_coupon *visit;
    void *context;
    enum err error;
};

static bool visit_held(void *context, struct span key, struct span body)
{
    (void)body;
    struct coupon_scan *scan = context;
    if (key.size <= MEMBER_SIZE || memcmp(key.bytes, scan->member, MEMBER_SIZE) != 0)
        return false;
    crm_Coupon coupon;
    struct span coupon_key = span_of(key.bytes + MEMBER_SIZE, key.size - MEMBER_SIZE);
    scan->error = crm_document_get(scan->txn, STORE_COUPONS, coupon_key, crm_Coupon_fields, &coupon);
    return scan->error == ERR_OK && scan->visit(scan->context, &coupon);
}

enum err crm_coupon_scan(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                         crm_visit_coupon *visit, void *context)
{
    struct coupon_scan scan = {txn, member, visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_HELD, span_of(member, MEMBER_SIZE), visit_held, &scan));
    return scan.error;
}

/* ---- coupons that head office gives */

static bool is_text_of(const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max + 1);
    return size > 0 && size <= size_max && utf8_is_printable(span_of(text, size));
}

static bool are_terms_sound(const struct crm_coupon_terms *terms)
{
    return is_text_of(terms->series, COUPON_SERIES_MAX) && is_text_of(terms->serial, COUPON_SERIAL_MAX) &&
           (terms->store == NULL || is_text_of(terms->store, TILL_ID_MAX)) &&
           (terms->valid_until_day == 0 || terms->valid_until_day >= terms->valid_from_day);
}

static enum err put_held(const struct store_txn *txn, const uint8_t *member,
                         const struct crm_coupon_terms *terms)
{
    crm_Coupon coupon = {.issued = 1,
                         .valid_from_day = terms->valid_from_day,
                         .valid_until_day = terms->valid_until_day,
                         .member = {.size = MEMBER_SIZE}};
    memcpy(coupon.member.bytes, member, MEMBER_SIZE);
    memcpy(coupon.series, terms->series, strlen(terms->series));
    memcpy(coupon.serial, terms->serial, strlen(terms->serial));
    if (terms->store != NULL)
        memcpy(coupon.store, terms->store, strlen(terms->store));
    struct crm_key key = crm_coupon_key(terms->series, terms->serial);
    struct crm_key held = held_key(member, terms->series, terms->serial);
    TRY(crm_document_put(txn, STORE_COUPONS, crm_key_span(&key), crm_Coupon_fields, &coupon));
    return store_put(txn, STORE_HELD, crm_key_span(&held), span_of("", 1));
}

enum err crm_coupon_give(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                         const struct crm_coupon_terms *terms, bool *out_is_new)
{
    uint8_t member[MEMBER_SIZE];
    crm_Member found;
    crm_Coupon there;
    if (!are_terms_sound(terms))
        return ERR_ARGUMENT;
    TRY(crm_member_resolve(txn, id, member));
    TRY(crm_member_get(txn, member, &found));
    if (found.member.erased)
        return ERR_NOT_FOUND;
    enum err error = crm_coupon_get(txn, terms->series, terms->serial, &there);
    if (error == ERR_OK) {
        bool is_his = there.member.size == MEMBER_SIZE && there.issued > 0 &&
                      memcmp(there.member.bytes, member, MEMBER_SIZE) == 0;
        if (!is_his)
            return ERR_EXISTS;
        *out_is_new = false;
        return ERR_OK;
    }
    if (error != ERR_NOT_FOUND)
        return error;
    TRY(put_held(txn, member, terms));
    *out_is_new = true;
    TRY(crm_member_touch(txn, member, "", terms->unix_ms));
    if (found.stores_count > 0)
        return ERR_OK;
    TRY(crm_member_get(txn, member,
                       &found)); /* who was in no store yet is met at any till: all learn of it */
    return crm_member_put(txn, &found);
}

/* ---- limits */

struct crm_key crm_counter_key(const kassa_OfferUse *use, const uint8_t *member, const char *till,
                               const char *store)
{
    struct crm_key key = {.size = 0};
    if (use->per == kassa_LimitPer_LIMIT_PER_MEMBER && member != NULL) {
        crm_key_text(&key, "m");
        crm_key_bytes(&key, member, MEMBER_SIZE);
    } else if (use->per == kassa_LimitPer_LIMIT_PER_TILL || use->per == kassa_LimitPer_LIMIT_PER_STORE) {
        crm_key_text(&key, use->per == kassa_LimitPer_LIMIT_PER_TILL ? "t" : "s");
        crm_key_text(&key, use->per == kassa_LimitPer_LIMIT_PER_TILL ? till : store);
    } else {
        crm_key_text(&key, "c");
    }
    crm_key_text(&key, use->offer);
    crm_key_u64(&key, (uint64_t)use->what);
    crm_key_u64(&key, (uint64_t)use->period);
    crm_key_u64(&key, (uint64_t)(int64_t)use->since_day);
    return key;
}

enum err crm_counter_get(const struct store_txn *txn, const struct crm_key *key, crm_Counter *out)
{
    return crm_document_get(txn, STORE_COUNTERS, crm_key_span(key), crm_Counter_fields, out);
}

static void name_counter(const struct crm_loyalty *loyalty, const kassa_OfferUse *use, crm_Counter *counter)
{
    const kassa_ReceiptId *id = &loyalty->head->id;
    memcpy(counter->offer, use->offer, sizeof(counter->offer));
    counter->what = use->what;
    counter->per = use->per;
    counter->period = use->period;
    counter->since_day = use->since_day;
    if (use->per == kassa_LimitPer_LIMIT_PER_TILL)
        memcpy(counter->whose, id->till, sizeof(counter->whose));
    else if (use->per == kassa_LimitPer_LIMIT_PER_STORE)
        memcpy(counter->whose, id->store, sizeof(counter->whose));
    if (use->per != kassa_LimitPer_LIMIT_PER_MEMBER || loyalty->member == NULL)
        return;
    counter->member.size = MEMBER_SIZE;
    memcpy(counter->member.bytes, loyalty->member, MEMBER_SIZE);
}

/* [what] */
static const crm_DebtUnit limit_units[] = {[kassa_LimitWhat_LIMIT_USES] = crm_DebtUnit_UNIT_USES,
                                           [kassa_LimitWhat_LIMIT_UNITS] = crm_DebtUnit_UNIT_MILLI,
                                           [kassa_LimitWhat_LIMIT_AMOUNT] = crm_DebtUnit_UNIT_MINOR,
                                           [kassa_LimitWhat_LIMIT_POINTS] = crm_DebtUnit_UNIT_POINTS};

static void name_unit(crm_Debt *debt, crm_DebtUnit unit, const char *currency, uint32_t exponent)
{
    debt->unit = unit;
    if (unit != crm_DebtUnit_UNIT_MINOR)
        return;
    memcpy(debt->currency, currency, sizeof(debt->currency));
    debt->exponent = exponent;
}

static enum err put_counter(const struct crm_loyalty *loyalty, const struct crm_key *key,
                            const crm_Counter *counter)
{
    const struct store_txn *txn = loyalty->fold->txn;
    struct ledger_counter counts = {counter->most, counter->used};
    crm_Debt debt = {
        .reason = "limit_passed", .amount = ledger_counter_excess(&counts), .day = loyalty->when->day};
    name_member(&debt, counter->member.size == MEMBER_SIZE ? counter->member.bytes : NULL);
    write_text(debt.what, sizeof(debt.what), counter->offer, counter->whose);
    if ((size_t)counter->what < COUNT_OF(limit_units))
        name_unit(&debt, limit_units[counter->what], loyalty->head->currency, loyalty->head->exponent);
    struct crm_key owed = debt_key("limit", key);
    TRY(crm_document_put(txn, STORE_COUNTERS, crm_key_span(key), crm_Counter_fields, counter));
    return crm_debt_set(txn, &owed, &debt);
}

static bool is_counted(const kassa_OfferUse *use)
{
    return use->per == kassa_LimitPer_LIMIT_PER_MEMBER || use->per == kassa_LimitPer_LIMIT_PER_TILL ||
           use->per == kassa_LimitPer_LIMIT_PER_STORE || use->per == kassa_LimitPer_LIMIT_PER_CHAIN;
}

/* Of two that say otherwise of one version the larger one counts, in whatever order they come. */
static bool is_newer(const kassa_OfferUse *use, const crm_Counter *counter)
{
    if (use->offer_version != counter->offer_version)
        return use->offer_version > counter->offer_version;
    return use->most != counter->most ? use->most > counter->most : use->limit > counter->limit;
}

static enum err fold_use(const struct crm_loyalty *loyalty, const kassa_OfferUse *said)
{
    kassa_OfferUse moved = *said;
    const kassa_OfferUse *use = &moved;
    moved.since_day = crm_when_period(loyalty->when, said);
    const kassa_ReceiptId *id = &loyalty->head->id;
    if (!is_counted(use) || (use->per == kassa_LimitPer_LIMIT_PER_MEMBER && loyalty->member == NULL))
        return ERR_OK;
    struct crm_key key = crm_counter_key(use, loyalty->member, id->till, id->store);
    crm_Counter counter = crm_Counter_init_zero;
    enum err error = crm_counter_get(loyalty->fold->txn, &key, &counter);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    name_counter(loyalty, use, &counter);
    if (is_newer(use, &counter)) {
        counter.offer_version = use->offer_version;
        counter.limit = use->limit;
        counter.most = use->most;
    }
    struct ledger_counter counts = {counter.most, counter.used};
    (void)!ledger_counter_add(&counts, loyalty->sign * use->amount); /* full: it stays so */
    counter.used = counts.used;
    return put_counter(loyalty, &key, &counter);
}

struct counter_scan {
    struct crm_key prefix;
    crm_visit_counter *visit;
    void *context;
    bool is_stopped;
    enum err error;
};

static bool visit_counter(void *context, struct span key, struct span body)
{
    struct counter_scan *scan = context;
    crm_Counter counter;
    if (key.size < scan->prefix.size || memcmp(key.bytes, scan->prefix.bytes, scan->prefix.size) != 0)
        return false;
    if (wire_decode(crm_Counter_fields, body, &counter) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    scan->is_stopped = !scan->visit(scan->context, &counter);
    return !scan->is_stopped;
}

static enum err scan_counters(const struct store_txn *txn, struct counter_scan *scan)
{
    TRY(store_scan(txn, STORE_COUNTERS, crm_key_span(&scan->prefix), visit_counter, scan));
    return scan->error;
}

enum err crm_counter_scan(const struct store_txn *txn, const uint8_t *member, crm_visit_counter *visit,
                          void *context)
{
    static const char *const others[] = {"c", "s", "t"};
    struct counter_scan scan = {.visit = visit, .context = context};
    if (member != NULL) {
        crm_key_text(&scan.prefix, "m");
        crm_key_bytes(&scan.prefix, member, MEMBER_SIZE);
        return scan_counters(txn, &scan);
    }
    for (size_t i = 0; i < COUNT_OF(others) && !scan.is_stopped; i++) {
        scan.prefix.size = 0;
        crm_key_text(&scan.prefix, others[i]);
        TRY(scan_counters(txn, &scan));
    }
    return ERR_OK;
}

/* ---- gift value */

static enum err fold_gift(const struct crm_loyalty *loyalty, const kassa_GiftRow *row)
{
    const struct store_txn *txn = loyalty->fold->txn;
    crm_Gift gift = crm_Gift_init_zero;
    enum err error = crm_gift_get(txn, row->account.bytes, &gift);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_NOT_FOUND) {
        gift.account.size = MEMBER_SIZE;
        memcpy(gift.account.bytes, row->account.bytes, MEMBER_SIZE);
    }
    if (gift.currency[0] == '\0') {
        memcpy(gift.currency, loyalty->head->currency, sizeof(gift.currency));
        gift.exponent = loyalty->head->exponent;
    }
    struct ledger_gift value = {gift.loaded_minor, gift.spent_minor};
    (void)!ledger_gift_move(&value, loyalty->sign * row->amount_minor); /* full: it stays so */
    gift.loaded_minor = value.loaded_minor;
    gift.spent_minor = value.spent_minor;
    TRY(crm_gift_put(txn, &gift, loyalty->when->day));
    if (row->newer.size != TOKEN_SIZE)
        return ERR_OK;
    return crm_gift_renew(txn, row->account.bytes, row->newer.bytes, loyalty->when->day);
}

/* ---- two members become one */

struct first_coupon {
    crm_Coupon coupon;
    bool is_found;
};

static bool take_first_coupon(void *context, const crm_Coupon *coupon)
{
    struct first_coupon *first = context;
    first->coupon = *coupon;
    first->is_found = true;
    return false;
}

static enum err move_coupon(const struct store_txn *txn, const uint8_t *from, const uint8_t *to,
                            crm_Coupon *coupon)
{
    struct crm_key key = crm_coupon_key(coupon->series, coupon->serial);
    struct crm_key old = held_key(from, coupon->series, coupon->serial);
    struct crm_key new = held_key(to, coupon->series, coupon->serial);
    memcpy(coupon->member.bytes, to, MEMBER_SIZE);
    TRY(crm_document_put(txn, STORE_COUPONS, crm_key_span(&key), crm_Coupon_fields, coupon));
    TRY(crm_document_remove(txn, STORE_HELD, crm_key_span(&old)));
    return store_put(txn, STORE_HELD, crm_key_span(&new), span_of("", 1));
}

struct first_counter {
    crm_Counter counter;
    bool is_found;
};

static bool take_first_counter(void *context, const crm_Counter *counter)
{
    struct first_counter *first = context;
    first->counter = *counter;
    first->is_found = true;
    return false;
}

/* Both have drawn on the same limit: their uses add up. */
static enum err move_counter(const struct store_txn *txn, const uint8_t *from, const uint8_t *to,
                             const crm_Counter *moved)
{
    kassa_OfferUse use = {
        .what = moved->what, .per = moved->per, .period = moved->period, .since_day = moved->since_day};
    memcpy(use.offer, moved->offer, sizeof(use.offer));
    struct crm_key old = crm_counter_key(&use, from, "", ""), new = crm_counter_key(&use, to, "", "");
    crm_Counter counter = *moved, there = crm_Counter_init_zero;
    enum err error = crm_counter_get(txn, &new, &there);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    struct ledger_counter sum = {.used = moved->used};
    (void)!ledger_counter_add(&sum, there.used); /* full: it stays so */
    counter.used = sum.used;
    memcpy(counter.member.bytes, to, MEMBER_SIZE);
    TRY(crm_document_put(txn, STORE_COUNTERS, crm_key_span(&new), crm_Counter_fields, &counter));
    return crm_document_remove(txn, STORE_COUNTERS, crm_key_span(&old));
}

enum err crm_holdings_move(const struct store_txn *txn, const uint8_t from[MEMBER_SIZE],
                           const uint8_t to[MEMBER_SIZE])
{
    struct first_coupon coupon = {.is_found = true};
    while (coupon.is_found) {
        coupon.is_found = false;
        TRY(crm_coupon_scan(txn, from, take_first_coupon, &coupon));
        if (coupon.is_found)
            TRY(move_coupon(txn, from, to, &coupon.coupon));
    }
    struct first_counter counter = {.is_found = true};
    while (counter.is_found) {
        counter.is_found = false;
        TRY(crm_counter_scan(txn, from, take_first_counter, &counter));
        if (counter.is_found)
            TRY(move_counter(txn, from, to, &counter.counter));
    }
    return ERR_OK;
}

/* ---- a member who is erased */

/* His coupons can be used by nobody. */
static enum err withdraw_coupon(const struct store_txn *txn, crm_Coupon *coupon)
{
    struct crm_key key = crm_coupon_key(coupon->series, coupon->serial);
    struct ledger_coupon counts = crm_coupon_counts(coupon);
    TRY(let_go(txn, coupon));
    (void)!ledger_coupon_add(&counts, LEDGER_COUPON_WITHDRAWN); /* full: it stays so */
    set_counts(coupon, &counts);
    coupon->member.size = 0;
    struct crm_key owed = debt_key("coupon", &key);
    TRY(crm_debt_set(txn, &owed, &(crm_Debt){.amount = 0}));
    return crm_document_put(txn, STORE_COUPONS, crm_key_span(&key), crm_Coupon_fields, coupon);
}

static enum err remove_counter(const struct store_txn *txn, const uint8_t *member, const crm_Counter *counter)
{
    kassa_OfferUse use = {.what = counter->what,
                          .per = counter->per,
                          .period = counter->period,
                          .since_day = counter->since_day};
    memcpy(use.offer, counter->offer, sizeof(use.offer));
    struct crm_key key = crm_counter_key(&use, member, "", "");
    struct crm_key owed = debt_key("limit", &key);
    TRY(crm_debt_set(txn, &owed, &(crm_Debt){.amount = 0}));
    return crm_document_remove(txn, STORE_COUNTERS, crm_key_span(&key));
}

enum err crm_holdings_remove(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE])
{
    struct first_coupon coupon = {.is_found = true};
    while (coupon.is_found) {
        coupon.is_found = false;
        TRY(crm_coupon_scan(txn, member, take_first_coupon, &coupon));
        if (coupon.is_found)
            TRY(withdraw_coupon(txn, &coupon.coupon));
    }
    struct first_counter counter = {.is_found = true};
    while (counter.is_found) {
        counter.is_found = false;
        TRY(crm_counter_scan(txn, member, take_first_counter, &counter));
        if (counter.is_found)
            TRY(remove_counter(txn, member, &counter.counter));
    }
    return ERR_OK;
}

/* ---- a receipt's rows */

static bool is_amount(int64_t amount)
{
    return amount <= LEDGER_POINTS_MAX && amount >= -LEDGER_POINTS_MAX;
}

static bool is_name(const char *text, bool may_be_empty)
{
    return utf8_is_printable(span_of_text(text)) && (may_be_empty || text[0] != '\0');
}

enum err crm_loyalty_check(const kassa_Receipt *head)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    bool is_sound =
        is_name(head->id.store, true) && is_name(head->id.till, true) && is_name(loyalty->reservation, true);
    for (size_t i = 0; i < loyalty->coupons_count; i++) {
        const kassa_CouponRow *row = &loyalty->coupons[i];
        is_sound = is_sound && is_coupon_event(row->event) && is_name(row->series, false) &&
                   is_name(row->serial, true) && is_name(row->offer, true);
    }
    for (size_t i = 0; i < loyalty->uses_count; i++)
        is_sound = is_sound && is_name(loyalty->uses[i].offer, false) && is_amount(loyalty->uses[i].amount);
    for (size_t i = 0; i < loyalty->gifts_count; i++)
        is_sound = is_sound && loyalty->gifts[i].account.size == MEMBER_SIZE &&
                   is_amount(loyalty->gifts[i].amount_minor);
    for (size_t i = 0; i < loyalty->stamps_count; i++)
        is_sound = is_sound && is_name(loyalty->stamps[i].card, false);
    return is_sound ? ERR_OK : ERR_SYNTAX;
}

enum err crm_loyalty_fold(const struct crm_loyalty *loyalty)
{
    const kassa_Loyalty *rows = &loyalty->head->loyalty;
    for (size_t i = 0; i < rows->coupons_count; i++)
        TRY(fold_coupon(loyalty, &rows->coupons[i]));
    for (size_t i = 0; i < rows->uses_count; i++)
        TRY(fold_use(loyalty, &rows->uses[i]));
    for (size_t i = 0; i < rows->gifts_count; i++)
        TRY(fold_gift(loyalty, &rows->gifts[i]));
    return ERR_OK;
}
