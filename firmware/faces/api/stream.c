/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - server-sent events (WHATWG HTML 9.2): what happened, numbered, and again for who missed some.
 *
 * A stream without a word to say is suspended, since libmicrohttpd would ask for ever; every event resumes
 * all. libmicrohttpd aborts when it is stopped with a suspended connection, so they are all ended first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "faces/api/answers.h"
#include "faces/api/internal.h"

#define BLOCK_SIZE 16384

static void forget_stream(struct stream *stream)
{
    free(stream->prelude);
    *stream = (struct stream){0};
}

static void on_stream_done(void *context)
{
    forget_stream(context);
}

static ssize_t copy_part(struct span text, size_t *sent, char *out, size_t size_max)
{
    size_t left = text.size - *sent;
    size_t size = left < size_max ? left : size_max;
    memcpy(out, text.bytes + *sent, size);
    *sent += size;
    return (ssize_t)size;
}

static ssize_t read_event(struct stream *stream, char *out, size_t size_max)
{
    struct span text = ring_get(&stream->api->ring, stream->number);
    if (text.bytes == NULL) /* it fell behind: it shall come again and begin anew */
        return MHD_CONTENT_READER_END_OF_STREAM;
    ssize_t size = copy_part(text, &stream->sent, out, size_max);
    if (stream->sent == text.size) {
        stream->number++;
        stream->sent = 0;
    }
    return size;
}

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t size_max)
{
    (void)position;
    struct stream *stream = context;
    if (stream->is_ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->prelude_sent < stream->prelude_size)
        return copy_part(span_of(stream->prelude, stream->prelude_size), &stream->prelude_sent, out,
                         size_max);
    if (stream->number <= stream->api->ring.newest)
        return read_event(stream, out, size_max);
    stream->is_suspended = true;
    MHD_suspend_connection(stream->connection);
    return 0;
}

void stream_wake_all(struct api *api)
{
    for (size_t i = 0; i < API_STREAMS_MAX; i++) {
        struct stream *stream = &api->streams[i];
        if (stream->connection == NULL || !stream->is_suspended)
            continue;
        stream->is_suspended = false;
        MHD_resume_connection(stream->connection);
    }
}

void stream_end_all(struct api *api)
{
    for (size_t i = 0; i < API_STREAMS_MAX; i++)
        api->streams[i].is_ending = true;
    stream_wake_all(api);
}

void stream_keep_alive(struct api *api)
{
    const struct api_world *world = &api->settings.world;
    uint64_t now_us = world->mono_us(world->self);
    if (now_us - api->kept_alive_us < KEEP_ALIVE_MS * UINT64_C(1000) || api_stream_count(api) == 0)
        return;
    api->kept_alive_us = now_us;
    ring_add(&api->ring, span_of_text(":\n\n"));
    stream_wake_all(api);
}

unsigned api_stream_count(const struct api *api)
{
    unsigned count = 0;
    for (size_t i = 0; i < API_STREAMS_MAX; i++)
        count += api->streams[i].connection != NULL;
    return count;
}

/* ------------------------------------------------------------------------------------------ adding events */

/* Data that is whole stands in api->answer from EVENT_HEAD_MAX on; the head is put before it. */
#define EVENT_HEAD_MAX 96

static size_t write_head(const struct api *api, uint64_t number, const char *type, char out[EVENT_HEAD_MAX])
{
    return (size_t)snprintf(out, EVENT_HEAD_MAX,
                            "id: %016" PRIx64 "-%" PRIu64 "\nevent: %s\ndata: ", api->boot_id, number, type);
}

void stream_add(struct api *api, const char *type, const struct emitter *data)
{
    char head[EVENT_HEAD_MAX];
    size_t head_size = write_head(api, api->ring.newest + 1, type, head);
    size_t size = head_size + data->used + 2;
    if (data->is_full || data->used + 2 + EVENT_HEAD_MAX > ANSWER_SIZE_MAX) {
        ring_add(&api->ring, span_of(api->answer, RING_SIZE + 1)); /* too large: who follows begins anew */
        return;
    }
    memmove(api->answer + head_size, data->text, data->used);
    memcpy(api->answer, head, head_size);
    memcpy(api->answer + size - 2, "\n\n", 2);
    ring_add(&api->ring, span_of(api->answer, size));
    stream_wake_all(api);
}

/* ---------------------------------------------------------------------------------------------- beginning */

/* Where the follower stands, by its Last-Event-ID; 0: nowhere that can be gone on from. */
static uint64_t last_event_of(const struct call *call)
{
    const struct api *api = call->api;
    const char *id = MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, "Last-Event-ID");
    uint64_t boot = 0;
    uint64_t number = 0;
    char end = '\0';
    if (id == NULL || strlen(id) > 40 ||
        sscanf(id, "%16" SCNx64 "-%20" SCNu64 "%c", &boot, &number, &end) != 2)
        return 0;
    bool is_kept = boot == api->boot_id && number <= api->ring.newest && number + 1 >= api->ring.oldest;
    return is_kept ? number : 0;
}

static size_t size_of_missed(const struct api *api, uint64_t from)
{
    size_t size = 0;
    for (uint64_t number = from; number <= api->ring.newest; number++)
        size += ring_get(&api->ring, number).size;
    return size;
}

/* What it missed, then the whole truth under the newest number. */
static enum err write_prelude(struct call *call, struct stream *stream)
{
    struct api *api = call->api;
    char head[EVENT_HEAD_MAX + 32];
    uint64_t last = last_event_of(call);
    uint64_t from = last == 0 ? api->ring.newest + 1 : last + 1;
    struct emitter state = emitter_of(api->answer, ANSWER_SIZE_MAX);
    answer_state(&state, api->settings.till, &api->settings.world);
    if (state.is_full)
        return ERR_FULL;
    int retry_size = snprintf(head, sizeof head, "retry: %d\n\n", RETRY_MS);
    size_t head_size = (size_t)retry_size;
    size_t missed_size = size_of_missed(api, from);
    uint8_t *prelude = malloc(head_size + missed_size + EVENT_HEAD_MAX + state.used + 2);
    if (prelude == NULL)
        return ERR_MEMORY;
    memcpy(prelude, head, head_size);
    size_t size = head_size;
    for (uint64_t number = from; number <= api->ring.newest; number++) {
        struct span text = ring_get(&api->ring, number);
        memcpy(prelude + size, text.bytes, text.size);
        size += text.size;
    }
    head_size = write_head(api, api->ring.newest, "state", head);
    memcpy(prelude + size, head, head_size);
    memcpy(prelude + size + head_size, state.text, state.used);
    memcpy(prelude + size + head_size + state.used, "\n\n", 2);
    stream->prelude = prelude;
    stream->prelude_size = size + head_size + state.used + 2;
    return ERR_OK;
}

static struct stream *find_place(struct api *api)
{
    for (size_t i = 0; i < API_STREAMS_MAX; i++) {
        if (api->streams[i].connection == NULL)
            return &api->streams[i];
    }
    return NULL;
}

enum err stream_begin(struct call *call, struct MHD_Response **out_response)
{
    struct stream *stream = find_place(call->api);
    if (stream == NULL)
        return ERR_BUSY;
    *stream = (struct stream){.api = call->api, .number = call->api->ring.newest + 1};
    TRY(write_prelude(call, stream));
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_stream, stream, on_stream_done);
    if (response == NULL) {
        forget_stream(stream);
        return ERR_MEMORY;
    }
    stream->connection = call->connection;
    (void)MHD_add_response_header(response, "Content-Type", "text/event-stream");
    *out_response = response;
    return ERR_OK;
}
