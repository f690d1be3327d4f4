/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine said, as JSON. */
#include "base/money.h"
#include "office/preview.h"

static json_t *json_of_span(struct span text)
{
    return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
}

static json_t *json_of_decimal(int64_t value, unsigned decimals, unsigned min_decimals)
{
    char text[32];
    (void)money_format_decimal(value, decimals, min_decimals, text);
    return json_string(text);
}

static json_t *json_of_discounts(const struct offers_result *result, uint32_t line)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < result->discount_count; i++) {
        const struct offers_discount *row = &result->discounts[i];
        if (row->line == line)
            json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:I, s:I}", "offer", json_of_span(row->id),
                                                  "version", (json_int_t)row->version, "base_minor",
                                                  (json_int_t)row->base_minor, "wanted_minor",
                                                  (json_int_t)row->wanted_minor, "amount_minor",
                                                  (json_int_t)row->amount_minor));
    }
    return list;
}

static json_t *json_of_lines(const struct preview *preview)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < preview->line_count; i++) {
        const struct offers_line_result *row = &preview->result.lines[i];
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:o}", "number", (json_int_t)i + 1, "sku",
                            json_of_span(preview->lines[i].sku), "quantity",
                            json_of_decimal(preview->lines[i].quantity_milli, 3, 0), "amount_minor",
                            (json_int_t)row->amount_minor, "discount_minor", (json_int_t)row->discount_minor,
                            "net_minor", (json_int_t)row->net_minor, "points", (json_int_t)row->points,
                            "discounts", json_of_discounts(&preview->result, i)));
    }
    return list;
}

static json_t *json_of_offer(const struct preview *preview, uint32_t index, struct span language)
{
    struct book_offer offer;
    book_offer_at(preview->book, index, &offer);
    struct offers_explanation why =
        offers_explain(preview->book, &preview->member, &preview->moment, &preview->result, index);
    const struct offers_reason_row *reason = offers_reason_row(why.reason);
    json_t *json = json_pack("{s:o, s:I, s:o, s:b, s:s}", "offer", json_of_span(offer.id), "version",
                             (json_int_t)offer.version, "name",
                             json_of_span(book_offer_text(preview->book, &offer, BOOK_NAME, language)),
                             "given", why.reason == OFFERS_GIVEN, "reason", reason->name);
    if (why.reason == OFFERS_GIVEN) {
        json_object_set_new(json, "amount_minor", json_integer(why.amount_minor));
        json_object_set_new(json, "points", json_integer(why.points));
    }
    if (reason->figures == OFFERS_MILLI) {
        json_object_set_new(json, "has", json_of_decimal(why.has, 3, 0));
        json_object_set_new(json, "needs", json_of_decimal(why.needs, 3, 0));
    } else if (reason->figures == OFFERS_MINOR) {
        json_object_set_new(json, "has_minor", json_integer(why.has));
        json_object_set_new(json, "needs_minor", json_integer(why.needs));
    }
    return json;
}

static json_t *json_of_near_misses(const struct preview *preview)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < preview->result.near_miss_count; i++) {
        const struct offers_near_miss *near = &preview->result.near_misses[i];
        struct book_offer offer;
        book_offer_at(preview->book, near->offer, &offer);
        json_t *json = json_pack("{s:o, s:I}", "offer", json_of_span(offer.id), "value_minor",
                                 (json_int_t)near->value_minor);
        if (near->missing_is == OFFERS_MILLI)
            json_object_set_new(json, "missing", json_of_decimal(near->missing, 3, 0));
        else
            json_object_set_new(json, "missing_minor", json_integer(near->missing));
        json_array_append_new(list, json);
    }
    return list;
}

json_t *preview_as_json(const struct preview *preview, struct span language)
{
    const struct offers_result *result = &preview->result;
    json_t *offers = json_array();
    for (uint32_t i = 0; i < book_offer_count(preview->book); i++)
        json_array_append_new(offers, json_of_offer(preview, i, language));
    return json_pack("{s:I, s:s, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "book_version",
                     (json_int_t)preview->book->header.version, "currency", preview->book->header.currency,
                     "exponent", (json_int_t)preview->book->header.exponent, "lines", json_of_lines(preview),
                     "gross_minor", (json_int_t)result->gross_minor, "discount_minor",
                     (json_int_t)result->discount_minor, "total_minor", (json_int_t)result->total_minor,
                     "points", (json_int_t)result->points, "offers", offers, "near_misses",
                     json_of_near_misses(preview));
}
