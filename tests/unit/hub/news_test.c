/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub says of books under a root of trust, and what it does with what tills say of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/batch_maker.h"
#include "harness/folder.h"
#include "harness/ok.h"
#include "harness/seed.h"
#include "hub/hub.h"
#include "office/book_json.h"
#include "office/publishing.h"
#include "office/root_desk.h"
#include "wire/record.h"
#include "wire/topic.h"

#define SAID_MAX 64
#define TILLS    20
#define HOUR_MS  UINT64_C(3600000)
#define NOW      UINT64_C(1700000000000)

struct said {
    enum topic topic;
    struct topic_parts parts;
    uint8_t payload[20000];
    size_t size;
};

struct desk {
    struct folder folder;
    struct seed seed;
    struct store store;
    struct hub *hub;
    struct transport_handler handler;
    uint64_t now_ms;
    bool is_up;
    struct said said[SAID_MAX];
    size_t said_count;
    unsigned chunks; /* to all */
    struct vault_key_pair anna, ben, key;
    bool has_key; /* the hub */
    uint64_t births;
    struct batch_maker makers[TILLS];
};

static void op_bind(void *self, const struct transport_handler *handler)
{
    ((struct desk *)self)->handler = *handler;
}

static enum err op_connect(void *self, const struct transport_will *will)
{
    (void)self;
    assert_null(will);
    return ERR_OK;
}

static void op_disconnect(void *self)
{
    ((struct desk *)self)->is_up = false;
}

static enum err op_publish(void *self, const char *topic, struct span payload)
{
    struct desk *desk = self;
    enum topic kind;
    struct topic_parts parts;
    ok(topic_read(span_of_text(topic), &kind, &parts));
    desk->chunks += kind == TOPIC_CHUNK ? 1 : 0;
    if (kind != TOPIC_MANIFEST && kind != TOPIC_REPAIR)
        return ERR_OK;
    assert_true(desk->said_count < SAID_MAX && payload.size <= sizeof(desk->said[0].payload));
    struct said *said = &desk->said[desk->said_count++];
    said->topic = kind;
    said->parts = parts;
    memcpy(said->payload, payload.bytes, payload.size);
    said->size = payload.size;
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

static int64_t wall_unix_ms(void *self)
{
    return (int64_t)((struct desk *)self)->now_ms;
}

static uint64_t mono_ms(void *self)
{
    return ((struct desk *)self)->now_ms;
}

static void open_hub(struct desk *desk)
{
    static const struct transport_ops transport_ops = {op_bind,    op_connect,   op_disconnect,
                                                       op_publish, op_subscribe, op_in_flight};
    static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, NULL};
    struct hub_options options = {.burst_messages_max = 100,
                                  .burst_ms_max = 5,
                                  .credit = 1,
                                  .drain_tills_max = 1,
                                  .tills_max = TILLS,
                                  .poll_ms = 100,
                                  .push_ms = 200,
                                  .halt_percent = 20,
                                  .timestamp_hours = 72};
    struct hub_parts parts = {.transport = {&transport_ops, desk},
                              .store = desk->store,
                              .clock = {&clock_ops, desk},
                              .random = seed_as_random(&desk->seed),
                              .timestamp_key = desk->has_key ? desk->key.private_key : NULL};
    ok(hub_open(&options, &parts, &desk->hub));
    (void)hub_run(desk->hub);
    desk->is_up = true;
    desk->handler.connected(desk->handler.context);
}

static void run(struct desk *desk)
{
    desk->now_ms += 100;
    (void)hub_run(desk->hub);
    (void)hub_run(desk->hub);
}

static void publish_sealed_root(struct desk *desk, const kassa_TrustRoot *root)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    struct store_txn txn;
    enum trust_reason reason;
    bool is_unsigned;
    ok(trust_seal(kassa_TrustRoot_fields, root, &sealed));
    ok(trust_sign(&sealed, WIRE_SIGNED_ROOT, desk->anna.private_key));
    ok(store_begin(desk->store, STORE_WRITE, &txn));
    ok(publish_root(&txn, &sealed, (int64_t)desk->now_ms, &reason, &is_unsigned));
    assert_int_equal(reason, TRUST_GOOD);
    ok(store_commit(&txn));
}

