/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and requests that others wrote, OpenSSL's program among them: what is read of them, and what is refused. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/authority.h"
#include "harness/process.h"
#include "vault/x509.h"

#define DER_MAX 2048

struct world {
    struct folder folder;
    uint8_t bytes[DER_MAX];
    struct vault_buffer der;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(vault_open(), ERR_OK);
    world->folder = folder_make();
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

/* What OpenSSL makes of this configuration and these words, read back as DER. */
static void make_by_openssl(struct world *world, const char *extensions, const char *const words[5])
{
    char config[128], key[128], out[128], log[128], text[2048];
    const char *argv[24] = {
        "/usr/bin/openssl",        "req",    "-config", config, "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,    "-out",    out};
    size_t count = 13;
    for (size_t i = 0; i < 5 && words[i] != NULL; i++)
        argv[count++] = words[i];
    int size = snprintf(
        text, sizeof(text),
        "[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\nstring_mask = utf8only\n"
        "[dn]\nO = A chain of shops\nCN = Their root\n[ext]\n%s",
        extensions);
    authority_write(&world->folder, "config", span_of(text, (size_t)size), config);
    folder_join(&world->folder, "key", key);
    folder_join(&world->folder, "out", out);
    folder_join(&world->folder, "log", log);
    struct process process = process_start(argv, log);
    assert_int_equal(process_end(&process, 0), 0);
    FILE *file = fopen(out, "r");
    assert_non_null(file);
    size_t read = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    world->der = (struct vault_buffer){world->bytes, sizeof(world->bytes), 0};
    enum err error = vault_pem_read(VAULT_PEM_CERTIFICATE, span_of(text, read), &world->der);
    if (error == ERR_NOT_FOUND)
        error = vault_pem_read(VAULT_PEM_REQUEST, span_of(text, read), &world->der);
    assert_int_equal(error, ERR_OK);
}

static struct span der_of(const struct world *world)
{
    return span_of(world->der.bytes, world->der.size);
}

static const char *const certificate_words[5] = {"-x509", "-days", "400", "-set_serial", "0x8001"};

/* Extensions as an authority writes them, what it is for then, and how reading ends. */
static void vault_certificate_read__reads_what_other_authorities_write(void **state)
{
    static const struct {
        const char *extensions;
        enum err error;
        enum vault_use use;
    } rows[] = {
        {"basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n", ERR_OK, VAULT_USE_AUTHORITY},
        {"keyUsage = critical,keyCertSign,cRLSign\nbasicConstraints = critical,CA:TRUE\n", ERR_OK,
         VAULT_USE_AUTHORITY},
        {"keyUsage = digitalSignature\nextendedKeyUsage = serverAuth,clientAuth\n", ERR_OK, VAULT_USE_SERVER},
        {"basicConstraints = critical,CA:FALSE\nkeyUsage = keyCertSign\n", ERR_OK, VAULT_USE_SERVER},
        {"basicConstraints = CA:FALSE\nextendedKeyUsage = clientAuth\n", ERR_OK, VAULT_USE_CLIENT},
        {"2.5.29.19 = DER:05:00\nextendedKeyUsage = clientAuth\n", ERR_OK, VAULT_USE_CLIENT},
        {"keyUsage = digitalSignature\nextendedKeyUsage = clientAuth\n", ERR_OK, VAULT_USE_CLIENT},
        {"keyUsage = digitalSignature\nextendedKeyUsage = anyExtendedKeyUsage\n", ERR_OK, VAULT_USE_SERVER},
        {"keyUsage = digitalSignature\n", ERR_OK, VAULT_USE_SERVER},
        {"keyUsage = digitalSignature\nextendedKeyUsage = clientAuth\nsubjectAltName = DNS:till.example\n"
         "certificatePolicies = critical,1.2.3.4\nnsComment = a comment\n",
         ERR_OK, VAULT_USE_CLIENT},
        {"1.2.3.4.5 = critical,ASN1:UTF8String:nobody heeds this\n", ERR_SYNTAX, VAULT_USE_CLIENT},
        {"1.2.3.4.5 = ASN1:UTF8String:nobody needs this\nkeyUsage = digitalSignature\n"
         "extendedKeyUsage = clientAuth\n",
         ERR_OK, VAULT_USE_CLIENT},
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct vault_certificate read = {.name = "untouched"};
        make_by_openssl(world, rows[i].extensions, certificate_words);
        assert_int_equal(vault_certificate_read(der_of(world), &read), rows[i].error);
        assert_string_equal(read.name, rows[i].error == ERR_OK ? "Their root" : "untouched");
        if (rows[i].error != ERR_OK)
            continue;
        const uint8_t serial[VAULT_SERIAL_SIZE] = {[14] = 0x80, [15] = 0x01};
        assert_int_equal(read.use, rows[i].use);
        assert_memory_equal(read.serial, serial, sizeof(serial));
        assert_int_equal(read.until_unix_s - read.from_unix_s, 400 * 86400);
        assert_int_equal(vault_certificate_check(der_of(world), read.public_key), ERR_OK);
    }
}

static void vault_request_read__reads_openssls_request(void **state)
{
    static const char *const words[5] = {"-new"};
    struct world *world = *state;
    char name[VAULT_NAME_MAX + 1];
    uint8_t key[VAULT_PUBLIC_SIZE];
    make_by_openssl(world, "", words);
    assert_int_equal(vault_request_read(der_of(world), name, key), ERR_OK);
    assert_string_equal(name, "Their root");
}

static void vault_certificate_read__refuses_every_length_but_its_own(void **state)
{
    struct world *world = *state;
    struct vault_certificate read;
    make_by_openssl(world, "keyUsage = digitalSignature\n", certificate_words);
    for (size_t size = 0; size < world->der.size; size++)
        assert_int_equal(vault_certificate_read(span_of(world->bytes, size), &read), ERR_SYNTAX);
    world->bytes[world->der.size] = 0;
    assert_int_equal(vault_certificate_read(span_of(world->bytes, world->der.size + 1), &read), ERR_SYNTAX);
    assert_int_equal(vault_certificate_read(der_of(world), &read), ERR_OK);
}

/* ---- values of DER, one at a time */

#define BYTES(...) span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void der_take__takes_the_one_form_of_a_length(void **state)
{
    (void)state;
    uint8_t long_one[3 + 128] = {DER_OCTET_STRING, 0x81, 128};
    const struct span good[] = {BYTES(4, 0), BYTES(4, 1, 7), BYTES(4, 1, 7, 5, 0),
                                span_of(long_one, sizeof(long_one))};
    const struct span bad[] = {
        BYTES(4),
        BYTES(4, 1),
        BYTES(4, 0x80, 0, 0),       /* of no definite length */
        BYTES(4, 0x81, 1, 7),       /* one byte would do */
        BYTES(4, 0x82, 0, 1, 7),    /* the same */
        BYTES(4, 0x83, 0, 0, 1, 7), /* longer than anything here */
        BYTES(4, 0x81),             /* cut */
        BYTES(4, 0x82, 1),          /* cut */
        BYTES(4, 0x82, 1, 0, 0, 0), /* says more than there is */
        BYTES(5, 1, 7),             /* of another tag */
    };
    struct der_value value;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct span from = good[i];
        assert_int_equal(der_take(&from, DER_OCTET_STRING, &value), ERR_OK);
        assert_int_equal(value.whole.size + from.size, good[i].size);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct span from = bad[i];
        assert_int_equal(der_take(&from, DER_OCTET_STRING, &value), ERR_SYNTAX);
        assert_int_equal(from.size, bad[i].size);
    }
}

static void der_take_number__takes_the_one_form_of_a_number(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[6];
        size_t size, number_size;
        enum err error;
    } rows[] = {
        {{2, 1, 0}, 3, 0, ERR_OK},           {{2, 1, 0x7f}, 3, 1, ERR_OK},
        {{2, 2, 0, 0x80}, 4, 1, ERR_OK},     {{2, 2, 1, 0}, 4, 2, ERR_OK},
        {{2, 2, 0, 0x7f}, 4, 0, ERR_SYNTAX},                                   /* a zero too many */
        {{2, 2, 0, 0}, 4, 0, ERR_SYNTAX},    {{2, 1, 0x80}, 3, 0, ERR_SYNTAX}, /* below zero */
        {{2, 0}, 2, 0, ERR_SYNTAX},          {{3, 1, 1}, 3, 0, ERR_SYNTAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span from = span_of(rows[i].bytes, rows[i].size), number;
        assert_int_equal(der_take_number(&from, &number), rows[i].error);
        if (rows[i].error == ERR_OK)
            assert_int_equal(number.size, rows[i].number_size);
    }
}

static void der_wrap__writes_lengths_that_are_read_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 1000, 65535, 65536};
    static uint8_t inside[65536], bytes[65536 + 8];
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct der der = der_begin(bytes, sizeof(bytes));
        der_value(&der, DER_OCTET_STRING, span_of(inside, sizes[i]));
        assert_int_equal(der.has_failed, sizes[i] > 65535);
        struct der_value value;
        struct span from = span_of(der.at, der_size(&der));
        if (der.has_failed)
            continue;
        assert_int_equal(der_take(&from, DER_OCTET_STRING, &value), ERR_OK);
        assert_int_equal(value.body.size, sizes[i]);
        assert_int_equal(from.size, 0);
    }
    struct der full = der_begin(bytes, 5);
    der_value(&full, DER_OCTET_STRING, span_of(inside, 4));
    assert_true(full.has_failed);
}

