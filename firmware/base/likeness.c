/* SPDX-License-Identifier: Apache-2.0 */
#include "base/likeness.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t likeness_distance(struct span a, struct span b)
{
    if (a.size > LIKENESS_WORD_MAX || b.size > LIKENESS_WORD_MAX)
        return LIKENESS_WORD_MAX;
    size_t rows[3][LIKENESS_WORD_MAX + 1];
    for (size_t j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        const size_t *two_before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t change = lower(a.bytes[i - 1]) == lower(b.bytes[j - 1]) ? 0 : 1;
            now[j] = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + change);
            bool is_swap = i > 1 && j > 1 && lower(a.bytes[i - 1]) == lower(b.bytes[j - 2]) &&
                           lower(a.bytes[i - 2]) == lower(b.bytes[j - 1]);
            if (is_swap)
                now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}

struct likeness likeness_of(struct span typed)
{
    size_t near_enough = typed.size / 3 + 1;
    return (struct likeness){typed, {NULL, 0}, near_enough + 1};
}

void likeness_try(struct likeness *likeness, struct span word)
{
    size_t distance = likeness_distance(likeness->typed, word);
    if (distance >= likeness->distance || distance >= word.size)
        return;
    likeness->distance = distance;
    likeness->best = word;
}
