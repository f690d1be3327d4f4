/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c - a sale as a record: built from the priced basket and the tenders, its sums checked before it is
 * written (OFFERS.md E). */
#include <inttypes.h>
#include <stdio.h>

#include "base/money.h"
#include "till/cash.h"
#include "till/internal.h"
#include "till/tax.h"

void till_fill_head(struct till *till, kassa_Receipt *head, kassa_ReceiptKind kind)
{
    const struct till_settings *settings = &till->settings;
    const struct till_hub *hub = &settings->hub;
    (void)snprintf(head->tenant, sizeof head->tenant, "%s", settings->tenant);
    head->has_id = true;
    (void)snprintf(head->id.store, sizeof head->id.store, "%s", settings->store);
    (void)snprintf(head->id.till, sizeof head->id.till, "%s", settings->till);
    head->id.business_day = till_business_day(till);
    head->id.number = journal_next_receipt(settings->journal);
    (void)snprintf(head->drawer, sizeof head->drawer, "%s", settings->drawer);
    head->end_unix_ms = till_now_unix_ms(till);
    head->begin_unix_ms = head->end_unix_ms;
    head->kind = kind;
    head->offline = hub->is_connected == NULL || !hub->is_connected(hub->self);
    (void)snprintf(head->currency, sizeof head->currency, "%s", settings->currency);
    head->exponent = settings->exponent;
    (void)snprintf(head->software, sizeof head->software, "%s", settings->software);
    (void)snprintf(head->locale, sizeof head->locale, "%s", settings->locale);
    if (till->book == NULL)
        return;
    head->book_version = till->book->header.version;
    head->book_hash.size = HASH_SIZE;
    memcpy(head->book_hash.bytes, till->book_hash, HASH_SIZE);
}

/* -------------------------------------------------------------------------------------------- the tenders */

static enum err sum_tenders(const kassa_Receipt *head, int64_t *out_sum, int64_t *out_cash)
{
    int64_t sum = 0;
    int64_t cash = 0;
    for (pb_size_t i = 0; i < head->tenders_count; i++) {
        TRY(money_add(sum, head->tenders[i].amount_minor, &sum));
        if (head->tenders[i].kind == kassa_TenderKind_TENDER_CASH)
            TRY(money_add(cash, head->tenders[i].amount_minor, &cash));
    }
    *out_sum = sum;
    *out_cash = cash;
    return ERR_OK;
}

/* The row that takes what the others leave. */
static enum err fill_rest(kassa_Receipt *head, const struct till_tenders *tenders)
{
    if (tenders->rest >= tenders->count)
        return ERR_OK;
    int64_t sum = 0;
    int64_t cash = 0;
    head->tenders[tenders->rest].amount_minor = 0;
    TRY(sum_tenders(head, &sum, &cash));
    if (__builtin_sub_overflow(head->total_minor, sum, &head->tenders[tenders->rest].amount_minor))
        return ERR_RANGE;
    return ERR_OK;
}

enum err till_add_tender(struct till_tenders *tenders, kassa_TenderKind kind, int64_t minor,
                         struct till_refusal *out_refusal)
{
    if (minor == 0)
        return ERR_OK;
    if (tenders->count == TENDERS_MAX) {
        till_refuse(out_refusal, "one too many: points and gift value need rows of their own", "tenders");
        return ERR_TOO_LONG;
    }
    bool has_rest = tenders->rest < tenders->count;
    size_t at = tenders->count++;
    tenders->rows[at] = (kassa_Tender){.kind = kind, .amount_minor = minor};
    if (!has_rest)
        tenders->rest = tenders->count;
    return ERR_OK;
}

