/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/controls.h"

#include <lmdb.h>

const struct control controls[] = {
    {"nosync", "LMDB opened with MDB_NOSYNC", {.env_flags = MDB_NOSYNC}, CRASH_FAULT_NONE},
    {"nometasync", "LMDB opened with MDB_NOMETASYNC", {.env_flags = MDB_NOMETASYNC}, CRASH_FAULT_NONE},
    {"writemap-nometasync",
     "LMDB writes through its map, and does not wait for its meta page",
     {.env_flags = MDB_WRITEMAP | MDB_NOMETASYNC},
     CRASH_FAULT_NONE},
    {"writemap-mapasync",
     "LMDB writes through its map, and waits for nothing",
     {.env_flags = MDB_WRITEMAP | MDB_MAPASYNC},
     CRASH_FAULT_NONE},
    {"writemap",
     "LMDB writes through its map and waits for it: a cut does no harm, and it is not to be found",
     {.env_flags = MDB_WRITEMAP},
     CRASH_FAULT_NONE},
    {"ack-early",
     "a sale is acknowledged before its commit",
     {.controls = CONTROL_ACK_EARLY},
     CRASH_FAULT_NONE},
    {"in-place",
     "a journal is created where it stays, not aside and renamed",
     {.controls = CONTROL_IN_PLACE},
     false},
    {"no-folder-sync",
     "folders are not synced after names changed",
     {.drops = CRASH_DROP_FOLDER_SYNC},
     false},
    {"no-resync",
     "after a failed commit no sync before the next write",
     {.is_without_sync = true, .drops = CRASH_DROP_META_SETTLE},
     CRASH_FAULT_EIO_SYNC},
};
const size_t control_count = COUNT_OF(controls);

const struct control *control_find(const char *name)
{
    for (size_t i = 0; i < control_count; i++)
        if (strcmp(controls[i].name, name) == 0)
            return &controls[i];
    return NULL;
}
