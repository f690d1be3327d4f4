/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/broker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "office/broker_files.h"
#include "office/invitation.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"
#include "platform/mosquitto/mosquitto_transport.h"

#define PATH_SIZE   4096
#define CONF_MAX    16384
#define WAIT_MS     10000
#define STEP_MS     100
#define BACK_S      3600 /* that two clocks may differ by */
#define LIFE_S      60
#define KEEPALIVE_S 30
#define PROGRAM     "mosquitto"

static enum err read_text(const char *folder, const char *name, char *text, size_t capacity)
{
    char path[PATH_SIZE];
    size_t read;
    int size = snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof(path))
        return ERR_ARGUMENT;
    TRY(linux_file_read(path, (uint8_t *)text, capacity - 1, &read));
    text[read] = '\0';
    return ERR_OK;
}

/* The file may be left by one that is gone, whose number another program has now. */
static bool is_broker(long process)
{
    char folder[64], name[64] = "";
    FILE *file;
    (void)snprintf(folder, sizeof(folder), "/proc/%ld/comm", process);
    file = fopen(folder, "re");
    if (file == NULL)
        return false;
    bool is_one = fgets(name, sizeof(name), file) != NULL && strcmp(name, PROGRAM "\n") == 0;
    (void)fclose(file);
    return is_one;
}

enum err broker_reload(const char *folder)
{
    char text[64], *end;
    if (read_text(folder, BROKER_PROCESS_FILE, text, sizeof(text)) != ERR_OK)
        return ERR_NOT_FOUND;
    errno = 0;
    long process = strtol(text, &end, 10);
    if (end == text || errno != 0 || process <= 1 || !is_broker(process))
        return ERR_NOT_FOUND;
    if (kill((pid_t)process, SIGHUP) == 0)
        return ERR_OK;
    return errno == EPERM ? ERR_STATE : ERR_NOT_FOUND;
}

/* ---- the other's session */

/* A file without a name: a key that is good for a minute need not reach a disk. */
struct hidden {
    int fd;
    char path[64];
};

static void hidden_close(struct hidden *hidden)
{
    if (hidden->fd >= 0)
        (void)close(hidden->fd);
}

static enum err hide(struct span bytes, struct hidden *out)
{
    out->fd = memfd_create("kassa", MFD_CLOEXEC);
    if (out->fd < 0)
        return ERR_IO;
    (void)snprintf(out->path, sizeof(out->path), "/proc/self/fd/%d", out->fd);
    ssize_t written = write(out->fd, bytes.bytes, bytes.size);
    return written >= 0 && (size_t)written == bytes.size ? ERR_OK : ERR_IO;
}

static enum err draw_terms(const char *name, const struct vault_key_pair *pair, struct vault_certificate *out)
{
    struct clock clock = linux_clock();
    struct random random = linux_random();
    int64_t now = clock.ops->wall_unix_ms(clock.self) / 1000;
    *out = (struct vault_certificate){
        .use = VAULT_USE_CLIENT, .from_unix_s = now - BACK_S, .until_unix_s = now + LIFE_S};
    size_t size = strlen(name);
    if (size > VAULT_NAME_MAX)
        return ERR_ARGUMENT;
    memcpy(out->name, name, size + 1);
    memcpy(out->public_key, pair->public_key, sizeof(out->public_key));
    TRY(random.fill(random.self, out->serial, sizeof(out->serial)));
    out->serial[0] = (uint8_t)((out->serial[0] & 0x7f) | 0x40);
    return ERR_OK;
}

