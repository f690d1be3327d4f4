/* SPDX-License-Identifier: Apache-2.0 */
/* What the builder refuses of a source, so that what it writes is a book that book_open takes. */
#include "base/money.h"
#include "offers/book.h"
#include "offers/book_layout.h"
#include "offers/conditions_cel.h"
#include "offers/kinds/kinds.h"

#define FAULT(field, what)                                                                                   \
    (struct offers_fault)                                                                                    \
    {                                                                                                        \
        (field), (what)                                                                                      \
    }
#define NO_FAULT FAULT(NULL, NULL)

/* Leaves the function with the fault, if there is one. */
#define CHECK(expression)                                                                                    \
    do {                                                                                                     \
        struct offers_fault fault_ = (expression);                                                           \
        if (fault_.field != NULL)                                                                            \
            return fault_;                                                                                   \
    } while (0)

static struct offers_fault check_texts(const struct span *texts, uint32_t count, size_t size_max,
                                       const char *field)
{
    for (uint32_t i = 0; i < count; i++) {
        if (texts[i].size == 0 || texts[i].size > size_max)
            return FAULT(field, "has an empty or an overlong name");
        if (!offers_is_utf8(texts[i]))
            return FAULT(field, "is not UTF-8");
    }
    return NO_FAULT;
}

static struct offers_fault check_selector(const struct book_source_selector *selector, const char *field)
{
    if ((selector->has_price_min &&
         (selector->price_min_minor < 0 || selector->price_min_minor > BOOK_AMOUNT_MAX)) ||
        (selector->has_price_max &&
         (selector->price_max_minor < 0 || selector->price_max_minor > BOOK_AMOUNT_MAX)))
        return FAULT(field, "has a price that is negative or too large");
    if (selector->has_price_min && selector->has_price_max &&
        selector->price_min_minor > selector->price_max_minor)
        return FAULT(field, "has a lowest price above its highest");
    if (selector->everything && (selector->item_count > 0 || selector->category_count > 0))
        return FAULT(field, "says everything and names items or categories as well");
    if (!selector_is_given(selector))
        return FAULT(field, "names no item, no category and not everything");
    CHECK(check_texts(selector->items, selector->item_count, SKU_MAX, field));
    CHECK(check_texts(selector->categories, selector->category_count, CATEGORY_MAX, field));
    CHECK(check_texts(selector->excluded_items, selector->excluded_item_count, SKU_MAX, field));
    return check_texts(selector->excluded_categories, selector->excluded_category_count, CATEGORY_MAX, field);
}

static struct offers_fault check_when(const struct book_source_offer *offer)
{
    if (!is_book_day(offer->from_day, BOOK_DAY_FIRST))
        return FAULT("from", "is not a day of the years 0 to 9999");
    if (!is_book_day(offer->until_day, BOOK_DAY_LAST))
        return FAULT("until", "is not a day of the years 0 to 9999");
    if (offer->from_day > offer->until_day)
        return FAULT("until", "lies before the first day");
    if (offer->weekdays == 0 || offer->weekdays > BOOK_WEEKDAYS_ALL)
        return FAULT("weekdays", "names no day of the week");
    for (uint32_t i = 0; i < offer->hour_count; i++) {
        const struct book_hours *hours = &offer->hours[i];
        if (hours->from_minute >= BOOK_MINUTES_A_DAY || hours->until_minute > BOOK_MINUTES_A_DAY ||
            hours->from_minute == hours->until_minute)
            return FAULT("hours", "is empty or not within a day");
    }
    return NO_FAULT;
}

static bool is_member_text(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        bool is_digit = text.bytes[i] >= '0' && text.bytes[i] <= '9';
        if (!is_digit && !(text.bytes[i] >= 'a' && text.bytes[i] <= 'f'))
            return false;
    }
    return text.size == BOOK_MEMBER_TEXT_SIZE;
}

static struct offers_fault check_who(const struct book_source_offer *offer)
{
    if ((unsigned)offer->audience > BOOK_AUDIENCE_LAST)
        return FAULT("audience", "is unknown");
    bool needs_names = offer->audience >= BOOK_SEGMENT;
    if (needs_names != (offer->who_count > 0))
        return FAULT("who", needs_names ? "names no segment, tier or member"
                                        : "is given for an audience that has none");
    CHECK(check_texts(offer->who, offer->who_count, SEGMENT_MAX, "who"));
    for (uint32_t i = 0; offer->audience == BOOK_LISTED && i < offer->who_count; i++) {
        if (!is_member_text(offer->who[i]))
            return FAULT("who", "names a member by something else than 32 small hex digits");
    }
    if ((unsigned)offer->consent > BOOK_CONSENT_LAST)
        return FAULT("consent", "is unknown");
    if (offer->holdout_bp > BOOK_PERCENT_MAX_BP)
        return FAULT("experiment", "holds out more than all members");
    if (offer->experiment.size > 0)
        CHECK(check_texts(&offer->experiment, 1, SEGMENT_MAX, "experiment"));
    else if (offer->holdout_bp > 0)
        return FAULT("experiment", "has no name");
    return check_texts(offer->stores, offer->store_count, SEGMENT_MAX, "stores");
}

