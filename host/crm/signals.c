/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of fraud. What a rule is about (a card and an operator, a card, a till, a receipt) has a row with the newest
 * times at which it was seen; where as many as the threshold stand in one of the rule's windows, it is a signal from
 * then on. A row holds the start of a card's token, and no number or name. */
#include "base/crc32c.h"
#include "base/utf8.h"
#include "crm/document.h"

_Static_assert(CRM_SIGHTINGS_MAX == COUNT_OF(((crm_Signal *)0)->sightings), "crm.options");

#define SIGHTINGS_MORE 4

#define SECOND_MS INT64_C(1000)
#define HOUR_MS   (3600 * SECOND_MS)
#define DAY_MS    (24 * HOUR_MS)

enum rule { TOGETHER, VELOCITY_HOUR, VELOCITY_DAY, LATE_CREDIT, REPLAYED, GUESSED, TAP_REPLAYED, TAP_COPIED };

static const struct rule_row {
    const char *name;
    size_t threshold; /* its place in struct crm_fraud */
    int64_t window_ms;
} rules[] = {
    [TOGETHER] = {"together", offsetof(struct crm_fraud, together), 7 * DAY_MS},
    [VELOCITY_HOUR] = {"velocity_hour", offsetof(struct crm_fraud, velocity_hour), HOUR_MS},
    [VELOCITY_DAY] = {"velocity_day", offsetof(struct crm_fraud, velocity_day), DAY_MS},
    [LATE_CREDIT] = {"late_credit", offsetof(struct crm_fraud, late_credit), 7 * DAY_MS},
    [REPLAYED] = {"replayed", offsetof(struct crm_fraud, replayed), 7 * DAY_MS},
    [GUESSED] = {"guessed", offsetof(struct crm_fraud, guessed), HOUR_MS},
    [TAP_REPLAYED] = {"tap_replayed", offsetof(struct crm_fraud, tap_replayed), DAY_MS},
    [TAP_COPIED] = {"tap_copied", offsetof(struct crm_fraud, tap_copied), 7 * DAY_MS},
};

/* One sighting on its way to its row. */
struct seen {
    const struct store_txn *txn;
    enum rule rule;
    uint32_t threshold;
    int64_t hub_unix_ms;
    struct crm_key key; /* what it is about */
    crm_Signal about;   /* how that is described */
    crm_Sighting sighting;
};

/* Whether the rule is looked for. */
static bool begin(struct seen *seen, const struct store_txn *txn, const struct crm_fraud *fraud,
                  enum rule rule)
{
    if (fraud == NULL)
        return false;
    *seen = (struct seen){.txn = txn, .rule = rule};
    memcpy(&seen->threshold, (const uint8_t *)fraud + rules[rule].threshold, sizeof(seen->threshold));
    crm_key_text(&seen->key, rules[rule].name);
    return seen->threshold > 0;
}

/* ---- the row */

static bool is_before(const crm_Sighting *a, const crm_Sighting *b)
{
    return a->unix_ms != b->unix_ms ? a->unix_ms < b->unix_ms : a->number < b->number;
}

static bool has_what(const crm_Signal *row, const crm_Sighting *sighting)
{
    for (pb_size_t i = 0; i < row->sightings_count && sighting->what != 0; i++) {
        if (row->sightings[i].what == sighting->what)
            return true;
    }
    return false;
}

/* In the order of time; of more than that many the oldest go. */
static void insert(crm_Signal *row, const crm_Sighting *sighting, uint32_t capacity)
{
    uint32_t at = row->sightings_count;
    if (at >= capacity) {
        uint32_t surplus = at - capacity + 1;
        if (is_before(sighting, &row->sightings[surplus - 1]))
            return;
        at -= surplus;
        memmove(&row->sightings[0], &row->sightings[surplus], at * sizeof(*sighting));
    }
    row->sightings_count = (pb_size_t)(at + 1);
    for (; at > 0 && is_before(sighting, &row->sightings[at - 1]); at--)
        row->sightings[at] = row->sightings[at - 1];
    row->sightings[at] = *sighting;
}

