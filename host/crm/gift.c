/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of gift value. A card's account stands under the token by which it was first loaded; as the chain's pepper
 * changes the card gets other tokens, and rows that lead there:
 *
 *   [token under pepper 1] account: 20.00 loaded, 5.00 spent     <--+
 *   [token under pepper 2] same_as: token under pepper 1  ----------+
 *
 * Which tokens are of one card is what tills say: the hub has no pepper, and cannot try. What it can tell is that a card
 * has one token under each pepper, whose version is the token's first byte. So an account keeps the versions under which
 * it is known, and nothing is joined to it that has one of them already: a token that leads somewhere is never led to
 * another account, two cards of one pepper are never joined, and no token is more than 256 rows away from its account. */
#include "crm/document.h"
#include "ledger/stored.h"

#define VERSIONS (UINT8_MAX + 1)

static enum err get_row(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE], crm_Gift *out)
{
    return crm_document_get(txn, STORE_GIFTS, span_of(account, MEMBER_SIZE), crm_Gift_fields, out);
}

/* Rows that lead nowhere, or in a circle, are the doing of who told of them, and no reason to stop others. */
enum err crm_gift_get(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE], crm_Gift *out)
{
    uint8_t whose[MEMBER_SIZE];
    crm_Gift gift;
    memcpy(whose, account, MEMBER_SIZE);
    for (size_t i = 0; i < VERSIONS; i++) {
        enum err error = get_row(txn, whose, &gift);
        if (error != ERR_OK)
            return error == ERR_NOT_FOUND && i > 0 ? ERR_SYNTAX : error;
        if (gift.same_as.size != MEMBER_SIZE) {
            *out = gift;
            return ERR_OK;
        }
        memcpy(whose, gift.same_as.bytes, MEMBER_SIZE);
    }
    return ERR_SYNTAX;
}

