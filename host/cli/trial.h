/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h - what verbs that price a basket read: the basket, who buys, when and where. */
#ifndef KASSA_CLI_TRIAL_H
#define KASSA_CLI_TRIAL_H

#include "cli/call.h"
#include "office/preview.h"

/* The options of such a verb, beside its basket. */
#define TRIAL_OPTIONS                                                                                        \
    {.name = "member",                                                                                       \
     .value = "FILE",                                                                                        \
     .help = "{\"tier\": ..., \"segments\": [...], \"visits\": ...}; left out: nobody known"},               \
        {.name = "at", .value = "TIME", .help = "2026-11-21T18:30 on the store's clock; left out: now"},     \
        {.name = "store", .value = "ID", .help = "in which store"},                                          \
        {.name = "channel", .value = "NAME", .help = "till (if left out), kiosk, receipt or web"},           \
    {                                                                                                        \
        .name = "utc-offset", .value = "MINUTES",                                                            \
        .help = "of the store's clock with --at, for conditions on now (0)"                                  \
    }

/* Reads the basket at that path and what the options say into a preview that knows its book. Complains. */
NODISCARD
enum exit_code trial_read(const struct call *call, const char *basket, struct preview *out);

#endif
