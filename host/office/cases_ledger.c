/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "ledger": events on a member's account, and after each its balance and what is left of each lot.
 *
 * Days never go back: an event without one happens on the day of the one before, the first on a day before all
 * others. A "ref" names a receipt, so that a later event can reverse it; events without one are receipts of their
 * own; the same event of a receipt again is that event, repeated, and moves nothing. Burning is guarded: what there is not enough for is refused, unless the event allows a debt. */
#include "ledger/account.h"
#include "ledger/dates.h"
#include "office/cases_kit.h"

#define FIRST_DAY  1
#define EVENTS_MAX 512
#define FAR_DAY    2932896 /* 9999-12-31: pending until further notice */

struct event_words {
    const char *op, *ref, *of, *policy, *key;
    int64_t pending, points, on, expires, available, reinstate_days, allow_negative;
};

static const struct case_word event_words[] = {
    CASE_MUST("op", CASE_TEXT, offsetof(struct event_words, op)),
    CASE_MAY("key|idempotency_key", CASE_TEXT, offsetof(struct event_words, key)),
    CASE_MAY("ref|receipt|order|id", CASE_TEXT, offsetof(struct event_words, ref)),
    CASE_MAY("of|original", CASE_TEXT, offsetof(struct event_words, of)),
    CASE_MAY("points|amount", CASE_NUMBER, offsetof(struct event_words, points)),
    CASE_MAY("on|date|day|at", CASE_DAY, offsetof(struct event_words, on)),
    CASE_MAY("expires|expires_on", CASE_DAY, offsetof(struct event_words, expires)),
    CASE_MAY("available|available_on|available_from|pending_until", CASE_DAY,
             offsetof(struct event_words, available)),
    CASE_MAY("pending", CASE_FLAG, offsetof(struct event_words, pending)), /* until further notice */
    CASE_MAY("policy|return_policy", CASE_TEXT, offsetof(struct event_words, policy)),
    CASE_MAY("reinstate_days|grace_days", CASE_NUMBER, offsetof(struct event_words, reinstate_days)),
    CASE_MAY("allow_negative|allow_debt", CASE_FLAG, offsetof(struct event_words, allow_negative)),
    CASE_MAY("notes|note|reason", CASE_NOTE, 0),
};

struct ledger_words {
    const json_t *events, *expected;
    const char *policy;
    int64_t opening, reinstate_days;
};

static const struct case_word ledger_words[] = {
    CASE_MUST("events", CASE_LIST, offsetof(struct ledger_words, events)),
    CASE_MAY("opening", CASE_NUMBER, offsetof(struct ledger_words, opening)),
    CASE_MAY("policy|return_policy", CASE_TEXT, offsetof(struct ledger_words, policy)),
    CASE_MAY("reinstate_days|grace_days", CASE_NUMBER, offsetof(struct ledger_words, reinstate_days)),
    CASE_MUST("expected", CASE_ANY, offsetof(struct ledger_words, expected)),
};

static const struct case_choice policies[] = {{"only_pending", LEDGER_ONLY_PENDING},
                                              {"within_balance", LEDGER_WITHIN_BALANCE},
                                              {"unlimited", LEDGER_UNLIMITED}};

#define RECEIPTS_MAX 512

/* A member's account while the events run. */
struct book_keeping {
    struct case_run *run;
    struct ledger_account *account;
    const char *refs[RECEIPTS_MAX]; /* the number of a receipt is its place + 1; NULL: nobody names it */
    int64_t earned[RECEIPTS_MAX];   /* by it, for a reversal that does not say how much */
    int64_t burned[RECEIPTS_MAX];
    uint32_t receipt_count;
    enum ledger_return_policy policy;
    uint32_t reinstate_days;
    int32_t day;
    struct event_words events[EVENTS_MAX]; /* so far ... */
    enum err outcomes[EVENTS_MAX];         /* ... and what came of each */
};

static uint64_t receipt_of(struct book_keeping *k, const char *ref)
{
    for (uint32_t i = 0; i < k->receipt_count && ref != NULL; i++) {
        if (k->refs[i] != NULL && strcmp(k->refs[i], ref) == 0)
            return i + 1;
    }
    if (k->receipt_count == RECEIPTS_MAX) {
        case_fault(k->run, "there are more than %d receipts", RECEIPTS_MAX);
        return RECEIPTS_MAX;
    }
    k->refs[k->receipt_count++] = ref;
    return k->receipt_count;
}

/* ---- operations: what comes of each */

typedef enum err operation(struct book_keeping *k, const struct event_words *words);