struct offers_fault offers_check_condition(uint8_t kind, int64_t value)
{
    if (value < 0 || value > BOOK_AMOUNT_MAX)
        return FAULT("conditions", "is negative or too large");
    if ((kind == BOOK_VISIT_NUMBER || kind == BOOK_VISIT_EVERY) && (value == 0 || value > UINT32_MAX))
        return FAULT("conditions", "is no number of a visit");
    if (kind == BOOK_BIRTHDAY && (value / BOOK_BIRTHDAY_FACTOR > BOOK_BIRTHDAY_WINDOW_MAX ||
                                  value % BOOK_BIRTHDAY_FACTOR > BOOK_BIRTHDAY_WINDOW_MAX))
        return FAULT("conditions", "has a window of more than 180 days before or after the birthday");
    return NO_FAULT;
}

static struct offers_fault check_conditions(const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        const struct book_source_condition *condition = &offer->conditions[i];
        if (condition->kind < BOOK_MIN_QUANTITY || condition->kind > BOOK_CONDITION_LAST)
            return FAULT("conditions", "has an unknown kind");
        if ((unsigned)condition->base > BOOK_INITIAL)
            return FAULT("conditions", "has an unknown base");
        CHECK(offers_check_condition((uint8_t)condition->kind, condition->value));
        if ((condition->kind == BOOK_IN_SEGMENT) != (condition->segment.size > 0))
            return FAULT("conditions", "names a segment where it has none, or none where it needs one");
        if (condition->segment.size > 0)
            CHECK(check_texts(&condition->segment, 1, SEGMENT_MAX, "conditions"));
        if (selector_is_given(&condition->of))
            CHECK(check_selector(&condition->of, "conditions"));
    }
    return NO_FAULT;
}

struct book_give offers_source_give(const struct book_source_offer *offer)
{
    struct book_give give = offer->give;
    give.steps = (struct book_range){0, offer->step_count};
    give.parts = (struct book_range){0, offer->part_count};
    return give;
}

static struct offers_fault check_optional_text(struct span text, size_t size_max, const char *field)
{
    return text.size > 0 ? check_texts(&text, 1, size_max, field) : NO_FAULT;
}

static struct offers_fault check_steps(const struct book_source_offer *offer, const struct offers_kind *kind)
{
    if (offer->step_count > BOOK_STEPS_MAX)
        return FAULT("give.steps", "are more than 64");
    if (offer->step_count > 0 && kind->step_value_max == 0)
        return FAULT("give.steps", "do not go with this kind");
    for (uint32_t i = 0; i < offer->step_count; i++) {
        const struct book_step_row *step = &offer->steps[i];
        if (step->threshold < 0 || step->threshold > BOOK_AMOUNT_MAX)
            return FAULT("give.steps", "has a threshold that is negative or too large");
        if (step->value < 0 || step->value > kind->step_value_max)
            return FAULT("give.steps", "has a value that is negative or too large");
        if (i > 0 && step->threshold <= offer->steps[i - 1].threshold)
            return FAULT("give.steps", "are not ascending");
    }
    return NO_FAULT;
}

static struct offers_fault check_parts(const struct book_source_offer *offer, const struct offers_kind *kind)
{
    if ((offer->part_count > 0) != kind->has_parts)
        return FAULT("give.parts", kind->has_parts ? "are none" : "do not go with this kind");
    if (offer->part_count > BOOK_PARTS_MAX)
        return FAULT("give.parts", "are more than 8");
    for (uint32_t i = 0; i < offer->part_count; i++) {
        if (offer->parts[i].units == 0 || offer->parts[i].units > BOOK_UNITS_MAX)
            return FAULT("give.parts", "has no units or too many");
        CHECK(check_selector(&offer->parts[i].of, "give.parts"));
    }
    return NO_FAULT;
}

