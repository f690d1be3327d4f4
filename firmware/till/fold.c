/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c - what the till keeps in mind of its journal: points that head office has not confirmed, members
 * that it has not sent back, what was taken back, the book in force. All of it can be read again. */
#include "till/internal.h"

/* Of the confirmed records so many are folded too: some may not be in the snapshots yet. */
#define TAIL_CONFIRMED_MAX 1024
/* And of the others, as many as the fold can hold with some that move no points. */
#define TODAY_MS     (INT64_C(26) * 3600 * 1000) /* a day, on which clocks may be put back by an hour or two */
#define TODAY_STRIDE 256
#define TAIL_MAX     (4 * (uint64_t)POINTS_MOVES_MAX)

static void fold_points(struct till *till, const uint8_t *member, const struct points_sum *sum,
                        int64_t as_of_unix_ms, uint64_t seq)
{
    struct points_move move = {.seq = seq,
                               .points = sum->points,
                               .pending = sum->pending,
                               .burned = sum->burned,
                               .as_of_unix_ms = as_of_unix_ms};
    memcpy(move.member, member, MEMBER_SIZE);
    if (sum->points != 0 || sum->pending != 0 || sum->burned != 0)
        points_add(&till->points, &move);
}

/* What is taken back comes out of what is pending, where there is anything: the hub's ledger does so too. */
static struct points_sum sum_of(const kassa_Loyalty *loyalty, int32_t business_day)
{
    struct points_sum sum = {.points = loyalty->points_earned - loyalty->points_burned,
                             .burned = loyalty->points_burned};
    for (pb_size_t i = 0; i < loyalty->earned_count; i++) {
        const kassa_EarnRow *row = &loyalty->earned[i];
        if (row->available_day <= business_day)
            continue;
        sum.pending += row->points;
        sum.points -= row->points;
    }
    return sum;
}

static void fold_receipt(struct till *till, const kassa_Receipt *head, uint64_t seq)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    struct points_sum sum = sum_of(loyalty, head->id.business_day);
    if (head->has_loyalty && loyalty->member.size == MEMBER_SIZE && !head->training)
        fold_points(till, loyalty->member.bytes, &sum, loyalty->balance_as_of_unix_ms, seq);
    tally_add(&till->tally, head, seq);
    till->has_counters = false;
    if (head->book_version == 0 || head->book_hash.size != HASH_SIZE)
        return;
    till->recorded_book_version = head->book_version;
    memcpy(till->recorded_book_hash, head->book_hash.bytes, HASH_SIZE);
}

/* A void says nothing of the snapshot: it waits until it is confirmed, and the next snapshot holds it. */
static void fold_void(struct till *till, const kassa_Void *voided, uint64_t seq)
{
    struct points_sum sum = {.points = voided->points_burned - voided->points_earned,
                             .burned = -voided->points_burned};
    if (voided->member.size == MEMBER_SIZE)
        fold_points(till, voided->member.bytes, &sum, INT64_MIN, seq);
    if (till_find_receipt(till, voided->original.number, &till->found) == ERR_OK &&
        till->found.record.head.kind != kassa_RecordKind_RECORD_VOID)
        tally_add_void(&till->tally, &till->found.record.body.receipt.head, seq, voided->id.business_day);
    till->has_counters = false;
}

static void fold_book(struct till *till, const kassa_BookActivated *book)
{
    till->recorded_book_version = book->version;
    memcpy(till->recorded_book_hash, book->hash.bytes, HASH_SIZE);
    till->recorded_root_version = book->root_version;
    till->recorded_signed_unix_ms = book->signed_unix_ms;
}

static uint32_t generation_now(const struct till *till)
{
    struct journal_stats stats;
    return journal_get_stats(till->settings.journal, &stats) == ERR_OK ? stats.generation : 0;
}

void till_fold_record(struct till *till, const struct wire_record *record, uint64_t seq)
{
    kassa_RecordKind kind = record->head.kind;
    if (kind == kassa_RecordKind_RECORD_PURCHASE || kind == kassa_RecordKind_RECORD_RETURN)
        fold_receipt(till, &record->body.receipt.head, seq);
    else if (kind == kassa_RecordKind_RECORD_VOID)
        fold_void(till, &record->body.voided, seq);
    else if (kind == kassa_RecordKind_RECORD_MEMBER_ENROLLED)
        till_remember_enrolled(till, &record->body.member_enrolled);
    else if (kind == kassa_RecordKind_RECORD_CONSENT_CHANGED)
        till_remember_consent(till, &record->body.consent_changed, seq);
    else if (kind == kassa_RecordKind_RECORD_BOOK_ACTIVATED)
        fold_book(till, &record->body.book_activated);
    if (till->has_links)
        till_add_link(till, record, generation_now(till));
}

