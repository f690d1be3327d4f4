/* SPDX-License-Identifier: Apache-2.0 */
/* device.h - what ties the till's secrets to this device: a key of its own, drawn at the first start and kept in
 * <data_dir>/device.key (mode 0600). Whatever else is secret rests in files that are sealed under it (vault/seal.h),
 * so that a copy of them without that key is noise. Threads: one. */
#ifndef KASSA_DEVICE_H
#define KASSA_DEVICE_H

#include "iface/sealer.h"
#include "vault/seal.h"

#define DEVICE_SECRET_MAX 16384 /* bytes of one sealed file's content */

struct device {
    uint8_t key[VAULT_KEY_SIZE];
};

/* Reads the key, or draws one where there is none. With a sealer (a TPM; {NULL} without) it is sealed in its file, also
 * one that stood there open before, so that a copy of the whole disk is noise elsewhere. ERR_RANGE: others than its owner
 * may read the file. ERR_CORRUPT: it is no key. ERR_UNSUPPORTED: it is sealed, and there is no sealer. ERR_NOT_FOUND: the
 * folder. ERR_FULL, ERR_IO, errors of the sealer. */
NODISCARD
enum err device_open(const char *data_folder, struct random random, struct sealer sealer, struct device *out);
void device_wipe(struct device *device); /* for CLEANUP */

/* Puts a sealed file in place, in one rename. `name` is what the content is and binds it: another's file in its place
 * is refused. ERR_TOO_LONG, ERR_FULL, ERR_IO. */
NODISCARD
enum err device_seal_file(const struct device *device, struct random random, const char *path,
                          const char *name, struct span bytes);
/* ERR_NOT_FOUND. ERR_SIGNATURE: sealed on another device, another secret, or damaged. ERR_TOO_LONG, ERR_IO. */
NODISCARD
enum err device_unseal_file(const struct device *device, const char *path, const char *name, uint8_t *out,
                            size_t capacity, size_t *out_size);

#endif
