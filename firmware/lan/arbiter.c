/* SPDX-License-Identifier: Apache-2.0 */
#include "lan/arbiter.h"

#include "base/money.h"
#include "lan/internal.h"
#include "lan/items.h"

#define EVICTED_MAX 8 /* settled uses that give way to one word */

struct taking {
    struct arbiter_state *s;
    const struct arbiter_event *event;
    const kassa_LanWord *word;
    struct arbiter_till *till;
    struct arbiter_outputs *out;
    bool is_put_off; /* it cannot be answered now */
};

/* ---- outputs */

static void put(struct arbiter_outputs *out, enum arbiter_output_kind kind, uint32_t place)
{
    KASSA_ASSERT(out->count < ARBITER_OUTPUTS_MAX);
    out->items[out->count++] = (struct arbiter_output){.kind = kind, .place = place};
}

/* Room is kept for what each word may put out behind them: a use, its till, the changes. */
static bool has_output(const struct arbiter_outputs *out)
{
    return out->count < ARBITER_OUTPUTS_MAX - 4;
}

static void remove_use(struct taking *t, uint32_t use)
{
    struct arbiter_output *output = &t->out->items[t->out->count];
    put(t->out, ARBITER_REMOVE_USE, ARBITER_NONE);
    memcpy(output->id, t->s->uses[use].id, LAN_ITEM_SIZE);
    arbiter_remove_use(t->s, use);
}

static bool make_room(struct taking *t, size_t item_count)
{
    for (size_t i = 0; !arbiter_has_room(t->s, item_count) && i < EVICTED_MAX && has_output(t->out); i++) {
        uint32_t oldest = arbiter_oldest_settled(t->s);
        if (oldest == ARBITER_NONE)
            return false;
        remove_use(t, oldest);
    }
    return arbiter_has_room(t->s, item_count);
}

/* ---- state */

void arbiter_init(struct arbiter_state *s, uint64_t now_mono_ms, uint64_t random)
{
    memset(s->tills, 0, sizeof(s->tills));
    s->till_count = 0;
    s->changes = 0;
    s->doubt_until_mono_ms = 0;
    s->doubt_tills = 0;
    s->arbiter = random | 1;
    s->gather_until_mono_ms = now_mono_ms + ARBITER_GATHER_MS;
    arbiter_uses_init(s);
}

void arbiter_load_changes(struct arbiter_state *s, const struct arbiter_changes *stored, uint64_t now_mono_ms)
{
    s->arbiter = stored->arbiter;
    s->changes = stored->changes;
    s->doubt_until_mono_ms = stored->is_doubted ? now_mono_ms + ARBITER_DOUBT_MS : 0;
    s->doubt_tills = stored->doubt_tills;
}

struct arbiter_changes arbiter_get_changes(const struct arbiter_state *s)
{
    return (struct arbiter_changes){s->arbiter, s->changes, s->doubt_until_mono_ms != 0, s->doubt_tills};
}

static struct arbiter_till *find_till(struct arbiter_state *s, const char *name)
{
    for (size_t i = 0; i < s->till_count; i++) {
        if (strcmp(s->tills[i].till, name) == 0)
            return &s->tills[i];
    }
    return NULL;
}

static struct arbiter_till *add_till(struct arbiter_state *s, const char *name)
{
    if (s->till_count == ARBITER_TILLS_MAX)
        return NULL;
    struct arbiter_till *till = &s->tills[s->till_count++];
    memcpy(till->till, name, strnlen(name, TILL_ID_MAX));
    return till;
}

/* What it used and claimed stands without it: one that comes back tells all of its journal again. */
static void forget_till(struct arbiter_state *s, struct arbiter_till *till, struct arbiter_outputs *out)
{
    struct arbiter_till *last = &s->tills[s->till_count - 1];
    struct arbiter_output *output = &out->items[out->count];
    put(out, ARBITER_REMOVE_TILL, ARBITER_NONE);
    memcpy(output->till, till->till, sizeof(output->till));
    *till = *last;
    memset(last, 0, sizeof(*last));
    s->till_count--;
}

