/* SPDX-License-Identifier: Apache-2.0 */
/* kassa-reader - the child of kassa-agent that alone talks to the card reader, because the library it needs
 * blocks, and aborts on a reader's bad bytes. No network, no files, no keys but its programme's: a device, and a socket to its
 * parent on descriptor 3.
 *
 * Ends with 0 when told to, 1 when the device failed (its parent starts it again), 2 when called wrongly.
 * Until the device is open it tries again and again; once it was open and failed, it ends, since the
 * privilege to open it may be given up by then. */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "card/message.h"
#include "platform/child/child.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_memory.h"
#include "platform/service/service.h"
#include "reader/device.h"
#include "reader/options.h"
#include "reader/poller.h"
#include "reader/trace.h"
#include "vault/vault.h"

#define OPEN_RETRY_MS     250
#define RESET_EVERY       8 /* failures to open: a quarter of a minute of a reader that is mute */
#define PROGRAMME_WAIT_MS 2000
#define PROGRAMME_LOOK_MS 20

enum exit_code { EXIT_TOLD = 0, EXIT_DEVICE = 1, EXIT_USAGE = 2 };

static enum err tell_parent(void *self, const struct reader_message *message)
{
    (void)self;
    return child_send(span_of(message, sizeof *message));
}

static enum err tell_event(enum reader_event event, const char *text)
{
    struct reader_message message = card_message_of(event, text);
    return tell_parent(NULL, &message);
}

static enum err tell_failure(const struct reader_options *options, enum err error)
{
    char text[READER_TEXT_MAX];
    (void)snprintf(text, sizeof text, "%.70s: %s", options->device, err_sentence(error));
    return tell_event(READER_ERROR, text);
}

static uint64_t now_us(void *self)
{
    (void)self;
    return child_now_us();
}

/* What the parent has said. */
struct orders {
    bool is_resting;
    bool has_programme;
    struct card_programme programme;
};

static enum err take_order(struct span datagram, struct orders *orders)
{
    struct reader_message message;
    if (datagram.size == sizeof(struct card_programme_message)) {
        orders->has_programme = true;
        return card_programme_unpack(datagram, &orders->programme);
    }
    TRY(card_message_read(datagram, CARD_MESSAGE_OF_AGENT, &message));
    orders->is_resting = message.event == READER_REST;
    return ERR_OK;
}

/* Waits; what the parent asks for meanwhile sets the pace. ERR_CLOSED: told to end. */
static enum err wait_for_parent(struct service *service, uint32_t wait_ms, struct orders *orders)
{
    (void)service_beat(service, true); /* the pauses are shorter than what a manager is patient for */
    uint64_t end_us = child_now_us() + wait_ms * UINT64_C(1000);
    for (;;) {
        uint8_t datagram[sizeof(struct card_programme_message) + 1];
        size_t size = 0;
        uint64_t at_us = child_now_us();
        uint32_t left_ms = at_us < end_us ? (uint32_t)((end_us - at_us + 999) / 1000) : 0;
        enum err error = child_wait(left_ms, datagram, sizeof datagram, &size);
        if (error != ERR_OK)
            return error == ERR_TIMEOUT ? ERR_OK : error;
        error = take_order(span_of(datagram, size), orders);
        vault_wipe(datagram, size);
        TRY(error);
    }
}

/* The device is there and does not open: now and then it is reset, if that can be done. */
static void revive(const char *device, unsigned failures)
{
    if (failures % RESET_EVERY != 0)
        return;
    enum err error = device_reset(device);
    if (error != ERR_NOT_FOUND)
        log_event(LOG_LEVEL_WARNING, "reader.reset", "device=\"%s\" error=%s", device, err_name(error));
}

/* Tries until the device is there. A failure is told when it is another than before. */
static enum err open_device(const struct reader_options *options, struct orders *orders,
                            struct service *service, struct device *out)
{
    enum err told = ERR_OK;
    unsigned failures = 0;
    for (;;) {
        enum err error = device_open(options->device, out);
        if (error == ERR_OK || error == ERR_ARGUMENT)
            return error;
        if (error == ERR_IO)
            revive(options->device, ++failures);
        TRY(error == told ? tell_event(READER_TICK, NULL) : tell_failure(options, error));
        told = error;
        TRY(wait_for_parent(service, OPEN_RETRY_MS, orders));
    }
}

/* Who asked for the trace reads it, or is gone. */
static void print_line(void *self, const char *line)
{
    (void)self;
    size_t size = strlen(line);
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, line, size);
        if (written <= 0)
            return;
        line += written;
        size -= (size_t)written;
    }
}

static int64_t now_unix_s(void)
{
    struct clock clock = linux_clock();
    return clock.ops->wall_unix_ms(clock.self) / 1000;
}

