/* SPDX-License-Identifier: Apache-2.0 */
/* enrol.h - the hub's desk for tills that have no certificate yet: on a broker of its own, so that a stranger
 * reaches nothing that carries sales.
 *
 * Order    an answer is sent only after the commit of what it says.
 * Guesses  of a token: office/enrolment.h. Who does not prove that he has one gets an answer slowly or none, is told in the
 *          log, and costs a look into the store: no write but for a wrong proof, of which an invitation bears few, and
 *          no place of those who have one.
 * Threads  the hub's. */
#ifndef KASSA_HUB_ENROL_H
#define KASSA_HUB_ENROL_H

#include "hub/hub.h"

struct hub_enrol_desk; /* opaque */

struct hub_enrol_counters {
    uint64_t requests;
    uint64_t certified;
    uint64_t refused;
    uint64_t dropped; /* unreadable, or too many at once */
};

/* parts->transport is that of the broker for enrolment; parts->authority certifies and is not NULL.
 * ERR_ARGUMENT, ERR_MEMORY. Sends nothing before hub_enrol_run. */
NODISCARD
enum err hub_enrol_open(const struct hub_options *options, const struct hub_parts *parts,
                        struct hub_enrol_desk **out_desk);
void hub_enrol_close(struct hub_enrol_desk *desk); /* NULL is allowed */
void hub_enrol_closep(struct hub_enrol_desk **desk);

/* Connects when that is due, and answers those who wait. No transaction of the hub may be open: call it after
 * hub_run. Answers when it wants to be called again at the latest (mono_ms). */
uint64_t hub_enrol_run(struct hub_enrol_desk *desk);

void hub_enrol_get_counters(const struct hub_enrol_desk *desk, struct hub_enrol_counters *out);

#endif
