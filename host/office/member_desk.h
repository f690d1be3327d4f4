/* SPDX-License-Identifier: Apache-2.0 */
/* member_desk.h - members as head office takes them in: one at the desk, or many from a CSV file.
 *
 * A card's number is made a token at once and is neither stored nor shown. Threads: one, that of the store.
 */
#ifndef KASSA_OFFICE_MEMBER_DESK_H
#define KASSA_OFFICE_MEMBER_DESK_H

#include "card/card.h"
#include "crm/crm.h"
#include "office/finding.h"
#include "office/person.h"

#define MEMBER_CONSENTS_MAX 8

struct member_consent {
    struct span purpose;
    uint32_t version; /* of the text that was agreed to */
};

/* As it was typed or stood in a file; spans are the caller's. */
struct member_entry {
    struct span card; /* "num:2900000000018", "uid:04a1b2c3", or a bare number */
    struct span pass; /* in its place what a pass in his phone says; empty: there is none */
    struct span first_name, language, tier;
    struct span segments[SEGMENTS_MAX];
    uint32_t segment_count;
    struct member_consent consents[MEMBER_CONSENTS_MAX];
    uint32_t consent_count;
};

struct member_desk {
    struct random random; /* draws the ids */
    int64_t now_unix_ms;
    struct vault_peppers peppers;
    struct card_number_rules numbers; /* the chain's, as its tills have them */
};

struct member_fault {
    const char *field; /* "card" */
    const char *what;  /* a sentence without a full stop, never with the value */
};

/* The canonical text of a card (card.h) from what was typed: "uid:" or "pass:" and hex digits, or a number with or
 * without "num:", which is read by the tills' own rule. NULL: *out has it; else what is wrong, for a person.
 */
NODISCARD
const char *member_desk_card_text(struct span typed, const struct card_number_rules *rules,
                                  char out[CARD_TEXT_MAX]);

/* The same of what a phone's pass says, as a till reads it: the number that it is, or its hash. */
NODISCARD
const char *member_desk_pass_text(struct span message, char out[CARD_TEXT_MAX]);

/* A member as the desk has him: his name in clear, until he is saved. */
struct desk_member {
    crm_Member row;
    struct person person;
    char card[CARD_TEXT_MAX]; /* canonical; forgotten with the object */
};
void member_desk_wipe(struct desk_member *member); /* for CLEANUP */

/* Makes an entry a member, still without an id. ERR_ARGUMENT: *out_fault says what is wrong. */
NODISCARD
enum err member_desk_fill(const struct member_desk *desk, const struct member_entry *entry,
                          struct desk_member *out, struct member_fault *out_fault);

/* Who has that card, under whatever pepper. ERR_NOT_FOUND. */
NODISCARD
enum err member_desk_find_card(const struct vault_peppers *peppers, const struct store_txn *txn,
                               const char *card_text, crm_Member *out);

enum member_saved {
    MEMBER_ADDED,
    MEMBER_CHANGED,
    MEMBER_UNCHANGED,
    MEMBER_UNREADABLE, /* what he told of himself cannot be opened (person.h): he is left as he was */
    MEMBER_SAVED_COUNT
};

/* Puts it into the store: a card that is known brings its member up to date (his other cards stay), an
 * unknown one is a new member's. Consents are added, never taken away, and a withdrawn one stays so until its
 * text has a higher version. ERR_TOO_LONG: more purposes than a member holds. ERR_MEMORY, and the errors of
 * crm.h. */
NODISCARD
enum err member_desk_save(const struct member_desk *desk, const struct store_txn *txn,
                          struct desk_member *member, enum member_saved *out_saved);

/* "a;b;c" -> spans. ERR_TOO_LONG: more than capacity. Empty parts are left out. */
NODISCARD
enum err member_desk_split(struct span text, struct span *out, uint32_t capacity, uint32_t *out_count);
/* "personal_offers;email:2": purposes, each with the version of its text (1 if none). ERR_SYNTAX,
 * ERR_TOO_LONG. */
NODISCARD
enum err member_desk_split_consents(struct span text, struct member_entry *entry);

#endif
