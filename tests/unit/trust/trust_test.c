/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../harness/trust_kit.h"

#define SIGNERS(...) ((const enum kit_key[]){__VA_ARGS__, KIT_KEYS})

static struct trust_kit kit;
static struct trust_root first;

static int set_up(void **state)
{
    (void)state;
    trust_kit_open(&kit);
    trust_kit_begin(&kit, &first);
    return 0;
}

static kassa_BookManifest a_manifest(void)
{
    kassa_BookManifest manifest = {.version = 3,
                                   .size = 10,
                                   .hash = {.size = HASH_SIZE},
                                   .chunk_size = BOOK_CHUNK_SIZE,
                                   .tenant = KIT_TENANT};
    return manifest;
}

static enum trust_reason read_book_signed_by(const enum kit_key *signers)
{
    kassa_BookManifest manifest = a_manifest();
    struct trust_manifest out;
    kassa_Signed sealed;
    trust_kit_sign(&kit, WIRE_SIGNED_BOOK, &manifest, signers, &sealed);
    return trust_read_manifest(&first, &sealed, &out);
}

static void trust_read_manifest__wants_two_keys_of_two_persons_of_its_role(void **state)
{
    (void)state;
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_RULES_ANA, KIT_RULES_BO)), TRUST_GOOD);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_STRANGER, KIT_RULES_ANA, KIT_RULES_BO)), TRUST_GOOD);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_KEYS)), TRUST_UNSIGNED);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_RULES_ANA)), TRUST_UNSIGNED);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_RULES_ANA, KIT_STRANGER)), TRUST_UNSIGNED);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_ROOT_ANA, KIT_ROOT_BO)), TRUST_UNSIGNED);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_RULES_ANA, KIT_TIME)), TRUST_UNSIGNED);
    assert_int_equal(read_book_signed_by(SIGNERS(KIT_RULES_ANA, KIT_RULES_ANA_2)), TRUST_UNSIGNED);
}

static void trust_verify__counts_a_key_once_however_often_it_signs(void **state)
{
    (void)state;
    kassa_BookManifest manifest = a_manifest();
    kassa_Signed sealed;
    trust_kit_sign(&kit, WIRE_SIGNED_BOOK, &manifest, SIGNERS(KIT_RULES_ANA), &sealed);
    for (size_t i = 1; i < SIGNATURES_MAX; i++)
        sealed.signatures[i] = sealed.signatures[0];
    sealed.signatures_count = SIGNATURES_MAX;
    assert_int_equal(
        trust_count_signatures(&first.body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK, &sealed), 1);
    assert_int_equal(trust_verify(&first.body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK, &sealed),
                     TRUST_UNSIGNED);
}

static void trust_verify__counts_a_person_once_with_however_many_keys(void **state)
{
    (void)state;
    struct trust_root root = first;
    kassa_BookManifest manifest = a_manifest();
    kassa_Signed sealed;
    trust_kit_replace(&kit, &root.body, kassa_TrustRole_TRUST_RULES, KIT_RULES_BO, KIT_RULES_ANA_2);
    trust_kit_sign(&kit, WIRE_SIGNED_BOOK, &manifest, SIGNERS(KIT_RULES_ANA, KIT_RULES_ANA_2), &sealed);
    assert_int_equal(
        trust_count_signatures(&root.body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK, &sealed), 1);
    assert_int_equal(trust_root_check(&root.body), TRUST_MALFORMED); /* nobody could ever sign */
}

static void trust_verify__takes_no_signature_of_one_purpose_for_another(void **state)
{
    (void)state;
    kassa_BookManifest manifest = a_manifest();
    struct trust_manifest out;
    kassa_Signed sealed;
    assert_int_equal(trust_seal(kassa_BookManifest_fields, &manifest, &sealed), ERR_OK);
    assert_int_equal(trust_sign(&sealed, WIRE_SIGNED_ROOT, kit.keys[KIT_RULES_ANA].private_key), ERR_OK);
    assert_int_equal(trust_sign(&sealed, WIRE_SIGNED_TIMESTAMP, kit.keys[KIT_RULES_BO].private_key), ERR_OK);
    assert_int_equal(trust_read_manifest(&first, &sealed, &out), TRUST_UNSIGNED);
}

/* ---- roots */

static enum trust_reason follow(const kassa_TrustRoot *root, const enum kit_key *signers,
                                struct trust_root *out)
{
    kassa_Signed sealed;
    trust_kit_sign(&kit, WIRE_SIGNED_ROOT, root, signers, &sealed);
    return trust_root_follow(&first, &sealed, out);
}

