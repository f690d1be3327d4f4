/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crc32c.h"
#include "card/code.h"
#include "counter.h"
#include "harness/ok.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS  20
#define ROUNDS    250 /* five seconds */
#define READ_SIZE 65536

static uint64_t mono_us(void *self)
{
    (void)self;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct api_reader_info get_reader(void *self)
{
    (void)self;
    return (struct api_reader_info){.state = "ready", .what = "a reader"};
}

static struct api_sync_info get_sync(void *self)
{
    (void)self;
    return (struct api_sync_info){false, "offline", 3, "off"};
}

static bool is_peer_allowed(void *self, int fd)
{
    return fd >= 0 && ((struct counter *)self)->is_peer_allowed;
}

static void notify(void *self, enum till_event event, const struct till_outcome *outcome)
{
    struct counter *counter = self;
    if (counter->api != NULL)
        api_tell(counter->api, event, outcome);
}

static int listen_tcp(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static struct sockaddr_un unix_address(const struct counter *counter)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", counter->unix_path);
    return address;
}

static int listen_unix(const struct counter *counter)
{
    struct sockaddr_un address = unix_address(counter);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static enum err name_anew(void *self, struct span text, char out[API_NAME_SIZE])
{
    (void)self;
    (void)snprintf(out, API_NAME_SIZE, "named-%08x", crc32c(0, text));
    return ERR_OK;
}

/* till-2 is gone, till-3 is there; nobody else is known here. */
static enum err free_claims(void *self, const char *till, uint64_t *out_freed)
{
    (void)self;
    *out_freed = 2;
    return strcmp(till, "till-2") == 0 ? ERR_OK : strcmp(till, "till-3") == 0 ? ERR_BUSY : ERR_NOT_FOUND;
}

/* Numbers, links, and Alice's code with a time ("KD1:" and its step), as an agent's scanner would. */
static enum err read_code(void *self, struct span text, struct card_identity *out)
{
    static const char head[] = "KD1:";
    struct counter *counter = self;
    const struct card_code_settings settings = card_code_settings_default();
    struct card_links links = {.count = 0};
    const struct card_code_rules rules = {
        .numbers = &till_get_settings(counter->desk->till)->numbers, .settings = &settings, .links = &links};
    ok(card_links_add(&links, span_of_text("loyalty.example/c/")));
    if (text.size < sizeof head || memcmp(text.bytes, head, sizeof head - 1) != 0)
        return card_read_code(text, &rules, out);
    *out = (struct card_identity){.technology = READER_DYNAMIC, .trust = CARD_TRUST_PROVEN};
    (void)snprintf(out->text, sizeof out->text, DESK_ALICE);
    out->freshness = (struct reader_freshness){.kind = READER_FRESH_TIME, .value = text.bytes[text.size - 1]};
    return ERR_OK;
}

/* Each step once, but for the last as long as somebody is here. */
static enum err take_proof(void *self, struct card_identity *identity)
{
    struct counter *counter = self;
    uint64_t value = identity->freshness.value;
    bool is_here = till_get_member(counter->desk->till) != NULL && counter->taken == value;
    if (value <= counter->taken && !is_here)
        return ERR_CONFLICT;
    counter->taken = value;
    if (counter->is_disk_failing)
        identity->trust = CARD_TRUST_STATIC;
    return ERR_OK;
}

static struct api_card_refused get_refused(void *self)
{
    return ((const struct counter *)self)->refused;
}

static int set_up(void **state, bool needs_token)
{
    struct counter *counter = calloc(1, sizeof *counter);
    assert_non_null(counter);
    (void)desk_setup((void **)&counter->desk);
    counter->is_peer_allowed = true;
    folder_join(&counter->desk->folder, "pos.sock", counter->unix_path);
    struct api_settings settings = {.origins = {"https://pos.example"},
                                    .origin_count = 1,
                                    .world = {counter, mono_us, get_reader, get_sync, is_peer_allowed,
                                              name_anew, free_claims, read_code, take_proof, get_refused},
                                    .till = counter->desk->till,
                                    .needs_token = needs_token};
    for (size_t i = 0; i < API_ROLE_COUNT; i++)
        memset(settings.tokens[i], (int)(0x11 * (i + 1)), API_TOKEN_SIZE);
    settings.tcp_fd = listen_tcp(&counter->port);
    settings.port = counter->port;
    settings.unix_fd = listen_unix(counter);
    ((struct till_settings *)(uintptr_t)till_get_settings(counter->desk->till))->listener =
        (struct till_listener){counter, notify};
    ok(api_open(&settings, &counter->api));
    *state = counter;
    return 0;
}

int counter_setup(void **state)
{
    return set_up(state, false);
}

int counter_setup_guarded(void **state)
{
    return set_up(state, true);
}

int counter_teardown(void **state)
{
    struct counter *counter = *state;
    struct api *api = TAKE(counter->api);
    api_close(api);
    (void)desk_teardown((void **)&counter->desk);
    free(counter);
    return 0;
}

int counter_connect(struct counter *counter)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(counter->port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

int counter_connect_unix(struct counter *counter)
{
    struct sockaddr_un address = unix_address(counter);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* One round of the loop; what came on fd is added to body. False: the other side ended it. */
static bool run_round(struct counter *counter, int fd, size_t *used)
{
    int fds[API_FDS];
    uint32_t wait_ms = api_run(counter->api);
    api_fds(counter->api, fds);
    struct pollfd polled[] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}, {fd, POLLIN, 0}};
    (void)poll(polled, 3, wait_ms < ROUND_MS ? (int)wait_ms : ROUND_MS);
    if (polled[2].revents == 0)
        return true;
    size_t room = sizeof counter->body - 1 - *used;
    ssize_t size = recv(fd, counter->body + *used, room < READ_SIZE ? room : READ_SIZE, 0);
    if (size <= 0)
        return false;
    *used += (size_t)size;
    counter->body[*used] = '\0';
    return true;
}

bool counter_wait_for(struct counter *counter, int fd, const char *text)
{
    size_t used = 0;
    counter->body[0] = '\0';
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool is_open = run_round(counter, fd, &used);
        if (strstr(counter->body, text) != NULL)
            return true;
        if (!is_open)
            return false;
    }
    return false;
}

static void split_answer(struct counter *counter)
{
    char *end = strstr(counter->body, "\r\n\r\n");
    assert_non_null(end);
    *end = '\0';
    (void)snprintf(counter->head, sizeof counter->head, "%.8000s", counter->body);
    memmove(counter->body, end + 4, strlen(end + 4) + 1);
    assert_int_equal(sscanf(counter->head, "HTTP/1.1 %u", &counter->status), 1);
}

static void send_on(struct counter *counter, int fd, const char *request, size_t size)
{
    size_t sent = 0, used = 0;
    counter->body[0] = '\0';
    for (unsigned round = 0; round < ROUNDS; round++) {
        ssize_t part = send(fd, request + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += part > 0 ? (size_t)part : 0;
        if (!run_round(counter, fd, &used))
            break;
    }
    (void)close(fd);
    split_answer(counter);
}

void counter_send(struct counter *counter, const char *request, size_t size)
{
    send_on(counter, counter_connect(counter), request, size);
}

void counter_ask(struct counter *counter, const char *method, const char *path, const char *headers,
                 const char *body)
{
    size_t body_size = body == NULL ? 0 : strlen(body);
    char *request = malloc(body_size + 1024);
    assert_non_null(request);
    int head =
        snprintf(request, 1024, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n%s%s", method,
                 path, counter->port, body == NULL ? "" : "Content-Type: application/json\r\n", headers);
    head += snprintf(request + head, 1024 - (size_t)head, "Content-Length: %zu\r\n\r\n", body_size);
    if (body != NULL)
        memcpy(request + head, body, body_size);
    counter_send(counter, request, (size_t)head + body_size);
    free(request);
}

bool counter_says(const struct counter *counter, const char *part)
{
    return strstr(counter->body, part) != NULL;
}
