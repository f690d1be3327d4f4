/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/api_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EVENTS_MAX      64
#define RECONNECT_MS    200
#define CALL_TIMEOUT_MS 20000L
#define URL_SIZE_MAX    512

struct text {
    char *bytes;
    size_t size;
    size_t capacity;
};

struct event {
    char type[32];
    json_t *data;
    int64_t mono_us;
};

struct api_client {
    char url[URL_SIZE_MAX];
    CURLM *multi;
    CURL *call;
    CURL *stream; /* NULL: not connected */
    struct curl_slist *stream_headers;
    int64_t reconnect_mono_us;
    struct text stream_text; /* what has come of the event that is not whole yet */
    char last_id[96];
    struct event events[EVENTS_MAX];
    size_t event_count;
};

int64_t api_client_mono_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t api_client_unix_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t append(char *bytes, size_t size, size_t count, void *user)
{
    struct text *text = user;
    size_t more = size * count;
    if (text->size + more + 1 > text->capacity) {
        size_t capacity = 2 * (text->size + more + 1);
        char *larger = realloc(text->bytes, capacity);
        if (larger == NULL)
            return 0;
        text->bytes = larger;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->size, bytes, more);
    text->size += more;
    text->bytes[text->size] = '\0';
    return more;
}

static void add_event(struct api_client *client, const char *type, json_t *data)
{
    if (client->event_count == EVENTS_MAX) { /* nobody waited for the oldest */
        json_decref(client->events[0].data);
        memmove(client->events, client->events + 1, (EVENTS_MAX - 1) * sizeof(struct event));
        client->event_count--;
    }
    struct event *event = &client->events[client->event_count++];
    (void)snprintf(event->type, sizeof(event->type), "%s", type);
    event->data = data;
    event->mono_us = api_client_mono_us();
}

/* One event as the stream has it: lines "id: ...", "event: ...", "data: ..." (HTML standard, 9.2.6). */
static void take_event(struct api_client *client, char *text)
{
    const char *type = "message", *data = NULL;
    char *rest = text;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "event: ", 7) == 0)
            type = line + 7;
        else if (strncmp(line, "data: ", 6) == 0)
            data = line + 6;
        else if (strncmp(line, "id: ", 4) == 0)
            (void)snprintf(client->last_id, sizeof(client->last_id), "%s", line + 4);
    }
    json_t *parsed = data == NULL ? NULL : json_loads(data, JSON_REJECT_DUPLICATES, NULL);
    if (parsed != NULL)
        add_event(client, type, parsed);
}

static size_t on_stream(char *bytes, size_t size, size_t count, void *user)
{
    struct api_client *client = user;
    struct text *text = &client->stream_text;
    size_t taken = append(bytes, size, count, text);
    char *end;
    while (text->size > 0 && (end = strstr(text->bytes, "\n\n")) != NULL) {
        *end = '\0';
        size_t used = (size_t)(end - text->bytes) + 2;
        take_event(client, text->bytes);
        memmove(text->bytes, text->bytes + used, text->size - used + 1);
        text->size -= used;
    }
    return taken;
}

static void disconnect_stream(struct api_client *client)
{
    if (client->stream != NULL) {
        (void)curl_multi_remove_handle(client->multi, client->stream);
        curl_easy_cleanup(client->stream);
        curl_slist_free_all(client->stream_headers);
    }
    client->stream = NULL;
    client->stream_headers = NULL;
    client->stream_text.size = 0;
    client->reconnect_mono_us = api_client_mono_us() + RECONNECT_MS * 1000;
}

