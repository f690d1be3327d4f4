/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/lan.h"

#include <stdlib.h>

#include "wire/message.h"
#include "wire/topic.h"

#define FIND_MAX  64 /* records that are looked at in one go ... */
#define FINDS_MAX 4  /* ... and so many of those in one turn */

struct claim {
    char key[KEY_MAX + 1];
    uint64_t next_seq; /* of the journal, when it was made */
    uint64_t incarnation;
    struct lan_claim_items items;
};

struct lan {
    struct lan_step step;
    struct lan_parts parts;
    struct lan_handler handler;
    char till[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    struct claim claims[LAN_CLAIMS_MAX];
    bool wants_disconnect;
    bool wants_find;
    enum lan_state told_state;
    kassa_LanUse use; /* of the record that is being told */
    bool has_use;
    uint8_t record[RECORD_SIZE_MAX];
    uint8_t bytes[16384]; /* a word on its way */
    kassa_LanWord word;
    kassa_LanAnswer answer;
};

static uint64_t now_of(const struct lan *lan)
{
    return lan->parts.clock.ops->mono_ms(lan->parts.clock.self);
}

static uint64_t draw(const struct lan *lan)
{
    uint64_t value = 0;
    const struct random *random = &lan->parts.random;
    if (random->fill(random->self, (uint8_t *)&value, sizeof(value)) != ERR_OK)
        return now_of(lan);
    return value;
}

static void step(struct lan *lan, const struct lan_event *event);

/* ---- words */

static void publish(struct lan *lan, enum topic topic, const char *till, const pb_msgdesc_t *fields,
                    const void *message)
{
    struct topic_parts parts = {.index = 0};
    char name[TOPIC_SIZE_MAX];
    size_t size;
    memcpy(parts.store, lan->store, sizeof(parts.store));
    memcpy(parts.till, till, strnlen(till, TILL_ID_MAX));
    topic_write(topic, &parts, name);
    if (wire_encode(fields, message, lan->bytes, sizeof(lan->bytes), &size) == ERR_OK)
        (void)lan->parts.transport.ops->publish(lan->parts.transport.self, name,
                                                span_of(lan->bytes, size)); /* said again if it is lost */
}

static kassa_LanWord *begin_word(struct lan *lan)
{
    kassa_LanWord *word = &lan->word;
    memset(word, 0, sizeof(*word));
    memcpy(word->till, lan->till, sizeof(lan->till));
    word->incarnation = lan->step.incarnation;
    word->next_seq = lan->step.last_seq + 1;
    return word;
}

static void send_join(struct lan *lan)
{
    struct transport transport = lan->parts.transport;
    char filter[TOPIC_SIZE_MAX];
    topic_write_store_right(TOPIC_LAN_ANSWER, lan->store, lan->till, filter);
    if (transport.ops->subscribe(transport.self, filter) != ERR_OK)
        return; /* the line is breaking */
    if (lan->parts.court != NULL) {
        topic_write_store_right(TOPIC_LAN_WORD, lan->store, "+", filter);
        if (transport.ops->subscribe(transport.self, filter) != ERR_OK)
            return;
    }
    kassa_LanWord *word = begin_word(lan);
    word->which_word = kassa_LanWord_join_tag;
    word->word.join = (kassa_LanJoin){lan->step.nonce, lan->step.arbiter, lan->step.changes, lan->step.tills};
    publish(lan, TOPIC_LAN_WORD, lan->till, kassa_LanWord_fields, word);
}

static void fill_claim(const struct claim *claim, kassa_LanWord *word)
{
    kassa_LanClaim *out = &word->word.claim;
    word->which_word = kassa_LanWord_claim_tag;
    word->next_seq = claim->next_seq;
    word->incarnation = claim->incarnation;
    memcpy(out->key, claim->key, sizeof(out->key));
    out->items_count = (pb_size_t)claim->items.count;
    memcpy(out->items, claim->items.items, claim->items.count * sizeof(out->items[0]));
}

static bool fill_told(struct lan *lan, kassa_LanWord *word)
{
    kassa_LanTold *told = &word->word.told;
    word->which_word = kassa_LanWord_told_tag;
    told->through = lan->step.word_through;
    told->is_last = told->through == lan->step.last_seq;
    told->hash.size = HASH_SIZE;
    if (journal_hash_at(lan->parts.journal, told->through, told->hash.bytes) != ERR_OK)
        return false;
    told->has_use = lan->has_use && lan->use.seq == told->through && lan->step.told_seq < told->through;
    if (told->has_use)
        told->use = lan->use;
    return true;
}

static void send_word(struct lan *lan, unsigned slot)
{
    kassa_LanWord *word = begin_word(lan);
    word->session = lan->step.session;
    word->number = lan->step.number;
    switch (lan->step.word) {
    case LAN_WORD_NONE:
        return;
    case LAN_WORD_CLAIM:
        fill_claim(&lan->claims[slot], word);
        break;
    case LAN_WORD_RELEASE:
        word->which_word = kassa_LanWord_release_tag;
        memcpy(word->word.release.key, lan->claims[slot].key, sizeof(word->word.release.key));
        break;
    case LAN_WORD_TOLD:
        if (!fill_told(lan, word))
            return;
        break;
    case LAN_WORD_SETTLED:
        word->which_word = kassa_LanWord_settled_tag;
        word->word.settled = (kassa_LanSettled){lan->step.word_through, lan->step.settled_unix_ms};
        break;
    }
    publish(lan, TOPIC_LAN_WORD, lan->till, kassa_LanWord_fields, word);
}

/* ---- what the journal has to tell */

/* What is trimmed head office has. */
static uint64_t first_to_tell(const struct lan *lan)
{
    struct journal_stats stats;
    uint64_t next = lan->step.told_seq + 1;
    if (journal_get_stats(lan->parts.journal, &stats) != ERR_OK)
        return next;
    return next > stats.newest.first_seq ? next : stats.newest.first_seq;
}

/* Looks on to the next record that used something, or so far as one turn goes. */
static void find(struct lan *lan)
{
    struct lan_event event = {
        .kind = LAN_FOUND, .now_mono_ms = now_of(lan), .random = draw(lan), .seq = lan->step.told_seq};
    uint64_t first = first_to_tell(lan);
    uint64_t end = first + FIND_MAX <= lan->step.last_seq ? first + FIND_MAX : lan->step.last_seq + 1;
    event.seq = first > lan->step.told_seq + 1 ? first - 1 : event.seq;
    lan->has_use = false;
    for (uint64_t seq = first; seq < end && !lan->has_use && event.error == ERR_OK; seq++) {
        struct journal_record record;
        event.error = journal_read(lan->parts.journal, seq, lan->record, sizeof(lan->record), &record);
        if (event.error != ERR_OK)
            break;
        if (lan_use_of_record(record.bytes, &lan->use, &lan->has_use) != ERR_OK)
            lan->has_use = false; /* head office will say what it thinks of it */
        lan->use.seq = seq;
        event.seq = seq;
    }
    event.is_use = lan->has_use;
    step(lan, &event);
}

/* ---- what the step asks for */

static void tell_verdict(struct lan *lan, unsigned slot)
{
    const struct claim *claim = &lan->claims[slot];
    const kassa_LanJudged *judged = &lan->answer.answer.judged;
    struct lan_verdict verdict = {.key = claim->key,
                                  .is_granted = judged->verdict == kassa_LanVerdict_LAN_GRANTED,
                                  .available = judged->available,
                                  .till = judged->till};
    if (judged->item < claim->items.count)
        verdict.place = claim->items.places[judged->item];
    if (lan->handler.on_judged != NULL)
        lan->handler.on_judged(lan->handler.context, &verdict);
}

static void on_disconnected(void *context, enum err reason);

static void do_output(struct lan *lan, const struct lan_output *output)
{
    switch (output->kind) {
    case LAN_CONNECT:
        if (lan->parts.transport.ops->connect(lan->parts.transport.self, /* will= */ NULL) != ERR_OK)
            on_disconnected(lan, ERR_CLOSED);
        return;
    case LAN_DISCONNECT:
        lan->wants_disconnect = true;
        return;
    case LAN_JOIN:
        send_join(lan);
        return;
    case LAN_FIND:
        lan->wants_find = true;
        return;
    case LAN_SPEAK:
        send_word(lan, output->slot);
        return;
    case LAN_JUDGED:
        tell_verdict(lan, output->slot);
        return;
    }
}

static void step(struct lan *lan, const struct lan_event *event)
{
    struct lan_outputs outputs;
    lan_step_take(&lan->step, event, &outputs);
    for (size_t i = 0; i < outputs.count; i++)
        do_output(lan, &outputs.items[i]);
    if (lan->step.state == lan->told_state)
        return;
    lan->told_state = lan->step.state;
    if (lan->handler.on_state != NULL)
        lan->handler.on_state(lan->handler.context, lan->told_state);
}

static void step_simple(struct lan *lan, enum lan_event_kind kind, unsigned slot)
{
    struct lan_event event = {.kind = kind, .now_mono_ms = now_of(lan), .random = draw(lan), .slot = slot};
    step(lan, &event);
}

/* ---- what the transport tells */

static void on_connected(void *context)
{
    step_simple(context, LAN_CONNECTED, 0);
}

static void on_disconnected(void *context, enum err reason)
{
    (void)reason;
    step_simple(context, LAN_DISCONNECTED, 0);
}

static bool is_own_mark(struct lan *lan, const kassa_LanMark *mark)
{
    uint8_t hash[HASH_SIZE];
    return mark->hash.size == HASH_SIZE &&
           journal_hash_at(lan->parts.journal, mark->through, hash) == ERR_OK &&
           memcmp(hash, mark->hash.bytes, HASH_SIZE) == 0;
}

static void take_answer(struct lan *lan, struct span payload)
{
    kassa_LanAnswer *answer = &lan->answer;
    if (wire_decode(kassa_LanAnswer_fields, payload, answer) != ERR_OK)
        return;
    struct lan_event event = {
        .kind = LAN_ANSWERED, .now_mono_ms = now_of(lan), .random = draw(lan), .answer = answer};
    if (answer->which_answer == kassa_LanAnswer_welcome_tag)
        event.is_own = is_own_mark(lan, &answer->answer.welcome.mark);
    step(lan, &event);
}

/* A till speaks for itself alone: the broker's rights see to the topic, and the word must be its topic's. */
static void take_word(struct lan *lan, const char *till, struct span payload)
{
    static const kassa_LanAnswer nothing;
    kassa_LanAnswer answer = nothing;
    if (wire_decode(kassa_LanWord_fields, payload, &lan->word) != ERR_OK || strcmp(lan->word.till, till) != 0)
        return;
    if (court_take(lan->parts.court, &lan->word, &answer) == ERR_OK)
        publish(lan, TOPIC_LAN_ANSWER, till, kassa_LanAnswer_fields, &answer);
}

static void on_message(void *context, struct span topic, struct span payload)
{
    struct lan *lan = context;
    enum topic kind;
    struct topic_parts parts;
    if (topic_read(topic, &kind, &parts) != ERR_OK || strcmp(parts.store, lan->store) != 0)
        return;
    if (kind == TOPIC_LAN_ANSWER && strcmp(parts.till, lan->till) == 0)
        take_answer(lan, payload);
    else if (kind == TOPIC_LAN_WORD && lan->parts.court != NULL)
        take_word(lan, parts.till, payload);
}

/* ---- the caller's side */

static void disconnect(struct lan *lan)
{
    if (lan->wants_disconnect)
        lan->parts.transport.ops->disconnect(lan->parts.transport.self);
    lan->wants_disconnect = false;
}

uint64_t lan_run(struct lan *lan)
{
    disconnect(lan);
    step_simple(lan, LAN_TIME, 0);
    for (unsigned i = 0; lan->wants_find && i < FINDS_MAX; i++) {
        lan->wants_find = false;
        find(lan);
    }
    disconnect(lan);
    return lan->wants_find ? now_of(lan) : lan_step_due_mono_ms(&lan->step);
}

void lan_appended(struct lan *lan)
{
    struct lan_event event = {.kind = LAN_APPENDED,
                              .now_mono_ms = now_of(lan),
                              .random = draw(lan),
                              .incarnation = journal_incarnation(lan->parts.journal),
                              .seq = journal_next_seq(lan->parts.journal) - 1};
    step(lan, &event);
}

void lan_settled(struct lan *lan, uint64_t seq, int64_t hub_unix_ms)
{
    struct lan_event event = {.kind = LAN_SETTLED,
                              .now_mono_ms = now_of(lan),
                              .random = draw(lan),
                              .seq = seq,
                              .hub_unix_ms = hub_unix_ms};
    step(lan, &event);
}

static unsigned find_claim(const struct lan *lan, const char *key)
{
    for (unsigned i = 0; i < LAN_CLAIMS_MAX; i++) {
        enum lan_claim_state state = lan->step.claims[i].state;
        if (state != LAN_CLAIM_FREE && state != LAN_CLAIM_GIVEN_UP && strcmp(lan->claims[i].key, key) == 0)
            return i;
    }
    return LAN_CLAIMS_MAX;
}

enum err lan_claim(struct lan *lan, const char *key, const struct lan_claim_items *items)
{
    unsigned slot = 0;
    if (!lan_is_joined(lan))
        return ERR_CLOSED;
    while (slot < LAN_CLAIMS_MAX && lan->step.claims[slot].state != LAN_CLAIM_FREE)
        slot++;
    if (slot == LAN_CLAIMS_MAX)
        return ERR_BUSY;
    struct claim *claim = &lan->claims[slot];
    *claim = (struct claim){.next_seq = journal_next_seq(lan->parts.journal),
                            .incarnation = journal_incarnation(lan->parts.journal),
                            .items = *items};
    memcpy(claim->key, key, strnlen(key, KEY_MAX));
    step_simple(lan, LAN_CLAIMED, slot);
    return ERR_OK;
}

void lan_release(struct lan *lan, const char *key)
{
    unsigned slot = find_claim(lan, key);
    if (slot < LAN_CLAIMS_MAX)
        step_simple(lan, LAN_RELEASED, slot);
}

void lan_commit(struct lan *lan, const char *key)
{
    unsigned slot = find_claim(lan, key);
    lan_appended(lan);
    if (slot < LAN_CLAIMS_MAX)
        step_simple(lan, LAN_COMMITTED, slot);
}

bool lan_is_joined(const struct lan *lan)
{
    return lan_step_is_joined(&lan->step);
}

enum lan_state lan_get_state(const struct lan *lan)
{
    return lan->step.state;
}

const char *lan_state_name(enum lan_state state)
{
    static const char *const names[LAN_STATE_COUNT] = {[LAN_AWAY] = "away",
                                                       [LAN_CONNECTING] = "connecting",
                                                       [LAN_JOINING] = "joining",
                                                       [LAN_TELLING] = "telling",
                                                       [LAN_JOINED] = "joined"};
    return (unsigned)state < LAN_STATE_COUNT ? names[state] : "unknown";
}

/* ---- opening and closing */

enum err lan_open(const struct lan_settings *settings, const struct lan_parts *parts,
                  const struct lan_handler *handler, struct lan **out_lan)
{
    if (!topic_is_till_id(span_of_text(settings->till)) || !topic_is_till_id(span_of_text(settings->store)))
        return ERR_ARGUMENT;
    struct lan *lan = calloc(1, sizeof(*lan));
    if (lan == NULL)
        return ERR_MEMORY;
    lan->parts = *parts;
    lan->handler = *handler;
    memcpy(lan->till, settings->till, strlen(settings->till));
    memcpy(lan->store, settings->store, strlen(settings->store));
    struct lan_step_settings own = {settings->backoff_ms_max, settings->answer_ms};
    lan_step_init(&lan->step, &own, journal_incarnation(parts->journal), journal_next_seq(parts->journal) - 1,
                  draw(lan));
    const struct transport_handler line = {
        .connected = on_connected, .disconnected = on_disconnected, .message = on_message, .context = lan};
    parts->transport.ops->bind(parts->transport.self, &line);
    *out_lan = lan;
    return ERR_OK;
}

void lan_close(struct lan *lan)
{
    if (lan == NULL)
        return;
    lan->parts.transport.ops->disconnect(lan->parts.transport.self);
    free(lan);
}
