/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/poller.h"

#include "card/message.h"

#define MISSES_UNTIL_GONE 2
#define FAILURES_MAX      3
#define TICK_AFTER_MS     100 /* of silence: well within READER_TICK_MS_MAX at any pace */
#define TEXT_OF_NOBODY    "?" /* no canonical text: it can be no card's */

void poller_init(struct poller *poller, const struct poller_options *options)
{
    uint64_t now_us = options->now_us(options->self);
    *poller = (struct poller){.options = *options, .last_told_us = now_us, .last_refresh_us = now_us};
}

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
    return tell(poller, &tick);
}

static bool is_same_target(const struct tag_target *a, const struct tag_target *b)
{
    return span_is_equal(span_of(a->uid, a->uid_size), span_of(b->uid, b->uid_size));
}

/* Is it the flicker of a card that was told of already? */
static bool is_flicker(const struct poller *poller, const char *text)
{
    return poller->last_text[0] != '\0' && strcmp(poller->last_text, text) == 0 &&
           now_of(poller) - poller->last_seen_us < poller->options.away_ms * UINT64_C(1000);
}

/* The card is there now, and what is to be told of it, is told. */
static enum err settle(struct poller *poller, const char *text, struct reader_message *message)
{
    bool is_silent = is_flicker(poller, text);
    poller->is_present = true;
    poller->misses = 0;
    poller->failures = 0;
    poller->is_told = !is_silent && message->event == READER_CARD;
    poller->last_seen_us = now_of(poller);
    memcpy(poller->last_text, text, strlen(text) + 1);
    return is_silent ? ERR_OK : tell(poller, message);
}

static enum err settle_known(struct poller *poller, const struct card_identity *identity, uint64_t start_us)
{
    struct reader_message message = card_message_of(READER_CARD, identity->text);
    message.technology = (uint8_t)identity->technology;
    message.freshness = identity->freshness;
    message.read_us = (uint32_t)(now_of(poller) - start_us);
    return settle(poller, identity->text, &message);
}

static enum err settle_unknown(struct poller *poller, enum err why)
{
    struct reader_message message = card_message_of(READER_UNKNOWN, card_tag_refusal(why));
    return settle(poller, TEXT_OF_NOBODY, &message);
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

static enum err arrive(struct poller *poller, const struct tag_target *target, uint64_t start_us)
{
    if (!is_same_target(target, &poller->target))
        poller->failures = 0;
    poller->target = *target;
    struct tag tag = {&poller->options.reader.ops->tag, poller->options.reader.self, *target};
    struct card_identity identity;
    enum err error = card_identify(&tag, &poller->options.request, &identity);
    if (error == ERR_OK)
        return settle_known(poller, &identity, start_us);
    if (error == ERR_TIMEOUT || error == ERR_CLOSED)
        return error;
    /* A card on its way into the field, or out of it, often fails once: it is looked at again before it is
     * blamed. */
    if (error == ERR_IO && ++poller->failures < FAILURES_MAX)
        return ERR_OK;
    return settle_unknown(poller, error);
}

static enum err miss(struct poller *poller)
{
    poller->failures = 0;
    if (!poller->is_present || ++poller->misses < MISSES_UNTIL_GONE)
        return ERR_OK;
    return leave(poller);
}

static enum err stay(struct poller *poller)
{
    poller->misses = 0;
    poller->failures = 0;
    poller->last_seen_us = now_of(poller);
    return ERR_OK;
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
    if (poller->is_present && is_same_target(&target, &poller->target))
        return stay(poller);
    if (poller->is_present)
        TRY(leave(poller));
    return arrive(poller, &target, start_us);
}

static enum err look_for_present(struct poller *poller)
{
    const struct tag_reader *reader = &poller->options.reader;
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

enum err poller_step(struct poller *poller)
{
    TRY(refresh(poller));
    enum err error = poller->is_present ? look_for_present(poller) : look(poller);
    if (error != ERR_OK)
        TRY(forgive(poller, error));
    return tell_tick(poller);
}
