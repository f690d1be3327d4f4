/* SPDX-License-Identifier: Apache-2.0 */
#include "office/place.h"

struct walk {
    struct span text;
    size_t at;
};

static bool is_end(const struct walk *walk)
{
    return walk->at >= walk->text.size;
}

static uint8_t peek(const struct walk *walk)
{
    return is_end(walk) ? 0 : walk->text.bytes[walk->at];
}

static void skip_space(struct walk *walk)
{
    while (!is_end(walk) &&
           (peek(walk) == ' ' || peek(walk) == '\t' || peek(walk) == '\n' || peek(walk) == '\r'))
        walk->at++;
}

/* From the opening quote to behind the closing one. */
static void skip_string(struct walk *walk)
{
    walk->at++;
    while (!is_end(walk) && peek(walk) != '"')
        walk->at += peek(walk) == '\\' ? 2 : 1;
    walk->at++;
}

/* Behind the value that begins here: brackets are counted, not followed. */
static void skip_value(struct walk *walk)
{
    size_t depth = 0;
    while (!is_end(walk)) {
        uint8_t c = peek(walk);
        if (c == '"') {
            skip_string(walk);
        } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
            return;
        } else {
            depth += c == '{' || c == '[' ? 1 : 0;
            depth -= c == '}' || c == ']' ? 1 : 0;
            walk->at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']'))
            return;
    }
}

static uint32_t hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 0;
}

static uint32_t read_hex4(struct walk *walk)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4 && !is_end(walk); i++)
        value = value * 16 + hex_digit(walk->text.bytes[walk->at++]);
    return value;
}

static size_t write_utf8(uint32_t point, uint8_t out[4])
{
    if (point < 0x80)
        return out[0] = (uint8_t)point, 1;
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    out[0] = (uint8_t)(lead[size] | point);
    return size;
}

/* One \uXXXX, or two that are a surrogate pair (RFC 8259 7), behind its "\u". */
static size_t read_unicode_escape(struct walk *walk, uint8_t out[4])
{
    uint32_t point = read_hex4(walk);
    bool has_low =
        walk->text.size - walk->at >= 6 && peek(walk) == '\\' && walk->text.bytes[walk->at + 1] == 'u';
    if (point >= 0xd800 && point < 0xdc00 && has_low) {
        walk->at += 2;
        point = 0x10000 + ((point - 0xd800) << 10) + ((read_hex4(walk) - 0xdc00) & 0x3ff);
    }
    return write_utf8(point, out);
}

/* The next character of a string, its escape resolved; its bytes go to out. */
static size_t read_character(struct walk *walk, uint8_t out[4])
{
    static const char names[] = "bfnrt";
    static const uint8_t meanings[] = {'\b', '\f', '\n', '\r', '\t'};
    uint8_t c = walk->text.bytes[walk->at++];
    if (c != '\\' || is_end(walk))
        return out[0] = c, 1;
    c = walk->text.bytes[walk->at++];
    if (c == 'u' && walk->at <= walk->text.size)
        return read_unicode_escape(walk, out);
    const char *name = c == 0 ? NULL : strchr(names, c);
    return out[0] = name == NULL ? c : meanings[name - names], 1;
}

/* Whether the string that begins at walk is `key`; walk stands behind it afterwards. */
static bool read_is_key(struct walk *walk, const char *key)
{
    struct walk inside = {walk->text, walk->at + 1};
    size_t matched = 0;
    size_t key_size = strlen(key);
    bool is_equal = true;
    while (is_equal && !is_end(&inside) && peek(&inside) != '"') {
        uint8_t bytes[4];
        size_t size = read_character(&inside, bytes);
        is_equal = matched + size <= key_size && memcmp(key + matched, bytes, size) == 0;
        matched += size;
    }
    skip_string(walk);
    return is_equal && matched == key_size;
}

/* From the object's "{" to the value of its key; *out_key is where the key stands. */
static bool enter_key(struct walk *walk, const char *key, size_t *out_key)
{
    if (peek(walk) != '{')
        return false;
    walk->at++;
    for (skip_space(walk); peek(walk) == '"'; skip_space(walk)) {
        *out_key = walk->at;
        bool is_it = read_is_key(walk, key);
        skip_space(walk);
        if (peek(walk) != ':')
            return false;
        walk->at++;
        skip_space(walk);
        if (is_it)
            return true;
        skip_value(walk);
        skip_space(walk);
        if (peek(walk) != ',')
            return false;
        walk->at++;
    }
    return false;
}

/* On over so many items of an array; false: it has none behind them. */
static bool skip_items(struct walk *walk, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        skip_value(walk);
        skip_space(walk);
        if (peek(walk) != ',')
            return false;
        walk->at++;
        skip_space(walk);
    }
    return !is_end(walk) && peek(walk) != ']';
}

static bool enter_index(struct walk *walk, size_t index)
{
    if (peek(walk) != '[')
        return false;
    walk->at++;
    skip_space(walk);
    return skip_items(walk, index);
}

/* On from a place that is known. */
static struct place place_on(struct span text, struct place place, size_t from, size_t offset)
{
    for (size_t i = from; i < offset && i < text.size; i++) {
        if (text.bytes[i] == '\n')
            place = (struct place){place.line + 1, 1};
        else if ((text.bytes[i] & 0xc0) != 0x80) /* the first byte of a UTF-8 character */
            place.column++;
    }
    return place;
}

