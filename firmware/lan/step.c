/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/step.h"

static void emit(struct lan_outputs *out, enum lan_output_kind kind, unsigned slot)
{
    KASSA_ASSERT(out->count < LAN_STEP_OUTPUTS_MAX);
    out->items[out->count++] = (struct lan_output){kind, slot};
}

void lan_step_init(struct lan_step *s, const struct lan_step_settings *settings, uint64_t incarnation,
                   uint64_t last_seq, uint64_t random)
{
    *s = (struct lan_step){.settings = *settings,
                           .incarnation = incarnation,
                           .last_seq = last_seq,
                           .silent_mono_ms = LAN_NEVER,
                           .random = random};
}

bool lan_step_is_joined(const struct lan_step *s)
{
    return s->state == LAN_JOINED;
}

/* ---- coming and going */

static uint64_t draw(struct lan_step *s)
{
    s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return s->random >> 16;
}

/* What was said last is answered by nobody any more; what was granted stands, and a new session must hear of it. */
static void lose_session(struct lan_step *s)
{
    s->session = 0;
    s->word = LAN_WORD_NONE;
    s->is_finding = false;
    s->has_told_all = false;
    s->silent_mono_ms = LAN_NEVER;
    for (size_t i = 0; i < LAN_CLAIMS_MAX; i++) {
        struct lan_claim_slot *claim = &s->claims[i];
        if (claim->state == LAN_CLAIM_HELD)
            claim->state = LAN_CLAIM_AGAIN;
        if (claim->state == LAN_CLAIM_DONE)
            claim->state = LAN_CLAIM_FREE;
        claim->due_mono_ms = 0;
    }
}

static void go_away(struct lan_step *s, const struct lan_event *event)
{
    lose_session(s);
    s->state = LAN_AWAY;
    s->due_mono_ms = event->now_mono_ms + event->random % ((uint64_t)s->settings.backoff_ms_max + 1);
}

static void join(struct lan_step *s, uint64_t now_mono_ms, struct lan_outputs *out)
{
    lose_session(s);
    s->state = LAN_JOINING;
    s->nonce = draw(s) | 1;
    s->due_mono_ms = now_mono_ms + LAN_JOIN_MS;
    emit(out, LAN_JOIN, 0);
}

/* ---- what to say next */

static bool is_before(const struct lan_step *s, unsigned a, unsigned b)
{
    return s->claims[a].order < s->claims[b].order;
}

static unsigned oldest_claim(const struct lan_step *s, enum lan_claim_state state, uint64_t now_mono_ms)
{
    unsigned oldest = LAN_CLAIMS_MAX;
    for (unsigned i = 0; i < LAN_CLAIMS_MAX; i++) {
        if (s->claims[i].state == state && s->claims[i].due_mono_ms <= now_mono_ms &&
            (oldest == LAN_CLAIMS_MAX || is_before(s, i, oldest)))
            oldest = i;
    }
    return oldest;
}

static void say(struct lan_step *s, enum lan_word_kind kind, unsigned slot, const struct lan_event *event,
                struct lan_outputs *out)
{
    s->word = kind;
    s->word_slot = slot;
    s->number++;
    s->again_mono_ms = event->now_mono_ms + s->settings.answer_ms;
    if (s->silent_mono_ms == LAN_NEVER)
        s->silent_mono_ms = event->now_mono_ms;
    emit(out, LAN_SPEAK, slot);
}

static bool say_of_claim(struct lan_step *s, enum lan_claim_state state, enum lan_word_kind kind,
                         const struct lan_event *event, struct lan_outputs *out)
{
    unsigned slot = oldest_claim(s, state, event->now_mono_ms);
    if (slot == LAN_CLAIMS_MAX)
        return false;
    say(s, kind, slot, event, out);
    return true;
}

static void find(struct lan_step *s, struct lan_outputs *out)
{
    s->is_finding = true;
    emit(out, LAN_FIND, 0);
}

static void speak(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    bool is_open = s->state == LAN_TELLING || s->state == LAN_JOINED;
    if (!is_open || s->word != LAN_WORD_NONE || s->is_finding ||
        say_of_claim(s, LAN_CLAIM_AGAIN, LAN_WORD_CLAIM, event, out) ||
        say_of_claim(s, LAN_CLAIM_GIVEN_UP, LAN_WORD_RELEASE, event, out))
        return;
    if (s->told_seq < s->last_seq || !s->has_told_all) {
        find(s, out);
        return;
    }
    if (say_of_claim(s, LAN_CLAIM_NEW, LAN_WORD_CLAIM, event, out))
        return;
    if (s->settled_seq > s->settled_said) {
        s->word_through = s->settled_seq;
        say(s, LAN_WORD_SETTLED, 0, event, out);
    } else if (event->now_mono_ms >= s->heard_mono_ms + LAN_PING_MS) {
        s->word_through = s->told_seq;
        say(s, LAN_WORD_TOLD, 0, event, out);
    }
}

