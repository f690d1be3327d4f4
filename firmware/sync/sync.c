/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "sync/internal.h"

#define SCHEMA             1
#define ACK_TIMEOUT_MS_MIN 50
#define ACK_TIMEOUT_MS_MAX 600000
#define BACKOFF_MS_MAX     600000

uint64_t sync_now(const struct sync *sync)
{
    return sync->parts.clock.ops->mono_ms(sync->parts.clock.self);
}

/* Jitter and the birth's number: without chance they are merely worse, not wrong. */
uint64_t sync_draw(const struct sync *sync)
{
    uint64_t value = 0;
    uint8_t bytes[sizeof(value)];
    if (sync->parts.random.fill(sync->parts.random.self, bytes, sizeof(bytes)) != ERR_OK)
        return sync_now(sync);
    memcpy(&value, bytes, sizeof(value));
    return value;
}

void sync_tell_fault(struct sync *sync, enum sync_fault fault, const char *text)
{
    if (sync->handler.on_fault != NULL)
        sync->handler.on_fault(sync->handler.context, fault, text);
}

static void write_topic(const struct sync *sync, enum topic topic, char out[TOPIC_SIZE_MAX])
{
    struct topic_parts parts = {.index = 0};
    memcpy(parts.till, sync->till, sizeof(parts.till));
    topic_write(topic, &parts, out);
}

static enum err publish(const struct sync *sync, enum topic topic, struct span payload)
{
    char name[TOPIC_SIZE_MAX];
    write_topic(sync, topic, name);
    return sync->parts.transport.ops->publish(sync->parts.transport.self, name, payload);
}

/* ---- what the step asks for */

/* Older incarnations whose records the hub has not acknowledged, the newest first. */
static void fill_earlier(const struct sync *sync, kassa_TillState *state)
{
    struct journal_stats stats;
    if (journal_get_stats(sync->parts.journal, &stats) != ERR_OK)
        return;
    for (uint32_t g = stats.generation; g > 1 && state->earlier_count < COUNT_OF(state->earlier); g--) {
        struct journal_generation generation;
        if (journal_get_generation(sync->parts.journal, g - 1, &generation) != ERR_OK ||
            generation.acknowledged_seq >= generation.last_seq)
            continue;
        state->earlier[state->earlier_count++] =
            (kassa_Incarnation){generation.incarnation, generation.acknowledged_seq, generation.last_seq};
    }
}

static void fill_books(const struct sync *sync, kassa_TillState *state)
{
    struct books_status books;
    if (sync->parts.books == NULL)
        return;
    books_get_status(sync->parts.books, &books);
    state->root_version = books.root_version;
    state->timestamp_unix_ms = books.timestamp_unix_ms;
    state->refused_version = books.refused_version;
    if (books.refused_version != 0)
        (void)snprintf(state->refused_reason, sizeof(state->refused_reason), "%s",
                       trust_reason_code(books.refused_reason));
}

static enum err encode_state(struct sync *sync, bool is_online, uint64_t birth, struct span *out)
{
    kassa_TillState state = kassa_TillState_init_zero;
    memcpy(state.till, sync->till, sizeof(sync->till));
    memcpy(state.store, sync->store, sizeof(sync->store));
    memcpy(state.tenant, sync->tenant, sizeof(sync->tenant));
    memcpy(state.software, sync->software, sizeof(sync->software));
    state.online = is_online;
    state.wall_unix_ms = sync->parts.clock.ops->wall_unix_ms(sync->parts.clock.self);
    state.incarnation = sync->step.incarnation;
    state.last_seq = sync->step.last_seq;
    state.book_version = bookcase_get(sync->parts.bookcase, BOOKCASE_ACTIVE).version;
    state.members_version = members_version(sync->parts.members);
    state.birth = birth;
    state.schema = SCHEMA;
    fill_books(sync, &state);
    fill_earlier(sync, &state);
    size_t size;
    TRY(wire_encode(kassa_TillState_fields, &state, sync->scratch, sizeof(sync->scratch), &size));
    *out = span_of(sync->scratch, size);
    return ERR_OK;
}

static enum err connect(struct sync *sync)
{
    char topic[TOPIC_SIZE_MAX];
    struct span payload;
    write_topic(sync, TOPIC_STATE, topic);
    TRY(encode_state(sync, /* is_online= */ false, 0, &payload));
    struct transport_will will = {topic, payload};
    return sync->parts.transport.ops->connect(sync->parts.transport.self, &will);
}

