/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: it is refused, or each of its cases is counted once, as passed or with a sentence. */
#include <stddef.h>
#include <stdint.h>

#include "office/cases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_failed(void *self, const char *id, const char *sentence)
{
    uint32_t *count = self;
    KASSA_ASSERT(id != NULL && sentence[0] != '\0');
    (*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t failed = 0;
    struct cases_totals totals = {0, 0};
    struct cases_fault fault;
    const struct cases_sink sink = {&failed, count_failed};
    enum err error = cases_run(span_of(data, size), &sink, &totals, &fault);
    KASSA_ASSERT(error == ERR_OK || error == ERR_SYNTAX);
    if (error == ERR_OK)
        KASSA_ASSERT(totals.failed == failed);
    return 0;
}
