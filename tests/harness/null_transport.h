/* SPDX-License-Identifier: Apache-2.0 */
/* null_transport.h - a line that is up once it is asked to, and into which everything vanishes. */
#ifndef KASSA_HARNESS_NULL_TRANSPORT_H
#define KASSA_HARNESS_NULL_TRANSPORT_H

#include "iface/transport.h"

struct null_transport {
    struct transport_handler handler;
    bool is_up;
    uint64_t published;
};

struct transport null_transport_as_transport(struct null_transport *line);

/* What connect began succeeds. */
void null_transport_come_up(struct null_transport *line);

#endif
