/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c - what can be asked: one row each. */
#include <stdio.h>
#include <stdlib.h>

#include "faces/api/answers.h"
#include "faces/api/fields.h"
#include "faces/api/internal.h"
#include "faces/api/requests.h"

static struct till *till_of(const struct call *call)
{
    return call->api->settings.till;
}

static const struct till_settings *settings_of(const struct call *call)
{
    return till_get_settings(till_of(call));
}

static struct request_rules rules_of(const struct call *call)
{
    return (struct request_rules){settings_of(call), &call->api->settings.world,
                                  .is_typed = call->role == API_ROLE_KIOSK};
}

static struct till_request request_of(const struct call *call)
{
    return (struct till_request){call->key == NULL ? (struct span){0} : span_of_text(call->key),
                                 call->content};
}

static enum err refuse(struct call *call, enum err error, const char *reason)
{
    (void)snprintf(call->refusal.reason, sizeof call->refusal.reason, "%.*s",
                   (int)sizeof call->refusal.reason - 1, reason);
    return error;
}

static enum err answer_recorded(struct call *call, enum err error, const struct till_outcome *outcome)
{
    TRY(error);
    answer_outcome(&call->out, till_of(call), outcome);
    call->status = MHD_HTTP_CREATED;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ looking */

static enum err get_status(struct call *call)
{
    answer_status(&call->out, till_of(call), &call->api->settings.world, api_stream_count(call->api),
                  &call->api->gate.counts);
    return ERR_OK;
}

static enum err get_basket(struct call *call)
{
    answer_basket(&call->out, till_of(call));
    return ERR_OK;
}

static enum err get_receipt(struct call *call)
{
    const struct wire_record *record;
    char *end = NULL;
    unsigned long long number = strtoull(call->rest, &end, 10);
    if (call->rest[0] < '0' || call->rest[0] > '9' || *end != '\0')
        return ERR_NOT_FOUND;
    TRY(till_read_receipt(till_of(call), number, &record));
    answer_receipt(&call->out, record);
    return ERR_OK;
}

static enum err get_outcome(struct call *call)
{
    struct till_outcome outcome;
    TRY(till_find_outcome(till_of(call), span_of_text(call->rest), &outcome));
    answer_outcome(&call->out, till_of(call), &outcome);
    return ERR_OK;
}

static enum err get_events(struct call *call)
{
    call->is_stream = true;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------------------ selling */

/* What was shown before is a copy. */
static enum err take_proof(struct call *call, const char *path, const char *text, struct till_card *card)
{
    const struct api_world *world = &call->api->settings.world;
    struct card_identity identity = {.technology = (enum reader_technology)card->technology,
                                     .trust = card->trust,
                                     .freshness = card->freshness};
    if (identity.freshness.kind == READER_FRESH_NONE)
        return ERR_OK;
    memcpy(identity.text, text, strnlen(text, sizeof identity.text - 1));
    enum err error = world->take_proof(world->self, &identity);
    card->trust = identity.trust;
    card->freshness = identity.freshness;
    if (error == ERR_OK)
        return ERR_OK;
    fields_refuse(&call->refusal, path, "number", "it was used before: ask for a fresh one");
    call->refusal.code = "card_replayed";
    return ERR_RANGE;
}

static enum err put_basket(struct call *call)
{
    struct till_basket *basket = till_stage_basket(till_of(call));
    const struct request_rules rules = rules_of(call);
    TRY(request_read_basket(call->json, &rules, basket, &call->refusal));
    TRY(take_proof(call, "card.", basket->card_text, &basket->card));
    TRY(till_put_basket(till_of(call), &call->refusal));
    return get_basket(call);
}

/* What is asked for has happened already: that is no error. */
static enum err unless_state(enum err error)
{
    return error == ERR_STATE ? ERR_OK : error;
}

static enum err delete_basket(struct call *call)
{
    TRY(unless_state(till_drop_basket(till_of(call))));
    return get_basket(call);
}

/* ------------------------------------------------------------------------------------------ points and coupons */

static enum err put_burn(struct call *call)
{
    int64_t points = 0;
    TRY(request_read_burn(call->json, &points, &call->refusal));
    TRY(till_set_burn(till_of(call), points, &call->refusal));
    return get_basket(call);
}

static enum err post_coupon(struct call *call)
{
    struct request_coupon coupon;
    TRY(request_read_coupon(call->json, &coupon, &call->refusal));
    TRY(till_present_coupon(till_of(call), coupon.code, &call->refusal));
    return get_basket(call);
}

static enum err delete_coupon(struct call *call)
{
    TRY(till_withdraw_coupon(till_of(call), call->rest));
    return get_basket(call);
}

static enum err post_reserve(struct call *call)
{
    struct request_commit commit;
    TRY(request_read_reserve(call->json, settings_of(call), &commit, &call->refusal));
    TRY(till_reserve(till_of(call), commit.basket, &commit.tenders, &call->refusal));
    answer_reservation(&call->out, till_of(call));
    return ERR_OK;
}

/* The code is money: it stands in the body, and in no address that somebody keeps. */
static enum err post_gift_balance(struct call *call)
{
    struct request_gift gift = {.code = ""};
    struct till_gift_balance balance;
    TRY(request_read_gift(call->json, &settings_of(call)->numbers, &gift, &call->refusal));
    TRY(till_get_gift_balance(till_of(call), gift.code, &balance, &call->refusal));
    answer_gift(&call->out, &balance);
    return ERR_OK;
}

/* ------------------------------------------------------------------------------------- suspended baskets */

static enum err get_suspended(struct call *call)
{
    answer_suspended(&call->out, till_of(call));
    return ERR_OK;
}

static enum err post_suspend(struct call *call)
{
    struct request_named named;
    TRY(request_read_named(call->json, &named, &call->refusal));
    TRY(till_suspend(till_of(call), named.basket, &call->refusal));
    return get_suspended(call);
}

static enum err post_resume(struct call *call)
{
    struct request_named named;
    TRY(request_read_named(call->json, &named, &call->refusal));
    TRY(till_resume(till_of(call), named.basket, &call->refusal));
    return get_basket(call);
}

static enum err delete_suspended(struct call *call)
{
    TRY(till_forget_suspended(till_of(call), call->rest));
    return get_suspended(call);
}

/* ------------------------------------------------------------------------------------------- the store's arbiter */

static enum err delete_claims(struct call *call)
{
    const struct api_world *world = &call->api->settings.world;
    uint64_t freed = 0;
    enum err error = world->free_claims(world->self, call->rest, &freed);
    if (error == ERR_NOT_FOUND)
        return refuse(call, error, "the store's arbiter is not here");
    if (error == ERR_BUSY)
        return refuse(call, ERR_STATE, "that till has spoken within half a minute");
    TRY(error);
    emit_open(&call->out, NULL, '{');
    emit_string(&call->out, "till", call->rest);
    emit_uint(&call->out, "freed", freed);
    emit_close(&call->out, '}');
    return ERR_OK;
}

/* ---------------------------------------------------------------------------------------------- recording */

/* What the present state forbids, where the till itself has not said why. */
static enum err say_state(struct call *call, enum err error, const char *reason)
{
    return error == ERR_STATE && call->refusal.reason[0] == '\0' ? refuse(call, error, reason) : error;
}

static const char basket_is_open[] = "a basket is open: commit it or drop it first";

static enum err post_commit(struct call *call)
{
    struct request_commit commit;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    TRY(request_read_commit(call->json, settings_of(call), &commit, &call->refusal));
    enum err error =
        till_commit(till_of(call), &request, commit.basket, &commit.tenders, &outcome, &call->refusal);
    return answer_recorded(call, say_state(call, error, "that basket is not open"), &outcome);
}

/* Where nothing is paid by it, and the same request may come again: a code with a time only says who it is. */
static void only_name(struct till_card *card)
{
    card->freshness = (struct reader_freshness){.kind = READER_FRESH_NONE};
    card->trust = card->trust < CARD_TRUST_STATIC ? card->trust : CARD_TRUST_STATIC;
}

static enum err post_return(struct call *call)
{
    struct till_return *back = till_stage_return(till_of(call));
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    const struct request_rules rules = rules_of(call);
    TRY(request_read_return(call->json, &rules, back, &call->refusal));
    only_name(&back->card);
    enum err error = till_take_return(till_of(call), &request, &outcome, &call->refusal);
    return answer_recorded(call, say_state(call, error, basket_is_open), &outcome);
}

static enum err post_void(struct call *call)
{
    struct till_void what;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    TRY(request_read_void(call->json, &what, &call->refusal));
    enum err error = till_void_receipt(till_of(call), &request, &what, &outcome, &call->refusal);
    return answer_recorded(call, say_state(call, error, basket_is_open), &outcome);
}

/* ------------------------------------------------------------------------------------------------ members */

static enum err answer_session_state(struct call *call)
{
    answer_state(&call->out, till_of(call), &call->api->settings.world);
    return ERR_OK;
}

static enum err post_card(struct call *call)
{
    struct request_card named;
    const struct api_world *world = &call->api->settings.world;
    const struct request_rules rules = rules_of(call);
    TRY(request_read_card(call->json, &rules, "", &named, &call->refusal));
    TRY(take_proof(call, "", named.text, &named.card));
    struct till_card card = named.card;
    card.text = named.text;
    card.arrived_us = world->mono_us(world->self);
    TRY(till_see_card(till_of(call), &card));
    return answer_session_state(call);
}

static enum err delete_member(struct call *call)
{
    TRY(unless_state(till_leave_member(till_of(call))));
    return answer_session_state(call);
}

static enum err post_member(struct call *call)
{
    struct request_enrol enrol;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    const struct request_rules rules = rules_of(call);
    TRY(request_read_enrol(call->json, &rules, &enrol, &call->refusal));
    enum err error = till_enrol(till_of(call), &request, enrol.card.text, &enrol.enrolment, &outcome);
    return answer_recorded(call, say_state(call, error, "no card is here, or it has a member"), &outcome);
}

static enum err post_consent(struct call *call)
{
    kassa_ConsentChanged consent;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    TRY(request_read_consent(call->json, &consent, &call->refusal));
    enum err error = till_set_consent(till_of(call), &request, &consent, &outcome);
    return answer_recorded(call, say_state(call, error, "no member is here"), &outcome);
}

static enum err post_offer_answer(struct call *call)
{
    kassa_OfferAnswered answer;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    TRY(request_read_offer_answer(call->json, &answer, &call->refusal));
    enum err error = till_answer_offer(till_of(call), &request, &answer, &outcome);
    return answer_recorded(call, say_state(call, error, "no member is here"), &outcome);
}

static enum err post_answer(struct call *call)
{
    kassa_AnswerGiven answer;
    struct till_outcome outcome;
    struct till_request request = request_of(call);
    TRY(request_read_answer(call->json, &answer, &call->refusal));
    return answer_recorded(call, till_answer_question(till_of(call), &request, &answer, &outcome), &outcome);
}

/* ---------------------------------------------------------------------------------------------- the table */

/* Only a POS sells and takes back; cashiers also look at receipts and gift cards; a kiosk is touched by strangers. */
#define POS  (1U << API_ROLE_POS)
#define DESK (POS | 1U << API_ROLE_CASHIER)
#define EACH (DESK | 1U << API_ROLE_KIOSK)

static const struct route routes[] = {
    /* method, path, rest, body, key, roles, typed, handler */
    {"GET", "/v1/status", false, false, false, EACH, false, get_status},
    {"GET", "/v1/events", false, false, false, EACH, false, get_events},
    {"GET", "/v1/basket", false, false, false, EACH, false, get_basket},
    {"PUT", "/v1/basket", false, true, false, POS, false, put_basket},
    {"DELETE", "/v1/basket", false, false, false, POS, false, delete_basket},
    {"PUT", "/v1/basket/burn", false, true, false, EACH, false, put_burn},
    {"POST", "/v1/basket/coupons", false, true, false, EACH, true, post_coupon},
    {"DELETE", "/v1/basket/coupons/", true, false, false, DESK, false, delete_coupon},
    {"POST", "/v1/basket/reserve", false, true, false, POS, false, post_reserve},
    {"POST", "/v1/gifts/balance", false, true, false, DESK, false, post_gift_balance},
    {"POST", "/v1/basket/suspend", false, true, false, POS, false, post_suspend},
    {"POST", "/v1/basket/resume", false, true, false, POS, false, post_resume},
    {"GET", "/v1/suspended", false, false, false, DESK, false, get_suspended},
    {"DELETE", "/v1/suspended/", true, false, false, POS, false, delete_suspended},
    {"DELETE", "/v1/store/claims/", true, false, false, POS, false, delete_claims},
    {"POST", "/v1/basket/commit", false, true, true, POS, false, post_commit},
    {"POST", "/v1/returns", false, true, true, POS, false, post_return},
    {"POST", "/v1/voids", false, true, true, POS, false, post_void},
    {"POST", "/v1/cards", false, true, false, EACH, true, post_card},
    {"DELETE", "/v1/member", false, false, false, EACH, false, delete_member},
    {"POST", "/v1/members", false, true, true, EACH, false, post_member},
    {"POST", "/v1/consents", false, true, true, EACH, false, post_consent},
    {"POST", "/v1/offers/answers", false, true, true, EACH, false, post_offer_answer},
    {"POST", "/v1/answers", false, true, true, EACH, false, post_answer},
    {"GET", "/v1/receipts/", true, false, false, DESK, false, get_receipt},
    {"GET", "/v1/outcomes/", true, false, false, DESK, false, get_outcome},
};

static bool is_at(const struct route *route, const char *path)
{
    size_t size = strlen(route->path);
    return route->has_rest ? strncmp(path, route->path, size) == 0 && path[size] != '\0'
                           : strcmp(path, route->path) == 0;
}

const struct route *route_find(const char *method, const char *path, bool *out_is_path)
{
    *out_is_path = false;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!is_at(&routes[i], path))
            continue;
        *out_is_path = true;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
    }
    return NULL;
}