/* The one that was silent for longest makes room; in doubt each may have something to tell. */
static void forget_silent_till(struct arbiter_state *s, uint64_t now_mono_ms, struct arbiter_outputs *out)
{
    struct arbiter_till *oldest = &s->tills[0];
    for (size_t i = 1; i < s->till_count; i++) {
        if (s->tills[i].heard_mono_ms < oldest->heard_mono_ms)
            oldest = &s->tills[i];
    }
    if (s->doubt_until_mono_ms == 0 && now_mono_ms >= oldest->heard_mono_ms + ARBITER_FORGET_MS)
        forget_till(s, oldest, out);
}

static struct arbiter_till *get_till(struct arbiter_state *s, const struct arbiter_event *event,
                                     struct arbiter_outputs *out)
{
    struct arbiter_till *till = find_till(s, event->word->till);
    bool is_new = till == NULL && event->word->which_word == kassa_LanWord_join_tag;
    if (is_new && s->till_count == ARBITER_TILLS_MAX)
        forget_silent_till(s, event->now_mono_ms, out);
    if (is_new)
        till = add_till(s, event->word->till);
    if (till != NULL)
        till->heard_mono_ms = event->now_mono_ms;
    return till;
}

enum err arbiter_load_till(struct arbiter_state *s, const char *name, const kassa_LanMark *mark)
{
    struct arbiter_till *till = add_till(s, name);
    if (till == NULL)
        return ERR_FULL;
    till->mark = *mark;
    till->heard_mono_ms = s->gather_until_mono_ms; /* it has not had the time to speak */
    return ERR_OK;
}

enum err arbiter_load_use(struct arbiter_state *s, const struct arbiter_use *use, const kassa_LanItem *items,
                          size_t count)
{
    return arbiter_add_use(s, use, items, count) == ARBITER_NONE ? ERR_FULL : ERR_OK;
}

/* All tills that it knows have told all they used, and it knows as many as it did. */
static bool have_told(const struct arbiter_state *s)
{
    bool have_all = s->till_count >= s->doubt_tills;
    for (size_t i = 0; i < s->till_count; i++)
        have_all = have_all && s->tills[i].has_told_all;
    return have_all;
}

/* Whether what the storage may miss has been heard: who is there has had the time to come and, where the storage is known
 * to miss something, all tills have told all. */
static bool has_gathered(struct taking *t)
{
    struct arbiter_state *s = t->s;
    uint64_t now_mono_ms = t->event->now_mono_ms;
    if (now_mono_ms < s->gather_until_mono_ms)
        return false;
    if (s->doubt_until_mono_ms == 0)
        return true;
    if (!have_told(s) && now_mono_ms < s->doubt_until_mono_ms)
        return false;
    s->doubt_until_mono_ms = 0;
    s->doubt_tills = 0;
    put(t->out, ARBITER_KEEP_CHANGES, 0);
    return true;
}

/* ---- joining */

/* A till that saw more than the storage holds: an old image of it, or another one in its place. */
static void hear_seen(struct taking *t)
{
    const kassa_LanJoin *join = &t->word->word.join;
    struct arbiter_state *s = t->s;
    bool is_ours = join->arbiter == s->arbiter;
    bool is_nothing =
        join->arbiter == 0 || (is_ours && join->changes <= s->changes) || join->changes > ARBITER_CHANGES_MAX;
    if (is_nothing || t->till->has_doubted)
        return;
    t->till->has_doubted = true; /* it has seen ours now */
    s->doubt_until_mono_ms = t->event->now_mono_ms + ARBITER_DOUBT_MS;
    if (join->tills > s->doubt_tills)
        s->doubt_tills = join->tills < ARBITER_TILLS_MAX ? join->tills : ARBITER_TILLS_MAX;
    if (is_ours)
        s->changes = join->changes;
    put(t->out, ARBITER_KEEP_CHANGES, 0);
}