/* The parent's words come between two looks, its programme among them: who is asked next is asked by that one. */
static enum err poll_cards(const struct reader_options *options, const struct device *device,
                           struct service *service, struct orders *orders)
{
    struct card_context context = {.random = linux_random()};
    const struct tag_reader reader = device_as_tag_reader(device);
    struct trace trace = {.now_us = now_us, .say = print_line};
    trace_init(&trace, &reader);
    const struct poller_options poller_options = {
        .reader = options->traces ? trace_as_tag_reader(&trace) : reader,
        .request = {.programme = &orders->programme,
                    .context = &context,
                    .trace = options->traces ? &trace.card : NULL},
        .poll_ms = options->poll_ms,
        .wallet_ms = options->wallet_ms,
        .rest_ms = options->rest_ms,
        .away_ms = options->away_ms,
        .refresh_ms = options->refresh_ms,
        .now_us = now_us,
        .tell = tell_parent,
    };
    struct poller poller;
    poller_init(&poller, &poller_options);
    for (;;) {
        context.now_unix_s = now_unix_s();
        enum err error = poller_step(&poller, !orders->is_resting);
        if (error != ERR_OK) {
            (void)tell_failure(options, error); /* the parent may be what failed */
            return error;
        }
        uint32_t pause_ms = poller_pause_ms(&poller, !orders->is_resting);
        if (wait_for_parent(service, pause_ms, orders) != ERR_OK)
            return ERR_OK;
    }
}

static enum err confine(const struct reader_options *options, const struct device *device)
{
    size_t ioctl_count = 0;
    const unsigned long *ioctls = device_ioctls(device, &ioctl_count);
    enum err error = child_confine(options->user, ioctls, ioctl_count);
    if (error == ERR_UNSUPPORTED) {
        log_event(
            LOG_LEVEL_WARNING, "reader.unfiltered",
            "problem=\"this kernel filters no system calls: what takes this process over may open files\"");
        return ERR_OK;
    }
    if (error != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "reader.confine", "error=%s problem=\"its privileges cannot be given up\"",
                  err_name(error));
    return error;
}

static void wipe_orders(struct orders *orders)
{
    card_programme_wipe(&orders->programme);
}

/* Without its parent's programme it would take a card for somebody else. */
static enum err await_programme(const struct reader_options *options, struct service *service,
                                struct orders *orders)
{
    uint64_t end_us = child_now_us() + PROGRAMME_WAIT_MS * UINT64_C(1000);
    while (options->awaits_programme && !orders->has_programme) {
        if (child_now_us() >= end_us)
            return ERR_TIMEOUT;
        TRY(wait_for_parent(service, PROGRAMME_LOOK_MS, orders));
    }
    return ERR_OK;
}

static enum exit_code run(const struct reader_options *options, struct service *service)
{
    struct device device CLEANUP(device_closep) = {.self = NULL};
    struct orders orders CLEANUP(wipe_orders) = {.programme = options->programme};
    enum err error = await_programme(options, service, &orders);
    if (error == ERR_TIMEOUT) {
        log_event(LOG_LEVEL_ERROR, "reader.usage", "problem=\"its parent sent no programme\"");
        return EXIT_USAGE;
    }
    if (error == ERR_OK)
        error = open_device(options, &orders, service, &device);
    if (error == ERR_ARGUMENT) {
        log_event(LOG_LEVEL_ERROR, "reader.usage", "device=\"%s\" problem=\"no device: %s\"", options->device,
                  device_grammar(options->device));
        return EXIT_USAGE;
    }
    if (error != ERR_OK)
        return EXIT_TOLD; /* the parent is gone or asked to end */
    if (confine(options, &device) != ERR_OK)
        return EXIT_DEVICE;
    if (tell_event(READER_HELLO, device_name(&device)) != ERR_OK)
        return EXIT_TOLD;
    service_tell_status(service, device_name(&device));
    return poll_cards(options, &device, service, &orders) == ERR_OK ? EXIT_TOLD : EXIT_DEVICE;
}

static enum exit_code start(int argc, char **argv)
{
    struct reader_options options;
    char complaint[160];
    if (reader_options_read(argc, argv, &options, complaint) != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "reader.usage", "problem=\"%s\"", complaint);
        return EXIT_USAGE;
    }
    if (options.is_help) {
        char help[2048];
        (void)reader_options_help(help, sizeof help);
        (void)printf(
            "usage: kassa-reader --device DEVICE [options]\n\n"
            "Reads cards for kassa-agent, which starts it and hands it a socket on descriptor 3.\n\n%s\n"
            "Exit: 0 its parent ended or asked it to, 1 the reader failed (it is started again),\n"
            "2 usage, or a device that it cannot understand.\n",
            help);
        return EXIT_TOLD;
    }
    if (child_begin() != ERR_OK) {
        log_event(LOG_LEVEL_ERROR, "reader.usage",
                  "problem=\"kassa-reader is started by kassa-agent, which hands it a "
                  "socket on descriptor 3\"");
        return EXIT_USAGE;
    }
    struct service *service CLEANUP(service_closep) = NULL;
    if (vault_open() != ERR_OK || service_open(/* folder= */ NULL, linux_clock(), &service) != ERR_OK)
        return EXIT_USAGE;
    service_tell_ready(service); /* it does what it is for: a device that is missing is looked for */
    return run(&options, service);
}

int main(int argc, char **argv)
{
    linux_memory_guard();
    enum exit_code code = start(argc, argv);
    (void)fflush(NULL);
    /* Not exit(): the libraries' exit handlers have nothing to do here, and some need rights that are given
     * up. */
    _exit((int)code);
}
