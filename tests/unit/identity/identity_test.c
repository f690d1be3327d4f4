/* SPDX-License-Identifier: Apache-2.0 */
/* A till's certificate is renewed, and whatever happens on the way the till can connect. */
#include "agent/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "platform/linux/linux_file.h"

#define NOW    1795000000
#define DAY_S  86400
#define NO_CUT (-1)
#define CUT    42
#define AWRY   43

struct world {
    struct folder folder;
    char certificate[128], key[128];
    struct vault_key_pair authority, old;
    uint8_t authority_der[VAULT_CERTIFICATE_SIZE_MAX];
    size_t authority_size;
    bool refuses_new; /* the broker does */
    unsigned attempts;
    struct sealer sealer;
};

static unsigned states_seen; /* in which the till started after a cut */

/* ---- the disk: every change of a file is counted, and the power goes before the one that was chosen */

static int changes_left = NO_CUT;

enum err __real_linux_file_replace(const char *path, struct span bytes, unsigned mode);
enum err __wrap_linux_file_replace(const char *path, struct span bytes, unsigned mode);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

static void count_change(void)
{
    if (changes_left == 0)
        _exit(CUT);
    changes_left -= changes_left > 0 ? 1 : 0;
}

enum err __wrap_linux_file_replace(const char *path, struct span bytes, unsigned mode)
{
    count_change();
    return __real_linux_file_replace(path, bytes, mode);
}

/* A removal is not waited for: after a cut the file may be back. Here it moves aside. */
int __wrap_unlink(const char *path)
{
    char gone[256];
    count_change();
    if (strlen(path) < 5 || strcmp(path + strlen(path) - 5, ".next") != 0)
        return __real_unlink(path);
    (void)snprintf(gone, sizeof(gone), "%s.gone", path);
    return rename(path, gone);
}

/* ---- the authority and the broker */

static void certify(struct world *world, const char *name, const uint8_t *public_key, int64_t until_unix_s,
                    struct vault_buffer *out)
{
    struct vault_certificate terms = {.use = VAULT_USE_CLIENT,
                                      .serial = {1, 2, 3},
                                      .from_unix_s = until_unix_s - INT64_C(90) * DAY_S,
                                      .until_unix_s = until_unix_s};
    (void)snprintf(terms.name, sizeof(terms.name), "%s", name);
    memcpy(terms.public_key, public_key, VAULT_PUBLIC_SIZE);
    struct vault_issuer issuer = {world->authority.private_key,
                                  span_of(world->authority_der, world->authority_size)};
    ok(vault_certificate_make(&terms, &issuer, out));
}

static void found_authority(struct world *world)
{
    struct vault_certificate root = {.use = VAULT_USE_AUTHORITY,
                                     .name = "Example Markets",
                                     .serial = {1},
                                     .from_unix_s = NOW - INT64_C(1000) * DAY_S,
                                     .until_unix_s = NOW + INT64_C(1000) * DAY_S};
    ok(vault_generate_key_pair(&world->authority));
    memcpy(root.public_key, world->authority.public_key, VAULT_PUBLIC_SIZE);
    struct vault_issuer itself = {world->authority.private_key, {NULL, 0}};
    struct vault_buffer der = {world->authority_der, sizeof(world->authority_der), 0};
    ok(vault_certificate_make(&root, &itself, &der));
    world->authority_size = der.size;
}

static void write_pem(const char *path, const char *label, struct span der)
{
    uint8_t text[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {text, sizeof(text), 0};
    ok(vault_pem_write(label, der, &pem));
    ok(__real_linux_file_replace(path, span_of(text, pem.size), 0600));
}

static void write_old_pair(struct world *world)
{
    uint8_t bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer out = {bytes, sizeof(bytes), 0};
    certify(world, "till-1", world->old.public_key, NOW + INT64_C(20) * DAY_S, &out);
    write_pem(world->certificate, VAULT_PEM_CERTIFICATE, span_of(bytes, out.size));
    ok(vault_kept_key_write(world->sealer, world->old.private_key, &out));
    ok(__real_linux_file_replace(world->key, span_of(bytes, out.size), 0600));
}

/* What seals turns each byte over and writes a letter in front. */
static enum err turn_over(struct span from, uint8_t *out, size_t capacity, size_t *out_size)
{
    if (from.size > capacity)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < from.size; i++)
        out[i] = from.bytes[i] ^ 0x5a;
    *out_size = from.size;
    return ERR_OK;
}

