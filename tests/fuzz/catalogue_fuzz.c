/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is read as a catalogue or refused with findings; what is read is within bounds. */
#include "office/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings findings = FINDINGS_NONE;
    struct pool pool = {NULL};
    struct form form = {.text = span_of("", 0), .findings = &findings, .pool = &pool, .exponent = 2};
    struct draft_items items = {NULL, 0};
    catalogue_read(&form, span_of(data, size), &findings, &items);
    for (uint32_t i = 0; i < items.count && findings.error_count == 0; i++) {
        const struct draft_item *item = &items.rows[i];
        KASSA_ASSERT(item->sku.size > 0 && item->sku.size <= SKU_MAX);
        KASSA_ASSERT(item->categories.count <= CATEGORIES_PER_LINE_MAX);
        KASSA_ASSERT(item->price_minor >= DRAFT_ABSENT && item->cost_minor >= DRAFT_ABSENT);
    }
    for (size_t i = 0; i < findings.count; i++)
        KASSA_ASSERT(findings.rows[i].what[0] != '\0');
    findings_done(&findings);
    pool_done(&pool);
    return 0;
}
