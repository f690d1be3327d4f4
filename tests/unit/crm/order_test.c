/* SPDX-License-Identifier: Apache-2.0 */
/* Random histories of several tills: in whatever order their records come, and however often, head office has the
 * same books, down to the bytes; nothing is negative; what is undone leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "unit/crm/shop.h"

#define TILLS     3
#define STEPS_MAX 96
#define MEMBERS   2
#define WHOLE     1000 /* thousandths and minor units of each sale */

struct step {
    unsigned till;
    struct wire_record record;
    kassa_Line line;
    int undone_by; /* the step that voids it, or -1 */
    uint8_t hash_before[HASH_SIZE];
    bool is_sent;
};

struct history {
    struct seed *seed;
    bool is_hostile; /* tills say anything */
    bool is_lasting; /* points do not expire: what expires in between is gone */
    struct step steps[STEPS_MAX];
    unsigned count;
    uint64_t numbers[TILLS];
    uint64_t seqs[TILLS];
    unsigned coupon_count;
};

static int64_t any(struct history *h, int64_t bound)
{
    return (int64_t)seed_below(h->seed, (uint64_t)bound);
}

/* What a hostile till says instead: now and then anything, of any sign. */
static int64_t said(struct history *h, int64_t honest)
{
    if (!h->is_hostile || any(h, 3) > 0)
        return honest;
    return any(h, 400) - 200;
}

/* ---- the records */

static struct step *add_step(struct history *h, unsigned till, kassa_RecordKind kind)
{
    struct step *step = &h->steps[h->count];
    memset(step, 0, sizeof(*step));
    step->till = till;
    step->undone_by = -1;
    int32_t day = SHOP_DAY - 30 + (int32_t)h->count / 3;
    step->record.head.kind = kind;
    step->record.head.seq = ++h->seqs[till];
    step->record.head.wall_unix_ms = INT64_C(86400000) * day + INT64_C(60000) * h->count;
    h->count++;
    return step;
}

static kassa_ReceiptId next_id(struct history *h, const struct step *step)
{
    kassa_ReceiptId id = {.store = "store-1", .number = ++h->numbers[step->till]};
    (void)snprintf(id.till, sizeof(id.till), "till-%u", step->till + 1);
    id.business_day = (int32_t)(step->record.head.wall_unix_ms / 86400000);
    return id;
}

static kassa_Loyalty *begin_receipt(struct history *h, struct step *step, uint8_t member, int64_t milli)
{
    struct wire_receipt *body = &step->record.body.receipt;
    step->line = (kassa_Line){.number = 1, .quantity_milli = milli, .amount_minor = milli, .sku = "A"};
    body->head = (kassa_Receipt){.has_id = true,
                                 .id = next_id(h, step),
                                 .end_unix_ms = step->record.head.wall_unix_ms,
                                 .currency = "EUR",
                                 .exponent = 2,
                                 .gross_minor = milli,
                                 .total_minor = milli,
                                 .has_loyalty = true};
    body->lines = &step->line;
    body->line_count = 1;
    if (member != 0) {
        body->head.loyalty.member.size = MEMBER_SIZE;
        body->head.loyalty.member.bytes[0] = member;
    }
    return &body->head.loyalty;
}

static void add_coupon(struct history *h, kassa_Loyalty *loyalty, unsigned serial, kassa_CouponEvent event)
{
    kassa_CouponRow *row = &loyalty->coupons[loyalty->coupons_count++];
    *row = (kassa_CouponRow){.series = "s", .event = event, .offer = "o"};
    (void)snprintf(row->serial, sizeof(row->serial), "%u", serial);
    if (h->is_hostile && any(h, 3) == 0)
        row->event = (kassa_CouponEvent)(1 + any(h, 4));
}

static void add_gift(struct history *h, kassa_Loyalty *loyalty, int64_t amount)
{
    kassa_GiftRow *row = &loyalty->gifts[loyalty->gifts_count++];
    row->account.size = MEMBER_SIZE;
    row->account.bytes[0] = (uint8_t)(200 + any(h, 2));
    row->amount_minor = said(h, amount);
}

