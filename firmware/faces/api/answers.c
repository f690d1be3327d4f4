/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/answers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/civil.h"
#include "faces/api/words.h"

void answer_error(struct emitter *out, const char *error, const char *message, const char *field,
                  const char *code)
{
    emit_open(out, NULL, '{');
    emit_string(out, "error", error);
    emit_string(out, "message", message);
    if (field != NULL && field[0] != '\0')
        emit_string(out, "field", field);
    if (code != NULL)
        emit_string(out, "code", code);
    emit_close(out, '}');
}

/* ------------------------------------------------------------------------------------------- small things */

static void write_currency(struct emitter *out, const struct till *till)
{
    const struct till_settings *settings = till_get_settings(till);
    emit_open(out, "currency", '{');
    emit_string(out, "code", settings->currency);
    emit_uint(out, "exponent", settings->exponent);
    emit_close(out, '}');
}

static void write_day(struct emitter *out, const char *name, int32_t day)
{
    char text[11];
    civil_format_day(day, text);
    emit_string(out, name, text);
}

static void write_receipt_id(struct emitter *out, const char *name, const kassa_ReceiptId *id)
{
    emit_open(out, name, '{');
    emit_string(out, "store", id->store);
    emit_string(out, "till", id->till);
    write_day(out, "business_day", id->business_day);
    emit_uint(out, "number", id->number);
    emit_close(out, '}');
}

static void write_session(struct emitter *out, const char *name, const struct till *till)
{
    struct till_status status;
    till_get_status(till, &status);
    emit_open(out, name, '{');
    emit_string(out, "state", sale_state_name(status.state));
    emit_close(out, '}');
}

void answer_session(struct emitter *out, const struct till *till)
{
    write_session(out, NULL, till);
}

