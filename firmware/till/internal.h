/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of till/ share. */
#ifndef KASSA_TILL_INTERNAL_H
#define KASSA_TILL_INTERNAL_H

#include "base/arena.h"
#include "base/bucket.h"
#include "till/back.h"
#include "till/hold.h"
#include "till/parked.h"
#include "till/points.h"
#include "till/tally.h"
#include "till/till.h"
#include "till/trusted.h"

#define PENDING_MAX         32   /* small records that wait for a flush: some ten taps */
#define SMALL_RECORD_MAX    2048 /* bytes of the largest of them, encoded: 32 offers shown */
#define ENROLLED_MAX        64   /* enrolments that wait for head office: the oldest gives way */
#define CONSENTS_KEPT_MAX   64   /* changed consents that wait for head office: a withdrawal gives way last */
#define LINKS_MAX           16384 /* returns and voids of the kept journal */
#define LIMITED_MAX         8192  /* limits of a book that are the till's, the store's or the chain's */
#define MEMBER_COUNTERS_MAX 128   /* limits that one member has used up something of */
#define RESERVE_SIZE_MAX    8192  /* what a basket needs, encoded */
#define GIFT_CUT_OFF        "gift value is not spent without head office, which cannot be asked: take another tender"
#define GIFT_MISSES_MAX     10 /* gift cards that nobody knows, before it goes slowly: guessing must not pay */
#define GIFT_MISS_MS        30000 /* then one more each ... */
#define DROPPED_MAX         32 /* offers that may break a limit in one basket: with more it has none at all */
#define LIMIT_TELL_MS       3600000
#define HOLD_MARGIN_MS      30000 /* before head office's own end of a reservation it counts as lapsed here */

/* A record that may wait. */
struct pending {
    kassa_Record head; /* seq and key are set when it is written */
    union {
        kassa_CardSeen card_seen;
        kassa_OfferShown offer_shown;
        kassa_TillFault till_fault;
        kassa_TillStarted till_started;
    } body;
};

/* A return (in an exchange, too) or a void, and which receipt it takes back. */
struct link {
    kassa_RecordKind kind; /* RETURN or VOID */
    uint32_t place;        /* whose receipt the original is: till_place_of */
    uint64_t number;       /* of the receipt that takes back */
    uint64_t original;
    uint64_t seq; /* in that generation of the journal */
    uint32_t generation;
};

/* A member who was enrolled here, until head office has sent him back. */
struct enrolled {
    uint8_t token[TOKEN_SIZE];
    kassa_Member member;
};

/* A consent that was changed here, until head office has sent the member back with it. */
struct consent_kept {
    uint8_t member[MEMBER_SIZE];
    uint64_t seq;     /* of its record; 0: none */
    uint64_t version; /* of the member as the cache had him then */
    kassa_Consent consent;
};

/* How far the journal before its tail was read. */
struct looking_back {
    uint32_t generation;
    uint64_t seq;                        /* the next one; 0: the generation's first */
    uint64_t last_number, before_number; /* receipts between the two are still to be read */
    uint64_t retry_mono_ms;
    bool is_damaged;
};

/* A place to decode a record from the journal into. */
struct lookup {
    uint8_t *bytes; /* RECORD_SIZE_MAX */
    struct arena arena;
    struct wire_record record;
};

/* What head office told of a receipt that it was asked for. */
enum told_state { TOLD_NOTHING, TOLD_ASKED, TOLD_NO_ANSWER, TOLD_UNKNOWN, TOLD_FOUND };

struct told {
    enum told_state state;
    kassa_ReceiptId id;
    uint64_t until_mono_ms;    /* asked: when it is given up; answered: how long it holds */
    uint64_t acknowledged_seq; /* own records up to here are in the answer */
    bool is_voided;
    bool has_returns;
    int64_t returned_milli[LINES_MAX];
    int64_t discount_minor; /* that went back with them ... */
    int64_t tax_minor;      /* ... and the tax */
    struct lookup receipt;
};