static void add_sale(struct history *h)
{
    struct step *step = add_step(h, (unsigned)any(h, TILLS), kassa_RecordKind_RECORD_PURCHASE);
    kassa_Loyalty *loyalty = begin_receipt(h, step, (uint8_t)any(h, MEMBERS + 1), WHOLE);
    int32_t day = step->record.body.receipt.head.id.business_day;
    for (int64_t rows = any(h, 3); rows > 0; rows--) {
        kassa_EarnRow *row = &loyalty->earned[loyalty->earned_count++];
        row->points = said(h, 1 + any(h, 60));
        row->available_day = day + (int32_t)any(h, 4);
        row->expires_day = h->is_lasting || any(h, 2) == 0 ? 0 : day + (int32_t)any(h, 9);
        loyalty->points_earned += row->points;
    }
    if (any(h, 3) == 0) {
        loyalty->burned_count = 1;
        loyalty->burned[0].points = loyalty->points_burned = said(h, 1 + any(h, 50));
    }
    loyalty->stamps_count = 1;
    loyalty->stamps[0] = (kassa_StampRow){.card = "card", .count = said(h, any(h, 5)), .card_size = 7};
    loyalty->uses_count = 1;
    loyalty->uses[0] = (kassa_OfferUse){.offer = "o",
                                        .what = kassa_LimitWhat_LIMIT_UNITS,
                                        .per = any(h, 2) == 0 ? kassa_LimitPer_LIMIT_PER_MEMBER
                                                              : kassa_LimitPer_LIMIT_PER_CHAIN,
                                        .amount = said(h, any(h, 4)),
                                        .most = 9};
    if (any(h, 3) == 0)
        add_coupon(h, loyalty, h->coupon_count++, kassa_CouponEvent_COUPON_ISSUED);
    if (h->coupon_count > 0 && any(h, 3) == 0)
        add_coupon(h, loyalty, (unsigned)any(h, h->coupon_count), kassa_CouponEvent_COUPON_REDEEMED);
    if (any(h, 4) == 0)
        add_gift(h, loyalty, any(h, 2) == 0 ? 500 : -300);
}

static int64_t share(int64_t total, int64_t milli)
{
    return total * milli / WHOLE;
}

static void turn_back(struct history *h, const kassa_Loyalty *from, int64_t milli, kassa_Loyalty *to)
{
    for (pb_size_t i = 0; i < from->earned_count; i++) {
        int64_t points = said(h, -share(from->earned[i].points, milli));
        to->earned[to->earned_count++] =
            (kassa_EarnRow){.points = points, .original_line = 1, .original_row = i + 1};
        to->points_earned += points;
    }
    if (from->burned_count > 0) {
        to->burned_count = 1;
        to->burned[0] =
            (kassa_BurnRow){.points = said(h, -share(from->burned[0].points, milli)), .original_line = 1};
        to->points_burned = to->burned[0].points;
    }
    to->stamps_count = to->uses_count = 1;
    to->stamps[0] = from->stamps[0];
    to->stamps[0].count = said(h, -share(from->stamps[0].count, milli));
    to->uses[0] = from->uses[0];
    to->uses[0].amount = said(h, -share(from->uses[0].amount, milli));
    for (pb_size_t i = 0; i < from->coupons_count && milli == WHOLE; i++) {
        bool is_issued = from->coupons[i].event == kassa_CouponEvent_COUPON_ISSUED;
        to->coupons[to->coupons_count] = from->coupons[i];
        to->coupons[to->coupons_count++].event =
            is_issued ? kassa_CouponEvent_COUPON_WITHDRAWN : kassa_CouponEvent_COUPON_RETURNED;
    }
    to->return_policy = (kassa_ReturnPolicy)(1 + any(h, 3));
    to->reinstate_days = (uint32_t)any(h, 3);
}

static bool is_sale(const struct step *step)
{
    return step->record.head.kind == kassa_RecordKind_RECORD_PURCHASE;
}

/* Any till takes any sale back, or a part of it: it need not know of the others. */
static void add_return(struct history *h)
{
    const struct step *sale = &h->steps[any(h, h->count)];
    if (!is_sale(sale))
        return;
    const kassa_Receipt *from = &sale->record.body.receipt.head;
    struct step *step = add_step(h, (unsigned)any(h, TILLS), kassa_RecordKind_RECORD_RETURN);
    int64_t milli = any(h, 2) == 0 ? WHOLE : 100 * (1 + any(h, 9));
    uint8_t member = from->loyalty.member.size > 0 ? from->loyalty.member.bytes[0] : 0;
    kassa_Loyalty *to = begin_receipt(h, step, member, -milli);
    step->line.kind = kassa_LineKind_LINE_RETURN;
    step->line.has_original = true;
    step->line.original =
        (kassa_Original){.has_receipt = true, .receipt = from->id, .line = 1, .quantity_milli = WHOLE};
    turn_back(h, &from->loyalty, milli, to);
}

