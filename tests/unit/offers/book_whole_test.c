/* SPDX-License-Identifier: Apache-2.0 */
/* A book with a value in every field: read back, kept apart from its neighbours, and proof against changed bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "harness/ok.h"
#include "unit/offers/whole_book.h"

static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    whole_book(s);
    whole_basket(s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static struct book_offer offer_of(const struct shelf *s, const char *id)
{
    struct book_offer offer;
    uint32_t index = book_find_offer(&s->book, span_of_text(id));
    assert_int_not_equal(index, BOOK_NONE);
    book_offer_at(&s->book, index, &offer);
    return offer;
}

static bool is_text(struct span span, const char *text)
{
    return span_is_equal(span, span_of_text(text));
}

static void book_open__reads_the_rules_of_the_programme(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    const struct book_header *header = &s->book.header;
    assert_int_equal(header->order, BOOK_BY_PRIORITY);
    assert_int_equal(header->sharing, BOOK_FLOOR_IN_ORDER);
    assert_int_equal(header->search_states_max, 100);
    assert_int_equal(header->line_discount_max_bp, 9000);
    struct book_programme got = header->programme_rules;
    assert_int_equal(got.tier_rules.count, 2);
    assert_int_equal(got.burn_points, 100);
    assert_int_equal(got.burn_value_minor, 50);
    assert_int_equal(got.burn_min_points, 200);
    assert_int_equal(got.burn_share_max_bp, 5000);
    assert_int_equal(got.burn_as, BOOK_BURN_AS_TENDER);
    assert_int_equal(got.burn_same_sale, 1);
    assert_int_equal(got.lifetime_unit, BOOK_MONTHS);
    assert_int_equal(got.expiry_round, BOOK_EXPIRE_QUARTER_END);
    assert_int_equal(got.return_policy, BOOK_RETURN_WITHIN_BALANCE);
    assert_int_equal(got.pending_days, 14);
    assert_int_equal(got.lifetime, 12);
    assert_int_equal(got.reinstate_days, 30);
    assert_int_equal(got.excluded_tenders, 3);
    assert_int_equal(got.offline_card_day_points, 500);
    assert_int_equal(got.offline_till_day_points, 5000);
    struct book_tier tier = book_tier_at(&s->book, 0);
    assert_true(is_text(book_symbol_text(&s->book, tier.tier), "gold"));
    assert_int_equal(tier.from_minor, 50000);
    assert_int_equal(tier.keep_minor, 30000);
    assert_int_equal(tier.window_days, 365);
    assert_int_equal(book_lane_at(&s->book, 0).offers_max, 9);
    assert_int_equal(book_lane_at(&s->book, 0).mode, BOOK_LANE_BEST_COMBINATION);
}

static void book_open__reads_what_zero_stands_for(void **state)
{
    struct shelf *s = shelf_new();
    (void)state;
    shelf_offer(s, "a", BOOK_MESSAGE_SHOWN, BOOK_TOGETHER);
    shelf_build(s);
    assert_int_equal(s->book.header.search_states_max, BOOK_SEARCH_STATES_DEFAULT);
    assert_int_equal(s->book.header.line_discount_max_bp, BOOK_PERCENT_MAX_BP);
    struct book_selector all = book_selector_at(&s->book, offer_of(s, "a").target);
    assert_true(all.everything && !all.not_reduced);
    assert_int_equal(all.price_min_minor, -1);
    assert_int_equal(all.price_max_minor, -1);
    assert_int_equal(s->book.section[1].count, 0); /* no extras for a plain offer */
    shelf_delete(s);
}

