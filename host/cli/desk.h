/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - the hub's store as verbs open it. */
#ifndef KASSA_CLI_DESK_H
#define KASSA_CLI_DESK_H

#include "cli/call.h"
#include "store/store.h"

/* The options of every verb that works on the store; they stand first in its list. */
#define DESK_OPTIONS                                                                                         \
    {.name = "store", .value = "DIR", .help = "the hub's store (environment: KASSA_STORE)"},                 \
    {                                                                                                        \
        .name = "config", .value = "FILE", .help = "or the hub's settings, which name it"                    \
    }

/* Opens the store that --store, --config or KASSA_STORE names; a hub may have it open as well. Complains. */
NODISCARD
enum exit_code desk_open(const struct call *call, struct store *out);

/* Opens it and begins a transaction. */
NODISCARD
enum exit_code desk_begin(const struct call *call, enum store_mode mode, struct store *out_store,
                          struct store_txn *out_txn);

#endif
