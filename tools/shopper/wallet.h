/* SPDX-License-Identifier: Apache-2.0 */
/* wallet.h - what shoppers carry, read from a file, and one card of it as the simulators take it.
 *
 *   {"keys": {"sun": {"master": "<32 hex>", "diversify": "an10922", "input": "<hex>"},
 *             "time_code": "<64 hex>"},
 *    "kinds": [{"technology": "sun", "by": "uid", "share": 2, "present": "ntag424 uid {uid} key {key sun} ..."},
 *              {"technology": "dynamic", "by": "number", "scan": "]Q1KD1:{number}.{time_code}"}]}
 *
 * A kind's fields are those of struct card_kind; by is number, luhn, gsrn, uid or uid4. Places in its texts:
 *   {uid} {number}   the shopper's
 *   {key NAME}       the card's own key, made of that master key and the UID
 *   {time_code}      of the number, at this time
 *   {counter}        higher at each call, but for once in 48 days
 *   {nonce}          four bytes that are others at each call
 *   {gs}             the byte between GS1's elements
 *
 * Threads   filling: any, one after the other (vault knows one). vault_open() first. */
#ifndef KASSA_SHOPPER_WALLET_H
#define KASSA_SHOPPER_WALLET_H

#include <pthread.h>

#include "card/dynamic.h"
#include "card/tech/sun.h"
#include "shopper/visit.h"

#define WALLET_KINDS_MAX 64
#define WALLET_KEYS_MAX  4
#define WALLET_TEXT_MAX  1024 /* of a filled text */

struct wallet_key {
    char name[16];
    struct card_key key;
};

struct wallet {
    void *json; /* that the texts of the kinds belong to; NULL: plan_card_kinds */
    struct card_kind rows[WALLET_KINDS_MAX];
    struct card_kinds kinds;
    struct wallet_key keys[WALLET_KEYS_MAX];
    size_t key_count;
    bool has_time_codes;
    uint8_t time_code_key[HASH_SIZE];
    pthread_mutex_t mutex; /* of all filling, and the next field */
    unsigned calls;
};

/* Of who has no file: plan_card_kinds, and no keys. */
void wallet_init(struct wallet *out);
/* ERR_IO: no such file, or no JSON. ERR_SYNTAX: *out_where is the field that makes no sense. */
NODISCARD
enum err wallet_read(const char *path, struct wallet *out, char out_where[64]);
void wallet_done(struct wallet *wallet);

/* ERR_SYNTAX: a place that nobody knows, or a key that the wallet has not. ERR_TOO_LONG. Others: vault's. */
NODISCARD
enum err wallet_fill(struct wallet *wallet, const char *text, const struct shopper *shopper,
                     int64_t now_unix_ms, char out[WALLET_TEXT_MAX]);

#endif
