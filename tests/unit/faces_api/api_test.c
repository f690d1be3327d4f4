/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "counter.h"
#include "harness/ok.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY(key) "Idempotency-Key: " key "\r\n"

static const char basket[] =
    "{\"basket\":\"b1\",\"operator\":\"eva\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"3\","
    "\"unit_price\":\"2.55\",\"description\":\"caf\xc3\xa9 \\\"x\\\"\"}]}";

static void expect(struct counter *counter, unsigned status, const char *part)
{
    if (counter->status != status || !counter_says(counter, part))
        fail_msg("%u %s, not %u with %s", counter->status, counter->body, status, part);
}

static void api__prices_and_records_a_basket(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "PUT", "/v1/basket", "", basket);
    expect(counter, 200, "\"total_minor\":765");
    expect(counter, 200, "\"quantity\":\"3\",\"unit\":\"pcs\",\"unit_price\":\"2.55\"");
    expect(counter, 200, "\"description\":\"caf\xc3\xa9 \\\"x\\\"\"");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k/1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"cash\",\"amount_minor\":1000}]}");
    expect(counter, 201,
           "\"receipt\":{\"store\":\"s1\",\"till\":\"till-1\",\"business_day\":\"2026-11-21\",\"number\":1}");
    expect(counter, 201, "\"change_minor\":235");
    char *first = strdup(counter->body);
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k/1"),
                "{ \"tenders\" : [ {\"amount_minor\":1000, \"kind\":\"cash\"} ],\"basket\":\"b1\"}");
    expect(counter, 201, first);
    counter_ask(counter, "GET", "/v1/outcomes/k/1", "", NULL);
    expect(counter, 200, first);
    free(first);
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k/1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"cash\",\"amount_minor\":1001}]}");
    expect(counter, 409, "\"error\":\"conflict\"");
    counter_ask(counter, "GET", "/v1/receipts/1", "", NULL);
    expect(counter, 200, "\"kind\":\"purchase\"");
    counter_ask(counter, "GET", "/v1/receipts/2", "", NULL);
    expect(counter, 404, "\"error\":\"not_found\"");
}

static void api__tells_what_cash_would_be_and_what_it_was(void **state)
{
    static const char odd[] =
        "{\"basket\":\"b1\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"9.97\"}]}";
    struct counter *counter = *state;
    ((struct till_settings *)(uintptr_t)till_get_settings(counter->desk->till))->cash_rounding_minor = 5;
    counter_ask(counter, "PUT", "/v1/basket", "", odd);
    expect(counter, 200, "\"total_minor\":997,\"cash_minor\":995");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"cash\",\"amount_minor\":1000}]}");
    expect(counter, 201, "\"total_minor\":995,\"rounding_minor\":-2,\"change_minor\":5");
    counter_ask(counter, "GET", "/v1/receipts/1", "", NULL);
    expect(counter, 200, "\"gross_minor\":997");
    expect(counter, 200, "\"rounding_minor\":-2,\"total_minor\":995,\"change_minor\":5");
    counter_ask(counter, "PUT", "/v1/basket", "", odd);
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k2"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\"}]}");
    expect(counter, 201, "\"total_minor\":997,\"change_minor\":0");
}

