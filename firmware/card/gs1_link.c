/* SPDX-License-Identifier: Apache-2.0 */
/* GS1 Digital Link: the elements of a path are written out as element strings, which gs1.c then reads. */
#include "base/hex.h"
#include "card/gs1.h"

#define ELEMENTS_SIZE_MAX 256
#define GTIN_SIZE         14

/* The keys that a path may begin with, and what may qualify them, in this order (URI Syntax 1.2, 4.4 and 4.5). */
static const struct key {
    const char *ai;
    const char *qualifiers;
} KEYS[] = {
    {"00", "/"},
    {"01", "/235/22/10/21/"},
    {"253", "/"},
    {"255", "/"},
    {"401", "/"},
    {"402", "/"},
    {"414", "/254/7040/"},
    {"417", "/7040/"},
    {"8003", "/"},
    {"8004", "/7040/"},
    {"8006", "/22/10/21/"},
    {"8010", "/8011/"},
    {"8013", "/"},
    {"8017", "/8019/"},
    {"8018", "/8019/"},
};

struct elements {
    uint8_t bytes[ELEMENTS_SIZE_MAX];
    size_t size;
};

/* RFC 3986 2.1; nothing that comes out may be taken for a separator. */
static enum err unescape(struct span text, struct elements *out)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.bytes[i];
        if (c == '%') {
            if (text.size - i < 3)
                return ERR_SYNTAX;
            char digits[2] = {(char)text.bytes[i + 1], (char)text.bytes[i + 2]};
            TRY(hex_read(span_of(digits, sizeof digits), &c, 1));
            i += 2;
        }
        if (c <= ' ' || c > '~')
            return ERR_SYNTAX;
        if (out->size == sizeof out->bytes)
            return ERR_TOO_LONG;
        out->bytes[out->size++] = c;
    }
    return ERR_OK;
}

/* The next segment of "/a/b/c". False: there is none. */
static bool take_segment(struct span *path, struct span *out)
{
    if (path->size == 0)
        return false;
    size_t size = 1;
    while (size < path->size && path->bytes[size] != '/')
        size++;
    *out = span_of(path->bytes + 1, size - 1);
    *path = span_of(path->bytes + size, path->size - size);
    return true;
}

static const struct key *find_key(struct span ai)
{
    for (size_t i = 0; i < COUNT_OF(KEYS); i++)
        if (span_is_equal(ai, span_of_text(KEYS[i].ai)))
            return &KEYS[i];
    return NULL;
}

static enum err append(struct elements *out, struct span ai, struct span value)
{
    bool is_gtin = span_is_equal(ai, span_of_text("01"));
    TRY(unescape(ai, out));
    size_t from = out->size;
    TRY(unescape(value, out));
    size_t size = out->size - from;
    if (is_gtin && (size == 8 || size == 12 || size == 13) && from + GTIN_SIZE < sizeof out->bytes) {
        memmove(out->bytes + from + GTIN_SIZE - size, out->bytes + from, size);
        memset(out->bytes + from, '0', GTIN_SIZE - size);
        out->size = from + GTIN_SIZE;
    }
    if (size == 0)
        return ERR_TRUNCATED;
    if (out->size == sizeof out->bytes)
        return ERR_TOO_LONG;
    out->bytes[out->size++] = CARD_GS1_SEPARATOR;
    return ERR_OK;
}

/* Where this qualifier is among those that may still come; they come once, and in order. NULL: not there. */
static const char *find_qualifier(const char *qualifiers, struct span ai)
{
    for (const char *at = qualifiers; at[1] != '\0'; at += 1 + strcspn(at + 1, "/"))
        if (strcspn(at + 1, "/") == ai.size && memcmp(at + 1, ai.bytes, ai.size) == 0)
            return at + 1 + ai.size;
    return NULL;
}

static enum err append_qualifiers(struct span path, const char *qualifiers, struct elements *out)
{
    struct span ai;
    struct span value;
    while (take_segment(&path, &ai)) {
        if (ai.size == 0 && path.size == 0)
            return ERR_OK; /* a slash at the end */
        qualifiers = find_qualifier(qualifiers, ai);
        if (qualifiers == NULL || !take_segment(&path, &value))
            return ERR_SYNTAX;
        TRY(append(out, ai, value));
    }
    return ERR_OK;
}

enum err card_gs1_link_find_member(struct span path, char out_gsrn[CARD_GSRN_SIZE])
{
    struct elements elements = {.size = 0};
    struct span ai;
    struct span value;
    while (take_segment(&path, &ai)) {
        const struct key *key = find_key(ai);
        if (key == NULL || !take_segment(&path, &value))
            continue;
        TRY(append(&elements, ai, value));
        TRY(append_qualifiers(path, key->qualifiers, &elements));
        return card_gs1_find_member(span_of(elements.bytes, elements.size), 0, out_gsrn);
    }
    return ERR_NOT_FOUND;
}
