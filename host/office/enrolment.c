/* SPDX-License-Identifier: Apache-2.0 */
#include "office/enrolment.h"

/* What is answered: whoever has not proved the token learns nothing but "no". */
static const struct verdict_row {
    const char *name;
    kassa_EnrolStatus status;
} verdicts[] = {
    [ENROLMENT_CERTIFIED] = {"certified", kassa_EnrolStatus_ENROL_GRANTED},
    [ENROLMENT_TOLD_AGAIN] = {"told_again", kassa_EnrolStatus_ENROL_GRANTED},
    [ENROLMENT_UNKNOWN] = {"unknown", kassa_EnrolStatus_ENROL_REFUSED},
    [ENROLMENT_WRONG] = {"wrong_token", kassa_EnrolStatus_ENROL_REFUSED},
    [ENROLMENT_BLOCKED] = {"blocked", kassa_EnrolStatus_ENROL_REFUSED},
    [ENROLMENT_OTHERS] = {"another_till", kassa_EnrolStatus_ENROL_REFUSED},
    [ENROLMENT_OVER] = {"over", kassa_EnrolStatus_ENROL_OVER},
    [ENROLMENT_USED] = {"used", kassa_EnrolStatus_ENROL_USED},
};
_Static_assert(COUNT_OF(verdicts) == ENROLMENT_VERDICT_COUNT, "a row each");

const char *enrolment_verdict_name(enum enrolment_verdict verdict)
{
    return verdicts[verdict].name;
}

const char *enrolment_state_of(const crm_Invitation *row, int64_t now_unix_ms)
{
    if (row->used_unix_ms != 0)
        return "used";
    if (row->wrong >= ENROLMENT_WRONG_MAX)
        return "blocked";
    return now_unix_ms > row->until_unix_ms ? "over" : "open";
}

static bool is_same_key(const crm_Invitation *row, const uint8_t public_key[VAULT_PUBLIC_SIZE])
{
    return row->public_key.size == VAULT_PUBLIC_SIZE &&
           memcmp(row->public_key.bytes, public_key, VAULT_PUBLIC_SIZE) == 0;
}

/* In this order: what nobody may learn who has no token, then what its holder is told. */
static enum err judge(const struct enrolment *enrolment, const crm_Invitation *row,
                      const kassa_EnrolRequest *request, uint8_t out_public_key[VAULT_PUBLIC_SIZE],
                      enum enrolment_verdict *out)
{
    struct span der = span_of(request->request.bytes, request->request.size);
    char name[VAULT_NAME_MAX + 1];
    uint8_t right[HASH_SIZE];
    TRY(invitation_prove_request(row->proof_key.bytes, der, right));
    if (row->wrong >= ENROLMENT_WRONG_MAX)
        *out = ENROLMENT_BLOCKED;
    else if (!invitation_is_proof(right, span_of(request->proof.bytes, request->proof.size)))
        *out = ENROLMENT_WRONG;
    else if (vault_request_read(der, name, out_public_key) != ERR_OK || strcmp(name, row->till) != 0)
        *out = ENROLMENT_OTHERS;
    else if (enrolment->now_unix_ms > row->until_unix_ms)
        *out = ENROLMENT_OVER;
    else if (row->used_unix_ms == 0)
        *out = ENROLMENT_CERTIFIED;
    else
        *out = is_same_key(row, out_public_key) ? ENROLMENT_TOLD_AGAIN : ENROLMENT_USED;
    return ERR_OK;
}

enum err enrolment_look(const struct store_txn *txn, const kassa_EnrolRequest *request,
                        enum enrolment_asker *out)
{
    crm_Invitation row;
    uint8_t right[HASH_SIZE];
    enum err error =
        crm_invitation_get(txn, span_of(request->invitation.bytes, request->invitation.size), &row);
    *out = ENROLMENT_BY_STRANGER;
    if (error != ERR_OK || row.wrong >= ENROLMENT_WRONG_MAX)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    TRY(invitation_prove_request(row.proof_key.bytes, span_of(request->request.bytes, request->request.size),
                                 right));
    bool is_right = invitation_is_proof(right, span_of(request->proof.bytes, request->proof.size));
    *out = is_right ? ENROLMENT_BY_HOLDER : ENROLMENT_BY_GUESSER;
    return ERR_OK;
}

