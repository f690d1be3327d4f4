/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - the arbiter's table of uses. Inside lan/ only.
 *
 *   use_heads[id]   -> use -> next_of_id ...          first_item -> item -> next_of_use ...
 *   item_heads[key] -> item -> next_of_key ...        free_use, free_item: chains of free places */
#ifndef KASSA_LAN_INTERNAL_H
#define KASSA_LAN_INTERNAL_H

#include "lan/arbiter.h"

void arbiter_uses_init(struct arbiter_state *s);
uint32_t arbiter_find_use(const struct arbiter_state *s, const uint8_t id[LAN_ITEM_SIZE]);
/* ARBITER_NONE: there is no room for it; nothing was added. */
uint32_t arbiter_add_use(struct arbiter_state *s, const struct arbiter_use *use, const kassa_LanItem *items,
                         size_t count);
void arbiter_remove_use(struct arbiter_state *s, uint32_t use);
bool arbiter_has_room(const struct arbiter_state *s, size_t item_count);
/* The oldest that head office has; ARBITER_NONE. */
uint32_t arbiter_oldest_settled(const struct arbiter_state *s);

/* The first of the items whose keys may be this one; ARBITER_NONE. The others follow by next_of_key. */
uint32_t arbiter_first_item(const struct arbiter_state *s, const uint8_t key[LAN_ITEM_SIZE]);

/* What was used of an item and is not in a snapshot of that moment; *out_last: who used it last, or "". */
int64_t arbiter_sum(const struct arbiter_state *s, const kassa_LanItem *item, const char **out_last);

#endif
