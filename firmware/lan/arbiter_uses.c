/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/internal.h"

/* Ids and keys are hashes: their first bytes are as good as any other. */
static uint32_t head_of(const uint8_t id[LAN_ITEM_SIZE])
{
    return (id[0] | (uint32_t)id[1] << 8) % ARBITER_HEADS;
}

void arbiter_uses_init(struct arbiter_state *s)
{
    memset(s->use_heads, 0xff, sizeof(s->use_heads)); /* ARBITER_NONE */
    memset(s->item_heads, 0xff, sizeof(s->item_heads));
    s->free_use = ARBITER_NONE;
    s->free_item = ARBITER_NONE;
    s->use_end = 0;
    s->item_end = 0;
    s->use_count = 0;
    s->item_count = 0;
}

static uint32_t take_use(struct arbiter_state *s)
{
    uint32_t at = s->free_use;
    if (at == ARBITER_NONE)
        return s->use_end++;
    s->free_use = s->uses[at].next_of_id;
    return at;
}

static uint32_t take_item(struct arbiter_state *s)
{
    uint32_t at = s->free_item;
    if (at == ARBITER_NONE)
        return s->item_end++;
    s->free_item = s->items[at].next_of_use;
    return at;
}

uint32_t arbiter_find_use(const struct arbiter_state *s, const uint8_t id[LAN_ITEM_SIZE])
{
    uint32_t at = s->use_heads[head_of(id)];
    while (at != ARBITER_NONE && memcmp(s->uses[at].id, id, LAN_ITEM_SIZE) != 0)
        at = s->uses[at].next_of_id;
    return at;
}

bool arbiter_has_room(const struct arbiter_state *s, size_t item_count)
{
    return s->use_count < ARBITER_USES_MAX && item_count <= ARBITER_ITEMS_MAX - s->item_count;
}

static void add_item(struct arbiter_state *s, uint32_t use, const kassa_LanItem *from)
{
    uint32_t at = take_item(s);
    struct arbiter_item *item = &s->items[at];
    uint32_t *head = &s->item_heads[head_of(from->key.bytes)];
    *item = (struct arbiter_item){
        .amount = from->amount, .use = use, .next_of_use = s->uses[use].first_item, .next_of_key = *head};
    memcpy(item->key, from->key.bytes, LAN_ITEM_SIZE);
    s->uses[use].first_item = at;
    *head = at;
    s->item_count++;
}

uint32_t arbiter_add_use(struct arbiter_state *s, const struct arbiter_use *use, const kassa_LanItem *items,
                         size_t count)
{
    if (!arbiter_has_room(s, count))
        return ARBITER_NONE;
    uint32_t at = take_use(s);
    uint32_t *head = &s->use_heads[head_of(use->id)];
    s->uses[at] = *use;
    s->uses[at].first_item = ARBITER_NONE;
    s->uses[at].next_of_id = *head;
    *head = at;
    s->use_count++;
    for (size_t i = 0; i < count; i++)
        add_item(s, at, &items[i]);
    return at;
}

static void unlink_item(struct arbiter_state *s, uint32_t at)
{
    uint32_t *link = &s->item_heads[head_of(s->items[at].key)];
    while (*link != at)
        link = &s->items[*link].next_of_key;
    *link = s->items[at].next_of_key;
}

void arbiter_remove_use(struct arbiter_state *s, uint32_t use)
{
    struct arbiter_use *gone = &s->uses[use];
    uint32_t *link = &s->use_heads[head_of(gone->id)];
    while (*link != use)
        link = &s->uses[*link].next_of_id;
    *link = gone->next_of_id;
    while (gone->first_item != ARBITER_NONE) {
        uint32_t at = gone->first_item;
        gone->first_item = s->items[at].next_of_use;
        unlink_item(s, at);
        s->items[at].next_of_use = s->free_item;
        s->free_item = at;
        s->item_count--;
    }
    *gone = (struct arbiter_use){.next_of_id = s->free_use};
    s->free_use = use;
    s->use_count--;
}

static bool is_free(const struct arbiter_use *use)
{
    return use->till[0] == '\0';
}

uint32_t arbiter_oldest_settled(const struct arbiter_state *s)
{
    uint32_t oldest = ARBITER_NONE;
    for (uint32_t i = 0; i < s->use_end; i++) {
        const struct arbiter_use *use = &s->uses[i];
        if (!is_free(use) && use->settled_unix_ms != 0 &&
            (oldest == ARBITER_NONE || use->order < s->uses[oldest].order))
            oldest = i;
    }
    return oldest;
}

uint32_t arbiter_first_item(const struct arbiter_state *s, const uint8_t key[LAN_ITEM_SIZE])
{
    return s->item_heads[head_of(key)];
}

static bool counts(const struct arbiter_use *use, int64_t as_of_unix_ms)
{
    bool is_in_snapshot = use->settled_unix_ms != 0 && use->settled_unix_ms <= as_of_unix_ms;
    return !is_in_snapshot;
}

/* What a receipt gave back was taken from what it was used in; where that receipt is void it is used again. */
static int64_t used_of(const struct arbiter_use *use, const struct arbiter_item *item)
{
    if (use->is_undone)
        return item->amount < 0 ? -item->amount : 0;
    return item->amount > 0 ? item->amount : 0;
}

int64_t arbiter_sum(const struct arbiter_state *s, const kassa_LanItem *item, const char **out_last)
{
    int64_t sum = 0;
    uint64_t newest = 0;
    *out_last = "";
    for (uint32_t at = arbiter_first_item(s, item->key.bytes); at != ARBITER_NONE;
         at = s->items[at].next_of_key) {
        const struct arbiter_item *used = &s->items[at];
        const struct arbiter_use *use = &s->uses[used->use];
        if (memcmp(used->key, item->key.bytes, LAN_ITEM_SIZE) != 0 || !counts(use, item->as_of_unix_ms))
            continue;
        int64_t amount = used_of(use, used);
        if (__builtin_add_overflow(sum, amount, &sum))
            return INT64_MAX; /* rather not given */
        if (amount > 0 && use->order >= newest) {
            newest = use->order;
            *out_last = use->till;
        }
    }
    return sum;
}

size_t arbiter_list_items(const struct arbiter_state *s, uint32_t use, kassa_LanItem *out, size_t capacity)
{
    size_t count = 0;
    for (uint32_t at = s->uses[use].first_item; at != ARBITER_NONE && count < capacity;
         at = s->items[at].next_of_use) {
        out[count] = (kassa_LanItem){.key = {.size = LAN_ITEM_SIZE}, .amount = s->items[at].amount};
        memcpy(out[count++].key.bytes, s->items[at].key, LAN_ITEM_SIZE);
    }
    return count;
}