static const struct root_terms terms_of_root = {"corner", (int64_t)NOW - 1000,
                                                (int64_t)(NOW + 100000 * HOUR_MS)};

static void put_root(struct desk *desk)
{
    kassa_TrustRoot root;
    ok(root_begin(&terms_of_root, &root));
    ok(root_grant(&root, kassa_TrustRole_TRUST_ROOT, "anna", desk->anna.public_key));
    ok(root_grant(&root, kassa_TrustRole_TRUST_RULES, "anna", desk->anna.public_key));
    ok(root_grant(&root, kassa_TrustRole_TRUST_RULES, "ben", desk->ben.public_key));
    ok(root_grant(&root, kassa_TrustRole_TRUST_TIMESTAMP, "hub", desk->key.public_key));
    root_set_threshold(&root, kassa_TrustRole_TRUST_RULES, 0);
    publish_sealed_root(desk, &root);
}

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    char path[128];
    assert_non_null(desk);
    ok(vault_open());
    desk->folder = folder_make();
    desk->seed = (struct seed){5};
    desk->now_ms = NOW;
    desk->has_key = true;
    ok(vault_generate_key_pair(&desk->anna));
    ok(vault_generate_key_pair(&desk->ben));
    ok(vault_generate_key_pair(&desk->key));
    folder_join(&desk->folder, "store", path);
    struct store_settings settings = {.kind = "lmdb",
                                      .path = path,
                                      .map_size_bytes = UINT64_C(64) << 20,
                                      .random = seed_as_random(&desk->seed)};
    ok(store_open(&settings, &desk->store));
    put_root(desk);
    open_hub(desk);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    hub_close(desk->hub);
    store_close(&desk->store);
    folder_remove(&desk->folder);
    free(desk);
    return 0;
}

/* ---- head office */

static void publish(struct desk *desk, unsigned version, uint32_t share_bp, const char *stores)
{
    char json[512];
    struct findings findings = FINDINGS_NONE;
    struct book_image image;
    struct signed_book parts;
    struct store_txn txn;
    enum trust_reason reason;
    const struct signed_book_terms terms = {.tenant = "corner", .created_unix_ms = (int64_t)desk->now_ms};
    const struct crm_rollout_plan plan = {.share_bp = share_bp, .unix_ms = (int64_t)desk->now_ms};
    (void)snprintf(
        json, sizeof(json),
        "{\"format\": 1, \"version\": %u, \"programme\": \"club\", \"currency\": {\"code\": \"EUR\", "
        "\"exponent\": 2}, \"valid_from\": \"2026-06-01\", %s\"offers\": []}",
        version, stores);
    ok(book_json_compile(span_of_text(json), &findings, &image));
    ok(signed_book_draft(image.bytes, &terms, &parts));
    ok(signed_book_sign(&parts, desk->anna.private_key));
    ok(signed_book_sign(&parts, desk->ben.private_key));
    ok(store_begin(desk->store, STORE_WRITE, &txn));
    ok(publish_book(&txn, &parts, &plan, &reason));
    assert_int_equal(reason, TRUST_GOOD);
    ok(store_commit(&txn));
    book_image_done(&image);
    findings_done(&findings);
}

static crm_Rollout rollout_of(struct desk *desk)
{
    crm_Rollout rollout;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(desk->store, STORE_READ, &txn));
    ok(crm_rollout_get(&txn, &rollout));
    return rollout;
}

static bool count_report(void *context, const crm_BookAtTill *row)
{
    (void)row;
    (*(unsigned *)context)++;
    return true;
}

static unsigned count_reports(struct desk *desk, uint64_t version)
{
    unsigned count = 0;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(desk->store, STORE_READ, &txn));
    ok(crm_book_scan_tills(&txn, version, count_report, &count));
    return count;
}

static void widen(struct desk *desk, uint32_t share_bp)
{
    struct store_txn txn;
    const struct crm_rollout_plan plan = {.share_bp = share_bp, .unix_ms = (int64_t)desk->now_ms};
    ok(store_begin(desk->store, STORE_WRITE, &txn));
    ok(publish_widen(&txn, &plan));
    ok(store_commit(&txn));
}

