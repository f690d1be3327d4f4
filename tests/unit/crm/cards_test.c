/* SPDX-License-Identifier: Apache-2.0 */
/* What head office counts of the cards that were shown at the tills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crm/document.h"
#include "harness/ok.h"
#include "unit/crm/shop.h"

static void see(struct shop *shop, int technology, int trust, uint8_t member)
{
    struct wire_record record = {.head = {.kind = kassa_RecordKind_RECORD_CARD_SEEN}};
    kassa_CardSeen *seen = &record.body.card_seen;
    seen->technology = (kassa_CardTechnology)technology;
    seen->trust = (kassa_CardTrust)trust;
    seen->card_token.size = TOKEN_SIZE;
    seen->member.size = member == 0 ? 0 : MEMBER_SIZE;
    seen->member.bytes[0] = member;
    shop_take(shop, 0, &record);
}

static void crm_totals__count_cards_by_technology_and_trust(void **state)
{
    struct shop *shop = *state;
    see(shop, kassa_CardTechnology_CARD_SUN, kassa_CardTrust_TRUST_PROVEN, 1);
    see(shop, kassa_CardTechnology_CARD_UID, kassa_CardTrust_TRUST_IDENTIFY, 0);
    see(shop, kassa_CardTechnology_CARD_UID, kassa_CardTrust_TRUST_GENUINE, 1);
    see(shop, kassa_CardTechnology_CARD_SUN, kassa_CardTrust_TRUST_PROVEN, 0);
    for (int strange = 100; strange < 180;
         strange++) /* of a newer till, or a liar's: there is room for them all */
        see(shop, strange, strange % 7, 0);
    crm_Totals totals = shop_totals(shop);
    assert_int_equal(totals.taps, 84);
    assert_int_equal(totals.quarantined, 0);
    assert_int_equal(totals.cards_count, 4);
    assert_int_equal(totals.cards[0].technology, kassa_CardTechnology_CARD_SUN);
    assert_int_equal(totals.cards[0].trust, kassa_CardTrust_TRUST_PROVEN);
    assert_int_equal(totals.cards[0].seen, 2);
    assert_int_equal(totals.cards[0].known, 1);
    assert_int_equal(totals.cards[2].trust, kassa_CardTrust_TRUST_GENUINE);
    assert_int_equal(totals.cards[3].technology, kassa_CardTechnology_CARD_UNSPECIFIED);
    assert_int_equal(totals.cards[3].seen, 80);
}

static void buy(struct shop *shop, uint64_t number, uint8_t member)
{
    struct shop_receipt *receipt = shop_receipt(shop, 0, number, SHOP_DAY, member);
    kassa_Loyalty *loyalty = shop_loyalty(receipt);
    loyalty->technology = kassa_CardTechnology_CARD_NDEF;
    loyalty->trust = kassa_CardTrust_TRUST_STATIC;
    shop_take(shop, 0, &receipt->record);
}

/* A hub that is put back to an older version. */
static void crm_totals__have_room_for_no_more_pairs_than_there_are_rows(void **state)
{
    struct shop *shop = *state;
    crm_Totals totals = shop_totals(shop);
    for (totals.cards_count = 0; totals.cards_count < COUNT_OF(totals.cards); totals.cards_count++) {
        crm_CardTotals *row = &totals.cards[totals.cards_count];
        *row = (crm_CardTotals){.seen = 1};
        row->technology = (kassa_CardTechnology)(1000 + totals.cards_count);
    }
    ok(crm_totals_put(&shop->txn, &totals));
    see(shop, kassa_CardTechnology_CARD_SUN, kassa_CardTrust_TRUST_PROVEN, 1);
    buy(shop, 1, 1);
    crm_Totals after = shop_totals(shop);
    assert_int_equal(after.taps, totals.taps + 1);
    assert_int_equal(after.purchases, totals.purchases + 1);
    assert_int_equal(after.cards_count, COUNT_OF(totals.cards));
    for (size_t i = 0; i < COUNT_OF(totals.cards); i++)
        assert_int_equal(after.cards[i].seen, 1);
}

static void crm_totals__count_a_members_purchase_for_the_card_that_named_him(void **state)
{
    struct shop *shop = *state;
    buy(shop, 1, /* member= */ 0);
    buy(shop, 2, /* member= */ 1);
    crm_Totals totals = shop_totals(shop);
    assert_int_equal(totals.purchases, 2);
    assert_int_equal(totals.cards_count, 1);
    assert_int_equal(totals.cards[0].technology, kassa_CardTechnology_CARD_NDEF);
    assert_int_equal(totals.cards[0].purchases, 1);
    assert_int_equal(totals.cards[0].seen, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, shop_set_up, shop_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crm_totals__count_cards_by_technology_and_trust),
        CASE(crm_totals__have_room_for_no_more_pairs_than_there_are_rows),
        CASE(crm_totals__count_a_members_purchase_for_the_card_that_named_him),
    };
    return cmocka_run_group_tests_name("crm_cards", tests, NULL, NULL);
}
