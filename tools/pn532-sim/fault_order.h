/* SPDX-License-Identifier: Apache-2.0 */
/* fault_order.h - the words of a fault, understood and checked (README.md has them). Pure. */
#ifndef KASSA_PN532_FAULT_ORDER_H
#define KASSA_PN532_FAULT_ORDER_H

#include "pn532-sim/faults.h"
#include "pn532-sim/words.h"

/* fault <kind> [<bytes> | <number>] [of <command>] [after <n>] [times <n>] */
NODISCARD
enum err pn532_fault_parse(const struct pn532_words *words, struct pn532_fault *out, const char **out_why);

/* garbage <n> | garbage <kind> [<bytes> | <number>] [<n>] */
NODISCARD
enum err pn532_garbage_parse(const struct pn532_words *words, struct pn532_fault *out, const char **out_why);

#endif
