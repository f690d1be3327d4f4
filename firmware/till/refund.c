/* SPDX-License-Identifier: Apache-2.0 */
/* refund.c - goods that come back. With an original receipt each line gives back what back.h says, and points,
 * stamps, coupons and limits shrink in proportion. Without one, or where nobody knows it and the caller says
 * so, the lines are taken as they are told, unverified, and move no points. */
#include <stdio.h>

#include "base/money.h"
#include "till/internal.h"
#include "till/tax.h"
#include "wire/message.h"

_Static_assert(EARN_MOVES_MAX >= 2 * EARN_ROWS_MAX && STAMP_MOVES_MAX >= 2 * STAMP_ROWS_MAX &&
                   COUPON_MOVES_MAX >= 2 * COUPON_ROWS_MAX && OFFER_USE_MOVES_MAX >= 2 * OFFER_USES_MAX,
               "an exchange has room for its sale's rows and for as many that it takes back");

struct till_return *till_stage_return(struct till *till)
{
    struct till_line_back *back = till->back.back;
    till->back = (struct till_return){.back = back, .lines = till_stage_basket(till)->lines};
    return &till->back;
}

/* ------------------------------------------------------------------------------------------- discount rows */

static bool add_row(const kassa_Discount *row, int64_t minor, uint32_t number, struct taken *taken)
{
    if (minor == 0)
        return true;
    if (taken->discount_count == DISCOUNTS_MAX)
        return false;
    uint32_t sequence = 1;
    for (size_t i = taken->discount_count; i > 0 && taken->discounts[i - 1].line == number; i--)
        sequence++;
    kassa_Discount *out = &taken->discounts[taken->discount_count++];
    *out = *row;
    out->line = number;
    out->sequence = sequence;
    out->base_minor = -row->base_minor;
    out->wanted_minor = -minor;
    out->amount_minor = -minor;
    return true;
}

/* The line's plain discount came from its rows in their order: what comes back is taken from them in that
 * order too, so that each row ends at zero with the line. */
static bool return_plain_rows(const struct back *back, const kassa_Line *sold, const struct back_part *part,
                              uint32_t number, struct taken *taken)
{
    int64_t before = part->plain_before_minor;
    int64_t now = part->plain_minor;
    const struct wire_receipt *original = back->original;
    for (size_t i = 0; i < original->discount_count && now > 0; i++) {
        const kassa_Discount *row = &original->discounts[i];
        if (row->line != sold->number || back_is_deal(original, row))
            continue;
        int64_t gone = before < row->amount_minor ? before : row->amount_minor;
        int64_t left = row->amount_minor - gone;
        int64_t minor = now < left ? now : left;
        before -= gone;
        now -= minor;
        if (!add_row(row, minor, number, taken))
            return false;
    }
    return now == 0;
}

/* What deals take back stands under the deal's offer, also where it is charged on a paid unit: its own row
 * first, else that of the first deal of the receipt that the line is in, else of any. */
static bool return_deal_row(const struct back *back, const kassa_Line *sold, int64_t minor, uint32_t number,
                            struct taken *taken)
{
    const struct wire_receipt *original = back->original;
    const kassa_Discount *found = NULL;
    const char *offer = original->head.deals_count > 0 ? original->head.deals[0].offer : "";
    for (pb_size_t i = original->head.deals_count; i > 0; i--) {
        if (original->head.deals[i - 1].line == sold->number)
            offer = original->head.deals[i - 1].offer;
    }
    for (size_t i = 0; i < original->discount_count; i++) {
        const kassa_Discount *row = &original->discounts[i];
        bool is_better = strcmp(row->offer, offer) == 0 && (found == NULL || row->line == sold->number);
        found = is_better ? row : found;
    }
    return minor == 0 || (found != NULL && add_row(found, minor, number, taken));
}

/* ------------------------------------------------------------------------------------------------ the lines */

static enum err refuse_line(size_t i, const char *field, const char *reason, struct till_refusal *out)
{
    till_refuse(out, reason, "lines[%zu].%s", i, field);
    return ERR_RANGE;
}

