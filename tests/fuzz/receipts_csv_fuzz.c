/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a file of receipts: a plan whose lines can all be read, or the line that is wrong. */
#include <stdlib.h>

#include "shopper/visit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct plan plan;
    size_t line = 0, text_size = 0;
    if (plan_receipts_text(text, 0, &plan, &line) != ERR_OK)
        return 0;
    for (size_t i = 0; i < plan.visit_count; i++) {
        for (size_t k = 0; k < plan.visits[i].line_count; k++)
            text_size += strlen(plan.visits[i].lines[k].sku) + strlen(plan.visits[i].lines[k].description);
    }
    KASSA_ASSERT(text_size <= size);
    plan_done(&plan);
    return 0;
}
