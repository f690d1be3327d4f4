/* SPDX-License-Identifier: Apache-2.0 */
/* The local API on the loop. */
#include <stdio.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/hex.h"
#include "platform/linux/linux_listen.h"

static uint64_t mono_us(void *self)
{
    (void)self;
    return uv_hrtime() / 1000;
}

static void list_readers(const struct agent_readers *readers, struct api_reader_info *out)
{
    for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
        const struct agent_reader *reader = &readers->all[i];
        if (reader->minder == NULL)
            continue;
        out->all[out->count++] =
            (struct api_one_reader){.number = (uint8_t)(i + 1),
                                    .state = minder_state_name(minder_state_of(reader->minder)),
                                    .what = reader->what,
                                    .has_card = minder_has_card(reader->minder),
                                    .silent_ms = minder_silence_ms(reader->minder),
                                    .pace_us = minder_pace_us(reader->minder)};
    }
}

static void list_times(const struct agent_readers *readers, struct api_reader_info *out)
{
    for (size_t i = 0; i < COUNT_OF(readers->times); i++) {
        const struct read_times *times = &readers->times[i];
        if (times->count > 0)
            out->times[out->times_count++] =
                (struct api_read_times){card_technology_name((enum reader_technology)i),
                                        times->count,
                                        times->total_us / times->count,
                                        read_times_quantile(times, 50),
                                        read_times_quantile(times, 99),
                                        times->max_us};
    }
}

static void list_refusals(const struct agent_readers *readers, struct api_reader_info *out)
{
    for (size_t i = 0; i < COUNT_OF(readers->refusals); i++)
        if (readers->refusals[i] > 0 && out->refusals_count < API_REFUSALS_MAX)
            out->refusals[out->refusals_count++] =
                (struct api_refusals){card_tag_refusal((enum err)i), readers->refusals[i]};
}

_Static_assert(AGENT_READERS_MAX <= API_READERS_MAX && (int)READER_TECHNOLOGY_COUNT <= API_TECHNOLOGIES_MAX,
               "room for all of them");

static struct api_reader_info get_reader(void *self)
{
    const struct agent *agent = self;
    const struct agent_reader *best = agent_best_reader(agent);
    struct api_reader_info info = {.state = "none", .what = "no reader is set"};
    if (best == NULL)
        return info;
    info.state = minder_state_name(minder_state_of(best->minder));
    info.what = best->what;
    list_readers(&agent->readers, &info);
    list_times(&agent->readers, &info);
    list_refusals(&agent->readers, &info);
    return info;
}

static struct api_sync_info get_sync(void *self)
{
    const struct agent *agent = self;
    struct sync_status status;
    sync_get_status(agent->line.sync, &status);
    return (struct api_sync_info){.is_connected = status.state == SYNC_LIVE || status.state == SYNC_WAITING,
                                  .state = sync_state_name(status.state),
                                  .backlog = status.backlog,
                                  .store = agent_store_state(agent)};
}

static struct api_card_refused get_refused(void *self)
{
    const struct agent *agent = self;
    const struct agent_refused *refused = &agent->readers.refused;
    uint64_t ago_ms = (mono_us(self) - refused->since_us) / 1000;
    if (refused->why == ERR_OK || ago_ms >= AGENT_REFUSED_MS)
        return (struct api_card_refused){.reason = NULL};
    return (struct api_card_refused){card_tag_reason(refused->why), card_tag_refusal(refused->why),
                                     refused->reader, ago_ms};
}

static bool is_peer_allowed(void *self, int connection_fd)
{
    (void)self;
    return linux_peer_is_ours(connection_fd);
}

#define NAMED_MAX 512 /* longer than any key, basket or coupon */

