/* SPDX-License-Identifier: Apache-2.0 */
/* enrol_files.h - what enrolment leaves on a till: one folder. Each file is whole or not there, and the certificate
 * is written last: a till is enrolled when it is there, and until then the same key asks again.
 *
 * Order    enrol_files_begin, the hub's answer, enrol_files_finish. Threads: one. All calls wait for the disk. */
#ifndef KASSA_CLI_ENROL_FILES_H
#define KASSA_CLI_ENROL_FILES_H

#include "office/invitation.h"

#define ENROL_NAME_MAX    32
#define ENROL_PATH_MAX    4096
#define ENROL_AUTHORITY   "authority.pem"
#define ENROL_KEY         "till.key"
#define ENROL_CERTIFICATE "till.pem"
#define ENROL_SETTINGS    "agent.ini"

/* [a-z0-9.-], no dot in front, and none of the names above: what an invitation may bring besides. */
bool enrol_files_is_name(const char *name);

struct enrol_files {
    struct sealer sealer; /* for the key; without one it stands open in its file */
    const char *tpm;      /* its name in the settings of the agent, who opens the key; NULL: none */
    char folder[ENROL_PATH_MAX];
    char till[TILL_ID_MAX + 1];
    char path[ENROL_PATH_MAX]; /* of the file that the newest error concerns */
    bool
        keeps_settings; /* there were others already: those that came stand beside them, as agent.ini.enrolled */
};

/* *files has sealer and tpm set already, or is zero. Writes authority.pem, makes a key unless one is waiting, and asks to be certified. ERR_EXISTS: this till has a
 * certificate already. ERR_ARGUMENT: a path is too long. ERR_IO and others of the disk and the sealer: *files says
 * where. */
NODISCARD
enum err enrol_files_begin(const char *folder, const struct invitation *invitation, struct enrol_files *files,
                           struct vault_buffer *out_request_der);

/* Writes what came, the certificate last. ERR_SIGNATURE: it is not for this till and its key. ERR_SYNTAX: a file's
 * name that is none. */
NODISCARD
enum err enrol_files_finish(struct enrol_files *files, const kassa_EnrolFiles *came,
                            struct span certificate_der);

#endif
