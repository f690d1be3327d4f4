/* SPDX-License-Identifier: Apache-2.0 */
/* conditions_cel.h - what a condition of Kassa's may name: basket, line, member, coupons, now, local, store.
 *
 * Head office compiles `condition` and `line_condition` of an offer against conditions_cel_declarations();
 * the engine evaluates them over its workspace. Money is int in minor units, quantities are int in thousandths,
 * rates are int in basis points: no double is in sight. Rows are appended, never moved: programs hold their
 * numbers. */
#ifndef KASSA_OFFERS_CONDITIONS_CEL_H
#define KASSA_OFFERS_CONDITIONS_CEL_H

#include "kassa/limits.h"
#include "offers/cel/cel.h"

/* Numbers of variables, objects, fields and functions. */
enum conditions_variable {
    CONDITIONS_BASKET,
    CONDITIONS_MEMBER,
    CONDITIONS_COUPONS,
    CONDITIONS_NOW,
    CONDITIONS_LOCAL,
    CONDITIONS_STORE,
    CONDITIONS_LINE /* in line conditions alone */
};

enum conditions_object {
    CONDITIONS_OBJECT_BASKET,
    CONDITIONS_OBJECT_LINE,
    CONDITIONS_OBJECT_MEMBER,
    CONDITIONS_OBJECT_CLOCK,
    CONDITIONS_OBJECT_STORE
};

enum conditions_basket_field {
    CONDITIONS_BASKET_AMOUNT,
    CONDITIONS_BASKET_INITIAL_AMOUNT,
    CONDITIONS_BASKET_QUANTITY,
    CONDITIONS_BASKET_UNITS,
    CONDITIONS_BASKET_LINES
};

enum conditions_line_field {
    CONDITIONS_LINE_SKU,
    CONDITIONS_LINE_CATEGORIES,
    CONDITIONS_LINE_AMOUNT,
    CONDITIONS_LINE_INITIAL_AMOUNT,
    CONDITIONS_LINE_QUANTITY,
    CONDITIONS_LINE_UNITS,
    CONDITIONS_LINE_UNIT_PRICE,
    CONDITIONS_LINE_WEIGHED,
    CONDITIONS_LINE_REDUCED,
    CONDITIONS_LINE_TAX_RATE,
    CONDITIONS_LINE_NUMBER
};

enum conditions_member_field {
    CONDITIONS_MEMBER_KNOWN,
    CONDITIONS_MEMBER_TIER,
    CONDITIONS_MEMBER_SEGMENTS,
    CONDITIONS_MEMBER_VISITS,
    CONDITIONS_MEMBER_POINTS,
    CONDITIONS_MEMBER_BIRTH_MONTH,
    CONDITIONS_MEMBER_BIRTH_DAY,
    CONDITIONS_MEMBER_IS_BIRTHDAY,
    CONDITIONS_MEMBER_LANGUAGE,
    CONDITIONS_MEMBER_PERSONAL_OFFERS
};

enum conditions_clock_field {
    CONDITIONS_CLOCK_YEAR,
    CONDITIONS_CLOCK_MONTH,
    CONDITIONS_CLOCK_DAY,
    CONDITIONS_CLOCK_WEEKDAY,
    CONDITIONS_CLOCK_HOUR,
    CONDITIONS_CLOCK_MINUTE,
    CONDITIONS_CLOCK_DAY_OF_YEAR
};

enum conditions_store_field { CONDITIONS_STORE_ID, CONDITIONS_STORE_CHANNEL, CONDITIONS_STORE_ZONE };

enum conditions_function { CONDITIONS_COUNT_OF, CONDITIONS_AMOUNT_OF };

/* For a condition on the basket, or for one on a line (which may name `line` too). */
const struct cel_declarations *conditions_cel_declarations(bool has_line);

#endif
