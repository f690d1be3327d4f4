/* SPDX-License-Identifier: Apache-2.0 */
/* A draft that was found good -> the source that the builder of the binary book takes. */
#include "office/book_draft.h"

#define DAY_MS               INT64_C(86400000)
#define CONDITIONS_OF_A_NEED 6 /* how many rows a need becomes at most */

static struct book_source_selector selector_of(const struct draft_selector *draft)
{
    return (struct book_source_selector){
        .everything = draft->basket != 0,
        .items = draft->of.items.rows,
        .item_count = draft->of.items.count,
        .categories = draft->of.categories.rows,
        .category_count = draft->of.categories.count,
        .excluded_items = draft->except.items.rows,
        .excluded_item_count = draft->except.items.count,
        .excluded_categories = draft->except.categories.rows,
        .excluded_category_count = draft->except.categories.count,
        .has_price_min = draft->is_there && draft->price_from_minor != DRAFT_ABSENT,
        .has_price_max = draft->is_there && draft->price_until_minor != DRAFT_ABSENT,
        .price_min_minor = draft->price_from_minor,
        .price_max_minor = draft->price_until_minor,
        .not_reduced = draft->not_reduced != 0};
}

/* What must be so with the lines of a selector. */
static uint32_t write_counts(const struct draft_selector *draft, struct book_source_condition *out)
{
    const struct {
        enum book_condition_kind kind;
        int64_t value;
    } rows[CONDITIONS_OF_A_NEED] = {{BOOK_MIN_QUANTITY, draft->min_quantity_milli},
                                    {BOOK_MAX_QUANTITY, draft->max_quantity_milli},
                                    {BOOK_MIN_LINE_QUANTITY, draft->min_line_quantity_milli},
                                    {BOOK_MIN_AMOUNT, draft->min_amount_minor},
                                    {BOOK_MAX_AMOUNT, draft->max_amount_minor},
                                    {BOOK_CONTAINS, draft->contains != 0 ? 0 : DRAFT_ABSENT}};
    uint32_t count = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].value != DRAFT_ABSENT)
            out[count++] = (struct book_source_condition){.kind = rows[i].kind,
                                                          .base = (enum book_base)draft->counted,
                                                          .amount_net_of_tax = draft->net_of_tax != 0,
                                                          .of = selector_of(draft),
                                                          .value = rows[i].value};
    return count;
}

/* What must be so with the member. */
static uint32_t write_member_need(const struct draft_selector *need, struct book_source_condition *out)
{
    uint32_t count = 0;
    if (need->visit_number > 0)
        out[count++] = (struct book_source_condition){.kind = BOOK_VISIT_NUMBER, .value = need->visit_number};
    if (need->visit_every > 0)
        out[count++] = (struct book_source_condition){.kind = BOOK_VISIT_EVERY, .value = need->visit_every};
    if (need->birthday_days_before != DRAFT_ABSENT)
        out[count++] = (struct book_source_condition){
            .kind = BOOK_BIRTHDAY,
            .value = need->birthday_days_before * BOOK_BIRTHDAY_FACTOR + need->birthday_days_after};
    if (need->segment.size > 0)
        out[count++] = (struct book_source_condition){.kind = BOOK_IN_SEGMENT, .segment = need->segment};
    return count;
}

static void write_conditions(struct form *form, const struct draft_offer *draft,
                             struct book_source_offer *out)
{
    struct book_source_condition *rows =
        form_take(form, CONDITIONS_OF_A_NEED * (size_t)(draft->need_count + 1), sizeof(*rows));
    if (rows == NULL)
        return;
    uint32_t count = write_counts(&draft->what, rows);
    for (uint32_t i = 0; i < draft->need_count; i++) {
        const struct draft_selector *need = &draft->needs[i];
        count +=
            need->is_of_member ? write_member_need(need, rows + count) : write_counts(need, rows + count);
    }
    out->conditions = rows;
    out->condition_count = count;
}

static void write_texts(struct form *form, const struct draft_offer *draft, struct book_source_offer *out)
{
    const struct draft_texts *const lists[] = {&draft->names, &draft->messages, &draft->receipt_texts,
                                               &draft->cashier_texts, &draft->give.answers};
    size_t all = 0;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        all += lists[i]->count;
    struct book_source_text *rows = form_take(form, all, sizeof(*rows));
    if (rows == NULL)
        return;
    uint32_t count = 0;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (uint32_t j = 0; j < lists[i]->count; j++)
            rows[count++] = lists[i]->rows[j];
    out->texts = rows;
    out->text_count = count;
}

