/* SPDX-License-Identifier: Apache-2.0 */
/* The broker lets in whom the chain has certified. One that was revoked since keeps its session there: the hub
 * itself takes nothing more from it, and tells it nothing. */
#include "base/log.h"
#include "hub/internal.h"

#define LOOK_MS 1000 /* a revocation holds after this */

static enum err look(struct hub *hub, struct session *session)
{
    struct clock clock = hub->parts.clock;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    bool was_certified = session->is_certified;
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_certificate_is_in_force(&txn, session->till, clock.ops->wall_unix_ms(clock.self),
                                    &session->is_certified));
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
