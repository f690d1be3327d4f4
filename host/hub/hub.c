/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/utf8.h"
#include "hub/internal.h"

#define CONNECT_MS_MAX 10000 /* an attempt without an answer is given up */

uint64_t hub_now(const struct hub *hub)
{
    return hub->parts.clock.ops->mono_ms(hub->parts.clock.self);
}

enum err hub_publish(struct hub *hub, enum topic topic, const struct topic_parts *parts, struct span payload)
{
    char name[TOPIC_SIZE_MAX];
    topic_write(topic, parts, name);
    return hub->parts.transport.ops->publish(hub->parts.transport.self, name, payload);
}

/* ---- the burst */

static enum err begin_burst(struct hub *hub)
{
    if (hub->is_burst_failed)
        return ERR_IO;
    if (hub->txn.handle != NULL)
        return ERR_OK;
    TRY(store_begin(hub->parts.store, STORE_WRITE, &hub->txn));
    hub->burst_since_mono_ms = hub_now(hub);
    return ERR_OK;
}

static void fail_burst(struct hub *hub, const char *what, enum err error)
{
    if (!hub->is_burst_failed)
        log_event(LOG_LEVEL_ERROR, "store.failed", "at=%s error=%s", what, err_name(error));
    hub->is_burst_failed = true;
    hub->burst_since_mono_ms = 0; /* due at once */
}

static void join_burst(struct hub *hub, struct session *session)
{
    if (session->is_in_burst)
        return;
    session->is_in_burst = true;
    hub->burst[hub->burst_count++] = session;
}

/* Without the commit nothing was taken and nothing is said: the tills send it again. */
void hub_flush(struct hub *hub)
{
    bool had_txn = hub->txn.handle != NULL;
    enum err error = ERR_OK;
    if (hub->is_burst_failed) {
        store_abort(&hub->txn);
        error = ERR_IO;
    } else if (had_txn) {
        error = store_commit(&hub->txn);
        if (error != ERR_OK)
            log_event(LOG_LEVEL_ERROR, "store.failed", "at=commit error=%s", err_name(error));
    }
    hub->counters.commits += had_txn && error == ERR_OK ? 1 : 0;
    hub->counters.failed_commits += error != ERR_OK ? 1 : 0;
    for (size_t i = 0; i < hub->burst_count; i++) {
        struct session *session = hub->burst[i];
        session->is_in_burst = false;
        session->has_ack = session->has_ack && error == ERR_OK;
        session->has_answer = session->has_answer && error == ERR_OK;
        session->has_reservation = session->has_reservation && error == ERR_OK;
        hub_sessions_make_ready(&hub->sessions, session);
    }
    hub->burst_count = 0;
    hub->burst_messages = 0;
    hub->is_burst_failed = false;
    hub_push_run(hub);
}

bool hub_has_burst(const struct hub *hub)
{
    return hub->txn.handle != NULL || hub->burst_count > 0 || hub->is_burst_failed;
}

bool hub_is_burst_due(const struct hub *hub)
{
    return hub_has_burst(hub) &&
           (hub->is_burst_failed || hub->burst_messages >= hub->options.burst_messages_max ||
            hub_now(hub) - hub->burst_since_mono_ms >= hub->options.burst_ms_max);
}

/* ---- what tills send */

static struct crm_intake intake_of(struct hub *hub)
{
    struct clock clock = hub->parts.clock;
    return (struct crm_intake){.arena = &hub->arena,
                               .hub_unix_ms = clock.ops->wall_unix_ms(clock.self),
                               .credit = hub->options.credit,
                               .fraud = &hub->options.fraud,
                               .halt_percent = hub->options.halt_percent};
}

/* One answer a till and burst. An acknowledgement is cumulative, so that the newer one holds; but one that
 * says what is wrong is not lost in a later one that does not. */
static void put_ack(struct session *session, const kassa_Ack *ack)
{
    kassa_Ack older = session->ack;
    bool had_ack = session->has_ack && older.birth == 0 && ack->birth == 0;
    if (had_ack && older.status != kassa_AckStatus_ACK_OK)
        return;
    session->has_ack = true;
    session->ack = *ack;
    for (size_t i = 0; had_ack && i < older.quarantined_count &&
                       session->ack.quarantined_count < COUNT_OF(older.quarantined);
         i++)
        session->ack.quarantined[session->ack.quarantined_count++] = older.quarantined[i];
}

