/* SPDX-License-Identifier: Apache-2.0 */
/* account.h - a member's points as lots.
 *
 *   lots[]    oldest first          takes[]                       debts[]
 *   +---------------------------+   +------------------------+   +---------------------------+
 *   | receipt, row: its id      |<--| lot, points            |   | receipt, reason           |
 *   | available, expires        |   | by which receipt, why  |   | points, left              |
 *   | points, left, expired     |   +------------------------+   +---------------------------+
 *   +---------------------------+     what goes back where         what there was not enough for
 *
 * Invariant  balance = sum of moved[] = sum of what is left of the lots - owed; owed = sum of what is left of
 *            the debts. Each movement is two entries that sum to zero: moved[reason] here, and the opposite on
 *            the programme's account of that reason.
 * Order      operations are applied in the order of business days: `today` never goes back. What comes in any
 *            order goes through event.h, which sorts it.
 * Memory     none but the struct; all zero is an empty account. Bounds and what happens at them: below.
 * Pure       no clock, no heap, no I/O. */
#ifndef KASSA_LEDGER_ACCOUNT_H
#define KASSA_LEDGER_ACCOUNT_H

#include "base/base.h"
#include "kassa/limits.h"

/* With more lots than that, those with nothing left go, the oldest first; when all have something left, the
 * two oldest of one expiry become one, and where no two have, the two that expire first, which then have the
 * later of their days: always for the member, and without losing a point. */
#define LEDGER_LOTS_MAX 256
/* What goes back where: the oldest is forgotten, and what goes back of it opens a lot of its own. */
#define LEDGER_TAKES_MAX 128
/* The oldest two become one. */
#define LEDGER_DEBTS_MAX 16
/* Days with purchases, for tiers over a rolling window: more than a year of daily shopping. The oldest two
 * become one, on the later day. */
#define LEDGER_SPENDS_MAX 400
#define LEDGER_YEARS_MAX  32                     /* calendar years with purchases: the oldest is forgotten */
#define LEDGER_POINTS_MAX INT64_C(1000000000000) /* of one row */

enum ledger_reason {
    LEDGER_EARNED = 0, /* a purchase */
    LEDGER_TAKEN_BACK, /* a return: the points of the returned share, as far as the policy takes them */
    LEDGER_VOIDED,     /* a void: what the voided record had moved, undone */
    LEDGER_ADJUSTED,   /* by hand at head office */
    LEDGER_BURNED,     /* spent */
    LEDGER_GIVEN_BACK, /* a return: spent points went back to the member */
    LEDGER_EXPIRED,
    LEDGER_REASON_COUNT
};

const char *ledger_reason_name(enum ledger_reason reason);

/* The id of a receipt in an account: 64 bits of a hash over its store, till, business day and number. One
 * member has some thousands of them: two alike are as good as impossible, and would only mix up which of two
 * lots is taken from. */
uint64_t ledger_receipt_of(const char *store, const char *till, int32_t business_day, uint64_t number);

struct ledger_lot {
    uint64_t receipt;
    uint32_t row; /* from 1 */
    int32_t earned_day;
    int32_t available_day; /* the first day on which it can be spent */
    int32_t expires_day;   /* the first day on which it cannot; LEDGER_NEVER */
    int64_t points;        /* as it was earned */
    int64_t left;
    int64_t expired; /* what was left on expires_day */
};

/* EXPIRED: what a return took of points that had expired before; nothing moved. */
enum ledger_take_kind { LEDGER_TAKE_BURN = 0, LEDGER_TAKE_RETURN, LEDGER_TAKE_EXPIRED };

struct ledger_take {
    uint64_t receipt; /* that took */
    enum ledger_take_kind kind;
    uint64_t lot_receipt;
    uint32_t lot_row;
    int32_t lot_available_day;
    int32_t lot_expires_day;
    int64_t points; /* that can still go back */
};

/* What a record took that was not there. */
struct ledger_debt {
    uint64_t receipt;
    enum ledger_reason reason; /* BURNED: spent beyond the balance; TAKEN_BACK, VOIDED, ADJUSTED */
    int32_t day;
    int64_t points; /* as it arose, less what was undone since */
    int64_t left;   /* what later points have not paid yet */
};

struct ledger_stamps {
    char card[STAMP_CARD_MAX + 1];
    uint32_t card_size;
    int32_t last_day;
    int64_t count;  /* on the card that is being filled; negative: more came back than there was */
    int64_t filled; /* cards */
};

struct ledger_spend { /* of a day, or of a year (day: the year) */
    int32_t day;
    int64_t spent_minor;
};

/* The place of a record in the one order in which an account is folded (event.h). */
struct ledger_order {
    int32_t business_day;
    int64_t unix_ms; /* the receipt's end, as its till told the time */
    char store[TILL_ID_MAX + 1];
    char till[TILL_ID_MAX + 1];
    uint64_t number; /* the receipt's */
    uint64_t incarnation;
    uint64_t seq;
};

