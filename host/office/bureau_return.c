/* SPDX-License-Identifier: Apache-2.0 */
#include "office/bureau_return.h"

#include <stdlib.h>

#include "base/hex.h"

enum pairing { PAIRED_NOT, PAIRED_BY_NUMBER, PAIRED_BY_UID };

/* One card of a list, to be found by its number or UID. */
struct entry {
    struct bureau_card card;
    uint32_t line;
    enum pairing pairing; /* how it was found in the other list */
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

/* Those without come first. */
static int order_of_uids(const struct bureau_card *a, const struct bureau_card *b)
{
    if (!a->has_uid || !b->has_uid)
        return (int)a->has_uid - (int)b->has_uid;
    return memcmp(a->uid, b->uid, sizeof a->uid);
}

static int by_uid(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = order_of_uids(&one->card, &other->card);
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
        TRY(add_entry(out, &(struct entry){row.card, list.lines.number, PAIRED_NOT}));
    }
    return ERR_OK;
}

static void find_twice(const struct entries *entries, struct findings *findings)
{
    qsort(entries->rows, entries->count, sizeof *entries->rows, by_uid);
    for (size_t i = 1; i < entries->count; i++) {
        const struct entry *last = &entries->rows[i - 1], *entry = &entries->rows[i];
        if (entry->card.has_uid && order_of_uids(&last->card, &entry->card) == 0)
            complain(findings, entry->line, "uid", "that UID came before");
    }
    qsort(entries->rows, entries->count, sizeof *entries->rows, by_number);
    for (size_t i = 1; i < entries->count; i++)
        if (entries->rows[i].card.number[0] != '\0' &&
            strcmp(entries->rows[i - 1].card.number, entries->rows[i].card.number) == 0)
            complain(findings, entries->rows[i].line, "number", "that number came before");
}

static int order_of_numbers(const struct bureau_card *a, const struct bureau_card *b)
{
    return strcmp(a->number, b->number);
}

/* In what is sorted by that order. */
static struct entry *find(const struct entries *entries, const struct bureau_card *wanted,
                          int (*order_of)(const struct bureau_card *a, const struct bureau_card *b))
{
    size_t low = 0, high = entries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_of(&entries->rows[middle].card, wanted);
        if (order == 0)
            return &entries->rows[middle];
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

/* Both are sorted by number. */
static void pair_numbers(const struct entries *came, const struct entries *ordered, struct findings *findings)
{
    for (size_t i = 0; i < came->count; i++) {
        struct entry *row = &came->rows[i];
        struct entry *order =
            row->card.number[0] != '\0' ? find(ordered, &row->card, order_of_numbers) : NULL;
        if (order == NULL)
            continue;
        row->pairing = order->pairing = PAIRED_BY_NUMBER;
        if (row->card.has_uid && order->card.has_uid && order_of_uids(&row->card, &order->card) != 0)
            complain(findings, row->line, "uid", "that number was ordered on a card of another UID");
    }
}

/* Only where a row has no number: a number of its own is that of another card. */
static void pair_uids(const struct entries *came, const struct entries *ordered, struct findings *findings)
{
    qsort(ordered->rows, ordered->count, sizeof *ordered->rows, by_uid);
    for (size_t i = 0; i < came->count; i++) {
        struct entry *row = &came->rows[i];
        bool is_open = row->pairing == PAIRED_NOT && row->card.has_uid;
        struct entry *order = is_open ? find(ordered, &row->card, order_of_uids) : NULL;
        if (order == NULL || (row->card.number[0] != '\0' && order->card.number[0] != '\0'))
            continue;
        if (order->pairing == PAIRED_BY_NUMBER)
            complain(findings, row->line, "uid",
                     "the card that was ordered with that UID came by its number");
        row->pairing = PAIRED_BY_UID;
        if (order->pairing == PAIRED_NOT)
            order->pairing = PAIRED_BY_UID;
    }
}

static void compare(const struct entries *came, const struct entries *ordered, struct findings *findings)
{
    pair_numbers(came, ordered, findings);
    pair_uids(came, ordered, findings);
    for (size_t i = 0; i < came->count; i++) {
        bool has_number = came->rows[i].card.number[0] != '\0';
        if (came->rows[i].pairing == PAIRED_NOT)
            complain(findings, came->rows[i].line, has_number ? "number" : "uid",
                     has_number ? "that number was not ordered" : "that UID was not ordered");
    }
    for (size_t i = 0; i < ordered->count; i++) {
        const struct entry *order = &ordered->rows[i];
        char uid[2 * sizeof order->card.uid + 1];
        hex_write(span_of(order->card.uid, sizeof order->card.uid), uid);
        bool has_number = order->card.number[0] != '\0';
        if (order->pairing == PAIRED_NOT)
            findings_add(findings, FINDING_ERROR, (struct place){0, 0}, has_number ? "number" : "uid", "",
                         "%s, line %u of the order, did not come", has_number ? order->card.number : uid,
                         (unsigned)order->line);
    }
}

enum err bureau_return_check(const struct card_programme *programme, struct span came,
                             const struct span *ordered, struct findings *findings, struct bureau_return *out)
{
    struct entries came_entries CLEANUP(end_entries) = {.rows = NULL};
    struct entries ordered_entries CLEANUP(end_entries) = {.rows = NULL};
    bool has_links = false, ordered_has_links = false;
    TRY(read_list(programme, came, findings, &came_entries, &has_links));
    find_twice(&came_entries, findings);
    if (ordered != NULL) {
        TRY(read_list(NULL, *ordered, findings, &ordered_entries, &ordered_has_links));
        find_twice(&ordered_entries, findings);
        compare(&came_entries, &ordered_entries, findings);
    }
    findings_sort(findings);
    *out = (struct bureau_return){.count = came_entries.count, .has_links = has_links};
    return findings->error_count == 0 ? ERR_OK : ERR_SYNTAX;
}
