/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/service/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/service/probe.h"

#define BEATS_A_WATCHDOG 4  /* sd_watchdog_enabled(3) advises two: a slow disk may cost one */
#define LOOKS_A_BEAT     16 /* for the answer of a disk that is late */

struct service {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_size;
    struct clock clock;
    struct probe *probe; /* NULL: no disk is looked at */
    uint64_t beat_ms;    /* 0: nobody watches */
    uint64_t watchdog_ms;
    uint64_t due_mono_ms;
    bool is_stopping;
    char status[SERVICE_STATUS_MAX + 1]; /* that was told last */
};

/* "/path", or "@name" of a socket without a file (unix(7)). */
static enum err read_address(struct service *service, const char *text)
{
    size_t size = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || size < 2 || size >= sizeof(service->address.sun_path))
        return ERR_ARGUMENT;
    service->address.sun_family = AF_UNIX;
    memcpy(service->address.sun_path, text, size);
    if (text[0] == '@')
        service->address.sun_path[0] = '\0';
    service->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return ERR_OK;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* WATCHDOG_PID: for whom it is meant; a wrapper's child is not watched. */
static uint64_t read_watchdog_ms(void)
{
    uint64_t us = 0, pid = 0;
    const char *whose = getenv("WATCHDOG_PID");
    if (!read_number(getenv("WATCHDOG_USEC"), &us))
        return 0;
    if (whose != NULL && (!read_number(whose, &pid) || pid != (uint64_t)getpid()))
        return 0;
    return us / 1000;
}

static void forget_environment(void)
{
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)unsetenv(names[i]);
}

static enum err set_up(struct service *service, const char *folder, const char *address)
{
    uint64_t watchdog_ms = read_watchdog_ms();
    TRY(read_address(service, address));
    service->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (service->fd < 0)
        return ERR_IO;
    if (watchdog_ms == 0)
        return ERR_OK;
    service->watchdog_ms = watchdog_ms;
    service->beat_ms = watchdog_ms / BEATS_A_WATCHDOG + 1;
    return folder == NULL ? ERR_OK : probe_open(folder, &service->probe);
}

enum err service_open(const char *folder, struct clock clock, struct service **out_service)
{
    const char *address = getenv("NOTIFY_SOCKET");
    struct service *service CLEANUP(service_closep) = calloc(1, sizeof(*service));
    if (service == NULL)
        return ERR_MEMORY;
    service->fd = -1;
    service->clock = clock;
    enum err error = address == NULL ? ERR_OK : set_up(service, folder, address);
    forget_environment();
    if (error != ERR_OK)
        return error;
    *out_service = TAKE(service);
    return ERR_OK;
}

bool service_is_heard(const struct service *service)
{
    return service != NULL && service->fd >= 0;
}

/* Connected, so that a process that may name no address any more is still heard. */
static void find_manager(const struct service *service)
{
    (void)connect(service->fd, (const struct sockaddr *)&service->address, service->address_size);
}

/* A manager that takes no more for the moment misses a sign of life: the next one follows. One that was started anew has
 * another socket at the same address. */
static void tell(const struct service *service, const char *text)
{
    if (!service_is_heard(service))
        return;
    if (send(service->fd, text, strlen(text), MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
        return;
    find_manager(service);
    (void)send(service->fd, text, strlen(text), MSG_NOSIGNAL);
}

void service_tell_ready(struct service *service)
{
    tell(service, "READY=1");
}

void service_tell_stopping(struct service *service)
{
    if (service == NULL || service->is_stopping)
        return;
    service->is_stopping = true;
    tell(service, "STOPPING=1");
}

/* A line's end would begin another assignment. */
static void copy_line(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
    for (char *at = out; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' ';
    }
}

void service_tell_status(struct service *service, const char *sentence)
{
    char line[SERVICE_STATUS_MAX + 1];
    char text[SERVICE_STATUS_MAX + sizeof("STATUS=")];
    if (!service_is_heard(service))
        return;
    copy_line(line, sizeof(line), sentence);
    if (strcmp(line, service->status) == 0)
        return;
    memcpy(service->status, line, sizeof(line));
    (void)snprintf(text, sizeof(text), "STATUS=%s", line);
    tell(service, text);
}

uint64_t service_beat(struct service *service, bool is_well)
{
    if (service == NULL || service->beat_ms == 0)
        return UINT64_MAX;
    uint64_t now = service->clock.ops->mono_ms(service->clock.self);
    if (now < service->due_mono_ms)
        return service->due_mono_ms - now;
    uint64_t wait_ms = service->beat_ms / LOOKS_A_BEAT + 1;
    bool does_disk_answer = service->probe == NULL || probe_has_answered(service->probe);
    if (is_well && does_disk_answer) {
        tell(service, "WATCHDOG=1");
        wait_ms = service->beat_ms;
        if (service->probe != NULL)
            probe_ask(service->probe);
    }
    service->due_mono_ms = now + wait_ms;
    return wait_ms;
}

/* sd_notify(3): WATCHDOG_USEC sets the manager's patience anew; it is counted from the next sign of life. */
void service_ask_patience(struct service *service, uint64_t ms)
{
    char text[64];
    if (service == NULL || service->beat_ms == 0)
        return;
    (void)snprintf(text, sizeof(text), "WATCHDOG_USEC=%" PRIu64 "\nWATCHDOG=1",
                   (ms == 0 ? service->watchdog_ms : ms) * 1000);
    tell(service, text);
}

void service_close(struct service *service)
{
    if (service == NULL)
        return;
    probe_close(service->probe);
    if (service->fd >= 0)
        (void)close(service->fd);
    free(service);
}

void service_closep(struct service **service)
{
    service_close(*service);
}
