/* SPDX-License-Identifier: Apache-2.0 */
#include "office/enrolment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"

#define NOW_MS  INT64_C(1795000020000)
#define HOUR_MS INT64_C(3600000)

struct desk {
    struct folder folder;
    struct store store;
    struct store_txn txn;
    struct seed seed;
    struct authority authority;
    struct invitation_keys keys;
    struct vault_key_pair till, other;
    int64_t now_unix_ms;
    kassa_EnrolAnswer answer;
    struct enrolment_result result;
};

static const uint8_t token[INVITATION_TOKEN_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void invite(struct desk *desk)
{
    crm_Invitation row = {.until_unix_ms = NOW_MS + HOUR_MS, .created_unix_ms = NOW_MS};
    ok(invitation_keys_of(token, &desk->keys));
    memcpy(row.till, "till-1", 7);
    memcpy(row.store, "store-1", 8);
    row.id.size = INVITATION_ID_SIZE;
    memcpy(row.id.bytes, desk->keys.id, INVITATION_ID_SIZE);
    row.proof_key.size = INVITATION_KEY_SIZE;
    memcpy(row.proof_key.bytes, desk->keys.proof, INVITATION_KEY_SIZE);
    row.sealed.size = 3;
    memcpy(row.sealed.bytes, "abc", 3);
    ok(crm_invitation_put(&desk->txn, &row));
}

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    ok(vault_open());
    desk->folder = folder_make();
    desk->seed = seed_of_environment();
    desk->now_unix_ms = NOW_MS;
    char path[128];
    folder_join(&desk->folder, "store", path);
    struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = 1 << 24, .random = seed_as_random(&desk->seed)};
    ok(store_open(&settings, &desk->store));
    ok(store_begin(desk->store, STORE_WRITE, &desk->txn));
    ok(authority_create("Example Markets", 3650, NOW_MS / 1000, seed_as_random(&desk->seed),
                        &desk->authority));
    ok(vault_generate_key_pair(&desk->till));
    ok(vault_generate_key_pair(&desk->other));
    invite(desk);
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

static kassa_EnrolRequest request_of(const struct desk *desk, const struct vault_key_pair *keys,
                                     const char *name)
{
    kassa_EnrolRequest request = kassa_EnrolRequest_init_zero;
    struct vault_buffer der = {request.request.bytes, sizeof(request.request.bytes), 0};
    ok(vault_request_make(keys->private_key, name, &der));
    request.request.size = (pb_size_t)der.size;
    request.invitation.size = INVITATION_ID_SIZE;
    memcpy(request.invitation.bytes, desk->keys.id, INVITATION_ID_SIZE);
    request.proof.size = HASH_SIZE;
    ok(invitation_prove_request(desk->keys.proof, span_of(der.bytes, der.size), request.proof.bytes));
    return request;
}

static enum enrolment_verdict take(struct desk *desk, const kassa_EnrolRequest *request)
{
    const struct enrolment enrolment = {&desk->authority, seed_as_random(&desk->seed), 90, desk->now_unix_ms};
    ok(enrolment_take(&enrolment, &desk->txn, request, &desk->answer, &desk->result));
    bool is_granted = desk->answer.status == kassa_EnrolStatus_ENROL_GRANTED;
    assert_int_equal(desk->answer.certificate.size > 0, is_granted);
    assert_int_equal(desk->answer.sealed.size > 0, is_granted);
    return desk->result.verdict;
}

static enum enrolment_verdict take_from(struct desk *desk, const struct vault_key_pair *keys,
                                        const char *name)
{
    kassa_EnrolRequest request = request_of(desk, keys, name);
    return take(desk, &request);
}

static bool is_in_force(struct desk *desk, const char *name)
{
    bool is_in_force;
    ok(crm_certificate_is_in_force(&desk->txn, name, desk->now_unix_ms, &is_in_force));
    return is_in_force;
}

static void enrolment_take__certifies_the_invited_till_with_the_key_that_it_made(void **state)
{
    struct desk *desk = *state;
    struct vault_certificate read;
    uint8_t right[HASH_SIZE];
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
    struct span der = span_of(desk->answer.certificate.bytes, desk->answer.certificate.size);
    ok(vault_certificate_check(der, desk->authority.certificate.public_key));
    ok(vault_certificate_read(der, &read));
    assert_string_equal(read.name, "till-1");
    assert_memory_equal(read.public_key, desk->till.public_key, VAULT_PUBLIC_SIZE);
    ok(invitation_prove_answer(desk->keys.proof, &desk->answer, right));
    assert_true(invitation_is_proof(right, span_of(desk->answer.proof.bytes, desk->answer.proof.size)));
    assert_true(is_in_force(desk, "till-1"));
}

