/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "card/gs1.h"

#define GS   "\x1d"
#define GSRN "950123456789012341"

static const struct elements_case {
    const char *elements;
    uint8_t separator;
    enum err error;
} ELEMENTS[] = {
    {"8018" GSRN, 0, ERR_OK},
    {GS "8018" GSRN GS, 0, ERR_OK},
    {"8018" GSRN GS "80191", 0, ERR_OK},
    {"8018" GSRN "80191234567890", 0, ERR_OK}, /* the separator was lost, and the size is fixed */
    {"8018" GSRN "801912345678901", 0, ERR_TOO_LONG},
    {"10LOT-7" GS "8018" GSRN, 0, ERR_OK}, /* behind a variable element */
    {"10LOT-7^8018" GSRN "^80193^", '^', ERR_OK},
    {"10LOT-7^8018" GSRN, 0, ERR_UNSUPPORTED}, /* all of it is the lot */
    {"17251231310300123421A1" GS "8018" GSRN, 0,
     ERR_OK}, /* fixed ones of 6, a weight of four digits' identifier */
    {"8018" GSRN GS "8018" GSRN, 0, ERR_OK},
    {"8018" GSRN GS "8018950123456789012358", 0, ERR_CONFLICT},
    {"8018950123456789012342", 0, ERR_CHECKSUM},
    {"801895012345678901234", 0, ERR_TRUNCATED},
    {"8018" GSRN "1", 0, ERR_SYNTAX},
    {"801895012345678901234A", 0, ERR_SYNTAX},
    {"8018", 0, ERR_SYNTAX},
    {"", 0, ERR_TRUNCATED},
    {"8017" GSRN, 0, ERR_UNSUPPORTED}, /* who serves */
    {"8017" GSRN GS "801912", 0, ERR_UNSUPPORTED},
    {"8017" GSRN GS "8018" GSRN, 0, ERR_SYNTAX},
    {"801912", 0, ERR_SYNTAX},
    {"0109506000134352", 0, ERR_UNSUPPORTED},
    {"0109506000134353", 0, ERR_CHECKSUM},
    {"00950123456789012341", 0, ERR_UNSUPPORTED},
    {"2555901234123458", 0, ERR_CHECKSUM},
    {"2555901234123457", 0, ERR_STATE},
    {"2555901234123457000000000001" GS "81110100", 0, ERR_STATE},
    {"2555901234123457123456789012" GS "8018" GSRN, 0, ERR_OK}, /* a member, and a coupon of his */
    {"25559012341234571234567890123", 0, ERR_TOO_LONG},
    {"81110100", 0, ERR_SYNTAX},
    {"8112001234561234560123456", 0, ERR_STATE},
    {"81120012345612345671234567890123", 0, ERR_STATE},
    {"8112201234561234560123456", 0, ERR_SYNTAX}, /* formats 2 to 9 are not known */
    {"8112901234561234560123456", 0, ERR_SYNTAX},
    {"8112071234561234560123456", 0, ERR_SYNTAX}, /* a funder longer than there is */
    {"811200123456", 0, ERR_TRUNCATED},
    {"81120012345612345601234567", 0, ERR_SYNTAX}, /* longer than its sizes say */
    {"8110106141416543213150110120", 0, ERR_STATE},
    {"8110X", 0, ERR_TRUNCATED},
    {"81010123451297", 0, ERR_STATE},
    {"7992", 0, ERR_SYNTAX}, /* no identifier begins with 79 */
    {"hello", 0, ERR_SYNTAX},
};

static void card_gs1_find_member__gives_each_message_its_member_or_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ELEMENTS); i++) {
        char gsrn[CARD_GSRN_SIZE + 1] = "untouched";
        enum err error =
            card_gs1_find_member(span_of_text(ELEMENTS[i].elements), ELEMENTS[i].separator, gsrn);
        if (error != ELEMENTS[i].error || strcmp(gsrn, error == ERR_OK ? GSRN : "untouched") != 0)
            fail_msg("case %zu \"%s\": %s, \"%s\"", i, ELEMENTS[i].elements, err_name(error), gsrn);
    }
}