static enum err op_seal(void *self, struct span secret, uint8_t *out, size_t capacity, size_t *out_size)
{
    (void)self;
    out[0] = 'S';
    TRY(turn_over(secret, out + 1, capacity - 1, out_size));
    ++*out_size;
    return ERR_OK;
}

static enum err op_unseal(void *self, struct span sealed, uint8_t *out, size_t capacity, size_t *out_size)
{
    unsigned *count = self;
    ++*count;
    return sealed.size > 0 && sealed.bytes[0] == 'S'
               ? turn_over(span_of(sealed.bytes + 1, sealed.size - 1), out, capacity, out_size)
               : ERR_SYNTAX;
}

static enum err op_silence(void *self, struct span in, uint8_t *out, size_t capacity, size_t *out_size)
{
    (void)self, (void)in, (void)out, (void)capacity, (void)out_size;
    return ERR_BUSY;
}

static unsigned unsealed; /* how often */
static const struct sealer fake_sealer = {op_seal, op_unseal, &unsealed};
static const struct sealer silent_sealer = {op_silence, op_silence, NULL};

static bool read_public_keys(const struct identity_files *files, uint8_t out_certified[VAULT_PUBLIC_SIZE],
                             uint8_t out_held[VAULT_PUBLIC_SIZE], struct vault_buffer *der)
{
    static uint8_t text[VAULT_PEM_TEXT_MAX];
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    struct vault_certificate certificate;
    size_t size;
    if (linux_file_read(files->certificate, text, sizeof(text), &size) != ERR_OK ||
        vault_pem_read(VAULT_PEM_CERTIFICATE, span_of(text, size), der) != ERR_OK ||
        vault_certificate_read(span_of(der->bytes, der->size), &certificate) != ERR_OK ||
        linux_file_read(files->key, text, sizeof(text), &size) != ERR_OK ||
        vault_kept_key_read(fake_sealer, span_of(text, size), private_key) != ERR_OK)
        return false;
    memcpy(out_certified, certificate.public_key, VAULT_PUBLIC_SIZE);
    return vault_public_key_of(private_key, out_held) == ERR_OK;
}

static bool lets_in(const struct world *world, const struct identity_files *files, bool *out_is_old)
{
    uint8_t certified[VAULT_PUBLIC_SIZE], held[VAULT_PUBLIC_SIZE], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    if (!read_public_keys(files, certified, held, &der) || memcmp(certified, held, sizeof(held)) != 0 ||
        vault_certificate_check(span_of(bytes, der.size), world->authority.public_key) != ERR_OK)
        return false;
    *out_is_old = memcmp(held, world->old.public_key, sizeof(held)) == 0;
    return *out_is_old || !world->refuses_new;
}

/* Tries twice at most, with one pair and with the other. */
static bool connects(struct world *world, struct identity *identity, enum identity_verdict *out_verdict)
{
    bool is_old;
    for (world->attempts = 1; world->attempts <= 2; world->attempts++) {
        if (lets_in(world, identity_choose(identity), &is_old))
            return identity_prove(identity, out_verdict) == ERR_OK;
    }
    return false;
}

static bool is_renewed(struct world *world)
{
    struct identity_files files;
    bool is_old = true;
    (void)snprintf(files.certificate, sizeof(files.certificate), "%s", world->certificate);
    (void)snprintf(files.key, sizeof(files.key), "%s", world->key);
    return lets_in(world, &files, &is_old) && !is_old;
}

/* ---- a till's life */

static bool asks(struct world *world, struct identity *identity)
{
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX], certificate[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    struct vault_buffer der = {certificate, sizeof(certificate), 0};
    char name[VAULT_NAME_MAX + 1];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    if (identity_request(identity, &request) != ERR_OK ||
        vault_request_read(span_of(bytes, request.size), name, public_key) != ERR_OK)
        return false;
    certify(world, name, public_key, NOW + INT64_C(90) * DAY_S, &der);
    return identity_take(identity, span_of(certificate, der.size)) == ERR_OK;
}

