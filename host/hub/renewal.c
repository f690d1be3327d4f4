/* SPDX-License-Identifier: Apache-2.0 */
/* A till renews its certificate over the session that the one before it has opened. */
#include "base/log.h"
#include "hub/internal.h"
#include "office/authority.h"

/* Who it is that asks is the broker's word, which counts only where it wants certificates itself. */
static kassa_RenewStatus judge(struct hub *hub, struct session *session, const kassa_Request *request)
{
    char name[VAULT_NAME_MAX + 1];
    struct span der = span_of(request->question.renew.bytes, request->question.renew.size);
    if (hub->parts.authority == NULL || !hub->options.wants_certificates)
        return kassa_RenewStatus_RENEW_UNSUPPORTED;
    session->renewals.capacity = HUB_RENEWALS_MAX;
    session->renewals.refill_ms = HUB_RENEWAL_MS;
    bool is_granted = bucket_take(&session->renewals, hub_now(hub)) &&
                      vault_request_read(der, name, session->renewal_key) == ERR_OK &&
                      strcmp(name, session->till) == 0;
    return is_granted ? kassa_RenewStatus_RENEW_GRANTED : kassa_RenewStatus_RENEW_REFUSED;
}

void hub_take_renewal(struct hub *hub, struct session *session, const kassa_Request *request)
{
    session->wants_renewal = true;
    session->renewal_id = request->id;
    session->renewal_status = judge(hub, session, request);
    hub_sessions_make_ready(&hub->sessions, session);
}

static enum err certify(struct hub *hub, const struct session *session, int64_t now_unix_ms,
                        kassa_Renewed *out)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    struct vault_buffer der = {out->certificate.bytes, sizeof(out->certificate.bytes), 0};
    struct authority_terms terms = {.use = VAULT_USE_CLIENT,
                                    .name = session->till,
                                    .address = "",
                                    .public_key = session->renewal_key,
                                    .days = hub->options.certificate_days,
                                    .now_unix_s = now_unix_ms / 1000};
    bool is_in_force;
    crm_Certificate row;
    TRY(store_begin(hub->parts.store, STORE_WRITE, &txn));
    TRY(crm_certificate_is_in_force(&txn, session->till, now_unix_ms, &is_in_force));
    if (!is_in_force)
        return ERR_STATE;
    TRY(authority_certify(hub->parts.authority, &terms, hub->parts.random, &der, &row));
    TRY(crm_certificate_add(&txn, &row));
    TRY(store_commit(&txn));
    out->certificate.size = (pb_size_t)der.size;
    out->status = kassa_RenewStatus_RENEW_GRANTED;
    return ERR_OK;
}

static void log_answer(const struct session *session, kassa_RenewStatus status, enum err error)
{
    if (status == kassa_RenewStatus_RENEW_GRANTED)
        log_event(LOG_LEVEL_NOTICE, "till.certified", "till=%s", session->till);
    else
        log_event(LOG_LEVEL_WARNING, "till.not_certified", "till=%s reason=%s", session->till,
                  status == kassa_RenewStatus_RENEW_UNSUPPORTED ? "no_authority" : err_name(error));
}

/* The row stays where its answer is lost: the till asks again. */
enum err hub_send_renewal(struct hub *hub, struct session *session)
{
    struct wire_answer answer;
    struct clock clock = hub->parts.clock;
    enum err error = ERR_ARGUMENT; /* of a request that was refused at once */
    memset(&answer, 0, sizeof(answer));
    answer.head.request = session->renewal_id;
    answer.kind = WIRE_ANSWER_RENEWED;
    answer.renewed.status = session->renewal_status;
    session->wants_renewal = false;
    if (session->renewal_status == kassa_RenewStatus_RENEW_GRANTED) {
        error = certify(hub, session, clock.ops->wall_unix_ms(clock.self), &answer.renewed);
        if (error != ERR_OK)
            answer.renewed = (kassa_Renewed){.status = kassa_RenewStatus_RENEW_REFUSED};
    }
    log_answer(session, answer.renewed.status, error);
    hub->counters.renewals += answer.renewed.status == kassa_RenewStatus_RENEW_GRANTED ? 1 : 0;
    return hub_publish_answer(hub, session, &answer);
}
