/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of points that the newest book brought, and the daily round over the members. */
#include "base/civil.h"
#include "crm/document.h"

static const char programme_key[] = "programme";
static const char round_key[] = "round";

enum err crm_programme_get(const struct store_txn *txn, crm_Programme *out)
{
    enum err error =
        crm_document_get(txn, STORE_META, span_of_text(programme_key), crm_Programme_fields, out);
    if (error != ERR_NOT_FOUND)
        return error;
    *out = (crm_Programme)crm_Programme_init_zero;
    return ERR_OK;
}

enum err crm_programme_put(const struct store_txn *txn, const crm_Programme *programme)
{
    return crm_document_put(txn, STORE_META, span_of_text(programme_key), crm_Programme_fields, programme);
}

/* ---- the round: once a day, and when the programme changes. Where it stands is kept, so that a hub that
 * starts anew goes on. */

static enum err read_round(const struct store_txn *txn, int64_t unix_ms, crm_Round *out)
{
    crm_Programme programme;
    *out = (crm_Round)crm_Round_init_zero;
    enum err error = crm_document_get(txn, STORE_META, span_of_text(round_key), crm_Round_fields, out);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    TRY(crm_programme_get(txn, &programme));
    int32_t day = civil_moment_of(unix_ms, 0).day;
    if (error == ERR_OK && out->day >= day && out->book_version == programme.book_version)
        return ERR_OK;
    *out = (crm_Round){.day = day, .book_version = programme.book_version};
    return ERR_OK;
}

enum err crm_refresh_is_due(const struct store_txn *txn, int64_t unix_ms, bool *out_is_due)
{
    crm_Round round;
    TRY(read_round(txn, unix_ms, &round));
    *out_is_due = !round.is_done;
    return ERR_OK;
}

#define ROUND_MAX 1000

struct gathering {
    uint8_t ids[ROUND_MAX][MEMBER_SIZE];
    size_t count;
    size_t capacity;
    const uint8_t *after;
};

static bool gather(void *context, const crm_Member *member)
{
    struct gathering *g = context;
    if (g->after != NULL && memcmp(member->member.id.bytes, g->after, MEMBER_SIZE) == 0)
        return true;
    memcpy(g->ids[g->count++], member->member.id.bytes, MEMBER_SIZE);
    return g->count < g->capacity;
}

/* Behind the last member: one pass over each table, in as many rounds as that takes. */
static enum err forget_old(const struct store_txn *txn, int64_t unix_ms, crm_Round *round)
{
    static enum err (*const tables[])(const struct store_txn *, int64_t,
                                      struct crm_key *) = {crm_reservations_forget, crm_signals_forget};
    struct crm_key after = {.size = 0};
    if (round->forgotten < COUNT_OF(tables)) {
        crm_key_bytes(&after, round->after.bytes, round->after.size);
        TRY(tables[round->forgotten](txn, unix_ms, &after));
        round->forgotten += after.size == 0 ? 1 : 0;
    }
    _Static_assert(sizeof(round->after.bytes) >= STORE_KEY_MAX, "any key");
    memcpy(round->after.bytes, after.bytes, after.size);
    round->after.size = (pb_size_t)after.size;
    round->is_done = round->forgotten >= COUNT_OF(tables);
    return ERR_OK;
}

enum err crm_refresh(const struct store_txn *txn, int64_t unix_ms, size_t count, bool *out_done)
{
    crm_Round round;
    struct gathering g = {.capacity = count < 1 ? 1 : count < ROUND_MAX ? count : ROUND_MAX};
    TRY(read_round(txn, unix_ms, &round));
    *out_done = round.is_done;
    if (round.is_done)
        return ERR_OK;
    g.after = round.last.size == MEMBER_SIZE ? round.last.bytes : NULL;
    TRY(crm_member_scan(txn, g.after, gather, &g));
    for (size_t i = 0; i < g.count; i++)
        TRY(crm_member_renew(txn, g.ids[i], unix_ms));
    if (g.count > 0) {
        round.last.size = MEMBER_SIZE;
        memcpy(round.last.bytes, g.ids[g.count - 1], MEMBER_SIZE);
    }
    if (g.count < g.capacity)
        TRY(forget_old(txn, unix_ms, &round));
    *out_done = round.is_done;
    return crm_document_put(txn, STORE_META, span_of_text(round_key), crm_Round_fields, &round);
}

/* ---- points by hand */

enum err crm_points_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                        struct ledger_account *out)
{
    struct crm_account account;
    TRY(crm_account_get(txn, id, &account));
    *out = account.ledger;
    return ERR_OK;
}

enum err crm_points_adjust(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                           const struct crm_adjustment *adjustment)
{
    uint8_t member[MEMBER_SIZE];
    crm_Member found;
    crm_Totals totals;
    TRY(crm_member_resolve(txn, id, member));
    TRY(crm_member_get(txn, member, &found));
    if (found.member.erased)
        return ERR_NOT_FOUND;
    crm_Event event = {.has_order = true,
                       .order = {.business_day = adjustment->day,
                                 .unix_ms = adjustment->unix_ms,
                                 .till = "head-office",
                                 .number = adjustment->id},
                       .kind = LEDGER_ADJUSTMENT,
                       .receipt = ledger_receipt_of("", "head-office", adjustment->day, adjustment->id),
                       .earns_count = 1,
                       .earns = {{.points = adjustment->points,
                                  .available_day = adjustment->day,
                                  .expires_day = adjustment->expires_day}}};
    memcpy(event.reason, adjustment->reason, strnlen(adjustment->reason, sizeof(event.reason) - 1));
    TRY(crm_totals_get(txn, &totals));
    TRY(crm_event_post(txn, member, &event, &totals));
    TRY(crm_totals_put(txn, &totals));
    return crm_member_touch(txn, member, "", adjustment->unix_ms);
}
