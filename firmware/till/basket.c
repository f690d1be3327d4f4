/* SPDX-License-Identifier: Apache-2.0 */
/* basket.c - the basket: checked, priced, replaced whole. */
#include <stdarg.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/money.h"
#include "base/utf8.h"
#include "till/internal.h"

#define TAX_RATE_BP_MAX 10000

void till_refuse(struct till_refusal *out, const char *reason, const char *field_format, ...)
{
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
    va_list arguments;
    va_start(arguments, field_format);
    (void)vsnprintf(out->field, sizeof out->field, field_format, arguments);
    va_end(arguments);
}

struct till_basket *till_basket_of(const struct till *till)
{
    return (struct till_basket *)(uintptr_t)&till->baskets[till->basket];
}

struct till_basket *till_stage_basket(struct till *till)
{
    struct till_basket *staged = &till->baskets[1 - till->basket];
    kassa_Line *lines = staged->lines;
    *staged = (struct till_basket){.lines = lines};
    return staged;
}

/* ----------------------------------------------------------------------------------------------- checking */

static bool may_be_negative(kassa_LineKind kind)
{
    return kind == kassa_LineKind_LINE_CORRECTION || kind == kassa_LineKind_LINE_DEPOSIT;
}

static bool is_text(const char *text)
{
    return utf8_is_printable(span_of_text(text));
}

static enum err check_texts(const kassa_Line *line, size_t i, struct till_refusal *out)
{
    const struct {
        const char *name;
        const char *text;
    } texts[] = {
        {"sku", line->sku},
        {"gtin", line->gtin},
        {"department", line->department},
        {"unit", line->unit},
        {"description", line->description},
        {"tax_code", line->tax_code},
    };
    for (size_t t = 0; t < COUNT_OF(texts); t++) {
        if (is_text(texts[t].text))
            continue;
        till_refuse(out, "no control characters, and well-formed UTF-8", "lines[%zu].%s", i, texts[t].name);
        return ERR_ARGUMENT;
    }
    if (line->sku[0] != '\0')
        return ERR_OK;
    till_refuse(out, "which article is it?", "lines[%zu].sku", i);
    return ERR_ARGUMENT;
}

static enum err check_sign(const kassa_Line *line, size_t i, bool is_return, struct till_refusal *out)
{
    if (line->quantity_milli == 0) {
        till_refuse(out, "is not 0", "lines[%zu].quantity", i);
        return ERR_RANGE;
    }
    if (line->quantity_milli < 0 && (is_return || !may_be_negative(line->kind))) {
        till_refuse(out,
                    is_return ? "is what comes back: positive"
                              : "negative only in a line of kind \"correction\" or \"deposit\"",
                    "lines[%zu].quantity", i);
        return ERR_RANGE;
    }
    if (line->unit_price_e5 < 0 && !is_return && !may_be_negative(line->kind)) {
        till_refuse(out, "negative only in a line of kind \"correction\" or \"deposit\"",
                    "lines[%zu].unit_price", i);
        return ERR_RANGE;
    }
    return ERR_OK;
}

static enum err check_line(const struct till *till, const kassa_Line *line, size_t i, bool is_return,
                           int64_t *sum_minor, struct till_refusal *out)
{
    TRY(check_texts(line, i, out));
    TRY(check_sign(line, i, is_return, out));
    if (line->tax_rate_bp > TAX_RATE_BP_MAX) {
        till_refuse(out, "at most 10000 (100 %)", "lines[%zu].tax_rate_bp", i);
        return ERR_RANGE;
    }
    int64_t amount_minor = 0;
    if (money_extend(line->unit_price_e5, line->quantity_milli, till->settings.exponent, &amount_minor) !=
            ERR_OK ||
        money_add(*sum_minor, amount_minor, sum_minor) != ERR_OK) {
        till_refuse(out, "the amount is too large to count", "lines[%zu].quantity", i);
        return ERR_RANGE;
    }
    return ERR_OK;
}

enum err till_check_lines(const struct till *till, const kassa_Line *lines, size_t count, bool is_return,
                          struct till_refusal *out_refusal)
{
    int64_t sum_minor = 0;
    if (count > LINES_MAX) {
        till_refuse(out_refusal, "at most 2048 lines", "lines");
        return ERR_TOO_LONG;
    }
    for (size_t i = 0; i < count; i++)
        TRY(check_line(till, &lines[i], i, is_return, &sum_minor, out_refusal));
    return ERR_OK;
}

static enum err check_basket(const struct till *till, const struct till_basket *basket,
                             struct till_refusal *out)
{
    if (basket->id[0] == '\0' || !is_text(basket->id)) {
        till_refuse(out, "the basket needs an id of its own", "basket");
        return ERR_ARGUMENT;
    }
    if (basket->card_text[0] != '\0' && !card_text_is_valid(span_of_text(basket->card_text))) {
        till_refuse(out, "no card number", "card.number");
        return ERR_ARGUMENT;
    }
    return till_check_lines(till, basket->lines, basket->line_count, /* is_return= */ false, out);
}

/* ------------------------------------------------------------------------------------------------ pricing */

struct offers_moment till_moment(struct till *till)
{
    const struct clock *clock = &till->settings.clock;
    int64_t now = till_now_unix_ms(till);
    struct civil_moment moment = civil_moment_of(now, clock->ops->utc_offset_min(clock->self, now));
    return (struct offers_moment){.day = moment.day,
                                  .minute_of_day = moment.minute_of_day,
                                  .store = span_of_text(till->settings.store),
                                  .unix_ms = now,
                                  .utc_offset_min = clock->ops->utc_offset_min(clock->self, now)};
}

