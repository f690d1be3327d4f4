/* SPDX-License-Identifier: Apache-2.0 */
/* requests.h - the bodies of requests, from JSON into what the till takes: inside faces/api and for the
 * fuzzer. Errors as fields_read, and for cards ERR_RANGE; *out_refusal says where and
 * why. */
#ifndef KASSA_FACES_API_REQUESTS_H
#define KASSA_FACES_API_REQUESTS_H

#include <jansson.h>

#include "faces/api/api.h"
#include "till/till.h"

#define REQUEST_DEPTH_MAX 8 /* of brackets: ours need four */

/* Parses one JSON value. ERR_SYNTAX: no JSON, a name twice, too deep; *out is the caller's to release. */
NODISCARD
enum err request_parse(struct span body, json_t **out, struct till_refusal *out_refusal);
void request_releasep(json_t **json); /* for CLEANUP */

/* Masks the numbers of payment cards in all texts of a request, but where a loyalty card or a gift card is named: there
 * it is refused, and said why; a basket or a coupon that is named by one is named anew, so that two never become one.
 * ERR_SYNTAX: a field's name holds one. ERR_MEMORY; errors of name_anew. */
NODISCARD
enum err request_hide_payment_cards(json_t *json, const struct api_world *world,
                                    struct till_refusal *out_refusal);

/* What a request is read by; of the world read_code alone. */
struct request_rules {
    const struct till_settings *settings;
    const struct api_world *world;
    bool is_typed; /* a card's number, whatever is said of how it was read: the customer himself asks */
};

NODISCARD
enum err request_read_basket(const json_t *json, const struct request_rules *rules, struct till_basket *out,
                             struct till_refusal *out_refusal);

/* {"basket": "..."}: which one is meant. */
struct request_named {
    char basket[KEY_MAX + 1];
};
NODISCARD
enum err request_read_named(const json_t *json, struct request_named *out, struct till_refusal *out_refusal);

/* {"points": 500}, {"code": "..."} */
NODISCARD
enum err request_read_burn(const json_t *json, int64_t *out_points, struct till_refusal *out_refusal);
struct request_coupon {
    char code[COUPON_CODE_MAX + 1];
};
NODISCARD
enum err request_read_coupon(const json_t *json, struct request_coupon *out,
                             struct till_refusal *out_refusal);

/* {"gift": "..."}: a gift card's code, into its canonical form. */
struct request_gift {
    char code[CARD_TEXT_MAX];
};
NODISCARD
enum err request_read_gift(const json_t *json, const struct card_number_rules *numbers,
                           struct request_gift *out, struct till_refusal *out_refusal);

struct request_commit {
    char basket[KEY_MAX + 1];
    struct till_tenders tenders;
};
NODISCARD
enum err request_read_commit(const json_t *json, const struct till_settings *settings,
                             struct request_commit *out, struct till_refusal *out_refusal);
/* As a commit, but its tenders may be left out. */
NODISCARD
enum err request_read_reserve(const json_t *json, const struct till_settings *settings,
                              struct request_commit *out, struct till_refusal *out_refusal);

/* out is the till's staged return, its own store and till for an original that names none. */
NODISCARD
enum err request_read_return(const json_t *json, const struct request_rules *rules, struct till_return *out,
                             struct till_refusal *out_refusal);
NODISCARD
enum err request_read_void(const json_t *json, struct till_void *out, struct till_refusal *out_refusal);

struct request_card {
    char text[CARD_TEXT_MAX]; /* canonical; empty: none was named */
    struct till_card card;    /* but for its text */
};
/* What proves itself by being new is not judged yet. */
NODISCARD
enum err request_read_card(const json_t *json, const struct request_rules *rules, const char *path,
                           struct request_card *out, struct till_refusal *out_refusal);

struct request_enrol {
    struct till_enrolment enrolment;
    struct request_card card;
};
NODISCARD
enum err request_read_enrol(const json_t *json, const struct request_rules *rules, struct request_enrol *out,
                            struct till_refusal *out_refusal);
NODISCARD
enum err request_read_consent(const json_t *json, kassa_ConsentChanged *out,
                              struct till_refusal *out_refusal);
NODISCARD
enum err request_read_offer_answer(const json_t *json, kassa_OfferAnswered *out,
                                   struct till_refusal *out_refusal);
NODISCARD
enum err request_read_answer(const json_t *json, kassa_AnswerGiven *out, struct till_refusal *out_refusal);

#endif