static const struct path_case {
    const char *path;
    enum err error;
} PATHS[] = {
    {"/8018/" GSRN, ERR_OK},
    {"/8018/" GSRN "/8019/12", ERR_OK},
    {"/8018/" GSRN "/", ERR_OK},
    {"/some/where/8018/" GSRN, ERR_OK},
    {"/8018/95012345678901%32341", ERR_OK},
    {"/8018/95012345678901%3234%31/8019/%31", ERR_OK},
    {"/8018/950123456789012342", ERR_CHECKSUM},
    {"/8018/95012345678901234", ERR_TRUNCATED},
    {"/8018/" GSRN "0", ERR_SYNTAX},
    {"/8018/" GSRN "%", ERR_SYNTAX},
    {"/8018/" GSRN "%1d", ERR_SYNTAX},
    {"/8018/" GSRN "%1d80191", ERR_SYNTAX},
    {"/8018/" GSRN "/10/LOT", ERR_SYNTAX}, /* does not qualify it */
    {"/8018/" GSRN "/8019/1/8019/2", ERR_SYNTAX},
    {"/8018/" GSRN "/8019", ERR_SYNTAX},
    {"/8018//8019/1", ERR_TRUNCATED},
    {"/8017/" GSRN, ERR_UNSUPPORTED},
    {"/01/09506000134352", ERR_UNSUPPORTED},
    {"/01/9521101530001", ERR_UNSUPPORTED},        /* 13 digits are padded, */
    {"/01/036000291452/22/2A", ERR_UNSUPPORTED},   /* 12, */
    {"/01/96385074/10/LOT/21/1", ERR_UNSUPPORTED}, /* and 8 */
    {"/01/96385075", ERR_CHECKSUM},
    {"/01/9638507", ERR_TRUNCATED},
    {"/01/96385074/21/1/10/LOT", ERR_SYNTAX}, /* out of order */
    {"/255/5901234123457000001", ERR_STATE},
    {"/8018", ERR_NOT_FOUND},
    {"/c/2940000123454", ERR_NOT_FOUND},
    {"/", ERR_NOT_FOUND},
    {"", ERR_NOT_FOUND},
};

static void card_gs1_link_find_member__reads_keys_and_qualifiers_of_a_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        char gsrn[CARD_GSRN_SIZE + 1] = "untouched";
        enum err error = card_gs1_link_find_member(span_of_text(PATHS[i].path), gsrn);
        if (error != PATHS[i].error || strcmp(gsrn, error == ERR_OK ? GSRN : "untouched") != 0)
            fail_msg("case %zu \"%s\": %s, \"%s\"", i, PATHS[i].path, err_name(error), gsrn);
    }
}

static void card_gs1_link_find_member__refuses_a_path_longer_than_any_key_and_its_qualifiers(void **state)
{
    (void)state;
    char path[600] = "/01/96385074/21/";
    char gsrn[CARD_GSRN_SIZE];
    for (size_t size = strlen(path); size < sizeof path - 1; size++) {
        enum err error = card_gs1_link_find_member(span_of(path, size), gsrn);
        assert_true(error == ERR_UNSUPPORTED || error == ERR_TOO_LONG || error == ERR_TRUNCATED);
        path[size] = 'A';
    }
    assert_int_equal(card_gs1_link_find_member(span_of_text(path), gsrn), ERR_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_gs1_find_member__gives_each_message_its_member_or_its_error),
        cmocka_unit_test(card_gs1_link_find_member__reads_keys_and_qualifiers_of_a_path),
        cmocka_unit_test(card_gs1_link_find_member__refuses_a_path_longer_than_any_key_and_its_qualifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