static void roll_back(struct desk *desk)
{
    struct store_txn txn;
    ok(store_begin(desk->store, STORE_WRITE, &txn));
    ok(publish_roll_back(&txn, "odd", (int64_t)desk->now_ms));
    ok(store_commit(&txn));
}

/* ---- tills */

static void send(struct desk *desk, enum topic topic, const char *till, struct span payload)
{
    struct topic_parts parts = {.index = 0};
    char name[TOPIC_SIZE_MAX];
    memcpy(parts.till, till, strlen(till) + 1);
    topic_write(topic, &parts, name);
    desk->handler.message(desk->handler.context, span_of_text(name), payload);
}

static void name_till(unsigned number, char out[16])
{
    (void)snprintf(out, 16, "till-%u", number);
}

static void be_born(struct desk *desk, unsigned number, uint64_t book)
{
    char till[16];
    uint8_t out[512];
    size_t size;
    name_till(number, till);
    kassa_TillState state = {
        .online = true, .incarnation = 11, .birth = ++desk->births, .book_version = book, .root_version = 1};
    memcpy(state.till, till, strlen(till));
    memcpy(state.store, "s1", 2);
    ok(wire_encode(kassa_TillState_fields, &state, out, sizeof(out), &size));
    send(desk, TOPIC_STATE, till, span_of(out, size));
    hub_flush(desk->hub);
    batch_maker_init(&desk->makers[number - 1], till, 11);
}

static void all_are_born(struct desk *desk, uint64_t book)
{
    for (unsigned number = 1; number <= TILLS; number++)
        be_born(desk, number, book);
    run(desk);
    desk->said_count = 0;
}

static void say(struct desk *desk, unsigned number, struct wire_record record)
{
    static uint8_t out[BATCH_SIZE_MAX];
    char till[16];
    size_t size;
    name_till(number, till);
    batch_maker_begin(&desk->makers[number - 1]);
    batch_maker_add(&desk->makers[number - 1], &record);
    const struct wire_batch *batch = batch_maker_end(&desk->makers[number - 1]);
    ok(wire_batch_encode(batch, out, sizeof(out), &size));
    send(desk, TOPIC_UP, till, span_of(out, size));
    hub_flush(desk->hub);
}

static void say_fault(struct desk *desk, unsigned number, const char *code, uint64_t version)
{
    struct wire_record record = {.head.kind = kassa_RecordKind_RECORD_TILL_FAULT};
    memcpy(record.body.till_fault.code, code, strlen(code) + 1);
    record.body.till_fault.book_version = version;
    say(desk, number, record);
}

static void say_activated(struct desk *desk, unsigned number, uint64_t version)
{
    struct wire_record record = {.head.kind = kassa_RecordKind_RECORD_BOOK_ACTIVATED};
    record.body.book_activated.version = version;
    say(desk, number, record);
}

/* The n-th till (from 1) that is in the share of a book, or is not. */
static unsigned nth_till(uint64_t version, uint32_t share_bp, bool is_within, unsigned n)
{
    for (unsigned number = 1; number <= TILLS; number++) {
        char till[16];
        uint32_t place;
        name_till(number, till);
        ok(trust_place(version, till, &place));
        if ((place < share_bp) == is_within && --n == 0)
            return number;
    }
    fail_msg("there are fewer such tills");
    return 0;
}

/* ---- what was said */

struct heard {
    struct wire_book_news news;
    kassa_Timestamp stamp;
    struct trust_manifest manifest;
    bool has_stamp, has_manifest;
};

static const struct trust_root *root_of(struct desk *desk)
{
    static struct trust_root root;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    ok(store_begin(desk->store, STORE_READ, &txn));
    ok(publish_root_in_force(&txn, &root));
    return &root;
}

