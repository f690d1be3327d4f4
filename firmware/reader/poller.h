/* SPDX-License-Identifier: Apache-2.0 */
/* poller.h - one look at the reader after another -> CARD, GONE, UNKNOWN and TICK messages.
 *
 * Invariant  GONE follows each CARD, with the same text, before the next CARD; two missed looks make a card
 *            gone.
 * Pace       looks follow each other poll_ms, wallet_ms or rest_ms apart, however long one takes; but at least a fifth
 *            of that is left to others. Ticks tell the pace that was kept.
 * Debounce   a card that flickers at the field's edge is told of once: after its GONE the same card (or
 *            another that names nobody) is silent until it has stayed away for away_ms.
 * Phones     draw another UID at each activation: one that answers under another is read again, at most once a
 *            second, and stays if it is the same card. One that waits for its holder (locked, or a choice is to be
 *            made) is told of once and looked at again; one that names nobody is told of once, too, as long as it lies there
 *            and the reason is the same.
 * Several    the first card that names somebody is the one that is there until it goes; one that names nobody hides no other.
 * Bounds     a dialogue with a card that takes longer than two seconds fails as a card that was taken away; while it goes
 *            on, the parent hears ticks between two commands.
 * Memory     the caller's, who leaves it where it is; nothing is allocated.
 * Threads    one. */
#ifndef KASSA_POLLER_H
#define KASSA_POLLER_H

#include "card/run.h"

struct poller_options {
    struct tag_reader reader;
    struct card_request request; /* what it points to is kept */
    uint32_t poll_ms;            /* from one look to the next while a card is expected */
    uint32_t wallet_ms;          /* while none is, and a phone's wallet is to be heard: the field stays on */
    uint32_t rest_ms;            /* while none is, and no wallet: the field is off meanwhile */
    uint32_t away_ms;            /* 0: a card that comes again is always told of */
    uint32_t refresh_ms;         /* an idle reader's radio is set up anew this often; 0: never */
    uint64_t (*now_us)(void *self);
    /* Says it to the parent; a failure ends the step with it. */
    enum err (*tell)(void *self, const struct reader_message *message);
    void *self; /* of now_us and tell */
};

struct poller {
    struct poller_options options;
    struct tag_ops tag_ops;        /* the reader's, within bounds */
    uint64_t dialogue_us;          /* when the dialogue with the card began */
    bool is_present;               /* a card is selected */
    bool is_told;                  /* CARD was said of it, GONE is owed */
    bool is_unread;                /* it answers under a UID under which it was not read yet */
    bool is_waiting;               /* a phone that waits for its holder was told of */
    enum err refused;              /* what was told of a phone of nobody that lies there; ERR_OK: nothing */
    uint8_t misses;                /* looks in a row that did not find the present card */
    uint8_t failures;              /* tries in a row that gave ERR_IO or ERR_TIMEOUT */
    struct tag_target target;      /* the card that is selected, or that failed to be read */
    char last_text[CARD_TEXT_MAX]; /* of the card that is or was last there; "?": one that names nobody */
    uint64_t last_seen_us;
    uint64_t last_read_us;
    uint64_t last_told_us;
    uint64_t look_us; /* when the last look began; 0: there was none */
    uint32_t pace_us; /* the longest time between two looks that no tick told of yet */
    uint64_t last_refresh_us;
};

void poller_init(struct poller *poller, const struct poller_options *options);

/* One look, and then what fits the pace: a wallet's wake-up frame where nobody was found, or the field off. An error is the reader's (ERR_TIMEOUT, ERR_CLOSED, or ERR_IO again and again) or that of tell:
 * give up. */
NODISCARD
enum err poller_step(struct poller *poller, bool is_expected);

/* How long to wait from now until the next look. */
uint32_t poller_pause_ms(const struct poller *poller, bool is_expected);

#endif
