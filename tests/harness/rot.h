/* SPDX-License-Identifier: Apache-2.0 */
/* rot.h - what a bad disk does to a file: six kinds of damage. */
#ifndef KASSA_HARNESS_ROT_H
#define KASSA_HARNESS_ROT_H

#include "harness/seed.h"

#define ROT_PAGE_SIZE 4096
#define ROT_FILE_MAX  (2 * 1024 * 1024)

/* A file as it was, and a copy to be damaged. */
struct rot_file {
    uint8_t original[ROT_FILE_MAX];
    uint8_t damaged[ROT_FILE_MAX];
    size_t size; /* of the original */
};

struct rot_kind {
    const char *name;
    size_t (*rot)(struct rot_file *file, struct seed *seed); /* how long the file is then */
};

#define ROT_KINDS 6
extern const struct rot_kind rot_kinds[ROT_KINDS];

/* All but some ten pages is too little to damage, more than ROT_FILE_MAX too much: asserted. */
void rot_load(struct rot_file *file, const char *path);
void rot_begin(struct rot_file *file); /* the copy is whole again */
void rot_store(const struct rot_file *file, const char *path, size_t size);

#endif
