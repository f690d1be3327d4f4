/* SPDX-License-Identifier: Apache-2.0 */
/* basket.c - the basket: checked, priced, replaced whole. */
#include <stdarg.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/money.h"
#include "base/utf8.h"
#include "till/cash.h"
#include "till/internal.h"
#include "till/tax.h"

#define TAX_RATE_BP_MAX 10000

void till_refuse(struct till_refusal *out, const char *reason, const char *field_format, ...)
{
    (void)snprintf(out->reason, sizeof out->reason, "%s", reason);
    out->code = NULL;
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
    *staged = (struct till_basket){.price_mode = till->settings.price_mode,
                                   .lines = staged->lines,
                                   .exchange = {.back = staged->exchange.back},
                                   .coupons = staged->coupons,
                                   .back_discounts = staged->back_discounts};
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
        till_refuse(out, "must not be 0", "lines[%zu].quantity", i);
        return ERR_RANGE;
    }
    if (line->quantity_milli < 0 && (is_return || !may_be_negative(line->kind))) {
        till_refuse(out,
                    is_return ? "must be what comes back: positive"
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
    if (basket->has_burn && basket->burn_points < 0) {
        till_refuse(out, "must be how many points: 0 or more", "burn_points");
        return ERR_RANGE;
    }
    if (basket->line_count + basket->exchange.back_count + AWARDS_MAX > LINES_MAX &&
        basket->exchange.back_count > 0) {
        till_refuse(out, "at most 2016 lines with what comes back", "return.lines");
        return ERR_TOO_LONG;
    }
    return till_check_lines(till, basket->lines, basket->line_count, /* is_return= */ false, out);
}

/* ------------------------------------------------------------------------------------------------ pricing */

struct offers_moment till_moment(struct till *till)
{
    const struct clock *clock = &till->settings.clock;
    int64_t now = till_now_unix_ms(till);
    int32_t offset_min = clock->ops->utc_offset_min(clock->self, now);
    struct civil_moment moment = civil_moment_of(now, offset_min);
    return (struct offers_moment){.day = moment.day,
                                  .minute_of_day = moment.minute_of_day,
                                  .store = span_of_text(till->settings.store),
                                  .channel = span_of_text("till"),
                                  .unix_ms = now,
                                  .utc_offset_min = offset_min};
}

/* What takes no discount: only goods do (OFFERS.md E). */
static bool is_goods(kassa_LineKind kind)
{
    return kind == kassa_LineKind_LINE_SALE;
}

/* A price rule writes its price into the line: what the POS asked for is kept beside it. */
void till_fill_offer_line(const kassa_Line *line, int64_t asked_e5, struct offers_line *out)
{
    bool is_reduced = line->list_price_e5 > asked_e5;
    *out = (struct offers_line){
        .sku = span_of_text(line->sku),
        .category_count = line->categories_count,
        .quantity_milli = line->quantity_milli,
        .unit_price_e5 = asked_e5,
        .weighed = line->weighed,
        .no_discount = line->discount_excluded || !is_goods(line->kind),
        .no_points = line->loyalty_excluded || !is_goods(line->kind),
        .is_reduced = is_reduced,
        .list_price_e5 = is_reduced ? line->list_price_e5 : 0,
        .tax_rate_bp = line->tax_rate_bp,
    };
    for (pb_size_t c = 0; c < line->categories_count; c++)
        out->categories[c] = span_of_text(line->categories[c]);
}

enum err till_set_amount(const struct till *till, kassa_PriceMode mode, kassa_Line *line)
{
    TRY(money_extend(line->unit_price_e5, line->quantity_milli, till->settings.exponent,
                     &line->amount_minor));
    TRY(tax_of(mode, line->amount_minor, line->tax_rate_bp, &line->tax_minor));
    tax_set_base(mode, line);
    return ERR_OK;
}

static kassa_PriceOrigin origin_of(const kassa_Line *line, const struct offers_line_result *priced)
{
    if (priced->price_offer != BOOK_NONE)
        return kassa_PriceOrigin_PRICE_RULE;
    if (line->price_origin != kassa_PriceOrigin_PRICE_RULE)
        return line->price_origin;
    return line->override_reason[0] != '\0' ? kassa_PriceOrigin_PRICE_OVERRIDE
                                            : kassa_PriceOrigin_PRICE_FROM_POS;
}

static void take_over(struct till *till, struct till_basket *basket)
{
    bool earns = !basket->training && till->has_customer && till->customer.is_known;
    for (size_t i = 0; i < basket->line_count; i++) {
        kassa_Line *line = &basket->lines[i];
        const struct offers_line_result *priced = &till->result.lines[i];
        line->number = (uint32_t)i + 1;
        line->price_origin = origin_of(line, priced);
        line->unit_price_e5 = priced->unit_price_e5;
        line->amount_minor = priced->amount_minor;
        line->discount_minor = priced->discount_minor;
        line->tax_minor = priced->tax_minor;
        line->tax_base_minor = priced->tax_base_minor;
        line->points = earns ? priced->points : 0;
    }
}

/* A gift that costs something is sold: a line of its own behind all others. */
static enum err add_gift(struct till *till, struct till_basket *basket, const struct offers_award *award)
{
    size_t at = basket->line_count + basket->back_count + basket->gift_count;
    int64_t amount = 0;
    if (award->charged_minor <= 0 || award->count <= 0)
        return ERR_OK;
    if (at == LINES_MAX)
        return ERR_TOO_LONG;
    if (__builtin_mul_overflow(award->charged_minor, award->count, &amount))
        return ERR_RANGE;
    kassa_Line *line = &basket->lines[at];
    *line = (kassa_Line)kassa_Line_init_zero;
    memcpy(line->sku, award->item.bytes, award->item.size < SKU_MAX ? award->item.size : SKU_MAX);
    memcpy(line->unit, "pcs", sizeof "pcs");
    line->number = (uint32_t)at + 1;
    int64_t e5 = 1;
    for (unsigned i = till->settings.exponent; i < 5; i++)
        e5 *= 10;
    if (__builtin_mul_overflow(award->charged_minor, e5, &line->unit_price_e5) ||
        __builtin_mul_overflow(award->unit_price_minor, e5, &line->list_price_e5) ||
        __builtin_mul_overflow(award->count, INT64_C(1000), &line->quantity_milli))
        return ERR_RANGE;
    line->price_origin = kassa_PriceOrigin_PRICE_RULE;
    line->amount_minor = amount;
    line->tax_base_minor = amount;
    line->discount_excluded = true;
    line->loyalty_excluded = true;
    basket->gift_count++;
    return money_add(basket->gift_minor, amount, &basket->gift_minor);
}

static enum err add_gifts(struct till *till, struct till_basket *basket)
{
    basket->gift_count = 0;
    basket->gift_minor = 0;
    for (uint32_t i = 0; i < till->result.award_count; i++)
        TRY(add_gift(till, basket, &till->result.awards[i]));
    return ERR_OK;
}

/* Cash that was handed over is rounded; points are earned on what the goods cost. */
static void undo_rounding(struct till *till, const struct till_tenders *tenders, int64_t total_minor)
{
    int64_t rounding = 0;
    if (tenders->rest < tenders->count ||
        cash_rounding(tenders, total_minor, till->settings.cash_rounding_minor, &rounding) != ERR_OK)
        return;
    for (size_t i = 0; i < tenders->count; i++) {
        int64_t *amount = &till->offer_tenders[i].amount_minor;
        if (tenders->rows[i].kind != kassa_TenderKind_TENDER_CASH)
            continue;
        if (__builtin_sub_overflow(*amount, rounding, amount))
            *amount = tenders->rows[i].amount_minor;
        return;
    }
}

/* The row that takes the rest is paid what the others leave; points that are burned now are the engine's. */
static uint32_t fill_tenders(struct till *till, const struct till_tenders *tenders)
{
    int64_t others = 0;
    for (size_t i = 0; tenders != NULL && i < tenders->count; i++) {
        till->offer_tenders[i] = (struct offers_tender){.kind = (uint32_t)tenders->rows[i].kind,
                                                        .amount_minor = tenders->rows[i].amount_minor};
        if (i != tenders->rest)
            (void)__builtin_add_overflow(others, tenders->rows[i].amount_minor, &others);
    }
    if (tenders == NULL)
        return 0;
    struct till_priced priced;
    if (!till_get_basket(till, &priced))
        return (uint32_t)tenders->count;
    int64_t total = priced.total_minor - priced.points_tender_minor - priced.gift_tender_minor;
    undo_rounding(till, tenders, total);
    if (tenders->rest < tenders->count)
        till->offer_tenders[tenders->rest].amount_minor = total - others;
    return (uint32_t)tenders->count;
}

static void tell_of_limit(struct till *till, bool is_without_book)
{
    uint64_t now = till_read_clock(till).mono_ms;
    if ((till->dropped_count == 0 && !is_without_book) ||
        (till->limit_told_mono_ms != 0 && now - till->limit_told_mono_ms < LIMIT_TELL_MS))
        return;
    till->limit_told_mono_ms = now == 0 ? 1 : now;
    struct book_offer offer = {.id = span_of_text("the book")};
    char text[TILL_REASON_MAX + 1];
    if (till->dropped_count > 0)
        book_offer_head_at(till->book, till->dropped[0], &offer);
    (void)snprintf(text, sizeof text, "%.*s gave more than this till allows: it was left out",
                   (int)offer.id.size, (const char *)offer.id.bytes);
    till_note_book_fault(till, "book.limit", till->book->header.version, text);
}

static void count_book_fault(struct till *till)
{
    const char *basket = till_basket_of(till)->id;
    if (till->book_faults > 0 && strcmp(till->fault_basket, basket) == 0)
        return;
    till->book_faults++;
    memcpy(till->fault_basket, basket, sizeof till->fault_basket);
}

/* A book with which a basket cannot be priced does not stop the sale: its amounts stand without it. */
static enum err price_or_do_without(struct till *till, struct offers_asked *asked)
{
    uint32_t faults = 0;
    enum err error = till_price_limited(till, asked, &till->result, &faults);
    if (faults > 0)
        count_book_fault(till);
    if (error != ERR_OK && asked->book != NULL) {
        asked->book = NULL;
        TRY(till_price_limited(till, asked, &till->result, &faults)); /* else it is the basket's */
        count_book_fault(till);
        till_note_book_fault(till, "offers.price", till->book->header.version, err_sentence(error));
        return ERR_OK;
    }
    if (error == ERR_OK)
        tell_of_limit(till, asked->book == NULL && till->book != NULL);
    return error;
}

enum err till_price(struct till *till, const struct till_tenders *tenders)
{
    struct till_basket *basket = till_basket_of(till);
    const int64_t *asked_e5 = till->asked_prices_e5[till->basket];
    uint32_t tender_count = fill_tenders(till, tenders);
    for (size_t i = 0; i < basket->line_count; i++)
        till_fill_offer_line(&basket->lines[i], asked_e5[i], &till->offer_lines[i]);
    struct offers_basket asked = {.lines = till->offer_lines,
                                  .line_count = (uint32_t)basket->line_count,
                                  .exponent = till->settings.exponent,
                                  .price_mode = basket->price_mode == kassa_PriceMode_PRICE_NET
                                                    ? OFFERS_NET_PRICES
                                                    : OFFERS_GROSS_PRICES,
                                  .tenders = till->offer_tenders,
                                  .tender_count = tender_count};
    if (tenders == NULL)
        till->priced_at = till_moment(till);
    till_refresh_points(till);
    struct offers_member member = till_offers_member(till);
    till_fill_wishes(till, &asked, &member);
    struct offers_asked all = {.book = till->book,
                               .basket = asked,
                               .member = &member,
                               .moment = &till->priced_at,
                               .limits = {till->settings.limits, till->terms.limits}};
    TRY(price_or_do_without(till, &all));
    take_over(till, basket);
    return add_gifts(till, basket);
}

void till_price_again(struct till *till)
{
    if (!sale_has_basket(till->state))
        return;
    KASSA_ASSERT(till_price(till, /* tenders= */ NULL) == ERR_OK); /* its amounts were good before */
    till_notify(till, TILL_BASKET, NULL);
}

/* ------------------------------------------------------------------------------------------------ putting */

enum err till_price_staged(struct till *till, struct till_refusal *out_refusal)
{
    till->basket = 1 - till->basket;
    const struct till_basket *basket = till_basket_of(till);
    for (size_t i = 0; i < basket->line_count; i++)
        till->asked_prices_e5[till->basket][i] = basket->lines[i].unit_price_e5;
    enum err error = till_price(till, /* tenders= */ NULL);
    if (error == ERR_OK)
        return ERR_OK;
    till_refuse(out_refusal, "the amounts are too large to count", "lines");
    till->basket = 1 - till->basket;
    if (sale_has_basket(till->state))
        till_price_again(till);
    return error;
}

/* ---------------------------------------------------------------------------------------- what comes back */

static enum err fill_back(struct till *till, struct till_basket *basket, struct till_refusal *out_refusal)
{
    const struct till_exchange *exchange = &basket->exchange;
    struct taken taken = {.lines = basket->lines + basket->line_count,
                          .line_max = exchange->back_count,
                          .discounts = basket->back_discounts,
                          .first_number = (uint32_t)basket->line_count + 1};
    kassa_Loyalty loyalty = kassa_Loyalty_init_zero;
    int64_t gross = 0;
    int64_t discount = 0;
    struct back_tenders tenders;
    TRY(till_take_lines(till, exchange->back, exchange->back_count, exchange->reason, &taken, out_refusal));
    TRY(till_take_loyalty_back(till, &loyalty, &tenders));
    for (size_t i = 0; i < taken.line_count; i++) {
        TRY(money_add(gross, taken.lines[i].amount_minor, &gross));
        TRY(money_add(discount, taken.lines[i].discount_minor, &discount));
    }
    basket->back_count = taken.line_count;
    basket->back_discount_count = taken.discount_count;
    basket->back_gross_minor = gross;
    basket->back_discount_minor = discount;
    basket->back_points_minor = tenders.points_minor;
    basket->back_gift_value_minor = tenders.gift_minor;
    basket->back_gift_count = loyalty.gifts_count;
    memcpy(basket->back_gifts, loyalty.gifts, sizeof basket->back_gifts);
    return ERR_OK;
}

enum err till_fill_exchange(struct till *till, struct till_basket *basket, struct till_refusal *out_refusal)
{
    if (basket->exchange.back_count == 0)
        return ERR_OK;
    TRY(till_find_original(till, &basket->exchange.original, out_refusal));
    TRY(till_check_price_mode(till, basket->price_mode, "return.original", out_refusal));
    return fill_back(till, basket, out_refusal);
}

/* ------------------------------------------------------------------------------------------------ putting */

/* The wishes of before stand where the basket says nothing of them. */
static enum err take_wishes(struct till *till, const struct till_basket *basket,
                            struct till_refusal *out_refusal)
{
    if (basket->has_burn) {
        till->wishes.is_burn_refused =
            till->wishes.is_burn_refused && till->wishes.burn_points == basket->burn_points;
        till->wishes.burn_points = basket->burn_points;
    }
    if (!basket->has_coupons)
        return ERR_OK;
    till_keep_presented(till, basket->coupons, basket->coupon_count);
    for (size_t i = 0; i < basket->coupon_count; i++)
        TRY(till_add_presented(till, basket->coupons[i], out_refusal));
    return ERR_OK;
}

/* What was wished before any basket was there is the first one's; what was wished for one that is given up goes
 * with it. On a fault all is as it was. */
static enum err price_with_wishes(struct till *till, const struct till_basket *staged, bool is_another,
                                  struct till_refusal *out_refusal)
{
    struct wishes before = till->wishes;
    if (is_another)
        till_forget_wishes(till);
    enum err error = take_wishes(till, staged, out_refusal);
    if (error == ERR_OK)
        error = till_price_staged(till, out_refusal);
    if (error == ERR_OK)
        return ERR_OK;
    till->wishes = before;
    till_price_again(till);
    return error;
}

enum err till_put_basket(struct till *till, struct till_refusal *out_refusal)
{
    struct till_basket *staged = &till->baskets[1 - till->basket];
    TRY(till_check_step(till, SALE_BASKET_PUT));
    TRY(check_basket(till, staged, out_refusal));
    TRY(till_take_loads(till, staged, out_refusal));
    TRY(till_fill_exchange(till, staged, out_refusal));
    bool is_open = sale_has_basket(till->state);
    bool is_new = !is_open || strcmp(staged->id, till_basket_of(till)->id) != 0;
    if (is_open && is_new) /* the one that stands is given up, and what is set aside for it */
        till_drop_hold(till);
    TRY(price_with_wishes(till, staged, is_open && is_new, out_refusal));
    if (is_new)
        till->begin_unix_ms = till_now_unix_ms(till);
    till->is_refusal_due = false;
    till_take_step(till, SALE_BASKET_PUT);
    struct till_card card = staged->card;
    card.text = staged->card_text;
    bool is_told =
        staged->card_text[0] == '\0' ||
        (!is_new && staged->card.trust <= till->customer.card.trust && till_is_here(till, staged->card_text));
    if (is_told) /* not at each article again */
        return ERR_OK;
    TRY(till_see_card(till, &card));
    if (!staged->has_burn || till->wishes.burn_points == staged->burn_points)
        return ERR_OK;
    till->wishes.burn_points =
        staged->burn_points; /* another's wish went with his card; this one came with the new card */
    till_price_again(till);
    return ERR_OK;
}

enum err till_drop_basket(struct till *till)
{
    TRY(till_check_step(till, SALE_BASKET_DROPPED));
    parked_drop(&till->parked, till_basket_of(till)->id);
    till_take_step(till, SALE_BASKET_DROPPED);
    return ERR_OK;
}

/* All amounts were added once before, and none overflowed. */
static void fill_sums(const struct till *till, struct till_priced *out)
{
    const struct till_basket *basket = till_basket_of(till);
    size_t count = basket->line_count + basket->back_count + basket->gift_count;
    int64_t burned = till->result.burned.as == BOOK_BURN_AS_TENDER ? till->result.burned.value_minor : 0;
    out->gross_minor = till->result.gross_minor + basket->back_gross_minor + basket->gift_minor;
    out->discount_minor = till->result.discount_minor + basket->back_discount_minor;
    for (size_t i = 0; i < count; i++)
        out->tax_minor += basket->lines[i].tax_minor;
    out->total_minor =
        out->gross_minor - out->discount_minor + tax_on_top(basket->price_mode, out->tax_minor);
    out->points_tender_minor = burned - basket->back_points_minor;
    out->gift_tender_minor = -basket->back_gift_value_minor;
    int64_t rounding = 0;
    enum err error = cash_rounding_of(out->total_minor - out->points_tender_minor - out->gift_tender_minor,
                                      till->settings.cash_rounding_minor, &rounding);
    bool is_known = error == ERR_OK && !__builtin_add_overflow(out->total_minor, rounding, &out->cash_minor);
    if (!is_known) /* beyond what can be counted: in cash a commit refuses it */
        out->cash_minor = out->total_minor;
}

bool till_get_basket(const struct till *till, struct till_priced *out)
{
    if (!sale_has_basket(till->state))
        return false;
    *out = (struct till_priced){.basket = till_basket_of(till),
                                .result = &till->result,
                                .book = till->book,
                                .book_version = till->book == NULL ? 0 : till->book->header.version};
    fill_sums(till, out);
    return true;
}

int64_t till_total(const struct till *till)
{
    struct till_priced priced = {0};
    fill_sums(till, &priced);
    return priced.total_minor;
}