static enum err check_back(const struct back *back, const struct till_line_back *entry, size_t i,
                           struct till_refusal *out)
{
    const kassa_Line *sold = back_line_of(back->original, entry->line);
    if (sold == NULL)
        return refuse_line(i, "line", "the receipt has no such line", out);
    if (sold->quantity_milli <= 0 || sold->kind == kassa_LineKind_LINE_RETURN)
        return refuse_line(i, "line", "that line was no sale", out);
    if (entry->quantity_milli <= 0)
        return refuse_line(i, "quantity", "must be what comes back: positive", out);
    if (entry->quantity_milli > sold->quantity_milli - back->before_milli[entry->line - 1])
        return refuse_line(i, "quantity", "more than is left of what was bought", out);
    return ERR_OK;
}

static enum err take_line(struct back *back, const struct till_line_back *entry, const char *reason,
                          struct taken *taken)
{
    const kassa_Line *sold = back_line_of(back->original, entry->line);
    struct back_part part;
    TRY(back_take(back, entry->line, entry->quantity_milli, &part));
    kassa_Line *line = &taken->lines[taken->line_count];
    *line = *sold;
    line->number = taken->first_number + (uint32_t)taken->line_count;
    line->kind = kassa_LineKind_LINE_RETURN;
    line->quantity_milli = -entry->quantity_milli;
    line->points = 0;
    line->needs = 0;
    line->has_original = true;
    line->original = (kassa_Original){.has_receipt = true,
                                      .receipt = back->original->head.id,
                                      .line = sold->number,
                                      .quantity_milli = sold->quantity_milli,
                                      .kind = sold->kind};
    (void)snprintf(line->return_reason, sizeof line->return_reason, "%s", reason);
    line->amount_minor = -part.amount_minor;
    line->discount_minor = -part.discount_minor;
    line->tax_minor = -part.tax_minor;
    tax_set_base(back->original->head.price_mode, line);
    bool fits = return_plain_rows(back, sold, &part, line->number, taken) &&
                return_deal_row(back, sold, part.discount_minor - part.plain_minor, line->number, taken);
    taken->line_count++;
    return fits ? ERR_OK : ERR_TOO_LONG;
}