static void trust_root_follow__wants_the_thresholds_of_the_old_root_and_of_the_new_one(void **state)
{
    (void)state;
    struct trust_root after;
    kassa_TrustRoot next = first.body;
    next.version = 2;
    trust_kit_replace(&kit, &next, kassa_TrustRole_TRUST_ROOT, KIT_ROOT_ANA, KIT_STRANGER);
    /* Ana's key is lost: Bo and Cy sign for the old one, they or the new one for the new one */
    assert_int_equal(follow(&next, SIGNERS(KIT_ROOT_BO, KIT_ROOT_CY), &after), TRUST_GOOD);
    assert_int_equal(after.body.version, 2);
    assert_int_equal(follow(&next, SIGNERS(KIT_ROOT_ANA, KIT_ROOT_BO, KIT_STRANGER), &after), TRUST_GOOD);
    assert_int_equal(follow(&next, SIGNERS(KIT_STRANGER, KIT_ROOT_BO), &after), TRUST_UNSIGNED); /* old: 1 */
    assert_int_equal(follow(&next, SIGNERS(KIT_ROOT_ANA, KIT_ROOT_BO), &after), TRUST_UNSIGNED); /* new: 1 */
    assert_int_equal(follow(&next, SIGNERS(KIT_ROOT_CY), &after), TRUST_UNSIGNED);
}

static void trust_root_follow__takes_roots_one_after_the_other(void **state)
{
    (void)state;
    struct trust_root after;
    kassa_TrustRoot other = first.body;
    const enum kit_key *signers = SIGNERS(KIT_ROOT_ANA, KIT_ROOT_BO);
    assert_int_equal(follow(&first.body, signers, &after), TRUST_GOOD); /* the one that stands */
    other.version = 3;
    assert_int_equal(follow(&other, signers, &after), TRUST_ROOT_GAP);
    other.version = UINT64_C(1) << 63;
    assert_int_equal(follow(&other, signers, &after), TRUST_ROOT_GAP);
    other.version = 1;
    other.book_version_base = 7;
    assert_int_equal(follow(&other, signers, &after), TRUST_CONFLICT);
    other.version = 0;
    assert_int_equal(follow(&other, signers, &after), TRUST_MALFORMED);
    other.version = 2;
    memcpy(other.tenant, "another", sizeof "another");
    assert_int_equal(follow(&other, signers, &after), TRUST_TENANT);
}

static void trust_root_check__refuses_roots_that_nobody_could_follow(void **state)
{
    (void)state;
    kassa_TrustRoot root = first.body;
    root.grants[1].threshold = 0;
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root.grants[1].threshold = 3; /* of two persons */
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.grants[1].key_ids[1] = root.grants[1].key_ids[0];
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.grants[1].role = kassa_TrustRole_TRUST_ROOT;
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.grants[1].key_ids[0].bytes[0] ^= 1;
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.keys[1] = root.keys[0];
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.keys[2].person[0] = '\0';
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
    root = first.body;
    root.expires_unix_ms = root.created_unix_ms;
    assert_int_equal(trust_root_check(&root), TRUST_MALFORMED);
}

static void trust_root_file__gives_back_what_was_written(void **state)
{
    (void)state;
    uint8_t file[ROOT_FILE_SIZE_MAX];
    size_t size = 0;
    kassa_Signed sealed;
    kassa_Signed read = kassa_Signed_init_zero;
    struct trust_root root;
    trust_kit_sign_root(&kit, &first.body, &sealed);
    assert_int_equal(trust_root_file_write(&sealed, file, &size), ERR_OK);
    assert_int_equal(trust_root_file_read(span_of(file, size), &read), ERR_OK);
    assert_int_equal(trust_root_begin(&read, &root), TRUST_GOOD);
    assert_int_equal(root.body.version, 1);
    file[0] ^= 1;
    assert_int_equal(trust_root_file_read(span_of(file, size), &read), ERR_SYNTAX);
    assert_int_equal(trust_root_file_read(span_of(file, 8), &read), ERR_SYNTAX);
}

/* ---- timestamps and places */