/* Subscriptions are the connection's, births may be repeated: doing both again is harmless. */
static void send_birth(struct sync *sync, uint64_t birth)
{
    char own[TOPIC_SIZE_MAX], manifests[TOPIC_SIZE_MAX], chunks[TOPIC_SIZE_MAX];
    topic_write_till_filter(sync->till, own);
    topic_write_filter(TOPIC_MANIFEST, manifests);
    topic_write_filter(TOPIC_CHUNK, chunks);
    const char *const filters[] = {own, manifests, chunks};
    struct transport transport = sync->parts.transport;
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        if (transport.ops->subscribe(transport.self, filters[i]) != ERR_OK)
            return; /* the line is breaking; a birth without ears would mislead */
    }
    struct span payload;
    if (encode_state(sync, /* is_online= */ true, birth, &payload) == ERR_OK)
        (void)publish(sync, TOPIC_STATE, payload); /* repeated when no answer comes */
}

static uint64_t first_kept(const struct sync *sync)
{
    struct journal_stats stats;
    return journal_get_stats(sync->parts.journal, &stats) == ERR_OK ? stats.newest.first_seq : 0;
}

static struct step_event send_batch(struct sync *sync, uint64_t first_seq)
{
    struct step_event event = {.kind = STEP_BATCHED, .now_mono_ms = sync_now(sync)};
    struct outbox_batch batch;
    event.error = sync_outbox_fill(&sync->outbox, &sync->parts, &sync->settings, first_seq,
                                   sync->step.last_seq, &batch);
    if (event.error == ERR_NOT_FOUND)
        event.last_seq = first_kept(sync);
    else if (event.error != ERR_OK)
        sync_tell_fault(sync, SYNC_FAULT_JOURNAL, err_name(event.error));
    if (event.error != ERR_OK)
        return event;
    event.error = publish(sync, TOPIC_UP, batch.payload);
    event.last_seq = batch.last_seq;
    return event;
}

static void acknowledge(struct sync *sync, uint64_t seq)
{
    uint8_t hash[HASH_SIZE]; /* the one that fitted is our own */
    enum err error = journal_hash_at(sync->parts.journal, seq, hash);
    if (error == ERR_OK)
        error = journal_acknowledge(sync->parts.journal, seq, hash);
    if (error != ERR_OK)
        sync_tell_fault(sync, SYNC_FAULT_JOURNAL, err_name(error));
}

static void step(struct sync *sync, const struct step_event *event);
static void on_disconnected(void *context, enum err reason);

static void do_output(struct sync *sync, const struct step_output *output)
{
    switch (output->kind) {
    case STEP_CONNECT:
        if (connect(sync) != ERR_OK) /* it could not even begin, and no handler tells of it */
            on_disconnected(sync, ERR_CLOSED);
        return;
    case STEP_DISCONNECT:
        sync->wants_disconnect = true;
        return;
    case STEP_BIRTH:
        send_birth(sync, output->number);
        return;
    case STEP_BATCH: {
        struct step_event event = send_batch(sync, output->number);
        step(sync, &event); /* as deep as there is credit */
        return;
    }
    case STEP_ACKNOWLEDGE:
        acknowledge(sync, output->number);
        return;
    case STEP_NEW_INCARNATION:
        sync->wants_incarnation = true;
        sync->carry_from = output->number;
        return;
    case STEP_FAULT:
        sync_tell_fault(sync, output->fault, "");
        return;
    }
}

static void tell_state(struct sync *sync)
{
    struct sync_status status;
    sync_get_status(sync, &status);
    bool is_empty = status.backlog == 0;
    if (sync->step.state == sync->told_state && is_empty == sync->told_empty)
        return;
    sync->told_state = sync->step.state;
    sync->told_empty = is_empty;
    if (sync->handler.on_state != NULL)
        sync->handler.on_state(sync->handler.context, &status);
}

static void step(struct sync *sync, const struct step_event *event)
{
    struct step_outputs outputs;
    step_take(&sync->step, event, &outputs);
    for (size_t i = 0; i < outputs.count; i++)
        do_output(sync, &outputs.items[i]);
}

/* ---- what the transport tells */

static void on_connected(void *context)
{
    struct sync *sync = context;
    struct step_event event = {
        .kind = STEP_CONNECTED, .now_mono_ms = sync_now(sync), .random = sync_draw(sync)};
    step(sync, &event);
    tell_state(sync);
}

