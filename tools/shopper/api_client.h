/* SPDX-License-Identifier: Apache-2.0 */
/* api_client.h - a POS's side of a till's local API: calls, and the event stream beside them. One thread a
 * client. Requests and events go through one libcurl multi handle, so that events are taken up while a call
 * waits. */
#ifndef KASSA_SHOPPER_API_CLIENT_H
#define KASSA_SHOPPER_API_CLIENT_H

#include <jansson.h>

#include "base/base.h"

struct api_client; /* opaque */

/* url is the API's root ("http://127.0.0.1:8631"). Connects to the event stream at the first need and again
 * whenever it breaks. ERR_MEMORY. */
NODISCARD
enum err api_client_open(const char *url, struct api_client **out);
void api_client_close(struct api_client *client);

struct api_answer {
    int status;   /* HTTP's */
    json_t *body; /* the caller's to json_decref; NULL if it was none */
};

/* One call; body may be NULL (it stays the caller's), key too. ERR_CLOSED: the till did not answer (nothing
 * is known of what became of the call). */
NODISCARD
enum err api_client_call(struct api_client *client, const char *method, const char *path, const json_t *body,
                         const char *key, struct api_answer *out);

/* Forgets all events that came so far. */
void api_client_clear_events(struct api_client *client);

/* Waits for an event of one of the types (a list that ends with NULL); what came before it is dropped.
 * *out_data is the caller's to json_decref. ERR_TIMEOUT: none came in time. */
NODISCARD
enum err api_client_wait_event(struct api_client *client, const char *const *types, unsigned timeout_ms,
                               const char **out_type, json_t **out_data, int64_t *out_mono_us);

int64_t api_client_mono_us(void);
int64_t api_client_unix_ms(void);

#endif
