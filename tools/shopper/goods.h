/* SPDX-License-Identifier: Apache-2.0 */
/* goods.h - what the neighbourhood's shop sells. */
#ifndef KASSA_SHOPPER_GOODS_H
#define KASSA_SHOPPER_GOODS_H

#include "base/base.h"

struct good {
    const char *sku;
    const char *description;
    const char *category;
    const char *department;
    int64_t price_e5;
    uint16_t tax_rate_bp;
    bool is_weighed;
};

extern const struct good plan_goods[];
extern const size_t plan_goods_count;

#endif