void answer_reader(struct emitter *out, const char *name, const struct api_world *world)
{
    struct api_reader_info reader = world->get_reader(world->self);
    emit_open(out, name, '{');
    emit_string(out, "state", reader.state);
    emit_string(out, "what", reader.what);
    emit_open(out, "all", '[');
    for (size_t i = 0; i < reader.count; i++) {
        emit_open(out, NULL, '{');
        emit_uint(out, "reader", reader.all[i].number);
        emit_string(out, "state", reader.all[i].state);
        emit_string(out, "what", reader.all[i].what);
        emit_bool(out, "card", reader.all[i].has_card);
        emit_uint(out, "silent_ms", reader.all[i].silent_ms);
        emit_uint(out, "pace_us", reader.all[i].pace_us);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_open(out, "reads", '[');
    for (size_t i = 0; i < reader.times_count; i++) {
        emit_open(out, NULL, '{');
        emit_string(out, "technology", reader.times[i].technology);
        emit_uint(out, "count", reader.times[i].count);
        emit_uint(out, "mean_us", reader.times[i].mean_us);
        emit_uint(out, "p50_us", reader.times[i].p50_us);
        emit_uint(out, "p99_us", reader.times[i].p99_us);
        emit_uint(out, "max_us", reader.times[i].max_us);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_open(out, "refusals", '[');
    for (size_t i = 0; i < reader.refusals_count; i++) {
        emit_open(out, NULL, '{');
        emit_string(out, "why", reader.refusals[i].why);
        emit_uint(out, "count", reader.refusals[i].count);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_close(out, '}');
}

void answer_sync(struct emitter *out, const char *name, const struct api_world *world)
{
    struct api_sync_info sync = world->get_sync(world->self);
    emit_open(out, name, '{');
    emit_bool(out, "connected", sync.is_connected);
    emit_string(out, "state", sync.state);
    emit_uint(out, "backlog", sync.backlog);
    emit_string(out, "store", sync.store);
    emit_close(out, '}');
}

void answer_book(struct emitter *out, const char *name, const struct till *till)
{
    const struct book *book = till_get_book(till);
    emit_open(out, name, '{');
    emit_uint(out, "version", book == NULL ? 0 : book->header.version);
    emit_uint(out, "offers", book == NULL ? 0 : book_offer_count(book));
    emit_close(out, '}');
}

void answer_fault(struct emitter *out, const struct till *till)
{
    struct till_status status;
    till_get_status(till, &status);
    emit_open(out, NULL, '{');
    emit_string(out, "code", status.fault_code);
    emit_string(out, "text", status.fault_text);
    emit_close(out, '}');
}

void answer_refused(struct emitter *out, const char *name, const struct api_world *world)
{
    struct api_card_refused refused = world->get_refused(world->self);
    if (refused.reason == NULL) {
        emit_null(out, name);
        return;
    }
    emit_open(out, name, '{');
    emit_string(out, "reason", refused.reason);
    emit_string(out, "text", refused.text);
    emit_uint(out, "reader", refused.reader);
    emit_uint(out, "ago_ms", refused.ago_ms);
    emit_close(out, '}');
}

/* How the one who is here was recognised: null when nobody is. */
void answer_card(struct emitter *out, const char *name, const struct till *till)
{
    const struct till_member *member = till_get_member(till);
    if (member == NULL) {
        emit_null(out, name);
        return;
    }
    emit_open(out, name, '{');
    emit_string(out, "technology", card_technology_name((enum reader_technology)member->card.technology));
    emit_string(out, "trust", card_trust_name(member->card.trust));
    emit_string(out, "read", field_word_name(words_card_read, (int)member->card.read));
    emit_uint(out, "reader", member->card.reader);
    emit_bool(out, "may_redeem", till_may_redeem(till));
    emit_close(out, '}');
}

/* ------------------------------------------------------------------------------------------------- offers */

void answer_texts(struct emitter *out, const char *name, const struct book *book,
                  const struct book_offer *offer, enum book_text_role role)
{
    emit_open(out, name, '{');
    for (uint32_t i = 0; i < offer->texts.count; i++) {
        struct book_text text = book_text_at(book, offer, i);
        if (text.role == role)
            emit_named_text(out, text.language, text.text);
    }
    emit_close(out, '}');
}

void answer_offer_names(struct emitter *out, const struct book *book, uint32_t index, bool has_messages)
{
    struct book_offer offer;
    book_offer_at(book, index, &offer);
    emit_text(out, "offer", offer.id);
    emit_uint(out, "version", offer.version);
    answer_texts(out, "names", book, &offer, BOOK_NAME);
    if (has_messages)
        answer_texts(out, "messages", book, &offer, BOOK_MESSAGE);
}

static void write_open_offers(struct emitter *out, const struct till *till, const struct till_member *member)
{
    const struct book *book = till_get_book(till);
    emit_open(out, "offers", '[');
    for (uint32_t i = 0; member != NULL && book != NULL && i < member->offer_count; i++) {
        emit_open(out, NULL, '{');
        answer_offer_names(out, book, member->offers[i], /* has_messages= */ true);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

struct figure_names {
    const char *milli, *minor, *count;
};

static const char *figure_name(enum offers_figure figure, const struct figure_names *names)
{
    return figure == OFFERS_MILLI ? names->milli : figure == OFFERS_MINOR ? names->minor : names->count;
}

/* To the engine a coupon that this card may not redeem is one that has expired: people are told the truth. */
static const char *reason_name(const struct till *till, const struct book *book,
                               const struct offers_explanation *explanation)
{
    bool waits_for_card = explanation->reason == OFFERS_COUPON_IS_EXPIRED &&
                          answer_has_coupon_by_card(till, book, explanation->offer);
    return waits_for_card ? "coupon_card" : offers_reason_row(explanation->reason)->name;
}

static void write_explanation(struct emitter *out, const struct till *till, const struct book *book,
                              const struct offers_explanation *explanation)
{
    const struct offers_reason_row *reason = offers_reason_row(explanation->reason);
    bool is_given = explanation->reason == OFFERS_GIVEN;
    emit_open(out, NULL, '{');
    answer_offer_names(out, book, explanation->offer, is_given);
    emit_bool(out, "given", is_given);
    emit_int(out, "amount_minor", explanation->amount_minor);
    emit_int(out, "points", explanation->points);
    emit_string(out, "reason", reason_name(till, book, explanation));
    if (!is_given && reason->figures != OFFERS_NO_FIGURE) {
        static const struct figure_names has = {"has_milli", "has_minor", "has_count"};
        static const struct figure_names needs = {"needs_milli", "needs_minor", "needs_count"};
        emit_int(out, figure_name(reason->figures, &has), explanation->has);
        emit_int(out, figure_name(reason->figures, &needs), explanation->needs);
    }
    if (explanation->detail != NULL)
        emit_string(out, "detail", explanation->detail);
    emit_close(out, '}');
}

/* All that were given, and of the others the first few: a book may have thousands. */
static void write_explanations(struct emitter *out, const struct till *till, const struct till_priced *priced)
{
    const struct offers_result *result = priced->result;
    unsigned not_given = 0;
    emit_open(out, "offers", '[');
    for (uint32_t i = 0; priced->book != NULL && i < result->explanation_count; i++) {
        bool is_given = result->explanations[i].reason == OFFERS_GIVEN;
        if (is_given || not_given++ < ANSWER_NOT_GIVEN_MAX)
            write_explanation(out, till, priced->book, &result->explanations[i]);
    }
    emit_close(out, ']');
    emit_open(out, "near_misses", '[');
    for (uint32_t i = 0; priced->book != NULL && i < result->near_miss_count; i++) {
        const struct offers_near_miss *miss = &result->near_misses[i];
        emit_open(out, NULL, '{');
        answer_offer_names(out, priced->book, miss->offer, /* has_messages= */ true);
        static const struct figure_names needs = {"quantity", "amount", "count"};
        static const struct figure_names missing = {"missing_milli", "missing_minor", "missing_count"};
        emit_string(out, "needs", figure_name(miss->missing_is, &needs));
        emit_int(out, figure_name(miss->missing_is, &missing), miss->missing);
        emit_int(out, "value_minor", miss->value_minor);
        emit_int(out, "effort_minor", miss->effort_minor);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

/* ------------------------------------------------------------------------------------------------- member */

static void write_consents(struct emitter *out, const kassa_Member *member)
{
    emit_open(out, "consents", '[');
    for (pb_size_t i = 0; i < member->consents_count; i++) {
        emit_open(out, NULL, '{');
        emit_string(out, "purpose", member->consents[i].purpose);
        emit_bool(out, "given", member->consents[i].given);
        emit_uint(out, "version", member->consents[i].version);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

static void write_member(struct emitter *out, const char *name, const struct till *till,
                         const struct till_member *member)
{
    if (member == NULL || !member->is_known) {
        emit_null(out, name);
        return;
    }
    emit_open(out, name, '{');
    emit_hex(out, "id", span_of(member->member.id.bytes, member->member.id.size));
    emit_string(out, "first_name", member->first_name);
    emit_string(out, "language", member->member.language);
    emit_string(out, "tier", member->member.tier);
    emit_int(out, "points", member->points);
    emit_int(out, "as_of_unix_ms", member->as_of_unix_ms);
    answer_holdings(out, till_get_book(till), member);
    write_consents(out, &member->member);
    answer_card(out, "card", till);
    emit_close(out, '}');
}

void answer_member(struct emitter *out, const struct till *till, int64_t tap_us)
{
    const struct till_member *member = till_get_member(till);
    emit_open(out, NULL, '{');
    write_member(out, "member", till, member);
    write_open_offers(out, till, member);
    if (tap_us >= 0)
        emit_int(out, "tap_us", tap_us);
    emit_close(out, '}');
}

/* ------------------------------------------------------------------------------------------------- basket */

static void write_line_discounts(struct emitter *out, const struct offers_result *result, uint32_t line)
{
    emit_open(out, "discounts", '[');
    for (uint32_t i = 0; i < result->discount_count; i++) {
        const struct offers_discount *row = &result->discounts[i];
        if (row->line != line)
            continue;
        emit_open(out, NULL, '{');
        emit_text(out, "offer", row->id);
        emit_string(out, "kind", row->origin == OFFERS_BY_POINTS ? "points" : "automatic");
        emit_int(out, "amount_minor", row->amount_minor);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

static void write_back_discounts(struct emitter *out, const struct till_basket *basket, uint32_t number)
{
    emit_open(out, "discounts", '[');
    for (size_t i = 0; i < basket->back_discount_count; i++) {
        const kassa_Discount *row = &basket->back_discounts[i];
        if (row->line != number)
            continue;
        emit_open(out, NULL, '{');
        emit_string(out, "offer", row->offer);
        emit_string(out, "kind", row->kind == kassa_DiscountKind_DISCOUNT_POINTS ? "points" : "automatic");
        emit_int(out, "amount_minor", row->amount_minor);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

/* What a line of a basket and of a receipt have in common. */
static void write_line(struct emitter *out, const kassa_Line *line)
{
    emit_uint(out, "number", line->number);
    emit_string(out, "kind", field_word_name(words_line_kind, (int)line->kind));
    emit_string(out, "sku", line->sku);
    emit_string(out, "description", line->description);
    emit_decimal(out, "quantity", line->quantity_milli, 3, 0);
    emit_string(out, "unit", line->unit);
    emit_decimal(out, "unit_price", line->unit_price_e5, 5, 2);
    emit_int(out, "amount_minor", line->amount_minor);
    emit_int(out, "discount_minor", line->discount_minor);
}

static void write_prices(struct emitter *out, const struct till *till, const kassa_Line *line,
                         const struct offers_line_result *priced)
{
    unsigned exponent = till_get_settings(till)->exponent;
    if (priced->price_offer == BOOK_NONE)
        return;
    emit_decimal(out, "list_price", line->list_price_e5, 5, exponent);
    if (priced->prior_price_minor > 0)
        emit_decimal(out, "prior_price", priced->prior_price_minor, exponent, exponent);
}

/* Behind the lines of the sale stand those that come back, and gifts that cost something. */
static void write_basket_line(struct emitter *out, const struct till *till, const struct till_priced *priced,
                              uint32_t i)
{
    const struct till_basket *basket = priced->basket;
    const kassa_Line *line = &basket->lines[i];
    bool is_sale = i < basket->line_count;
    emit_open(out, NULL, '{');
    write_line(out, line);
    if (is_sale)
        write_prices(out, till, line, &priced->result->lines[i]);
    emit_int(out, "net_minor", line->amount_minor - line->discount_minor);
    emit_int(out, "tax_minor", line->tax_minor);
    if (line->discount_minor == 0) {
        emit_open(out, "discounts", '[');
        emit_close(out, ']');
    } else if (is_sale) {
        write_line_discounts(out, priced->result, i);
    } else {
        write_back_discounts(out, basket, line->number);
    }
    emit_close(out, '}');
}

static void write_points(struct emitter *out, const struct till *till, const struct till_priced *priced)
{
    const struct till_member *member = till_get_member(till);
    if (member == NULL || !member->is_known) {
        emit_null(out, "points");
        return;
    }
    emit_open(out, "points", '{');
    emit_int(out, "earned", priced->basket->training ? 0 : priced->result->points);
    emit_int(out, "burned", priced->basket->training ? 0 : priced->result->burned.points);
    emit_int(out, "balance", member->points);
    emit_int(out, "as_of_unix_ms", member->as_of_unix_ms);
    emit_close(out, '}');
}

static void write_priced(struct emitter *out, const struct till *till, const struct till_priced *priced)
{
    const struct till_basket *basket = priced->basket;
    size_t count = basket->line_count + basket->back_count + basket->gift_count;
    emit_open(out, "lines", '[');
    for (uint32_t i = 0; i < count; i++)
        write_basket_line(out, till, priced, i);
    emit_close(out, ']');
    emit_int(out, "gross_minor", priced->gross_minor);
    emit_int(out, "discount_minor", priced->discount_minor);
    emit_int(out, "tax_minor", priced->tax_minor);
    emit_int(out, "total_minor", priced->total_minor);
    emit_int(out, "cash_minor", priced->cash_minor);
    emit_int(out, "points_tender_minor", priced->points_tender_minor);
    emit_int(out, "gift_tender_minor", priced->gift_tender_minor);
    write_points(out, till, priced);
    answer_burn(out, till, priced);
    answer_coupons(out, till);
    answer_awards(out, priced);
    if (priced->result->search != OFFERS_SEARCH_NONE)
        emit_string(out, "search", priced->result->search == OFFERS_OPTIMAL ? "optimal" : "bounded");
    write_explanations(out, till, priced);
    emit_uint(out, "book_version", priced->book_version);
}

static void write_price_mode(struct emitter *out, kassa_PriceMode mode)
{
    emit_string(out, "price_mode", field_word_name(words_price_mode, (int)mode));
}

static void write_basket(struct emitter *out, const char *name, const struct till *till)
{
    struct till_priced priced;
    struct till_status status;
    till_get_status(till, &status);
    bool is_open = till_get_basket(till, &priced);
    emit_open(out, name, '{');
    if (is_open)
        emit_string(out, "basket", priced.basket->id);
    else
        emit_null(out, "basket");
    emit_string(out, "state", sale_state_name(status.state));
    write_currency(out, till);
    if (is_open) {
        emit_bool(out, "training", priced.basket->training);
        write_price_mode(out, priced.basket->price_mode);
        write_member(out, "member", till, till_get_member(till));
        write_priced(out, till, &priced);
    }
    emit_close(out, '}');
}

void answer_basket(struct emitter *out, const struct till *till)
{
    write_basket(out, NULL, till);
}

/* ------------------------------------------------------------------------------------------------ suspended */

void answer_suspended(struct emitter *out, const struct till *till)
{
    struct till_suspended rows[TILL_SUSPENDED_MAX];
    size_t count = till_list_suspended(till, rows, TILL_SUSPENDED_MAX);
    emit_open(out, NULL, '{');
    emit_open(out, "suspended", '[');
    for (size_t i = 0; i < count; i++) {
        emit_open(out, NULL, '{');
        emit_string(out, "basket", rows[i].basket);
        emit_int(out, "suspended_unix_ms", rows[i].suspended_unix_ms);
        emit_string(out, "operator", rows[i].operator_id);
        emit_uint(out, "lines", rows[i].line_count);
        emit_int(out, "total_minor", rows[i].total_minor);
        emit_bool(out, "card", rows[i].has_card);
        emit_bool(out, "training", rows[i].training);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_close(out, '}');
}

/* ----------------------------------------------------------------------------------------------- outcomes */

void answer_outcome(struct emitter *out, const struct till *till, const struct till_outcome *outcome)
{
    (void)till;
    emit_open(out, NULL, '{');
    emit_bool(out, "recorded", true);
    emit_string(out, "kind", wire_record_kind_name(outcome->kind));
    emit_uint(out, "seq", outcome->seq);
    if (outcome->receipt.number != 0) {
        write_receipt_id(out, "receipt", &outcome->receipt);
        emit_int(out, "total_minor", outcome->total_minor);
        if (outcome->rounding_minor != 0)
            emit_int(out, "rounding_minor", outcome->rounding_minor);
        emit_int(out, "change_minor", outcome->change_minor);
    }
    if (outcome->has_member) {
        emit_hex(out, "member", span_of(outcome->member, MEMBER_SIZE));
        emit_open(out, "points", '{');
        emit_int(out, "earned", outcome->points_earned);
        emit_int(out, "burned", outcome->points_burned);
        emit_int(out, "balance", outcome->balance);
        emit_int(out, "as_of_unix_ms", outcome->as_of_unix_ms);
        emit_close(out, '}');
    } else {
        emit_null(out, "points");
    }
    emit_close(out, '}');
}

/* ----------------------------------------------------------------------------------------------- receipts */

static void write_receipt_line(struct emitter *out, const kassa_Line *line)
{
    emit_open(out, NULL, '{');
    write_line(out, line);
    emit_int(out, "tax_minor", line->tax_minor);
    if (line->has_original && line->original.has_receipt) {
        write_receipt_id(out, "original", &line->original.receipt);
        emit_uint(out, "original_line", line->original.line);
    }
    if (line->has_original)
        emit_bool(out, "unverified", line->original.unverified);
    emit_close(out, '}');
}

static void write_receipt_rows(struct emitter *out, const struct wire_receipt *receipt)
{
    emit_open(out, "lines", '[');
    for (size_t i = 0; i < receipt->line_count; i++)
        write_receipt_line(out, &receipt->lines[i]);
    emit_close(out, ']');
    emit_open(out, "discounts", '[');
    for (size_t i = 0; i < receipt->discount_count; i++) {
        const kassa_Discount *row = &receipt->discounts[i];
        emit_open(out, NULL, '{');
        emit_uint(out, "line", row->line);
        emit_string(out, "offer", row->offer);
        emit_uint(out, "version", row->offer_version);
        emit_int(out, "base_minor", row->base_minor);
        emit_int(out, "amount_minor", row->amount_minor);
        emit_close(out, '}');
    }
    emit_close(out, ']');
    emit_open(out, "tenders", '[');
    for (pb_size_t i = 0; i < receipt->head.tenders_count; i++) {
        const kassa_Tender *tender = &receipt->head.tenders[i];
        emit_open(out, NULL, '{');
        emit_string(out, "kind", field_word_name(words_tender, (int)tender->kind));
        emit_int(out, "amount_minor", tender->amount_minor);
        emit_string(out, "reference", tender->reference);
        emit_close(out, '}');
    }
    emit_close(out, ']');
}

static void write_loyalty(struct emitter *out, const kassa_Receipt *head)
{
    if (!head->has_loyalty || head->loyalty.member.size != MEMBER_SIZE) {
        emit_null(out, "points");
        return;
    }
    emit_hex(out, "member", span_of(head->loyalty.member.bytes, MEMBER_SIZE));
    emit_open(out, "points", '{');
    emit_int(out, "earned", head->loyalty.points_earned);
    emit_int(out, "burned", head->loyalty.points_burned);
    emit_int(out, "balance", head->loyalty.balance_shown);
    emit_int(out, "as_of_unix_ms", head->loyalty.balance_as_of_unix_ms);
    emit_close(out, '}');
}

static void write_sale(struct emitter *out, const struct wire_receipt *receipt)
{
    const kassa_Receipt *head = &receipt->head;
    write_receipt_id(out, "receipt", &head->id);
    emit_string(out, "operator", head->operator);
    emit_string(out, "basket", head->basket);
    emit_bool(out, "training", head->training);
    emit_bool(out, "offline", head->offline);
    emit_int(out, "begin_unix_ms", head->begin_unix_ms);
    emit_int(out, "end_unix_ms", head->end_unix_ms);
    emit_open(out, "currency", '{');
    emit_string(out, "code", head->currency);
    emit_uint(out, "exponent", head->exponent);
    emit_close(out, '}');
    write_price_mode(out, head->price_mode);
    write_receipt_rows(out, receipt);
    emit_int(out, "gross_minor", head->gross_minor);
    emit_int(out, "discount_minor", head->discount_minor);
    emit_int(out, "tax_minor", head->tax_minor);
    emit_int(out, "rounding_minor", head->rounding_minor);
    emit_int(out, "total_minor", head->total_minor);
    emit_int(out, "change_minor", head->change_minor);
    write_loyalty(out, head);
    emit_uint(out, "book_version", head->book_version);
}

static void write_void(struct emitter *out, const kassa_Void *voided)
{
    write_receipt_id(out, "receipt", &voided->id);
    write_receipt_id(out, "original", &voided->original);
    emit_string(out, "operator", voided->operator);
    emit_string(out, "reason", voided->reason);
    emit_int(out, "total_minor", -voided->total_minor);
}

void answer_receipt(struct emitter *out, const struct wire_record *record)
{
    emit_open(out, NULL, '{');
    emit_string(out, "kind", wire_record_kind_name(record->head.kind));
    emit_uint(out, "seq", record->head.seq);
    emit_int(out, "wall_unix_ms", record->head.wall_unix_ms);
    if (record->head.kind == kassa_RecordKind_RECORD_VOID)
        write_void(out, &record->body.voided);
    else
        write_sale(out, &record->body.receipt);
    emit_close(out, '}');
}

/* ---------------------------------------------------------------------------------------- the whole truth */

static void write_names(struct emitter *out, const struct till *till)
{
    const struct till_settings *settings = till_get_settings(till);
    emit_string(out, "tenant", settings->tenant);
    emit_string(out, "store", settings->store);
    emit_string(out, "till", settings->till);
    emit_string(out, "locale", settings->locale);
    emit_string(out, "software", settings->software);
    write_currency(out, till);
}

void answer_state(struct emitter *out, const struct till *till, const struct api_world *world)
{
    struct till_priced priced;
    const struct till_member *member = till_get_member(till);
    emit_open(out, NULL, '{');
    write_names(out, till);
    write_session(out, "session", till);
    answer_card(out, "card", till);
    write_member(out, "member", till, member);
    write_open_offers(out, till, member);
    if (till_get_basket(till, &priced))
        write_basket(out, "basket", till);
    else
        emit_null(out, "basket");
    answer_reader(out, "reader", world);
    answer_sync(out, "sync", world);
    answer_book(out, "book", till);
    answer_refused(out, "card_refused", world);
    emit_close(out, '}');
}

static void write_journal(struct emitter *out, const struct till *till)
{
    struct journal_stats stats;
    if (journal_get_stats(till_get_settings(till)->journal, &stats) != ERR_OK) {
        emit_null(out, "journal");
        return;
    }
    emit_open(out, "journal", '{');
    emit_uint(out, "last_seq", stats.newest.last_seq);
    emit_uint(out, "acknowledged_seq", stats.newest.acknowledged_seq);
    emit_uint(out, "used_bytes", stats.used_bytes);
    emit_uint(out, "capacity_bytes", stats.capacity_bytes);
    emit_bool(out, "full", stats.is_full);
    emit_close(out, '}');
}

static void write_gate(struct emitter *out, const struct api_gate_counts *gate)
{
    emit_open(out, "api", '{');
    emit_uint(out, "connections", gate->connections);
    emit_uint(out, "displaced", gate->displaced);
    emit_uint(out, "timed_out", gate->timed_out);
    emit_uint(out, "refused", gate->refused);
    emit_uint(out, "unauthorized", gate->unauthorized);
    emit_uint(out, "throttled", gate->throttled);
    emit_close(out, '}');
}

void answer_status(struct emitter *out, const struct till *till, const struct api_world *world,
                   unsigned stream_count, const struct api_gate_counts *gate)
{
    struct till_status status;
    const struct members *members = till_get_settings(till)->members;
    char incarnation[17];
    till_get_status(till, &status);
    (void)snprintf(incarnation, sizeof incarnation, "%016" PRIx64, status.incarnation);
    emit_open(out, NULL, '{');
    write_names(out, till);
    write_session(out, "session", till);
    write_day(out, "business_day", status.business_day);
    emit_string(out, "incarnation", incarnation);
    emit_uint(out, "next_receipt", status.next_receipt);
    emit_bool(out, "clean_start", status.was_clean);
    write_journal(out, till);
    emit_open(out, "members", '{');
    emit_uint(out, "count", members_count(members));
    emit_uint(out, "version", members_version(members));
    emit_close(out, '}');
    answer_reader(out, "reader", world);
    answer_sync(out, "sync", world);
    answer_book(out, "book", till);
    emit_uint(out, "streams", stream_count);
    write_gate(out, gate);
    if (status.fault_code[0] != '\0') {
        emit_open(out, "fault", '{');
        emit_string(out, "code", status.fault_code);
        emit_string(out, "text", status.fault_text);
        emit_close(out, '}');
    }
    emit_close(out, '}');
}
