/* SPDX-License-Identifier: Apache-2.0 */
#include "office/cases_book.h"

#include "base/civil.h"

#define E5_DECIMALS  5
#define NOON_MINUTES (12 * 60)

static void set_lanes(struct case_book *book)
{
    static const char *const names[CASE_LANES] = {
        [CASE_LANE_PRICES] = "prices", [CASE_LANE_RULES] = "rules", [CASE_LANE_POINTS] = "points"};
    for (size_t i = 0; i < CASE_LANES; i++)
        book->lanes[i] = (struct book_source_lane){.name = span_of_text(names[i]), .mode = BOOK_LANE_ALL};
}

static int32_t default_day(void)
{
    int32_t day = 0;
    enum err error = civil_parse_day(span_of_text(CASE_DAY_DEFAULT), &day);
    KASSA_ASSERT(error == ERR_OK);
    return day;
}

struct case_book *case_book_new(struct case_run *run, int64_t minor_digits)
{
    struct case_book *book = case_take(run, 1, sizeof(*book));
    if (book == NULL)
        return NULL;
    book->run = run;
    set_lanes(book);
    book->source = (struct book_source){.version = 1,
                                        .valid_from_day = BOOK_DAY_FIRST,
                                        .currency = span_of_text("XXX"),
                                        .exponent = (uint8_t)minor_digits,
                                        .programme = span_of_text("cases"),
                                        .lanes = book->lanes,
                                        .lane_count = CASE_LANES,
                                        .offers = book->offers,
                                        .order = BOOK_BY_PRIORITY};
    book->basket.exponent = (uint8_t)minor_digits;
    book->moment = (struct offers_moment){.day = default_day(), .minute_of_day = NOON_MINUTES};
    book->modes.exclusive = BOOK_EXCLUSIVE_IN_BASKET;
    return book;
}

struct book_source_offer *case_add_offer(struct case_book *book, const char *name, enum book_kind kind,
                                         enum book_scope scope, uint32_t lane)
{
    uint32_t i = book->source.offer_count;
    if (i == CASE_OFFERS_MAX) {
        case_fault(book->run, "there are more than %d rules", CASE_OFFERS_MAX);
        return NULL;
    }
    book->source.offer_count++;
    book->names[i] = name;
    book->offers[i] = (struct book_source_offer){.id = span_of_text(case_text(book->run, "r%05u", i)),
                                                 .version = 1,
                                                 .kind = (uint16_t)kind,
                                                 .scope = scope,
                                                 .weekdays = BOOK_WEEKDAYS_ALL,
                                                 .from_day = BOOK_DAY_FIRST,
                                                 .until_day = BOOK_DAY_LAST,
                                                 .lane = lane,
                                                 .target = {.everything = true}};
    return &book->offers[i];
}

uint32_t case_lane(struct case_book *book, const char *name)
{
    uint32_t count = book->source.lane_count;
    struct span wanted = span_of_text(name);
    for (uint32_t i = CASE_LANES; i < count; i++) {
        if (span_is_equal(book->lanes[i].name, wanted))
            return i;
    }
    if (count == CASE_LANES_MAX) {
        case_fault(book->run, "there are more than %d lanes", CASE_LANES_MAX - CASE_LANES);
        return CASE_LANE_RULES;
    }
    book->lanes[count] = (struct book_source_lane){.name = wanted, .mode = book->lanes[CASE_LANE_RULES].mode};
    return book->source.lane_count++;
}

void case_add_condition(struct case_book *book, struct book_source_offer *offer,
                        const struct book_source_condition *condition)
{
    if (offer->conditions == NULL)
        offer->conditions = case_take(book->run, CASE_CONDITIONS_MAX, sizeof(*offer->conditions));
    if (offer->conditions == NULL)
        return;
    if (offer->condition_count == CASE_CONDITIONS_MAX) {
        case_fault(book->run, "a rule has more than %d conditions", CASE_CONDITIONS_MAX);
        return;
    }
    struct book_source_condition *rows = (struct book_source_condition *)(uintptr_t)offer->conditions;
    rows[offer->condition_count++] = *condition;
}

void case_add_limit(struct case_book *book, struct book_source_offer *offer, const struct book_limit *limit,
                    int64_t used)
{
    if (offer->limits == NULL)
        offer->limits = case_take(book->run, CASE_LIMITS_MAX, sizeof(*offer->limits));
    if (offer->limits == NULL)
        return;
    if (offer->limit_count == CASE_LIMITS_MAX) {
        case_fault(book->run, "a rule has more than %d limits", CASE_LIMITS_MAX);
        return;
    }
    struct book_limit *rows = (struct book_limit *)(uintptr_t)offer->limits;
    book->uses[book->use_count++] =
        (struct case_use){(uint32_t)(offer - book->offers), offer->limit_count, used};
    rows[offer->limit_count++] = *limit;
}

const struct span *case_one_name(struct case_run *run, const char *name)
{
    struct span *names = case_take(run, 1, sizeof(*names));
    if (names != NULL)
        *names = span_of_text(name);
    return names;
}

int64_t case_price_e5(struct case_book *book, int64_t minor)
{
    int64_t price = minor;
    for (unsigned i = book->basket.exponent; i < E5_DECIMALS; i++) {
        if (__builtin_mul_overflow(price, 10, &price)) {
            case_fault(book->run, "a unit price is too large");
            return 0;
        }
    }
    return price;
}

/* ---- pricing */

static bool build(struct case_book *book)
{
    struct case_run *run = book->run;
    struct book_fault fault = {.offer = BOOK_NONE};
    struct span bytes;
    size_t size = book_builder_memory_size(&book->source);
    void *memory = case_take(run, 1, size);
    if (memory == NULL)
        return false;
    enum err error = book_builder_write(&book->source, memory, size, &bytes, &fault);
    if (error == ERR_ARGUMENT) {
        const char *name = fault.offer != BOOK_NONE ? book->names[fault.offer] : "the book";
        case_fault(run, "%s: %s %s", name != NULL ? name : "a rule without an id", fault.field, fault.what);
        return false;
    }
    return case_ok(run, error, "the book is not built") &&
           case_ok(run, book_open(bytes, &book->book), "the book is not opened");
}

uint32_t case_offer_index(const struct case_book *book, uint32_t i)
{
    return book_find_offer(&book->book, book->offers[i].id);
}

static bool is_before(const struct offers_counter *a, const struct offers_counter *b)
{
    return a->offer != b->offer ? a->offer < b->offer : a->limit < b->limit;
}

/* What is used up, in the order of the open book. */
static void count_uses(struct case_book *book)
{
    for (uint32_t i = 0; i < book->use_count; i++) {
        const struct case_use *use = &book->uses[i];
        struct offers_counter row = {
            .offer = case_offer_index(book, use->offer), .limit = use->limit, .used = use->used};
        uint32_t at = i;
        for (; at > 0 && is_before(&row, &book->counters[at - 1]); at--)
            book->counters[at] = book->counters[at - 1];
        book->counters[at] = row;
    }
    book->basket.counters = book->counters;
    book->basket.counter_count = book->use_count;
}

bool case_price(struct case_book *book)
{
    struct case_run *run = book->run;
    if (!case_is_sound(run) || !build(book))
        return false;
    size_t size = offers_workspace_size();
    void *memory = case_take(run, 1, size);
    if (memory == NULL)
        return false;
    count_uses(book);
    return case_ok(run,
                   offers_price(&book->book, &book->basket, &book->member, &book->moment,
                                offers_workspace_init(memory, size), &book->result),
                   "the basket is not priced");
}
