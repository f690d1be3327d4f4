/* SPDX-License-Identifier: Apache-2.0 */
/* What an offer gives: for each kind, the fields that it takes. A new kind is a table here and a row in
 * kinds[]. */
#include <stdio.h>

#include "base/likeness.h"
#include "office/book_draft.h"

static const struct form_choice each_choices[] = {
    {"unit", BOOK_EACH_UNIT}, {"line", BOOK_EACH_LINE}, {"together", BOOK_TOGETHER}};
static const struct form_choice tiered_each_choices[] = {{"line", BOOK_EACH_LINE},
                                                         {"together", BOOK_TOGETHER}};
static const struct form_choice percent_of_choices[] = {{"running", BOOK_RUNNING}, {"initial", BOOK_INITIAL}};
static const struct form_choice choose_choices[] = {{"cheapest", BOOK_CHEAPEST}, {"dearest", BOOK_DEAREST}};
static const struct form_choice placement_choices[] = {{"spread", BOOK_SPREAD}, {"on_get", BOOK_ON_GET}};
static const struct form_choice basis_choices[] = {
    {"net", BOOK_NET}, {"net_before_basket", BOOK_NET_BEFORE_BASKET}, {"gross", BOOK_GROSS}};
static const struct form_choice steps_of_choices[] = {{"receipt", BOOK_FLOOR_PER_RECEIPT},
                                                      {"line", BOOK_FLOOR_PER_LINE}};
static const struct form_choice by_choices[] = {{"basket_amount", BOOK_TIER_BASKET_AMOUNT},
                                                {"matched_amount", BOOK_TIER_MATCHED_AMOUNT},
                                                {"matched_quantity", BOOK_TIER_MATCHED_QUANTITY}};
static const struct form_choice for_choices[] = {
    {"unit", BOOK_EARN_PER_UNIT}, {"spend", BOOK_EARN_PER_SPEND}, {"visit", BOOK_EARN_PER_VISIT}};

#define AT(member)     .offset = offsetof(struct draft_give, member)
#define CHOICES(table) .read = form_read_choice, .choices = table, .choice_count = COUNT_OF(table)
#define AMOUNT_FROM(least)                                                                                   \
    .read = form_read_decimal, .min = (least), .max = BOOK_AMOUNT_MAX, .decimals = FORM_DECIMALS_OF_CURRENCY
#define AMOUNT             AMOUNT_FROM(1)
#define WHOLE(least, most) .read = form_read_integer, .min = (least), .max = (most)
#define UNITS(least)       WHOLE(least, BOOK_UNITS_MAX)
#define PERCENT                                                                                              \
    .read = form_read_decimal, .min = 1, .max = BOOK_PERCENT_MAX_BP, .decimals = 2,                          \
    .hint = "\"percent\": \"20\", at most \"100\""
#define NAME .read = form_read_name, .min = 1, .max = BOOK_CARD_MAX
#define SKU  .read = form_read_text, .min = 1, .max = SKU_MAX

#define ROW_KIND                                                                                             \
    {                                                                                                        \
        .name = "kind", .read = form_read_nothing                                                            \
    }
#define ROW_EACH                                                                                             \
    {                                                                                                        \
        .name = "each", CHOICES(each_choices), AT(each)                                                      \
    }
#define ROW_REPEATS                                                                                          \
    {                                                                                                        \
        .name = "repeats_max", UNITS(1), AT(repeats_max), .hint = "leave it out for no bound"                \
    }
#define ROW_CHOOSE                                                                                           \
    {                                                                                                        \
        .name = "choose", CHOICES(choose_choices), AT(choose)                                                \
    }
#define ROW_PLACEMENT                                                                                        \
    {                                                                                                        \
        .name = "placement", CHOICES(placement_choices), AT(placement)                                       \
    }
#define ROW_STEPS_OF                                                                                         \
    {                                                                                                        \
        .name = "steps_of", CHOICES(steps_of_choices), AT(steps_of)                                          \
    }

/* What an award is given for: each piece, each step of the spend, the visit. */
#define ROWS_FOR                                                                                             \
    {.name = "for", CHOICES(for_choices), AT(per), .hint = "\"for\": \"unit\""},                             \
        {.name = "per", AMOUNT, AT(per_minor), .hint = "\"per\": \"5.00\""}, ROW_STEPS_OF

/* ------------------------------------------------------------------------------- rows that are lists */