static void api__names_the_field_that_is_wrong(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
        const char *field;
    } rows[] = {
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"1\"},{\"sku\":"
         "\"b\","
         "\"quantity\":\"1.2345\",\"unit_price\":\"1\"}]}",
         422, "\"field\":\"lines[1].quantity\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":1,\"unit_price\":\"1\"}]}", 400,
         "\"field\":\"lines[0].quantity\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"-1\",\"unit_price\":\"1\"}]}", 422,
         "\"field\":\"lines[0].quantity\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"1\",\"kind\":"
         "\"loan\"}]}",
         400, "\"field\":\"lines[0].kind\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"1\",\"colour\":"
         "\"red\"}]}",
         400, "\"field\":\"lines[0].colour\""},
        {"{\"basket\":\"b\",\"lines\":[7]}", 400, "\"field\":\"lines[0]\""},
        {"{\"basket\":\"b\",\"lines\":[{\"quantity\":\"1\",\"unit_price\":\"1\"}]}", 400,
         "\"field\":\"lines[0].sku\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":"
         "\"99999999999999999999\"}]}",
         422, "\"field\":\"lines[0].unit_price\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"0123456789012345678901234567890123\",\"quantity\":\"1\","
         "\"unit_price\":\"1\"}]}",
         422, "\"field\":\"lines[0].sku\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"1\",\"categories\":"
         "[\"a\\nb\"]}]}",
         422, "\"field\":\"lines[0].categories\""},
        {"{\"basket\":\"b\",\"card\":{\"number\":\"2900000000011\"},\"lines\":[]}", 422,
         "\"field\":\"card.number\""},
        {"{\"basket\":\"b\"}", 400, "\"field\":\"lines\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"qty\":\"1\",\"unit_price\":\"1\"}]}", 400,
         "\"field\":\"lines[0].qty\""},
        {"{\"basket\":\"b\",\"lines\":[{\"sku\":\"a\",\"quantty\":\"1\",\"unit_price\":\"1\"}]}", 400,
         "did you mean \\\"quantity\\\"?"},
        {"{\"basket\":\"b\",\"operator\":7,\"lines\":[]}", 400, "must be a text"},
        {"{\"basket\":\"b\",\"training\":1,\"lines\":[]}", 400, "must be true or false"},
        {"{\"basket\":\"b\",\"lines\":{}}", 400, "must be a list"},
        {"{\"basket\":\"b\",\"return\":[{},{}],\"lines\":[]}", 400, "goods of one receipt alone"},
        {"{\"basket\":\"b\",\"coupons\":[\"x\",7],\"lines\":[]}", 422, "\"field\":\"coupons[1]\""},
        {"{\"basket\":\"b\",\"coupons\":[\"x\",\"y\",\"x\"],\"lines\":[]}", 422, "\"field\":\"coupons[2]\""},
        {"{\"basket\":\"b\",\"basket\":\"c\",\"lines\":[]}", 400, "duplicate"},
        {"{\"basket\":\"b\",\"lines\":[[[[[[[[[1]]]]]]]]]}", 400, "too deep"},
        {"[1", 400, "no JSON"},
        {"", 400, "no JSON"},
    };
    struct counter *counter = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        counter_ask(counter, "PUT", "/v1/basket", "", rows[i].body);
        expect(counter, rows[i].status, rows[i].field);
        assert_int_equal(desk_state(counter->desk), SALE_IDLE);
    }
}

static void api__repeats_nothing_of_a_body_that_it_cannot_read(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"2900000000018\",x");
    expect(counter, 400, "no JSON");
    assert_false(counter_says(counter, "2900000000018"));
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"2900000000011\"}");
    expect(counter, 422, "check digit");
    assert_false(counter_says(counter, "2900000000011"));
}

static void api__does_not_call_lost_what_may_be_recorded(void **state)
{
    static const char paid[] = "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\"}]}";
    struct counter *counter = *state;
    struct faulty_storage *disk = &counter->desk->disk;
    unsigned unknown_count = 0;
    counter_ask(counter, "PUT", "/v1/basket", "", basket);
    counter->status = 0;
    for (uint64_t at = 1; counter->status != 201;
         at++) { /* the disk fails for good, a step later each time */
        assert_true(at < 100);
        *disk = (struct faulty_storage){
            .inner = disk->inner, .fault = FAULT_IO, .fail_at = at, .is_sticky = true};
        counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"), paid);
        *disk = (struct faulty_storage){.inner = disk->inner};
        if (counter->status == 201)
            break;
        bool is_unknown =
            counter_says(counter, "\"message\":\"perhaps recorded, send it again with its key: ");
        unknown_count += is_unknown;
        expect(counter, 500, is_unknown ? "perhaps recorded" : "\"message\":\"not recorded: ");
        counter_ask(counter, "GET", "/v1/outcomes/k1", "", NULL);
        expect(counter, 404, "not_found");
    }
    assert_true(unknown_count > 0);
    expect(counter, 201, "\"number\":1");
}

