/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/sim_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_SIZE_MAX   2048
#define ANSWER_SIZE_MAX 1024

enum err sim_client_open(const char *path, struct sim_client *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return ERR_TOO_LONG;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_IO;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return ERR_CLOSED;
    }
    *out = (struct sim_client){fd, path};
    return ERR_OK;
}

void sim_client_close(struct sim_client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
}

/* One line there, one line back. */
static enum err ask(struct sim_client *client, const char *line, char answer[ANSWER_SIZE_MAX])
{
    size_t size = strlen(line);
    if (send(client->fd, line, size, MSG_NOSIGNAL) != (ssize_t)size)
        return ERR_CLOSED;
    size_t at = 0;
    while (at == 0 || answer[at - 1] != '\n') {
        ssize_t got = at + 1 < ANSWER_SIZE_MAX ? read(client->fd, answer + at, ANSWER_SIZE_MAX - 1 - at) : -1;
        if (got <= 0)
            return ERR_CLOSED;
        at += (size_t)got;
    }
    answer[at] = '\0';
    if (strncmp(answer, "ok", 2) == 0)
        return ERR_OK;
    return strstr(answer, "timeout") != NULL ? ERR_TIMEOUT : ERR_SYNTAX;
}

static enum err tell(struct sim_client *client, const char *verb, const char *text)
{
    char line[LINE_SIZE_MAX], answer[ANSWER_SIZE_MAX];
    int size = snprintf(line, sizeof(line), "%s %s\n", verb, text);
    return size < (int)sizeof(line) ? ask(client, line, answer) : ERR_TOO_LONG;
}

enum err sim_client_present(struct sim_client *client, const char *card)
{
    return tell(client, "swap 0", card);
}

enum err sim_client_scan(struct sim_client *client, const char *code)
{
    return tell(client, "scan", code);
}

enum err sim_client_remove(struct sim_client *client)
{
    char answer[ANSWER_SIZE_MAX];
    return ask(client, "remove 0\n", answer);
}

enum err sim_client_await_polls(struct sim_client *client, unsigned count, unsigned timeout_ms)
{
    char line[64], answer[ANSWER_SIZE_MAX];
    (void)snprintf(line, sizeof(line), "wait-poll %u %u\n", count, timeout_ms);
    return ask(client, line, answer);
}

static int64_t field_of(const char *answer, const char *name)
{
    const char *at = strstr(answer, name);
    return at == NULL ? 0 : strtoll(at + strlen(name), NULL, 10);
}

enum err sim_client_seen(struct sim_client *client, unsigned timeout_ms, struct sim_tap *out)
{
    char line[64], answer[ANSWER_SIZE_MAX];
    (void)snprintf(line, sizeof(line), "wait-seen 0 %u\n", timeout_ms);
    TRY(ask(client, line, answer));
    *out = (struct sim_tap){.presented_mono_us = field_of(answer, " presented_mono_us="),
                            .selected_mono_us = field_of(answer, " selected_mono_us="),
                            .sim_us = field_of(answer, " sim_us=")};
    return ERR_OK;
}