/* "from" is money or pieces: by what the tiers are reached. */
static void read_steps(struct form *form, const struct form_node *node, const struct form_field *field,
                       struct draft_give *give)
{
    bool is_percent = give->kind == BOOK_TIERED_PERCENT;
    const struct form_field threshold = {
        .name = "from",
        .is_required = true,
        .read = form_read_decimal,
        .offset = offsetof(struct draft_step, threshold),
        .min = 1,
        .max = BOOK_AMOUNT_MAX,
        .decimals = give->tier_by == BOOK_TIER_MATCHED_QUANTITY ? 3 : FORM_DECIMALS_OF_CURRENCY,
        .hint = field->hint};
    const struct form_field value = {.name = is_percent ? "percent" : "amount",
                                     .is_required = true,
                                     .read = form_read_decimal,
                                     .offset = offsetof(struct draft_step, value),
                                     .min = 1,
                                     .max = is_percent ? BOOK_PERCENT_MAX_BP : BOOK_AMOUNT_MAX,
                                     .decimals = is_percent ? 2 : FORM_DECIMALS_OF_CURRENCY,
                                     .hint = field->hint};
    const struct form_field fields[] = {threshold, value};
    for (size_t i = 0; give->steps != NULL && i < json_array_size(node->json); i++) {
        struct form_node item = form_item(node, i);
        (void)form_read_object(form, &item, fields, COUNT_OF(fields), &give->steps[i]);
        give->step_count = (uint32_t)i + 1;
    }
}

static void read_tiers(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_give *give = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_STEPS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 1 to %d tiers", field->name,
                      DRAFT_STEPS_MAX);
        return;
    }
    give->steps = form_take(form, count, sizeof(*give->steps));
    read_steps(form, node, field, give);
}

/* ------------------------------------------------------------------------------------- the kinds' tables */