static void take_join(struct taking *t)
{
    hear_seen(t);
    t->till->pending = t->event->random | 1;
    kassa_LanAnswer answer = {.which_answer = kassa_LanAnswer_welcome_tag,
                              .answer.welcome = {.nonce = t->word->word.join.nonce,
                                                 .session = t->till->pending,
                                                 .has_mark = true,
                                                 .mark = t->till->mark}};
    t->out->answer = answer;
    t->out->has_answer = true;
}

/* ---- claims */

static kassa_LanJudged *judged(struct taking *t, kassa_LanVerdict verdict)
{
    kassa_LanAnswer *answer = &t->out->answer;
    answer->which_answer = kassa_LanAnswer_judged_tag;
    answer->answer.judged = (kassa_LanJudged){.verdict = verdict};
    memcpy(answer->answer.judged.key, t->word->word.claim.key, sizeof(answer->answer.judged.key));
    return &answer->answer.judged;
}

static bool is_sound_claim(const kassa_LanClaim *claim)
{
    bool is_sound = claim->key[0] != '\0';
    for (pb_size_t i = 0; i < claim->items_count; i++) {
        const kassa_LanItem *item = &claim->items[i];
        is_sound = is_sound && item->key.size == LAN_ITEM_SIZE && item->amount > 0 && item->most >= 0;
    }
    return is_sound;
}

/* Two rows of one basket may draw on the same. */
static int64_t asked_before(const kassa_LanClaim *claim, pb_size_t index)
{
    int64_t sum = 0;
    for (pb_size_t i = 0; i < index; i++) {
        if (memcmp(claim->items[i].key.bytes, claim->items[index].key.bytes, LAN_ITEM_SIZE) == 0 &&
            money_add(sum, claim->items[i].amount, &sum) != ERR_OK)
            return INT64_MAX;
    }
    return sum;
}

/* Fills the answer where an item does not fit. */
static bool fits(struct taking *t, const kassa_LanClaim *claim)
{
    for (pb_size_t i = 0; i < claim->items_count; i++) {
        const kassa_LanItem *item = &claim->items[i];
        const char *last;
        int64_t used = arbiter_sum(t->s, item, &last), left;
        if (money_add(used, asked_before(claim, i), &used) != ERR_OK ||
            __builtin_sub_overflow(item->most, used, &left))
            left = 0;
        if (item->amount <= left)
            continue;
        kassa_LanJudged *answer = judged(t, kassa_LanVerdict_LAN_REFUSED);
        answer->item = i;
        answer->available = left > 0 ? left : 0;
        memcpy(answer->till, last, strnlen(last, TILL_ID_MAX));
        return false;
    }
    return true;
}

static bool keep_claim(struct taking *t, const uint8_t id[LAN_ITEM_SIZE])
{
    const kassa_LanClaim *claim = &t->word->word.claim;
    struct arbiter_use use = {.is_claim = true,
                              .incarnation = t->word->incarnation,
                              .seq = t->word->next_seq,
                              .session = t->till->session,
                              .order = t->s->changes + 1};
    memcpy(use.id, id, LAN_ITEM_SIZE);
    memcpy(use.till, t->till->till, sizeof(use.till));
    memcpy(use.key, claim->key, sizeof(use.key));
    if (!make_room(t, claim->items_count))
        return false;
    put(t->out, ARBITER_KEEP_USE, arbiter_add_use(t->s, &use, claim->items, claim->items_count));
    return true;
}

static void take_claim(struct taking *t)
{
    const kassa_LanClaim *claim = &t->word->word.claim;
    uint8_t id[LAN_ITEM_SIZE];
    if (!is_sound_claim(claim)) {
        (void)judged(t, kassa_LanVerdict_LAN_REFUSED);
        return;
    }
    lan_claim_id(t->till->till, claim->key, id);
    uint32_t use = arbiter_find_use(t->s, id);
    if (use != ARBITER_NONE) { /* after a new beginning of the line: it stands */
        t->s->uses[use].session = t->till->session;
        (void)judged(t, kassa_LanVerdict_LAN_GRANTED);
    } else if (!has_gathered(t)) {
        (void)judged(t, kassa_LanVerdict_LAN_LATER);
    } else if (fits(t, claim)) {
        bool is_kept = keep_claim(t, id);
        (void)judged(t, is_kept ? kassa_LanVerdict_LAN_GRANTED : kassa_LanVerdict_LAN_LATER);
    }
}

