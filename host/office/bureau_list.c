/* SPDX-License-Identifier: Apache-2.0 */
#include "office/bureau_list.h"

#include "base/hex.h"

static const char *const COLUMNS[BUREAU_LIST_COLUMNS] = {"number", "uid", "link"};

static void complain(const struct bureau_list *list, const char *column, struct findings *findings,
                     const char *hint, const char *what)
{
    findings_add(findings, FINDING_ERROR, (struct place){list->lines.number, 1}, column, hint, "%s", what);
}

static struct span without_blanks(struct span text)
{
    while (text.size > 0 && text.bytes[0] == ' ')
        text = span_of(text.bytes + 1, text.size - 1);
    while (text.size > 0 && text.bytes[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* The next field of a line, without its quotes (a quote within one has no business here). False: there is none. */
static bool take_field(const struct bureau_list *list, struct span *line, struct span *out)
{
    if (line->bytes == NULL)
        return false;
    bool is_quoted = line->size > 0 && line->bytes[0] == '"';
    size_t size = is_quoted ? 1 : 0;
    while (size < line->size &&
           (is_quoted ? line->bytes[size] != '"' : line->bytes[size] != (uint8_t)list->separator))
        size++;
    *out = is_quoted ? span_of(line->bytes + 1, size - 1) : without_blanks(span_of(line->bytes, size));
    while (size < line->size && line->bytes[size] != (uint8_t)list->separator)
        size++;
    *line = size < line->size ? span_of(line->bytes + size + 1, line->size - size - 1) : span_of(NULL, 0);
    return true;
}

static bool is_same_word(struct span field, const char *word)
{
    if (field.size != strlen(word))
        return false;
    for (size_t i = 0; i < field.size; i++)
        if ((field.bytes[i] | 0x20) != word[i])
            return false;
    return true;
}

static bool read_head(struct bureau_list *list, struct span head)
{
    bool has_one = false;
    struct span field;
    list->separator = memchr(head.bytes, ';', head.size) != NULL ? ';' : ',';
    for (int i = 0; take_field(list, &head, &field); i++)
        for (size_t column = 0; column < BUREAU_LIST_COLUMNS; column++)
            if (is_same_word(field, COLUMNS[column])) {
                list->columns[column] = i;
                has_one = true;
            }
    return has_one;
}

enum err bureau_list_open(struct span text, struct findings *findings, struct bureau_list *out)
{
    struct bureau_list list = {.lines = list_lines_of(text), .columns = {-1, -1, -1}};
    struct span head;
    if (!list_lines_take(&list.lines, &head) || head.size == 0 || !read_head(&list, head)) {
        list.lines.number = 1;
        complain(&list, "", findings, "number,uid,link (or some of them)",
                 "the first line names the columns");
        return ERR_SYNTAX;
    }
    *out = list;
    return ERR_OK;
}

bool bureau_list_put_number(struct span text, struct bureau_card *out)
{
    if (text.size >= sizeof out->number)
        return false;
    memset(out->number, 0, sizeof out->number);
    for (size_t i = 0; i < text.size; i++) {
        char c = (char)text.bytes[i];
        out->number[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return true;
}

/* As chips' makers write it: 04a1b2..., 04:A1:B2:..., 04 A1 B2 ... */
static bool put_uid(struct span field, struct bureau_card *out)
{
    uint8_t digits[2 * CARD_SUN_UID_SIZE];
    size_t size = 0;
    for (size_t i = 0; i < field.size; i++) {
        if (strchr(":- ", field.bytes[i]) != NULL && field.bytes[i] != '\0')
            continue;
        if (size == sizeof digits)
            return false;
        digits[size++] = field.bytes[i];
    }
    out->has_uid = size > 0;
    return size == 0 || hex_read(span_of(digits, size), out->uid, sizeof out->uid) == ERR_OK;
}

static enum err put_field(const struct bureau_list *list, enum bureau_list_column column, struct span field,
                          struct findings *findings, struct bureau_list_row *out)
{
    bool is_good = true;
    switch (column) {
    case BUREAU_LIST_NUMBER:
        is_good = bureau_list_put_number(field, &out->card);
        break;
    case BUREAU_LIST_UID:
        is_good = put_uid(field, &out->card);
        break;
    case BUREAU_LIST_LINK:
        is_good = field.size < sizeof out->link;
        if (is_good)
            memcpy(out->link, field.bytes, field.size);
        break;
    case BUREAU_LIST_COLUMNS:
        break;
    }
    if (!is_good)
        complain(list, COLUMNS[column], findings,
                 column == BUREAU_LIST_UID ? "14 hexadecimal digits, as the chip's maker gave it" : "",
                 column == BUREAU_LIST_UID ? "that is no UID of such a chip" : "it is too long");
    return is_good ? ERR_OK : ERR_SYNTAX;
}

/* Else the next card's line would be taken for more of this field. */
static bool closes_quotes(struct span line)
{
    size_t count = 0;
    for (size_t i = 0; i < line.size; i++)
        count += line.bytes[i] == '"';
    return count % 2 == 0;
}

static enum err read_row(const struct bureau_list *list, struct span line, struct findings *findings,
                         struct bureau_list_row *out)
{
    struct span field;
    enum err error = ERR_OK;
    *out = (struct bureau_list_row){.link = ""};
    if (!closes_quotes(line)) {
        complain(list, "", findings, "one card a line, each field on it", "a quote is not closed");
        return ERR_SYNTAX;
    }
    for (int i = 0; take_field(list, &line, &field); i++)
        for (int column = 0; column < BUREAU_LIST_COLUMNS; column++)
            if (list->columns[column] == i &&
                put_field(list, (enum bureau_list_column)column, field, findings, out) != ERR_OK)
                error = ERR_SYNTAX;
    return error;
}

enum err bureau_list_next(struct bureau_list *list, struct findings *findings, struct bureau_list_row *out)
{
    struct span line;
    return list_lines_take_filled(&list->lines, &line) ? read_row(list, line, findings, out) : ERR_NOT_FOUND;
}
