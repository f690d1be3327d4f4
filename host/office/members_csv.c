/* SPDX-License-Identifier: Apache-2.0 */
#include "office/members_csv.h"

#include <stdio.h>

#include "base/likeness.h"
#include "base/utf8.h"

static const char *const names[] = {"card", "first_name", "language", "tier", "segments", "consents"};
enum { CARD, FIRST_NAME, LANGUAGE, TIER, SEGMENTS, CONSENTS };
_Static_assert(COUNT_OF(names) == COUNT_OF(((struct members_csv *)0)->column_of_field), "a column a name");

/* One row as it is being taken apart. */
struct row {
    struct members_csv *csv;
    size_t used; /* of the scratch */
    uint32_t column;
    bool is_too_long, has_bad_quote;
};

static bool is_end(const struct members_csv *csv)
{
    return csv->at >= csv->text.size;
}

static uint8_t peek(const struct members_csv *csv)
{
    return is_end(csv) ? '\n' : csv->text.bytes[csv->at];
}

static void take(struct row *row, bool is_kept)
{
    struct members_csv *csv = row->csv;
    uint8_t c = csv->text.bytes[csv->at++];
    if ((c & 0xc0) != 0x80)
        row->column++;
    if (!is_kept)
        return;
    if (row->used == sizeof(csv->scratch))
        row->is_too_long = true;
    else
        csv->scratch[row->used++] = c;
}

/* RFC 4180 2.5 to 2.7: between quotes, a quote is written twice. */
static void take_quoted(struct row *row)
{
    struct members_csv *csv = row->csv;
    take(row, false);
    while (!is_end(csv) && peek(csv) != '\n') {
        if (peek(csv) == '"') {
            take(row, false);
            if (is_end(csv) || peek(csv) != '"')
                return;
        }
        take(row, true);
    }
    row->has_bad_quote = true; /* a name of ours has no line end */
}

static bool is_field_end(const struct members_csv *csv)
{
    uint8_t c = peek(csv);
    bool is_crlf = c == '\r' && (csv->at + 1 >= csv->text.size || csv->text.bytes[csv->at + 1] == '\n');
    return is_end(csv) || c == ',' || c == '\n' || is_crlf;
}

static void take_field(struct row *row)
{
    struct members_csv *csv = row->csv;
    size_t begin = row->used;
    uint32_t column = row->column;
    if (!is_field_end(csv) && peek(csv) == '"') {
        take_quoted(row);
        row->has_bad_quote |= !is_field_end(csv);
    }
    while (!is_field_end(csv))
        take(row, true);
    if (csv->field_count == MEMBERS_CSV_FIELDS_MAX) {
        row->is_too_long = true;
        return;
    }
    csv->fields[csv->field_count] = span_of(csv->scratch + begin, row->used - begin);
    csv->columns[csv->field_count++] = column;
}

/* False: the text is at its end. */
static bool take_row(struct row *row)
{
    struct members_csv *csv = row->csv;
    if (is_end(csv))
        return false;
    csv->line++;
    csv->field_count = 0;
    take_field(row);
    while (!is_end(csv) && peek(csv) == ',') {
        take(row, false);
        take_field(row);
    }
    while (!is_end(csv) && peek(csv) != '\n')
        csv->at++;
    csv->at += is_end(csv) ? 0 : 1;
    return true;
}

static bool is_blank(const struct members_csv *csv)
{
    return csv->field_count == 1 && csv->fields[0].size == 0;
}

static int find_name(struct span text, struct likeness *likeness)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (span_is_equal(span_of_text(names[i]), text))
            return (int)i;
        likeness_try(likeness, span_of_text(names[i]));
    }
    return -1;
}

static void read_column(struct members_csv *csv, uint32_t index, struct findings *findings)
{
    struct likeness likeness = likeness_of(csv->fields[index]);
    struct place place = {csv->line, csv->columns[index]};
    int name = find_name(csv->fields[index], &likeness);
    char hint[96] = "known: card first_name language tier segments consents";
    if (likeness.best.size > 0)
        snprintf(hint, sizeof(hint), "did you mean \"%.*s\"?", (int)likeness.best.size,
                 (const char *)likeness.best.bytes);
    if (name < 0)
        findings_add(findings, FINDING_ERROR, place, "", hint, "unknown column \"%.*s\"",
                     (int)csv->fields[index].size, (const char *)csv->fields[index].bytes);
    else if (csv->column_of_field[name] >= 0)
        findings_add(findings, FINDING_ERROR, place, "", "name each once", "column \"%s\" stands twice",
                     names[name]);
    else
        csv->column_of_field[name] = (int)index;
}

