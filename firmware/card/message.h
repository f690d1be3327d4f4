/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - the messages between kassa-reader and the agent, checked. The child parses what strangers'
 * cards say and may be taken over by one: the agent believes a message only when this has read it. */
#ifndef KASSA_CARD_MESSAGE_H
#define KASSA_CARD_MESSAGE_H

#include "card/card.h"

/* Which way a message goes; each side refuses what only the other may say. */
enum card_message_source { CARD_MESSAGE_OF_READER, CARD_MESSAGE_OF_AGENT };

/* Reads one datagram. ERR_TRUNCATED, ERR_TOO_LONG: not the one size. ERR_VERSION: another protocol.
 * ERR_UNSUPPORTED: no event of that side. ERR_SYNTAX: text not terminated or not printable, no canonical card
 * id in CARD or GONE, a technology where none belongs, or none where one does. */
NODISCARD
enum err card_message_read(struct span datagram, enum card_message_source source, struct reader_message *out);

/* A message with that text, cut to fit, anything not printable replaced by '?'. text may be NULL. */
struct reader_message card_message_of(enum reader_event event, const char *text);

#endif