enum err till_take_lines(struct till *till, const struct till_line_back *entries, size_t count,
                         const char *reason, struct taken *taken, struct till_refusal *out)
{
    struct back *back = &till->so_far;
    memcpy(till->from_milli, back->before_milli, sizeof till->from_milli);
    till->from_refunded_minor = back->refunded_minor;
    for (size_t i = 0; i < count; i++) {
        if (taken->line_count == taken->line_max)
            return ERR_TOO_LONG;
        TRY(check_back(back, &entries[i], i, out));
        TRY(take_line(back, &entries[i], reason, taken));
    }
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------ what shrinks with it */

static enum err take_points_back(const struct till *till, const kassa_Loyalty *from, kassa_Loyalty *to)
{
    struct back_progress progress;
    TRY(back_measure_of(&till->so_far, till->from_milli, BACK_POINTS, &progress));
    for (pb_size_t i = 0; i < from->earned_count; i++) {
        int64_t points = 0;
        if (from->earned[i].points <= 0)
            continue; /* what an exchange took back itself stays taken back */
        TRY(back_share(&progress, from->earned[i].points, &points));
        if (points == 0)
            continue;
        if (to->earned_count == COUNT_OF(to->earned))
            return ERR_TOO_LONG;
        kassa_EarnRow *row = &to->earned[to->earned_count++];
        *row = from->earned[i];
        row->points = -points;
        row->base_minor = -from->earned[i].base_minor;
        row->original_row = (uint32_t)i + 1;
        to->points_earned -= points;
    }
    return ERR_OK;
}

/* Points that paid go back by money, with what else goes back the way it paid; those that were a discount, with
 * the rows of the lines that had it. */
static enum err burned_share(const struct till *till, const struct back_progress *money,
                             const kassa_BurnRow *burned, struct back_progress *left, int64_t *out_points,
                             int64_t *out_value_minor)
{
    struct back_progress lines;
    if (burned->as_tender) {
        TRY(back_share(money, burned->points, out_points));
        return back_next_share(left, burned->value_minor, out_value_minor);
    }
    TRY(back_measure_of(&till->so_far, till->from_milli, BACK_BURNED, &lines));
    TRY(back_share(&lines, burned->points, out_points));
    return back_share(&lines, burned->value_minor, out_value_minor);
}

static enum err give_burned_back(const struct till *till, const struct back_progress *money,
                                 kassa_Loyalty *to, struct back_progress *left, int64_t *out_tender_minor)
{
    const kassa_Loyalty *from = &till->so_far.original->head.loyalty;
    for (pb_size_t i = 0; i < from->burned_count; i++) {
        const kassa_BurnRow *burned = &from->burned[i];
        int64_t points = 0;
        int64_t value = 0;
        if (burned->points <= 0)
            continue;
        TRY(burned_share(till, money, burned, left, &points, &value));
        if (points == 0 && value == 0)
            continue;
        if (to->burned_count == COUNT_OF(to->burned))
            return ERR_TOO_LONG;
        to->burned[to->burned_count++] =
            (kassa_BurnRow){.points = -points, .value_minor = -value, .as_tender = burned->as_tender};
        to->points_burned -= points;
        if (burned->as_tender)
            *out_tender_minor += value;
    }
    return ERR_OK;
}

static enum err take_stamps_back(const struct back_progress *net, const kassa_Loyalty *from,
                                 kassa_Loyalty *to)
{
    for (pb_size_t i = 0; i < from->stamps_count; i++) {
        int64_t count = 0;
        if (from->stamps[i].count <= 0)
            continue;
        TRY(back_share(net, from->stamps[i].count, &count));
        if (count == 0)
            continue;
        if (to->stamps_count == COUNT_OF(to->stamps))
            return ERR_TOO_LONG;
        to->stamps[to->stamps_count] = from->stamps[i];
        to->stamps[to->stamps_count++].count = -count;
    }
    return ERR_OK;
}

/* A use is given back when all of it came back; units, money and points in proportion. */
static enum err give_uses_back(const struct back_progress *net, bool is_whole, const kassa_Loyalty *from,
                               kassa_Loyalty *to)
{
    for (pb_size_t i = 0; i < from->uses_count; i++) {
        int64_t amount = is_whole ? from->uses[i].amount : 0;
        if (from->uses[i].amount <= 0)
            continue;
        if (from->uses[i].what != kassa_LimitWhat_LIMIT_USES)
            TRY(back_share(net, from->uses[i].amount, &amount));
        if (amount == 0)
            continue;
        if (to->uses_count == COUNT_OF(to->uses))
            return ERR_TOO_LONG;
        to->uses[to->uses_count] = from->uses[i];
        to->uses[to->uses_count++].amount = -amount;
    }
    return ERR_OK;
}

/* Coupons are whole. One that was used can be used again when all of it came back; one that was given is withdrawn as
 * soon as what remains does not earn it any more. */
static enum err turn_coupons(const struct till *till, const struct back_progress *net, bool is_whole,
                             kassa_Loyalty *to)
{
    const kassa_Loyalty *from = &till->so_far.original->head.loyalty;
    for (pb_size_t i = 0; i < from->coupons_count; i++) {
        const kassa_CouponRow *row = &from->coupons[i];
        bool is_redeemed = row->event == kassa_CouponEvent_COUPON_REDEEMED;
        bool is_turned = is_whole && is_redeemed;
        if (row->event == kassa_CouponEvent_COUPON_ISSUED)
            TRY(till_loses_coupon(till, net, i, &is_turned));
        if (!is_turned)
            continue;
        if (to->coupons_count == COUNT_OF(to->coupons))
            return ERR_TOO_LONG;
        to->coupons[to->coupons_count] = *row;
        to->coupons[to->coupons_count++].event =
            is_redeemed ? kassa_CouponEvent_COUPON_RETURNED : kassa_CouponEvent_COUPON_WITHDRAWN;
    }
    return ERR_OK;
}

static void set_policy(const struct till *till, kassa_Loyalty *to)
{
    to->return_policy = kassa_ReturnPolicy_RETURN_UNLIMITED;
    if (till->book == NULL)
        return;
    const struct book_programme *programme = &till->book->header.programme_rules;
    bool is_set = programme->return_policy != BOOK_RETURN_ONLY_PENDING || programme->pending_days > 0;
    if (is_set) /* where nothing is ever pending, nothing would be taken back: no policy, but a leak */
        to->return_policy = (kassa_ReturnPolicy)(programme->return_policy + 1);
    to->reinstate_days = programme->reinstate_days;
}

/* Each tender that goes back the way it paid has its share of the refund, and no more than that. */
static enum err give_tenders_back(const struct till *till, const struct back_progress *money,
                                  kassa_Loyalty *to, struct back_tenders *out_tenders)
{
    const kassa_Receipt *original = &till->so_far.original->head;
    struct back_progress left;
    int64_t paid_minor = 0;
    for (pb_size_t i = 0; i < original->loyalty.burned_count; i++) {
        const kassa_BurnRow *burned = &original->loyalty.burned[i];
        if (burned->as_tender && burned->points > 0)
            TRY(money_add(paid_minor, burned->value_minor, &paid_minor));
    }
    TRY(till_sum_gifts_paid(original, &paid_minor));
    TRY(back_begin_shares(money, paid_minor, &left));
    TRY(give_burned_back(till, money, to, &left, &out_tenders->points_minor));
    return till_take_gifts_back(till, &left, to, &out_tenders->gift_minor);
}

/* Whatever earned or spent it is told by the original, whoever brings the goods. */
enum err till_take_loyalty_back(struct till *till, kassa_Loyalty *to, struct back_tenders *out_tenders)
{
    const kassa_Receipt *original = &till->so_far.original->head;
    struct back_progress money;
    bool is_whole = back_is_whole(till->so_far.original, till->so_far.before_milli);
    *out_tenders = (struct back_tenders){0};
    if (!original->has_loyalty || original->training)
        return ERR_OK;
    const kassa_Loyalty *from = &original->loyalty;
    TRY(back_measure_money(&till->so_far, till->from_refunded_minor, &money));
    TRY(take_points_back(till, from, to));
    TRY(give_tenders_back(till, &money, to, out_tenders));
    TRY(take_stamps_back(&money, from, to));
    TRY(give_uses_back(&money, is_whole, from, to));
    TRY(turn_coupons(till, &money, is_whole, to));
    set_policy(till, to);
    return ERR_OK;
}

static void set_owner(const kassa_Receipt *original, kassa_Receipt *head)
{
    if (!original->has_loyalty)
        return;
    head->has_loyalty = true;
    head->loyalty.member = original->loyalty.member;
    head->loyalty.card_token = original->loyalty.card_token;
    memcpy(head->loyalty.programme, original->loyalty.programme, sizeof head->loyalty.programme);
}

static enum err fill_with_original(struct till *till, struct wire_receipt *receipt,
                                   struct back_tenders *out_tenders, struct till_refusal *out)
{
    struct taken taken = {
        .lines = till->back.lines, .line_max = LINES_MAX, .discounts = till->discounts, .first_number = 1};
    TRY(till_take_lines(till, till->back.back, till->back.back_count, till->back.reason, &taken, out));
    receipt->line_count = taken.line_count;
    receipt->discount_count = taken.discount_count;
    const kassa_Receipt *original = &till->so_far.original->head;
    receipt->head.training = original->training;
    set_owner(original, &receipt->head);
    return till_take_loyalty_back(till, &receipt->head.loyalty, out_tenders);
}

/* --------------------------------------------------------------------------------------------- unverified */

static enum err fill_unverified(struct till *till, struct wire_receipt *receipt, struct till_refusal *out)
{
    TRY(till_check_lines(till, till->back.lines, till->back.line_count, /* is_return= */ true, out));
    for (size_t i = 0; i < till->back.line_count; i++) {
        kassa_Line *line = &till->back.lines[i];
        line->number = (uint32_t)i + 1;
        line->has_original = true;
        line->original =
            (kassa_Original){.unverified = true, .quantity_milli = line->quantity_milli, .kind = line->kind};
        line->kind = kassa_LineKind_LINE_RETURN;
        line->quantity_milli = -line->quantity_milli;
        memcpy(line->return_reason, till->back.reason, sizeof line->return_reason);
        TRY(till_set_amount(till, receipt->head.price_mode, line));
    }
    receipt->line_count = till->back.line_count;
    return ERR_OK;
}

/* --------------------------------------------------------------------------------------------- the return */

enum err till_sum_up(struct wire_receipt *receipt)
{
    kassa_Receipt *head = &receipt->head;
    head->gross_minor = 0;
    head->discount_minor = 0;
    head->tax_minor = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        TRY(money_add(head->gross_minor, receipt->lines[i].amount_minor, &head->gross_minor));
        TRY(money_add(head->discount_minor, receipt->lines[i].discount_minor, &head->discount_minor));
        TRY(money_add(head->tax_minor, receipt->lines[i].tax_minor, &head->tax_minor));
    }
    if (__builtin_sub_overflow(head->gross_minor, head->discount_minor, &head->total_minor))
        return ERR_RANGE;
    return money_add(head->total_minor, tax_on_top(head->price_mode, head->tax_minor), &head->total_minor);
}

