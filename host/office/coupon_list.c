/* SPDX-License-Identifier: Apache-2.0 */
#include "office/coupon_list.h"

#include "base/hex.h"
#include "base/utf8.h"

static void complain(const struct coupon_list *list, size_t column, struct findings *findings,
                     const char *path, const char *hint, const char *what)
{
    findings_add(findings, FINDING_ERROR, (struct place){list->lines.number, (uint32_t)column + 1}, path,
                 hint, "%s", what);
}

enum err coupon_list_open(struct span text, struct findings *findings, struct coupon_list *out)
{
    struct coupon_list list = {.lines = list_lines_of(text)};
    struct span head = {NULL, 0};
    bool is_there = list_lines_take(&list.lines, &head);
    list.has_serials = is_there && span_is_equal(head, span_of_text("member,serial"));
    if (!list.has_serials && !(is_there && span_is_equal(head, span_of_text("member")))) {
        list.lines.number = 1;
        complain(&list, 0, findings, "", "member,serial (or: member)", "the first line names the columns");
        return ERR_SYNTAX;
    }
    *out = list;
    return ERR_OK;
}

static enum err read_row(const struct coupon_list *list, struct span line, struct findings *findings,
                         struct coupon_list_row *out)
{
    const uint8_t *comma = memchr(line.bytes, ',', line.size);
    struct span id = comma == NULL ? line : span_of(line.bytes, (size_t)(comma - line.bytes));
    struct span serial = comma == NULL ? span_of("", 0) : span_of(comma + 1, line.size - id.size - 1);
    *out = (struct coupon_list_row){.serial = ""};
    if (hex_read(id, out->member, MEMBER_SIZE) != ERR_OK) {
        complain(list, 0, findings, "member", "kassa member list shows them",
                 "an id is 32 hexadecimal digits");
        return ERR_SYNTAX;
    }
    bool is_good = (list->has_serials || comma == NULL) && serial.size <= COUPON_SERIAL_MAX &&
                   utf8_is_printable(serial) &&
                   (serial.size == 0 || (memchr(serial.bytes, ',', serial.size) == NULL &&
                                         memchr(serial.bytes, '"', serial.size) == NULL));
    if (!is_good) {
        complain(list, id.size + 1, findings, "serial", "without commas and quotes",
                 "a serial has 1 to 40 bytes of text, in a column of its own");
        return ERR_SYNTAX;
    }
    memcpy(out->serial, serial.bytes, serial.size);
    return ERR_OK;
}

enum err coupon_list_next(struct coupon_list *list, struct findings *findings, struct coupon_list_row *out)
{
    struct span line;
    return list_lines_take_filled(&list->lines, &line) ? read_row(list, line, findings, out) : ERR_NOT_FOUND;
}
