/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are programs. */
#include "offers/engine.h"

enum offers_reason offers_check_condition_program(struct engine *e, const struct book_offer *offer)
{
    if (offer->condition.size == 0)
        return OFFERS_GIVEN;
    e->figures.detail = "conditions are not understood by this program";
    return OFFERS_CONDITION_ERROR;
}

enum offers_reason offers_check_line_program(struct engine *e, const struct book_offer *offer,
                                             struct line_set *matched)
{
    (void)matched;
    if (offer->line_condition.size == 0)
        return OFFERS_GIVEN;
    e->figures.detail = "conditions are not understood by this program";
    return OFFERS_CONDITION_ERROR;
}