/* Under the oldest pepper, which stays the longest; without any, a plain hash. */
static enum err name_anew(void *self, struct span text, char out[API_NAME_SIZE])
{
    static const char prefix[] = "kassa name";
    static const uint8_t none[VAULT_PEPPER_SIZE];
    const struct vault_peppers *peppers = &((const struct agent *)self)->peppers;
    uint8_t bytes[sizeof(prefix) + NAMED_MAX], hash[HASH_SIZE];
    if (text.size > NAMED_MAX)
        return ERR_TOO_LONG;
    memcpy(bytes, prefix, sizeof(prefix));
    memcpy(bytes + sizeof(prefix), text.bytes, text.size);
    TRY(vault_keyed_hash(peppers->count == 0 ? none : peppers->rows[peppers->count - 1].bytes,
                         span_of(bytes, sizeof(prefix) + text.size), hash));
    hex_write(span_of(hash, (API_NAME_SIZE - 1) / 2), out);
    return ERR_OK;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct agent *agent = poll->data;
    agent->has_news = true; /* the turn that follows lets the API work */
}

uint64_t agent_turn_faces(struct agent *agent)
{
    agent->has_news = false;
    return api_run(agent->faces.api);
}

/* The sockets are taken before the till writes that it started: a port that is taken leaves no record. */
enum err agent_listen(struct agent *agent, struct agent_fault *fault)
{
    const struct agent_settings *settings = &agent->settings;
    struct agent_faces *faces = &agent->faces;
    char what[32];
    faces->unix_fd = -1;
    enum err error = linux_listen_loopback((uint16_t)settings->api_port, &faces->tcp_fd, &faces->port);
    (void)snprintf(what, sizeof(what), "127.0.0.1:%u", (unsigned)settings->api_port);
    if (error != ERR_OK)
        return agent_fail(fault, error, what,
                          error == ERR_BUSY
                              ? "another program has this port: end it, or choose another api.port"
                              : err_sentence(error));
    if (settings->api_socket[0] == '\0')
        return ERR_OK;
    error = linux_listen_unix(settings->api_socket, &faces->unix_fd);
    faces->has_socket = error == ERR_OK;
    if (error == ERR_OK)
        return ERR_OK;
    return agent_fail(
        fault, error, settings->api_socket,
        error == ERR_BUSY     ? "another program listens there: end it, or choose another api.socket"
        : error == ERR_EXISTS ? "a file that is no socket stands there: choose another api.socket"
                              : err_sentence(error));
}

static void poll_api(struct agent *agent)
{
    int fds[API_FDS];
    api_fds(agent->faces.api, fds);
    for (size_t i = 0; i < API_FDS; i++) {
        uv_poll_t *poll = &agent->faces.polls[i];
        agent->faces.is_polled[i] = fds[i] >= 0 && uv_poll_init(&agent->loop, poll, fds[i]) == 0;
        if (!agent->faces.is_polled[i])
            continue;
        poll->data = agent;
        (void)uv_poll_start(poll, UV_READABLE, on_readable);
    }
}

enum err agent_open_faces(struct agent *agent, struct agent_fault *fault)
{
    struct api_settings settings = {.tcp_fd = agent->faces.tcp_fd,
                                    .port = agent->faces.port,
                                    .unix_fd = agent->faces.unix_fd,
                                    .origin_count = agent->origins.count,
                                    .world = {agent, mono_us, get_reader, get_sync, is_peer_allowed,
                                              name_anew, agent_free_claims, agent_read_code, agent_take_proof,
                                              get_refused},
                                    .till = agent->till};
    for (size_t i = 0; i < agent->origins.count; i++)
        settings.origins[i] = agent->origins.entries[i];
    TRY(agent_read_tokens(agent, &settings, fault));
    enum err error = api_open(&settings, &agent->faces.api);
    if (error != ERR_OK)
        return agent_fail(fault, error, "api", err_sentence(error));
    poll_api(agent);
    return ERR_OK;
}

void agent_close_faces(struct agent *agent)
{
    for (size_t i = 0; i < API_FDS; i++) {
        if (agent->faces.is_polled[i])
            uv_close((uv_handle_t *)&agent->faces.polls[i], NULL);
    }
    api_close(agent->faces.api);
    agent->faces.api = NULL;
    if (agent->faces.has_socket)
        (void)unlink(agent->settings.api_socket);
    agent->faces.has_socket = false;
}
