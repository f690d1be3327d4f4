/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes stand in data.mdb: the walk ends, stays within them, and takes the same file twice the same
 * way. */
#include "platform/lmdb/lmdb_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (1024 * 1024)

static uint8_t used[FILE_MAX / 512 / 8 + 1];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FILE_MAX)
        return 0;
    enum err first = lmdb_walk(span_of(data, size), used);
    KASSA_ASSERT(lmdb_walk(span_of(data, size), used) == first);
    return 0;
}