static const struct form_field percent_off[] = {
    ROW_KIND,
    {.name = "percent", .is_required = true, PERCENT, AT(percent_bp)},
    ROW_EACH,
    {.name = "max_amount", AMOUNT, AT(max_amount_minor), .hint = "\"max_amount\": \"5.00\""},
    {.name = "max_units", UNITS(1), AT(max_units)},
    {.name = "percent_of", CHOICES(percent_of_choices), AT(percent_of)},
};
static const struct form_field amount_off[] = {
    ROW_KIND,
    {.name = "amount", .is_required = true, AMOUNT, AT(amount_minor), .hint = "\"amount\": \"0.50\""},
    ROW_EACH,
    {.name = "max_units", UNITS(1), AT(max_units)},
};
static const struct form_field fixed_price[] = {
    ROW_KIND,
    {.name = "price", .is_required = true, AMOUNT_FROM(0), AT(price_minor), .hint = "\"price\": \"1.99\""},
    ROW_EACH,
};
static const struct form_field buy_get[] = {
    ROW_KIND,
    {.name = "buy", .is_required = true, UNITS(1), AT(buy), .hint = "\"buy\": 2"},
    {.name = "get", .is_required = true, UNITS(1), AT(get), .hint = "\"get\": 1"},
    {.name = "percent", PERCENT, AT(percent_bp)},
    {.name = "amount", AMOUNT, AT(amount_minor)},
    {.name = "price", AMOUNT_FROM(0), AT(price_minor)},
    {.name = "of", .read = draft_read_what, .max = 1, AT(of)},
    ROW_CHOOSE,
    ROW_PLACEMENT,
    ROW_REPEATS,
};
static const struct form_field points_per_spend[] = {
    ROW_KIND,
    {.name = "points", .is_required = true, WHOLE(1, BOOK_POINTS_MAX), AT(points), .hint = "\"points\": 1"},
    {.name = "per", .is_required = true, AMOUNT, AT(per_minor), .hint = "\"per\": \"1.00\""},
    {.name = "basis", CHOICES(basis_choices), AT(basis)},
    ROW_STEPS_OF,
    {.name = "not_earning", .read = draft_read_tenders, AT(not_earning)},
};
static const struct form_field points_multiplier[] = {
    ROW_KIND,
    {.name = "factor",
     .is_required = true,
     .read = form_read_decimal,
     AT(factor_bp),
     .min = 10001,
     .max = BOOK_FACTOR_MAX_BP,
     .decimals = 4,
     .hint = "\"factor\": \"2\" doubles; it must be above 1"},
};
static const struct form_field quantity_group[] = {
    ROW_KIND,
    {.name = "group", .is_required = true, UNITS(2), AT(group), .hint = "\"group\": 6"},
    {.name = "percent", PERCENT, AT(percent_bp)},
    {.name = "amount", AMOUNT, AT(amount_minor)},
};
static const struct form_field tiered_percent[] = {
    ROW_KIND,
    {.name = "by", CHOICES(by_choices), AT(tier_by)},
    {.name = "counted", CHOICES(percent_of_choices), AT(counted)},
    {.name = "percent", PERCENT, AT(percent_bp)},
    {.name = "tiers",
     .is_required = true,
     .read = read_tiers,
     .hint = "\"tiers\": [{\"from\": \"50.00\", \"percent\": \"5\"}]"},
    {.name = "each", CHOICES(tiered_each_choices), AT(each)},
};
static const struct form_field tiered_amount[] = {
    ROW_KIND,
    {.name = "by", CHOICES(by_choices), AT(tier_by)},
    {.name = "counted", CHOICES(percent_of_choices), AT(counted)},
    {.name = "amount", AMOUNT, AT(amount_minor)},
    {.name = "tiers",
     .is_required = true,
     .read = read_tiers,
     .hint = "\"tiers\": [{\"from\": \"50.00\", \"amount\": \"5.00\"}]"},
};
static const struct form_field first_and_more[] = {
    ROW_KIND,
    {.name = "amount", .is_required = true, AMOUNT, AT(amount_minor), .hint = "\"amount\": \"1.00\""},
    {.name = "more_amount",
     .is_required = true,
     AMOUNT,
     AT(more_amount_minor),
     .hint = "\"more_amount\": \"0.50\""},
    {.name = "max_units", UNITS(1), AT(max_units)},
};
static const struct form_field cheapest_unit[] = {
    ROW_KIND,
    {.name = "percent", .is_required = true, PERCENT, AT(percent_bp)},
};
static const struct form_field nth_free[] = {
    ROW_KIND,
    {.name = "group", .is_required = true, UNITS(2), AT(group), .hint = "\"group\": 3"},
    {.name = "get", UNITS(1), AT(get)},
    {.name = "percent", PERCENT, AT(percent_bp)},
    ROW_CHOOSE,
    ROW_PLACEMENT,
    ROW_REPEATS,
};
static const struct form_field bundle[] = {
    ROW_KIND,
    {.name = "price", .is_required = true, AMOUNT_FROM(0), AT(price_minor), .hint = "\"price\": \"5.00\""},
    {.name = "parts",
     .is_required = true,
     .read = draft_read_parts,
     .hint = "\"parts\": [{\"categories\": [\"sandwiches\"], \"units\": 1}]"},
    ROW_REPEATS,
};
static const struct form_field free_units[] = {
    ROW_KIND,
    {.name = "item", .is_required = true, SKU, AT(item), .hint = "\"item\": \"ROLL\""},
    {.name = "per", .is_required = true, UNITS(1), AT(buy), .hint = "\"per\": 3"},
    {.name = "free", .is_required = true, UNITS(1), AT(get), .hint = "\"free\": 1"},
    {.name = "min_units", UNITS(1), AT(min_units)},
    {.name = "max_units", UNITS(1), AT(max_units)},
    ROW_REPEATS,
};
static const struct form_field gift_line[] = {
    ROW_KIND,
    {.name = "item", .is_required = true, SKU, AT(item), .hint = "\"item\": \"MUG\""},
    {.name = "units", UNITS(1), AT(get)},
    {.name = "unit_price", AMOUNT_FROM(0), AT(unit_price_minor)},
    {.name = "charged", AMOUNT_FROM(0), AT(charged_minor)},
};
static const struct form_field points_alone[] = {
    ROW_KIND,
    {.name = "points", .is_required = true, WHOLE(1, BOOK_POINTS_MAX), AT(points), .hint = "\"points\": 5"},
};
static const struct form_field stamps[] = {
    ROW_KIND,
    {.name = "card", .is_required = true, NAME, AT(card), .hint = "\"card\": \"coffee\""},
    {.name = "stamps", .is_required = true, WHOLE(1, BOOK_POINTS_MAX), AT(points), .hint = "\"stamps\": 1"},
    ROWS_FOR,
    {.name = "card_size", UNITS(1), AT(card_size)},
    {.name = "reward", NAME, AT(reward)},
};
static const struct form_field coupon[] = {
    ROW_KIND,
    {.name = "series", .is_required = true, NAME, AT(card), .hint = "\"series\": \"next-time\""},
    {.name = "valid_days", WHOLE(1, 3660), AT(days)},
    {.name = "count", WHOLE(1, 1000), AT(get)},
    ROWS_FOR,
};
static const struct form_field message[] = {
    ROW_KIND,
};
static const struct form_field question[] = {
    ROW_KIND,
    {.name = "answers",
     .is_required = true,
     .read = draft_read_answers,
     .hint = "\"answers\": [{\"en\": \"Yes\"}, {\"en\": \"No\"}]"},
};
static const struct form_field suggestion[] = {
    ROW_KIND,
    {.name = "item", SKU, AT(item)},
    {.name = "next_basket", .read = form_read_true, AT(next_basket)},
};
static const struct form_field ticket[] = {
    ROW_KIND,
    {.name = "lottery", .is_required = true, NAME, AT(card), .hint = "\"lottery\": \"summer\""},
    {.name = "count", WHOLE(1, 1000), AT(get)},
    ROWS_FOR,
};
static const struct form_field price[] = {
    ROW_KIND,
    {.name = "price", AMOUNT_FROM(0), AT(price_minor)},
    {.name = "amount", AMOUNT, AT(amount_minor)},
    {.name = "percent", PERCENT, AT(percent_bp)},
    {.name = "prior_price", AMOUNT, AT(prior_price_minor)},
};
static const struct form_field mix[] = {
    ROW_KIND,
    {.name = "group", .is_required = true, UNITS(2), AT(group), .hint = "\"group\": 3"},
    {.name = "price", AMOUNT, AT(price_minor)},
    {.name = "amount", AMOUNT, AT(amount_minor)},
    {.name = "percent", PERCENT, AT(percent_bp)},
    {.name = "get", UNITS(1), AT(get)},
    ROW_CHOOSE,
    ROW_PLACEMENT,
    ROW_REPEATS,
};

