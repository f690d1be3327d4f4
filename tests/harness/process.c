/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/process.h"

#include <arpa/inet.h>
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

#define BROKER        "/usr/sbin/mosquitto"
#define LISTEN_TRIES  500
#define LISTEN_NAP_NS 10000000
#define LOOK_MS       10
#define LOOKS_A_CALL  500

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

uint16_t process_free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), is_shared = 1;
    KASSA_ASSERT(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_shared, sizeof(is_shared)) == 0);
    KASSA_ASSERT(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    KASSA_ASSERT(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    return ntohs(address.sin_port);
}

static bool is_listening(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    KASSA_ASSERT(fd >= 0);
    bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(fd);
    return is_connected;
}

static _Noreturn void become(const char *const *argv, const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd >= 0) {
        (void)dup2(fd, STDERR_FILENO);
        (void)dup2(fd, STDOUT_FILENO);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    union {
        const char *const *own;
        char *const *execs;
    } arguments = {.own = argv}; /* execv's signature is older than const */
    (void)execv(argv[0], arguments.execs);
    _exit(127);
}

struct process process_start(const char *const *argv, const char *log)
{
    pid_t pid = fork();
    KASSA_ASSERT(pid >= 0);
    if (pid == 0)
        become(argv, log);
    return (struct process){pid};
}

static bool has_ended(pid_t pid, int *out_status)
{
    pid_t ended = waitpid(pid, out_status, WNOHANG);
    KASSA_ASSERT(ended == 0 || ended == pid);
    return ended == pid;
}

int process_end(struct process *process, int signal)
{
    int status = 0;
    if (process->pid == 0)
        return 0;
    /* Said again after five seconds: mosquitto forgets a signal that comes just before its loop begins. */
    for (int looks = 0; !has_ended(process->pid, &status); looks++) {
        if (looks % LOOKS_A_CALL == 0)
            KASSA_ASSERT(kill(process->pid, signal) == 0);
        (void)poll(NULL, 0, LOOK_MS);
    }
    process->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct process process_start_broker_with(const struct folder *folder, uint16_t port, const char *settings)
{
    char config[128], log[128];
    folder_join(folder, "broker.conf", config);
    folder_join(folder, "broker.log", log);
    FILE *file = fopen(config, "w");
    KASSA_ASSERT(file != NULL);
    KASSA_ASSERT(fprintf(file,
                         "listener %u 127.0.0.1\n%s\npersistence false\n"
                         "max_inflight_messages 100\nmax_queued_messages 20000\n",
                         (unsigned)port, settings) > 0);
    KASSA_ASSERT(fclose(file) == 0);
    const char *const argv[] = {BROKER, "-c", config, NULL};
    struct process broker = process_start(argv, log);
    struct timespec nap = {0, LISTEN_NAP_NS};
    int tries = LISTEN_TRIES;
    while (!is_listening(port) && --tries > 0)
        (void)nanosleep(&nap, NULL);
    KASSA_ASSERT(tries > 0);
    return broker;
}

struct process process_start_broker(const struct folder *folder, uint16_t port)
{
    return process_start_broker_with(folder, port, "allow_anonymous true");
}
