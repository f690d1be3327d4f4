/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "platform/linux/linux_file.h"

struct world {
    struct folder folder;
    struct seed seed;
    char path[128];
};

/* A TPM of one byte: what one seals another does not open. */
static enum err op_seal(void *self, struct span secret, uint8_t *out, size_t capacity, size_t *out_size)
{
    const uint8_t *own = self;
    if (secret.size + 1 > capacity)
        return ERR_TOO_LONG;
    out[0] = *own;
    for (size_t i = 0; i < secret.size; i++)
        out[i + 1] = secret.bytes[i] ^ *own;
    *out_size = secret.size + 1;
    return ERR_OK;
}

static enum err op_unseal(void *self, struct span sealed, uint8_t *out, size_t capacity, size_t *out_size)
{
    const uint8_t *own = self;
    if (sealed.size - 1 > capacity)
        return ERR_TOO_LONG;
    if (sealed.bytes[0] != *own)
        return ERR_SIGNATURE;
    for (size_t i = 1; i < sealed.size; i++)
        out[i - 1] = sealed.bytes[i] ^ *own;
    *out_size = sealed.size - 1;
    return ERR_OK;
}

static uint8_t first = 0x5a, second = 0x33;
static const struct sealer none = {.seal = NULL};
static const struct sealer own = {op_seal, op_unseal, &first};
static const struct sealer others = {op_seal, op_unseal, &second};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->folder = folder_make();
    world->seed = seed_of_environment();
    folder_join(&world->folder, "device.key", world->path);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    folder_remove(&world->folder);
    free(world);
    return 0;
}

static enum err open_device(struct world *world, struct sealer sealer, struct device *out)
{
    return device_open(world->folder.path, seed_as_random(&world->seed), sealer, out);
}

static size_t read_file(const struct world *world, uint8_t out[256])
{
    size_t size;
    ok(linux_file_read(world->path, out, 256, &size));
    return size;
}

static void device_open__draws_a_key_once(void **state)
{
    struct world *world = *state;
    struct device made, again;
    ok(open_device(world, none, &made));
    ok(open_device(world, none, &again));
    assert_memory_equal(made.key, again.key, sizeof(made.key));
    assert_int_equal(chmod(world->path, 0644), 0);
    assert_int_equal(open_device(world, none, &again), ERR_RANGE);
}

static void device_open__seals_a_key_also_one_that_stood_open(void **state)
{
    struct world *world = *state;
    struct device open, sealed;
    uint8_t bytes[256];
    ok(open_device(world, none, &open));
    ok(open_device(world, own, &sealed));
    assert_memory_equal(open.key, sealed.key, sizeof(open.key));
    size_t size = read_file(world, bytes);
    assert_true(size > VAULT_KEY_SIZE);
    assert_null(memmem(bytes, size, open.key, sizeof(open.key)));
    ok(open_device(world, own, &sealed));
    assert_memory_equal(open.key, sealed.key, sizeof(open.key));
}

static void device_open__opens_no_key_of_another_device_and_makes_none_in_its_place(void **state)
{
    struct world *world = *state;
    struct device device;
    uint8_t before[256], after[256];
    ok(open_device(world, own, &device));
    size_t size = read_file(world, before);
    assert_int_equal(open_device(world, others, &device), ERR_SIGNATURE);
    assert_int_equal(open_device(world, none, &device), ERR_UNSUPPORTED);
    assert_int_equal(read_file(world, after), size);
    assert_memory_equal(before, after, size);
    ok(linux_file_replace(world->path, span_of(before, 20), 0600));
    assert_int_equal(open_device(world, own, &device), ERR_CORRUPT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(device_open__draws_a_key_once),
        CASE(device_open__seals_a_key_also_one_that_stood_open),
        CASE(device_open__opens_no_key_of_another_device_and_makes_none_in_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
