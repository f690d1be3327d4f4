/* SPDX-License-Identifier: Apache-2.0 */
/* Reservations: what is limited is set aside before it is promised.
 *
 *   reservation   (key, till) -> what was asked, what was answered
 *   hold          (what is held, key, till) -> how much, until when
 *
 * A key is of the till that asks: another one that names it neither takes, nor commits, nor gives up what was set
 * aside here, nor can it take the key away beforehand.
 *
 * What is there to be had is what the folds say less all holds that have not lapsed. Everything happens in the
 * caller's transaction, of which the store has one at a time: so that of any number of tills that ask at once
 * as many are granted as fit. A hold goes when its reservation is committed or released, and counts no more
 * when it has lapsed. */
#include "base/money.h"
#include "base/utf8.h"
#include "crm/document.h"

/* One thing that is asked for. */
struct wish {
    struct crm_key what; /* a letter and the key of its document */
    int64_t amount;
    int64_t available; /* before holds */
    kassa_ReserveReason refusal;
};

struct reserving {
    const struct store_txn *txn;
    const struct crm_asker *asker;
    const kassa_Reserve *asked;
    bool has_member;
    uint8_t member[MEMBER_SIZE];
    int64_t expires_unix_ms;
    kassa_Reservation answer;
};

/* ---- holds */

/* Of which reservation something is. */
struct claim {
    const char *key;
    const char *till;
};

static struct crm_key hold_key(const struct crm_key *what, const struct claim *claim)
{
    struct crm_key key = *what;
    crm_key_text(&key, claim->key);
    crm_key_text(&key, claim->till);
    return key;
}

struct hold_sum {
    const struct crm_key *what;
    int64_t now_unix_ms;
    int64_t sum;
    enum err error;
};

static bool is_of(const struct hold_sum *sum, struct span key)
{
    return key.size > sum->what->size && memcmp(key.bytes, sum->what->bytes, sum->what->size) == 0;
}

static bool add_hold(void *context, struct span key, struct span body)
{
    struct hold_sum *sum = context;
    crm_Hold hold;
    if (!is_of(sum, key))
        return false;
    if (wire_decode(crm_Hold_fields, body, &hold) != ERR_OK) {
        sum->error = ERR_CORRUPT;
        return false;
    }
    if (hold.expires_unix_ms > sum->now_unix_ms)
        sum->error = money_add(sum->sum, hold.amount, &sum->sum);
    return sum->error == ERR_OK;
}

static enum err sum_holds(const struct reserving *r, const struct crm_key *what, int64_t *out_sum)
{
    struct hold_sum sum = {.what = what, .now_unix_ms = r->asker->hub_unix_ms};
    TRY(store_scan(r->txn, STORE_HOLDS, crm_key_span(what), add_hold, &sum));
    *out_sum = sum.sum;
    return sum.error;
}

/* Two rows of one reservation may ask for the same. */
static enum err add_to_hold(const struct reserving *r, const struct wish *wish)
{
    struct claim claim = {r->asked->key, r->asker->till};
    struct crm_key key = hold_key(&wish->what, &claim);
    crm_Hold hold = crm_Hold_init_zero;
    enum err error = crm_document_get(r->txn, STORE_HOLDS, crm_key_span(&key), crm_Hold_fields, &hold);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    TRY(money_add(hold.amount, wish->amount, &hold.amount));
    hold.expires_unix_ms = r->expires_unix_ms;
    return crm_document_put(r->txn, STORE_HOLDS, crm_key_span(&key), crm_Hold_fields, &hold);
}

/* ---- what is asked for */

static void refuse(struct reserving *r, kassa_ReserveReason reason, size_t row, int64_t available)
{
    r->answer.status = kassa_ReserveStatus_RESERVE_REFUSED;
    r->answer.reason = reason;
    r->answer.row = (uint32_t)row;
    r->answer.available = available;
}

/* Holds it, or refuses the whole. */
static enum err grant(struct reserving *r, const struct wish *wish, size_t row)
{
    int64_t held, left;
    TRY(sum_holds(r, &wish->what, &held));
    if (__builtin_sub_overflow(wish->available, held, &left))
        left = 0;
    if (wish->amount > left) {
        refuse(r, wish->refusal, row, left > 0 ? left : 0);
        return ERR_OK;
    }
    return add_to_hold(r, wish);
}