/* ---- times, through a certificate whose times are overwritten */

static void vault_x509_read__refuses_days_that_are_none(void **state)
{
    struct world *world = *state;
    struct authority_party root = {0};
    struct vault_certificate terms = authority_terms(VAULT_USE_AUTHORITY, "root", 1), read;
    terms.from_unix_s = 951782400; /* 2000-02-29 */
    terms.until_unix_s = 951782401;
    authority_certify(&root, &terms, &root);
    (void)world;
    static const struct {
        const char *time;
        enum err error;
        int64_t unix_s;
    } rows[] = {
        {"000229000000Z", ERR_OK, 951782400},  {"491231235959Z", ERR_OK, 2524607999},
        {"500101000000Z", ERR_OK, -631152000}, {"010229000000Z", ERR_SYNTAX, 0},
        {"000230000000Z", ERR_SYNTAX, 0},      {"000431000000Z", ERR_SYNTAX, 0},
        {"001301000000Z", ERR_SYNTAX, 0},      {"000001000000Z", ERR_SYNTAX, 0},
        {"000100000000Z", ERR_SYNTAX, 0},      {"000101240000Z", ERR_SYNTAX, 0},
        {"000101006000Z", ERR_SYNTAX, 0},      {"000101000060Z", ERR_SYNTAX, 0},
        {"0001010000000", ERR_SYNTAX, 0},      {"00010100000 Z", ERR_SYNTAX, 0},
    };
    uint8_t *time = memmem(root.der, root.certificate.size, "000229000000Z", 13);
    assert_non_null(time);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memcpy(time, rows[i].time, 13);
        assert_int_equal(vault_certificate_read(span_of(root.der, root.certificate.size), &read),
                         rows[i].error);
        if (rows[i].error == ERR_OK)
            assert_int_equal(read.from_unix_s, rows[i].unix_s);
    }
}

