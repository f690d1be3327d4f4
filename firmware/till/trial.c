/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c - a book that is signed may still be bad: before it is put in force it prices the newest sales of this
 * till. Each stands for one of the seven days from the book's first one on, at its own hour, so that what a
 * book gives on Saturdays is tried on a Monday too. */
#include "base/civil.h"
#include "till/internal.h"

#define RECORDS_MAX 4096 /* that are looked at for receipts, from the newest one back */
#define TRIAL_MS_MAX                                                                                         \
    3000 /* a book that takes longer would keep customers waiting; real ones take some 100 ms */

struct trying {
    struct till *till;
    struct offers_asked asked;
    struct offers_coupon coupons[COUPON_MOVES_MAX];
    struct span segments[SEGMENTS_MAX];
    struct offers_moment moment;
    struct till_trial trial;
};

/* ---- a sale of before, as a basket */

static void fill_coupons(struct trying *t, const kassa_Loyalty *loyalty)
{
    t->asked.basket.coupons = t->coupons;
    t->asked.basket.coupon_count = 0;
    for (pb_size_t i = 0; i < loyalty->coupons_count && t->asked.basket.coupon_count < OFFERS_COUPONS_MAX;
         i++) {
        if (loyalty->coupons[i].event == kassa_CouponEvent_COUPON_REDEEMED)
            t->coupons[t->asked.basket.coupon_count++] = (struct offers_coupon){
                .code = span_of_text(loyalty->coupons[i].series), .state = OFFERS_COUPON_FRESH};
    }
}

static int64_t asked_price_e5(const kassa_Line *line)
{
    bool is_rule = line->price_origin == kassa_PriceOrigin_PRICE_RULE;
    return is_rule && line->list_price_e5 > line->unit_price_e5 ? line->list_price_e5 : line->unit_price_e5;
}

/* What was sold; what came back in the same basket is no offer's. */
static void fill_basket(struct trying *t, const struct wire_receipt *receipt)
{
    uint32_t count = 0;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const kassa_Line *line = &receipt->lines[i];
        if (line->kind != kassa_LineKind_LINE_RETURN)
            till_fill_offer_line(line, asked_price_e5(line), &t->till->offer_lines[count++]);
    }
    t->asked.basket = (struct offers_basket){
        .lines = t->till->offer_lines,
        .line_count = count,
        .exponent = t->till->settings.exponent,
        .price_mode =
            receipt->head.price_mode == kassa_PriceMode_PRICE_NET ? OFFERS_NET_PRICES : OFFERS_GROSS_PRICES};
    fill_coupons(t, &receipt->head.loyalty);
}

static void set_moment(struct trying *t, const kassa_Receipt *head)
{
    const struct clock *clock = &t->till->settings.clock;
    int32_t first = t->asked.book->header.valid_from_day;
    struct offers_moment now = till_moment(t->till);
    int32_t offset_min = clock->ops->utc_offset_min(clock->self, head->end_unix_ms);
    t->moment = now;
    t->moment.day = (first > now.day ? first : now.day) + (int32_t)(t->trial.receipts % 7);
    t->moment.minute_of_day = civil_moment_of(head->end_unix_ms, offset_min).minute_of_day;
    t->moment.unix_ms = 0; /* of that day and hour there is none */
}

/* The member of then as he is known now; where he is not, somebody of the programme. */
static struct offers_member member_of(struct trying *t, const kassa_Loyalty *loyalty, kassa_Member *known)
{
    struct offers_member member = {.known = true};
    memcpy(member.id, loyalty->member.bytes, MEMBER_SIZE);
    if (till_look_up_member(t->till, loyalty->member.bytes, known) != ERR_OK)
        return member;
    member.tier = span_of_text(known->tier);
    for (pb_size_t i = 0; i < known->segments_count; i++)
        t->segments[i] = span_of_text(known->segments[i]);
    member.segments = t->segments;
    member.segment_count = known->segments_count;
    member.visits = known->visits;
    member.consents = UINT32_MAX;
    return member;
}

/* ---- trying */

static void note(struct trying *t, const kassa_Receipt *head, uint32_t *count)
{
    if (t->trial.faults + t->trial.over_limits == 0)
        t->trial.receipt = head->id.number;
    (*count)++;
}

static void price_once(struct trying *t, const kassa_Receipt *head, const struct offers_member *member)
{
    struct offers_result result;
    t->asked.member = member;
    t->asked.moment = &t->moment;
    enum err error =
        offers_price(t->asked.book, &t->asked.basket, member, &t->moment, t->till->workspace, &result);
    if (error != ERR_OK || till_count_engine_faults(&result) > 0)
        note(t, head, &t->trial.faults);
    else if (till_breaks_limit(&t->asked, &result))
        note(t, head, &t->trial.over_limits);
}

static void try_receipt(struct trying *t, const struct wire_receipt *receipt)
{
    const kassa_Receipt *head = &receipt->head;
    static const struct offers_member nobody;
    kassa_Member known = kassa_Member_init_zero;
    if (receipt->line_count > LINES_MAX || head->training)
        return;
    fill_basket(t, receipt);
    set_moment(t, head);
    price_once(t, head, &nobody);
    if (head->has_loyalty && head->loyalty.member.size == MEMBER_SIZE) {
        struct offers_member member = member_of(t, &head->loyalty, &known);
        price_once(t, head, &member);
    }
    t->trial.receipts++;
}

static enum err try_record(struct trying *t, uint64_t seq)
{
    struct journal_record stored;
    struct till *till = t->till;
    TRY(journal_read(till->settings.journal, seq, till->other.bytes, RECORD_SIZE_MAX, &stored));
    if (stored.receipt == 0 || till_decode(&till->other, stored.bytes.size) != ERR_OK)
        return ERR_OK;
    if (till->other.record.head.kind == kassa_RecordKind_RECORD_PURCHASE)
        try_receipt(t, &till->other.record.body.receipt);
    return ERR_OK;
}

/* A record that is trimmed meanwhile ends it, one that is damaged is passed over. */
static enum err try_all(struct trying *t)
{
    struct journal_stats stats;
    TRY(journal_get_stats(t->till->settings.journal, &stats));
    uint64_t seq = stats.newest.last_seq;
    uint64_t begin = till_read_clock(t->till).mono_ms;
    for (unsigned i = 0; i < RECORDS_MAX && seq >= stats.newest.first_seq && seq > 0; i++, seq--) {
        if (till_read_clock(t->till).mono_ms - begin > TRIAL_MS_MAX) {
            t->trial.faults++;
            return ERR_OK;
        }
        enum err error = t->trial.receipts == TILL_TRIAL_RECEIPTS ? ERR_NOT_FOUND : try_record(t, seq);
        if (error == ERR_NOT_FOUND)
            return ERR_OK;
        if (error != ERR_OK && error != ERR_CORRUPT)
            return error;
    }
    return ERR_OK;
}

enum err till_try_book(struct till *till, const struct book *book, const struct till_limits *limits,
                       struct till_trial *out)
{
    const struct book_header *header = &book->header;
    if (strcmp(header->currency, till->settings.currency) != 0 || header->exponent != till->settings.exponent)
        return ERR_ARGUMENT;
    struct trying t = {.till = till, .asked = {.book = book, .limits = till_limits_of(till, limits)}};
    enum err error = try_all(&t);
    till_price_again(till); /* the workspace held its result */
    TRY(error);
    *out = t.trial;
    return ERR_OK;
}
