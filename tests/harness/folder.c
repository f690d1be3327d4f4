/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

struct folder folder_make(void)
{
    struct folder folder = {0};
    const char *root = getenv("TMPDIR");
    int length = snprintf(folder.path, sizeof folder.path, "%s/kassa-XXXXXX", root != NULL ? root : "/tmp");
    KASSA_ASSERT(length > 0 && (size_t)length < sizeof folder.path);
    KASSA_ASSERT(mkdtemp(folder.path) != NULL);
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void folder_remove(const struct folder *folder)
{
    if (folder->path[0] != '\0')
        KASSA_ASSERT(nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

void folder_join(const struct folder *folder, const char *name, char out[128])
{
    int length = snprintf(out, 128, "%s/%s", folder->path, name);
    KASSA_ASSERT(length > 0 && length < 128);
}
