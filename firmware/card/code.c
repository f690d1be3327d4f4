/* SPDX-License-Identifier: Apache-2.0 */
#include "card/code.h"

#include "card/gs1.h"
#include "card/link.h"
#include "card/number.h"
#include "card/text.h"

#define HEAD_SIZE 4 /* "num:" */

struct card_code_settings card_code_settings_default(void)
{
    return (struct card_code_settings){
        .taken = 1U << READER_BARCODE | 1U << READER_GS1 | 1U << READER_LINK,
        .dynamic = {.window_steps = 1},
    };
}

bool card_code_separator_is_valid(uint8_t separator)
{
    bool is_letter = (separator >= 'A' && separator <= 'Z') || (separator >= 'a' && separator <= 'z');
    bool is_digit = separator >= '0' && separator <= '9';
    return separator == 0 || (!is_letter && !is_digit && strchr("\r\n\t -\x02\x03]", separator) == NULL);
}

enum err card_code_check_settings(const struct card_code_settings *settings)
{
    bool is_known = settings->taken < 1U << READER_TECHNOLOGY_COUNT &&
                    card_code_separator_is_valid(settings->separator) &&
                    settings->dynamic.window_steps <= CARD_DYNAMIC_WINDOW_MAX;
    return is_known ? ERR_OK : ERR_SYNTAX;
}

static struct span number_of(const struct card_identity *identity)
{
    return span_of_text(identity->text + HEAD_SIZE);
}

/* NUMBER or NUMBER.TIMECODE */
static enum err read_tail(struct span tail, const struct card_code_rules *rules, struct card_identity *out)
{
    const uint8_t *dot = tail.size > 0 ? memchr(tail.bytes, '.', tail.size) : NULL;
    if (dot == NULL) {
        out->technology = READER_LINK;
        return card_text_of_number(tail, out->text);
    }
    size_t size = (size_t)(dot - tail.bytes);
    out->technology = READER_DYNAMIC;
    TRY(card_text_of_number(span_of(tail.bytes, size), out->text));
    return card_dynamic_check(&rules->settings->dynamic, number_of(out),
                              span_of(dot + 1, tail.size - size - 1), rules->now_unix_s, &out->freshness);
}

static uint8_t lower_of(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* A GS1 key means the same under every host, so that none is trusted but the programme's. */
static bool is_of_our_host(struct span host, const struct card_links *links)
{
    for (size_t i = 0; i < links->count; i++) {
        const char *head = links->heads[i];
        size_t same = 0;
        while (same < host.size && lower_of(host.bytes[same]) == lower_of((uint8_t)head[same]))
            same++;
        if (same == host.size && head[same] == '/')
            return true;
    }
    return false;
}

static size_t size_up_to(struct span text, const char *ends)
{
    size_t size = 0;
    while (size < text.size && (text.bytes[size] == '\0' || strchr(ends, text.bytes[size]) == NULL))
        size++;
    return size;
}

static enum err read_gs1_link(struct span link, const struct card_links *links, struct card_identity *out)
{
    char gsrn[CARD_GSRN_SIZE];
    size_t host_size = size_up_to(link, "/");
    if (!is_of_our_host(span_of(link.bytes, host_size), links))
        return ERR_NOT_FOUND;
    TRY(card_gs1_link_find_member(span_of(link.bytes + host_size, link.size - host_size), gsrn));
    out->technology = READER_GS1;
    return card_text_of_number(span_of(gsrn, sizeof gsrn), out->text);
}

/* ERR_NOT_FOUND: it is none of ours. */
static enum err read_link(const struct card_link *link, const struct card_code_rules *rules,
                          struct card_identity *out)
{
    struct span text = span_of(link->bytes, link->size);
    text.size = size_up_to(text, "?#");
    enum err error = read_gs1_link(text, rules->links, out);
    if (error != ERR_NOT_FOUND)
        return error;
    int head = card_link_find_head(link, rules->links);
    size_t head_size = head < 0 ? 0 : strlen(rules->links->heads[head]);
    if (head < 0 || head_size > text.size)
        return ERR_NOT_FOUND;
    return read_tail(span_of(text.bytes + head_size, text.size - head_size), rules, out);
}

static bool starts_with(struct span text, const char *head)
{
    size_t size = strlen(head);
    return text.size >= size && memcmp(text.bytes, head, size) == 0;
}

static enum err read_content(const struct card_aim_code *code, const struct card_code_rules *rules,
                             struct card_identity *out)
{
    bool may_be_text = code->reading == CARD_READING_PLAIN || code->reading == CARD_READING_TEXT;
    struct card_link link;
    if (may_be_text && card_link_of_text(code->content, &link))
        return read_link(&link, rules, out);
    size_t head_size = sizeof CARD_DYNAMIC_HEAD - 1;
    if (may_be_text && starts_with(code->content, CARD_DYNAMIC_HEAD)) {
        struct span tail = span_of(code->content.bytes + head_size, code->content.size - head_size);
        TRY(read_tail(tail, rules, out));
        return out->technology == READER_DYNAMIC ? ERR_OK : ERR_SYNTAX;
    }
    struct card_number_rules numbers = *rules->numbers;
    numbers.separator = rules->settings->separator;
    return card_number_read_as(code, &numbers, out->text, &out->technology);
}

static enum err read_one(const struct card_aim_code *code, const struct card_code_rules *rules,
                         struct card_identity *out)
{
    struct card_identity identity = {.technology = READER_BARCODE};
    TRY(read_content(code, rules, &identity));
    if ((rules->settings->taken & 1U << identity.technology) == 0)
        return ERR_UNSUPPORTED;
    identity.trust = card_trust_of(identity.technology);
    *out = identity;
    return ERR_OK;
}

/* The same member twice is told by the surer of the two. */
static enum err join(struct card_identity *found, const struct card_identity *one)
{
    if (found->trust != CARD_TRUST_NONE && strcmp(found->text, one->text) != 0)
        return ERR_CONFLICT;
    if (one->trust > found->trust)
        *found = *one;
    return ERR_OK;
}

enum err card_read_code(struct span read, const struct card_code_rules *rules, struct card_identity *out)
{
    struct card_identity found = {.trust = CARD_TRUST_NONE};
    struct card_identity one;
    struct card_aim_code code;
    enum err refusal = ERR_TRUNCATED;
    read = card_number_strip(read);
    if (read.size > CARD_CODE_SIZE_MAX)
        return ERR_TOO_LONG;
    while (read.size > 0) {
        enum err error = card_aim_take(&read, &code);
        if (error == ERR_OK)
            error = read_one(&code, rules, &one);
        if (error == ERR_OK)
            TRY(join(&found, &one));
        else if (refusal == ERR_TRUNCATED || refusal == ERR_UNSUPPORTED)
            refusal = error; /* goods beside a coupon: the coupon is the news */
    }
    if (found.trust == CARD_TRUST_NONE)
        return refusal;
    *out = found;
    return ERR_OK;
}
