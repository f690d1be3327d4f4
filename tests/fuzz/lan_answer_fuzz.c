/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a hostile store's broker, or somebody in the arbiter's place, answers a till: a sequence of answers, each as
 * one byte, two of size (little-endian) and the LanAnswer. The byte says what the till does before (a claim, a sale, a
 * release, time) and whether the answer gets the numbers that the till waits for. The till takes a claim for granted only
 * where it was answered so, never says two words at once, and is never beyond the end of its journal. */
#include "lan/step.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FITS   0x80 /* nonce, session and number are those that are waited for */
#define IS_OWN 0x40
#define DOINGS 6

static struct lan_step s;
static struct lan_outputs outputs;
static kassa_LanAnswer answer;
static uint64_t now_mono_ms, seq;

static void judge(void)
{
    KASSA_ASSERT((unsigned)s.state < LAN_STATE_COUNT && outputs.count <= LAN_STEP_OUTPUTS_MAX);
    KASSA_ASSERT(s.told_seq <= s.last_seq || s.state < LAN_TELLING);
    unsigned spoken = 0;
    for (size_t i = 0; i < outputs.count; i++)
        spoken += outputs.items[i].kind == LAN_SPEAK;
    KASSA_ASSERT(spoken <= 1 && (spoken == 0 || s.word != LAN_WORD_NONE));
}

static void take(struct lan_event event)
{
    unsigned held = 0, held_after = 0;
    event.now_mono_ms = now_mono_ms;
    event.random = now_mono_ms * 7;
    for (unsigned i = 0; i < LAN_CLAIMS_MAX; i++)
        held += s.claims[i].state == LAN_CLAIM_HELD;
    lan_step_take(&s, &event, &outputs);
    for (unsigned i = 0; i < LAN_CLAIMS_MAX; i++)
        held_after += s.claims[i].state == LAN_CLAIM_HELD;
    bool is_granted = event.kind == LAN_ANSWERED && answer.which_answer == kassa_LanAnswer_judged_tag &&
                      answer.answer.judged.verdict == kassa_LanVerdict_LAN_GRANTED;
    KASSA_ASSERT(held_after <= held || is_granted);
    judge();
    bool must_find = false;
    for (size_t i = 0; i < outputs.count; i++)
        must_find = must_find || outputs.items[i].kind == LAN_FIND;
    if (must_find)
        take((struct lan_event){.kind = LAN_FOUND, .seq = s.last_seq, .is_use = seq % 2 == 0});
}

static unsigned free_slot(void)
{
    unsigned slot = 0;
    while (slot < LAN_CLAIMS_MAX && s.claims[slot].state != LAN_CLAIM_FREE)
        slot++;
    return slot;
}

/* A slot whose claim somebody waits for; LAN_CLAIMS_MAX. */
static unsigned used_slot(void)
{
    unsigned slot = 0;
    while (slot < LAN_CLAIMS_MAX && s.claims[slot].state != LAN_CLAIM_NEW &&
           s.claims[slot].state != LAN_CLAIM_AGAIN && s.claims[slot].state != LAN_CLAIM_HELD)
        slot++;
    return slot;
}

static void do_one(uint8_t what)
{
    now_mono_ms += what == 0 ? 700 : 1;
    if (what <= 1)
        take((struct lan_event){.kind = LAN_TIME});
    if (what == 2 && s.state == LAN_CONNECTING)
        take((struct lan_event){.kind = LAN_CONNECTED});
    if (what == 3 && free_slot() < LAN_CLAIMS_MAX && lan_step_is_joined(&s))
        take((struct lan_event){.kind = LAN_CLAIMED, .slot = free_slot()});
    if (what == 4)
        take((struct lan_event){.kind = LAN_APPENDED, .incarnation = 9, .seq = ++seq});
    if (what == 5 && used_slot() < LAN_CLAIMS_MAX)
        take((struct lan_event){.kind = seq % 2 == 0 ? LAN_COMMITTED : LAN_RELEASED, .slot = used_slot()});
}

static void hear(uint8_t choice, struct span payload)
{
    do_one((choice & 0x3f) % DOINGS);
    if (wire_decode(kassa_LanAnswer_fields, payload, &answer) != ERR_OK)
        return;
    if ((choice & FITS) != 0) {
        answer.session = s.session;
        answer.number = s.number;
        if (answer.which_answer == kassa_LanAnswer_welcome_tag)
            answer.answer.welcome.nonce = s.nonce;
    }
    take((struct lan_event){.kind = LAN_ANSWERED, .answer = &answer, .is_own = (choice & IS_OWN) != 0});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct lan_step_settings settings = {1500, 150};
    now_mono_ms = 1;
    seq = 3;
    lan_step_init(&s, &settings, 9, seq, 5);
    take((struct lan_event){.kind = LAN_TIME});
    take((struct lan_event){.kind = LAN_CONNECTED});
    while (size >= 3) {
        size_t length = (size_t)(data[1] | data[2] << 8);
        length = length < size - 3 ? length : size - 3;
        hear(data[0], span_of(data + 3, length));
        data += 3 + length;
        size -= 3 + length;
    }
    return 0;
}