static struct heard hear(struct desk *desk, const struct said *said)
{
    static uint8_t block[100000];
    struct arena arena = arena_of(block, sizeof(block));
    struct heard heard = {.has_stamp = false};
    kassa_Signed sealed = kassa_Signed_init_zero;
    ok(wire_book_news_decode(span_of(said->payload, said->size), &arena, &heard.news));
    heard.has_stamp = heard.news.timestamp.size > 0;
    if (heard.has_stamp) {
        ok(wire_decode(kassa_Signed_fields, heard.news.timestamp, &sealed));
        assert_int_equal(trust_read_timestamp(root_of(desk), &sealed, &heard.stamp), TRUST_GOOD);
    }
    heard.has_manifest = heard.news.manifest.size > 0;
    if (heard.has_manifest) {
        sealed = (kassa_Signed)kassa_Signed_init_zero;
        ok(wire_decode(kassa_Signed_fields, heard.news.manifest, &sealed));
        assert_int_equal(trust_read_manifest(root_of(desk), &sealed, &heard.manifest), TRUST_GOOD);
    }
    return heard;
}

/* The newest timestamp that all were told. */
static kassa_Timestamp last_stamp(struct desk *desk)
{
    for (size_t i = desk->said_count; i-- > 0;) {
        if (desk->said[i].topic != TOPIC_MANIFEST)
            continue;
        struct heard heard = hear(desk, &desk->said[i]);
        assert_true(heard.has_stamp);
        return heard.stamp;
    }
    fail_msg("nothing was told to all");
    return (kassa_Timestamp)kassa_Timestamp_init_zero;
}

static unsigned count_given(struct desk *desk, uint64_t version)
{
    unsigned count = 0;
    for (size_t i = 0; i < desk->said_count; i++) {
        struct heard heard = hear(desk, &desk->said[i]);
        count += desk->said[i].topic == TOPIC_REPAIR && heard.has_manifest &&
                         heard.manifest.body.version == version
                     ? 1
                     : 0;
    }
    return count;
}

/* ---- cases */

static void hub__signs_a_timestamp_of_its_own_and_renews_it_by_itself(void **state)
{
    struct desk *desk = *state;
    kassa_Timestamp first = last_stamp(desk);
    assert_int_equal(first.root_version, 1);
    assert_int_equal(first.expires_unix_ms - first.issued_unix_ms, 72 * HOUR_MS);
    desk->said_count = 0;
    desk->now_ms += 35 * HOUR_MS;
    run(desk);
    assert_int_equal(desk->said_count, 0);
    desk->now_ms += 2 * HOUR_MS;
    run(desk);
    kassa_Timestamp second = last_stamp(desk);
    assert_true(second.issued_unix_ms > first.issued_unix_ms);
    assert_true(second.expires_unix_ms > first.expires_unix_ms);
}

static void hub__signs_later_timestamps_though_its_clock_was_set_back(void **state)
{
    struct desk *desk = *state;
    kassa_Timestamp first = last_stamp(desk);
    hub_close(desk->hub);
    desk->now_ms -= 500;
    desk->said_count = 0;
    open_hub(desk);
    assert_true(last_stamp(desk).issued_unix_ms > first.issued_unix_ms);
}

static void hub__is_back_in_its_time_once_the_key_of_timestamps_was_rotated(void **state)
{
    struct desk *desk = *state;
    struct trust_root before;
    kassa_TrustRoot root;
    hub_close(desk->hub);
    desk->now_ms = NOW + 50000 * HOUR_MS; /* its clock stands years ahead for a moment */
    open_hub(desk);
    hub_close(desk->hub);
    desk->now_ms = NOW + HOUR_MS;
    struct store_txn txn;
    ok(store_begin(desk->store, STORE_READ, &txn));
    ok(publish_root_in_force(&txn, &before));
    store_abort(&txn);
    root_follow(&before.body, &terms_of_root, &root);
    ok(root_remove(&root, "hub"));
    ok(vault_generate_key_pair(&desk->key));
    ok(root_grant(&root, kassa_TrustRole_TRUST_TIMESTAMP, "hub", desk->key.public_key));
    publish_sealed_root(desk, &root);
    desk->said_count = 0;
    open_hub(desk);
    assert_int_equal(last_stamp(desk).issued_unix_ms, desk->now_ms);
}

static void hub__without_its_key_names_no_book_and_goes_on(void **state)
{
    struct desk *desk = *state;
    hub_close(desk->hub);
    desk->has_key = false;
    desk->said_count = 0;
    open_hub(desk);
    assert_int_equal(desk->said_count, 1); /* that it is there */
    assert_false(hear(desk, &desk->said[0]).has_stamp);
    be_born(desk, 1, 0);
    run(desk);
    assert_int_equal(desk->said_count, 2);
}

