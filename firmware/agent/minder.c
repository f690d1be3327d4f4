/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/minder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "card/message.h"

#define HEALTHY_MS         10000 /* a child that read cards for so long is no link in a chain of deaths */
#define UNSTABLE_WITHIN_MS 60000
#define CLOSING_MS         1  /* until the loop has closed what a child left */
#define READ_COUNT_MAX     64 /* messages taken in one turn of the loop */
#define SENTENCE_SIZE      160

/*            spawn            no word in time, nonsense        exit
 *   WAITING --------> RUNNING -------------------------> KILLED ----> WAITING
 *      ^                 | exit                                         |
 *      +-----------------+<---------------------------------------------+      minder_close: any -> CLOSING
 */
enum minder_phase { PHASE_WAITING, PHASE_RUNNING, PHASE_KILLED, PHASE_CLOSING };

struct minder {
    struct minder_options options; /* zeroes replaced */
    char **argv;
    enum minder_phase phase;
    enum minder_state state;
    uv_timer_t timer; /* the deadline of a running child, the wait for the next, or the patience at close */
    uv_process_t process;
    uv_poll_t poll;
    bool has_process;  /* the handle is open */
    bool has_poll;     /* the handle is open */
    int fd;            /* our end of the channel; -1: none */
    int closing_count; /* handles whose close is under way */
    bool is_expecting;
    bool has_said_hello;
    uint64_t hello_mono_ms;
    uint32_t pace_us;                               /* as it last told */
    uint64_t heard_mono_ms;                         /* its last word, or that it was started */
    uint64_t death_mono_ms[MINDER_DEATHS_UNSTABLE]; /* the last ones, a ring */
    uint64_t death_count;
    uint32_t deaths_in_row;
    uint32_t retry_ms;
    char why_killed[SENTENCE_SIZE];
    char card_text[CARD_TEXT_MAX]; /* of the card that was told of and did not go; empty: none */
    void (*on_closed)(void *self);
    void *on_closed_self;
};

static void start_child(struct minder *minder);
static void close_child_handles(struct minder *minder);
static void mourn_child(struct minder *minder, const char *how);
static void on_deadline(uv_timer_t *timer);

static uint32_t value_or(uint32_t value, uint32_t usual)
{
    return value != 0 ? value : usual;
}

static void fill_in_usual_values(struct minder_options *options)
{
    options->open_ms_max = value_or(options->open_ms_max, 3000);
    options->silence_ms_max = value_or(options->silence_ms_max, 1500);
    options->retry_ms_min = value_or(options->retry_ms_min, 200);
    options->retry_ms_max = value_or(options->retry_ms_max, 1000);
    options->stop_ms_max = value_or(options->stop_ms_max, 1000);
}

static void set_state(struct minder *minder, enum minder_state state, const char *what)
{
    minder->state = state;
    minder->options.listener.on_state(minder->options.listener.self, state, what);
}

static void tell_gone(struct minder *minder)
{
    if (minder->card_text[0] == '\0')
        return;
    char text[CARD_TEXT_MAX];
    memcpy(text, minder->card_text, sizeof text);
    minder->card_text[0] = '\0';
    minder->options.listener.on_gone(minder->options.listener.self, text);
}

/* --- what the child says --- */

typedef void (*message_handler)(struct minder *minder, const struct reader_message *message);

static void on_hello(struct minder *minder, const struct reader_message *message)
{
    minder->has_said_hello = true;
    minder->hello_mono_ms = uv_now(minder->options.loop);
    set_state(minder, MINDER_READY, message->text);
}

static void on_tick(struct minder *minder, const struct reader_message *message)
{
    if (message->read_us != 0)
        minder->pace_us = message->read_us;
}

