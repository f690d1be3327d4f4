/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that look at texts, or take a part of one. Indexes count characters. */
#include "offers/cel/functions.h"
#include "offers/cel/pattern.h"
#include "offers/cel/text.h"

static struct cel_value no_overload(void)
{
    return cel_fail(CEL_NO_OVERLOAD);
}

/* Whether the arguments are of the kinds that the letters name (s, i). */
static bool are(const struct cel_value *arguments, uint32_t count, const char *letters)
{
    for (uint32_t i = 0; i < count; i++) {
        enum cel_kind kind = letters[i] == 's' ? CEL_STRING : CEL_INT;
        if (arguments[i].kind != kind)
            return false;
    }
    return true;
}

/* ---- what is in it */

static bool charge_search(struct cel_machine *m, const struct cel_value *arguments)
{
    return cel_spend(
        m, cel_steps_of_bytes((uint64_t)arguments[0].count * (1 + (uint64_t)arguments[1].count / 8)));
}

CEL_FUNCTION(cel_fn_contains)
{
    if (!are(arguments, count, "ss"))
        return no_overload();
    if (!charge_search(m, arguments))
        return cel_fail(m->halted);
    return cel_bool(cel_text_find(cel_text_of(&arguments[0]), cel_text_of(&arguments[1]), 0) != SIZE_MAX);
}