static void enrolment_take__is_good_once_and_told_again_to_the_same_key_alone(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
    kassa_EnrolAnswer first = desk->answer;
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_TOLD_AGAIN);
    assert_memory_equal(&desk->answer, &first, sizeof(first));
    assert_int_equal(take_from(desk, &desk->other, "till-1"), ENROLMENT_USED);
    assert_int_equal(desk->answer.status, kassa_EnrolStatus_ENROL_USED);
}

static void enrolment_take__tells_nothing_again_to_a_till_that_was_revoked(void **state)
{
    struct desk *desk = *state;
    size_t count;
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
    ok(crm_certificate_revoke(&desk->txn, "till-1", NOW_MS, &count));
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_USED);
}

static void enrolment_take__certifies_nobody_after_the_invitations_end(void **state)
{
    struct desk *desk = *state;
    desk->now_unix_ms = NOW_MS + HOUR_MS + 1;
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_OVER);
    assert_false(is_in_force(desk, "till-1"));
    desk->now_unix_ms = NOW_MS + HOUR_MS;
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
    desk->now_unix_ms = NOW_MS + HOUR_MS + 1; /* nor told again */
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_OVER);
}

static void enrolment_take__certifies_no_other_till_and_no_hub(void **state)
{
    struct desk *desk = *state;
    static const char *const names[] = {"till-2", "kassa-hub", "+", "#"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(take_from(desk, &desk->till, names[i]), ENROLMENT_OTHERS);
        assert_int_equal(desk->answer.status, kassa_EnrolStatus_ENROL_REFUSED);
    }
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
}

static void enrolment_take__counts_wrong_tokens_and_ends_with_the_fifth(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest wrong = request_of(desk, &desk->other, "till-1");
    crm_Invitation row;
    for (unsigned i = 0; i < ENROLMENT_WRONG_MAX; i++) {
        wrong.proof.bytes[i] ^= 1;
        assert_int_equal(take(desk, &wrong), ENROLMENT_WRONG);
        assert_int_equal(desk->answer.status, kassa_EnrolStatus_ENROL_REFUSED);
        ok(crm_invitation_get(&desk->txn, span_of(desk->keys.id, INVITATION_ID_SIZE), &row));
        assert_int_equal(row.wrong, i + 1);
    }
    assert_string_equal(enrolment_state_of(&row, NOW_MS), "blocked");
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_BLOCKED);
    assert_false(is_in_force(desk, "till-1"));
}

/* A proof is of one request: seen on its way, it does not serve another key. */
static void enrolment_take__takes_no_proof_of_another_request(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest seen = request_of(desk, &desk->till, "till-1");
    kassa_EnrolRequest made = request_of(desk, &desk->other, "till-1");
    made.proof = seen.proof;
    assert_int_equal(take(desk, &made), ENROLMENT_WRONG);
    made.proof.size = 0;
    assert_int_equal(take(desk, &made), ENROLMENT_WRONG);
}

static void enrolment_take__says_no_more_to_a_stranger_than_to_a_guesser(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest request = request_of(desk, &desk->till, "till-1");
    request.invitation.bytes[0] ^= 1;
    assert_int_equal(take(desk, &request), ENROLMENT_UNKNOWN);
    kassa_EnrolAnswer unknown = desk->answer;
    request.invitation.bytes[0] ^= 1;
    request.proof.bytes[0] ^= 1;
    assert_int_equal(take(desk, &request), ENROLMENT_WRONG);
    assert_memory_equal(&desk->answer, &unknown, sizeof(unknown));
    request.invitation.size = 0;
    assert_int_equal(take(desk, &request), ENROLMENT_UNKNOWN);
}

static void crm_invitation_remove__takes_back_what_nobody_has_used(void **state)
{
    struct desk *desk = *state;
    size_t count;
    ok(crm_invitation_remove(&desk->txn, "till-2", 0, &count));
    assert_int_equal(count, 0);
    ok(crm_invitation_remove(&desk->txn, "till-1", 0, &count));
    assert_int_equal(count, 1);
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_UNKNOWN);
    invite(desk);
    assert_int_equal(take_from(desk, &desk->till, "till-1"), ENROLMENT_CERTIFIED);
    ok(crm_invitation_remove(&desk->txn, "till-1", 0, &count));
    assert_int_equal(count, 0); /* it says who was certified */
    ok(crm_invitation_remove(&desk->txn, NULL, NOW_MS + 2 * HOUR_MS, &count));
    assert_int_equal(count, 1);
}

/* ---- the text */

static struct invitation sample(struct desk *desk)
{
    struct invitation invitation = {.till = "till-1",
                                    .store = "store-1",
                                    .host = "10.0.0.5",
                                    .port = 8884,
                                    .until_unix_s = NOW_MS / 60000 * 60};
    memcpy(invitation.token, token, sizeof(token));
    struct vault_buffer pem = {(uint8_t *)invitation.authority_pem, sizeof(invitation.authority_pem), 0};
    ok(vault_pem_write(VAULT_PEM_CERTIFICATE, span_of(desk->authority.der, desk->authority.der_size), &pem));
    return invitation;
}

