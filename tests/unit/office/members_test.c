/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/folder.h"
#include "harness/sealed.h"
#include "harness/seed.h"
#include "office/members_csv.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

static void member_desk_card_text__is_one_for_all_ways_to_write_a_card(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *text; /* NULL: refused */
    } rows[] = {{"2900000000018", "num:2900000000018"},
                {"num:2900000000018", "num:2900000000018"},
                {"2900-0000 00018", "num:2900000000018"},
                {"79927398713", "num:79927398713"},
                {"uid:04A1B2C3", "uid:04a1b2c3"},
                {"uid:04a1b2c3d4e5f6", "uid:04a1b2c3d4e5f6"},
                {"2900000000019", NULL},       /* the check digit */
                {"num:79927398714", NULL},     /* Luhn's */
                {"4006381333931", NULL},       /* goods */
                {"4111 1111 1111 1111", NULL}, /* somebody's payment card */
                {"num:4111111111111111", NULL},
                {"abc", NULL},
                {"", NULL},
                {"num:", NULL},
                {"12_34", NULL},
                {"uid:04a1b2", NULL},
                {"uid:04a1b2cg", NULL},
                {"1234\xc5\x82", NULL}};
    struct card_number_rules rules = card_number_rules_default();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[CARD_TEXT_MAX] = "untouched";
        const char *refusal = member_desk_card_text(span_of_text(rows[i].typed), &rules, text);
        assert_int_equal(refusal == NULL, rows[i].text != NULL);
        assert_string_equal(text, rows[i].text != NULL ? rows[i].text : "untouched");
    }
    char text[CARD_TEXT_MAX];
    rules.check = CARD_CHECK_NONE;
    assert_null(member_desk_card_text(span_of_text("num:ab12cd"), &rules, text));
    assert_string_equal(text, "num:AB12CD");
}

