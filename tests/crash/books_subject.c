/* SPDX-License-Identifier: Apache-2.0 */
/* books_subject.c - the bookcase over the till's cache: books are received in chunks, activated, fallen back
 * from. A cut leaves the old book or the new one in force, whole, and chunks that were received stay. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "bookcase/bookcase.h"
#include "crash/disk.h"
#include "crash/subject.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"

#define MAP_SIZE     (16 * 1024 * 1024)
#define CHUNKS_MAX   3
#define TRUST_SIZE   4000 /* of a root and a timestamp, some */
#define OPEN_TRIES   4
#define SETTLE_TRIES 4

enum books_step {
    STEP_OPEN,
    STEP_RECEIVE,
    STEP_CHUNK,
    STEP_ACTIVATE,
    STEP_FALL_BACK,
    STEP_TRUST,
    STEP_ROTATE
};
enum books_mark_kind { BOOKS_BEGIN, BOOKS_DONE, BOOKS_UNDONE };

struct books_mark {
    uint32_t kind;
    uint32_t index;
    uint32_t step;
    uint32_t chunk;
};

struct shown {
    uint64_t active; /* versions; 0: none */
    uint64_t before;
    uint64_t incoming;
    uint64_t highest;
    uint64_t trust; /* which of its states is remembered: it changes with the book, or alone */
    bool is_receiving;
    bool is_back;
    uint32_t chunks; /* of the one that is being received: bit i is there */
};

struct books_point {
    struct shown base;
    struct shown candidate;
};

struct books_model {
    struct subject_settings settings;
    struct books_point *points;
    size_t point_count;
    struct shown *contents; /* each that there ever was, once */
    uint32_t content_count;
    uint32_t next_index;
};

static bool is_equal(const struct shown *a, const struct shown *b)
{
    return a->active == b->active && a->before == b->before && a->incoming == b->incoming &&
           a->highest == b->highest && a->trust == b->trust && a->is_receiving == b->is_receiving &&
           a->chunks == b->chunks;
}

static uint32_t class_of(struct books_model *model, const struct shown *shown)
{
    for (uint32_t i = 0; i < model->content_count; i++)
        if (is_equal(&model->contents[i], shown))
            return i;
    model->contents = disk_memory(model->contents, (model->content_count + 1u) * sizeof *model->contents);
    model->contents[model->content_count] = *shown;
    return model->content_count++;
}

static void add_point(struct books_model *model, struct books_point point)
{
    model->points = disk_memory(model->points, (model->point_count + 1) * sizeof *model->points);
    model->points[model->point_count++] = point;
    (void)class_of(model, &point.base);
    (void)class_of(model, &point.candidate);
}

static void *create(const struct subject_settings *settings)
{
    struct books_model *model = disk_memory(NULL, sizeof *model);
    *model = (struct books_model){.settings = *settings};
    add_point(model, (struct books_point){0});
    return model;
}

static void destroy(void *self)
{
    struct books_model *model = self;
    free(model->points);
    free(model->contents);
    free(model);
}

static size_t points(const void *self)
{
    const struct books_model *model = self;
    return model->point_count;
}

/* ---- books and steps */

static uint32_t size_of(uint64_t version)
{
    struct seed seed = {version};
    return 1 + (uint32_t)seed_below(&seed, CHUNKS_MAX * BOOK_CHUNK_SIZE);
}

static uint32_t chunk_count_of(uint64_t version)
{
    return (size_of(version) + BOOK_CHUNK_SIZE - 1) / BOOK_CHUNK_SIZE;
}

static struct book_copy copy_of(uint64_t version)
{
    struct book_copy copy = {.version = version, .size = size_of(version)};
    memset(copy.hash, (int)(version & 0xff), HASH_SIZE);
    return copy;
}

/* Each byte of a book follows from its version and place. */
static void fill_book(uint64_t version, uint8_t *out)
{
    for (uint32_t i = 0; i < size_of(version); i++)
        out[i] = (uint8_t)(version * 37 + i / 512 + i);
}

static struct shown after(const struct shown *before, const struct books_mark *mark)
{
    struct shown next = *before;
    switch ((enum books_step)mark->step) {
    case STEP_RECEIVE:
        next.incoming = mark->index;
        next.is_receiving = true;
        next.chunks = 0;
        break;
    case STEP_CHUNK:
        next.chunks |= 1u << mark->chunk;
        break;
    case STEP_ACTIVATE:
        next = (struct shown){.active = before->incoming,
                              .before = before->active,
                              .highest = before->incoming,
                              .trust = mark->index};
        break;
    case STEP_FALL_BACK:
        next.active = before->before;
        next.before = before->active;
        next.trust = mark->index;
        next.is_back = true;
        break;
    case STEP_ROTATE:
        next.highest = before->highest / 2;
        next.trust = mark->index;
        break;
    case STEP_TRUST:
        next.trust = mark->index;
        break;
    case STEP_OPEN:
        break;
    }
    return next;
}