static void write_limits(struct form *form, const struct draft_offer *draft, struct book_source_offer *out)
{
    struct book_limit *rows = form_take(form, draft->limit_count, sizeof(*rows));
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < draft->limit_count; i++) {
        const struct draft_limit *limit = &draft->limits[i];
        rows[i] = (struct book_limit){.what = (uint8_t)limit->what,
                                      .per = (uint8_t)limit->per,
                                      .period = (uint8_t)limit->period,
                                      .partial = (uint8_t)limit->partial,
                                      .value = limit->most};
    }
    out->limits = rows;
    out->limit_count = draft->limit_count;
}

static void write_give_lists(struct form *form, const struct draft_give *draft, struct book_source_offer *out)
{
    struct book_step_row *steps = form_take(form, draft->step_count, sizeof(*steps));
    struct book_source_part *parts = form_take(form, draft->part_count, sizeof(*parts));
    if (steps == NULL || parts == NULL)
        return;
    for (uint32_t i = 0; i < draft->step_count; i++)
        steps[i] = (struct book_step_row){draft->steps[i].threshold, draft->steps[i].value};
    for (uint32_t i = 0; i < draft->part_count; i++)
        parts[i] = (struct book_source_part){selector_of(&draft->parts[i]), (uint32_t)draft->parts[i].units};
    out->steps = steps;
    out->step_count = draft->step_count;
    out->parts = parts;
    out->part_count = draft->part_count;
}

static uint8_t price_mode_of(const struct draft_give *draft)
{
    bool has_mode = draft->kind == BOOK_PRICE || draft->kind == BOOK_BUY_GET;
    if (!has_mode || draft->percent_bp > 0)
        return BOOK_PRICE_PERCENT;
    return draft->amount_minor > 0 ? BOOK_PRICE_AMOUNT : BOOK_PRICE_FIXED;
}

static uint8_t mix_mode_of(const struct draft_give *draft)
{
    if (draft->kind != BOOK_MIX)
        return BOOK_MIX_PERCENT;
    if (draft->price_minor != DRAFT_ABSENT)
        return BOOK_MIX_PRICE;
    if (draft->amount_minor > 0)
        return BOOK_MIX_AMOUNT;
    return draft->get > 0 ? BOOK_MIX_PERCENT_SOME : BOOK_MIX_PERCENT;
}

/* A bound on the units of a line: of an amount it is one on what the line may lose. */
static void write_max_units(const struct draft_give *draft, struct book_give *out)
{
    if (draft->kind == BOOK_AMOUNT_OFF)
        out->cap_units = (uint32_t)draft->max_units;
    else
        out->max_units = (uint32_t)draft->max_units;
}

static struct book_give give_of(const struct draft_give *draft)
{
    struct book_give give = {.percent_bp = (uint32_t)draft->percent_bp,
                             .factor_bp = (uint32_t)draft->factor_bp,
                             .amount_minor = draft->price_minor != DRAFT_ABSENT ? draft->price_minor
                                                                                : draft->amount_minor,
                             .more_minor = draft->more_amount_minor,
                             .prior_price_minor = draft->prior_price_minor,
                             .unit_minor = draft->unit_price_minor,
                             .charged_minor = draft->charged_minor,
                             .max_amount_minor = draft->max_amount_minor,
                             .per_minor = draft->per_minor,
                             .points = (uint32_t)draft->points,
                             .buy_units = (uint32_t)draft->buy,
                             .get_units = (uint32_t)draft->get,
                             .group_units = (uint32_t)draft->group,
                             .min_units = (uint32_t)draft->min_units,
                             .repeats_max = (uint32_t)draft->repeats_max,
                             .days = (uint32_t)draft->days,
                             .card_size = (uint32_t)draft->card_size,
                             .get = BOOK_NONE,
                             .choose = (uint8_t)draft->choose,
                             .placement = (uint8_t)draft->placement,
                             .percent_of = (uint8_t)draft->percent_of,
                             .basis = (uint8_t)draft->basis,
                             .line_rounding = (uint8_t)draft->steps_of,
                             .tier_by = (uint8_t)draft->tier_by,
                             .tier_base = (uint8_t)draft->counted,
                             .earn_by = (uint8_t)draft->per,
                             .price_mode = price_mode_of(draft),
                             .mix_mode = mix_mode_of(draft),
                             .excluded_tenders = (uint32_t)draft->not_earning,
                             .item = draft->item,
                             .card = draft->card,
                             .reward = draft->reward};
    write_max_units(draft, &give);
    return give;
}