static void on_card(struct minder *minder, const struct reader_message *message)
{
    tell_gone(minder);
    struct card_identity identity = {.technology = (enum reader_technology)message->technology};
    identity.trust = (enum card_trust)message->trust;
    identity.freshness = message->freshness;
    memcpy(identity.text, message->text, sizeof identity.text);
    memcpy(minder->card_text, identity.text, sizeof minder->card_text);
    minder->options.listener.on_card(minder->options.listener.self, &identity, message->read_us);
}

static void on_gone(struct minder *minder, const struct reader_message *message)
{
    if (strcmp(message->text, minder->card_text) == 0)
        tell_gone(minder);
}

static void on_unknown(struct minder *minder, const struct reader_message *message)
{
    minder->options.listener.on_unknown(minder->options.listener.self, message->text);
}

static void on_error(struct minder *minder, const struct reader_message *message)
{
    tell_gone(minder);
    if (minder->state == MINDER_STARTING || minder->state == MINDER_READY || minder->state == MINDER_LOST)
        set_state(minder, MINDER_LOST, message->text);
}

static const struct message_row {
    message_handler handle;
    bool needs_hello;
} MESSAGES[] = {
    [READER_HELLO] = {on_hello, false},    [READER_TICK] = {on_tick, false},
    [READER_CARD] = {on_card, true},       [READER_GONE] = {on_gone, true},
    [READER_UNKNOWN] = {on_unknown, true}, [READER_ERROR] = {on_error, false},
};

static void restart_deadline(struct minder *minder)
{
    uint32_t patience_ms =
        minder->has_said_hello ? minder->options.silence_ms_max : minder->options.open_ms_max;
    (void)uv_timer_start(&minder->timer, on_deadline, patience_ms, 0);
}

/* What is not read any more would wake the loop again and again. */
static void stop_listening(struct minder *minder)
{
    if (minder->has_poll)
        (void)uv_poll_stop(&minder->poll);
}

static void kill_child(struct minder *minder, const char *why)
{
    if (!minder->has_process) {
        close_child_handles(minder);
        mourn_child(minder, why);
        return;
    }
    minder->phase = PHASE_KILLED;
    (void)snprintf(minder->why_killed, sizeof minder->why_killed, "%s", why);
    (void)uv_timer_stop(&minder->timer);
    (void)uv_process_kill(&minder->process,
                          SIGKILL); /* fails only if it is dead, which on_child_exit tells */
}

/* False: nothing more is to be read from this child. */
static bool take_message(struct minder *minder, struct span datagram)
{
    struct reader_message message;
    enum err error = card_message_read(datagram, CARD_MESSAGE_OF_READER, &message);
    if (error == ERR_OK && message.event == READER_CARD && minder->options.programme != NULL &&
        !card_programme_takes(minder->options.programme, (enum reader_technology)message.technology))
        error = ERR_UNSUPPORTED; /* it was never asked for that */
    if (error == ERR_OK && (!MESSAGES[message.event].needs_hello || minder->has_said_hello)) {
        minder->heard_mono_ms = uv_now(minder->options.loop);
        restart_deadline(minder);
        MESSAGES[message.event].handle(minder, &message);
        return minder->phase == PHASE_RUNNING; /* a listener may have closed us */
    }
    char why[SENTENCE_SIZE];
    (void)snprintf(why, sizeof why, "killed: it sent what is no message of a reader (%s)", err_name(error));
    kill_child(minder, why);
    return false;
}

/* Takes what has come; returns how many messages. */
static unsigned read_messages(struct minder *minder)
{
    unsigned count = 0;
    while (minder->phase == PHASE_RUNNING && minder->fd >= 0 && count < READ_COUNT_MAX) {
        uint8_t datagram[sizeof(struct reader_message) + 1];
        ssize_t size = recv(minder->fd, datagram, sizeof datagram, MSG_DONTWAIT);
        if (size == 0) /* the child closed its end: it is dying, or it hangs and the deadline ends it */
            stop_listening(minder);
        if (!minder->has_process && (size == 0 || (size < 0 && errno != EAGAIN)))
            kill_child(minder, "its connection ended");
        if (size <= 0)
            break;
        count++;
        if (!take_message(minder, span_of(datagram, (size_t)size)))
            break;
    }
    return count;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status; /* a broken channel reads as closed */
    (void)events;
    (void)read_messages(poll->data);
}