static void trust_read_timestamp__holds_it_to_seven_days_and_to_the_life_of_its_root(void **state)
{
    (void)state;
    kassa_Timestamp timestamp = {.tenant = KIT_TENANT,
                                 .issued_unix_ms = KIT_CREATED_MS + KIT_DAY_MS,
                                 .expires_unix_ms = KIT_CREATED_MS + 8 * KIT_DAY_MS,
                                 .root_version = 1,
                                 .root_hash = {.size = HASH_SIZE}};
    kassa_Timestamp out;
    kassa_Signed sealed;
    trust_kit_sign(&kit, WIRE_SIGNED_TIMESTAMP, &timestamp, SIGNERS(KIT_TIME), &sealed);
    assert_int_equal(trust_read_timestamp(&first, &sealed, &out), TRUST_GOOD);
    timestamp.expires_unix_ms++;
    trust_kit_sign(&kit, WIRE_SIGNED_TIMESTAMP, &timestamp, SIGNERS(KIT_TIME), &sealed);
    assert_int_equal(trust_read_timestamp(&first, &sealed, &out), TRUST_MALFORMED);
    timestamp.issued_unix_ms = KIT_CREATED_MS + 6 * KIT_YEAR_MS;
    timestamp.expires_unix_ms = timestamp.issued_unix_ms + 1;
    trust_kit_sign(&kit, WIRE_SIGNED_TIMESTAMP, &timestamp, SIGNERS(KIT_TIME), &sealed);
    assert_int_equal(trust_read_timestamp(&first, &sealed, &out), TRUST_EARLY);
    timestamp.issued_unix_ms = KIT_CREATED_MS - 1;
    timestamp.expires_unix_ms = timestamp.issued_unix_ms + 1;
    trust_kit_sign(&kit, WIRE_SIGNED_TIMESTAMP, &timestamp, SIGNERS(KIT_TIME), &sealed);
    assert_int_equal(trust_read_timestamp(&first, &sealed, &out), TRUST_EARLY);
    trust_kit_sign(&kit, WIRE_SIGNED_TIMESTAMP, &timestamp, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO), &sealed);
    assert_int_equal(trust_read_timestamp(&first, &sealed, &out), TRUST_UNSIGNED);
}

static void trust_share_of__is_the_highest_version_that_stands_for_the_place(void **state)
{
    (void)state;
    kassa_Timestamp timestamp = {.books_count = 3,
                                 .books = {{.version = 7, .share_bp = 10000},
                                           {.version = 9, .share_bp = 100},
                                           {.version = 8, .share_bp = 1000}}};
    assert_int_equal(trust_share_of(&timestamp, 99)->version, 9);
    assert_int_equal(trust_share_of(&timestamp, 100)->version, 8);
    assert_int_equal(trust_share_of(&timestamp, 1000)->version, 7);
    timestamp.halted[timestamp.halted_count++] = 9;
    assert_int_equal(trust_share_of(&timestamp, 99)->version, 8);
    timestamp.withdrawn[timestamp.withdrawn_count++] = 8;
    assert_int_equal(trust_share_of(&timestamp, 99)->version, 7);
    timestamp.withdrawn[timestamp.withdrawn_count++] = 7;
    assert_null(trust_share_of(&timestamp, 99));
}

static void trust_place__spreads_tills_evenly_and_deals_anew_with_another_rollout(void **state)
{
    (void)state;
    unsigned below = 0, moved = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char till[TILL_ID_MAX + 1];
        uint32_t place, other;
        (void)snprintf(till, sizeof till, "till-%u", i);
        assert_int_equal(trust_place(42, till, &place), ERR_OK);
        assert_int_equal(trust_place(43, till, &other), ERR_OK);
        assert_true(place < 10000);
        below += place < 1000;
        moved += place != other;
    }
    assert_in_range(below, 900, 1100); /* a tenth, three deviations to either side */
    assert_in_range(moved, 9990, 10000);
}

static void trust_reason_code__is_a_row_of_spec_md(void **state)
{
    (void)state;
    for (int i = 1; i < TRUST_REASON_COUNT; i++) {
        assert_non_null(trust_reason_code((enum trust_reason)i));
        assert_true(strlen(trust_reason_code((enum trust_reason)i)) <= 16); /* TillState.refused_reason */
        assert_true(trust_reason_sentence((enum trust_reason)i)[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trust_read_manifest__wants_two_keys_of_two_persons_of_its_role),
        cmocka_unit_test(trust_verify__counts_a_key_once_however_often_it_signs),
        cmocka_unit_test(trust_verify__counts_a_person_once_with_however_many_keys),
        cmocka_unit_test(trust_verify__takes_no_signature_of_one_purpose_for_another),
        cmocka_unit_test(trust_root_follow__wants_the_thresholds_of_the_old_root_and_of_the_new_one),
        cmocka_unit_test(trust_root_follow__takes_roots_one_after_the_other),
        cmocka_unit_test(trust_root_check__refuses_roots_that_nobody_could_follow),
        cmocka_unit_test(trust_root_file__gives_back_what_was_written),
        cmocka_unit_test(trust_read_timestamp__holds_it_to_seven_days_and_to_the_life_of_its_root),
        cmocka_unit_test(trust_share_of__is_the_highest_version_that_stands_for_the_place),
        cmocka_unit_test(trust_place__spreads_tills_evenly_and_deals_anew_with_another_rollout),
        cmocka_unit_test(trust_reason_code__is_a_row_of_spec_md),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
