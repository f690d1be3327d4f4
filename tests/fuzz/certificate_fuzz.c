/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and requests as a till's enrolment and an operator's files bring them: an error, or what can be
 * written again and read the same. The first byte chooses the parser. */
#include <stdlib.h>

#include "vault/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_certificate(struct span der)
{
    struct vault_certificate read = {.name = "untouched"};
    if (vault_certificate_read(der, &read) == ERR_OK)
        expect(strnlen(read.name, sizeof(read.name)) <= VAULT_NAME_MAX && read.name[0] != '\0');
    else
        expect(strcmp(read.name, "untouched") == 0);
}

static void try_request(struct span der)
{
    char name[VAULT_NAME_MAX + 1] = "untouched";
    uint8_t key[VAULT_PUBLIC_SIZE];
    if (vault_request_read(der, name, key) == ERR_OK)
        expect(vault_certificate_check(der, key) == ERR_OK);
    else
        expect(strcmp(name, "untouched") == 0);
}

static void try_pem(struct span text)
{
    uint8_t bytes[VAULT_PEM_SIZE_MAX], key[VAULT_PRIVATE_SIZE];
    struct vault_buffer out = {bytes, sizeof(bytes), 0};
    if (vault_pem_read(VAULT_PEM_CERTIFICATE, text, &out) == ERR_OK)
        try_certificate(span_of(bytes, out.size));
    if (vault_key_read(text, key) == ERR_OK) {
        uint8_t public_key[VAULT_PUBLIC_SIZE];
        expect(vault_public_key_of(key, public_key) == ERR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_open;
    if (!is_open)
        expect(vault_open() == ERR_OK);
    is_open = true;
    if (size == 0)
        return 0;
    struct span rest = span_of(data + 1, size - 1);
    if (data[0] % 3 == 0)
        try_certificate(rest);
    else if (data[0] % 3 == 1)
        try_request(rest);
    else
        try_pem(rest);
    return 0;
}
