/* SPDX-License-Identifier: Apache-2.0 */
/* Signed statements, and the news of books that carry them. */
#include "wire/lists.h"
#include "wire/message.h"

static const char *const prefixes[WIRE_PURPOSE_COUNT] = {
    [WIRE_SIGNED_ROOT] = "kassa-root-1",
    [WIRE_SIGNED_BOOK] = "kassa-book-1",
    [WIRE_SIGNED_TIMESTAMP] = "kassa-time-1",
};

enum err wire_signed_statement(enum wire_purpose purpose, struct span content,
                               uint8_t out[WIRE_STATEMENT_SIZE_MAX], size_t *out_size)
{
    if (content.size > SIGNED_CONTENT_MAX)
        return ERR_TOO_LONG;
    size_t prefix_size = strlen(prefixes[purpose]) + 1; /* with its NUL */
    memcpy(out, prefixes[purpose], prefix_size);
    if (content.size > 0)
        memcpy(out + prefix_size, content.bytes, content.size);
    *out_size = prefix_size + content.size;
    return ERR_OK;
}

static bool is_too_long(struct span part)
{
    return part.size > SIGNED_SIZE_MAX;
}

enum err wire_book_news_encode(const struct wire_book_news *news, uint8_t *out, size_t capacity,
                               size_t *out_size)
{
    if (news->root_count > NEWS_ROOTS_MAX || is_too_long(news->timestamp) || is_too_long(news->manifest))
        return ERR_TOO_LONG;
    for (size_t i = 0; i < news->root_count; i++) {
        if (is_too_long(news->roots[i]))
            return ERR_TOO_LONG;
    }
    struct list_source roots = {.items = news->roots, .count = news->root_count};
    struct span timestamp = news->timestamp;
    struct span manifest = news->manifest;
    kassa_BookNews message = {.roots = list_write_bytes(&roots),
                              .timestamp = bytes_write(&timestamp),
                              .manifest = bytes_write(&manifest)};
    return wire_encode(kassa_BookNews_fields, &message, out, capacity, out_size);
}

static enum err error_of(const struct list_sink *sinks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sinks[i].error != ERR_OK)
            return sinks[i].error;
    }
    return ERR_SYNTAX;
}

/* A field that may come once at most; the last one counts, as everywhere in protocol buffers. */
static struct span last_of(const struct list_sink *sink)
{
    return sink->count == 0 ? (struct span){NULL, 0} : ((const struct span *)sink->items)[sink->count - 1];
}

enum err wire_book_news_decode(struct span bytes, struct arena *arena, struct wire_book_news *out)
{
    struct list_sink sinks[3];
    for (size_t i = 0; i < COUNT_OF(sinks); i++)
        sinks[i] =
            (struct list_sink){.arena = arena, .item_size = sizeof(struct span), .count_max = NEWS_ROOTS_MAX};
    kassa_BookNews message = {.roots = list_read_bytes(&sinks[0]),
                              .timestamp = list_read_bytes(&sinks[1]),
                              .manifest = list_read_bytes(&sinks[2])};
    pb_istream_t stream = pb_istream_from_buffer(bytes.bytes, bytes.size);
    if (!pb_decode_ex(&stream, kassa_BookNews_fields, &message, PB_DECODE_NOINIT))
        return error_of(sinks, COUNT_OF(sinks));
    struct wire_book_news news = {
        .root_count = sinks[0].count, .timestamp = last_of(&sinks[1]), .manifest = last_of(&sinks[2])};
    for (size_t i = 0; i < news.root_count; i++)
        news.roots[i] = ((const struct span *)sinks[0].items)[i];
    for (size_t i = 0; i < news.root_count; i++) {
        if (is_too_long(news.roots[i]))
            return ERR_TOO_LONG;
    }
    if (is_too_long(news.timestamp) || is_too_long(news.manifest))
        return ERR_TOO_LONG;
    *out = news;
    return ERR_OK;
}
