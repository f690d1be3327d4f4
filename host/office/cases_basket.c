/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "basket": price rules, then rules, then earn rules, over lines, a customer and a context. */
#include "base/money.h"
#include "office/cases_book.h"

#define TAX_RATE_MAX_BP 100000

/* ---- lines */

struct line_words {
    const char *sku, *type;
    const json_t *categories;
    int64_t qty, unit_price, list_price, floor_unit_price, tax_percent, returned, weighed, reduced,
        discountable, no_discount, earns, no_points;
};

#define AT(member) offsetof(struct line_words, member)

static const struct case_word line_words[] = {
    CASE_MUST("sku", CASE_TEXT, AT(sku)),
    CASE_MAY("categories|category", CASE_ANY, AT(categories)),
    CASE_MUST("qty|quantity", CASE_QUANTITY, AT(qty)),
    CASE_MUST("unit_price", CASE_NUMBER, AT(unit_price)),
    CASE_MAY("list_price|list_unit_price|original_unit_price", CASE_NUMBER, AT(list_price)),
    CASE_MAY("floor_unit_price|min_unit_price", CASE_NUMBER, AT(floor_unit_price)),
    CASE_MAY("tax_percent|tax_rate", CASE_PERCENT, AT(tax_percent)),
    CASE_MAY("type|kind", CASE_TEXT, AT(type)),
    CASE_MAY("returned|is_return", CASE_FLAG, AT(returned)),
    CASE_MAY("weighed", CASE_FLAG, AT(weighed)),
    CASE_MAY("reduced|is_reduced", CASE_FLAG, AT(reduced)),
    CASE_MAY("discountable", CASE_FLAG, AT(discountable)),
    CASE_MAY("no_discount", CASE_FLAG, AT(no_discount)),
    CASE_MAY("earns|loyalty_eligible", CASE_FLAG, AT(earns)),
    CASE_MAY("no_points", CASE_FLAG, AT(no_points)),
    CASE_MAY("unit|description|name|notes|note", CASE_NOTE, 0),
};

static void read_categories(struct case_run *run, const json_t *json, struct offers_line *line)
{
    size_t count = json_is_array(json) ? json_array_size(json) : json != NULL ? 1 : 0;
    if (count > CATEGORIES_PER_LINE_MAX)
        case_fault(run, "a line has more than %d categories", CATEGORIES_PER_LINE_MAX);
    for (size_t i = 0; i < count && i < CATEGORIES_PER_LINE_MAX; i++) {
        const json_t *name = json_is_array(json) ? json_array_get(json, i) : json;
        if (!json_is_string(name))
            case_fault(run, "a line: a category is not a text");
        else
            line->categories[line->category_count++] = span_of_text(json_string_value(name));
    }
}

/* What discounts leave of a line at the least, out of what they leave of a unit. */
static int64_t floor_of_line(struct case_book *book, const struct line_words *words)
{
    int64_t floor = 0;
    if (words->floor_unit_price != CASE_ABSENT)
        (void)case_ok(book->run,
                      money_extend(case_price_e5(book, words->floor_unit_price), words->qty,
                                   book->basket.exponent, &floor),
                      "floor_unit_price");
    return floor;
}

static const struct case_choice line_types[] = {{"sale", false}, {"return|refund", true}};

/* A returned line has a negative quantity, whether the case writes it so or says that it is one. */
static int64_t quantity_of(struct case_run *run, const struct line_words *words)
{
    bool is_return = words->returned == 1;
    is_return = case_choose(run, "a line's type", words->type, line_types, COUNT_OF(line_types), is_return);
    return is_return && words->qty > 0 ? -words->qty : words->qty;
}

