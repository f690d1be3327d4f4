/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that make new texts of texts: replace, split, join, quote. */
#include "offers/cel/functions.h"
#include "offers/cel/text.h"

static struct cel_value no_overload(void)
{
    return cel_fail(CEL_NO_OVERLOAD);
}

static bool are_texts(const struct cel_value *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (arguments[i].kind != CEL_STRING)
            return false;
    }
    return true;
}

/* Below 0: no limit. */
static bool has_limit(const struct cel_value *arguments, uint32_t count, uint32_t texts, uint64_t *out)
{
    *out = UINT64_MAX;
    if (count <= texts)
        return true;
    if (arguments[texts].kind != CEL_INT)
        return false;
    if (arguments[texts].integer >= 0)
        *out = (uint64_t)arguments[texts].integer;
    return true;
}

/* The next place of `part` at or after `from`, and what remains behind it. An empty part is found between any two
 * characters, before the first and behind the last. */
struct hit {
    size_t begin, end;
};

static bool find(struct span text, struct span part, size_t from, struct hit *out)
{
    size_t begin = cel_text_find(text, part, from);
    if (begin == SIZE_MAX)
        return false;
    *out = (struct hit){begin, begin + part.size};
    return true;
}

static bool charge(struct cel_machine *m, struct span text, struct span part)
{
    return cel_spend(m, cel_steps_of_bytes((uint64_t)text.size * (1 + (uint64_t)part.size / 8)));
}

/* ---- replace */

static bool replace_all(struct cel_machine *m, struct span text, struct span old, struct span new,
                        uint64_t limit, struct cel_writer *writer)
{
    size_t at = 0;
    struct hit hit;
    for (uint64_t i = 0; i < limit && find(text, old, at, &hit); i++) {
        if (!cel_spend(m, 1) || !cel_write(m, writer, cel_part(text, at, hit.begin)) ||
            !cel_write(m, writer, new))
            return false;
        at = hit.end;
        if (old.size > 0)
            continue;
        if (at == text.size)
            break;
        (void)cel_rune_next(text, &at);
        if (!cel_write(m, writer, cel_part(text, hit.end, at)))
            return false;
    }
    return cel_write(m, writer, cel_part(text, at, text.size));
}

CEL_FUNCTION(cel_fn_replace)
{
    uint64_t limit;
    struct cel_writer writer = {NULL, 0, 0};
    if (!are_texts(arguments, 3) || !has_limit(arguments, count, 3, &limit))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), old = cel_text_of(&arguments[1]);
    if (charge(m, text, old))
        (void)replace_all(m, text, old, cel_text_of(&arguments[2]), limit, &writer);
    return cel_written(m, &writer);
}

/* ---- split and join */

/* The next piece from *at on; false: it was the last one. */
static bool next_piece(struct span text, struct span separator, size_t *at, struct span *out)
{
    struct hit hit;
    size_t from = *at;
    if (separator.size == 0) {
        if (*at >= text.size) {
            *out = cel_part(text, *at, *at);
            return false;
        }
        (void)cel_rune_next(text, at);
        *out = cel_part(text, from, *at);
        return *at < text.size;
    }
    bool is_found = find(text, separator, from, &hit);
    *out = cel_part(text, from, is_found ? hit.begin : text.size);
    *at = is_found ? hit.end : text.size;
    return is_found;
}

static bool split(struct cel_machine *m, struct span text, struct span separator, uint64_t limit,
                  struct cel_builder *pieces)
{
    size_t at = 0;
    bool is_more = limit > 0 && (separator.size > 0 || text.size > 0);
    while (is_more) {
        struct span piece = cel_part(text, at, text.size);
        is_more = pieces->count + 1 < limit && next_piece(text, separator, &at, &piece);
        if (!cel_spend(m, 1) || !cel_push(m, pieces, cel_string(piece)))
            return false;
    }
    return true;
}

CEL_FUNCTION(cel_fn_split)
{
    uint64_t limit;
    struct cel_builder pieces = {NULL, 0, 0};
    if (!are_texts(arguments, 2) || !has_limit(arguments, count, 2, &limit))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), separator = cel_text_of(&arguments[1]);
    if (!charge(m, text, separator) || !split(m, text, separator, limit, &pieces))
        return cel_fail(m->halted);
    return cel_list(pieces.values, pieces.count);
}

CEL_FUNCTION(cel_fn_join)
{
    struct cel_writer writer = {NULL, 0, 0};
    if (arguments[0].kind != CEL_LIST || (count == 2 && arguments[1].kind != CEL_STRING))
        return no_overload();
    for (uint32_t i = 0; i < arguments[0].count; i++) {
        struct cel_value item = cel_item(m, &arguments[0], i);
        if (item.kind != CEL_STRING)
            return item.kind == CEL_ERROR ? item : no_overload();
        if (!cel_spend(m, 1) || (i > 0 && count == 2 && !cel_write(m, &writer, cel_text_of(&arguments[1]))) ||
            !cel_write(m, &writer, cel_text_of(&item)))
            return cel_fail(m->halted);
    }
    return cel_written(m, &writer);
}

/* ---- quote */

struct quote_row {
    uint8_t byte;
    const char *text;
};
static const struct quote_row quotes[] = {{'\a', "\\a"}, {'\b', "\\b"},  {'\f', "\\f"},
                                          {'\n', "\\n"}, {'\r', "\\r"},  {'\t', "\\t"},
                                          {'\v', "\\v"}, {'\\', "\\\\"}, {'"', "\\\""}};

static struct span quoted(struct span text, size_t *at)
{
    size_t begin = *at;
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        if (quotes[i].byte == text.bytes[begin]) {
            (*at)++;
            return span_of_text(quotes[i].text);
        }
    }
    if (cel_rune_next(text, at) == CEL_RUNE_BAD)
        return span_of_text("\xef\xbf\xbd");
    return cel_part(text, begin, *at);
}

CEL_FUNCTION(cel_fn_quote)
{
    (void)count;
    struct cel_writer writer = {NULL, 0, 0};
    if (arguments[0].kind != CEL_STRING)
        return no_overload();
    struct span text = cel_text_of(&arguments[0]);
    bool goes_on = cel_spend(m, cel_steps_of_bytes(text.size)) && cel_write(m, &writer, span_of_text("\""));
    for (size_t at = 0; goes_on && at < text.size;)
        goes_on = cel_write(m, &writer, quoted(text, &at));
    (void)(goes_on && cel_write(m, &writer, span_of_text("\"")));
    return cel_written(m, &writer);
}
