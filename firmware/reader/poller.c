/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/poller.h"

#include "card/message.h"

#define MISSES_UNTIL_GONE 2
#define FAILURES_MAX      3
#define TICK_AFTER_MS     100     /* of silence: well within READER_TICK_MS_MAX at any pace */
#define DIALOGUE_US_MAX   2000000 /* a card that answers slowly and for ever is none */
#define REREAD_US         1000000 /* a phone under another UID is asked again who it is after that */
#define PAUSE_SHARE       5       /* of the pace: so much is always left to the parent, and to the field */
#define OTHERS_MAX        3       /* that lie there beside it */
#define TEXT_OF_NOBODY    "?"     /* no canonical text: it can be no card's */

static uint64_t now_of(const struct poller *poller)
{
    return poller->options.now_us(poller->options.self);
}

static enum err tell(struct poller *poller, const struct reader_message *message)
{
    TRY(poller->options.tell(poller->options.self, message));
    poller->last_told_us = now_of(poller);
    return ERR_OK;
}

static enum err tell_tick(struct poller *poller)
{
    if (now_of(poller) - poller->last_told_us < TICK_AFTER_MS * 1000U)
        return ERR_OK;
    struct reader_message tick = card_message_of(READER_TICK, NULL);
    tick.read_us = poller->pace_us;
    poller->pace_us = 0;
    return tell(poller, &tick);
}

/* --- what a technology may ask of the card: the reader's own functions, within bounds --- */

/* Between two commands of a dialogue: the child lives, and tells so. */
static enum err go_on(struct poller *poller)
{
    if (now_of(poller) - poller->dialogue_us > DIALOGUE_US_MAX)
        return ERR_IO;
    return tell_tick(poller);
}

/* A card that is away gave no answer: that it names nobody, only what stands on it may say. */
static enum err answer_of(enum err error)
{
    return error == ERR_NOT_FOUND ? ERR_IO : error;
}

static enum err bounded_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                 size_t *out_rx_size)
{
    struct poller *poller = self;
    const struct tag_reader *reader = &poller->options.reader;
    TRY(go_on(poller));
    return answer_of(reader->ops->tag.exchange(reader->self, tx, rx, rx_capacity, out_rx_size));
}

static enum err bounded_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                 size_t *out_rx_size)
{
    struct poller *poller = self;
    const struct tag_reader *reader = &poller->options.reader;
    TRY(go_on(poller));
    return answer_of(reader->ops->tag.transmit(reader->self, tx, rx, rx_capacity, out_rx_size));
}

static enum err bounded_authenticate(void *self, const struct tag_key *key)
{
    struct poller *poller = self;
    const struct tag_reader *reader = &poller->options.reader;
    TRY(go_on(poller));
    return answer_of(reader->ops->tag.authenticate(reader->self, key));
}

static enum err bounded_select_again(void *self)
{
    const struct tag_reader *reader = &((struct poller *)self)->options.reader;
    return reader->ops->tag.select_again(reader->self);
}

static enum err bounded_release(void *self)
{
    const struct tag_reader *reader = &((struct poller *)self)->options.reader;
    return reader->ops->tag.release(reader->self);
}

static struct tag_ops bounded_ops_of(const struct tag_ops *ops)
{
    return (struct tag_ops){
        .exchange = bounded_exchange,
        .transmit = ops->transmit != NULL ? bounded_transmit : NULL,
        .authenticate = ops->authenticate != NULL ? bounded_authenticate : NULL,
        .select_again = bounded_select_again,
        .release = ops->release != NULL ? bounded_release : NULL,
    };
}

void poller_init(struct poller *poller, const struct poller_options *options)
{
    uint64_t now_us = options->now_us(options->self);
    *poller = (struct poller){.options = *options,
                              .tag_ops = bounded_ops_of(&options->reader.ops->tag),
                              .last_told_us = now_us,
                              .last_refresh_us = now_us};
}

static bool is_same_target(const struct tag_target *a, const struct tag_target *b)
{
    return span_is_equal(span_of(a->uid, a->uid_size), span_of(b->uid, b->uid_size));
}

