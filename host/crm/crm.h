/* SPDX-License-Identifier: Apache-2.0 */
/* crm.h - what head office knows: members and their points, tills, receipts, books, totals; kept in a store
 * beside the records and brought up to date in the transaction that keeps them (crm.proto has the documents).
 *
 * Points     a member's balance is the ledger's fold of the records, in whatever order they come. A record is
 *            folded once, when the store takes it as new.
 * Versions   each change of a member takes the next number of one counter; members_version tells the newest,
 *            so that hub and CLI see each other's changes.
 * Stateless  everything works on the caller's store transaction; nothing is held between calls.
 * Errors     of the store (ERR_FULL, ERR_IO, ERR_CORRUPT) everywhere: then only an abort is left.
 */
#ifndef KASSA_CRM_H
#define KASSA_CRM_H

#include "base/arena.h"
#include "crm.pb.h"
#include "ledger/account.h"
#include "store/store.h"
#include "wire/message.h"

/* A batch's records and, decoded, three receipts of LINES_MAX lines: the one that came, the one that is voided, and
 * what came back of it. */
#define CRM_ARENA_SIZE (16u << 20)

/* ---- members */

/* The version of the newest change; 0: none yet. */
NODISCARD
enum err crm_members_version(const struct store_txn *txn, uint64_t *out_version);

/* Adds a member or changes his profile: takes the next version and moves the cards. member->member.id,
 * card_tokens, names, language, tier, segments, consents, allowance and created_unix_ms are the caller's;
 * points, versions and stores are filled here (stores of a new member are the caller's too).
 * ERR_CONFLICT: a card belongs to another member. ERR_ARGUMENT: no id of MEMBER_SIZE, or a token's size. */
NODISCARD
enum err crm_member_put(const struct store_txn *txn, crm_Member *member);

/* ERR_NOT_FOUND. An erased member is found by id (erased is set, nothing else), never by card. */
NODISCARD
enum err crm_member_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], crm_Member *out);
NODISCARD
enum err crm_member_find_card(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE], crm_Member *out);

/* Whose id it is now: a member whose card was enrolled at another till before is joined to the one who has it
 * (enrolment.c). The same id where there is nothing of the kind. */
NODISCARD
enum err crm_member_resolve(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            uint8_t out_id[MEMBER_SIZE]);

/* Answers whether to go on. */
typedef bool crm_visit_member(void *context, const crm_Member *member);
/* In the order of ids, from the first at or after `from` (NULL: the first). */
NODISCARD
enum err crm_member_scan(const struct store_txn *txn, const uint8_t *from, crm_visit_member *visit,
                         void *context);

/* Members that changed after a version, the newest change of each, in the order of versions. */
NODISCARD
enum err crm_member_scan_changes(const struct store_txn *txn, uint64_t after_version, crm_visit_member *visit,
                                 void *context);

/* Whether a till of `store` that stands at `after_version` has to hear of this member. */
bool crm_member_concerns(const crm_Member *member, const char *store, uint64_t after_version);

/* His key as it is kept: wrapped under the chain's pepper (vault/pepper.h), which is not here. ERR_NOT_FOUND: he has
 * told nothing that is sealed, or is erased. */
NODISCARD
enum err crm_member_key_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            uint8_t out[MEMBER_KEY_SIZE]);
NODISCARD
enum err crm_member_key_put(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                            const uint8_t key[MEMBER_KEY_SIZE]);
typedef bool crm_visit_key(void *context, const uint8_t id[MEMBER_SIZE], const uint8_t key[MEMBER_KEY_SIZE]);
/* In the order of ids, from the first at or after `from` (NULL: the first). */
NODISCARD
enum err crm_member_key_scan(const struct store_txn *txn, const uint8_t *from, crm_visit_key *visit,
                             void *context);

/* A card that was found by its token under an older pepper has the new one, too: the older goes when that pepper is
 * retired. Nothing happens where the older is nobody's, or the new one somebody's. */
NODISCARD
enum err crm_card_renew(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE],
                        const uint8_t earlier[TOKEN_SIZE]);

/* Gift value: the account that a token leads to. ERR_NOT_FOUND. ERR_SYNTAX: it leads nowhere. */
NODISCARD
enum err crm_gift_get(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE], crm_Gift *out);

/* The same for a gift card: whatever token of it a till names, there is one account, and `newer`, under a newer pepper than
 * `account`, leads to it. What was loaded under each before comes together with what is set aside of it, under the older
 * token. Nothing happens where neither has an account, each has one of another currency, one is a member's wallet, or the
 * two cannot be of one card: that has one token under each pepper. day: of a debt that comes of it. */