/* From the opening to a connection with the new pair, or until it is given up. */
static bool lives(struct world *world)
{
    struct identity identity;
    enum identity_verdict verdict = IDENTITY_AS_BEFORE;
    if (identity_open(world->certificate, world->key, world->sealer, &identity) != ERR_OK ||
        !connects(world, &identity, &verdict))
        return false;
    if (verdict == IDENTITY_AS_BEFORE && !is_renewed(world) && !identity.is_usable[IDENTITY_NEXT] &&
        !asks(world, &identity))
        return false;
    while (identity.is_usable[IDENTITY_NEXT] && verdict != IDENTITY_RENEWED && verdict != IDENTITY_REFUSED) {
        if (!connects(world, &identity, &verdict))
            return false;
    }
    return true;
}

static bool exists(const char *file, const char *suffix)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s%s", file, suffix);
    return access(path, F_OK) == 0;
}

static void bring_back(const char *file)
{
    char path[256], gone[256];
    (void)snprintf(path, sizeof(path), "%s.next", file);
    (void)snprintf(gone, sizeof(gone), "%s.next.gone", file);
    (void)rename(gone, path);
}

/* A life that ends before its change number `changes`. Answers false if it had fewer. */
static bool is_cut_short(struct world *world, int changes)
{
    int status;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        changes_left = changes;
        _exit(lives(world) ? 0 : AWRY);
    }
    assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
    assert_in_set((unsigned long)WEXITSTATUS(status), ((const unsigned long[]){0, CUT}), 2);
    return WEXITSTATUS(status) == CUT;
}

static void check_after_cut(struct world *world, unsigned back)
{
    struct identity identity;
    enum identity_verdict verdict;
    if ((back & 1) != 0)
        bring_back(world->certificate);
    if ((back & 2) != 0)
        bring_back(world->key);
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_true(connects(world, &identity, &verdict));
    assert_true(lives(world));
    assert_int_equal(is_renewed(world), !world->refuses_new);
    assert_false(exists(world->certificate, ".next"));
    assert_false(exists(world->key, ".next"));
}

