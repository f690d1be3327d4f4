/* SPDX-License-Identifier: Apache-2.0 */
/* gift.c - gift value: cards that a basket loads, cards that pay, and value that goes back.
 *
 * An account is the token of the card's code; the code itself is forgotten as soon as its token is known. In a
 * receipt the rows of what is loaded stand first, one for each line of gift value in the order of the lines;
 * then what goes back; then what pays. A tender that spends is named by the start of its card's token. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/money.h"
#include "till/internal.h"

#define LABEL_BYTES 4

static enum err refuse(struct till_refusal *out, enum err error, const char *list, uint32_t place,
                       const char *field, const char *reason)
{
    till_refuse(out, reason, "%s[%u].%s", list, (unsigned)place, field);
    return error;
}

static bool is_same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, TOKEN_SIZE) == 0;
}

/* While tills learn a new pepper one after the other all that know the old one name a card alike: by the oldest. Head
 * office hears of the newest token beside it, and finds the account by that when the old pepper is retired. */
enum err till_gift_account(const struct till *till, const char *code, uint8_t out[TOKEN_SIZE])
{
    const struct vault_peppers *peppers = &till->settings.peppers;
    return vault_card_token(&peppers->rows[peppers->count - 1], code, out);
}

/* The code becomes its token, and is gone. */
static enum err hide_code(const struct till *till, struct till_gift *gift, const char *list,
                          struct till_refusal *out)
{
    if (!card_text_is_valid(span_of_text(gift->code)))
        return refuse(out, ERR_ARGUMENT, list, gift->place, "gift", "is no code of a gift card");
    TRY(till_gift_account(till, gift->code, gift->account));
    memset(gift->newer, 0, sizeof gift->newer);
    if (till->settings.peppers.count > 1)
        TRY(vault_card_token(&till->settings.peppers.rows[0], gift->code, gift->newer));
    memset(gift->code, 0, sizeof gift->code);
    return ERR_OK;
}

static kassa_GiftRow row_of(const struct till_gift *gift, int64_t amount_minor)
{
    kassa_GiftRow row = {.account = {.size = TOKEN_SIZE}, .amount_minor = amount_minor};
    memcpy(row.account.bytes, gift->account, TOKEN_SIZE);
    row.newer.size = gift->newer[0] != 0 ? TOKEN_SIZE : 0;
    memcpy(row.newer.bytes, gift->newer, row.newer.size);
    return row;
}

/* ------------------------------------------------------------------------------------------------- loading */

static enum err check_load(const struct till *till, const struct till_basket *basket,
                           const struct till_gift *gift, struct till_refusal *out)
{
    const kassa_Line *line = &basket->lines[gift->place];
    int64_t amount = 0;
    if (line->kind != kassa_LineKind_LINE_GIFT_VALUE)
        return refuse(out, ERR_ARGUMENT, "lines", gift->place, "gift",
                      "only a line of kind \"gift_value\" loads a gift card");
    if (line->quantity_milli != 1000)
        return refuse(out, ERR_RANGE, "lines", gift->place, "quantity",
                      "must be 1: a line loads one gift card");
    if (money_extend(line->unit_price_e5, line->quantity_milli, till->settings.exponent, &amount) != ERR_OK ||
        amount <= 0)
        return refuse(out, ERR_RANGE, "lines", gift->place, "unit_price",
                      "must be what the card is loaded with: above 0");
    if (basket->price_mode == kassa_PriceMode_PRICE_NET && line->tax_rate_bp != 0)
        return refuse(out, ERR_RANGE, "lines", gift->place, "tax_rate_bp",
                      "is 0 with net prices: a card is loaded with all that is paid for it");
    return ERR_OK;
}

static bool has_load_at(const struct till_basket *basket, size_t line)
{
    for (size_t i = 0; i < basket->load_count; i++) {
        if (basket->loads[i].place == line)
            return true;
    }
    return false;
}

static bool is_gift_value(const kassa_Line *line)
{
    return line->kind == kassa_LineKind_LINE_GIFT_VALUE;
}

