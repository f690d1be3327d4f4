/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the calls of the allocator while a basket is priced; the linker puts the counting functions in its
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "unit/offers/shelf.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static unsigned long calls; /* of this test program alone */

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    calls++;
    return __real_realloc(block, size);
}

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
    unsigned long before = calls;
    assert_true(before > 0); /* the counting functions are in place */
    enum err error = offers_price(&s->book, &s->basket, &s->member, &s->moment, s->workspace, &s->result);
    unsigned long after = calls;
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