static void void_step(struct history *h, unsigned index)
{
    struct step *undone = &h->steps[index];
    const kassa_Receipt *from = &undone->record.body.receipt.head;
    struct step *step = add_step(h, undone->till, kassa_RecordKind_RECORD_VOID);
    kassa_Void *body = &step->record.body.voided;
    *body = (kassa_Void){.has_id = true,
                         .id = next_id(h, step),
                         .has_original = true,
                         .original = from->id,
                         .total_minor = from->total_minor,
                         .points_earned = from->loyalty.points_earned,
                         .points_burned = from->loyalty.points_burned,
                         .original_kind = undone->record.head.kind,
                         .currency = "EUR",
                         .exponent = 2};
    body->member.size = from->loyalty.member.size;
    memcpy(body->member.bytes, from->loyalty.member.bytes, MEMBER_SIZE);
    undone->undone_by = (int)(h->count - 1);
}

static bool can_be_voided(const struct step *step)
{
    return step->undone_by < 0 && step->record.head.kind != kassa_RecordKind_RECORD_VOID;
}

static void add_void(struct history *h)
{
    unsigned index = (unsigned)any(h, h->count);
    if (can_be_voided(&h->steps[index]) || (h->is_hostile && is_sale(&h->steps[index])))
        void_step(h, index);
}

static void make_history(struct history *h, unsigned length)
{
    add_sale(h);
    while (h->count < length) {
        int64_t what = any(h, 10);
        if (what < 5)
            add_sale(h);
        else if (what < 8)
            add_return(h);
        else
            add_void(h);
    }
}

/* ---- telling head office */

static void send(struct shop *shop, const struct history *h, struct step *step)
{
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct shop_till *from = &shop->tills[step->till];
    size_t size;
    if (!step->is_sent)
        memcpy(step->hash_before, from->hash, HASH_SIZE);
    ok(wire_record_encode(&step->record, bytes, sizeof(bytes), &size));
    struct span span = span_of(bytes, size);
    struct wire_batch batch = {
        .head = {.incarnation = 11, .first_seq = step->record.head.seq}, .records = &span, .record_count = 1};
    memcpy(batch.head.till, from->id, sizeof(batch.head.till));
    batch.head.hash_before.size = HASH_SIZE;
    memcpy(batch.head.hash_before.bytes, step->hash_before, HASH_SIZE);
    ok(crm_take_batch(&shop->txn, &shop->intake, &batch, &shop->ack));
    assert_int_equal(shop->ack.status, kassa_AckStatus_ACK_OK);
    assert_true(h->is_hostile || shop->ack.quarantined_count == 0);
    if (!step->is_sent)
        memcpy(from->hash, shop->ack.hash.bytes, HASH_SIZE);
    step->is_sent = true;
}

/* Each till tells its own records in their order, and some of them again; the tills are mixed in any way. */
static void tell(struct shop *shop, struct history *h, struct seed *order)
{
    unsigned next[TILLS] = {0};
    for (unsigned i = 0; i < h->count; i++)
        h->steps[i].is_sent = false;
    for (unsigned left = h->count; left > 0;) {
        unsigned till = (unsigned)seed_below(order, TILLS);
        while (next[till] < h->count && h->steps[next[till]].till != till)
            next[till]++;
        if (next[till] == h->count)
            continue;
        send(shop, h, &h->steps[next[till]++]);
        left--;
        struct step *again = &h->steps[seed_below(order, h->count)];
        if (again->is_sent)
            send(shop, h, again);
    }
}

/* ---- what head office has then */

#define BOOKS_MAX (1u << 20)

struct books {
    uint8_t bytes[BOOKS_MAX];
    size_t size;
};

static void append(struct books *books, struct span bytes)
{
    uint32_t size = (uint32_t)bytes.size;
    assert_true(books->size + sizeof(size) + size <= sizeof(books->bytes));
    memcpy(books->bytes + books->size, &size, sizeof(size));
    memcpy(books->bytes + books->size + sizeof(size), bytes.bytes, size);
    books->size += sizeof(size) + size;
}

static bool keep_document(void *context, struct span key, struct span body)
{
    append(context, key);
    append(context, body);
    return true;
}