static void log_ack(const struct session *session, const kassa_Ack *ack)
{
    if (ack->status == kassa_AckStatus_ACK_FORK || ack->status == kassa_AckStatus_ACK_FENCED ||
        ack->status == kassa_AckStatus_ACK_REFUSED)
        log_event(LOG_LEVEL_WARNING, "till.rejected",
                  "till=%s status=%d incarnation=%016" PRIx64 " hw=%" PRIu64 " expect=%" PRIu64
                  " text=\"%s\"",
                  session->till, (int)ack->status, ack->incarnation, ack->hw, ack->expect_seq, ack->text);
    for (size_t i = 0; i < ack->quarantined_count; i++)
        log_event(LOG_LEVEL_WARNING, "record.quarantined",
                  "till=%s incarnation=%016" PRIx64 " seq=%" PRIu64 " reason=%s", session->till,
                  ack->incarnation, ack->quarantined[i].seq, ack->quarantined[i].reason);
}

static enum err take_batch(struct hub *hub, struct session *session, struct span payload)
{
    struct wire_batch batch;
    TRY(wire_batch_decode(payload, &hub->arena, &batch));
    if (strcmp(batch.head.till, session->till) != 0)
        return ERR_ARGUMENT;
    struct crm_intake intake = intake_of(hub);
    kassa_Ack ack;
    TRY(begin_burst(hub));
    TRY(crm_take_batch(&hub->txn, &intake, &batch, &ack));
    hub->counters.batches++;
    if (ack.status == kassa_AckStatus_ACK_OK) {
        session->is_online = true;
        if (utf8_is_printable(span_of_text(batch.head.store)))
            memcpy(session->store, batch.head.store, sizeof(session->store));
    }
    hub_set_draining(hub, session, session->is_draining && batch.head.backlog);
    put_ack(session, &ack);
    join_burst(hub, session);
    log_ack(session, &ack);
    return ERR_OK;
}

/* Its receipts carry that clock's time; head office orders nothing by it. */
static void tell_skew(const struct hub *hub, const struct session *session, const kassa_TillState *state)
{
    struct clock clock = hub->parts.clock;
    const crm_Till row = {.skew_ms = crm_skew_ms(state->wall_unix_ms, clock.ops->wall_unix_ms(clock.self))};
    if (state->wall_unix_ms == 0 || !crm_till_is_clock_off(&row))
        return;
    log_event(LOG_LEVEL_WARNING, "till.clock_off", "till=%s skew_ms=%" PRId64, session->till, row.skew_ms);
}

static void tell_members_from(const struct hub *hub, struct session *session, uint64_t version)
{
    session->members_told = session->members_scanned = version;
    session->members_fresh = version == 0 ? hub->members_version : 0;
}

static void take_birth(struct hub *hub, struct session *session, const kassa_TillState *state, kassa_Ack *ack)
{
    bool is_new = !session->is_online || session->ack.birth != state->birth;
    session->is_online = true;
    memcpy(session->store, state->store, sizeof(session->store));
    hub_permit(hub, session, state, ack);
    put_ack(session, ack);
    if (!is_new) /* the same birth again: it has been told the rest, or will be */
        return;
    tell_members_from(hub, session, state->members_version);
    session->wants_members = state->members_version < hub->members_version;
    session->wants_manifest = hub->news.root_version != 0;
    session->wants_news = true;
    session->root_version = state->root_version;
    session->pull_version = 0;
    if (state->last_seq < ack->hw)
        log_event(LOG_LEVEL_WARNING, "till.restored",
                  "till=%s incarnation=%016" PRIx64 " last_seq=%" PRIu64 " hw=%" PRIu64, session->till,
                  state->incarnation, state->last_seq, ack->hw);
    tell_skew(hub, session, state);
    log_event(LOG_LEVEL_INFO, "till.born",
              "till=%s store=%s incarnation=%016" PRIx64 " last_seq=%" PRIu64 " hw=%" PRIu64 " book=%" PRIu64
              " members=%" PRIu64 " status=%d",
              session->till, session->store, state->incarnation, state->last_seq, ack->hw,
              state->book_version, state->members_version, (int)ack->status);
}

