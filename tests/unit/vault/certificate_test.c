/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's own program judges what is written here: it is what brokers and libmosquitto read it with. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/authority.h"
#include "harness/process.h"

#define FROM  AUTHORITY_FROM_UNIX_S
#define UNTIL AUTHORITY_UNTIL_UNIX_S
#define TODAY "1793001000"

struct world {
    struct folder folder;
    struct authority_party root, till;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(vault_open(), ERR_OK);
    world->folder = folder_make();
    struct vault_certificate root = authority_terms(VAULT_USE_AUTHORITY, "Kassa root", 1);
    struct vault_certificate till = authority_terms(VAULT_USE_CLIENT, "till-0042", 7);
    authority_certify(&world->root, &root, &world->root);
    authority_certify(&world->till, &till, &world->root);
    *state = world;
    return 0;
}

static int drop_world(void **state)
{
    struct world *world = *state;
    folder_remove(&world->folder);
    free(world);
    return 0;
}

static int run_openssl(const struct world *world, const char *const *argv)
{
    char log[128];
    folder_join(&world->folder, "openssl.log", log);
    struct process process = process_start(argv, log);
    return process_end(&process, 0);
}

static void vault_certificate_make__is_accepted_by_openssl_for_its_purpose_alone(void **state)
{
    struct world *world = *state;
    char root[128], till[128], broker[128];
    struct authority_party server = {0};
    struct vault_certificate terms = authority_terms(VAULT_USE_SERVER, "broker", 9);
    (void)snprintf(terms.address, sizeof(terms.address), "127.0.0.1");
    authority_certify(&server, &terms, &world->root);
    authority_write_pem(&world->folder, "root.pem", VAULT_PEM_CERTIFICATE,
                        span_of(world->root.der, world->root.certificate.size), root);
    authority_write_pem(&world->folder, "till.pem", VAULT_PEM_CERTIFICATE,
                        span_of(world->till.der, world->till.certificate.size), till);
    authority_write_pem(&world->folder, "broker.pem", VAULT_PEM_CERTIFICATE,
                        span_of(server.der, server.certificate.size), broker);
#define VERIFY "/usr/bin/openssl", "verify", "-x509_strict", "-attime", TODAY, "-CAfile", root
    const char *const as_client[] = {VERIFY, "-purpose", "sslclient", till, NULL};
    const char *const as_server[] = {VERIFY, "-purpose", "sslserver", till, NULL};
    const char *const at_address[] = {VERIFY,      "-purpose", "sslserver", "-verify_ip",
                                      "127.0.0.1", broker,     NULL};
    const char *const elsewhere[] = {VERIFY,      "-purpose", "sslserver", "-verify_ip",
                                     "127.0.0.2", broker,     NULL};
    assert_int_equal(run_openssl(world, as_client), 0);
    assert_int_not_equal(run_openssl(world, as_server), 0);
    assert_int_equal(run_openssl(world, at_address), 0);
    assert_int_not_equal(run_openssl(world, elsewhere), 0);
}

static void vault_certificate_read__gives_back_what_was_written(void **state)
{
    struct world *world = *state;
    struct vault_certificate read;
    struct span der = span_of(world->till.der, world->till.certificate.size);
    assert_int_equal(vault_certificate_read(der, &read), ERR_OK);
    assert_string_equal(read.name, "till-0042");
    assert_int_equal(read.use, VAULT_USE_CLIENT);
    assert_int_equal(read.from_unix_s, FROM);
    assert_int_equal(read.until_unix_s, UNTIL);
    assert_memory_equal(read.public_key, world->till.pair.public_key, VAULT_PUBLIC_SIZE);
    const uint8_t serial[VAULT_SERIAL_SIZE] = {[15] = 7}; /* the first bit is none of the number */
    assert_memory_equal(read.serial, serial, sizeof(serial));
}

static void vault_certificate_check__refuses_another_issuer_and_a_flip_in_any_byte(void **state)
{
    struct world *world = *state;
    struct span der = span_of(world->till.der, world->till.certificate.size);
    const uint8_t *root_key = world->root.pair.public_key;
    assert_int_equal(vault_certificate_check(der, root_key), ERR_OK);
    assert_int_equal(vault_certificate_check(der, world->till.pair.public_key), ERR_SIGNATURE);
    for (size_t i = 0; i < der.size; i++) {
        world->till.der[i] ^= (uint8_t)(1U << i % 8);
        assert_int_not_equal(vault_certificate_check(der, root_key), ERR_OK);
        world->till.der[i] ^= (uint8_t)(1U << i % 8);
    }
}

static void vault_certificate_make__refuses_an_issuer_whose_key_is_another(void **state)
{
    struct world *world = *state;
    struct vault_certificate terms = authority_terms(VAULT_USE_CLIENT, "till-0043", 8);
    memcpy(terms.public_key, world->till.pair.public_key, sizeof(terms.public_key));
    struct vault_issuer issuer = {world->till.pair.private_key,
                                  span_of(world->root.der, world->root.certificate.size)};
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer out = {der, sizeof(der), 0};
    assert_int_equal(vault_certificate_make(&terms, &issuer, &out), ERR_ARGUMENT);
    terms.until_unix_s = FROM - 1;
    issuer.private_key = world->root.pair.private_key;
    assert_int_equal(vault_certificate_make(&terms, &issuer, &out), ERR_RANGE);
}

