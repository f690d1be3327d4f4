/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_between.c - LMDB opened as no till should: for the controls that the harness must find. The product has
 * no switch for it; here its calls pass by. */
#include <dlfcn.h>
#include <lmdb.h>

#include "crash/subject.h"

static unsigned more_flags;
static bool is_sync_left_out;

void lmdb_misuse(unsigned env_flags, bool is_without_sync)
{
    more_flags = env_flags;
    is_sync_left_out = is_without_sync;
}

int mdb_env_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode)
{
    int (*real)(MDB_env *, const char *, unsigned, mdb_mode_t);
    *(void **)&real = dlsym(RTLD_NEXT, "mdb_env_open");
    return real(env, path, flags | more_flags, mode);
}

int mdb_env_sync(MDB_env *env, int is_forced)
{
    int (*real)(MDB_env *, int);
    *(void **)&real = dlsym(RTLD_NEXT, "mdb_env_sync");
    return is_sync_left_out ? 0 : real(env, is_forced);
}
