/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/batch_maker.h"
#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "harness/sim_store.h"
#include "hub/hub.h"
#include "office/authority.h"
#include "vault/vault.h"
#include "wire/topic.h"

#define SAID_MAX 256

/* What the hub said, in order. */
struct said {
    enum topic topic;
    struct topic_parts parts;
    uint8_t payload[40000];
    size_t size;
};

struct room {
    struct folder folder;
    struct seed seed;
    struct sim_store sim;
    struct hub *hub;
    struct transport_handler handler;
    uint64_t now_ms;
    bool is_up;
    bool is_full; /* the line takes nothing more */
    struct said said[SAID_MAX];
    size_t said_count;
    struct batch_maker maker;
    struct authority authority; /* der_size 0: the hub has none */
    bool wants_certificates;
};

static void op_bind(void *self, const struct transport_handler *handler)
{
    ((struct room *)self)->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    (void)self;
    assert_null(will);
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    ((struct room *)self)->is_up = false;
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct room *room = self;
    if (!room->is_up)
        return ERR_CLOSED;
    if (room->is_full)
        return ERR_FULL;
    assert_true(room->said_count < SAID_MAX && payload.size <= sizeof(room->said[0].payload));
    struct said *said = &room->said[room->said_count++];
    ok(topic_read(span_of_text(topic), &said->topic, &said->parts));
    memcpy(said->payload, payload.bytes, payload.size);
    said->size = payload.size;
    return ERR_OK;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)filter;
    return ((struct room *)self)->is_up ? ERR_OK : ERR_CLOSED;
}

static size_t op_in_flight(void *self)
{
    return ((struct room *)self)->is_full ? TRANSPORT_WINDOW : 0;
}

static int64_t wall_unix_ms(void *self)
{
    return (int64_t)((struct room *)self)->now_ms;
}

static uint64_t mono_ms(void *self)
{
    return ((struct room *)self)->now_ms;
}

static void open_hub(struct room *room)
{
    static const struct transport_ops transport_ops = {op_bind,    op_connect,   op_disconnect,
                                                       op_publish, op_subscribe, op_in_flight};
    static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, NULL};
    struct hub_options options = {.burst_messages_max = 100,
                                  .burst_ms_max = 5,
                                  .credit = 1,
                                  .drain_tills_max = 1,
                                  .tills_max = 3,
                                  .poll_ms = 100,
                                  .push_ms = 200,
                                  .wants_certificates = room->wants_certificates,
                                  .certificate_days = 90};
    struct hub_parts parts = {.transport = {&transport_ops, room},
                              .store = sim_store_as_store(&room->sim),
                              .clock = {&clock_ops, room},
                              .random = seed_as_random(&room->seed),
                              .authority = room->authority.der_size > 0 ? &room->authority : NULL};
    ok(hub_open(&options, &parts, &room->hub));
    (void)hub_run(room->hub);
    room->is_up = true;
    room->handler.connected(room->handler.context);
    assert_int_equal(room->said_count, 1); /* that it is there: hub__tells_all_tills_that_it_is_there */
    assert_int_equal(room->said[0].topic, TOPIC_MANIFEST);
    room->said_count = 0;
}

static int set_up(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    assert_non_null(room);
    ok(vault_open());
    room->folder = folder_make();
    room->seed = (struct seed){5};
    room->now_ms = 1000;
    char path[128];
    folder_join(&room->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(64) << 20,
                                      .random = seed_as_random(&room->seed)};
    room->sim.seed = &room->seed;
    ok(store_open(&settings, &room->sim.inner));
    open_hub(room);
    batch_maker_init(&room->maker, "till-1", 11);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    struct room *room = *state;
    hub_close(room->hub);
    store_close(&room->sim.inner);
    folder_remove(&room->folder);
    free(room);
    return 0;
}

static void send(struct room *room, enum topic topic, const char *till, struct span payload)
{
    struct topic_parts parts = {.index = 0};
    char name[TOPIC_SIZE_MAX];
    memcpy(parts.till, till, strlen(till));
    topic_write(topic, &parts, name);
    room->handler.message(room->handler.context, span_of_text(name), payload);
}