NODISCARD
enum err crm_gift_renew(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE],
                        const uint8_t newer[TOKEN_SIZE], int32_t day);

/* Erases a member: key, profile, cards, points, coupons and limits go; his sales stay, and are nobody's. Orders all
 * tills to do the same. ERR_NOT_FOUND. ERR_EXISTS: he is erased already. */
NODISCARD
enum err crm_member_erase(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE], int64_t unix_ms);
typedef bool crm_visit_erasure(void *context, const crm_Erasure *row);
/* Who was asked to erase whom, and has confirmed it; of one member or of all (NULL), a member's together. */
NODISCARD
enum err crm_erasure_scan(const struct store_txn *txn, const uint8_t *member, crm_visit_erasure *visit,
                          void *context);
/* Whether that till was asked to erase him and has not confirmed it. */
NODISCARD
enum err crm_erasure_is_open(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], const char *till,
                             bool *out_is_open);
/* Remains of erased members are still in the store's file: it is to be compacted, and that told here with the order of
 * the newest of them (0: there are none) as it was before the copy was begun. What was asked since stays due. */
NODISCARD
enum err crm_compaction_is_due(const struct store_txn *txn, uint64_t *out_newest);
NODISCARD
enum err crm_compaction_done(const struct store_txn *txn, uint64_t newest, int64_t unix_ms);

/* ---- tills, receipts, totals */

/* ERR_NOT_FOUND. */
/* Whether its clock was off by more than CRM_SKEW_MS_MAX at its last birth. */
bool crm_till_is_clock_off(const crm_Till *row);
/* A till's clock less the hub's; the furthest number where none holds it. */
int64_t crm_skew_ms(int64_t till_unix_ms, int64_t hub_unix_ms);
NODISCARD
enum err crm_till_get(const struct store_txn *txn, const char *till, crm_Till *out);
typedef bool crm_visit_till(void *context, const crm_Till *till);
NODISCARD
enum err crm_till_scan(const struct store_txn *txn, crm_visit_till *visit, void *context);

/* The newest of that number; a till that was restored from an old image may have given it twice. ERR_NOT_FOUND. */
NODISCARD
enum err crm_receipt_get(const struct store_txn *txn, const kassa_ReceiptId *id, crm_Receipt *out);
/* That of them which this record (incarnation, seq) is. ERR_NOT_FOUND. */
NODISCARD
enum err crm_receipt_get_of_record(const struct store_txn *txn, const kassa_ReceiptId *id,
                                   const struct store_record_id *record, crm_Receipt *out);

/* All zero while nothing was kept. */
NODISCARD
enum err crm_totals_get(const struct store_txn *txn, crm_Totals *out);

/* ---- points (firmware/ledger/SPEC.md) */

/* A member's account as it was folded last. An empty one if there is none. */
NODISCARD
enum err crm_points_get(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                        struct ledger_account *out);

typedef bool crm_visit_event(void *context, const crm_Event *event);
/* In the order in which they are folded, from a business day on. */
NODISCARD
enum err crm_event_scan(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE], int32_t from_day,
                        crm_visit_event *visit, void *context);

/* Points by hand: added as a lot that can be spent at once and expires on expires_day (0: never), or taken. */
struct crm_adjustment {
    int64_t points;
    int32_t day;
    int32_t expires_day;
    int64_t unix_ms;
    uint64_t id; /* drawn at random: the same one counts once */
    const char *reason;
};
/* ERR_NOT_FOUND: no such member. ERR_RANGE: the points. */
NODISCARD
enum err crm_points_adjust(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                           const struct crm_adjustment *adjustment);

/* The rules of points, as the newest book has them. All zero while there are none. Members are brought up to
 * date by crm_refresh. */
NODISCARD
enum err crm_programme_get(const struct store_txn *txn, crm_Programme *out);
NODISCARD
enum err crm_programme_put(const struct store_txn *txn, const crm_Programme *programme);

/* Brings members up to date whose points expired or became available, or whose tier changed, with the day or
 * with the programme: at most `count` of them. *out_done: there is nothing more to do today. */
NODISCARD
enum err crm_refresh(const struct store_txn *txn, int64_t unix_ms, size_t count, bool *out_done);
/* Whether there is something to do. */
NODISCARD
enum err crm_refresh_is_due(const struct store_txn *txn, int64_t unix_ms, bool *out_is_due);

typedef bool crm_visit_coupon(void *context, const crm_Coupon *coupon);
/* Those that are a member's, in the order of series and serial. */
NODISCARD
enum err crm_coupon_scan(const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                         crm_visit_coupon *visit, void *context);