struct place place_of_offset(struct span text, size_t offset)
{
    return place_on(text, (struct place){1, 1}, 0, offset);
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.' || c == '_';
}

/* Behind a string that begins at `at`; a line's end ends it too. */
static size_t end_of_string(struct span text, size_t at)
{
    for (at++; at < text.size && text.bytes[at] != '"' && text.bytes[at] != '\n'; at++)
        at += text.bytes[at] == '\\' && at + 1 < text.size ? 1 : 0;
    return at < text.size ? at + 1 : text.size;
}

static size_t end_of_token(struct span text, size_t at)
{
    if (text.bytes[at] == '"')
        return end_of_string(text, at);
    if (!is_word(text.bytes[at]))
        return at + 1;
    while (at < text.size && is_word(text.bytes[at]))
        at++;
    return at;
}

struct place place_of_token(struct span text, size_t offset)
{
    size_t at = 0;
    while (at < text.size) {
        while (at < text.size && memchr(" \t\r\n", text.bytes[at], 4) != NULL)
            at++;
        size_t end = at < text.size ? end_of_token(text, at) : at;
        if (end >= offset)
            break;
        at = end;
    }
    return place_of_offset(text, at);
}

/* The known item that stands nearest before; NULL: none does. by_index: before that index, else that offset. */
static const struct place_known *nearest(const struct place_memo *memo, size_t limit, bool by_index)
{
    const struct place_known *best = NULL;
    for (size_t i = 0; i < memo->count && i < PLACE_KNOWN_MAX; i++) {
        const struct place_known *known = &memo->known[i];
        bool is_before = (by_index ? known->index : known->at) <= limit;
        if (is_before && (best == NULL || known->at > best->at))
            best = known;
    }
    return best;
}

static struct place place_by(struct span text, const struct place_memo *memo, size_t offset)
{
    const struct place_known *known = nearest(memo, offset, false);
    return known != NULL ? place_on(text, known->place, known->at, offset) : place_of_offset(text, offset);
}

static void note(struct place_memo *memo, const char *key, size_t index, const struct walk *walk)
{
    if (memo->key == NULL || strcmp(memo->key, key) != 0)
        *memo = (struct place_memo){.key = key};
    struct place place = place_by(walk->text, memo, walk->at);
    memo->known[memo->count++ % PLACE_KNOWN_MAX] = (struct place_known){index, walk->at, place};
}

static bool enter_steps(struct walk *walk, const struct place_step *steps, size_t step_count, size_t *out_key)
{
    for (size_t i = 0; i < step_count; i++) {
        bool is_found =
            steps[i].key != NULL ? enter_key(walk, steps[i].key, out_key) : enter_index(walk, steps[i].index);
        if (!is_found)
            return false;
    }
    return true;
}

/* From a known item to the one of that index. */
static bool go_on(struct walk *walk, const struct place_known *known, size_t index)
{
    walk->at = known->at;
    return skip_items(walk, index - known->index);
}

/* To the value at the path; *out_key is where the key that leads to it stands. */
static bool enter_path(struct walk *walk, struct place_memo *memo, const struct place_step *steps,
                       size_t step_count, size_t *out_key)
{
    bool is_of_item = step_count >= 2 && steps[0].key != NULL && steps[1].key == NULL;
    skip_space(walk);
    if (!is_of_item)
        return enter_steps(walk, steps, step_count, out_key);
    bool is_known = memo->key != NULL && strcmp(memo->key, steps[0].key) == 0;
    const struct place_known *known = is_known ? nearest(memo, steps[1].index, true) : NULL;
    if (known != NULL ? !go_on(walk, known, steps[1].index) : !enter_steps(walk, steps, 2, out_key))
        return false;
    note(memo, steps[0].key, steps[1].index, walk);
    return enter_steps(walk, steps + 2, step_count - 2, out_key);
}

struct place place_find(struct span text, struct place_memo *memo, const struct place_step *steps,
                        size_t step_count, enum place_part part)
{
    struct walk walk = {text, 0};
    size_t key_at = 0;
    if (!enter_path(&walk, memo, steps, step_count, &key_at))
        return (struct place){0, 0};
    return place_by(text, memo, part == PLACE_OF_KEY ? key_at : walk.at);
}

struct place place_find_within(struct span text, struct place_memo *memo, const struct place_step *steps,
                               size_t step_count, struct place within)
{
    struct walk walk = {text, 0};
    size_t key_at = 0;
    if (!enter_path(&walk, memo, steps, step_count, &key_at) || peek(&walk) != '"')
        return (struct place){0, 0};
    walk.at++;
    struct place at = {1, 1};
    while (!is_end(&walk) && peek(&walk) != '"') {
        bool is_first_byte = (peek(&walk) & 0xc0) != 0x80;
        if (is_first_byte &&
            (at.line > within.line || (at.line == within.line && at.column >= within.column)))
            break;
        uint8_t bytes[4];
        (void)read_character(&walk, bytes);
        if (bytes[0] == '\n')
            at = (struct place){at.line + 1, 1};
        else if (is_first_byte)
            at.column++;
    }
    return place_by(text, memo, walk.at);
}
