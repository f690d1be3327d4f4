/* SPDX-License-Identifier: Apache-2.0 */
/* cut.c - which subsets of what is pending are looked at: all of them while they are few; else none, all,
 * those that came first, those that came last, one alone, all but one, and some at random; and some of which
 * one page is torn between two of its versions. */
#include <stdlib.h>

#include "crash/image.h"

struct cutting {
    const struct disk *disk;
    const struct cut_limits *limits;
    struct seed *seed;
    cut_visit *visit;
    void *context;
    struct cut cut;
    size_t count;
    bool has_sizes; /* some file is longer for programs than it is on the disk for sure */
};

static void visit_sizes(struct cutting *cutting)
{
    cutting->cut.is_size_ahead = false;
    cutting->visit(cutting->context, &cutting->cut);
    if (!cutting->has_sizes)
        return;
    cutting->cut.is_size_ahead = true;
    cutting->visit(cutting->context, &cutting->cut);
}

static void pick_all(struct cutting *cutting, bool picked)
{
    for (size_t i = 0; i < cutting->count; i++)
        cutting->cut.picked[i] = picked;
}

static void visit_every_subset(struct cutting *cutting)
{
    for (uint32_t mask = 0; mask < 1u << cutting->count; mask++) {
        for (size_t i = 0; i < cutting->count; i++)
            cutting->cut.picked[i] = (mask >> i & 1) != 0;
        visit_sizes(cutting);
    }
}

enum subset { SUBSET_FIRST, SUBSET_LAST, SUBSET_ONE, SUBSET_ALL_BUT_ONE, SUBSET_RANDOM, SUBSET_KINDS };

static bool is_in(struct cutting *cutting, enum subset subset, size_t at, size_t i)
{
    switch (subset) {
    case SUBSET_FIRST:
        return i < at;
    case SUBSET_LAST:
        return i >= at;
    case SUBSET_ONE:
        return i == at;
    case SUBSET_ALL_BUT_ONE:
        return i != at;
    case SUBSET_RANDOM:
    case SUBSET_KINDS:
        break;
    }
    return (seed_next(cutting->seed) & 1) != 0;
}

static void pick(struct cutting *cutting, enum subset subset, size_t at)
{
    for (size_t i = 0; i < cutting->count; i++)
        cutting->cut.picked[i] = is_in(cutting, subset, at, i);
}

static void visit_samples(struct cutting *cutting)
{
    size_t samples = cutting->limits->sample_max;
    for (unsigned all = 0; all < 2; all++) {
        pick_all(cutting, all != 0);
        visit_sizes(cutting);
    }
    for (enum subset subset = 0; subset < SUBSET_KINDS; subset++) {
        bool is_few = cutting->count <= samples;
        for (size_t i = 0; i < (is_few ? cutting->count : samples); i++) {
            pick(cutting, subset, is_few ? i : (size_t)seed_below(cutting->seed, cutting->count));
            cutting->cut.is_size_ahead = cutting->has_sizes && (seed_next(cutting->seed) & 1) != 0;
            cutting->visit(cutting->context, &cutting->cut);
        }
    }
}

/* The first sectors, the last ones, or any. */
static uint8_t random_mask(struct seed *seed)
{
    unsigned count = 1 + (unsigned)seed_below(seed, 7);
    switch (seed_below(seed, 3)) {
    case 0:
        return (uint8_t)((1u << count) - 1);
    case 1:
        return (uint8_t)(0xffu << count);
    default:
        return (uint8_t)(1 + seed_below(seed, 254));
    }
}

static void visit_torn(struct cutting *cutting)
{
    size_t at = (size_t)seed_below(cutting->seed, cutting->count);
    size_t tries = cutting->count;
    while (tries-- > 0 && cutting->disk->pending[at].kind != DISK_PAGE)
        at = (at + 1) % cutting->count;
    if (cutting->disk->pending[at].kind != DISK_PAGE)
        return;
    switch (seed_below(cutting->seed, 3)) {
    case 0:
        pick(cutting, SUBSET_FIRST, at);
        break;
    case 1:
        pick_all(cutting, true);
        break;
    default:
        pick(cutting, SUBSET_RANDOM, 0);
    }
    cutting->cut.picked[at] = true;
    cutting->cut.torn = at;
    cutting->cut.torn_mask = random_mask(cutting->seed);
    cutting->cut.is_size_ahead = cutting->has_sizes && (seed_next(cutting->seed) & 1) != 0;
    cutting->visit(cutting->context, &cutting->cut);
    cutting->cut.torn = CUT_NONE;
}

static bool has_sizes(const struct disk *disk)
{
    for (uint32_t i = 0; i < disk->inode_count; i++)
        if (disk->inodes[i].durable.size < disk->inodes[i].cache.size)
            return true;
    return false;
}

void cut_each(const struct disk *disk, const struct cut_limits *limits, struct seed *seed, cut_visit *visit,
              void *context)
{
    struct cutting cutting = {.disk = disk,
                              .limits = limits,
                              .seed = seed,
                              .visit = visit,
                              .context = context,
                              .count = disk->pending_count,
                              .has_sizes = has_sizes(disk)};
    cutting.cut = (struct cut){.picked = disk_memory(NULL, cutting.count), .torn = CUT_NONE};
    if (cutting.count <= limits->whole_max)
        visit_every_subset(&cutting);
    else
        visit_samples(&cutting);
    for (size_t i = 0; i < limits->torn_count && cutting.count > 0; i++)
        visit_torn(&cutting);
    free(cutting.cut.picked);
}