/* ---- what would say more than its authority signed for */

/* The n-th place of these bytes in the certificate. */
static uint8_t *find_bytes(struct world *world, struct span wanted, unsigned n)
{
    uint8_t *at = world->bytes;
    for (unsigned i = 0;; i++) {
        at = memmem(at, (size_t)(world->bytes + world->der.size - at), wanted.bytes, wanted.size);
        assert_non_null(at);
        if (i == n)
            return at;
        at += wanted.size;
    }
}

static void vault_x509_read__refuses_two_extensions_of_one_kind(void **state)
{
    struct world *world = *state;
    struct vault_certificate read;
    make_by_openssl(world, "keyUsage = digitalSignature\nextendedKeyUsage = clientAuth\n", certificate_words);
    assert_int_equal(vault_certificate_read(der_of(world), &read), ERR_OK);
    find_bytes(world, BYTES(0x06, 0x03, 0x55, 0x1d, 0x25), 0)[4] = 0x0f; /* keyUsage once more */
    assert_int_equal(vault_certificate_read(der_of(world), &read), ERR_SYNTAX);
}

static void vault_x509_read__refuses_an_algorithm_that_differs_from_what_was_signed(void **state)
{
    struct world *world = *state;
    struct vault_certificate read;
    const struct span ecdsa_sha256 = BYTES(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
    make_by_openssl(world, "keyUsage = digitalSignature\n", certificate_words);
    find_bytes(world, ecdsa_sha256, 1)[9] = 0x03; /* the one outside: SHA-384 */
    assert_int_equal(vault_certificate_read(der_of(world), &read), ERR_SYNTAX);
}

/* Behind them nothing may follow; under another tag they are none, and nothing would be heeded. */
static void vault_x509_read__refuses_extensions_under_another_tag(void **state)
{
    struct world *world = *state;
    struct vault_certificate read;
    make_by_openssl(world, "keyUsage = digitalSignature\n", certificate_words);
    uint8_t *extensions = find_bytes(world, BYTES(0x06, 0x03, 0x55, 0x1d, 0x0f), 0);
    while (*extensions != 0xa3)
        extensions--;
    *extensions = 0xa4;
    assert_int_equal(vault_certificate_read(der_of(world), &read), ERR_SYNTAX);
}

static void vault_x509__takes_an_extension_without_content_for_no_permission(void **state)
{
    (void)state;
    const struct x509 silent = {.extensions = BYTES(0x30, 0x07, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x00)};
    const struct x509 usage = {.extensions = BYTES(0x30, 0x07, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x04, 0x00)};
    const struct x509 purpose = {.extensions = BYTES(0x30, 0x07, 0x06, 0x03, 0x55, 0x1d, 0x25, 0x04, 0x00)};
    assert_true(vault_x509_may_sign_others(&silent));
    assert_true(vault_x509_is_for(&silent, X509_ID_KP("\x01")));
    assert_false(vault_x509_may_sign_others(&usage));
    assert_false(vault_x509_is_for(&purpose, X509_ID_KP("\x01")));
}

/* ---- text */

static void vault_pem_read__reads_what_it_wrote_whatever_the_size(void **state)
{
    (void)state;
    uint8_t bytes[200], text_bytes[400], back_bytes[200];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 151);
    for (size_t size = 1; size <= sizeof(bytes); size++) {
        struct vault_buffer text = {text_bytes, sizeof(text_bytes), 0}, back = {back_bytes, size, 0};
        assert_int_equal(vault_pem_write("A LABEL", span_of(bytes, size), &text), ERR_OK);
        assert_int_equal(strlen((char *)text_bytes), text.size);
        assert_int_equal(vault_pem_read("A LABEL", span_of(text_bytes, text.size), &back), ERR_OK);
        assert_int_equal(back.size, size);
        assert_memory_equal(back_bytes, bytes, size);
        back.capacity = size - 1;
        assert_int_equal(vault_pem_read("A LABEL", span_of(text_bytes, text.size), &back), ERR_FULL);
        struct vault_buffer exact = {text_bytes, text.size + 1, 0}, small = {text_bytes, text.size, 0};
        assert_int_equal(vault_pem_write("A LABEL", span_of(bytes, size), &small), ERR_FULL);
        assert_int_equal(vault_pem_write("A LABEL", span_of(bytes, size), &exact), ERR_OK);
    }
}