static bool is_refused(const struct reserving *r)
{
    return r->answer.status == kassa_ReserveStatus_RESERVE_REFUSED;
}

static struct wish wish_of(const char *letter, const struct crm_key *key, int64_t amount)
{
    struct wish wish = {.amount = amount};
    crm_key_text(&wish.what, letter);
    crm_key_bytes(&wish.what, key->bytes, key->size);
    return wish;
}

/* A till's clock may be wrong, and this is asked now. */
static int32_t day_of(const struct reserving *r)
{
    return crm_when_asked(r->asked->business_day, r->asker->hub_unix_ms);
}

static enum err ask_points(struct reserving *r)
{
    struct crm_account account;
    struct crm_key key = {.size = 0};
    if (r->asked->points == 0)
        return ERR_OK;
    crm_key_bytes(&key, r->member, MEMBER_SIZE);
    struct wish wish = wish_of("points", &key, r->asked->points);
    TRY(crm_account_get(r->txn, r->member, &account));
    int32_t asked_day = day_of(r);
    int32_t day = asked_day > account.ledger.today ? asked_day : account.ledger.today;
    wish.available = ledger_available(&account.ledger, day);
    wish.refusal = kassa_ReserveReason_RESERVE_POINTS_SHORT;
    return grant(r, &wish, 0);
}

/* [state]: why a coupon in it cannot be had. A signed one that nobody has heard of is good: its till has
 * verified head office's signature. */
static const kassa_ReserveReason coupon_refusals[LEDGER_COUPON_STATE_COUNT] = {
    [LEDGER_COUPON_UNKNOWN] = kassa_ReserveReason_RESERVE_COUPON_UNKNOWN,
    [LEDGER_COUPON_FRESH] = kassa_ReserveReason_RESERVE_FITS,
    [LEDGER_COUPON_USED] = kassa_ReserveReason_RESERVE_COUPON_USED,
    [LEDGER_COUPON_NOT_YET] = kassa_ReserveReason_RESERVE_COUPON_NOT_YET,
    [LEDGER_COUPON_EXPIRED] = kassa_ReserveReason_RESERVE_COUPON_EXPIRED,
    [LEDGER_COUPON_GONE] = kassa_ReserveReason_RESERVE_COUPON_USED,
};

static enum ledger_coupon_state state_of(const struct reserving *r, const kassa_CouponRow *row, bool is_known,
                                         const crm_Coupon *coupon)
{
    struct ledger_coupon counts = crm_coupon_counts(coupon);
    if ((!is_known || counts.issued == 0) && row->verified) {
        counts.issued = 1;
        counts.valid_from_day = row->valid_from_day;
        counts.valid_until_day = row->valid_until_day;
    }
    return ledger_coupon_state(&counts, day_of(r));
}

static bool is_others(const struct reserving *r, const crm_Coupon *coupon)
{
    return coupon->member.size == MEMBER_SIZE &&
           (!r->has_member || memcmp(coupon->member.bytes, r->member, MEMBER_SIZE) != 0);
}

static enum err ask_coupon(struct reserving *r, size_t index)
{
    const kassa_CouponRow *row = &r->asked->coupons[index];
    crm_Coupon coupon = crm_Coupon_init_zero;
    if (row->serial[0] == '\0') /* a code of many uses: its limits are asked for */
        return ERR_OK;
    enum err error = crm_coupon_get(r->txn, row->series, row->serial, &coupon);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    kassa_ReserveReason reason = coupon_refusals[state_of(r, row, error == ERR_OK, &coupon)];
    if (reason == kassa_ReserveReason_RESERVE_FITS && is_others(r, &coupon))
        reason = kassa_ReserveReason_RESERVE_COUPON_OTHERS;
    if (reason != kassa_ReserveReason_RESERVE_FITS) {
        refuse(r, reason, index, 0);
        return ERR_OK;
    }
    struct crm_key key = crm_coupon_key(row->series, row->serial);
    struct wish wish = wish_of("coupon", &key, 1);
    wish.available = 1;
    wish.refusal = kassa_ReserveReason_RESERVE_COUPON_USED;
    return grant(r, &wish, index);
}

