/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "harness/ok.h"
#include "unit/offers/shelf.h"

static const struct span TEA = {(const uint8_t *)"tea", 3}, GOLD = {(const uint8_t *)"gold", 4},
                         MILK = {(const uint8_t *)"4770001", 7};
static const struct span PLACES[] = {{(const uint8_t *)"s2", 2}, {(const uint8_t *)"s1", 2}};
static const struct book_hours MORNING = {480, 600};
static const struct book_source_condition TWO = {.kind = BOOK_MIN_QUANTITY, .value = 2000};
static const struct book_source_text TEXTS[] = {
    {{(const uint8_t *)"en", 2}, BOOK_NAME, {(const uint8_t *)"Tea time", 8}},
    {{(const uint8_t *)"pl", 2}, BOOK_NAME, {(const uint8_t *)"Herbata za p\xc3\xb3\xc5\x82 ceny", 21}},
    {{(const uint8_t *)"en", 2}, BOOK_MESSAGE, {(const uint8_t *)"Half price", 10}},
};

/* A book with something in each section. */
static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    struct book_source_offer *offer = shelf_offer(s, "tea-half", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->version = 7;
    offer->give.percent_bp = 5000;
    offer->target = (struct book_source_selector){
        .categories = &TEA, .category_count = 1, .excluded_items = &MILK, .excluded_item_count = 1};
    offer->audience = BOOK_TIER;
    offer->who = &GOLD;
    offer->who_count = 1;
    offer->stores = PLACES;
    offer->store_count = 2;
    offer->hours = &MORNING;
    offer->hour_count = 1;
    offer->conditions = &TWO;
    offer->condition_count = 1;
    offer->texts = TEXTS;
    offer->text_count = COUNT_OF(TEXTS);
    offer->priority = -3;
    shelf_offer(s, "all", BOOK_AMOUNT_OFF, BOOK_TOGETHER)->give.amount_minor = 100;
    struct book_source_offer *deal = shelf_offer(s, "deal", BOOK_BUY_GET, BOOK_EACH_UNIT);
    deal->give = (struct book_give){.percent_bp = 10000, .buy_units = 2, .get_units = 1};
    deal->target = shelf_item(&MILK);
    deal->audience = BOOK_ANY_MEMBER;
    s->source.version = 42;
    s->source.created_unix_ms = 1795300000000;
    s->source.stores = PLACES;
    s->source.store_count = 2;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static void book_open__reads_back_what_the_builder_wrote(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    const struct book *book = &s->book;
    assert_int_equal(book->header.version, 42);
    assert_int_equal(book->header.created_unix_ms, 1795300000000);
    assert_string_equal(book->header.currency, "EUR");
    assert_int_equal(book->header.exponent, 2);
    assert_true(span_is_equal(book->header.programme, span_of_text("test")));
    assert_int_equal(book_offer_count(book), 3);
    struct book_offer offer;
    book_offer_at(book, book_find_offer(book, span_of_text("tea-half")), &offer);
    assert_int_equal(offer.version, 7);
    assert_int_equal(offer.priority, -3);
    assert_int_equal(offer.give.percent_bp, 5000);
    assert_int_equal(offer.step, BOOK_STEP_ITEM);
    assert_true(book_is_within_hours(book, &offer, 599) && !book_is_within_hours(book, &offer, 600));
    assert_int_equal(book_condition_at(book, &offer, 0).value, 2000);
    assert_int_equal(book_condition_at(book, &offer, 0).selector, offer.target);
    struct book_selector target = book_selector_at(book, offer.target);
    assert_int_equal(book_reference_at(book, target.include.first),
                     book_find_symbol(book, BOOK_SYMBOL_CATEGORY, TEA));
    assert_int_equal(book_reference_at(book, target.exclude.first),
                     book_find_symbol(book, BOOK_SYMBOL_ITEM, MILK));
    assert_int_equal(book_find_offer(book, span_of_text("tea")), BOOK_NONE);
    assert_int_equal(book_basket_wide_offers(book).count, 1);
    assert_int_equal(book_any_member_offers(book).count, 1);
}

static void book_offer_text__falls_back_to_the_primary_language_and_then_to_the_first(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    struct book_offer offer;
    book_offer_at(&s->book, book_find_offer(&s->book, span_of_text("tea-half")), &offer);
    static const struct {
        const char *language;
        unsigned text;
    } cases[] = {{"en", 0}, {"pl", 1}, {"pl-PL", 1}, {"cs", 0}, {"", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_true(
            span_is_equal(book_offer_text(&s->book, &offer, BOOK_NAME, span_of_text(cases[i].language)),
                          TEXTS[cases[i].text].text));
    assert_true(
        span_is_equal(book_offer_text(&s->book, &offer, BOOK_MESSAGE, span_of_text("pl")), TEXTS[2].text));
    assert_int_equal(offer.texts.count, 3);
    assert_true(span_is_equal(book_text_at(&s->book, &offer, 2).language, span_of_text("en")));
    book_offer_at(&s->book, book_find_offer(&s->book, span_of_text("all")), &offer);
    assert_int_equal(book_offer_text(&s->book, &offer, BOOK_NAME, span_of_text("en")).size, 0);
}

static void book_builder_write__gives_the_same_bytes_for_the_same_source(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    size_t size = s->book.bytes.size;
    uint8_t *first = malloc(size);
    assert_non_null(first);
    memcpy(first, s->book.bytes.bytes, size);
    struct book_source_offer swap =
        s->offers[0]; /* the order in which head office lists them is no content */
    s->offers[0] = s->offers[2];
    s->offers[2] = swap;
    shelf_build(s);
    assert_int_equal(s->book.bytes.size, size);
    assert_memory_equal(s->book.bytes.bytes, first, size);
    free(first);
}

static void book_open__refuses_every_truncation(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    for (size_t size = 0; size < s->book.bytes.size; size++) {
        /* A block of that very size, so that the sanitizer sees a read past it. */
        uint8_t *cut = malloc(size > 0 ? size : 1);
        assert_non_null(cut);
        memcpy(cut, s->book.bytes.bytes, size);
        struct book book = {.header.version = 9};
        assert_int_equal(book_open(span_of(cut, size), &book), ERR_TRUNCATED);
        assert_int_equal(book.header.version, 9);
        free(cut);
    }
}

/* A changed byte is refused or leaves a book that can be used. */
static void book_open__survives_any_changed_byte(void **state)
{
    struct shelf *s = *state;
    shelf_line(s, "4770001", "tea", 1000, 5);
    shelf_price(s);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    struct span changed = span_of(bytes, s->book.bytes.size);
    unsigned taken = 0;
    for (size_t i = 0; i < changed.size; i++) {
        static const uint8_t masks[] = {0x01, 0x80, 0xff};
        for (size_t m = 0; m < COUNT_OF(masks); m++) {
            bytes[i] ^= masks[m];
            struct book book;
            if (book_open(changed, &book) == ERR_OK) {
                taken++;
                struct offers_result result;
                s->basket.exponent = book.header.exponent;
                ok(offers_price(&book, &s->basket, &s->member, &s->moment, s->workspace, &result));
            }
            bytes[i] ^= masks[m];
        }
    }
    assert_true(taken > 0); /* texts, numbers */
    free(bytes);
}

static void book_open__refuses_another_format(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    uint8_t *bytes = malloc(s->book.bytes.size + 1);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    struct book book;
    bytes[8] = 3;
    assert_int_equal(book_open(span_of(bytes, s->book.bytes.size), &book), ERR_VERSION);
    bytes[8] = BOOK_FORMAT_VERSION;
    bytes[s->book.bytes.size] = 0;
    assert_int_equal(book_open(span_of(bytes, s->book.bytes.size + 1), &book), ERR_SYNTAX);
    bytes[0] = 'X';
    assert_int_equal(book_open(span_of(bytes, s->book.bytes.size), &book), ERR_SYNTAX);
    assert_int_equal(book_open(span_of("hello, world", 12), &book), ERR_SYNTAX);
    free(bytes);
}

/* An offer of a newer program is kept, never given, and explained as such. */
static void book_open__keeps_an_offer_of_an_unknown_kind(void **state)
{
    struct shelf *s = *state;
    shelf_line(s, "x", NULL, 1000, 1);
    shelf_price(s);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    uint32_t all = book_find_offer(&s->book, span_of_text("all"));
    size_t row = (size_t)(s->book.section[0].bytes - s->book.bytes.bytes) + all * 136u;
    bytes[row + 6] = 0xe7; /* SPEC.md: kind */
    ok(book_open(span_of(bytes, s->book.bytes.size), &s->book));
    shelf_price_again(s);
    assert_int_equal(s->result.discount_minor, 0);
    assert_int_equal(shelf_why(s, "all").reason, OFFERS_UNKNOWN_KIND);
    assert_null(book_kind_name(0xe7));
    free(bytes);
}

static void book_open__refuses_a_deal_that_names_nothing_to_get(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    uint32_t deal = book_find_offer(&s->book, span_of_text("deal"));
    size_t row = (size_t)(s->book.section[0].bytes - s->book.bytes.bytes) + deal * 136u;
    memset(bytes + row + 128, 0xff, 4); /* SPEC.md: get */
    struct book book;
    assert_int_equal(book_open(span_of(bytes, s->book.bytes.size), &book), ERR_SYNTAX);
    free(bytes);
}

/* Whoever shows a book writes its days as dates. */
static void book_open__refuses_a_day_that_no_date_has(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    struct book book;
    size_t row = (size_t)(s->book.section[0].bytes - s->book.bytes.bytes);
    const size_t places[] = {32, row + 16, row + 20}; /* SPEC.md: from which day, first and last day */
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
        memcpy(bytes + places[i], (const uint8_t[]){0, 0, 0, i == 1 ? 0x90 : 0x70}, 4);
        assert_int_equal(book_open(span_of(bytes, s->book.bytes.size), &book), ERR_SYNTAX);
    }
    free(bytes);
}

struct fault_case {
    const char *field;
    void (*spoil)(struct shelf *s);
};

static void spoil_percent(struct shelf *s)
{
    s->offers[0].give.percent_bp = 10001;
}

static void spoil_amount(struct shelf *s)
{
    s->offers[1].give.amount_minor = 0;
}

static void spoil_target(struct shelf *s)
{
    s->offers[1].target.everything = false;
}

static void spoil_days(struct shelf *s)
{
    s->offers[0].from_day = 10;
    s->offers[0].until_day = 9;
}

static void spoil_from(struct shelf *s)
{
    s->offers[0].from_day = INT32_MIN + 1;
}

static void spoil_valid_from(struct shelf *s)
{
    s->source.valid_from_day = INT32_MAX;
}

static void spoil_weekdays(struct shelf *s)
{
    s->offers[0].weekdays = 0;
}

static void spoil_id(struct shelf *s)
{
    s->offers[0].id = s->offers[1].id;
}

static void spoil_who(struct shelf *s)
{
    s->offers[0].who_count = 0;
}

static void spoil_scope(struct shelf *s)
{
    s->offers[2].scope = BOOK_TOGETHER;
}

static void spoil_kind(struct shelf *s)
{
    s->offers[2].kind = 99;
}

static void spoil_lane(struct shelf *s)
{
    s->offers[2].lane = 1;
}

static void spoil_currency(struct shelf *s)
{
    s->source.currency = span_of_text("eur");
}

static void spoil_text(struct shelf *s)
{
    static const struct book_source_text bad = {
        {(const uint8_t *)"en", 2}, BOOK_NAME, {(const uint8_t *)"\xc3(", 2}};
    s->offers[0].texts = &bad;
    s->offers[0].text_count = 1;
}

static void book_builder_write__names_the_field_that_is_wrong(void **state)
{
    static const struct fault_case cases[] = {
        {"give.percent", spoil_percent},
        {"give.amount", spoil_amount},
        {"target", spoil_target},
        {"until", spoil_days},
        {"from", spoil_from},
        {"valid_from", spoil_valid_from},
        {"weekdays", spoil_weekdays},
        {"id", spoil_id},
        {"who", spoil_who},
        {"scope", spoil_scope},
        {"kind", spoil_kind},
        {"lane", spoil_lane},
        {"currency", spoil_currency},
        {"texts", spoil_text},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        void *spoilt = NULL;
        set_up(&spoilt);
        struct shelf *s = spoilt;
        cases[i].spoil(s);
        size_t size = book_builder_memory_size(&s->source);
        void *memory = malloc(size);
        struct book_fault fault = {0};
        struct span bytes;
        assert_int_equal(book_builder_write(&s->source, memory, size, &bytes, &fault), ERR_ARGUMENT);
        assert_string_equal(fault.field, cases[i].field);
        free(memory);
        tear_down(&spoilt);
    }
}

static void book_builder_write__wants_no_more_memory_than_it_says(void **state)
{
    struct shelf *s = *state;
    size_t size = book_builder_memory_size(&s->source);
    uint8_t *memory = malloc(size + 1);
    assert_non_null(memory);
    struct book_fault fault;
    struct span bytes;
    ok(book_builder_write(&s->source, memory + 1, size, &bytes, &fault)); /* any alignment */
    assert_int_equal(book_builder_write(&s->source, memory, size / 4, &bytes, &fault), ERR_FULL);
    free(memory);
}

static void book_find_symbol__finds_each_of_many(void **state)
{
    struct shelf *s = *state;
    enum { COUNT = 20000 };
    struct span *items = calloc(COUNT, sizeof(*items));
    char(*names)[16] = calloc(COUNT, sizeof(*names));
    assert_true(items != NULL && names != NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%u", 4000000 + i * 7);
        items[i] = span_of_text(names[i]);
    }
    s->offers[1].target = (struct book_source_selector){.items = items, .item_count = COUNT};
    shelf_build(s);
    for (unsigned i = 0; i < COUNT; i++) {
        uint32_t symbol = book_find_symbol(&s->book, BOOK_SYMBOL_ITEM, items[i]);
        assert_true(span_is_equal(book_symbol_text(&s->book, symbol), items[i]));
        assert_int_equal(book_symbol_triggers(&s->book, symbol).count, 1);
        assert_int_equal(book_find_symbol(&s->book, BOOK_SYMBOL_CATEGORY, items[i]), BOOK_NONE);
    }
    free(items);
    free(names);
}

static void book_kind_of_name__knows_each_kind(void **state)
{
    (void)state;
    for (uint16_t kind = BOOK_PERCENT_OFF; kind <= BOOK_KIND_LAST; kind++)
        assert_int_equal(book_kind_of_name(span_of_text(book_kind_name(kind))), kind);
    assert_int_equal(book_kind_of_name(span_of_text("free_lunch")), 0);
    assert_int_equal(book_step_of(BOOK_BUY_GET, BOOK_EACH_UNIT), BOOK_STEP_GROUP);
    assert_int_equal(book_step_of(BOOK_BUY_GET, BOOK_TOGETHER), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(book_open__reads_back_what_the_builder_wrote),
        TEST(book_offer_text__falls_back_to_the_primary_language_and_then_to_the_first),
        TEST(book_builder_write__gives_the_same_bytes_for_the_same_source),
        TEST(book_open__refuses_every_truncation),
        TEST(book_open__survives_any_changed_byte),
        TEST(book_open__refuses_another_format),
        TEST(book_open__keeps_an_offer_of_an_unknown_kind),
        TEST(book_open__refuses_a_deal_that_names_nothing_to_get),
        TEST(book_open__refuses_a_day_that_no_date_has),
        TEST(book_builder_write__names_the_field_that_is_wrong),
        TEST(book_builder_write__wants_no_more_memory_than_it_says),
        TEST(book_find_symbol__finds_each_of_many),
        cmocka_unit_test(book_kind_of_name__knows_each_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
