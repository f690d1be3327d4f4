/* SPDX-License-Identifier: Apache-2.0 */
#include "office/book_json.h"

#include <stdlib.h>

#include "office/book_draft.h"
#include "office/catalogue.h"

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
    struct book_source source = {0};
    draft_write_source(form, draft, &source);
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

/* The book's own articles, and those of the catalogue beside it. */
static void gather_items(struct form *form, const struct book_json_terms *terms,
                         const struct draft_book *book, struct draft_items *out)
{
    struct draft_items beside = {NULL, 0};
    if (terms->catalogue.size > 0)
        catalogue_read(form, terms->catalogue, terms->of_catalogue, &beside);
    struct draft_item *rows = form_take(form, (size_t)book->items.count + beside.count, sizeof(*rows));
    if (rows == NULL)
        return;
    for (uint32_t i = 0; i < book->items.count; i++)
        rows[i] = book->items.rows[i];
    for (uint32_t i = 0; i < beside.count; i++)
        rows[book->items.count + i] = beside.rows[i];
    *out = (struct draft_items){rows, book->items.count + beside.count};
}

static void read_and_check(struct form *form, const struct form_node *root,
                           const struct book_json_terms *terms, struct draft_book *draft)
{
    struct draft_items items = {NULL, 0};
    const struct draft_terms known = {&items, terms->today};
    draft_read(form, root, draft);
    if (!form->is_out_of_memory)
        draft_compile_conditions(form, root, draft);
    if (!form->is_out_of_memory)
        gather_items(form, terms, draft, &items);
    if (!form->is_out_of_memory)
        draft_check_sense(form, root, draft, &known);
}

enum err book_json_check(struct span text, const struct book_json_terms *terms, struct findings *findings,
                         struct book_image *out_image)
{
    if (text.size > BOOK_JSON_SIZE_MAX)
        return ERR_TOO_LONG;
    struct pool pool CLEANUP(pool_done) = {NULL};
    struct form form = {.text = text, .findings = findings, .pool = &pool};
    json_t *json CLEANUP(free_json) = form_parse(&form);
    const struct form_node root = {json, NULL, NULL, 0};
    struct draft_book draft;
    if (json != NULL)
        read_and_check(&form, &root, terms, &draft);
    if (form.is_out_of_memory || findings->is_out_of_memory)
        return ERR_MEMORY;
    bool is_catalogue_good = terms->of_catalogue == NULL || terms->of_catalogue->error_count == 0;
    enum err error = ERR_SYNTAX;
    struct book_image image = {0};
    if (json != NULL && findings->error_count == 0 && is_catalogue_good)
        error = build(&form, &root, &draft, &image);
    findings_sort(findings);
    if (error == ERR_OK)
        *out_image = image;
    return error;
}

enum err book_json_compile(struct span text, struct findings *findings, struct book_image *out_image)
{
    const struct book_json_terms terms = {.catalogue = span_of("", 0), .today = BOOK_DAY_FIRST};
    return book_json_check(text, &terms, findings, out_image);
}
