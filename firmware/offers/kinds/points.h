/* SPDX-License-Identifier: Apache-2.0 */
/* points.h - what the kinds that give points share. Private to this module. */
#ifndef KASSA_OFFERS_KINDS_POINTS_H
#define KASSA_OFFERS_KINDS_POINTS_H

#include "offers/kinds/kinds.h"

/* Adds points to e->earning.line_points by the lines' units. */
void offers_share_points_by_units(struct engine *e, const struct line_set *lines, int64_t points);

#endif
