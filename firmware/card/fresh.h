/* SPDX-License-Identifier: Apache-2.0 */
/* fresh.h - what this till remembers of cards that prove themselves anew at each tap, so that no tap is taken twice: the
 * last counter of each tag, and the messages of phones that were taken of late.
 *
 *   key                               value
 *   01 | about (16)                   counter (8, low byte first)
 *   02 | time (8, high byte first) | about (16)     -
 *
 * It knows no card, only hashes. A till that has lost it (a disk set aside) takes the next tap of each card as its first.
 *
 * Threads    one, the loop's. A tap that is taken costs one commit. */
#ifndef KASSA_CARD_FRESH_H
#define KASSA_CARD_FRESH_H

#include "card/card.h"
#include "iface/storage.h"

#define CARD_FRESH_TABLE_COUNT 1
#define CARD_FRESH_TABLES      "taps"
#define CARD_FRESH_KEEP_S                                                                                    \
    172800 /* how long a message is remembered: longer than any window that a programme has */

/* Judges a tap and remembers it. ERR_CONFLICT: it was there before: a copy, or an old one. ERR_RANGE: a message so far off
 * this till's time that nobody remembers whether it was there before. ERR_OK without freshness to judge. Others: the
 * storage's; then nobody knows whether it was there before. */
NODISCARD
enum err card_fresh_judge(struct storage storage, unsigned table, const struct reader_freshness *freshness,
                          int64_t now_unix_s);

struct card_fresh {
    struct storage storage;
    unsigned table;
    /* What was taken last, and how far it was believed, until somebody else comes: a scanner reads a code twice, and a
     * POS sends again what was not answered. Kind 0: nothing. */
    struct reader_freshness last;
    enum card_trust last_trust;
    struct reader_freshness refused; /* of late; kind 0: nothing */
    uint64_t refused_mono_ms;
};

/* Who has come by this (kind 0: by what cannot be told apart from a copy), so that what was taken of another before is a
 * copy now. */
void card_fresh_pass(struct card_fresh *fresh, const struct reader_freshness *by);

/* The same of who was told, and what comes of it. ERR_CONFLICT, ERR_RANGE: he is refused. ERR_OK with another *out_storage:
 * nobody can say whether it was there before, so he is believed as far as what could be a copy. */
NODISCARD
enum err card_fresh_take(struct card_fresh *fresh, struct card_identity *identity, int64_t now_unix_s,
                         enum err *out_storage);

/* Whether head office hears that this was refused: a phone that still lies before a scanner is read again and again, and is one copy
 * as long as no minute passes between. */
bool card_fresh_is_news(struct card_fresh *fresh, const struct reader_freshness *refused,
                        uint64_t now_mono_ms);

#endif
