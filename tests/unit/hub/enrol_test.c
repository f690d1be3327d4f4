/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's desk for tills that have no certificate yet, while strangers ask it what they like. */
#include "hub/enrol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "office/enrolment.h"
#include "wire/message.h"
#include "wire/topic.h"

#define NOW_MS  INT64_C(1795000020000)
#define HOUR_MS INT64_C(3600000)
#define TILL    "real0001"

struct desk {
    struct folder folder;
    struct store inner, store;
    struct store_ops ops;
    struct seed seed;
    struct authority authority;
    struct invitation_keys keys;
    struct vault_key_pair till;
    struct hub_enrol_desk *desk;
    struct transport_handler handler;
    uint64_t now_mono_ms;
    unsigned writes, answers, granted; /* granted: of the real till */
};

/* ---- a store that counts what is written to */

static enum err op_begin(void *self, enum store_mode mode, void **out_txn)
{
    struct desk *desk = self;
    desk->writes += mode == STORE_WRITE ? 1 : 0;
    return desk->inner.ops->begin(desk->inner.self, mode, out_txn);
}

static enum err op_end(void *self, void *txn, enum store_ending ending)
{
    struct desk *desk = self;
    return desk->inner.ops->end(desk->inner.self, txn, ending);
}

/* ---- a line that is up */

static void op_bind(void *self, const struct transport_handler *handler)
{
    ((struct desk *)self)->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    (void)self;
    (void)will;
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    (void)self;
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct desk *desk = self;
    kassa_EnrolAnswer answer;
    ok(wire_decode(kassa_EnrolAnswer_fields, payload, &answer));
    desk->answers++;
    if (strstr(topic, TILL) != NULL && answer.status == kassa_EnrolStatus_ENROL_GRANTED)
        desk->granted++;
    return ERR_OK;
}

static enum err op_subscribe(void *self, const char *filter)
{
    (void)self;
    (void)filter;
    return ERR_OK;
}

static size_t op_in_flight(void *self)
{
    (void)self;
    return 0;
}

static uint64_t mono_ms(void *self)
{
    return ((struct desk *)self)->now_mono_ms;
}

static int64_t wall_unix_ms(void *self)
{
    (void)self;
    return NOW_MS;
}

static void invite(struct desk *desk)
{
    static const uint8_t token[INVITATION_TOKEN_SIZE] = {1, 2, 3};
    crm_Invitation row = {.until_unix_ms = NOW_MS + HOUR_MS, .created_unix_ms = NOW_MS};
    struct store_txn txn;
    ok(invitation_keys_of(token, &desk->keys));
    memcpy(row.till, "till-1", 7);
    memcpy(row.store, "store-1", 8);
    row.id.size = INVITATION_ID_SIZE;
    memcpy(row.id.bytes, desk->keys.id, INVITATION_ID_SIZE);
    row.proof_key.size = INVITATION_KEY_SIZE;
    memcpy(row.proof_key.bytes, desk->keys.proof, INVITATION_KEY_SIZE);
    ok(store_begin(desk->inner, STORE_WRITE, &txn));
    ok(crm_invitation_put(&txn, &row));
    ok(store_commit(&txn));
}

static int open_desk(void **state)
{
    static const struct transport_ops line = {.bind = op_bind,
                                              .connect = op_connect,
                                              .disconnect = op_disconnect,
                                              .publish = op_publish,
                                              .subscribe = op_subscribe,
                                              .in_flight = op_in_flight};
    static const struct clock_ops clock = {.mono_ms = mono_ms, .wall_unix_ms = wall_unix_ms};
    static const struct hub_options options = {.backoff_ms_max = 1, .certificate_days = 90};
    struct desk *desk = calloc(1, sizeof(*desk));
    assert_non_null(desk);
    ok(vault_open());
    desk->folder = folder_make();
    desk->seed = seed_of_environment();
    char path[128];
    folder_join(&desk->folder, "store", path);
    struct store_settings settings = {
        .kind = "lmdb", .path = path, .map_size_bytes = 1 << 24, .random = seed_as_random(&desk->seed)};
    ok(store_open(&settings, &desk->inner));
    desk->ops = *desk->inner.ops;
    desk->ops.begin = op_begin;
    desk->ops.end = op_end;
    desk->store = (struct store){&desk->ops, desk};
    ok(authority_create("Example Markets", 3650, NOW_MS / 1000, seed_as_random(&desk->seed),
                        &desk->authority));
    ok(vault_generate_key_pair(&desk->till));
    invite(desk);
    struct hub_parts parts = {.transport = {&line, desk},
                              .store = desk->store,
                              .clock = {&clock, desk},
                              .random = seed_as_random(&desk->seed),
                              .authority = &desk->authority};
    ok(hub_enrol_open(&options, &parts, &desk->desk));
    (void)hub_enrol_run(desk->desk);
    desk->handler.connected(desk->handler.context);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    hub_enrol_close(desk->desk);
    store_close(&desk->inner);
    folder_remove(&desk->folder);
    free(desk);
    return 0;
}

