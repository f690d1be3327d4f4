/* SPDX-License-Identifier: Apache-2.0 */
/* A till is enrolled, and the power goes before each change of a file. */
#include "cli/enrol_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "platform/linux/linux_file.h"

#define NOW    1795000000
#define NO_CUT (-1)
#define CUT    42

struct world {
    struct folder folder;
    char place[128];
    struct invitation invitation;
    struct vault_key_pair authority;
    uint8_t authority_der[VAULT_CERTIFICATE_SIZE_MAX];
    size_t authority_size;
    kassa_EnrolFiles came;
    struct sealer sealer;
    const char *tpm;
};

static int changes_left = NO_CUT;

enum err __real_linux_file_replace(const char *path, struct span bytes, unsigned mode);
enum err __wrap_linux_file_replace(const char *path, struct span bytes, unsigned mode);

enum err __wrap_linux_file_replace(const char *path, struct span bytes, unsigned mode)
{
    if (changes_left == 0)
        _exit(CUT);
    changes_left -= changes_left > 0 ? 1 : 0;
    return __real_linux_file_replace(path, bytes, mode);
}

static void add_file(struct world *world, const char *name, const char *text)
{
    kassa_EnrolFile *file = &world->came.files[world->came.files_count++];
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    file->bytes.size = (pb_size_t)strlen(text);
    memcpy(file->bytes.bytes, text, strlen(text));
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    ok(vault_open());
    world->folder = folder_make();
    folder_join(&world->folder, "till", world->place);
    assert_int_equal(mkdir(world->place, 0700), 0);
    struct vault_certificate root = {.use = VAULT_USE_AUTHORITY,
                                     .name = "Example Markets",
                                     .serial = {1},
                                     .from_unix_s = NOW,
                                     .until_unix_s = NOW + INT64_C(86400) * 1000};
    ok(vault_generate_key_pair(&world->authority));
    memcpy(root.public_key, world->authority.public_key, VAULT_PUBLIC_SIZE);
    struct vault_issuer itself = {world->authority.private_key, {NULL, 0}};
    struct vault_buffer der = {world->authority_der, sizeof(world->authority_der), 0};
    ok(vault_certificate_make(&root, &itself, &der));
    world->authority_size = der.size;
    memcpy(world->invitation.till, "till-1", 7);
    memcpy(world->invitation.authority_pem, "root", 5);
    add_file(world, ENROL_SETTINGS, "[broker]\nca_file = @/authority.pem\nkey_file = @/till.key\n");
    add_file(world, "pepper", "secret\n");
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

static void certify(const struct world *world, struct span request, const char *name,
                    struct vault_buffer *out)
{
    char asked[VAULT_NAME_MAX + 1];
    struct vault_certificate terms = {.use = VAULT_USE_CLIENT,
                                      .serial = {1, 2},
                                      .from_unix_s = NOW,
                                      .until_unix_s = NOW + INT64_C(86400) * 90};
    ok(vault_request_read(request, asked, terms.public_key));
    assert_string_equal(asked, "till-1");
    (void)snprintf(terms.name, sizeof(terms.name), "%s", name);
    struct vault_issuer issuer = {world->authority.private_key,
                                  span_of(world->authority_der, world->authority_size)};
    ok(vault_certificate_make(&terms, &issuer, out));
}

/* All of an enrolment, with a hub that says what it said before to the same key. */
static enum err enrol(struct world *world, struct enrol_files *files)
{
    uint8_t request_bytes[VAULT_CERTIFICATE_SIZE_MAX], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {request_bytes, sizeof(request_bytes), 0}, der = {bytes, sizeof(bytes), 0};
    *files = (struct enrol_files){.tpm = world->tpm, .sealer = world->sealer};
    TRY(enrol_files_begin(world->place, &world->invitation, files, &request));
    certify(world, span_of(request_bytes, request.size), "till-1", &der);
    return enrol_files_finish(files, &world->came, span_of(bytes, der.size));
}

static bool has(const struct world *world, const char *name, char *out_text, size_t capacity)
{
    char path[256];
    size_t size;
    (void)snprintf(path, sizeof(path), "%s/%s", world->place, name);
    if (linux_file_read(path, (uint8_t *)out_text, capacity - 1, &size) != ERR_OK)
        return false;
    out_text[size] = '\0';
    return true;
}

/* Enrolled is: the certificate is there, for the key that is there, and all that it takes to start. */
static bool is_enrolled(const struct world *world)
{
    char text[VAULT_PEM_TEXT_MAX], expected[512];
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX], private_key[VAULT_PRIVATE_SIZE], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    struct vault_certificate certificate;
    if (!has(world, ENROL_CERTIFICATE, text, sizeof(text)))
        return false;
    ok(vault_pem_read(VAULT_PEM_CERTIFICATE, span_of_text(text), &der));
    ok(vault_certificate_read(span_of(bytes, der.size), &certificate));
    assert_true(has(world, ENROL_KEY, text, sizeof(text)));
    ok(vault_key_read(span_of_text(text), private_key));
    ok(vault_public_key_of(private_key, public_key));
    assert_memory_equal(certificate.public_key, public_key, sizeof(public_key));
    assert_true(has(world, ENROL_AUTHORITY, text, sizeof(text)));
    assert_string_equal(text, "root");
    assert_true(has(world, "pepper", text, sizeof(text)));
    assert_string_equal(text, "secret\n");
    assert_true(has(world, ENROL_SETTINGS, text, sizeof(text)));
    (void)snprintf(expected, sizeof(expected),
                   "[broker]\nca_file = %s/authority.pem\nkey_file = %s/till.key\n", world->place,
                   world->place);
    assert_string_equal(text, expected);
    return true;
}