/* What is shown: the balance of whoever's points were moved, as far as the till knows him. */
void till_show_balance(struct till *till, kassa_Loyalty *loyalty)
{
    struct member_found found;
    kassa_Member member;
    int64_t moved = loyalty->points_earned - loyalty->points_burned;
    if (loyalty->member.size != MEMBER_SIZE)
        return;
    loyalty->balance_shown = moved;
    if (members_find_id(till->settings.members, loyalty->member.bytes, &found) != ERR_OK ||
        wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), &member) != ERR_OK)
        return;
    loyalty->balance_as_of_unix_ms = member.points_as_of_unix_ms;
    loyalty->balance_shown += till_points_of(till, &member).points;
}

/* Where nobody knows the receipt, the lines that the caller sent for that case are taken. */
static bool is_taken_unverified(const struct till *till, enum err error)
{
    return error == ERR_NOT_FOUND && till->back.line_count > 0;
}

/* Unverified lines have the prices that the POS has now. */
static enum err set_price_mode(const struct till *till, bool has_original, kassa_Receipt *head,
                               struct till_refusal *out)
{
    const struct till_return *back = &till->back;
    head->price_mode = back->has_price_mode ? back->price_mode : till->settings.price_mode;
    if (!has_original)
        return ERR_OK;
    if (back->has_price_mode)
        return till_check_price_mode(till, back->price_mode, "price_mode", out);
    head->price_mode = till->so_far.original->head.price_mode;
    return ERR_OK;
}

