/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptor of a line to a broker on the loop.
 *
 * It may be another after any call that reaches the transport, and the same number may stand for another socket: polling is
 * paused before such calls and resumed after them. */
#include <stdlib.h>

#include "agent/agent.h"

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void agent_pause_polling(struct agent_polling *polling)
{
    if (polling->poll != NULL)
        (void)uv_poll_stop(polling->poll);
}

void agent_close_polling(struct agent_polling *polling)
{
    if (polling->poll == NULL)
        return;
    agent_pause_polling(polling);
    uv_close((uv_handle_t *)polling->poll, free_handle);
    polling->poll = NULL;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    bool has_failed = status < 0;
    (void)uv_poll_stop(poll);
    mosquitto_transport_step(poll->data, has_failed || (events & UV_READABLE) != 0,
                             has_failed || (events & UV_WRITABLE) != 0);
}

void agent_resume_polling(struct agent *agent, struct agent_polling *polling,
                          struct mosquitto_transport *transport)
{
    int fd = mosquitto_transport_descriptor(transport);
    if (polling->poll != NULL && fd != polling->fd)
        agent_close_polling(polling);
    if (fd < 0)
        return;
    if (polling->poll == NULL) {
        polling->poll = calloc(1, sizeof(*polling->poll));
        if (polling->poll == NULL || uv_poll_init(&agent->loop, polling->poll, fd) != 0) {
            free(polling->poll);
            polling->poll = NULL;
            return; /* the next turn tries again; the tick keeps the line alive */
        }
        polling->poll->data = transport;
        polling->fd = fd;
    }
    int events = UV_READABLE | (mosquitto_transport_wants_write(transport) ? UV_WRITABLE : 0);
    (void)uv_poll_start(polling->poll, events, on_ready);
}
