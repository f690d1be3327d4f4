/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/sim_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

enum err sim_client_present(struct sim_client *client, const struct shopper *shopper)
{
    char line[256], answer[ANSWER_SIZE_MAX];
    switch (shopper->card) {
    case CARD_LINK:
        (void)snprintf(line, sizeof(line), "swap 0 ntag213 uid %s uri https://loyalty.example/c/%s\n",
                       shopper->uid, shopper->number);
        break;
    case CARD_TEXT:
        (void)snprintf(line, sizeof(line), "swap 0 ntag215 uid %s text %s\n", shopper->uid, shopper->number);
        break;
    case CARD_CHIP:
        (void)snprintf(line, sizeof(line), "swap 0 uid %s atqa 0344 sak 20 ats 067577810280\n", shopper->uid);
        break;
    case CARD_CLASSIC:
        (void)snprintf(line, sizeof(line), "swap 0 classic1k uid %s\n", shopper->uid);
        break;
    case CARD_NONE:
    case CARD_SCANNED:
        return ERR_ARGUMENT;
    }
    return ask(client, line, answer);
}

enum err sim_client_remove(struct sim_client *client)
{
    char answer[ANSWER_SIZE_MAX];
    return ask(client, "remove 0\n", answer);
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