static void book_offer_at__reads_all_of_an_offer(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    struct book_offer offer = offer_of(s, "1-percent");
    assert_int_equal(offer.audience, BOOK_LISTED);
    assert_int_equal(offer.who.count, 2);
    assert_int_equal(offer.exclusive, BOOK_EXCLUSIVE_IF_BETTER);
    assert_int_equal(offer.groups.count, 2);
    assert_int_equal(offer.group_scope, BOOK_GROUP_PER_LINE);
    assert_int_equal(offer.channels.count, 1);
    assert_int_equal(offer.consent, BOOK_CONSENT_PERSONAL_OFFERS);
    assert_true(is_text(offer.experiment, "spring"));
    assert_true(span_is_equal(offer.condition, s->offers[0].condition) && offer.condition.size > 0);
    assert_true(span_is_equal(offer.line_condition, s->offers[0].line_condition));
    assert_int_equal(offer.limits.count, 2);
    struct book_limit limit = book_limit_at(&s->book, &offer, 1);
    assert_int_equal(limit.what, BOOK_LIMIT_USES);
    assert_int_equal(limit.per, BOOK_PER_MEMBER);
    assert_int_equal(limit.period, BOOK_MONTH);
    assert_int_equal(limit.value, 3);
    assert_int_equal(book_limit_at(&s->book, &offer, 0).partial, 1);
    struct book_selector target = book_selector_at(&s->book, offer.target);
    assert_true(target.not_reduced && !target.everything);
    assert_int_equal(target.price_min_minor, 1);
    assert_int_equal(target.price_max_minor, 100000);
    assert_int_equal(book_condition_at(&s->book, &offer, 1).amount_net_of_tax, 1);
    uint32_t vip = book_condition_at(&s->book, &offer, 8).symbol;
    assert_int_equal(book_symbol_kind_of(&s->book, vip), BOOK_SYMBOL_SEGMENT);
    assert_true(is_text(book_symbol_text(&s->book, vip), "vip"));
}

static void book_offer_at__reads_the_numbers_of_each_kind(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    assert_int_equal(book_offer_count(&s->book), BOOK_KIND_LAST);
    for (uint32_t i = 0; i < s->source.offer_count; i++) {
        const struct book_source_offer *source = &s->offers[i];
        struct book_offer offer;
        book_offer_at(&s->book, book_find_offer(&s->book, source->id), &offer);
        assert_int_equal(offer.kind, source->kind);
        assert_int_equal(offer.step, book_step_of(source->kind, source->scope));
        assert_int_equal(offer.give.steps.count, source->step_count);
        assert_int_equal(offer.give.parts.count, source->part_count);
        struct book_give got = offer.give, wanted = source->give;
        assert_true(span_is_equal(got.item, wanted.item) && span_is_equal(got.card, wanted.card) &&
                    span_is_equal(got.reward, wanted.reward));
        assert_int_equal(got.percent_bp, wanted.percent_bp);
        assert_int_equal(got.amount_minor, wanted.amount_minor);
        assert_int_equal(got.more_minor, wanted.more_minor);
        assert_int_equal(got.prior_price_minor, wanted.prior_price_minor);
        assert_int_equal(got.unit_minor, wanted.unit_minor);
        assert_int_equal(got.charged_minor, wanted.charged_minor);
        assert_int_equal(got.max_units, wanted.max_units);
        assert_int_equal(got.cap_units, wanted.cap_units);
        assert_int_equal(got.min_units, wanted.min_units);
        assert_int_equal(got.group_units, wanted.group_units);
        assert_int_equal(got.days, wanted.days);
        assert_int_equal(got.card_size, wanted.card_size);
        assert_int_equal(got.excluded_tenders, wanted.excluded_tenders);
        assert_int_equal(got.tier_by, wanted.tier_by);
        assert_int_equal(got.tier_base, wanted.tier_base);
        assert_int_equal(got.price_mode, wanted.price_mode);
        assert_int_equal(got.mix_mode, wanted.mix_mode);
        assert_int_equal(got.earn_by, wanted.earn_by);
        assert_int_equal(got.line_rounding, wanted.line_rounding);
    }
    struct book_offer bundle = offer_of(s, "13-bundle"), tiered = offer_of(s, "8-tiered");
    assert_int_equal(book_part_at(&s->book, &bundle, 1).units, 2);
    assert_int_equal(book_step_at(&s->book, &tiered, 1).threshold, 2000);
    assert_int_equal(book_step_at(&s->book, &tiered, 1).value, 1000);
}

static void excluded_with__holds_both_ways_round(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    struct book_offer a = offer_of(s, "1-percent"), b = offer_of(s, "2-amount");
    assert_int_equal(a.excluded_with.count, 1);
    assert_int_equal(b.excluded_with.count, 1);
    assert_int_equal(book_excluded_with_at(&s->book, &b, 0),
                     book_find_offer(&s->book, span_of_text("1-percent")));
}