/* What may be done next, drawn by chance; the index counts steps and names versions. */
static struct books_mark draw(const struct books_model *model, const struct shown *shown)
{
    struct seed seed = {model->settings.seed * 7919 + model->next_index};
    struct books_mark mark = {.kind = BOOKS_BEGIN, .index = model->next_index};
    uint32_t all = (1u << chunk_count_of(shown->incoming)) - 1;
    bool may_fall_back = !shown->is_back && shown->before != 0 && seed_below(&seed, 4) == 0;
    mark.step = may_fall_back ? STEP_FALL_BACK : STEP_RECEIVE;
    if (seed_below(&seed, 8) == 0)
        mark.step = seed_below(&seed, 3) == 0 ? STEP_ROTATE : STEP_TRUST;
    if (mark.step != STEP_RECEIVE)
        return mark;
    if (!shown->is_receiving || seed_below(&seed, 12) == 0)
        return mark;
    mark.step = shown->chunks == all ? STEP_ACTIVATE : STEP_CHUNK;
    mark.chunk = (uint32_t)seed_below(&seed, chunk_count_of(shown->incoming));
    while (mark.step == STEP_CHUNK && (shown->chunks >> mark.chunk & 1) != 0)
        mark.chunk = (mark.chunk + 1) % chunk_count_of(shown->incoming);
    return mark;
}

static void follow(void *self, struct span bytes)
{
    struct books_model *model = self;
    struct books_mark mark;
    struct books_point point = model->points[model->point_count - 1];
    KASSA_ASSERT(bytes.size == sizeof mark);
    memcpy(&mark, bytes.bytes, sizeof mark);
    if (mark.kind == BOOKS_BEGIN) {
        point.candidate = after(&point.base, &mark);
        model->next_index = mark.index + 1;
    } else {
        point.base = mark.kind == BOOKS_DONE ? point.candidate : point.base;
        point.candidate = point.base;
    }
    add_point(model, point);
}

/* ---- the bookcase */

struct shelf {
    struct lmdb_storage *lmdb;
    struct bookcase *bookcase;
};

static void close_shelf(struct shelf *shelf)
{
    bookcase_close(TAKE(shelf->bookcase));
    lmdb_storage_close(TAKE(shelf->lmdb));
}

/* As the till opens its cache: a damaged one is set aside, and the books with it. */
NODISCARD
static enum err open_shelf(const char *folder, struct seed *seed, struct shelf *out)
{
    static const char *const tables[] = {BOOKCASE_TABLES};
    char path[512];
    struct shelf shelf CLEANUP(close_shelf) = {0};
    (void)snprintf(path, sizeof path, "%s/cache", folder);
    const struct lmdb_options options = {.path = path,
                                         .tables = tables,
                                         .table_count = COUNT_OF(tables),
                                         .map_size_bytes = MAP_SIZE,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = LMDB_SET_ASIDE,
                                         .random = seed_as_random(seed)};
    TRY(lmdb_storage_open(&options, &shelf.lmdb));
    TRY(bookcase_open(lmdb_storage_as_storage(shelf.lmdb), 0, &shelf.bookcase));
    *out = shelf;
    shelf = (struct shelf){0};
    return ERR_OK;
}

static enum err look_at(struct bookcase *bookcase, struct shown *out)
{
    struct book_copy incoming = bookcase_get(bookcase, BOOKCASE_INCOMING);
    uint8_t trust[BOOKCASE_TRUST_MAX] = {0};
    size_t trust_size = 0;
    uint32_t missing = 0;
    TRY(bookcase_get_trust(bookcase, trust, &trust_size));
    *out = (struct shown){.active = bookcase_get(bookcase, BOOKCASE_ACTIVE).version,
                          .before = bookcase_get(bookcase, BOOKCASE_BEFORE).version,
                          .incoming = incoming.version,
                          .trust = bytes_get_le32(trust),
                          .highest = bookcase_version_max(bookcase)};
    if (trust_size != 0 && (trust_size != TRUST_SIZE || trust[TRUST_SIZE - 1] != trust[0]))
        return ERR_CORRUPT;
    enum err error = bookcase_next_missing(bookcase, 0, &missing);
    out->is_receiving = error != ERR_STATE;
    for (uint32_t i = 0; out->is_receiving && i < chunk_count_of(incoming.version); i++) {
        error = bookcase_next_missing(bookcase, i, &missing);
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
        if (error == ERR_NOT_FOUND || missing != i)
            out->chunks |= 1u << i;
    }
    return ERR_OK;
}

