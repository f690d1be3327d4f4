/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/minder/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_TRIES 1000 /* of 10 ms */

static void path_in(const struct sim *sim, const char *name, char *out, size_t size)
{
    assert_true(snprintf(out, size, "%s/%s", sim->folder, name) < (int)size);
}

static void connect_control(struct sim *sim, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    const struct timespec pause = {.tv_nsec = 10000000};
    const struct timeval patience = {.tv_sec = 10};
    for (int i = 0; i < START_TRIES; i++) {
        sim->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(sim->control, (const struct sockaddr *)&address, sizeof address) == 0) {
            (void)setsockopt(sim->control, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            return;
        }
        (void)close(sim->control);
        (void)nanosleep(&pause, NULL);
    }
    fail_msg("pn532-sim does not listen on %s", path);
}

void sim_start(struct sim *sim)
{
    char pty[96];
    char control[96];
    (void)strcpy(sim->folder, "/tmp/kassa-sim-XXXXXX");
    assert_non_null(mkdtemp(sim->folder));
    path_in(sim, "nfc", pty, sizeof pty);
    path_in(sim, "control", control, sizeof control);
    char *const argv[] = {"pn532-sim", "--pty", pty, "--control", control, NULL};
    assert_int_equal(posix_spawn(&sim->pid, KASSA_BINARY_DIR "/bin/pn532-sim", NULL, NULL, argv, environ), 0);
    connect_control(sim, control);
    sim_tell(sim, "list"); /* it answers once its line is there, too */
    (void)snprintf(sim->device, sizeof sim->device, "pn532_uart:%s:115200", pty);
}

void sim_stop(struct sim *sim)
{
    (void)close(sim->control);
    assert_int_equal(kill(sim->pid, SIGTERM), 0);
    assert_int_equal(waitpid(sim->pid, NULL, 0), sim->pid);
    assert_int_equal(rmdir(sim->folder), 0); /* it takes away what it made */
}

void sim_ask(struct sim *sim, const char *line, char *out)
{
    char text[SIM_ANSWER_SIZE];
    int size = snprintf(text, sizeof text, "%s\n", line);
    assert_int_equal(send(sim->control, text, (size_t)size, MSG_NOSIGNAL), size);
    size_t used = 0;
    while (used == 0 || text[used - 1] != '\n') {
        ssize_t got = recv(sim->control, text + used, sizeof text - 1 - used, 0);
        if (got < 0 && errno == EINTR) /* a child ended meanwhile */
            continue;
        if (got <= 0)
            fail_msg("pn532-sim gave no answer to: %s", line);
        used += (size_t)got;
    }
    text[used] = '\0';
    if (strncmp(text, "ok", 2) != 0)
        fail_msg("%s: %s", line, text);
    memcpy(out, text, used);
    out[used - 1] = '\0'; /* the line end */
}

void sim_tell(struct sim *sim, const char *line)
{
    char answer[SIM_ANSWER_SIZE];
    sim_ask(sim, line, answer);
}
