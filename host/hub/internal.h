/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - the hub's parts. Inside hub/ only. */
#ifndef KASSA_HUB_INTERNAL_H
#define KASSA_HUB_INTERNAL_H

#include "base/bucket.h"
#include "hub/hub.h"
#include "vault/vault.h"
#include "wire/topic.h"

#define CHUNKS_MAX (BOOK_SIZE_MAX / BOOK_CHUNK_SIZE)

/* Of one till: more than a till allows itself, so that its own word comes first. */
#define HUB_GIFT_MISSES_MAX 30
#define HUB_GIFT_MISS_MS    10000

/* Of one till: enough for one that is cut off again and again, and too little to fill the store. */
#define HUB_RENEWALS_MAX 10
#define HUB_RENEWAL_MS   600000

/* What the hub keeps of a till that spoke: what is to be said to it, and how far it has been told. */
struct session {
    char till[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    struct session *next_of_slot;
    struct session *next_ready; /* the queue of those to whom something can be said */
    bool is_ready;
    bool is_online;
    bool is_draining; /* it sends a long backlog */
    bool is_certified;
    uint64_t look_due_mono_ms; /* whether it still is */
    bool is_in_burst;          /* the answer waits for the commit */
    bool has_ack;
    kassa_Ack ack;
    bool has_answer;
    uint64_t answer_id; /* the question's */
    uint8_t answer_token[TOKEN_SIZE];
    bool has_reservation; /* the answer to the newest reserve or release */
    uint64_t reservation_id;
    kassa_Reservation reservation;
    bool wants_receipt;
    uint64_t receipt_id;
    kassa_ReceiptId receipt;
    bool wants_gift;
    uint64_t gift_id;
    uint8_t gift_account[TOKEN_SIZE];
    struct bucket gift_misses; /* cards that nobody has loaded: a till that tries codes goes slowly */
    bool wants_renewal;
    uint64_t renewal_id;
    kassa_RenewStatus renewal_status; /* RENEW_GRANTED: unless the store knows better */
    uint8_t renewal_key[VAULT_PUBLIC_SIZE];
    struct bucket renewals;
    bool wants_manifest;   /* of the book that is its own, if it lacks it */
    bool wants_news;       /* an answer in any case */
    uint64_t root_version; /* that it has, as it said last */
    uint64_t lacks_book;   /* whose manifest it asks for, though it may have had it; 0: none */
    bool wants_members;
    uint64_t members_told;    /* to_version of the newest update that was sent */
    uint64_t members_scanned; /* changes up to here do not concern it, or were sent */
    uint64_t members_fresh;   /* it began with nothing when this was the newest version: 0: it did not */
    uint64_t push_due_mono_ms;
    uint64_t pull_version; /* chunks that it asked for; 0: none */
    uint64_t pull[CHUNKS_MAX / 64];
};

struct sessions {
    struct session **slots; /* chains by hash of the till's id */
    size_t slot_count;
    size_t count;
    size_t count_max;
    struct session *ready_first;
    struct session *ready_last;
};

NODISCARD
enum err hub_sessions_open(struct sessions *sessions, size_t count_max);
void hub_sessions_close(struct sessions *sessions);
struct session *hub_sessions_find(const struct sessions *sessions, const char *till);
/* Finds or makes one; NULL: there is no room. */
struct session *hub_sessions_get(struct sessions *sessions, const char *till);
void hub_sessions_make_ready(struct sessions *sessions, struct session *session);
struct session *hub_sessions_take_ready(struct sessions *sessions);
typedef void hub_visit_session(void *context, struct session *session);
void hub_sessions_visit(const struct sessions *sessions, hub_visit_session *visit, void *context);

enum link { LINK_DOWN, LINK_TRYING, LINK_UP };

struct broadcast {    /* the chunks of a new book, on their way to all */
    uint64_t version; /* 0: none */
    uint32_t next;    /* chunk */
};

/* Books under a root of trust: news.c. */
struct news {
    bool is_loaded;
    crm_Rollout rollout;   /* as the store had it last */
    uint64_t root_version; /* 0: there is no root, and no book goes out */
    uint8_t timestamp[SIGNED_SIZE_MAX];
    size_t timestamp_size; /* 0: there is none */
    uint64_t renew_due_mono_ms;
    uint64_t complain_due_mono_ms;
    bool owes_news;                                     /* to all tills */
    uint8_t parts[NEWS_ROOTS_MAX + 1][SIGNED_SIZE_MAX]; /* of a message: roots, and a manifest */
};

/* A till that asked to send a long backlog, and was told to wait. */
struct waiting {
    struct session *session; /* NULL: a free place */
    uint64_t backlog;
    uint64_t until_mono_ms;
};
#define HUB_WAITING_MAX 64

struct hub {
    struct hub_options options;
    struct hub_parts parts;
    struct sessions sessions;
    struct hub_counters counters;
    enum link link;
    uint64_t connect_due_mono_ms;
    uint64_t poll_due_mono_ms;
    uint64_t compact_due_mono_ms;
    uint64_t wake_due_mono_ms; /* the earliest push_due_mono_ms of those who want members */
    struct store_txn txn;      /* of the burst; handle NULL: none is open */
    uint64_t burst_since_mono_ms;
    struct session *burst[HUB_BURST_MAX];
    size_t burst_count;
    size_t burst_messages;
    bool is_burst_failed; /* it can only be given up */
    uint32_t draining;
    struct waiting waiting[HUB_WAITING_MAX];
    uint64_t members_version; /* as the store had it last */
    kassa_BookManifest book;  /* the same; version 0: none */
    struct news news;
    struct broadcast broadcast;
    bool owes_word; /* that it is there: nobody has heard it on this connection */
    uint8_t *arena_block;
    struct arena arena;
    kassa_Member members[MEMBERS_PER_UPDATE_MAX];
    uint8_t out[BATCH_SIZE_MAX]; /* a message on its way: the longest is a receipt of RECORD_SIZE_MAX */
};

uint64_t hub_now(const struct hub *hub);

/* Turns the permit into a throttle, where it is not the till's turn to send a long backlog. */
void hub_permit(struct hub *hub, struct session *session, const kassa_TillState *state, kassa_Ack *ack);
void hub_set_draining(struct hub *hub, struct session *session, bool is_draining);

/* ERR_SIGNATURE: no certificate of that till is in force. */
NODISCARD
enum err hub_check_identity(struct hub *hub, struct session *session);
void hub_silence(struct session *session); /* nothing more is to be said to it */

/* A till's request for a certificate of a new key, and the answer, which is sent after its row's commit. */
void hub_take_renewal(struct hub *hub, struct session *session, const kassa_Request *request);
NODISCARD
enum err hub_send_renewal(struct hub *hub, struct session *session);
NODISCARD
enum err hub_publish_answer(struct hub *hub, const struct session *session, const struct wire_answer *answer);
NODISCARD
enum err hub_publish(struct hub *hub, enum topic topic, const struct topic_parts *parts, struct span payload);

NODISCARD
enum err hub_news_poll(struct hub *hub);
NODISCARD
enum err hub_news_send(struct hub *hub, struct session *session, const struct topic_parts *parts);
NODISCARD
enum err hub_news_announce(struct hub *hub, const struct topic_parts *parts);
/* Whether chunks of that book go out: not of one that was halted or rolled back. */
bool hub_news_may_pull(const struct hub *hub, uint64_t version);

/* Tells all tills that the hub is there, as soon as the line takes it. */
void hub_push_announce(struct hub *hub);
/* Looks into the store: members that changed, a new book. */
void hub_push_poll(struct hub *hub);
/* Sends what there is room for. */
void hub_push_run(struct hub *hub);

#endif