enum err till_settle(struct wire_receipt *receipt, const struct till_tenders *tenders,
                     int64_t cash_step_minor, struct till_refusal *out_refusal)
{
    kassa_Receipt *head = &receipt->head;
    TRY(cash_rounding(tenders, head->total_minor, cash_step_minor, &head->rounding_minor));
    TRY(money_add(head->total_minor, head->rounding_minor, &head->total_minor));
    head->tenders_count = (pb_size_t)tenders->count;
    memcpy(head->tenders, tenders->rows, sizeof head->tenders);
    int64_t sum = 0;
    int64_t cash = 0;
    TRY(fill_rest(head, tenders));
    TRY(sum_tenders(head, &sum, &cash));
    if (__builtin_sub_overflow(sum, head->total_minor, &head->change_minor))
        return ERR_RANGE;
    bool is_paid = head->change_minor == 0 || (head->change_minor > 0 && head->change_minor <= cash);
    if (is_paid)
        return ERR_OK;
    char reason[TILL_REASON_MAX];
    (void)snprintf(reason, sizeof reason, "the tenders sum to %" PRId64 ", the total is %" PRId64 "%s%s", sum,
                   head->total_minor, head->rounding_minor != 0 ? ", rounded for cash" : "",
                   head->change_minor > 0 ? "; only cash gives change" : "");
    till_refuse(out_refusal, reason, "tenders");
    return ERR_UNBALANCED;
}

/* ----------------------------------------------------------------------------------------- the invariants */

static enum err check_discounts(const struct wire_receipt *receipt, int64_t *out_sum)
{
    int64_t sum = 0;
    size_t row = 0;
    for (size_t i = 0; i < receipt->line_count; i++) { /* rows stand in the order of their lines */
        int64_t of_line = 0;
        for (; row < receipt->discount_count && receipt->discounts[row].line == receipt->lines[i].number;
             row++)
            TRY(money_add(of_line, receipt->discounts[row].amount_minor, &of_line));
        if (of_line != receipt->lines[i].discount_minor)
            return ERR_UNBALANCED;
        TRY(money_add(sum, of_line, &sum));
    }
    *out_sum = sum;
    return row == receipt->discount_count ? ERR_OK : ERR_UNBALANCED;
}

enum err till_check_receipt(const struct wire_receipt *receipt, int64_t cash_step_minor)
{
    const kassa_Receipt *head = &receipt->head;
    int64_t gross = 0;
    int64_t tax = 0;
    int64_t discount = 0;
    int64_t paid = 0;
    int64_t cash = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        if (receipt->lines[i].number != i + 1)
            return ERR_UNBALANCED;
        TRY(money_add(gross, receipt->lines[i].amount_minor, &gross));
        TRY(money_add(tax, receipt->lines[i].tax_minor, &tax));
    }
    TRY(check_discounts(receipt, &discount));
    TRY(sum_tenders(head, &paid, &cash));
    bool holds =
        gross == head->gross_minor && discount == head->discount_minor && tax == head->tax_minor &&
        gross - discount + tax_on_top(head->price_mode, tax) + head->rounding_minor == head->total_minor &&
        paid - head->change_minor == head->total_minor && cash_rounding_fits(head, cash_step_minor);
    return holds ? ERR_OK : ERR_UNBALANCED;
}

/* ----------------------------------------------------------------------------------------------- the sale */

static void fill_discount(const struct offers_discount *row, kassa_Discount *out)
{
    *out = (kassa_Discount){.line = row->line + 1,
                            .sequence = row->sequence,
                            .offer_version = row->version,
                            .kind = row->origin == OFFERS_BY_POINTS ? kassa_DiscountKind_DISCOUNT_POINTS
                                                                    : kassa_DiscountKind_DISCOUNT_AUTOMATIC,
                            .percent_bp = row->percent_bp,
                            .base_minor = row->base_minor,
                            .wanted_minor = row->wanted_minor,
                            .amount_minor = row->amount_minor,
                            .prorate_from = row->prorate_from};
    if (row->id.size > 0) /* burned points have none */
        memcpy(out->offer, row->id.bytes, row->id.size < OFFER_ID_MAX ? row->id.size : OFFER_ID_MAX);
}

/* Rows come in the order in which they were given; a receipt has them by line. A counting sort keeps the
 * order within a line. */
