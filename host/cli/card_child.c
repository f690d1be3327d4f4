/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/card_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "card/message.h"

#define CHANNEL      3
#define OPEN_WAIT_MS 10000 /* a device that does not answer is tried for less */

#define TRACE_SIZE 4096 /* a line is shorter */

struct child {
    pid_t pid;   /* 0: none */
    int channel; /* -1: none */
    int trace;   /* -1: none, or at its end */
    size_t trace_size;
    char trace_bytes[TRACE_SIZE]; /* a line that has begun */
};

static void end_child(struct child *child)
{
    if (child->channel >= 0)
        (void)close(child->channel); /* it ends when its channel does */
    if (child->trace >= 0)
        (void)close(child->trace);
    if (child->pid == 0)
        return;
    (void)kill(child->pid, SIGKILL); /* but libnfc may hang */
    (void)waitpid(child->pid, NULL, 0);
}

enum err card_child_beside(char *out, size_t capacity)
{
    ssize_t size = readlink("/proc/self/exe", out, capacity - 1);
    if (size <= 0)
        return ERR_IO;
    out[size] = '\0';
    char *slash = strrchr(out, '/');
    size_t room = capacity - (size_t)(slash + 1 - out);
    return snprintf(slash + 1, room, "kassa-reader") < (int)room ? ERR_OK : ERR_TOO_LONG;
}

_Noreturn static void become_reader(const struct card_child_order *order, int channel, int trace)
{
    /* What it says of itself on standard error stays: it is this run's. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(trace, STDOUT_FILENO) == STDOUT_FILENO &&
        dup2(channel, CHANNEL) == CHANNEL)
        (void)execl(order->program, "kassa-reader", "--device", order->device, "--await-programme", "--trace",
                    (char *)NULL);
    _exit(127);
}

static enum err start(const struct card_child_order *order, struct child *child)
{
    int pair[2], pipe[2];
    if (access(order->program, X_OK) != 0)
        return ERR_NOT_FOUND;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ERR_IO;
    child->channel = pair[0];
    if (pipe2(pipe, O_CLOEXEC) != 0) {
        (void)close(pair[1]);
        return ERR_IO;
    }
    child->trace = pipe[0];
    child->pid = fork();
    if (child->pid == 0)
        become_reader(order, pair[1], pipe[1]);
    (void)close(pair[1]);
    (void)close(pipe[1]);
    if (child->pid > 0)
        return ERR_OK;
    child->pid = 0;
    return ERR_MEMORY;
}

static enum err send_programme(const struct child *child, const struct card_programme *programme)
{
    struct card_programme_message message;
    card_programme_pack(programme, &message);
    ssize_t sent = send(child->channel, &message, sizeof message, MSG_NOSIGNAL);
    card_programme_wipe(&message.programme);
    return sent == (ssize_t)sizeof message ? ERR_OK : ERR_CLOSED;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "microseconds TAB kind TAB text" (reader/trace.h). What is not of that form comes from no reader of ours. */
static void tell_line(const struct card_child_ear *ear, char *text)
{
    char *kind = strchr(text, '\t');
    char *rest = kind != NULL ? strchr(kind + 1, '\t') : NULL;
    if (rest == NULL)
        return;
    *kind++ = '\0';
    *rest++ = '\0';
    const struct card_child_line line = {strtoull(text, NULL, 10), kind, rest};
    ear->line(ear->self, &line);
}

static void tell_lines(struct child *child, const struct card_child_ear *ear)
{
    char *at = child->trace_bytes;
    char *end = at + child->trace_size;
    for (char *stop; (stop = memchr(at, '\n', (size_t)(end - at))) != NULL; at = stop + 1) {
        *stop = '\0';
        tell_line(ear, at);
    }
    child->trace_size = (size_t)(end - at);
    if (child->trace_size == sizeof child->trace_bytes) /* no line is as long as that */
        child->trace_size = 0;
    memmove(child->trace_bytes, at, child->trace_size);
}

/* What there is of the trace, without waiting. */
static void hear_trace(struct child *child, const struct card_child_ear *ear)
{
    struct pollfd trace = {.fd = child->trace, .events = POLLIN};
    while (child->trace >= 0 && poll(&trace, 1, 0) > 0) {
        ssize_t size = read(child->trace, child->trace_bytes + child->trace_size,
                            sizeof child->trace_bytes - child->trace_size);
        if (size <= 0) {
            (void)close(child->trace);
            child->trace = -1;
            return;
        }
        child->trace_size += (size_t)size;
        tell_lines(child, ear);
    }
}

/* Waits for either. What was traced before a message is told before it. */
static enum err wait_for_word(struct child *child, int64_t until_ms, const struct card_child_ear *ear)
{
    for (;;) {
        int64_t left_ms = until_ms - now_ms();
        struct pollfd both[] = {{.fd = child->channel, .events = POLLIN},
                                {.fd = child->trace, .events = POLLIN}};
        if (left_ms <= 0)
            return ERR_TIMEOUT;
        int count = poll(both, COUNT_OF(both), (int)left_ms);
        if (count < 0 && errno != EINTR)
            return ERR_IO;
        hear_trace(child, ear);
        if (count > 0 && both[0].revents != 0)
            return ERR_OK;
    }
}

/* The next message that makes sense. */
static enum err hear(struct child *child, int64_t until_ms, const struct card_child_ear *ear,
                     struct reader_message *out)
{
    uint8_t bytes[sizeof(struct reader_message) + 1];
    for (;;) {
        TRY(wait_for_word(child, until_ms, ear));
        ssize_t size = recv(child->channel, bytes, sizeof bytes, 0);
        if (size <= 0)
            return ERR_CLOSED;
        if (card_message_read(span_of(bytes, (size_t)size), CARD_MESSAGE_OF_READER, out) == ERR_OK)
            return ERR_OK;
    }
}

static bool waits_for_its_holder(const struct reader_message *message)
{
    return strcmp(message->text, card_tag_refusal(ERR_PENDING)) == 0;
}

struct listening {
    const struct card_child_order *order;
    const struct card_child_ear *ear;
    int64_t until_ms;
    bool is_open; /* the reader said hello */
};

/* Whether the message is the end of it; what went before is told. */
static bool is_answer(struct listening *listening, const struct reader_message *message)
{
    listening->is_open = listening->is_open || message->event == READER_HELLO;
    if (message->event == READER_HELLO)
        listening->until_ms = now_ms() + listening->order->wait_ms;
    if (message->event == READER_HELLO || (message->event == READER_UNKNOWN && waits_for_its_holder(message)))
        listening->ear->note(listening->ear->self, message->text);
    else if (message->event == READER_CARD || message->event == READER_UNKNOWN ||
             message->event == READER_ERROR)
        return true;
    return false;
}

enum err card_child_read(const struct card_child_order *order, const struct card_child_ear *ear,
                         struct reader_message *out)
{
    struct child child CLEANUP(end_child) = {.channel = -1, .trace = -1};
    struct listening listening = {order, ear, now_ms() + OPEN_WAIT_MS, false};
    struct reader_message message = card_message_of(READER_ERROR, NULL);
    *out = message;
    TRY(start(order, &child));
    TRY(send_programme(&child, order->programme));
    do {
        enum err error = hear(&child, listening.until_ms, ear, &message);
        if (error == ERR_TIMEOUT && !listening.is_open)
            return ERR_IO;
        if (error != ERR_OK)
            return error;
    } while (!is_answer(&listening, &message));
    *out = message;
    return message.event == READER_ERROR ? ERR_IO : ERR_OK;
}
