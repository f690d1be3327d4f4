/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/key_index.h"

void journal_key_index_clear(struct key_index *index)
{
    if (index->last != 0) /* memory that was never written is not touched: a start costs nothing here */
        memset(index->heads, 0, sizeof index->heads);
    index->last = 0;
}

void journal_key_index_add(struct key_index *index, uint64_t tag, struct place place)
{
    uint64_t *head = &index->heads[tag % KEY_HEADS];
    uint64_t number = ++index->last;
    index->entries[number % JOURNAL_KEYS_MAX] = (struct key_entry){tag, *head, place};
    *head = number;
}

static bool is_kept(const struct key_index *index, uint64_t number)
{
    return number != 0 && index->last - number < JOURNAL_KEYS_MAX;
}

uint64_t journal_key_index_find(const struct key_index *index, uint64_t tag, uint64_t before,
                                struct place *out_place)
{
    uint64_t number = index->heads[tag % KEY_HEADS];
    while (is_kept(index, number)) {
        const struct key_entry *entry = &index->entries[number % JOURNAL_KEYS_MAX];
        if (entry->tag == tag && (before == 0 || number < before)) {
            *out_place = entry->place;
            return number;
        }
        number = entry->older;
    }
    return 0;
}