static enum err take_state(struct hub *hub, struct session *session, struct span payload)
{
    kassa_TillState state;
    TRY(wire_decode(kassa_TillState_fields, payload, &state));
    if (strcmp(state.till, session->till) != 0)
        return ERR_ARGUMENT;
    struct crm_intake intake = intake_of(hub);
    kassa_Ack ack;
    TRY(begin_burst(hub));
    TRY(crm_take_state(&hub->txn, &intake, &state, &ack));
    log_ack(session, &ack);
    if (state.online && ack.status == kassa_AckStatus_ACK_OK) {
        take_birth(hub, session, &state, &ack);
    } else if (state.online) {
        put_ack(session, &ack);
    } else if (ack.status == kassa_AckStatus_ACK_OK) { /* the will of the one in force */
        session->is_online = false;
        hub_set_draining(hub, session, false);
        log_event(LOG_LEVEL_INFO, "till.gone", "till=%s", session->till);
    }
    join_burst(hub, session);
    return ERR_OK;
}

static enum err ask_member(struct hub *hub, struct session *session, const kassa_Request *request)
{
    crm_Member member;
    TRY(begin_burst(hub));
    enum err error = crm_take_question(&hub->txn, session->store, request, &member);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    session->has_answer = true;
    session->answer_id = request->id;
    memcpy(session->answer_token, request->question.member_by_card.bytes, TOKEN_SIZE);
    join_burst(hub, session);
    return ERR_OK;
}

static struct crm_asker asker_of(const struct hub *hub, const struct session *session)
{
    struct clock clock = hub->parts.clock;
    return (struct crm_asker){session->till, session->store, clock.ops->wall_unix_ms(clock.self)};
}

/* The answer goes out after the commit, and only then. */
static enum err take_reserve(struct hub *hub, struct session *session, const kassa_Request *request)
{
    struct crm_asker asker = asker_of(hub, session);
    kassa_Reservation answer = kassa_Reservation_init_zero;
    TRY(begin_burst(hub));
    if (request->which_question == kassa_Request_reserve_tag)
        TRY(crm_reserve(&hub->txn, &asker, &request->question.reserve, &answer));
    else
        TRY(crm_release(&hub->txn, &asker, request->question.release.key, &answer));
    if (request->which_question == kassa_Request_reserve_tag)
        TRY(crm_note_coupon_guess(&hub->txn, &hub->options.fraud, &asker, &request->question.reserve,
                                  &answer));
    if (answer.status == kassa_ReserveStatus_RESERVE_CONFLICT)
        log_event(LOG_LEVEL_WARNING, "reservation.conflict", "till=%s key=\"%s\"", session->till, answer.key);
    session->has_reservation = true;
    session->reservation_id = request->id;
    session->reservation = answer;
    hub->counters.reservations++;
    join_burst(hub, session);
    return ERR_OK;
}

static enum err ask_receipt(struct hub *hub, struct session *session, const kassa_Request *request)
{
    const kassa_ReceiptId *id = &request->question.receipt;
    if (!utf8_is_printable(span_of_text(id->store)) || !utf8_is_printable(span_of_text(id->till)))
        return ERR_ARGUMENT;
    session->wants_receipt = true;
    session->receipt_id = request->id;
    session->receipt = *id;
    hub_sessions_make_ready(&hub->sessions, session);
    return ERR_OK;
}

static enum err ask_gift(struct hub *hub, struct session *session, const kassa_Request *request)
{
    struct crm_asker asker = asker_of(hub, session);
    if (request->question.gift.size != TOKEN_SIZE)
        return ERR_ARGUMENT;
    TRY(begin_burst(hub));
    TRY(crm_note_gift_guess(&hub->txn, &hub->options.fraud, &asker, request->question.gift.bytes));
    join_burst(hub, session);
    session->wants_gift = true;
    session->gift_id = request->id;
    memcpy(session->gift_account, request->question.gift.bytes, TOKEN_SIZE);
    hub_sessions_make_ready(&hub->sessions, session);
    return ERR_OK;
}

static void ask_chunks(struct hub *hub, struct session *session, const kassa_BookPull *pull)
{
    if (pull->chunks_count == 0) {
        session->wants_manifest = hub->news.root_version != 0;
        session->wants_news = true;
        session->root_version = pull->root_version;
        session->lacks_book = pull->version;
    } else if (pull->version != 0) {
        if (session->pull_version != pull->version)
            memset(session->pull, 0, sizeof(session->pull));
        session->pull_version = pull->version;
        for (size_t i = 0; i < pull->chunks_count; i++) {
            if (pull->chunks[i] < CHUNKS_MAX)
                session->pull[pull->chunks[i] / 64] |= UINT64_C(1) << (pull->chunks[i] % 64);
        }
    }
    hub_sessions_make_ready(&hub->sessions, session);
}