static void member_desk_split__leaves_empty_parts_out_and_holds_its_bound(void **state)
{
    (void)state;
    struct span parts[2];
    uint32_t count = 9;
    assert_int_equal(member_desk_split(span_of_text(";a;;b;"), parts, 2, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(span_is_equal(parts[1], span_of_text("b")));
    assert_int_equal(member_desk_split(span_of_text("a;b;c"), parts, 2, &count), ERR_TOO_LONG);
    assert_int_equal(member_desk_split(span_of_text(""), parts, 2, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void member_desk_split_consents__reads_the_version_of_the_text(void **state)
{
    (void)state;
    struct member_entry entry = {0};
    assert_int_equal(member_desk_split_consents(span_of_text("email:12;personal_offers"), &entry), ERR_OK);
    assert_int_equal(entry.consent_count, 2);
    assert_int_equal(entry.consents[0].version, 12);
    assert_int_equal(entry.consents[1].version, 1);
    static const char *const bad[] = {"email:", "email:0", "email:x", ":1", "email:1:2", "a:99999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(member_desk_split_consents(span_of_text(bad[i]), &entry), ERR_SYNTAX);
}

static void member_desk_fill__makes_a_token_and_keeps_no_number(void **state)
{
    (void)state;
    struct member_desk desk = {.numbers = {.prefixes = {"29"}, .prefix_count = 1}};
    struct member_entry entry = {.card = span_of_text("2900000000018"), .first_name = span_of_text("Ona")};
    struct desk_member member;
    struct member_fault fault;
    assert_int_equal(vault_open(), ERR_OK);
    desk.peppers = sealed_peppers(3);
    assert_int_equal(member_desk_fill(&desk, &entry, &member, &fault), ERR_OK);
    uint8_t token[TOKEN_SIZE];
    assert_int_equal(vault_card_token(&desk.peppers.rows[0], "num:2900000000018", token), ERR_OK);
    assert_memory_equal(member.row.member.card_tokens[0].bytes, token, TOKEN_SIZE);
    const uint8_t *bytes = (const uint8_t *)&member.row;
    for (size_t i = 0; i + 13 <= sizeof(member.row); i++)
        assert_int_not_equal(memcmp(bytes + i, "2900000000018", 13), 0);
    entry.first_name = span_of_text("O\nna");
    assert_int_equal(member_desk_fill(&desk, &entry, &member, &fault), ERR_ARGUMENT);
    assert_string_equal(fault.field, "first_name");
}

/* A member comes by file with one consent, withdraws it at a till, and the same file comes again. */
static void member_desk_save__brings_no_withdrawn_consent_back(void **state)
{
    (void)state;
    struct folder folder = folder_make();
    struct seed seed = {7};
    char path[128];
    folder_join(&folder, "store", path);
    struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = 16 << 20, .random = seed_as_random(&seed)};
    struct store store;
    struct store_txn txn;
    assert_int_equal(vault_open(), ERR_OK);
    assert_int_equal(store_open(&settings, &store), ERR_OK);
    assert_int_equal(store_begin(store, STORE_WRITE, &txn), ERR_OK);

    struct member_desk desk = {
        .random = settings.random, .numbers = card_number_rules_default(), .peppers = sealed_peppers(3)};
    struct member_entry entry = {
        .card = span_of_text("2900000000018"), .consents = {{span_of_text("email"), 1}}, .consent_count = 1};
    struct member_fault fault;
    enum member_saved saved;
    struct desk_member file, member;
    assert_int_equal(member_desk_fill(&desk, &entry, &file, &fault), ERR_OK);
    member = file;
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    member.row.member.consents[0].given = false;
    assert_int_equal(crm_member_put(&txn, &member.row), ERR_OK);
    member = file;
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    assert_int_equal(saved, MEMBER_UNCHANGED);
    assert_false(member.row.member.consents[0].given);
    member = file;
    member.row.member.consents[0].version = 2; /* a newer text, agreed to */
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    assert_int_equal(saved, MEMBER_CHANGED);
    assert_true(member.row.member.consents[0].given);

    /* withdrawn at a till; then head office changes something else: when it was said stays known */
    member.row.member.consents[0].given = false;
    member.row.said_count = 1;
    member.row.said[0] = (crm_ConsentSaid){.purpose = "email", .unix_ms = 500};
    assert_int_equal(crm_member_put(&txn, &member.row), ERR_OK);
    member = file;
    (void)snprintf(member.row.member.tier, sizeof(member.row.member.tier), "gold");
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    assert_int_equal(saved, MEMBER_CHANGED);
    assert_false(member.row.member.consents[0].given);
    assert_int_equal(member.row.said_count, 1);
    assert_int_equal(member.row.said[0].unix_ms, 500);

    /* whose name cannot be opened is left alone, and keeps nobody else from being saved */
    const uint8_t garbage[MEMBER_KEY_SIZE] = {3};
    member = file;
    (void)snprintf(member.person.first_name, sizeof(member.person.first_name), "Ona");
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    assert_int_equal(saved, MEMBER_CHANGED);
    assert_int_equal(crm_member_key_put(&txn, member.row.member.id.bytes, garbage), ERR_OK);
    member = file;
    assert_int_equal(member_desk_save(&desk, &txn, &member, &saved), ERR_OK);
    assert_int_equal(saved, MEMBER_UNREADABLE);
    assert_int_equal(member.row.member.personal_count, 1);

    store_abort(&txn);
    store_close(&store);
    folder_remove(&folder);
}

static size_t count_rows(struct span text, struct findings *findings)
{
    struct members_csv csv;
    struct member_entry entry;
    size_t count = 0;
    if (members_csv_open(text, findings, &csv) != ERR_OK)
        return 0;
    for (enum err error = ERR_OK; error != ERR_NOT_FOUND;) {
        error = members_csv_next(&csv, findings, &entry);
        count += error == ERR_OK ? 1 : 0;
    }
    return count;
}

static void members_csv_next__reads_quotes_line_ends_and_a_byte_order_mark(void **state)
{
    (void)state;
    const char *text = "\xef\xbb\xbftier,card\r\n\"go\"\"ld, really\",num:12345\r\n\r\n,\"67890\"";
    struct findings findings = FINDINGS_NONE;
    struct members_csv csv;
    struct member_entry entry;
    assert_int_equal(members_csv_open(span_of_text(text), &findings, &csv), ERR_OK);
    assert_int_equal(members_csv_next(&csv, &findings, &entry), ERR_OK);
    assert_true(span_is_equal(entry.tier, span_of_text("go\"ld, really")));
    assert_true(span_is_equal(entry.card, span_of_text("num:12345")));
    assert_int_equal(members_csv_place(&csv, "card").line, 2);
    assert_int_equal(members_csv_place(&csv, "card").column, 18);
    assert_int_equal(members_csv_next(&csv, &findings, &entry), ERR_OK);
    assert_true(span_is_equal(entry.card, span_of_text("67890")));
    assert_int_equal(members_csv_place(&csv, "card").line, 4);
    assert_int_equal(members_csv_next(&csv, &findings, &entry), ERR_NOT_FOUND);
    assert_int_equal(findings.error_count, 0);
    findings_done(&findings);
}

static void members_csv_next__goes_on_behind_a_bad_row(void **state)
{
    (void)state;
    struct findings findings = FINDINGS_NONE;
    assert_int_equal(
        count_rows(span_of_text("card,tier\na\"b\"c,x\n\"a\"b,x\n1,2,3\n12345,ok\n\"open\n"), &findings), 2);
    assert_int_equal(findings.error_count, 3);
    findings_done(&findings);
}

static void members_csv_next__holds_its_bounds_at_every_length(void **state)
{
    (void)state;
    const char *text =
        "card,first_name,tier\nnum:12345,\"A \"\"b\"\"\",gold\r\n\"67890\",\xc4\x85,\n,,,,,,,,,,,,,,,,,,\n";
    for (size_t size = 0; size <= strlen(text); size++) {
        struct findings findings = FINDINGS_NONE;
        uint8_t *exact = malloc(size + (size == 0));
        assert_non_null(exact);
        memcpy(exact, text, size);
        (void)count_rows(span_of(exact, size), &findings);
        findings_done(&findings);
        free(exact);
    }
    size_t size = MEMBERS_CSV_ROW_MAX * 2;
    char *wide = malloc(size);
    assert_non_null(wide);
    memset(wide, 'x', size);
    memcpy(wide, "card\n", 5);
    struct findings findings = FINDINGS_NONE;
    assert_int_equal(count_rows(span_of(wide, size), &findings), 0);
    assert_int_equal(findings.error_count, 1);
    findings_done(&findings);
    free(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(member_desk_card_text__is_one_for_all_ways_to_write_a_card),
        cmocka_unit_test(member_desk_save__brings_no_withdrawn_consent_back),
        cmocka_unit_test(member_desk_split__leaves_empty_parts_out_and_holds_its_bound),
        cmocka_unit_test(member_desk_split_consents__reads_the_version_of_the_text),
        cmocka_unit_test(member_desk_fill__makes_a_token_and_keeps_no_number),
        cmocka_unit_test(members_csv_next__reads_quotes_line_ends_and_a_byte_order_mark),
        cmocka_unit_test(members_csv_next__goes_on_behind_a_bad_row),
        cmocka_unit_test(members_csv_next__holds_its_bounds_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