enum err crm_gift_check(const struct store_txn *txn, const kassa_Loyalty *rows)
{
    crm_Gift gift;
    for (size_t i = 0; i < rows->gifts_count; i++) {
        enum err error = crm_gift_get(txn, rows->gifts[i].account.bytes, &gift);
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_OK;
}

enum err crm_gift_put(const struct store_txn *txn, const crm_Gift *gift, int32_t day)
{
    const struct ledger_gift value = {gift->loaded_minor, gift->spent_minor};
    crm_Debt debt = {.reason = "gift_overspent",
                     .amount = ledger_gift_owed(&value),
                     .day = day,
                     .unit = crm_DebtUnit_UNIT_MINOR,
                     .exponent = gift->exponent};
    struct crm_key key = {.size = 0};
    crm_key_text(&key, "gift");
    crm_key_bytes(&key, gift->account.bytes, MEMBER_SIZE);
    memcpy(debt.currency, gift->currency, sizeof(debt.currency));
    memcpy(debt.what, gift->currency, strnlen(gift->currency, sizeof(gift->currency) - 1));
    TRY(crm_document_put(txn, STORE_GIFTS, span_of(gift->account.bytes, MEMBER_SIZE), crm_Gift_fields, gift));
    return crm_debt_set(txn, &key, &debt);
}

/* ---- joining */

static enum err lead(const struct store_txn *txn, const uint8_t *from, const crm_Gift *to, int32_t day)
{
    crm_Gift row = {.account = {.size = MEMBER_SIZE}, .same_as = {.size = MEMBER_SIZE}};
    memcpy(row.account.bytes, from, MEMBER_SIZE);
    memcpy(row.same_as.bytes, to->account.bytes, MEMBER_SIZE);
    return crm_gift_put(txn, &row, day); /* its debt, if it had one, is the account's now */
}

static bool has_version(const crm_Gift *gift, unsigned version)
{
    return version == gift->account.bytes[0] || (version > 0 && version == gift->newest_version) ||
           memchr(gift->versions.bytes, (int)version, gift->versions.size) != NULL;
}

static bool can_be_one_card(const crm_Gift *a, const crm_Gift *b)
{
    bool is_shared = false;
    for (unsigned version = 0; version < VERSIONS; version++)
        is_shared = is_shared || (has_version(a, version) && has_version(b, version));
    return !is_shared;
}

static void add_versions(crm_Gift *to, const crm_Gift *from)
{
    crm_Gift all = *to;
    all.versions.size = 0;
    for (unsigned version = 0; version < VERSIONS; version++) {
        if (version == to->account.bytes[0] || (!has_version(to, version) && !has_version(from, version)))
            continue;
        all.versions.bytes[all.versions.size++] = (uint8_t)version;
        all.newest_version = version;
    }
    *to = all;
}

/* false: no number holds it, or it is other money. A token that was never loaded has no currency. */
static bool add_value(crm_Gift *to, const crm_Gift *from)
{
    bool is_empty = from->loaded_minor == 0 && from->spent_minor == 0;
    bool is_same_money = strcmp(to->currency, from->currency) == 0 && to->exponent == from->exponent;
    return (is_empty || is_same_money) &&
           !__builtin_add_overflow(to->loaded_minor, from->loaded_minor, &to->loaded_minor) &&
           !__builtin_add_overflow(to->spent_minor, from->spent_minor, &to->spent_minor);
}

/* A member's wallet stands under his id, which is no card's token. */
static enum err is_wallet(const struct store_txn *txn, const crm_Gift *gift, bool *out_is_wallet)
{
    struct span member;
    enum err error = store_get(txn, STORE_MEMBERS, span_of(gift->account.bytes, MEMBER_SIZE), &member);
    *out_is_wallet = error == ERR_OK;
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

/* What `from` is worth, and what is set aside of it, is `to`'s from now on. */
static enum err join(const struct store_txn *txn, crm_Gift *to, const crm_Gift *from, int32_t day)
{
    crm_Gift joined = *to;
    bool is_to_wallet, is_from_wallet;
    TRY(is_wallet(txn, to, &is_to_wallet));
    TRY(is_wallet(txn, from, &is_from_wallet));
    if (is_to_wallet || is_from_wallet || !can_be_one_card(to, from) || !add_value(&joined, from))
        return ERR_OK;
    add_versions(&joined, from);
    TRY(crm_gift_holds_move(txn, from->account.bytes, to->account.bytes));
    TRY(lead(txn, from->account.bytes, &joined, day));
    TRY(crm_gift_put(txn, &joined, day));
    *to = joined;
    return ERR_OK;
}

/* The account that a token leads to, or (*out_is_known: false) would have. */
static enum err find(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE], crm_Gift *out,
                     bool *out_is_known)
{
    enum err error = crm_gift_get(txn, token, out);
    *out_is_known = error == ERR_OK;
    if (error != ERR_NOT_FOUND)
        return error;
    *out = (crm_Gift){.account = {.size = TOKEN_SIZE}};
    memcpy(out->account.bytes, token, TOKEN_SIZE);
    return ERR_OK;
}

/* An account that was joined to another leaves rows that lead there by way of it: they lead there at once. */
static enum err shorten(const struct store_txn *txn, const uint8_t token[TOKEN_SIZE], int32_t day)
{
    crm_Gift row, gift;
    TRY(get_row(txn, token, &row));
    TRY(crm_gift_get(txn, token, &gift));
    bool is_direct =
        row.same_as.size != MEMBER_SIZE || memcmp(row.same_as.bytes, gift.account.bytes, MEMBER_SIZE) == 0;
    return is_direct ? ERR_OK : lead(txn, token, &gift, day);
}

static enum err renew(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE],
                      const uint8_t newer[TOKEN_SIZE], int32_t day)
{
    crm_Gift own, other;
    bool is_own_known, is_other_known;
    TRY(find(txn, account, &own, &is_own_known));
    TRY(find(txn, newer, &other, &is_other_known));
    if (!is_own_known && !is_other_known)
        return ERR_OK;
    bool is_one = memcmp(own.account.bytes, other.account.bytes, TOKEN_SIZE) == 0;
    bool stays_own = is_own_known && (!is_other_known || own.account.bytes[0] < other.account.bytes[0]);
    if (!is_one)
        TRY(stays_own ? join(txn, &own, &other, day) : join(txn, &other, &own, day));
    if (is_own_known)
        TRY(shorten(txn, account, day));
    return is_other_known ? shorten(txn, newer, day) : ERR_OK;
}

enum err crm_gift_renew(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE],
                        const uint8_t newer[TOKEN_SIZE], int32_t day)
{
    if (newer[0] <= account[0]) /* the first byte is the pepper's version */
        return ERR_OK;
    enum err error = renew(txn, account, newer, day);
    return error == ERR_SYNTAX ? ERR_OK : error; /* nobody can tell whose they are */
}
