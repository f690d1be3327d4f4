/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/offers.h"

static const struct offers_reason_row rows[OFFERS_REASON_COUNT] = {
    [OFFERS_GIVEN] = {"given", "given", OFFERS_NO_FIGURE},
    [OFFERS_NOT_YET_VALID] = {"not_yet_valid", "not valid yet", OFFERS_NO_FIGURE},
    [OFFERS_EXPIRED] = {"expired", "no longer valid", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_WEEKDAY] = {"wrong_weekday", "not on this day of the week", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_HOUR] = {"wrong_hour", "not at this hour", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_STORE] = {"wrong_store", "not in this store", OFFERS_NO_FIGURE},
    [OFFERS_MEMBERS_ONLY] = {"members_only", "for members only", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_SEGMENT] = {"wrong_segment", "for other members", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_TIER] = {"wrong_tier", "for members of another tier", OFFERS_NO_FIGURE},
    [OFFERS_NO_MATCHING_ITEM] = {"no_matching_item", "no such item in the basket", OFFERS_NO_FIGURE},
    [OFFERS_LINE_EXCLUDED] = {"line_excluded", "the items are excluded", OFFERS_NO_FIGURE},
    [OFFERS_QUANTITY_TOO_SMALL] = {"quantity_too_small", "too few items", OFFERS_MILLI},
    [OFFERS_QUANTITY_TOO_LARGE] = {"quantity_too_large", "too many items", OFFERS_MILLI},
    [OFFERS_AMOUNT_TOO_SMALL] = {"amount_too_small", "the amount is too small", OFFERS_MINOR},
    [OFFERS_EXCLUDED_BY_EXCLUSIVE] = {"excluded_by_exclusive", "another offer excludes it", OFFERS_NO_FIGURE},
    [OFFERS_BEATEN_IN_LANE] = {"beaten_in_lane", "another offer takes its place", OFFERS_NO_FIGURE},
    [OFFERS_FLOOR_REACHED] = {"floor_reached", "nothing is left to take off", OFFERS_NO_FIGURE},
    [OFFERS_UNITS_USED] = {"units_used", "the items serve another deal already", OFFERS_NO_FIGURE},
    [OFFERS_NOTHING_TO_GIVE] = {"nothing_to_give", "it would change nothing", OFFERS_NO_FIGURE},
    [OFFERS_NO_BASE_POINTS] = {"no_base_points", "there are no points to multiply", OFFERS_NO_FIGURE},
    [OFFERS_TOO_MANY_ROWS] = {"too_many_rows", "the receipt has no room for it", OFFERS_NO_FIGURE},
    [OFFERS_OUT_OF_RANGE] = {"out_of_range", "the amounts are too large", OFFERS_NO_FIGURE},
    [OFFERS_UNKNOWN_KIND] = {"unknown_kind", "this program is older than the offer", OFFERS_NO_FIGURE},
    [OFFERS_WRONG_CHANNEL] = {"wrong_channel", "not through this channel", OFFERS_NO_FIGURE},
    [OFFERS_NOT_LISTED] = {"not_listed", "for the members of a list", OFFERS_NO_FIGURE},
    [OFFERS_NO_CONSENT] = {"no_consent", "the member has not agreed to it", OFFERS_NO_FIGURE},
    [OFFERS_HELD_OUT] = {"held_out", "the member is left out for comparison", OFFERS_NO_FIGURE},
    [OFFERS_COUPON_MISSING] = {"coupon_missing", "its coupon was not presented", OFFERS_NO_FIGURE},
    [OFFERS_COUPON_IS_USED] = {"coupon_used", "its coupon was used before", OFFERS_NO_FIGURE},
    [OFFERS_COUPON_IS_EXPIRED] = {"coupon_expired", "its coupon is no longer valid", OFFERS_NO_FIGURE},
    [OFFERS_COUPON_OF_STORE] = {"coupon_wrong_store", "its coupon is for another store", OFFERS_NO_FIGURE},
    [OFFERS_COUPON_IS_FORGED] = {"coupon_forged", "its coupon is not genuine", OFFERS_NO_FIGURE},
    [OFFERS_CONDITION_FALSE] = {"condition_false", "its condition does not hold", OFFERS_NO_FIGURE},
    [OFFERS_CONDITION_ERROR] = {"condition_error", "its condition cannot be worked out", OFFERS_NO_FIGURE},
    [OFFERS_AMOUNT_TOO_LARGE] = {"amount_too_large", "the amount is too large", OFFERS_MINOR},
    [OFFERS_LINE_TOO_SMALL] = {"line_quantity_too_small", "too few of one item", OFFERS_MILLI},
    [OFFERS_WRONG_VISIT] = {"wrong_visit", "not at this visit", OFFERS_COUNT},
    [OFFERS_NOT_BIRTHDAY] = {"not_birthday", "not around the member's birthday", OFFERS_NO_FIGURE},
    [OFFERS_GROUP_TAKEN] = {"group_taken", "another offer of its group was given", OFFERS_NO_FIGURE},
    [OFFERS_EXCLUDED_WITH] = {"excluded_with", "an offer that it never meets was given", OFFERS_NO_FIGURE},
    [OFFERS_LIMIT_REACHED] = {"limit_reached", "its limit is reached", OFFERS_COUNT},
    [OFFERS_NOT_BETTER] = {"not_better", "the other offers give more", OFFERS_MINOR},
    [OFFERS_LANE_FULL] = {"lane_full", "its lane gives no more offers", OFFERS_NO_FIGURE},
    [OFFERS_OVER_LIMIT] = {"over_limit", "it gives more than this till lets any offer give",
                           OFFERS_NO_FIGURE},
};

static const struct offers_reason_row unknown = {"unknown", "a reason that has no name", OFFERS_NO_FIGURE};

const struct offers_reason_row *offers_reason_row(enum offers_reason reason)
{
    return (unsigned)reason < COUNT_OF(rows) ? &rows[reason] : &unknown;
}
