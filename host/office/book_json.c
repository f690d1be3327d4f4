/* SPDX-License-Identifier: Apache-2.0 */
#include "office/book_json.h"

#include <stdlib.h>

#include "office/book_draft.h"

#define DAY_MS INT64_C(86400000)

void book_image_done(struct book_image *image)
{
    free(image->memory);
    *image = (struct book_image){0};
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

enum book_scope draft_scope_of(const struct draft_offer *offer)
{
    const struct draft_give *give = &offer->give;
    if (give->each != DRAFT_EACH_AUTO)
        return (enum book_scope)give->each;
    enum book_scope wanted = offer->what.basket != 0          ? BOOK_TOGETHER
                             : give->kind == BOOK_PERCENT_OFF ? BOOK_EACH_LINE
                                                              : BOOK_EACH_UNIT;
    if (book_step_of((uint16_t)give->kind, wanted) != 0)
        return wanted;
    int scope = BOOK_EACH_UNIT;
    while (scope < BOOK_TOGETHER && book_step_of((uint16_t)give->kind, (enum book_scope)scope) == 0)
        scope++;
    return (enum book_scope)scope;
}

unsigned draft_step_of(const struct draft_offer *offer)
{
    return book_step_of((uint16_t)offer->give.kind, draft_scope_of(offer));
}

static struct book_source_selector selector_of(const struct draft_selector *draft)
{
    return (struct book_source_selector){.everything = draft->basket != 0,
                                         .items = draft->of.items.rows,
                                         .item_count = draft->of.items.count,
                                         .categories = draft->of.categories.rows,
                                         .category_count = draft->of.categories.count,
                                         .excluded_items = draft->except.items.rows,
                                         .excluded_item_count = draft->except.items.count,
                                         .excluded_categories = draft->except.categories.rows,
                                         .excluded_category_count = draft->except.categories.count};
}

/* The up to three conditions of a selector go to out. */
static uint32_t write_conditions(const struct draft_selector *draft, struct book_source_condition *out)
{
    const struct {
        enum book_condition_kind kind;
        int64_t value;
    } rows[] = {{BOOK_MIN_QUANTITY, draft->min_quantity_milli},
                {BOOK_MAX_QUANTITY, draft->max_quantity_milli},
                {BOOK_MIN_AMOUNT, draft->min_amount_minor}};
    uint32_t count = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].value != DRAFT_ABSENT)
            out[count++] = (struct book_source_condition){.kind = rows[i].kind,
                                                          .base = (enum book_base)draft->counted,
                                                          .of = selector_of(draft),
                                                          .value = rows[i].value};
    return count;
}

static void write_all_conditions(struct form *form, const struct draft_offer *draft,
                                 struct book_source_offer *out)
{
    struct book_source_condition *rows = form_take(form, 3 * (size_t)(draft->need_count + 1), sizeof(*rows));
    if (rows == NULL)
        return;
    uint32_t count = write_conditions(&draft->what, rows);
    for (uint32_t i = 0; i < draft->need_count; i++)
        count += write_conditions(&draft->needs[i], rows + count);
    out->conditions = rows;
    out->condition_count = count;
}

static void write_texts(struct form *form, const struct draft_offer *draft, struct book_source_offer *out)
{
    uint32_t count = draft->names.count + draft->messages.count;
    struct book_source_text *rows = form_take(form, count, sizeof(*rows));
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < draft->names.count; i++)
        rows[i] = draft->names.rows[i];
    for (uint32_t i = 0; i < draft->messages.count; i++)
        rows[draft->names.count + i] = draft->messages.rows[i];
    out->texts = rows;
    out->text_count = count;
}

static struct book_give give_of(const struct draft_give *draft)
{
    return (struct book_give){.percent_bp = (uint32_t)draft->percent_bp,
                              .factor_bp = (uint32_t)draft->factor_bp,
                              .amount_minor = draft->amount_minor,
                              .max_amount_minor = draft->max_amount_minor,
                              .per_minor = draft->per_minor,
                              .points = (uint32_t)draft->points,
                              .buy_units = (uint32_t)draft->buy,
                              .get_units = (uint32_t)draft->get,
                              .repeats_max = (uint32_t)draft->repeats_max,
                              .get = BOOK_NONE,
                              .choose = (uint8_t)draft->choose,
                              .placement = (uint8_t)draft->placement,
                              .percent_of = (uint8_t)draft->percent_of,
                              .basis = (uint8_t)draft->basis};
}

