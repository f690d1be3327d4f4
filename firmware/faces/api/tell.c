/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c - what the till is told of becomes an event of the stream: one row each. */
#include "faces/api/answers.h"
#include "faces/api/internal.h"

struct telling {
    const char *type;
    void (*write)(struct emitter *out, const struct api *api, const struct till_outcome *outcome);
};

static void write_session(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_session(out, api->settings.till);
}

static void write_card(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_card(out, NULL, api->settings.till);
}

/* From the reader's first byte to this event: what the reader took, and what we did. */
static void write_member(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    const struct api_world *world = &api->settings.world;
    const struct till_member *member = till_get_member(api->settings.till);
    bool is_tap = member != NULL && member->card.arrived_us != 0;
    int64_t tap_us = -1;
    if (is_tap)
        tap_us = (int64_t)(member->card.read_us + world->mono_us(world->self) - member->card.arrived_us);
    answer_member(out, api->settings.till, tap_us);
}

static void write_empty(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)api;
    (void)outcome;
    emit_open(out, NULL, '{');
    emit_close(out, '}');
}

/* A stranger replaces a member, who is told to be gone after his card came: whose card is here is said once more. */
static void write_stranger(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    emit_open(out, NULL, '{');
    answer_card(out, "card", api->settings.till);
    emit_close(out, '}');
}

static void write_basket(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_basket(out, api->settings.till);
}

static void write_outcome(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    answer_outcome(out, api->settings.till, outcome);
}

static void write_suspended(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_suspended(out, api->settings.till);
}

static void write_book(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_book(out, NULL, api->settings.till);
}

static void write_fault(struct emitter *out, const struct api *api, const struct till_outcome *outcome)
{
    (void)outcome;
    answer_fault(out, api->settings.till);
}

static const struct telling tellings[TILL_EVENT_COUNT] = {
    [TILL_SESSION] = {"session", write_session},
    [TILL_CARD] = {"card", write_card},
    [TILL_MEMBER] = {"member", write_member},
    [TILL_MEMBER_UNKNOWN] = {"member_unknown", write_stranger},
    [TILL_MEMBER_GONE] = {"member_gone", write_empty},
    [TILL_BASKET] = {"basket", write_basket},
    [TILL_COMMITTED] = {"committed", write_outcome},
    [TILL_RETURNED] = {"returned", write_outcome},
    [TILL_VOIDED] = {"voided", write_outcome},
    [TILL_SUSPENDED] = {"suspended", write_suspended},
    [TILL_RESUMED] = {"suspended", write_suspended},
    [TILL_BOOK] = {"book", write_book},
    [TILL_FAULT] = {"fault", write_fault},
};

void api_tell(struct api *api, enum till_event event, const struct till_outcome *outcome)
{
    if (event == TILL_ANSWERED) {
        server_wake_waiting(api);
        return;
    }
    struct emitter out = emitter_of(api->answer, ANSWER_SIZE_MAX);
    tellings[event].write(&out, api, outcome);
    stream_add(api, tellings[event].type, &out);
}

void api_tell_reader(struct api *api)
{
    struct emitter out = emitter_of(api->answer, ANSWER_SIZE_MAX);
    answer_reader(&out, NULL, &api->settings.world);
    stream_add(api, "reader", &out);
}

void api_tell_sync(struct api *api)
{
    struct emitter out = emitter_of(api->answer, ANSWER_SIZE_MAX);
    answer_sync(&out, NULL, &api->settings.world);
    stream_add(api, "sync", &out);
}

void api_tell_refused(struct api *api)
{
    struct emitter out = emitter_of(api->answer, ANSWER_SIZE_MAX);
    answer_refused(&out, NULL, &api->settings.world);
    stream_add(api, "card_refused", &out);
}
