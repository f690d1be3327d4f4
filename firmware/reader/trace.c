/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/trace.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"

#define SHOWN_MAX (TAG_ANSWER_SIZE_MAX + 1)

/* ---- lines */

static void say(struct trace *trace, const char *kind, const char *text)
{
    char line[TRACE_LINE_MAX];
    uint64_t us = trace->now_us(trace->self) - trace->start_us;
    (void)snprintf(line, sizeof line, "%" PRIu64 "\t%s\t%.590s\n", us, kind, text);
    trace->say(trace->self, line);
}

/* Some bytes of a frame, as stars. */
struct veil {
    size_t from, size;
};

static void say_bytes(struct trace *trace, const char *kind, struct span bytes, const struct veil veils[2])
{
    char text[2 * SHOWN_MAX + 1];
    size_t size = bytes.size < SHOWN_MAX ? bytes.size : SHOWN_MAX;
    hex_write(span_of(bytes.bytes, size), text);
    for (size_t i = 0; i < 2; i++)
        for (size_t at = veils[i].from; at < veils[i].from + veils[i].size && at < size; at++)
            memset(text + 2 * at, '*', 2);
    say(trace, kind, size > 0 ? text : "(nothing)");
}

/* ---- what is not shown */

enum { COMMAND_READ = 0x30, COMMAND_PASSWORD = 0x1B };

#define BLOCK_IS_TRAILER(block) ((block) < 128 ? (block) % 4 == 3 : (block) % 16 == 15)

static const struct secret {
    uint8_t command;
    bool is_classic;    /* only of such a card, and of its trailers */
    struct veil asked;  /* in the command */
    struct veil got[2]; /* in its answer */
} SECRETS[] = {
    {COMMAND_PASSWORD, false, {1, TRACE_LINE_MAX}, {{0, TRACE_LINE_MAX}, {0, 0}}},
    /* Key A, access conditions, key B: the first reads as zeros, the last as itself where the conditions say so. */
    {COMMAND_READ, true, {0, 0}, {{0, TAG_KEY_SIZE}, {10, TAG_KEY_SIZE}}},
};

static bool is_trailer_of_classic(const struct tag_target *target, struct span command)
{
    return (target->sak & TAG_SAK_CLASSIC) != 0 && command.size > 1 && BLOCK_IS_TRAILER(command.bytes[1]);
}

static const struct secret *find_secret(const struct trace *trace, struct span command)
{
    for (size_t i = 0; i < COUNT_OF(SECRETS); i++)
        if (command.size > 0 && command.bytes[0] == SECRETS[i].command &&
            (!SECRETS[i].is_classic || is_trailer_of_classic(&trace->target, command)))
            return &SECRETS[i];
    return NULL;
}

/* What went wrong, as far as a reader can tell. */
static const char *words_of(enum err error)
{
    if (error == ERR_SIGNATURE)
        return "the card refuses the key";
    return error == ERR_IO ? "no answer, or the card refuses" : err_sentence(error);
}

/* ---- the reader's calls */

static const struct veil NOTHING[2];

static void say_sent(struct trace *trace, struct span tx, const struct secret *secret)
{
    const struct veil veils[2] = {secret != NULL ? secret->asked : NOTHING[0], {0, 0}};
    say_bytes(trace, "send", tx, veils);
}

static enum err say_answer(struct trace *trace, enum err error, struct span rx, const struct secret *secret)
{
    if (error == ERR_OK)
        say_bytes(trace, "got", rx, secret != NULL ? secret->got : NOTHING);
    else
        say(trace, "fail", words_of(error));
    return error;
}

static enum err traced_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct trace *trace = self;
    const struct secret *secret = find_secret(trace, tx);
    size_t size = 0;
    say_sent(trace, tx, secret);
    enum err error = trace->reader.ops->tag.exchange(trace->reader.self, tx, rx, rx_capacity, &size);
    if (error == ERR_OK)
        *out_rx_size = size;
    return say_answer(trace, error, span_of(rx, size), secret);
}