/* Drawn anew at each activation, as phones do (ISO/IEC 14443-3 6.5.4). */
static bool is_passing(const struct tag_target *target)
{
    return target->uid_size == 4 && target->uid[0] == 0x08;
}

/* Is it the flicker of a card that was told of already? Not if the last that was told of it is that it waits. */
static bool is_flicker(const struct poller *poller, const char *text)
{
    return !poller->is_waiting && poller->last_text[0] != '\0' && strcmp(poller->last_text, text) == 0 &&
           now_of(poller) - poller->last_seen_us < poller->options.away_ms * UINT64_C(1000);
}

/* The card is there now, and what is to be told of it, is told. NULL: nothing. */
static enum err settle(struct poller *poller, const char *text, struct reader_message *message)
{
    bool is_silent = message == NULL || is_flicker(poller, text);
    poller->is_present = true;
    poller->is_waiting = false;
    poller->misses = 0;
    poller->failures = 0;
    poller->is_told = !is_silent && message->event == READER_CARD;
    poller->refused = ERR_OK;
    poller->last_seen_us = now_of(poller);
    poller->last_read_us = poller->last_seen_us;
    memcpy(poller->last_text, text, strlen(text) + 1);
    return is_silent ? ERR_OK : tell(poller, message);
}

static enum err settle_known(struct poller *poller, const struct card_identity *identity, uint64_t start_us)
{
    struct reader_message message = card_message_of(READER_CARD, identity->text);
    message.technology = (uint8_t)identity->technology;
    message.freshness = identity->freshness;
    message.trust = (uint8_t)identity->trust;
    message.read_us = (uint32_t)(now_of(poller) - start_us);
    return settle(poller, identity->text, &message);
}

/* A phone has no lasting UID, and is read again and again: what was told of it is not told anew. */
static enum err settle_unknown(struct poller *poller, enum err why)
{
    struct reader_message message = card_message_of(READER_UNKNOWN, card_tag_refusal(why));
    bool is_phone = is_passing(&poller->target);
    bool is_told_of = is_phone && poller->refused == why;
    TRY(settle(poller, TEXT_OF_NOBODY, is_told_of ? NULL : &message));
    poller->refused = is_phone ? why : ERR_OK;
    return ERR_OK;
}

/* Told once: it is no card yet, and may become one while it lies there. */
static enum err await_holder(struct poller *poller)
{
    bool was_waiting = poller->is_waiting;
    poller->is_waiting = true;
    poller->refused = ERR_OK;
    poller->failures = 0;
    if (was_waiting)
        return ERR_OK;
    struct reader_message message = card_message_of(READER_UNKNOWN, card_tag_refusal(ERR_PENDING));
    return tell(poller, &message);
}

static enum err leave(struct poller *poller)
{
    poller->is_present = false;
    poller->failures = 0;
    if (!poller->is_told)
        return ERR_OK;
    poller->is_told = false;
    struct reader_message message = card_message_of(READER_GONE, poller->last_text);
    return tell(poller, &message);
}

static enum err stay(struct poller *poller)
{
    poller->misses = 0;
    poller->failures = 0;
    poller->last_seen_us = now_of(poller);
    return ERR_OK;
}

/* The card that is there is this one: as it was, if it is the same under another UID. */
static enum err take(struct poller *poller, const struct card_identity *identity, uint64_t start_us)
{
    if (poller->is_present && strcmp(poller->last_text, identity->text) == 0) {
        poller->last_read_us = now_of(poller);
        return stay(poller);
    }
    if (poller->is_present)
        TRY(leave(poller));
    return settle_known(poller, identity, start_us);
}

static enum err fail(struct poller *poller, enum err error)
{
    if (error == ERR_TIMEOUT || error == ERR_CLOSED)
        return error;
    if (poller->is_present)
        TRY(leave(poller));
    if (error == ERR_PENDING)
        return await_holder(poller);
    /* A card on its way into the field, or out of it, often fails once: it is looked at again before it is
     * blamed. */
    if (error == ERR_IO && ++poller->failures < FAILURES_MAX)
        return ERR_OK;
    return settle_unknown(poller, error);
}

