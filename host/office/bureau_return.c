/* SPDX-License-Identifier: Apache-2.0 */
#include "office/bureau_return.h"

#include <stdlib.h>

/* One card of a list, to be found by its number or UID. */
struct entry {
    struct bureau_card card;
    uint32_t line;
};

struct entries {
    struct entry *rows;
    size_t count, capacity;
};

static void end_entries(struct entries *entries)
{
    free(entries->rows);
}

static enum err add_entry(struct entries *entries, const struct entry *entry)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity == 0 ? 256 : 2 * entries->capacity;
        struct entry *rows = realloc(entries->rows, capacity * sizeof *rows);
        if (rows == NULL)
            return ERR_MEMORY;
        entries->rows = rows;
        entries->capacity = capacity;
    }
    entries->rows[entries->count++] = *entry;
    return ERR_OK;
}

static int by_line(const struct entry *a, const struct entry *b)
{
    return a->line < b->line ? -1 : a->line > b->line;
}

static int by_number(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = strcmp(one->card.number, other->card.number);
    return order != 0 ? order : by_line(one, other);
}

static int by_uid(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = memcmp(one->card.uid, other->card.uid, sizeof one->card.uid);
    return order != 0 ? order : by_line(one, other);
}

static void complain(struct findings *findings, uint32_t line, const char *column, const char *what)
{
    findings_add(findings, FINDING_ERROR, (struct place){line, 1}, column, "", "%s", what);
}

/* ---- one card */

static const char *trouble_of_number(const struct bureau_list_row *row, const char *text)
{
    if (row->card.number[0] == '\0')
        return NULL;
    bool is_same = strncmp(text, "num:", 4) == 0 && strcmp(text + 4, row->card.number) == 0;
    return is_same ? NULL : "its link says another number than its row";
}

static const char *trouble_of_signed(const struct card_sun_settings *sun, const struct bureau_list_row *row,
                                     const struct card_link *link)
{
    struct card_sun_exam exam;
    struct card_identity identity;
    card_sun_examine(sun, link, &exam);
    if (exam.step == CARD_SUN_STEP_TAG)
        return "its link has no UID and counter that can be read: the tag does not write there, or has "
               "another meta key";
    if (exam.step != CARD_SUN_STEP_DONE)
        return "its link is not signed by the key that this card must have";
    if (row->card.has_uid && memcmp(row->card.uid, exam.tap.uid, sizeof exam.tap.uid) != 0)
        return "its link was signed by a card of another UID";
    if (card_sun_identify(sun, link, &identity) != ERR_OK)
        return "its link names no member";
    return sun->identity == CARD_SUN_BY_UID ? NULL : trouble_of_number(row, identity.text);
}

static const char *trouble_of(const struct card_programme *programme, const struct bureau_list_row *row)
{
    struct card_link link;
    char text[CARD_TEXT_MAX];
    if (row->link[0] == '\0')
        return "it has no link: the card was not written, or not read";
    if (!card_link_of_text(span_of_text(row->link), &link))
        return "that is no link";
    if (card_link_find_head(&link, &programme->sun.links) >= 0)
        return trouble_of_signed(&programme->sun, row, &link);
    if (card_link_find_head(&link, &programme->links) < 0)
        return "its link is none of the programme's";
    if (card_link_find_number(&link, &programme->links, text) != ERR_OK)
        return "its link holds no member number";
    return trouble_of_number(row, text);
}

/* ---- all of them */

/* programme NULL: an order, whose cards have no links yet. */
static enum err read_list(const struct card_programme *programme, struct span text, struct findings *findings,
                          struct entries *out, bool *out_has_links)
{
    struct bureau_list list;
    struct bureau_list_row row;
    TRY(bureau_list_open(text, findings, &list));
    *out_has_links = list.columns[BUREAU_LIST_LINK] >= 0;
    for (enum err error = ERR_OK; error != ERR_NOT_FOUND;) {
        error = bureau_list_next(&list, findings, &row);
        if (error != ERR_OK)
            continue;
        const char *trouble = programme != NULL && *out_has_links ? trouble_of(programme, &row) : NULL;
        if (trouble != NULL)
            complain(findings, list.lines.number, "link", trouble);
        TRY(add_entry(out, &(struct entry){row.card, list.lines.number}));
    }
    return ERR_OK;
}

static void find_twice(const struct entries *entries, struct findings *findings)
{
    qsort(entries->rows, entries->count, sizeof *entries->rows, by_uid);
    for (size_t i = 1; i < entries->count; i++) {
        const struct entry *last = &entries->rows[i - 1], *entry = &entries->rows[i];
        if (last->card.has_uid && entry->card.has_uid &&
            memcmp(last->card.uid, entry->card.uid, sizeof entry->card.uid) == 0)
            complain(findings, entry->line, "uid", "that UID came before");
    }
    qsort(entries->rows, entries->count, sizeof *entries->rows, by_number);
    for (size_t i = 1; i < entries->count; i++)
        if (entries->rows[i].card.number[0] != '\0' &&
            strcmp(entries->rows[i - 1].card.number, entries->rows[i].card.number) == 0)
            complain(findings, entries->rows[i].line, "number", "that number came before");
}

static const struct entry *find_number(const struct entries *entries, const struct entry *wanted)
{
    size_t low = 0, high = entries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(entries->rows[middle].card.number, wanted->card.number);
        if (order == 0)
            return &entries->rows[middle];
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* Both are sorted by number. */
static void compare(const struct entries *came, const struct entries *ordered, struct findings *findings)
{
    for (size_t i = 0; i < came->count; i++)
        if (find_number(ordered, &came->rows[i]) == NULL)
            complain(findings, came->rows[i].line, "number", "that number was not ordered");
    for (size_t i = 0; i < ordered->count; i++)
        if (find_number(came, &ordered->rows[i]) == NULL)
            findings_add(findings, FINDING_ERROR, (struct place){0, 0}, "number", "",
                         "%s, line %u of the order, did not come", ordered->rows[i].card.number,
                         (unsigned)ordered->rows[i].line);
}

enum err bureau_return_check(const struct card_programme *programme, struct span came, struct span ordered,
                             struct findings *findings, struct bureau_return *out)
{
    struct entries came_entries CLEANUP(end_entries) = {.rows = NULL};
    struct entries ordered_entries CLEANUP(end_entries) = {.rows = NULL};
    bool has_links = false, ordered_has_links = false;
    TRY(read_list(programme, came, findings, &came_entries, &has_links));
    find_twice(&came_entries, findings);
    if (ordered.size > 0) {
        TRY(read_list(NULL, ordered, findings, &ordered_entries, &ordered_has_links));
        find_twice(&ordered_entries, findings);
        compare(&came_entries, &ordered_entries, findings);
    }
    findings_sort(findings);
    *out = (struct bureau_return){.count = came_entries.count, .has_links = has_links};
    return findings->error_count == 0 ? ERR_OK : ERR_SYNTAX;
}
