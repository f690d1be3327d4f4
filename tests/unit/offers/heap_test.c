/* SPDX-License-Identifier: Apache-2.0 */
/* No call of the allocator while a basket is priced: the linker puts counting functions in its
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/heap_count.h"
#include "unit/offers/shelf.h"

static void offers_price__never_allocates(void **state)
{
    (void)state;
    struct shelf *s = shelf_new();
    shelf_offer(s, "percent", BOOK_PERCENT_OFF, BOOK_TOGETHER)->give.percent_bp = 1000;
    struct book_source_offer *deal = shelf_offer(s, "deal", BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->give = (struct book_give){.percent_bp = 5000, .buy_units = 2, .get_units = 1};
    struct book_source_offer *points = shelf_offer(s, "points", BOOK_POINTS_PER_SPEND, BOOK_TOGETHER);
    points->give = (struct book_give){.points = 1, .per_minor = 100};
    for (int i = 0; i < 200; i++)
        shelf_line(s, "x", "tea", 100 + i, 3);
    shelf_build(s);
    unsigned long before = heap_count();
    assert_true(before > 0); /* the counting functions are in place */
    enum err error = offers_price(&s->book, &s->basket, &s->member, &s->moment, s->workspace, &s->result);
    unsigned long after = heap_count();
    assert_int_equal(error, ERR_OK);
    assert_true(s->result.discount_count > 200 && s->result.earn_count == 1);
    assert_int_equal(after - before, 0);
    shelf_delete(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(offers_price__never_allocates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
