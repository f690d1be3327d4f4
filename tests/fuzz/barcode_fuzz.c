/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a scanner sends or a person types: an error, or a number in canonical form, and the same one when
 * the bytes come framed through the line assembler. The first byte chooses the rules. */
#include <stdlib.h>

#include "card/card.h"
#include "platform/scanner/scanner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    const struct card_number_rules *rules;
    size_t byte_count;
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_number(struct span read, const struct card_number_rules *rules)
{
    char text[CARD_TEXT_MAX] = "untouched";
    if (card_read_number(read, rules, text) == ERR_OK)
        expect(card_text_is_valid(span_of_text(text)) && memcmp(text, "num:", 4) == 0);
    else
        expect(strcmp(text, "untouched") == 0);
}

static void on_line(void *self, enum err error, struct span line)
{
    struct heard *heard = self;
    heard->byte_count += line.size;
    expect(error == ERR_OK ? line.size > 0 && line.size <= SCANNER_LINE_SIZE_MAX : line.size == 0);
    try_number(line, heard->rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct card_number_rules rules = card_number_rules_default();
    rules.check = (enum card_check)(data[0] % 3);
    struct span rest = span_of(data + 1, size - 1);
    try_number(rest, &rules);
    struct scanner_lines lines = {.size = 0};
    struct heard heard = {.rules = &rules};
    size_t half = rest.size / 2;
    scanner_lines_feed(&lines, span_of(rest.bytes, half), 0, on_line, &heard);
    scanner_lines_feed(&lines, span_of(rest.bytes + half, rest.size - half), data[0], on_line, &heard);
    expect(heard.byte_count + lines.size <= rest.size);
    return 0;
}
