/* SPDX-License-Identifier: Apache-2.0 */
/* When an offer holds: days, weekdays, hours, all in the store's own time zone. */
#include "office/book_draft.h"

static const struct form_choice weekday_choices[] = {{"mon", 0}, {"tue", 1}, {"wed", 2}, {"thu", 3},
                                                     {"fri", 4}, {"sat", 5}, {"sun", 6}};

static bool read_two_digits(const uint8_t *at, unsigned max, unsigned *out)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *out = (at[0] - '0') * 10u + (at[1] - '0');
    return *out <= max;
}

/* "08:30" as minutes of the day; "24:00" is its end. */
static void read_minute(struct form *form, const struct form_node *node, const struct form_field *field,
                        void *out)
{
    struct span text = json_is_string(node->json) ? form_span_of(node->json) : span_of("", 0);
    unsigned hour, minute;
    bool is_time = text.size == 5 && text.bytes[2] == ':' && read_two_digits(text.bytes, 24, &hour) &&
                   read_two_digits(text.bytes + 3, 59, &minute);
    if (is_time && hour * 60 + minute <= field->max)
        *(int64_t *)out = hour * 60 + minute;
    else
        form_complain(form, node, "write it as \"08:30\"", "\"%s\" is no time of the day", field->name);
}

struct hours {
    int64_t from, until;
};
static const struct form_field hours_fields[] = {
    {.name = "from",
     .is_required = true,
     .read = read_minute,
     .offset = offsetof(struct hours, from),
     .max = BOOK_MINUTES_A_DAY - 1,
     .hint = "{\"from\": \"08:00\", \"until\": \"11:00\"}"},
    {.name = "until",
     .is_required = true,
     .read = read_minute,
     .offset = offsetof(struct hours, until),
     .max = BOOK_MINUTES_A_DAY,
     .hint = "{\"from\": \"08:00\", \"until\": \"11:00\"}"},
};

static void read_hours(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out)
{
    struct draft_offer *offer = (struct draft_offer *)out;
    size_t count = json_array_size(node->json);
    if (!json_is_array(node->json) || count == 0 || count > DRAFT_HOURS_MAX) {
        form_complain(form, node, field->hint, "\"hours\" must be a list of 1 to %d ranges", DRAFT_HOURS_MAX);
        return;
    }
    offer->hours = form_take(form, count, sizeof(*offer->hours));
    for (size_t i = 0; offer->hours != NULL && i < count; i++) {
        struct form_node item = form_item(node, i);
        struct hours hours = {0};
        if (!form_read_object(form, &item, hours_fields, COUNT_OF(hours_fields), &hours))
            continue;
        if (hours.from == hours.until)
            form_complain(form, &item, "for the whole day leave \"hours\" out",
                          "the range is empty: it ends when it begins");
        offer->hours[offer->hour_count++] = (struct book_hours){(uint16_t)hours.from, (uint16_t)hours.until};
    }
}

static const struct form_field when_fields[] = {
    {.name = "from", .read = form_read_day, .offset = offsetof(struct draft_offer, from_day)},
    {.name = "until", .read = form_read_day, .offset = offsetof(struct draft_offer, until_day)},
    {.name = "weekdays",
     .read = form_read_bits,
     .offset = offsetof(struct draft_offer, weekdays),
     .choices = weekday_choices,
     .choice_count = COUNT_OF(weekday_choices),
     .hint = "\"weekdays\": [\"mon\", \"tue\"]"},
    {.name = "hours",
     .read = read_hours,
     .offset = 0,
     .hint = "\"hours\": [{\"from\": \"08:00\", \"until\": \"11:00\"}]"},
};

void draft_read_when(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out)
{
    (void)field;
    (void)form_read_object(form, node, when_fields, COUNT_OF(when_fields), out);
}