static void send_birth(struct room *room, const char *till, uint64_t last_seq)
{
    kassa_TillState state = {.online = true, .incarnation = 11, .last_seq = last_seq, .birth = 7};
    uint8_t out[512];
    size_t size;
    memcpy(state.till, till, strlen(till));
    memcpy(state.store, "store-1", 8);
    ok(wire_encode(kassa_TillState_fields, &state, out, sizeof(out), &size));
    send(room, TOPIC_STATE, till, span_of(out, size));
}

static void send_batch(struct room *room, const char *till, const struct wire_batch *batch)
{
    static uint8_t out[BATCH_SIZE_MAX];
    size_t size;
    ok(wire_batch_encode(batch, out, sizeof(out), &size));
    send(room, TOPIC_UP, till, span_of(out, size));
}

static void run(struct room *room)
{
    room->now_ms += 100;
    (void)hub_run(room->hub);
}

static kassa_Ack last_ack(const struct room *room)
{
    kassa_Ack ack = kassa_Ack_init_zero;
    assert_true(room->said_count > 0);
    const struct said *said = &room->said[room->said_count - 1];
    assert_int_equal(said->topic, TOPIC_ACK);
    ok(wire_decode(kassa_Ack_fields, span_of(said->payload, said->size), &ack));
    return ack;
}

static void hub__tells_all_tills_that_it_is_there(void **state)
{
    struct room *room = *state;
    room->is_full = true;
    room->handler.disconnected(room->handler.context, ERR_CLOSED);
    room->handler.connected(room->handler.context);
    assert_int_equal(room->said_count, 0);
    room->is_full = false;
    run(room);
    assert_int_equal(room->said_count, 1);
    assert_int_equal(room->said[0].topic, TOPIC_MANIFEST);
    assert_int_equal(room->said[0].size, 0); /* there is no root: no news of books */
    run(room);
    assert_int_equal(room->said_count, 1);
}

static void hub__says_nothing_before_the_commit(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 3);
    assert_int_equal(room->said_count, 0);
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 1);
    assert_int_equal(last_ack(room).birth, 7);
}

static void hub__says_nothing_when_the_commit_fails(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 3);
    hub_flush(room->hub);
    room->sim.is_crashed = true;
    const struct wire_batch *batch = batch_maker_taps(&room->maker, 3);
    send_batch(room, "till-1", batch);
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 1);
    room->sim.is_crashed = false;
    send_batch(room, "till-1", batch);
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).hw, 3);
}

static void hub__answers_a_burst_with_one_cumulative_acknowledgement(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 9);
    hub_flush(room->hub);
    for (unsigned i = 0; i < 3; i++)
        send_batch(room, "till-1", batch_maker_taps(&room->maker, 3));
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 2);
    assert_int_equal(last_ack(room).hw, 9);
}

static void hub__does_not_lose_a_refusal_behind_a_later_success(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 9);
    hub_flush(room->hub);
    static struct batch_maker other;
    other = room->maker;
    send_batch(room, "till-1", batch_maker_taps(&room->maker, 2));
    batch_maker_begin(&other);
    batch_maker_add_raw(&other, span_of("x", 1));
    send_batch(room, "till-1", batch_maker_end(&other));
    send_batch(room, "till-1", batch_maker_taps(&room->maker, 2));
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).status, kassa_AckStatus_ACK_FORK);
}

static void hub__drops_what_is_not_its_senders(void **state)
{
    struct room *room = *state;
    struct hub_counters counters;
    send_birth(room, "till-1", 9);
    send_batch(room, "till-2", batch_maker_taps(&room->maker, 2)); /* till-1's batch on till-2's topic */
    send(room, TOPIC_UP, "till-1", span_of_text("\xff\xff not a batch"));
    send(room, TOPIC_REQUEST, "till-1", span_of_text(""));
    hub_flush(room->hub);
    hub_get_counters(room->hub, &counters);
    assert_int_equal(counters.bad_messages, 3);
    assert_int_equal(counters.batches, 0);
    assert_int_equal(room->said_count, 1);
}

static void hub__drops_what_is_too_long_without_harm_to_others(void **state)
{
    struct room *room = *state;
    static uint8_t long_payload[16 << 20];
    send_birth(room, "till-1", 9);
    send(room, TOPIC_UP, "till-2", span_of(long_payload, sizeof(long_payload)));
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 1);
}

