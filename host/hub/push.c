/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "hub/internal.h"
#include "vault/vault.h"

#define CHANGES_A_SCAN   5000 /* looked at in one transaction: some milliseconds */
#define BULK_PUSH_MS     5 /* between full updates of one till: 200 a second, well below what it can apply */
#define COMPACT_MAX_MS   (30 * 60 * 1000)
#define COMPACT_PAUSE_MS (60 * 1000)
#define COHORT           "all"

static struct topic_parts parts_of(const struct session *session)
{
    struct topic_parts parts = {.index = 0};
    memcpy(parts.till, session->till, sizeof(parts.till));
    return parts;
}

static bool has_room(const struct hub *hub)
{
    struct transport transport = hub->parts.transport;
    return hub->link == LINK_UP && transport.ops->in_flight(transport.self) < TRANSPORT_WINDOW;
}

/* ---- what changed in the store */

static void want_members(void *context, struct session *session)
{
    struct hub *hub = context;
    if (!session->is_online)
        return;
    session->wants_members = true;
    hub_sessions_make_ready(&hub->sessions, session);
}

static enum err look(struct hub *hub, uint64_t *out_version, kassa_BookManifest *out_book)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_members_version(&txn, out_version));
    enum err error = crm_book_current(&txn, out_book);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

#define ROUND_A_POLL 200 /* members: some ten milliseconds */

/* The daily round over the members, a piece a poll, so that nothing waits for it. */
static enum err go_round(struct hub *hub)
{
    struct clock clock = hub->parts.clock;
    int64_t unix_ms = clock.ops->wall_unix_ms(clock.self);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    bool is_due, is_done;
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_refresh_is_due(&txn, unix_ms, &is_due));
    store_abort(&txn);
    if (!is_due)
        return ERR_OK;
    TRY(store_begin(hub->parts.store, STORE_WRITE, &txn));
    TRY(crm_refresh(&txn, unix_ms, ROUND_A_POLL, &is_done));
    return store_commit(&txn);
}

/* What an erased member left in the store's file goes with the file. It is rewritten between bursts; while a desk has
 * the store open, the next poll tries again. */
static enum err compact(struct hub *hub)
{
    struct clock clock = hub->parts.clock;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    uint64_t newest;
    if (hub->txn.handle != NULL || hub_now(hub) < hub->compact_due_mono_ms)
        return ERR_OK;
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_compaction_is_due(&txn, &newest));
    store_abort(&txn);
    if (newest == 0)
        return ERR_OK;
    const struct patience patience = hub->parts.patience;
    if (patience.ask != NULL)
        patience.ask(patience.self, COMPACT_MAX_MS);
    enum err error = store_compact(hub->parts.store);
    if (patience.ask != NULL)
        patience.ask(patience.self, 0);
    if (error == ERR_BUSY)
        return ERR_OK;
    if (error != ERR_OK) /* a full disk, say: it is not copied to at each poll */
        hub->compact_due_mono_ms = hub_now(hub) + COMPACT_PAUSE_MS;
    TRY(error);
    TRY(store_begin(hub->parts.store, STORE_WRITE, &txn));
    TRY(crm_compaction_done(&txn, newest, clock.ops->wall_unix_ms(clock.self)));
    TRY(store_commit(&txn));
    log_event(LOG_LEVEL_NOTICE, "store.compacted", "text=\"remains of erased members are gone\"");
    return ERR_OK;
}

