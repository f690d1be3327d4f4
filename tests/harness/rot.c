/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/rot.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define SECTOR_SIZE 512

static size_t rot_bit(struct rot_file *file, struct seed *seed)
{
    file->damaged[seed_below(seed, file->size)] ^= (uint8_t)(1u << seed_below(seed, 8));
    return file->size;
}

static size_t rot_byte(struct rot_file *file, struct seed *seed)
{
    file->damaged[seed_below(seed, file->size)] = (uint8_t)seed_next(seed);
    return file->size;
}

static size_t rot_sector(struct rot_file *file, struct seed *seed)
{
    memset(file->damaged + seed_below(seed, file->size / SECTOR_SIZE) * SECTOR_SIZE, 0, SECTOR_SIZE);
    return file->size;
}

static size_t rot_page(struct rot_file *file, struct seed *seed)
{
    memset(file->damaged + seed_below(seed, file->size / ROT_PAGE_SIZE) * ROT_PAGE_SIZE, 0, ROT_PAGE_SIZE);
    return file->size;
}

static size_t rot_swap(struct rot_file *file, struct seed *seed)
{
    size_t a = (size_t)seed_below(seed, file->size / ROT_PAGE_SIZE) * ROT_PAGE_SIZE;
    size_t b = (size_t)seed_below(seed, file->size / ROT_PAGE_SIZE) * ROT_PAGE_SIZE;
    memcpy(file->damaged + a, file->original + b, ROT_PAGE_SIZE);
    memcpy(file->damaged + b, file->original + a, ROT_PAGE_SIZE);
    return file->size;
}

static size_t rot_cut(struct rot_file *file, struct seed *seed)
{
    return (size_t)seed_below(seed, file->size);
}

const struct rot_kind rot_kinds[ROT_KINDS] = {{"bit flipped", rot_bit},      {"byte replaced", rot_byte},
                                              {"sector zeroed", rot_sector}, {"page zeroed", rot_page},
                                              {"pages swapped", rot_swap},   {"cut short", rot_cut}};

void rot_load(struct rot_file *file, const char *path)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, file->original, sizeof file->original);
    assert_true(size > 10 * ROT_PAGE_SIZE && size < ROT_FILE_MAX);
    file->size = (size_t)size;
    assert_int_equal(close(fd), 0);
}

void rot_begin(struct rot_file *file)
{
    memcpy(file->damaged, file->original, file->size);
}

void rot_store(const struct rot_file *file, const char *path, size_t size)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file->damaged, size), (ssize_t)size);
    assert_int_equal(close(fd), 0);
}