static void tell(struct books_model *model, struct books_mark mark, enum books_mark_kind kind)
{
    mark.kind = kind;
    crash_shim_mark(&mark, sizeof mark);
    follow(model, span_of(&mark, sizeof mark));
}

static enum err perform(struct shelf *shelf, const char *folder, struct seed *chance,
                        const struct books_mark *mark)
{
    static uint8_t book[CHUNKS_MAX * BOOK_CHUNK_SIZE];
    struct book_copy copy = copy_of(mark->index);
    uint8_t trust[TRUST_SIZE];
    uint64_t base = shelf->bookcase == NULL ? 0 : bookcase_version_max(shelf->bookcase) / 2;
    memset(trust, (int)(mark->index & 0xff), sizeof trust);
    bytes_put_le32(trust, mark->index);
    enum err error = ERR_IO;
    switch ((enum books_step)mark->step) {
    case STEP_OPEN:
        for (int tries = 0; error != ERR_OK && tries < OPEN_TRIES; tries++)
            error = open_shelf(folder, chance, shelf);
        return error;
    case STEP_RECEIVE:
        return bookcase_receive(shelf->bookcase, &copy);
    case STEP_CHUNK: {
        uint64_t version = bookcase_get(shelf->bookcase, BOOKCASE_INCOMING).version;
        uint32_t at = mark->chunk * BOOK_CHUNK_SIZE;
        uint32_t left = size_of(version) - at;
        fill_book(version, book);
        return bookcase_put_chunk(shelf->bookcase, mark->chunk,
                                  span_of(book + at, left < BOOK_CHUNK_SIZE ? left : BOOK_CHUNK_SIZE));
    }
    case STEP_ACTIVATE:
        return bookcase_activate(shelf->bookcase, span_of(trust, sizeof trust));
    case STEP_FALL_BACK:
        return bookcase_fall_back(shelf->bookcase, span_of(trust, sizeof trust));
    case STEP_TRUST:
        return bookcase_put_trust(shelf->bookcase, span_of(trust, sizeof trust), NULL);
    case STEP_ROTATE:
        return bookcase_put_trust(shelf->bookcase, span_of(trust, sizeof trust), &base);
    }
    return ERR_ARGUMENT;
}

/* After an error: what became of it? False: nothing can be learned. */
static bool settle(struct books_model *model, struct shelf *shelf, struct books_mark mark,
                   const char **out_why)
{
    struct books_point point = model->points[model->point_count - 1];
    struct shown shown;
    enum err error = ERR_IO;
    for (int tries = 0; shelf->bookcase != NULL && error != ERR_OK && tries < SETTLE_TRIES; tries++)
        error = look_at(shelf->bookcase, &shown);
    if (error != ERR_OK)
        return false;
    if (!is_equal(&shown, &point.base) && !is_equal(&shown, &point.candidate))
        *out_why = "after an error neither what was before nor what was asked for is there";
    tell(model, mark, is_equal(&shown, &point.base) ? BOOKS_UNDONE : BOOKS_DONE);
    return true;
}

static const char *work(void *self, const char *folder)
{
    struct books_model *model = self;
    struct shelf shelf CLEANUP(close_shelf) = {0};
    struct seed chance = {model->settings.seed ^ model->next_index};
    const char *why = NULL;
    bool goes_on = true;
    for (uint32_t i = 0; goes_on && why == NULL && i <= model->settings.operations; i++) {
        struct books_mark mark = draw(model, &model->points[model->point_count - 1].base);
        if (i == 0)
            mark.step = STEP_OPEN;
        if (mark.index == 0)
            model->next_index = 1; /* version 0 is none */
        tell(model, mark, BOOKS_BEGIN);
        if (perform(&shelf, folder, &chance, &mark) == ERR_OK)
            tell(model, mark, BOOKS_DONE);
        else
            goes_on = settle(model, &shelf, mark, &why);
    }
    return why;
}

/* ---- looking at it */

