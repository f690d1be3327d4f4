/* SPDX-License-Identifier: Apache-2.0 */
/* suspend.c - a basket is put aside until its customer is back, and taken up again: tomorrow, too, and after a
 * power cut. */
#include <stdio.h>

#include "till/internal.h"

/* -------------------------------------------------------------------------------------------- putting aside */

static void describe(struct till *till, struct parked_row *out)
{
    const struct till_basket *basket = till_basket_of(till);
    struct journal_stats stats;
    *out = (struct parked_row){.suspended_unix_ms = till_now_unix_ms(till),
                               .total_minor = till_total(till),
                               .line_count = (uint32_t)(basket->line_count + basket->back_count),
                               .has_card = till->has_customer,
                               .training = basket->training,
                               .seq = journal_next_seq(till->settings.journal)};
    if (journal_get_stats(till->settings.journal, &stats) == ERR_OK)
        out->generation = stats.generation;
    memcpy(out->basket, basket->id, sizeof out->basket);
    memcpy(out->operator_id, basket->operator_id, sizeof out->operator_id);
}

/* As the POS asked for them: a suspended basket is priced again. */
static void restore_prices(struct till *till)
{
    struct till_basket *basket = till_basket_of(till);
    for (size_t i = 0; i < basket->line_count; i++) {
        basket->lines[i].unit_price_e5 = till->asked_prices_e5[till->basket][i];
        if (basket->lines[i].price_origin == kassa_PriceOrigin_PRICE_RULE)
            basket->lines[i].price_origin = kassa_PriceOrigin_PRICE_FROM_POS;
    }
}

/* The basket as a purchase that was not paid. */
static enum err encode_basket(struct till *till, struct span *out)
{
    const struct till_basket *basket = till_basket_of(till);
    struct wire_record *record = till_blank_record(till);
    struct wire_receipt *receipt = &record->body.receipt;
    kassa_Receipt *head = &receipt->head;
    record->head.kind = kassa_RecordKind_RECORD_PURCHASE;
    restore_prices(till);
    receipt->lines = basket->lines;
    receipt->line_count = basket->line_count + basket->back_count;
    head->begin_unix_ms = till->begin_unix_ms;
    head->training = basket->training;
    head->price_mode = basket->price_mode;
    head->total_minor = till_total(till);
    head->loyalty.points_burned = till->wishes.burn_points;
    head->has_loyalty = till->wishes.burn_points != 0;
    head->training = false; /* of a training basket too: nothing here moves value */
    till_fill_loads(basket, head);
    head->training = basket->training;
    memcpy(head->operator, basket->operator_id, sizeof head->operator);
    memcpy(head->basket, basket->id, sizeof head->basket);
    memcpy(head->locale, basket->locale, sizeof head->locale);
    if (till->has_customer) {
        head->has_loyalty = true;
        head->loyalty.card_token.size = TOKEN_SIZE;
        memcpy(head->loyalty.card_token.bytes, till->customer.card_token, TOKEN_SIZE);
        head->loyalty.read = till->customer.card.read;
        head->loyalty.technology = till->customer.card.technology;
        head->loyalty.trust = (kassa_CardTrust)till->customer.card.trust;
    }
    size_t size = 0;
    TRY(wire_record_encode(record, till->encoded, RECORD_SIZE_MAX, &size));
    *out = span_of(till->encoded, size);
    return ERR_OK;
}

/* Durable when it returns. */
static enum err park(struct till *till)
{
    _Static_assert(TILL_COUPONS_MAX <= COUPON_ROWS_MAX, "PARKED_CODES_SIZE");
    struct parked_row row;
    struct parked_basket basket = {.row = &row};
    uint8_t codes[PARKED_CODES_SIZE];
    size_t size = 0;
    describe(till, &row);
    for (size_t i = 0; i < till->wishes.presented_count; i++)
        parked_add_code(codes, &size, till->wishes.presented[i].code);
    basket.codes = span_of(codes, size);
    TRY(encode_basket(till, &basket.record));
    return parked_put(&till->parked, &basket, till->other.bytes, RECORD_SIZE_MAX);
}