/* The removals that were under way are tried done and not done, each by itself. */
static unsigned cut_everywhere(struct world *world)
{
    unsigned states = 0;
    bool is_more = true;
    for (int changes = 0; is_more; changes++) {
        unsigned removed = 0;
        for (unsigned back = 0; back <= removed; back++) {
            if ((back & ~removed) != 0)
                continue;
            folder_remove(&world->folder);
            world->folder = folder_make();
            folder_join(&world->folder, "till-1.pem", world->certificate);
            folder_join(&world->folder, "till-1.key", world->key);
            write_old_pair(world);
            is_more = is_cut_short(world, changes);
            removed = (exists(world->certificate, ".next.gone") ? 1u : 0u) |
                      (exists(world->key, ".next.gone") ? 2u : 0u);
            check_after_cut(world, back);
            states++;
        }
    }
    return states;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    ok(vault_open());
    world->folder = folder_make();
    folder_join(&world->folder, "till-1.pem", world->certificate);
    folder_join(&world->folder, "till-1.key", world->key);
    found_authority(world);
    ok(vault_generate_key_pair(&world->old));
    write_old_pair(world);
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

static void identity__connects_after_a_cut_at_any_step_of_a_renewal(void **state)
{
    unsigned states = cut_everywhere(*state);
    states_seen += states;
    assert_in_range(states, 5 + 2 + 4, 100); /* key, certificate, two exchanged, two removed, none */
}

static bool is_sealed(const char *path)
{
    uint8_t text[VAULT_PEM_TEXT_MAX];
    size_t size;
    ok(linux_file_read(path, text, sizeof(text), &size));
    return vault_key_is_sealed(span_of(text, size));
}

static void identity__renews_a_sealed_key_by_a_sealed_one_wherever_the_power_goes(void **state)
{
    struct world *world = *state;
    world->sealer = fake_sealer;
    unsigned states = cut_everywhere(world);
    states_seen += states;
    assert_in_range(states, 5 + 2 + 4, 100);
    assert_true(is_renewed(world));
    assert_true(is_sealed(world->key));
}

static void identity_show_key__opens_a_sealed_key_once_and_for_the_process_alone(void **state)
{
    struct world *world = *state;
    struct identity identity;
    struct identity_shown shown[IDENTITY_PAIR_COUNT] = {{.fd = -1}, {.fd = -1}};
    const char *path;
    uint8_t text[VAULT_PEM_TEXT_MAX], key[VAULT_PRIVATE_SIZE];
    size_t size;
    ok(identity_open(world->certificate, world->key, fake_sealer, &identity));
    ok(identity_show_key(&identity, identity_choose(&identity), shown, &path));
    assert_string_equal(path, world->key); /* it stands open: as from before there was a sealer */
    world->sealer = fake_sealer;
    write_old_pair(world);
    unsealed = 0;
    for (unsigned i = 0; i < 3; i++) {
        ok(identity_show_key(&identity, &identity.files[IDENTITY_CURRENT], shown, &path));
        assert_string_not_equal(path, world->key);
        ok(linux_file_read(path, text, sizeof(text), &size));
        ok(vault_key_read(span_of(text, size), key));
        assert_memory_equal(key, world->old.private_key, sizeof(key));
    }
    assert_int_equal(unsealed, 1);
    ok(vault_generate_key_pair(&world->old)); /* another key: opened anew */
    write_old_pair(world);
    ok(identity_show_key(&identity, &identity.files[IDENTITY_CURRENT], shown, &path));
    assert_int_equal(unsealed, 2);
    identity.sealer = (struct sealer){.seal = NULL};
    identity_shown_close(&shown[IDENTITY_CURRENT]);
    assert_int_equal(identity_show_key(&identity, &identity.files[IDENTITY_CURRENT], shown, &path),
                     ERR_UNSUPPORTED);
    assert_string_equal(path, world->key);
    assert_int_equal(shown[IDENTITY_CURRENT].fd, -1);
}

static void identity_show_key__asks_for_no_key_again_when_the_pairs_change(void **state)
{
    struct world *world = *state;
    struct identity identity;
    struct identity_shown shown[IDENTITY_PAIR_COUNT] = {{.fd = -1}, {.fd = -1}};
    enum identity_verdict verdict;
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    const char *path;
    world->sealer = fake_sealer;
    write_old_pair(world);
    ok(identity_open(world->certificate, world->key, fake_sealer, &identity));
    ok(identity_show_key(&identity, identity_choose(&identity), shown, &path));
    assert_true(connects(world, &identity, &verdict) && asks(world, &identity));
    ok(identity_show_key(&identity, identity_choose(&identity), shown, &path));
    ok(identity_prove(&identity, &verdict));
    assert_int_equal(verdict, IDENTITY_RENEWED);
    ok(identity_request(&identity, &request)); /* a key that waits */
    unsealed = 0;
    ok(identity_show_key(&identity, &identity.files[IDENTITY_CURRENT], shown, &path));
    assert_int_equal(unsealed, 0); /* what was shown as the next one */
    ok(identity_show_key(&identity, &identity.files[IDENTITY_NEXT], shown, &path));
    ok(identity_show_key(&identity, &identity.files[IDENTITY_CURRENT], shown, &path));
    assert_int_equal(unsealed, 1);
    identity_shown_close(&shown[IDENTITY_CURRENT]);
    identity_shown_close(&shown[IDENTITY_NEXT]);
}

/* Amid an exchange the next pair is the only whole one: who cannot look must not take it for useless. */
static void identity__removes_nothing_while_the_sealer_is_away_and_looks_again(void **state)
{
    struct world *world = *state;
    struct identity identity;
    enum identity_verdict verdict;
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    world->sealer = fake_sealer;
    write_old_pair(world);
    ok(identity_open(world->certificate, world->key, fake_sealer, &identity));
    assert_true(connects(world, &identity, &verdict) && asks(world, &identity));
    ok(identity_open(world->certificate, world->key, silent_sealer, &identity));
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(identity_choose(&identity)->certificate, world->certificate);
    assert_int_equal(identity_request(&identity, &request), ERR_STATE);
    assert_true(exists(world->certificate, ".next") && exists(world->key, ".next"));
    identity.sealer = fake_sealer;
    assert_true(connects(world, &identity, &verdict));
    assert_int_equal(verdict, IDENTITY_RENEWED);
    identity.sealer = silent_sealer;
    assert_int_equal(identity_request(&identity, &request), ERR_BUSY);
    assert_false(exists(world->key, ".next"));
}

static void identity__connects_after_a_cut_at_any_step_of_a_renewal_that_is_refused(void **state)
{
    struct world *world = *state;
    world->refuses_new = true;
    unsigned states = cut_everywhere(world);
    states_seen += states;
    assert_in_range(states, 3 + 2 + 4, 100); /* key, certificate, two removed, none */
    (void)printf("P29: %u states, 0 stranded tills\n", states_seen);
}

static void identity_prove__keeps_the_old_pair_until_the_new_one_has_been_answered(void **state)
{
    struct world *world = *state;
    struct identity identity;
    enum identity_verdict verdict;
    bool is_old;
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_true(connects(world, &identity, &verdict) && asks(world, &identity));
    assert_false(is_renewed(world));
    assert_true(lets_in(world, identity_choose(&identity), &is_old) && !is_old);
    assert_false(is_renewed(world));
    ok(identity_prove(&identity, &verdict));
    assert_int_equal(verdict, IDENTITY_RENEWED);
    assert_true(is_renewed(world));
    assert_true(identity.until_unix_s == NOW + INT64_C(90) * DAY_S);
    assert_true(lets_in(world, identity_choose(&identity), &is_old) && !is_old);
}

static void identity_choose__falls_back_and_gives_up_a_pair_that_is_refused_three_times(void **state)
{
    struct world *world = *state;
    struct identity identity;
    enum identity_verdict verdict;
    world->refuses_new = true;
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_true(connects(world, &identity, &verdict) && asks(world, &identity));
    for (unsigned i = 1; i <= IDENTITY_STRIKES; i++) {
        assert_true(connects(world, &identity, &verdict));
        assert_int_equal(world->attempts, 2);
        assert_int_equal(verdict, i < IDENTITY_STRIKES ? IDENTITY_DOUBTED : IDENTITY_REFUSED);
    }
    assert_false(exists(world->key, ".next"));
    assert_true(connects(world, &identity, &verdict));
    assert_int_equal(world->attempts, 1);
    assert_int_equal(verdict, IDENTITY_AS_BEFORE);
}

/* A network that is down says nothing about a certificate. */
static void identity_choose__takes_turns_while_nobody_answers(void **state)
{
    struct world *world = *state;
    struct identity identity;
    enum identity_verdict verdict;
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_true(connects(world, &identity, &verdict) && asks(world, &identity));
    for (unsigned i = 0; i < 20; i++) {
        const struct identity_files *files = identity_choose(&identity);
        assert_ptr_equal(files, &identity.files[i % 2 == 0 ? IDENTITY_NEXT : IDENTITY_CURRENT]);
    }
    assert_true(connects(world, &identity, &verdict));
    assert_int_equal(verdict, IDENTITY_RENEWED);
}

static void identity_request__asks_again_for_the_key_that_waits(void **state)
{
    struct world *world = *state;
    struct identity identity;
    uint8_t bytes[2][VAULT_CERTIFICATE_SIZE_MAX], public_key[2][VAULT_PUBLIC_SIZE];
    char name[VAULT_NAME_MAX + 1];
    for (unsigned i = 0; i < 2; i++) {
        struct vault_buffer request = {bytes[i], sizeof(bytes[i]), 0};
        ok(identity_open(world->certificate, world->key, world->sealer, &identity));
        ok(identity_request(&identity, &request));
        ok(vault_request_read(span_of(bytes[i], request.size), name, public_key[i]));
        assert_string_equal(name, "till-1");
    }
    assert_memory_equal(public_key[0], public_key[1], VAULT_PUBLIC_SIZE);
    assert_memory_not_equal(public_key[0], world->old.public_key, VAULT_PUBLIC_SIZE);
}

static void identity_take__refuses_what_was_not_asked_for(void **state)
{
    struct world *world = *state;
    struct identity identity;
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX], der[VAULT_CERTIFICATE_SIZE_MAX], key[VAULT_PUBLIC_SIZE];
    struct vault_buffer request = {bytes, sizeof(bytes), 0}, out = {der, sizeof(der), 0};
    char name[VAULT_NAME_MAX + 1];
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    ok(identity_request(&identity, &request));
    ok(vault_request_read(span_of(bytes, request.size), name, key));
    const struct {
        const char *name;
        const uint8_t *key;
        int64_t until_unix_s;
    } wrong[] = {{"till-2", key, NOW + INT64_C(90) * DAY_S},
                 {"till-1", world->old.public_key, NOW + INT64_C(90) * DAY_S},
                 {"till-1", key, NOW + INT64_C(20) * DAY_S}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        certify(world, wrong[i].name, wrong[i].key, wrong[i].until_unix_s, &out);
        assert_int_equal(identity_take(&identity, span_of(der, out.size)), ERR_ARGUMENT);
    }
    assert_int_equal(identity_take(&identity, span_of("x", 1)), ERR_SYNTAX);
    assert_false(exists(world->certificate, ".next"));
    certify(world, "till-1", key, NOW + INT64_C(90) * DAY_S, &out);
    ok(identity_take(&identity, span_of(der, out.size)));
}