static void on_disconnected(void *context, enum err reason)
{
    (void)reason; /* a refused identity is tried again too: somebody may mend it */
    struct sync *sync = context;
    struct step_event event = {
        .kind = STEP_DISCONNECTED, .now_mono_ms = sync_now(sync), .random = sync_draw(sync)};
    step(sync, &event);
    tell_state(sync);
}

static void on_refused(void *context)
{
    struct sync *sync = context;
    struct step_event event = {.kind = STEP_DENIED, .now_mono_ms = sync_now(sync)};
    step(sync, &event);
    tell_state(sync);
}

static void tell_quarantined(struct sync *sync, const kassa_Ack *answer)
{
    for (size_t i = 0; i < answer->quarantined_count; i++)
        sync_tell_fault(sync, SYNC_FAULT_QUARANTINED, answer->quarantined[i].reason);
}

static void take_answer(struct sync *sync, struct span payload)
{
    kassa_Ack answer;
    if (wire_decode(kassa_Ack_fields, payload, &answer) != ERR_OK)
        return;
    struct journal *journal = sync->parts.journal;
    struct step_event event = {
        .kind = STEP_ANSWERED,
        .now_mono_ms = sync_now(sync),
        .random = sync_draw(sync),
        .answer = &answer,
        .own_hw = sync_outbox_compare(journal, answer.hw, answer.hash.bytes, answer.hash.size),
        .own_through = sync_outbox_compare(journal, answer.through, answer.through_hash.bytes,
                                           answer.through_hash.size)};
    struct clock clock = sync->parts.clock;
    if (answer.hub_unix_ms != 0)
        sync->hub_offset_ms = answer.hub_unix_ms - clock.ops->wall_unix_ms(clock.self);
    uint64_t acked_seq = sync->step.acked_seq;
    step(sync, &event);
    if (sync->step.acked_seq != acked_seq)
        sync->acknowledged_unix_ms = answer.hub_unix_ms;
    tell_quarantined(sync, &answer);
    tell_state(sync);
}

/* Whatever it says: it is there. */
static void hear_word(struct sync *sync)
{
    struct step_event event = {.kind = STEP_HEARD, .now_mono_ms = sync_now(sync), .random = sync_draw(sync)};
    if (sync->step.state == SYNC_BORN)
        step(sync, &event);
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct sync *sync = context;
    enum topic kind;
    struct topic_parts parts;
    if (topic_read(topic, &kind, &parts) != ERR_OK)
        return;
    bool is_for_one =
        kind == TOPIC_ACK || kind == TOPIC_MEMBERS || kind == TOPIC_REPAIR || kind == TOPIC_ANSWER;
    if (is_for_one && strcmp(parts.till, sync->till) != 0)
        return;
    hear_word(sync);
    switch (kind) {
    case TOPIC_ACK:
        take_answer(sync, payload);
        return;
    case TOPIC_MEMBERS:
        sync_inbox_take_members(sync, payload);
        return;
    case TOPIC_ANSWER:
        sync_inbox_take_answer(sync, payload);
        return;
    case TOPIC_MANIFEST:
        sync_inbox_take_manifest(sync, payload);
        return;
    case TOPIC_REPAIR:
        if (parts.is_manifest)
            sync_inbox_take_manifest(sync, payload);
        else
            sync_inbox_take_chunk(sync, payload);
        return;
    case TOPIC_CHUNK:
        sync_inbox_take_chunk(sync, payload);
        return;
    case TOPIC_UP: /* ours to send, not to hear */
    case TOPIC_STATE:
    case TOPIC_REQUEST:
    case TOPIC_ENROL:
    case TOPIC_ENROLLED:
    case TOPIC_LAN_WORD: /* at the store's own broker */
    case TOPIC_LAN_ANSWER:
    case TOPIC_COUNT:
        return;
    }
}

/* ---- the caller's side */