static void hub__speaks_with_no_more_tills_than_it_may(void **state)
{
    struct room *room = *state;
    const char *const tills[] = {"till-1", "till-2", "till-3", "till-4"};
    for (unsigned i = 0; i < 4; i++)
        send_birth(room, tills[i], 0);
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 3);
}

static void hub__lets_the_small_backlog_pass_the_long_ones(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 100000);
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).status, kassa_AckStatus_ACK_OK);
    send_birth(room, "till-2", 100000);
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).status, kassa_AckStatus_ACK_THROTTLE);
    assert_true(last_ack(room).throttle_ms > 0);
    send_birth(room, "till-3", 10);
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).status, kassa_AckStatus_ACK_OK);
    send_batch(room, "till-1", batch_maker_taps(&room->maker, 1)); /* its last one: no backlog any more */
    hub_flush(room->hub);
    send_birth(room, "till-2", 100000);
    hub_flush(room->hub);
    assert_int_equal(last_ack(room).status, kassa_AckStatus_ACK_OK);
}

static void hub__keeps_acknowledgements_until_the_line_takes_them(void **state)
{
    struct room *room = *state;
    room->is_full = true;
    send_birth(room, "till-1", 3);
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 0);
    room->is_full = false;
    run(room);
    assert_int_equal(last_ack(room).birth, 7);
}

static void put_members(struct room *room, unsigned count)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(room->sim.inner, STORE_WRITE, &txn));
    for (unsigned i = 0; i < count; i++) {
        crm_Member member = crm_Member_init_zero;
        member.has_member = true;
        member.member.id.size = MEMBER_SIZE;
        member.member.id.bytes[0] = (uint8_t)(i >> 8);
        member.member.id.bytes[1] = (uint8_t)i;
        member.member.personal_count = 1;
        member.member.personal[0].envelope.size = 44;
        uint8_t key[MEMBER_KEY_SIZE] = {1};
        ok(crm_member_key_put(&txn, member.member.id.bytes, key));
        member.member.consents_count = 1;
        memcpy(member.member.consents[0].purpose, "personal_offers", 16);
        member.member.consents[0].given = i % 2 == 0;
        ok(crm_member_put(&txn, &member));
    }
    ok(store_commit(&txn));
}

static void erase_member(struct room *room, uint8_t number)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    const uint8_t id[MEMBER_SIZE] = {0, number};
    ok(store_begin(room->sim.inner, STORE_WRITE, &txn));
    ok(crm_member_erase(&txn, id, 77));
    ok(store_commit(&txn));
}

/* Reads one update; answers how many members it holds. */
static size_t expect_update(const struct said *said, uint64_t *version)
{
    static uint8_t block[1 << 20];
    struct arena arena = arena_of(block, sizeof(block));
    struct wire_member_updates updates;
    assert_int_equal(said->topic, TOPIC_MEMBERS);
    assert_true(said->size <= MEMBER_UPDATE_SIZE_MAX);
    ok(wire_member_updates_decode(span_of(said->payload, said->size), &arena, &updates));
    assert_int_equal(updates.head.from_version, *version);
    *version = updates.head.to_version;
    for (size_t i = 0; i < updates.member_count; i++) { /* no name and no key without consent */
        assert_int_equal(updates.members[i].personal_count, updates.members[i].consents[0].given ? 1 : 0);
        assert_int_equal(updates.members[i].key.size,
                         updates.members[i].consents[0].given ? MEMBER_KEY_SIZE : 0);
    }
    return updates.member_count;
}

static size_t members_told(const struct room *room)
{
    uint64_t version = 0;
    size_t members = 0;
    for (size_t i = 0; i < room->said_count; i++) {
        if (room->said[i].topic == TOPIC_MEMBERS)
            members += expect_update(&room->said[i], &version);
    }
    return members;
}

static size_t tell_all_members(struct room *room, const char *till)
{
    kassa_Request request = {.id = 1, .which_question = kassa_Request_members_from_tag};
    uint8_t out[256];
    size_t size;
    memcpy(request.till, till, strlen(till));
    memcpy(request.store, "store-1", 8);
    ok(wire_encode(kassa_Request_fields, &request, out, sizeof(out), &size));
    room->said_count = 0;
    send(room, TOPIC_REQUEST, till, span_of(out, size));
    for (unsigned i = 0; i < 10; i++)
        run(room);
    return members_told(room);
}

