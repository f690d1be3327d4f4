/* SPDX-License-Identifier: Apache-2.0 */
/* trace.h - what goes between this reader and a card, for a person who looks for a fault: each frame and each step, a
 * line each:
 *
 *   microseconds TAB kind TAB text      kind: found, send, got, fail, key, again, release, call, step
 *
 * Secrets are not in it: a password and its answer, and the keys of a MIFARE Classic, are stars. Keys of AES and of
 * phones' passes never are in a frame. A member's number is, and a link that a tag signed.
 *
 * Memory    the caller's, who leaves it where it is. Nothing is allocated.
 * Threads   one. */
#ifndef KASSA_READER_TRACE_H
#define KASSA_READER_TRACE_H

#include "card/run.h"

#define TRACE_LINE_MAX 640

struct trace {
    struct tag_reader reader; /* that is listened to */
    struct tag_reader_ops ops;
    uint64_t (*now_us)(void *self);
    void (*say)(void *self, const char *line); /* ends with a line's end */
    void *self;                                /* of both */
    struct card_trace card;
    struct tag_target target; /* that was found last */
    uint64_t start_us;        /* when that look began */
    bool has_called;          /* a wallet's frame was told of */
};

/* now_us, say and self are set by the caller before. */
void trace_init(struct trace *trace, const struct tag_reader *reader);

/* The reader, with an ear in between. */
struct tag_reader trace_as_tag_reader(struct trace *trace);

#endif
