/* SPDX-License-Identifier: Apache-2.0 */
/* card_rules.h - what a member number of the chain is, as verbs are told: the agent's settings of the same
 * name. */
#ifndef KASSA_CLI_CARD_RULES_H
#define KASSA_CLI_CARD_RULES_H

#include "card/card.h"
#include "cli/call.h"

#define CARD_RULES_OPTIONS                                                                                   \
    {.name = "number-prefixes", .value = "LIST", .help = "EAN-13 heads that are members (29)"},              \
    {                                                                                                        \
        .name = "number-check", .value = "CHECK", .help = "of other numbers: none, luhn, mod97 (luhn)"       \
    }

struct card_rules {
    struct card_number_rules numbers; /* points into prefixes */
    char prefixes[CARD_PREFIXES_MAX][CARD_PREFIX_SIZE_MAX + 1];
};

/* From the two options; complains. *out must not move afterwards. */
NODISCARD
enum exit_code card_rules_read(const struct call *call, struct card_rules *out);

#endif