struct ledger_account {
    int64_t balance;
    int64_t moved[LEDGER_REASON_COUNT]; /* signed, by reason */
    int64_t owed;
    int64_t forgiven; /* what a return's policy left to the member */
    uint64_t event_count;
    bool has_last;
    struct ledger_order last; /* the event that was folded last */
    int32_t today;            /* the day up to which lots are expired */
    int64_t visits;           /* purchases less voided ones */
    uint32_t lot_count;
    struct ledger_lot lots[LEDGER_LOTS_MAX];
    uint32_t take_count;
    struct ledger_take takes[LEDGER_TAKES_MAX];
    uint32_t debt_count;
    struct ledger_debt debts[LEDGER_DEBTS_MAX];
    uint32_t stamp_count;
    struct ledger_stamps stamps[STAMP_CARDS_MAX];
    uint32_t spend_count;
    struct ledger_spend spends[LEDGER_SPENDS_MAX]; /* ascending days */
    uint32_t year_count;
    struct ledger_spend years[LEDGER_YEARS_MAX]; /* ascending years */
};

/* ---- what moves points. Points are 0 to LEDGER_POINTS_MAX, else ERR_RANGE; the account is then untouched,
 * as it is when its sums have no room. Each first lets lots expire up to `day` (ledger_expire); a day before
 * `today` counts as today. */

struct ledger_earning {
    uint64_t receipt;
    uint32_t row;
    int32_t day;
    int32_t available_day; /* at or before day: at once */
    int32_t expires_day;   /* LEDGER_NEVER, or at or before day: it is never there */
    int64_t points;
    enum ledger_reason reason; /* EARNED or ADJUSTED */
};

/* Opens a lot. What is owed is paid out of it first. */
NODISCARD
enum err ledger_earn(struct ledger_account *account, const struct ledger_earning *earning);

/* Takes from what is available on `day`, the soonest to expire first, the older first among equals. What
 * there is not enough for becomes a debt; *out_short says how much that is. */
NODISCARD
enum err ledger_burn(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points,
                     int64_t *out_short);

/* The same for who can still say no: ERR_NOT_FOUND and nothing is taken where there is not enough. */
NODISCARD
enum err ledger_burn_guarded(struct ledger_account *account, uint64_t receipt, int32_t day, int64_t points);

/* The numbers of kassa_ReturnPolicy; 0 counts as LEDGER_UNLIMITED. */
enum ledger_return_policy { LEDGER_ONLY_PENDING = 1, LEDGER_WITHIN_BALANCE = 2, LEDGER_UNLIMITED = 3 };

struct ledger_reversal {
    uint64_t receipt;  /* that takes or gives back */
    uint64_t original; /* the receipt that earned or spent */
    uint32_t row;      /* of the original; 0: any */
    int32_t day;
    int64_t points;
    enum ledger_return_policy policy;
    uint32_t reinstate_days;   /* see ledger_give_back */
    enum ledger_reason reason; /* TAKEN_BACK or VOIDED; GIVEN_BACK or VOIDED */
};

/* Takes earned points back: first from the original's own lots (what of them has expired counts as taken),
 * then, unless the policy is only_pending, from the others in the order of ledger_burn, then from pending
 * ones. What is then missing becomes a debt (unlimited) or is forgiven. *out_taken: what the balance lost. */
NODISCARD
enum err ledger_reverse_earn(struct ledger_account *account, const struct ledger_reversal *reversal,
                             int64_t *out_taken);

/* Gives spent points back: first pays the debt that the original left, then to the lots that it took from, the
 * last one that it took from first. A lot that has expired since can be spent for reinstate_days, `day` being
 * the first; with 0 they are gone at once. Points of which nothing is known any more open a lot that expires
 * after reinstate_days, or never with 0. */
NODISCARD
enum err ledger_give_back(struct ledger_account *account, const struct ledger_reversal *reversal);

/* Undoes all that a receipt did to points: what it earned (`points`, unlimited), and what it took. */
NODISCARD
enum err ledger_void_receipt(struct ledger_account *account, const struct ledger_reversal *reversal);

/* Lets lots expire whose expires_day is `day` or before. Returns the points that did. */
int64_t ledger_expire(struct ledger_account *account, int32_t day);

/* ---- what is there on a day, whether or not lots were expired up to it */

int64_t ledger_available(const struct ledger_account *account,
                         int32_t day); /* less what is owed: may be < 0 */
int64_t ledger_pending(const struct ledger_account *account, int32_t day);

struct ledger_next { /* the points that expire next after a day */
    int64_t points;
    int32_t expires_day; /* LEDGER_NEVER: none does */
};
struct ledger_next ledger_next_expiry(const struct ledger_account *account, int32_t day);

/* ---- visits, spend, stamps */

/* ERR_RANGE: an overflow. */
NODISCARD
enum err ledger_spend(struct ledger_account *account, int32_t day, int64_t spent_minor);

struct ledger_stamping {
    const char *card;   /* at most STAMP_CARD_MAX bytes are used */
    uint32_t card_size; /* 0: as the card has it; of a new one: never full */
    int64_t count;      /* negative: they come back */
    bool no_rollover;
    int32_t day;
};
/* Puts stamps on a card; *out_filled is how many cards that filled (negative: took back). A member has
 * STAMP_CARDS_MAX cards: a new one takes the place of that which was untouched longest. ERR_RANGE: more than
 * LEDGER_POINTS_MAX stamps. */
NODISCARD
enum err ledger_stamp(struct ledger_account *account, const struct ledger_stamping *stamping,
                      int64_t *out_filled);

#endif
