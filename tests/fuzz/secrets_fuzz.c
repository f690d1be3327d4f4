/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes and wrapped keys as records and updates bring them, peppers as files do, and texts in which payment cards are
 * looked for. The first byte chooses. */
#include <stdlib.h>

#include "base/pan.h"
#include "vault/pepper.h"

#define TEXT_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_peppers(struct span text)
{
    struct vault_peppers read = {.count = 77}, again;
    char written[VAULT_PEPPERS_TEXT_MAX];
    if (vault_peppers_read(text, &read) != ERR_OK) {
        expect(read.count == 77);
        return;
    }
    expect(read.count >= 1 && read.count <= VAULT_PEPPERS_MAX);
    vault_peppers_write(&read, written);
    expect(vault_peppers_read(span_of_text(written), &again) == ERR_OK && again.count == read.count);
    expect(memcmp(read.rows, again.rows, read.count * sizeof(read.rows[0])) == 0);
}

/* Nobody without the key can make what opens. */
static void try_sealed(struct span bytes)
{
    static const uint8_t key[VAULT_KEY_SIZE] = {1}, member[MEMBER_SIZE] = {2};
    const struct vault_envelope_of of = {member, 1};
    struct vault_peppers peppers = {.count = 0};
    uint8_t opened[VAULT_KEY_SIZE];
    char text[VAULT_ENVELOPE_TEXT_MAX + 1];
    expect(vault_pepper_add(&peppers, 1, key) == ERR_OK);
    expect(vault_envelope_open(key, &of, bytes, text) != ERR_OK);
    expect(vault_key_unwrap(&peppers, member, bytes, opened) != ERR_OK);
}

static void try_text(struct span bytes)
{
    char text[TEXT_MAX];
    size_t size = bytes.size < sizeof(text) ? bytes.size : sizeof(text);
    if (size > 0)
        memcpy(text, bytes.bytes, size);
    (void)pan_mask(text, size);
    for (size_t i = 0; i < size; i++)
        expect(text[i] == (char)bytes.bytes[i] ||
               (text[i] == '*' && bytes.bytes[i] >= '0' && bytes.bytes[i] <= '9'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || vault_open() != ERR_OK)
        return 0;
    struct span rest = span_of(data + 1, size - 1);
    if (data[0] % 3 == 0)
        try_peppers(rest);
    else if (data[0] % 3 == 1)
        try_sealed(rest);
    else
        try_text(rest);
    return 0;
}