/* Who was erased before it came is nothing to a till that has nothing; whom it was asked to erase it confirms, though its
 * cache is new. */
static void hub__tells_a_new_till_of_nobody_who_was_erased_before_it(void **state)
{
    struct room *room = *state;
    put_members(room, 3);
    erase_member(room, 1); /* nobody is there to be asked */
    run(room);
    send_birth(room, "till-1", 0);
    hub_flush(room->hub);
    assert_int_equal(tell_all_members(room, "till-1"), 2);
    erase_member(room, 2);
    run(room);
    assert_int_equal(tell_all_members(room, "till-1"), 2); /* one who lives, one to be erased */
    send_birth(room, "till-2", 0);
    hub_flush(room->hub);
    assert_int_equal(tell_all_members(room, "till-2"), 1);
}

static void hub__pushes_all_members_in_updates_that_build_on_each_other(void **state)
{
    struct room *room = *state;
    send_birth(room, "till-1", 0);
    hub_flush(room->hub);
    put_members(room, 1000);
    for (unsigned i = 0; i < 50; i++)
        run(room);
    uint64_t version = 0;
    size_t members = 0;
    for (size_t i = 1; i < room->said_count; i++)
        members += expect_update(&room->said[i], &version);
    assert_int_equal(members, 1000);
    assert_int_equal(version, 1000);
    size_t said_count = room->said_count;
    for (unsigned i = 0; i < 10; i++)
        run(room);
    assert_int_equal(room->said_count, said_count); /* and then nothing more */
}

/* ---- before a sale */

static void send_question(struct room *room, const char *till, const kassa_Request *question)
{
    uint8_t out[1024];
    size_t size;
    kassa_Request request = *question;
    memcpy(request.till, till, strlen(till));
    ok(wire_encode(kassa_Request_fields, &request, out, sizeof(out), &size));
    send(room, TOPIC_REQUEST, till, span_of(out, size));
}

static kassa_Request reserve_question(uint64_t id, const char *key)
{
    kassa_Request request = {.id = id, .which_question = kassa_Request_reserve_tag};
    kassa_Reserve *reserve = &request.question.reserve;
    memcpy(reserve->key, key, strlen(key));
    reserve->uses_count = 1;
    reserve->uses[0] =
        (kassa_OfferUse){.offer = "first-one", .per = kassa_LimitPer_LIMIT_PER_CHAIN, .amount = 1, .most = 1};
    return request;
}

static uint8_t answer_memory[300000];

static struct wire_answer last_answer(const struct room *room, const char *till)
{
    struct wire_answer answer = {.kind = WIRE_ANSWER_RESERVATION};
    struct arena arena = arena_of(answer_memory, sizeof(answer_memory));
    assert_true(room->said_count > 0);
    const struct said *said = &room->said[room->said_count - 1];
    assert_int_equal(said->topic, TOPIC_ANSWER);
    assert_string_equal(said->parts.till, till);
    ok(wire_answer_decode(span_of(said->payload, said->size), &arena, &answer));
    return answer;
}

static void hub__grants_what_is_limited_to_one_of_two_tills_after_the_commit(void **state)
{
    struct room *room = *state;
    kassa_Request first = reserve_question(5, "a"), second = reserve_question(6, "b");
    send_question(room, "till-1", &first);
    send_question(room, "till-2", &second);
    assert_int_equal(room->said_count, 0);
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 2);
    struct wire_answer answer = last_answer(room, "till-2");
    assert_true(answer.head.request == 6);
    assert_int_equal(answer.reservation.status, kassa_ReserveStatus_RESERVE_REFUSED);
    room->said_count--;
    answer = last_answer(room, "till-1");
    assert_true(answer.head.request == 5);
    assert_int_equal(answer.reservation.status, kassa_ReserveStatus_RESERVE_GRANTED);
}