static void take_new_incarnation(struct sync *sync)
{
    struct journal *journal = sync->parts.journal;
    uint64_t next = journal_next_seq(journal);
    enum err error = journal_new_incarnation(journal, sync->carry_from < next ? sync->carry_from : 0);
    if (error == ERR_NOT_FOUND) { /* it begins in what is trimmed: what is left of it is carried */
        uint64_t first = first_kept(sync);
        error = journal_new_incarnation(journal, first < next ? first : 0);
    }
    if (error != ERR_OK) {
        sync_tell_fault(sync, SYNC_FAULT_JOURNAL, err_name(error));
        return; /* tried again at the next run */
    }
    sync->wants_incarnation = false;
    struct step_event event = {.kind = STEP_RENEWED,
                               .now_mono_ms = sync_now(sync),
                               .random = sync_draw(sync),
                               .incarnation = journal_incarnation(journal),
                               .last_seq = journal_next_seq(journal) - 1};
    step(sync, &event);
}

static uint64_t next_due(const struct sync *sync)
{
    uint64_t due = step_due_mono_ms(&sync->step);
    if (sync->wants_incarnation)
        due = sync_now(sync) + sync->settings.ack_timeout_ms;
    uint64_t books_due = sync_inbox_due(sync);
    return books_due < due ? books_due : due;
}

uint64_t sync_run(struct sync *sync)
{
    if (sync->wants_disconnect)
        sync->parts.transport.ops->disconnect(sync->parts.transport.self);
    sync->wants_disconnect = false;
    if (sync->wants_incarnation)
        take_new_incarnation(sync);
    struct step_event event = {.kind = STEP_TIME, .now_mono_ms = sync_now(sync), .random = sync_draw(sync)};
    step(sync, &event);
    if (sync->wants_disconnect)
        sync->parts.transport.ops->disconnect(sync->parts.transport.self);
    sync->wants_disconnect = false;
    sync_inbox_run(sync);
    tell_state(sync);
    return next_due(sync);
}

void sync_appended(struct sync *sync)
{
    struct step_event event = {.kind = STEP_APPENDED,
                               .now_mono_ms = sync_now(sync),
                               .last_seq = journal_next_seq(sync->parts.journal) - 1};
    if (sync->wants_incarnation) /* its numbers are about to change */
        return;
    step(sync, &event);
    tell_state(sync);
}

enum err sync_send_request(struct sync *sync, kassa_Request *request)
{
    if (sync->step.state != SYNC_LIVE)
        return ERR_CLOSED;
    memcpy(request->till, sync->till, sizeof(sync->till));
    memcpy(request->store, sync->store, sizeof(sync->store));
    request->id = sync_draw(sync) | 1; /* 0 is no question's */
    size_t size;
    TRY(wire_encode(kassa_Request_fields, request, sync->scratch, sizeof(sync->scratch), &size));
    return publish(sync, TOPIC_REQUEST, span_of(sync->scratch, size));
}

static void name_earlier(const struct vault_tokens *tokens, kassa_Request *request)
{
    for (size_t i = 1; i < tokens->count && request->earlier_tokens_count < COUNT_OF(request->earlier_tokens);
         i++) {
        pb_size_t at = request->earlier_tokens_count++;
        request->earlier_tokens[at].size = TOKEN_SIZE;
        memcpy(request->earlier_tokens[at].bytes, tokens->rows[i], TOKEN_SIZE);
    }
}

enum err sync_ask_member(struct sync *sync, const struct vault_tokens *tokens)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_member_by_card_tag;
    request.question.member_by_card.size = TOKEN_SIZE;
    memcpy(request.question.member_by_card.bytes, tokens->rows[0], TOKEN_SIZE);
    name_earlier(tokens, &request);
    TRY(sync_send_request(sync, &request));
    struct inbox *inbox = &sync->inbox;
    struct sync_question *question = &inbox->questions[inbox->question_next++ % SYNC_QUESTIONS_MAX];
    *question = (struct sync_question){.is_open = true, .id = request.id};
    memcpy(question->token, tokens->rows[0], TOKEN_SIZE);
    return ERR_OK;
}

enum err sync_reserve(struct sync *sync, const kassa_Reserve *reserve)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_reserve_tag;
    request.question.reserve = *reserve;
    return sync_send_request(sync, &request);
}

enum err sync_release(struct sync *sync, const char *key)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_release_tag;
    size_t size = strnlen(key, KEY_MAX);
    memcpy(request.question.release.key, key, size);
    return sync_send_request(sync, &request);
}

enum err sync_ask_receipt(struct sync *sync, const kassa_ReceiptId *id)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_receipt_tag;
    request.question.receipt = *id;
    return sync_send_request(sync, &request);
}