static struct offers_line read_line(struct case_book *book, const json_t *json, bool is_return)
{
    struct line_words words;
    struct offers_line line = {0};
    case_read(book->run, "a line", json, line_words, COUNT_OF(line_words), &words, NULL);
    if (!case_is_sound(book->run))
        return line;
    line.sku = span_of_text(words.sku);
    line.quantity_milli = quantity_of(book->run, &words);
    if (is_return && line.quantity_milli > 0)
        line.quantity_milli = -line.quantity_milli;
    line.unit_price_e5 = case_price_e5(book, words.unit_price);
    line.list_price_e5 = words.list_price != CASE_ABSENT ? case_price_e5(book, words.list_price) : 0;
    line.is_reduced = words.reduced == 1 || line.list_price_e5 > line.unit_price_e5;
    line.floor_minor = floor_of_line(book, &words);
    line.tax_rate_bp =
        case_count(book->run, "a line: \"tax_percent\"", words.tax_percent, TAX_RATE_MAX_BP, 0);
    line.weighed = words.weighed == 1;
    line.no_discount = words.no_discount == 1 || words.discountable == 0;
    line.no_points = words.no_points == 1 || words.earns == 0;
    read_categories(book->run, words.categories, &line);
    return line;
}

static void read_lines(struct case_book *book, const json_t *lines, bool is_return)
{
    size_t i, count = json_array_size(lines);
    json_t *item;
    struct offers_line *rows = case_take(book->run, count, sizeof(*rows));
    if (rows == NULL)
        return;
    json_array_foreach((json_t *)(uintptr_t)lines, i, item) rows[i] = read_line(book, item, is_return);
    book->basket.lines = rows;
    book->basket.line_count = (uint32_t)count;
}

/* ---- who, when and where */

struct customer_words {
    const char *id, *tier;
    const json_t *groups, *birthday;
    int64_t completed_orders, points;
};

static const struct case_word customer_words[] = {
    CASE_MAY("id", CASE_TEXT, offsetof(struct customer_words, id)),
    CASE_MAY("groups|group|segments", CASE_ANY, offsetof(struct customer_words, groups)),
    CASE_MAY("completed_orders", CASE_NUMBER, offsetof(struct customer_words, completed_orders)),
    CASE_MAY("points", CASE_NUMBER, offsetof(struct customer_words, points)),
    CASE_MAY("tier", CASE_TEXT, offsetof(struct customer_words, tier)),
    CASE_MAY("notes|note|name", CASE_NOTE, 0),
};

static void read_groups(struct case_book *book, const json_t *json)
{
    size_t count = json_is_array(json) ? json_array_size(json) : json != NULL ? 1 : 0;
    struct span *names = case_take(book->run, count, sizeof(*names));
    for (size_t i = 0; i < count && names != NULL; i++) {
        const json_t *name = json_is_array(json) ? json_array_get(json, i) : json;
        if (!json_is_string(name))
            case_fault(book->run, "the customer: a group is not a text");
        else
            names[i] = span_of_text(json_string_value(name));
    }
    if (count > SEGMENTS_MAX)
        case_fault(book->run, "the customer is in more than %d groups", SEGMENTS_MAX);
    book->member.segments = names;
    book->member.segment_count = (uint32_t)count;
}

static void read_customer(struct case_book *book, const json_t *json)
{
    struct customer_words words;
    if (json == NULL)
        return;
    case_read(book->run, "the customer", json, customer_words, COUNT_OF(customer_words), &words, NULL);
    if (!case_is_sound(book->run))
        return;
    struct offers_member *member = &book->member;
    member->known = true;
    if (words.id != NULL) /* only that two customers differ matters */
        memcpy(member->id, words.id, strlen(words.id) < MEMBER_SIZE ? strlen(words.id) : MEMBER_SIZE);
    member->tier = span_of_text(words.tier != NULL ? words.tier : "");
    member->visits = case_count(book->run, "the customer: \"completed_orders\"", words.completed_orders,
                                UINT32_MAX - 1, 0);
    member->points = case_or(words.points, 0);
    read_groups(book, words.groups);
}

struct context_words {
    const char *tax_mode, *channel, *store, *type;
    const json_t *coupons;
    int64_t date, burn_points, returned;
};

static const struct case_word context_words[] = {
    CASE_MAY("date|now|day", CASE_DAY, offsetof(struct context_words, date)),
    CASE_MAY("coupons_presented|coupons", CASE_LIST, offsetof(struct context_words, coupons)),
    CASE_MAY("tax_mode", CASE_TEXT, offsetof(struct context_words, tax_mode)),
    CASE_MAY("channel", CASE_TEXT, offsetof(struct context_words, channel)),
    CASE_MAY("store", CASE_TEXT, offsetof(struct context_words, store)),
    CASE_MAY("burn_points|points_to_use", CASE_NUMBER, offsetof(struct context_words, burn_points)),
    CASE_MAY("type|kind|transaction", CASE_TEXT, offsetof(struct context_words, type)),
    CASE_MAY("returned|is_return|return", CASE_FLAG, offsetof(struct context_words, returned)),
    CASE_MAY("notes|note", CASE_NOTE, 0),
};

