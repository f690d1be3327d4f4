/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/crc32c.h"
#include "hub/internal.h"

#define SLOTS_MAX 4096

/* A power of two: one a till, as long as that is not many. */
static size_t slots_for(size_t count_max)
{
    size_t slots = 16;
    while (slots < count_max && slots < SLOTS_MAX)
        slots *= 2;
    return slots;
}

enum err hub_sessions_open(struct sessions *sessions, size_t count_max)
{
    size_t slot_count = slots_for(count_max);
    struct session **slots = calloc(slot_count, sizeof(struct session *));
    if (slots == NULL)
        return ERR_MEMORY;
    *sessions = (struct sessions){.slots = slots, .slot_count = slot_count, .count_max = count_max};
    return ERR_OK;
}

void hub_sessions_close(struct sessions *sessions)
{
    for (size_t i = 0; i < sessions->slot_count; i++) {
        struct session *session = sessions->slots[i];
        while (session != NULL) {
            struct session *next = session->next_of_slot;
            free(session);
            session = next;
        }
    }
    free(sessions->slots);
    *sessions = (struct sessions){.slots = NULL};
}

static struct session **slot_of(const struct sessions *sessions, const char *till)
{
    return &sessions->slots[crc32c(0, span_of_text(till)) % sessions->slot_count];
}

struct session *hub_sessions_find(const struct sessions *sessions, const char *till)
{
    struct session *session = *slot_of(sessions, till);
    while (session != NULL && strcmp(session->till, till) != 0)
        session = session->next_of_slot;
    return session;
}

struct session *hub_sessions_get(struct sessions *sessions, const char *till)
{
    struct session *session = hub_sessions_find(sessions, till);
    if (session != NULL || sessions->count >= sessions->count_max)
        return session;
    session = calloc(1, sizeof(*session));
    if (session == NULL)
        return NULL;
    memcpy(session->till, till, strnlen(till, TILL_ID_MAX));
    struct session **slot = slot_of(sessions, till);
    session->next_of_slot = *slot;
    *slot = session;
    sessions->count++;
    return session;
}

void hub_sessions_make_ready(struct sessions *sessions, struct session *session)
{
    if (session->is_ready)
        return;
    session->is_ready = true;
    session->next_ready = NULL;
    if (sessions->ready_last == NULL)
        sessions->ready_first = session;
    else
        sessions->ready_last->next_ready = session;
    sessions->ready_last = session;
}

struct session *hub_sessions_take_ready(struct sessions *sessions)
{
    struct session *session = sessions->ready_first;
    if (session == NULL)
        return NULL;
    sessions->ready_first = session->next_ready;
    if (sessions->ready_first == NULL)
        sessions->ready_last = NULL;
    session->is_ready = false;
    return session;
}

void hub_sessions_visit(const struct sessions *sessions, hub_visit_session *visit, void *context)
{
    for (size_t i = 0; i < sessions->slot_count; i++) {
        for (struct session *session = sessions->slots[i]; session != NULL; session = session->next_of_slot)
            visit(context, session);
    }
}
