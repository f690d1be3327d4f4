/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/lmdb/lmdb_walk.h"

#include "platform/lmdb/lmdb_pages.h"

#define TABLE_SIZE  (8 + 5 * WORD)
#define PAGE_MIN    512u
#define PAGE_MAX    65536u
#define META_MAGIC  0xBEEFC0DEu
#define META_FORMAT 1u
#define NO_PAGE     SIZE_MAX /* the root of an empty table */
#define DEPTH_MAX   32       /* LMDB's own bound of a cursor's stack */

enum table_kind { TABLE_FREE, TABLE_MAIN, TABLE_NAMED };

struct table {
    uint16_t depth;
    size_t branch_pages;
    size_t leaf_pages;
    size_t overflow_pages;
    size_t entries;
    size_t root;
};

struct walk {
    struct span file;
    size_t page_size;
    size_t page_count;  /* of the snapshot */
    size_t there_count; /* of them, in the file: one that was allocated and freed at once was never written */
    uint8_t *used;
};

/* What a table's walk has met so far. */
struct tour {
    struct walk *walk;
    enum table_kind kind;
    struct table met;
    struct span last_key;
    struct span floor; /* of the next leaf's first key */
};

struct node {
    uint16_t flags;
    struct span key;
    const uint8_t *data;
    size_t data_size; /* as stated; what is there has been checked */
    size_t child;
};

static struct table get_table(const uint8_t *at)
{
    return (struct table){.depth = lmdb_get16(at + 6),
                          .branch_pages = lmdb_get_word(at + 8),
                          .leaf_pages = lmdb_get_word(at + 8 + WORD),
                          .overflow_pages = lmdb_get_word(at + 8 + 2 * WORD),
                          .entries = lmdb_get_word(at + 8 + 3 * WORD),
                          .root = lmdb_get_word(at + 8 + 4 * WORD)};
}

static const uint8_t *page_at(const struct walk *walk, size_t number)
{
    return walk->file.bytes + number * walk->page_size;
}

/* Each page belongs to one place. */
static enum err take_pages(struct walk *walk, size_t number, size_t count)
{
    if (number < 2 || number >= walk->there_count || count == 0 || count > walk->there_count - number)
        return ERR_CORRUPT;
    for (size_t i = number; i < number + count; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));
        if ((walk->used[i / 8] & bit) != 0)
            return ERR_CORRUPT;
        walk->used[i / 8] |= bit;
    }
    return ERR_OK;
}

static enum err walk_table(struct walk *walk, enum table_kind kind, const uint8_t *at);

