/* SPDX-License-Identifier: Apache-2.0 */
/* balance.c - what is on a gift card: only head office knows, and is asked.
 *
 * A code is money to whoever has it, and somebody at a till may try codes until one is good. So what turns out
 * to be unknown counts, here and where a tender has such a code: after a few of them it goes on slowly. Cards
 * that there are cost nothing.
 *
 * There is one question at a time. Who asks for another card meanwhile waits until that one is answered and
 * has been told. */
#include "base/money.h"
#include "till/internal.h"

#define TOLD_FRESH_MS 2000 /* the answer is for the call that waits for it, if that comes back soon */

static bool can_ask(const struct till *till)
{
    const struct till_hub *hub = &till->settings.hub;
    return hub->ask_gift != NULL && hub->is_connected != NULL && hub->is_connected(hub->self);
}

static void set_state(struct till *till, enum gift_asking state, uint64_t for_ms)
{
    till->gift.state = state;
    till->gift.until_mono_ms = till_read_clock(till).mono_ms + for_ms;
}

enum err till_check_gift_patience(struct till *till, const char *field, struct till_refusal *out)
{
    uint64_t wait_ms = bucket_wait_ms(&till->gift_misses, till_read_clock(till).mono_ms);
    if (wait_ms == 0)
        return ERR_OK;
    till_refuse(out, "too many gift cards that nobody knows: wait a little", "%s", field);
    return ERR_THROTTLED;
}

void till_count_gift_miss(struct till *till)
{
    (void)bucket_take(&till->gift_misses, till_read_clock(till).mono_ms);
}

static enum err ask(struct till *till, const uint8_t account[TOKEN_SIZE], struct till_refusal *out)
{
    struct gift_question *gift = &till->gift;
    TRY(till_check_gift_patience(till, "gift", out));
    if (!can_ask(till) || till->settings.hub.ask_gift(till->settings.hub.self, account) != ERR_OK) {
        till_refuse(out, "only head office knows what is on a gift card, and it cannot be asked now", "gift");
        return ERR_CLOSED;
    }
    memcpy(gift->account, account, TOKEN_SIZE);
    set_state(till, GIFT_ASKED, till->settings.ask_ms);
    return ERR_PENDING;
}

/* The answer is told once; whoever waits behind it may ask now. */
static enum err tell(struct till *till, struct till_gift_balance *out, struct till_refusal *refusal)
{
    struct gift_question *gift = &till->gift;
    enum gift_asking state = gift->state;
    gift->state = GIFT_NOTHING;
    if (gift->is_awaited)
        till_notify(till, TILL_ANSWERED, NULL);
    gift->is_awaited = false;
    if (state == GIFT_SILENT) {
        till_refuse(refusal, "only head office knows what is on a gift card, and it does not answer", "gift");
        return ERR_TIMEOUT;
    }
    if (gift->found.refused) {
        till_refuse(refusal, "too many gift cards that nobody knows: wait a little", "gift");
        return ERR_THROTTLED;
    }
    if (!gift->found.found) {
        till_refuse(refusal, "nobody knows that gift card", "gift");
        return ERR_NOT_FOUND;
    }
    *out = (struct till_gift_balance){.available_minor = gift->found.available_minor,
                                      .exponent = (uint8_t)gift->found.exponent};
    memcpy(out->currency, gift->found.currency, sizeof out->currency);
    return ERR_OK;
}

enum err till_get_gift_balance(struct till *till, const char *code, struct till_gift_balance *out,
                               struct till_refusal *out_refusal)
{
    struct gift_question *gift = &till->gift;
    uint8_t account[TOKEN_SIZE];
    if (!card_text_is_valid(span_of_text(code))) {
        till_refuse(out_refusal, "is no code of a gift card", "gift");
        return ERR_ARGUMENT;
    }
    TRY(till_gift_account(till, code, account));
    if (gift->state == GIFT_NOTHING)
        return ask(till, account, out_refusal);
    if (memcmp(gift->account, account, TOKEN_SIZE) != 0) {
        gift->is_awaited = true;
        return ERR_PENDING;
    }
    return gift->state == GIFT_ASKED ? ERR_PENDING : tell(till, out, out_refusal);
}

void till_hear_gift(struct till *till, const kassa_GiftFound *found)
{
    struct gift_question *gift = &till->gift;
    bool is_ours = gift->state == GIFT_ASKED && found->account.size == TOKEN_SIZE &&
                   memcmp(found->account.bytes, gift->account, TOKEN_SIZE) == 0;
    if (!is_ours || found->available_minor < 0 || found->exponent > MONEY_EXPONENT_MAX)
        return;
    gift->found = *found;
    if (!found->found && !found->refused)
        till_count_gift_miss(till);
    set_state(till, GIFT_TOLD, TOLD_FRESH_MS);
    till_notify(till, TILL_ANSWERED, NULL);
}

uint64_t till_expire_gift(struct till *till, uint64_t now_mono_ms)
{
    struct gift_question *gift = &till->gift;
    if (gift->state == GIFT_NOTHING)
        return UINT64_MAX;
    if (gift->until_mono_ms > now_mono_ms)
        return gift->until_mono_ms;
    if (gift->state == GIFT_ASKED) {
        set_state(till, GIFT_SILENT, TOLD_FRESH_MS);
    } else { /* who asked is gone */
        gift->state = GIFT_NOTHING;
        gift->is_awaited = false;
    }
    till_notify(till, TILL_ANSWERED, NULL);
    return gift->state == GIFT_NOTHING ? UINT64_MAX : gift->until_mono_ms;
}
