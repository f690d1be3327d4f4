/* SPDX-License-Identifier: Apache-2.0 */
/* pn532-sim - a PN532 chip on a pseudo-terminal, with cards that a control socket lays before it. See
 * README.md. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "pn532-sim/control.h"
#include "pn532-sim/pty.h"
#include "pn532-sim/values.h"

struct settings {
    const char *pty_path;
    const char *control_path;
    uint32_t baud;
};

struct program {
    struct pn532_sim sim;
    struct pn532_pty pty;
    struct pn532_control control;
    int signal_fd;
    bool is_failed;
};

static uint64_t now_mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void print_help(FILE *file)
{
    fputs("usage: pn532-sim --pty PATH --control PATH [--baud N]\n"
          "Simulates a PN532 NFC reader on a pseudo-terminal.\n\n"
          "  --pty PATH      the symbolic link to the serial line, without colons (libnfc: pn532_uart:PATH)\n"
          "  --control PATH  the UNIX socket that takes commands, one a line; \"help\" lists them\n"
          "  --baud N        take the time of a serial line of N baud and of the air (115200 is usual)\n"
          "  --help          this text\n\n"
          "It ends on SIGTERM or SIGINT and removes both paths.\n"
          "Exit: 0 ended in order, 1 a path cannot be made, 2 usage.\n",
          file);
}

/* Returns -1 to go on, else the exit status. */
static int read_settings(int argc, char **argv, struct settings *out_settings)
{
    static const struct option options[] = {{"pty", required_argument, NULL, 'p'},
                                            {"control", required_argument, NULL, 'c'},
                                            {"baud", required_argument, NULL, 'b'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *out_settings = (struct settings){.baud = 0};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p':
            out_settings->pty_path = optarg;
            break;
        case 'c':
            out_settings->control_path = optarg;
            break;
        case 'b':
            if (pn532_number_read(optarg, 4000000, &out_settings->baud) != ERR_OK ||
                out_settings->baud < 300) {
                fputs("pn532-sim: --baud wants a number from 300 to 4000000\n", stderr);
                return 2;
            }
            break;
        case 'h':
            print_help(stdout);
            return 0;
        default:
            print_help(stderr);
            return 2;
        }
    }
    if (optind != argc || out_settings->pty_path == NULL || out_settings->control_path == NULL) {
        print_help(stderr);
        return 2;
    }
    if (strchr(out_settings->pty_path, ':') != NULL) {
        fputs("pn532-sim: --pty must hold no colon: libnfc cuts its connection string there\n", stderr);
        return 2;
    }
    return -1;
}

/* Orders change whether the reader is plugged in; the answer goes out after that has happened. */
static void follow_plug(struct program *program)
{
    if (!program->sim.is_plugged) {
        pn532_pty_unplug(&program->pty);
    } else if (program->pty.master_fd < 0 && pn532_pty_plug(&program->pty) != ERR_OK) {
        fprintf(stderr, "pn532-sim: cannot open a pseudo-terminal behind %s\n", program->pty.link_path);
        program->is_failed = true;
    }
}

static void flush_chip(struct program *program)
{
    struct pn532_output output;
    while (pn532_chip_take(&program->sim.chip, now_mono_us(), &output)) {
        pn532_pty_write(&program->pty, span_of(output.bytes, output.size));
        pn532_chip_sent(&program->sim.chip, &output, now_mono_us());
        if (output.unplugs) {
            pn532_sim_unplug(&program->sim);
            follow_plug(program);
        }
    }
}

static void obey(void *context, struct span line, struct pn532_text *out_answer, struct pn532_wait *out_wait)
{
    struct program *program = context;
    struct pn532_order order;
    const char *why = "";
    out_answer->size = 0;
    out_wait->is_on = false;
    if (pn532_order_parse(line, &order, &why) != ERR_OK) {
        pn532_sim_put(out_answer, "error %s", why);
        return;
    }
    order.card.phone.laid_unix_s = time(NULL);
    pn532_sim_obey(&program->sim, &order, now_mono_us(), out_answer, out_wait);
    follow_plug(program);
    flush_chip(program);
}

static void check(void *context, struct pn532_wait *wait, struct pn532_text *out_answer)
{
    struct program *program = context;
    pn532_sim_wait_check(&program->sim, wait, now_mono_us(), out_answer);
}

static void serve_host(struct program *program)
{
    uint8_t bytes[1024];
    uint64_t now = now_mono_us();
    size_t size = pn532_pty_read(&program->pty, bytes, sizeof(bytes));
    pn532_chip_receive(&program->sim.chip, span_of(bytes, size), now);
}

static void wait_for_events(const struct program *program, struct pollfd *fds, size_t count)
{
    uint64_t chip_wake = pn532_chip_wake_mono_us(&program->sim.chip);
    uint64_t control_wake = pn532_control_wake_mono_us(&program->control);
    uint64_t wake = chip_wake < control_wake ? chip_wake : control_wake;
    uint64_t now = now_mono_us();
    uint64_t left_us = wake > now ? wake - now : 0;
    struct timespec timeout = {(time_t)(left_us / 1000000), (long)(left_us % 1000000) * 1000};
    if (ppoll(fds, count, wake == PN532_NEVER ? NULL : &timeout, NULL) < 0)
        for (size_t i = 0; i < count; i++)
            fds[i].revents = 0;
}

static void run(struct program *program)
{
    enum { FD_SIGNAL, FD_PTY, FD_CONTROL, FD_COUNT = FD_CONTROL + PN532_CONTROL_FD_COUNT };
    const struct pn532_orders orders = {program, obey, check};
    struct pollfd fds[FD_COUNT];
    puts("pn532-sim: ready"); /* both paths are there: whoever started it may wait for this line */
    (void)fflush(stdout);
    while (!program->is_failed) {
        fds[FD_SIGNAL] = (struct pollfd){.fd = program->signal_fd, .events = POLLIN};
        fds[FD_PTY] = (struct pollfd){.fd = program->pty.master_fd, .events = POLLIN};
        pn532_control_poll(&program->control, fds + FD_CONTROL);
        wait_for_events(program, fds, FD_COUNT);
        if (fds[FD_SIGNAL].revents != 0)
            return;
        if (fds[FD_PTY].revents != 0)
            serve_host(program);
        pn532_chip_tick(&program->sim.chip, now_mono_us());
        flush_chip(program);
        pn532_control_serve(&program->control, fds + FD_CONTROL, &orders);
    }
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    static struct program program; /* too large for a stack */
    struct settings settings;
    int status = read_settings(argc, argv, &settings);
    if (status >= 0)
        return status;
    pn532_sim_init(&program.sim, settings.baud);
    program.pty = (struct pn532_pty){.link_path = settings.pty_path, .master_fd = -1, .slave_fd = -1};
    program.signal_fd = open_signals();
    enum err error = pn532_control_open(&program.control, settings.control_path);
    if (error != ERR_OK) {
        fprintf(stderr, "pn532-sim: cannot listen at %s: %s\n", settings.control_path, err_sentence(error));
        return 1;
    }
    error = pn532_pty_plug(&program.pty);
    if (error != ERR_OK)
        fprintf(stderr, "pn532-sim: cannot make %s: %s\n", settings.pty_path, err_sentence(error));
    else
        run(&program);
    pn532_pty_unplug(&program.pty);
    pn532_control_close(&program.control);
    return error != ERR_OK || program.is_failed ? 1 : 0;
}