/* Keys of the free table are numbers, all others bytes. */
static int compare_keys(const struct tour *tour, struct span a, struct span b)
{
    if (tour->kind == TABLE_FREE) {
        size_t a_number = lmdb_get_word(a.bytes);
        size_t b_number = lmdb_get_word(b.bytes);
        return (a_number > b_number) - (a_number < b_number);
    }
    int order = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static bool is_key_sound(const struct tour *tour, struct span key)
{
    return tour->kind == TABLE_FREE ? key.size == WORD : key.size > 0;
}

/* Keys go up over the whole table, and none is below the one that leads to its page. */
static enum err check_order(struct tour *tour, struct span key)
{
    if (!is_key_sound(tour, key) ||
        (tour->last_key.bytes != NULL && compare_keys(tour, tour->last_key, key) >= 0) ||
        (tour->floor.bytes != NULL && compare_keys(tour, tour->floor, key) > 0))
        return ERR_CORRUPT;
    tour->last_key = key;
    tour->floor = span_of(NULL, 0);
    return ERR_OK;
}

/* The key of a branch's second and later nodes parts what is before from what it leads to; the first has
 * none. */
static enum err check_parting(struct tour *tour, struct span key)
{
    if (!is_key_sound(tour, key) || tour->last_key.bytes == NULL ||
        compare_keys(tour, tour->last_key, key) >= 0)
        return ERR_CORRUPT;
    tour->floor = key;
    return ERR_OK;
}

static enum err take_free_pages(struct tour *tour, const uint8_t *list, size_t size)
{
    if (size < WORD)
        return ERR_CORRUPT;
    size_t count = lmdb_get_word(list);
    if (count > size / WORD - 1)
        return ERR_CORRUPT;
    for (size_t i = 1; i <= count; i++) {
        size_t number = lmdb_get_word(list + i * WORD);
        bool is_beyond = number >= tour->walk->there_count && number < tour->walk->page_count;
        if (!is_beyond)
            TRY(take_pages(tour->walk, number, 1));
    }
    return ERR_OK;
}

/* A value too large for a page stands in pages of its own. */
static enum err walk_big(struct tour *tour, const struct node *node, const uint8_t **out_data)
{
    struct walk *walk = tour->walk;
    size_t number = lmdb_get_word(node->data);
    size_t count = (HEAD_SIZE - 1 + node->data_size) / walk->page_size + 1;
    TRY(take_pages(walk, number, count));
    const uint8_t *page = page_at(walk, number);
    if (lmdb_get_word(page) != number || (lmdb_get16(page + WORD + 2) & PAGE_KINDS) != PAGE_OVERFLOW ||
        lmdb_get32(page + WORD + 4) != count)
        return ERR_CORRUPT;
    tour->met.overflow_pages += count;
    *out_data = page + HEAD_SIZE;
    return ERR_OK;
}

static enum err walk_leaf_node(struct tour *tour, const struct node *node)
{
    const uint8_t *data = node->data;
    TRY(check_order(tour, node->key));
    tour->met.entries++;
    if ((node->flags & ~(NODE_BIG | NODE_TABLE)) != 0)
        return ERR_CORRUPT;
    if ((node->flags & NODE_BIG) != 0)
        TRY(walk_big(tour, node, &data));
    if (tour->kind == TABLE_FREE)
        return take_free_pages(tour, data, node->data_size);
    if ((node->flags & NODE_TABLE) == 0)
        return ERR_OK;
    if (tour->kind != TABLE_MAIN || node->data_size != TABLE_SIZE || (node->flags & NODE_BIG) != 0)
        return ERR_CORRUPT;
    return walk_table(tour->walk, TABLE_NAMED, data);
}

/* Node `index` of a page whose pointers are within bounds. */
static enum err read_node(const struct walk *walk, const uint8_t *page, size_t index, bool is_leaf,
                          struct node *out)
{
    size_t upper = lmdb_get16(page + WORD + 6);
    size_t at = lmdb_get16(page + HEAD_SIZE + 2 * index);
    if (at < upper || at > walk->page_size - NODE_SIZE)
        return ERR_CORRUPT;
    size_t low = lmdb_get16(page + at);
    size_t high = lmdb_get16(page + at + 2);
    struct node node = {.flags = lmdb_get16(page + at + 4), .data_size = low | high << 16};
    size_t key_size = lmdb_get16(page + at + 6);
    size_t room = walk->page_size - at - NODE_SIZE;
    if (key_size > room)
        return ERR_CORRUPT;
    node.key = span_of(page + at + NODE_SIZE, key_size);
    node.data = page + at + NODE_SIZE + key_size;
    node.child = node.data_size | (WORD == 8 ? (size_t)node.flags << (WORD * 8 / 2) : 0);
    size_t data_here = (node.flags & NODE_BIG) != 0 ? WORD : node.data_size;
    if (is_leaf && data_here > room - key_size)
        return ERR_CORRUPT;
    *out = node;
    return ERR_OK;
}

static enum err check_page(const struct walk *walk, const uint8_t *page, size_t number,
                           size_t *out_node_count)
{
    size_t lower = lmdb_get16(page + WORD + 4);
    size_t upper = lmdb_get16(page + WORD + 6);
    if (lmdb_get_word(page) != number || lower < HEAD_SIZE || lower > upper || upper > walk->page_size ||
        (lower - HEAD_SIZE) % 2 != 0)
        return ERR_CORRUPT;
    *out_node_count = (lower - HEAD_SIZE) / 2;
    return ERR_OK;
}

/* depth counts down to 1, where the leaves are: it bounds the recursion. */
static enum err walk_page(struct tour *tour, size_t number, unsigned depth)
{
    struct walk *walk = tour->walk;
    bool is_leaf = depth == 1;
    size_t count = 0;
    TRY(take_pages(walk, number, 1));
    const uint8_t *page = page_at(walk, number);
    TRY(check_page(walk, page, number, &count));
    if ((lmdb_get16(page + WORD + 2) & PAGE_KINDS) != (is_leaf ? PAGE_LEAF : PAGE_BRANCH) ||
        count < (is_leaf ? 1u : 2u))
        return ERR_CORRUPT;
    if (is_leaf)
        tour->met.leaf_pages++;
    else
        tour->met.branch_pages++;
    for (size_t i = 0; i < count; i++) {
        struct node node;
        TRY(read_node(walk, page, i, is_leaf, &node));
        if (is_leaf) {
            TRY(walk_leaf_node(tour, &node));
            continue;
        }
        if (i > 0)
            TRY(check_parting(tour, node.key));
        TRY(walk_page(tour, node.child, depth - 1));
    }
    return ERR_OK;
}

static enum err walk_table(struct walk *walk, enum table_kind kind, const uint8_t *at)
{
    struct table stated = get_table(at);
    struct tour tour = {.walk = walk, .kind = kind};
    bool has_plain_keys = kind == TABLE_FREE || lmdb_get16(at + 4) == 0;
    if (!has_plain_keys || stated.depth > DEPTH_MAX || (stated.root == NO_PAGE) != (stated.depth == 0))
        return ERR_CORRUPT;
    if (stated.depth > 0)
        TRY(walk_page(&tour, stated.root, stated.depth));
    bool agrees = tour.met.branch_pages == stated.branch_pages && tour.met.leaf_pages == stated.leaf_pages &&
                  tour.met.overflow_pages == stated.overflow_pages && tour.met.entries == stated.entries;
    return agrees ? ERR_OK : ERR_CORRUPT;
}

/* A commit writes the meta page of its number's parity: the two are one apart, but in a file without any
 * commit. Another number would have LMDB go on from an older snapshot than the newest. */
static bool are_numbers_sound(size_t first, size_t second)
{
    if (first == 0 && second == 0)
        return true;
    bool are_next = first + 1 == second || second + 1 == first;
    return are_next && first % 2 == 0;
}

static enum err check_meta(const uint8_t *meta, size_t *out_page_size)
{
    if (lmdb_get32(meta) != META_MAGIC)
        return ERR_CORRUPT;
    if (lmdb_get32(meta + 4) != META_FORMAT)
        return ERR_VERSION;
    size_t page_size = lmdb_get32(meta + 8 + 2 * WORD); /* the free table's pad */
    if (page_size < PAGE_MIN || page_size > PAGE_MAX || (page_size & (page_size - 1)) != 0)
        return ERR_CORRUPT;
    *out_page_size = page_size;
    return ERR_OK;
}

size_t lmdb_walk_used_size(size_t file_size)
{
    return file_size / PAGE_MIN / 8 + 1;
}

enum err lmdb_walk(struct span file, uint8_t *used)
{
    const size_t last_at = 8 + 2 * WORD + 2 * TABLE_SIZE;
    const size_t meta_size = last_at + 2 * WORD;
    size_t page_size = 0;
    size_t second_page_size = 0;
    if (file.size < HEAD_SIZE + meta_size)
        return ERR_CORRUPT;
    TRY(check_meta(file.bytes + HEAD_SIZE, &page_size));
    if (file.size < 2 * page_size)
        return ERR_CORRUPT;
    const uint8_t *meta = file.bytes + HEAD_SIZE;
    const uint8_t *second = meta + page_size;
    TRY(check_meta(second, &second_page_size));
    if (!are_numbers_sound(lmdb_get_word(meta + last_at + WORD), lmdb_get_word(second + last_at + WORD)))
        return ERR_CORRUPT;
    if (lmdb_get_word(second + last_at + WORD) > lmdb_get_word(meta + last_at + WORD))
        meta = second;
    size_t last_page = lmdb_get_word(meta + last_at);
    if (second_page_size != page_size || last_page < 1 || last_page == SIZE_MAX)
        return ERR_CORRUPT;
    size_t there = file.size / page_size;
    struct walk walk = {.file = file,
                        .page_size = page_size,
                        .page_count = last_page + 1,
                        .there_count = there < last_page + 1 ? there : last_page + 1,
                        .used = used};
    memset(used, 0, lmdb_walk_used_size(file.size));
    TRY(walk_table(&walk, TABLE_FREE, meta + 8 + 2 * WORD));
    return walk_table(&walk, TABLE_MAIN, meta + 8 + 2 * WORD + TABLE_SIZE);
}
