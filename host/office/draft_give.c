/* SPDX-License-Identifier: Apache-2.0 */
/* What an offer gives: for each kind, the fields that it takes. A new kind is a table here and a row in
 * kinds[]. */
#include "base/likeness.h"
#include "office/book_draft.h"

static const struct form_choice each_choices[] = {
    {"unit", BOOK_EACH_UNIT}, {"line", BOOK_EACH_LINE}, {"together", BOOK_TOGETHER}};
static const struct form_choice percent_of_choices[] = {{"running", BOOK_RUNNING}, {"initial", BOOK_INITIAL}};
static const struct form_choice choose_choices[] = {{"cheapest", BOOK_CHEAPEST}, {"dearest", BOOK_DEAREST}};
static const struct form_choice placement_choices[] = {{"spread", BOOK_SPREAD}, {"on_get", BOOK_ON_GET}};
static const struct form_choice basis_choices[] = {
    {"net", BOOK_NET}, {"net_before_basket", BOOK_NET_BEFORE_BASKET}, {"gross", BOOK_GROSS}};

#define AT(member)     .offset = offsetof(struct draft_give, member)
#define CHOICES(table) .read = form_read_choice, .choices = table, .choice_count = COUNT_OF(table)
#define AMOUNT                                                                                               \
    .read = form_read_decimal, .min = 1, .max = BOOK_AMOUNT_MAX, .decimals = FORM_DECIMALS_OF_CURRENCY
#define WHOLE(least, most) .read = form_read_integer, .min = (least), .max = (most)

#define ROW_KIND                                                                                             \
    {                                                                                                        \
        .name = "kind", .read = form_read_nothing                                                            \
    }
#define ROW_EACH                                                                                             \
    {                                                                                                        \
        .name = "each", CHOICES(each_choices), AT(each)                                                      \
    }
#define ROW_PERCENT(required)                                                                                \
    {                                                                                                        \
        .name = "percent", .is_required = (required), .read = form_read_decimal, AT(percent_bp), .min = 1,   \
        .max = BOOK_PERCENT_MAX_BP, .decimals = 2, .hint = "\"percent\": \"20\", at most \"100\""            \
    }

static const struct form_field percent_off[] = {
    ROW_KIND,
    ROW_PERCENT(true),
    ROW_EACH,
    {.name = "max_amount", AMOUNT, AT(max_amount_minor), .hint = "\"max_amount\": \"5.00\""},
    {.name = "percent_of", CHOICES(percent_of_choices), AT(percent_of)},
};
static const struct form_field amount_off[] = {
    ROW_KIND,
    {.name = "amount", .is_required = true, AMOUNT, AT(amount_minor), .hint = "\"amount\": \"0.50\""},
    ROW_EACH,
};
static const struct form_field fixed_price[] = {
    ROW_KIND,
    {.name = "price",
     .is_required = true,
     .read = form_read_decimal,
     .min = 0,
     .max = BOOK_AMOUNT_MAX,
     .decimals = FORM_DECIMALS_OF_CURRENCY,
     AT(amount_minor),
     .hint = "\"price\": \"1.99\""},
    ROW_EACH,
};
static const struct form_field buy_get[] = {
    ROW_KIND,
    {.name = "buy", .is_required = true, WHOLE(1, BOOK_UNITS_MAX), AT(buy), .hint = "\"buy\": 2"},
    {.name = "get", .is_required = true, WHOLE(1, BOOK_UNITS_MAX), AT(get), .hint = "\"get\": 1"},
    ROW_PERCENT(false),
    {.name = "of", .read = draft_read_what, .max = 1, AT(of)},
    {.name = "choose", CHOICES(choose_choices), AT(choose)},
    {.name = "placement", CHOICES(placement_choices), AT(placement)},
    {.name = "repeats_max", WHOLE(1, BOOK_UNITS_MAX), AT(repeats_max), .hint = "leave it out for no bound"},
};
static const struct form_field points_per_spend[] = {
    ROW_KIND,
    {.name = "points", .is_required = true, WHOLE(1, BOOK_POINTS_MAX), AT(points), .hint = "\"points\": 1"},
    {.name = "per", .is_required = true, AMOUNT, AT(per_minor), .hint = "\"per\": \"1.00\""},
    {.name = "basis", CHOICES(basis_choices), AT(basis)},
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

static const struct give_kind {
    enum book_kind kind;
    const struct form_field *fields;
    size_t field_count;
} kinds[] = {
    {BOOK_PERCENT_OFF, percent_off, COUNT_OF(percent_off)},
    {BOOK_AMOUNT_OFF, amount_off, COUNT_OF(amount_off)},
    {BOOK_FIXED_PRICE, fixed_price, COUNT_OF(fixed_price)},
    {BOOK_BUY_GET, buy_get, COUNT_OF(buy_get)},
    {BOOK_POINTS_PER_SPEND, points_per_spend, COUNT_OF(points_per_spend)},
    {BOOK_POINTS_MULTIPLIER, points_multiplier, COUNT_OF(points_multiplier)},
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
    struct likeness likeness = likeness_of(form_span_of(name.json));
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind == kind)
            return &kinds[i];
        likeness_try(&likeness, span_of_text(book_kind_name((uint16_t)kinds[i].kind)));
    }
    char hint[FORM_HINT_SIZE];
    form_hint(&likeness,
              "one of: percent_off amount_off fixed_price buy_get points_per_spend points_multiplier", hint);
    form_complain(form, &name, hint, "no offer gives a \"%s\"", json_string_value(name.json));
    return NULL;
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
    give->kind = kind->kind;
    give->each = DRAFT_EACH_AUTO;
    if (kind->kind == BOOK_BUY_GET)
        give->percent_bp = BOOK_PERCENT_MAX_BP; /* "get" means for nothing, unless it says how much off */
    (void)form_read_object(form, node, kind->fields, kind->field_count, give);
}
