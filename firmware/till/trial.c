/* SPDX-License-Identifier: Apache-2.0 */
/* trial.c - a book that is signed may still be bad: before it is put in force it prices the newest sales of this
 * till. Each stands for one of the seven days from the book's first one on, at its own hour, so that what a
 * book gives on Saturdays is tried on a Monday too. */
#include "base/civil.h"
#include "till/internal.h"

#define RECORDS_MAX 4096 /* that are looked at for receipts, from the newest one back */
#define TRIAL_MS_MAX                                                                                         \
    3000             /* a book that takes longer would keep customers waiting; real ones take some 100 ms */
#define STALL_MS 500 /* one step of so long is the machine's doing: a disk, a process that was stopped */

/* ---- a sale of before, as a basket */

static void fill_coupons(struct till_trying *t, const kassa_Loyalty *loyalty)
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
static void fill_basket(struct till_trying *t, const struct wire_receipt *receipt)
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

static void set_moment(struct till_trying *t, const kassa_Receipt *head)
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
static struct offers_member member_of(struct till_trying *t, const kassa_Loyalty *loyalty,
                                      kassa_Member *known)
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

static void note(struct till_trying *t, const kassa_Receipt *head, uint32_t *count)
{
    if (t->trial.faults + t->trial.over_limits == 0)
        t->trial.receipt = head->id.number;
    (*count)++;
}

static void price_once(struct till_trying *t, const kassa_Receipt *head, const struct offers_member *member)
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

static void try_receipt(struct till_trying *t, const struct wire_receipt *receipt)
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

static enum err try_record(struct till_trying *t, uint64_t seq)
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

/* ---- in slices */

/* A record that is trimmed meanwhile ends it, one that is damaged is passed over. */
static enum err try_next(struct till_trying *t)
{
    bool is_over = t->seq < t->first_seq || t->seq == 0 || t->records == RECORDS_MAX ||
                   t->trial.receipts == TILL_TRIAL_RECEIPTS;
    enum err error = is_over ? ERR_NOT_FOUND : try_record(t, t->seq);
    t->is_done = error == ERR_NOT_FOUND;
    t->seq -= is_over ? 0 : 1;
    t->records++;
    return error == ERR_NOT_FOUND || error == ERR_CORRUPT ? ERR_OK : error;
}

/* The first stall is not the book's; a book that is slow has more of them. */
static void count_time(struct till_trying *t, uint64_t step_ms)
{
    bool is_pardoned = step_ms >= STALL_MS && !t->has_stalled;
    t->has_stalled = t->has_stalled || is_pardoned;
    t->spent_ms += is_pardoned ? 0 : step_ms;
}

static enum err try_slice(struct till_trying *t, uint32_t slice_ms)
{
    uint64_t begin = till_read_clock(t->till).mono_ms;
    uint64_t passed = 0;
    do {
        TRY(try_next(t));
        uint64_t before = passed;
        passed = till_read_clock(t->till).mono_ms - begin;
        count_time(t, passed - before);
    } while (!t->is_done && passed < slice_ms);
    if (t->spent_ms > TRIAL_MS_MAX) {
        t->trial.faults++;
        t->is_done = true;
    }
    return ERR_OK;
}

enum err till_begin_trial(struct till *till, const struct book *book, const struct till_limits *limits)
{
    const struct book_header *header = &book->header;
    struct journal_stats stats;
    if (strcmp(header->currency, till->settings.currency) != 0 || header->exponent != till->settings.exponent)
        return ERR_ARGUMENT;
    TRY(journal_get_stats(till->settings.journal, &stats));
    till->trying = (struct till_trying){.till = till,
                                        .asked = {.book = book, .limits = {till->settings.limits, *limits}},
                                        .seq = stats.newest.last_seq,
                                        .first_seq = stats.newest.first_seq};
    return ERR_OK;
}

enum err till_go_on_trial(struct till *till, uint32_t slice_ms, bool *out_is_done, struct till_trial *out)
{
    enum err error = try_slice(&till->trying, slice_ms);
    if (sale_has_basket(till->state)) /* the workspace held another's result; its amounts were good before */
        KASSA_ASSERT(till_price(till, /* tenders= */ NULL) == ERR_OK);
    TRY(error);
    *out_is_done = till->trying.is_done;
    *out = till->trying.trial;
    return ERR_OK;
}