static enum err identify(struct poller *poller, const struct tag_target *target, struct card_identity *out)
{
    struct tag tag = {&poller->tag_ops, poller, *target};
    poller->dialogue_us = now_of(poller);
    return card_identify(&tag, &poller->options.request, out);
}

/* Several cards may lie there, as in a purse: one that names nobody hides no other. ERR_NOT_FOUND: no other names anybody. */
static enum err look_behind(struct poller *poller, uint64_t start_us)
{
    const struct tag_reader *reader = &poller->options.reader;
    struct tag_target target;
    struct card_identity identity;
    enum err error = reader->ops->select_other == NULL ? ERR_NOT_FOUND : ERR_OK;
    for (unsigned i = 0; error == ERR_OK && i < OTHERS_MAX; i++) {
        error = reader->ops->select_other(reader->self, &target);
        if (error == ERR_OK && identify(poller, &target, &identity) == ERR_OK) {
            poller->target = target;
            return take(poller, &identity, start_us);
        }
    }
    return error == ERR_TIMEOUT || error == ERR_CLOSED ? error : ERR_NOT_FOUND;
}

/* It was read, and is nobody's: neither lost on the way nor a phone that waits. */
static bool is_nobody(enum err error)
{
    return error != ERR_IO && error != ERR_PENDING && error != ERR_TIMEOUT && error != ERR_CLOSED;
}

static enum err arrive(struct poller *poller, const struct tag_target *target, uint64_t start_us)
{
    if (!is_same_target(target, &poller->target))
        poller->failures = 0;
    poller->target = *target;
    poller->is_unread = false;
    struct card_identity identity;
    enum err error = identify(poller, target, &identity);
    if (error == ERR_OK)
        return take(poller, &identity, start_us);
    enum err other = is_nobody(error) ? look_behind(poller, start_us) : ERR_NOT_FOUND;
    return other == ERR_NOT_FOUND ? fail(poller, error) : other;
}

static enum err miss(struct poller *poller)
{
    poller->failures = 0;
    poller->is_waiting = false;
    if (poller->is_present && ++poller->misses < MISSES_UNTIL_GONE)
        return ERR_OK;
    poller->refused = ERR_OK;
    return poller->is_present ? leave(poller) : ERR_OK;
}

static bool is_due(const struct poller *poller)
{
    return now_of(poller) - poller->last_read_us >= REREAD_US;
}

static bool has_nobody(const struct poller *poller)
{
    return poller->is_present && strcmp(poller->last_text, TEXT_OF_NOBODY) == 0;
}

/* Is it the card that is there, as far as that can be told without reading it? A phone that named nobody may do so
 * now. */
static bool is_present_one(const struct poller *poller, const struct tag_target *target)
{
    if (!poller->is_present)
        return false;
    bool is_phone = is_passing(target) && is_passing(&poller->target) && !has_nobody(poller);
    if (is_phone && !is_due(poller))
        return true;
    return !poller->is_unread && is_same_target(target, &poller->target);
}

static enum err look(struct poller *poller)
{
    const struct tag_reader *reader = &poller->options.reader;
    uint64_t start_us = now_of(poller);
    struct tag_target target;
    enum err error = reader->ops->select(reader->self, &target);
    if (error == ERR_NOT_FOUND)
        return miss(poller);
    if (error == ERR_IO)
        return ++poller->failures < FAILURES_MAX ? ERR_OK : ERR_IO;
    TRY(error);
    if (!is_present_one(poller, &target))
        return arrive(poller, &target, start_us);
    poller->is_unread = poller->is_unread || !is_same_target(&target, &poller->target);
    poller->target = target;
    return stay(poller);
}

static enum err look_for_present(struct poller *poller)
{
    const struct tag_reader *reader = &poller->options.reader;
    if (has_nobody(poller) && is_due(poller)) {
        poller->last_read_us = now_of(poller);
        enum err other = look_behind(poller, poller->last_read_us);
        if (other != ERR_NOT_FOUND)
            return other;
    }
    enum err error = reader->ops->check_presence(reader->self);
    if (error == ERR_OK)
        return stay(poller);
    /* A card that lost the field for a moment is there, but no longer selected. */
    return error == ERR_TIMEOUT || error == ERR_CLOSED ? error : look(poller);
}

