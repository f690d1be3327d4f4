/* SPDX-License-Identifier: Apache-2.0 */
/* steps.h - the highest step that a basket reaches: tiered_percent, tiered_amount. Private to this module. */
#ifndef KASSA_OFFERS_KINDS_STEPS_H
#define KASSA_OFFERS_KINDS_STEPS_H

#include "offers/kinds/kinds.h"

/* The value of the highest step reached; `base` below the first one. What is missing for the next step goes into
 * e->next, or, if nothing is reached, into e->figures. */
int64_t offers_value_of_steps(struct engine *e, const struct book_offer *offer,
                              const struct line_set *matched, int64_t base);
/* Why nothing is given where no step is reached and there is no base. */
enum offers_reason offers_step_missing(const struct book_offer *offer);

#endif