/* ---- answers */

static void take_welcome(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    const kassa_LanWelcome *welcome = &event->answer->answer.welcome;
    if (s->state != LAN_JOINING || welcome->nonce != s->nonce || welcome->session == 0)
        return;
    s->state = LAN_TELLING;
    s->session = welcome->session;
    s->number = 0;
    s->heard_mono_ms = event->now_mono_ms;
    s->settled_said = 0;
    bool is_known =
        event->is_own && welcome->mark.incarnation == s->incarnation && welcome->mark.through <= s->last_seq;
    s->told_seq = is_known ? welcome->mark.through : 0;
    s->said_seq = s->told_seq;
    s->arbiter = event->answer->arbiter;
    s->changes = event->answer->changes;
    s->tills = event->answer->tills;
    speak(s, event, out);
}

static void take_verdict(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    struct lan_claim_slot *claim = &s->claims[s->word_slot];
    bool was_given_up = claim->state == LAN_CLAIM_GIVEN_UP;
    if (claim->state == LAN_CLAIM_DONE) {
        claim->state = LAN_CLAIM_FREE;
        return;
    }
    switch (event->answer->answer.judged.verdict) {
    case kassa_LanVerdict_LAN_GRANTED:
        if (!was_given_up)
            claim->state = LAN_CLAIM_HELD;
        break;
    case kassa_LanVerdict_LAN_REFUSED:
        claim->state = LAN_CLAIM_FREE;
        break;
    case kassa_LanVerdict_LAN_LATER:
    case kassa_LanVerdict_LAN_UNSPECIFIED:
        claim->due_mono_ms = event->now_mono_ms + LAN_LATER_MS;
        if (was_given_up)
            claim->state = LAN_CLAIM_FREE;
        return;
    }
    if (!was_given_up)
        emit(out, LAN_JUDGED, s->word_slot);
}

static void take_mark(struct lan_step *s, const kassa_LanMark *mark)
{
    if (mark->incarnation != s->incarnation || mark->through != s->word_through)
        return; /* a new incarnation was taken since: it is told from its first record on */
    s->told_seq = mark->through;
    s->said_seq = mark->through;
    s->has_told_all = s->has_told_all || s->told_seq == s->last_seq;
    if (s->has_told_all)
        s->state = LAN_JOINED;
}

/* The answer to the word on its way. */
static void take_reply(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    const kassa_LanAnswer *answer = event->answer;
    enum lan_word_kind word = s->word;
    s->word = LAN_WORD_NONE;
    if (word == LAN_WORD_CLAIM && answer->which_answer == kassa_LanAnswer_judged_tag)
        take_verdict(s, event, out);
    else if (word == LAN_WORD_RELEASE && s->claims[s->word_slot].state == LAN_CLAIM_GIVEN_UP)
        s->claims[s->word_slot].state = LAN_CLAIM_FREE;
    else if (word == LAN_WORD_TOLD && answer->which_answer == kassa_LanAnswer_mark_tag)
        take_mark(s, &answer->answer.mark);
    else if (word == LAN_WORD_SETTLED && answer->answer.done)
        s->settled_said = s->word_through;
}

static void take_answer(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    const kassa_LanAnswer *answer = event->answer;
    if (answer->which_answer == kassa_LanAnswer_welcome_tag) {
        take_welcome(s, event, out);
        return;
    }
    if (s->session == 0 || answer->session != s->session)
        return;
    s->heard_mono_ms = event->now_mono_ms;
    if (answer->which_answer == kassa_LanAnswer_stale_tag) {
        join(s, event->now_mono_ms, out);
        return;
    }
    s->changes = answer->arbiter != s->arbiter || answer->changes > s->changes ? answer->changes : s->changes;
    s->arbiter = answer->arbiter;
    s->tills = answer->tills;
    if (s->word == LAN_WORD_NONE || answer->number != s->number)
        return;
    s->silent_mono_ms = LAN_NEVER;
    take_reply(s, event, out);
    speak(s, event, out);
}

/* ---- time */

static void take_time_of_line(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    if (event->now_mono_ms < s->due_mono_ms)
        return;
    if (s->state == LAN_AWAY) {
        s->state = LAN_CONNECTING;
        s->due_mono_ms = event->now_mono_ms + LAN_CONNECT_MS;
        emit(out, LAN_CONNECT, 0);
    } else if (s->state == LAN_CONNECTING) {
        go_away(s, event);
        emit(out, LAN_DISCONNECT, 0);
    } else {
        join(s, event->now_mono_ms, out);
    }
}

