/* SPDX-License-Identifier: Apache-2.0 */
#include "office/book_diff.h"

#include <stdio.h>
#include <stdlib.h>

static void fields_done(struct book_diff_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(fields[i].before);
        free(fields[i].after);
        free(fields[i].added);
        free(fields[i].removed);
    }
    free(fields);
}

void book_diff_done(struct book_diff *diff)
{
    fields_done(diff->head, diff->head_count);
    for (size_t i = 0; i < diff->offer_count; i++)
        fields_done(diff->offers[i].fields, diff->offers[i].field_count);
    free(diff->offers);
    *diff = (struct book_diff){0};
}

/* ---- lists: what one has and the other has not */

#define BETWEEN ", "

static size_t item_size(const char *at)
{
    const char *end = strstr(at, BETWEEN);
    return end != NULL ? (size_t)(end - at) : strlen(at);
}

static const char *next_item(const char *at)
{
    size_t size = item_size(at);
    return at[size] == '\0' ? NULL : at + size + strlen(BETWEEN);
}

static bool has_item(const char *list, const char *item, size_t size)
{
    for (const char *at = list; at != NULL; at = next_item(at))
        if (item_size(at) == size && memcmp(at, item, size) == 0)
            return true;
    return false;
}

/* Those of `from` that `other` has not; NULL: no memory. */
static char *items_beyond(const char *from, const char *other)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    const char *between = "";
    for (const char *at = from; at != NULL; at = next_item(at)) {
        if (has_item(other, at, item_size(at)))
            continue;
        fprintf(out, "%s%.*s", between, (int)item_size(at), at);
        between = BETWEEN;
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- fields */

struct fields {
    struct book_diff_field *rows;
    size_t count, capacity;
    bool is_out_of_memory;
};

static char *copy_of(const struct words_row *row)
{
    return row != NULL ? strdup(row->text) : NULL;
}

static bool has_room(struct fields *fields)
{
    if (fields->count < fields->capacity)
        return true;
    size_t capacity = fields->capacity == 0 ? 8 : fields->capacity * 2;
    struct book_diff_field *rows = realloc(fields->rows, capacity * sizeof(*rows));
    if (rows == NULL)
        return false;
    fields->rows = rows;
    fields->capacity = capacity;
    return true;
}

static void add_field(struct fields *fields, const struct words_row *before, const struct words_row *after)
{
    if (!has_room(fields)) {
        fields->is_out_of_memory = true;
        return;
    }
    const struct words_row *either = before != NULL ? before : after;
    struct book_diff_field *field = &fields->rows[fields->count++];
    *field = (struct book_diff_field){.before = copy_of(before), .after = copy_of(after)};
    memcpy(field->label, either->label, sizeof(field->label));
    bool is_whole = (before == NULL || field->before != NULL) && (after == NULL || field->after != NULL);
    if (before != NULL && after != NULL && either->is_list) {
        field->added = items_beyond(after->text, before->text);
        field->removed = items_beyond(before->text, after->text);
        is_whole &= field->added != NULL && field->removed != NULL;
    }
    fields->is_out_of_memory |= !is_whole;
}

static void compare(const struct words *before, const struct words *after, struct fields *out)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct words_row *other = words_find(after, before->rows[i].label);
        if (other == NULL || strcmp(other->text, before->rows[i].text) != 0)
            add_field(out, &before->rows[i], other);
    }
    for (size_t i = 0; i < after->count; i++)
        if (words_find(before, after->rows[i].label) == NULL)
            add_field(out, NULL, &after->rows[i]);
}

/* ---- offers */

struct maker {
    const struct words_source *before, *after;
    struct book_diff *diff;
    bool is_out_of_memory;
};

static void add_offer(struct maker *maker, struct book_diff_offer offer)
{
    struct book_diff_offer *rows =
        realloc(maker->diff->offers, (maker->diff->offer_count + 1) * sizeof(*rows));
    if (rows == NULL) {
        maker->is_out_of_memory = true;
        fields_done(offer.fields, offer.field_count);
        return;
    }
    maker->diff->offers = rows;
    rows[maker->diff->offer_count++] = offer;
}

/* The version is no change by itself: it says that there is one. */
static void compare_offers(struct maker *maker, uint32_t before, uint32_t after)
{
    struct words old CLEANUP(words_done) = {0};
    struct words new CLEANUP(words_done) = {0};
    struct fields fields = {0};
    struct book_offer old_offer, new_offer;
    book_offer_at(maker->before->book, before, &old_offer);
    book_offer_at(maker->after->book, after, &new_offer);
    words_of_offer(maker->before, &old_offer, &old);
    words_of_offer(maker->after, &new_offer, &new);
    compare(&old, &new, &fields);
    maker->is_out_of_memory |= old.is_out_of_memory || new.is_out_of_memory || fields.is_out_of_memory;
    if (fields.count > 0) {
        add_offer(maker,
                  (struct book_diff_offer){BOOK_DIFF_CHANGED, before, after,
                                           new_offer.version > old_offer.version, fields.rows, fields.count});
        return;
    }
    fields_done(fields.rows, fields.count);
    maker->diff->same_count++;
}

static uint32_t index_in(const struct book *book, const struct book *other, uint32_t offer)
{
    struct book_offer row;
    book_offer_at(other, offer, &row);
    return book_find_offer(book, row.id);
}

static void compare_heads(struct maker *maker)
{
    struct words old CLEANUP(words_done) = {0};
    struct words new CLEANUP(words_done) = {0};
    struct fields fields = {0};
    words_of_book(maker->before, &old);
    words_of_book(maker->after, &new);
    compare(&old, &new, &fields);
    maker->is_out_of_memory |= old.is_out_of_memory || new.is_out_of_memory || fields.is_out_of_memory;
    maker->diff->head = fields.rows;
    maker->diff->head_count = fields.count;
}

enum err book_diff_make(const struct words_source *before, const struct words_source *after,
                        struct book_diff *out)
{
    struct book_diff diff CLEANUP(book_diff_done) = {0};
    struct maker maker = {before, after, &diff, false};
    compare_heads(&maker);
    for (uint32_t i = 0; i < book_offer_count(after->book); i++) {
        uint32_t old = index_in(before->book, after->book, i);
        if (old != BOOK_NONE)
            compare_offers(&maker, old, i);
        else
            add_offer(&maker,
                      (struct book_diff_offer){.kind = BOOK_DIFF_ADDED, .before = BOOK_NONE, .after = i});
    }
    for (uint32_t i = 0; i < book_offer_count(before->book); i++)
        if (index_in(after->book, before->book, i) == BOOK_NONE)
            add_offer(&maker,
                      (struct book_diff_offer){.kind = BOOK_DIFF_REMOVED, .before = i, .after = BOOK_NONE});
    if (maker.is_out_of_memory)
        return ERR_MEMORY;
    *out = diff;
    diff = (struct book_diff){0};
    return ERR_OK;
}
