/* SPDX-License-Identifier: Apache-2.0 */
/* image.h - one state that a power cut may leave: which pending units are on the disk, and the files that
 * come of it. */
#ifndef KASSA_TESTS_CRASH_IMAGE_H
#define KASSA_TESTS_CRASH_IMAGE_H

#include "crash/disk.h"
#include "harness/seed.h"

#define CUT_NONE SIZE_MAX

struct cut {
    bool *picked;       /* one for each pending unit */
    size_t torn;        /* of this one only the sectors of torn_mask are new; CUT_NONE: none is torn */
    uint8_t torn_mask;  /* bit i: sector i */
    bool is_size_ahead; /* files are as long as programs see them, zeros where the data is not there */
};

struct cut_limits {
    size_t whole_max;  /* up to so many pending units every subset is visited */
    size_t sample_max; /* beyond: so many of each kind of subset */
    size_t torn_count; /* torn ones at each point */
};

/* Visits the cuts at this point of the trace. */
typedef void cut_visit(void *context, const struct cut *cut);
void cut_each(const struct disk *disk, const struct cut_limits *limits, struct seed *seed, cut_visit *visit,
              void *context);

#define IMAGE_FILES_MAX 64
#define IMAGE_PATH_MAX  256

struct image_file {
    char path[IMAGE_PATH_MAX];
    bool is_folder;
    const struct disk_page **pages;
    uint64_t size;
};

struct image {
    struct image_file files[IMAGE_FILES_MAX]; /* a folder before what is in it */
    size_t count;
    struct disk_page torn;
    struct disk_content *contents; /* of each inode */
    uint32_t content_count;
    uint64_t hash;
};

void image_init(struct image *image);
void image_done(struct image *image);

/* What `cut` leaves of the disk. Pages belong to the disk; good until the disk moves on. */
void image_build(struct image *image, struct disk *disk, const struct cut *cut);

/* Makes `folder` (there already) hold just the image. */
void image_write(const struct image *image, const char *folder);

/* Empties a folder. */
void image_clear_folder(const char *folder);

#endif
