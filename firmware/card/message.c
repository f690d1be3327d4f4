/* SPDX-License-Identifier: Apache-2.0 */
#include "card/message.h"

static const struct event_row {
    enum card_message_source source;
    bool has_card;
    bool has_technology;
} EVENTS[] = {
    [READER_HELLO] = {CARD_MESSAGE_OF_READER, false, false},
    [READER_TICK] = {CARD_MESSAGE_OF_READER, false, false},
    [READER_CARD] = {CARD_MESSAGE_OF_READER, true, true},
    [READER_GONE] = {CARD_MESSAGE_OF_READER, true, false},
    [READER_UNKNOWN] = {CARD_MESSAGE_OF_READER, false, false},
    [READER_ERROR] = {CARD_MESSAGE_OF_READER, false, false},
    [READER_HASTEN] = {CARD_MESSAGE_OF_AGENT, false, false},
    [READER_REST] = {CARD_MESSAGE_OF_AGENT, false, false},
};

static bool is_printable(char c)
{
    return c >= 0x20 && c <= 0x7E;
}

/* Printable up to its NUL, and nothing behind that. */
static enum err check_text(const char text[READER_TEXT_MAX])
{
    size_t size = strnlen(text, READER_TEXT_MAX);
    for (size_t i = 0; i < size; i++)
        if (!is_printable(text[i]))
            return ERR_SYNTAX;
    for (size_t i = size; i < READER_TEXT_MAX; i++)
        if (text[i] != '\0')
            return ERR_SYNTAX;
    return size < READER_TEXT_MAX ? ERR_OK : ERR_SYNTAX;
}

/* kassa-reader has no scanner: what one reads is the agent's own. */
static bool technology_is_of_reader(uint8_t technology)
{
    return technology >= READER_UID && technology < READER_TECHNOLOGY_COUNT &&
           !card_technology_is_scanned((enum reader_technology)technology);
}

static bool is_zero(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)bytes)[i] != 0)
            return false;
    return true;
}

static enum err check_freshness(const struct reader_freshness *freshness, bool has_technology)
{
    bool is_fresh = has_technology && freshness->kind != READER_FRESH_NONE;
    if (!is_fresh)
        return is_zero(freshness, sizeof *freshness) ? ERR_OK : ERR_SYNTAX;
    bool is_known =
        freshness->kind <= READER_FRESH_TIME && is_zero(freshness->reserved, sizeof freshness->reserved);
    return is_known ? ERR_OK : ERR_SYNTAX;
}

/* A child that was taken over says nothing stronger than what the technology is. */
static bool trust_is_valid(const struct reader_message *message, bool has_technology)
{
    if (!has_technology)
        return message->trust == CARD_TRUST_NONE;
    return message->trust <= (uint8_t)card_trust_of((enum reader_technology)message->technology);
}

static enum err check_message(const struct reader_message *message, enum card_message_source source)
{
    if (message->protocol != READER_PROTOCOL)
        return ERR_VERSION;
    if (message->event < READER_HELLO ||
        message->event >= COUNT_OF(EVENTS) /* a programme has its own form */)
        return ERR_UNSUPPORTED;
    const struct event_row *row = &EVENTS[message->event];
    if (row->source != source)
        return ERR_UNSUPPORTED;
    TRY(check_text(message->text));
    if (row->has_card && !card_text_is_valid(span_of_text(message->text)))
        return ERR_SYNTAX;
    if (row->has_technology ? !technology_is_of_reader(message->technology) : message->technology != 0)
        return ERR_SYNTAX;
    if (!trust_is_valid(message, row->has_technology))
        return ERR_SYNTAX;
    return check_freshness(&message->freshness, row->has_technology);
}

enum err card_message_read(struct span datagram, enum card_message_source source, struct reader_message *out)
{
    struct reader_message message;
    if (datagram.size < sizeof message)
        return ERR_TRUNCATED;
    if (datagram.size > sizeof message)
        return ERR_TOO_LONG;
    memcpy(&message, datagram.bytes, sizeof message);
    TRY(check_message(&message, source));
    *out = message;
    return ERR_OK;
}

struct reader_message card_message_of(enum reader_event event, const char *text)
{
    struct reader_message message = {.protocol = READER_PROTOCOL, .event = (uint8_t)event};
    for (size_t i = 0; text != NULL && text[i] != '\0' && i < READER_TEXT_MAX - 1; i++)
        message.text[i] = is_printable(text[i]) ? text[i] : '?';
    return message;
}