static void drop_claim(struct taking *t, const char *key)
{
    uint8_t id[LAN_ITEM_SIZE];
    lan_claim_id(t->till->till, key, id);
    uint32_t use = arbiter_find_use(t->s, id);
    if (use != ARBITER_NONE)
        remove_use(t, use);
}

static void answer_done(struct taking *t, bool is_done)
{
    t->out->answer.which_answer = kassa_LanAnswer_done_tag;
    t->out->answer.answer.done = is_done;
}

/* ---- what was used */

static bool is_sound_use(const kassa_LanUse *use)
{
    bool is_sound = use->id.size == LAN_ITEM_SIZE;
    for (pb_size_t i = 0; i < use->items_count; i++)
        is_sound = is_sound && use->items[i].key.size == LAN_ITEM_SIZE;
    return is_sound;
}

/* Of what this till used before, so much as there is of it; answers how much. */
static int64_t give_back(struct taking *t, const struct arbiter_item *item)
{
    int64_t given = 0;
    uint32_t at = arbiter_first_item(t->s, item->key);
    for (; at != ARBITER_NONE && given > item->amount && has_output(t->out);
         at = t->s->items[at].next_of_key) {
        struct arbiter_item *used = &t->s->items[at];
        const struct arbiter_use *use = &t->s->uses[used->use];
        bool is_it = used->amount > 0 && !use->is_claim && !use->is_undone &&
                     memcmp(used->key, item->key, LAN_ITEM_SIZE) == 0 &&
                     strcmp(use->till, t->till->till) == 0;
        if (!is_it)
            continue;
        int64_t wanted = item->amount - given; /* negative: both are, and it is the lower one */
        int64_t part = wanted < -used->amount ? -used->amount : wanted;
        used->amount += part;
        given += part;
        put(t->out, ARBITER_KEEP_USE, used->use);
    }
    return given;
}

static uint32_t add_use(struct taking *t, const kassa_LanUse *told)
{
    struct arbiter_use use = {.order = t->s->changes + 1};
    memcpy(use.id, told->id.bytes, LAN_ITEM_SIZE);
    memcpy(use.till, t->till->till, sizeof(use.till));
    if (told->receipt.size == LAN_ITEM_SIZE)
        memcpy(use.receipt, told->receipt.bytes, LAN_ITEM_SIZE);
    if (!make_room(t, told->items_count))
        return ARBITER_NONE;
    uint32_t added = arbiter_add_use(t->s, &use, told->items, told->items_count);
    for (uint32_t i = t->s->uses[added].first_item; i != ARBITER_NONE; i = t->s->items[i].next_of_use) {
        if (t->s->items[i].amount < 0)
            t->s->items[i].amount = give_back(t, &t->s->items[i]);
    }
    return added;
}

/* A record that was carried over, or is told again, stands under its newest number. */
static void keep_use(struct taking *t, const kassa_LanUse *told)
{
    uint32_t at = arbiter_find_use(t->s, told->id.bytes);
    bool is_anothers =
        at != ARBITER_NONE && (t->s->uses[at].is_claim || strcmp(t->s->uses[at].till, t->till->till) != 0);
    if (is_anothers)
        return;
    if (at == ARBITER_NONE)
        at = add_use(t, told);
    t->is_put_off = at == ARBITER_NONE;
    if (t->is_put_off)
        return;
    t->s->uses[at].incarnation = t->word->incarnation;
    t->s->uses[at].seq = told->seq;
    put(t->out, ARBITER_KEEP_USE, at);
}

/* A receipt is voided by its own till, and after it. */
static void undo(struct taking *t, const uint8_t receipt[LAN_ITEM_SIZE])
{
    for (uint32_t i = 0; i < t->s->use_end && has_output(t->out); i++) {
        struct arbiter_use *use = &t->s->uses[i];
        bool is_it = strcmp(use->till, t->till->till) == 0 && !use->is_claim && !use->is_undone &&
                     memcmp(use->receipt, receipt, LAN_ITEM_SIZE) == 0;
        if (!is_it)
            continue;
        use->is_undone = true;
        put(t->out, ARBITER_KEEP_USE, i);
    }
}

