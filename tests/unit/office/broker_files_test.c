/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "office/broker_files.h"

/* The lines between the heads "user NAME" and the next head. */
static bool may(const char *rights, const char *user, const char *right)
{
    char head[64], line[256];
    (void)snprintf(head, sizeof(head), "\nuser %s\n", user);
    const char *section = strstr(rights, head);
    if (section == NULL)
        return false;
    const char *end = strstr(section + 1, "\nuser ");
    (void)snprintf(line, sizeof(line), "\n%s\n", right);
    const char *found = strstr(section, line);
    return found != NULL && (end == NULL || found < end);
}

static void broker_files_write_store_rights__lets_the_stores_tills_in_and_nobody_else(void **state)
{
    (void)state;
    static const struct broker_till tills[] = {{"till-2"}, {"till-3"}};
    const struct broker_terms terms = {
        .store = "store-1", .arbiter = "till-1", .tills = tills, .till_count = COUNT_OF(tills)};
    char rights[4096] = "";
    FILE *out = fmemopen(rights, sizeof(rights), "w");
    assert_non_null(out);
    broker_files_write_store_rights(out, &terms);
    assert_int_equal(fclose(out), 0);
    assert_true(may(rights, "till-2", "topic write kassa/1/lan/store-1/up/till-2"));
    assert_true(may(rights, "till-2", "topic read kassa/1/lan/store-1/dn/till-2"));
    assert_true(may(rights, "till-1", "topic read kassa/1/lan/store-1/up/+"));
    assert_true(may(rights, "till-1", "topic write kassa/1/lan/store-1/dn/+"));
    assert_true(may(rights, "till-1", "topic write kassa/1/lan/store-1/up/till-1"));
    assert_false(may(rights, "till-3", "topic write kassa/1/lan/store-1/up/till-2"));
    assert_false(may(rights, "till-2", "topic write kassa/1/lan/store-1/dn/+"));
    assert_null(strstr(rights, "pattern")); /* that would be for whoever is certified */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broker_files_write_store_rights__lets_the_stores_tills_in_and_nobody_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