static void vault_pem_read__says_what_is_wrong(void **state)
{
    (void)state;
#define BLOCK(inside) "before\n-----BEGIN A-----" inside "-----END A-----\nafter"
    static const struct {
        const char *text;
        enum err error;
    } rows[] = {
        {BLOCK("\nAQID\n"), ERR_OK},
        {BLOCK("\r\nAQ\r\nID\r\n"), ERR_OK},
        {BLOCK("\nAQI=\n"), ERR_OK},
        {BLOCK("\nAQ==\n"), ERR_OK},
        {BLOCK("\n"), ERR_SYNTAX},
        {BLOCK("\nAQI\n"), ERR_SYNTAX},
        {BLOCK("\nA===\n"), ERR_SYNTAX},
        {BLOCK("\n====\n"), ERR_SYNTAX},
        {BLOCK("\nAQ=D\n"), ERR_SYNTAX},
        {BLOCK("\nAQ==AQID\n"), ERR_SYNTAX},
        {BLOCK("\nAR==\n"), ERR_SYNTAX}, /* bits that nobody reads are zero */
        {BLOCK("\nAQ-D\n"), ERR_SYNTAX},
        {BLOCK("\nProc-Type: 4,ENCRYPTED\n\nAQID\n"), ERR_SYNTAX},
        {"-----BEGIN A-----\nAQID\n", ERR_NOT_FOUND},
        {"-----END A-----\n-----BEGIN A-----\nAQID\n", ERR_NOT_FOUND},
        {"-----BEGIN AB-----\nAQID\n-----END AB-----\n", ERR_NOT_FOUND},
        {"", ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t bytes[8];
        struct vault_buffer out = {bytes, sizeof(bytes), 0};
        assert_int_equal(vault_pem_read("A", span_of_text(rows[i].text), &out), rows[i].error);
    }
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, drop_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(vault_certificate_read__reads_what_other_authorities_write),
        IN_WORLD(vault_request_read__reads_openssls_request),
        IN_WORLD(vault_certificate_read__refuses_every_length_but_its_own),
        IN_WORLD(vault_x509_read__refuses_days_that_are_none),
        IN_WORLD(vault_x509_read__refuses_two_extensions_of_one_kind),
        IN_WORLD(vault_x509_read__refuses_extensions_under_another_tag),
        IN_WORLD(vault_x509_read__refuses_an_algorithm_that_differs_from_what_was_signed),
        cmocka_unit_test(vault_x509__takes_an_extension_without_content_for_no_permission),
        cmocka_unit_test(der_take__takes_the_one_form_of_a_length),
        cmocka_unit_test(der_take_number__takes_the_one_form_of_a_number),
        cmocka_unit_test(der_wrap__writes_lengths_that_are_read_back),
        cmocka_unit_test(vault_pem_read__reads_what_it_wrote_whatever_the_size),
        cmocka_unit_test(vault_pem_read__says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
