/* SPDX-License-Identifier: Apache-2.0 */
/* hold.h - what head office sets aside for the open basket, as a table: inside till/ only. Pure.
 *
 * Points, coupons and limits of the chain are set aside before they are promised, by a key; the record that
 * carries the key commits them. Nothing is asked for by pricing: only by a reserve or a commit.
 *
 *   none --ask--> asked --grant--> granted --done--> none      what the basket needs has changed, or it is
 *                   |                  |                       given up: released, and none again
 *                   +--refuse--> refused
 *                   +--silence-> silent: as without a line, until the basket is another           */
#ifndef KASSA_TILL_HOLD_H
#define KASSA_TILL_HOLD_H

#include "base/base.h"

enum hold_state { HOLD_NONE, HOLD_ASKED, HOLD_GRANTED, HOLD_REFUSED, HOLD_SILENT, HOLD_STATE_COUNT };

enum hold_event {
    HOLD_ASK,     /* something must be set aside, and there is a line */
    HOLD_GRANT,   /* head office did */
    HOLD_REFUSE,  /* it did not */
    HOLD_SILENCE, /* it did not answer in time */
    HOLD_LAPSE,   /* what was granted is over */
    HOLD_CHANGE,  /* the basket needs something else now */
    HOLD_DROP,    /* the basket is given up, or put aside */
    HOLD_COMMIT,  /* the record is durable */
    HOLD_EVENT_COUNT
};

struct hold_step {
    bool is_allowed;
    enum hold_state next; /* where it is not allowed: the same state */
    bool releases;        /* head office is told that the key is not needed */
};

/* Any state and event are answered. */
struct hold_step hold_step_of(enum hold_state state, enum hold_event event);
const char *hold_state_name(enum hold_state state);

#endif
