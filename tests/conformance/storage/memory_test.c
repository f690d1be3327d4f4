/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/memory_storage.h"
#include "storage_suite.h"

struct memory_fixture {
    struct storage_fixture base;
    struct memory_shelf shelf;
    struct memory_storage storage;
};

/* The disk outlives the program. */
static void reopen(struct storage_fixture *base)
{
    struct memory_fixture *fixture = base->self;
    memory_storage_revive(&fixture->storage);
}

static int setup(void **state)
{
    struct memory_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    memory_storage_init(&fixture->storage, &fixture->shelf, SUITE_TABLES, 1024 * 1024);
    fixture->base = (struct storage_fixture){
        .storage = memory_storage_as_storage(&fixture->storage), .reopen = reopen, .self = fixture};
    *state = &fixture->base;
    return 0;
}

static int teardown(void **state)
{
    struct storage_fixture *base = *state;
    struct memory_fixture *fixture = base->self;
    memory_shelf_close(&fixture->shelf);
    free(fixture);
    return 0;
}

int main(void)
{
    return storage_suite_run(setup, teardown);
}