/* Readers have been seen to slow down over hours of idling. */
static enum err refresh(struct poller *poller)
{
    uint64_t now_us = now_of(poller);
    uint64_t refresh_us = poller->options.refresh_ms * UINT64_C(1000);
    if (poller->is_present)
        poller->last_refresh_us = now_us;
    if (refresh_us == 0 || now_us - poller->last_refresh_us < refresh_us)
        return ERR_OK;
    poller->last_refresh_us = now_us;
    return poller->options.reader.ops->refresh(poller->options.reader.self);
}

/* One answer that came too late, on a busy till or a noisy line, is no broken reader: if it takes its set-up,
 * it lives, and what it said late is thrown away by then. */
static enum err forgive(struct poller *poller, enum err error)
{
    if (error != ERR_TIMEOUT || ++poller->failures >= FAILURES_MAX)
        return error;
    return poller->options.reader.ops->refresh(poller->options.reader.self);
}

static bool hears_wallets(const struct poller *poller)
{
    const struct card_programme *programme = poller->options.request.programme;
    return card_programme_takes(programme, READER_VAS) || card_programme_takes(programme, READER_SMART_TAP);
}

/* Apple's phones open their wallet by themselves when they hear this between two looks. */
static enum err announce(struct poller *poller)
{
    const struct tag_reader *reader = &poller->options.reader;
    const struct card_programme *programme = poller->options.request.programme;
    uint8_t frame[CARD_VAS_ECP_SIZE];
    if (reader->ops->announce == NULL || !card_programme_takes(programme, READER_VAS))
        return ERR_OK;
    card_vas_ecp_frame(programme->vas.mode, frame);
    enum err error = reader->ops->announce(reader->self, span_of(frame, sizeof frame));
    return error == ERR_TIMEOUT || error == ERR_CLOSED ? error : ERR_OK;
}

static enum err rest(struct poller *poller)
{
    const struct tag_reader *reader = &poller->options.reader;
    return reader->ops->rest == NULL ? ERR_OK : reader->ops->rest(reader->self);
}

/* Nobody is there: what is done until the next look. */
static enum err idle(struct poller *poller, bool is_expected)
{
    if (poller->is_present || poller->is_waiting)
        return ERR_OK;
    if (hears_wallets(poller))
        return announce(poller);
    return is_expected ? ERR_OK : rest(poller);
}

static void begin_look(struct poller *poller)
{
    uint64_t now_us = now_of(poller);
    uint64_t since_us = poller->look_us != 0 ? now_us - poller->look_us : 0;
    if (since_us > poller->pace_us)
        poller->pace_us = since_us < UINT32_MAX ? (uint32_t)since_us : UINT32_MAX;
    poller->look_us = now_us;
}

enum err poller_step(struct poller *poller, bool is_expected)
{
    begin_look(poller);
    TRY(refresh(poller));
    bool is_known = poller->is_present && !(poller->is_unread && is_due(poller));
    enum err error = is_known ? look_for_present(poller) : look(poller);
    if (error == ERR_OK)
        error = idle(poller, is_expected);
    if (error != ERR_OK)
        TRY(forgive(poller, error));
    return tell_tick(poller);
}

static uint32_t pace_ms(const struct poller *poller, bool is_expected)
{
    if (is_expected)
        return poller->options.poll_ms;
    return hears_wallets(poller) ? poller->options.wallet_ms : poller->options.rest_ms;
}

uint32_t poller_pause_ms(const struct poller *poller, bool is_expected)
{
    uint32_t whole_ms = pace_ms(poller, is_expected);
    uint32_t least_ms = (whole_ms + PAUSE_SHARE - 1) / PAUSE_SHARE;
    uint64_t spent_ms = (now_of(poller) - poller->look_us + 999) / 1000;
    return spent_ms + least_ms < whole_ms ? whole_ms - (uint32_t)spent_ms : least_ms;
}