static void api__lets_nobody_in_who_should_not(void **state)
{
    static const struct {
        const char *request;
        unsigned status;
    } rows[] = {
        {"GET /v1/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421},
        {"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 421},
        {"GET /kiosk HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n", 421},
    };
    struct counter *counter = *state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        counter_send(counter, rows[i].request, strlen(rows[i].request));
        assert_int_equal(counter->status, rows[i].status);
    }
    counter_ask(counter, "PUT", "/v1/basket", "Origin: https://evil.example\r\n", basket);
    assert_int_equal(counter->status, 403);
    counter_ask(counter, "PUT", "/v1/basket", "Origin: null\r\n", basket);
    assert_int_equal(counter->status, 403);
    counter_ask(counter, "GET", "/v1/status", "Sec-Fetch-Site: cross-site\r\n", NULL);
    assert_int_equal(counter->status, 403);
    counter_ask(counter, "GET", "/v1/status", "Sec-Fetch-Site: same-origin\r\n", NULL);
    assert_int_equal(counter->status, 200);
    counter_ask(counter, "PUT", "/v1/basket", "Origin: https://pos.example\r\n", basket);
    assert_int_equal(counter->status, 200);
    assert_non_null(strstr(counter->head, "Access-Control-Allow-Origin: https://pos.example"));
    counter_ask(counter, "OPTIONS", "/v1/basket", "Origin: https://pos.example\r\n", NULL);
    assert_int_equal(counter->status, 204);
    counter_ask(counter, "POST", "/v1/cards", "Content-Type: text/plain\r\n", NULL);
    assert_int_equal(counter->status, 415);
    counter_ask(counter, "PATCH", "/v1/basket", "", NULL);
    assert_int_equal(counter->status, 405);
    counter_ask(counter, "GET", "/v2/basket", "", NULL);
    assert_int_equal(counter->status, 404);
    counter_ask(counter, "POST", "/v1/basket/commit", "", "{}");
    expect(counter, 400, "Idempotency-Key");
}

static void api__checks_who_is_at_the_socket(void **state)
{
    static const char request[] = "GET /v1/status HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n";
    struct counter *counter = *state;
    int fd = counter_connect_unix(counter);
    assert_int_equal(send(fd, request, sizeof request - 1, 0), sizeof request - 1);
    assert_true(counter_wait_for(counter, fd, "HTTP/1.1 200"));
    (void)close(fd);
    counter->is_peer_allowed = false;
    fd = counter_connect_unix(counter);
    assert_int_equal(send(fd, request, sizeof request - 1, 0), sizeof request - 1);
    assert_true(counter_wait_for(counter, fd, "HTTP/1.1 403"));
    (void)close(fd);
}

static void api__refuses_a_body_above_the_limit(void **state)
{
    struct counter *counter = *state;
    char *body = malloc(API_BODY_SIZE_MAX + 2);
    assert_non_null(body);
    memset(body, ' ', API_BODY_SIZE_MAX + 1);
    body[API_BODY_SIZE_MAX + 1] = '\0';
    counter_ask(counter, "PUT", "/v1/basket", "", body);
    expect(counter, 413, "\"error\":\"too_long\"");
    free(body);
}

static void api__carries_the_longest_receipt_of_the_year(void **state)
{
    struct counter *counter = *state;
    char *body = malloc(1024 * 1024);
    assert_non_null(body);
    size_t size = (size_t)sprintf(body, "{\"basket\":\"long\",\"lines\":[");
    for (int i = 0; i < 1114; i++)
        size +=
            (size_t)sprintf(body + size, "%s{\"sku\":\"%d\",\"quantity\":\"%d\",\"unit_price\":\"0.%03d\"}",
                            i == 0 ? "" : ",", i, i % 7 + 1, i % 1000);
    (void)sprintf(body + size, "]}");
    counter_ask(counter, "PUT", "/v1/basket", "", body);
    expect(counter, 200, "\"number\":1114");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("long"),
                "{\"basket\":\"long\",\"tenders\":[{\"kind\":\"card\"}]}");
    expect(counter, 201, "\"recorded\":true");
    counter_ask(counter, "GET", "/v1/receipts/1", "", NULL);
    expect(counter, 200, "\"number\":1114");
    free(body);
}

static int follow(struct counter *counter, const char *last_id)
{
    char request[256];
    int fd = counter_connect(counter);
    int size =
        snprintf(request, sizeof request, "GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s\r\n",
                 counter->port, last_id == NULL ? "" : "Last-Event-ID: ", last_id == NULL ? "" : last_id,
                 last_id == NULL ? "" : "\r\n");
    assert_int_equal(send(fd, request, (size_t)size, 0), size);
    return fd;
}