static enum err earn_as(struct book_keeping *k, const struct event_words *words, enum ledger_reason reason)
{
    uint64_t receipt = receipt_of(k, words->ref);
    int64_t points = case_or(words->points, 0);
    struct ledger_earning earning = {
        .receipt = receipt,
        .row = 1,
        .day = k->day,
        .available_day = (int32_t)case_or(words->available, words->pending == 1 ? FAR_DAY : k->day),
        .expires_day = (int32_t)case_or(words->expires, LEDGER_NEVER),
        .points = points,
        .reason = reason};
    k->earned[receipt - 1] += points;
    return ledger_earn(k->account, &earning);
}

static enum err earn(struct book_keeping *k, const struct event_words *words)
{
    return earn_as(k, words, LEDGER_EARNED);
}

static enum err burn(struct book_keeping *k, const struct event_words *words)
{
    uint64_t receipt = receipt_of(k, words->ref);
    int64_t points = case_or(words->points, 0), missing = 0;
    enum err error = words->allow_negative == 1 ? ledger_burn(k->account, receipt, k->day, points, &missing)
                                                : ledger_burn_guarded(k->account, receipt, k->day, points);
    k->burned[receipt - 1] += error == ERR_OK ? points : 0;
    return error;
}

static enum err adjust(struct book_keeping *k, const struct event_words *words)
{
    struct event_words mirror = *words;
    if (case_or(words->points, 0) >= 0)
        return earn_as(k, words, LEDGER_ADJUSTED);
    mirror.points = -words->points;
    return burn(k, &mirror);
}

static struct ledger_reversal reversal_of(struct book_keeping *k, const struct event_words *words)
{
    const char *original = words->of != NULL ? words->of : words->ref;
    struct ledger_reversal reversal = {
        .original = receipt_of(k, original),
        .receipt = words->of != NULL ? receipt_of(k, words->ref) : receipt_of(k, NULL),
        .day = k->day,
        .policy = (enum ledger_return_policy)case_choose(k->run, "policy", words->policy, policies,
                                                         COUNT_OF(policies), (int)k->policy),
        .reinstate_days = (uint32_t)case_or(words->reinstate_days, k->reinstate_days)};
    return reversal;
}

static enum err reverse_earn(struct book_keeping *k, const struct event_words *words)
{
    struct ledger_reversal reversal = reversal_of(k, words);
    int64_t taken;
    reversal.reason = LEDGER_TAKEN_BACK;
    reversal.points = case_or(words->points, k->earned[reversal.original - 1]);
    return ledger_reverse_earn(k->account, &reversal, &taken);
}

static enum err reverse_burn(struct book_keeping *k, const struct event_words *words)
{
    struct ledger_reversal reversal = reversal_of(k, words);
    reversal.reason = LEDGER_GIVEN_BACK;
    reversal.points = case_or(words->points, k->burned[reversal.original - 1]);
    return ledger_give_back(k->account, &reversal);
}

static enum err void_receipt(struct book_keeping *k, const struct event_words *words)
{
    struct ledger_reversal reversal = reversal_of(k, words);
    reversal.reason = LEDGER_VOIDED;
    reversal.policy = LEDGER_UNLIMITED;
    reversal.points = k->earned[reversal.original - 1];
    return ledger_void_receipt(k->account, &reversal);
}

static enum err expire(struct book_keeping *k, const struct event_words *words)
{
    if (words->on == CASE_ABSENT)
        case_fault(k->run, "%s: \"on\" is missing", words->op);
    (void)ledger_expire(k->account, k->day);
    return ERR_OK;
}

#define TAKE_BACK "reverse_earn|take_back"
#define GIVE_BACK "reverse_burn|give_back|refund_burn|return_burn|restore_burn|restore|reinstate"
#define REVERSALS TAKE_BACK "|" GIVE_BACK

static const struct {
    const char *spellings;
    operation *run;
} operations[] = {
    {"earn|credit|topup", earn}, {"burn|redeem|spend|debit", burn}, {"expire_run|expire", expire},
    {TAKE_BACK, reverse_earn},   {GIVE_BACK, reverse_burn},         {"void|cancel", void_receipt},
    {"adjust", adjust},
};

static operation *find_operation(struct case_run *run, const char *op)
{
    for (size_t i = 0; i < COUNT_OF(operations) && op != NULL; i++) {
        if (case_spells(operations[i].spellings, op))
            return operations[i].run;
    }
    case_fault(run, "an event: the op \"%s\" is not known", op != NULL ? op : "");
    return NULL;
}

/* ---- after an event */

struct after_words {
    int64_t balance, accepted, available, pending, owed;
    const json_t *lots_left;
};

static const struct case_word after_words[] = {
    CASE_MAY("balance", CASE_NUMBER, offsetof(struct after_words, balance)),
    CASE_MAY("accepted", CASE_FLAG, offsetof(struct after_words, accepted)),
    CASE_MAY("available", CASE_NUMBER, offsetof(struct after_words, available)),
    CASE_MAY("pending", CASE_NUMBER, offsetof(struct after_words, pending)),
    CASE_MAY("owed|debt", CASE_NUMBER, offsetof(struct after_words, owed)),
    CASE_MAY("lots_left|lots", CASE_LIST, offsetof(struct after_words, lots_left)),
};