static enum err take_request(struct hub *hub, struct session *session, struct span payload)
{
    kassa_Request request;
    TRY(wire_decode(kassa_Request_fields, payload, &request));
    if (strcmp(request.till, session->till) != 0 || request.id == 0)
        return ERR_ARGUMENT;
    switch (request.which_question) {
    case kassa_Request_member_by_card_tag:
        return ask_member(hub, session, &request);
    case kassa_Request_members_from_tag:
        tell_members_from(hub, session, request.question.members_from);
        session->wants_members = request.question.members_from < hub->members_version;
        hub_sessions_make_ready(&hub->sessions, session);
        return ERR_OK;
    case kassa_Request_book_tag:
        ask_chunks(hub, session, &request.question.book);
        return ERR_OK;
    case kassa_Request_reserve_tag:
    case kassa_Request_release_tag:
        return take_reserve(hub, session, &request);
    case kassa_Request_receipt_tag:
        return ask_receipt(hub, session, &request);
    case kassa_Request_gift_tag:
        return ask_gift(hub, session, &request);
    case kassa_Request_renew_tag:
        hub_take_renewal(hub, session, &request);
        return ERR_OK;
    default: /* a question of a newer schema */
        return ERR_UNSUPPORTED;
    }
}

static enum err take(struct hub *hub, struct span topic, struct span payload)
{
    enum topic kind;
    struct topic_parts parts;
    TRY(topic_read(topic, &kind, &parts));
    if (payload.size > BATCH_SIZE_MAX)
        return ERR_TOO_LONG;
    struct session *session = hub_sessions_get(&hub->sessions, parts.till);
    if (session == NULL) /* the sender's doing: not the burst's failure */
        return ERR_TOO_LONG;
    TRY(hub_check_identity(hub, session));
    arena_reset(&hub->arena);
    if (kind == TOPIC_UP)
        return take_batch(hub, session, payload);
    if (kind == TOPIC_STATE)
        return take_state(hub, session, payload);
    if (kind == TOPIC_REQUEST)
        return take_request(hub, session, payload);
    return ERR_SYNTAX;
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct hub *hub = context;
    hub->counters.messages++;
    hub->burst_messages++;
    enum err error = take(hub, topic, payload);
    if (err_fault_of(error) == FAULT_RESOURCE) {
        fail_burst(hub, "intake", error);
    } else if (error != ERR_OK) {
        hub->counters.bad_messages++;
        log_event(LOG_LEVEL_WARNING, "message.bad", "topic=%.*s size=%zu error=%s",
                  topic.size < TOPIC_SIZE_MAX ? (int)topic.size : TOPIC_SIZE_MAX, (const char *)topic.bytes,
                  payload.size, err_name(error));
    }
    if (hub_is_burst_due(hub) || hub->burst_count == HUB_BURST_MAX)
        hub_flush(hub);
}

/* ---- the line to the broker */

static void time_connect(struct hub *hub)
{
    uint64_t chance = 0;
    if (hub->parts.random.fill(hub->parts.random.self, (uint8_t *)&chance, sizeof(chance)) != ERR_OK)
        chance = hub_now(hub); /* worse jitter, nothing else */
    hub->connect_due_mono_ms = hub_now(hub) + chance % ((uint64_t)hub->options.backoff_ms_max + 1);
}

static void on_connected(void *context)
{
    struct hub *hub = context;
    hub->link = LINK_UP;
    hub->connect_due_mono_ms = UINT64_MAX;
    static const enum topic heard[] = {TOPIC_STATE, TOPIC_UP, TOPIC_REQUEST};
    for (size_t i = 0; i < COUNT_OF(heard); i++) {
        char filter[TOPIC_SIZE_MAX];
        topic_write_filter(heard[i], filter);
        enum err error = hub->parts.transport.ops->subscribe(hub->parts.transport.self, filter);
        if (error != ERR_OK) /* the line is breaking; the next one subscribes again */
            log_event(LOG_LEVEL_WARNING, "broker.subscribe", "filter=%s error=%s", filter, err_name(error));
    }
    hub->owes_word = true;
    hub_push_announce(hub);
    log_event(LOG_LEVEL_NOTICE, "broker.connected", "tills=%zu", hub->sessions.count);
}

static void on_disconnected(void *context, enum err reason)
{
    struct hub *hub = context;
    if (hub->link == LINK_UP || reason == ERR_STATE)
        log_event(LOG_LEVEL_WARNING, "broker.lost", "error=%s", err_name(reason));
    hub->link = LINK_DOWN;
    time_connect(hub);
}