/* Head office may have certified the till anew by hand meanwhile. */
static void identity_open__drops_a_next_pair_that_ends_before_the_current_one(void **state)
{
    struct world *world = *state;
    struct identity identity;
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer out = {der, sizeof(der), 0};
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_true(asks(world, &identity));
    certify(world, "till-1", world->old.public_key, NOW + INT64_C(200) * DAY_S, &out);
    write_pem(world->certificate, VAULT_PEM_CERTIFICATE, span_of(der, out.size));
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_false(identity.is_usable[IDENTITY_NEXT]);
    assert_false(exists(world->certificate, ".next"));
    assert_false(exists(world->key, ".next"));
}

static void identity_renewal__is_due_after_two_thirds_and_not_for_all_at_once(void **state)
{
    struct world *world = *state;
    struct identity identity;
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    int64_t due = identity_renewal_unix_s(&identity);
    int64_t from = NOW - INT64_C(70) * DAY_S;
    assert_true(due >= from + INT64_C(60) * DAY_S && due <= from + INT64_C(60) * DAY_S + 90 * DAY_S / 12);
    identity.public_key[3] ^= 1;
    assert_true(identity_renewal_unix_s(&identity) != due);
    assert_int_equal(identity_retry_s(&identity), 6 * 3600);
    identity.until_unix_s = identity.from_unix_s;
    assert_true(identity_renewal_unix_s(&identity) == identity.from_unix_s);
    assert_int_equal(identity_retry_s(&identity), 60);
}