static void fill_discounts(struct till *till, struct wire_receipt *receipt)
{
    const struct offers_result *result = &till->result;
    uint32_t starts[LINES_MAX + 1] = {0};
    for (uint32_t i = 0; i < result->discount_count; i++)
        starts[result->discounts[i].line + 1]++;
    for (size_t i = 1; i <= LINES_MAX; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = 0; i < result->discount_count; i++)
        fill_discount(&result->discounts[i], &till->discounts[starts[result->discounts[i].line]++]);
    receipt->discounts = till->discounts;
    receipt->discount_count = result->discount_count;
}

/* Rows of what comes back stand behind those of the sale, as their lines do. */
static enum err add_back_discounts(struct till *till, struct wire_receipt *receipt)
{
    const struct till_basket *basket = till_basket_of(till);
    if (basket->back_discount_count > DISCOUNTS_MAX - receipt->discount_count)
        return ERR_TOO_LONG;
    if (basket->back_discount_count > 0)
        memcpy(receipt->discounts + receipt->discount_count, basket->back_discounts,
               basket->back_discount_count * sizeof *basket->back_discounts);
    receipt->discount_count += basket->back_discount_count;
    return ERR_OK;
}

static kassa_ReceiptKind kind_of(const struct till_basket *basket)
{
    if (basket->back_count == 0)
        return kassa_ReceiptKind_RECEIPT_SALE;
    return basket->line_count == 0 ? kassa_ReceiptKind_RECEIPT_RETURN : kassa_ReceiptKind_RECEIPT_EXCHANGE;
}

/* One receipt moves one member's points. */
static enum err set_owner(struct till *till, kassa_Receipt *head, struct till_refusal *out_refusal)
{
    const kassa_Receipt *original = &till->so_far.original->head;
    if (!original->has_loyalty || original->loyalty.member.size != MEMBER_SIZE)
        return ERR_OK;
    bool is_other = till->has_customer && till->customer.is_known &&
                    memcmp(till->customer.member.id.bytes, original->loyalty.member.bytes, MEMBER_SIZE) != 0;
    if (is_other) {
        till_refuse(out_refusal,
                    "another member bought these goods: take them back by themselves, or without his card",
                    "return.original");
        return ERR_STATE;
    }
    head->has_loyalty = true;
    head->loyalty.member = original->loyalty.member;
    head->loyalty.card_token = original->loyalty.card_token;
    return ERR_OK;
}

static enum err fill_exchange_moves(struct till *till, kassa_Receipt *head, struct till_refusal *out_refusal)
{
    struct back_tenders tenders;
    if (till_basket_of(till)->back_count == 0)
        return ERR_OK;
    TRY(set_owner(till, head, out_refusal));
    if (head->training)
        return ERR_OK;
    head->has_loyalty = head->has_loyalty || till->so_far.original->head.has_loyalty; /* of nobody, too */
    return till_take_loyalty_back(till, &head->loyalty, &tenders);
}

static enum err fill_sale(struct till *till, struct till_refusal *out_refusal)
{
    const struct till_basket *basket = till_basket_of(till);
    struct wire_receipt *receipt = &till_blank_record(till)->body.receipt;
    kassa_Receipt *head = &receipt->head;
    till_fill_head(till, head, kind_of(basket));
    head->begin_unix_ms = till->begin_unix_ms;
    head->training = basket->training;
    head->price_mode = basket->price_mode;
    head->suspended_before = till_was_suspended(till, basket->id);
    memcpy(head->operator, basket->operator_id, sizeof head->operator);
    memcpy(head->basket, basket->id, sizeof head->basket);
    if (basket->locale[0] != '\0')
        memcpy(head->locale, basket->locale, sizeof head->locale);
    receipt->lines = basket->lines;
    receipt->line_count = basket->line_count + basket->back_count + basket->gift_count;
    fill_discounts(till, receipt);
    TRY(add_back_discounts(till, receipt));
    till_fill_deals(till, head);
    till_fill_loyalty(till, head);
    TRY(till_fill_needs(till, receipt));
    till_fill_loads(basket, head);
    TRY(fill_exchange_moves(till, head, out_refusal));
    if (head->has_loyalty && head->loyalty.member.size == MEMBER_SIZE && basket->back_count > 0)
        till_show_balance(till, &head->loyalty);
    return till_sum_up(receipt);
}

