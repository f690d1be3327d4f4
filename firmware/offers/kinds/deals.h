/* SPDX-License-Identifier: Apache-2.0 */
/* deals.h - buying some units gives a discount on others: buy_get and nth_free (buy_get.c). Private to this
 * module. */
#ifndef KASSA_OFFERS_KINDS_DEALS_H
#define KASSA_OFFERS_KINDS_DEALS_H

#include "offers/kinds/pool.h"

struct offers_deal_terms {
    int64_t buy_units, get_units;
    int64_t repeats_max; /* 0: as often as they fit */
    enum book_choose choose;
    enum book_placement placement;
    struct unit_terms unit;
};

/* Proposes as many deals as fit: units of `buy` dearest first, units of `get` by choose. */
enum offers_reason offers_propose_deals(struct engine *e, const struct offers_deal_terms *terms,
                                        const struct line_set *buy, const struct line_set *get);

#endif
