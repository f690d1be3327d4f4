/* SPDX-License-Identifier: Apache-2.0 */
#include "office/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/seed.h"

#define NOW   1795000000
#define DAY_S 86400

struct desk {
    struct folder folder;
    struct store store;
    struct store_txn txn;
    struct seed seed;
    struct authority authority;
    struct vault_key_pair till;
};

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    assert_int_equal(vault_open(), ERR_OK);
    desk->folder = folder_make();
    desk->seed = seed_of_environment();
    char path[128];
    folder_join(&desk->folder, "store", path);
    struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = 1 << 24, .random = seed_as_random(&desk->seed)};
    assert_int_equal(store_open(&settings, &desk->store), ERR_OK);
    assert_int_equal(store_begin(desk->store, STORE_WRITE, &desk->txn), ERR_OK);
    assert_int_equal(
        authority_create("Example Markets", 3650, NOW, seed_as_random(&desk->seed), &desk->authority),
        ERR_OK);
    assert_int_equal(vault_generate_key_pair(&desk->till), ERR_OK);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    store_abort(&desk->txn);
    store_close(&desk->store);
    folder_remove(&desk->folder);
    free(desk);
    return 0;
}

static enum err certify(struct desk *desk, const char *name, unsigned days, bool is_hub,
                        crm_Certificate *out_row)
{
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer out = {der, sizeof(der), 0};
    struct authority_terms terms = {.use = VAULT_USE_CLIENT,
                                    .name = name,
                                    .is_hub = is_hub,
                                    .address = "",
                                    .public_key = desk->till.public_key,
                                    .days = days,
                                    .now_unix_s = NOW};
    TRY(authority_certify(&desk->authority, &terms, seed_as_random(&desk->seed), &out, out_row));
    struct vault_certificate read;
    TRY(vault_certificate_read(span_of(der, out.size), &read));
    assert_string_equal(read.name, name);
    assert_int_equal(read.until_unix_s, out_row->until_unix_s);
    return vault_certificate_check(span_of(der, out.size), desk->authority.certificate.public_key);
}

static void authority_certify__gives_names_of_tills_to_tills_and_of_hubs_to_hubs(void **state)
{
    struct desk *desk = *state;
    crm_Certificate row;
    assert_int_equal(certify(desk, "till-1", 90, false, &row), ERR_OK);
    assert_int_equal(certify(desk, "kassa-hub", 90, true, &row), ERR_OK);
    static const struct {
        const char *name;
        bool is_hub;
    } refused[] = {
        {"kassa-hub", false}, {"kassa-hub-2", false}, {"till-1", true}, {"+", false},    {"#", false},
        {"a/b", false},       {"Till-1", false},      {"ab", false},    {"$SYS", false}, {"", false}};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_int_equal(certify(desk, refused[i].name, 90, refused[i].is_hub, &row), ERR_ARGUMENT);
}

static void authority_certify__lasts_no_longer_than_the_authority(void **state)
{
    struct desk *desk = *state;
    crm_Certificate row;
    assert_int_equal(certify(desk, "till-1", 90, false, &row), ERR_OK);
    assert_int_equal(row.until_unix_s, NOW + 90 * DAY_S);
    assert_int_equal(certify(desk, "till-1", 4000, false, &row), ERR_OK);
    assert_int_equal(row.until_unix_s, NOW + 3650 * DAY_S);
    assert_int_equal(certify(desk, "till-1", 0, false, &row), ERR_RANGE);
    assert_int_equal(certify(desk, "till-1", AUTHORITY_DAYS_MAX + 1, false, &row), ERR_RANGE);
}

