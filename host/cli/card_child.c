/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/card_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "card/message.h"

#define CHANNEL      3
#define OPEN_WAIT_MS 10000 /* a device that does not answer is tried for less */

struct child {
    pid_t pid;   /* 0: none */
    int channel; /* -1: none */
};

static void end_child(struct child *child)
{
    if (child->channel >= 0)
        (void)close(child->channel); /* it ends when its channel does */
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

_Noreturn static void become_reader(const struct card_child_order *order, int channel)
{
    /* What it says of itself on standard error stays: it is this run's. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(channel, CHANNEL) == CHANNEL)
        (void)execl(order->program, "kassa-reader", "--device", order->device, "--await-programme",
                    (char *)NULL);
    _exit(127);
}

static enum err start(const struct card_child_order *order, struct child *child)
{
    int pair[2];
    if (access(order->program, X_OK) != 0)
        return ERR_NOT_FOUND;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ERR_IO;
    child->pid = fork();
    if (child->pid == 0)
        become_reader(order, pair[1]);
    (void)close(pair[1]);
    child->channel = pair[0];
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

/* The next message that makes sense. */
static enum err hear(const struct child *child, int64_t until_ms, struct reader_message *out)
{
    uint8_t bytes[sizeof(struct reader_message) + 1];
    for (;;) {
        int64_t left_ms = until_ms - now_ms();
        struct pollfd channel = {.fd = child->channel, .events = POLLIN};
        if (left_ms <= 0)
            return ERR_TIMEOUT;
        int count = poll(&channel, 1, (int)left_ms);
        if (count < 0 && errno != EINTR)
            return ERR_IO;
        if (count <= 0)
            continue;
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
    card_child_note note;
    void *self;
    int64_t until_ms;
};

static void say(const struct listening *listening, const char *text)
{
    if (listening->note != NULL)
        listening->note(listening->self, text);
}

/* Whether the message is the end of it; what went before is told. */
static bool is_answer(struct listening *listening, const struct reader_message *message)
{
    if (message->event == READER_HELLO)
        listening->until_ms = now_ms() + listening->order->wait_ms;
    if (message->event == READER_HELLO || (message->event == READER_UNKNOWN && waits_for_its_holder(message)))
        say(listening, message->text);
    else if (message->event == READER_CARD || message->event == READER_UNKNOWN ||
             message->event == READER_ERROR)
        return true;
    return false;
}

enum err card_child_read(const struct card_child_order *order, card_child_note note, void *self,
                         struct reader_message *out)
{
    struct child child CLEANUP(end_child) = {.channel = -1};
    struct listening listening = {order, note, self, now_ms() + OPEN_WAIT_MS};
    struct reader_message message = card_message_of(READER_ERROR, NULL);
    *out = message;
    TRY(start(order, &child));
    TRY(send_programme(&child, order->programme));
    do {
        enum err error = hear(&child, listening.until_ms, &message);
        if (error != ERR_OK)
            return error;
    } while (!is_answer(&listening, &message));
    *out = message;
    return message.event == READER_ERROR ? ERR_IO : ERR_OK;
}