static enum err fill_return(struct till *till, struct back_tenders *out_tenders, struct till_refusal *out)
{
    struct wire_receipt *receipt = &till_blank_record(till)->body.receipt;
    kassa_Receipt *head = &receipt->head;
    enum err error =
        till->back.has_original ? till_find_original(till, &till->back.original, out) : ERR_NOT_FOUND;
    if (error != ERR_OK && !is_taken_unverified(till, error))
        return error;
    till_fill_head(till, head, kassa_ReceiptKind_RECEIPT_RETURN);
    head->training = till->back.training;
    memcpy(head->operator, till->back.operator_id, sizeof head->operator);
    receipt->lines = till->back.lines;
    receipt->discounts = till->discounts;
    TRY(set_price_mode(till, error == ERR_OK, head, out));
    TRY(error == ERR_OK ? fill_with_original(till, receipt, out_tenders, out)
                        : fill_unverified(till, receipt, out));
    if (!head->has_loyalty && till->has_customer) {
        head->has_loyalty = true;
        till_name_customer(till, &head->loyalty);
    }
    till_show_balance(till, &head->loyalty);
    return till_sum_up(receipt);
}

static enum err see_bringer(struct till *till)
{
    struct till_card card = till->back.card;
    card.text = till->back.card_text;
    return till->back.card_text[0] == '\0' ? ERR_OK : till_see_card(till, &card);
}

static enum err write_return(struct till *till, const struct till_request *request, const uint8_t *digest,
                             struct till_outcome *out, struct till_refusal *out_refusal)
{
    struct till_tenders tenders = till->back.tenders;
    struct back_tenders back = {0};
    TRY(till_refuse_gift_tender(&tenders, out_refusal));
    if (tenders.count == 0) {
        tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH};
        tenders.count = 1;
        tenders.rest = 0;
    }
    TRY(fill_return(till, &back, out_refusal));
    struct wire_receipt *receipt = &till->record.body.receipt;
    TRY(till_add_tender(&tenders, kassa_TenderKind_TENDER_POINTS, -back.points_minor, out_refusal));
    TRY(till_add_tender(&tenders, kassa_TenderKind_TENDER_GIFT, -back.gift_minor, out_refusal));
    TRY(till_settle(receipt, &tenders, till->settings.cash_rounding_minor, out_refusal));
    TRY(till_check_receipt(receipt, till->settings.cash_rounding_minor));
    return till_write(till, kassa_RecordKind_RECORD_RETURN, request, digest, out);
}

enum err till_take_return(struct till *till, const struct till_request *request, struct till_outcome *out,
                          struct till_refusal *out_refusal)
{
    uint8_t digest[HASH_SIZE];
    bool is_done = false;
    TRY(till_begin_request(till, request, digest, out, &is_done));
    if (is_done)
        return ERR_OK;
    TRY(till_check_step(till, SALE_RETURNED));
    TRY(see_bringer(till));
    TRY(write_return(till, request, digest, out, out_refusal));
    till_notify(till, TILL_RETURNED, out);
    till_take_step(till, SALE_RETURNED);
    return ERR_OK;
}