static void hub__gives_a_book_to_its_share_of_the_tills_alone(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 3400, "");
    run(desk);
    unsigned expected = 0;
    for (unsigned number = 1; number <= TILLS; number++) {
        char till[16];
        uint32_t place;
        name_till(number, till);
        ok(trust_place(2, till, &place));
        expected += place < 3400 ? 1 : 0;
    }
    assert_in_range(expected, 1, TILLS - 1);
    assert_int_equal(count_given(desk, 2), expected);
    kassa_Timestamp stamp = last_stamp(desk);
    assert_int_equal(stamp.rollout, 2);
    assert_int_equal(stamp.books_count, 2);
    assert_int_equal(stamp.books[0].version, 1);
    assert_int_equal(stamp.books[0].share_bp, CRM_SHARE_ALL);
    assert_int_equal(stamp.books[1].share_bp, 3400);
}

static void hub__broadcasts_the_chunks_of_a_book_for_all_and_of_no_other(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    run(desk);
    assert_int_equal(desk->chunks, 1);
    publish(desk, 2, 3400, "");
    run(desk);
    assert_int_equal(desk->chunks, 1);
    widen(desk, CRM_SHARE_ALL);
    run(desk);
    assert_int_equal(desk->chunks, 2);
}

static void hub__gives_a_book_of_other_stores_to_nobody(void **state)
{
    struct desk *desk = *state;
    all_are_born(desk, 0);
    publish(desk, 1, CRM_SHARE_ALL, "\"stores\": [\"s2\"], ");
    run(desk);
    assert_int_equal(count_given(desk, 1), 0);
}

static void hub__tells_a_till_at_its_birth_what_it_lacks(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    run(desk);
    desk->said_count = 0;
    be_born(desk, 1, 0);
    run(desk);
    assert_int_equal(desk->said_count, 1);
    struct heard heard = hear(desk, &desk->said[0]);
    assert_true(heard.has_stamp && heard.has_manifest);
    assert_int_equal(heard.news.root_count, 0); /* it said that it has it */
    be_born(desk, 2, 1);
    run(desk);
    heard = hear(desk, &desk->said[1]);
    assert_true(heard.has_stamp && !heard.has_manifest);
}

/* The till stays at the broker all the while, so that it has no reason to tell its birth again. */
static void hub__tells_a_till_of_the_book_that_came_while_the_hub_was_away(void **state)
{
    struct desk *desk = *state;
    be_born(desk, 1, 0);
    hub_close(desk->hub);
    publish(desk, 1, CRM_SHARE_ALL, "");
    desk->said_count = 0;
    open_hub(desk);
    run(desk);
    assert_int_equal(count_given(desk, 1), 1);
}

static void ask_for_chunks(struct desk *desk, uint64_t version, uint32_t first, uint32_t second)
{
    kassa_Request request = {.id = 9, .which_question = kassa_Request_book_tag};
    uint8_t out[512];
    size_t size;
    memcpy(request.till, "till-1", 7);
    request.question.book =
        (kassa_BookPull){.version = version, .chunks_count = 2, .chunks = {first, second}};
    ok(wire_encode(kassa_Request_fields, &request, out, sizeof(out), &size));
    send(desk, TOPIC_REQUEST, "till-1", span_of(out, size));
    desk->said_count = 0;
    run(desk);
}

static void hub__sends_the_chunks_that_a_till_asks_for_where_there_are_such(void **state)
{
    struct desk *desk = *state;
    be_born(desk, 1, 0);
    publish(desk, 1, CRM_SHARE_ALL, "");
    publish(desk, 2, CRM_SHARE_ALL, "");
    run(desk);
    ask_for_chunks(desk, 2, 0, 500);
    assert_int_equal(desk->said_count, 1); /* there is no chunk 500 */
    assert_int_equal(desk->said[0].topic, TOPIC_REPAIR);
    assert_false(desk->said[0].parts.is_manifest);
    assert_int_equal(desk->said[0].parts.index, 0);
    roll_back(desk);
    run(desk);
    ask_for_chunks(desk, 2, 0, 1);
    assert_int_equal(desk->said_count, 0); /* it stands for nobody any more */
}