static enum err ask_use(struct reserving *r, size_t index)
{
    const kassa_OfferUse *use = &r->asked->uses[index];
    crm_Counter counter = crm_Counter_init_zero;
    if (use->per < kassa_LimitPer_LIMIT_PER_MEMBER)
        return ERR_OK;
    struct crm_key key =
        crm_counter_key(use, r->has_member ? r->member : NULL, r->asker->till, r->asker->store);
    enum err error = crm_counter_get(r->txn, &key, &counter);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    bool is_newer = error == ERR_NOT_FOUND || use->offer_version >= counter.offer_version;
    struct ledger_counter counts = {is_newer ? use->most : counter.most, counter.used};
    if (counts.most < 0)
        return ERR_OK;
    struct wish wish = wish_of("limit", &key, use->amount);
    if (__builtin_sub_overflow(counts.most, counts.used, &wish.available))
        wish.available = 0;
    wish.refusal = kassa_ReserveReason_RESERVE_LIMIT_REACHED;
    return grant(r, &wish, index);
}

/* Of an account that leads nowhere nothing is to be had, as of one that nobody knows. */
static enum err find_gift(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE], crm_Gift *out)
{
    enum err error = crm_gift_get(txn, account, out);
    return error == ERR_SYNTAX ? ERR_NOT_FOUND : error;
}

static enum err ask_gift(struct reserving *r, size_t index)
{
    const kassa_GiftRow *row = &r->asked->gifts[index];
    crm_Gift gift = crm_Gift_init_zero;
    if (row->amount_minor >= 0)
        return ERR_OK;
    if (row->newer.size == TOKEN_SIZE)
        TRY(crm_gift_renew(r->txn, row->account.bytes, row->newer.bytes, day_of(r)));
    enum err error = find_gift(r->txn, row->account.bytes, &gift);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    struct crm_key key = {.size = 0};
    crm_key_bytes(&key, error == ERR_OK ? gift.account.bytes : row->account.bytes, MEMBER_SIZE);
    struct wish wish = wish_of("gift", &key, -row->amount_minor);
    struct ledger_gift value = {gift.loaded_minor, gift.spent_minor};
    wish.available = ledger_gift_available(&value);
    wish.refusal = kassa_ReserveReason_RESERVE_GIFT_SHORT;
    return grant(r, &wish, index);
}

enum err crm_gift_find(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE], int64_t hub_unix_ms,
                       kassa_GiftFound *out)
{
    static const kassa_Reserve nothing; /* no reservation is left out of the sum */
    const struct crm_asker asker = {.hub_unix_ms = hub_unix_ms};
    const struct reserving r = {.txn = txn, .asker = &asker, .asked = &nothing};
    crm_Gift gift = crm_Gift_init_zero;
    kassa_GiftFound found = {.account = {.size = TOKEN_SIZE}};
    memcpy(found.account.bytes, account, TOKEN_SIZE);
    enum err error = find_gift(txn, account, &gift);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    struct ledger_gift value = {gift.loaded_minor, gift.spent_minor};
    found.found = error == ERR_OK && gift.loaded_minor > 0;
    if (found.found) {
        int64_t held = 0, left = 0;
        struct crm_key key = {.size = 0};
        crm_key_bytes(&key, gift.account.bytes, TOKEN_SIZE);
        struct wish wish = wish_of("gift", &key, 0);
        TRY(sum_holds(&r, &wish.what, &held));
        if (__builtin_sub_overflow(ledger_gift_available(&value), held, &left))
            left = 0;
        found.available_minor = left > 0 ? left : 0;
        memcpy(found.currency, gift.currency, sizeof(found.currency));
        found.exponent = gift.exponent;
    }
    *out = found;
    return ERR_OK;
}

/* ---- one account becomes another's */

struct first_hold {
    const struct crm_key *what;
    struct crm_key key;
    crm_Hold hold;
    bool is_found;
    enum err error;
};

static bool take_first_hold(void *context, struct span key, struct span body)
{
    struct first_hold *first = context;
    if (key.size <= first->what->size || memcmp(key.bytes, first->what->bytes, first->what->size) != 0)
        return false;
    first->is_found = true;
    first->error = wire_decode(crm_Hold_fields, body, &first->hold) == ERR_OK ? ERR_OK : ERR_CORRUPT;
    crm_key_bytes(&first->key, key.bytes, key.size);
    return false;
}