void hub_push_poll(struct hub *hub)
{
    enum err compacted = compact(hub);
    if (compacted != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=compact error=%s", err_name(compacted));
    enum err round = go_round(hub);
    if (round != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=round error=%s", err_name(round));
    uint64_t version = hub->members_version;
    kassa_BookManifest book = hub->book;
    enum err error = hub_news_poll(hub);
    if (error == ERR_OK)
        error = look(hub, &version, &book);
    if (error != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=poll error=%s", err_name(error));
        return;
    }
    if (version != hub->members_version)
        hub_sessions_visit(&hub->sessions, want_members, hub);
    hub->members_version = version;
    if (book.version == hub->book.version)
        return;
    hub->book = book;
    log_event(LOG_LEVEL_NOTICE, "book.published", "version=%llu size=%u", (unsigned long long)book.version,
              (unsigned)book.size);
}

/* ---- members */

/* Tills do not learn the name and the birthday of one who refused personal offers; of others they get the key with
 * what it opens. */
static enum err seal_in(const struct store_txn *txn, kassa_Member *member)
{
    for (size_t i = 0; i < member->consents_count; i++) {
        if (strcmp(member->consents[i].purpose, "personal_offers") == 0 && !member->consents[i].given)
            member->personal_count = 0;
    }
    if (member->personal_count == 0)
        return ERR_OK;
    enum err error = crm_member_key_get(txn, member->id.bytes, member->key.bytes);
    member->key.size = error == ERR_OK ? MEMBER_KEY_SIZE : 0;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

struct gathering {
    struct hub *hub;
    const struct session *session;
    const struct store_txn *txn;
    enum err error;
    size_t count;
    size_t size;
    size_t seen;
    uint64_t scanned; /* version of the change that was looked at last */
    bool is_cut;      /* there may be more */
};

/* An erased member whom a till that began with nothing never had, and has not been asked to confirm. */
static enum err is_nothing_to_it(const struct gathering *g, const crm_Member *member, bool *out_is_nothing)
{
    bool is_asked = true;
    if (member->member.erased && member->member.version <= g->session->members_fresh)
        TRY(crm_erasure_is_open(g->txn, member->member.id.bytes, g->session->till, &is_asked));
    *out_is_nothing = !is_asked;
    return ERR_OK;
}

static bool gather(void *context, const crm_Member *member)
{
    struct gathering *g = context;
    if (g->seen++ == CHANGES_A_SCAN || g->count == MEMBERS_PER_UPDATE_MAX) {
        g->is_cut = true;
        return false;
    }
    bool is_nothing;
    g->error = is_nothing_to_it(g, member, &is_nothing);
    if (g->error != ERR_OK)
        return false;
    if (is_nothing || !crm_member_concerns(member, g->session->store, g->session->members_scanned)) {
        g->scanned = member->member.version;
        return true;
    }
    kassa_Member *own = &g->hub->members[g->count];
    *own = member->member;
    g->error = seal_in(g->txn, own);
    if (g->error != ERR_OK)
        return false;
    size_t size;
    if (wire_encode(kassa_Member_fields, own, g->hub->out, sizeof(g->hub->out), &size) != ERR_OK ||
        (g->count > 0 && g->size + size > MEMBER_UPDATE_SIZE_MAX - 256)) {
        g->is_cut = true;
        return false;
    }
    g->size += size + 8; /* its tag and length */
    g->count++;
    g->scanned = member->member.version;
    return true;
}

static enum err gather_changes(struct gathering *g)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(g->hub->parts.store, STORE_READ, &txn));
    g->txn = &txn;
    TRY(crm_member_scan_changes(&txn, g->session->members_scanned, gather, g));
    return g->error;
}

/* Their keys are on their way: none stays in memory. */
static void wipe_members(struct hub *hub, size_t count, size_t size)
{
    vault_wipe(hub->members, count * sizeof(hub->members[0]));
    vault_wipe(hub->out, size);
}

/* Every update builds on the one that was sent before it, whatever lies between that concerned others. */
static enum err send_members(struct hub *hub, struct session *session)
{
    struct gathering g = {.hub = hub, .session = session, .scanned = session->members_scanned};
    TRY(gather_changes(&g));
    session->wants_members = g.is_cut;
    if (g.count == 0) {
        session->members_scanned = g.scanned;
        return ERR_OK;
    }
    struct wire_member_updates updates = {
        .head = {.from_version = session->members_told, .to_version = g.scanned},
        .members = hub->members,
        .member_count = g.count};
    size_t size;
    TRY(wire_member_updates_encode(&updates, hub->out, sizeof(hub->out), &size));
    struct topic_parts parts = parts_of(session);
    enum err error = hub_publish(hub, TOPIC_MEMBERS, &parts, span_of(hub->out, size));
    wipe_members(hub, g.count, size);
    if (error != ERR_OK) {
        session->wants_members = true;
        return error;
    }
    session->members_told = g.scanned;
    session->members_scanned = g.scanned;
    session->push_due_mono_ms = hub_now(hub) + (g.is_cut ? BULK_PUSH_MS : hub->options.push_ms);
    hub->counters.member_updates++;
    return ERR_OK;
}

static enum err send_answer(struct hub *hub, struct session *session)
{
    struct wire_member_updates updates = {.head = {.request = session->answer_id}, .members = hub->members};
    {
        struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
        TRY(store_begin(hub->parts.store, STORE_READ, &txn));
        crm_Member member;
        enum err error = crm_member_find_card(&txn, session->answer_token, &member);
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
        if (error == ERR_OK) {
            hub->members[0] = member.member;
            TRY(seal_in(&txn, &hub->members[0]));
            updates.member_count = 1;
        }
    }
    size_t size;
    TRY(wire_member_updates_encode(&updates, hub->out, sizeof(hub->out), &size));
    struct topic_parts parts = parts_of(session);
    enum err error = hub_publish(hub, TOPIC_MEMBERS, &parts, span_of(hub->out, size));
    wipe_members(hub, updates.member_count, size);
    session->has_answer = session->has_answer && error != ERR_OK;
    return error;
}

/* ---- reservations, receipts, gift cards */

enum err hub_publish_answer(struct hub *hub, const struct session *session, const struct wire_answer *answer)
{
    size_t size;
    TRY(wire_answer_encode(answer, hub->out, sizeof(hub->out), &size));
    struct topic_parts parts = parts_of(session);
    return hub_publish(hub, TOPIC_ANSWER, &parts, span_of(hub->out, size));
}

static enum err send_reservation(struct hub *hub, struct session *session)
{
    struct wire_answer answer = {.head = {.request = session->reservation_id},
                                 .reservation = session->reservation};
    TRY(hub_publish_answer(hub, session, &answer));
    session->has_reservation = false;
    return ERR_OK;
}

/* A receipt that is too long with what came back of it is answered as not found: it is rung up without. */
static enum err send_receipt(struct hub *hub, struct session *session)
{
    struct wire_answer answer;
    memset(&answer, 0, sizeof(answer));
    answer.head.request = session->receipt_id;
    answer.kind = WIRE_ANSWER_RECEIPT;
    arena_reset(&hub->arena);
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_receipt_find(&txn, &session->receipt, &hub->arena, &answer.receipt));
    enum err error = hub_publish_answer(hub, session, &answer);
    if (error == ERR_TOO_LONG) {
        answer.receipt = (struct wire_receipt_found){.head = {.has_id = true, .id = session->receipt}};
        error = hub_publish_answer(hub, session, &answer);
    }
    session->wants_receipt = error != ERR_OK;
    return error;
}