/* A debt's day is that of the record which came last. */
static bool keep_debt(void *context, const crm_Debt *debt)
{
    crm_Debt timeless = *debt;
    uint8_t bytes[crm_Debt_size];
    size_t size;
    timeless.day = 0;
    assert_true(debt->amount > 0);
    ok(wire_encode(crm_Debt_fields, &timeless, bytes, sizeof(bytes), &size));
    append(context, span_of(bytes, size));
    return true;
}

static void read_books(struct shop *shop, struct books *out)
{
    static const enum store_kind kinds[] = {STORE_ACCOUNTS, STORE_EVENTS,   STORE_RECEIPTS, STORE_COUPONS,
                                            STORE_HELD,     STORE_COUNTERS, STORE_GIFTS,    STORE_RETURNS};
    crm_Totals totals = shop_totals(shop);
    out->size = 0;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        uint8_t kind = (uint8_t)kinds[i];
        append(out, span_of(&kind, 1));
        ok(store_scan(&shop->txn, kinds[i], span_of(NULL, 0), keep_document, out));
    }
    ok(crm_debt_scan(&shop->txn, keep_debt, out));
    append(out, span_of(&totals, sizeof(totals)));
}

static void check_account(const struct ledger_account *account)
{
    int64_t moved = 0, left = 0, owed = 0;
    for (unsigned i = 0; i < LEDGER_REASON_COUNT; i++)
        moved += account->moved[i];
    for (uint32_t i = 0; i < account->lot_count; i++) {
        const struct ledger_lot *lot = &account->lots[i];
        assert_true(lot->left >= 0 && lot->expired >= 0);
        left += lot->left;
    }
    for (uint32_t i = 0; i < account->debt_count; i++) {
        assert_true(account->debts[i].left >= 0 && account->debts[i].points >= account->debts[i].left);
        owed += account->debts[i].left;
    }
    for (uint32_t i = 0; i < account->take_count; i++)
        assert_true(account->takes[i].points > 0);
    assert_int_equal(account->balance, moved);
    assert_int_equal(account->balance, left - owed);
    assert_int_equal(account->owed, owed);
    assert_true(left == 0 || owed == 0 || account->balance != 0 || left == owed);
}

struct sums {
    int64_t points, owed;
    int64_t listed; /* of that, in debts */
};

static bool add_listed(void *context, const crm_Debt *debt)
{
    struct sums *sums = context;
    sums->listed += strcmp(debt->reason, "points") == 0 ? debt->amount : 0;
    return true;
}

static void check_books(struct shop *shop)
{
    struct sums sums = {0};
    for (uint8_t member = 1; member <= MEMBERS; member++) {
        struct ledger_account account = shop_account(shop, member);
        check_account(&account);
        sums.points += account.balance;
        sums.owed += account.owed;
    }
    ok(crm_debt_scan(&shop->txn, add_listed, &sums));
    assert_int_equal(shop_totals(shop).points, sums.points);
    assert_int_equal(shop_totals(shop).points_owed, sums.owed);
    assert_int_equal(sums.listed, sums.owed);
}

/* "1: sale 2 of 1 +30 -12": the till, its number, whose, the points. */
static void print_history(const struct history *h)
{
    for (unsigned i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        const kassa_Receipt *head = &step->record.body.receipt.head;
        const kassa_Void *undone = &step->record.body.voided;
        if (step->record.head.kind == kassa_RecordKind_RECORD_VOID)
            print_error("%u: void %u of %s/%u for %u\n", step->till + 1, (unsigned)undone->id.number,
                        undone->original.till, (unsigned)undone->original.number, undone->member.bytes[0]);
        else
            print_error("%u: %s %u of %s/%u for %u: earns %d burns %d coupons %u gifts %u\n", step->till + 1,
                        is_sale(step) ? "sale" : "return", (unsigned)head->id.number,
                        step->line.original.receipt.till, (unsigned)step->line.original.receipt.number,
                        head->loyalty.member.bytes[0], (int)head->loyalty.points_earned,
                        (int)head->loyalty.points_burned, (unsigned)head->loyalty.coupons_count,
                        (unsigned)head->loyalty.gifts_count);
    }
}

static void check_difference(const struct books *a, const struct books *b)
{
    size_t i = 0;
    while (i < a->size && i < b->size && a->bytes[i] == b->bytes[i])
        i++;
    if (a->size == b->size && i == a->size)
        return;
    size_t from = i > 96 ? i - 96 : 0;
    print_error("the books differ at byte %zu of %zu and %zu:\n", i, a->size, b->size);
    for (size_t k = from; k < i + 64 && k < a->size && k < b->size; k++)
        print_error("%c", a->bytes[k] >= ' ' && a->bytes[k] < 127 ? a->bytes[k] : '.');
    print_error("\n");
    fail();
}

