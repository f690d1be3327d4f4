/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one card in front of a reader: asking it who it is, technology after technology.
 *
 * Memory     the caller's; no call allocates for longer than itself.
 * Threads    one (vault's). */
#ifndef KASSA_CARD_RUN_H
#define KASSA_CARD_RUN_H

#include "card/programme.h"
#include "card/tech/type4.h"
#include "card/trace.h"
#include "iface/random.h"

/* What protocols need from outside. */
struct card_context {
    struct random random;
    int64_t now_unix_s;
};

/* What the technologies share while one card is asked. */
struct card_run {
    struct tag *tag;
    const struct card_programme *programme;
    const struct card_context *context;
    const struct card_trace *trace; /* NULL: nobody listens */
    struct card_ose ose;            /* a phone's wallet, asked for once */
    struct card_type4 type4;        /* a Type 4 tag's message, read once */
};

void card_say(const struct card_run *run, const char *text);

/* Who is it? Tries each technology of the programme that fits the target, in the programme's order.
 * ERR_NOT_FOUND: a card that names nobody (card_tag_refusal tells why).
 * ERR_UNSUPPORTED: a UID drawn anew at each tap (a phone), or UIDs are refused.
 * ERR_SIGNATURE: it claims to be the programme's and cannot prove it.
 * ERR_EXISTS: the number that it says is a payment card's; nothing of it is kept, and its UID is not taken instead.
 * ERR_RANGE: a phone's pass was shown too long ago, or that will be.
 * ERR_PENDING: a phone waits for its holder; keep looking.
 * ERR_IO: it could not be read, try again: never take its UID instead, or one card would be two members.
 * ERR_TIMEOUT, ERR_CLOSED: the reader is gone. */
struct card_request {
    const struct card_programme *programme;
    const struct card_context *context;
    const struct card_trace *trace; /* NULL: nobody listens */
};
NODISCARD
enum err card_identify(struct tag *tag, const struct card_request *request, struct card_identity *out);

#endif
