/* SPDX-License-Identifier: Apache-2.0 */
/* How much of an offer is given: a table of limits. */
#include "office/book_draft.h"

#define COUNT_MAX 1000000000

static const struct form_choice what_choices[] = {{"uses", BOOK_LIMIT_USES},
                                                  {"units", BOOK_LIMIT_UNITS},
                                                  {"amount", BOOK_LIMIT_AMOUNT},
                                                  {"points", BOOK_LIMIT_POINTS}};
static const struct form_choice per_choices[] = {{"line", BOOK_PER_LINE},     {"basket", BOOK_PER_BASKET},
                                                 {"member", BOOK_PER_MEMBER}, {"till", BOOK_PER_TILL},
                                                 {"store", BOOK_PER_STORE},   {"chain", BOOK_PER_CHAIN}};
static const struct form_choice period_choices[] = {
    {"day", BOOK_DAY}, {"week", BOOK_WEEK}, {"month", BOOK_MONTH}, {"year", BOOK_YEAR}};

/* What is counted stands before it in the table: money is a decimal text, all else a whole number. */
static void read_most(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out)
{
    struct draft_limit *limit = out;
    const struct form_field count = {.name = field->name, .min = 1, .max = COUNT_MAX, .hint = "\"most\": 1"};
    const struct form_field amount = {.name = field->name,
                                      .min = 1,
                                      .max = BOOK_AMOUNT_MAX,
                                      .decimals = FORM_DECIMALS_OF_CURRENCY,
                                      .hint = "\"most\": \"50.00\""};
    if (limit->what == BOOK_LIMIT_AMOUNT)
        form_read_decimal(form, node, &amount, &limit->most);
    else if (limit->what != DRAFT_ABSENT)
        form_read_integer(form, node, &count, &limit->most);
}

#define AT(member)     .offset = offsetof(struct draft_limit, member)
#define CHOICES(table) .read = form_read_choice, .choices = table, .choice_count = COUNT_OF(table)
#define SAMPLE         "{\"what\": \"uses\", \"per\": \"member\", \"period\": \"day\", \"most\": 1}"

static const struct form_field limit_fields[] = {
    {.name = "what", .is_required = true, CHOICES(what_choices), AT(what), .hint = SAMPLE},
    {.name = "per", .is_required = true, CHOICES(per_choices), AT(per), .hint = SAMPLE},
    {.name = "period", CHOICES(period_choices), AT(period)},
    {.name = "most", .is_required = true, .read = read_most, .hint = SAMPLE},
    {.name = "partial", .read = form_read_flag, AT(partial)},
};

static void check_limit(struct form *form, const struct form_node *node, const struct draft_limit *limit)
{
    struct form_node period = form_member(node, "period");
    if (limit->period != BOOK_EVER && limit->per <= BOOK_PER_BASKET)
        form_complain(form, &period, "leave \"period\" out",
                      "a limit per line or basket has no period: it begins anew with each receipt");
}

void draft_read_limits(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_offer *offer = out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_LIMITS_MAX) {
        form_complain(form, node, field->hint, "\"%s\" must be a list of 1 to %d limits", field->name,
                      DRAFT_LIMITS_MAX);
        return;
    }
    offer->limits = form_take(form, count, sizeof(*offer->limits));
    for (size_t i = 0; offer->limits != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct draft_limit *limit = &offer->limits[i];
        *limit = (struct draft_limit){.what = DRAFT_ABSENT, .per = BOOK_PER_CHAIN, .period = BOOK_EVER};
        if (form_read_object(form, &item, limit_fields, COUNT_OF(limit_fields), limit))
            check_limit(form, &item, limit);
        offer->limit_count = (uint32_t)i + 1;
    }
}
