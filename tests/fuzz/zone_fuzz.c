/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a zone file or refused, at any moment: the first eight bytes say which. And any bytes are a zone's name,
 * of a file there or refused. */
#include "base/bytes.h"
#include "office/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t offset_s = INT32_MIN, again_s = INT32_MIN;
    if (size < 8)
        return 0;
    int64_t unix_s = (int64_t)bytes_get_be64(data);
    struct span file = span_of(data + 8, size - 8);
    enum err error = zone_offset_in(file, unix_s, &offset_s);
    KASSA_ASSERT(error == ERR_OK || error == ERR_SYNTAX);
    KASSA_ASSERT(error == ERR_OK || offset_s == INT32_MIN); /* untouched */
    KASSA_ASSERT(zone_offset_in(file, unix_s, &again_s) == error && again_s == offset_s);
    error = zone_offset(file, unix_s, &again_s);
    KASSA_ASSERT(error == ERR_OK || error == ERR_SYNTAX || error == ERR_NOT_FOUND);
    return 0;
}