#define ONE_OF_MAX 3

static const struct give_kind {
    enum book_kind kind;
    const struct form_field *fields;
    size_t field_count;
    const char *one_of[ONE_OF_MAX + 1]; /* no two of these may be there; {NULL}: no such choice */
    bool is_optional;                   /* none of them may be there too */
    struct draft_give defaults;
} kinds[] = {
#define ROW(number, table, ...)                                                                              \
    {                                                                                                        \
        .kind = (number), .fields = (table), .field_count = COUNT_OF(table), __VA_ARGS__                     \
    }
#define DEFAULT(...) .defaults = {__VA_ARGS__}
    ROW(BOOK_PERCENT_OFF, percent_off, ),
    ROW(BOOK_AMOUNT_OFF, amount_off, ),
    ROW(BOOK_FIXED_PRICE, fixed_price, ),
    ROW(BOOK_BUY_GET, buy_get, .one_of = {"percent", "amount", "price"}, .is_optional = true),
    ROW(BOOK_POINTS_PER_SPEND, points_per_spend, ),
    ROW(BOOK_POINTS_MULTIPLIER, points_multiplier, ),
    ROW(BOOK_QUANTITY_GROUP, quantity_group, .one_of = {"percent", "amount"}),
    ROW(BOOK_TIERED_PERCENT, tiered_percent, ),
    ROW(BOOK_TIERED_AMOUNT, tiered_amount, ),
    ROW(BOOK_FIRST_AND_MORE, first_and_more, ),
    ROW(BOOK_CHEAPEST_UNIT, cheapest_unit, ),
    ROW(BOOK_NTH_FREE, nth_free, DEFAULT(.percent_bp = BOOK_PERCENT_MAX_BP, .get = 1)),
    ROW(BOOK_BUNDLE, bundle, ),
    ROW(BOOK_FREE_UNITS, free_units, ),
    ROW(BOOK_GIFT_LINE, gift_line, DEFAULT(.get = 1)),
    ROW(BOOK_POINTS_PER_UNIT, points_alone, ),
    ROW(BOOK_POINTS_PER_VISIT, points_alone, ),
    ROW(BOOK_STAMPS, stamps, ),
    ROW(BOOK_COUPON, coupon, DEFAULT(.get = 1)),
    ROW(BOOK_MESSAGE_SHOWN, message, ),
    ROW(BOOK_QUESTION, question, ),
    ROW(BOOK_SUGGESTION, suggestion, .one_of = {"item", "next_basket"}),
    ROW(BOOK_TICKET, ticket, DEFAULT(.get = 1)),
    ROW(BOOK_PRICE, price, .one_of = {"price", "amount", "percent"}),
    ROW(BOOK_MIX, mix, .one_of = {"price", "percent", "amount"}),
#undef ROW
#undef DEFAULT
};