/* The most that stand in one window. */
static uint32_t most_at_once(const crm_Signal *row, int64_t window_ms)
{
    uint32_t most = 0;
    for (uint32_t first = 0, last = 0; last < row->sightings_count; last++) {
        int64_t apart;
        while (__builtin_sub_overflow(row->sightings[last].unix_ms, row->sightings[first].unix_ms, &apart) ||
               apart >= window_ms)
            first++;
        most = last - first + 1 > most ? last - first + 1 : most;
    }
    return most;
}

static void describe(const struct seen *seen, crm_Signal *row)
{
    const crm_Signal *about = &seen->about;
    memcpy(row->rule, rules[seen->rule].name, strlen(rules[seen->rule].name) + 1);
    memcpy(row->store, about->store, sizeof(row->store));
    memcpy(row->till, about->till, sizeof(row->till));
    memcpy(row->operator, about->operator, sizeof(row->operator));
    row->window_ms = rules[seen->rule].window_ms;
    row->card.size = about->card.size;
    memcpy(row->card.bytes, about->card.bytes, sizeof(row->card.bytes));
    if (about->member.size > 0) {
        row->member.size = MEMBER_SIZE;
        memcpy(row->member.bytes, about->member.bytes, MEMBER_SIZE);
    }
}

/* Enough to see the threshold reached, and some more as evidence: a row is read and written with each receipt. */
static uint32_t capacity_of(uint32_t threshold)
{
    return threshold < CRM_SIGHTINGS_MAX - SIGHTINGS_MORE ? threshold + SIGHTINGS_MORE : CRM_SIGHTINGS_MAX;
}

