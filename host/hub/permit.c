/* SPDX-License-Identifier: Apache-2.0 */
/* permit.c - who may send a long backlog: a bounded number of tills at once, the smallest backlogs first. */
#include "hub/internal.h"

#define SMALL_BACKLOG     2000 /* records: permitted at once, whoever else is draining */
#define DRAIN_THROTTLE_MS 1000
#define WAIT_MS           (2 * DRAIN_THROTTLE_MS) /* who has not asked again by then does not wait any more */

void hub_set_draining(struct hub *hub, struct session *session, bool is_draining)
{
    if (session->is_draining != is_draining)
        hub->draining += is_draining ? 1 : UINT32_MAX; /* one less */
    session->is_draining = is_draining;
}

/* Of those who asked a moment ago: how many have less to send. */
static uint32_t count_smaller(const struct hub *hub, const struct session *session, uint64_t backlog)
{
    uint32_t count = 0;
    for (size_t i = 0; i < HUB_WAITING_MAX; i++) {
        const struct waiting *row = &hub->waiting[i];
        count += row->session != NULL && row->session != session && row->until_mono_ms > hub_now(hub) &&
                 row->backlog < backlog;
    }
    return count;
}

static void forget_waiting(struct hub *hub, const struct session *session)
{
    for (size_t i = 0; i < HUB_WAITING_MAX; i++) {
        if (hub->waiting[i].session == session)
            hub->waiting[i] = (struct waiting){.session = NULL};
    }
}

/* The smallest ones are remembered: they are the next. */
static void remember_waiting(struct hub *hub, struct session *session, uint64_t backlog)
{
    struct waiting *place = NULL;
    for (size_t i = 0; i < HUB_WAITING_MAX; i++) {
        struct waiting *row = &hub->waiting[i];
        bool is_free = row->session == NULL || row->until_mono_ms <= hub_now(hub);
        if (is_free) {
            place = row;
            break;
        }
        if (row->backlog > backlog && (place == NULL || row->backlog > place->backlog))
            place = row;
    }
    if (place != NULL)
        *place = (struct waiting){session, backlog, hub_now(hub) + WAIT_MS};
}

void hub_permit(struct hub *hub, struct session *session, const kassa_TillState *state, kassa_Ack *ack)
{
    uint64_t backlog =
        ack->status == kassa_AckStatus_ACK_OK && state->last_seq > ack->hw ? state->last_seq - ack->hw : 0;
    bool is_long = backlog > SMALL_BACKLOG;
    bool has_turn = hub->draining + count_smaller(hub, session, backlog) < hub->options.drain_tills_max;
    bool may_drain = is_long && (session->is_draining || has_turn);
    hub_set_draining(hub, session, may_drain);
    forget_waiting(hub, session);
    if (!is_long || may_drain)
        return;
    remember_waiting(hub, session, backlog);
    ack->status = kassa_AckStatus_ACK_THROTTLE;
    ack->throttle_ms = DRAIN_THROTTLE_MS;
}
