/* SPDX-License-Identifier: Apache-2.0 */
#include "till/points.h"

#include <stdlib.h>

enum err points_open(struct points_fold *fold)
{
    struct points_move *moves = calloc(POINTS_MOVES_MAX, sizeof *moves);
    if (moves == NULL)
        return ERR_MEMORY;
    *fold = (struct points_fold){.moves = moves};
    return ERR_OK;
}

void points_done(struct points_fold *fold)
{
    free(fold->moves);
    fold->moves = NULL;
}

/* Member ids are random: their first bytes are as good as any hash. */
static uint32_t *head_of(struct points_fold *fold, const uint8_t member[MEMBER_SIZE])
{
    return &fold->heads[(member[0] | (uint32_t)member[1] << 8) % POINTS_HEADS];
}

static void unlink_move(struct points_fold *fold, uint32_t place)
{
    uint32_t *link = head_of(fold, fold->moves[place].member);
    while (*link != 0 && *link != place + 1)
        link = &fold->moves[*link - 1].older;
    if (*link != 0)
        *link = fold->moves[place].older;
}

void points_add(struct points_fold *fold, const struct points_move *move)
{
    uint32_t place = fold->next;
    if (fold->count == POINTS_MOVES_MAX)
        unlink_move(fold, place);
    else
        fold->count++;
    uint32_t *head = head_of(fold, move->member);
    fold->moves[place] = *move;
    fold->moves[place].older = *head;
    *head = place + 1;
    fold->next = (place + 1) % POINTS_MOVES_MAX;
}

struct points_sum points_waiting(const struct points_fold *fold, const uint8_t member[MEMBER_SIZE],
                                 int64_t as_of_unix_ms, uint64_t acknowledged_seq)
{
    struct points_sum sum = {0};
    uint32_t at = fold->heads[(member[0] | (uint32_t)member[1] << 8) % POINTS_HEADS];
    for (; at != 0; at = fold->moves[at - 1].older) {
        const struct points_move *move = &fold->moves[at - 1];
        bool is_waiting = move->seq > acknowledged_seq || move->as_of_unix_ms == as_of_unix_ms;
        if (!is_waiting || memcmp(move->member, member, MEMBER_SIZE) != 0)
            continue;
        (void)__builtin_add_overflow(sum.points, move->points, &sum.points);
        (void)__builtin_add_overflow(sum.pending, move->pending, &sum.pending);
        (void)__builtin_add_overflow(sum.burned, move->burned, &sum.burned);
    }
    return sum;
}

void points_forget(struct points_fold *fold)
{
    memset(fold->heads, 0, sizeof fold->heads);
    fold->next = 0;
    fold->count = 0;
}