static void hub__grants_nothing_when_the_commit_fails_and_all_when_asked_again(void **state)
{
    struct room *room = *state;
    kassa_Request first = reserve_question(5, "a");
    send_question(room, "till-1", &first);
    room->sim.is_crashed = true;
    hub_flush(room->hub);
    assert_int_equal(room->said_count, 0);
    room->sim.is_crashed = false;
    send_question(room, "till-1", &first);
    hub_flush(room->hub);
    assert_int_equal(last_answer(room, "till-1").reservation.status, kassa_ReserveStatus_RESERVE_GRANTED);
    send_question(room, "till-1", &first); /* and once more, since an answer may be lost */
    hub_flush(room->hub);
    assert_int_equal(last_answer(room, "till-1").reservation.status, kassa_ReserveStatus_RESERVE_GRANTED);
    kassa_Request release = {.id = 8, .which_question = kassa_Request_release_tag};
    release.question.release.key[0] = 'a';
    send_question(room, "till-1", &release);
    hub_flush(room->hub);
    assert_int_equal(last_answer(room, "till-1").reservation.status, kassa_ReserveStatus_RESERVE_RELEASED);
}

static void hub__finds_a_receipt_for_another_till(void **state)
{
    struct room *room = *state;
    kassa_Line line;
    send_birth(room, "till-1", 1);
    hub_flush(room->hub);
    batch_maker_begin(&room->maker);
    struct wire_record sale = batch_maker_receipt(&room->maker, 41, 500, &line);
    batch_maker_add(&room->maker, &sale);
    send_batch(room, "till-1", batch_maker_end(&room->maker));
    kassa_Request request = {.id = 9, .which_question = kassa_Request_receipt_tag};
    request.question.receipt = sale.body.receipt.head.id;
    hub_flush(room->hub);
    send_question(room, "till-2", &request);
    run(room);
    struct wire_answer answer = last_answer(room, "till-2");
    assert_true(answer.kind == WIRE_ANSWER_RECEIPT && answer.receipt.head.found);
    struct arena arena = arena_of(answer_memory + 100000, sizeof(answer_memory) - 100000);
    struct wire_record record;
    ok(wire_record_decode(answer.receipt.record, &arena, &record));
    assert_int_equal(record.body.receipt.head.total_minor, 500);
    request.question.receipt.number = 42;
    send_question(room, "till-2", &request);
    run(room);
    assert_false(last_answer(room, "till-2").receipt.head.found);
}

static kassa_GiftFound ask_gift(struct room *room, uint64_t id, uint8_t account)
{
    kassa_Request request = {.id = id, .which_question = kassa_Request_gift_tag};
    request.question.gift.size = TOKEN_SIZE;
    memset(request.question.gift.bytes, account, TOKEN_SIZE);
    room->said_count = 0;
    send_question(room, "till-1", &request);
    (void)hub_run(room->hub);
    struct wire_answer answer = last_answer(room, "till-1");
    assert_int_equal(answer.kind, WIRE_ANSWER_GIFT);
    assert_true(answer.head.request == id);
    return answer.gift;
}

static void hub__tells_what_is_on_a_gift_card_and_goes_slowly_with_guesses(void **state)
{
    struct room *room = *state;
    kassa_Line line;
    send_birth(room, "till-1", 1);
    hub_flush(room->hub);
    batch_maker_begin(&room->maker);
    struct wire_record sale = batch_maker_receipt(&room->maker, 41, 500, &line);
    kassa_Receipt *head = &sale.body.receipt.head;
    head->has_loyalty = true;
    head->loyalty.gifts_count = 1;
    head->loyalty.gifts[0].amount_minor = 500;
    head->loyalty.gifts[0].account.size = TOKEN_SIZE;
    memset(head->loyalty.gifts[0].account.bytes, 7, TOKEN_SIZE);
    batch_maker_add(&room->maker, &sale);
    send_batch(room, "till-1", batch_maker_end(&room->maker));
    hub_flush(room->hub);
    for (uint64_t i = 0; i < 100; i++) { /* a card that there is may be asked for at will */
        kassa_GiftFound found = ask_gift(room, 10 + i, 7);
        assert_true(found.found && found.available_minor == 500);
    }
    unsigned answered = 0;
    for (uint8_t i = 0; i < 100; i++)
        answered += ask_gift(room, 200 + i, (uint8_t)(100 + i)).refused ? 0 : 1;
    assert_in_range(answered, 29, 31);
    assert_true(ask_gift(room, 300, 7).refused);
    room->now_ms += 10000;
    assert_true(ask_gift(room, 301, 7).found);
}

