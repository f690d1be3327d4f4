/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/pcsc/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PCSCD       "/usr/sbin/pcscd"
#define DRIVER      "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
#define LISTEN_FD   3 /* sd_listen_fds(3): where a service manager hands the socket over */
#define PORT_TRIES  50
#define START_TRIES 1500 /* of 10 ms */

bool daemon_is_possible(void)
{
    bool has_own = access("/run/pcscd/pcscd.comm", F_OK) == 0; /* it suffers none beside it */
    return geteuid() == 0 && access(PCSCD, X_OK) == 0 && access(DRIVER, R_OK) == 0 && !has_own;
}

/* A socket that is bound to the loopback's port; 0: any free one. -1: it is taken. */
static int bind_port(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (bind(fd, (const struct sockaddr *)&address, size) != 0) {
        (void)close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* The virtual reader has two slots, each a port. */
static uint16_t find_two_ports(void)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        uint16_t first = 0;
        int first_fd = bind_port(&first);
        uint16_t second = (uint16_t)(first + 1);
        int second_fd = first < UINT16_MAX ? bind_port(&second) : -1;
        (void)close(first_fd);
        if (second_fd < 0)
            continue;
        (void)close(second_fd);
        return first;
    }
    fail_msg("no two free ports in a row");
    return 0;
}

static void write_settings(const struct daemon *daemon)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/readers", daemon->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/readers/vpcd", daemon->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n",
                  daemon->port, DRIVER, daemon->port);
    assert_int_equal(fclose(file), 0);
}

static int listen_for_clients(const struct daemon *daemon)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", daemon->socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(chmod(daemon->socket_path, 0666), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

/* In the child. */
static void become_daemon(const struct daemon *daemon, int listening)
{
    char folder[128], pid[16];
    (void)snprintf(folder, sizeof folder, "%s/readers", daemon->folder);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        _exit(99);
    /* A descriptor that is 3 already keeps its close-on-exec. */
    if (listening == LISTEN_FD ? fcntl(listening, F_SETFD, 0) != 0 : dup2(listening, LISTEN_FD) != LISTEN_FD)
        _exit(99);
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "1", 1);
    (void)execl(PCSCD, "pcscd", "--foreground", "--critical", "--config", folder, NULL);
    _exit(99);
}

/* Looked up, not tried: whoever binds a port is in the way of the driver that is about to. proc(5): the address in hexadecimal
 * digits, its port behind a colon; 0A is LISTEN. */
static bool is_port_open(uint16_t port)
{
    char line[256], wanted[32];
    bool is_found = false;
    FILE *file = fopen("/proc/net/tcp", "re");
    assert_non_null(file);
    (void)snprintf(wanted, sizeof wanted, ":%04X 00000000:0000 0A ", port);
    while (!is_found && fgets(line, sizeof line, file) != NULL)
        is_found = strstr(line, wanted) != NULL;
    (void)fclose(file);
    return is_found;
}

void daemon_start(struct daemon *daemon)
{
    int listening = listen_for_clients(daemon);
    daemon->pid = fork();
    assert_true(daemon->pid >= 0);
    if (daemon->pid == 0)
        become_daemon(daemon, listening);
    (void)close(listening);
    const struct timespec pause = {.tv_nsec = 10000000};
    bool is_ready = false;
    for (int i = 0; i < START_TRIES && !is_ready; i++) {
        is_ready = is_port_open((uint16_t)(daemon->port + 1));
        if (!is_ready)
            (void)nanosleep(&pause, NULL);
    }
    if (!is_ready)
        fail_msg("pcscd does not start");
}

void daemon_stop(struct daemon *daemon)
{
    assert_int_equal(kill(daemon->pid, SIGTERM), 0);
    assert_int_equal(waitpid(daemon->pid, NULL, 0), daemon->pid);
    daemon->pid = 0;
    (void)unlink(daemon->socket_path);
}

void daemon_open(struct daemon *daemon)
{
    *daemon = (struct daemon){.port = find_two_ports()};
    (void)strcpy(daemon->folder, "/tmp/kassa-pcscd-XXXXXX");
    assert_non_null(mkdtemp(daemon->folder));
    assert_int_equal(chmod(daemon->folder, 0755), 0);
    (void)snprintf(daemon->socket_path, sizeof daemon->socket_path, "%s/comm", daemon->folder);
    (void)snprintf(daemon->device, sizeof daemon->device, "pcsc:%s:" DAEMON_READER, daemon->socket_path);
    write_settings(daemon);
    daemon_start(daemon);
}

void daemon_close(struct daemon *daemon)
{
    char path[128];
    if (daemon->pid != 0)
        daemon_stop(daemon);
    (void)snprintf(path, sizeof path, "%s/readers/vpcd", daemon->folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/readers", daemon->folder);
    (void)rmdir(path);
    assert_int_equal(rmdir(daemon->folder), 0);
}
