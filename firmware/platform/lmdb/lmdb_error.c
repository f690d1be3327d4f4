/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "platform/lmdb/lmdb_internal.h"

static const struct {
    int code;
    enum err error;
} codes[] = {
    {MDB_SUCCESS, ERR_OK},
    {MDB_NOTFOUND, ERR_NOT_FOUND},
    {MDB_KEYEXIST, ERR_CONFLICT},
    {MDB_MAP_FULL, ERR_FULL},
    {MDB_TXN_FULL, ERR_FULL},
    {MDB_READERS_FULL, ERR_FULL},
    {MDB_DBS_FULL, ERR_FULL},
    {ENOSPC, ERR_FULL},
    {EDQUOT, ERR_FULL},
    {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
    {MDB_CORRUPTED, ERR_CORRUPT},
    {MDB_INVALID, ERR_CORRUPT},
    {MDB_VERSION_MISMATCH, ERR_VERSION},
    {MDB_INCOMPATIBLE, ERR_VERSION},
    {MDB_MAP_RESIZED, ERR_RANGE},
    {MDB_BAD_VALSIZE, ERR_ARGUMENT},
    {ENOMEM, ERR_MEMORY},
    {ENOENT, ERR_NOT_FOUND},
    {EAGAIN, ERR_BUSY},
};

enum err lmdb_error_of(int code)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].code == code)
            return codes[i].error;
    return ERR_IO;
}