enum err sync_ask_gift(struct sync *sync, const uint8_t account[TOKEN_SIZE])
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_gift_tag;
    request.question.gift.size = TOKEN_SIZE;
    memcpy(request.question.gift.bytes, account, TOKEN_SIZE);
    return sync_send_request(sync, &request);
}

enum err sync_ask_renewal(struct sync *sync, struct span request_der)
{
    kassa_Request request = kassa_Request_init_zero;
    if (request_der.size > sizeof(request.question.renew.bytes))
        return ERR_TOO_LONG;
    request.which_question = kassa_Request_renew_tag;
    request.question.renew.size = (pb_size_t)request_der.size;
    memcpy(request.question.renew.bytes, request_der.bytes, request_der.size);
    return sync_send_request(sync, &request);
}

void sync_get_status(const struct sync *sync, struct sync_status *out)
{
    const struct step_state *step =
        &sync->step; /* a hub from a backup stands lower than it once acknowledged */
    uint64_t sure = step->base_seq < step->acked_seq ? step->base_seq : step->acked_seq;
    *out = (struct sync_status){.state = sync->step.state,
                                .backlog = step->last_seq - sure,
                                .acknowledged_seq = sync->step.acked_seq,
                                .acknowledged_unix_ms = sync->acknowledged_unix_ms,
                                .hub_offset_ms = sync->hub_offset_ms,
                                .batches_sent = sync->step.batches_sent,
                                .resends = sync->step.resends};
}

/* ---- opening and closing */

static bool is_name(const char *text)
{
    size_t size = strnlen(text, TILL_ID_MAX + 1);
    return size <= TILL_ID_MAX && utf8_is_printable(span_of(text, size));
}

static bool are_settings_sound(const struct sync_settings *s)
{
    return topic_is_till_id(span_of_text(s->till)) && is_name(s->store) && is_name(s->tenant) &&
           is_name(s->software) && s->backoff_ms_max <= BACKOFF_MS_MAX &&
           s->ack_timeout_ms >= ACK_TIMEOUT_MS_MIN && s->ack_timeout_ms <= ACK_TIMEOUT_MS_MAX;
}

static void copy_settings(struct sync *sync, const struct sync_settings *settings)
{
    memcpy(sync->till, settings->till, strlen(settings->till));
    memcpy(sync->store, settings->store, strlen(settings->store));
    memcpy(sync->tenant, settings->tenant, strlen(settings->tenant));
    memcpy(sync->software, settings->software, strlen(settings->software));
    sync->settings = *settings;
    sync->settings.till = sync->till;
    sync->settings.store = sync->store;
    sync->settings.tenant = sync->tenant;
    sync->settings.software = sync->software;
}

static void free_sync(struct sync **sync)
{
    free(*sync);
}

enum err sync_open(const struct sync_settings *settings, const struct sync_parts *parts,
                   const struct sync_handler *handler, struct sync **out_sync)
{
    if (!are_settings_sound(settings))
        return ERR_ARGUMENT;
    struct sync *sync CLEANUP(free_sync) = calloc(1, sizeof(*sync));
    if (sync == NULL)
        return ERR_MEMORY;
    copy_settings(sync, settings);
    sync->parts = *parts;
    sync->handler = *handler;
    sync->told_state = SYNC_STATE_COUNT;
    struct journal_stats stats;
    TRY(journal_get_stats(parts->journal, &stats));
    struct step_settings step_settings = {settings->backoff_ms_max, settings->ack_timeout_ms};
    step_init(&sync->step, &step_settings, stats.newest.incarnation, stats.newest.last_seq,
              stats.newest.acknowledged_seq);
    struct transport_handler own = {.connected = on_connected,
                                    .disconnected = on_disconnected,
                                    .message = on_message,
                                    .refused = on_refused,
                                    .context = sync};
    parts->transport.ops->bind(parts->transport.self, &own);
    *out_sync = TAKE(sync);
    return ERR_OK;
}

/* Who goes in order leaves no will: it is said instead. Who was never heard says nothing. */
static void take_leave(struct sync *sync)
{
    struct span payload;
    if (sync->step.state > SYNC_CONNECTING &&
        encode_state(sync, /* is_online= */ false, 0, &payload) == ERR_OK)
        (void)publish(sync, TOPIC_STATE, payload);
}

void sync_close(struct sync *sync)
{
    if (sync == NULL)
        return;
    take_leave(sync);
    sync->parts.transport.ops->disconnect(sync->parts.transport.self);
    free_sync(&sync);
}
