/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm/bounded.h"

#include <dirent.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "harness/ok.h"

#define HANG_MS  20    /* what is waited for a chip that does not answer at all */
#define WELL_MS  60000 /* and for one that does, on a busy machine */
#define NAP_NS   1000000
#define NAPS_MAX 60000

/* A chip that turns bytes over; while it hangs, each call waits until it is let go. */
struct chip {
    atomic_uint calls, inside, inside_max;
    atomic_bool hangs;
    _Atomic enum err error;
    sem_t go;
};

struct world {
    struct chip *chip;
    uint64_t mono_ms;
    struct bounded bounded;
    struct sealer sealer;
};

static enum err turn_over(void *self, struct span in, uint8_t *out, size_t capacity, size_t *out_size)
{
    struct chip *chip = self;
    unsigned inside = atomic_fetch_add(&chip->inside, 1) + 1;
    if (inside > atomic_load(&chip->inside_max))
        atomic_store(&chip->inside_max, inside);
    (void)atomic_fetch_add(&chip->calls, 1);
    if (atomic_load(&chip->hangs))
        (void)sem_wait(&chip->go);
    (void)atomic_fetch_sub(&chip->inside, 1);
    if (in.size > capacity)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < in.size; i++)
        out[i] = (uint8_t)~in.bytes[i];
    *out_size = in.size;
    return atomic_load(&chip->error);
}

static uint64_t mono_ms(void *self)
{
    return *(const uint64_t *)self;
}

static const struct clock_ops clock_ops = {.mono_ms = mono_ms};

static void nap(void)
{
    const struct timespec time = {0, NAP_NS};
    (void)nanosleep(&time, NULL);
}

static unsigned threads(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count - 2;
}

static unsigned threads_before; /* the test's own, and those of a sanitizer */

static void wait_for_all_threads(void)
{
    for (unsigned i = 0; i < NAPS_MAX && threads() > threads_before; i++)
        nap();
    assert_int_equal(threads(), threads_before);
}

static void open_world(struct world *world, struct chip *chip)
{
    *chip = (struct chip){.hangs = false};
    (void)sem_init(&chip->go, /* pshared= */ 0, 0);
    *world = (struct world){.chip = chip, .mono_ms = 5};
    world->bounded = (struct bounded){
        .sealer = {turn_over, turn_over, chip}, .clock = {&clock_ops, &world->mono_ms}, .wait_ms = WELL_MS};
    world->sealer = bounded_as_sealer(&world->bounded);
}

/* What is asked is gone as soon as the call is back: a thread that is left has only what it took. */
static enum err ask(struct world *world, const char *text, char *out, size_t capacity)
{
    size_t size = strlen(text), out_size = 0;
    uint8_t *in = malloc(size + 1), *turned = malloc(capacity + 1);
    assert_true(in != NULL && turned != NULL);
    memcpy(in, text, size);
    enum err error = world->sealer.unseal(world->sealer.self, span_of(in, size), turned, capacity, &out_size);
    if (error == ERR_OK) {
        for (size_t i = 0; i < out_size; i++)
            out[i] = (char)~turned[i];
        out[out_size] = '\0';
    }
    free(in);
    free(turned);
    return error;
}

static void hang(struct world *world)
{
    char out[32];
    atomic_store(&world->chip->hangs, true);
    world->bounded.wait_ms = HANG_MS;
    assert_int_equal(ask(world, "key", out, sizeof(out) - 1), ERR_BUSY);
    for (unsigned i = 0; i < NAPS_MAX && atomic_load(&world->chip->inside) == 0; i++)
        nap(); /* its thread may be late itself */
    assert_int_equal(world->chip->inside, 1);
}

static void let_go(struct world *world)
{
    atomic_store(&world->chip->hangs, false);
    (void)sem_post(&world->chip->go);
    world->bounded.wait_ms = WELL_MS;
}

static void bounded__hands_on_what_the_sealer_says(void **state)
{
    (void)state;
    static struct chip chip;
    struct world world;
    char out[32];
    uint8_t turned[8];
    size_t size;
    static const enum err answers[] = {ERR_SIGNATURE, ERR_SYNTAX, ERR_TOO_LONG, ERR_OK};
    open_world(&world, &chip);
    ok(ask(&world, "key", out, sizeof(out) - 1));
    assert_string_equal(out, "key");
    ok(world.sealer.seal(world.sealer.self, span_of_text("k"), turned, sizeof(turned), &size));
    assert_true(size == 1 && turned[0] == (uint8_t) ~'k');
    assert_int_equal(ask(&world, "key", out, 2), ERR_TOO_LONG);
    for (size_t i = 0; i < COUNT_OF(answers);
         i++) { /* answers, each of them: nothing is kept back after one */
        atomic_store(&chip.error, answers[i]);
        assert_int_equal(ask(&world, "key", out, sizeof(out) - 1), answers[i]);
    }
    assert_int_equal(chip.calls, 3 + COUNT_OF(answers));
    static uint8_t large[SEALER_SEALED_MAX + 1];
    assert_int_equal(
        world.sealer.unseal(world.sealer.self, span_of(large, sizeof(large)), turned, sizeof(turned), &size),
        ERR_TOO_LONG);
    bounded_close(&world.bounded);
    wait_for_all_threads();
}