static void api_events__begin_with_the_whole_truth_and_tell_each_change(void **state)
{
    struct counter *counter = *state;
    int fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "event: state\ndata: {"));
    assert_true(counter_says(counter, "retry: "));
    assert_true(counter_says(counter, "\"session\":{\"state\":\"idle\"}"));
    ok(desk_tap(counter->desk, DESK_ALICE));
    assert_true(counter_wait_for(counter, fd, "event: session\ndata: {\"state\":\"identified\"}\n\n"));
    assert_true(counter_says(counter, "event: member\ndata: {\"member\":{\"id\":\"a1a1"));
    assert_int_equal(api_stream_count(counter->api), 1);
    (void)close(fd);
}

static void api_events__are_told_again_to_who_comes_back(void **state)
{
    struct counter *counter = *state;
    char id[64] = "";
    int fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "event: state"));
    ok(desk_tap(counter->desk, DESK_ALICE));
    assert_true(counter_wait_for(counter, fd, "\"identified\"}\n\n"));
    (void)close(fd);
    for (const char *at = counter->body; (at = strstr(at, "id: ")) != NULL; at++)
        (void)sscanf(at, "id: %40s", id);
    ok(till_leave_member(counter->desk->till));
    fd = follow(counter, id);
    assert_true(counter_wait_for(counter, fd, "event: state"));
    assert_non_null(strstr(counter->body, "event: member_gone"));
    assert_null(strstr(counter->body, "event: card"));
    (void)close(fd);
    fd = follow(counter, "0000000000000000-1"); /* of another start of the agent */
    assert_true(counter_wait_for(counter, fd, "event: state"));
    assert_null(strstr(counter->body, "event: member_gone"));
    (void)close(fd);
}

static void api_events__end_in_order_when_the_till_stops(void **state)
{
    struct counter *counter = *state;
    int fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "event: state"));
    api_close(TAKE(counter->api));
    char rest[256];
    ssize_t size = recv(fd, rest, sizeof rest, 0);
    assert_true(size >= 0);
    (void)close(fd);
}

static void api__serves_pages_and_its_own_description(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "GET", "/kiosk", "", NULL);
    assert_int_equal(counter->status, 200);
    assert_non_null(strstr(counter->head, "Content-Encoding: gzip"));
    assert_non_null(strstr(counter->head, "default-src 'self'"));
    counter_ask(counter, "GET", "/openapi.json", "", NULL);
    expect(counter, 200, "\"openapi\"");
    counter_ask(counter, "GET", "/v1/status", "", NULL);
    expect(counter, 200, "\"journal\":{\"last_seq\":");
}

static void api__tells_that_a_card_named_nobody_and_why_until_one_is_recognised(void **state)
{
    struct counter *counter = *state;
    int fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "\"card_refused\":null}"));
    for (int error = ERR_OK + 1; error < ERR_COUNT; error++)
        assert_true(strlen(card_tag_reason((enum err)error)) >= 5);
    counter->refused =
        (struct api_card_refused){card_tag_reason(ERR_SIGNATURE), card_tag_refusal(ERR_SIGNATURE), 2, 0};
    api_tell_refused(counter->api);
    assert_true(counter_wait_for(counter, fd,
                                 "event: card_refused\ndata: {\"reason\":\"unproven\",\"text\":\"the card "
                                 "claims to be ours and cannot prove it\",\"reader\":2,\"ago_ms\":0}\n"));
    counter->refused.ago_ms = 1500;
    int late = follow(counter, NULL);
    assert_true(counter_wait_for(counter, late, "\"card_refused\":{\"reason\":\"unproven\","));
    assert_non_null(strstr(counter->body, "\"reader\":2,\"ago_ms\":1500}}"));
    counter->refused.reason = NULL;
    api_tell_refused(counter->api);
    assert_true(counter_wait_for(counter, late, "event: card_refused\ndata: null\n"));
    (void)close(late);
    (void)close(fd);
}

