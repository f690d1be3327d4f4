/* SPDX-License-Identifier: Apache-2.0 */
/* The tax of each line (step 7), after all discounts: rounded half-up once a line. The sum over the lines is the
 * truth; it is never worked out of the sum of the amounts again. */
#include "base/money.h"
#include "offers/engine.h"

#define WHOLE_BP 10000

struct line_tax offers_line_tax(const struct engine *e, uint32_t line)
{
    int64_t net = e->lines[line].running, rate_bp = e->lines[line].tax_rate_bp, tax = 0;
    bool is_on_top = e->basket->price_mode == OFFERS_NET_PRICES;
    enum err error = money_scale(net, rate_bp, is_on_top ? WHOLE_BP : WHOLE_BP + rate_bp, &tax);
    if (error != ERR_OK)
        return (struct line_tax){.error = error};
    return (struct line_tax){.tax = tax, .base = is_on_top ? net : net - tax, .on_top = is_on_top ? tax : 0};
}

enum err offers_write_taxes(const struct engine *e, struct offers_line_result *lines, int64_t *out_tax,
                            int64_t *out_on_top)
{
    int64_t sum = 0, on_top = 0;
    for (uint32_t i = 0; i < e->line_count; i++) {
        struct line_tax tax = offers_line_tax(e, i);
        TRY(tax.error);
        TRY(money_add(sum, tax.tax, &sum));
        TRY(money_add(on_top, tax.on_top, &on_top));
        lines[i].tax_minor = tax.tax;
        lines[i].tax_base_minor = tax.base;
    }
    *out_tax = sum;
    *out_on_top = on_top;
    return ERR_OK;
}