static void excluded_with__must_name_another_offer_of_the_book(void **state)
{
    struct shelf *s = *state;
    static uint8_t memory[262144];
    struct book_fault fault = {0};
    struct span bytes;
    const struct span nobody = span_of_text("nobody"), itself = span_of_text("1-percent");
    s->offers[0].excluded_with = &nobody;
    assert_int_equal(book_builder_write(&s->source, memory, sizeof(memory), &bytes, &fault), ERR_ARGUMENT);
    assert_string_equal(fault.field, "excluded_with");
    assert_int_equal(fault.offer, 0);
    s->offers[0].excluded_with = &itself;
    assert_int_equal(book_builder_write(&s->source, memory, sizeof(memory), &bytes, &fault), ERR_ARGUMENT);
}

static void a_book_by_priority__stands_in_the_order_of_priority_over_steps_2_to_4(void **state)
{
    struct shelf *s = *state;
    for (uint32_t i = 0; i < s->source.offer_count; i++)
        s->offers[i].lane = 0;
    s->offers[8].priority = 9; /* of step 4 */
    shelf_build(s);
    struct book_offer offer;
    book_offer_at(&s->book, 0, &offer);
    assert_int_equal(offer.step, BOOK_STEP_PRICE);
    book_offer_at(&s->book, 1, &offer);
    assert_true(is_text(offer.id, "9-tiered"));
    s->source.order = BOOK_BY_STEP;
    shelf_build(s);
    book_offer_at(&s->book, 1, &offer);
    assert_int_equal(offer.step, BOOK_STEP_ITEM);
}

static void the_whole_book__gives_something_of_each_kind(void **state)
{
    struct shelf *s = *state;
    shelf_price(s);
    for (uint32_t i = 0; i < s->source.offer_count; i++) {
        uint32_t index = book_find_offer(&s->book, s->offers[i].id);
        struct offers_explanation why = offers_explain(&s->book, &s->member, &s->moment, &s->result, index);
        assert_int_not_equal(why.reason, OFFERS_UNKNOWN_KIND);
        assert_int_not_equal(why.reason, OFFERS_NO_MATCHING_ITEM);
    }
    assert_true(s->result.award_count >= 8);
    assert_true(s->result.discount_minor > 0 && s->result.points > 0);
}

static void book_builder_write__refuses_a_condition_that_is_no_program(void **state)
{
    struct shelf *s = *state;
    static uint8_t memory[262144];
    struct book_fault fault = {0};
    struct span bytes;
    s->offers[0].line_condition = span_of_text("line.quantity > 1");
    assert_int_equal(book_builder_write(&s->source, memory, sizeof(memory), &bytes, &fault), ERR_ARGUMENT);
    assert_string_equal(fault.field, "line_condition");
}

/* A line condition names what a condition of the basket has not: there it is a newer program's. */
static void a_condition__that_needs_a_newer_program_makes_its_offer_an_unknown_one(void **state)
{
    struct shelf *s = *state;
    s->offers[0].condition = (struct span){NULL, 0};
    s->offers[0].line_condition = whole_program("line.quantity >= 1000", true);
    shelf_price(s);
    assert_false(s->book.has_newer_programs);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    size_t extra = (size_t)(s->book.section[1].bytes - s->book.bytes.bytes);
    uint32_t at = book_find_offer(&s->book, span_of_text("1-percent"));
    extra += 168u * s->book.section[0].bytes[at * 136u + 132];
    memcpy(bytes + extra + 40, bytes + extra + 48, 8); /* SPEC.md: condition, line condition */
    memset(bytes + extra + 48, 0, 8);
    ok(book_open(span_of(bytes, s->book.bytes.size), &s->book));
    assert_true(s->book.has_newer_programs);
    shelf_price_again(s);
    assert_int_equal(shelf_why(s, "1-percent").reason, OFFERS_UNKNOWN_KIND);
    free(bytes);
}