/* A clone would have been thrown out by the till that it stands beside. */
static bool has_rested(const struct taking *t)
{
    return t->event->now_mono_ms >= t->till->began_mono_ms + ARBITER_REST_MS;
}

/* Claims of before this session whose sales did not come to be: the journal, told to its end, reaches as far as it did
 * when they were made, and has no record that commits them. One that ends before is an old image. */
static void free_claims(struct taking *t)
{
    for (uint32_t i = 0; i < t->s->use_end && has_output(t->out); i++) {
        const struct arbiter_use *use = &t->s->uses[i];
        if (use->is_claim && strcmp(use->till, t->till->till) == 0 && use->session != t->till->session &&
            use->incarnation == t->word->incarnation && use->seq <= t->word->word.told.through + 1)
            remove_use(t, i);
    }
}

/* Whoever only asks whether the arbiter is there costs no disk. */
static bool is_marked(const struct taking *t, const kassa_LanTold *told)
{
    const kassa_LanMark *mark = &t->till->mark;
    return mark->incarnation == t->word->incarnation && mark->through == told->through &&
           mark->hash.size == told->hash.size &&
           memcmp(mark->hash.bytes, told->hash.bytes, told->hash.size) == 0;
}

static void take_told(struct taking *t)
{
    const kassa_LanTold *told = &t->word->word.told;
    kassa_LanMark *mark = &t->till->mark;
    if (told->has_use && is_sound_use(&told->use)) {
        if (told->use.key[0] != '\0')
            drop_claim(t, told->use.key);
        if (told->use.items_count > 0)
            keep_use(t, &told->use);
        if (told->use.undoes.size == LAN_ITEM_SIZE)
            undo(t, told->use.undoes.bytes);
    }
    if (t->is_put_off)
        return;
    if (!is_marked(t, told)) {
        *mark = (kassa_LanMark){.incarnation = t->word->incarnation, .through = told->through};
        mark->hash.size = told->hash.size;
        memcpy(mark->hash.bytes, told->hash.bytes, told->hash.size);
        put(t->out, ARBITER_KEEP_TILL, (uint32_t)(t->till - t->s->tills));
    }
    t->till->has_told_all = t->till->has_told_all || told->is_last;
    if (told->is_last && has_rested(t))
        free_claims(t);
    t->out->answer.which_answer = kassa_LanAnswer_mark_tag;
    t->out->answer.answer.mark = *mark;
}

/* Claims under an older incarnation, which can be told no more: what became of them is at head office. */
static void free_old_claims(struct taking *t)
{
    for (uint32_t i = 0; i < t->s->use_end && has_output(t->out); i++) {
        const struct arbiter_use *use = &t->s->uses[i];
        if (use->is_claim && strcmp(use->till, t->till->till) == 0 && use->session != t->till->session &&
            use->incarnation != t->word->incarnation)
            remove_use(t, i);
    }
}

static void take_settled(struct taking *t)
{
    const kassa_LanSettled *settled = &t->word->word.settled;
    bool is_done = true;
    for (uint32_t i = 0; i < t->s->use_end; i++) {
        struct arbiter_use *use = &t->s->uses[i];
        bool is_it = strcmp(use->till, t->till->till) == 0 && !use->is_claim &&
                     use->incarnation == t->word->incarnation && use->seq <= settled->through &&
                     use->settled_unix_ms == 0;
        if (!is_it)
            continue;
        is_done = is_done && has_output(t->out);
        if (!is_done)
            break;
        use->settled_unix_ms = settled->hub_unix_ms;
        put(t->out, ARBITER_KEEP_USE, i);
    }
    if (has_rested(t))
        free_old_claims(t);
    answer_done(t, is_done);
}

/* ---- words */