static void hub__halts_a_rollout_when_tills_refuse_the_book(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 5000, ""); /* 10 of 20 tills: a fifth of them is 2 */
    run(desk);
    unsigned first = nth_till(2, 5000, true, 1), second = nth_till(2, 5000, true, 2);
    say_fault(desk, nth_till(2, 5000, true, 3), "book.unlisted", 2); /* speaks of the till, not of the book */
    say_fault(desk, nth_till(2, 5000, true, 4), "reader.out", 2);
    say_fault(desk, nth_till(2, 5000, true, 5), "book.faulty", 1); /* of another book */
    say_fault(desk, first, "book.unreadable", 2);
    say_fault(desk, first, "book.unreadable", 2); /* the same till once more */
    assert_int_equal(rollout_of(desk).state, crm_RolloutState_ROLLOUT_RUNNING);
    say_fault(desk, second, "book.faulty", 2);
    crm_Rollout rollout = rollout_of(desk);
    assert_int_equal(rollout.state, crm_RolloutState_ROLLOUT_HALTED);
    assert_true(rollout.by_itself);
    assert_int_equal(rollout.bad_tills, 2);
    desk->said_count = 0;
    run(desk);
    kassa_Timestamp stamp = last_stamp(desk);
    assert_int_equal(stamp.halted_count, 1);
    assert_int_equal(stamp.halted[0], 2);
    assert_int_equal(count_given(desk, 2), 0);
}

static void hub__lets_no_till_halt_a_book_that_is_not_for_it_or_was_never_published(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 5000, "");
    for (unsigned n = 1; n <= 4; n++)
        say_fault(desk, nth_till(2, 5000, false, n), "book.unreadable", 2);
    say_fault(desk, nth_till(2, 5000, true, 1), "book.unreadable", 77);
    assert_int_equal(rollout_of(desk).bad_tills, 0);
    assert_int_equal(count_reports(desk, 77), 0);
    assert_int_equal(count_reports(desk, 2), 4); /* they are shown */
}

static void hub__counts_a_bad_till_once_a_round_and_takes_off_only_whom_it_counted(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 5000, "");
    unsigned outside = nth_till(2, 5000, false, 1), inside = nth_till(2, 5000, true, 1);
    say_fault(desk, outside, "book.unreadable", 2); /* not counted ... */
    say_fault(desk, inside, "book.unreadable", 2);
    widen(desk, CRM_SHARE_ALL);
    assert_int_equal(rollout_of(desk).bad_tills, 0);
    say_activated(desk, outside, 2); /* ... and so not taken off */
    assert_int_equal(rollout_of(desk).bad_tills, 0);
    say_fault(desk, inside, "book.unreadable", 2); /* still bad: it counts in the new round too */
    assert_int_equal(rollout_of(desk).bad_tills, 1);
    say_activated(desk, inside, 2);
    assert_int_equal(rollout_of(desk).bad_tills, 0);
}

static void hub__forgets_what_tills_said_of_books_that_nobody_can_go_back_to(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    say_fault(desk, 1, "book.outlived", 1);
    publish(desk, 2, CRM_SHARE_ALL, "");
    say_activated(desk, 1, 2);
    assert_int_equal(count_reports(desk, 1), 1);
    publish(desk, 3, CRM_SHARE_ALL, "");
    assert_int_equal(count_reports(desk, 1), 0);
    assert_int_equal(count_reports(desk, 2), 1);
}

static void hub__counts_a_till_that_took_the_book_after_all_as_good(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 5000, "");
    unsigned first = nth_till(2, 5000, true, 1);
    say_fault(desk, first, "book.mixed", 2);
    assert_int_equal(rollout_of(desk).bad_tills, 1);
    say_activated(desk, first, 2);
    assert_int_equal(rollout_of(desk).bad_tills, 0);
    say_fault(desk, nth_till(2, 5000, true, 2), "book.faulty", 2);
    assert_int_equal(rollout_of(desk).state, crm_RolloutState_ROLLOUT_RUNNING);
}