/* One reservation may have asked for some of each. */
static enum err move_hold(const struct store_txn *txn, const struct first_hold *first, struct crm_key to)
{
    crm_Hold hold = crm_Hold_init_zero;
    crm_key_bytes(&to, first->key.bytes + first->what->size, first->key.size - first->what->size);
    enum err error = crm_document_get(txn, STORE_HOLDS, crm_key_span(&to), crm_Hold_fields, &hold);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    TRY(money_add(hold.amount, first->hold.amount, &hold.amount));
    hold.expires_unix_ms = first->hold.expires_unix_ms;
    TRY(crm_document_put(txn, STORE_HOLDS, crm_key_span(&to), crm_Hold_fields, &hold));
    return crm_document_remove(txn, STORE_HOLDS, crm_key_span(&first->key));
}

enum err crm_gift_holds_move(const struct store_txn *txn, const uint8_t from[TOKEN_SIZE],
                             const uint8_t to[TOKEN_SIZE])
{
    struct crm_key old = {.size = 0}, new = {.size = 0};
    crm_key_bytes(&old, from, TOKEN_SIZE);
    crm_key_bytes(&new, to, TOKEN_SIZE);
    struct wish of_old = wish_of("gift", &old, 0), of_new = wish_of("gift", &new, 0);
    for (;;) {
        struct first_hold first = {.what = &of_old.what};
        TRY(store_scan(txn, STORE_HOLDS, crm_key_span(&of_old.what), take_first_hold, &first));
        if (!first.is_found)
            return ERR_OK;
        TRY(first.error);
        TRY(move_hold(txn, &first, of_new.what));
    }
}

/* ---- taking holds away again */

static enum err drop_hold(const struct store_txn *txn, const char *letter, const struct crm_key *key,
                          const struct claim *claim)
{
    struct wish wish = wish_of(letter, key, 0);
    struct crm_key held = hold_key(&wish.what, claim);
    return crm_document_remove(txn, STORE_HOLDS, crm_key_span(&held));
}

/* Under the account's name, and under the one that was asked by: the account may have become another's since. */
static enum err drop_gift(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE],
                          const struct claim *claim)
{
    crm_Gift gift;
    struct crm_key key = {.size = 0};
    crm_key_bytes(&key, account, MEMBER_SIZE);
    TRY(drop_hold(txn, "gift", &key, claim));
    enum err error = find_gift(txn, account, &gift);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    key.size = 0;
    crm_key_bytes(&key, gift.account.bytes, MEMBER_SIZE);
    return drop_hold(txn, "gift", &key, claim);
}

static enum err drop_holds(const struct store_txn *txn, const crm_Reservation *row)
{
    const kassa_Reserve *asked = &row->asked;
    uint8_t member[MEMBER_SIZE];
    struct claim claim = {asked->key, row->till};
    bool has_member = asked->member.size == MEMBER_SIZE;
    struct crm_key key = {.size = 0};
    if (has_member) {
        TRY(crm_member_resolve(txn, asked->member.bytes, member));
        crm_key_bytes(&key, member, MEMBER_SIZE);
        TRY(drop_hold(txn, "points", &key, &claim));
    }
    for (size_t i = 0; i < asked->coupons_count; i++) {
        key = crm_coupon_key(asked->coupons[i].series, asked->coupons[i].serial);
        TRY(drop_hold(txn, "coupon", &key, &claim));
    }
    for (size_t i = 0; i < asked->uses_count; i++) {
        key = crm_counter_key(&asked->uses[i], has_member ? member : NULL, row->till, row->store);
        TRY(drop_hold(txn, "limit", &key, &claim));
    }
    for (size_t i = 0; i < asked->gifts_count; i++)
        TRY(drop_gift(txn, asked->gifts[i].account.bytes, &claim));
    return ERR_OK;
}

/* ---- the reservation itself */

static struct crm_key reservation_key(const struct claim *claim)
{
    struct crm_key key = {.size = 0};
    crm_key_text(&key, claim->key);
    crm_key_text(&key, claim->till);
    return key;
}

