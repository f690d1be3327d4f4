/* SPDX-License-Identifier: Apache-2.0 */
/* tax.h - the tax of a line, by what its prices are: gross ones hold it, on net ones it comes on top, and is
 * paid beside them. Inside till/ only. Pure. */
#ifndef KASSA_TILL_TAX_H
#define KASSA_TILL_TAX_H

#include "wire/record.h"

/* The tax of an amount after discounts, rounded half-up once. ERR_RANGE. */
NODISCARD
enum err tax_of(kassa_PriceMode mode, int64_t amount_minor, uint32_t rate_bp, int64_t *out_tax_minor);

/* Sets tax_base_minor: what the tax is of, of a line whose amount, discount and tax are set. */
void tax_set_base(kassa_PriceMode mode, kassa_Line *line);

/* What of a tax is paid beside the amounts: all of it, or nothing. */
int64_t tax_on_top(kassa_PriceMode mode, int64_t tax_minor);

#endif
