/* SPDX-License-Identifier: Apache-2.0 */
/* order.h - one line of the control protocol, understood and checked (README.md has the protocol). Pure. */
#ifndef KASSA_PN532_ORDER_H
#define KASSA_PN532_ORDER_H

#include "pn532-sim/card.h"
#include "pn532-sim/faults.h"

#define PN532_WAIT_MS_MAX 600000u

enum pn532_verb {
    PN532_VERB_PRESENT,
    PN532_VERB_SWAP,
    PN532_VERB_REMOVE,
    PN532_VERB_REMOVE_ALL,
    PN532_VERB_LIST,
    PN532_VERB_DUMP,
    PN532_VERB_STATS,
    PN532_VERB_STATS_RESET,
    PN532_VERB_MUTE,
    PN532_VERB_GARBAGE, /* this fault alone */
    PN532_VERB_FAULT,   /* one more */
    PN532_VERB_FAULTS_OFF,
    PN532_VERB_SEED,
    PN532_VERB_UNPLUG,
    PN532_VERB_PLUG,
    PN532_VERB_WAIT_SEEN,
    PN532_VERB_WAIT_POLL,
    PN532_VERB_HELP
};

struct pn532_order {
    enum pn532_verb verb;
    uint32_t slot;
    uint32_t count; /* of polls; the seed */
    uint32_t timeout_ms;
    enum pn532_mute mute;
    struct pn532_fault fault;
    struct pn532_card card;
};

/* On failure *out_why is a sentence and *out_order is untouched. line has no line end. */
NODISCARD
enum err pn532_order_parse(struct span line, struct pn532_order *out_order, const char **out_why);

/* The usage of the verb of that index, NULL after the last. */
const char *pn532_order_usage(size_t index);

#endif