static void api__says_by_what_somebody_was_recognised_and_how_surely(void **state)
{
    struct counter *counter = *state;
    int fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "\"session\":{\"state\":\"idle\"},\"card\":null"));
    ok(desk_tap(counter->desk, DESK_STRANGER));
    assert_true(counter_wait_for(counter, fd, "event: member_unknown"));
    assert_non_null(strstr(
        counter->body, "event: card\ndata: {\"technology\":\"ndef\",\"trust\":\"static\",\"read\":\"nfc\","
                       "\"reader\":0,\"may_redeem\":true}"));
    assert_non_null(
        strstr(counter->body, "event: member_unknown\ndata: {\"card\":{\"technology\":\"ndef\","));
    (void)close(fd);
    const struct till_card proof = {.text = DESK_ALICE,
                                    .technology = kassa_CardTechnology_CARD_SUN,
                                    .read = kassa_CardRead_READ_NFC,
                                    .reader = 2};
    ok(till_see_card(counter->desk->till, &proof));
    fd = follow(counter, NULL);
    assert_true(counter_wait_for(counter, fd, "event: state"));
    assert_non_null(strstr(counter->body, "\"card\":{\"technology\":\"sun\",\"trust\":\"proven\",\"read\":"
                                          "\"nfc\",\"reader\":2,\"may_redeem\":true},"
                                          "\"member\":{\"id\":"));
    assert_non_null(strstr(counter->body, "\"may_redeem\":true}},\"offers\""));
    (void)close(fd);
}

static void api__takes_members_and_their_answers(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"2900000000018\",\"read\":\"typed\"}");
    expect(counter, 200, "\"first_name\":\"Alice\"");
    counter_ask(counter, "POST", "/v1/consents", KEY("c1"), "{\"purpose\":\"email\",\"given\":true}");
    expect(counter, 201, "\"kind\":\"consent_changed\"");
    counter_ask(counter, "POST", "/v1/answers", KEY("a1"), "{\"question\":\"q\",\"value\":\"5\"}");
    expect(counter, 201, "\"kind\":\"answer_given\"");
    counter_ask(counter, "DELETE", "/v1/member", "", NULL);
    expect(counter, 200, "\"member\":null");
    counter_ask(counter, "DELETE", "/v1/member", "", NULL);
    expect(counter, 200, "\"member\":null");
    counter_ask(counter, "POST", "/v1/consents", KEY("c2"), "{\"purpose\":\"email\",\"given\":true}");
    expect(counter, 409, "no member is here");
    counter_ask(
        counter, "POST", "/v1/members", KEY("m1"),
        "{\"first_name\":\"Bob\",\"language\":\"pl\",\"card\":{\"number\":\"2900000000025\"},\"consents\":["
        "{\"purpose\":\"personal_offers\",\"given\":true}]}");
    expect(counter, 201, "\"kind\":\"member_enrolled\"");
}

/* Wherever it stands: in a text, a name, a key; what is named by it goes on under another name, each under its own. */
static void api__masks_payment_cards_and_refuses_them_as_loyalty_cards(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "PUT", "/v1/basket", "",
                "{\"basket\":\"4111111111111111\",\"lines\":[{\"sku\":\"milk\",\"description\":\"paid 4111 "
                "1111 1111 1111\","
                "\"quantity\":\"1\",\"unit_price\":\"1.00\"}]}");
    expect(counter, 200, "\"basket\":\"named-");
    struct till_priced priced;
    assert_true(till_get_basket(counter->desk->till, &priced));
    assert_string_equal(priced.basket->lines[0].description, "paid 4111 11** **** 1111");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("4111111111111111"),
                "{\"basket\":\"4111111111111111\",\"tenders\":[{\"kind\":\"card\"}]}");
    expect(counter, 201, "\"kind\":\"purchase\"");
    counter_ask(counter, "GET", "/v1/outcomes/4111111111111111", "", NULL);
    expect(counter, 200, "\"kind\":\"purchase\"");
    counter_ask(counter, "GET", "/v1/outcomes/4111110000091111", "", NULL); /* another of the same ends */
    assert_int_equal(counter->status, 404);
    counter_ask(counter, "GET", "/v1/outcomes/4111110000171111", "", NULL);
    assert_int_equal(counter->status, 404);
    counter_ask(counter, "POST", "/v1/cards", "", "{\"number\":\"4111111111111111\",\"read\":\"typed\"}");
    expect(counter, 422, "payment card");
    counter_ask(counter, "PUT", "/v1/basket", "", "{\"4111111111111111\":1}");
    expect(counter, 400, "a field is named by the number of a payment card");
    assert_null(strstr(counter->body, "4111111111111111"));
}