/* An older till: it keeps an offer of a kind or a condition that it does not know, and says so. */
static void an_older_till__skips_what_it_does_not_know_and_says_so(void **state)
{
    struct shelf *s = *state;
    shelf_price(s);
    int64_t discount = s->result.discount_minor;
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    uint32_t stamps = book_find_offer(&s->book, span_of_text("18-stamps"));
    size_t row = (size_t)(s->book.section[0].bytes - s->book.bytes.bytes) + stamps * 136u;
    bytes[row + 6] = 200; /* SPEC.md: kind */
    size_t condition = (size_t)(s->book.section[5].bytes - s->book.bytes.bytes);
    bytes[condition] = 99; /* the first condition, of 1-percent */
    ok(book_open(span_of(bytes, s->book.bytes.size), &s->book));
    shelf_price_again(s);
    assert_int_equal(shelf_why(s, "18-stamps").reason, OFFERS_UNKNOWN_KIND);
    assert_int_equal(shelf_why(s, "1-percent").reason, OFFERS_UNKNOWN_KIND);
    assert_true(s->result.award_count > 0 && discount > 0);
    free(bytes);
}

static void any_changed_byte__is_refused_or_harmless(void **state)
{
    struct shelf *s = *state;
    shelf_build(s);
    uint8_t *bytes = malloc(s->book.bytes.size);
    assert_non_null(bytes);
    memcpy(bytes, s->book.bytes.bytes, s->book.bytes.size);
    struct span changed = span_of(bytes, s->book.bytes.size);
    unsigned taken = 0;
    for (size_t i = 0; i < changed.size; i++) {
        static const uint8_t masks[] = {0x01, 0x80, 0xff};
        bytes[i] ^= masks[i % COUNT_OF(masks)];
        struct book book;
        if (book_open(changed, &book) == ERR_OK) {
            struct offers_result result;
            taken++;
            s->basket.exponent = book.header.exponent;
            (void)!offers_price(&book, &s->basket, &s->member, &s->moment, s->workspace, &result);
        }
        bytes[i] ^= masks[i % COUNT_OF(masks)];
    }
    assert_true(taken > 0);
    free(bytes);
}

/* The fuzzers begin with books of the format of today, not with refused ones. */
static void check_corpus(const struct shelf *s, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), KASSA_SOURCE_DIR "/tests/fuzz/corpus/book/%s", name);
    if (getenv("KASSA_GOLDEN") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(s->book.bytes.bytes, 1, s->book.bytes.size, out), s->book.bytes.size);
        (void)fclose(out);
    }
    static uint8_t bytes[65536];
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t size = fread(bytes, 1, sizeof(bytes), in);
    (void)fclose(in);
    assert_int_equal(size, s->book.bytes.size);
    assert_memory_equal(bytes, s->book.bytes.bytes, size);
}

static void the_builder__gives_the_bytes_that_the_fuzzers_begin_with(void **state)
{
    struct shelf *s = *state;
    static const struct span item = {(const uint8_t *)"4770001", 7},
                             parents = {(const uint8_t *)"parents", 7};
    shelf_build(s);
    check_corpus(s, "each_kind");
    struct shelf *one = shelf_new();
    shelf_build(one);
    check_corpus(one, "empty");
    struct book_source_offer *offer = shelf_offer(one, "milk-50", BOOK_AMOUNT_OFF, BOOK_EACH_UNIT);
    offer->give.amount_minor = 50;
    offer->target = shelf_item(&item);
    offer->audience = BOOK_SEGMENT;
    offer->who = &parents;
    offer->who_count = 1;
    shelf_build(one);
    check_corpus(one, "one");
    shelf_delete(one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(book_open__reads_the_rules_of_the_programme),
        cmocka_unit_test(book_open__reads_what_zero_stands_for),
        TEST(book_offer_at__reads_all_of_an_offer),
        TEST(book_offer_at__reads_the_numbers_of_each_kind),
        TEST(excluded_with__holds_both_ways_round),
        TEST(excluded_with__must_name_another_offer_of_the_book),
        TEST(a_book_by_priority__stands_in_the_order_of_priority_over_steps_2_to_4),
        TEST(the_whole_book__gives_something_of_each_kind),
        TEST(book_builder_write__refuses_a_condition_that_is_no_program),
        TEST(a_condition__that_needs_a_newer_program_makes_its_offer_an_unknown_one),
        TEST(an_older_till__skips_what_it_does_not_know_and_says_so),
        TEST(any_changed_byte__is_refused_or_harmless),
        TEST(the_builder__gives_the_bytes_that_the_fuzzers_begin_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
