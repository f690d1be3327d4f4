/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/step.h"

static void emit(struct step_outputs *out, enum step_output_kind kind, uint64_t number)
{
    KASSA_ASSERT(out->count < STEP_OUTPUTS_MAX);
    out->items[out->count++] = (struct step_output){.kind = kind, .number = number};
}

static void emit_fault(struct step_outputs *out, enum sync_fault fault)
{
    KASSA_ASSERT(out->count < STEP_OUTPUTS_MAX);
    out->items[out->count++] = (struct step_output){.kind = STEP_FAULT, .fault = fault};
}

static uint64_t after(uint64_t now_mono_ms, uint64_t delay_ms)
{
    return now_mono_ms > STEP_NEVER - delay_ms ? STEP_NEVER : now_mono_ms + delay_ms;
}

void step_init(struct step_state *s, const struct step_settings *settings, uint64_t incarnation,
               uint64_t last_seq, uint64_t acked_seq)
{
    *s = (struct step_state){.settings = *settings,
                             .state = SYNC_OFFLINE,
                             .incarnation = incarnation,
                             .last_seq = last_seq,
                             .acked_seq = acked_seq,
                             .base_seq = acked_seq,
                             .sent_seq = acked_seq,
                             .credit = 1};
}

static void go_offline(struct step_state *s, uint64_t now_mono_ms, uint64_t random)
{
    s->state = SYNC_OFFLINE;
    s->in_flight_count = 0;
    s->due_mono_ms = after(now_mono_ms, random % ((uint64_t)s->settings.backoff_ms_max + 1));
}

static void be_born(struct step_state *s, uint64_t now_mono_ms, struct step_outputs *out)
{
    s->state = SYNC_BORN;
    s->in_flight_count = 0;
    s->birth_mono_ms = now_mono_ms;
    s->due_mono_ms = after(now_mono_ms, s->settings.ack_timeout_ms);
    emit(out, STEP_BIRTH, s->birth);
}

static void be_patient(struct step_state *s, uint64_t now_mono_ms, uint64_t delay_ms)
{
    s->state = SYNC_WAITING;
    s->in_flight_count = 0;
    s->due_mono_ms = after(now_mono_ms, delay_ms < STEP_THROTTLE_MS_MAX ? delay_ms : STEP_THROTTLE_MS_MAX);
}

/* The line is given up on purpose; the driver takes the new incarnation and comes back with STEP_RENEWED. Where there is
 * nothing to carry (0), what is appended from now on still is: a fault makes the driver write a record. */
static void renew(struct step_state *s, uint64_t carry_from, enum sync_fault fault, struct step_outputs *out)
{
    s->state = SYNC_OFFLINE;
    s->in_flight_count = 0;
    s->due_mono_ms = STEP_NEVER;
    emit(out, STEP_DISCONNECT, 0);
    emit(out, STEP_NEW_INCARNATION, carry_from != 0 ? carry_from : s->last_seq + 1);
    emit_fault(out, fault);
}

static void send_more(struct step_state *s, struct step_outputs *out)
{
    if (s->state == SYNC_LIVE && !s->is_stalled && s->in_flight_count < s->credit &&
        s->sent_seq < s->last_seq)
        emit(out, STEP_BATCH, s->sent_seq + 1);
}

static void send_again_from(struct step_state *s, uint64_t base_seq, struct step_outputs *out)
{
    s->base_seq = base_seq;
    s->sent_seq = base_seq;
    s->in_flight_count = 0;
    send_more(s, out);
}

static void take_time(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (event->now_mono_ms < s->due_mono_ms)
        return;
    switch (s->state) {
    case SYNC_OFFLINE:
    case SYNC_FENCED:
        s->state = SYNC_CONNECTING;
        s->due_mono_ms = after(event->now_mono_ms, STEP_CONNECT_MS);
        emit(out, STEP_CONNECT, 0);
        return;
    case SYNC_CONNECTING:
        go_offline(s, event->now_mono_ms, event->random);
        emit(out, STEP_DISCONNECT, 0);
        return;
    case SYNC_BORN:
    case SYNC_WAITING:
        be_born(s, event->now_mono_ms, out);
        return;
    case SYNC_LIVE: /* no answer to what is in flight, or it could not be sent */
        s->due_mono_ms = STEP_NEVER;
        s->is_stalled = false;
        s->resends++;
        send_again_from(s, s->base_seq, out);
        return;
    case SYNC_STATE_COUNT:
        return;
    }
}

