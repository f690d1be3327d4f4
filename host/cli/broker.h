/* SPDX-License-Identifier: Apache-2.0 */
/* broker.h - a mosquitto on this machine that runs with the files of `kassa broker files`: told of those revoked, and
 * rid of one's open session. It goes on with a session whatever the list of those revoked says meanwhile; but it closes
 * one whose client id somebody else takes, and that is, with these files, whoever shows a certificate of its name. */
#ifndef KASSA_CLI_BROKER_H
#define KASSA_CLI_BROKER_H

#include "office/authority.h"

/* Has it read revoked.pem anew. ERR_NOT_FOUND: none runs here with the files of that folder. ERR_STATE: we may not
 * tell it. */
NODISCARD
enum err broker_reload(const char *folder);

/* Takes the session of that name, by a certificate of one minute that nobody else sees, and ends it. ERR_NOT_FOUND: the
 * folder has no settings. ERR_TIMEOUT: the broker does not answer. */
NODISCARD
enum err broker_throw_out(const char *folder, const struct authority *authority, const char *name);

#endif
