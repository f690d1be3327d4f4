/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two offers can meet: on one day, in one store, for one shopper. */
#include "office/draft_sense.h"

#define PAIRS_MAX 1000000 /* of names that are compared one by one */

/* Lists that are too long to compare may share a name. */
static bool shares_one(struct form_texts a, struct form_texts b)
{
    if ((uint64_t)a.count * b.count > PAIRS_MAX)
        return true;
    for (uint32_t i = 0; i < a.count; i++)
        for (uint32_t j = 0; j < b.count; j++)
            if (span_is_equal(a.rows[i], b.rows[j]))
                return true;
    return false;
}

/* A shopper has one tier and any number of segments; who is listed may be in any of them. */
static bool shares_a_shopper(const struct draft_offer *a, const struct draft_offer *b)
{
    bool is_alike = a->audience == b->audience && (a->audience == BOOK_TIER || a->audience == BOOK_LISTED);
    return !is_alike || shares_one(a->who, b->who);
}

static bool is_excluded(const struct draft_offer *a, const struct draft_offer *b)
{
    for (uint32_t i = 0; i < a->excluded_with.count; i++)
        if (span_is_equal(a->excluded_with.rows[i], b->id))
            return true;
    return false;
}

/* From > until goes over midnight. */
static bool is_within(const struct book_hours *hours, uint16_t minute)
{
    bool is_after = minute >= hours->from_minute;
    bool is_before = minute < hours->until_minute;
    return hours->from_minute > hours->until_minute ? is_after || is_before : is_after && is_before;
}

/* Whether one of a's ranges begins within one of b's: two ranges that share a minute do so one way or other. */
static bool begins_within(const struct draft_offer *a, const struct draft_offer *b)
{
    for (uint32_t i = 0; i < a->hour_count; i++)
        for (uint32_t j = 0; j < b->hour_count; j++)
            if (is_within(&b->hours[j], a->hours[i].from_minute))
                return true;
    return false;
}

static bool shares_an_hour(const struct draft_offer *a, const struct draft_offer *b)
{
    return a->hour_count == 0 || b->hour_count == 0 || begins_within(a, b) || begins_within(b, a);
}

bool draft_may_meet(const struct draft_sense *sense, const struct draft_offer *a, const struct draft_offer *b)
{
    int64_t first = sense->book->valid_from_day;
    int64_t from = a->from_day > b->from_day ? a->from_day : b->from_day;
    int64_t until = a->until_day < b->until_day ? a->until_day : b->until_day;
    return (from > first ? from : first) <= until && (a->weekdays & b->weekdays) != 0 &&
           shares_an_hour(a, b) && shares_a_shopper(a, b) && !is_excluded(a, b) && !is_excluded(b, a) &&
           (a->stores.count == 0 || b->stores.count == 0 || shares_one(a->stores, b->stores)) &&
           (a->channels.count == 0 || b->channels.count == 0 || shares_one(a->channels, b->channels)) &&
           !shares_one(a->groups, b->groups);
}
