/* SPDX-License-Identifier: Apache-2.0 */
/* consent.c - what members agreed to, and that it counts from the moment they say so: the cache is head office's
 * and hears of it later, and until then a card that comes again would find what was. */
#include "till/internal.h"

void till_change_consent(kassa_Member *member, const kassa_Consent *change)
{
    pb_size_t at = 0;
    while (at < member->consents_count && strcmp(member->consents[at].purpose, change->purpose) != 0)
        at++;
    if (at == COUNT_OF(member->consents))
        return;
    member->consents[at] = *change;
    if (at == member->consents_count)
        member->consents_count++;
}

/* Who does not want offers of his own is not called by his name, is in no segment and has no birthday here: what
 * is for any member and for his tier is his. The hub keeps his name and birthday back, too. */
static void respect(kassa_Member *member)
{
    for (pb_size_t i = 0; i < member->consents_count; i++) {
        if (strcmp(member->consents[i].purpose, CONSENT_PERSONAL_OFFERS) != 0 || member->consents[i].given)
            continue;
        member->personal_count = 0;
        member->segments_count = 0;
    }
}

static uint64_t cached_version(const struct till *till, const uint8_t member[MEMBER_SIZE])
{
    struct member_found found;
    kassa_Member cached;
    bool is_there =
        members_find_id(till->settings.members, member, &found) == ERR_OK &&
        wire_decode(kassa_Member_fields, span_of(found.message, found.message_size), &cached) == ERR_OK;
    return is_there ? cached.version : 0;
}

void till_remember_consent(struct till *till, const kassa_ConsentChanged *changed, uint64_t seq)
{
    if (!changed->has_consent || changed->member.size != MEMBER_SIZE)
        return;
    struct consent_kept *kept = &till->consents[till->consents_next];
    till->consents_next = (till->consents_next + 1) % CONSENTS_KEPT_MAX;
    *kept = (struct consent_kept){
        .seq = seq, .version = cached_version(till, changed->member.bytes), .consent = changed->consent};
    memcpy(kept->member, changed->member.bytes, MEMBER_SIZE);
}

void till_forget_consents(struct till *till)
{
    memset(till->consents, 0, sizeof till->consents);
    till->consents_next = 0;
}

/* The newest last, so that it holds. */
void till_apply_consents(struct till *till, kassa_Member *member)
{
    uint64_t acknowledged = till_acknowledged_seq(till);
    for (size_t i = 0; i < CONSENTS_KEPT_MAX; i++) {
        const struct consent_kept *kept = &till->consents[(till->consents_next + i) % CONSENTS_KEPT_MAX];
        bool is_waiting = kept->seq > acknowledged || kept->version == member->version;
        if (kept->seq != 0 && is_waiting && memcmp(kept->member, member->id.bytes, MEMBER_SIZE) == 0)
            till_change_consent(member, &kept->consent);
    }
    respect(member);
}