static const struct case_choice tax_modes[] = {{"inclusive|gross|included", OFFERS_GROSS_PRICES},
                                               {"exclusive|net|excluded", OFFERS_NET_PRICES}};

static void read_coupons(struct case_book *book, const json_t *list)
{
    size_t i, count = json_array_size(list);
    json_t *item;
    struct offers_coupon *rows = case_take(book->run, count, sizeof(*rows));
    json_array_foreach((json_t *)(uintptr_t)list, i, item)
    {
        if (!json_is_string(item))
            case_fault(book->run, "a presented coupon is not a text");
        else if (rows != NULL)
            rows[i] = (struct offers_coupon){.code = span_of_text(json_string_value(item)),
                                             .serial = span_of_text(""),
                                             .state = OFFERS_COUPON_FRESH};
    }
    book->basket.coupons = rows;
    book->basket.coupon_count = (uint32_t)count;
}

/* Answers whether all of it comes back: every line of such a basket is a returned one. */
static bool read_context(struct case_book *book, const json_t *json)
{
    struct context_words words;
    if (json == NULL)
        return false;
    case_read(book->run, "the context", json, context_words, COUNT_OF(context_words), &words, NULL);
    if (!case_is_sound(book->run))
        return false;
    book->basket.price_mode = (uint8_t)case_choose(book->run, "tax_mode", words.tax_mode, tax_modes,
                                                   COUNT_OF(tax_modes), OFFERS_GROSS_PRICES);
    book->basket.burn_points = case_or(words.burn_points, 0);
    book->moment.day = (int32_t)case_or(words.date, book->moment.day);
    book->moment.channel = span_of_text(words.channel != NULL ? words.channel : "");
    book->moment.store = span_of_text(words.store != NULL ? words.store : "");
    read_coupons(book, words.coupons);
    return case_choose(book->run, "the context's type", words.type, line_types, COUNT_OF(line_types),
                       words.returned == 1);
}

/* ---- how the rules are evaluated */

struct evaluation_words {
    const char *order, *exclusive, *choose, *percent_of, *conditions_on, *allocation;
};

static const struct case_word evaluation_words[] = {
    CASE_MAY("order", CASE_TEXT, offsetof(struct evaluation_words, order)),
    CASE_MAY("exclusive", CASE_TEXT, offsetof(struct evaluation_words, exclusive)),
    CASE_MAY("choose", CASE_TEXT, offsetof(struct evaluation_words, choose)),
    CASE_MAY("percent_of", CASE_TEXT, offsetof(struct evaluation_words, percent_of)),
    CASE_MAY("conditions_on", CASE_TEXT, offsetof(struct evaluation_words, conditions_on)),
    CASE_MAY("allocation", CASE_TEXT, offsetof(struct evaluation_words, allocation)),
};

enum order { AS_LISTED, DESCENDING, ASCENDING };
static const struct case_choice orders[] = {
    {"listed", AS_LISTED}, {"priority_desc", DESCENDING}, {"priority_asc|priority", ASCENDING}};
static const struct case_choice exclusives[] = {{"first_eligible_exclusive_wins", BOOK_EXCLUSIVE_IN_BASKET},
                                                {"if_better|exclusive_if_better", BOOK_EXCLUSIVE_IF_BETTER}};
static const struct case_choice lane_modes[] = {{"all", BOOK_LANE_ALL},
                                                {"best_single_rule_per_line", BOOK_LANE_BEST_PER_LINE},
                                                {"highest_priority_only", BOOK_LANE_HIGHEST_PRIORITY},
                                                {"first_eligible|exclusive", BOOK_LANE_EXCLUSIVE},
                                                {"sum_percent_of_list", BOOK_LANE_SUM_PERCENT},
                                                {"best_combination", BOOK_LANE_BEST_COMBINATION}};
static const struct case_choice bases[] = {{"running", BOOK_RUNNING}, {"list|initial", BOOK_INITIAL}};