static enum err look_up_gift(struct hub *hub, struct session *session, kassa_GiftFound *out)
{
    struct clock clock = hub->parts.clock;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_gift_find(&txn, session->gift_account, clock.ops->wall_unix_ms(clock.self), out));
    if (out->found)
        bucket_give_back(&session->gift_misses);
    return ERR_OK;
}

static enum err send_gift(struct hub *hub, struct session *session)
{
    struct wire_answer answer = {.head = {.request = session->gift_id}, .kind = WIRE_ANSWER_GIFT};
    answer.gift.account.size = TOKEN_SIZE;
    memcpy(answer.gift.account.bytes, session->gift_account, TOKEN_SIZE);
    session->gift_misses.capacity = HUB_GIFT_MISSES_MAX;
    session->gift_misses.refill_ms = HUB_GIFT_MISS_MS;
    answer.gift.refused = !bucket_take(&session->gift_misses, hub_now(hub));
    if (answer.gift.refused)
        log_event(LOG_LEVEL_WARNING, "gift.guessed", "till=%s", session->till);
    else
        TRY(look_up_gift(hub, session, &answer.gift));
    session->wants_gift = false; /* an answer that cannot be sent now is too late for who waits */
    return hub_publish_answer(hub, session, &answer);
}

/* ---- books */

/* ERR_RANGE: the book has no such chunk. ERR_NOT_FOUND: no such book. */
static enum err send_chunk(struct hub *hub, enum topic topic, const struct topic_parts *parts,
                           uint64_t version)
{
    size_t size;
    {
        struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
        TRY(store_begin(hub->parts.store, STORE_READ, &txn));
        struct span book;
        TRY(crm_book_get(&txn, version, &book));
        size_t offset = (size_t)parts->index * BOOK_CHUNK_SIZE;
        if (offset >= book.size)
            return ERR_RANGE;
        size_t left = book.size - offset;
        struct wire_book_chunk chunk = {
            version, parts->index,
            span_of(book.bytes + offset, left < BOOK_CHUNK_SIZE ? left : BOOK_CHUNK_SIZE)};
        TRY(wire_book_chunk_encode(&chunk, hub->out, sizeof(hub->out), &size));
    }
    TRY(hub_publish(hub, topic, parts, span_of(hub->out, size)));
    hub->counters.chunks++;
    return ERR_OK;
}