static struct book_source_offer offer_of(struct form *form, const struct draft_offer *draft)
{
    struct book_source_offer offer = {.id = draft->id,
                                      .version = (uint32_t)draft->version,
                                      .kind = (uint16_t)draft->give.kind,
                                      .scope = draft_scope_of(draft),
                                      .exclusive = (enum book_exclusive)draft->exclusive,
                                      .audience = (enum book_audience)draft->audience,
                                      .who = draft->who.rows,
                                      .who_count = draft->who.count,
                                      .consent = (enum book_consent)draft->consent,
                                      .experiment = draft->experiment,
                                      .holdout_bp = (uint16_t)draft->holdout_bp,
                                      .weekdays = (uint8_t)draft->weekdays,
                                      .from_day = (int32_t)draft->from_day,
                                      .until_day = (int32_t)draft->until_day,
                                      .hours = draft->hours,
                                      .hour_count = draft->hour_count,
                                      .stores = draft->stores.rows,
                                      .store_count = draft->stores.count,
                                      .channels = draft->channels.rows,
                                      .channel_count = draft->channels.count,
                                      .coupons = draft->coupons.rows,
                                      .coupon_count = draft->coupons.count,
                                      .lane = draft->lane_index,
                                      .priority = (int32_t)draft->priority,
                                      .groups = draft->groups.rows,
                                      .group_count = draft->groups.count,
                                      .group_scope = (enum book_group_scope)draft->group_scope,
                                      .excluded_with = draft->excluded_with.rows,
                                      .excluded_with_count = draft->excluded_with.count,
                                      .target = selector_of(&draft->what),
                                      .get = selector_of(&draft->give.of),
                                      .condition = draft->condition.program,
                                      .line_condition = draft->what.condition.program,
                                      .give = give_of(&draft->give)};
    write_conditions(form, draft, &offer);
    write_texts(form, draft, &offer);
    write_limits(form, draft, &offer);
    write_give_lists(form, &draft->give, &offer);
    return offer;
}

static struct book_programme programme_of(const struct draft_points *draft)
{
    return (struct book_programme){.burn_points = (uint32_t)draft->burn_points,
                                   .burn_value_minor = draft->burn_value_minor,
                                   .burn_min_points = (uint32_t)draft->burn_least,
                                   .burn_share_max_bp = (uint32_t)draft->burn_most_bp,
                                   .burn_as = (uint8_t)draft->burn_as,
                                   .burn_same_sale = (uint8_t)draft->burn_same_sale,
                                   .lifetime_unit = (uint8_t)draft->lifetime_unit,
                                   .expiry_round = (uint8_t)draft->expire,
                                   .return_policy = (uint8_t)draft->return_policy,
                                   .pending_days = (uint32_t)draft->pending_days,
                                   .lifetime = (uint32_t)draft->lifetime,
                                   .reinstate_days = (uint32_t)draft->reinstate_days,
                                   .excluded_tenders = (uint32_t)draft->not_earning,
                                   .offline_card_day_points = (uint32_t)draft->card_day,
                                   .offline_till_day_points = (uint32_t)draft->till_day};
}

/* The tiers that have an amount. */
static void write_tiers(struct form *form, const struct draft_book *draft, struct book_source *out)
{
    struct book_source_tier *rows = form_take(form, draft->tiers.count, sizeof(*rows));
    if (rows == NULL)
        return;
    uint32_t count = 0;
    for (uint32_t i = 0; i < draft->tiers.count; i++) {
        const struct draft_tier *tier = &draft->tier_rows[i];
        if (tier->from_minor == DRAFT_ABSENT)
            continue;
        rows[count++] = (struct book_source_tier){
            .tier = tier->name,
            .from_minor = tier->from_minor,
            .keep_minor = tier->keep_minor != DRAFT_ABSENT ? tier->keep_minor : tier->from_minor,
            .window_days = (uint16_t)tier->window_days};
    }
    out->tiers = rows;
    out->tier_count = count;
}

void draft_write_source(struct form *form, const struct draft_book *draft, struct book_source *out)
{
    struct book_source_offer *offers = form_take(form, draft->offer_count, sizeof(*offers));
    if (offers == NULL)
        return;
    for (uint32_t i = 0; i < draft->offer_count; i++)
        offers[i] = offer_of(form, &draft->offers[i]);
    /* The day from which it holds stands for its making too: the same text gives the same bytes. */
    *out = (struct book_source){.version = (uint64_t)draft->version,
                                .created_unix_ms = draft->valid_from_day * DAY_MS,
                                .valid_from_day = (int32_t)draft->valid_from_day,
                                .currency = draft->currency,
                                .exponent = (uint8_t)draft->exponent,
                                .programme = draft->programme,
                                .stores = draft->stores.rows,
                                .store_count = draft->stores.count,
                                .lanes = draft->lanes,
                                .lane_count = draft->lane_count,
                                .offers = offers,
                                .offer_count = draft->offer_count,
                                .order = (enum book_order)draft->order,
                                .sharing = (enum book_sharing)draft->sharing,
                                .search_states_max = (uint32_t)draft->search_states,
                                .line_discount_max_bp = (uint32_t)draft->line_discount_max_bp,
                                .programme_rules = programme_of(&draft->points)};
    write_tiers(form, draft, out);
}
