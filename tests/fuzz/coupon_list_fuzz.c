/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are rows or findings; what is taken for a serial is text of its size. */
#include "base/utf8.h"
#include "office/coupon_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings findings = FINDINGS_NONE;
    struct coupon_list list;
    struct coupon_list_row row;
    enum err error = coupon_list_open(span_of(data, size), &findings, &list);
    KASSA_ASSERT(error == ERR_OK || findings.error_count == 1);
    for (bool is_open = error == ERR_OK; is_open;) {
        size_t before = findings.error_count;
        error = coupon_list_next(&list, &findings, &row);
        KASSA_ASSERT((error == ERR_SYNTAX) == (findings.error_count == before + 1));
        if (error == ERR_OK)
            KASSA_ASSERT(utf8_is_printable(span_of_text(row.serial)));
        is_open = error != ERR_NOT_FOUND;
    }
    findings_done(&findings);
    return 0;
}
