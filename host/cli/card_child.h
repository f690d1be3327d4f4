/* SPDX-License-Identifier: Apache-2.0 */
/* card_child.h - one card through a kassa-reader of this run's own: libnfc and PC/SC are that program's alone, which may
 * die of them. It is ended when the card was read, and by the kernel if this program dies before. */
#ifndef KASSA_CLI_CARD_CHILD_H
#define KASSA_CLI_CARD_CHILD_H

#include "card/programme.h"

struct card_child_order {
    const char *program; /* kassa-reader's path */
    const char *device;
    const struct card_programme *programme;
    uint32_t wait_ms; /* for a card, from the moment at which the reader is open */
};

/* One line of the reader's trace (reader/trace.h), without its end. */
struct card_child_line {
    uint64_t at_us;
    const char *kind;
    const char *text;
};

/* Who is told of what is no answer yet. */
struct card_child_ear {
    void (*note)(void *self, const char *text); /* the device is open, a phone waits for its holder */
    void (*line)(void *self, const struct card_child_line *line);
    void *self;
};

/* Waits for a card: *out is the reader's READER_CARD, or its READER_UNKNOWN with the reason in its text.
 * ERR_NOT_FOUND: no such program. ERR_TIMEOUT: no card came. ERR_CLOSED, ERR_IO: the device is in the way, and
 * out->text ends with the sentence that says how, or is empty. */
NODISCARD
enum err card_child_read(const struct card_child_order *order, const struct card_child_ear *ear,
                         struct reader_message *out);

/* kassa-reader beside this program. ERR_TOO_LONG, ERR_IO. */
NODISCARD
enum err card_child_beside(char *out, size_t capacity);

#endif