static const struct give_kind *kind_of(struct form *form, const struct form_node *node)
{
    struct form_node name = form_member(node, "kind");
    if (!json_is_string(name.json)) {
        form_complain(form, name.json != NULL ? &name : node, "\"kind\": \"percent_off\"",
                      "\"kind\" must say what is given");
        return NULL;
    }
    uint16_t kind = book_kind_of_name(form_span_of(name.json));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    struct likeness likeness = likeness_of(form_span_of(name.json));
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const char *known = book_kind_name((uint16_t)kinds[i].kind);
        likeness_try(&likeness, span_of_text(known != NULL ? known : ""));
    }
    char hint[FORM_HINT_SIZE];
    form_hint(&likeness,
              "percent_off, amount_off, fixed_price, buy_get, mix, bundle ...: kassa help book kinds", hint);
    form_complain(form, &name, hint, "no offer gives a \"%s\"", json_string_value(name.json));
    return NULL;
}

/* "a", "b" or "c", for a sentence. */
static void check_one_of(struct form *form, const struct form_node *node, const struct give_kind *kind)
{
    unsigned count = 0;
    char names[FORM_HINT_SIZE] = "";
    size_t used = 0;
    for (size_t i = 0; kind->one_of[i] != NULL; i++) {
        const char *between = i == 0 ? "" : kind->one_of[i + 1] == NULL ? " or " : ", ";
        count += json_object_get(node->json, kind->one_of[i]) != NULL;
        int size = snprintf(names + used, sizeof(names) - used, "%s\"%s\"", between, kind->one_of[i]);
        used += size > 0 ? (size_t)size : 0;
    }
    if (count > 1 || (count == 0 && !kind->is_optional))
        form_complain(form, node, count == 0 ? "add one of them" : "leave out all but one",
                      "it says %s, and %s one of them", names, kind->is_optional ? "at most" : "exactly");
}

static void check_award(struct form *form, const struct form_node *node, const struct draft_give *give)
{
    bool has_per = json_object_get(node->json, "per") != NULL;
    if (has_per != (give->per == BOOK_EARN_PER_SPEND))
        form_complain(
            form, node, "\"for\": \"spend\", \"per\": \"5.00\"",
            "\"per\" is the step of the spend: it goes with \"for\": \"spend\", and with that alone");
    if (give->reward.size > 0 && give->card_size == 0)
        form_complain(form, node, "\"card_size\": 10", "a card with a \"reward\" needs its \"card_size\"");
}

static void check_mix(struct form *form, const struct form_node *node, const struct draft_give *give)
{
    struct form_node get = form_member(node, "get");
    if (get.json != NULL && give->percent_bp == 0)
        form_complain(form, &get, "leave it out, or write \"percent\"",
                      "\"get\" says off how many pieces a percentage is");
}

void draft_read_give(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    struct draft_give *give = out;
    if (!json_is_object(node->json)) {
        form_complain(form, node, field->hint, "\"give\" must be an object and is %s",
                      form_kind_of(node->json));
        return;
    }
    const struct give_kind *kind = kind_of(form, node);
    if (kind == NULL)
        return;
    *give = kind->defaults;
    give->kind = kind->kind;
    give->each = DRAFT_EACH_AUTO;
    give->price_minor = DRAFT_ABSENT;
    if (!form_read_object(form, node, kind->fields, kind->field_count, give))
        return;
    if (kind->one_of[0] != NULL)
        check_one_of(form, node, kind);
    bool is_for_nothing = kind->kind == BOOK_BUY_GET && give->percent_bp == 0 && give->amount_minor == 0 &&
                          give->price_minor == DRAFT_ABSENT;
    if (is_for_nothing)
        give->percent_bp = BOOK_PERCENT_MAX_BP; /* "get" means for nothing, unless it says otherwise */
    if (kind->kind == BOOK_STAMPS || kind->kind == BOOK_COUPON || kind->kind == BOOK_TICKET)
        check_award(form, node, give);
    if (kind->kind == BOOK_MIX)
        check_mix(form, node, give);
}