static enum err get_reservation(const struct store_txn *txn, const struct claim *claim, crm_Reservation *out)
{
    struct crm_key key = reservation_key(claim);
    return crm_document_get(txn, STORE_RESERVATIONS, crm_key_span(&key), crm_Reservation_fields, out);
}

static enum err put_reservation(const struct store_txn *txn, const crm_Reservation *row)
{
    struct crm_key key = reservation_key(&(struct claim){row->answer.key, row->till});
    return crm_document_put(txn, STORE_RESERVATIONS, crm_key_span(&key), crm_Reservation_fields, row);
}

/* A row with nothing asked: what is known of a key whose question never came, or has been forgotten. */
static void begin_unasked(const struct crm_asker *asker, const char *key, crm_Reservation *row)
{
    *row = (crm_Reservation){.has_answer = true, .answer = {.expires_unix_ms = asker->hub_unix_ms}};
    memcpy(row->answer.key, key, strnlen(key, sizeof(row->answer.key) - 1));
    memcpy(row->till, asker->till, strnlen(asker->till, sizeof(row->till) - 1));
    memcpy(row->store, asker->store, strnlen(asker->store, sizeof(row->store) - 1));
}

static bool is_amount(int64_t amount)
{
    return amount >= 0 && amount <= LEDGER_POINTS_MAX;
}

static bool is_text(const char *text)
{
    return text[0] != '\0' && utf8_is_printable(span_of_text(text));
}

static bool is_well_formed(const kassa_Reserve *asked)
{
    bool is_sound = is_text(asked->key) && is_amount(asked->points) &&
                    (asked->member.size == 0 || asked->member.size == MEMBER_SIZE) &&
                    asked->hold_ms <= RESERVE_HOLD_MS_MAX;
    for (size_t i = 0; i < asked->coupons_count; i++)
        is_sound = is_sound && is_text(asked->coupons[i].series) &&
                   utf8_is_printable(span_of_text(asked->coupons[i].serial));
    for (size_t i = 0; i < asked->uses_count; i++)
        is_sound = is_sound && is_text(asked->uses[i].offer) && is_amount(asked->uses[i].amount) &&
                   (asked->uses[i].per != kassa_LimitPer_LIMIT_PER_MEMBER || asked->member.size > 0);
    for (size_t i = 0; i < asked->gifts_count; i++)
        is_sound = is_sound && asked->gifts[i].account.size == MEMBER_SIZE &&
                   asked->gifts[i].amount_minor >= -LEDGER_POINTS_MAX;
    return is_sound;
}

/* Who asks for points is a member; whose limits he draws on need not be known yet. */
static enum err find_member(struct reserving *r)
{
    crm_Member member;
    r->has_member = r->asked->member.size == MEMBER_SIZE;
    if (!r->has_member) {
        if (r->asked->points > 0)
            refuse(r, kassa_ReserveReason_RESERVE_MEMBER_UNKNOWN, 0, 0);
        return ERR_OK;
    }
    TRY(crm_member_resolve(r->txn, r->asked->member.bytes, r->member));
    enum err error = crm_member_get(r->txn, r->member, &member);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (r->asked->points > 0 && (error == ERR_NOT_FOUND || member.member.erased))
        refuse(r, kassa_ReserveReason_RESERVE_MEMBER_UNKNOWN, 0, 0);
    return ERR_OK;
}

static enum err ask_all(struct reserving *r)
{
    const kassa_Reserve *asked = r->asked;
    if (!is_refused(r))
        TRY(ask_points(r));
    for (size_t i = 0; i < asked->coupons_count && !is_refused(r); i++)
        TRY(ask_coupon(r, i));
    for (size_t i = 0; i < asked->uses_count && !is_refused(r); i++)
        TRY(ask_use(r, i));
    for (size_t i = 0; i < asked->gifts_count && !is_refused(r); i++)
        TRY(ask_gift(r, i));
    return ERR_OK;
}

static enum err count_one(const struct store_txn *txn, size_t field)
{
    crm_Totals totals;
    TRY(crm_totals_get(txn, &totals));
    uint64_t *count = (uint64_t *)(void *)((uint8_t *)&totals + field);
    ++*count;
    return crm_totals_put(txn, &totals);
}