static void connect_stream(struct api_client *client)
{
    if (client->stream != NULL || api_client_mono_us() < client->reconnect_mono_us)
        return;
    client->stream = curl_easy_init();
    if (client->stream == NULL)
        return;
    char url[URL_SIZE_MAX + 16], last_id[128];
    (void)snprintf(url, sizeof(url), "%s/v1/events", client->url);
    client->stream_headers = curl_slist_append(NULL, "Accept: text/event-stream");
    if (client->last_id[0] != '\0') {
        (void)snprintf(last_id, sizeof(last_id), "Last-Event-ID: %s", client->last_id);
        client->stream_headers = curl_slist_append(client->stream_headers, last_id);
    }
    curl_easy_setopt(client->stream, CURLOPT_URL, url);
    curl_easy_setopt(client->stream, CURLOPT_HTTPHEADER, client->stream_headers);
    curl_easy_setopt(client->stream, CURLOPT_WRITEFUNCTION, on_stream);
    curl_easy_setopt(client->stream, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(client->stream, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(client->stream, CURLOPT_NOSIGNAL, 1L);
    (void)curl_multi_add_handle(client->multi, client->stream);
}

enum err api_client_open(const char *url, struct api_client **out)
{
    struct api_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return ERR_MEMORY;
    (void)snprintf(client->url, sizeof(client->url), "%s", url);
    client->multi = curl_multi_init();
    client->call = curl_easy_init();
    if (client->multi == NULL || client->call == NULL) {
        api_client_close(client);
        return ERR_MEMORY;
    }
    *out = client;
    return ERR_OK;
}

void api_client_close(struct api_client *client)
{
    if (client == NULL)
        return;
    disconnect_stream(client);
    api_client_clear_events(client);
    free(client->stream_text.bytes);
    curl_easy_cleanup(client->call);
    (void)curl_multi_cleanup(client->multi);
    free(client);
}

/* Lets libcurl work for up to timeout_ms; returns true once the handle's transfer is done, with
 * its result. */
static bool pump(struct api_client *client, const CURL *handle, int timeout_ms, CURLcode *out_result)
{
    int running, left;
    connect_stream(client);
    (void)curl_multi_perform(client->multi, &running);
    bool done = false;
    for (CURLMsg *message = curl_multi_info_read(client->multi, &left); message != NULL;
         message = curl_multi_info_read(client->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        if (message->easy_handle == handle) {
            *out_result = message->data.result;
            done = true;
        } else {
            disconnect_stream(client);
        }
    }
    if (!done)
        (void)curl_multi_poll(client->multi, NULL, 0, timeout_ms, NULL);
    return done;
}

static struct curl_slist *call_headers(const char *key)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    if (key != NULL) {
        char line[160];
        (void)snprintf(line, sizeof(line), "Idempotency-Key: %s", key);
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

static CURLcode transfer(struct api_client *client)
{
    CURLcode result = CURLE_OPERATION_TIMEDOUT;
    (void)curl_multi_add_handle(client->multi, client->call);
    while (!pump(client, client->call, 100, &result))
        ;
    (void)curl_multi_remove_handle(client->multi, client->call);
    return result;
}

enum err api_client_call(struct api_client *client, const char *method, const char *path, const json_t *body,
                         const char *key, struct api_answer *out)
{
    char url[2 * URL_SIZE_MAX];
    struct text answer = {0};
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = call_headers(key);
    (void)snprintf(url, sizeof(url), "%s%s", client->url, path);
    curl_easy_reset(client->call);
    curl_easy_setopt(client->call, CURLOPT_URL, url);
    curl_easy_setopt(client->call, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(client->call, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client->call, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(client->call, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(client->call, CURLOPT_TIMEOUT_MS, CALL_TIMEOUT_MS);
    curl_easy_setopt(client->call, CURLOPT_NOSIGNAL, 1L);
    if (text != NULL)
        curl_easy_setopt(client->call, CURLOPT_POSTFIELDS, text);
    CURLcode result = transfer(client);
    long status = 0;
    curl_easy_getinfo(client->call, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK)
        *out = (struct api_answer){(int)status, answer.size == 0 ? NULL : json_loads(answer.bytes, 0, NULL)};
    free(text);
    free(answer.bytes);
    curl_slist_free_all(headers);
    return result == CURLE_OK ? ERR_OK : ERR_CLOSED;
}

void api_client_clear_events(struct api_client *client)
{
    for (size_t i = 0; i < client->event_count; i++)
        json_decref(client->events[i].data);
    client->event_count = 0;
}

static bool is_one_of(const char *type, const char *const *types, const char **out_type)
{
    for (; *types != NULL; types++) {
        if (strcmp(type, *types) == 0) {
            *out_type = *types;
            return true;
        }
    }
    return false;
}

static bool take_waiting(struct api_client *client, const char *const *types, const char **out_type,
                         json_t **out_data, int64_t *out_mono_us)
{
    for (size_t i = 0; i < client->event_count; i++) {
        struct event *event = &client->events[i];
        if (!is_one_of(event->type, types, out_type))
            continue;
        *out_data = event->data;
        *out_mono_us = event->mono_us;
        for (size_t k = 0; k < i; k++)
            json_decref(client->events[k].data);
        client->event_count -= i + 1;
        memmove(client->events, event + 1, client->event_count * sizeof(*event));
        return true;
    }
    return false;
}

enum err api_client_wait_event(struct api_client *client, const char *const *types, unsigned timeout_ms,
                               const char **out_type, json_t **out_data, int64_t *out_mono_us)
{
    int64_t deadline_us = api_client_mono_us() + (int64_t)timeout_ms * 1000;
    while (!take_waiting(client, types, out_type, out_data, out_mono_us)) {
        int64_t left_us = deadline_us - api_client_mono_us();
        if (left_us <= 0)
            return ERR_TIMEOUT;
        CURLcode ignored;
        (void)pump(client, NULL, (int)(left_us / 1000 < 50 ? left_us / 1000 + 1 : 50), &ignored);
    }
    return ERR_OK;
}
