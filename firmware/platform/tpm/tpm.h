/* SPDX-License-Identifier: Apache-2.0 */
/* tpm.h - iface/sealer.h by a TPM 2.0 (TCG TPM 2.0 Library), through tpm2-tss, which only this room links.
 *
 * What is sealed stands under a storage key that the TPM derives from its own seed each time (owner hierarchy, P-256): there
 * is nothing to keep and nothing to set up, and a copy of the disk opens nowhere else. Between here and the chip it goes
 * encrypted. It is bound to no measured state of the machine, so that an update does not lock a till out: whoever runs
 * programs on the till as its user opens it too.
 *
 * Each call opens the TPM and closes it: others use it as well. It takes some ten milliseconds on an emulator, up to a
 * second on a chip. Threads: one. */
#ifndef KASSA_TPM_H
#define KASSA_TPM_H

#include "iface/sealer.h"

struct tpm {
    const char
        *tcti; /* "device:/dev/tpmrm0", "swtpm:path=/run/tpm.sock", as tpm2-tss names them; outlives this */
};

struct sealer tpm_as_sealer(struct tpm *tpm);

#endif