/* A coupon as it was presented, and what it is. */
struct presented {
    char code[COUPON_CODE_MAX + 1];
    char series[COUPON_SERIES_MAX + 1]; /* empty: nobody knows it */
    char serial[COUPON_SERIAL_MAX + 1]; /* empty: of many uses */
    char store[TILL_ID_MAX + 1];        /* it is for that store alone; empty: for all */
    int32_t from_day, until_day;
    bool is_signed;
    bool is_safe;                   /* may be redeemed without a line */
    enum till_coupon_state found;   /* by itself */
    enum till_coupon_state refused; /* by head office; fresh: it was not */
    bool is_anothers;               /* refused because it is not that member's; zeros: nobody's */
    uint8_t refused_member[MEMBER_SIZE];
    enum till_coupon_state state; /* all in all, as the basket was priced */
};

/* What the customer of one basket wishes. */
struct wishes {
    struct presented presented[TILL_COUPONS_MAX];
    size_t presented_count;
    int64_t burn_points;
    bool is_burn_refused; /* by head office, in this sale */
};

/* A limit of the book that is no member's. */
struct limited {
    uint32_t offer, index;
    bool is_exhausted; /* head office said so, for the period from ... */
    int32_t since_day;
};

/* A member's limit that head office said is reached; offer: BOOK_NONE where there is none. */
struct exhausted {
    uint8_t member[MEMBER_SIZE];
    uint32_t offer, index;
    int32_t since_day;
};
#define EXHAUSTED_MAX 16 /* the oldest gives way: it is asked for and refused again */

/* What head office sets aside for the open basket. */
struct hold {
    enum hold_state state;
    char key[KEY_MAX + 1];
    uint8_t digest[HASH_SIZE]; /* of what it is for */
    kassa_Reserve asked;
    uint64_t until_mono_ms; /* asked: when it is given up; granted: when it lapses */
    bool is_at_hub;         /* asked: head office is, not the store's arbiter; silent: it was */
    bool has_claim;         /* the store's arbiter was asked, and has not been told that it is not needed */
    bool is_by_store;       /* granted: by it alone */
    char reason[TILL_REASON_MAX];
    char field[TILL_FIELD_MAX];
};

/* What is on a gift card, that head office was asked. */
enum gift_asking { GIFT_NOTHING, GIFT_ASKED, GIFT_SILENT, GIFT_TOLD };

struct gift_question {
    enum gift_asking state;
    uint8_t account[TOKEN_SIZE];
    uint64_t until_mono_ms; /* asked: when it is given up; else: how long the answer is kept */
    bool is_awaited;        /* somebody wants to ask for another card */
    kassa_GiftFound found;
};

/* ---- limits.c, trial.c: what is priced, and within which limits */
enum { LIMITS_OWN, LIMITS_PROMISED, LIMITS_COUNT }; /* the till's own, and those of the book's signers */
struct offers_asked {
    const struct book *book;
    struct offers_basket basket;
    const struct offers_member *member;
    const struct offers_moment *moment;
    struct till_limits limits[LIMITS_COUNT]; /* all hold */
};

/* A book that is being tried. */
struct till_trying {
    struct till *till;
    struct offers_asked asked;
    struct offers_coupon coupons[COUPON_MOVES_MAX];
    struct span segments[SEGMENTS_MAX];
    struct offers_moment moment;
    struct till_trial trial;
    uint64_t seq, first_seq; /* the next record, and the oldest that there was at the beginning */
    uint32_t records;        /* that were looked at */
    uint64_t spent_ms;
    bool has_stalled;
    bool is_done;
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
    struct consent_kept consents[CONSENTS_KEPT_MAX]; /* one of a member and purpose */
    uint64_t consents_lost_seq; /* up to here somebody's withdrawal had to give way ... */
    uint64_t
        consents_lost_version; /* ... whom the cache had no newer than this: nobody is believed to consent */

