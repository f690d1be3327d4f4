/* SPDX-License-Identifier: Apache-2.0 */
/* Ten lives, which is enough to find each of the protocol's planted faults (tests/faults): kassa-sync-sim lives a
 * hundred thousand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scenario/sync_sim/world.h"
#include "vault/vault.h"

#define LIVES 10
#define DAYS  8

static uint64_t first_seed(void)
{
    const char *text = getenv("KASSA_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

static void sync_sim__holds_in_ten_lives(void **state)
{
    (void)state;
    static struct world world;
    for (uint64_t seed = first_seed(); seed < first_seed() + LIVES; seed++) {
        if (live(&world, seed, DAYS, /* is_verbose= */ false))
            continue;
        fail_msg("life %llu: %s: %s (kassa-sync-sim --days %d --replay %llu)",
                 (unsigned long long)(seed - first_seed() + 1), world.violation, world.detail, DAYS,
                 (unsigned long long)seed);
    }
}

static void sync_sim__is_decided_by_its_seed_alone(void **state)
{
    (void)state;
    static struct world world;
    for (uint64_t seed = first_seed(); seed < first_seed() + LIVES; seed++) {
        (void)live(&world, seed, DAYS, /* is_verbose= */ false);
        uint64_t chance_left = world.seed.state, steps = world.steps, now_ms = world.now_ms;
        (void)live(&world, seed, DAYS, /* is_verbose= */ false);
        assert_int_equal(world.seed.state, chance_left);
        assert_int_equal(world.steps, steps);
        assert_int_equal(world.now_ms, now_ms);
    }
}

int main(void)
{
    if (vault_open() != ERR_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_sim__holds_in_ten_lives),
        cmocka_unit_test(sync_sim__is_decided_by_its_seed_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
