/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of till/ share. */
#ifndef KASSA_TILL_INTERNAL_H
#define KASSA_TILL_INTERNAL_H

#include "base/arena.h"
#include "till/parked.h"
#include "till/points.h"
#include "till/till.h"
#include "till/trusted.h"

#define PENDING_MAX      32    /* small records that wait for a flush: some ten taps */
#define SMALL_RECORD_MAX 2048  /* bytes of the largest of them, encoded: 32 offers shown */
#define ENROLLED_MAX     64    /* enrolments that wait for head office: the oldest gives way */
#define LINKS_MAX        16384 /* returns and voids of the kept journal */

/* A record that may wait. */
struct pending {
    kassa_Record head; /* seq and key are set when it is written */
    union {
        kassa_CardSeen card_seen;
        kassa_OfferShown offer_shown;
        kassa_TillFault till_fault;
    } body;
};

/* A return or a void, and which receipt it takes back. */
struct link {
    kassa_RecordKind kind;
    uint64_t number;
    uint64_t original;
};

/* A member who was enrolled here, until head office has sent him back. */
struct enrolled {
    uint8_t token[TOKEN_SIZE];
    kassa_Member member;
};

/* A place to decode a record from the journal into. */
struct lookup {
    uint8_t *bytes; /* RECORD_SIZE_MAX */
    struct arena arena;
    struct wire_record record;
};

struct till {
    struct till_settings settings;
    uint64_t boot_id;
    bool was_clean;
    enum sale_state state;
    struct trusted_time time;
    bool is_clock_off; /* and head office was told */
    char fault_code[TILL_ID_MAX + 1];
    char fault_text[TILL_REASON_MAX + 1];

    /* who is here; holds where the state is neither idle nor open */
    struct till_member customer;
    bool has_customer;
    bool is_replaced; /* by another card, and a member was here */
    uint64_t ask_until_mono_ms;
    uint64_t stay_until_mono_ms;
    kassa_OfferNote notes[OFFER_NOTES_MAX];
    uint8_t note_count;
    struct points_fold points;
    uint64_t points_incarnation; /* that the fold was made of */
    struct enrolled enrolled[ENROLLED_MAX];
    size_t enrolled_next;

    /* the basket that stands, and the one that is being filled */
    struct till_basket baskets[2];
    unsigned basket;
    struct till_return back;
    int64_t begin_unix_ms;
    struct offers_moment priced_at;  /* what the basket was priced by, and shown */
    struct offers_line *offer_lines; /* LINES_MAX */
    struct offers_workspace *workspace;
    struct offers_result result;
    struct span segments[SEGMENTS_MAX];
    const struct book *book;
    uint8_t book_hash[HASH_SIZE];
    uint64_t recorded_book_version;
    uint8_t recorded_book_hash[HASH_SIZE];

    struct parked parked; /* baskets that were suspended */

    /* recording */
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    uint8_t *pending_bytes;    /* PENDING_MAX of SMALL_RECORD_MAX */
    uint8_t *encoded;          /* RECORD_SIZE_MAX */
    kassa_Discount *discounts; /* DISCOUNTS_MAX: of the receipt that is written */
    struct wire_record record; /* that is written */
    struct lookup found;       /* the receipt that was asked for */
    struct lookup other;       /* another one, looked at beside it */
    struct link *links;        /* LINKS_MAX */
    size_t link_count;
    bool has_links; /* they were read from the journal */
};

/* ---- till.c: telling, stepping, time */
void till_notify(struct till *till, enum till_event event, const struct till_outcome *outcome);
NODISCARD
enum err till_check_step(const struct till *till, enum sale_event event);
/* A step that the table allows; outcome goes to the listener with event_of_outcome, if there is one. */
void till_take_step(struct till *till, enum sale_event event);
struct clock_reading till_read_clock(const struct till *till);
int64_t till_now_unix_ms(struct till *till); /* trusted; notes a clock that is off, once */
int32_t till_business_day(struct till *till);