static json_t *lots_left(const struct ledger_account *account)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < account->lot_count; i++)
        (void)json_array_append_new(list, json_integer(account->lots[i].left));
    return list;
}

static void compare(struct book_keeping *k, const json_t *expected, size_t event, enum err outcome)
{
    struct case_run *run = k->run;
    struct after_words words;
    const char *where = case_text(run, "after event %zu", event + 1);
    case_read(run, where, expected, after_words, COUNT_OF(after_words), &words, NULL);
    if (!case_is_sound(run))
        return;
    const struct {
        const char *name;
        int64_t expected, got;
    } figures[] = {
        {"balance", words.balance, k->account->balance},
        {"available", words.available, ledger_available(k->account, k->day)},
        {"pending", words.pending, ledger_pending(k->account, k->day)},
        {"owed", words.owed, k->account->owed},
        {"accepted", words.accepted, outcome == ERR_OK},
    };
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        if (figures[i].expected != CASE_ABSENT)
            case_compare_number(run, case_text(run, "%s: %s", where, figures[i].name), figures[i].expected,
                                figures[i].got);
    }
    if (words.lots_left != NULL)
        case_compare(run, case_text(run, "%s: lots_left", where), words.lots_left, lots_left(k->account),
                     CASE_SAME);
}

/* What came of it: refused is an outcome, anything else that fails is a fault. */
static enum err apply(struct book_keeping *k, const struct event_words *words)
{
    operation *run = find_operation(k->run, words->op);
    if (!case_is_sound(k->run))
        return ERR_OK;
    if (words->on != CASE_ABSENT && words->on > k->day)
        k->day = (int32_t)words->on;
    enum err error = run(k, words);
    if (error != ERR_NOT_FOUND)
        (void)case_ok(k->run, error, words->op);
    return error;
}

static bool is_same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A receipt earns and burns once: the same event again, or another one with the same key, is not a second one. */
static bool is_repeated(const struct event_words *a, const struct event_words *b)
{
    bool is_reversal = case_spells(REVERSALS, b->op);
    return is_same_text(a->key, b->key) ||
           (!is_reversal && is_same_text(a->ref, b->ref) && is_same_text(a->op, b->op) &&
            a->points == b->points && a->expires == b->expires && a->on == b->on);
}

/* The same key with other content is refused. */
static bool is_other(const struct event_words *a, const struct event_words *b)
{
    return !is_same_text(a->op, b->op) || a->points != b->points;
}

static enum err apply_once(struct book_keeping *k, size_t i)
{
    for (size_t before = 0; before < i; before++) {
        if (is_repeated(&k->events[before], &k->events[i]))
            return is_other(&k->events[before], &k->events[i]) ? ERR_NOT_FOUND : k->outcomes[before];
    }
    return apply(k, &k->events[i]);
}

static void run_events(struct book_keeping *k, const struct ledger_words *words)
{
    size_t count = json_array_size(words->events);
    bool is_list = json_is_array(words->expected);
    if (is_list && json_array_size(words->expected) != count)
        case_fault(k->run, "expected: there are %zu entries for %zu events", json_array_size(words->expected),
                   count);
    if (count > EVENTS_MAX)
        case_fault(k->run, "there are more than %d events", EVENTS_MAX);
    for (size_t i = 0; i < count && case_is_sound(k->run); i++) {
        case_read(k->run, "an event", json_array_get(words->events, i), event_words, COUNT_OF(event_words),
                  &k->events[i], NULL);
        if (case_is_sound(k->run))
            k->outcomes[i] = apply_once(k, i);
        if (case_is_sound(k->run) && (is_list || i + 1 == count))
            compare(k, is_list ? json_array_get(words->expected, i) : words->expected, i, k->outcomes[i]);
    }
}

void case_run_ledger(struct case_run *run)
{
    struct ledger_words words;
    case_read_body(run, ledger_words, COUNT_OF(ledger_words), &words);
    struct book_keeping *k = case_take(run, 1, sizeof(*k));
    struct ledger_account *account = case_take(run, 1, sizeof(*account));
    if (k == NULL || account == NULL || !case_is_sound(run))
        return;
    k->run = run;
    k->account = account;
    k->day = FIRST_DAY;
    k->reinstate_days = (uint32_t)case_or(words.reinstate_days, 0);
    k->policy = (enum ledger_return_policy)case_choose(run, "policy", words.policy, policies,
                                                       COUNT_OF(policies), LEDGER_UNLIMITED);
    struct event_words opening = {.points = words.opening, .expires = CASE_ABSENT, .available = CASE_ABSENT};
    if (words.opening != CASE_ABSENT)
        (void)case_ok(run, earn(k, &opening), "opening");
    run_events(k, &words);
}