/* The store never hears of it: the hub lets nobody in with it. */
static enum err make_pair(const struct authority *authority, const char *name, struct hidden *certificate,
                          struct hidden *key)
{
    struct vault_key_pair pair;
    struct vault_certificate terms;
    uint8_t der_bytes[VAULT_CERTIFICATE_SIZE_MAX], pem_bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer der = {der_bytes, sizeof(der_bytes), 0}, pem = {pem_bytes, sizeof(pem_bytes), 0};
    const struct vault_issuer issuer = {authority->private_key, span_of(authority->der, authority->der_size)};
    TRY(vault_generate_key_pair(&pair));
    TRY(draw_terms(name, &pair, &terms));
    TRY(vault_certificate_make(&terms, &issuer, &der));
    TRY(vault_pem_write(VAULT_PEM_CERTIFICATE, span_of(der.bytes, der.size), &pem));
    TRY(hide(span_of(pem.bytes, pem.size), certificate));
    TRY(vault_key_write(pair.private_key, &pem));
    enum err error = hide(span_of(pem.bytes, pem.size), key);
    vault_wipe(pem_bytes, sizeof(pem_bytes));
    vault_wipe(&pair, sizeof(pair));
    return error;
}

/* "listener 8883 10.0.0.5", as `kassa broker files` writes it. */
static enum err read_place(const char *folder, char out_host[INVITATION_HOST_MAX + 1], uint16_t *out_port)
{
    char text[CONF_MAX];
    unsigned port;
    if (read_text(folder, BROKER_CONF_FILE, text, sizeof(text)) != ERR_OK)
        return ERR_NOT_FOUND;
    const char *line = strstr(text, "\nlistener ");
    if (line == NULL || sscanf(line, "\nlistener %5u %63s", &port, out_host) != 2 || port == 0 ||
        port > UINT16_MAX)
        return ERR_NOT_FOUND;
    *out_port = (uint16_t)port;
    return ERR_OK;
}

static void note_connected(void *context)
{
    *(bool *)context = true;
}

static void forget(void *context, enum err reason)
{
    (void)context;
    (void)reason;
}

static void ignore(void *context, struct span topic, struct span payload)
{
    (void)context;
    (void)topic;
    (void)payload;
}

static enum err connect_once(const struct mosquitto_settings *settings)
{
    struct mosquitto_transport *line CLEANUP(mosquitto_transport_closep) = NULL;
    bool is_connected = false;
    const struct transport_handler handler = {
        .connected = note_connected, .disconnected = forget, .message = ignore, .context = &is_connected};
    struct clock clock = linux_clock();
    TRY(mosquitto_transport_open(settings, &line));
    struct transport transport = mosquitto_transport_as_transport(line);
    transport.ops->bind(transport.self, &handler);
    uint64_t end = clock.ops->mono_ms(clock.self) + WAIT_MS;
    while (!is_connected && clock.ops->mono_ms(clock.self) < end) {
        (void)transport.ops->connect(transport.self, /* will= */ NULL); /* ERR_STATE: it is on its way */
        struct pollfd ready = {.fd = mosquitto_transport_descriptor(line), .events = POLLIN};
        if (mosquitto_transport_wants_write(line))
            ready.events |= POLLOUT;
        if (poll(&ready, ready.fd >= 0 ? 1 : 0, STEP_MS) > 0)
            mosquitto_transport_step(line, (ready.revents & ~POLLOUT) != 0, (ready.revents & POLLOUT) != 0);
    }
    return is_connected ? ERR_OK : ERR_TIMEOUT;
}

enum err broker_throw_out(const char *folder, const struct authority *authority, const char *name)
{
    struct hidden certificate CLEANUP(hidden_close) = {.fd = -1}, key CLEANUP(hidden_close) = {.fd = -1};
    char host[INVITATION_HOST_MAX + 1], ca_file[PATH_SIZE];
    uint16_t port;
    TRY(read_place(folder, host, &port));
    int size = snprintf(ca_file, sizeof(ca_file), "%s/" BROKER_AUTHORITY_FILE, folder);
    if (size < 0 || (size_t)size >= sizeof(ca_file))
        return ERR_ARGUMENT;
    TRY(make_pair(authority, name, &certificate, &key));
    const struct mosquitto_settings settings = {.host = host,
                                                .port = port,
                                                .client_id = name,
                                                .ca_file = ca_file,
                                                .certificate_file = certificate.path,
                                                .key_file = key.path,
                                                .keepalive_s = KEEPALIVE_S};
    return connect_once(&settings);
}