static void vault_request__names_who_holds_the_key(void **state)
{
    struct world *world = *state;
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX], public_key[VAULT_PUBLIC_SIZE];
    struct vault_buffer out = {der, sizeof(der), 0};
    char name[VAULT_NAME_MAX + 1] = "untouched", path[128];
    assert_int_equal(vault_request_make(world->till.pair.private_key, "till-0042", &out), ERR_OK);
    authority_write_pem(&world->folder, "request.pem", VAULT_PEM_REQUEST, span_of(der, out.size), path);
    const char *const verify[] = {"/usr/bin/openssl", "req", "-verify", "-noout", "-in", path, NULL};
    assert_int_equal(run_openssl(world, verify), 0);
    for (size_t i = 0; i < out.size; i++) {
        der[i] ^= 0x20;
        assert_int_not_equal(vault_request_read(span_of(der, out.size), name, public_key), ERR_OK);
        assert_string_equal(name, "untouched");
        der[i] ^= 0x20;
    }
    assert_int_equal(vault_request_read(span_of(der, out.size), name, public_key), ERR_OK);
    assert_string_equal(name, "till-0042");
    assert_memory_equal(public_key, world->till.pair.public_key, sizeof(public_key));
}

static void vault_revocations_make__revokes_for_openssl_those_named_alone(void **state)
{
    struct world *world = *state;
    char root[128], till[128], list_path[128];
    uint8_t bytes[1024];
    struct vault_issuer issuer = {world->root.pair.private_key,
                                  span_of(world->root.der, world->root.certificate.size)};
    authority_write_pem(&world->folder, "root.pem", VAULT_PEM_CERTIFICATE, issuer.certificate, root);
    authority_write_pem(&world->folder, "till.pem", VAULT_PEM_CERTIFICATE,
                        span_of(world->till.der, world->till.certificate.size), till);
    folder_join(&world->folder, "list.pem", list_path);
    for (uint8_t serial = 6; serial <= 7; serial++) {
        struct vault_revoked rows[] = {{{[15] = serial}, FROM + 5}, {{[15] = 0xfe}, FROM + 6}};
        struct vault_revocation_list list = {rows, COUNT_OF(rows), 3, FROM, UNTIL};
        struct vault_buffer out = {bytes, sizeof(bytes), 0};
        assert_int_equal(vault_revocations_make(&list, &issuer, &out), ERR_OK);
        authority_write_pem(&world->folder, "list.pem", VAULT_PEM_REVOCATIONS, span_of(bytes, out.size),
                            list_path);
        const char *const verify[] = {VERIFY, "-crl_check", "-CRLfile", list_path, till, NULL};
        assert_int_equal(run_openssl(world, verify) == 0, serial != 7);
    }
    struct vault_revocation_list none = {NULL, 0, 4, FROM, UNTIL};
    struct vault_buffer small = {bytes, 100, 0};
    assert_int_equal(vault_revocations_make(&none, &issuer, &small), ERR_FULL);
    struct vault_buffer out = {bytes, sizeof(bytes), 0};
    assert_int_equal(vault_revocations_make(&none, &issuer, &out), ERR_OK);
}

static void vault_key_write__is_read_by_openssl_and_by_us(void **state)
{
    struct world *world = *state;
    uint8_t bytes[512], key[VAULT_PRIVATE_SIZE];
    char path[128];
    struct vault_buffer pem = {bytes, sizeof(bytes), 0};
    assert_int_equal(vault_key_write(world->till.pair.private_key, &pem), ERR_OK);
    authority_write(&world->folder, "till.key", span_of(bytes, pem.size), path);
    const char *const check[] = {"/usr/bin/openssl", "ec", "-check", "-noout", "-in", path, NULL};
    assert_int_equal(run_openssl(world, check), 0);
    assert_int_equal(vault_key_read(span_of(bytes, pem.size), key), ERR_OK);
    assert_memory_equal(key, world->till.pair.private_key, sizeof(key));
    assert_int_equal(vault_key_read(span_of_text("no key"), key), ERR_NOT_FOUND);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(vault_certificate_make__is_accepted_by_openssl_for_its_purpose_alone),
        IN_WORLD(vault_certificate_read__gives_back_what_was_written),
        IN_WORLD(vault_certificate_check__refuses_another_issuer_and_a_flip_in_any_byte),
        IN_WORLD(vault_certificate_make__refuses_an_issuer_whose_key_is_another),
        IN_WORLD(vault_request__names_who_holds_the_key),
        IN_WORLD(vault_revocations_make__revokes_for_openssl_those_named_alone),
        IN_WORLD(vault_key_write__is_read_by_openssl_and_by_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
