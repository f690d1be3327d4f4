/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/sort.h"

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(uint32_t *values, uint32_t root, uint32_t count, offers_compare *compare,
                      const void *context)
{
    while (2 * (uint64_t)root + 1 < count) {
        uint32_t child = 2 * root + 1;
        if (child + 1 < count && compare(context, values[child], values[child + 1]) < 0)
            child++;
        if (compare(context, values[root], values[child]) >= 0)
            return;
        swap(&values[root], &values[child]);
        root = child;
    }
}

void offers_sort(uint32_t *values, uint32_t count, offers_compare *compare, const void *context)
{
    for (uint32_t start = count / 2; start > 0; start--)
        sift_down(values, start - 1, count, compare, context);
    for (uint32_t end = count; end > 1; end--) {
        swap(&values[0], &values[end - 1]);
        sift_down(values, 0, end - 1, compare, context);
    }
}