/* What takes no discount: only goods do (OFFERS.md E). */
static bool is_goods(kassa_LineKind kind)
{
    return kind == kassa_LineKind_LINE_SALE;
}

static void fill_offer_line(const kassa_Line *line, struct offers_line *out)
{
    *out = (struct offers_line){
        .sku = span_of_text(line->sku),
        .category_count = line->categories_count,
        .quantity_milli = line->quantity_milli,
        .unit_price_e5 = line->unit_price_e5,
        .weighed = line->weighed,
        .no_discount = line->discount_excluded || !is_goods(line->kind),
        .no_points = line->loyalty_excluded || !is_goods(line->kind),
    };
    for (pb_size_t c = 0; c < line->categories_count; c++)
        out->categories[c] = span_of_text(line->categories[c]);
}

/* Prices hold the tax: it is taken out of what is left to pay, a line at a time (OFFERS.md B3). */
static enum err set_tax(kassa_Line *line, int64_t net_minor)
{
    int64_t whole_bp = 10000 + (int64_t)line->tax_rate_bp;
    TRY(money_scale(net_minor, line->tax_rate_bp, whole_bp, &line->tax_minor));
    line->tax_base_minor = net_minor - line->tax_minor;
    return ERR_OK;
}

enum err till_set_amount(kassa_Line *line, unsigned exponent)
{
    TRY(money_extend(line->unit_price_e5, line->quantity_milli, exponent, &line->amount_minor));
    return set_tax(line, line->amount_minor);
}

static enum err take_over(struct till *till, struct till_basket *basket)
{
    for (size_t i = 0; i < basket->line_count; i++) {
        kassa_Line *line = &basket->lines[i];
        const struct offers_line_result *priced = &till->result.lines[i];
        line->number = (uint32_t)i + 1;
        line->amount_minor = priced->amount_minor;
        line->discount_minor = priced->discount_minor;
        TRY(set_tax(line, priced->net_minor));
    }
    return ERR_OK;
}

enum err till_price(struct till *till, int64_t not_earning_minor)
{
    struct till_basket *basket = till_basket_of(till);
    for (size_t i = 0; i < basket->line_count; i++)
        fill_offer_line(&basket->lines[i], &till->offer_lines[i]);
    struct offers_basket asked = {.lines = till->offer_lines,
                                  .line_count = (uint32_t)basket->line_count,
                                  .exponent = till->settings.exponent,
                                  .not_earning_minor = not_earning_minor};
    struct offers_member member = till_offers_member(till);
    if (not_earning_minor == 0)
        till->priced_at = till_moment(till);
    TRY(offers_price(till->book, &asked, &member, &till->priced_at, till->workspace, &till->result));
    return take_over(till, basket);
}

void till_price_again(struct till *till)
{
    if (!sale_has_basket(till->state))
        return;
    enum err error = till_price(till, /* not_earning_minor= */ 0);
    if (error != ERR_OK) { /* its amounts were good before: the sale goes on without offers */
        till_note_fault(till, "offers.price", err_sentence(error));
        const struct book *book = till->book;
        till->book = NULL;
        error = till_price(till, /* not_earning_minor= */ 0);
        till->book = book;
        KASSA_ASSERT(error == ERR_OK);
    }
    till_notify(till, TILL_BASKET, NULL);
}

/* ------------------------------------------------------------------------------------------------ putting */

enum err till_price_staged(struct till *till, struct till_refusal *out_refusal)
{
    till->basket = 1 - till->basket;
    enum err error = till_price(till, /* not_earning_minor= */ 0);
    if (error == ERR_OK)
        return ERR_OK;
    till_refuse(out_refusal, "the amounts are too large to count", "lines");
    till->basket = 1 - till->basket;
    if (sale_has_basket(till->state))
        till_price_again(till);
    return error;
}

enum err till_put_basket(struct till *till, struct till_refusal *out_refusal)
{
    struct till_basket *staged = &till->baskets[1 - till->basket];
    TRY(till_check_step(till, SALE_BASKET_PUT));
    TRY(check_basket(till, staged, out_refusal));
    bool is_new = !sale_has_basket(till->state) || strcmp(staged->id, till_basket_of(till)->id) != 0;
    TRY(till_price_staged(till, out_refusal));
    if (is_new)
        till->begin_unix_ms = till_now_unix_ms(till);
    till_take_step(till, SALE_BASKET_PUT);
    struct till_card card = {.text = staged->card_text,
                             .technology = kassa_CardTechnology_CARD_BARCODE,
                             .read = staged->card_read};
    bool is_told = staged->card_text[0] == '\0' || (!is_new && till_is_card_here(till, staged->card_text));
    return is_told ? ERR_OK : till_see_card(till, &card); /* not at each article again */
}

enum err till_drop_basket(struct till *till)
{
    TRY(till_check_step(till, SALE_BASKET_DROPPED));
    parked_drop(&till->parked, till_basket_of(till)->id);
    till_take_step(till, SALE_BASKET_DROPPED);
    return ERR_OK;
}

bool till_get_basket(const struct till *till, struct till_priced *out)
{
    if (!sale_has_basket(till->state))
        return false;
    *out = (struct till_priced){till_basket_of(till), &till->result, till->book,
                                till->book == NULL ? 0 : till->book->header.version};
    return true;
}