/* What was used up today counts against a day's limits, confirmed or not: back to the first record of the last
 * TODAY_MS, in strides. */
static uint64_t first_of_today(struct till *till, const struct journal_generation *range, uint64_t from)
{
    int64_t since_unix_ms = till_now_unix_ms(till) - TODAY_MS;
    while (from > range->first_seq) {
        struct journal_record stored;
        uint64_t earlier = from > range->first_seq + TODAY_STRIDE ? from - TODAY_STRIDE : range->first_seq;
        if (journal_read(till->settings.journal, earlier, till->other.bytes, RECORD_SIZE_MAX, &stored) !=
                ERR_OK ||
            stored.unix_ms < since_unix_ms)
            return from;
        from = earlier;
    }
    return from;
}

static uint64_t first_of_tail(const struct journal_generation *range)
{
    uint64_t from =
        range->acknowledged_seq > TAIL_CONFIRMED_MAX ? range->acknowledged_seq - TAIL_CONFIRMED_MAX : 1;
    if (range->last_seq > TAIL_MAX && from < range->last_seq - TAIL_MAX)
        from = range->last_seq - TAIL_MAX;
    return from > range->first_seq ? from : range->first_seq;
}

/* Of a kind that an older or newer program wrote, nothing is folded. */
static enum err fold_stored(struct till *till, uint64_t seq, uint64_t acknowledged_seq)
{
    struct journal_record stored;
    TRY(journal_read(till->settings.journal, seq, till->other.bytes, RECORD_SIZE_MAX, &stored));
    if (stored.receipt != 0 && stored.receipt < till->looking_back.before_number)
        till->looking_back.before_number = stored.receipt;
    enum err error = till_decode(&till->other, stored.bytes.size);
    if (error == ERR_UNSUPPORTED)
        return ERR_OK;
    TRY(error);
    kassa_RecordKind kind = till->other.record.head.kind;
    bool is_sent_back = (kind == kassa_RecordKind_RECORD_MEMBER_ENROLLED ||
                         kind == kassa_RecordKind_RECORD_CONSENT_CHANGED) &&
                        seq <= acknowledged_seq; /* or erased, or changed again: nothing of old may hold */
    if (!is_sent_back)
        till_fold_record(till, &till->other.record, seq);
    return ERR_OK;
}

enum err till_fold_tail(struct till *till)
{
    struct journal_stats stats;
    TRY(journal_get_stats(till->settings.journal, &stats));
    points_forget(&till->points);
    tally_forget(&till->tally);
    till_forget_consents(till);
    till->has_counters = false;
    bool had_links = till->has_links;
    till->has_links = false; /* the tail's are known, or will be read with all others */
    enum err error = ERR_OK;
    uint64_t first = first_of_today(till, &stats.newest, first_of_tail(&stats.newest));
    till_begin_looking_back(till);
    for (uint64_t seq = first; error == ERR_OK && seq <= stats.newest.last_seq; seq++)
        error = fold_stored(till, seq, stats.newest.acknowledged_seq);
    till->has_links = had_links;
    TRY(error);
    till->points_incarnation = stats.newest.incarnation;
    return ERR_OK;
}

enum err till_read_newest(struct till *till, int64_t *out_unix_ms, bool *out_is_clean)
{
    struct journal_stats stats;
    struct journal_record stored;
    kassa_Record head;
    TRY(journal_get_stats(till->settings.journal, &stats));
    *out_unix_ms = 0;
    *out_is_clean = true;
    if (stats.newest.last_seq == 0 || stats.newest.first_seq > stats.newest.last_seq)
        return ERR_OK;
    TRY(journal_read(till->settings.journal, stats.newest.last_seq, till->other.bytes, RECORD_SIZE_MAX,
                     &stored));
    TRY(wire_record_peek(stored.bytes, &head));
    *out_unix_ms = head.wall_unix_ms;
    *out_is_clean = head.kind == kassa_RecordKind_RECORD_TILL_STOPPED;
    return ERR_OK;
}
