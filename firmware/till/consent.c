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

static void keep_impersonal(kassa_Member *member)
{
    member->personal_count = 0;
    member->segments_count = 0;
}

/* Who does not want offers of his own is not called by his name, is in no segment and has no birthday here: what
 * is for any member and for his tier is his. The hub keeps his name and birthday back, too. */
static void respect(kassa_Member *member)
{
    for (pb_size_t i = 0; i < member->consents_count; i++) {
        if (strcmp(member->consents[i].purpose, CONSENT_PERSONAL_OFFERS) != 0 || member->consents[i].given)
            continue;
        keep_impersonal(member);
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

/* Head office has it, and has sent the member back since. */
static bool is_settled(const struct till *till, const struct consent_kept *kept)
{
    return kept->seq == 0 ||
           (kept->seq <= till_acknowledged_seq(till) && kept->version != cached_version(till, kept->member));
}

static bool is_same(const struct consent_kept *kept, const kassa_ConsentChanged *changed)
{
    return kept->seq != 0 && memcmp(kept->member, changed->member.bytes, MEMBER_SIZE) == 0 &&
           strcmp(kept->consent.purpose, changed->consent.purpose) == 0;
}

/* The oldest one; a consent that was given before one that was withdrawn: who is not known to consent is only not
 * spoken to. */
static struct consent_kept *give_way(struct till *till)
{
    struct consent_kept *last = &till->consents[0];
    for (size_t i = 1; i < CONSENTS_KEPT_MAX; i++) {
        struct consent_kept *kept = &till->consents[i];
        bool is_older = kept->consent.given == last->consent.given && kept->seq < last->seq;
        if (is_older || (kept->consent.given && !last->consent.given))
            last = kept;
    }
    if (!last->consent.given && last->seq > till->consents_lost_seq)
        till->consents_lost_seq = last->seq;
    if (!last->consent.given && last->version > till->consents_lost_version)
        till->consents_lost_version = last->version;
    return last;
}

static struct consent_kept *place_of(struct till *till, const kassa_ConsentChanged *changed)
{
    struct consent_kept *free_one = NULL;
    for (size_t i = 0; i < CONSENTS_KEPT_MAX; i++) {
        if (is_same(&till->consents[i], changed))
            return &till->consents[i];
        if (free_one == NULL && is_settled(till, &till->consents[i]))
            free_one = &till->consents[i];
    }
    return free_one != NULL ? free_one : give_way(till);
}

void till_remember_consent(struct till *till, const kassa_ConsentChanged *changed, uint64_t seq)
{
    if (!changed->has_consent || changed->member.size != MEMBER_SIZE)
        return;
    struct consent_kept *kept = place_of(till, changed);
    *kept = (struct consent_kept){
        .seq = seq, .version = cached_version(till, changed->member.bytes), .consent = changed->consent};
    memcpy(kept->member, changed->member.bytes, MEMBER_SIZE);
}

void till_forget_consents(struct till *till)
{
    memset(till->consents, 0, sizeof till->consents);
    till->consents_lost_seq = 0;
    till->consents_lost_version = 0;
}

static bool may_have_withdrawn(const struct till *till, const kassa_Member *member)
{
    return till->consents_lost_seq != 0 && (till->consents_lost_seq > till_acknowledged_seq(till) ||
                                            member->version <= till->consents_lost_version);
}

void till_apply_consents(struct till *till, kassa_Member *member)
{
    for (size_t i = 0; i < CONSENTS_KEPT_MAX; i++) {
        const struct consent_kept *kept = &till->consents[i];
        bool is_waiting = kept->seq > till_acknowledged_seq(till) || kept->version == member->version;
        if (kept->seq != 0 && is_waiting && memcmp(kept->member, member->id.bytes, MEMBER_SIZE) == 0)
            till_change_consent(member, &kept->consent);
    }
    if (may_have_withdrawn(till, member))
        keep_impersonal(member);
    respect(member);
}