static void send(struct desk *desk, const char *client, const kassa_EnrolRequest *request)
{
    uint8_t bytes[2048];
    size_t size;
    struct topic_parts parts = {.index = 0};
    char topic[TOPIC_SIZE_MAX];
    (void)snprintf(parts.till, sizeof(parts.till), "%s", client);
    topic_write(TOPIC_ENROL, &parts, topic);
    ok(wire_encode(kassa_EnrolRequest_fields, request, bytes, sizeof(bytes), &size));
    desk->handler.message(desk->handler.context, span_of_text(topic), span_of(bytes, size));
}

static kassa_EnrolRequest real_request(const struct desk *desk)
{
    kassa_EnrolRequest request = kassa_EnrolRequest_init_zero;
    struct vault_buffer der = {request.request.bytes, sizeof(request.request.bytes), 0};
    ok(vault_request_make(desk->till.private_key, "till-1", &der));
    request.request.size = (pb_size_t)der.size;
    request.invitation.size = INVITATION_ID_SIZE;
    memcpy(request.invitation.bytes, desk->keys.id, INVITATION_ID_SIZE);
    request.proof.size = HASH_SIZE;
    ok(invitation_prove_request(desk->keys.proof, span_of(der.bytes, der.size), request.proof.bytes));
    return request;
}

/* A stranger's: an invitation that there is not, or the real one's id with a wrong proof. */
static void send_strange(struct desk *desk, const kassa_EnrolRequest *real, unsigned number, bool guesses)
{
    char client[16];
    kassa_EnrolRequest request = *real;
    (void)snprintf(client, sizeof(client), "s%07u", number);
    if (guesses)
        request.proof.bytes[0] ^= 1;
    else
        memcpy(request.invitation.bytes, &number, sizeof(number));
    send(desk, client, &request);
}

static void hub_enrol__answers_a_till_in_the_midst_of_a_flood(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest real = real_request(desk);
    for (unsigned i = 1; i <= 5000; i++) {
        send_strange(desk, &real, i, false);
        if (i % 50 == 0)
            (void)hub_enrol_run(desk->desk);
    }
    assert_int_equal(desk->writes, 0);
    assert_true(desk->answers <= 40); /* who asks so is told so, now and then */
    send(desk, TILL, &real);
    for (unsigned i = 0; i < 60; i++)
        send_strange(desk, &real, 6000 + i, false);
    (void)hub_enrol_run(desk->desk);
    assert_int_equal(desk->granted, 1);
    assert_int_equal(desk->writes, 1);
    struct hub_enrol_counters counters;
    hub_enrol_get_counters(desk->desk, &counters);
    assert_int_equal(counters.certified, 1);
}

/* Who has heard its id on the line can block an invitation, as before, and costs no more writes than that takes. */
static void hub_enrol__writes_no_more_than_an_invitation_bears_wrong_proofs(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest real = real_request(desk);
    for (unsigned i = 1; i <= 200; i++) {
        send_strange(desk, &real, i, true);
        desk->now_mono_ms += 3000;
        (void)hub_enrol_run(desk->desk);
    }
    assert_int_equal(desk->writes, ENROLMENT_WRONG_MAX);
    assert_true(desk->answers > 150);
    send(desk, TILL, &real);
    (void)hub_enrol_run(desk->desk);
    assert_int_equal(desk->granted, 0);
}

/* The same till asks again and again while it waits, under new names: one place, one answer. */
static void hub_enrol__keeps_one_place_an_invitation(void **state)
{
    struct desk *desk = *state;
    kassa_EnrolRequest real = real_request(desk);
    for (unsigned i = 0; i < 40; i++) {
        char client[16];
        (void)snprintf(client, sizeof(client), "again%03u", i);
        send(desk, client, &real);
    }
    send(desk, TILL, &real);
    (void)hub_enrol_run(desk->desk);
    assert_int_equal(desk->answers, 1);
    assert_int_equal(desk->granted, 1);
}

#define ON_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DESK(hub_enrol__answers_a_till_in_the_midst_of_a_flood),
        ON_DESK(hub_enrol__writes_no_more_than_an_invitation_bears_wrong_proofs),
        ON_DESK(hub_enrol__keeps_one_place_an_invitation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
