/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations as somebody brings them to a till, requests as strangers send them to the hub, and answers as a till gets
 * them: an error, or what can be written again and read the same. The first byte chooses the parser. */
#include <stdlib.h>

#include "cli/enrol_files.h"
#include "office/invitation.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_invitation(struct span text)
{
    static struct invitation read, again;
    static char written[INVITATION_SIZE_MAX];
    unsigned line = 0;
    size_t size;
    if (invitation_read(text, &read, &line) != ERR_OK) {
        expect(line >= 1 && line <= 7);
        return;
    }
    expect(invitation_write(&read, written, sizeof(written), &size) == ERR_OK);
    expect(invitation_read(span_of(written, size), &again, &line) == ERR_OK);
    expect(strcmp(read.till, again.till) == 0 && strcmp(read.store, again.store) == 0 &&
           strcmp(read.host, again.host) == 0);
    expect(read.port == again.port && read.until_unix_s == again.until_unix_s);
    expect(memcmp(read.token, again.token, sizeof(read.token)) == 0);
    expect(strcmp(read.authority_pem, again.authority_pem) == 0);
}

static void try_request(struct span bytes)
{
    static const uint8_t key[INVITATION_KEY_SIZE] = {1};
    kassa_EnrolRequest request = kassa_EnrolRequest_init_zero;
    char name[VAULT_NAME_MAX + 1];
    uint8_t public_key[VAULT_PUBLIC_SIZE], right[HASH_SIZE];
    if (wire_decode(kassa_EnrolRequest_fields, bytes, &request) != ERR_OK)
        return;
    struct span der = span_of(request.request.bytes, request.request.size);
    expect(invitation_prove_request(key, der, right) == ERR_OK);
    expect(!invitation_is_proof(right, span_of(request.proof.bytes, request.proof.size)) ||
           request.proof.size == HASH_SIZE);
    if (vault_request_read(der, name, public_key) == ERR_OK)
        expect(vault_certificate_check(der, public_key) == ERR_OK);
}

static void try_answer(struct span bytes)
{
    static kassa_EnrolAnswer answer;
    static kassa_EnrolFiles files;
    if (wire_decode(kassa_EnrolAnswer_fields, bytes, &answer) == ERR_OK)
        expect(answer.sealed.size <= sizeof(answer.sealed.bytes));
    if (wire_decode(kassa_EnrolFiles_fields, bytes, &files) != ERR_OK)
        return;
    for (size_t i = 0; i < files.files_count; i++) {
        if (enrol_files_is_name(files.files[i].name))
            expect(strchr(files.files[i].name, '/') == NULL && files.files[i].name[0] != '.');
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
        try_invitation(rest);
    else if (data[0] % 3 == 1)
        try_request(rest);
    else
        try_answer(rest);
    return 0;
}