    /* the basket that stands, and the one that is being filled */
    struct till_basket baskets[2];
    unsigned basket;
    int64_t *asked_prices_e5[2]; /* LINES_MAX each: of a unit, as the POS has them */
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
    uint64_t recorded_root_version; /* of the newest BookActivated */
    int64_t recorded_signed_unix_ms;
    struct till_book_terms terms; /* of the book in force */
    struct till_book_terms next_terms;
    struct till_trying trying;
    uint32_t book_faults; /* baskets, since it is in force */
    char fault_basket[KEY_MAX +
                      1]; /* the one that was counted last: it counts once, however often it is priced */
    uint64_t limit_told_mono_ms;   /* when the journal was told that a limit was broken; 0: never */
    uint32_t dropped[DROPPED_MAX]; /* offers of the basket that broke a limit */
    uint32_t dropped_count;

    struct parked parked; /* baskets that were suspended */

    /* what the customer wishes, and what of it may be promised */
    struct wishes wishes; /* of the open basket, or of the one to come */
    struct offers_coupon offer_coupons[TILL_COUPONS_MAX];
    uint8_t coupon_places[TILL_COUPONS_MAX]; /* of each in presented */
    uint32_t offer_coupon_count;
    struct till_burn burn;
    bool is_refusal_due;                    /* head office refused, and nobody has heard it */
    struct till_gift spends[GIFT_ROWS_MAX]; /* that the tenders of this call pay with */
    size_t spend_count;
    struct gift_question gift;
    struct bucket gift_misses;
    struct hold hold;
    uint64_t hub_silent_until_mono_ms;   /* it did not answer: it is not asked again before */
    uint64_t store_silent_until_mono_ms; /* the same of the store's arbiter */
    struct tally tally;
    bool has_tally; /* of the whole journal, not of its tail alone */
    struct looking_back looking_back;
    struct limited *limited; /* LIMITED_MAX */
    size_t limited_count;
    struct exhausted exhausted[EXHAUSTED_MAX];
    size_t exhausted_next;
    /* The base of counters stands first, and a copy with the member's behind it, as it is handed over. */
    struct offers_counter *counters; /* 2 * (LIMITED_MAX + MEMBER_COUNTERS_MAX) */
    uint32_t base_counter_count;
    bool has_counters;
    bool counters_cut_off; /* the base is of a time without a line */
    bool counters_shared;  /* and of one in which the store's tills counted together */
    int32_t counters_day;
    struct offers_counter member_counters[MEMBER_COUNTERS_MAX];
    uint32_t member_counter_count;
    struct offers_tender offer_tenders[TENDERS_MAX];

