/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm/bounded.h"
#include "platform/tpm/tpm.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/ok.h"
#include "harness/process.h"

#define TRIES    500
#define NAP_NS   10000000
#define STILL_MS 100 /* what is waited for one that was stopped */

/* One emulated TPM: its state is a folder, its two sockets stand beside. */
struct chip {
    struct folder folder;
    struct process process;
    char state[128], socket[128], tcti[160], log[128];
    struct tpm tpm;
    struct sealer sealer;
};

static bool is_there(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(fd);
    return is_connected;
}

static void wait_for(const char *path)
{
    const struct timespec nap = {0, NAP_NS};
    for (unsigned i = 0; i < TRIES && !is_there(path); i++)
        (void)nanosleep(&nap, NULL);
}

static void start(struct chip *chip)
{
    char state[160], server[192], control[192], control_path[160];
    (void)snprintf(state, sizeof(state), "dir=%s", chip->state);
    (void)snprintf(server, sizeof(server), "type=unixio,path=%s", chip->socket);
    (void)snprintf(control_path, sizeof(control_path), "%s.ctrl", chip->socket);
    (void)snprintf(control, sizeof(control), "type=unixio,path=%s", control_path);
    const char *const argv[] = {"/usr/bin/swtpm",
                                "socket",
                                "--tpm2",
                                "--tpmstate",
                                state,
                                "--server",
                                server,
                                "--ctrl",
                                control,
                                "--flags",
                                "not-need-init,startup-clear",
                                NULL};
    chip->process = process_start(argv, chip->log);
    wait_for(control_path);
}

static struct chip *make_chip(void)
{
    struct chip *chip = calloc(1, sizeof(*chip));
    assert_non_null(chip);
    chip->folder = folder_make();
    folder_join(&chip->folder, "state", chip->state);
    folder_join(&chip->folder, "tpm", chip->socket);
    folder_join(&chip->folder, "log", chip->log);
    assert_int_equal(mkdir(chip->state, 0700), 0);
    (void)snprintf(chip->tcti, sizeof(chip->tcti), "swtpm:path=%s", chip->socket);
    chip->tpm.tcti = chip->tcti;
    chip->sealer = tpm_as_sealer(&chip->tpm);
    start(chip);
    return chip;
}

static void scrap(struct chip *chip)
{
    (void)process_end(&chip->process, SIGKILL);
    folder_remove(&chip->folder);
    free(chip);
}

struct sealed {
    uint8_t bytes[SEALER_SEALED_MAX];
    size_t size;
};

static enum err seal(struct chip *chip, struct span secret, struct sealed *out)
{
    return chip->sealer.seal(chip->sealer.self, secret, out->bytes, sizeof(out->bytes), &out->size);
}

static enum err unseal(struct chip *chip, const struct sealed *sealed, uint8_t *out, size_t capacity,
                       size_t *out_size)
{
    return chip->sealer.unseal(chip->sealer.self, span_of(sealed->bytes, sealed->size), out, capacity,
                               out_size);
}

static void tpm__gives_back_what_was_sealed_also_after_a_restart(void **state)
{
    (void)state;
    struct chip *chip = make_chip();
    uint8_t secret[SEALER_SECRET_MAX], opened[SEALER_SECRET_MAX];
    struct sealed sealed;
    static const size_t sizes[] = {1, 32, SEALER_SECRET_MAX};
    for (size_t n = 0; n < COUNT_OF(sizes); n++) {
        size_t size = sizes[n];
        for (size_t i = 0; i < size; i++)
            secret[i] = (uint8_t)(i * 7 + size);
        size_t opened_size;
        ok(seal(chip, span_of(secret, size), &sealed));
        if (size > 1)
            assert_null(memmem(sealed.bytes, sealed.size, secret, 8));
        ok(unseal(chip, &sealed, opened, sizeof(opened), &opened_size));
        assert_int_equal(opened_size, size);
        assert_memory_equal(opened, secret, size);
    }
    size_t size;
    ok(seal(chip, span_of(secret, 32), &sealed));
    (void)process_end(&chip->process, SIGTERM);
    start(chip);
    ok(unseal(chip, &sealed, opened, sizeof(opened), &size));
    assert_memory_equal(opened, secret, 32);
    assert_int_equal(unseal(chip, &sealed, opened, 31, &size), ERR_TOO_LONG);
    assert_int_equal(seal(chip, span_of(secret, 0), &sealed), ERR_TOO_LONG);
    scrap(chip);
}