static void on_deadline(uv_timer_t *timer)
{
    struct minder *minder = timer->data;
    /* If it was this loop that slept, the child's words are waiting to be read. */
    if (read_messages(minder) > 0 || minder->phase != PHASE_RUNNING)
        return;
    kill_child(minder, minder->has_said_hello ? "killed: it said nothing for too long"
                                              : "killed: it could not open its device in time");
}

/* --- its birth and death --- */

static void finish_close(struct minder *minder)
{
    void (*on_closed)(void *) = minder->on_closed;
    void *self = minder->on_closed_self;
    free(minder->argv);
    free(minder);
    if (on_closed != NULL)
        on_closed(self);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct minder *minder = handle->data;
    minder->closing_count--;
    if (minder->closing_count == 0 && minder->phase == PHASE_CLOSING)
        finish_close(minder);
}

static void close_handle(struct minder *minder, uv_handle_t *handle)
{
    minder->closing_count++;
    uv_close(handle, on_handle_closed);
}

static void close_child_handles(struct minder *minder)
{
    if (minder->has_poll)
        close_handle(minder, (uv_handle_t *)&minder->poll);
    if (minder->has_process)
        close_handle(minder, (uv_handle_t *)&minder->process);
    if (minder->fd >= 0)
        (void)close(minder->fd);
    minder->has_poll = false;
    minder->has_process = false;
    minder->fd = -1;
}

/* A quarter more or less, so that tills that lost one power socket do not all come back at once. */
static uint32_t jitter(const struct minder *minder, uint32_t wait_ms)
{
    uint8_t byte = 128;
    const struct random *random = &minder->options.random;
    if (random->fill == NULL || random->fill(random->self, &byte, 1) != ERR_OK)
        return wait_ms;
    return wait_ms - wait_ms / 4 + (uint32_t)(wait_ms / 2 * byte / 255);
}

/* A loop that turns once at a time runs late timers before it closes what the last child left. */
static void on_retry(uv_timer_t *timer)
{
    struct minder *minder = timer->data;
    if (minder->closing_count > 0)
        (void)uv_timer_start(timer, on_retry, CLOSING_MS, 0);
    else
        start_child(minder);
}

static void wait_for_retry(struct minder *minder)
{
    minder->phase = PHASE_WAITING;
    (void)uv_timer_start(&minder->timer, on_retry, jitter(minder, minder->retry_ms), 0);
    uint32_t doubled_ms = minder->retry_ms * 2;
    minder->retry_ms = doubled_ms < minder->options.retry_ms_max ? doubled_ms : minder->options.retry_ms_max;
}

static void forget_deaths_if_healthy(struct minder *minder)
{
    if (!minder->has_said_hello || uv_now(minder->options.loop) - minder->hello_mono_ms < HEALTHY_MS)
        return;
    minder->deaths_in_row = 0;
    minder->retry_ms = minder->options.retry_ms_min;
}

static enum minder_state state_after_death(const struct minder *minder)
{
    if (minder->deaths_in_row >= MINDER_DEATHS_OUT)
        return MINDER_OUT;
    uint64_t oldest_mono_ms = minder->death_mono_ms[minder->death_count % MINDER_DEATHS_UNSTABLE];
    bool is_often = minder->death_count >= MINDER_DEATHS_UNSTABLE &&
                    uv_now(minder->options.loop) - oldest_mono_ms < UNSTABLE_WITHIN_MS;
    return is_often ? MINDER_UNSTABLE : MINDER_LOST;
}

