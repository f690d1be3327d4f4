/* SPDX-License-Identifier: Apache-2.0 */
/* sale.h - the sale session as a table: what may happen in which state, and where it leads. Pure.
 *
 * Two things are open or not: a basket, and who the customer is. A card may come before, during or after the
 * basket, and cards may change; a basket may be put again and again. So the states are the product of the
 * two.
 *
 *               nobody    asking         known            stranger
 *   no basket   idle      asking         identified       stranger
 *   basket      open      open_asking    open_identified  open_stranger
 *
 * Recording is no state: it has happened when the call returns. */
#ifndef KASSA_TILL_SALE_H
#define KASSA_TILL_SALE_H

#include "base/base.h"

enum sale_state {
    SALE_IDLE,
    SALE_ASKING, /* head office is asked who the card is */
    SALE_IDENTIFIED,
    SALE_STRANGER, /* a card that nobody knows */
    SALE_OPEN,
    SALE_OPEN_ASKING,
    SALE_OPEN_IDENTIFIED,
    SALE_OPEN_STRANGER,
    SALE_STATE_COUNT
};

enum sale_event {
    SALE_CARD_KNOWN,      /* a card whose member the till has */
    SALE_CARD_ASKED,      /* a card that head office was asked about */
    SALE_CARD_UNKNOWN,    /* a card, and nobody to ask */
    SALE_MEMBER_ANSWERED, /* head office knows the card */
    SALE_MEMBER_ABSENT,   /* it does not, or said nothing in time */
    SALE_MEMBER_LEFT,
    SALE_MEMBER_EXPIRED, /* nothing was bought for too long */
    SALE_BASKET_PUT,
    SALE_BASKET_DROPPED,
    SALE_SUSPENDED, /* the basket is put aside, its customer goes */
    SALE_RESUMED,
    SALE_COMMITTED,
    SALE_RETURNED,
    SALE_VOIDED,
    SALE_ENROLLED,
    SALE_CONSENT_SET,
    SALE_OFFER_ANSWERED,
    SALE_QUESTION_ANSWERED,
    SALE_EVENT_COUNT
};

/* What the till does on the way: with the member, with the basket. */
enum sale_action {
    SALE_DO_NOTHING,
    SALE_DO_GREET,   /* the member is here: tell, and price for him */
    SALE_DO_ASK,     /* who was here before goes; price for nobody */
    SALE_DO_STRANGE, /* a card of nobody: tell, and price for nobody */
    SALE_DO_FORGET,  /* the member goes: tell, and price for nobody */
    SALE_DO_PRICE,   /* the basket is another */
    SALE_DO_CLEAR,   /* the basket goes, the member stays */
    SALE_DO_FINISH   /* basket and member go */
};

struct sale_step {
    bool is_allowed;
    enum sale_state next; /* where it is not allowed: the same state */
    enum sale_action action;
};

/* Any state and event are answered. */
struct sale_step sale_step_of(enum sale_state state, enum sale_event event);

bool sale_has_basket(enum sale_state state);
bool sale_has_member(enum sale_state state); /* a known one */
bool sale_is_asking(enum sale_state state);

/* "open_identified", "member_absent"; "?" for any other value. */
const char *sale_state_name(enum sale_state state);
const char *sale_event_name(enum sale_event event);

#endif
