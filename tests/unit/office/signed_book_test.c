/* SPDX-License-Identifier: Apache-2.0 */
#include "office/signed_book.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#include "office/book_json.h"
#include "office/root_desk.h"

static const char json[] =
    "{\"format\": 1, \"version\": 9, \"programme\": \"club\", \"currency\": {\"code\": \"EUR\", "
    "\"exponent\": 2}, \"valid_from\": \"2026-06-01\", \"stores\": [\"s1\", \"s2\"], \"offers\": []}";

#define NOW INT64_C(1000000000000)

struct people {
    struct vault_key_pair anna, ben, hub;
    struct trust_root root;
};

static void make_root(struct people *people)
{
    const struct root_terms terms = {"corner", NOW - 1000, NOW + 1000000};
    kassa_TrustRoot root;
    kassa_Signed sealed = kassa_Signed_init_zero;
    assert_int_equal(vault_generate_key_pair(&people->anna), ERR_OK);
    assert_int_equal(vault_generate_key_pair(&people->ben), ERR_OK);
    assert_int_equal(vault_generate_key_pair(&people->hub), ERR_OK);
    assert_int_equal(root_begin(&terms, &root), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "anna", people->anna.public_key), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_RULES, "anna", people->anna.public_key), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_RULES, "ben", people->ben.public_key), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_TIMESTAMP, "hub", people->hub.public_key),
                     ERR_OK);
    root_set_threshold(&root, kassa_TrustRole_TRUST_RULES, 0);
    assert_int_equal(trust_seal(kassa_TrustRoot_fields, &root, &sealed), ERR_OK);
    assert_int_equal(trust_sign(&sealed, WIRE_SIGNED_ROOT, people->anna.private_key), ERR_OK);
    assert_int_equal(trust_root_begin(&sealed, &people->root), TRUST_GOOD);
}

struct signing {
    struct book_image image;
    struct people people;
    uint8_t *file;
    size_t size;
};

static int set_up(void **state)
{
    struct signing *signing = calloc(1, sizeof(*signing));
    struct findings findings = FINDINGS_NONE;
    assert_non_null(signing);
    assert_int_equal(vault_open(), ERR_OK);
    assert_int_equal(book_json_compile(span_of_text(json), &findings, &signing->image), ERR_OK);
    make_root(&signing->people);
    signing->file = malloc(signing->image.bytes.size + SIGNED_BOOK_OVERHEAD_MAX);
    assert_non_null(signing->file);
    const struct signed_book_terms terms = {.tenant = "corner", .created_unix_ms = 1234};
    struct signed_book parts;
    assert_int_equal(signed_book_draft(signing->image.bytes, &terms, &parts), ERR_OK);
    assert_int_equal(signed_book_sign(&parts, signing->people.anna.private_key), ERR_OK);
    assert_int_equal(signed_book_sign(&parts, signing->people.ben.private_key), ERR_OK);
    assert_int_equal(signed_book_write(&parts, signing->file, &signing->size), ERR_OK);
    findings_done(&findings);
    *state = signing;
    return 0;
}

static int tear_down(void **state)
{
    struct signing *signing = *state;
    book_image_done(&signing->image);
    free(signing->file);
    free(signing);
    return 0;
}

/* As a till would judge the file. */
static bool is_taken(const struct signing *signing)
{
    struct signed_book parts;
    return signed_book_read(span_of(signing->file, signing->size), &parts) == ERR_OK &&
           signed_book_judge(&parts, &signing->people.root, NOW) == TRUST_GOOD;
}

static void signed_book_draft__states_what_the_book_says_of_itself(void **state)
{
    const struct signing *signing = *state;
    struct signed_book parts;
    assert_int_equal(signed_book_read(span_of(signing->file, signing->size), &parts), ERR_OK);
    assert_int_equal(parts.manifest.version, 9);
    assert_int_equal(parts.manifest.size, signing->image.bytes.size);
    assert_int_equal(parts.manifest.stores_count, 2);
    assert_string_equal(parts.manifest.tenant, "corner");
    assert_int_equal(parts.manifest.created_unix_ms, 1234);
    assert_true(span_is_equal(parts.book, signing->image.bytes));
    assert_true(is_taken(signing));
}

