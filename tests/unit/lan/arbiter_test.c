/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lan/arbiter.h"
#include "lan/internal.h"
#include "lan/items.h"
#include "vault/vault.h"

/* An arbiter and what it said last. */
struct room {
    struct arbiter_state state;
    struct arbiter_outputs outputs;
    uint64_t now_mono_ms;
    uint64_t random;
};

struct speaker {
    const char *till;
    uint64_t session;
    uint32_t number;
    uint64_t seq; /* of its journal's last record */
};

static struct room room;

static kassa_LanWord word_of(const struct speaker *speaker)
{
    kassa_LanWord word = kassa_LanWord_init_zero;
    memcpy(word.till, speaker->till, strlen(speaker->till));
    word.session = speaker->session;
    word.number = speaker->number;
    word.incarnation = 7;
    word.next_seq = speaker->seq + 1;
    return word;
}

static void say(const kassa_LanWord *word)
{
    struct arbiter_event event = {word, room.now_mono_ms, ++room.random * 1000};
    arbiter_take(&room.state, &event, &room.outputs);
}

static void join(struct speaker *speaker)
{
    kassa_LanWord word = word_of(speaker);
    word.session = 0;
    word.number = 0;
    word.which_word = kassa_LanWord_join_tag;
    word.word.join.nonce = 5;
    say(&word);
    assert_int_equal(room.outputs.answer.which_answer, kassa_LanAnswer_welcome_tag);
    speaker->session = room.outputs.answer.answer.welcome.session;
    speaker->number = 0;
}

/* All of its journal was told; with a use of one coupon where `key` or `coupon` says so. */
static void tell(struct speaker *speaker, const char *key, uint8_t coupon, int64_t amount)
{
    speaker->number++;
    kassa_LanWord word = word_of(speaker);
    word.which_word = kassa_LanWord_told_tag;
    word.word.told.through = speaker->seq;
    word.word.told.is_last = true;
    word.word.told.has_use = amount != 0;
    kassa_LanUse *use = &word.word.told.use;
    use->seq = speaker->seq;
    use->id.size = LAN_ITEM_SIZE;
    memset(use->id.bytes, 0, LAN_ITEM_SIZE);
    use->id.bytes[0] = (uint8_t)speaker->seq;
    memcpy(use->id.bytes + 1, speaker->till, 6);
    use->receipt = (kassa_LanUse_receipt_t){LAN_ITEM_SIZE, {0}};
    use->receipt.bytes[0] = (uint8_t)speaker->seq;
    memcpy(use->key, key, strlen(key) + 1);
    use->items_count = 1;
    use->items[0] = (kassa_LanItem){.key = {LAN_ITEM_SIZE, {coupon}}, .amount = amount};
    say(&word);
}

static kassa_LanWord claim_of(struct speaker *speaker, const char *key, uint8_t what, int64_t amount,
                              int64_t most)
{
    speaker->number++;
    kassa_LanWord word = word_of(speaker);
    word.which_word = kassa_LanWord_claim_tag;
    memcpy(word.word.claim.key, key, strlen(key) + 1);
    word.word.claim.items_count = 1;
    word.word.claim.items[0] =
        (kassa_LanItem){.key = {LAN_ITEM_SIZE, {what}}, .amount = amount, .most = most};
    return word;
}

static kassa_LanVerdict verdict(void)
{
    return room.outputs.has_answer && room.outputs.answer.which_answer == kassa_LanAnswer_judged_tag
               ? room.outputs.answer.answer.judged.verdict
               : kassa_LanVerdict_LAN_UNSPECIFIED;
}

static kassa_LanVerdict claim(struct speaker *speaker, const char *key, uint8_t what, int64_t amount,
                              int64_t most)
{
    kassa_LanWord word = claim_of(speaker, key, what, amount, most);
    say(&word);
    return verdict();
}

static void release(struct speaker *speaker, const char *key)
{
    speaker->number++;
    kassa_LanWord word = word_of(speaker);
    word.which_word = kassa_LanWord_release_tag;
    memcpy(word.word.release.key, key, strlen(key) + 1);
    say(&word);
}

static struct speaker first, second;

static int setup(void **state)
{
    (void)state;
    memset(&room, 0, sizeof(room));
    arbiter_init(&room.state, 0, 42);
    room.now_mono_ms = ARBITER_GATHER_MS;
    first = (struct speaker){.till = "till-1", .seq = 1};
    second = (struct speaker){.till = "till-2", .seq = 1};
    join(&first);
    join(&second);
    tell(&first, "", 0, 0);
    tell(&second, "", 0, 0);
    return 0;
}

