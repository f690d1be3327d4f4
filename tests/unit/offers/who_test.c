/* SPDX-License-Identifier: Apache-2.0 */
/* Coupons that unlock, channels, members of a list, consent, experiments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/offers/shelf.h"

#define PLACE 6320 /* of the member of zeros in the experiment "spring" */

static int set_up(void **state)
{
    struct shelf *s = shelf_new();
    shelf_line(s, "x", NULL, 1000, 1);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    shelf_delete(*state);
    return 0;
}

static struct book_source_offer *tenth(struct shelf *s)
{
    struct book_source_offer *offer = shelf_offer(s, "off", BOOK_PERCENT_OFF, BOOK_EACH_LINE);
    offer->give.percent_bp = 1000;
    return offer;
}

static enum offers_reason reason(struct shelf *s)
{
    shelf_price(s);
    return shelf_why(s, "off").reason;
}

static void offers_price__unlocks_with_a_fresh_coupon_alone(void **state)
{
    struct shelf *s = *state;
    const struct span series[] = {span_of_text("SANTA"), span_of_text("ELF")};
    struct book_source_offer *offer = tenth(s);
    offer->coupons = series;
    offer->coupon_count = 2;
    assert_int_equal(reason(s), OFFERS_COUPON_MISSING);
    struct offers_coupon coupons[] = {
        {span_of_text("OTHER"), span_of_text("1"), OFFERS_COUPON_FRESH},
        {span_of_text("ELF"), span_of_text("2"), OFFERS_COUPON_USED},
    };
    static const struct {
        enum offers_coupon_state state;
        enum offers_reason reason;
    } rows[] = {{OFFERS_COUPON_USED, OFFERS_COUPON_IS_USED},
                {OFFERS_COUPON_EXPIRED, OFFERS_COUPON_IS_EXPIRED},
                {OFFERS_COUPON_WRONG_STORE, OFFERS_COUPON_OF_STORE},
                {OFFERS_COUPON_FORGED, OFFERS_COUPON_IS_FORGED},
                {OFFERS_COUPON_FRESH, OFFERS_GIVEN}};
    s->basket.coupons = coupons;
    s->basket.coupon_count = 2;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        coupons[1].state = rows[i].state;
        assert_int_equal(reason(s), rows[i].reason);
    }
    assert_int_equal(s->result.coupon_used_count, 1);
    assert_int_equal(s->result.coupons_used[0], 1);
    assert_int_equal(s->result.discounts[0].coupon, 1);
}

static void offers_price__says_that_a_coupon_was_not_used(void **state)
{
    struct shelf *s = *state;
    const struct span series = span_of_text("ELF"), other = span_of_text("nothing");
    struct book_source_offer *offer = tenth(s);
    offer->coupons = &series;
    offer->coupon_count = 1;
    offer->target = shelf_item(&other);
    const struct offers_coupon coupon = {span_of_text("ELF"), span_of_text("2"), OFFERS_COUPON_FRESH};
    s->basket.coupons = &coupon;
    s->basket.coupon_count = 1;
    assert_int_equal(reason(s), OFFERS_NO_MATCHING_ITEM);
    assert_int_equal(s->result.coupon_used_count, 0);
}

static void offers_price__gives_through_the_named_channels_alone(void **state)
{
    struct shelf *s = *state;
    const struct span channels[] = {span_of_text("kiosk"), span_of_text("till")};
    struct book_source_offer *offer = tenth(s);
    offer->channels = channels;
    offer->channel_count = 1;
    assert_int_equal(reason(s), OFFERS_WRONG_CHANNEL);
    s->moment.channel = span_of_text("kiosk");
    assert_int_equal(reason(s), OFFERS_GIVEN);
    s->moment.channel = span_of_text("");
    offer->channel_count = 2; /* none named: the till */
    assert_int_equal(reason(s), OFFERS_GIVEN);
}

static void offers_price__gives_to_listed_members_alone(void **state)
{
    struct shelf *s = *state;
    const struct span list[] = {span_of_text("00112233445566778899aabbccddeeff")};
    struct book_source_offer *offer = tenth(s);
    offer->audience = BOOK_LISTED;
    offer->who = list;
    offer->who_count = 1;
    assert_int_equal(reason(s), OFFERS_MEMBERS_ONLY);
    s->member.known = true;
    assert_int_equal(reason(s), OFFERS_NOT_LISTED);
    for (size_t i = 0; i < MEMBER_SIZE; i++)
        s->member.id[i] = (uint8_t)(i * 0x11);
    assert_int_equal(reason(s), OFFERS_GIVEN);
}

static void offers_price__wants_the_consent_that_an_offer_needs(void **state)
{
    struct shelf *s = *state;
    tenth(s)->consent = BOOK_CONSENT_PERSONAL_OFFERS;
    assert_int_equal(reason(s), OFFERS_NO_CONSENT);
    s->member.known = true;
    assert_int_equal(reason(s), OFFERS_NO_CONSENT);
    s->member.consents = 1u << BOOK_CONSENT_PERSONAL_OFFERS;
    assert_int_equal(reason(s), OFFERS_GIVEN);
}

static void offers_price__never_gives_it_to_the_share_that_is_held_out(void **state)
{
    struct shelf *s = *state;
    struct book_source_offer *offer = tenth(s);
    offer->experiment = span_of_text("spring");
    offer->holdout_bp = 5000;
    shelf_build(s);
    s->member.known = true;
    for (unsigned i = 0; i < 64; i++) {
        s->member.id[0] = (uint8_t)i;
        shelf_price_again(s);
        bool is_out = offers_is_held_out(offer->experiment, s->member.id, 5000);
        assert_int_equal(shelf_why(s, "off").reason, is_out ? OFFERS_HELD_OUT : OFFERS_GIVEN);
    }
}

static void offers_is_held_out__takes_the_stated_share_and_the_same_members_for_ever(void **state)
{
    (void)state;
    const struct span spring = span_of_text("spring"), autumn = span_of_text("autumn");
    uint8_t member[MEMBER_SIZE] = {0};
    unsigned out = 0, both = 0;
    for (unsigned i = 0; i < 20000; i++) {
        member[3] = (uint8_t)i;
        member[9] = (uint8_t)(i >> 8);
        bool is_out = offers_is_held_out(spring, member, 1000);
        out += is_out ? 1 : 0;
        both += is_out && offers_is_held_out(autumn, member, 1000) ? 1 : 0;
        assert_false(offers_is_held_out(spring, member, 0));
        assert_true(offers_is_held_out(spring, member, 10000));
    }
    assert_in_range(out, 1850, 2150);
    assert_in_range(both, 140, 260); /* experiments are independent of one another */
    uint32_t place = 0;              /* a fixed answer: tills of different versions agree */
    memset(member, 0, sizeof(member));
    while (!offers_is_held_out(spring, member, place + 1))
        place++;
    assert_int_equal(place, PLACE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(offers_price__##name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(unlocks_with_a_fresh_coupon_alone),
        CASE(says_that_a_coupon_was_not_used),
        CASE(gives_through_the_named_channels_alone),
        CASE(gives_to_listed_members_alone),
        CASE(wants_the_consent_that_an_offer_needs),
        CASE(never_gives_it_to_the_share_that_is_held_out),
        cmocka_unit_test(offers_is_held_out__takes_the_stated_share_and_the_same_members_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