static void refuse(struct verdict *verdict, enum verdict_kind kind, const char *what, enum err error)
{
    verdict->kind = kind;
    (void)snprintf(verdict->why, sizeof verdict->why, "%s: %s", what, err_name(error));
}

static bool is_whole(struct bookcase *bookcase, enum bookcase_which which, uint64_t version)
{
    static uint8_t wanted[CHUNKS_MAX * BOOK_CHUNK_SIZE];
    static uint8_t read[CHUNKS_MAX * BOOK_CHUNK_SIZE];
    if (version == 0)
        return true;
    fill_book(version, wanted);
    return bookcase_read(bookcase, which, read, sizeof read) == ERR_OK &&
           memcmp(read, wanted, size_of(version)) == 0;
}

static bool are_books_whole(struct bookcase *bookcase, const struct shown *shown)
{
    return is_whole(bookcase, BOOKCASE_ACTIVE, shown->active) &&
           is_whole(bookcase, BOOKCASE_BEFORE, shown->before);
}

/* A new book comes whole and is activated. */
static enum err go_on(struct shelf *shelf, const char *folder, struct seed *seed, const struct shown *shown)
{
    struct books_mark mark = {.index = (uint32_t)shown->highest + 100000, .step = STEP_RECEIVE};
    TRY(perform(shelf, folder, seed, &mark));
    mark.step = STEP_CHUNK;
    for (mark.chunk = 0; mark.chunk < chunk_count_of(mark.index); mark.chunk++)
        TRY(perform(shelf, folder, seed, &mark));
    mark.step = STEP_ACTIVATE;
    TRY(perform(shelf, folder, seed, &mark));
    close_shelf(shelf);
    TRY(open_shelf(folder, seed, shelf));
    bool is_right = is_whole(shelf->bookcase, BOOKCASE_ACTIVE, mark.index) &&
                    is_whole(shelf->bookcase, BOOKCASE_BEFORE, shown->active);
    return is_right ? ERR_OK : ERR_CORRUPT;
}

static void check(void *self, const char *folder, struct verdict *out)
{
    struct books_model *model = self;
    struct shelf shelf CLEANUP(close_shelf) = {0};
    struct seed seed = {0xc0ffee};
    struct shown shown = {0};
    *out = (struct verdict){.kind = VERDICT_SOUND};
    enum err error = open_shelf(folder, &seed, &shelf);
    if (error == ERR_OK)
        error = look_at(shelf.bookcase, &shown);
    if (error != ERR_OK) {
        refuse(out, VERDICT_BRICK, "opened", error);
        return;
    }
    uint32_t known = model->content_count;
    out->class = class_of(model, &shown);
    model->content_count = known;
    if (out->class == known) {
        refuse(out, VERDICT_TORN, "a shelf that never was so", ERR_STATE);
        return;
    }
    if (!are_books_whole(shelf.bookcase, &shown)) {
        refuse(out, VERDICT_TORN, "a book that is not whole", ERR_CORRUPT);
        return;
    }
    error = go_on(&shelf, folder, &seed, &shown);
    if (error != ERR_OK)
        refuse(out, VERDICT_LATER, "the next book", error);
}

static void judge(const void *self, size_t index, struct verdict *verdict)
{
    const struct books_model *model = self;
    const struct books_point *point = &model->points[index];
    const struct shown *seen = &model->contents[verdict->class];
    if (is_equal(seen, &point->base) || is_equal(seen, &point->candidate))
        return;
    verdict->kind = seen->trust < point->base.trust || seen->incoming < point->base.incoming
                        ? VERDICT_LOST
                        : VERDICT_PHANTOM;
    (void)snprintf(verdict->why, sizeof verdict->why,
                   "seen: %" PRIu64 " in force, %" PRIu64 " beside, trust %" PRIu64
                   ", chunks %x; acknowledged: %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %x",
                   seen->active, seen->before, seen->trust, seen->chunks, point->base.active,
                   point->base.before, point->base.trust, point->base.chunks);
}

static void restart(void *self, size_t index, const struct verdict *verdict)
{
    struct books_model *model = self;
    struct shown seen = model->contents[verdict->class];
    (void)index;
    add_point(model, (struct books_point){seen, seen});
}

const struct subject crash_books = {.name = "books",
                                    .what =
                                        "books received, activated and fallen back from, in the till's cache",
                                    .create = create,
                                    .destroy = destroy,
                                    .work = work,
                                    .follow = follow,
                                    .points = points,
                                    .check = check,
                                    .judge = judge,
                                    .restart = restart};
