/* SPDX-License-Identifier: Apache-2.0 */
#include "till/tax.h"

#include "base/money.h"

#define WHOLE_BP 10000

static bool is_on_top(kassa_PriceMode mode)
{
    return mode == kassa_PriceMode_PRICE_NET;
}

enum err tax_of(kassa_PriceMode mode, int64_t amount_minor, uint32_t rate_bp, int64_t *out_tax_minor)
{
    int64_t whole_bp = is_on_top(mode) ? WHOLE_BP : WHOLE_BP + (int64_t)rate_bp;
    return money_scale(amount_minor, rate_bp, whole_bp, out_tax_minor);
}

void tax_set_base(kassa_PriceMode mode, kassa_Line *line)
{
    line->tax_base_minor = line->amount_minor - line->discount_minor;
    line->tax_base_minor -= is_on_top(mode) ? 0 : line->tax_minor;
}

int64_t tax_on_top(kassa_PriceMode mode, int64_t tax_minor)
{
    return is_on_top(mode) ? tax_minor : 0;
}