static void hub__keeps_a_halt_over_its_restart(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    all_are_born(desk, 1);
    publish(desk, 2, 2000, ""); /* a fifth of four tills: one is enough */
    say_fault(desk, nth_till(2, 2000, true, 1), "book.limit", 2);
    hub_close(desk->hub);
    desk->said_count = 0;
    open_hub(desk);
    run(desk);
    assert_int_equal(rollout_of(desk).state, crm_RolloutState_ROLLOUT_HALTED);
    assert_int_equal(last_stamp(desk).halted[0], 2);
    assert_int_equal(count_given(desk, 2), 0);
}

static void hub__names_the_withdrawn_book_after_a_roll_back(void **state)
{
    struct desk *desk = *state;
    publish(desk, 1, CRM_SHARE_ALL, "");
    publish(desk, 2, CRM_SHARE_ALL, "");
    all_are_born(desk, 2);
    roll_back(desk);
    run(desk);
    kassa_Timestamp stamp = last_stamp(desk);
    assert_int_equal(stamp.withdrawn_count, 1);
    assert_int_equal(stamp.withdrawn[0], 2);
    assert_int_equal(stamp.books_count, 1);
    assert_int_equal(stamp.books[0].version, 1);
    desk->said_count = 0;
    be_born(desk, 1, 0); /* a till that never had the withdrawn one takes the one before */
    run(desk);
    assert_int_equal(count_given(desk, 1), 1);
}

static void hub__takes_timed_steps_by_itself(void **state)
{
    struct desk *desk = *state;
    struct store_txn txn;
    static const uint32_t steps[] = {5000, CRM_SHARE_ALL};
    publish(desk, 1, CRM_SHARE_ALL, "");
    publish(desk, 2, 100, "");
    const struct crm_rollout_plan plan = {.share_bp = 1000,
                                          .steps_bp = steps,
                                          .step_count = 2,
                                          .step_minutes = 60,
                                          .unix_ms = (int64_t)desk->now_ms};
    ok(store_begin(desk->store, STORE_WRITE, &txn));
    ok(publish_widen(&txn, &plan));
    ok(store_commit(&txn));
    desk->now_ms += HOUR_MS - 1000;
    run(desk);
    assert_int_equal(rollout_of(desk).share_bp, 1000);
    desk->now_ms += 1000;
    run(desk);
    assert_int_equal(rollout_of(desk).share_bp, 5000);
    run(desk);
    assert_int_equal(last_stamp(desk).books[1].share_bp, 5000);
    desk->now_ms += HOUR_MS;
    run(desk);
    assert_int_equal(rollout_of(desk).share_bp, CRM_SHARE_ALL);
    assert_int_equal(rollout_of(desk).next_unix_ms, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(hub__signs_a_timestamp_of_its_own_and_renews_it_by_itself),
        CASE(hub__signs_later_timestamps_though_its_clock_was_set_back),
        CASE(hub__is_back_in_its_time_once_the_key_of_timestamps_was_rotated),
        CASE(hub__without_its_key_names_no_book_and_goes_on),
        CASE(hub__gives_a_book_to_its_share_of_the_tills_alone),
        CASE(hub__broadcasts_the_chunks_of_a_book_for_all_and_of_no_other),
        CASE(hub__gives_a_book_of_other_stores_to_nobody),
        CASE(hub__tells_a_till_at_its_birth_what_it_lacks),
        CASE(hub__tells_a_till_of_the_book_that_came_while_the_hub_was_away),
        CASE(hub__sends_the_chunks_that_a_till_asks_for_where_there_are_such),
        CASE(hub__halts_a_rollout_when_tills_refuse_the_book),
        CASE(hub__lets_no_till_halt_a_book_that_is_not_for_it_or_was_never_published),
        CASE(hub__counts_a_bad_till_once_a_round_and_takes_off_only_whom_it_counted),
        CASE(hub__forgets_what_tills_said_of_books_that_nobody_can_go_back_to),
        CASE(hub__counts_a_till_that_took_the_book_after_all_as_good),
        CASE(hub__keeps_a_halt_over_its_restart),
        CASE(hub__names_the_withdrawn_book_after_a_roll_back),
        CASE(hub__takes_timed_steps_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