static struct shop *open_shop(void)
{
    void *made = NULL;
    assert_int_equal(shop_set_up(&made), 0);
    for (uint8_t member = 1; member <= MEMBERS; member++)
        shop_enrol(made, member);
    return made;
}

static void close_shop(struct shop *shop)
{
    void *made = shop;
    assert_int_equal(shop_tear_down(&made), 0);
}

#define ROUNDS 20
#define ORDERS 3

static void tell_in_all_orders(bool is_hostile)
{
    static struct history h;
    static struct books first, again;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < ROUNDS; round++) {
        memset(&h, 0, sizeof(h));
        h.seed = &seed;
        h.is_hostile = is_hostile;
        make_history(&h, 2 + 2 * round);
        for (unsigned order = 0; order < ORDERS; order++) {
            struct shop *shop = open_shop();
            tell(shop, &h, &seed);
            check_books(shop);
            read_books(shop, order == 0 ? &first : &again);
            close_shop(shop);
            if (order > 0 && (first.size != again.size || memcmp(first.bytes, again.bytes, first.size) != 0))
                print_history(&h);
            if (order > 0)
                check_difference(&first, &again);
        }
    }
}

static void crm_take_batch__has_the_same_books_in_whatever_order_tills_come(void **state)
{
    (void)state;
    tell_in_all_orders(/* is_hostile= */ false);
}

static void crm_take_batch__has_the_same_books_of_tills_that_say_anything(void **state)
{
    (void)state;
    tell_in_all_orders(/* is_hostile= */ true);
}

/* ---- what is undone leaves nothing */

static bool must_be_zero_counter(void *context, const crm_Counter *counter)
{
    (void)context;
    assert_int_equal(counter->used, 0);
    return true;
}

static bool must_be_no_debt(void *context, const crm_Debt *debt)
{
    (void)context;
    print_error("debt %s of %s: %lld\n", debt->reason, debt->what, (long long)debt->amount);
    fail();
    return false;
}

static void crm_void__of_everything_leaves_nothing_in_whatever_order(void **state)
{
    (void)state;
    static struct history h;
    struct seed seed = seed_of_environment();
    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
        memset(&h, 0, sizeof(h));
        h.seed = &seed;
        h.is_lasting = true;
        make_history(&h, 1 + round);
        unsigned count = h.count;
        for (unsigned i = 0; i < count; i++) {
            if (can_be_voided(&h.steps[i]))
                void_step(&h, i);
        }
        struct shop *shop = open_shop();
        tell(shop, &h, &seed);
        check_books(shop);
        for (uint8_t member = 1; member <= MEMBERS; member++) {
            struct ledger_account account = shop_account(shop, member);
            uint8_t id[MEMBER_SIZE] = {member};
            if (account.balance != 0)
                print_history(&h);
            assert_int_equal(account.balance, 0);
            assert_int_equal(account.owed, 0);
            assert_int_equal(account.visits, 0);
            for (uint32_t i = 0; i < account.stamp_count; i++)
                assert_int_equal(account.stamps[i].count + 7 * account.stamps[i].filled, 0);
            for (uint32_t i = 0; i < account.year_count; i++)
                assert_int_equal(account.years[i].spent_minor, 0);
            ok(crm_counter_scan(&shop->txn, id, must_be_zero_counter, NULL));
            assert_int_equal(shop_member(shop, member).coupons_count, 0);
        }
        ok(crm_counter_scan(&shop->txn, NULL, must_be_zero_counter, NULL));
        ok(crm_debt_scan(&shop->txn, must_be_no_debt, NULL));
        crm_Totals totals = shop_totals(shop);
        assert_int_equal(totals.points, 0);
        const crm_CurrencyTotals *money = &totals.currencies[0];
        assert_int_equal(money->sales_minor + money->returns_minor + money->voids_minor, 0);
        assert_int_equal(money->with_member_minor, 0);
        close_shop(shop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crm_take_batch__has_the_same_books_in_whatever_order_tills_come),
        cmocka_unit_test(crm_take_batch__has_the_same_books_of_tills_that_say_anything),
        cmocka_unit_test(crm_void__of_everything_leaves_nothing_in_whatever_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