static void bounded__leaves_a_sealer_alone_for_a_minute_after_a_failure(void **state)
{
    (void)state;
    static struct chip chip;
    struct world world;
    char out[32];
    open_world(&world, &chip);
    atomic_store(&chip.error, ERR_IO);
    assert_int_equal(ask(&world, "key", out, sizeof(out) - 1), ERR_IO);
    atomic_store(&chip.error, ERR_OK);
    world.mono_ms += BOUNDED_REST_MS - 1;
    assert_int_equal(ask(&world, "key", out, sizeof(out) - 1), ERR_IO);
    assert_int_equal(ask(&world, "other", out, sizeof(out) - 1), ERR_IO);
    assert_int_equal(chip.calls, 1);
    world.mono_ms++;
    ok(ask(&world, "key", out, sizeof(out) - 1));
    assert_int_equal(chip.calls, 2);
    bounded_close(&world.bounded);
}

static void bounded__waits_no_longer_for_one_that_hangs_and_asks_it_nothing_more(void **state)
{
    (void)state;
    static struct chip chip;
    struct world world;
    char out[32];
    open_world(&world, &chip);
    hang(&world);
    world.mono_ms += 10 * BOUNDED_REST_MS;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ask(&world, i == 0 ? "key" : "other", out, sizeof(out) - 1), ERR_BUSY);
    assert_int_equal(chip.calls, 1);
    let_go(&world);
    wait_for_all_threads();
    ok(ask(&world, "other", out, sizeof(out) - 1)); /* another question: what was late is of no use */
    assert_string_equal(out, "other");
    assert_int_equal(chip.calls, 2);
    assert_int_equal(chip.inside_max, 1);
    bounded_close(&world.bounded);
}

static void bounded__gives_what_came_late_to_who_asks_the_same(void **state)
{
    (void)state;
    static struct chip chip;
    struct world world;
    char out[32];
    uint8_t turned[8];
    size_t size;
    open_world(&world, &chip);
    hang(&world);
    let_go(&world);
    wait_for_all_threads();
    ok(ask(&world, "key", out, sizeof(out) - 1));
    assert_string_equal(out, "key");
    assert_int_equal(chip.calls, 1);
    assert_int_equal(ask(&world, "key", out, sizeof(out) - 1), ERR_BUSY); /* once; and the minute runs on */
    world.mono_ms += BOUNDED_REST_MS;
    hang(&world);
    let_go(&world);
    wait_for_all_threads();
    world.mono_ms += BOUNDED_REST_MS;
    ok(world.sealer.seal(world.sealer.self, span_of_text("key"), turned, sizeof(turned), &size));
    assert_int_equal(chip.calls, 3); /* to seal is another question than to unseal */
    bounded_close(&world.bounded);
}

static void bounded__tries_anew_what_failed_late(void **state)
{
    (void)state;
    static struct chip chip;
    struct world world;
    char out[32];
    open_world(&world, &chip);
    hang(&world);
    atomic_store(&chip.error, ERR_IO);
    let_go(&world);
    wait_for_all_threads();
    atomic_store(&chip.error, ERR_OK);
    assert_int_equal(ask(&world, "key", out, sizeof(out) - 1), ERR_BUSY);
    world.mono_ms += BOUNDED_REST_MS;
    ok(ask(&world, "key", out, sizeof(out) - 1));
    assert_int_equal(chip.calls, 2);
    bounded_close(&world.bounded);
}

/* What they take is freed by themselves: the sanitizer sees what is not. */
static void bounded_close__waits_for_nobody(void **state)
{
    (void)state;
    static struct chip out, back;
    struct world world;
    open_world(&world, &out);
    hang(&world);
    bounded_close(&world.bounded);
    bounded_close(&world.bounded);
    assert_int_equal(out.inside, 1);
    let_go(&world);
    wait_for_all_threads();
    open_world(&world, &back);
    hang(&world);
    let_go(&world);
    wait_for_all_threads();
    bounded_close(&world.bounded);
}

int main(void)
{
    threads_before = threads();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded__hands_on_what_the_sealer_says),
        cmocka_unit_test(bounded__leaves_a_sealer_alone_for_a_minute_after_a_failure),
        cmocka_unit_test(bounded__waits_no_longer_for_one_that_hangs_and_asks_it_nothing_more),
        cmocka_unit_test(bounded__gives_what_came_late_to_who_asks_the_same),
        cmocka_unit_test(bounded__tries_anew_what_failed_late),
        cmocka_unit_test(bounded_close__waits_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