static enum err traced_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct trace *trace = self;
    size_t size = 0;
    say_sent(trace, tx, NULL);
    enum err error = trace->reader.ops->tag.transmit(trace->reader.self, tx, rx, rx_capacity, &size);
    if (error == ERR_OK)
        *out_rx_size = size;
    return say_answer(trace, error, span_of(rx, size), NULL);
}

static enum err traced_authenticate(void *self, const struct tag_key *key)
{
    struct trace *trace = self;
    char text[64];
    (void)snprintf(text, sizeof text, "block %u, key %c ************", (unsigned)key->block,
                   key->kind == TAG_KEY_A ? 'A' : 'B');
    say(trace, "key", text);
    enum err error = trace->reader.ops->tag.authenticate(trace->reader.self, key);
    if (error != ERR_OK)
        say(trace, "fail", words_of(error));
    return error;
}

static enum err traced_select_again(void *self)
{
    struct trace *trace = self;
    enum err error = trace->reader.ops->tag.select_again(trace->reader.self);
    say(trace, "again", error == ERR_OK ? "the card was selected again" : words_of(error));
    return error;
}

static enum err traced_release(void *self)
{
    struct trace *trace = self;
    enum err error = trace->reader.ops->tag.release(trace->reader.self);
    say(trace, "release", error == ERR_OK ? "it was let go" : words_of(error));
    return error;
}

static void say_target(struct trace *trace, const struct tag_target *target)
{
    char uid[2 * TAG_UID_SIZE_MAX + 1], text[96];
    hex_write(span_of(target->uid, target->uid_size), uid);
    (void)snprintf(text, sizeof text, "ATQA %04x, SAK %02x, UID %s", (unsigned)target->atqa,
                   (unsigned)target->sak, uid);
    say(trace, "found", text);
}

static enum err traced_select(void *self, struct tag_target *out)
{
    struct trace *trace = self;
    trace->start_us = trace->now_us(trace->self);
    TRY(trace->reader.ops->select(trace->reader.self, out));
    trace->target = *out;
    say_target(trace, out);
    return ERR_OK;
}

static enum err traced_select_other(void *self, struct tag_target *out)
{
    struct trace *trace = self;
    TRY(trace->reader.ops->select_other(trace->reader.self, out));
    trace->target = *out;
    say_target(trace, out);
    return ERR_OK;
}

/* Comes between each two looks that found nobody: told of once. */
static enum err traced_announce(void *self, struct span frame)
{
    struct trace *trace = self;
    if (!trace->has_called)
        say_bytes(trace, "call", frame, NOTHING);
    trace->has_called = true;
    return trace->reader.ops->announce(trace->reader.self, frame);
}

static enum err plain_check_presence(void *self)
{
    const struct trace *trace = self;
    return trace->reader.ops->check_presence(trace->reader.self);
}

static enum err plain_refresh(void *self)
{
    const struct trace *trace = self;
    return trace->reader.ops->refresh(trace->reader.self);
}

static enum err plain_rest(void *self)
{
    const struct trace *trace = self;
    return trace->reader.ops->rest(trace->reader.self);
}

static void say_step(void *self, const char *text)
{
    say(self, "step", text);
}

void trace_init(struct trace *trace, const struct tag_reader *reader)
{
    const struct tag_reader_ops *ops = reader->ops;
    trace->reader = *reader;
    trace->ops = (struct tag_reader_ops){
        .select = traced_select,
        .select_other = ops->select_other != NULL ? traced_select_other : NULL,
        .announce = ops->announce != NULL ? traced_announce : NULL,
        .check_presence = plain_check_presence,
        .refresh = plain_refresh,
        .rest = ops->rest != NULL ? plain_rest : NULL,
        .tag = {.exchange = traced_exchange,
                .transmit = ops->tag.transmit != NULL ? traced_transmit : NULL,
                .authenticate = ops->tag.authenticate != NULL ? traced_authenticate : NULL,
                .select_again = traced_select_again,
                .release = ops->tag.release != NULL ? traced_release : NULL},
    };
    trace->card = (struct card_trace){say_step, trace};
    trace->start_us = trace->now_us(trace->self);
}

struct tag_reader trace_as_tag_reader(struct trace *trace)
{
    return (struct tag_reader){&trace->ops, trace};
}
