/* SPDX-License-Identifier: Apache-2.0 */
/* invitation.h - what head office gives a till that has no certificate yet: where to ask, whom to believe, and a
 * token that is good once. A file of some lines and the authority's certificates (include/kassa/SPEC.md
 * "Enrolment").
 *
 * Token    128 random bits, that only this file has. Its holder proves that he has it, and reads what is sealed
 *          under it; the hub keeps what the proof is checked with, from which the token cannot be found.
 * Threads  any, on their own objects. vault_open() first. */
#ifndef KASSA_OFFICE_INVITATION_H
#define KASSA_OFFICE_INVITATION_H

#include "kassa.pb.h"
#include "kassa/limits.h"
#include "vault/certificate.h"

#define INVITATION_TOKEN_SIZE 16
#define INVITATION_ID_SIZE    8
#define INVITATION_KEY_SIZE   32
#define INVITATION_HOST_MAX   63
#define INVITATION_SIZE_MAX   (VAULT_PEM_TEXT_MAX + 1024)

struct invitation {
    char till[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    char host[INVITATION_HOST_MAX + 1]; /* of the broker for enrolment, numeric */
    uint16_t port;
    int64_t until_unix_s; /* a whole minute */
    uint8_t token[INVITATION_TOKEN_SIZE];
    char authority_pem[VAULT_PEM_TEXT_MAX + 1]; /* one or more certificates */
};
void invitation_done(struct invitation *invitation); /* wipes the token; also for CLEANUP */

/* Writes the text and a NUL. ERR_TOO_LONG. */
NODISCARD
enum err invitation_write(const struct invitation *invitation, char *out, size_t capacity, size_t *out_size);

/* ERR_SYNTAX: no invitation, or not all of it: out_line says in which line. ERR_VERSION: a newer kind. */
NODISCARD
enum err invitation_read(struct span text, struct invitation *out, unsigned *out_line);

/* What comes of a token. */
struct invitation_keys {
    uint8_t id[INVITATION_ID_SIZE];     /* says which invitation it is */
    uint8_t proof[INVITATION_KEY_SIZE]; /* the hub keeps these two */
    uint8_t seal[INVITATION_KEY_SIZE];  /* nobody but head office while it invites, and the till */
};
void invitation_keys_done(struct invitation_keys *keys); /* wipes; also for CLEANUP */
NODISCARD
enum err invitation_keys_of(const uint8_t token[INVITATION_TOKEN_SIZE], struct invitation_keys *out);

/* Proofs under a token's key: of a request, and of an answer that grants. */
NODISCARD
enum err invitation_prove_request(const uint8_t proof_key[INVITATION_KEY_SIZE], struct span request_der,
                                  uint8_t out[HASH_SIZE]);
NODISCARD
enum err invitation_prove_answer(const uint8_t proof_key[INVITATION_KEY_SIZE],
                                 const kassa_EnrolAnswer *answer, uint8_t out[HASH_SIZE]);

/* Whether two proofs are the same, in a time that tells nothing about where they differ. */
bool invitation_is_proof(const uint8_t right[HASH_SIZE], struct span shown);

#endif
