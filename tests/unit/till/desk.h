/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h - a till for tests: on a real journal and a real cache in a folder of its own, with a clock, a line
 * to head office and a listener that the test holds in its hand. Include it after cmocka.h. */
#ifndef KASSA_TESTS_DESK_H
#define KASSA_TESTS_DESK_H

#include "harness/faulty_storage.h"
#include "harness/folder.h"
#include "platform/lmdb/lmdb_storage.h"
#include "till/till.h"

#define DESK_DAY      20778 /* 2026-11-21 in the store, which is two hours east */
#define DESK_EVENTS   256
#define DESK_ALICE    "num:2900000000018"
#define DESK_STRANGER "num:2900000000025"

struct desk {
    struct folder folder;
    struct lmdb_storage *journal_lmdb, *cache_lmdb;
    struct faulty_storage disk; /* the journal's; fails when it is told to */
    uint64_t journal_size_bytes;
    struct journal *journal;
    struct members *members;
    struct till *till;
    struct till_settings settings;
    int64_t wall_unix_ms;
    uint64_t mono_ms;
    uint64_t mono_each_ms; /* passes at each look at the clock */
    uint8_t next_random;
    bool is_hub_connected;
    bool answers_reserves; /* head office can be asked to set things aside */
    kassa_Reserve reserve; /* the last one asked for */
    unsigned reserve_count;
    unsigned release_count;
    char released[KEY_MAX + 1];
    kassa_ReceiptId wanted; /* the last receipt asked for */
    unsigned wanted_count;
    uint8_t gift[TOKEN_SIZE]; /* the last gift card asked for */
    unsigned gift_count;
    unsigned asked_count;
    uint8_t asked[TOKEN_SIZE];
    enum till_event events[DESK_EVENTS]; /* since the last desk_forget_events */
    size_t event_count;
    struct till_outcome outcome; /* of the last event that had one */
    struct till_refusal refusal;
    uint64_t next_key;
};

/* A till with the member Alice (100 points, segment "coffee", as of 1000). */
int desk_setup(void **state);
int desk_setup_small(void **state); /* a journal of 1 MiB */
int desk_teardown(void **state);
/* As after a power cut. */
void desk_restart(struct desk *desk);

/* Puts a member into the cache as she is, under that card and those that she has. */
void desk_tell_member(struct desk *desk, const char *card, kassa_Member *member);
/* Head office answers the last reserve. */
void desk_answer(struct desk *desk, kassa_ReserveStatus status, kassa_ReserveReason reason, uint32_t row);

/* And what is on the gift card that it was asked for last; below 0: it knows none. */
void desk_answer_gift(struct desk *desk, int64_t available_minor);

/* Puts the member into the cache; the message is made of these. */
void desk_put_member(struct desk *desk, const char *card, uint8_t id, int64_t points, int64_t as_of_unix_ms);

enum err desk_tap(struct desk *desk, const char *card);
bool desk_heard(const struct desk *desk, enum till_event event);
void desk_forget_events(struct desk *desk);

/* One line of goods on the staged basket. */
kassa_Line *desk_ring_up(struct till_basket *basket, const char *sku, int64_t price_minor, int64_t units);
/* A basket of one article, put. */
void desk_put_basket(struct desk *desk, const char *id, int64_t price_minor, int64_t units);
enum err desk_commit(struct desk *desk, const char *basket, const char *key, int64_t paid_minor,
                     struct till_outcome *out);
struct till_request desk_request(const char *key, const char *content);

/* The state, and what it shows. */
enum sale_state desk_state(const struct desk *desk);
int64_t desk_total(const struct desk *desk);

/* The newest record of the journal, decoded into memory of the till. */
const struct wire_record *desk_receipt(struct desk *desk, uint64_t number);
uint64_t desk_last_seq(const struct desk *desk);
kassa_RecordKind desk_kind_at(struct desk *desk, uint64_t seq);

#endif
