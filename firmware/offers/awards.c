/* SPDX-License-Identifier: Apache-2.0 */
/* Awards (step 10): what is neither a discount nor points. */
#include "offers/engine.h"
#include "offers/kinds/kinds.h"

#define MILLI 1000

enum offers_reason offers_work_out_award(struct engine *e, const struct book_offer *offer, uint32_t index,
                                         const struct line_set *matched)
{
    e->award = (struct offers_award){
        .offer = index, .id = offer->id, .version = offer->version, .kind = offer->kind};
    enum offers_reason reason = offers_kind_of(offer->kind)->award(e, offer, matched);
    if (reason != OFFERS_GIVEN)
        return reason;
    int64_t units = multiply_saturating(e->award.count, MILLI);
    int64_t allowed = offers_limit_count(e, offer, index, BOOK_LIMIT_UNITS, units) / MILLI;
    if (offer->kind == BOOK_STAMPS)
        allowed = offers_limit_count(e, offer, index, BOOK_LIMIT_POINTS, allowed);
    if (allowed == 0 && e->award.count > 0)
        return OFFERS_LIMIT_REACHED;
    e->award.count = allowed;
    return OFFERS_GIVEN;
}

enum offers_reason offers_give_award(struct engine *e, const struct book_offer *offer, uint32_t index,
                                     struct offers_explanation *explanation)
{
    (void)explanation; /* it is given, and that is all there is to say */
    if (e->award_count == AWARDS_MAX || e->given_count == GIVEN_MAX || !offers_has_room_for_use(e, offer))
        return OFFERS_TOO_MANY_ROWS;
    e->awards[e->award_count++] = e->award;
    offers_note_use(e, offer,
                    &(struct offers_use){.offer = index,
                                         .id = offer->id,
                                         .version = offer->version,
                                         .uses = 1,
                                         .units_milli = multiply_saturating(e->award.count, MILLI),
                                         .points = offer->kind == BOOK_STAMPS ? e->award.count : 0});
    offers_note_given(e, offer, index);
    return OFFERS_GIVEN;
}