static void invitation_read__gives_back_what_was_written(void **state)
{
    struct desk *desk = *state;
    struct invitation written = sample(desk), read;
    char text[INVITATION_SIZE_MAX];
    size_t size;
    unsigned line;
    ok(invitation_write(&written, text, sizeof(text), &size));
    ok(invitation_read(span_of(text, size), &read, &line));
    assert_string_equal(read.till, written.till);
    assert_string_equal(read.store, written.store);
    assert_string_equal(read.host, written.host);
    assert_int_equal(read.port, written.port);
    assert_true(read.until_unix_s == written.until_unix_s);
    assert_memory_equal(read.token, written.token, sizeof(written.token));
    assert_string_equal(read.authority_pem, written.authority_pem);
    assert_int_equal(invitation_write(&written, text, size, &size), ERR_TOO_LONG);
}

static void invitation_read__takes_no_part_of_one(void **state)
{
    struct desk *desk = *state;
    struct invitation written = sample(desk), read;
    char text[INVITATION_SIZE_MAX];
    size_t size;
    unsigned line;
    ok(invitation_write(&written, text, sizeof(text), &size));
    for (size_t cut = 0; cut + 1 < size; cut++) /* but for the last line's end */
        assert_int_equal(invitation_read(span_of(text, cut), &read, &line), ERR_SYNTAX);
}

static void invitation_read__says_which_line_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err error;
        unsigned line;
    } wrong[] = {
        {"", ERR_SYNTAX, 1},
        {"Kassa invitation 2\n", ERR_VERSION, 1},
        {"Kassa invitation 1\ntill: Till\n", ERR_SYNTAX, 2},
        {"Kassa invitation 1\ntill: till-1\nstore: a b\n", ERR_SYNTAX, 3},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: example 1\n", ERR_SYNTAX, 4},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: 10.0.0.5 70000\n", ERR_SYNTAX, 4},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: 10.0.0.5 1\nuntil: 2026-02-30 10:00 UTC\n",
         ERR_SYNTAX, 5},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: 10.0.0.5 1\nuntil: 2026-02-20 24:00 UTC\n",
         ERR_SYNTAX, 5},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: ::1 1\nuntil: 2026-02-20 10:00 UTC\ntoken: "
         "12\n",
         ERR_SYNTAX, 6},
        {"Kassa invitation 1\ntill: till-1\nstore: s-1\nbroker: ::1 1\nuntil: 2026-02-20 10:00 UTC\n"
         "token: 00112233445566778899aabbccddeeff\nno certificate\n",
         ERR_SYNTAX, 7},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct invitation read;
        unsigned line;
        assert_int_equal(invitation_read(span_of_text(wrong[i].text), &read, &line), wrong[i].error);
        assert_int_equal(line, wrong[i].line);
    }
}

static void invitation_keys_of__gives_each_use_a_key_of_its_own(void **state)
{
    (void)state;
    struct invitation_keys keys, again, others;
    uint8_t other[INVITATION_TOKEN_SIZE] = {0};
    ok(invitation_keys_of(token, &keys));
    ok(invitation_keys_of(token, &again));
    ok(invitation_keys_of(other, &others));
    assert_memory_equal(&keys, &again, sizeof(keys));
    assert_memory_not_equal(keys.proof, keys.seal, sizeof(keys.seal));
    assert_memory_not_equal(keys.proof, others.proof, sizeof(keys.proof));
    assert_memory_not_equal(keys.seal, others.seal, sizeof(keys.seal));
    assert_memory_not_equal(keys.id, keys.proof, sizeof(keys.id));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(enrolment_take__certifies_the_invited_till_with_the_key_that_it_made),
        CASE(enrolment_take__is_good_once_and_told_again_to_the_same_key_alone),
        CASE(enrolment_take__tells_nothing_again_to_a_till_that_was_revoked),
        CASE(enrolment_take__certifies_nobody_after_the_invitations_end),
        CASE(enrolment_take__certifies_no_other_till_and_no_hub),
        CASE(enrolment_take__counts_wrong_tokens_and_ends_with_the_fifth),
        CASE(enrolment_take__takes_no_proof_of_another_request),
        CASE(enrolment_take__says_no_more_to_a_stranger_than_to_a_guesser),
        CASE(crm_invitation_remove__takes_back_what_nobody_has_used),
        CASE(invitation_read__gives_back_what_was_written),
        CASE(invitation_read__takes_no_part_of_one),
        CASE(invitation_read__says_which_line_is_wrong),
        CASE(invitation_keys_of__gives_each_use_a_key_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
