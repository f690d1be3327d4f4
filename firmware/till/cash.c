/* SPDX-License-Identifier: Apache-2.0 */
#include "till/cash.h"

#include "base/money.h"

enum err cash_rounding_of(int64_t cash_minor, int64_t step_minor, int64_t *out_minor)
{
    int64_t steps = 0;
    int64_t rounded = 0;
    *out_minor = 0;
    if (step_minor <= 1)
        return ERR_OK;
    TRY(money_scale(cash_minor, 1, step_minor, &steps));
    if (__builtin_mul_overflow(steps, step_minor, &rounded))
        return ERR_RANGE;
    *out_minor = rounded - cash_minor; /* less than a step */
    return ERR_OK;
}

static bool is_cash(const kassa_Tender *row)
{
    return row->kind == kassa_TenderKind_TENDER_CASH;
}

enum err cash_rounding(const struct till_tenders *tenders, int64_t total_minor, int64_t step_minor,
                       int64_t *out_minor)
{
    bool has_cash = false;
    bool is_rest_exact = tenders->rest < tenders->count && !is_cash(&tenders->rows[tenders->rest]);
    int64_t others = 0;
    int64_t cash = 0;
    *out_minor = 0;
    for (size_t i = 0; i < tenders->count; i++) {
        has_cash = has_cash || is_cash(&tenders->rows[i]);
        if (!is_cash(&tenders->rows[i]))
            TRY(money_add(others, tenders->rows[i].amount_minor, &others));
    }
    if (!has_cash || is_rest_exact)
        return ERR_OK;
    if (__builtin_sub_overflow(total_minor, others, &cash))
        return ERR_RANGE;
    return cash_rounding_of(cash, step_minor, out_minor);
}

bool cash_rounding_fits(const kassa_Receipt *head, int64_t step_minor)
{
    int64_t rounding = head->rounding_minor;
    bool has_cash = false;
    for (pb_size_t i = 0; i < head->tenders_count; i++)
        has_cash = has_cash || is_cash(&head->tenders[i]);
    if (rounding == 0)
        return true;
    return has_cash && rounding >= -(step_minor / 2) && rounding <= step_minor / 2;
}
