/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are cards or findings; what is taken for a number or a link ends within its field. */
#include "office/bureau_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings findings = FINDINGS_NONE;
    struct bureau_list list;
    struct bureau_list_row row;
    enum err error = bureau_list_open(span_of(data, size), &findings, &list);
    KASSA_ASSERT(error == ERR_OK || findings.error_count == 1);
    for (bool is_open = error == ERR_OK; is_open;) {
        size_t before = findings.error_count;
        error = bureau_list_next(&list, &findings, &row);
        KASSA_ASSERT((error == ERR_SYNTAX) == (findings.error_count > before));
        if (error == ERR_OK) {
            KASSA_ASSERT(memchr(row.card.number, '\0', sizeof row.card.number) != NULL);
            KASSA_ASSERT(memchr(row.link, '\0', sizeof row.link) != NULL);
        }
        is_open = error != ERR_NOT_FOUND;
    }
    findings_done(&findings);
    return 0;
}