/* A coupon that head office gives a member: the till shows it when his card comes next, and it can be used once. */
struct crm_coupon_terms {
    const char *series, *serial; /* 1 to COUPON_SERIES_MAX and COUPON_SERIAL_MAX bytes of text */
    const char *store;           /* whose tills take it without a line; NULL: none do */
    int32_t valid_from_day;
    int32_t valid_until_day; /* the last one; 0: no end */
    int64_t unix_ms;
};
/* *out_is_new: he did not have it yet. ERR_NOT_FOUND: no such member. ERR_EXISTS: that serial is another's, or was
 * used or withdrawn. ERR_ARGUMENT: the terms. */
NODISCARD
enum err crm_coupon_give(const struct store_txn *txn, const uint8_t id[MEMBER_SIZE],
                         const struct crm_coupon_terms *terms, bool *out_is_new);

typedef bool crm_visit_counter(void *context, const crm_Counter *counter);
/* The uses of limits: of a member, or (NULL) of tills, stores and the chain. */
NODISCARD
enum err crm_counter_scan(const struct store_txn *txn, const uint8_t *member, crm_visit_counter *visit,
                          void *context);

typedef bool crm_visit_debt(void *context, const crm_Debt *debt);
/* What did not fit. A member's points stand in one row each. */
NODISCARD
enum err crm_debt_scan(const struct store_txn *txn, crm_visit_debt *visit, void *context);

/* ---- all that is known of a member */

#define CRM_SUBJECT_IDS_MAX 256 /* each is a till at which a card of his was enrolled anew */

/* A member, and what he is named by: his id, ids of members that were joined to him, his cards' tokens. */
struct crm_subject {
    crm_Member member;
    uint8_t ids[CRM_SUBJECT_IDS_MAX][MEMBER_SIZE];
    size_t id_count;
};
/* ERR_TOO_LONG: more ids than that. */
NODISCARD
enum err crm_subject_of(const struct store_txn *txn, const crm_Member *member, struct crm_subject *out);
/* Whether these bytes, of a record or a document, hold an id or a token of his. */
bool crm_subject_is_named(const struct crm_subject *subject, struct span bytes);
/* Answers whether to go on. `what` is "account", "points", "coupon", "limit", "debt", "reservation", "hold", "signal",
 * "waiting", "erasure", "receipt" or, behind the receipt that it is of, "returned". */
typedef bool crm_visit_document(void *context, const char *what, const pb_msgdesc_t *fields,
                                const void *document);
/* Every document that names him, but himself; a kind after the other. */
NODISCARD
enum err crm_subject_scan(const struct store_txn *txn, const struct crm_subject *subject,
                          crm_visit_document *visit, void *context);

/* ---- before a sale (include/kassa/SPEC.md): all of it or nothing, in the caller's transaction */

struct crm_asker {
    const char *till;
    const char *store;
    int64_t hub_unix_ms;
};
NODISCARD
enum err crm_reserve(const struct store_txn *txn, const struct crm_asker *asker, const kassa_Reserve *asked,
                     kassa_Reservation *out);
NODISCARD
enum err crm_release(const struct store_txn *txn, const struct crm_asker *asker, const char *key,
                     kassa_Reservation *out);

/* What is on a gift card, less what is set aside. One that nobody has loaded is ERR_OK and not found. */
NODISCARD
enum err crm_gift_find(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE], int64_t hub_unix_ms,
                       kassa_GiftFound *out);

/* A receipt for a return: out->record lies in the store's memory, out->returned in the arena. ERR_MEMORY: the
 * arena is too small. A receipt that is not known is ERR_OK and not found. */
NODISCARD
enum err crm_receipt_find(const struct store_txn *txn, const kassa_ReceiptId *id, struct arena *arena,
                          struct wire_receipt_found *out);

/* ---- books */

/* Keeps a signed book as the newest. ERR_VERSION: not above the newest. ERR_RANGE: bytes are not of
 * manifest->size or above BOOK_SIZE_MAX. The caller has verified signatures and hash; tills get it by
 * crm_rollout_begin. */
NODISCARD
enum err crm_book_put(const struct store_txn *txn, const kassa_BookManifest *manifest, struct span bytes);

/* The newest book's manifest, whether or not tills have it. ERR_NOT_FOUND: there is none. */
NODISCARD
enum err crm_book_current(const struct store_txn *txn, kassa_BookManifest *out);

/* The manifest of any book that was ever published. ERR_NOT_FOUND. */
NODISCARD
enum err crm_book_manifest(const struct store_txn *txn, uint64_t version, kassa_BookManifest *out);

