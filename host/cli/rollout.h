/* SPDX-License-Identifier: Apache-2.0 */
/* rollout.h - shares and steps of a rollout as people type and read them: per cent of the tills. */
#ifndef KASSA_CLI_ROLLOUT_H
#define KASSA_CLI_ROLLOUT_H

#include "cli/call.h"
#include "crm/crm.h"

struct rollout_words {
    struct crm_rollout_plan plan; /* its steps are these */
    uint32_t steps_bp[CRM_ROLLOUT_STEPS_MAX];
};

/* Reads a share (NULL: all tills) and the options --steps and --every. Complains. */
NODISCARD
enum exit_code rollout_read_plan(const struct call *call, const char *share, struct rollout_words *out);

/* " at 10 % of the tills, then 50 %, 100 % each 24 hours", with a line's end. */
void rollout_print_plan(FILE *out, const struct crm_rollout_plan *plan);

/* "10 %", "0.5 %" */
#define ROLLOUT_SHARE_SIZE 16
const char *rollout_share(uint32_t share_bp, char out[ROLLOUT_SHARE_SIZE]);

#define ROLLOUT_OPTIONS                                                                                      \
    {.name = "steps", .value = "LIST", .help = "shares that follow: 10,100"},                                \
    {                                                                                                        \
        .name = "every", .value = "HOURS", .help = "from one step to the next; left out: each by hand"       \
    }

#define ROLLOUT_REASON_OPTION                                                                                \
    {                                                                                                        \
        .name = "reason", .value = "TEXT", .help = "why, for kassa book status"                              \
    }

/* What is done to the rollout that stands, with a reason. */
struct rollout_change {
    enum err (*make)(const struct store_txn *txn, const char *reason, int64_t unix_ms);
    const char *(*hint_of)(enum err error);
};
/* Does it in a transaction of its own, for --reason or "by hand"; *out is the rollout after it. Complains. */
NODISCARD
enum exit_code rollout_change(const struct call *call, const struct rollout_change *change, crm_Rollout *out);

#endif