static enum err write_sale(struct till *till, const struct till_request *request, const uint8_t *digest,
                           const struct till_tenders *asked, struct till_outcome *out,
                           struct till_refusal *out_refusal)
{
    struct till_priced priced;
    struct till_tenders tenders = *asked;
    bool is_open = till_get_basket(till, &priced);
    KASSA_ASSERT(is_open);
    TRY(fill_sale(till, out_refusal));
    struct wire_receipt *receipt = &till->record.body.receipt;
    TRY(till_add_tender(&tenders, kassa_TenderKind_TENDER_POINTS, priced.points_tender_minor, out_refusal));
    TRY(till_add_tender(&tenders, kassa_TenderKind_TENDER_GIFT, priced.gift_tender_minor, out_refusal));
    TRY(till_settle(receipt, &tenders, till->settings.cash_rounding_minor, out_refusal));
    TRY(till_fill_spends(till, &receipt->head));
    TRY(till_check_receipt(receipt, till->settings.cash_rounding_minor));
    bool is_return = receipt->head.kind == kassa_ReceiptKind_RECEIPT_RETURN;
    return till_write(till, is_return ? kassa_RecordKind_RECORD_RETURN : kassa_RecordKind_RECORD_PURCHASE,
                      request, digest, out);
}

static enum err check_points_tender(const struct till_tenders *tenders, struct till_refusal *out_refusal)
{
    for (size_t i = 0; i < tenders->count; i++) {
        if (tenders->rows[i].kind != kassa_TenderKind_TENDER_POINTS)
            continue;
        till_refuse(out_refusal, "points are burned by burn_points; the till adds their row",
                    "tenders[%zu].kind", i);
        return ERR_ARGUMENT;
    }
    return ERR_OK;
}

/* What came back may have come back elsewhere since it was shown: it is looked up again. */
static enum err look_again(struct till *till, struct till_refusal *out_refusal)
{
    struct till_basket *basket = till_basket_of(till);
    int64_t shown = till_total(till);
    if (basket->exchange.back_count == 0)
        return ERR_OK;
    TRY(till_fill_exchange(till, basket, out_refusal));

    if (shown == till_total(till))
        return ERR_OK;
    till_refuse(out_refusal, "goods of that receipt came back elsewhere: the total is another", "return");
    return ERR_STATE;
}

static enum err commit_basket(struct till *till, const struct till_request *request, const uint8_t *digest,
                              const struct till_tenders *tenders, struct till_outcome *out,
                              struct till_refusal *out_refusal)
{
    TRY(check_points_tender(tenders, out_refusal));
    TRY(look_again(till, out_refusal));
    TRY(till_take_spends(till, tenders, out_refusal));
    TRY(till_secure_basket(till, out_refusal));
    TRY(till_price(till, tenders));
    enum err error = write_sale(till, request, digest, tenders, out, out_refusal);
    if (error != ERR_OK)
        till_price_again(till);
    return error;
}

enum err till_commit(struct till *till, const struct till_request *request, const char *basket,
                     const struct till_tenders *tenders, struct till_outcome *out,
                     struct till_refusal *out_refusal)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    TRY(till_check_step(till, SALE_COMMITTED));
    if (strcmp(basket, till_basket_of(till)->id) != 0)
        return ERR_STATE;
    TRY(commit_basket(till, request, digest, tenders, out, out_refusal));
    till_commit_hold(till);
    parked_drop(&till->parked, basket);
    till_notify(till, TILL_COMMITTED, out);
    till_take_step(till, SALE_COMMITTED);
    return ERR_OK;
}
