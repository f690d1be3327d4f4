/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic.h - codes on a phone's screen that hold for half a minute: a member number and a time code.
 *
 *   KD1:2940000123454.46119246            as a QR code's text
 *   https://HEAD2940000123454.46119246    as a member's link
 *
 * include/kassa/SPEC.md, "Codes with a time", has the form byte by byte. The time code is a one-time password (RFC 6238)
 * of eight digits by HMAC-SHA-256, steps of 30 s from Unix time 0, under a key of the member's own, made of the programme's key and the
 * number: any app for such passwords can show it, and a phone that is broken into gives away one member.
 *
 * What it proves: who shows it holds the member's key, or saw the code within the window. Whoever judges lets each `about` pass once.
 *
 * Threads   one (vault's); vault_open() first. */
#ifndef KASSA_CARD_DYNAMIC_H
#define KASSA_CARD_DYNAMIC_H

#include "iface/reader.h"

#define CARD_DYNAMIC_HEAD       "KD1:"
#define CARD_DYNAMIC_STEP_S     30
#define CARD_DYNAMIC_DIGITS     8
#define CARD_DYNAMIC_WINDOW_MAX 10 /* steps either way */

struct card_dynamic_settings {
    bool has_key;
    uint8_t window_steps; /* how far a phone's clock may be off, either way */
    uint8_t key[HASH_SIZE];
};

/* The member's own key: HMAC-SHA-256(programme's key, "kassa dynamic 1:" number), the number in capitals. */
NODISCARD
enum err card_dynamic_key(const uint8_t programme_key[HASH_SIZE], struct span number, uint8_t out[HASH_SIZE]);

struct card_dynamic_code {
    char digits[CARD_DYNAMIC_DIGITS + 1];
    uint8_t about[READER_ABOUT_SIZE]; /* the head of the HMAC, which tells nobody the member */
};

/* The time code under a member's key at that step of time. */
NODISCARD
enum err card_dynamic_make(const uint8_t member_key[HASH_SIZE], uint64_t step, struct card_dynamic_code *out);

/* number: in capitals. ERR_SYNTAX: no eight digits. ERR_UNSUPPORTED: the programme has no key. ERR_SIGNATURE: no time code of that number
 * within the window. *out is READER_FRESH_TIME. */
NODISCARD
enum err card_dynamic_check(const struct card_dynamic_settings *settings, struct span number,
                            struct span digits, uint64_t now_unix_s, struct reader_freshness *out);

#endif
