/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/device.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "platform/linux/linux_file.h"
#include "vault/vault.h"

#define SECRET_MODE 0600

void device_wipe(struct device *device)
{
    vault_wipe(device, sizeof(*device));
}

/* An open key is that long; a sealed one is longer. */
static enum err open_bytes(struct span bytes, struct sealer sealer, struct device *out)
{
    uint8_t key[SEALER_SECRET_MAX];
    size_t size;
    if (bytes.size == VAULT_KEY_SIZE) {
        memcpy(out->key, bytes.bytes, VAULT_KEY_SIZE);
        return ERR_OK;
    }
    if (bytes.size < VAULT_KEY_SIZE)
        return ERR_CORRUPT;
    if (!sealer_is_there(sealer))
        return ERR_UNSUPPORTED;
    TRY(sealer.unseal(sealer.self, bytes, key, sizeof(key), &size));
    if (size == VAULT_KEY_SIZE)
        memcpy(out->key, key, VAULT_KEY_SIZE);
    vault_wipe(key, sizeof(key));
    return size == VAULT_KEY_SIZE ? ERR_OK : ERR_CORRUPT;
}

static enum err read_key(const char *path, struct sealer sealer, struct device *out, bool *out_is_open)
{
    struct stat status;
    uint8_t bytes[SEALER_SEALED_MAX];
    size_t size = 0;
    enum err error = linux_file_read(path, bytes, sizeof(bytes), &size);
    if (error == ERR_TOO_LONG)
        return ERR_CORRUPT;
    TRY(error);
    if (stat(path, &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return ERR_RANGE;
    error = open_bytes(span_of(bytes, size), sealer, out);
    vault_wipe(bytes, sizeof(bytes));
    *out_is_open = size == VAULT_KEY_SIZE;
    return error;
}

static enum err write_key(const char *path, struct sealer sealer, const struct device *device)
{
    uint8_t bytes[SEALER_SEALED_MAX];
    size_t size = VAULT_KEY_SIZE;
    if (!sealer_is_there(sealer))
        return linux_file_replace(path, span_of(device->key, VAULT_KEY_SIZE), SECRET_MODE);
    TRY(sealer.seal(sealer.self, span_of(device->key, VAULT_KEY_SIZE), bytes, sizeof(bytes), &size));
    return linux_file_replace(path, span_of(bytes, size), SECRET_MODE);
}

enum err device_open(const char *data_folder, struct random random, struct sealer sealer, struct device *out)
{
    char path[PATH_MAX];
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    bool is_open = true;
    int length = snprintf(path, sizeof(path), "%s/device.key", data_folder);
    if (length < 0 || (size_t)length >= sizeof(path))
        return ERR_ARGUMENT;
    enum err error = read_key(path, sealer, &device, &is_open);
    bool is_new = error == ERR_NOT_FOUND;
    if (is_new)
        error = random.fill(random.self, device.key, sizeof(device.key));
    TRY(error);
    if (is_new || (is_open && sealer_is_there(sealer)))
        TRY(write_key(path, sealer, &device));
    *out = device;
    return ERR_OK;
}

enum err device_seal_file(const struct device *device, struct random random, const char *path,
                          const char *name, struct span bytes)
{
    uint8_t sealed[DEVICE_SECRET_MAX + VAULT_SEAL_SIZE];
    size_t size;
    TRY(vault_seal(device->key, span_of_text(name), bytes, random, sealed, sizeof(sealed), &size));
    return linux_file_replace(path, span_of(sealed, size), SECRET_MODE);
}

enum err device_unseal_file(const struct device *device, const char *path, const char *name, uint8_t *out,
                            size_t capacity, size_t *out_size)
{
    uint8_t sealed[DEVICE_SECRET_MAX + VAULT_SEAL_SIZE];
    size_t size;
    TRY(linux_file_read(path, sealed, sizeof(sealed), &size));
    return vault_unseal(device->key, span_of_text(name), span_of(sealed, size), out, capacity, out_size);
}
