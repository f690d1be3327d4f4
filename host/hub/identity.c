/* SPDX-License-Identifier: Apache-2.0 */
/* The broker lets in whom the chain has certified. One that was revoked since keeps its session there: the hub
 * itself takes nothing more from it, and tells it nothing. */
#include "base/log.h"
#include "hub/internal.h"

#define LOOK_MS 1000 /* a revocation holds after this */

/* In the burst's transaction if one is open: a store has one at a time. */
static enum err ask(struct hub *hub, struct session *session, int64_t now_unix_ms)
{
    struct store_txn own CLEANUP(store_abort) = {.handle = NULL};
    const struct store_txn *txn = &hub->txn;
    if (hub->txn.handle == NULL) {
        TRY(store_begin(hub->parts.store, STORE_READ, &own));
        txn = &own;
    }
    return crm_certificate_is_in_force(txn, session->till, now_unix_ms, &session->is_certified);
}

static enum err look(struct hub *hub, struct session *session)
{
    struct clock clock = hub->parts.clock;
    bool was_certified = session->is_certified;
    TRY(ask(hub, session, clock.ops->wall_unix_ms(clock.self)));
    if (was_certified && !session->is_certified)
        log_event(LOG_LEVEL_WARNING, "till.shut_out", "till=%s", session->till);
    session->look_due_mono_ms = hub_now(hub) + LOOK_MS;
    return ERR_OK;
}

enum err hub_check_identity(struct hub *hub, struct session *session)
{
    if (!hub->options.wants_certificates)
        return ERR_OK;
    if (hub_now(hub) >= session->look_due_mono_ms)
        TRY(look(hub, session));
    return session->is_certified ? ERR_OK : ERR_SIGNATURE;
}

void hub_silence(struct session *session)
{
    session->has_ack = session->has_answer = session->has_reservation = false;
    session->wants_receipt = session->wants_gift = session->wants_manifest = session->wants_members = false;
    session->wants_renewal = false;
    session->is_online = false;
    session->pull_version = 0;
}
