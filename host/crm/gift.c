/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of gift value. A card's account stands under the token by which it was first loaded; as the chain's pepper
 * changes the card gets other tokens, and rows that lead there:
 *
 *   [token under pepper 1] account: 20.00 loaded, 5.00 spent     <--+
 *   [token under pepper 2] same_as: token under pepper 1  ----------+ */
#include "crm/document.h"
#include "ledger/stored.h"

#define STEPS_MAX 256 /* each leads to a token under another pepper, of whose versions there are so many */

static enum err get_row(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE], crm_Gift *out)
{
    return crm_document_get(txn, STORE_GIFTS, span_of(account, MEMBER_SIZE), crm_Gift_fields, out);
}

enum err crm_gift_get(const struct store_txn *txn, const uint8_t account[MEMBER_SIZE], crm_Gift *out)
{
    uint8_t whose[MEMBER_SIZE];
    crm_Gift gift;
    memcpy(whose, account, MEMBER_SIZE);
    for (size_t i = 0; i < STEPS_MAX; i++) {
        TRY(get_row(txn, whose, &gift));
        if (gift.same_as.size != MEMBER_SIZE) {
            *out = gift;
            return ERR_OK;
        }
        memcpy(whose, gift.same_as.bytes, MEMBER_SIZE);
    }
    return ERR_CORRUPT;
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

static enum err lead(const struct store_txn *txn, const uint8_t *from, crm_Gift *to, int32_t day)
{
    crm_Gift row = {.account = {.size = MEMBER_SIZE}, .same_as = {.size = MEMBER_SIZE}};
    memcpy(row.account.bytes, from, MEMBER_SIZE);
    memcpy(row.same_as.bytes, to->account.bytes, MEMBER_SIZE);
    TRY(crm_gift_put(txn, &row, day)); /* its debt, if it had one, is the account's now */
    to->newest_version = to->newest_version > from[0] ? to->newest_version : from[0];
    return crm_gift_put(txn, to, day);
}

/* Both have been loaded: at a till that knew the newer pepper alone. */
static enum err merge(const struct store_txn *txn, crm_Gift *gift, const crm_Gift *newer, int32_t day)
{
    if (strcmp(gift->currency, newer->currency) != 0)
        return ERR_OK;
    if (__builtin_add_overflow(gift->loaded_minor, newer->loaded_minor, &gift->loaded_minor) ||
        __builtin_add_overflow(gift->spent_minor, newer->spent_minor, &gift->spent_minor))
        return ERR_OK;
    return lead(txn, newer->account.bytes, gift, day);
}

enum err crm_gift_renew(const struct store_txn *txn, const uint8_t account[TOKEN_SIZE],
                        const uint8_t newer[TOKEN_SIZE], int32_t day)
{
    crm_Gift own, other;
    if (newer[0] <= account[0]) /* the first byte is the pepper's version */
        return ERR_OK;
    enum err own_error = crm_gift_get(txn, account, &own);
    enum err other_error = crm_gift_get(txn, newer, &other);
    if (own_error != ERR_OK && own_error != ERR_NOT_FOUND)
        return own_error;
    if (other_error != ERR_OK && other_error != ERR_NOT_FOUND)
        return other_error;
    if (own_error == ERR_OK && other_error == ERR_NOT_FOUND)
        return lead(txn, newer, &own, day);
    if (own_error == ERR_NOT_FOUND && other_error == ERR_OK)
        return lead(txn, account, &other, day);
    if (own_error == ERR_OK && memcmp(own.account.bytes, other.account.bytes, TOKEN_SIZE) != 0)
        return merge(txn, &own, &other, day);
    return ERR_OK;
}