static void signed_book_judge__refuses_flipped_bytes_all_over_the_file(void **state)
{
    struct signing *signing = *state;
    for (size_t i = 0; i < signing->size;
         i += signing->size / 150 + 1) { /* a verification costs milliseconds */
        signing->file[i] ^= 0x01;
        assert_false(is_taken(signing));
        signing->file[i] ^= 0x01;
    }
    assert_true(is_taken(signing));
}

static void signed_book_judge__refuses_shorter_files(void **state)
{
    struct signing *signing = *state;
    size_t whole = signing->size;
    for (size_t size = 0; size < whole; size += whole / 150 + 1) {
        signing->size = size;
        assert_false(is_taken(signing));
    }
    signing->size = whole - 1;
    assert_false(is_taken(signing));
}

static void signed_book_judge__refuses_other_keys_and_another_scope(void **state)
{
    struct signing *signing = *state;
    struct people others;
    struct signed_book parts;
    make_root(&others);
    assert_int_equal(signed_book_read(span_of(signing->file, signing->size), &parts), ERR_OK);
    assert_int_equal(signed_book_judge(&parts, &others.root, NOW), TRUST_UNSIGNED);
    parts.manifest.stores_count = 0;
    kassa_Signed sealed = parts.sealed;
    assert_int_equal(trust_seal(kassa_BookManifest_fields, &parts.manifest, &parts.sealed), ERR_OK);
    memcpy(parts.sealed.signatures, sealed.signatures, sizeof(sealed.signatures));
    parts.sealed.signatures_count = sealed.signatures_count;
    assert_int_equal(signed_book_judge(&parts, &signing->people.root, NOW), TRUST_UNSIGNED);
}

static void signed_book_draft__refuses_what_is_no_book_and_names_that_are_too_long(void **state)
{
    struct signing *signing = *state;
    struct signed_book parts = {.manifest.version = 5};
    static const char *const tills[] = {"a-till-with-more-than-32-characters"};
    const struct signed_book_terms sound = {.tenant = "corner"};
    const struct signed_book_terms of_long = {.tenant = "a-tenant-of-more-than-32-characters"};
    const struct signed_book_terms for_long = {.tenant = "corner", .tills = tills, .till_count = 1};
    assert_int_equal(signed_book_draft(span_of_text("no book"), &sound, &parts), ERR_TRUNCATED);
    assert_int_equal(signed_book_draft(signing->image.bytes, &of_long, &parts), ERR_RANGE);
    assert_int_equal(signed_book_draft(signing->image.bytes, &for_long, &parts), ERR_RANGE);
    assert_int_equal(parts.manifest.version, 5);
}

/* ---- what is judged under it */

static struct signed_book draft(const struct signing *signing, const struct signed_book_terms *terms)
{
    struct signed_book parts;
    assert_int_equal(signed_book_draft(signing->image.bytes, terms, &parts), ERR_OK);
    return parts;
}

static void signed_book_judge__wants_two_people_and_not_one_twice(void **state)
{
    const struct signing *signing = *state;
    struct people people;
    const struct signed_book_terms terms = {.tenant = "corner"};
    make_root(&people);
    struct signed_book parts = draft(signing, &terms);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_UNSIGNED);
    assert_int_equal(signed_book_sign(&parts, people.anna.private_key), ERR_OK);
    assert_int_equal(signed_book_sign(&parts, people.anna.private_key), ERR_OK);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_UNSIGNED);
    assert_int_equal(signed_book_sign(&parts, people.hub.private_key), ERR_OK); /* may sign, but not books */
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_UNSIGNED);
    assert_int_equal(signed_book_sign(&parts, people.ben.private_key), ERR_OK);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_GOOD);
}