static void mourn_child(struct minder *minder, const char *how)
{
    forget_deaths_if_healthy(minder);
    minder->death_mono_ms[minder->death_count % MINDER_DEATHS_UNSTABLE] = uv_now(minder->options.loop);
    minder->death_count++;
    minder->deaths_in_row++;
    minder->has_said_hello = false;
    minder->pace_us = 0;
    wait_for_retry(minder); /* before the listener is told: it may close us */
    tell_gone(minder);
    if (minder->phase == PHASE_WAITING)
        set_state(minder, state_after_death(minder), how);
}

static void on_child_exit(uv_process_t *process, int64_t exit_code, int signal_number)
{
    struct minder *minder = process->data;
    char how[SENTENCE_SIZE];
    (void)read_messages(minder); /* its last words */
    if (minder->phase == PHASE_KILLED)
        (void)snprintf(how, sizeof how, "%s", minder->why_killed);
    else if (signal_number != 0)
        (void)snprintf(how, sizeof how, "died of signal %d", signal_number);
    else
        (void)snprintf(how, sizeof how, "ended with %d", (int)exit_code);
    close_child_handles(minder);
    if (minder->phase == PHASE_CLOSING)
        close_handle(minder, (uv_handle_t *)&minder->timer);
    else
        mourn_child(minder, how);
}

static int spawn(struct minder *minder, int child_fd)
{
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = child_fd},
    };
    char *no_environment[] = {
        NULL}; /* what the agent was given is none of a child's that reads strangers' cards */
    uv_process_options_t options = {
        .file = minder->options.program,
        .args = minder->argv,
        .env = no_environment,
        .exit_cb = on_child_exit,
        .stdio = stdio,
        .stdio_count = COUNT_OF(stdio),
    };
    minder->process.data = minder;
    minder->has_process = true; /* libuv has the handle even if it fails */
    return uv_spawn(minder->options.loop, &minder->process, &options);
}

static int listen_to_child(struct minder *minder)
{
    int status = uv_poll_init(minder->options.loop, &minder->poll, minder->fd);
    if (status != 0)
        return status;
    minder->poll.data = minder;
    minder->has_poll = true;
    return uv_poll_start(&minder->poll, UV_READABLE, on_readable);
}