/* The till has asked already: the answer comes while a program may wait for it. */
static void answer_gift(struct counter *counter, const char *code, int64_t available_minor)
{
    struct till_gift_balance balance;
    struct till_refusal refusal;
    assert_int_equal(till_get_gift_balance(counter->desk->till, code, &balance, &refusal), ERR_PENDING);
    desk_answer_gift(counter->desk, available_minor);
}

static void api__tells_what_is_on_a_gift_card(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":\"GIFT0001\"}");
    expect(counter, 503, "cannot be asked");
    counter->desk->is_hub_connected = true;
    counter->desk->answers_reserves = true;
    answer_gift(counter, "num:GIFT0001", 1750);
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":\"gift 0001\"}");
    expect(counter, 200, "{\"available_minor\":1750,\"currency\":{\"code\":\"EUR\",\"exponent\":2}}");
    answer_gift(counter, "num:GIFT0002", -1);
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":\"GIFT0002\"}");
    expect(counter, 404, "nobody knows that gift card");
    for (unsigned i = 0; i < 9; i++) {
        char code[32];
        struct till_gift_balance balance;
        struct till_refusal refusal;
        (void)snprintf(code, sizeof code, "num:GUESS000%u", i);
        answer_gift(counter, code, -1);
        assert_int_equal(till_get_gift_balance(counter->desk->till, code, &balance, &refusal), ERR_NOT_FOUND);
    }
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":\"GIFT0002\"}");
    expect(counter, 429, "\"error\":\"throttled\"");
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":\"!\"}");
    expect(counter, 422, "\"field\":\"gift\"");
    counter_ask(counter, "POST", "/v1/gifts/balance", "", "{\"gift\":null}");
    expect(counter, 400, "\"field\":\"gift\"");
}

static void api__frees_what_a_till_that_is_gone_had_claimed(void **state)
{
    struct counter *counter = *state;
    counter_ask(counter, "DELETE", "/v1/store/claims/till-2", "", NULL);
    expect(counter, 200, "{\"till\":\"till-2\",\"freed\":2}");
    counter_ask(counter, "DELETE", "/v1/store/claims/till-3", "", NULL);
    expect(counter, 409, "that till has spoken within half a minute");
    counter_ask(counter, "DELETE", "/v1/store/claims/till-4", "", NULL);
    expect(counter, 404, "the store's arbiter is not here");
}

static void api__records_nothing_without_a_key(void **state)
{
    static const char *const paths[] = {"/v1/basket/commit", "/v1/returns",  "/v1/voids",
                                        "/v1/members",       "/v1/consents", "/v1/offers/answers",
                                        "/v1/answers"};
    struct counter *counter = *state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        counter_ask(counter, "POST", paths[i], "", "{}");
        expect(counter, 400, "\"field\":\"Idempotency-Key\"");
    }
}

static void api__takes_goods_back_until_nothing_is_left(void **state)
{
    struct counter *counter = *state;
    static const char back[] =
        "{\"original\":{\"store\":\"s1\",\"till\":\"till-1\",\"business_day\":\"2026-11-21\","
        "\"number\":1},\"reason\":\"broken\",\"lines\":[{\"line\":1,\"quantity\":\"%d\"}]}";
    char body[256];
    counter_ask(counter, "PUT", "/v1/basket", "", basket);
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\",\"amount_minor\":765}]}");
    (void)snprintf(body, sizeof body, back, 2);
    counter_ask(counter, "POST", "/v1/returns", KEY("r1"), body);
    expect(counter, 201, "\"total_minor\":-510");
    counter_ask(counter, "POST", "/v1/returns", KEY("r2"), body);
    expect(counter, 422, "\"field\":\"lines[0].quantity\"");
    (void)snprintf(body, sizeof body, back, 1);
    counter_ask(counter, "POST", "/v1/returns", KEY("r2"), body);
    expect(counter, 201, "\"total_minor\":-255");
    counter_ask(
        counter, "POST", "/v1/voids", KEY("v1"),
        "{\"receipt\":{\"store\":\"s1\",\"till\":\"till-1\",\"business_day\":\"2026-11-21\",\"number\":3}}");
    expect(counter, 201, "\"total_minor\":255");
}

