/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - NDEF records, read and written (NFC Forum NDEF 3.2). Inside card/ and for the fuzzer.
 *
 *   flags | size of type | size of payload: 1 or 4 | [size of id] | type | [id] | payload
 *
 * A payload may be a message of records itself: Google's Smart Tap nests them four deep. */
#ifndef KASSA_CARD_RECORD_H
#define KASSA_CARD_RECORD_H

#include "base/base.h"

enum {
    CARD_RECORD_FIRST = 0x80,
    CARD_RECORD_LAST = 0x40,
    CARD_RECORD_CHUNK = 0x20,
    CARD_RECORD_SHORT = 0x10,
    CARD_RECORD_HAS_ID = 0x08,
    CARD_RECORD_FORMAT = 0x07, /* what the type is a name of: */
    CARD_RECORD_WELL_KNOWN = 0x01,
    CARD_RECORD_ABSOLUTE_URI = 0x03, /* the type is the link itself */
    CARD_RECORD_EXTERNAL = 0x04,
    CARD_RECORD_UNCHANGED = 0x06 /* a later chunk: of what the first one is */
};

struct card_record {
    uint8_t flags;
    struct span type;
    struct span id;
    struct span payload;
};

/* Takes one record off the front of the message. ERR_TRUNCATED: it runs over the end. */
NODISCARD
enum err card_record_take(struct span *rest, struct card_record *out);

#define CARD_CHUNKS_MAX 448 /* what comes later cannot matter: more than a link's most */

struct card_chunks {
    size_t size;
    uint8_t bytes[CARD_CHUNKS_MAX];
};

/* The same, and where it comes in chunks all of them as one record, whose payload stands in *chunks, cut to fit. ERR_SYNTAX: something
 * else comes between them. */
NODISCARD
enum err card_record_take_whole(struct span *rest, struct card_chunks *chunks, struct card_record *out);

/* The payload of the first external record of that type. ERR_NOT_FOUND: none. ERR_TRUNCATED, ERR_UNSUPPORTED (a chunked
 * record): the message is not sound up to there. */
NODISCARD
enum err card_record_find(struct span message, const char *type, struct span *out_payload);

/* Writes short external records, one after another or one within another, into the caller's bytes. A failure is kept
 * and told at the end. */
struct card_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t size;
    bool has_failed; /* no room, or a record of more than 255 bytes */
};

void card_writer_put(struct card_writer *writer, struct span bytes);
void card_writer_put_byte(struct card_writer *writer, uint8_t byte);

/* Begins a record; place: CARD_RECORD_FIRST and CARD_RECORD_LAST of its message. Its payload is what is put until
 * card_writer_close with the mark. */
size_t card_writer_open(struct card_writer *writer, uint8_t place, const char *type);
void card_writer_close(struct card_writer *writer, size_t mark);
/* A record with these bytes. */
void card_writer_record(struct card_writer *writer, uint8_t place, const char *type, struct span payload);

#endif