enum err till_suspend(struct till *till, const char *basket, struct till_refusal *out_refusal)
{
    bool is_open = sale_has_basket(till->state) && strcmp(basket, till_basket_of(till)->id) == 0;
    if (!is_open && parked_find(&till->parked, basket) != NULL)
        return ERR_OK; /* asked again */
    if (!is_open) {
        till_refuse(out_refusal, "that basket is not open", "basket");
        return ERR_STATE;
    }
    TRY(till_check_step(till, SALE_SUSPENDED));
    enum err error = park(till);
    if (error != ERR_OK)
        till_price_again(till);
    if (error == ERR_FULL)
        till_refuse(out_refusal, "no room for one more suspended basket: pay or drop an older one", "basket");
    TRY(error);
    till_take_step(till, SALE_SUSPENDED);
    till_notify(till, TILL_SUSPENDED, NULL);
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ taking up */

/* A price is what the POS asked for: price rules are applied anew. */
static void stage_line(struct till_basket *staged, const kassa_Line *line)
{
    struct till_exchange *exchange = &staged->exchange;
    if (line->kind != kassa_LineKind_LINE_RETURN || !line->has_original) {
        staged->lines[staged->line_count++] = *line;
        return;
    }
    exchange->original = line->original.receipt;
    memcpy(exchange->reason, line->return_reason, sizeof exchange->reason);
    exchange->back[exchange->back_count++] =
        (struct till_line_back){line->original.line, -line->quantity_milli};
}

static void stage_coupon(struct till_basket *staged, struct span code)
{
    if (code.size == 0 || code.size > COUPON_CODE_MAX || staged->coupon_count == TILL_COUPONS_MAX)
        return;
    char *out = staged->coupons[staged->coupon_count++];
    memcpy(out, code.bytes, code.size);
    out[code.size] = '\0';
}

/* A basket of before the codes were kept has the coupons' names. */
static void stage_coupons(struct till_basket *staged, struct span codes, const kassa_Loyalty *loyalty)
{
    struct span code;
    while (parked_next_code(&codes, &code))
        stage_coupon(staged, code);
    for (pb_size_t i = 0; i < loyalty->coupons_count; i++) {
        const kassa_CouponRow *row = &loyalty->coupons[i];
        stage_coupon(staged, span_of_text(row->serial[0] != '\0' ? row->serial : row->series));
    }
}

static enum err stage_parked(struct till *till, const struct wire_receipt *receipt, struct span codes)
{
    struct till_basket *staged = till_stage_basket(till);
    const kassa_Receipt *head = &receipt->head;
    if (receipt->line_count > LINES_MAX)
        return ERR_CORRUPT;
    memcpy(staged->id, head->basket, sizeof staged->id);
    memcpy(staged->operator_id, head->operator, sizeof staged->operator_id);
    memcpy(staged->locale, head->locale, sizeof staged->locale);
    staged->training = head->training;
    staged->price_mode = head->price_mode;
    stage_coupons(staged, codes, &head->loyalty);
    for (size_t i = 0; i < receipt->line_count; i++)
        stage_line(staged, &receipt->lines[i]);
    return head->has_loyalty ? till_restore_loads(staged, &head->loyalty) : ERR_OK;
}

/* What he had shown and wished stands again. */
static void restore_wishes(struct till *till, const struct till_basket *staged, const kassa_Loyalty *loyalty)
{
    struct till_refusal ignored;
    till_forget_wishes(till);
    till->wishes.burn_points = loyalty->points_burned;
    for (size_t i = 0; i < staged->coupon_count; i++) {
        enum err error = till_add_presented(till, staged->coupons[i], &ignored);
        (void)error; /* there is room: they were forgotten before */
    }
}

/* The basket as it was put aside, staged; its head stays in till->other. */
static enum err stage_from_disk(struct till *till, const char *basket)
{
    struct parked_value value;
    TRY(parked_read(&till->parked, basket, till->other.bytes, RECORD_SIZE_MAX, &value));
    TRY(till_decode(&till->other, value.record.size));
    const struct wire_record *record = &till->other.record;
    if (record->head.kind != kassa_RecordKind_RECORD_PURCHASE)
        return ERR_CORRUPT;
    return stage_parked(till, &record->body.receipt, value.codes);
}

/* Nobody's points are burned by another's wish. */
static bool is_another_here(const struct till *till, const kassa_Receipt *head)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    return till->has_customer &&
           (loyalty->card_token.size != TOKEN_SIZE ||
            memcmp(loyalty->card_token.bytes, till->customer.card_token, TOKEN_SIZE) != 0);
}

/* Whoever is here now stays; else his card is as if it were shown again. */
static void see_parked_card(struct till *till, const kassa_Receipt *head)
{
    if (till->has_customer || !head->has_loyalty || head->loyalty.card_token.size != TOKEN_SIZE)
        return;
    struct till_card card = {.read = head->loyalty.read,
                             .technology = head->loyalty.technology,
                             .trust = (enum card_trust)head->loyalty.trust};
    struct vault_tokens tokens = {.count = 1};
    memcpy(tokens.rows[0], head->loyalty.card_token.bytes, TOKEN_SIZE);
    till_see_tokens(till, &card, &tokens);
}

enum err till_resume(struct till *till, const char *basket, struct till_refusal *out_refusal)
{
    if (sale_has_basket(till->state) && strcmp(basket, till_basket_of(till)->id) == 0)
        return ERR_OK; /* asked again */
    if (till_check_step(till, SALE_RESUMED) != ERR_OK) {
        till_refuse(out_refusal, "a basket is open: commit it, suspend it or drop it first", "basket");
        return ERR_STATE;
    }
    enum err error = stage_from_disk(till, basket);
    if (error == ERR_NOT_FOUND)
        till_refuse(out_refusal, "no such basket is suspended", "basket");
    TRY(error);
    kassa_Receipt head = till->other.record.body.receipt.head;
    struct till_basket *staged = &till->baskets[1 - till->basket];
    TRY(till_fill_exchange(till, staged, out_refusal));
    restore_wishes(till, staged, &head.loyalty);
    if (is_another_here(till, &head))
        till->wishes.burn_points = 0;
    TRY(till_price_staged(till, out_refusal));
    till->begin_unix_ms = head.begin_unix_ms;
    till_take_step(till, SALE_RESUMED);
    see_parked_card(till, &head);
    till_notify(till, TILL_RESUMED, NULL);
    return ERR_OK;
}

