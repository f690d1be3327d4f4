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

static enum err read_key(const char *path, struct device *out)
{
    struct stat status;
    uint8_t bytes[VAULT_KEY_SIZE + 1];
    size_t size = 0;
    enum err error = linux_file_read(path, bytes, sizeof(bytes), &size);
    if (error == ERR_TOO_LONG || (error == ERR_OK && size != VAULT_KEY_SIZE))
        return ERR_CORRUPT;
    TRY(error);
    if (stat(path, &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return ERR_RANGE;
    memcpy(out->key, bytes, VAULT_KEY_SIZE);
    vault_wipe(bytes, sizeof(bytes));
    return ERR_OK;
}

enum err device_open(const char *data_folder, struct random random, struct device *out)
{
    char path[PATH_MAX];
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    int length = snprintf(path, sizeof(path), "%s/device.key", data_folder);
    if (length < 0 || (size_t)length >= sizeof(path))
        return ERR_ARGUMENT;
    enum err error = read_key(path, &device);
    if (error == ERR_NOT_FOUND) {
        TRY(random.fill(random.self, device.key, sizeof(device.key)));
        error = linux_file_replace(path, span_of(device.key, sizeof(device.key)), SECRET_MODE);
    }
    TRY(error);
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