enum err till_take_loads(const struct till *till, struct till_basket *basket, struct till_refusal *out)
{
    for (size_t i = 0; i < basket->load_count; i++) {
        TRY(check_load(till, basket, &basket->loads[i], out));
        TRY(hide_code(till, &basket->loads[i], "lines", out));
    }
    for (size_t i = 0; i < basket->line_count && basket->load_count > 0; i++) {
        if (is_gift_value(&basket->lines[i]) && !has_load_at(basket, i))
            return refuse(out, ERR_ARGUMENT, "lines", (uint32_t)i, "gift",
                          "all gift cards of a basket have a code, or none has");
    }
    return ERR_OK;
}

enum err till_restore_loads(struct till_basket *staged, const kassa_Loyalty *from)
{
    if (from->gifts_count == 0)
        return ERR_OK;
    for (size_t i = 0; i < staged->line_count; i++) {
        if (!is_gift_value(&staged->lines[i]))
            continue;
        if (staged->load_count == from->gifts_count)
            return ERR_CORRUPT;
        struct till_gift *gift = &staged->loads[staged->load_count];
        gift->place = (uint32_t)i;
        const kassa_GiftRow *row = &from->gifts[staged->load_count++];
        memcpy(gift->account, row->account.bytes, TOKEN_SIZE);
        memcpy(gift->newer, row->newer.bytes, row->newer.size);
    }
    return staged->load_count == from->gifts_count ? ERR_OK : ERR_CORRUPT;
}

void till_fill_loads(const struct till_basket *basket, kassa_Receipt *head)
{
    if (head->training)
        return;
    for (size_t i = 0; i < basket->load_count; i++) {
        const kassa_Line *line = &basket->lines[basket->loads[i].place];
        head->loyalty.gifts[head->loyalty.gifts_count++] =
            row_of(&basket->loads[i], line->amount_minor - line->discount_minor);
        head->has_loyalty = true;
    }
}

/* -------------------------------------------------------------------------------------------------- paying */

static void write_label(const uint8_t account[TOKEN_SIZE], char out[sizeof((kassa_Tender *)NULL)->reference])
{
    char hex[2 * LABEL_BYTES + 1] = {0};
    hex_write(span_of(account, LABEL_BYTES), hex);
    (void)snprintf(out, sizeof((kassa_Tender *)NULL)->reference, "gift:%s", hex);
}

/* What it pays; that of the row which takes the rest is what the others leave. */
static enum err amount_of(const struct till *till, const struct till_tenders *tenders, uint32_t place,
                          int64_t *out_minor)
{
    struct till_priced priced;
    *out_minor = tenders->rows[place].amount_minor;
    if (place != tenders->rest || !till_get_basket(till, &priced))
        return ERR_OK;
    int64_t rest = priced.total_minor - priced.points_tender_minor - priced.gift_tender_minor;
    for (size_t i = 0; i < tenders->count; i++) {
        if (i != place && __builtin_sub_overflow(rest, tenders->rows[i].amount_minor, &rest))
            return ERR_RANGE;
    }
    *out_minor = rest;
    return ERR_OK;
}

static bool is_used_here(const struct till *till, const uint8_t account[TOKEN_SIZE])
{
    const struct till_basket *basket = till_basket_of(till);
    bool is_used = false;
    for (size_t i = 0; i < basket->load_count; i++)
        is_used = is_used || is_same(basket->loads[i].account, account);
    for (size_t i = 0; i < basket->back_gift_count; i++)
        is_used = is_used || is_same(basket->back_gifts[i].account.bytes, account);
    return is_used;
}

static enum err check_spend(const struct till *till, const struct till_gift *gift, struct till_refusal *out)
{
    if (gift->amount_minor <= 0)
        return refuse(out, ERR_RANGE, "tenders", gift->place, "amount_minor",
                      "must be what the gift card pays: above 0");
    if (is_used_here(till, gift->account))
        return refuse(out, ERR_ARGUMENT, "tenders", gift->place, "gift",
                      "this receipt loads that gift card, or gives value back: it cannot pay for it");
    for (size_t i = 0; i < till->spend_count; i++) {
        if (is_same(till->spends[i].account, gift->account))
            return refuse(out, ERR_ARGUMENT, "tenders", gift->place, "gift",
                          "that gift card pays already: one tender for each");
    }
    return ERR_OK;
}