static void take_word(struct taking *t)
{
    switch (t->word->which_word) {
    case kassa_LanWord_claim_tag:
        take_claim(t);
        return;
    case kassa_LanWord_release_tag:
        drop_claim(t, t->word->word.release.key);
        answer_done(t, true);
        return;
    case kassa_LanWord_told_tag:
        take_told(t);
        return;
    case kassa_LanWord_settled_tag:
        take_settled(t);
        return;
    default: /* of a newer schema */
        answer_done(t, false);
        return;
    }
}

/* Whether the word is of the till's session; a new one begins with its first word. */
static bool is_of_session(const kassa_LanWord *word, struct arbiter_till *till, uint64_t now_mono_ms)
{
    if (word->session == 0 || (word->session != till->session && word->session != till->pending))
        return false;
    if (word->session == till->session)
        return true;
    till->session = till->pending;
    till->pending = 0;
    till->number = 0;
    till->has_told_all = false;
    till->began_mono_ms = now_mono_ms;
    return true;
}

static void take_in_session(struct taking *t)
{
    kassa_LanAnswer *answer = &t->out->answer;
    if (t->word->number <= t->till->number) { /* said again, or come late */
        *answer = t->till->answer;
        t->out->has_answer = t->word->number == t->till->number && t->word->number != 0;
        return;
    }
    take_word(t);
    if (t->is_put_off)
        return;
    if (t->out->count > 0) {
        t->s->changes++;
        put(t->out, ARBITER_KEEP_CHANGES, 0);
    }
    t->till->number = t->word->number;
    answer->session = t->word->session;
    answer->number = t->word->number;
    t->out->has_answer = true;
}

static void answer_stale(const kassa_LanWord *word, struct arbiter_outputs *out)
{
    out->has_answer = true;
    out->answer = (kassa_LanAnswer){.session = word->session,
                                    .number = word->number,
                                    .which_answer = kassa_LanAnswer_stale_tag,
                                    .answer.stale = true};
}

void arbiter_take(struct arbiter_state *s, const struct arbiter_event *event, struct arbiter_outputs *out)
{
    bool is_join = event->word->which_word == kassa_LanWord_join_tag;
    out->count = 0;
    out->has_answer = false;
    memset(&out->answer, 0, sizeof(out->answer));
    struct taking t = {.s = s, .event = event, .word = event->word, .out = out};
    t.till = get_till(s, event, out);
    if (t.till == NULL && is_join) /* there is no room for it */
        return;
    if (is_join)
        take_join(&t);
    else if (t.till != NULL && is_of_session(event->word, t.till, event->now_mono_ms))
        take_in_session(&t);
    else
        answer_stale(event->word, out);
    out->answer.arbiter = s->arbiter;
    out->answer.changes = s->changes;
    out->answer.tills = (uint32_t)s->till_count;
    if (out->has_answer && !is_join && out->answer.which_answer != kassa_LanAnswer_stale_tag)
        t.till->answer = out->answer;
}

/* ---- what somebody says who knows */

bool arbiter_hears(const struct arbiter_state *s, const char *name, uint64_t now_mono_ms)
{
    for (size_t i = 0; i < s->till_count; i++) {
        if (strcmp(s->tills[i].till, name) == 0)
            return now_mono_ms < s->tills[i].heard_mono_ms + ARBITER_REST_MS;
    }
    return false;
}

size_t arbiter_free_till(struct arbiter_state *s, const char *name, struct arbiter_outputs *out)
{
    static const struct arbiter_event nothing;
    struct taking t = {.s = s, .event = &nothing, .out = out};
    struct arbiter_till *till = find_till(s, name);
    size_t freed = 0;
    out->count = 0;
    out->has_answer = false;
    for (uint32_t i = 0; i < s->use_end && has_output(out); i++) {
        if (!s->uses[i].is_claim || strcmp(s->uses[i].till, name) != 0)
            continue;
        remove_use(&t, i);
        freed++;
    }
    if (till != NULL && has_output(out)) {
        forget_till(s, till, out);
        s->doubt_tills -= s->doubt_tills > 0;
    }
    if (out->count == 0)
        return 0;
    s->changes++;
    put(out, ARBITER_KEEP_CHANGES, 0);
    return freed;
}