static bool next_pulled(const struct session *session, uint32_t *out_index)
{
    for (uint32_t i = 0; session->pull_version != 0 && i < CHUNKS_MAX; i++) {
        if ((session->pull[i / 64] >> (i % 64) & 1) != 0) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

static enum err send_pulled(struct hub *hub, struct session *session)
{
    struct topic_parts parts = parts_of(session);
    if (!hub_news_may_pull(hub, session->pull_version) || !next_pulled(session, &parts.index)) {
        session->pull_version = 0;
        return ERR_OK;
    }
    enum err error = send_chunk(hub, TOPIC_REPAIR, &parts, session->pull_version);
    if (error == ERR_OK || error == ERR_RANGE || error == ERR_NOT_FOUND)
        session->pull[parts.index / 64] &= ~(UINT64_C(1) << (parts.index % 64));
    return error == ERR_RANGE || error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* News of books, empty where there is no root: a till takes them for the word that the hub is there, too. */
void hub_push_announce(struct hub *hub)
{
    struct topic_parts parts = {.version = hub->book.version};
    memcpy(parts.cohort, COHORT, sizeof(COHORT));
    bool is_owed = hub->owes_word || hub->news.owes_news;
    if (is_owed && has_room(hub) && hub_news_announce(hub, &parts) == ERR_OK)
        hub->owes_word = false;
}

/* News once more after the last chunk: a till that missed the first can still ask for the rest. */
static enum err send_broadcast(struct hub *hub)
{
    struct topic_parts parts = {.version = hub->broadcast.version, .index = hub->broadcast.next};
    memcpy(parts.cohort, COHORT, sizeof(COHORT));
    enum err error = send_chunk(hub, TOPIC_CHUNK, &parts, hub->broadcast.version);
    if (error == ERR_OK)
        hub->broadcast.next++;
    if (error != ERR_RANGE && error != ERR_NOT_FOUND)
        return error;
    hub->broadcast.version = 0;
    return hub_news_announce(hub, &parts);
}

/* ---- who is served when */

static enum err send_ack(struct hub *hub, struct session *session)
{
    size_t size;
    TRY(wire_encode(kassa_Ack_fields, &session->ack, hub->out, sizeof(hub->out), &size));
    struct topic_parts parts = parts_of(session);
    TRY(hub_publish(hub, TOPIC_ACK, &parts, span_of(hub->out, size)));
    session->has_ack = false;
    hub->counters.acks++;
    return ERR_OK;
}

static bool are_members_due(const struct hub *hub, const struct session *session)
{
    return session->wants_members && session->is_online && hub_now(hub) >= session->push_due_mono_ms;
}

/* One message of the most urgent kind. */
static enum err serve(struct hub *hub, struct session *session)
{
    if (hub_check_identity(hub, session) == ERR_SIGNATURE) {
        hub_silence(session);
        return ERR_OK;
    }
    if (session->has_ack && !session->is_in_burst)
        return send_ack(hub, session);
    if (session->has_answer && !session->is_in_burst)
        return send_answer(hub, session);
    if (session->has_reservation && !session->is_in_burst)
        return send_reservation(hub, session);
    if (session->wants_receipt)
        return send_receipt(hub, session);
    if (session->wants_gift)
        return send_gift(hub, session);
    if (session->wants_renewal)
        return hub_send_renewal(hub, session);
    if (session->wants_manifest) {
        struct topic_parts parts = parts_of(session);
        parts.is_manifest = true;
        TRY(hub_news_send(hub, session, &parts));
        session->wants_manifest = false;
        return ERR_OK;
    }
    if (session->pull_version != 0)
        return send_pulled(hub, session);
    return are_members_due(hub, session) ? send_members(hub, session) : ERR_OK;
}

static bool wants_more(const struct hub *hub, const struct session *session)
{
    bool has_answer =
        (session->has_ack || session->has_answer || session->has_reservation) && !session->is_in_burst;
    return has_answer || session->wants_receipt || session->wants_gift || session->wants_renewal ||
           session->wants_manifest || session->pull_version != 0 || are_members_due(hub, session);
}

static void note_due(struct hub *hub, const struct session *session)
{
    if (session->wants_members && session->push_due_mono_ms < hub->wake_due_mono_ms)
        hub->wake_due_mono_ms = session->push_due_mono_ms;
}

static void wake(void *context, struct session *session)
{
    struct hub *hub = context;
    if (are_members_due(hub, session))
        hub_sessions_make_ready(&hub->sessions, session);
    else if (session->is_online)
        note_due(hub, session);
}

/* Member updates that waited for their time. */
static void wake_due(struct hub *hub)
{
    if (hub->link != LINK_UP || hub_now(hub) < hub->wake_due_mono_ms)
        return;
    hub->wake_due_mono_ms = UINT64_MAX;
    hub_sessions_visit(&hub->sessions, wake, hub);
}

static void serve_ready(struct hub *hub)
{
    struct session *session;
    while (has_room(hub) && (session = hub_sessions_take_ready(&hub->sessions)) != NULL) {
        enum err error = serve(hub, session);
        if (wants_more(hub, session))
            hub_sessions_make_ready(&hub->sessions, session);
        else
            note_due(hub, session);
        if (error != ERR_OK)
            return; /* the line is full or breaking, or the store fails: at the next run */
    }
}

void hub_push_run(struct hub *hub)
{
    if (hub->txn.handle != NULL) /* in the middle of a burst; one transaction at a time */
        return;
    hub_push_announce(hub);
    wake_due(hub);
    serve_ready(hub);
    while (has_room(hub) && hub->broadcast.version != 0) {
        if (send_broadcast(hub) != ERR_OK)
            return;
    }
}