static enum err check_rows(const struct till_basket *basket, size_t spend_count, struct till_refusal *out)
{
    bool gives_back = false;
    bool has_plain = false;
    for (size_t i = 0; i < basket->back_gift_count; i++)
        gives_back = gives_back || basket->back_gifts[i].amount_minor > 0;
    for (size_t i = 0; i < basket->line_count; i++)
        has_plain = has_plain || (is_gift_value(&basket->lines[i]) && basket->load_count == 0);
    if (basket->load_count + basket->back_gift_count + spend_count > GIFT_ROWS_MAX) {
        till_refuse(out, "at most four gift cards in one receipt", "tenders");
        return ERR_TOO_LONG;
    }
    if (!has_plain || !gives_back)
        return ERR_OK;
    till_refuse(out, "gift cards without a code are sold by themselves: these goods were paid with one",
                "lines");
    return ERR_STATE;
}

/* What is on a card is spent, and not paid out: beside it no other tender is below 0. */
static enum err refuse_change(const struct till *till, const struct till_tenders *tenders,
                              struct till_refusal *out)
{
    for (uint32_t i = 0; i < tenders->count; i++) {
        int64_t minor = 0;
        TRY(amount_of(till, tenders, i, &minor));
        if (minor < 0)
            return refuse(out, ERR_RANGE, "tenders", i, "amount_minor",
                          "a gift card gives no change: it pays at most what there is to pay");
    }
    return ERR_OK;
}

enum err till_take_spends(struct till *till, const struct till_tenders *tenders, struct till_refusal *out)
{
    const struct till_basket *basket = till_basket_of(till);
    till->spend_count = 0;
    TRY(check_rows(basket, tenders->gift_count, out));
    if (tenders->gift_count > 0)
        TRY(till_check_gift_patience(till, "tenders", out));
    for (size_t i = 0; i < tenders->gift_count; i++) {
        struct till_gift gift = tenders->gifts[i];
        if (tenders->rows[gift.place].kind != kassa_TenderKind_TENDER_GIFT)
            return refuse(out, ERR_ARGUMENT, "tenders", gift.place, "gift",
                          "only a tender of kind \"gift\" has a gift card");
        TRY(hide_code(till, &gift, "tenders", out));
        TRY(amount_of(till, tenders, gift.place, &gift.amount_minor));
        TRY(check_spend(till, &gift, out));
        till->spends[till->spend_count++] = gift;
    }
    if (till->spend_count > 0)
        TRY(refuse_change(till, tenders, out));
    if (basket->training) /* nothing is moved */
        till->spend_count = 0;
    return ERR_OK;
}

void till_reserve_gifts(const struct till *till, kassa_Reserve *out)
{
    for (size_t i = 0; i < till->spend_count; i++)
        out->gifts[out->gifts_count++] = row_of(&till->spends[i], -till->spends[i].amount_minor);
}

enum err till_check_spends(const struct till *till, struct till_refusal *out)
{
    if (till->spend_count == 0 || (till->hold.state == HOLD_GRANTED && !till->hold.is_by_store))
        return ERR_OK;
    return refuse(out, ERR_STATE, "tenders", till->spends[0].place, "gift", GIFT_CUT_OFF);
}

void till_name_short_gift(struct till *till, const kassa_Reservation *answer, struct hold *hold)
{
    if (answer->row >= till->spend_count || answer->row >= hold->asked.gifts_count)
        return;
    if (answer->available == 0) /* empty, or nobody knows it: the answer does not tell them apart */
        till_count_gift_miss(till);
    (void)snprintf(hold->reason, sizeof hold->reason,
                   "there is not so much value on the gift card: %" PRId64 " of %" PRId64, answer->available,
                   -hold->asked.gifts[answer->row].amount_minor);
    (void)snprintf(hold->field, sizeof hold->field, "tenders[%u].gift",
                   (unsigned)till->spends[answer->row].place);
}

