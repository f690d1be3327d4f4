/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - points as double entry, folded from records.
 *
 * A record that moves points is an event. Each event is two entries that sum to zero: one on the member's
 * account, one on the programme's account for that reason. An account's balance is the sum of its entries, so
 * that the order of the records does not matter. Folding the same record twice is the caller's to prevent: it
 * knows the record's number.
 *
 * Pure       no clock, no heap, no I/O.
 * Owner      rows are the caller's; it stores them wherever it likes.
 * SPEC.md    says what each record posts. */
#ifndef KASSA_LEDGER_H
#define KASSA_LEDGER_H

#include "base/base.h"
#include "kassa/limits.h"

enum ledger_reason {
    LEDGER_EARNED = 0, /* a purchase */
    LEDGER_TAKEN_BACK, /* a return: the points of the returned share */
    LEDGER_VOIDED,     /* a void: what the voided record had moved, undone */
    LEDGER_ADJUSTED,   /* by hand at head office: points may be negative */
    LEDGER_REASON_COUNT
};

const char *ledger_reason_name(enum ledger_reason reason);

/* Which record moved the points. */
struct ledger_source {
    char till[TILL_ID_MAX + 1];
    uint64_t incarnation;
    uint64_t seq;
};

struct ledger_event {
    enum ledger_reason reason;
    uint8_t member[MEMBER_SIZE];
    struct ledger_source source;
    int32_t business_day; /* of the store */
    /* EARNED, TAKEN_BACK: >= 0. VOIDED: what the voided record had added (negative: it had taken). ADJUSTED:
     * any. */
    int64_t points;
};

enum ledger_side { LEDGER_MEMBER, LEDGER_PROGRAMME };

struct ledger_entry {
    enum ledger_side side;
    enum ledger_reason reason;
    uint8_t member[MEMBER_SIZE];
    struct ledger_source source;
    int32_t business_day;
    int64_t points; /* signed: what the account gains */
};

/* A member's account, or the sum of many. All zero is an empty one. Later fields (lots) are added at
 * the end. */
struct ledger_account {
    int64_t balance;                    /* the sum of moved[] */
    int64_t moved[LEDGER_REASON_COUNT]; /* signed, by reason */
    uint64_t entry_count;
};

/* The two entries of an event: out_entries[0] on the member's account, [1] on the programme's. ERR_ARGUMENT:
 * negative points for a reason that has none; ERR_RANGE: points that cannot be negated. */
NODISCARD
enum err ledger_post(const struct ledger_event *event, struct ledger_entry out_entries[2]);

/* Adds one entry to an account; ERR_RANGE: an overflow, the account is untouched. */
NODISCARD
enum err ledger_add(struct ledger_account *account, const struct ledger_entry *entry);

/* ledger_post and ledger_add of the member's side: the fold that the till and the hub run over records. */
NODISCARD
enum err ledger_fold(struct ledger_account *account, const struct ledger_event *event);

/* Adds an account to a sum (a till's, a programme's). */
NODISCARD
enum err ledger_merge(struct ledger_account *sum, const struct ledger_account *account);

/* The share of `total` that goes back when `now` of `whole` comes back after `before`: the difference of the
 * cumulated shares, each rounded half-up, so that all parts in any order sum to total exactly. Used for
 * points over the net amounts (or the quantities) that come back. whole > 0, before >= 0, now >= 0, before +
 * now <= whole, else ERR_RANGE. */
NODISCARD
enum err ledger_share(int64_t total, int64_t whole, int64_t before, int64_t now, int64_t *out_share);

/* What a purchase has earned and given back so far: a fold of it and of its returns. */
struct ledger_purchase {
    int64_t points;         /* earned */
    int64_t base_minor;     /* the net amount of its lines that earn; 0: then nothing is taken back */
    int64_t returned_minor; /* of that, what has come back */
    int64_t taken_back;     /* points */
};

/* The points to take back for a return of returned_minor of the purchase's earning lines; the row is brought
 * up to date. More than is left counts as all that is left. ERR_RANGE: a negative amount; the row is
 * untouched. */
NODISCARD
enum err ledger_take_back(struct ledger_purchase *purchase, int64_t returned_minor, int64_t *out_points);

/* The points to undo when the purchase is voided: what it earned less what returns took back. The row is
 * closed. */
int64_t ledger_void(struct ledger_purchase *purchase);

#endif