/* ---- customer.c */
void till_greet(struct till *till);
/* A card whose token is known: as till_see_card. */
void till_see_token(struct till *till, const struct till_card *card, const uint8_t token[TOKEN_SIZE]);
/* Is it the card that came last? */
bool till_is_card_here(const struct till *till, const char *text);
/* Clears who is here, and tells if somebody was. */
void till_forget_customer(struct till *till);
void till_refresh_points(struct till *till);
int64_t till_points_of(struct till *till, const kassa_Member *member);
void till_remember_enrolled(struct till *till, const kassa_MemberEnrolled *enrolled);
struct offers_member till_offers_member(struct till *till);

/* ---- basket.c */
struct till_basket *till_basket_of(const struct till *till);
/* For what earns nothing the basket is priced again by the moment that it was shown with: nothing but points
 * may change then. */
NODISCARD
enum err till_price(struct till *till, int64_t not_earning_minor);
/* The staged basket becomes the one that stands; on a fault the one before does. */
NODISCARD
enum err till_price_staged(struct till *till, struct till_refusal *out_refusal);
void till_price_again(struct till *till); /* of an open basket that was priced before */
void till_refuse(struct till_refusal *out, const char *reason, const char *field_format, ...)
    __attribute__((format(printf, 3, 4)));
NODISCARD
enum err till_check_lines(const struct till *till, const kassa_Line *lines, size_t count, bool is_return,
                          struct till_refusal *out_refusal);
struct offers_moment till_moment(struct till *till);
/* Amount and tax of a line that has no discount, from its price and quantity. ERR_RANGE. */
NODISCARD
enum err till_set_amount(kassa_Line *line, unsigned exponent);

/* ---- suspend.c */
/* At the start: what waits, less what was paid meanwhile. */
NODISCARD
enum err till_load_suspended(struct till *till);
bool till_was_suspended(struct till *till, const char *basket);

/* ---- record.c */
/* Answers a request that was recorded before: then *out_is_done. ERR_CONFLICT, ERR_ARGUMENT (the key). */
NODISCARD
enum err till_begin_request(struct till *till, const struct till_request *request,
                            uint8_t out_digest[HASH_SIZE], struct till_outcome *out, bool *out_is_done);
/* Writes till->record, and what is pending, in one commit; fills in head and outcome. digest NULL: no key. */
NODISCARD
enum err till_write(struct till *till, kassa_RecordKind kind, const struct till_request *request,
                    const uint8_t *digest, struct till_outcome *out);
struct wire_record *till_blank_record(struct till *till);
void till_add_pending(struct till *till, kassa_RecordKind kind, const struct pending *what);
void till_outcome_of(const struct wire_record *record, struct till_outcome *out);

/* ---- receipt.c */
void till_fill_head(struct till *till, kassa_Receipt *head, kassa_ReceiptKind kind);
NODISCARD
enum err till_settle(struct wire_receipt *receipt, const struct till_tenders *tenders,
                     struct till_refusal *out_refusal);
/* The invariants of OFFERS.md E. ERR_UNBALANCED, ERR_RANGE. */
NODISCARD
enum err till_check_receipt(const struct wire_receipt *receipt);

/* ---- find.c */
NODISCARD
enum err till_find_receipt(struct till *till, uint64_t number, struct lookup *out);
NODISCARD
enum err till_read_links(struct till *till);
void till_add_link(struct till *till, const struct wire_record *record);
NODISCARD
enum err till_decode(struct lookup *lookup, size_t size);

/* ---- fold.c */
void till_fold_record(struct till *till, const struct wire_record *record, uint64_t seq);
/* Reads the journal's tail anew. */
NODISCARD
enum err till_fold_tail(struct till *till);
/* The newest record: when it was written, and whether it says that the till was stopped in order. */
NODISCARD
enum err till_read_newest(struct till *till, int64_t *out_unix_ms, bool *out_is_clean);

#endif