static void take_batched(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (s->state != SYNC_LIVE)
        return;
    if (event->error == ERR_NOT_FOUND) { /* the hub wants what is trimmed here: carry what there is */
        renew(s, event->last_seq <= s->last_seq ? event->last_seq : 0, SYNC_FAULT_GAP, out);
        return;
    }
    s->due_mono_ms = after(event->now_mono_ms, s->settings.ack_timeout_ms);
    s->is_stalled = event->error != ERR_OK;
    if (s->is_stalled) /* tried again when that is due */
        return;
    s->batches_sent++;
    s->sent_seq = event->last_seq;
    s->in_flight[s->in_flight_count++] = event->last_seq;
    send_more(s, out);
}

static void drop_answered(struct step_state *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->in_flight_count; i++) {
        if (s->in_flight[i] > s->base_seq)
            s->in_flight[kept++] = s->in_flight[i];
    }
    s->in_flight_count = kept;
}

/* Where to go on from, by the hub's mark alone. Where its chain is not ours, the tail that it has not
 * confirmed is sent: the hub compares it and names the first difference. */
static uint64_t beginning(const struct step_state *s, const kassa_Ack *answer, enum step_own own_hw)
{
    switch (own_hw) {
    case STEP_OWN_FITS:
        return answer->hw;
    case STEP_OWN_UNKNOWN: /* trimmed; or it could not be read just now, and then nothing is believed */
        return answer->hw < s->acked_seq ? answer->hw : s->acked_seq;
    case STEP_OWN_BEYOND:
        return s->acked_seq;
    case STEP_OWN_DIFFERS:
        return answer->hw > s->acked_seq ? s->acked_seq : 0;
    }
    return s->acked_seq;
}

static void take_permit(struct step_state *s, const struct step_event *event)
{
    s->state = SYNC_LIVE;
    s->was_fenced_told = false;
    s->is_ahead = event->own_hw == STEP_OWN_BEYOND || event->own_hw == STEP_OWN_DIFFERS;
    s->base_seq = beginning(s, event->answer, event->own_hw);
    s->sent_seq = s->base_seq;
    s->in_flight_count = 0;
    s->is_stalled = false;
    s->due_mono_ms = STEP_NEVER;
}

static void take_ok(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    const kassa_Ack *answer = event->answer;
    s->credit = answer->credit == 0 ? 1 : answer->credit < STEP_CREDIT_MAX ? answer->credit : STEP_CREDIT_MAX;
    if (s->state == SYNC_BORN)
        take_permit(s, event);
    uint64_t sure = 0;
    if (event->own_hw == STEP_OWN_FITS)
        sure = answer->hw;
    if (event->own_through == STEP_OWN_FITS && answer->through > sure)
        sure = answer->through;
    if (sure > s->base_seq)
        s->base_seq = sure;
    if (s->sent_seq < s->base_seq)
        s->sent_seq = s->base_seq;
    if (sure > s->acked_seq) {
        s->acked_seq = sure;
        emit(out, STEP_ACKNOWLEDGE, sure);
    }
    drop_answered(s);
    s->is_stalled = false;
    s->due_mono_ms =
        s->in_flight_count == 0 ? STEP_NEVER : after(event->now_mono_ms, s->settings.ack_timeout_ms);
    if (s->is_ahead && s->base_seq == s->last_seq) {
        s->is_ahead = false;
        renew(s, 0, SYNC_FAULT_RESTORED, out);
        return;
    }
    send_more(s, out);
}

/* The hub names the first record that it does not have so. What lies before it is sure only if the batch
 * began right behind what is sure: otherwise all from there is carried, and the hub says again what it has of
 * it. */
static void take_fork(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    uint64_t from = event->answer->expect_seq;
    if (s->in_flight_count == 0 || (from != 0 && from <= s->base_seq))
        return; /* no batch of ours that is on its way: a clone's, who hears and is heard under the same name */
    if (from == 0 || from > s->last_seq + 1 ||
        (from > s->base_seq + 1 && event->answer->through != s->base_seq))
        from = s->base_seq + 1;
    renew(s, from <= s->last_seq ? from : 0, SYNC_FAULT_FORK, out);
}

/* Something was lost on the way, or by the hub. Where its mark is not ours, what it expects says nothing
 * about what it has of us: then all that is not sure goes again. */
static void take_gap(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (s->in_flight_count == 0) /* it answers a batch that was given up already */
        return;
    uint64_t base = beginning(s, event->answer, event->own_hw);
    if (event->own_hw != STEP_OWN_FITS && base > s->base_seq)
        base = s->base_seq;
    send_again_from(s, base, out);
}

static void take_refusal(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (!s->was_refused_told)
        emit_fault(out, SYNC_FAULT_REFUSED);
    s->was_refused_told = true;
    uint64_t delay = event->answer->throttle_ms;
    be_patient(s, event->now_mono_ms, delay > STEP_REFUSED_MS ? delay : STEP_REFUSED_MS);
}

/* Nothing that is published reaches the hub: somebody has to mend the access list. It is tried again with patience,
 * not as fast as the line goes. */
