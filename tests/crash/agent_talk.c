/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/agent_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TRIES 5000
#define PAUSE_NS    2000000

static void pause_shortly(void)
{
    const struct timespec time = {.tv_nsec = PAUSE_NS};
    (void)nanosleep(&time, NULL);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[640];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t size = strlen(text);
    KASSA_ASSERT(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    (void)close(fd);
}

static void write_settings(const char *data, const char *beside)
{
    char text[4096];
    char pepper[65];
    (void)snprintf(text, sizeof text,
                   "[till]\nid = till-1\nstore = store-1\ntenant = chain\ncurrency = EUR\n"
                   "time_zone = Europe/Vilnius\ndata_dir = %s\n"
                   "[api]\nport = 0\nsocket = %s/pos.sock\n[broker]\nport = 9\n"
                   "[card]\npepper_file = %s/pepper\n[journal]\nmap_mib = 16\n",
                   data, beside, beside);
    memset(pepper, 'a', 64);
    pepper[64] = '\0';
    (void)mkdir(beside, 0700);
    write_text(beside, "agent.ini", text);
    write_text(beside, "pepper", pepper);
}

/* A file that stands beside this program. */
static void path_beside(const char *name, char out[640])
{
    char self[512];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    KASSA_ASSERT(size > 0);
    self[size] = '\0';
    *strrchr(self, '/') = '\0';
    (void)snprintf(out, 640, "%s/%s", self, name);
}

static void set_variables(const struct agent_variable *variables, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char library[640];
        bool is_library = strcmp(variables[i].name, "LD_PRELOAD") == 0;
        if (is_library)
            path_beside(variables[i].value, library);
        (void)setenv(variables[i].name, is_library ? library : variables[i].value, 1);
    }
}

static _Noreturn void become_agent(const struct agent_variable *variables, size_t variable_count,
                                   const char *beside)
{
    char program[640];
    char settings[640];
    char log[640];
    path_beside("kassa-agent", program);
    (void)snprintf(settings, sizeof settings, "%s/agent.ini", beside);
    (void)snprintf(log, sizeof log, "%s/log", beside);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    set_variables(variables, variable_count);
    if (freopen(log, "a", stderr) == NULL)
        _exit(70);
    (void)execl(program, program, "--config", settings, (char *)NULL);
    _exit(71);
}

static int connect_to(const struct agent_process *agent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s/pos.sock", agent->beside);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    KASSA_ASSERT(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static bool send_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text += sent;
        left -= (size_t)sent;
    }
    return true;
}

void agent_ask(const struct agent_process *agent, const char *method, const char *path, const char *key,
               const char *body, struct answer *out)
{
    char text[4096];
    char answer[ANSWER_MAX + 1024];
    size_t size = 0;
    *out = (struct answer){0};
    int fd = connect_to(agent);
    if (fd < 0)
        return;
    (void)snprintf(
        text, sizeof text,
        "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "%s%s%sContent-Length: %zu\r\n\r\n%s",
        method, path, key == NULL ? "" : "Idempotency-Key: ", key == NULL ? "" : key,
        key == NULL ? "" : "\r\n", strlen(body), body);
    bool goes_on = send_all(fd, text);
    while (goes_on && size < sizeof answer - 1) {
        ssize_t got = recv(fd, answer + size, sizeof answer - 1 - size, 0);
        goes_on = got > 0;
        size += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    answer[size] = '\0';
    const char *begin = strstr(answer, "\r\n\r\n");
    if (begin == NULL || size < 12)
        return;
    out->status = (int)strtol(answer + 9, NULL, 10);
    (void)snprintf(out->body, sizeof out->body, "%.*s", ANSWER_MAX - 1, begin + 4);
}

bool agent_start(const char *data, const struct agent_variable *variables, size_t variable_count,
                 struct agent_process *out)
{
    char socket_path[640];
    struct answer answer;
    (void)snprintf(out->beside, sizeof out->beside, "%.400s-agent", data);
    write_settings(data, out->beside);
    (void)snprintf(socket_path, sizeof socket_path, "%s/pos.sock", out->beside);
    (void)unlink(socket_path);
    out->signal = 0;
    out->pid = fork();
    KASSA_ASSERT(out->pid >= 0);
    if (out->pid == 0)
        become_agent(variables, variable_count, out->beside);
    for (int tries = 0; tries < START_TRIES; tries++) {
        int status = 0;
        agent_ask(out, "GET", "/v1/status", NULL, "", &answer);
        if (answer.status != 0)
            return true;
        if (waitpid(out->pid, &status, WNOHANG) == out->pid) {
            out->pid = 0;
            out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
            return false;
        }
        pause_shortly();
    }
    return false;
}

int agent_stop(struct agent_process *agent)
{
    int status = 0;
    if (agent->pid == 0)
        return agent->signal;
    (void)kill(agent->pid, SIGTERM);
    (void)waitpid(agent->pid, &status, 0);
    agent->pid = 0;
    return WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM ? WTERMSIG(status) : 0;
}
