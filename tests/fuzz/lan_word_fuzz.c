/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a hostile till says to its store's arbiter: a sequence of words, each as one byte, two of size (little-endian)
 * and the LanWord. The byte chooses the till, and whether the word gets the session and the number that the arbiter
 * expects next, since no fuzzer guesses those. The arbiter never counts less than nothing of anything, never grants what
 * its own count does not leave, and its tables stay whole. */
#include "lan/internal.h"
#include "lan/items.h"
#include "vault/vault.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TILLS 3
#define FITS  0x80 /* session and number are the next ones */
#define LATER 0x40 /* a minute goes by before */

static struct arbiter_state state;
static struct arbiter_outputs outputs;
static kassa_LanWord word;
static uint64_t now_mono_ms;
static const char *const names[TILLS] = {"till-1", "till-2", "till-3"};

static const struct arbiter_till *till_of(const char *name)
{
    for (size_t i = 0; i < state.till_count; i++) {
        if (strcmp(state.tills[i].till, name) == 0)
            return &state.tills[i];
    }
    return NULL;
}

static void make_fit(void)
{
    const struct arbiter_till *till = till_of(word.till);
    if (till == NULL)
        return;
    bool is_new = till->pending != 0;
    word.session = is_new ? till->pending : till->session;
    word.number = is_new ? 1 : till->number + 1;
}

static void judge_claim(const int64_t used[LAN_CLAIM_ITEMS_MAX])
{
    const kassa_LanClaim *claim = &word.word.claim;
    bool is_granted = outputs.has_answer && outputs.answer.which_answer == kassa_LanAnswer_judged_tag &&
                      outputs.answer.answer.judged.verdict == kassa_LanVerdict_LAN_GRANTED;
    bool is_new = false;
    for (size_t i = 0; i < outputs.count; i++)
        is_new = is_new || outputs.items[i].kind == ARBITER_KEEP_USE;
    for (pb_size_t i = 0; is_granted && is_new && i < claim->items_count; i++) {
        int64_t left;
        KASSA_ASSERT(!__builtin_sub_overflow(claim->items[i].most, used[i], &left));
        KASSA_ASSERT(claim->items[i].amount <= left);
    }
}

static void judge_tables(void)
{
    uint32_t uses = 0, items = 0;
    for (uint32_t i = 0; i < state.use_end; i++) {
        if (state.uses[i].till[0] == '\0')
            continue;
        uses++;
        KASSA_ASSERT(arbiter_find_use(&state, state.uses[i].id) != ARBITER_NONE);
        for (uint32_t at = state.uses[i].first_item; at != ARBITER_NONE; at = state.items[at].next_of_use) {
            kassa_LanItem item = {.key = {.size = LAN_ITEM_SIZE}};
            const char *last;
            memcpy(item.key.bytes, state.items[at].key, LAN_ITEM_SIZE);
            KASSA_ASSERT(arbiter_sum(&state, &item, &last) >= 0);
            items++;
        }
    }
    KASSA_ASSERT(uses == state.use_count && items == state.item_count);
    KASSA_ASSERT(state.changes <= ARBITER_CHANGES_MAX + UINT32_MAX && outputs.count <= ARBITER_OUTPUTS_MAX);
}

static void say(uint8_t choice, struct span payload)
{
    int64_t used[LAN_CLAIM_ITEMS_MAX] = {0};
    const char *last;
    now_mono_ms += (choice & LATER) != 0 ? 60000 : 1;
    if (wire_decode(kassa_LanWord_fields, payload, &word) != ERR_OK)
        return;
    memset(word.till, 0, sizeof(word.till));
    memcpy(word.till, names[(choice & 0x3f) % TILLS], 6); /* the topic's: lan.c drops any other */
    if ((choice & FITS) != 0)
        make_fit();
    bool is_claim = word.which_word == kassa_LanWord_claim_tag;
    for (pb_size_t i = 0; is_claim && i < word.word.claim.items_count; i++)
        used[i] = arbiter_sum(&state, &word.word.claim.items[i], &last);
    struct arbiter_event event = {&word, now_mono_ms, now_mono_ms * 2};
    arbiter_take(&state, &event, &outputs);
    if (is_claim)
        judge_claim(used);
    judge_tables();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (now_mono_ms == 0)
        KASSA_ASSERT(vault_open() == ERR_OK);
    now_mono_ms = 1;
    arbiter_init(&state, now_mono_ms, 42);
    while (size >= 3) {
        size_t length = (size_t)(data[1] | data[2] << 8);
        length = length < size - 3 ? length : size - 3;
        say(data[0], span_of(data + 3, length));
        data += 3 + length;
        size -= 3 + length;
    }
    (void)arbiter_free_till(&state, names[0], &outputs);
    judge_tables();
    return 0;
}
