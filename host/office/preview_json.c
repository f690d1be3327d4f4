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

static const char *const origins[] = {[OFFERS_BY_OFFER] = "offer", [OFFERS_BY_POINTS] = "points"};

static json_t *json_of_discount(const struct offers_discount *row)
{
    json_t *json = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "by", origins[row->origin], "offer",
                             json_of_span(row->id), "version", (json_int_t)row->version, "base_minor",
                             (json_int_t)row->base_minor, "wanted_minor", (json_int_t)row->wanted_minor,
                             "amount_minor", (json_int_t)row->amount_minor);
    if (row->percent_bp > 0)
        json_object_set_new(json, "percent", json_of_decimal(row->percent_bp, 2, 0));
    if (row->prorate_from > 0)
        json_object_set_new(json, "prorate_from", json_integer(row->prorate_from));
    return json;
}

static json_t *json_of_discounts(const struct offers_result *result, uint32_t line)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < result->discount_count; i++)
        if (result->discounts[i].line == line)
            json_array_append_new(list, json_of_discount(&result->discounts[i]));
    return list;
}

static json_t *json_of_line(const struct preview *preview, uint32_t i)
{
    const struct offers_line_result *row = &preview->result.lines[i];
    json_t *json =
        json_pack("{s:I, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "number", (json_int_t)i + 1, "sku",
                  json_of_span(preview->lines[i].sku), "quantity",
                  json_of_decimal(preview->lines[i].quantity_milli, 3, 0), "unit_price",
                  json_of_decimal(row->unit_price_e5, 5, preview->book->header.exponent), "amount_minor",
                  (json_int_t)row->amount_minor, "discount_minor", (json_int_t)row->discount_minor,
                  "net_minor", (json_int_t)row->net_minor, "tax_minor", (json_int_t)row->tax_minor,
                  "tax_base_minor", (json_int_t)row->tax_base_minor, "points", (json_int_t)row->points);
    if (row->prior_price_minor > 0)
        json_object_set_new(json, "prior_price_minor", json_integer(row->prior_price_minor));
    json_object_set_new(json, "discounts", json_of_discounts(&preview->result, i));
    return json;
}

static json_t *json_of_lines(const struct preview *preview)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < preview->line_count; i++)
        json_array_append_new(list, json_of_line(preview, i));
    return list;
}

static void set_span(json_t *json, const char *key, struct span text)
{
    if (text.size > 0)
        json_object_set_new(json, key, json_of_span(text));
}

static void set_count(json_t *json, const char *key, int64_t value)
{
    if (value != 0)
        json_object_set_new(json, key, json_integer(value));
}

static json_t *json_of_awards(const struct offers_result *result)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < result->award_count; i++) {
        const struct offers_award *award = &result->awards[i];
        const char *kind = book_kind_name(award->kind);
        json_t *json = json_pack("{s:o, s:I, s:s, s:I}", "offer", json_of_span(award->id), "version",
                                 (json_int_t)award->version, "kind", kind != NULL ? kind : "unknown", "count",
                                 (json_int_t)award->count);
        set_span(json, "item", award->item);
        set_span(json, "card", award->card);
        set_span(json, "reward", award->reward);
        set_count(json, "unit_price_minor", award->unit_price_minor);
        set_count(json, "charged_minor", award->charged_minor);
        set_count(json, "valid_days", award->days);
        set_count(json, "card_size", award->card_size);
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *json_of_uses(const struct offers_result *result)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < result->use_count; i++) {
        const struct offers_use *use = &result->uses[i];
        json_array_append_new(list,
                              json_pack("{s:o, s:I, s:o, s:I, s:I}", "offer", json_of_span(use->id), "uses",
                                        (json_int_t)use->uses, "units",
                                        json_of_decimal(use->units_milli, 3, 0), "amount_minor",
                                        (json_int_t)use->amount_minor, "points", (json_int_t)use->points));
    }
    return list;
}

static json_t *json_of_coupons(const struct preview *preview)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < preview->result.coupon_used_count; i++) {
        const struct offers_coupon *coupon = &preview->coupons[preview->result.coupons_used[i]];
        json_t *json = json_pack("{s:o}", "code", json_of_span(coupon->code));
        set_span(json, "serial", coupon->serial);
        json_array_append_new(list, json);
    }
    return list;
}

static const char *const burned_as[] = {
    [BOOK_BURN_AS_DISCOUNT] = "discount", [BOOK_BURN_AS_TENDER] = "tender"};
static const char *const searches[] = {
    [OFFERS_SEARCH_NONE] = "none", [OFFERS_OPTIMAL] = "optimal", [OFFERS_BOUNDED] = "bounded"};

/* What the basket as a whole has besides its lines. */
static void set_whole(const struct preview *preview, json_t *json)
{
    const struct offers_result *result = &preview->result;
    json_object_set_new(json, "tax_minor", json_integer(result->tax_minor));
    json_object_set_new(json, "payable_minor", json_integer(result->payable_minor));
    if (result->burned.points > 0)
        json_object_set_new(json, "burned",
                            json_pack("{s:I, s:I, s:s}", "points", (json_int_t)result->burned.points,
                                      "value_minor", (json_int_t)result->burned.value_minor, "as",
                                      burned_as[result->burned.as]));
    json_object_set_new(json, "awards", json_of_awards(result));
    json_object_set_new(json, "coupons_used", json_of_coupons(preview));
    json_object_set_new(json, "uses", json_of_uses(result));
    json_object_set_new(json, "search", json_string(searches[result->search]));
    json_object_set_new(json, "search_states", json_integer(result->search_states));
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
        set_count(json, "reduced_minor", why.reduced_minor);
    }
    if (reason->figures == OFFERS_MILLI) {
        json_object_set_new(json, "has", json_of_decimal(why.has, 3, 0));
        json_object_set_new(json, "needs", json_of_decimal(why.needs, 3, 0));
    } else if (reason->figures == OFFERS_MINOR) {
        json_object_set_new(json, "has_minor", json_integer(why.has));
        json_object_set_new(json, "needs_minor", json_integer(why.needs));
    } else if (reason->figures == OFFERS_COUNT) {
        json_object_set_new(json, "has", json_integer(why.has));
        json_object_set_new(json, "needs", json_integer(why.needs));
    }
    if (why.detail != NULL)
        json_object_set_new(json, "detail", json_string(why.detail));
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
        else if (near->missing_is == OFFERS_COUNT)
            json_object_set_new(json, "missing", json_integer(near->missing));
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
    json_t *json = json_pack(
        "{s:I, s:s, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "book_version",
        (json_int_t)preview->book->header.version, "currency", preview->book->header.currency, "exponent",
        (json_int_t)preview->book->header.exponent, "lines", json_of_lines(preview), "gross_minor",
        (json_int_t)result->gross_minor, "discount_minor", (json_int_t)result->discount_minor, "total_minor",
        (json_int_t)result->total_minor, "points", (json_int_t)result->points, "offers", offers,
        "near_misses", json_of_near_misses(preview));
    set_whole(preview, json);
    return json;
}