static void enrol_files__leave_a_till_enrolled_or_not_wherever_the_power_goes(void **state)
{
    struct world *world = *state;
    unsigned states = 0, whole = 0;
    for (int cut = 0;; cut++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct enrol_files files = {.tpm = NULL};
            changes_left = cut;
            _exit(enrol(world, &files) == ERR_OK ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == CUT || WEXITSTATUS(status) == 0));
        states++;
        if (WEXITSTATUS(status) == 0) {
            assert_true(is_enrolled(world));
            break;
        }
        whole += is_enrolled(world) ? 1 : 0;
        struct enrol_files files; /* the power is back: with the same invitation */
        ok(enrol(world, &files));
        assert_true(is_enrolled(world));
        assert_int_equal(enrol(world, &files), ERR_EXISTS);
        folder_remove(&world->folder);
        world->folder = folder_make();
        folder_join(&world->folder, "till", world->place);
        assert_int_equal(mkdir(world->place, 0700), 0);
    }
    assert_int_equal(whole, 0); /* the last change is what enrols */
    print_message("[ enrolment was cut at %u places ]\n", states - 1);
    assert_int_equal(states - 1, 5);
}

static void enrol_files__keep_the_key_that_waits_for_its_certificate(void **state)
{
    struct world *world = *state;
    struct enrol_files files = {.tpm = NULL};
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    char before[VAULT_PEM_TEXT_MAX], after[VAULT_PEM_TEXT_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    ok(enrol_files_begin(world->place, &world->invitation, &files, &request));
    assert_true(has(world, ENROL_KEY, before, sizeof(before)));
    ok(enrol(world, &files));
    assert_true(has(world, ENROL_KEY, after, sizeof(after)));
    assert_string_equal(before, after);
    struct stat status;
    (void)snprintf(after, sizeof(after), "%s/" ENROL_KEY, world->place);
    assert_int_equal(stat(after, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void enrol_files__take_no_certificate_of_another_key_or_name(void **state)
{
    struct world *world = *state;
    struct enrol_files files = {.tpm = NULL};
    uint8_t request_bytes[VAULT_CERTIFICATE_SIZE_MAX], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    char text[64];
    struct vault_buffer request = {request_bytes, sizeof(request_bytes), 0}, der = {bytes, sizeof(bytes), 0};
    ok(enrol_files_begin(world->place, &world->invitation, &files, &request));
    certify(world, span_of(request_bytes, request.size), "till-2", &der);
    assert_int_equal(enrol_files_finish(&files, &world->came, span_of(bytes, der.size)), ERR_SIGNATURE);
    struct vault_key_pair other;
    ok(vault_generate_key_pair(&other));
    ok(vault_request_make(other.private_key, "till-1", &request));
    certify(world, span_of(request_bytes, request.size), "till-1", &der);
    assert_int_equal(enrol_files_finish(&files, &world->came, span_of(bytes, der.size)), ERR_SIGNATURE);
    assert_false(has(world, ENROL_SETTINGS, text, sizeof(text)));
    assert_false(is_enrolled(world));
}

static void enrol_files__write_nowhere_but_into_their_folder(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "../x",
                                        "a/b",
                                        ".hidden",
                                        "till.key",
                                        "till.pem",
                                        "agent.ini.2",
                                        "till.key.new",
                                        "authority.pem",
                                        "UPPER",
                                        "a b",
                                        "a\nb",
                                        "..",
                                        "0123456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(enrol_files_is_name(wrong[i]));
    assert_true(enrol_files_is_name("pepper"));
    assert_true(enrol_files_is_name("book-key.public"));
}

static enum err op_seal(void *self, struct span secret, uint8_t *out, size_t capacity, size_t *out_size)
{
    (void)self;
    if (secret.size > capacity)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < secret.size; i++)
        out[i] = secret.bytes[i] ^ 0x5a;
    *out_size = secret.size;
    return ERR_OK;
}

static void enrol_files__seal_the_key_and_tell_the_agent_who_opens_it(void **state)
{
    struct world *world = *state;
    struct enrol_files files = {.tpm = NULL};
    char text[VAULT_PEM_TEXT_MAX];
    world->sealer = (struct sealer){op_seal, op_seal, NULL};
    world->tpm = "device:/dev/tpmrm0";
    ok(enrol(world, &files));
    assert_true(has(world, ENROL_KEY, text, sizeof(text)));
    assert_true(vault_key_is_sealed(span_of_text(text)));
    assert_null(strstr(text, VAULT_PEM_KEY));
    assert_true(has(world, ENROL_SETTINGS, text, sizeof(text)));
    assert_non_null(strstr(text, "/till.key\n[identity]\ntpm = device:/dev/tpmrm0\n"));
}

static void enrol_files__keep_settings_that_somebody_wrote(void **state)
{
    struct world *world = *state;
    struct enrol_files files = {.tpm = NULL};
    char path[256], text[512];
    (void)snprintf(path, sizeof(path), "%s/" ENROL_SETTINGS, world->place);
    ok(__real_linux_file_replace(path, span_of_text("mine"), 0644));
    ok(enrol(world, &files));
    assert_true(files.keeps_settings);
    assert_true(has(world, ENROL_SETTINGS, text, sizeof(text)));
    assert_string_equal(text, "mine");
    assert_true(has(world, ENROL_SETTINGS ".enrolled", text, sizeof(text)));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(enrol_files__leave_a_till_enrolled_or_not_wherever_the_power_goes),
        CASE(enrol_files__keep_the_key_that_waits_for_its_certificate),
        CASE(enrol_files__take_no_certificate_of_another_key_or_name),
        CASE(enrol_files__write_nowhere_but_into_their_folder),
        CASE(enrol_files__seal_the_key_and_tell_the_agent_who_opens_it),
        CASE(enrol_files__keep_settings_that_somebody_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