CEL_FUNCTION(cel_fn_starts_with)
{
    (void)m;
    if (!are(arguments, count, "ss"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), part = cel_text_of(&arguments[1]);
    return cel_bool(part.size <= text.size && span_is_equal(cel_part(text, 0, part.size), part));
}

CEL_FUNCTION(cel_fn_ends_with)
{
    (void)m;
    if (!are(arguments, count, "ss"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), part = cel_text_of(&arguments[1]);
    return cel_bool(part.size <= text.size &&
                    span_is_equal(cel_part(text, text.size - part.size, text.size), part));
}

#define PATTERN_STEPS_PER_BYTE 16 /* to compile one: a byte may become many states */

CEL_FUNCTION(cel_fn_matches)
{
    struct cel_pattern pattern;
    const char *fault;
    bool is_match;
    if (!are(arguments, count, "ss"))
        return no_overload();
    if (!cel_spend(m, (uint64_t)arguments[1].count * PATTERN_STEPS_PER_BYTE))
        return cel_fail(m->halted);
    struct arena before = m->scratch;
    enum err error = cel_pattern_compile(cel_text_of(&arguments[1]), &m->scratch, &pattern, &fault);
    if (error == ERR_SYNTAX)
        return cel_fail(CEL_BAD_PATTERN);
    if (error == ERR_OK)
        error = cel_pattern_matches(&pattern, cel_text_of(&arguments[0]), &m->scratch, &m->budget, &is_match);
    m->scratch.used = before.used; /* nothing of it is kept */
    if (error != ERR_OK)
        return cel_halt(m, error == ERR_FULL ? CEL_NO_BUDGET : CEL_NO_SCRATCH);
    return cel_bool(is_match);
}

/* ---- where it is */

/* The character's index of a byte's place. */
static int64_t index_at(struct span text, size_t place)
{
    return place == SIZE_MAX ? -1 : (int64_t)cel_rune_count(cel_part(text, 0, place));
}

static bool is_within(int64_t index, struct span text)
{
    return index >= 0 && (uint64_t)index <= cel_rune_count(text);
}

CEL_FUNCTION(cel_fn_index_of)
{
    if (!are(arguments, count, "ssi"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), part = cel_text_of(&arguments[1]);
    int64_t from = count == 3 ? arguments[2].integer : 0;
    if (!charge_search(m, arguments))
        return cel_fail(m->halted);
    if (!is_within(from, text))
        return cel_fail(CEL_BAD_INDEX);
    return cel_int(index_at(text, cel_text_find(text, part, cel_rune_offset(text, (size_t)from))));
}

CEL_FUNCTION(cel_fn_last_index_of)
{
    if (!are(arguments, count, "ssi"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]), part = cel_text_of(&arguments[1]);
    if (!charge_search(m, arguments))
        return cel_fail(m->halted);
    if (count == 3 && !is_within(arguments[2].integer, text))
        return cel_fail(CEL_BAD_INDEX);
    size_t from = count == 3 ? cel_rune_offset(text, (size_t)arguments[2].integer) : text.size;
    return cel_int(index_at(text, cel_text_find_last(text, part, from)));
}

/* ---- parts of it */

CEL_FUNCTION(cel_fn_char_at)
{
    if (!are(arguments, count, "si"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]);
    if (!cel_spend(m, cel_steps_of_bytes(text.size)))
        return cel_fail(m->halted);
    if (!is_within(arguments[1].integer, text))
        return cel_fail(CEL_BAD_INDEX);
    size_t begin = cel_rune_offset(text, (size_t)arguments[1].integer), end = begin;
    if (end < text.size)
        (void)cel_rune_next(text, &end);
    return cel_string(cel_part(text, begin, end));
}

CEL_FUNCTION(cel_fn_substring)
{
    if (!are(arguments, count, "sii"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]);
    if (!cel_spend(m, cel_steps_of_bytes(text.size)))
        return cel_fail(m->halted);
    int64_t begin = arguments[1].integer;
    int64_t end = count == 3 ? arguments[2].integer : (int64_t)cel_rune_count(text);
    if (!is_within(begin, text) || !is_within(end, text))
        return cel_fail(CEL_BAD_INDEX);
    if (begin > end)
        return cel_fail(CEL_BAD_ARGUMENT);
    return cel_string(
        cel_part(text, cel_rune_offset(text, (size_t)begin), cel_rune_offset(text, (size_t)end)));
}

CEL_FUNCTION(cel_fn_trim)
{
    if (!are(arguments, count, "s"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]);
    size_t begin = 0, end = text.size;
    if (!cel_spend(m, cel_steps_of_bytes(text.size)))
        return cel_fail(m->halted);
    for (size_t next = 0; begin < end && cel_rune_is_space(cel_rune_next(text, &next));)
        begin = next;
    for (size_t before = end; begin < end && cel_rune_is_space(cel_rune_before(text, &before));)
        end = before;
    return cel_string(cel_part(text, begin, end));
}

/* ---- the same in another way */

static struct cel_value change_case(struct cel_machine *m, const struct cel_value *argument, uint8_t first,
                                    uint8_t other)
{
    if (argument->kind != CEL_STRING)
        return no_overload();
    uint8_t *bytes = cel_take(m, argument->count, 1);
    if (bytes == NULL)
        return cel_fail(m->halted);
    for (uint32_t i = 0; i < argument->count; i++) {
        uint8_t byte = argument->bytes[i];
        bool is_changed = byte >= first && byte < first + 26;
        bytes[i] = is_changed ? (uint8_t)(byte - first + other) : byte;
    }
    return cel_string(span_of(bytes, argument->count));
}

CEL_FUNCTION(cel_fn_lower_ascii)
{
    (void)count;
    return change_case(m, &arguments[0], 'A', 'a');
}

CEL_FUNCTION(cel_fn_upper_ascii)
{
    (void)count;
    return change_case(m, &arguments[0], 'a', 'A');
}

CEL_FUNCTION(cel_fn_reverse)
{
    if (!are(arguments, count, "s"))
        return no_overload();
    struct span text = cel_text_of(&arguments[0]);
    uint8_t *bytes = cel_take(m, text.size, 1);
    if (bytes == NULL)
        return cel_fail(m->halted);
    size_t size = 0;
    for (size_t end = text.size, at = end; at > 0; end = at) {
        (void)cel_rune_before(text, &at);
        memcpy(bytes + size, text.bytes + at, end - at);
        size += end - at;
    }
    return cel_string(span_of(bytes, size));
}