static enum err keep(const struct seen *seen)
{
    crm_Signal row = crm_Signal_init_zero;
    enum err error =
        crm_document_get(seen->txn, STORE_SIGNALS, crm_key_span(&seen->key), crm_Signal_fields, &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (has_what(&row, &seen->sighting))
        return ERR_OK;
    describe(seen, &row);
    insert(&row, &seen->sighting, capacity_of(seen->threshold));
    uint32_t most = most_at_once(&row, row.window_ms);
    row.most = most > row.most ? most : row.most;
    if (most >= seen->threshold && row.threshold == 0) {
        row.threshold = seen->threshold;
        row.flagged_unix_ms = seen->hub_unix_ms;
    }
    return crm_document_put(seen->txn, STORE_SIGNALS, crm_key_span(&seen->key), crm_Signal_fields, &row);
}

/* ---- receipts */

static void describe_receipt(struct seen *seen, const struct crm_fold *fold, const kassa_Receipt *head)
{
    const kassa_Loyalty *loyalty = &head->loyalty;
    seen->hub_unix_ms = fold->intake->hub_unix_ms;
    seen->sighting = (crm_Sighting){
        .unix_ms = fold->when.unix_ms, .business_day = head->id.business_day, .number = head->id.number};
    memcpy(seen->sighting.till, head->id.till, sizeof(seen->sighting.till));
    memcpy(seen->about.store, head->id.store, sizeof(seen->about.store));
    memcpy(seen->about.operator, head->operator, sizeof(seen->about.operator));
    if (loyalty->card_token.size == TOKEN_SIZE) {
        seen->about.card.size = sizeof(seen->about.card.bytes);
        memcpy(seen->about.card.bytes, loyalty->card_token.bytes, sizeof(seen->about.card.bytes));
    }
    seen->about.member.size = loyalty->member.size;
    memcpy(seen->about.member.bytes, loyalty->member.bytes, MEMBER_SIZE);
}

static enum err see_card(const struct crm_fold *fold, const kassa_Receipt *head, enum rule rule,
                         const char *operator)
{
    struct seen seen;
    if (!begin(&seen, fold->txn, fold->intake->fraud, rule))
        return ERR_OK;
    describe_receipt(&seen, fold, head);
    if (operator== NULL)
        seen.about.operator[0] = '\0';
    crm_key_bytes(&seen.key, head->loyalty.card_token.bytes, TOKEN_SIZE);
    crm_key_text(&seen.key, operator== NULL ? "" : operator);
    return keep(&seen);
}

/* What the till's clock says is compared with itself alone. */
static bool is_late(const struct crm_fold *fold, const struct wire_record *record)
{
    const kassa_Receipt *head = &record->body.receipt.head;
    int64_t after_ms;
    if (head->loyalty.points_earned <= 0)
        return false;
    if (head->reentered || __builtin_sub_overflow(record->head.wall_unix_ms, head->end_unix_ms, &after_ms))
        return true;
    return after_ms > fold->intake->fraud->late_s * SECOND_MS;
}

/* Not of a receipt: when and where it was. */
static void describe_till(struct seen *seen, const struct crm_fold *fold)
{
    seen->hub_unix_ms = fold->intake->hub_unix_ms;
    seen->sighting.unix_ms = fold->when.unix_ms;
    memcpy(seen->sighting.till, fold->till, strnlen(fold->till, TILL_ID_MAX));
    memcpy(seen->about.store, fold->store, strnlen(fold->store, TILL_ID_MAX));
}

static enum err see_at_till(const struct crm_fold *fold, const kassa_Receipt *head, enum rule rule)
{
    struct seen seen;
    if (!begin(&seen, fold->txn, fold->intake->fraud, rule))
        return ERR_OK;
    describe_receipt(&seen, fold, head);
    memcpy(seen.about.till, head->id.till, sizeof(seen.about.till));
    crm_key_text(&seen.key, head->id.till);
    return keep(&seen);
}

enum err crm_signals_of_receipt(const struct crm_fold *fold, const struct wire_record *record, bool is_again)
{
    const kassa_Receipt *head = &record->body.receipt.head;
    if (fold->intake->fraud == NULL)
        return ERR_OK;
    if (is_again)
        TRY(see_at_till(fold, head, REPLAYED));
    if (record->head.kind != kassa_RecordKind_RECORD_PURCHASE || head->loyalty.card_token.size != TOKEN_SIZE)
        return ERR_OK;
    if (is_late(fold, record))
        TRY(see_at_till(fold, head, LATE_CREDIT));
    if (utf8_is_printable(span_of_text(head->operator)) && head->operator[0] != '\0')
        TRY(see_card(fold, head, TOGETHER, head->operator));
    TRY(see_card(fold, head, VELOCITY_HOUR, NULL));
    return see_card(fold, head, VELOCITY_DAY, NULL);
}

/* ---- taps that are each other's copies */

/* A till refused what had been shown to it before. */
enum err crm_signals_of_fault(const struct crm_fold *fold, const kassa_TillFault *fault)
{
    struct seen seen;
    if (strcmp(fault->code, "card.replayed") != 0 ||
        !begin(&seen, fold->txn, fold->intake->fraud, TAP_REPLAYED))
        return ERR_OK;
    describe_till(&seen, fold);
    memcpy(seen.about.till, seen.sighting.till, sizeof(seen.about.till));
    crm_key_text(&seen.key, seen.about.till);
    return keep(&seen);
}

/* Each till refuses what it has seen itself; what two of them have taken is seen here alone. */
static enum err see_tap(const struct crm_fold *fold, const kassa_CardSeen *card)
{
    struct seen seen;
    if (card->tap.size == 0 || !begin(&seen, fold->txn, fold->intake->fraud, TAP_COPIED))
        return ERR_OK;
    describe_till(&seen, fold);
    seen.about.card.size = sizeof(seen.about.card.bytes);
    memcpy(seen.about.card.bytes, card->card_token.bytes, sizeof(seen.about.card.bytes));
    seen.about.member.size = card->member.size;
    memcpy(seen.about.member.bytes, card->member.bytes, MEMBER_SIZE);
    crm_key_bytes(&seen.key, card->tap.bytes, card->tap.size);
    seen.sighting.what =
        crc32c(0, span_of_text(seen.sighting.till)) | 1; /* a till counts once, however often it read it */
    return keep(&seen);
}

/* ---- what nobody knows */

static enum err see_guess(struct seen *seen, const char *till, const char *store, uint32_t what)
{
    size_t till_size = strnlen(till, TILL_ID_MAX), store_size = strnlen(store, TILL_ID_MAX);
    seen->sighting.what = what == 0 ? 1 : what;
    memcpy(seen->sighting.till, till, till_size);
    memcpy(seen->about.till, till, till_size);
    memcpy(seen->about.store, store, store_size);
    crm_key_bytes(&seen->key, till, till_size);
    return keep(seen);
}

enum err crm_signals_of_card(const struct crm_fold *fold, const kassa_CardSeen *card)
{
    struct seen seen;
    crm_Member member;
    TRY(see_tap(fold, card));
    if (card->member.size > 0 || card->card_token.size != TOKEN_SIZE ||
        !begin(&seen, fold->txn, fold->intake->fraud, GUESSED))
        return ERR_OK;
    enum err error = crm_member_find_card(fold->txn, card->card_token.bytes, &member);
    if (error != ERR_NOT_FOUND)
        return error;
    seen.hub_unix_ms = fold->intake->hub_unix_ms;
    seen.sighting.unix_ms = fold->when.unix_ms;
    return see_guess(&seen, fold->till, fold->store, crc32c(0, span_of(card->card_token.bytes, TOKEN_SIZE)));
}

enum err crm_note_coupon_guess(const struct store_txn *txn, const struct crm_fraud *fraud,
                               const struct crm_asker *asker, const kassa_Reserve *asked,
                               const kassa_Reservation *answer)
{
    struct seen seen;
    bool is_guess = answer->status == kassa_ReserveStatus_RESERVE_REFUSED &&
                    answer->reason == kassa_ReserveReason_RESERVE_COUPON_UNKNOWN &&
                    answer->row < asked->coupons_count;
    if (!is_guess || !begin(&seen, txn, fraud, GUESSED))
        return ERR_OK;
    const kassa_CouponRow *row = &asked->coupons[answer->row];
    seen.hub_unix_ms = seen.sighting.unix_ms = asker->hub_unix_ms;
    uint32_t what = crc32c(crc32c(0, span_of_text(row->series)), span_of_text(row->serial));
    return see_guess(&seen, asker->till, asker->store, what);
}

enum err crm_note_gift_guess(const struct store_txn *txn, const struct crm_fraud *fraud,
                             const struct crm_asker *asker, const uint8_t account[TOKEN_SIZE])
{
    struct seen seen;
    crm_Gift gift;
    if (!begin(&seen, txn, fraud, GUESSED))
        return ERR_OK;
    enum err error = crm_gift_get(txn, account, &gift);
    if (error == ERR_SYNTAX) /* it leads nowhere, and somebody knows it */
        return ERR_OK;
    if (error != ERR_NOT_FOUND)
        return error;
    seen.hub_unix_ms = seen.sighting.unix_ms = asker->hub_unix_ms;
    return see_guess(&seen, asker->till, asker->store, crc32c(0, span_of(account, TOKEN_SIZE)));
}

/* ---- reading and forgetting */

struct signal_scan {
    crm_visit_signal *visit;
    void *context;
    enum err error;
};

static bool visit_row(void *context, struct span key, struct span body)
{
    (void)key;
    struct signal_scan *scan = context;
    crm_Signal row;
    if (wire_decode(crm_Signal_fields, body, &row) != ERR_OK) {
        scan->error = ERR_CORRUPT;
        return false;
    }
    return row.threshold == 0 || scan->visit(scan->context, &row);
}

enum err crm_signal_scan(const struct store_txn *txn, crm_visit_signal *visit, void *context)
{
    struct signal_scan scan = {visit, context, ERR_OK};
    TRY(store_scan(txn, STORE_SIGNALS, span_of(NULL, 0), visit_row, &scan));
    return scan.error;
}

#define KEEP_COUNTED_MS (8 * DAY_MS)  /* longer than any window */
#define KEEP_FLAGGED_MS (90 * DAY_MS) /* until somebody has looked */
#define FORGET_MAX      250           /* at a time */

struct forgetting {
    int64_t unix_ms;
    size_t count;
    struct crm_key keys[FORGET_MAX];
    enum err error;
};

static bool gather_old(void *context, struct span key, struct span body)
{
    struct forgetting *f = context;
    crm_Signal row;
    if (wire_decode(crm_Signal_fields, body, &row) != ERR_OK) {
        f->error = ERR_CORRUPT;
        return false;
    }
    int64_t last = row.sightings_count == 0 ? 0 : row.sightings[row.sightings_count - 1].unix_ms;
    int64_t age;
    bool is_young = !__builtin_sub_overflow(f->unix_ms, last, &age) &&
                    age < (row.threshold > 0 ? KEEP_FLAGGED_MS : KEEP_COUNTED_MS);
    if (!is_young) {
        f->keys[f->count].size = 0;
        crm_key_bytes(&f->keys[f->count++], key.bytes, key.size);
    }
    return f->count < FORGET_MAX;
}

enum err crm_signals_forget(const struct store_txn *txn, int64_t unix_ms, struct crm_key *after)
{
    struct forgetting f; /* field by field: the room for keys is large, and seldom used */
    f.unix_ms = unix_ms;
    f.count = 0;
    f.error = ERR_OK;
    TRY(store_scan(txn, STORE_SIGNALS, crm_key_span(after), gather_old, &f));
    TRY(f.error);
    for (size_t i = 0; i < f.count; i++)
        TRY(crm_document_remove(txn, STORE_SIGNALS, crm_key_span(&f.keys[i])));
    after->size = 0;
    if (f.count == FORGET_MAX)
        *after = f.keys[FORGET_MAX - 1];
    return ERR_OK;
}

/* ---- a member who is erased */

struct forgetting_one {
    const crm_Member *member;
    struct forgetting found;
};

static bool is_about(const crm_Signal *row, struct span key, const crm_Member *member)
{
    if (row->member.size == MEMBER_SIZE &&
        memcmp(row->member.bytes, member->member.id.bytes, MEMBER_SIZE) == 0)
        return true;
    for (size_t i = 0; i < member->member.card_tokens_count;
         i++) { /* a row of a card has its token in the key */
        if (memmem(key.bytes, key.size, member->member.card_tokens[i].bytes, TOKEN_SIZE) != NULL)
            return true;
    }
    return false;
}

static bool gather_his(void *context, struct span key, struct span body)
{
    struct forgetting_one *one = context;
    struct forgetting *f = &one->found;
    crm_Signal row;
    if (wire_decode(crm_Signal_fields, body, &row) != ERR_OK) {
        f->error = ERR_CORRUPT;
        return false;
    }
    if (is_about(&row, key, one->member)) {
        f->keys[f->count].size = 0;
        crm_key_bytes(&f->keys[f->count++], key.bytes, key.size);
    }
    return f->count < FORGET_MAX;
}

enum err crm_signals_remove(const struct store_txn *txn, const crm_Member *member)
{
    struct forgetting_one one = {.member = member};
    do {
        one.found.count = 0;
        TRY(store_scan(txn, STORE_SIGNALS, span_of(NULL, 0), gather_his, &one));
        TRY(one.found.error);
        for (size_t i = 0; i < one.found.count; i++)
            TRY(crm_document_remove(txn, STORE_SIGNALS, crm_key_span(&one.found.keys[i])));
    } while (one.found.count == FORGET_MAX);
    return ERR_OK;
}