static void begin_row(const struct reserving *r, crm_Reservation *row)
{
    *row = (crm_Reservation){.has_answer = true, .answer = r->answer, .has_asked = true, .asked = *r->asked};
    memcpy(row->till, r->asker->till, strnlen(r->asker->till, sizeof(row->till) - 1));
    memcpy(row->store, r->asker->store, strnlen(r->asker->store, sizeof(row->store) - 1));
}

/* A refusal is remembered too: the same question has the same answer. */
static enum err decide(struct reserving *r)
{
    crm_Reservation row;
    r->answer.status = kassa_ReserveStatus_RESERVE_GRANTED;
    TRY(find_member(r));
    TRY(ask_all(r));
    r->answer.expires_unix_ms = r->expires_unix_ms;
    begin_row(r, &row);
    if (is_refused(r)) {
        TRY(drop_holds(r->txn, &row));
    } else {
        TRY(count_one(r->txn, offsetof(crm_Totals, reserved)));
    }
    return put_reservation(r->txn, &row);
}

static bool is_same(const kassa_Reserve *a, const kassa_Reserve *b)
{
    uint8_t first[kassa_Reserve_size], second[kassa_Reserve_size];
    size_t first_size, second_size;
    return wire_encode(kassa_Reserve_fields, a, first, sizeof(first), &first_size) == ERR_OK &&
           wire_encode(kassa_Reserve_fields, b, second, sizeof(second), &second_size) == ERR_OK &&
           span_is_equal(span_of(first, first_size), span_of(second, second_size));
}

static void let_lapse(crm_Reservation *row, int64_t now_unix_ms)
{
    if (row->answer.status == kassa_ReserveStatus_RESERVE_GRANTED &&
        row->answer.expires_unix_ms <= now_unix_ms)
        row->answer.status = kassa_ReserveStatus_RESERVE_RELEASED;
}

static enum err repeat(const struct reserving *r, crm_Reservation *row, kassa_Reservation *out)
{
    bool is_committed_alone = !row->has_asked; /* its record came first */
    let_lapse(row, r->asker->hub_unix_ms);
    if (is_committed_alone || is_same(&row->asked, r->asked)) {
        *out = row->answer;
        return ERR_OK;
    }
    row->conflicts++;
    TRY(put_reservation(r->txn, row));
    TRY(count_one(r->txn, offsetof(crm_Totals, conflicts)));
    *out = (kassa_Reservation){.status = kassa_ReserveStatus_RESERVE_CONFLICT};
    memcpy(out->key, r->asked->key, sizeof(out->key));
    return ERR_OK;
}

enum err crm_reserve(const struct store_txn *txn, const struct crm_asker *asker, const kassa_Reserve *asked,
                     kassa_Reservation *out)
{
    struct reserving r = {.txn = txn, .asker = asker, .asked = asked};
    crm_Reservation row;
    memcpy(r.answer.key, asked->key, sizeof(r.answer.key));
    if (!is_well_formed(asked)) {
        refuse(&r, kassa_ReserveReason_RESERVE_MALFORMED, 0, 0);
        *out = r.answer;
        return ERR_OK;
    }
    struct claim claim = {asked->key, asker->till};
    enum err error = get_reservation(txn, &claim, &row);
    if (error == ERR_OK)
        return repeat(&r, &row, out);
    if (error != ERR_NOT_FOUND)
        return error;
    r.expires_unix_ms = asker->hub_unix_ms + (asked->hold_ms > 0 ? asked->hold_ms : RESERVE_HOLD_MS);
    TRY(decide(&r));
    *out = r.answer;
    return ERR_OK;
}

enum err crm_release(const struct store_txn *txn, const struct crm_asker *asker, const char *key,
                     kassa_Reservation *out)
{
    crm_Reservation row;
    struct claim claim = {key, asker->till};
    enum err error = is_text(key) ? get_reservation(txn, &claim, &row) : ERR_NOT_FOUND;
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    bool is_known = error == ERR_OK;
    if (!is_known) /* a later one of that key must not be granted */
        begin_unasked(asker, key, &row);
    bool is_held = is_known && row.answer.status == kassa_ReserveStatus_RESERVE_GRANTED;
    if (is_held)
        TRY(drop_holds(txn, &row));
    if (is_held || !is_known)
        row.answer.status = kassa_ReserveStatus_RESERVE_RELEASED;
    if (is_held || (!is_known && is_text(key)))
        TRY(put_reservation(txn, &row));
    *out = row.answer;
    return ERR_OK;
}