enum err members_csv_open(struct span text, struct findings *findings, struct members_csv *out)
{
    size_t errors = findings->error_count;
    out->text = utf8_without_mark(text);
    out->at = 0;
    out->line = 0;
    out->field_count = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        out->column_of_field[i] = -1;
    struct row row = {.csv = out, .column = 1};
    (void)take_row(&row);
    for (uint32_t i = 0; i < out->field_count; i++)
        read_column(out, i, findings);
    if (out->column_of_field[CARD] < 0)
        findings_add(findings, FINDING_ERROR, (struct place){1, 1}, "",
                     "the first line names the columns: card,first_name,language,tier,segments,consents",
                     "there is no column \"card\"");
    return findings->error_count == errors ? ERR_OK : ERR_SYNTAX;
}

static struct span field_of(const struct members_csv *csv, int name)
{
    int column = csv->column_of_field[name];
    return column >= 0 ? csv->fields[column] : span_of("", 0);
}

struct place members_csv_place(const struct members_csv *csv, const char *field)
{
    struct likeness unused = likeness_of(span_of_text(field));
    int name = find_name(span_of_text(field), &unused);
    int column = name >= 0 ? csv->column_of_field[name] : -1;
    return (struct place){csv->line,
                          column >= 0 && (uint32_t)column < csv->field_count ? csv->columns[column] : 1};
}

static enum err read_entry(const struct members_csv *csv, struct findings *findings, struct member_entry *out)
{
    struct member_entry entry = {.card = field_of(csv, CARD),
                                 .first_name = field_of(csv, FIRST_NAME),
                                 .language = field_of(csv, LANGUAGE),
                                 .tier = field_of(csv, TIER)};
    enum err error =
        member_desk_split(field_of(csv, SEGMENTS), entry.segments, SEGMENTS_MAX, &entry.segment_count);
    if (error != ERR_OK)
        findings_add(findings, FINDING_ERROR, members_csv_place(csv, "segments"), "segments",
                     "separate them by ;", "more than %d segments", SEGMENTS_MAX);
    enum err consents = member_desk_split_consents(field_of(csv, CONSENTS), &entry);
    if (consents != ERR_OK)
        findings_add(findings, FINDING_ERROR, members_csv_place(csv, "consents"), "consents",
                     "\"personal_offers;email:2\": a purpose, and the version of its text where it is not 1",
                     "these are no consents");
    if (error != ERR_OK || consents != ERR_OK)
        return ERR_SYNTAX;
    *out = entry;
    return ERR_OK;
}

static enum err check_row(const struct row *row, uint32_t head_count, struct findings *findings)
{
    const struct members_csv *csv = row->csv;
    struct place place = {csv->line, 1};
    if (row->has_bad_quote)
        findings_add(findings, FINDING_ERROR, place, "",
                     "a field in quotes ends with one; a quote within is written twice",
                     "a quote is not closed, or something follows it");
    else if (row->is_too_long)
        findings_add(findings, FINDING_ERROR, place, "", "",
                     "the line is over %d bytes or has over %d fields", MEMBERS_CSV_ROW_MAX,
                     MEMBERS_CSV_FIELDS_MAX);
    else if (csv->field_count != head_count)
        findings_add(findings, FINDING_ERROR, place, "", "a comma within a field wants quotes around it",
                     "%u fields, but the head line has %u", csv->field_count, head_count);
    else
        return ERR_OK;
    return ERR_SYNTAX;
}

enum err members_csv_next(struct members_csv *csv, struct findings *findings, struct member_entry *out)
{
    uint32_t head_count = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        head_count += csv->column_of_field[i] >= 0 ? 1 : 0;
    struct row row = {.csv = csv, .column = 1};
    do {
        row = (struct row){.csv = csv, .column = 1};
        if (!take_row(&row))
            return ERR_NOT_FOUND;
    } while (is_blank(csv));
    TRY(check_row(&row, head_count, findings));
    return read_entry(csv, findings, out);
}