static enum err certify(const struct enrolment *enrolment, const struct store_txn *txn,
                        const uint8_t public_key[VAULT_PUBLIC_SIZE], crm_Invitation *row)
{
    struct vault_buffer der = {row->certificate.bytes, sizeof(row->certificate.bytes), 0};
    const struct authority_terms terms = {.use = VAULT_USE_CLIENT,
                                          .name = row->till,
                                          .address = "",
                                          .public_key = public_key,
                                          .days = enrolment->days,
                                          .now_unix_s = enrolment->now_unix_ms / 1000};
    crm_Certificate made;
    TRY(authority_certify(enrolment->authority, &terms, enrolment->random, &der, &made));
    TRY(crm_certificate_add(txn, &made));
    row->certificate.size = (pb_size_t)der.size;
    row->public_key.size = VAULT_PUBLIC_SIZE;
    memcpy(row->public_key.bytes, public_key, VAULT_PUBLIC_SIZE);
    row->used_unix_ms = enrolment->now_unix_ms;
    return ERR_OK;
}

/* A till that was revoked since does not get its certificate told again. */
static enum err is_still_in_force(const struct enrolment *enrolment, const struct store_txn *txn,
                                  const crm_Invitation *row, enum enrolment_verdict *verdict)
{
    bool is_in_force;
    if (*verdict != ENROLMENT_TOLD_AGAIN)
        return ERR_OK;
    TRY(crm_certificate_is_in_force(txn, row->till, enrolment->now_unix_ms, &is_in_force));
    if (!is_in_force)
        *verdict = ENROLMENT_USED;
    return ERR_OK;
}

static enum err grant(const crm_Invitation *row, kassa_EnrolAnswer *out)
{
    out->certificate.size = row->certificate.size;
    memcpy(out->certificate.bytes, row->certificate.bytes, row->certificate.size);
    out->sealed.size = row->sealed.size;
    memcpy(out->sealed.bytes, row->sealed.bytes, row->sealed.size);
    out->proof.size = HASH_SIZE;
    return invitation_prove_answer(row->proof_key.bytes, out, out->proof.bytes);
}

static enum err decide(const struct enrolment *enrolment, const struct store_txn *txn,
                       const kassa_EnrolRequest *request, crm_Invitation *row, enum enrolment_verdict *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    TRY(judge(enrolment, row, request, public_key, out));
    TRY(is_still_in_force(enrolment, txn, row, out));
    if (*out == ENROLMENT_CERTIFIED)
        TRY(certify(enrolment, txn, public_key, row));
    bool is_counted = *out == ENROLMENT_WRONG || *out == ENROLMENT_OTHERS;
    row->wrong += is_counted ? 1 : 0;
    return is_counted || *out == ENROLMENT_CERTIFIED ? crm_invitation_put(txn, row) : ERR_OK;
}

enum err enrolment_take(const struct enrolment *enrolment, const struct store_txn *txn,
                        const kassa_EnrolRequest *request, kassa_EnrolAnswer *out_answer,
                        struct enrolment_result *out_result)
{
    crm_Invitation row;
    struct enrolment_result result = {.verdict = ENROLMENT_UNKNOWN};
    *out_answer = (kassa_EnrolAnswer)kassa_EnrolAnswer_init_zero;
    enum err error =
        crm_invitation_get(txn, span_of(request->invitation.bytes, request->invitation.size), &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK) {
        TRY(decide(enrolment, txn, request, &row, &result.verdict));
        memcpy(result.till, row.till, sizeof(result.till));
    }
    out_answer->status = verdicts[result.verdict].status;
    if (out_answer->status == kassa_EnrolStatus_ENROL_GRANTED)
        TRY(grant(&row, out_answer));
    *out_result = result;
    return ERR_OK;
}
