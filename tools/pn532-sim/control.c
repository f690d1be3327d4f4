/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pn532-sim/control.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static enum err address_of(const char *path, struct sockaddr_un *out_address)
{
    if (strlen(path) >= sizeof(out_address->sun_path))
        return ERR_TOO_LONG;
    *out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out_address->sun_path, path, strlen(path));
    return ERR_OK;
}

static bool does_answer(const struct sockaddr_un *address)
{
    int fd CLEANUP(close_fd) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
}

enum err pn532_control_open(struct pn532_control *control, const char *path)
{
    struct sockaddr_un address;
    TRY(address_of(path, &address));
    if (does_answer(&address))
        return ERR_BUSY;
    int fd CLEANUP(close_fd) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ERR_IO;
    unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return ERR_IO;
    if (listen(fd, (int)PN532_CLIENT_COUNT_MAX) != 0)
        return ERR_IO;
    *control = (struct pn532_control){.path = path, .listen_fd = fd};
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX; i++)
        control->clients[i].fd = -1;
    fd = -1;
    return ERR_OK;
}

void pn532_control_close(struct pn532_control *control)
{
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX; i++)
        close_fd(&control->clients[i].fd);
    close_fd(&control->listen_fd);
    unlink(control->path);
}

static void drop(struct pn532_client *client)
{
    close_fd(&client->fd);
    client->size = 0;
    client->is_ended = false;
    client->wait.is_on = false;
}

static void accept_client(struct pn532_control *control)
{
    int fd CLEANUP(close_fd) = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX && fd >= 0; i++) {
        if (control->clients[i].fd >= 0)
            continue;
        control->clients[i].fd = fd;
        fd = -1;
    }
}

static void send_answer(struct pn532_client *client, struct pn532_text *answer)
{
    pn532_sim_put(answer, "\n");
    if (send(client->fd, answer->text, answer->size, MSG_NOSIGNAL) != (ssize_t)answer->size)
        drop(client);
}

/* Obeys the lines that are whole, until one has to wait. */
static void obey_lines(struct pn532_client *client, const struct pn532_orders *orders)
{
    struct pn532_text answer;
    while (client->fd >= 0 && !client->wait.is_on) {
        const uint8_t *end = memchr(client->line, '\n', client->size);
        if (end == NULL)
            return;
        size_t size = (size_t)(end - client->line);
        orders->obey(orders->context, span_of(client->line, size), &answer, &client->wait);
        client->size -= size + 1;
        memmove(client->line, client->line + size + 1, client->size);
        if (!client->wait.is_on)
            send_answer(client, &answer);
    }
}

static void read_client(struct pn532_client *client, const struct pn532_orders *orders)
{
    ssize_t size = recv(client->fd, client->line + client->size, sizeof(client->line) - client->size, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size < 0) {
        drop(client);
        return;
    }
    client->is_ended = size == 0;
    client->size += (size_t)size;
    obey_lines(client, orders);
    bool is_overlong = client->fd >= 0 && client->size == sizeof(client->line) && !client->wait.is_on;
    if (is_overlong) {
        struct pn532_text answer = {.size = 0};
        pn532_sim_put(&answer, "error the line is longer than %u bytes", PN532_LINE_SIZE_MAX);
        send_answer(client, &answer);
        drop(client);
    }
}

static void check_wait(struct pn532_client *client, const struct pn532_orders *orders)
{
    struct pn532_text answer;
    if (!client->wait.is_on)
        return;
    orders->check(orders->context, &client->wait, &answer);
    if (client->wait.is_on)
        return;
    send_answer(client, &answer);
    obey_lines(client, orders);
}

/* While a client waits and its buffer is full or its sending is over, it is not polled for reading. */
static bool is_readable(const struct pn532_client *client)
{
    return client->fd >= 0 && !client->is_ended && client->size < sizeof(client->line);
}

void pn532_control_poll(const struct pn532_control *control, struct pollfd *out_fds)
{
    out_fds[0] = (struct pollfd){.fd = control->listen_fd, .events = POLLIN};
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX; i++) {
        const struct pn532_client *client = &control->clients[i];
        out_fds[1 + i] = (struct pollfd){.fd = is_readable(client) ? client->fd : -1, .events = POLLIN};
    }
}

void pn532_control_serve(struct pn532_control *control, const struct pollfd *fds,
                         const struct pn532_orders *orders)
{
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX; i++) {
        struct pn532_client *client = &control->clients[i];
        if (fds[1 + i].fd >= 0 && fds[1 + i].revents != 0)
            read_client(client, orders);
        check_wait(client, orders);
        if (client->fd >= 0 && client->is_ended && !client->wait.is_on)
            drop(client);
    }
    if (fds[0].revents != 0)
        accept_client(control);
}

uint64_t pn532_control_wake_mono_us(const struct pn532_control *control)
{
    uint64_t wake = PN532_NEVER;
    for (size_t i = 0; i < PN532_CLIENT_COUNT_MAX; i++) {
        const struct pn532_wait *wait = &control->clients[i].wait;
        if (wait->is_on && wait->until_mono_us < wake)
            wake = wait->until_mono_us;
    }
    return wake;
}
