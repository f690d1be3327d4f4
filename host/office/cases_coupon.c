/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule needs to be unlocked, and how often it may be given. */
#include "ledger/stored.h"
#include "office/cases_book.h"

static void limit_uses(struct case_book *book, struct book_source_offer *offer, enum book_limit_per per,
                       int64_t most, int64_t used)
{
    struct book_limit limit = {
        .what = BOOK_LIMIT_USES, .per = (uint8_t)per, .period = BOOK_EVER, .value = most};
    if (most != CASE_ABSENT)
        case_add_limit(book, offer, &limit, used);
}

/* Uses whose sale was cancelled come back, unless the case says that they do not. */
static int64_t standing_uses(struct case_run *run, const struct case_use_words *words, int64_t used,
                             int64_t cancelled)
{
    struct ledger_counter counter = {.used = case_or(used, 0)};
    if (case_or(words->release_on_cancel, 1) == 1)
        (void)case_ok(run, ledger_counter_add(&counter, -case_or(cancelled, 0)), "cancelled_uses");
    return counter.used;
}

/* Whose uses were cancelled: this customer's, of whom the case tells, if it does not say how many of them are. */
static int64_t cancelled_by_customer(const struct case_use_words *words)
{
    int64_t all = case_or(words->cancelled_uses, 0), own = case_or(words->used_by_customer, 0);
    return case_or(words->cancelled_by_customer, all < own ? all : own);
}

void case_limit_uses(struct case_book *book, struct book_source_offer *offer,
                     const struct case_use_words *words)
{
    /* Whoever has used something is somebody, whether the case says more of him or not. */
    book->member.known = book->member.known || words->used_by_customer != CASE_ABSENT;
    limit_uses(book, offer, BOOK_PER_CHAIN, words->usage_limit,
               standing_uses(book->run, words, words->used, words->cancelled_uses));
    limit_uses(book, offer, BOOK_PER_MEMBER, words->per_customer_limit,
               standing_uses(book->run, words, words->used_by_customer, cancelled_by_customer(words)));
}

/* ---- coupons */

struct coupon_words {
    const char *code;
    int64_t valid_from, valid_to, min_amount, min_qty;
    struct case_use_words uses;
};

static const struct case_word coupon_words[] = {
    CASE_MUST("code|series", CASE_TEXT, offsetof(struct coupon_words, code)),
    CASE_MAY("valid_from|starts", CASE_DAY, offsetof(struct coupon_words, valid_from)),
    CASE_MAY("valid_to|valid_until|expires|ends", CASE_DAY, offsetof(struct coupon_words, valid_to)),
    CASE_MAY("minimum|min_amount|minimum_amount", CASE_NUMBER, offsetof(struct coupon_words, min_amount)),
    CASE_MAY("min_qty|minimum_qty", CASE_QUANTITY, offsetof(struct coupon_words, min_qty)),
    CASE_MAY("usage_limit|limit", CASE_NUMBER, offsetof(struct coupon_words, uses.usage_limit)),
    CASE_MAY("used|uses", CASE_NUMBER, offsetof(struct coupon_words, uses.used)),
    CASE_MAY("cancelled_uses", CASE_NUMBER, offsetof(struct coupon_words, uses.cancelled_uses)),
    CASE_MAY("release_on_cancel", CASE_FLAG, offsetof(struct coupon_words, uses.release_on_cancel)),
    CASE_MAY("per_customer_limit|per_customer_usage_limit", CASE_NUMBER,
             offsetof(struct coupon_words, uses.per_customer_limit)),
    CASE_MAY("used_by_customer", CASE_NUMBER, offsetof(struct coupon_words, uses.used_by_customer)),
    CASE_MAY("cancelled_by_customer|cancelled_uses_by_customer", CASE_NUMBER,
             offsetof(struct coupon_words, uses.cancelled_by_customer)),
};

void case_minimum(struct case_book *book, struct book_source_offer *offer, enum book_condition_kind kind,
                  int64_t value)
{
    struct book_source_condition condition = {
        .kind = kind, .base = book->modes.conditions_on, .of = {.everything = true}, .value = value};
    if (value != CASE_ABSENT)
        case_add_condition(book, offer, &condition);
}

/* A coupon's first and last day narrow those of its rule. */
static void narrow_days(struct book_source_offer *offer, int64_t from, int64_t until)
{
    if (from != CASE_ABSENT && from > offer->from_day)
        offer->from_day = (int32_t)from;
    if (until != CASE_ABSENT && until < offer->until_day)
        offer->until_day = (int32_t)until;
}

/* A code of no letters is none: nothing needs to be presented. */
static void need_code(struct case_book *book, struct book_source_offer *offer, const char *code)
{
    if (code[0] == '\0')
        return;
    offer->coupons = case_one_name(book->run, code);
    offer->coupon_count = 1;
}

void case_coupon(struct case_book *book, const char *where, const json_t *json,
                 struct book_source_offer *offer)
{
    struct coupon_words words;
    if (json == NULL)
        return;
    if (json_is_string(json)) {
        need_code(book, offer, json_string_value(json));
        return;
    }
    case_read(book->run, case_text(book->run, "%s: the coupon", where), json, coupon_words,
              COUNT_OF(coupon_words), &words, NULL);
    if (!case_is_sound(book->run))
        return;
    need_code(book, offer, words.code);
    narrow_days(offer, words.valid_from, words.valid_to);
    case_minimum(book, offer, BOOK_MIN_AMOUNT, words.min_amount);
    case_minimum(book, offer, BOOK_MIN_QUANTITY, words.min_qty);
    case_limit_uses(book, offer, &words.uses);
}

/* ---- budgets */

struct budget_words {
    const char *type;
    int64_t limit, used;
};

static const struct case_word budget_words[] = {
    CASE_MUST("type", CASE_TEXT, offsetof(struct budget_words, type)),
    CASE_MAY("limit", CASE_NUMBER, offsetof(struct budget_words, limit)),
    CASE_MAY("used", CASE_NUMBER, offsetof(struct budget_words, used)),
};

static const struct case_choice budget_types[] = {{"usage|uses", BOOK_LIMIT_USES},
                                                  {"spend|amount", BOOK_LIMIT_AMOUNT}};

void case_budget(struct case_book *book, const char *where, const json_t *json,
                 struct book_source_offer *offer)
{
    struct budget_words words;
    if (json == NULL)
        return;
    case_read(book->run, case_text(book->run, "%s: the budget", where), json, budget_words,
              COUNT_OF(budget_words), &words, NULL);
    struct book_limit limit = {.what = (uint8_t)case_choose(book->run, "a budget's type", words.type,
                                                            budget_types, COUNT_OF(budget_types),
                                                            BOOK_LIMIT_USES),
                               .per = BOOK_PER_CHAIN,
                               .period = BOOK_EVER,
                               .value = words.limit};
    if (words.limit != CASE_ABSENT)
        case_add_limit(book, offer, &limit, case_or(words.used, 0));
}
