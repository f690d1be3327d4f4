/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "points_for_discount": how many points are burned, in whole steps, for at most a limit. */
#include "base/money.h"
#include "offers/offers.h"
#include "office/cases_kit.h"

#define MILLI 1000

struct burn_words {
    int64_t points_available, points_wanted, required_points, discount_per_point_milli, limit_amount;
    const json_t *expected;
};

static const struct case_word burn_words[] = {
    CASE_MUST("points_available|points", CASE_NUMBER, offsetof(struct burn_words, points_available)),
    CASE_MAY("points_wanted|points_to_use", CASE_NUMBER,
             offsetof(struct burn_words, points_wanted)), /* else all */
    CASE_MAY("required_points|step", CASE_NUMBER, offsetof(struct burn_words, required_points)),
    CASE_MUST("discount_per_point|value_per_point", CASE_QUANTITY,
              offsetof(struct burn_words, discount_per_point_milli)),
    CASE_MAY("limit_amount|limit", CASE_NUMBER, offsetof(struct burn_words, limit_amount)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct burn_words, expected)),
};

struct burned_words {
    int64_t points_used, discount, points_left;
};

static const struct case_word burned_words[] = {
    CASE_MAY("points_used|points_burned", CASE_NUMBER, offsetof(struct burned_words, points_used)),
    CASE_MAY("discount|value", CASE_NUMBER, offsetof(struct burned_words, discount)),
    CASE_MAY("points_left|balance", CASE_NUMBER, offsetof(struct burned_words, points_left)),
};

/* A step of that many points is worth that many times a point's value, which must be whole minor units. */
static struct book_programme programme_of(struct case_run *run, const struct burn_words *words)
{
    int64_t step = case_or(words->required_points, 1), value_milli = 0;
    if (step <= 0 || step > UINT32_MAX ||
        __builtin_mul_overflow(step, words->discount_per_point_milli, &value_milli) ||
        value_milli % MILLI != 0)
        case_fault(run, "a step of points is not worth a whole amount");
    return (struct book_programme){.burn_points = (uint32_t)step, .burn_value_minor = value_milli / MILLI};
}

static void compare(struct case_run *run, const struct burn_words *words, const struct offers_burned *burned)
{
    struct burned_words expected;
    case_read(run, "expected", words->expected, burned_words, COUNT_OF(burned_words), &expected, NULL);
    if (!case_is_sound(run))
        return;
    if (expected.points_used != CASE_ABSENT)
        case_compare_number(run, "points_used", expected.points_used, burned->points);
    if (expected.discount != CASE_ABSENT)
        case_compare_number(run, "discount", expected.discount, burned->value_minor);
    if (expected.points_left != CASE_ABSENT)
        case_compare_number(run, "points_left", expected.points_left,
                            words->points_available - burned->points);
}

void case_run_points_for_discount(struct case_run *run)
{
    struct burn_words words;
    struct offers_burned burned = {0};
    case_read_body(run, burn_words, COUNT_OF(burn_words), &words);
    if (!case_is_sound(run))
        return;
    struct book_programme programme = programme_of(run, &words);
    if (!case_is_sound(run))
        return;
    offers_burn(&programme, words.points_available, case_or(words.points_wanted, words.points_available),
                case_or(words.limit_amount, INT64_MAX), &burned);
    compare(run, &words, &burned);
}