static void identity_open__leaves_files_that_it_cannot_read_to_the_line(void **state)
{
    struct world *world = *state;
    struct identity identity;
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    ok(__real_linux_file_replace(world->certificate, span_of_text("no certificate"), 0600));
    ok(identity_open(world->certificate, world->key, world->sealer, &identity));
    assert_string_equal(identity_choose(&identity)->certificate, world->certificate);
    assert_int_equal(identity_request(&identity, &request), ERR_STATE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(identity__connects_after_a_cut_at_any_step_of_a_renewal),
        CASE(identity__renews_a_sealed_key_by_a_sealed_one_wherever_the_power_goes),
        CASE(identity_show_key__opens_a_sealed_key_once_and_for_the_process_alone),
        CASE(identity_show_key__asks_for_no_key_again_when_the_pairs_change),
        CASE(identity__removes_nothing_while_the_sealer_is_away_and_looks_again),
        CASE(identity__connects_after_a_cut_at_any_step_of_a_renewal_that_is_refused),
        CASE(identity_prove__keeps_the_old_pair_until_the_new_one_has_been_answered),
        CASE(identity_choose__falls_back_and_gives_up_a_pair_that_is_refused_three_times),
        CASE(identity_choose__takes_turns_while_nobody_answers),
        CASE(identity_request__asks_again_for_the_key_that_waits),
        CASE(identity_take__refuses_what_was_not_asked_for),
        CASE(identity_open__drops_a_next_pair_that_ends_before_the_current_one),
        CASE(identity_renewal__is_due_after_two_thirds_and_not_for_all_at_once),
        CASE(identity_open__leaves_files_that_it_cannot_read_to_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