static void take_denial(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (s->state != SYNC_BORN && s->state != SYNC_LIVE)
        return;
    if (!s->was_denied_told)
        emit_fault(out, SYNC_FAULT_DENIED);
    s->was_denied_told = true;
    be_patient(s, event->now_mono_ms, STEP_REFUSED_MS);
}

/* The other one is given time to come back; if it does not, this journal is not a clone's but an
 * old image's. */
static void take_fencing(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    s->state = SYNC_FENCED;
    s->in_flight_count = 0;
    s->due_mono_ms = after(event->now_mono_ms, STEP_FENCED_MS);
    if (!s->was_fenced_told)
        emit_fault(out, SYNC_FAULT_FENCED);
    s->was_fenced_told = true;
    emit(out, STEP_DISCONNECT, 0);
}

/* In BORN only the answer to this connection's own birth counts; later, those to batches and a
 * late repeat. */
static bool is_for_us(const struct step_state *s, const kassa_Ack *answer)
{
    bool has_mark = answer->hash.size == HASH_SIZE || answer->status != kassa_AckStatus_ACK_OK;
    if (answer->incarnation != s->incarnation || !has_mark)
        return false;
    switch (s->state) {
    case SYNC_BORN:
        return answer->birth == s->birth;
    case SYNC_LIVE:
        return answer->birth == 0;
    case SYNC_OFFLINE:
    case SYNC_CONNECTING:
    case SYNC_WAITING:
    case SYNC_FENCED:
    case SYNC_STATE_COUNT:
        return false;
    }
    return false;
}

static void take_answer(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    if (!is_for_us(s, event->answer))
        return;
    switch (event->answer->status) {
    case kassa_AckStatus_ACK_OK:
        take_ok(s, event, out);
        return;
    case kassa_AckStatus_ACK_GAP:
        take_gap(s, event, out);
        return;
    case kassa_AckStatus_ACK_FORK:
        take_fork(s, event, out);
        return;
    case kassa_AckStatus_ACK_FENCED:
        take_fencing(s, event, out);
        return;
    case kassa_AckStatus_ACK_THROTTLE:
        be_patient(s, event->now_mono_ms, event->answer->throttle_ms);
        return;
    case kassa_AckStatus_ACK_REFUSED:
        take_refusal(s, event, out);
        return;
    case kassa_AckStatus_ACK_UNSPECIFIED:
        return;
    }
}

/* A birth that was sent before the hub came back is lost: nobody keeps messages for it. */
static void take_word(struct step_state *s, const struct step_event *event)
{
    uint64_t earliest = after(s->birth_mono_ms, STEP_HEARD_MS);
    uint64_t due = after(event->now_mono_ms, event->random % (STEP_HEARD_MS_MAX + 1));
    due = due > earliest ? due : earliest;
    if (s->state == SYNC_BORN && due < s->due_mono_ms)
        s->due_mono_ms = due;
}

static void take_renewal(struct step_state *s, const struct step_event *event)
{
    struct step_settings settings = s->settings;
    uint64_t batches_sent = s->batches_sent;
    uint64_t resends = s->resends;
    step_init(s, &settings, event->incarnation, event->last_seq, 0);
    s->batches_sent = batches_sent;
    s->resends = resends;
    go_offline(s, event->now_mono_ms, event->random);
}

void step_take(struct step_state *s, const struct step_event *event, struct step_outputs *out)
{
    out->count = 0;
    switch (event->kind) {
    case STEP_TIME:
        take_time(s, event, out);
        return;
    case STEP_CONNECTED:
        if (s->state != SYNC_CONNECTING)
            return;
        s->birth = event->random != 0 ? event->random : 1; /* 0 is no birth's number */
        s->was_refused_told = false;
        s->was_denied_told = false;
        be_born(s, event->now_mono_ms, out);
        return;
    case STEP_DISCONNECTED:
        if (s->state != SYNC_FENCED && s->state != SYNC_OFFLINE) /* there it is timed, or being renewed */
            go_offline(s, event->now_mono_ms, event->random);
        return;
    case STEP_APPENDED:
        s->last_seq = event->last_seq > s->last_seq ? event->last_seq : s->last_seq;
        send_more(s, out);
        return;
    case STEP_BATCHED:
        take_batched(s, event, out);
        return;
    case STEP_ANSWERED:
        take_answer(s, event, out);
        return;
    case STEP_HEARD:
        take_word(s, event);
        return;
    case STEP_DENIED:
        take_denial(s, event, out);
        return;
    case STEP_RENEWED:
        take_renewal(s, event);
        return;
    }
}

uint64_t step_due_mono_ms(const struct step_state *s)
{
    return s->due_mono_ms;
}
