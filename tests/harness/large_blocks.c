/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before calloc and free in a simulator (the linker's --wrap): a program under test that is started anew for each
 * seed asks for megabytes of zeroes, and touches some pages of them. What the kernel asks for giving and taking those
 * is a quarter of all time. Here a large block stays where it is, and the pages that were touched are cleared: what the
 * program gets is the same.
 *
 * Which ones were touched is read from the process's own page map: a page is there, or in swap, or was never written since
 * the kernel gave it. (mincore would not do: it says of a page in swap what it says of an untouched one.) realloc is not
 * stood before, so that a program that enlarges such a block would crash: those that are linked with this have none. */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE       4096u
#define LARGE      (128u << 10)
#define BLOCKS_MAX 32u
#define PAGES_MAX  8192u /* of a block */
#define DIRTY_MAX  192u  /* with more, the kernel's zeroes are cheaper */

static struct block {
    uint8_t *bytes; /* NULL: there is none */
    size_t size;
    bool is_used;
} blocks[BLOCKS_MAX];

void *__real_calloc(size_t count, size_t size);
void __real_free(void *bytes);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *bytes);

static size_t in_pages(size_t size)
{
    return (size + PAGE - 1) / PAGE;
}

#define IS_THERE   (UINT64_C(1) << 63)
#define IS_SWAPPED (UINT64_C(1) << 62)

/* Of this process: what was opened before a fork is of the parent. -1: there is none. */
static int page_map(void)
{
    static int map = -1;
    static pid_t opened_by;
    if (opened_by != getpid()) {
        if (map >= 0)
            (void)close(map);
        map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
        opened_by = getpid();
    }
    return map;
}

static bool read_page_map(const struct block *block, size_t pages, uint64_t *out)
{
    off_t at = (off_t)((uintptr_t)block->bytes / PAGE * sizeof(*out));
    size_t size = pages * sizeof(*out);
    return pread(page_map(), out, size, at) == (ssize_t)size;
}

static void clear(const struct block *block)
{
    static uint64_t map[PAGES_MAX];
    size_t pages = in_pages(block->size), touched = 0;
    if (!read_page_map(block, pages, map))
        touched = DIRTY_MAX + 1;
    for (size_t i = 0; i < pages && touched <= DIRTY_MAX; i++) {
        if ((map[i] & (IS_THERE | IS_SWAPPED)) == 0)
            continue;
        memset(block->bytes + i * PAGE, 0, PAGE);
        touched++;
    }
    if (touched > DIRTY_MAX)
        (void)madvise(block->bytes, pages * PAGE, MADV_DONTNEED);
}

static struct block *block_of(size_t size)
{
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (!blocks[i].is_used && blocks[i].size == size)
            return &blocks[i];
    }
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].bytes == NULL)
            return &blocks[i];
    }
    return NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole) || whole < LARGE || in_pages(whole) > PAGES_MAX)
        return __real_calloc(count, size);
    struct block *block = block_of(whole);
    if (block == NULL)
        return __real_calloc(count, size);
    if (block->bytes != NULL) {
        clear(block);
    } else {
        void *bytes =
            mmap(NULL, in_pages(whole) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bytes == MAP_FAILED)
            return NULL;
        *block = (struct block){.bytes = bytes, .size = whole};
    }
    block->is_used = true;
    return block->bytes;
}

void __wrap_free(void *bytes)
{
    for (size_t i = 0; bytes != NULL && i < BLOCKS_MAX; i++) {
        if (blocks[i].bytes == bytes) {
            blocks[i].is_used = false;
            return;
        }
    }
    __real_free(bytes);
}