static enum err note_certificate(struct room *room, const char *name, const uint8_t *public_key)
{
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    struct authority_terms terms = {.use = VAULT_USE_CLIENT,
                                    .name = name,
                                    .address = "",
                                    .public_key = public_key,
                                    .days = 1,
                                    .now_unix_s = (int64_t)room->now_ms / 1000};
    crm_Certificate row;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(authority_certify(&room->authority, &terms, seed_as_random(&room->seed), &der, &row));
    TRY(store_begin(room->sim.inner, STORE_WRITE, &txn));
    TRY(crm_certificate_add(&txn, &row));
    return store_commit(&txn);
}

/* A hub whose tills are certified, by an authority that it has or (after that) has not. */
static void open_hub_of_a_chain(struct room *room, bool has_authority, struct vault_key_pair *out_till)
{
    hub_close(room->hub);
    room->now_ms = UINT64_C(1795000000000);
    room->wants_certificates = true;
    ok(authority_create("Example Markets", 3650, (int64_t)room->now_ms / 1000, seed_as_random(&room->seed),
                        &room->authority));
    ok(vault_generate_key_pair(out_till));
    ok(note_certificate(room, "till-1", out_till->public_key));
    ok(note_certificate(room, "till-2", out_till->public_key));
    room->authority.der_size = has_authority ? room->authority.der_size : 0;
    open_hub(room);
    send_birth(room, "till-1", 1);
    hub_flush(room->hub);
}

static kassa_Renewed ask_renewal(struct room *room, const char *till, const char *name,
                                 const struct vault_key_pair *keys)
{
    kassa_Request request = {.id = 77, .which_question = kassa_Request_renew_tag};
    struct vault_buffer der = {request.question.renew.bytes, sizeof(request.question.renew.bytes), 0};
    ok(vault_request_make(keys->private_key, name, &der));
    request.question.renew.size = (pb_size_t)der.size;
    room->said_count = 0;
    send_question(room, till, &request);
    (void)hub_run(room->hub);
    struct wire_answer answer = last_answer(room, till);
    assert_int_equal(answer.kind, WIRE_ANSWER_RENEWED);
    assert_true(answer.head.request == 77);
    return answer.renewed;
}

static bool count_rows(void *context, const crm_Certificate *row)
{
    (void)row;
    ++*(unsigned *)context;
    return true;
}

static unsigned count_certificates(struct room *room, const char *till)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    unsigned count = 0;
    ok(store_begin(room->sim.inner, STORE_READ, &txn));
    ok(crm_certificate_scan(&txn, till, count_rows, &count));
    return count;
}

