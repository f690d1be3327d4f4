/* SPDX-License-Identifier: Apache-2.0 */
/* enrol_line.h - a till that has no certificate asks the hub for one, by the broker for enrolment, and waits for the
 * answer. */
#ifndef KASSA_CLI_ENROL_LINE_H
#define KASSA_CLI_ENROL_LINE_H

#include "office/invitation.h"

struct enrol_question {
    const struct invitation *invitation;
    const struct invitation_keys *keys;
    struct span request_der;
    const char *ca_file; /* the invitation's authority, as a file */
    unsigned seconds;    /* to wait for an answer */
};

/* Asks until it is answered. ERR_TIMEOUT: by nobody; *out_has_line says whether there was a broker. ERR_SIGNATURE: by
 * somebody who does not know the invitation. ERR_ARGUMENT, ERR_MEMORY, ERR_IO. */
NODISCARD
enum err enrol_line_ask(const struct enrol_question *question, kassa_EnrolAnswer *out, bool *out_has_line);

#endif
