/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - what the open basket is about to use, as the store's arbiter is asked for it: how much of each there is as
 * this till knows, before what the other tills of the store used. What this till itself used the arbiter counts. */
#include "till/internal.h"

#define HUB_SILENT_MS                                                                                        \
    15000 /* a line takes half a minute to be known as broken: so long not every sale waits for it */
#define STORE_SILENT_MS 5000

void till_note_hub_silence(struct till *till)
{
    if (till_is_store_there(till))
        till->hub_silent_until_mono_ms = till_read_clock(till).mono_ms + HUB_SILENT_MS;
}

void till_note_store_silence(struct till *till)
{
    till->store_silent_until_mono_ms = till_read_clock(till).mono_ms + STORE_SILENT_MS;
}

/* What the member's snapshot holds of it already. */
static int64_t used_in_snapshot(const struct till *till, const kassa_OfferUse *use)
{
    const kassa_Member *member = &till->customer.member;
    for (pb_size_t i = 0; i < member->counters_count; i++) {
        const kassa_LimitCounter *counter = &member->counters[i];
        if (counter->limit == use->limit && counter->since_day == use->since_day &&
            strcmp(counter->offer, use->offer) == 0)
            return counter->used;
    }
    return 0;
}

static int64_t most_of(const struct till *till, const kassa_OfferUse *use)
{
    if (use->per == kassa_LimitPer_LIMIT_PER_STORE)
        return use->most;
    if (use->per != kassa_LimitPer_LIMIT_PER_MEMBER)
        return -1;
    int64_t left = use->most - used_in_snapshot(till, use);
    return left > 0 ? left : 0;
}

static void fill_points(struct till *till, struct till_claim *claim)
{
    const struct till_member *customer = &till->customer;
    struct points_sum waiting =
        points_waiting(&till->points, customer->member.id.bytes, customer->member.points_as_of_unix_ms,
                       till_acknowledged_seq(till));
    claim->as_of_unix_ms = customer->as_of_unix_ms;
    claim->points = customer->points + waiting.burned;
    claim->points = claim->points > 0 ? claim->points : 0;
    claim->allowance = till_is_line_up(till) ? -1 : till_allowance_of_day(till);
}

enum err till_ask_store(struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    struct hold *hold = &till->hold;
    int64_t uses_most[OFFER_USES_MAX];
    struct till_claim claim = {.reserve = &hold->asked, .uses_most = uses_most, .allowance = -1};
    for (size_t i = 0; i < hold->asked.uses_count; i++)
        uses_most[i] = most_of(till, &hold->asked.uses[i]);
    if (hold->asked.member.size == MEMBER_SIZE && till->book != NULL)
        fill_points(till, &claim);
    TRY(hub->claim(hub->self, &claim));
    hold->has_claim = true;
    till_begin_asking(till, /* is_at_hub= */ false);
    return ERR_OK;
}
