/* SPDX-License-Identifier: Apache-2.0 */
#include "card/link.h"

#include "card/text.h"

static void link_append(struct card_link *link, struct span text)
{
    size_t room = sizeof link->bytes - link->size;
    size_t size = text.size < room ? text.size : room;
    if (size > 0)
        memcpy(link->bytes + link->size, text.bytes, size);
    link->size += size;
}

static uint8_t lower_of(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_equal_any_case(const uint8_t *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower_of(a[i]) != lower_of((uint8_t)b[i]))
            return false;
    return true;
}

static bool starts_with_any_case(struct span text, const char *head)
{
    size_t size = strlen(head);
    return text.size >= size && is_equal_any_case(text.bytes, head, size);
}

/* NFC Forum URI RTD table 3: the first byte of the payload abbreviates the link's head; codes above are no
 * web links. scheme is what must still be read away, head what the code stands for without its scheme. */
static const struct uri_code {
    const char *scheme[2];
    const char *head;
} URI_CODES[] = {
    {{"https://", "http://"}, ""}, {{""}, "www."}, {{""}, "www."}, {{""}, ""}, {{""}, ""},
};

static bool expand(const struct uri_code *code, struct span rest, struct card_link *out)
{
    out->size = 0;
    for (size_t i = 0; i < COUNT_OF(code->scheme) && code->scheme[i] != NULL; i++) {
        if (!starts_with_any_case(rest, code->scheme[i]))
            continue;
        size_t skip = strlen(code->scheme[i]);
        link_append(out, span_of_text(code->head));
        link_append(out, span_of(rest.bytes + skip, rest.size - skip));
        return true;
    }
    return false;
}

struct span card_link_skip_scheme(struct span text)
{
    for (size_t i = 0; i < COUNT_OF(URI_CODES[0].scheme); i++) {
        size_t size = strlen(URI_CODES[0].scheme[i]);
        if (starts_with_any_case(text, URI_CODES[0].scheme[i]))
            return span_of(text.bytes + size, text.size - size);
    }
    return text;
}

bool card_link_of_uri(struct span payload, struct card_link *out)
{
    if (payload.size == 0 || payload.bytes[0] >= COUNT_OF(URI_CODES))
        return false;
    return expand(&URI_CODES[payload.bytes[0]], span_of(payload.bytes + 1, payload.size - 1), out);
}

bool card_link_of_text(struct span text, struct card_link *out)
{
    return expand(&URI_CODES[0], text, out);
}

/* RFC 3986 6.2.2.1: a host is the same in either case, a path is not. */
static bool link_starts_with(struct span link, const char *head)
{
    size_t size = strlen(head);
    size_t host_size = strcspn(head, "/");
    return link.size >= size && is_equal_any_case(link.bytes, head, host_size) &&
           memcmp(link.bytes + host_size, head + host_size, size - host_size) == 0;
}

int card_link_find_head(const struct card_link *link, const struct card_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (link_starts_with(span_of(link->bytes, link->size), links->heads[i]))
            return (int)i;
    return -1;
}

static size_t size_of_value(const struct card_link *link, size_t at)
{
    size_t size = 0;
    while (at + size < link->size && link->bytes[at + size] != '&' && link->bytes[at + size] != '#')
        size++;
    return size;
}

bool card_link_find_value(const struct card_link *link, const char *name, struct span *out)
{
    size_t name_size = strlen(name);
    bool is_query = false;
    for (size_t i = 0; i < link->size; i++) {
        uint8_t c = link->bytes[i];
        bool begins = c == '?' || (is_query && c == '&');
        is_query = is_query || c == '?';
        size_t at = i + 1 + name_size;
        if (!begins || name_size == 0 || at >= link->size || link->bytes[at] != '=' ||
            memcmp(link->bytes + i + 1, name, name_size) != 0)
            continue;
        *out = span_of(link->bytes + at + 1, size_of_value(link, at + 1));
        return true;
    }
    return false;
}

/* Up to a query, to the next parameter where the head ends within the query, or to a fragment. */
static size_t size_before_query(struct span text)
{
    size_t size = 0;
    while (size < text.size && memchr("?#&", text.bytes[size], 3) == NULL)
        size++;
    return size;
}

/* A head may be written without the slash that comes next, and a link may end with one. */
static struct span without_slashes(struct span number)
{
    size_t skip = number.size > 0 && number.bytes[0] == '/' ? 1 : 0;
    size_t size = number.size - skip;
    if (size > 0 && number.bytes[number.size - 1] == '/')
        size--;
    return span_of(number.bytes + skip, size);
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A head that ends amid a word is no head of the word's: loyalty.example/c is none of loyalty.example/club1234. */
static bool ends_amid_word(const char *head, size_t size, struct span rest)
{
    return size > 0 && is_letter((uint8_t)head[size - 1]) && rest.size > 0 && is_letter(rest.bytes[0]);
}

enum err card_link_find_number(const struct card_link *link, const struct card_links *links,
                               char out_text[CARD_TEXT_MAX])
{
    int head = card_link_find_head(link, links);
    if (head < 0)
        return ERR_NOT_FOUND;
    size_t head_size = strlen(links->heads[head]);
    struct span number = span_of(link->bytes + head_size, link->size - head_size);
    number.size = size_before_query(number);
    if (ends_amid_word(links->heads[head], head_size, number))
        return ERR_NOT_FOUND;
    return card_text_of_number_or(ERR_NOT_FOUND, without_slashes(number), out_text);
}