static void send_expectation(struct minder *minder)
{
    if (minder->fd < 0)
        return;
    struct reader_message message = card_message_of(minder->is_expecting ? READER_HASTEN : READER_REST, NULL);
    /* A full or closed channel is a child in trouble, whose deadline comes; the next child is told anew. */
    (void)send(minder->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The first datagram on a new channel, which has room for it. */
static int send_programme(struct minder *minder)
{
    struct card_programme_message message;
    if (minder->options.programme == NULL)
        return 0;
    card_programme_pack(minder->options.programme, &message);
    ssize_t size = send(minder->fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
    int status = size == (ssize_t)sizeof message ? 0 : -errno;
    card_programme_wipe(&message.programme);
    return status;
}

static int spawn_with_channel(struct minder *minder)
{
    uv_os_sock_t pair[2] = {-1, -1};
    int status = uv_socketpair(SOCK_SEQPACKET, 0, pair, UV_NONBLOCK_PIPE, 0);
    minder->fd = pair[0];
    if (status == 0)
        status = spawn(minder, pair[1]);
    if (pair[1] >= 0)
        (void)close(pair[1]);
    return status;
}

/* Connecting to a UNIX socket is done at once, or refused at once (unix(7)). */
static int connect_to_manager(struct minder *minder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(minder->options.socket_path);
    if (size >= sizeof address.sun_path)
        return UV_ENAMETOOLONG;
    memcpy(address.sun_path, minder->options.socket_path, size);
    minder->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (minder->fd < 0 || connect(minder->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return -errno;
    return 0;
}

/* No error but a death: what could not be started is tried again. */
static void start_child(struct minder *minder)
{
    KASSA_ASSERT(minder->closing_count == 0 && !minder->has_process && !minder->has_poll);
    int status =
        minder->options.socket_path == NULL ? spawn_with_channel(minder) : connect_to_manager(minder);
    bool has_child = status == 0;
    if (status == 0)
        status = send_programme(minder);
    if (status == 0)
        status = listen_to_child(minder);
    minder->phase = PHASE_RUNNING;
    minder->heard_mono_ms = uv_now(minder->options.loop);
    if (status == 0) {
        restart_deadline(minder);
        if (!minder->is_expecting)
            send_expectation(minder);
        return;
    }
    char how[SENTENCE_SIZE];
    (void)snprintf(how, sizeof how, "could not be started: %s", uv_strerror(status));
    if (has_child) {
        kill_child(minder, how);
        return;
    }
    close_child_handles(minder);
    mourn_child(minder, how);
}

/* --- the caller's side --- */

static char **build_argv(const struct minder_options *options)
{
    size_t count = 0;
    while (options->arguments[count] != NULL)
        count++;
    char **argv = calloc(count + 2, sizeof *argv);
    if (argv == NULL)
        return NULL;
    /* execve takes char *const[] for history's sake and writes to none of them */
    memcpy(&argv[0], &options->program, sizeof argv[0]);
    memcpy(&argv[1], options->arguments, count * sizeof argv[0]);
    return argv;
}

enum err minder_open(const struct minder_options *options, struct minder **out)
{
    struct minder *minder = calloc(1, sizeof *minder);
    char **argv = build_argv(options);
    if (minder == NULL || argv == NULL || uv_timer_init(options->loop, &minder->timer) != 0) {
        free(argv);
        free(minder);
        return ERR_MEMORY;
    }
    minder->options = *options;
    fill_in_usual_values(&minder->options);
    minder->argv = argv;
    minder->timer.data = minder;
    minder->fd = -1;
    minder->is_expecting = true;
    minder->retry_ms = minder->options.retry_ms_min;
    minder->state = MINDER_STARTING;
    *out = minder;
    start_child(minder);
    return ERR_OK;
}

void minder_expect_card(struct minder *minder, bool is_expected)
{
    if (minder->is_expecting == is_expected)
        return;
    minder->is_expecting = is_expected;
    send_expectation(minder);
}

enum minder_state minder_state_of(const struct minder *minder)
{
    return minder->state;
}

const char *minder_state_name(enum minder_state state)
{
    static const char *const NAMES[MINDER_STATE_COUNT] = {
        [MINDER_STARTING] = "starting", [MINDER_READY] = "ready", [MINDER_LOST] = "lost",
        [MINDER_UNSTABLE] = "unstable", [MINDER_OUT] = "out",
    };
    return (unsigned)state < MINDER_STATE_COUNT ? NAMES[state] : "?";
}

uint64_t minder_silence_ms(const struct minder *minder)
{
    return uv_now(minder->options.loop) - minder->heard_mono_ms;
}

uint32_t minder_pace_us(const struct minder *minder)
{
    return minder->pace_us;
}

bool minder_has_card(const struct minder *minder)
{
    return minder->card_text[0] != '\0';
}

uint64_t minder_deaths(const struct minder *minder)
{
    return minder->death_count;
}

static void on_out_of_patience(uv_timer_t *timer)
{
    struct minder *minder = timer->data;
    (void)uv_process_kill(&minder->process, SIGKILL);
}

void minder_close(struct minder *minder, void (*on_closed)(void *self), void *self)
{
    minder->on_closed = on_closed;
    minder->on_closed_self = self;
    minder->phase = PHASE_CLOSING;
    (void)uv_timer_stop(&minder->timer);
    if (!minder->has_process) {
        close_child_handles(minder);
        close_handle(minder, (uv_handle_t *)&minder->timer);
        return;
    }
    stop_listening(minder);
    (void)uv_process_kill(&minder->process, SIGTERM);
    (void)uv_timer_start(&minder->timer, on_out_of_patience, minder->options.stop_ms_max, 0);
}