enum err till_forget_suspended(struct till *till, const char *basket)
{
    bool is_open = sale_has_basket(till->state) && strcmp(basket, till_basket_of(till)->id) == 0;
    if (is_open || parked_find(&till->parked, basket) == NULL)
        return is_open ? ERR_STATE : ERR_NOT_FOUND;
    parked_drop(&till->parked, basket);
    till_notify(till, TILL_SUSPENDED, NULL);
    return ERR_OK;
}

size_t till_list_suspended(const struct till *till, struct till_suspended *out, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < till->parked.count && count < capacity; i++) {
        const struct parked_row *row = &till->parked.rows[i];
        bool is_open = sale_has_basket(till->state) && strcmp(row->basket, till_basket_of(till)->id) == 0;
        if (row->is_gone || is_open)
            continue;
        struct till_suspended *to = &out[count++];
        *to = (struct till_suspended){.suspended_unix_ms = row->suspended_unix_ms,
                                      .total_minor = row->total_minor,
                                      .line_count = row->line_count,
                                      .has_card = row->has_card,
                                      .training = row->training};
        memcpy(to->basket, row->basket, sizeof to->basket);
        memcpy(to->operator_id, row->operator_id, sizeof to->operator_id);
    }
    return count;
}

bool till_was_suspended(struct till *till, const char *basket)
{
    return parked_find(&till->parked, basket) != NULL;
}

/* ----------------------------------------------------------------------------------------------- at the start */

static void load_one(void *context, struct span basket, const struct parked_value *value)
{
    struct till *till = context;
    struct parked *parked = &till->parked;
    if (parked->count == PARKED_MAX || value->record.size > RECORD_SIZE_MAX)
        return;
    memcpy(till->other.bytes, value->record.bytes, value->record.size);
    if (till_decode(&till->other, value->record.size) != ERR_OK ||
        till->other.record.head.kind != kassa_RecordKind_RECORD_PURCHASE)
        return;
    const struct wire_receipt *receipt = &till->other.record.body.receipt;
    struct parked_row *row = &parked->rows[parked->count++];
    *row = (struct parked_row){.suspended_unix_ms = value->suspended_unix_ms,
                               .total_minor = receipt->head.total_minor,
                               .line_count = (uint32_t)receipt->line_count,
                               .has_card = receipt->head.has_loyalty,
                               .training = receipt->head.training,
                               .generation = value->generation,
                               .seq = value->seq};
    memcpy(row->basket, basket.bytes, basket.size);
    memcpy(row->operator_id, receipt->head.operator, sizeof row->operator_id);
}

/* Of each generation what was written since the row; a basket that was paid meanwhile is done for. */
static enum err drop_paid_in(struct till *till, uint32_t generation, uint64_t from_seq)
{
    struct journal_generation range;
    TRY(journal_get_generation(till->settings.journal, generation, &range));
    uint64_t seq = from_seq > range.first_seq ? from_seq : range.first_seq;
    for (; range.last_seq != 0 && seq <= range.last_seq; seq++) {
        struct journal_record stored;
        TRY(journal_read_generation(till->settings.journal, generation, seq, till->other.bytes,
                                    RECORD_SIZE_MAX, &stored));
        if (stored.receipt == 0 || till_decode(&till->other, stored.bytes.size) != ERR_OK ||
            till->other.record.head.kind == kassa_RecordKind_RECORD_VOID)
            continue;
        parked_drop(&till->parked, till->other.record.body.receipt.head.basket);
    }
    return ERR_OK;
}

static bool is_before(const struct parked_row *a, const struct parked_row *b)
{
    return a->generation != b->generation ? a->generation < b->generation : a->seq < b->seq;
}

enum err till_load_suspended(struct till *till)
{
    size_t damaged = 0;
    struct journal_stats stats;
    TRY(parked_scan(&till->parked, load_one, till, &damaged));
    if (damaged > 0)
        till_note_fault(till, "parked.damaged", "a suspended basket cannot be read: ring it up again");
    if (till->parked.count == 0)
        return ERR_OK;
    const struct parked_row *oldest = &till->parked.rows[0];
    for (size_t i = 1; i < till->parked.count; i++)
        oldest = is_before(&till->parked.rows[i], oldest) ? &till->parked.rows[i] : oldest;
    TRY(journal_get_stats(till->settings.journal, &stats));
    uint64_t from_seq = oldest->seq;
    uint32_t generation = oldest->generation;
    for (; generation <= stats.generation; generation++, from_seq = 1) {
        if (generation > 0)
            TRY(drop_paid_in(till, generation, from_seq));
    }
    return ERR_OK;
}
