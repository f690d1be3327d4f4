/* SPDX-License-Identifier: Apache-2.0 */
/* till.h - one till: the sale session, from a card or a basket to a durable record.
 *
 * Session    sale.h has the table of states. A call that is not allowed in the present state is ERR_STATE and
 *            changes nothing; so does every call that fails.
 * Durable    commit, return, void, enrol, consent and answers are on disk when they return ERR_OK. What a
 *            screen was shown and which cards were seen is written at the next flush or with the next sale.
 * Sending    every write takes an idempotency key. The same key with the same content is answered from the
 *            journal as it was the first time, for as long as the journal remembers keys; with other content
 *            it is ERR_CONFLICT.
 * Memory     all of it is taken in till_open; tap, pricing and commit take none. What is large is touched as
 *            far as baskets are large.
 * Owner      the caller owns what it passes, and keeps it only for the call, but for what till_settings
 *            names. What the till hands out belongs to it and holds until the next call that changes
 *            anything.
 * Threads    one thread, the event loop. Calls that record wait for the disk. */
#ifndef KASSA_TILL_H
#define KASSA_TILL_H

#include "card/card.h"
#include "iface/clock.h"
#include "iface/random.h"
#include "journal/journal.h"
#include "members/members.h"
#include "offers/offers.h"
#include "till/sale.h"
#include "vault/pepper.h"
#include "wire/message.h"
#include "wire/record.h"

#define TILL_OFFERS_SHOWN_MAX 8   /* offers that a tap brings to a screen */
#define TILL_FIELD_MAX        64  /* "lines[1113].categories[3]" */
#define TILL_REASON_MAX       160 /* a sentence */
#define TILL_SUSPENDED_MAX    64  /* baskets that wait */
#define TILL_COUPONS_MAX      16  /* presented in one sale */
#define RETURN_REASON_MAX     40
#define VOID_REASON_MAX       80

/* Who refused this purpose is a member without name and segments at the till. */
#define CONSENT_PERSONAL_OFFERS "personal_offers"

struct till; /* opaque */

/* How the till asks head office; both may be NULL: then it never does. */
struct till_claim;

struct till_hub {
    void *self;
    /* Sends the question who has this card. The answer comes by till_hear_member, for the newest token. */
    enum err (*ask_member)(void *self, const struct vault_tokens *tokens);
    bool (*is_connected)(void *self);
    /* Asks for a receipt of any till. The answer comes by till_hear_receipt. May be NULL. */
    enum err (*ask_receipt)(void *self, const kassa_ReceiptId *id);
    /* Asks to set aside what a sale needs; the answer comes by till_hear_reservation. Tells that a key is not
     * needed any more. May be NULL: then every sale is as without a line. */
    enum err (*reserve)(void *self, const kassa_Reserve *reserve);
    enum err (*release)(void *self, const char *key);
    /* Asks what is on a gift card. The answer comes by till_hear_gift. May be NULL. */
    enum err (*ask_gift)(void *self, const uint8_t account[TOKEN_SIZE]);
    /* The arbiter of this store's tills (lan/lan.h): whether it is there; asks it for what a sale needs, and the answer
     * comes by till_hear_claim; tells that a key is not needed any more, or that a record carries it. ERR_NOT_FOUND of
     * claim: no other till of the store could take any of it away. All may be NULL: the store has none. */
    bool (*is_store_there)(void *self);
    enum err (*claim)(void *self, const struct till_claim *claim);
    void (*unclaim)(void *self, const char *key);
    void (*commit_claim)(void *self, const char *key);
};

enum till_event {
    TILL_SESSION,        /* the state changed */
    TILL_CARD,           /* a card came */
    TILL_MEMBER,         /* till_get_member has who, and the offers open to him */
    TILL_MEMBER_UNKNOWN, /* a card that nobody here knows */
    TILL_MEMBER_GONE,
    TILL_BASKET,    /* priced anew, or gone */
    TILL_COMMITTED, /* with the outcome, as the next two */
    TILL_RETURNED,
    TILL_VOIDED,
    TILL_SUSPENDED, /* a basket was put aside, or one of those was dropped */
    TILL_RESUMED,
    TILL_ANSWERED, /* head office answered, or its time is over: what was ERR_PENDING can be called again */
    TILL_BOOK,     /* another book of offers is in force */
    TILL_FAULT,    /* something that head office should know; till_get_status has it */
    TILL_EVENT_COUNT
};

