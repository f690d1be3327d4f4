/* SPDX-License-Identifier: Apache-2.0 */
/* Any pattern on any text: refused, or matched within its budget. The pattern ends at the first NUL. */
#include "offers/cel/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[65536];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t end = 0;
    while (end < size && data[end] != 0)
        end++;
    struct span text = end < size ? span_of(data + end + 1, size - end - 1) : span_of(data, 0);
    struct arena arena = arena_of(memory, sizeof memory);
    struct cel_pattern pattern;
    const char *fault = NULL;
    uint64_t budget = 100000;
    bool is_match;
    enum err error = cel_pattern_compile(span_of(data, end), &arena, &pattern, &fault);
    KASSA_ASSERT(error != ERR_SYNTAX || fault != NULL);
    if (error == ERR_OK)
        error = cel_pattern_matches(&pattern, text, &arena, &budget, &is_match);
    KASSA_ASSERT(error != ERR_FULL || budget == 0);
    return 0;
}