/* ---- the record that carries the key has come */

struct others {
    struct crm_key prefix;
    crm_Reservation row;
    bool is_found;
    enum err error;
};

static bool find_other(void *context, struct span key, struct span body)
{
    struct others *others = context;
    if (key.size <= others->prefix.size || memcmp(key.bytes, others->prefix.bytes, others->prefix.size) != 0)
        return false;
    others->is_found = wire_decode(crm_Reservation_fields, body, &others->row) == ERR_OK;
    others->error = others->is_found ? ERR_OK : ERR_CORRUPT;
    return false;
}

/* A key that another till has: its reservation stands, and the use of its key is flagged there. */
static enum err flag_other(const struct crm_fold *fold, const char *key)
{
    struct others others = {.prefix = {.size = 0}};
    crm_key_text(&others.prefix, key);
    TRY(store_scan(fold->txn, STORE_RESERVATIONS, crm_key_span(&others.prefix), find_other, &others));
    TRY(others.error);
    if (!others.is_found)
        return ERR_OK;
    others.row.conflicts++;
    fold->totals->conflicts++;
    return put_reservation(fold->txn, &others.row);
}

enum err crm_reservation_commit(const struct crm_fold *fold, const char *key)
{
    crm_Reservation row;
    struct claim claim = {key, fold->till};
    struct crm_asker asker = {fold->till, fold->store, fold->intake->hub_unix_ms};
    enum err error = get_reservation(fold->txn, &claim, &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    if (error == ERR_OK) {
        TRY(drop_holds(fold->txn, &row));
    } else {
        TRY(flag_other(fold, key));
        begin_unasked(&asker, key, &row);
    }
    fold->totals->committed += row.answer.status == kassa_ReserveStatus_RESERVE_COMMITTED ? 0 : 1;
    row.answer.status = kassa_ReserveStatus_RESERVE_COMMITTED;
    return put_reservation(fold->txn, &row);
}

/* ---- forgetting */

#define FORGET_MS  (INT64_C(7) * 86400 * 1000)
#define FORGET_MAX 1000 /* at a time */

struct forgetting {
    const struct store_txn *txn;
    int64_t before_unix_ms;
    size_t count;
    struct {
        uint8_t bytes[2 * (KEY_MAX + 1)];
        size_t size;
    } keys[FORGET_MAX];
    enum err error;
};

static bool gather_old(void *context, struct span key, struct span body)
{
    struct forgetting *f = context;
    crm_Reservation row;
    if (key.size > sizeof(f->keys[0].bytes) || wire_decode(crm_Reservation_fields, body, &row) != ERR_OK) {
        f->error = ERR_CORRUPT;
        return false;
    }
    int64_t end = row.answer.expires_unix_ms;
    if (end == 0 || end >= f->before_unix_ms)
        return true;
    memcpy(f->keys[f->count].bytes, key.bytes, key.size);
    f->keys[f->count++].size = key.size;
    return f->count < FORGET_MAX;
}

enum err crm_reservations_forget(const struct store_txn *txn, int64_t unix_ms, struct crm_key *after)
{
    struct forgetting f; /* field by field: the room for keys is large, and seldom used */
    f.txn = txn;
    f.before_unix_ms = unix_ms - FORGET_MS;
    f.count = 0;
    f.error = ERR_OK;
    TRY(store_scan(txn, STORE_RESERVATIONS, crm_key_span(after), gather_old, &f));
    TRY(f.error);
    for (size_t i = 0; i < f.count; i++) {
        crm_Reservation row;
        struct span key = span_of(f.keys[i].bytes, f.keys[i].size);
        TRY(crm_document_get(txn, STORE_RESERVATIONS, key, crm_Reservation_fields, &row));
        TRY(drop_holds(txn, &row));
        TRY(crm_document_remove(txn, STORE_RESERVATIONS, key));
    }
    after->size = 0;
    if (f.count == FORGET_MAX)
        crm_key_bytes(after, f.keys[FORGET_MAX - 1].bytes, f.keys[FORGET_MAX - 1].size);
    return ERR_OK;
}
