/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm/tpm.h"

#include <stdlib.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

/* What one call uses; closed by close_room whatever was opened. */
struct tpm_room {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
    ESYS_TR storage_key, session, object;
};

static void forget(struct tpm_room *room, ESYS_TR handle)
{
    if (handle != ESYS_TR_NONE)
        (void)Esys_FlushContext(room->esys, handle); /* or the TPM runs out of places at some later call */
}

static void close_room(struct tpm_room *room)
{
    if (room->esys != NULL) {
        forget(room, room->object);
        forget(room, room->session);
        forget(room, room->storage_key);
        Esys_Finalize(&room->esys);
    }
    if (room->tcti != NULL)
        Tss2_TctiLdr_Finalize(&room->tcti);
}

static void free_any(void *pointer)
{
    Esys_Free(*(void **)pointer);
}

static void free_secret(TPM2B_SENSITIVE_DATA **secret)
{
    if (*secret != NULL)
        explicit_bzero(*secret, sizeof(**secret));
    Esys_Free(*secret);
}

/* TCG "TCG TPM v2.0 Provisioning Guidance" 7.5.1: a storage key, P-256 in place of RSA. Restricted, so that it opens
 * nothing but what belongs to it. */
static TPM2B_PUBLIC storage_template(void)
{
    return (TPM2B_PUBLIC){
        .publicArea = {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_FIXEDTPM |
                                TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                                TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
            .parameters.eccDetail = {
                .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
                .scheme = {.scheme = TPM2_ALG_NULL},
                .curveID = TPM2_ECC_NIST_P256,
                .kdf = {.scheme = TPM2_ALG_NULL}}}};
}

static TPM2B_PUBLIC sealed_template(void)
{
    return (TPM2B_PUBLIC){.publicArea = {.type = TPM2_ALG_KEYEDHASH,
                                         .nameAlg = TPM2_ALG_SHA256,
                                         .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                                             TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
                                         .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL}};
}

static TSS2_RC make_storage_key(struct tpm_room *room)
{
    const TPM2B_SENSITIVE_CREATE no_secret = {.size = 0};
    const TPM2B_PUBLIC template = storage_template();
    const TPM2B_DATA no_data = {.size = 0};
    const TPML_PCR_SELECTION no_state = {.count = 0};
    return Esys_CreatePrimary(room->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                              &no_secret, &template, &no_data, &no_state, &room->storage_key, NULL, NULL,
                              NULL, NULL);
}

/* Salted with the storage key: who listens on the way to the chip learns nothing. */
static TSS2_RC open_session(struct tpm_room *room)
{
    const TPMT_SYM_DEF symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
    const TPMA_SESSION both_ways = TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION;
    TSS2_RC rc =
        Esys_StartAuthSession(room->esys, room->storage_key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &symmetric, TPM2_ALG_SHA256, &room->session);
    return rc != TSS2_RC_SUCCESS ? rc : Esys_TRSess_SetAttributes(room->esys, room->session, both_ways, 0xff);
}

static enum err open_room(const struct tpm *tpm, struct tpm_room *room)
{
    if (Tss2_TctiLdr_Initialize(tpm->tcti, &room->tcti) != TSS2_RC_SUCCESS ||
        Esys_Initialize(&room->esys, room->tcti, NULL) != TSS2_RC_SUCCESS ||
        make_storage_key(room) != TSS2_RC_SUCCESS || open_session(room) != TSS2_RC_SUCCESS)
        return ERR_IO;
    return ERR_OK;
}

static enum err op_seal(void *self, struct span secret, uint8_t *out, size_t capacity, size_t *out_size)
{
    struct tpm_room room CLEANUP(close_room) = {
        .storage_key = ESYS_TR_NONE, .session = ESYS_TR_NONE, .object = ESYS_TR_NONE};
    TPM2B_PRIVATE *private CLEANUP(free_any) = NULL;
    TPM2B_PUBLIC *public CLEANUP(free_any) = NULL;
    TPM2B_SENSITIVE_CREATE sensitive = {.size = 0};
    const TPM2B_PUBLIC template = sealed_template();
    const TPM2B_DATA no_data = {.size = 0};
    const TPML_PCR_SELECTION no_state = {.count = 0};
    if (secret.size == 0 || secret.size > SEALER_SECRET_MAX)
        return ERR_TOO_LONG;
    TRY(open_room(self, &room));
    sensitive.sensitive.data.size = (UINT16)secret.size;
    memcpy(sensitive.sensitive.data.buffer, secret.bytes, secret.size);
    TSS2_RC rc = Esys_Create(room.esys, room.storage_key, ESYS_TR_PASSWORD, room.session, ESYS_TR_NONE,
                             &sensitive, &template, &no_data, &no_state, &private, &public, NULL, NULL, NULL);
    explicit_bzero(&sensitive, sizeof(sensitive));
    if (rc != TSS2_RC_SUCCESS)
        return ERR_IO;
    size_t size = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(public, out, capacity, &size) != TSS2_RC_SUCCESS ||
        Tss2_MU_TPM2B_PRIVATE_Marshal(private, out, capacity, &size) != TSS2_RC_SUCCESS)
        return ERR_TOO_LONG;
    *out_size = size;
    return ERR_OK;
}

static enum err read_sealed(struct span sealed, TPM2B_PUBLIC *out_public, TPM2B_PRIVATE *out_private)
{
    size_t at = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed.bytes, sealed.size, &at, out_public) != TSS2_RC_SUCCESS ||
        Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed.bytes, sealed.size, &at, out_private) != TSS2_RC_SUCCESS)
        return ERR_SYNTAX;
    return at == sealed.size ? ERR_OK : ERR_SYNTAX;
}

/* The TPM's own refusals (layer 0) are about what was handed in; all else is about the way to it. */
static enum err err_of_load(TSS2_RC rc)
{
    if (rc == TSS2_RC_SUCCESS)
        return ERR_OK;
    bool is_busy = (rc & ~(TSS2_RC)0xff) == TPM2_RC_WARN;
    return (rc & TSS2_RC_LAYER_MASK) == TSS2_TPM_RC_LAYER && !is_busy ? ERR_SIGNATURE : ERR_IO;
}

static enum err op_unseal(void *self, struct span sealed, uint8_t *out, size_t capacity, size_t *out_size)
{
    struct tpm_room room CLEANUP(close_room) = {
        .storage_key = ESYS_TR_NONE, .session = ESYS_TR_NONE, .object = ESYS_TR_NONE};
    TPM2B_PUBLIC public = {.size = 0};
    TPM2B_PRIVATE private = {.size = 0};
    TPM2B_SENSITIVE_DATA *secret CLEANUP(free_secret) = NULL;
    TRY(read_sealed(sealed, &public, &private));
    TRY(open_room(self, &room));
    TRY(err_of_load(Esys_Load(room.esys, room.storage_key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                              &private, &public, &room.object)));
    TRY(err_of_load(
        Esys_Unseal(room.esys, room.object, ESYS_TR_PASSWORD, room.session, ESYS_TR_NONE, &secret)));
    if (secret->size > capacity)
        return ERR_TOO_LONG;
    memcpy(out, secret->buffer, secret->size);
    *out_size = secret->size;
    return ERR_OK;
}

struct sealer tpm_as_sealer(struct tpm *tpm)
{
    return (struct sealer){op_seal, op_unseal, tpm};
}