static void api__puts_the_tax_of_net_prices_on_top(void **state)
{
    static const char net[] =
        "{\"basket\":\"b1\",\"price_mode\":\"net\",\"lines\":[{\"sku\":\"a\",\"quantity\":"
        "\"3\",\"unit_price\":\"10.00\",\"tax_rate_bp\":2100}]}";
    static const char back[] =
        "{\"original\":{\"store\":\"s1\",\"till\":\"till-1\",\"business_day\":\"2026-11-21\","
        "\"number\":1},\"lines\":[{\"line\":1,\"quantity\":\"1\"}]";
    struct counter *counter = *state;
    char body[320];
    counter_ask(counter, "PUT", "/v1/basket", "", net);
    expect(counter, 200, "\"price_mode\":\"net\"");
    expect(counter, 200, "\"net_minor\":3000,\"tax_minor\":630");
    expect(counter, 200, "\"gross_minor\":3000,\"discount_minor\":0,\"tax_minor\":630,\"total_minor\":3630");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\",\"amount_minor\":3000}]}");
    expect(counter, 422, "the total is 3630");
    counter_ask(counter, "POST", "/v1/basket/commit", KEY("k1"),
                "{\"basket\":\"b1\",\"tenders\":[{\"kind\":\"card\"}]}");
    expect(counter, 201, "\"total_minor\":3630");
    counter_ask(counter, "GET", "/v1/receipts/1", "", NULL);
    expect(counter, 200, "\"price_mode\":\"net\"");
    expect(counter, 200, "\"tax_minor\":630,\"rounding_minor\":0,\"total_minor\":3630");
    (void)snprintf(body, sizeof body, "%s,\"price_mode\":\"gross\"}", back);
    counter_ask(counter, "POST", "/v1/returns", KEY("r1"), body);
    expect(counter, 409, "\"field\":\"price_mode\"");
    (void)snprintf(body, sizeof body, "%s}", back);
    counter_ask(counter, "POST", "/v1/returns", KEY("r2"), body);
    expect(counter, 201, "\"total_minor\":-1210");
    (void)snprintf(body, sizeof body,
                   "{\"basket\":\"b2\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"1\",\"unit_price\":\"1\"}],"
                   "\"return\":%s}}",
                   back);
    counter_ask(counter, "PUT", "/v1/basket", "", body);
    expect(counter, 409, "\"field\":\"return.original\"");
    expect(counter, 409, "that receipt has net prices");
    counter_ask(counter, "PUT", "/v1/basket", "", "{\"basket\":\"b3\",\"price_mode\":\"both\",\"lines\":[]}");
    expect(counter, 400, "\"field\":\"price_mode\"");
}

int main(void)
{
#define AT_COUNTER(test) cmocka_unit_test_setup_teardown(test, counter_setup, counter_teardown)
    const struct CMUnitTest tests[] = {
        AT_COUNTER(api__prices_and_records_a_basket),
        AT_COUNTER(api__tells_what_cash_would_be_and_what_it_was),
        AT_COUNTER(api__puts_the_tax_of_net_prices_on_top),
        AT_COUNTER(api__names_the_field_that_is_wrong),
        AT_COUNTER(api__masks_payment_cards_and_refuses_them_as_loyalty_cards),
        AT_COUNTER(api__repeats_nothing_of_a_body_that_it_cannot_read),
        AT_COUNTER(api__does_not_call_lost_what_may_be_recorded),
        AT_COUNTER(api__lets_nobody_in_who_should_not),
        AT_COUNTER(api__checks_who_is_at_the_socket),
        AT_COUNTER(api__refuses_a_body_above_the_limit),
        AT_COUNTER(api__carries_the_longest_receipt_of_the_year),
        AT_COUNTER(api_events__begin_with_the_whole_truth_and_tell_each_change),
        AT_COUNTER(api_events__are_told_again_to_who_comes_back),
        AT_COUNTER(api_events__end_in_order_when_the_till_stops),
        AT_COUNTER(api__serves_pages_and_its_own_description),
        AT_COUNTER(api__tells_that_a_card_named_nobody_and_why_until_one_is_recognised),
        AT_COUNTER(api__says_by_what_somebody_was_recognised_and_how_surely),
        AT_COUNTER(api__takes_members_and_their_answers),
        AT_COUNTER(api__tells_what_is_on_a_gift_card),
        AT_COUNTER(api__frees_what_a_till_that_is_gone_had_claimed),
        AT_COUNTER(api__records_nothing_without_a_key),
        AT_COUNTER(api__takes_goods_back_until_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