/* What went out may be lost then: tills ask again, and somebody has to mend the access list. */
static void on_refused(void *context)
{
    struct hub *hub = context;
    if (hub->counters.refused++ == 0)
        log_event(LOG_LEVEL_ERROR, "broker.refused",
                  "text=\"the broker's access list keeps the hub from publishing\"");
}

static void run_link(struct hub *hub)
{
    struct transport transport = hub->parts.transport;
    if (hub->link == LINK_UP || hub_now(hub) < hub->connect_due_mono_ms)
        return;
    if (hub->link == LINK_TRYING)
        transport.ops->disconnect(transport.self);
    hub->link = LINK_TRYING;
    hub->connect_due_mono_ms = hub_now(hub) + CONNECT_MS_MAX;
    if (transport.ops->connect(transport.self, /* will= */ NULL) != ERR_OK) {
        hub->link = LINK_DOWN;
        time_connect(hub);
    }
}

bool hub_is_connected(const struct hub *hub)
{
    return hub->link == LINK_UP;
}

uint64_t hub_run(struct hub *hub)
{
    if (hub_has_burst(hub))
        hub_flush(hub);
    run_link(hub);
    if (hub_now(hub) >= hub->poll_due_mono_ms) {
        hub->poll_due_mono_ms = hub_now(hub) + hub->options.poll_ms;
        hub_push_poll(hub);
    }
    hub_push_run(hub);
    uint64_t due = hub->link == LINK_UP ? hub->wake_due_mono_ms : hub->connect_due_mono_ms;
    return due < hub->poll_due_mono_ms ? due : hub->poll_due_mono_ms;
}

void hub_get_counters(const struct hub *hub, struct hub_counters *out)
{
    *out = hub->counters;
    out->tills = hub->sessions.count;
}

/* ---- opening and closing */

/* Tills that were there when the hub stopped are told what they miss, though their birth is long past. */
static bool revive(void *context, const crm_Till *row)
{
    struct hub *hub = context;
    struct session *session = row->online ? hub_sessions_get(&hub->sessions, row->till) : NULL;
    if (session == NULL)
        return true;
    session->is_online = true;
    memcpy(session->store, row->store, sizeof(session->store));
    tell_members_from(hub, session, row->members_version);
    session->wants_members = true;
    session->wants_manifest = hub->news.root_version != 0;
    session->wants_news = true; /* its broadcast may be over or cut off */
    session->root_version = row->root_version;
    hub_sessions_make_ready(&hub->sessions, session);
    return true;
}

static enum err load(struct hub *hub)
{
    TRY(hub_news_poll(hub));
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_members_version(&txn, &hub->members_version));
    enum err error = crm_book_current(&txn, &hub->book);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    return crm_till_scan(&txn, revive, hub);
}

static void free_hub(struct hub **hub)
{
    if (*hub == NULL)
        return;
    hub_sessions_close(&(*hub)->sessions);
    free((*hub)->arena_block);
    free(*hub);
}

enum err hub_open(const struct hub_options *options, const struct hub_parts *parts, struct hub **out_hub)
{
    if (options->burst_messages_max < 1 || options->burst_messages_max > HUB_BURST_MAX ||
        options->credit < 1 || options->tills_max < 1 || options->poll_ms < 1 ||
        options->timestamp_hours > TIMESTAMP_LIFE_MS_MAX / 3600000)
        return ERR_ARGUMENT;
    struct hub *hub CLEANUP(free_hub) = calloc(1, sizeof(*hub));
    if (hub == NULL)
        return ERR_MEMORY;
    hub->options = *options;
    hub->parts = *parts;
    hub->arena_block = malloc(CRM_ARENA_SIZE); /* arena_take gives zeroes */
    if (hub->arena_block == NULL)
        return ERR_MEMORY;
    hub->arena = arena_of(hub->arena_block, CRM_ARENA_SIZE);
    TRY(hub_sessions_open(&hub->sessions, options->tills_max));
    TRY(load(hub));
    struct transport_handler own = {.connected = on_connected,
                                    .disconnected = on_disconnected,
                                    .message = on_message,
                                    .refused = on_refused,
                                    .context = hub};
    parts->transport.ops->bind(parts->transport.self, &own);
    *out_hub = TAKE(hub);
    return ERR_OK;
}

void hub_close(struct hub *hub)
{
    if (hub == NULL)
        return;
    if (hub_has_burst(hub))
        hub_flush(hub);
    hub->parts.transport.ops->disconnect(hub->parts.transport.self);
    free_hub(&hub);
}

void hub_closep(struct hub **hub)
{
    hub_close(*hub);
}