static void crm_certificate__is_in_force_from_its_day_until_it_is_over_or_revoked(void **state)
{
    struct desk *desk = *state;
    crm_Certificate first, second, other;
    bool is_in_force;
    size_t count;
    assert_int_equal(certify(desk, "till-1", 10, false, &first), ERR_OK);
    assert_int_equal(certify(desk, "till-1", 90, false, &second), ERR_OK);
    assert_int_equal(certify(desk, "till-12", 90, false, &other), ERR_OK);
    assert_int_equal(crm_certificate_add(&desk->txn, &first), ERR_OK);
    assert_int_equal(crm_certificate_add(&desk->txn, &first), ERR_EXISTS);
    assert_int_equal(crm_certificate_add(&desk->txn, &second), ERR_OK);
    assert_int_equal(crm_certificate_add(&desk->txn, &other), ERR_OK);
#define IN_FORCE(name, at_s)                                                                                 \
    (assert_int_equal(crm_certificate_is_in_force(&desk->txn, (name), (at_s)*INT64_C(1000), &is_in_force),   \
                      ERR_OK),                                                                               \
     is_in_force)
    assert_true(IN_FORCE("till-1", NOW));
    assert_true(IN_FORCE("till-1", NOW + 50 * DAY_S)); /* the second */
    assert_false(IN_FORCE("till-1", NOW + 91 * DAY_S));
    assert_false(IN_FORCE("till-1", NOW - DAY_S));
    assert_false(IN_FORCE("till-2", NOW));
    assert_int_equal(crm_certificate_revoke(&desk->txn, "till-1", NOW * INT64_C(1000), &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_false(IN_FORCE("till-1", NOW));
    assert_true(IN_FORCE("till-12", NOW));
    assert_int_equal(crm_certificate_revoke(&desk->txn, "till-1", NOW * INT64_C(1000), &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void authority_list_revoked__holds_those_that_are_not_over_anyway(void **state)
{
    struct desk *desk = *state;
    char *pem = NULL;
    size_t sizes[3], count;
    for (unsigned i = 0; i < 3; i++) {
        crm_Certificate row;
        char name[] = "till-0";
        name[5] = (char)('0' + i);
        assert_int_equal(authority_list_revoked(&desk->authority, &desk->txn, 30, NOW + 11 * DAY_S, &pem),
                         ERR_OK);
        sizes[i] = strlen(pem);
        free(pem);
        assert_int_equal(certify(desk, name, i == 0 ? 10 : 90, false, &row),
                         ERR_OK); /* the first is over by then */
        assert_int_equal(crm_certificate_add(&desk->txn, &row), ERR_OK);
        assert_int_equal(crm_certificate_revoke(&desk->txn, name, NOW * INT64_C(1000), &count), ERR_OK);
    }
    assert_in_range(sizes[1], sizes[0] - 4, sizes[0] + 4); /* signatures differ by some bytes */
    assert_true(sizes[2] > sizes[1] + 30);
}

static void authority_read__takes_a_key_for_its_certificate_alone(void **state)
{
    struct desk *desk = *state;
    uint8_t certificate_bytes[VAULT_PEM_SIZE_MAX], key_bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer certificate = {certificate_bytes, sizeof(certificate_bytes), 0};
    struct vault_buffer key = {key_bytes, sizeof(key_bytes), 0};
    struct authority read;
    struct span der = span_of(desk->authority.der, desk->authority.der_size);
    assert_int_equal(vault_pem_write(VAULT_PEM_CERTIFICATE, der, &certificate), ERR_OK);
    struct span pem = span_of(certificate_bytes, certificate.size);
    assert_int_equal(vault_key_write(desk->till.private_key, &key), ERR_OK);
    assert_int_equal(authority_read(pem, span_of(key_bytes, key.size), &read), ERR_ARGUMENT);
    assert_int_equal(vault_key_write(desk->authority.private_key, &key), ERR_OK);
    assert_int_equal(authority_read(pem, span_of(key_bytes, key.size), &read), ERR_OK);
    assert_string_equal(read.certificate.name, "Example Markets");
    assert_int_equal(authority_read(span_of(key_bytes, key.size), pem, &read), ERR_NOT_FOUND);
}

int main(void)
{
#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        AT_DESK(authority_certify__gives_names_of_tills_to_tills_and_of_hubs_to_hubs),
        AT_DESK(authority_certify__lasts_no_longer_than_the_authority),
        AT_DESK(crm_certificate__is_in_force_from_its_day_until_it_is_over_or_revoked),
        AT_DESK(authority_list_revoked__holds_those_that_are_not_over_anyway),
        AT_DESK(authority_read__takes_a_key_for_its_certificate_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