struct offers_fault offers_check_give(const struct book_give *give, const struct offers_kind *kind,
                                      enum book_scope scope)
{
    if (give->choose > BOOK_DEAREST || give->placement > BOOK_ON_GET || give->percent_of > BOOK_INITIAL ||
        give->basis > BOOK_GROSS || give->tier_by > BOOK_TIER_MATCHED_QUANTITY ||
        give->price_mode > BOOK_PRICE_FIXED || give->mix_mode > BOOK_MIX_AMOUNT ||
        give->tier_base > BOOK_INITIAL || give->earn_by > BOOK_EARN_PER_SPEND ||
        give->line_rounding > BOOK_FLOOR_PER_LINE)
        return FAULT("give", "has an unknown choice");
    const uint32_t units[] = {give->max_units, give->cap_units, give->min_units, give->group_units};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (units[i] > BOOK_UNITS_MAX)
            return FAULT("give", "has too many units");
    }
    const int64_t amounts[] = {give->more_minor, give->prior_price_minor, give->unit_minor,
                               give->charged_minor};
    for (size_t i = 0; i < COUNT_OF(amounts); i++) {
        if (amounts[i] < 0 || amounts[i] > BOOK_AMOUNT_MAX)
            return FAULT("give", "has an amount that is negative or too large");
    }
    return kind->check(give, scope);
}

static struct offers_fault check_give(const struct book_source_offer *offer)
{
    const struct offers_kind *kind = offers_kind_of(offer->kind);
    if (kind == NULL)
        return FAULT("kind", "is unknown");
    if (book_step_of(offer->kind, offer->scope) == 0)
        return FAULT("scope", "does not go with this kind");
    if (selector_is_given(&offer->get)) {
        if (!kind->has_get)
            return FAULT("get", "does not go with this kind");
        CHECK(check_selector(&offer->get, "get"));
    }
    CHECK(check_optional_text(offer->give.item, SKU_MAX, "give.item"));
    CHECK(check_optional_text(offer->give.card, BOOK_CARD_MAX, "give.card"));
    CHECK(check_optional_text(offer->give.reward, BOOK_CARD_MAX, "give.reward"));
    CHECK(check_steps(offer, kind));
    CHECK(check_parts(offer, kind));
    struct book_give give = offers_source_give(offer);
    return offers_check_give(&give, kind, offer->scope);
}

struct offers_fault offers_check_limit(const struct book_limit *limit)
{
    if (limit->what > BOOK_LIMIT_WHAT_LAST || limit->per > BOOK_LIMIT_PER_LAST ||
        limit->period > BOOK_PERIOD_LAST || limit->partial > 1)
        return FAULT("limits", "has an unknown choice");
    if (limit->value < 1 || limit->value > BOOK_AMOUNT_MAX)
        return FAULT("limits", "is not above zero or too large");
    if (limit->per <= BOOK_PER_BASKET && limit->period != BOOK_EVER)
        return FAULT("limits", "has a period for a line or a basket");
    if (limit->per == BOOK_PER_LINE && limit->what == BOOK_LIMIT_USES)
        return FAULT("limits", "counts uses per line: an offer is used once a receipt");
    if (limit->per == BOOK_PER_LINE && limit->what == BOOK_LIMIT_POINTS)
        return FAULT("limits", "counts points per line: they are given for a receipt");
    return NO_FAULT;
}

static struct offers_fault check_program(struct span program, bool has_line, const char *field)
{
    if (program.size > BOOK_PROGRAM_MAX)
        return FAULT(field, "is too long");
    if (program.size > 0 && cel_verify(program, conditions_cel_declarations(has_line)) != ERR_OK)
        return FAULT(field, "is not a program that this one can evaluate");
    return NO_FAULT;
}

static struct offers_fault check_meetings(const struct book_source_offer *offer)
{
    if ((unsigned)offer->exclusive > BOOK_EXCLUSIVE_LAST)
        return FAULT("exclusive", "is unknown");
    if ((unsigned)offer->group_scope > BOOK_GROUP_PER_LINE)
        return FAULT("group_scope", "is unknown");
    CHECK(check_texts(offer->groups, offer->group_count, SEGMENT_MAX, "groups"));
    CHECK(check_texts(offer->excluded_with, offer->excluded_with_count, OFFER_ID_MAX, "excluded_with"));
    CHECK(check_texts(offer->coupons, offer->coupon_count, BOOK_CARD_MAX, "coupons"));
    CHECK(check_texts(offer->channels, offer->channel_count, SEGMENT_MAX, "channels"));
    CHECK(check_program(offer->condition, /* has_line= */ false, "condition"));
    CHECK(check_program(offer->line_condition, /* has_line= */ true, "line_condition"));
    for (uint32_t i = 0; i < offer->limit_count; i++)
        CHECK(offers_check_limit(&offer->limits[i]));
    return NO_FAULT;
}