static struct book_source_offer source_offer_of(struct form *form, const struct draft_offer *draft)
{
    struct book_source_offer offer = {.id = draft->id,
                                      .version = (uint32_t)draft->version,
                                      .kind = (uint16_t)draft->give.kind,
                                      .scope = draft_scope_of(draft),
                                      .exclusive = (enum book_exclusive)draft->exclusive,
                                      .audience = (enum book_audience)draft->audience,
                                      .who = draft->who.rows,
                                      .who_count = draft->who.count,
                                      .weekdays = (uint8_t)draft->weekdays,
                                      .from_day = (int32_t)draft->from_day,
                                      .until_day = (int32_t)draft->until_day,
                                      .hours = draft->hours,
                                      .hour_count = draft->hour_count,
                                      .stores = draft->stores.rows,
                                      .store_count = draft->stores.count,
                                      .lane = draft->lane_index,
                                      .priority = (int32_t)draft->priority,
                                      .target = selector_of(&draft->what),
                                      .get = selector_of(&draft->give.of),
                                      .give = give_of(&draft->give)};
    write_all_conditions(form, draft, &offer);
    write_texts(form, draft, &offer);
    return offer;
}

/* What the builder refuses although everything above let it pass. */
static void complain_of_fault(struct form *form, const struct form_node *root, const struct book_fault *fault)
{
    struct draft_path path;
    draft_path_of_offer(root, fault->offer, &path);
    form_complain(form, fault->offer == BOOK_NONE ? root : &path.offer, "", "%s %s", fault->field,
                  fault->what);
}

static enum err build(struct form *form, const struct form_node *root, const struct draft_book *draft,
                      struct book_image *out)
{
    struct book_source_offer *offers = form_take(form, draft->offer_count, sizeof(*offers));
    if (offers == NULL)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < draft->offer_count; i++)
        offers[i] = source_offer_of(form, &draft->offers[i]);
    /* The day from which it holds stands for its making too: the same text gives the same bytes. */
    const struct book_source source = {.version = (uint64_t)draft->version,
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
                                       .offer_count = draft->offer_count};
    if (form->is_out_of_memory)
        return ERR_MEMORY;
    size_t size = book_builder_memory_size(&source);
    struct book_image image CLEANUP(book_image_done) = {malloc(size), {NULL, 0}};
    if (image.memory == NULL)
        return ERR_MEMORY;
    struct book_fault fault = {BOOK_NONE, "book", "cannot be built"};
    enum err error = book_builder_write(&source, image.memory, size, &image.bytes, &fault);
    if (error == ERR_ARGUMENT)
        complain_of_fault(form, root, &fault);
    if (error != ERR_OK)
        return error == ERR_ARGUMENT ? ERR_SYNTAX : error;
    out->bytes = image.bytes;
    out->memory = TAKE(image.memory);
    return ERR_OK;
}

enum err book_json_compile(struct span text, struct findings *findings, struct book_image *out_image)
{
    if (text.size > BOOK_JSON_SIZE_MAX)
        return ERR_TOO_LONG;
    struct pool pool CLEANUP(pool_done) = {NULL};
    struct form form = {.text = text, .findings = findings, .pool = &pool};
    json_t *json CLEANUP(free_json) = form_parse(&form);
    const struct form_node root = {json, NULL, NULL, 0};
    struct draft_book draft;
    if (json != NULL)
        draft_read(&form, &root, &draft);
    if (json != NULL && !form.is_out_of_memory)
        draft_check_sense(&form, &root, &draft);
    if (form.is_out_of_memory || findings->is_out_of_memory)
        return ERR_MEMORY;
    enum err error = ERR_SYNTAX;
    struct book_image image = {0};
    if (json != NULL && findings->error_count == 0)
        error = build(&form, &root, &draft, &image);
    findings_sort(findings);
    if (error == ERR_OK)
        *out_image = image;
    return error;
}