static void signed_book_judge__says_why_no_till_would_take_it(void **state)
{
    const struct signing *signing = *state;
    struct people people;
    const struct signed_book_terms theirs = {.tenant = "other"};
    const struct signed_book_terms short_lived = {.tenant = "corner", .expires_unix_ms = NOW + 10};
    make_root(&people);
    struct signed_book parts = draft(signing, &theirs);
    assert_int_equal(signed_book_sign(&parts, people.anna.private_key), ERR_OK);
    assert_int_equal(signed_book_sign(&parts, people.ben.private_key), ERR_OK);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_TENANT);
    parts = draft(signing, &short_lived);
    assert_int_equal(signed_book_sign(&parts, people.anna.private_key), ERR_OK);
    assert_int_equal(signed_book_sign(&parts, people.ben.private_key), ERR_OK);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_GOOD);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW + 10), TRUST_EXPIRED);
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW + 1000000), TRUST_EXPIRED); /* the root */
    parts.book.size--;
    assert_int_equal(signed_book_judge(&parts, &people.root, NOW), TRUST_MIXED);
}

/* ---- roots as they are drawn up */

static void root_desk__counts_two_keys_of_one_person_once(void **state)
{
    (void)state;
    struct people people;
    const struct root_terms terms = {"corner", NOW, NOW + 1000};
    kassa_TrustRoot root;
    make_root(&people);
    assert_int_equal(root_begin(&terms, &root), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "anna", people.anna.public_key), ERR_OK);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "anna/phone", people.ben.public_key),
                     ERR_OK);
    assert_int_equal(root_persons(&root, kassa_TrustRole_TRUST_ROOT), 1);
    root_set_threshold(&root, kassa_TrustRole_TRUST_ROOT, 0);
    assert_int_equal(trust_grant_of(&root, kassa_TrustRole_TRUST_ROOT)->threshold, 1);
    root_set_threshold(&root, kassa_TrustRole_TRUST_ROOT, 2);
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
}

static void root_desk__gives_a_name_one_key_and_a_key_one_name(void **state)
{
    (void)state;
    struct people people;
    make_root(&people);
    kassa_TrustRoot root = people.root.body;
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "ben", people.hub.public_key),
                     ERR_CONFLICT);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "dora", people.ben.public_key),
                     ERR_CONFLICT);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "/x", people.ben.public_key), ERR_RANGE);
    assert_int_equal(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "ben", people.ben.public_key), ERR_OK);
    assert_int_equal(root_persons(&root, kassa_TrustRole_TRUST_ROOT), 2);
}

static void root_desk__takes_a_key_out_of_every_role(void **state)
{
    (void)state;
    struct people people;
    make_root(&people);
    kassa_TrustRoot root = people.root.body;
    assert_int_equal(root_remove(&root, "nobody"), ERR_NOT_FOUND);
    assert_int_equal(root_remove(&root, "hub"), ERR_OK);
    assert_null(trust_grant_of(&root, kassa_TrustRole_TRUST_TIMESTAMP));
    assert_null(root_find(&root, "hub"));
    assert_int_equal(root_remove(&root, "anna"), ERR_OK);
    assert_int_equal(root_persons(&root, kassa_TrustRole_TRUST_RULES), 1);
    assert_string_equal(root.keys[0].name, "ben");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(signed_book_draft__states_what_the_book_says_of_itself),
        CASE(signed_book_judge__refuses_flipped_bytes_all_over_the_file),
        CASE(signed_book_judge__refuses_shorter_files),
        CASE(signed_book_judge__refuses_other_keys_and_another_scope),
        CASE(signed_book_draft__refuses_what_is_no_book_and_names_that_are_too_long),
        CASE(signed_book_judge__wants_two_people_and_not_one_twice),
        CASE(signed_book_judge__says_why_no_till_would_take_it),
        CASE(root_desk__counts_two_keys_of_one_person_once),
        CASE(root_desk__gives_a_name_one_key_and_a_key_one_name),
        CASE(root_desk__takes_a_key_out_of_every_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