/* A book's bytes, in the store's memory (store.h, Owner). ERR_NOT_FOUND. */
NODISCARD
enum err crm_book_get(const struct store_txn *txn, uint64_t version, struct span *out_bytes);

/* ---- what was signed, as it came (SPEC.md "Trust"). Whoever puts it has verified it. */

NODISCARD
enum err crm_root_put(const struct store_txn *txn, uint64_t version, const kassa_Signed *sealed);
/* version 0: the newest. ERR_NOT_FOUND. */
NODISCARD
enum err crm_root_get(const struct store_txn *txn, uint64_t version, kassa_Signed *out);
NODISCARD
enum err crm_book_put_signed(const struct store_txn *txn, uint64_t version, const kassa_Signed *sealed);
/* ERR_NOT_FOUND: no such book, or one of before there was a root. */
NODISCARD
enum err crm_book_get_signed(const struct store_txn *txn, uint64_t version, kassa_Signed *out);
NODISCARD
enum err crm_timestamp_put(const struct store_txn *txn, const kassa_Signed *sealed);
NODISCARD
enum err crm_timestamp_get(const struct store_txn *txn, kassa_Signed *out);

/* ---- which tills have which book */

#define CRM_ROLLOUT_STEPS_MAX 8
#define CRM_SHARE_ALL         10000 /* shares are in ten-thousandths of the tills */

struct crm_rollout_plan {
    uint32_t share_bp;        /* of the tills, at once: 1 to CRM_SHARE_ALL */
    const uint32_t *steps_bp; /* and later, each larger than the one before */
    size_t step_count;
    uint32_t step_minutes; /* from one to the next; 0: each by hand */
    int64_t unix_ms;       /* now */
};

/* All zero: no book was ever published. */
NODISCARD
enum err crm_rollout_get(const struct store_txn *txn, crm_Rollout *out);

/* Whether all tills shall have the newest book. */
bool crm_rollout_is_whole(const crm_Rollout *rollout);

/* The book of a till with this place in the rollout (0 to CRM_SHARE_ALL - 1); 0: none. */
uint64_t crm_rollout_version_for(const crm_Rollout *rollout, uint32_t place);

/* Keeps a book (crm_book_put) that goes to a share of the tills. One that was halted before it is withdrawn by
 * that. ERR_STATE: the last one is still on its way: it must reach all, or be halted or rolled back. ERR_RANGE:
 * the plan too. */
NODISCARD
enum err crm_rollout_begin(const struct store_txn *txn, const kassa_BookManifest *manifest, struct span bytes,
                           const struct crm_rollout_plan *plan);

/* A larger share, or the same again after a halt. ERR_NOT_FOUND: there is no book. ERR_STATE: it was rolled
 * back. ERR_RANGE: a smaller share. */
NODISCARD
enum err crm_rollout_widen(const struct store_txn *txn, const struct crm_rollout_plan *plan);

/* No further till takes the book. ERR_NOT_FOUND: there is none. ERR_STATE: it is halted or rolled back. */
NODISCARD
enum err crm_rollout_halt(const struct store_txn *txn, const char *reason, int64_t unix_ms);

/* The book before is in force for all tills. ERR_NOT_FOUND: there is none. ERR_STATE: it is so already. */
NODISCARD
enum err crm_rollout_roll_back(const struct store_txn *txn, const char *reason, int64_t unix_ms);

/* The next step of a timed rollout, if it is due. */
NODISCARD
enum err crm_rollout_step(const struct store_txn *txn, int64_t unix_ms, bool *out_has_stepped);

typedef bool crm_visit_book_at_till(void *context, const crm_BookAtTill *row);
/* What tills said of a book, or of all (0), a book's together. */
NODISCARD
enum err crm_book_scan_tills(const struct store_txn *txn, uint64_t version, crm_visit_book_at_till *visit,
                             void *context);

/* ---- who was certified */

/* ERR_EXISTS: a certificate of that serial is known. */
NODISCARD
enum err crm_certificate_add(const struct store_txn *txn, const crm_Certificate *row);

typedef bool crm_visit_certificate(void *context, const crm_Certificate *row);
/* Those of a name, or of all (NULL), a name's together. */
NODISCARD
enum err crm_certificate_scan(const struct store_txn *txn, const char *name, crm_visit_certificate *visit,
                              void *context);

/* Revokes all of that name that are not revoked yet; *out_count: how many that were. */
NODISCARD
enum err crm_certificate_revoke(const struct store_txn *txn, const char *name, int64_t now_unix_ms,
                                size_t *out_count);