static void read_evaluation(struct case_book *book, const json_t *json)
{
    struct case_run *run = book->run;
    struct evaluation_words words;
    if (json == NULL)
        return;
    case_read(run, "the evaluation", json, evaluation_words, COUNT_OF(evaluation_words), &words, NULL);
    enum book_lane_mode mode = (enum book_lane_mode)case_choose(run, "choose", words.choose, lane_modes,
                                                                COUNT_OF(lane_modes), BOOK_LANE_ALL);
    /* Which priority is the highest is asked whatever the order. */
    enum order otherwise = mode == BOOK_LANE_HIGHEST_PRIORITY ? DESCENDING : AS_LISTED;
    enum order order =
        (enum order)case_choose(run, "order", words.order, orders, COUNT_OF(orders), (int)otherwise);
    if (order == AS_LISTED)
        order = otherwise;
    book->lanes[CASE_LANE_RULES].mode = mode;
    book->modes.is_by_priority = order != AS_LISTED;
    book->modes.is_ascending = order == ASCENDING;
    book->modes.exclusive = (enum book_exclusive)case_choose(run, "exclusive", words.exclusive, exclusives,
                                                             COUNT_OF(exclusives), BOOK_EXCLUSIVE_IN_BASKET);
    book->modes.percent_of = (enum book_base)case_choose(run, "percent_of", words.percent_of, bases,
                                                         COUNT_OF(bases), BOOK_RUNNING);
    book->modes.conditions_on = (enum book_base)case_choose(run, "conditions_on", words.conditions_on, bases,
                                                            COUNT_OF(bases), BOOK_RUNNING);
    book->source.sharing = case_sharing(run, words.allocation);
}

/* ---- the whole */

struct basket_words {
    const json_t *lines;
    const char *type;
    int64_t returned;
};

static const struct case_word basket_words[] = {
    CASE_MUST("lines", CASE_LIST, offsetof(struct basket_words, lines)),
    CASE_MAY("type|kind", CASE_TEXT, offsetof(struct basket_words, type)),
    CASE_MAY("returned|is_return", CASE_FLAG, offsetof(struct basket_words, returned)),
};

struct body_words {
    const json_t *basket, *rules, *price_rules, *earn_rules, *evaluation, *context, *customer, *tenders,
        *expected;
};

static const struct case_word body_words[] = {
    CASE_MUST("basket", CASE_OBJECT, offsetof(struct body_words, basket)),
    CASE_MAY("rules", CASE_LIST, offsetof(struct body_words, rules)),
    CASE_MAY("price_rules", CASE_LIST, offsetof(struct body_words, price_rules)),
    CASE_MAY("earn_rules", CASE_LIST, offsetof(struct body_words, earn_rules)),
    CASE_MAY("evaluation", CASE_OBJECT, offsetof(struct body_words, evaluation)),
    CASE_MAY("context", CASE_OBJECT, offsetof(struct body_words, context)),
    CASE_MAY("customer", CASE_OBJECT, offsetof(struct body_words, customer)),
    CASE_MAY("tenders", CASE_LIST, offsetof(struct body_words, tenders)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct body_words, expected)),
};

void case_run_basket(struct case_run *run)
{
    struct body_words body;
    struct basket_words basket;
    struct case_head head;
    case_read_head(run, &head);
    case_read_body(run, body_words, COUNT_OF(body_words), &body);
    if (body.basket != NULL)
        case_read(run, "the basket", body.basket, basket_words, COUNT_OF(basket_words), &basket, NULL);
    struct case_book *book = case_is_sound(run) ? case_book_new(run, head.minor_digits) : NULL;
    if (book == NULL)
        return;
    read_evaluation(book, body.evaluation);
    read_customer(book, body.customer);
    bool is_return = read_context(book, body.context);
    read_lines(book, basket.lines,
               case_choose(run, "the basket's type", basket.type, line_types, COUNT_OF(line_types),
                           is_return || basket.returned == 1));
    case_add_price_rules(book, body.price_rules);
    case_add_rules(book, body.rules);
    case_add_earn_rules(book, body.earn_rules);
    case_add_tenders(book, body.tenders);
    if (case_price(book))
        case_expect(book, body.expected);
}
