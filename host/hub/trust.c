/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/trust.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/civil.h"
#include "base/hex.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"

#define LOOK_MS 3600000
#define DAY_S   86400

#define KEY_TEXT_MAX 256

static enum err refuse(enum err error, const char *path, const char *text)
{
    (void)fprintf(stderr, "kassa-hub: authority: %s: %s\n", path, text);
    return error;
}

static enum err read_text(const char *path, uint8_t text[VAULT_PEM_TEXT_MAX], size_t *out_size)
{
    enum err error = linux_file_read(path, text, VAULT_PEM_TEXT_MAX, out_size);
    return error == ERR_OK ? ERR_OK : refuse(error, path, err_sentence(error));
}

enum err trust_read(const struct hub_settings *settings, struct authority *out)
{
    const char *certificate = settings->authority_certificate_file, *key = settings->authority_key_file;
    uint8_t certificate_text[VAULT_PEM_TEXT_MAX], key_text[VAULT_PEM_TEXT_MAX];
    size_t certificate_size, key_size;
    if (certificate[0] == '\0' && key[0] == '\0')
        return ERR_OK;
    if (certificate[0] == '\0' || key[0] == '\0')
        return refuse(ERR_ARGUMENT, certificate[0] != '\0' ? certificate : key,
                      "certificate_file and key_file go together");
    TRY(read_text(certificate, certificate_text, &certificate_size));
    TRY(read_text(key, key_text, &key_size));
    enum err error =
        authority_read(span_of(certificate_text, certificate_size), span_of(key_text, key_size), out);
    vault_wipe(key_text, sizeof(key_text));
    if (error == ERR_OK)
        return ERR_OK;
    return refuse(error, certificate,
                  "it must be a P-256 certificate that may sign others, and key_file its key");
}

enum err trust_read_timestamp_key(const struct hub_settings *settings, uint8_t out[VAULT_PRIVATE_SIZE],
                                  bool *out_has_key)
{
    const char *path = settings->timestamp_key_file;
    uint8_t text[KEY_TEXT_MAX], public_key[VAULT_PUBLIC_SIZE];
    size_t size;
    struct stat status;
    if (path[0] == '\0')
        return ERR_OK;
    if (stat(path, &status) == 0 && (status.st_mode & S_IRWXO) != 0)
        return refuse(ERR_ARGUMENT, path, "others may read the key: chmod 600");
    enum err error = linux_file_read(path, text, sizeof(text), &size);
    if (error != ERR_OK)
        return refuse(error, path, err_sentence(error));
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r' || text[size - 1] == ' '))
        size--;
    error = hex_read(span_of(text, size), out, VAULT_PRIVATE_SIZE);
    vault_wipe(text, sizeof(text));
    if (error != ERR_OK || vault_public_key_of(out, public_key) != ERR_OK)
        return refuse(ERR_SYNTAX, path,
                      "trust.timestamp_key_file is a line of 64 hexadecimal digits: kassa key create");
    *out_has_key = true;
    return ERR_OK;
}

static enum err read_own(const char *path, struct vault_certificate *out)
{
    uint8_t text[VAULT_PEM_TEXT_MAX], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    size_t size;
    TRY(linux_file_read(path, text, sizeof(text), &size));
    TRY(vault_pem_read(VAULT_PEM_CERTIFICATE, span_of(text, size), &der));
    return vault_certificate_read(span_of(bytes, der.size), out);
}

/* One that cannot be read is another authority's kind, or the attempt to connect will say so. */
void trust_look(struct trust_watch *watch, struct clock clock)
{
    struct vault_certificate own;
    char day[11];
    if (watch->file[0] == '\0' || clock.ops->mono_ms(clock.self) < watch->due_mono_ms)
        return;
    watch->due_mono_ms = clock.ops->mono_ms(clock.self) + LOOK_MS;
    if (read_own(watch->file, &own) != ERR_OK)
        return;
    int64_t now_unix_s = clock.ops->wall_unix_ms(clock.self) / 1000;
    if (now_unix_s < own.from_unix_s + (own.until_unix_s - own.from_unix_s) / 3 * 2)
        return;
    civil_format_day((int32_t)(own.until_unix_s / DAY_S), day);
    log_event(LOG_LEVEL_WARNING, "hub.certificate_ends", "file=%s until=%s", watch->file, day);
}
