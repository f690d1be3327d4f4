/* SPDX-License-Identifier: Apache-2.0 */
/* What the builder refuses of a source, so that what it writes is a book that book_open takes. */
#include "base/money.h"
#include "offers/book.h"
#include "offers/book_layout.h"
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

static struct offers_fault check_who(const struct book_source_offer *offer)
{
    if ((unsigned)offer->audience > BOOK_TIER)
        return FAULT("audience", "is unknown");
    bool needs_names = offer->audience == BOOK_SEGMENT || offer->audience == BOOK_TIER;
    if (needs_names != (offer->who_count > 0))
        return FAULT("who",
                     needs_names ? "names no segment or tier" : "is given for an audience that has none");
    CHECK(check_texts(offer->who, offer->who_count, SEGMENT_MAX, "who"));
    return check_texts(offer->stores, offer->store_count, SEGMENT_MAX, "stores");
}

static struct offers_fault check_conditions(const struct book_source_offer *offer)
{
    for (uint32_t i = 0; i < offer->condition_count; i++) {
        const struct book_source_condition *condition = &offer->conditions[i];
        if (condition->kind < BOOK_MIN_QUANTITY || condition->kind > BOOK_MAX_QUANTITY)
            return FAULT("conditions", "has an unknown kind");
        if ((unsigned)condition->base > BOOK_INITIAL)
            return FAULT("conditions", "has an unknown base");
        if (condition->value < 0 || condition->value > BOOK_AMOUNT_MAX)
            return FAULT("conditions", "is negative or too large");
        if (selector_is_given(&condition->of))
            CHECK(check_selector(&condition->of, "conditions"));
    }
    return NO_FAULT;
}

static struct offers_fault check_give(const struct book_source_offer *offer)
{
    const struct book_give *give = &offer->give;
    const struct offers_kind *kind = offers_kind_of(offer->kind);
    if (kind == NULL)
        return FAULT("kind", "is unknown");
    if (book_step_of(offer->kind, offer->scope) == 0)
        return FAULT("scope", "does not go with this kind");
    if (give->choose > BOOK_DEAREST || give->placement > BOOK_ON_GET || give->percent_of > BOOK_INITIAL ||
        give->basis > BOOK_GROSS)
        return FAULT("give", "has an unknown choice");
    if (selector_is_given(&offer->get)) {
        if (!kind->has_get)
            return FAULT("get", "does not go with this kind");
        CHECK(check_selector(&offer->get, "get"));
    }
    return kind->check(give, offer->scope);
}

struct offers_fault offers_check_source_offer(const struct book_source *source, uint32_t index)
{
    const struct book_source_offer *offer = &source->offers[index];
    CHECK(check_texts(&offer->id, 1, OFFER_ID_MAX, "id"));
    if ((unsigned)offer->exclusive > BOOK_EXCLUSIVE_IN_BASKET)
        return FAULT("exclusive", "is unknown");
    if (offer->lane >= source->lane_count)
        return FAULT("lane", "is not one of the book's");
    CHECK(check_selector(&offer->target, "target"));
    CHECK(check_when(offer));
    CHECK(check_who(offer));
    CHECK(check_conditions(offer));
    CHECK(check_give(offer));
    for (uint32_t i = 0; i < offer->text_count; i++) {
        CHECK(check_texts(&offer->texts[i].language, 1, LANGUAGE_MAX, "texts"));
        if ((unsigned)offer->texts[i].role > BOOK_MESSAGE || !offers_is_utf8(offer->texts[i].text))
            return FAULT("texts", "has an unknown role or is not UTF-8");
    }
    return NO_FAULT;
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
    if (!offers_is_utf8(source->programme))
        return FAULT("programme", "is not UTF-8");
    for (uint32_t i = 0; i < source->lane_count; i++) {
        if ((unsigned)source->lanes[i].mode > BOOK_LANE_EXCLUSIVE || !offers_is_utf8(source->lanes[i].name))
            return FAULT("lanes", "has an unknown mode or a name that is not UTF-8");
    }
    return check_texts(source->stores, source->store_count, SEGMENT_MAX, "stores");
}
