/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c - a sale as a record: built from the priced basket and the tenders, its sums checked before it is
 * written (OFFERS.md E). */
#include <inttypes.h>
#include <stdio.h>

#include "base/money.h"
#include "till/internal.h"

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

enum err till_settle(struct wire_receipt *receipt, const struct till_tenders *tenders,
                     struct till_refusal *out_refusal)
{
    kassa_Receipt *head = &receipt->head;
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
    (void)snprintf(reason, sizeof reason, "the tenders sum to %" PRId64 ", the total is %" PRId64 "%s", sum,
                   head->total_minor, head->change_minor > 0 ? "; only cash gives change" : "");
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

enum err till_check_receipt(const struct wire_receipt *receipt)
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
    bool holds = gross == head->gross_minor && discount == head->discount_minor && tax == head->tax_minor &&
                 gross - discount + head->rounding_minor == head->total_minor &&
                 paid - head->change_minor == head->total_minor;
    return holds ? ERR_OK : ERR_UNBALANCED;
}

/* ----------------------------------------------------------------------------------------------- the sale */

static void fill_discount(const struct offers_discount *row, kassa_Discount *out)
{
    *out = (kassa_Discount){.line = row->line + 1,
                            .sequence = row->sequence,
                            .offer_version = row->version,
                            .kind = kassa_DiscountKind_DISCOUNT_AUTOMATIC,
                            .percent_bp = row->percent_bp,
                            .base_minor = row->base_minor,
                            .wanted_minor = row->wanted_minor,
                            .amount_minor = row->amount_minor,
                            .prorate_from = row->prorate_from};
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

static void fill_earned(struct till *till, kassa_Loyalty *loyalty)
{
    const struct offers_result *result = &till->result;
    for (uint32_t i = 0; i < result->earn_count && i < EARN_ROWS_MAX; i++) {
        kassa_EarnRow *row = &loyalty->earned[loyalty->earned_count++];
        *row = (kassa_EarnRow){.offer_version = result->earns[i].version,
                               .base_minor = result->earns[i].base_minor,
                               .points = result->earns[i].points};
        struct span id = result->earns[i].id;
        memcpy(row->offer, id.bytes, id.size < OFFER_ID_MAX ? id.size : OFFER_ID_MAX);
    }
    loyalty->points_earned = result->points;
}

static void fill_loyalty(struct till *till, kassa_Receipt *head)
{
    if (!till->has_customer)
        return;
    const struct till_member *customer = &till->customer;
    kassa_Loyalty *loyalty = &head->loyalty;
    head->has_loyalty = true;
    loyalty->card_token.size = TOKEN_SIZE;
    memcpy(loyalty->card_token.bytes, customer->card_token, TOKEN_SIZE);
    loyalty->read = customer->card.read;
    loyalty->technology = customer->card.technology;
    loyalty->offers_count = till->note_count;
    memcpy(loyalty->offers, till->notes, sizeof loyalty->offers);
    if (till->book != NULL) {
        struct span programme = till->book->header.programme;
        memcpy(loyalty->programme, programme.bytes, programme.size < 32 ? programme.size : 32);
    }
    if (!customer->is_known)
        return;
    loyalty->member.size = MEMBER_SIZE;
    memcpy(loyalty->member.bytes, customer->member.id.bytes, MEMBER_SIZE);
    if (!head->training) /* OFFERS.md E: training never reaches points */
        fill_earned(till, loyalty);
    till_refresh_points(till);
    loyalty->balance_shown = customer->points + loyalty->points_earned;
    loyalty->balance_as_of_unix_ms = customer->as_of_unix_ms;
}

static int64_t sum_of_lines(const struct till_basket *basket)
{
    int64_t tax = 0;
    for (size_t i = 0; i < basket->line_count; i++)
        tax += basket->lines[i].tax_minor;
    return tax;
}

static void fill_sale(struct till *till)
{
    const struct till_basket *basket = till_basket_of(till);
    struct wire_receipt *receipt = &till_blank_record(till)->body.receipt;
    kassa_Receipt *head = &receipt->head;
    till_fill_head(till, head, kassa_ReceiptKind_RECEIPT_SALE);
    head->begin_unix_ms = till->begin_unix_ms;
    head->training = basket->training;
    head->suspended_before = till_was_suspended(till, basket->id);
    memcpy(head->operator, basket->operator_id, sizeof head->operator);
    memcpy(head->basket, basket->id, sizeof head->basket);
    if (basket->locale[0] != '\0')
        memcpy(head->locale, basket->locale, sizeof head->locale);
    receipt->lines = basket->lines;
    receipt->line_count = basket->line_count;
    fill_discounts(till, receipt);
    fill_loyalty(till, head);
    head->gross_minor = till->result.gross_minor;
    head->discount_minor = till->result.discount_minor;
    head->total_minor = till->result.total_minor;
    head->tax_minor = sum_of_lines(basket);
}

/* What is paid with points or gift value earns nothing. The row of the rest is not known before it
 * is priced. */
static int64_t not_earning_of(const struct till *till, const struct till_tenders *tenders)
{
    int64_t sum = 0;
    int64_t others = 0;
    bool is_rest = false;
    for (size_t i = 0; i < tenders->count; i++) {
        kassa_TenderKind kind = tenders->rows[i].kind;
        bool earns = kind != kassa_TenderKind_TENDER_GIFT && kind != kassa_TenderKind_TENDER_POINTS;
        if (i == tenders->rest)
            is_rest = !earns;
        else if (money_add(earns ? others : sum, tenders->rows[i].amount_minor, earns ? &others : &sum) !=
                 ERR_OK)
            return 0; /* till_settle refuses it */
    }
    return is_rest ? till->result.total_minor - others : sum > 0 ? sum : 0;
}

static enum err write_sale(struct till *till, const struct till_request *request, const uint8_t *digest,
                           const struct till_tenders *tenders, struct till_outcome *out,
                           struct till_refusal *out_refusal)
{
    fill_sale(till);
    struct wire_receipt *receipt = &till->record.body.receipt;
    TRY(till_settle(receipt, tenders, out_refusal));
    TRY(till_check_receipt(receipt));
    return till_write(till, kassa_RecordKind_RECORD_PURCHASE, request, digest, out);
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
    int64_t not_earning_minor = not_earning_of(till, tenders);
    if (not_earning_minor > 0)
        TRY(till_price(till, not_earning_minor));
    enum err error = write_sale(till, request, digest, tenders, out, out_refusal);
    if (error != ERR_OK) {
        if (not_earning_minor > 0)
            till_price_again(till);
        return error;
    }
    parked_drop(&till->parked, basket);
    till_notify(till, TILL_COMMITTED, out);
    till_take_step(till, SALE_COMMITTED);
    return ERR_OK;
}
