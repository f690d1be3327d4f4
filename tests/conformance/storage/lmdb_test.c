/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/seed.h"
#include "platform/lmdb/lmdb_storage.h"
#include "storage_suite.h"

struct lmdb_fixture {
    struct storage_fixture base;
    struct folder folder;
    struct seed seed;
    struct lmdb_storage *storage;
};

static void reopen(struct storage_fixture *base)
{
    static const char *const tables[SUITE_TABLES] = {"one", "two"};
    struct lmdb_fixture *fixture = base->self;
    char path[128];
    lmdb_storage_close(TAKE(fixture->storage));
    folder_join(&fixture->folder, "store", path);
    struct lmdb_options options = {.path = path,
                                   .tables = tables,
                                   .table_count = SUITE_TABLES,
                                   .map_size_bytes = 1024 * 1024,
                                   .random = seed_as_random(&fixture->seed)};
    assert_int_equal(lmdb_storage_open(&options, &fixture->storage), ERR_OK);
    base->storage = lmdb_storage_as_storage(fixture->storage);
}

static int setup(void **state)
{
    struct lmdb_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->folder = folder_make();
    fixture->base = (struct storage_fixture){.reopen = reopen, .self = fixture};
    reopen(&fixture->base);
    *state = &fixture->base;
    return 0;
}

static int teardown(void **state)
{
    struct storage_fixture *base = *state;
    struct lmdb_fixture *fixture = base->self;
    lmdb_storage_close(fixture->storage);
    folder_remove(&fixture->folder);
    free(fixture);
    return 0;
}

int main(void)
{
    return storage_suite_run(setup, teardown);
}