static void tpm__opens_nothing_that_another_one_sealed_or_that_was_changed(void **state)
{
    (void)state;
    struct chip *chip = make_chip(), *other = make_chip();
    uint8_t opened[SEALER_SECRET_MAX];
    struct sealed sealed, changed;
    size_t size;
    ok(seal(chip, span_of_text("a key of this till, of 32 bytes."), &sealed));
    assert_int_equal(unseal(other, &sealed, opened, sizeof(opened), &size), ERR_SIGNATURE);
    for (size_t at = 4; at < sealed.size; at += sealed.size / 7) {
        changed = sealed;
        changed.bytes[at] ^= 1;
        enum err error = unseal(chip, &changed, opened, sizeof(opened), &size);
        assert_true(error == ERR_SIGNATURE || error == ERR_SYNTAX);
    }
    changed = sealed;
    for (changed.size = 0; changed.size < sealed.size; changed.size++)
        assert_int_equal(unseal(chip, &changed, opened, sizeof(opened), &size), ERR_SYNTAX);
    scrap(other);
    scrap(chip);
}

/* A TPM has three places for keys: whatever a call leaves behind is missing at a later one. */
static void tpm__leaves_nothing_in_it(void **state)
{
    (void)state;
    struct chip *chip = make_chip();
    uint8_t opened[SEALER_SECRET_MAX];
    struct sealed sealed, changed;
    size_t size;
    for (unsigned i = 0; i < 8; i++) {
        ok(seal(chip, span_of_text("secret"), &sealed));
        ok(unseal(chip, &sealed, opened, sizeof(opened), &size));
        changed = sealed;
        changed.bytes[sealed.size - 1] ^= 1;
        assert_int_equal(unseal(chip, &changed, opened, sizeof(opened), &size), ERR_SIGNATURE);
    }
    scrap(chip);
}

static void tpm__says_that_there_is_none(void **state)
{
    (void)state;
    struct chip *chip = make_chip();
    uint8_t opened[SEALER_SECRET_MAX];
    struct sealed sealed;
    size_t size;
    ok(seal(chip, span_of_text("secret"), &sealed));
    (void)process_end(&chip->process, SIGKILL);
    assert_int_equal(unseal(chip, &sealed, opened, sizeof(opened), &size), ERR_IO);
    assert_int_equal(seal(chip, span_of_text("secret"), &sealed), ERR_IO);
    chip->tpm.tcti = "nonsense:";
    assert_int_equal(seal(chip, span_of_text("secret"), &sealed), ERR_IO);
    scrap(chip);
}

static uint64_t no_time(void *self)
{
    (void)self;
    return 0;
}

static void bounded__leaves_a_tpm_that_stands_still_and_finds_it_again(void **state)
{
    (void)state;
    static const struct clock_ops clock_ops = {.mono_ms = no_time};
    struct chip *chip = make_chip();
    struct bounded bounded = {.sealer = chip->sealer, .clock = {&clock_ops, NULL}, .wait_ms = STILL_MS};
    const struct sealer sealer = bounded_as_sealer(&bounded);
    const struct timespec nap = {0, NAP_NS};
    uint8_t opened[SEALER_SECRET_MAX];
    struct sealed sealed;
    size_t size = 0;
    ok(seal(chip, span_of_text("secret"), &sealed));
    struct span bytes = span_of(sealed.bytes, sealed.size);
    assert_int_equal(kill(chip->process.pid, SIGSTOP), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(sealer.unseal(sealer.self, bytes, opened, sizeof(opened), &size), ERR_BUSY);
    assert_int_equal(kill(chip->process.pid, SIGCONT), 0);
    enum err error = ERR_BUSY;
    for (unsigned i = 0; i < TRIES && error == ERR_BUSY; i++) {
        error = sealer.unseal(sealer.self, bytes, opened, sizeof(opened), &size);
        (void)nanosleep(&nap, NULL);
    }
    ok(error);
    assert_true(span_is_equal(span_of(opened, size), span_of_text("secret")));
    bounded_close(&bounded);
    scrap(chip);
}

int main(void)
{
    (void)setenv("TSS2_LOG", "all+NONE", 0); /* it tells each refusal on standard error */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tpm__gives_back_what_was_sealed_also_after_a_restart),
        cmocka_unit_test(tpm__opens_nothing_that_another_one_sealed_or_that_was_changed),
        cmocka_unit_test(tpm__leaves_nothing_in_it),
        cmocka_unit_test(tpm__says_that_there_is_none),
        cmocka_unit_test(bounded__leaves_a_tpm_that_stands_still_and_finds_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