static void hub__certifies_a_new_key_of_a_till_under_its_own_name_and_no_other(void **state)
{
    struct room *room = *state;
    struct vault_key_pair old, new;
    struct vault_certificate read;
    open_hub_of_a_chain(room, true, &old);
    ok(vault_generate_key_pair(&new));
    kassa_Renewed renewed = ask_renewal(room, "till-1", "till-1", &new);
    assert_int_equal(renewed.status, kassa_RenewStatus_RENEW_GRANTED);
    struct span der = span_of(renewed.certificate.bytes, renewed.certificate.size);
    ok(vault_certificate_check(der, room->authority.certificate.public_key));
    ok(vault_certificate_read(der, &read));
    assert_string_equal(read.name, "till-1");
    assert_int_equal(read.use, VAULT_USE_CLIENT);
    assert_memory_equal(read.public_key, new.public_key, sizeof(new.public_key));
    assert_true(read.until_unix_s == (int64_t)room->now_ms / 1000 + INT64_C(90) * 86400);
    assert_int_equal(count_certificates(room, "till-1"), 2);
    static const char *const others[] = {"till-2", "kassa-hub", "+"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(ask_renewal(room, "till-1", others[i], &new).status,
                         kassa_RenewStatus_RENEW_REFUSED);
    assert_int_equal(count_certificates(room, "till-1"), 2);
    assert_int_equal(count_certificates(room, "till-2"), 1);
}

static void hub__certifies_a_till_only_so_often(void **state)
{
    struct room *room = *state;
    struct vault_key_pair old;
    unsigned granted = 0;
    open_hub_of_a_chain(room, true, &old);
    for (unsigned i = 0; i < 20; i++)
        granted += ask_renewal(room, "till-1", "till-1", &old).status == kassa_RenewStatus_RENEW_GRANTED;
    assert_int_equal(granted, 10);
    assert_int_equal(ask_renewal(room, "till-2", "till-2", &old).status, kassa_RenewStatus_RENEW_GRANTED);
    room->now_ms += 600000;
    assert_int_equal(ask_renewal(room, "till-1", "till-1", &old).status, kassa_RenewStatus_RENEW_GRANTED);
}

static void hub__certifies_nobody_whose_certificates_are_revoked_or_over(void **state)
{
    struct room *room = *state;
    struct vault_key_pair old;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    size_t count;
    open_hub_of_a_chain(room, true, &old);
    ok(store_begin(room->sim.inner, STORE_WRITE, &txn));
    ok(crm_certificate_revoke(&txn, "till-1", (int64_t)room->now_ms, &count));
    ok(store_commit(&txn));
    /* The hub has looked within the second: the store has the last word. */
    assert_int_equal(ask_renewal(room, "till-1", "till-1", &old).status, kassa_RenewStatus_RENEW_REFUSED);
    assert_int_equal(count_certificates(room, "till-1"), 1);
    room->now_ms += UINT64_C(2) * 86400 * 1000; /* till-2's is over */
    kassa_Request request = {.id = 78, .which_question = kassa_Request_renew_tag};
    room->said_count = 0;
    send_question(room, "till-2", &request);
    (void)hub_run(room->hub);
    assert_int_equal(room->said_count, 0);
}

static void hub__says_so_if_it_certifies_nobody(void **state)
{
    struct room *room = *state;
    struct vault_key_pair old;
    open_hub_of_a_chain(room, false, &old);
    assert_int_equal(ask_renewal(room, "till-1", "till-1", &old).status, kassa_RenewStatus_RENEW_UNSUPPORTED);
    assert_int_equal(count_certificates(room, "till-1"), 1);
}

/* The store has one transaction at a time: whom the hub looks at amid a burst it asks about in the burst's own. */
static void hub__looks_who_is_certified_while_a_burst_is_open(void **state)
{
    struct room *room = *state;
    struct vault_key_pair old;
    struct hub_counters counters;
    open_hub_of_a_chain(room, true, &old);
    room->said_count = 0;
    send_birth(room, "till-1", 1);
    send_birth(room, "till-2", 1); /* the first that is heard of it */
    send_birth(room, "till-3", 1); /* nobody certified it */
    hub_flush(room->hub);
    hub_get_counters(room->hub, &counters);
    assert_int_equal(counters.bad_messages, 1);
    assert_int_equal(room->said_count, 2);
    assert_string_equal(room->said[1].parts.till, "till-2");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(hub__tells_all_tills_that_it_is_there),
        CASE(hub__says_nothing_before_the_commit),
        CASE(hub__says_nothing_when_the_commit_fails),
        CASE(hub__answers_a_burst_with_one_cumulative_acknowledgement),
        CASE(hub__does_not_lose_a_refusal_behind_a_later_success),
        CASE(hub__drops_what_is_not_its_senders),
        CASE(hub__drops_what_is_too_long_without_harm_to_others),
        CASE(hub__speaks_with_no_more_tills_than_it_may),
        CASE(hub__lets_the_small_backlog_pass_the_long_ones),
        CASE(hub__keeps_acknowledgements_until_the_line_takes_them),
        CASE(hub__pushes_all_members_in_updates_that_build_on_each_other),
        CASE(hub__tells_a_new_till_of_nobody_who_was_erased_before_it),
        CASE(hub__grants_what_is_limited_to_one_of_two_tills_after_the_commit),
        CASE(hub__grants_nothing_when_the_commit_fails_and_all_when_asked_again),
        CASE(hub__finds_a_receipt_for_another_till),
        CASE(hub__tells_what_is_on_a_gift_card_and_goes_slowly_with_guesses),
        CASE(hub__certifies_a_new_key_of_a_till_under_its_own_name_and_no_other),
        CASE(hub__certifies_a_till_only_so_often),
        CASE(hub__certifies_nobody_whose_certificates_are_revoked_or_over),
        CASE(hub__says_so_if_it_certifies_nobody),
        CASE(hub__looks_who_is_certified_while_a_burst_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
