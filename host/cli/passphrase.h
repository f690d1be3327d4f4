/* SPDX-License-Identifier: Apache-2.0 */
/* passphrase.h - what opens a locked key file: the first line of the file that KASSA_PASSPHRASE_FILE names, or typed at
 * the terminal without being shown. */
#ifndef KASSA_CLI_PASSPHRASE_H
#define KASSA_CLI_PASSPHRASE_H

#include "cli/call.h"

#define PASSPHRASE_MAX 256
struct passphrase {
    char text[PASSPHRASE_MAX + 2];
    size_t size;
};
void passphrase_wipe(struct passphrase *passphrase); /* also for CLEANUP */

/* Asks for the passphrase of `what`. Complains. */
NODISCARD
enum exit_code passphrase_ask(const struct call *call, const char *what, struct passphrase *out);

/* For a new key: at least 8 bytes, and typed twice at a terminal. Complains. */
NODISCARD
enum exit_code passphrase_choose(const struct call *call, const char *what, struct passphrase *out);

#endif