struct till_outcome;

/* Is told within the call that causes the event; may read the till, and call nothing that changes it. */
struct till_listener {
    void *self;
    void (*notify)(void *self, enum till_event event, const struct till_outcome *outcome);
};

/* What no book may exceed in one basket. 0: no such limit. */
struct till_limits {
    uint32_t discount_bp_max;     /* what offers take off, of what the basket costs before ... */
    uint32_t discount_lines_free; /* ... if it has more lines than that: a free coffee is a basket too */
    uint64_t points_per_unit_max; /* points that are earned, for each major unit of what is paid ... */
    uint64_t points_free; /* ... if there are more than that: a bonus for a visit is earned with a bun */
    int64_t unit_price_minor_min; /* what a unit costs at least, unless it costs less without any offer */
};

/* Under what a book was taken, for its record, and what its signers promise of it. */
struct till_book_terms {
    uint64_t root_version;
    int64_t signed_unix_ms;
    struct till_limits limits;
};

/* What the journal says of the book that was put in force last; version 0: nothing. */
struct till_book_witness {
    uint64_t version;
    uint8_t hash[HASH_SIZE];
    uint64_t root_version;
    int64_t signed_unix_ms;
};

struct till_settings {
    char tenant[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    char till[TILL_ID_MAX + 1];
    char drawer[TILL_ID_MAX + 1];
    char software[TILL_ID_MAX + 1];
    char currency[4];
    uint8_t exponent;
    char locale[LANGUAGE_MAX + 1]; /* of a basket that names none */
    kassa_PriceMode price_mode;    /* as well */
    struct vault_peppers peppers;  /* the newest first */
    struct card_number_rules numbers;
    /* How many tills share a limit of the store and of the chain: without a line each gives at most its part,
     * so that all together never pass it. 0: without a line such offers are not given. */
    uint32_t store_tills, chain_tills;
    const uint8_t (*coupon_keys)[VAULT_PUBLIC_SIZE]; /* whose signature makes a coupon good; the caller's */
    size_t coupon_key_count;
    uint32_t ask_ms;             /* how long head office may take to say who a card is */
    uint32_t member_ms;          /* how long a member stays without a basket */
    int64_t cash_rounding_minor; /* what is paid in cash is a multiple of it; 0 and 1: to the minor unit */
    struct till_limits limits;   /* that no book can lift */
    enum card_trust redeem_from; /* the least of a member's card that his points and coupons want */
    struct clock clock;
    struct random random;
    struct till_hub hub;
    struct till_listener listener;
    struct journal *journal; /* outlives the till, as members and storage do */
    struct members *members;
    struct storage storage; /* of the suspended baskets; its ops may be NULL: then none can be suspended */
    unsigned first_table;   /* TILL_TABLES stand from here on */
};

/* The tables of the storage that holds the till's own rows (SPEC.md), for lmdb_options.tables. */
#define TILL_TABLE_COUNT 1
#define TILL_TABLES      "parked"

/* Opens the till over its journal: folds what head office has not confirmed yet into the points it shows, and
 * writes the TillStarted record. ERR_ARGUMENT (settings), ERR_MEMORY, ERR_FULL, ERR_IO, ERR_CORRUPT. */
NODISCARD
enum err till_open(const struct till_settings *settings, struct till **out_till);

/* Writes what is pending and the TillStopped record, as far as the disk lets it. NULL is allowed. */
void till_close(struct till *till, const char *reason);

/* ------------------------------------------------------------------------------------- cards and members */

struct till_card {
    const char *text; /* canonical */
    kassa_CardTechnology technology;
    kassa_CardRead read;
    enum card_trust trust;             /* none: as its technology is believed */
    struct reader_freshness freshness; /* by which head office knows this tap if another till tells it, too */
    uint8_t reader;                    /* which of the till's readers saw it, from 1; 0: none of them */
    uint64_t read_us;                  /* what the reader took */
    uint64_t arrived_us;               /* by the caller's clock, for the listener's use */
};

/* A card was tapped, scanned or typed. While its member is here the same card again, or another one of his, is ERR_OK
 * and nothing else, unless it is believed further: then it counts from there on, and the basket is priced again.
 * ERR_SYNTAX: no canonical text. */
NODISCARD
enum err till_see_card(struct till *till, const struct till_card *card);

/* Head office answered for that card; member NULL: it knows none. */
void till_hear_member(struct till *till, const uint8_t token[TOKEN_SIZE], const kassa_Member *member);

/* The members' cache was brought up to date: is there news of who is here? */
void till_hear_members(struct till *till);

/* Head office answered for that receipt; found NULL: it cannot say. */
void till_hear_receipt(struct till *till, const kassa_ReceiptId *id, const struct wire_receipt_found *found);

/* The member leaves; an open basket is priced without him. ERR_STATE: nobody is here. */
NODISCARD
enum err till_leave_member(struct till *till);

struct till_member {
    bool is_known;                     /* false: a card is here, but member and points say nothing */
    uint8_t card_token[TOKEN_SIZE];    /* under the newest pepper */
    uint8_t earlier_token[TOKEN_SIZE]; /* all zero, or the one under an older pepper by which he was found */
    struct till_card card;             /* how it was read; text is NULL: it is not kept */
    kassa_Member member;               /* his name and birthday sealed ... */
    char first_name[NAME_MAX_BYTES +
                    1];       /* ... and in clear while he is here; empty: not told, or not to be used */
    uint16_t birth_month_day; /* month * 100 + day; 0: the same */
    int64_t points;           /* to spend: the snapshot's, and what this till did since */
    int64_t points_pending;   /* earned, and not to be spent yet */
    int64_t as_of_unix_ms;
    uint32_t offers[TILL_OFFERS_SHOWN_MAX]; /* indexes into the book */
    uint32_t offer_count;
};

/* NULL: neither a member nor a card is here. */
const struct till_member *till_get_member(const struct till *till);

/* Is it the card that is here, or another one of the member who is? text: canonical. */
bool till_is_here(const struct till *till, const char *text);

/* May who is here take value out: burn his points, redeem coupons of his? Who may not earns all the same, and has what
 * every member has. Gift cards and coupons that are nobody's prove themselves by their codes. */
bool till_may_redeem(const struct till *till);

/* ------------------------------------------------------------------------------------------------- basket */

/* What is wrong with a request: which field, and why. */
struct till_refusal {
    char field[TILL_FIELD_MAX];   /* "lines[3].quantity"; empty: none in particular */
    char reason[TILL_REASON_MAX]; /* a sentence, without what was sent */
    const char *code;             /* a name for programs, where the error alone does not say it; NULL: none */
};

#define TILL_CODE_CARD_TRUST "card_trust" /* the card may earn, and not pay */

struct till_line_back {
    uint32_t line; /* of the original receipt */
    int64_t quantity_milli;
};

/* Goods of one receipt that come back in the same basket: an exchange. */
struct till_exchange {
    kassa_ReceiptId original;
    char reason[RETURN_REASON_MAX + 1];
    struct till_line_back *back; /* room for LINES_MAX */
    size_t back_count;           /* 0: nothing comes back */
};

/* A gift card that a line loads or that pays. */
struct till_gift {
    uint32_t place;              /* of the line or the tender, from 0 */
    char code[CARD_TEXT_MAX];    /* canonical; forgotten when its token is known */
    uint8_t account[TOKEN_SIZE]; /* set by the till: the code's token */
    uint8_t newer[TOKEN_SIZE];   /* set by the till: the token under the newest pepper; all zero: the same */
    int64_t amount_minor;        /* set by the till: what it pays */
};

/* A basket as a POS sends it. Of a line the till sets number, price (by price rules), amount, discount, tax
 * base and tax; a basket's lines are sales, deposits, fees, gift value or corrections. Behind them the till
 * puts what comes back, and what is sold as a charged gift. */
struct till_basket {
    char id[KEY_MAX + 1];
    char operator_id[TILL_ID_MAX + 1];
    char locale[LANGUAGE_MAX + 1];
    bool training;
    kassa_PriceMode price_mode;    /* do the prices hold the tax? staged: as the till's settings have it */
    char card_text[CARD_TEXT_MAX]; /* canonical; empty: as it stands */
    struct till_card card;         /* how it was read; the till fills in the text */
    kassa_Line *lines;             /* room for LINES_MAX */
    size_t line_count;
    struct till_exchange exchange;
    bool has_burn; /* else what was wished before stands, as with coupons */
    int64_t burn_points;
    bool has_coupons;
    char (*coupons)[COUPON_CODE_MAX + 1]; /* room for TILL_COUPONS_MAX */
    size_t coupon_count;
    struct till_gift loads[GIFT_ROWS_MAX]; /* in the order of their lines, whose kind is gift value */
    size_t load_count;
    /* set by the till */
    size_t back_count; /* lines behind line_count that come back ... */
    size_t gift_count; /* ... and behind those, charged gifts */
    kassa_Discount *back_discounts;
    size_t back_discount_count;
    int64_t back_gross_minor, back_discount_minor;
    int64_t back_points_minor, back_gift_value_minor;
    kassa_GiftRow back_gifts[GIFT_ROWS_MAX]; /* what goes back to gift cards, and what is taken back */
    size_t back_gift_count;
    int64_t gift_minor;
};

/* A cleared basket to fill; the one that stands is not touched. The next call gives the same memory again. */
struct till_basket *till_stage_basket(struct till *till);

/* The staged basket becomes the basket, priced. On a fault the one before stands.
 * ERR_ARGUMENT, ERR_RANGE, ERR_TOO_LONG, ERR_NOT_FOUND (of an exchange): *out_refusal says where. ERR_STATE.
 * ERR_PENDING: head office is asked for the original; stage the basket and call again at TILL_ANSWERED. */
NODISCARD
enum err till_put_basket(struct till *till, struct till_refusal *out_refusal);

NODISCARD
enum err till_drop_basket(struct till *till);

struct till_priced {
    const struct till_basket *basket;
    const struct offers_result *result; /* lines in the basket's order */
    const struct book *book;            /* NULL: none is in force */
    uint64_t book_version;
    int64_t gross_minor, discount_minor; /* with what comes back and charged gifts */
    int64_t tax_minor;                   /* within the amounts; of net prices on top of them */
    int64_t total_minor;                 /* what the customer pays: with the tax, in either case */
    int64_t cash_minor;          /* the total, if all of it but what points pay is paid in cash: rounded */
    int64_t points_tender_minor; /* of the total, paid with points; negative: given back in points */
    int64_t gift_tender_minor;   /* not above 0: given back as gift value, to the cards that had paid */
};

/* false: no basket is open. */
bool till_get_basket(const struct till *till, struct till_priced *out);

/* ---------------------------------------------------------------------------------------- points and coupons */

enum till_burn_refusal {
    TILL_BURN_FITS,
    TILL_BURN_NOT_IN_PROGRAMME,
    TILL_BURN_NO_MEMBER,
    TILL_BURN_BEYOND_BALANCE,
    TILL_BURN_BEYOND_ALLOWANCE, /* without a line to head office */
    TILL_BURN_BY_HEAD_OFFICE,
    TILL_BURN_BY_CARD, /* his card may earn, and not pay */
    TILL_BURN_REFUSAL_COUNT
};

struct till_burn {
    int64_t wanted;
    int64_t available; /* may be burned now: the balance, or without a line what is left of the allowance */
    enum till_burn_refusal refused;
};

/* How many points the member wants to burn in this sale (whole steps, at most what the programme allows; the
 * result says how many). It stands until the sale is over. ERR_RANGE: negative. */
NODISCARD
enum err till_set_burn(struct till *till, int64_t points, struct till_refusal *out_refusal);
void till_get_burn(const struct till *till, struct till_burn *out);

enum till_coupon_state {
    TILL_COUPON_FRESH,
    TILL_COUPON_USED,
    TILL_COUPON_EXPIRED,
    TILL_COUPON_WRONG_STORE,
    TILL_COUPON_FORGED,
    TILL_COUPON_UNKNOWN,
    TILL_COUPON_UNCERTAIN, /* only head office can say, and there is no line */
    TILL_COUPON_NOT_YET,   /* it can be used from a later day on */
    TILL_COUPON_BY_CARD,   /* it is the member's, whose card may earn, and not pay */
    TILL_COUPON_STATE_COUNT
};

struct till_coupon {
    const char *code; /* as it was presented */
    const char *series;
    const char *serial;
    enum till_coupon_state state;
    bool is_redeemed; /* an offer of the open basket takes it */
};

/* A coupon is typed or scanned: a series of many uses, the serial of one of the member's, "series/serial", or
 * a signed token (wire/coupon.h). It stands until the sale is over. Again: ERR_OK. ERR_RANGE, ERR_TOO_LONG. */
NODISCARD
enum err till_present_coupon(struct till *till, const char *code, struct till_refusal *out_refusal);
/* By code or serial. ERR_NOT_FOUND. */
NODISCARD
enum err till_withdraw_coupon(struct till *till, const char *code);
size_t till_list_coupons(const struct till *till, struct till_coupon *out, size_t capacity);

/* ---------------------------------------------------------------------------------------------- gift cards */

struct till_gift_balance {
    int64_t available_minor; /* less what sales that are being paid have set aside */
    char currency[4];
    uint8_t exponent;
};

/* What is on the gift card with that canonical code: no session is needed. ERR_PENDING: head office is asked;
 * call again at TILL_ANSWERED. ERR_CLOSED: there is no line; ERR_TIMEOUT: no answer. ERR_NOT_FOUND: nobody
 * has loaded such a card. ERR_THROTTLED: too many of those. ERR_ARGUMENT: no code. */
NODISCARD
enum err till_get_gift_balance(struct till *till, const char *code, struct till_gift_balance *out,
                               struct till_refusal *out_refusal);
/* Head office answered. */
void till_hear_gift(struct till *till, const kassa_GiftFound *found);

struct till_tenders;

/* What the open basket burns, redeems and uses up of limits is set aside by head office, where there is a
 * line; else it is checked against what this till may promise alone. A commit does the same: a POS asks before
 * it takes a payment that cannot be taken back. ERR_PENDING: head office is asked; call again at
 * TILL_ANSWERED. ERR_STATE (head office refused; the basket is priced anew without it), ERR_RANGE (points):
 * *out_refusal says what. tenders: those that the commit will have, whose gift cards are set aside too; NULL:
 * none of them is a gift card. */
NODISCARD
enum err till_reserve(struct till *till, const char *basket, const struct till_tenders *tenders,
                      struct till_refusal *out_refusal);

struct till_reservation {
    int state; /* enum hold_state */
    bool is_granted;
    bool is_cut_off;  /* there is no line, or head office does not answer */
    bool is_by_store; /* the store's arbiter granted it, and head office was not asked */
    const char *key;  /* empty: nothing is set aside */
};
void till_get_reservation(const struct till *till, struct till_reservation *out);

/* Head office answered a reserve. */
void till_hear_reservation(struct till *till, const kassa_Reservation *answer);

/* What the open basket is about to use, and how much of it there is before what the other tills of the store used. */
struct till_claim {
    const kassa_Reserve *reserve;
    const int64_t *uses_most; /* of each of reserve's uses; negative: the store does not share it */
    int64_t points;           /* the snapshot's, and what was earned here since */
    int64_t as_of_unix_ms;    /* the snapshot's */
    int64_t allowance;        /* that may be spent without a line today; negative: there is one */
};

/* The store's arbiter answered a claim. */
struct till_claim_answer {
    const char *key;
    bool is_granted;
    kassa_ReserveReason reason; /* with a refusal: as head office's ... */
    uint32_t row;
    int64_t available;
    bool is_allowance; /* ... or it is what may be spent without a line that is short */
    const char *by;    /* the till that used it last; "": none */
};
void till_hear_claim(struct till *till, const struct till_claim_answer *answer);

/* ----------------------------------------------------------------------------------- suspended baskets */

/* Puts the open basket aside, on disk, with the card that is here; the session is idle then. Again for a
 * basket that is suspended: ERR_OK. ERR_STATE: that basket is not open. ERR_FULL (TILL_SUSPENDED_MAX of
 * them), ERR_IO, ERR_UNSUPPORTED (no storage): it stays open. */
NODISCARD
enum err till_suspend(struct till *till, const char *basket, struct till_refusal *out_refusal);

/* Takes a suspended basket up again: it is the open one, priced anew, and its card is here, unless another
 * one is. It stays on disk until it is paid or dropped. Again for the one that is open: ERR_OK. ERR_STATE:
 * another basket is open. ERR_NOT_FOUND. ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err till_resume(struct till *till, const char *basket, struct till_refusal *out_refusal);

/* Nobody came back for it. ERR_NOT_FOUND; ERR_STATE: it is the open one. */
NODISCARD
enum err till_forget_suspended(struct till *till, const char *basket);

struct till_suspended {
    char basket[KEY_MAX + 1];
    char operator_id[TILL_ID_MAX + 1];
    int64_t suspended_unix_ms;
    int64_t total_minor; /* as it was priced then */
    uint32_t line_count;
    bool has_card;
    bool training;
};

/* Those that wait, the oldest first as a rule; how many were written. */
size_t till_list_suspended(const struct till *till, struct till_suspended *out, size_t capacity);

/* ---------------------------------------------------------------------------------------------- recording */

/* Who asks, so that asking twice is done once. */
struct till_request {
    struct span key;     /* 1 to KEY_MAX printable bytes; empty where a call allows it */
    struct span content; /* all that the caller means by it, in one form */
};

struct till_tenders {
    kassa_Tender rows[TENDERS_MAX];
    size_t count;
    size_t rest; /* index of the row whose amount is what the others leave; count: none is */
    struct till_gift gifts[GIFT_ROWS_MAX]; /* of rows of kind gift: the chain's own cards */
    size_t gift_count;
};

/* What was recorded, as it can be told again at any time. */
struct till_outcome {
    kassa_RecordKind kind;
    uint64_t seq;
    kassa_ReceiptId receipt; /* number 0: it took none */
    int64_t total_minor;
    int64_t rounding_minor; /* of the total: what rounding of cash added */
    int64_t change_minor;
    bool has_member;
    uint8_t member[MEMBER_SIZE];
    int64_t points_earned; /* negative: taken back */
    int64_t points_burned; /* negative: given back */
    int64_t balance;       /* as it was shown */
    int64_t as_of_unix_ms;
    bool is_replay; /* recorded before, under this key */
};

/* Records the open basket as paid; the session is idle then. ERR_PENDING and what till_reserve answers.
 * ERR_STATE: that basket is not open.
 * Gift value is never spent without a line to head office: ERR_STATE, and another tender can pay.
 * ERR_UNBALANCED: the tenders do not pay the total, or give change that no cash covers. ERR_CONFLICT,
 * ERR_FULL, ERR_IO: not recorded, the basket stays open. */
NODISCARD
enum err till_commit(struct till *till, const struct till_request *request, const char *basket,
                     const struct till_tenders *tenders, struct till_outcome *out,
                     struct till_refusal *out_refusal);

/* Goods that come back. With an original, of this till or any other: `back` names its lines. Where it cannot
 * be found, and without one: `lines` are whole lines with the price that is paid back, unverified. Quantities
 * are positive: the till turns the signs. Prices hold the tax or not as those of the original do; where there is
 * none, as price_mode says, else the till's settings. */
struct till_return {
    bool has_original;
    kassa_ReceiptId original;
    char reason[RETURN_REASON_MAX + 1];
    char operator_id[TILL_ID_MAX + 1];
    bool training;
    bool has_price_mode; /* then an original with other prices is refused: ERR_STATE */
    kassa_PriceMode price_mode;
    char card_text[CARD_TEXT_MAX];
    struct till_card card;       /* as a basket's */
    struct till_line_back *back; /* room for LINES_MAX */
    size_t back_count;
    kassa_Line *lines; /* room for LINES_MAX */
    size_t line_count; /* with an original: 0, or what to do where nobody knows it */
    struct till_tenders
        tenders; /* negative: paid out. None: all of it in cash, but what was paid in points */
};

/* A cleared return to fill. It shares its memory with till_stage_basket. */
struct till_return *till_stage_return(struct till *till);

/* ERR_PENDING: head office is asked for the original; stage it and call again at TILL_ANSWERED.
 * ERR_NOT_FOUND: nobody knows that receipt, and there are no lines to take unverified. ERR_RANGE: more than is
 * left of a line. ERR_STATE: a basket is open, or the receipt was voided. The rest as for till_commit. */
NODISCARD
enum err till_take_return(struct till *till, const struct till_request *request, struct till_outcome *out,
                          struct till_refusal *out_refusal);

struct till_void {
    kassa_ReceiptId original; /* a sale or a return of this till */
    char reason[VOID_REASON_MAX + 1];
    char operator_id[TILL_ID_MAX + 1];
};

/* Takes a whole receipt back. ERR_PENDING as above. ERR_NOT_FOUND. ERR_STATE: a basket is open, it was voided before, goods of it
 * came back, or it is a void itself. */
NODISCARD
enum err till_void_receipt(struct till *till, const struct till_request *request,
                           const struct till_void *what, struct till_outcome *out,
                           struct till_refusal *out_refusal);

struct till_enrolment {
    kassa_MemberEnrolled record; /* member, card_token and personal are set by the till */
    char first_name[NAME_MAX_BYTES + 1];
    uint32_t birth_month_day; /* month * 100 + day; 0: not told */
};

/* A new member with the card that is here, or with card_text. His name and birthday are sealed under a key of his own
 * before anything is written. ERR_STATE: no card, or it has a member. */
NODISCARD
enum err till_enrol(struct till *till, const struct till_request *request, const char *card_text,
                    const struct till_enrolment *enrolment, struct till_outcome *out);

/* Head office had this member erased: nothing in memory calls him by his name any more. */
void till_forget_member(struct till *till, const uint8_t id[MEMBER_SIZE]);
/* Records that this till's copies of their keys are destroyed; one by one, the first failure ends it. */
NODISCARD
enum err till_note_erased(struct till *till, const uint8_t (*ids)[MEMBER_SIZE], size_t count);

/* The member who is here agrees to a purpose, or no more; answers an offer; answers a question (nobody needs
 * to be here for that). The member is set by the till. */
NODISCARD
enum err till_set_consent(struct till *till, const struct till_request *request,
                          const kassa_ConsentChanged *consent, struct till_outcome *out);
NODISCARD
enum err till_answer_offer(struct till *till, const struct till_request *request,
                           const kassa_OfferAnswered *answer, struct till_outcome *out);
NODISCARD
enum err till_answer_question(struct till *till, const struct till_request *request,
                              const kassa_AnswerGiven *answer, struct till_outcome *out);

/* ------------------------------------------------------------------------------------------- looking back */

/* What became of the request with that key. ERR_NOT_FOUND: nothing was recorded, or it is forgotten. */
NODISCARD
enum err till_find_outcome(struct till *till, struct span key, struct till_outcome *out);

/* The purchase, return or void with that receipt number, whole. It belongs to the till and holds until the
 * next call that looks up or records. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
NODISCARD
enum err till_read_receipt(struct till *till, uint64_t number, const struct wire_record **out_record);

/* ---------------------------------------------------------------------------------------- the till's life */

/* Puts a book in force, or none (NULL): prices the open basket anew and records BookActivated if it is
 * another than the last. The book and its bytes are the caller's, and stay until the next call. ERR_ARGUMENT:
 * another currency or exponent than the till's; ERR_FULL, ERR_IO: not recorded, not in force. */
NODISCARD
enum err till_use_book(struct till *till, const struct book *book, const uint8_t hash[HASH_SIZE]);

/* Under what the next book is taken; holds from the next till_use_book on. */
void till_set_book_terms(struct till *till, const struct till_book_terms *terms);
void till_get_book_witness(const struct till *till, struct till_book_witness *out);

/* Other keys make a coupon good from now on; they stay the caller's. */
void till_use_coupon_keys(struct till *till, const uint8_t (*keys)[VAULT_PUBLIC_SIZE], size_t count);

#define TILL_TRIAL_RECEIPTS 100

/* What came of a book that was tried on the newest sales of the journal. */
struct till_trial {
    uint32_t receipts;    /* that it was tried on */
    uint32_t faults;      /* on which the engine failed, a condition ran out of steps or memory, or that took
                             three seconds together */
    uint32_t over_limits; /* on which it would have broken a limit of this till's or of the terms */
    uint64_t receipt;     /* the first of those, by number */
};

/* Begins to try a book that is not in force, in the place of one that was being tried; it stays the caller's until the
 * trial is done. ERR_ARGUMENT: another currency or exponent than the till's. ERR_IO, ERR_CORRUPT. */
NODISCARD
enum err till_begin_trial(struct till *till, const struct book *book, const struct till_limits *limits);

/* Prices up to TILL_TRIAL_RECEIPTS of the newest sales with it, as on their day and for nobody in particular and for
 * each one's member, for slice_ms at a time (a sale that was begun is finished). Changes nothing; an open basket is
 * priced again. ERR_IO. */
NODISCARD
enum err till_go_on_trial(struct till *till, uint32_t slice_ms, bool *out_is_done, struct till_trial *out);

/* How often the engine failed with the book in force, since it is: baskets that it could not price, and
 * conditions that ran out of steps. */
uint32_t till_count_book_faults(const struct till *till);

/* Head office told the time with an acknowledgement. */
void till_hear_hub_time(struct till *till, int64_t hub_unix_ms);

/* Records that something failed, with the next flush. code: "reader.out". */
void till_note_fault(struct till *till, const char *code, const char *text);
/* The same of a book, by its version (0: of none in particular): "book.expired". */
void till_note_book_fault(struct till *till, const char *code, uint64_t version, const char *text);

/* Lets deadlines pass. Returns in how many ms to call again at the latest. */
uint32_t till_tick(struct till *till);

/* Writes what is pending, in one durable commit. Call it when nobody waits. ERR_FULL, ERR_IO: it stays
 * pending (the oldest give way when there is no room for more). */
NODISCARD
enum err till_flush(struct till *till);
bool till_has_pending(const struct till *till);

struct till_status {
    enum sale_state state;
    uint64_t boot_id;
    uint64_t incarnation;
    uint64_t next_seq;
    uint64_t next_receipt;
    int32_t business_day;
    uint64_t book_version;
    bool has_book;
    bool is_hub_connected;
    bool was_clean;                   /* the stop before the start was an orderly one */
    char fault_code[TILL_ID_MAX + 1]; /* the last one since the start; empty: none */
    char fault_text[TILL_REASON_MAX + 1];
};
void till_get_status(const struct till *till, struct till_status *out);

/* What the settings say: names, currency. */
const struct till_settings *till_get_settings(const struct till *till);

/* The book in force and its number; NULL: none. */
const struct book *till_get_book(const struct till *till);

#endif