static void arbiter_take__grants_to_one_of_two_and_says_who_has_it(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    assert_string_equal(room.outputs.answer.answer.judged.till, "till-1");
    assert_int_equal(room.outputs.answer.answer.judged.available, 0);
    assert_int_equal(claim(&second, "c", 2, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__shares_a_balance_out_to_the_last_point(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 600, 1000), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "b", 1, 401, 1000), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.answer.answer.judged.available, 400);
    assert_int_equal(claim(&second, "c", 1, 400, 1000), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__frees_what_is_released_and_keeps_what_a_record_carries(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    release(&first, "a");
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    second.seq++;
    tell(&second, "b", 1, 1);
    assert_int_equal(claim(&first, "c", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    second.seq++;
    tell(&second, "", 1, -1); /* it came back */
    assert_int_equal(claim(&first, "d", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__answers_a_word_that_comes_again_as_before_and_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    kassa_LanWord again = claim_of(&second, "b", 1, 1, 1);
    say(&again);
    assert_int_equal(verdict(), kassa_LanVerdict_LAN_REFUSED);
    release(&first, "a");
    say(&again); /* it is free now, but that was not asked */
    assert_int_equal(verdict(), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.count, 0);
    release(&second, "b");
    say(&again); /* and a word that is older than the last one is heard by nobody */
    assert_false(room.outputs.has_answer);
    assert_int_equal(claim(&first, "c", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__keeps_a_claim_through_a_power_cut_until_its_till_has_told_all(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    join(&first);
    room.now_mono_ms += ARBITER_DOUBT_MS;
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED); /* it may have sold */
    first.seq++;
    tell(&first, "", 0, 0); /* it has not; but is it the till, or its clone? */
    assert_int_equal(claim(&second, "c", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    room.now_mono_ms += ARBITER_REST_MS;
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&second, "d", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__does_not_free_the_claim_of_a_till_that_came_back_with_an_old_image(void **state)
{
    (void)state;
    first.seq = 9;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    first.seq = 4;
    join(&first);
    tell(&first, "", 0, 0);
    room.now_mono_ms += ARBITER_REST_MS;
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
}

static void arbiter_take__leaves_out_what_the_snapshot_holds(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 1, 600);
    first.number++;
    kassa_LanWord settled = word_of(&first);
    settled.which_word = kassa_LanWord_settled_tag;
    settled.word.settled = (kassa_LanSettled){first.seq, 5000};
    say(&settled);
    kassa_LanWord word = claim_of(&second, "a", 1, 400, 400); /* of a snapshot in which the 600 are spent */
    word.word.claim.items[0].as_of_unix_ms = 4999;
    say(&word);
    assert_int_equal(verdict(), kassa_LanVerdict_LAN_REFUSED);
    word = claim_of(&second, "b", 1, 400, 400);
    word.word.claim.items[0].as_of_unix_ms = 5000;
    say(&word);
    assert_int_equal(verdict(), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__grants_nothing_before_the_tills_had_time_to_come(void **state)
{
    (void)state;
    arbiter_init(&room.state, room.now_mono_ms, 43);
    join(&first);
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_LATER);
    room.now_mono_ms += ARBITER_GATHER_MS;
    assert_int_equal(claim(&first, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__waits_for_all_tills_where_its_storage_is_older_than_they_saw(void **state)
{
    (void)state;
    kassa_LanWord word = word_of(&first);
    word.which_word = kassa_LanWord_join_tag;
    word.word.join =
        (kassa_LanJoin){.nonce = 6, .arbiter = room.state.arbiter, .changes = room.state.changes + 1};
    say(&word);
    first.session = room.outputs.answer.answer.welcome.session;
    first.number = 0;
    room.now_mono_ms += 10 * ARBITER_GATHER_MS;
    assert_int_equal(claim(&first, "a", 1, 1, 1),
                     kassa_LanVerdict_LAN_LATER); /* it has not told all itself */
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&first, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void join_having_seen(struct speaker *speaker, uint64_t arbiter, uint64_t changes, uint32_t tills)
{
    kassa_LanWord word = word_of(speaker);
    word.session = 0;
    word.which_word = kassa_LanWord_join_tag;
    word.word.join = (kassa_LanJoin){6, arbiter, changes, tills};
    say(&word);
    assert_int_equal(room.outputs.answer.which_answer, kassa_LanAnswer_welcome_tag);
    speaker->session = room.outputs.answer.answer.welcome.session;
    speaker->number = 0;
}

/* As after a power cut of its machine: what it has stored is all that it knows. */
static void start_anew(void)
{
    struct arbiter_changes stored = arbiter_get_changes(&room.state);
    arbiter_init(&room.state, room.now_mono_ms, 44);
    arbiter_load_changes(&room.state, &stored, room.now_mono_ms);
    const kassa_LanMark mark = {.incarnation = 7, .through = 1};
    assert_int_equal(arbiter_load_till(&room.state, "till-1", &mark), ERR_OK);
    assert_int_equal(arbiter_load_till(&room.state, "till-2", &mark), ERR_OK);
}

static void arbiter_take__stays_in_doubt_through_a_power_cut(void **state)
{
    (void)state;
    start_anew();
    join_having_seen(&first, room.state.arbiter, room.state.changes + 5, 2);
    tell(&first, "", 0, 0);
    start_anew();
    join_having_seen(&first, room.state.arbiter, room.state.changes, 2); /* it has seen nothing newer since */
    tell(&first, "", 0, 0);
    room.now_mono_ms += ARBITER_GATHER_MS;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_LATER); /* till-2 may have it */
    join(&second);
    tell(&second, "", 0, 0);
    assert_int_equal(claim(&first, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    assert_false(arbiter_get_changes(&room.state).is_doubted);
}

static void arbiter_take__waits_for_as_many_tills_as_there_were(void **state)
{
    (void)state;
    arbiter_init(&room.state, room.now_mono_ms, 45); /* another storage, which knows nobody */
    join_having_seen(&first, 42, 9, 2);
    tell(&first, "", 0, 0);
    room.now_mono_ms += ARBITER_GATHER_MS;
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_LATER);
    join(&second);
    tell(&second, "", 0, 0);
    assert_int_equal(claim(&first, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__is_brought_into_doubt_by_a_till_only_once(void **state)
{
    (void)state;
    join_having_seen(&first, 1, UINT64_MAX, 2); /* no storage was changed so often */
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&first, "a", 1, 1, 9), kassa_LanVerdict_LAN_GRANTED);
    join_having_seen(&first, 3, 9, 3); /* as if a third one were away */
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&first, "b", 1, 1, 9), kassa_LanVerdict_LAN_LATER);
    room.now_mono_ms += ARBITER_DOUBT_MS;
    assert_int_equal(claim(&first, "c", 1, 1, 9), kassa_LanVerdict_LAN_GRANTED);
    join_having_seen(&first, 5, 9, 3);
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&first, "d", 1, 1, 9), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__believes_a_till_no_more_given_back_than_it_used(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 1, -600); /* it used nothing */
    assert_int_equal(claim(&second, "a", 1, 1000, 1000), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&first, "b", 1, 1, 1000), kassa_LanVerdict_LAN_REFUSED);
    second.seq++;
    tell(&second, "a", 1, 1000);
    first.seq++;
    tell(&first, "", 1, -1000); /* what another one used */
    assert_int_equal(claim(&first, "c", 1, 1, 1000), kassa_LanVerdict_LAN_REFUSED);
    second.seq++;
    tell(&second, "", 1, -300);
    second.seq++;
    tell(&second, "", 1, -900); /* 700 of which were left */
    assert_int_equal(claim(&first, "d", 1, 1001, 1000), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.answer.answer.judged.available, 1000);
}

static void undo(struct speaker *speaker, uint8_t receipt)
{
    speaker->seq++;
    speaker->number++;
    kassa_LanWord word = word_of(speaker);
    word.which_word = kassa_LanWord_told_tag;
    word.word.told = (kassa_LanTold){.through = speaker->seq, .is_last = true, .has_use = true};
    word.word.told.use = (kassa_LanUse){.seq = speaker->seq,
                                        .id = {LAN_ITEM_SIZE, {99, (uint8_t)speaker->seq}},
                                        .undoes = {LAN_ITEM_SIZE, {receipt}}};
    say(&word);
}

static void arbiter_take__takes_again_what_a_voided_return_gave_back(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 1, 600);
    first.seq++;
    tell(&first, "", 1, -200);
    uint8_t returned = (uint8_t)first.seq;
    assert_int_equal(claim(&second, "a", 1, 601, 1000), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.answer.answer.judged.available, 600);
    undo(&first, returned);
    assert_int_equal(claim(&second, "b", 1, 401, 1000), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.answer.answer.judged.available, 400);
    undo(&first, (uint8_t)(returned - 1)); /* and the sale, of which 400 were left when it was voided */
    assert_int_equal(claim(&second, "c", 1, 801, 1000), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(room.outputs.answer.answer.judged.available, 800);
}

static void arbiter_take__lets_no_till_touch_what_another_one_told(void **state)
{
    (void)state;
    assert_int_equal(claim(&second, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    first.seq++;
    first.number++;
    kassa_LanWord word = word_of(&first);
    word.which_word = kassa_LanWord_told_tag;
    word.word.told = (kassa_LanTold){.through = first.seq, .is_last = true, .has_use = true};
    kassa_LanUse *use = &word.word.told.use;
    *use = (kassa_LanUse){.seq = 77, .id = {.size = LAN_ITEM_SIZE}, .items_count = 1};
    lan_claim_id("till-2", "a", use->id.bytes);
    use->items[0] = (kassa_LanItem){.key = {LAN_ITEM_SIZE, {1}}, .amount = 1};
    say(&word);
    uint32_t at = arbiter_find_use(&room.state, use->id.bytes);
    assert_int_not_equal(at, ARBITER_NONE);
    assert_true(room.state.uses[at].is_claim);
    assert_int_not_equal(room.state.uses[at].seq, 77);
}

static void arbiter_take__forgets_the_till_that_was_silent_for_longest(void **state)
{
    (void)state;
    struct speaker other = {.seq = 1};
    char names[ARBITER_TILLS_MAX][16];
    for (unsigned i = 2; i < ARBITER_TILLS_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "till-%03u", i);
        other.till = names[i];
        join(&other);
    }
    room.now_mono_ms += ARBITER_FORGET_MS - 1;
    tell(&first, "", 0, 0);
    other = (struct speaker){.till = "newcomer", .seq = 1};
    kassa_LanWord word = word_of(&other);
    word.which_word = kassa_LanWord_join_tag;
    say(&word);
    assert_false(room.outputs.has_answer); /* nobody was silent for long enough */
    room.now_mono_ms++;
    join(&other);
    assert_int_equal(room.state.till_count, ARBITER_TILLS_MAX);
    assert_int_equal(room.outputs.items[0].kind, ARBITER_REMOVE_TILL);
    assert_string_equal(room.outputs.items[0].till, "till-2");
    assert_int_equal(claim(&first, "a", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "b", 2, 1, 1), kassa_LanVerdict_LAN_UNSPECIFIED);
    assert_int_equal(room.outputs.answer.which_answer, kassa_LanAnswer_stale_tag);
}

static void arbiter_free_till__frees_what_a_dead_till_had_claimed_and_nothing_else(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 3, 1);
    for (unsigned i = 0; i < 100; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%u", i);
        assert_int_equal(claim(&first, key, 1, 1, 100), kassa_LanVerdict_LAN_GRANTED);
    }
    assert_int_equal(claim(&second, "mine", 2, 1, 1), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "a", 1, 1, 100), kassa_LanVerdict_LAN_REFUSED);
    size_t freed = 0;
    do
        freed += arbiter_free_till(&room.state, "till-1", &room.outputs);
    while (room.outputs.count > 0);
    assert_int_equal(freed, 100);
    assert_int_equal(room.state.till_count, 1);
    assert_int_equal(claim(&second, "b", 1, 100, 100), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "c", 2, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(claim(&second, "d", 3, 1, 1), kassa_LanVerdict_LAN_REFUSED); /* that was used */
}

static void arbiter_take__knows_no_session_of_before(void **state)
{
    (void)state;
    struct speaker old = first;
    join(&first);
    tell(&first, "", 0, 0);
    assert_int_equal(claim(&old, "a", 1, 1, 1), kassa_LanVerdict_LAN_UNSPECIFIED);
    assert_int_equal(room.outputs.answer.which_answer, kassa_LanAnswer_stale_tag);
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__undoes_a_voided_receipt(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 1, 1);
    uint8_t receipt = (uint8_t)first.seq;
    assert_int_equal(claim(&second, "a", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    first.seq++;
    first.number++;
    kassa_LanWord word = word_of(&first);
    word.which_word = kassa_LanWord_told_tag;
    word.word.told = (kassa_LanTold){.through = first.seq, .is_last = true, .has_use = true};
    word.word.told.use =
        (kassa_LanUse){.seq = first.seq, .id = {LAN_ITEM_SIZE, {99}}, .undoes = {LAN_ITEM_SIZE, {receipt}}};
    say(&word);
    assert_int_equal(claim(&second, "b", 1, 1, 1), kassa_LanVerdict_LAN_GRANTED);
}

static void arbiter_take__refuses_what_is_not_well_formed(void **state)
{
    (void)state;
    assert_int_equal(claim(&first, "a", 1, 0, 1), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(claim(&first, "b", 1, -5, 1), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(claim(&first, "c", 1, 1, -1), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(claim(&first, "", 1, 1, 1), kassa_LanVerdict_LAN_REFUSED);
    assert_int_equal(claim(&first, "d", 1, INT64_MAX, INT64_MAX), kassa_LanVerdict_LAN_GRANTED);
    assert_int_equal(claim(&second, "e", 1, INT64_MAX, INT64_MAX), kassa_LanVerdict_LAN_REFUSED);
}

/* Claims that nobody gives up fill the table; settled uses give way to them, and nothing else does. */
static void arbiter_take__puts_off_what_finds_no_room(void **state)
{
    (void)state;
    first.seq++;
    tell(&first, "", 1, 1);
    first.number++;
    kassa_LanWord settled = word_of(&first);
    settled.which_word = kassa_LanWord_settled_tag;
    settled.word.settled = (kassa_LanSettled){first.seq, 5000};
    say(&settled);
    for (unsigned i = 0; i < ARBITER_USES_MAX; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%u", i);
        assert_int_equal(claim(&second, key, 2, 1, INT64_MAX), kassa_LanVerdict_LAN_GRANTED);
    }
    assert_int_equal(claim(&second, "one more", 2, 1, INT64_MAX), kassa_LanVerdict_LAN_LATER);
    release(&second, "k0");
    assert_int_equal(claim(&second, "again", 2, 1, INT64_MAX), kassa_LanVerdict_LAN_GRANTED);
}

int main(void)
{
    if (vault_open() != ERR_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(arbiter_take__grants_to_one_of_two_and_says_who_has_it, setup),
        cmocka_unit_test_setup(arbiter_take__shares_a_balance_out_to_the_last_point, setup),
        cmocka_unit_test_setup(arbiter_take__frees_what_is_released_and_keeps_what_a_record_carries, setup),
        cmocka_unit_test_setup(arbiter_take__answers_a_word_that_comes_again_as_before_and_changes_nothing,
                               setup),
        cmocka_unit_test_setup(arbiter_take__keeps_a_claim_through_a_power_cut_until_its_till_has_told_all,
                               setup),
        cmocka_unit_test_setup(
            arbiter_take__does_not_free_the_claim_of_a_till_that_came_back_with_an_old_image, setup),
        cmocka_unit_test_setup(arbiter_take__leaves_out_what_the_snapshot_holds, setup),
        cmocka_unit_test_setup(arbiter_take__grants_nothing_before_the_tills_had_time_to_come, setup),
        cmocka_unit_test_setup(arbiter_take__waits_for_all_tills_where_its_storage_is_older_than_they_saw,
                               setup),
        cmocka_unit_test_setup(arbiter_take__stays_in_doubt_through_a_power_cut, setup),
        cmocka_unit_test_setup(arbiter_take__waits_for_as_many_tills_as_there_were, setup),
        cmocka_unit_test_setup(arbiter_take__is_brought_into_doubt_by_a_till_only_once, setup),
        cmocka_unit_test_setup(arbiter_take__believes_a_till_no_more_given_back_than_it_used, setup),
        cmocka_unit_test_setup(arbiter_take__takes_again_what_a_voided_return_gave_back, setup),
        cmocka_unit_test_setup(arbiter_take__lets_no_till_touch_what_another_one_told, setup),
        cmocka_unit_test_setup(arbiter_take__forgets_the_till_that_was_silent_for_longest, setup),
        cmocka_unit_test_setup(arbiter_free_till__frees_what_a_dead_till_had_claimed_and_nothing_else, setup),
        cmocka_unit_test_setup(arbiter_take__knows_no_session_of_before, setup),
        cmocka_unit_test_setup(arbiter_take__undoes_a_voided_receipt, setup),
        cmocka_unit_test_setup(arbiter_take__refuses_what_is_not_well_formed, setup),
        cmocka_unit_test_setup(arbiter_take__puts_off_what_finds_no_room, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
