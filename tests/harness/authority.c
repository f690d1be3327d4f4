/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/authority.h"

#include <stdio.h>

struct vault_certificate authority_terms(enum vault_use use, const char *name, uint8_t serial)
{
    struct vault_certificate terms = {.use = use,
                                      .serial = {0x80, [15] = serial},
                                      .from_unix_s = AUTHORITY_FROM_UNIX_S,
                                      .until_unix_s = AUTHORITY_UNTIL_UNIX_S};
    (void)snprintf(terms.name, sizeof(terms.name), "%s", name);
    return terms;
}

void authority_certify(struct authority_party *party, const struct vault_certificate *terms,
                       const struct authority_party *by)
{
    struct vault_certificate full = *terms;
    struct vault_issuer issuer = {by->pair.private_key, span_of(NULL, 0)};
    KASSA_ASSERT(vault_generate_key_pair(&party->pair) == ERR_OK);
    if (by != party)
        issuer.certificate = span_of(by->der, by->certificate.size);
    memcpy(full.public_key, party->pair.public_key, sizeof(full.public_key));
    party->certificate = (struct vault_buffer){party->der, sizeof(party->der), 0};
    KASSA_ASSERT(vault_certificate_make(&full, &issuer, &party->certificate) == ERR_OK);
}

void authority_write(const struct folder *folder, const char *name, struct span bytes, char out_path[128])
{
    folder_join(folder, name, out_path);
    FILE *file = fopen(out_path, "w");
    KASSA_ASSERT(file != NULL);
    KASSA_ASSERT(fwrite(bytes.bytes, 1, bytes.size, file) == bytes.size);
    KASSA_ASSERT(fclose(file) == 0);
}

void authority_write_pem(const struct folder *folder, const char *name, const char *label, struct span der,
                         char out_path[128])
{
    uint8_t bytes[4096];
    struct vault_buffer pem = {bytes, sizeof(bytes), 0};
    KASSA_ASSERT(vault_pem_write(label, der, &pem) == ERR_OK);
    authority_write(folder, name, span_of(bytes, pem.size), out_path);
}

struct authority_files authority_write_party(const struct folder *folder, const char *name,
                                             const struct authority_party *party)
{
    struct authority_files files;
    char file[64];
    uint8_t bytes[512];
    struct vault_buffer pem = {bytes, sizeof(bytes), 0};
    KASSA_ASSERT(vault_key_write(party->pair.private_key, &pem) == ERR_OK);
    (void)snprintf(file, sizeof(file), "%s.key", name);
    authority_write(folder, file, span_of(bytes, pem.size), files.key);
    (void)snprintf(file, sizeof(file), "%s.pem", name);
    authority_write_pem(folder, file, VAULT_PEM_CERTIFICATE, span_of(party->der, party->certificate.size),
                        files.certificate);
    return files;
}
