/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h - a folder of a test's own below the system's temporary one, gone with all in it at the end. */
#ifndef KASSA_HARNESS_FOLDER_H
#define KASSA_HARNESS_FOLDER_H

#include "base/base.h"

struct folder {
    char path[64];
};

/* Any failure ends the test program. */
struct folder folder_make(void);
void folder_remove(const struct folder *folder);

/* "<folder>/<name>" in out. */
void folder_join(const struct folder *folder, const char *name, char out[128]);

#endif