static void take_time(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    if (s->state != LAN_TELLING && s->state != LAN_JOINED) {
        take_time_of_line(s, event, out);
        return;
    }
    if (s->silent_mono_ms != LAN_NEVER && event->now_mono_ms >= s->silent_mono_ms + LAN_SILENCE_MS) {
        join(s, event->now_mono_ms, out);
        return;
    }
    if (s->word != LAN_WORD_NONE && event->now_mono_ms >= s->again_mono_ms) {
        s->again_mono_ms = event->now_mono_ms + s->settings.answer_ms;
        emit(out, LAN_SPEAK, s->word_slot);
        return;
    }
    speak(s, event, out);
}

uint64_t lan_step_due_mono_ms(const struct lan_step *s)
{
    if (s->state != LAN_TELLING && s->state != LAN_JOINED)
        return s->due_mono_ms;
    if (s->word != LAN_WORD_NONE)
        return s->again_mono_ms;
    uint64_t due = s->heard_mono_ms + LAN_PING_MS;
    for (size_t i = 0; i < LAN_CLAIMS_MAX; i++) {
        if (s->claims[i].state == LAN_CLAIM_NEW && s->claims[i].due_mono_ms < due)
            due = s->claims[i].due_mono_ms;
    }
    return due;
}

/* ---- the till's own doings */

static void take_appended(struct lan_step *s, const struct lan_event *event)
{
    if (event->incarnation != s->incarnation) { /* its numbers began anew */
        s->told_seq = 0;
        s->said_seq = 0;
        s->settled_seq = 0;
        s->settled_said = 0;
        s->has_told_all = false;
        if (s->state == LAN_JOINED)
            s->state = LAN_TELLING;
    }
    s->incarnation = event->incarnation;
    s->last_seq = event->seq;
}

static void take_settled(struct lan_step *s, const struct lan_event *event)
{
    if (event->seq <= s->settled_seq)
        return;
    s->settled_seq = event->seq;
    s->settled_unix_ms = event->hub_unix_ms;
}

static void take_found(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    if (!s->is_finding)
        return;
    s->is_finding = false;
    if (event->error != ERR_OK) /* tried again, when it is time for a ping */
        return;
    if (!event->is_use && s->has_told_all && event->seq < s->said_seq + LAN_STRIDE) {
        s->told_seq = event->seq;
        speak(s, event, out);
        return;
    }
    s->word_through = event->seq;
    say(s, LAN_WORD_TOLD, 0, event, out);
}

static void take_claim_event(struct lan_step *s, const struct lan_event *event)
{
    struct lan_claim_slot *claim = &s->claims[event->slot];
    bool is_on_its_way = s->word == LAN_WORD_CLAIM && s->word_slot == event->slot;
    if (event->kind == LAN_CLAIMED) {
        *claim = (struct lan_claim_slot){.state = LAN_CLAIM_NEW, .order = ++s->claim_order};
    } else if (event->kind == LAN_COMMITTED) {
        claim->state = is_on_its_way ? LAN_CLAIM_DONE : LAN_CLAIM_FREE;
    } else if (claim->state == LAN_CLAIM_NEW && !is_on_its_way) {
        claim->state = LAN_CLAIM_FREE; /* nobody has heard of it, or it was put off */
    } else if (claim->state != LAN_CLAIM_FREE) {
        claim->state = LAN_CLAIM_GIVEN_UP;
    }
}

void lan_step_take(struct lan_step *s, const struct lan_event *event, struct lan_outputs *out)
{
    out->count = 0;
    switch (event->kind) {
    case LAN_TIME:
        take_time(s, event, out);
        return;
    case LAN_CONNECTED:
        if (s->state == LAN_CONNECTING)
            join(s, event->now_mono_ms, out);
        return;
    case LAN_DISCONNECTED:
        if (s->state != LAN_AWAY)
            go_away(s, event);
        return;
    case LAN_ANSWERED:
        take_answer(s, event, out);
        return;
    case LAN_FOUND:
        take_found(s, event, out);
        return;
    case LAN_APPENDED:
        take_appended(s, event);
        speak(s, event, out);
        return;
    case LAN_SETTLED:
        take_settled(s, event);
        speak(s, event, out);
        return;
    case LAN_CLAIMED:
    case LAN_RELEASED:
    case LAN_COMMITTED:
        take_claim_event(s, event);
        speak(s, event, out);
        return;
    }
}
