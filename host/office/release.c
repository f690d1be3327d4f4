/* SPDX-License-Identifier: Apache-2.0 */
#include "office/release.h"

#include <stdio.h>

#include "base/hex.h"

static const char context[] = "kassa-release-1";

/* Letters, digits and . _ - +, no dot in front: such a name is a file beside the manifest on every system. */
static bool is_name(struct span name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";
    if (name.size == 0 || name.size > RELEASE_NAME_MAX || name.bytes[0] == '.')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (memchr(allowed, name.bytes[i], sizeof(allowed) - 1) == NULL)
            return false;
    }
    return true;
}

enum err release_read_line(struct span *rest, struct release_line *out)
{
    const size_t digits = (size_t)2 * HASH_SIZE;
    struct release_line line = {.name = ""};
    if (rest->size == 0)
        return ERR_NOT_FOUND;
    const uint8_t *end = memchr(rest->bytes, '\n', rest->size);
    if (end == NULL)
        return ERR_SYNTAX;
    size_t size = (size_t)(end - rest->bytes);
    if (size < digits + 2 || memcmp(rest->bytes + digits, "  ", 2) != 0)
        return ERR_SYNTAX;
    struct span name = span_of(rest->bytes + digits + 2, size - digits - 2);
    TRY(hex_read(span_of(rest->bytes, digits), line.hash, HASH_SIZE));
    if (!is_name(name))
        return ERR_SYNTAX;
    memcpy(line.name, name.bytes, name.size);
    *out = line;
    *rest = span_of(end + 1, rest->size - size - 1);
    return ERR_OK;
}

enum err release_write_line(const struct release_line *line, char out[RELEASE_LINE_MAX])
{
    char digits[2 * HASH_SIZE + 1];
    if (!is_name(span_of_text(line->name)))
        return ERR_ARGUMENT;
    hex_write(span_of(line->hash, HASH_SIZE), digits);
    (void)snprintf(out, RELEASE_LINE_MAX, "%s  %s\n", digits, line->name);
    return ERR_OK;
}

/* The signature's message: context, NUL, SHA-256 of the manifest (as long as the manifest may be). */
static enum err write_statement(struct span manifest, uint8_t out[sizeof(context) + HASH_SIZE])
{
    if (manifest.size > RELEASE_MANIFEST_MAX)
        return ERR_TOO_LONG;
    memcpy(out, context, sizeof(context));
    return vault_sha256(manifest, out + sizeof(context));
}

enum err release_sign(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct span manifest,
                      char out[RELEASE_SIGNATURE_MAX])
{
    uint8_t statement[sizeof(context) + HASH_SIZE];
    uint8_t signature[VAULT_SIGNATURE_SIZE];
    char digits[2 * VAULT_SIGNATURE_SIZE + 1];
    TRY(write_statement(manifest, statement));
    TRY(vault_sign(private_key, span_of(statement, sizeof(statement)), signature));
    hex_write(span_of(signature, sizeof(signature)), digits);
    (void)snprintf(out, RELEASE_SIGNATURE_MAX, "%s %s\n", context, digits);
    return ERR_OK;
}

enum err release_verify(const uint8_t public_key[VAULT_PUBLIC_SIZE], struct span manifest,
                        struct span signature)
{
    uint8_t statement[sizeof(context) + HASH_SIZE];
    uint8_t bytes[VAULT_SIGNATURE_SIZE];
    const size_t head = sizeof(context); /* its NUL counts for the blank */
    if (signature.size > 0 && signature.bytes[signature.size - 1] == '\n')
        signature.size--;
    if (signature.size < head || memcmp(signature.bytes, context, head - 1) != 0 ||
        signature.bytes[head - 1] != ' ')
        return ERR_SYNTAX;
    TRY(hex_read(span_of(signature.bytes + head, signature.size - head), bytes, sizeof(bytes)));
    TRY(write_statement(manifest, statement));
    return vault_verify(public_key, span_of(statement, sizeof(statement)), bytes);
}