/* Whether that name has a certificate that is in force and neither over nor still to come. */
NODISCARD
enum err crm_certificate_is_in_force(const struct store_txn *txn, const char *name, int64_t now_unix_ms,
                                     bool *out_is_in_force);

/* ---- who is invited to be certified */

/* Puts one in the place of an older one of its id. */
NODISCARD
enum err crm_invitation_put(const struct store_txn *txn, const crm_Invitation *row);

/* ERR_NOT_FOUND. */
NODISCARD
enum err crm_invitation_get(const struct store_txn *txn, struct span id, crm_Invitation *out);

typedef bool crm_visit_invitation(void *context, const crm_Invitation *row);
NODISCARD
enum err crm_invitation_scan(const struct store_txn *txn, crm_visit_invitation *visit, void *context);

/* Takes back those of a till that nobody has used, or of all (NULL) those that ended before a moment. */
NODISCARD
enum err crm_invitation_remove(const struct store_txn *txn, const char *till, int64_t before_unix_ms,
                               size_t *out_count);

/* ---- signals of fraud: counted while records are taken, reported, and never a reason to refuse one */

#define CRM_SIGHTINGS_MAX 32

/* From how many on a signal is one; 0: it is not looked for. At most CRM_SIGHTINGS_MAX. */
struct crm_fraud {
    uint32_t together;      /* purchases in a week with one card at one operator */
    uint32_t velocity_hour; /* purchases in an hour with one card */
    uint32_t velocity_day;  /* ... and in a day */
    uint32_t
        late_credit; /* receipts in a week of one till that gave points more than late_s after their end */
    uint32_t late_s;
    uint32_t replayed;     /* receipts of one number and day with other content */
    uint32_t guessed;      /* cards, coupons and gift cards in an hour at one till that nobody knows */
    uint32_t tap_replayed; /* taps and codes in a day that one till refused because it had seen them before */
    uint32_t tap_copied;   /* tills in a week that took one and the same tap or code */
};

/* A till asked for a coupon or a gift card: it counts where nobody knows it. `what` is its series and serial, or the
 * token of its code. */
NODISCARD
enum err crm_note_coupon_guess(const struct store_txn *txn, const struct crm_fraud *fraud,
                               const struct crm_asker *asker, const kassa_Reserve *asked,
                               const kassa_Reservation *answer);
NODISCARD
enum err crm_note_gift_guess(const struct store_txn *txn, const struct crm_fraud *fraud,
                             const struct crm_asker *asker, const uint8_t account[TOKEN_SIZE]);

typedef bool crm_visit_signal(void *context, const crm_Signal *signal);
/* Those that have reached their threshold, by rule. */
NODISCARD
enum err crm_signal_scan(const struct store_txn *txn, crm_visit_signal *visit, void *context);

/* ---- what tills send */

struct crm_intake {
    struct arena *arena;           /* scratch: what is free of CRM_ARENA_SIZE; left as it was */
    int64_t hub_unix_ms;           /* goes into acknowledgements */
    uint32_t credit;               /* batches that a till may have in flight */
    const struct crm_fraud *fraud; /* NULL: nothing is looked for */
    uint32_t halt_percent;         /* bad tills of a rollout's share that halt it; 0: none do */
};

/* A till is there, or gone (state->online). With a new incarnation it takes over its identity. One that was
 * in force before is fenced, unless the one in force now has been away for CRM_FENCE_MS: then a replaced disk
 * is more likely than a clone, and it may tell what it has before it takes a new incarnation. *out_ack is the
 * answer: the mark to go on from, and the permit. */
#define CRM_SKEW_MS_MAX 120000 /* a clock that is off by more is told of */
#define CRM_FENCE_MS    35000  /* longer than a till's back-off: SYNC.md has 0 to 30 s */
NODISCARD
enum err crm_take_state(const struct store_txn *txn, const struct crm_intake *intake,
                        const kassa_TillState *state, kassa_Ack *out_ack);

/* Keeps a batch and folds its new records: totals, points, members, receipts, the till. Records that cannot
 * be read are kept too, in quarantine. ERR_OK also when nothing was kept: *out_ack says why (gap, fork,
 * fenced, refused). It may be sent only after the commit. */
NODISCARD
enum err crm_take_batch(const struct store_txn *txn, const struct crm_intake *intake,
                        const struct wire_batch *batch, kassa_Ack *out_ack);

/* A till asked for the member of a card, by its tokens: his next points go to that store too, and his card has the
 * newest token from now on. ERR_NOT_FOUND. ERR_ARGUMENT: a token's size. */
NODISCARD
enum err crm_take_question(const struct store_txn *txn, const char *store, const kassa_Request *asked,
                           crm_Member *out);

#endif