struct offers_fault offers_check_source_offer(const struct book_source *source, uint32_t index)
{
    const struct book_source_offer *offer = &source->offers[index];
    CHECK(check_texts(&offer->id, 1, OFFER_ID_MAX, "id"));
    CHECK(check_meetings(offer));
    if (offer->lane >= source->lane_count)
        return FAULT("lane", "is not one of the book's");
    CHECK(check_selector(&offer->target, "target"));
    CHECK(check_when(offer));
    CHECK(check_who(offer));
    CHECK(check_conditions(offer));
    CHECK(check_give(offer));
    for (uint32_t i = 0; i < offer->text_count; i++) {
        CHECK(check_texts(&offer->texts[i].language, 1, LANGUAGE_MAX, "texts"));
        if ((unsigned)offer->texts[i].role > BOOK_TEXT_ROLE_LAST || !offers_is_utf8(offer->texts[i].text))
            return FAULT("texts", "has an unknown role or is not UTF-8");
    }
    return NO_FAULT;
}

struct offers_fault offers_check_programme(const struct book_programme *programme)
{
    if (programme->burn_as > BOOK_BURN_AS_TENDER || programme->burn_same_sale > 1 ||
        programme->lifetime_unit > BOOK_YEARS || programme->expiry_round > BOOK_EXPIRE_YEAR_END ||
        programme->return_policy > BOOK_RETURN_UNLIMITED)
        return FAULT("points", "has an unknown choice");
    if (programme->burn_value_minor < 0 || programme->burn_value_minor > BOOK_AMOUNT_MAX)
        return FAULT("points.burn", "has a value that is negative or too large");
    if ((programme->burn_points > 0) != (programme->burn_value_minor > 0))
        return FAULT("points.burn", "has points without a value or a value without points");
    if (programme->burn_points > BOOK_POINTS_MAX || programme->burn_share_max_bp > BOOK_PERCENT_MAX_BP)
        return FAULT("points.burn", "has too many points, or a share of more than all");
    if (programme->pending_days > BOOK_DAYS_MAX || programme->lifetime > BOOK_DAYS_MAX ||
        programme->reinstate_days > BOOK_DAYS_MAX)
        return FAULT("points", "has too many days");
    return NO_FAULT;
}

static struct offers_fault check_tiers(const struct book_source *source)
{
    for (uint32_t i = 0; i < source->tier_count; i++) {
        const struct book_source_tier *tier = &source->tiers[i];
        CHECK(check_texts(&tier->tier, 1, SEGMENT_MAX, "tiers"));
        if (tier->from_minor < 0 || tier->from_minor > BOOK_AMOUNT_MAX)
            return FAULT("tiers", "has an amount that is negative or too large");
        if (tier->keep_minor < 0 || tier->keep_minor > tier->from_minor)
            return FAULT("tiers", "is kept by more than it is reached by");
        if (i > 0 && tier->from_minor <= source->tiers[i - 1].from_minor)
            return FAULT("tiers", "are not ascending");
    }
    return NO_FAULT;
}

static struct offers_fault check_rules(const struct book_source *source)
{
    if ((unsigned)source->order > BOOK_BY_PRIORITY)
        return FAULT("order", "is unknown");
    if ((unsigned)source->sharing > BOOK_SHARING_LAST)
        return FAULT("sharing", "is unknown");
    if (source->search_states_max > BOOK_SEARCH_STATES_MAX)
        return FAULT("search_states", "are too many");
    if (source->line_discount_max_bp > BOOK_PERCENT_MAX_BP)
        return FAULT("line_discount_max", "is more than all");
    CHECK(check_tiers(source));
    return offers_check_programme(&source->programme_rules);
}

struct offers_fault offers_check_source(const struct book_source *source)
{
    if (source->currency.size != 3)
        return FAULT("currency", "is not three letters");
    for (unsigned i = 0; i < 3; i++) {
        if (source->currency.bytes[i] < 'A' || source->currency.bytes[i] > 'Z')
            return FAULT("currency", "is not three capital letters");
    }
    if (source->exponent > MONEY_EXPONENT_MAX)
        return FAULT("exponent", "is larger than 4");
    if (!is_book_day(source->valid_from_day, BOOK_DAY_FIRST))
        return FAULT("valid_from", "is not a day of the years 0 to 9999");
    if (source->lane_count < 1 || source->lane_count > BOOK_LANES_MAX)
        return FAULT("lanes", "are none or too many");
    if (source->offer_count > BOOK_OFFERS_MAX)
        return FAULT("offers", "are too many");
    CHECK(check_rules(source));
    if (!offers_is_utf8(source->programme))
        return FAULT("programme", "is not UTF-8");
    for (uint32_t i = 0; i < source->lane_count; i++) {
        if ((unsigned)source->lanes[i].mode > BOOK_LANE_MODE_LAST || !offers_is_utf8(source->lanes[i].name))
            return FAULT("lanes", "has an unknown mode or a name that is not UTF-8");
    }
    return check_texts(source->stores, source->store_count, SEGMENT_MAX, "stores");
}