    /* recording */
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    uint8_t *pending_bytes;    /* PENDING_MAX of SMALL_RECORD_MAX */
    uint8_t *encoded;          /* RECORD_SIZE_MAX */
    kassa_Discount *discounts; /* DISCOUNTS_MAX: of the receipt that is written */
    struct wire_record record; /* that is written */
    struct lookup found;       /* the receipt that was asked for */
    struct lookup other;       /* another one, looked at beside it */
    struct told told;
    struct back so_far;            /* of the original that is looked at */
    int64_t from_milli[LINES_MAX]; /* and what had come back before this time ... */
    int64_t from_refunded_minor;   /* and been given back for it */
    struct link *links;            /* LINKS_MAX */
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
void till_see_tokens(struct till *till, const struct till_card *card, const struct vault_tokens *tokens);
/* Clears who is here, and tells if somebody was. */
void till_forget_customer(struct till *till);
void till_refresh_points(struct till *till);
struct points_sum till_points_of(struct till *till, const kassa_Member *member);
uint64_t till_acknowledged_seq(const struct till *till);
void till_remember_enrolled(struct till *till, const kassa_MemberEnrolled *enrolled);
struct offers_member till_offers_member(struct till *till);

/* ---- gift.c */
NODISCARD
enum err till_gift_account(const struct till *till, const char *code, uint8_t out[TOKEN_SIZE]);

/* ---- personal.c */
/* What the member's own key opens, for who is here. */
void till_open_personal(struct till *till, struct till_member *customer);
void till_hide_personal(struct till_member *customer);
/* Makes a key, keeps it in the cache and fills out->personal; out->member is set. */
NODISCARD
enum err till_seal_personal(struct till *till, const struct till_enrolment *enrolment,
                            kassa_MemberEnrolled *out);

/* Out of the cache. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO, ERR_SYNTAX. */
NODISCARD
enum err till_look_up_member(struct till *till, const uint8_t id[MEMBER_SIZE], kassa_Member *out);

/* ---- consent.c */
void till_change_consent(kassa_Member *member, const kassa_Consent *change);
void till_remember_consent(struct till *till, const kassa_ConsentChanged *changed, uint64_t seq);
void till_forget_consents(struct till *till);
/* What he changed here counts, whatever the cache still says; what he does not want is taken away. */
void till_apply_consents(struct till *till, kassa_Member *member);

/* ---- basket.c */
struct till_basket *till_basket_of(const struct till *till);
/* With tenders (not NULL) the basket is priced again by the moment that it was shown with: nothing but points
 * may change then. */
NODISCARD
enum err till_price(struct till *till, const struct till_tenders *tenders);
int64_t till_total(const struct till *till); /* to pay, with what comes back and charged gifts */
/* Finds what comes back of a basket's exchange and fills in its lines. ERR_PENDING and as till_find_original. */
NODISCARD
enum err till_fill_exchange(struct till *till, struct till_basket *basket, struct till_refusal *out_refusal);
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
/* A line as the engine sees it; asked_e5: the price of a unit before any rule. */
void till_fill_offer_line(const kassa_Line *line, int64_t asked_e5, struct offers_line *out);
/* Amount and tax of a line that has no discount, from its price and quantity. ERR_RANGE. */
NODISCARD
enum err till_set_amount(const struct till *till, kassa_PriceMode mode, kassa_Line *line);

/* ---- limits.c */
/* Prices with the till's workspace so that no limit is broken: offers that break one are in till->dropped.
 * *out_faults counts conditions that ran out of steps or memory. */
NODISCARD
enum err till_price_limited(struct till *till, struct offers_asked *asked, struct offers_result *out,
                            uint32_t *out_faults);
bool till_breaks_limit(const struct offers_asked *asked, const struct offers_result *result);
/* 1: a condition ran out of steps or memory. */
uint32_t till_count_engine_faults(const struct offers_result *result);

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
/* Fills in tenders, change, and the rounding of what is paid in cash: total_minor holds it from here on.
 * ERR_UNBALANCED, ERR_RANGE. */
NODISCARD
enum err till_settle(struct wire_receipt *receipt, const struct till_tenders *tenders,
                     int64_t cash_step_minor, struct till_refusal *out_refusal);
/* A row for points or gift value as a way of paying; negative: paid back. 0: none. */
NODISCARD
enum err till_add_tender(struct till_tenders *tenders, kassa_TenderKind kind, int64_t minor,
                         struct till_refusal *out_refusal);
/* The invariants of OFFERS.md E. ERR_UNBALANCED, ERR_RANGE. */
NODISCARD
enum err till_check_receipt(const struct wire_receipt *receipt, int64_t cash_step_minor);

/* ---- lookback.c */
void till_begin_looking_back(struct till *till); /* the tail is about to be folded */
/* Reads on, a little. In how many ms it wants to go on; UINT32_MAX: all is read. */
uint32_t till_look_back(struct till *till, uint64_t now_mono_ms);

/* ---- find.c */
NODISCARD
enum err till_find_receipt(struct till *till, uint64_t number, struct lookup *out);
NODISCARD
enum err till_read_links(struct till *till);
void till_add_link(struct till *till, const struct wire_record *record, uint32_t generation);
/* A number for store and till of a receipt. */
uint32_t till_place_of(const kassa_ReceiptId *id);
uint32_t till_place_here(const struct till *till);
NODISCARD
enum err till_decode(struct lookup *lookup, size_t size);

/* ---- wish.c */
void till_fill_wishes(struct till *till, struct offers_basket *basket, struct offers_member *member);
void till_forget_wishes(struct till *till);
/* Of those presented only these stay. */
void till_keep_presented(struct till *till, char (*codes)[COUPON_CODE_MAX + 1], size_t count);
NODISCARD
enum err till_add_presented(struct till *till, const char *code, struct till_refusal *out_refusal);
const struct presented *till_presented_at(const struct till *till, uint32_t index); /* of offer_coupons */
bool till_is_cut_off(const struct till *till);
bool till_is_line_up(const struct till *till);
bool till_is_store_there(const struct till *till);      /* the store's arbiter */
bool till_shares_limits(const struct till *till);       /* limits of the store are counted by it */
int64_t till_allowance_of_day(const struct till *till); /* of the member who is here, before what was spent */
/* Of the member who is here; zeros: nobody is. */
void till_get_member_id(const struct till *till, uint8_t out[MEMBER_SIZE]);
int64_t till_burnable(const struct till *till);
void till_list_limited(struct till *till); /* of the book in force */
/* The limit of the member who was asked for is reached. */
void till_exhaust_member(struct till *till, uint32_t offer, const kassa_OfferUse *row);

/* ---- reserve.c */
size_t till_fill_uses(const struct till *till, kassa_OfferUse *out, size_t capacity);
size_t till_fill_redeemed(const struct till *till, kassa_CouponRow *out, size_t capacity);
/* What the priced basket needs is set aside, or may be promised without a line. As till_reserve. */
NODISCARD
enum err till_secure_basket(struct till *till, struct till_refusal *out_refusal);
void till_drop_hold(struct till *till);
void till_commit_hold(struct till *till);
void till_expire_hold(struct till *till, uint64_t now_mono_ms);

void till_begin_asking(struct till *till, bool is_at_hub);
/* One that the arbiter was asked for is not needed, or a record carries it. */
void till_drop_claim(struct till *till);

/* ---- claim.c */
/* Asks the store's arbiter for what the hold is for. ERR_NOT_FOUND: nobody else in the store shares any of it. */
NODISCARD
enum err till_ask_store(struct till *till);
/* Head office is not asked any more, for a while. */
void till_note_hub_silence(struct till *till);
void till_note_store_silence(struct till *till);

/* ---- needs.c */

/* What the coupons stand on that till_fill_loyalty has issued. ERR_RANGE. */
enum err till_fill_needs(const struct till *till, struct wire_receipt *receipt);
/* Whether the original's coupon of that place is not earned any more by what remains once till->so_far came back, and was
 * before. */
enum err till_loses_coupon(const struct till *till, const struct back_progress *net, pb_size_t coupon,
                           bool *out_is_lost);

/* ---- loyalty.c */
/* Whose card it was, how it was read, and who that is if he is known. */
void till_name_customer(const struct till *till, kassa_Loyalty *loyalty);
/* All of a sale; *head knows what its exchange gave back already. */
void till_fill_loyalty(struct till *till, kassa_Receipt *head);
void till_fill_deals(const struct till *till, kassa_Receipt *head);

/* ---- refund.c */
/* Where lines and discount rows go that come back. */
struct taken {
    kassa_Line *lines;
    size_t line_count, line_max;
    kassa_Discount *discounts; /* DISCOUNTS_MAX */
    size_t discount_count;
    uint32_t first_number; /* of the first line, in the receipt that is written */
};
/* After till_find_original: the lines that come back of it. ERR_RANGE, ERR_TOO_LONG. */
NODISCARD
enum err till_take_lines(struct till *till, const struct till_line_back *entries, size_t count,
                         const char *reason, struct taken *taken, struct till_refusal *out);
/* What goes back the way it was paid. */
struct back_tenders {
    int64_t points_minor;
    int64_t gift_minor;
};
/* And what shrinks with them. ERR_TOO_LONG: more gift cards than a receipt has rows for. */
NODISCARD
enum err till_take_loyalty_back(struct till *till, kassa_Loyalty *to, struct back_tenders *out_tenders);
/* The balance of whoever's points a receipt moves, as far as the till knows him. */
void till_show_balance(struct till *till, kassa_Loyalty *loyalty);
/* The sums of the head, out of the lines. ERR_RANGE. */
NODISCARD
enum err till_sum_up(struct wire_receipt *receipt);

/* ---- gift.c */
/* Checks the cards that a staged basket loads; their codes become tokens. ERR_ARGUMENT, ERR_RANGE. */
NODISCARD
enum err till_take_loads(const struct till *till, struct till_basket *basket, struct till_refusal *out);
/* As a suspended basket has them. ERR_CORRUPT. */
NODISCARD
enum err till_restore_loads(struct till_basket *staged, const kassa_Loyalty *from);
void till_fill_loads(const struct till_basket *basket, kassa_Receipt *head);
/* The gift cards that pay for the open basket: till->spends. ERR_ARGUMENT, ERR_RANGE, ERR_STATE, ERR_TOO_LONG. */
NODISCARD
enum err till_take_spends(struct till *till, const struct till_tenders *tenders, struct till_refusal *out);
void till_reserve_gifts(const struct till *till, kassa_Reserve *out);
/* ERR_STATE: head office has not set them aside. */
NODISCARD
enum err till_check_spends(const struct till *till, struct till_refusal *out);
/* Says in *hold which card has too little. */
void till_name_short_gift(struct till *till, const kassa_Reservation *answer, struct hold *hold);
/* Into a receipt whose tenders are settled. ERR_UNBALANCED: another amount than was set aside. */
NODISCARD
enum err till_fill_spends(const struct till *till, kassa_Receipt *head);
/* Adds what gift cards paid for that receipt. ERR_RANGE. */
NODISCARD
enum err till_sum_gifts_paid(const kassa_Receipt *original, int64_t *sum_minor);
/* What goes back with the lines of till->so_far. left: of all tenders that go back the way they paid, those that
 * are not taken yet. */
NODISCARD
enum err till_take_gifts_back(const struct till *till, struct back_progress *left, kassa_Loyalty *to,
                              int64_t *out_tender_minor);
/* A return names no gift card. ERR_ARGUMENT. */
NODISCARD
enum err till_refuse_gift_tender(const struct till_tenders *tenders, struct till_refusal *out);

/* ---- balance.c */
/* ERR_THROTTLED: too many gift cards were tried that nobody knows. */
NODISCARD
enum err till_check_gift_patience(struct till *till, const char *field, struct till_refusal *out);
void till_count_gift_miss(struct till *till);
/* Answers when it wants to be called again at the latest; UINT64_MAX: not by itself. */
uint64_t till_expire_gift(struct till *till, uint64_t now_mono_ms);

/* ---- original.c */
/* The purchase that goods come back of, and what came back so far: till->so_far. ERR_PENDING: head office is
 * asked. ERR_NOT_FOUND, ERR_STATE. */
NODISCARD
enum err till_find_original(struct till *till, const kassa_ReceiptId *id, struct till_refusal *out_refusal);
/* Gross and net prices do not stand on one receipt. ERR_STATE: the original that was found has the others. */
NODISCARD
enum err till_check_price_mode(const struct till *till, kassa_PriceMode mode, const char *field,
                               struct till_refusal *out_refusal);
/* Out of the own journal alone, any kind: till->found. */
NODISCARD
enum err till_find_own(struct till *till, const kassa_ReceiptId *id, kassa_RecordKind *out_kind);
/* ERR_PENDING until till->told says what head office knows, or that it does not answer. */
NODISCARD
enum err till_ask_original(struct till *till, const kassa_ReceiptId *id);
void till_expire_told(struct till *till, uint64_t now_mono_ms);
bool till_is_voided(const struct till *till, const kassa_ReceiptId *id);
bool till_has_standing_return(const struct till *till, const kassa_ReceiptId *id);

/* ---- fold.c */
void till_fold_record(struct till *till, const struct wire_record *record, uint64_t seq);
/* Reads the journal's tail anew. */
NODISCARD
enum err till_fold_tail(struct till *till);
/* The newest record: when it was written, and whether it says that the till was stopped in order. */
NODISCARD
enum err till_read_newest(struct till *till, int64_t *out_unix_ms, bool *out_is_clean);

#endif
