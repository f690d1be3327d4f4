/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/gate.h"

#include <strings.h>
#include <sys/socket.h>

#include "base/hex.h"

#define US_PER_MS 1000

/* Of a role: so many at once, and one more each refill_ms; capacity 0: as many as it likes. */
static const struct rate {
    uint32_t capacity;
    uint32_t refill_ms;
} rates[API_ROLE_COUNT] = {
    [API_ROLE_POS] = {0, 1}, [API_ROLE_CASHIER] = {200, 10}, [API_ROLE_KIOSK] = {100, 20}};

/* A customer who tries numbers at a kiosk finds few members. */
#define TYPED_AT_ONCE   10
#define TYPED_REFILL_MS 6000
#define LINES_AT_ONCE   50
#define LINES_REFILL_MS 200

static const uint32_t deadline_ms[GATE_PHASE_COUNT] = {[GATE_HEAD] = GATE_HEAD_MS,
                                                       [GATE_BODY] = GATE_BODY_MS,
                                                       [GATE_ANSWER] = GATE_ANSWER_MS,
                                                       [GATE_IDLE] = GATE_IDLE_MS};

void gate_init(struct gate *gate)
{
    *gate = (struct gate){.typed_bucket = {TYPED_AT_ONCE, TYPED_REFILL_MS, 0, 0},
                          .log_bucket = {LINES_AT_ONCE, LINES_REFILL_MS, 0, 0}};
    for (size_t i = 0; i < COUNT_OF(gate->guests); i++)
        gate->guests[i].fd = -1;
    for (size_t i = 0; i < API_ROLE_COUNT; i++)
        gate->role_buckets[i] = (struct bucket){rates[i].capacity, rates[i].refill_ms, 0, 0};
}

/* ---- who is here */

static void send_away(struct gate_guest *guest)
{
    guest->is_sent_away = true;
    (void)shutdown(guest->fd, SHUT_RDWR);
}

/* The lower, the sooner it has to go; 0: not at all. */
static unsigned use_of(const struct gate_guest *guest)
{
    if (guest->is_sent_away || (guest->phase != GATE_HEAD && guest->phase != GATE_IDLE))
        return 0;
    return 1U + (guest->has_asked ? 1U : 0U) + (guest->has_token ? 2U : 0U);
}

static bool goes_before(const struct gate_guest *one, const struct gate_guest *other)
{
    if (other == NULL || use_of(one) != use_of(other))
        return other == NULL || use_of(one) < use_of(other);
    return one->since_us < other->since_us;
}

static void make_room(struct gate *gate, size_t door)
{
    struct gate_guest *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(gate->guests); i++) {
        struct gate_guest *guest = &gate->guests[i];
        if (guest->fd < 0 || guest->door != door)
            continue;
        count++;
        if (use_of(guest) > 0 && goes_before(guest, first))
            first = guest;
    }
    if (first == NULL || count + GATE_SPARE_COUNT < API_CONNECTIONS_MAX)
        return;
    gate->counts.displaced++;
    send_away(first);
}

struct gate_guest *gate_enter(struct gate *gate, size_t door, int fd, uint64_t now_us)
{
    make_room(gate, door);
    for (size_t i = 0; i < COUNT_OF(gate->guests); i++) {
        if (gate->guests[i].fd >= 0)
            continue;
        gate->guests[i] = (struct gate_guest){.fd = fd, .door = door, .phase = GATE_HEAD, .since_us = now_us};
        gate->counts.connections++;
        return &gate->guests[i];
    }
    return NULL;
}

void gate_leave(struct gate *gate, struct gate_guest *guest)
{
    if (guest == NULL)
        return;
    gate_release(gate, guest);
    guest->fd = -1;
    gate->counts.connections--;
}

void gate_set_phase(struct gate_guest *guest, enum gate_phase phase, uint64_t now_us)
{
    if (guest == NULL)
        return;
    guest->phase = phase;
    guest->since_us = now_us;
}

uint32_t gate_run(struct gate *gate, uint64_t now_us)
{
    uint64_t next_us = UINT64_MAX;
    for (size_t i = 0; i < COUNT_OF(gate->guests); i++) {
        struct gate_guest *guest = &gate->guests[i];
        if (guest->fd < 0 || guest->is_sent_away || deadline_ms[guest->phase] == 0)
            continue;
        uint64_t due_us = guest->since_us + (uint64_t)deadline_ms[guest->phase] * US_PER_MS;
        if (due_us > now_us) {
            next_us = due_us - now_us < next_us ? due_us - now_us : next_us;
            continue;
        }
        gate->counts.timed_out++;
        send_away(guest);
        next_us = 0; /* libmicrohttpd has its end to see */
    }
    uint64_t next_ms = next_us / US_PER_MS + (next_us % US_PER_MS != 0 ? 1 : 0);
    return next_ms < UINT32_MAX ? (uint32_t)next_ms : UINT32_MAX;
}

/* ---- what they may have */

bool gate_hold(struct gate *gate, struct gate_guest *guest, size_t size)
{
    if (guest == NULL)
        return true;
    if (size > GATE_HELD_BYTES_MAX - gate->held_bytes) {
        gate->counts.throttled++;
        return false;
    }
    gate->held_bytes += size;
    guest->held_bytes += size;
    return true;
}

void gate_release(struct gate *gate, struct gate_guest *guest)
{
    if (guest == NULL)
        return;
    gate->held_bytes -= guest->held_bytes;
    guest->held_bytes = 0;
}

/* All bytes are looked at, whichever is the first that differs. */
static bool is_same(const uint8_t one[API_TOKEN_SIZE], const uint8_t other[API_TOKEN_SIZE])
{
    uint8_t difference = 0;
    for (size_t i = 0; i < API_TOKEN_SIZE; i++)
        difference |= (uint8_t)(one[i] ^ other[i]);
    return difference == 0;
}

/* RFC 6750 2.1, with the scheme in any case (RFC 9110 11.1). */
enum api_role gate_role_of(const struct api_settings *settings, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    uint8_t token[API_TOKEN_SIZE];
    enum api_role found = API_ROLE_COUNT;
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return API_ROLE_COUNT;
    if (hex_read(span_of_text(authorization + sizeof scheme - 1), token, sizeof token) != ERR_OK)
        return API_ROLE_COUNT;
    for (size_t i = 0; i < API_ROLE_COUNT; i++) {
        if (is_same(settings->tokens[i], token))
            found = (enum api_role)i;
    }
    return found;
}

static bool take(struct gate *gate, struct bucket *bucket, uint64_t now_us)
{
    if (bucket->capacity == 0 || bucket_take(bucket, now_us / US_PER_MS))
        return true;
    gate->counts.throttled++;
    return false;
}

bool gate_may_ask(struct gate *gate, enum api_role role, uint64_t now_us)
{
    return take(gate, &gate->role_buckets[role], now_us);
}

bool gate_may_type(struct gate *gate, uint64_t now_us)
{
    return take(gate, &gate->typed_bucket, now_us);
}

bool gate_may_log(struct gate *gate, uint64_t now_us, uint64_t *out_silenced)
{
    gate->counts.refused++;
    if (!bucket_take(&gate->log_bucket, now_us / US_PER_MS)) {
        gate->silenced_count++;
        return false;
    }
    *out_silenced = gate->silenced_count;
    gate->silenced_count = 0;
    return true;
}
