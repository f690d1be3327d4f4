/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/enrol_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/linux/linux_file.h"

#define MODE_OPEN   0644
#define MODE_SECRET 0600
#define HERE        "@/" /* in settings: this folder */

bool enrol_files_is_name(const char *name)
{
    static const char *const taken[] = {ENROL_AUTHORITY, ENROL_KEY, ENROL_CERTIFICATE, ENROL_SETTINGS};
    size_t size = strlen(name);
    if (size == 0 || size > ENROL_NAME_MAX || name[0] == '.' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != size)
        return false;
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        if (strncmp(name, taken[i], strlen(taken[i])) == 0) /* nor their .new and .next */
            return false;
    }
    return true;
}

static enum err set_path(struct enrol_files *files, const char *name)
{
    int size = snprintf(files->path, sizeof(files->path), "%s/%s", files->folder, name);
    return size > 0 && (size_t)size < sizeof(files->path) ? ERR_OK : ERR_ARGUMENT;
}

static enum err write_one(struct enrol_files *files, const char *name, struct span bytes, unsigned mode)
{
    TRY(set_path(files, name));
    return linux_file_replace(files->path, bytes, mode);
}

static enum err read_key(struct enrol_files *files, uint8_t out[VAULT_PRIVATE_SIZE])
{
    uint8_t text[VAULT_PEM_TEXT_MAX];
    size_t size;
    TRY(set_path(files, ENROL_KEY));
    enum err error = linux_file_read(files->path, text, sizeof(text), &size);
    if (error == ERR_OK)
        error = vault_kept_key_read(files->sealer, span_of(text, size), out);
    vault_wipe(text, sizeof(text));
    return error;
}

static void wipe_pair(struct vault_key_pair *pair)
{
    vault_wipe(pair, sizeof(*pair));
}

/* The key that is waiting, or a new one. */
static enum err find_key(struct enrol_files *files, uint8_t out[VAULT_PRIVATE_SIZE])
{
    struct vault_key_pair pair CLEANUP(wipe_pair) = {.private_key = {0}};
    uint8_t text[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {text, sizeof(text), 0};
    enum err error = read_key(files, out);
    if (error != ERR_NOT_FOUND)
        return error;
    TRY(vault_generate_key_pair(&pair));
    TRY(vault_kept_key_write(files->sealer, pair.private_key, &pem));
    error = write_one(files, ENROL_KEY, span_of(text, pem.size), MODE_SECRET);
    vault_wipe(text, sizeof(text));
    TRY(error);
    memcpy(out, pair.private_key, VAULT_PRIVATE_SIZE);
    return ERR_OK;
}

enum err enrol_files_begin(const char *folder, const struct invitation *invitation, struct enrol_files *files,
                           struct vault_buffer *out_request_der)
{
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    size_t size = strlen(folder);
    files->keeps_settings = false;
    if (size >= sizeof(files->folder))
        return ERR_ARGUMENT;
    memcpy(files->folder, folder, size + 1);
    memcpy(files->till, invitation->till, sizeof(files->till));
    TRY(set_path(files, ENROL_CERTIFICATE));
    if (access(files->path, F_OK) == 0)
        return ERR_EXISTS;
    TRY(write_one(files, ENROL_AUTHORITY, span_of_text(invitation->authority_pem), MODE_OPEN));
    TRY(find_key(files, private_key));
    enum err error = vault_request_make(private_key, files->till, out_request_der);
    vault_wipe(private_key, sizeof(private_key));
    return error;
}

/* ---- what came */

static enum err check_certificate(struct enrol_files *files, struct span der)
{
    struct vault_certificate certificate;
    uint8_t private_key[VAULT_PRIVATE_SIZE], public_key[VAULT_PUBLIC_SIZE];
    if (vault_certificate_read(der, &certificate) != ERR_OK)
        return ERR_SIGNATURE;
    TRY(read_key(files, private_key));
    enum err error = vault_public_key_of(private_key, public_key);
    vault_wipe(private_key, sizeof(private_key));
    TRY(error);
    bool is_ours = strcmp(certificate.name, files->till) == 0 && certificate.use == VAULT_USE_CLIENT &&
                   memcmp(public_key, certificate.public_key, sizeof(public_key)) == 0;
    return is_ours ? ERR_OK : ERR_SIGNATURE;
}

/* Settings with this folder's name in each place that is left for it, and who opens the key. ERR_TOO_LONG. */
static enum err fill_in(const struct enrol_files *files, struct span text, char *out, size_t capacity,
                        size_t *out_size)
{
    size_t used = 0, folder_size = strlen(files->folder);
    for (size_t i = 0; i < text.size; i++) {
        bool is_here = i + 1 < text.size && memcmp(text.bytes + i, HERE, 2) == 0;
        size_t size = is_here ? folder_size : 1;
        if (size > capacity - used)
            return ERR_TOO_LONG;
        memcpy(out + used, is_here ? (const uint8_t *)files->folder : text.bytes + i, size);
        used += size;
    }
    int more =
        files->tpm != NULL ? snprintf(out + used, capacity - used, "[identity]\ntpm = %s\n", files->tpm) : 0;
    if (more < 0 || (size_t)more >= capacity - used + (files->tpm == NULL ? 1 : 0))
        return ERR_TOO_LONG;
    *out_size = used + (size_t)more;
    return ERR_OK;
}

static void free_text(char **text)
{
    free(*text);
}

static enum err write_settings(struct enrol_files *files, struct span text)
{
    size_t tpm_size = files->tpm != NULL ? strlen(files->tpm) + 32 : 0;
    size_t capacity = text.size * (strlen(files->folder) + 1) + tpm_size, size, old_size;
    char *filled CLEANUP(free_text) = malloc(capacity + 1), *old CLEANUP(free_text) = malloc(capacity + 1);
    if (filled == NULL || old == NULL)
        return ERR_MEMORY;
    TRY(fill_in(files, text, filled, capacity, &size));
    TRY(set_path(files, ENROL_SETTINGS));
    enum err error = linux_file_read(files->path, (uint8_t *)old, capacity, &old_size);
    bool is_same = error == ERR_OK && span_is_equal(span_of(old, old_size), span_of(filled, size));
    files->keeps_settings = error != ERR_NOT_FOUND && !is_same;
    return write_one(files, files->keeps_settings ? ENROL_SETTINGS ".enrolled" : ENROL_SETTINGS,
                     span_of(filled, size), MODE_OPEN);
}

static enum err write_came(struct enrol_files *files, const kassa_EnrolFile *file)
{
    struct span bytes = span_of(file->bytes.bytes, file->bytes.size);
    if (strcmp(file->name, ENROL_SETTINGS) == 0)
        return write_settings(files, bytes);
    return enrol_files_is_name(file->name) ? write_one(files, file->name, bytes, MODE_SECRET) : ERR_SYNTAX;
}

enum err enrol_files_finish(struct enrol_files *files, const kassa_EnrolFiles *came,
                            struct span certificate_der)
{
    uint8_t text[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {text, sizeof(text), 0};
    TRY(check_certificate(files, certificate_der));
    TRY(vault_pem_write(VAULT_PEM_CERTIFICATE, certificate_der, &pem));
    for (size_t i = 0; i < came->files_count; i++)
        TRY(write_came(files, &came->files[i]));
    return write_one(files, ENROL_CERTIFICATE, span_of(text, pem.size), MODE_OPEN);
}