enum err till_fill_spends(const struct till *till, kassa_Receipt *head)
{
    for (size_t i = 0; i < till->spend_count; i++) {
        const struct till_gift *gift = &till->spends[i];
        kassa_Tender *tender = &head->tenders[gift->place];
        if (tender->amount_minor != gift->amount_minor) /* another one than was set aside */
            return ERR_UNBALANCED;
        write_label(gift->account, tender->reference);
        head->loyalty.gifts[head->loyalty.gifts_count++] = row_of(gift, -gift->amount_minor);
        head->has_loyalty = true;
        memcpy(head->loyalty.reservation, till->hold.key, sizeof head->loyalty.reservation);
    }
    return ERR_OK;
}

/* --------------------------------------------------------------------------------------------- going back */

/* Did that row pay, and not take back what an exchange had loaded? */
static bool has_paid(const kassa_Receipt *original, const kassa_GiftRow *row)
{
    char label[sizeof((kassa_Tender *)NULL)->reference];
    write_label(row->account.bytes, label);
    for (pb_size_t i = 0; i < original->tenders_count; i++) {
        const kassa_Tender *tender = &original->tenders[i];
        if (tender->kind == kassa_TenderKind_TENDER_GIFT && tender->amount_minor == -row->amount_minor &&
            strcmp(tender->reference, label) == 0)
            return true;
    }
    return false;
}

static bool is_spent(const kassa_Receipt *original, const kassa_GiftRow *row)
{
    return row->amount_minor < 0 && has_paid(original, row);
}

enum err till_sum_gifts_paid(const kassa_Receipt *original, int64_t *sum_minor)
{
    for (pb_size_t i = 0; i < original->loyalty.gifts_count; i++) {
        const kassa_GiftRow *row = &original->loyalty.gifts[i];
        if (is_spent(original, row))
            TRY(money_add(*sum_minor, -row->amount_minor, sum_minor));
    }
    return ERR_OK;
}

static enum err add_back(kassa_Loyalty *to, const kassa_GiftRow *row, int64_t amount_minor)
{
    if (amount_minor == 0)
        return ERR_OK;
    if (to->gifts_count == GIFT_ROWS_MAX)
        return ERR_TOO_LONG;
    kassa_GiftRow *back = &to->gifts[to->gifts_count++];
    *back = *row;
    back->amount_minor = amount_minor;
    return ERR_OK;
}

/* The cards whose lines come back now lose what the lines had loaded. */
static enum err take_loaded(const struct till *till, const kassa_Loyalty *from, kassa_Loyalty *to)
{
    const struct wire_receipt *original = till->so_far.original;
    pb_size_t row = 0;
    for (size_t i = 0; i < original->line_count && row < from->gifts_count; i++) {
        const kassa_Line *line = &original->lines[i];
        if (!is_gift_value(line))
            continue;
        const kassa_GiftRow *loaded = &from->gifts[row++];
        bool is_its =
            loaded->amount_minor > 0 && loaded->amount_minor == line->amount_minor - line->discount_minor;
        if (is_its && till->so_far.before_milli[i] > till->from_milli[i])
            TRY(add_back(to, loaded, -loaded->amount_minor));
    }
    return ERR_OK;
}

enum err till_take_gifts_back(const struct till *till, struct back_progress *left, kassa_Loyalty *to,
                              int64_t *out_tender_minor)
{
    const kassa_Receipt *original = &till->so_far.original->head;
    const kassa_Loyalty *from = &original->loyalty;
    for (pb_size_t i = 0; i < from->gifts_count; i++) {
        const kassa_GiftRow *row = &from->gifts[i];
        int64_t share = 0;
        if (!is_spent(original, row))
            continue;
        TRY(back_next_share(left, -row->amount_minor, &share));
        TRY(add_back(to, row, share));
        TRY(money_add(*out_tender_minor, share, out_tender_minor));
    }
    return take_loaded(till, from, to);
}

enum err till_refuse_gift_tender(const struct till_tenders *tenders, struct till_refusal *out)
{
    if (tenders->gift_count == 0)
        return ERR_OK;
    return refuse(out, ERR_ARGUMENT, "tenders", tenders->gifts[0].place, "gift",
                  "gift value goes back to the card that paid; the till adds its row");
}
