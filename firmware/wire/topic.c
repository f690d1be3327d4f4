/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/topic.h"

#include "base/crc32c.h"

/* A pattern's letters: %b bucket, %t till, %c client id (in the till's place), %h cohort, %s store, %v version, %i chunk
 * index or "m". */
static const char *const patterns[TOPIC_COUNT] = {
    [TOPIC_UP] = "kassa/1/up/%b/%t",
    [TOPIC_STATE] = "kassa/1/st/%b/%t",
    [TOPIC_REQUEST] = "kassa/1/rq/%b/%t",
    [TOPIC_ACK] = "kassa/1/dn/%t/ack",
    [TOPIC_MEMBERS] = "kassa/1/dn/%t/mem",
    [TOPIC_REPAIR] = "kassa/1/dn/%t/book/%i",
    [TOPIC_ANSWER] = "kassa/1/dn/%t/ans",
    [TOPIC_MANIFEST] = "kassa/1/book/%h/m",
    [TOPIC_CHUNK] = "kassa/1/book/c/%v/%n",
    [TOPIC_ENROL] = "kassa/1/en/%c/q",
    [TOPIC_ENROLLED] = "kassa/1/en/%c/a",
    [TOPIC_LAN_WORD] = "kassa/1/lan/%s/up/%t",
    [TOPIC_LAN_ANSWER] = "kassa/1/lan/%s/dn/%t",
};

bool topic_is_till_id(struct span text)
{
    if (text.size < 3 || text.size > TILL_ID_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

uint32_t topic_bucket(const char *till)
{
    return crc32c(0, span_of_text(till)) % BUCKETS;
}

static size_t write_text(char *out, const char *text)
{
    size_t size = strlen(text);
    memcpy(out, text, size);
    return size;
}

static size_t write_number(char *out, uint64_t value)
{
    char reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

static size_t write_part(char *out, char letter, const struct topic_parts *parts)
{
    switch (letter) {
    case 'b':
        return write_number(out, topic_bucket(parts->till));
    case 't':
    case 'c':
        return write_text(out, parts->till);
    case 'h':
        return write_text(out, parts->cohort);
    case 's':
        return write_text(out, parts->store);
    case 'v':
        return write_number(out, parts->version);
    case 'n':
        return write_number(out, parts->index);
    default: /* 'i' */
        return parts->is_manifest ? write_text(out, "m") : write_number(out, parts->index);
    }
}

void topic_write(enum topic topic, const struct topic_parts *parts, char out[TOPIC_SIZE_MAX])
{
    size_t size = 0;
    for (const char *p = patterns[topic]; *p != '\0'; p++) {
        if (*p == '%')
            size += write_part(out + size, *++p, parts);
        else
            out[size++] = *p;
    }
    out[size] = '\0';
}

/* The words that stand in the place of what a pattern leaves open; of all else "+" does. */
struct words {
    const char *till, *client, *store;
};

static const char *word_of(char letter, const struct words *words)
{
    return letter == 't' ? words->till : letter == 'c' ? words->client : letter == 's' ? words->store : "+";
}

static void write_pattern(enum topic topic, const struct words *words, char out[TOPIC_SIZE_MAX])
{
    size_t size = 0;
    for (const char *p = patterns[topic]; *p != '\0'; p++) {
        if (*p == '%' && *++p != '\0')
            size += write_text(out + size, word_of(*p, words));
        else
            out[size++] = *p;
    }
    out[size] = '\0';
}

void topic_write_filter(enum topic topic, char out[TOPIC_SIZE_MAX])
{
    const struct words words = {"+", "+", "+"};
    write_pattern(topic, &words, out);
}

void topic_write_right(enum topic topic, char out[TOPIC_SIZE_MAX])
{
    const struct words words = {"%u", "%c", "+"};
    write_pattern(topic, &words, out);
}

void topic_write_store_right(enum topic topic, const char *store, const char *till, char out[TOPIC_SIZE_MAX])
{
    const struct words words = {till, "+", store};
    write_pattern(topic, &words, out);
}

bool topic_is_from_till(enum topic topic)
{
    return topic == TOPIC_UP || topic == TOPIC_STATE || topic == TOPIC_REQUEST || topic == TOPIC_ENROL ||
           topic == TOPIC_LAN_WORD;
}

bool topic_is_enrolment(enum topic topic)
{
    return topic == TOPIC_ENROL || topic == TOPIC_ENROLLED;
}

bool topic_is_of_store(enum topic topic)
{
    return topic == TOPIC_LAN_WORD || topic == TOPIC_LAN_ANSWER;
}

void topic_write_till_filter(const char *till, char out[TOPIC_SIZE_MAX])
{
    size_t size = write_text(out, "kassa/1/dn/");
    size += write_text(out + size, till);
    size += write_text(out + size, "/#");
    out[size] = '\0';
}

static bool read_number(struct span level, uint64_t limit, uint64_t *out)
{
    uint64_t value = 0;
    if (level.size == 0 || level.size > 20 || (level.size > 1 && level.bytes[0] == '0'))
        return false;
    for (size_t i = 0; i < level.size; i++) {
        uint8_t c = level.bytes[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(c - '0'), &value))
            return false;
    }
    *out = value;
    return value <= limit;
}

static bool read_name(struct span level, char out[TILL_ID_MAX + 1])
{
    if (!topic_is_till_id(level))
        return false;
    memcpy(out, level.bytes, level.size);
    out[level.size] = '\0';
    return true;
}

struct reading {
    struct topic_parts parts;
    uint64_t bucket;
    bool has_bucket;
};

static bool read_part(struct span level, char letter, struct reading *reading)
{
    uint64_t number = 0;
    switch (letter) {
    case 'b':
        reading->has_bucket = true;
        return read_number(level, BUCKETS - 1, &reading->bucket);
    case 't':
    case 'c':
        return read_name(level, reading->parts.till);
    case 'h':
        return read_name(level, reading->parts.cohort);
    case 's':
        return read_name(level, reading->parts.store);
    case 'v':
        return read_number(level, UINT64_MAX, &reading->parts.version);
    default: /* 'i', 'n' */
        reading->parts.is_manifest = letter == 'i' && level.size == 1 && level.bytes[0] == 'm';
        if (!reading->parts.is_manifest && !read_number(level, UINT32_MAX, &number))
            return false;
        reading->parts.index = (uint32_t)number;
        return true;
    }
}

static size_t level_size(struct span text, size_t at)
{
    size_t end = at;
    while (end < text.size && text.bytes[end] != '/')
        end++;
    return end - at;
}

static bool read_pattern(struct span text, const char *pattern, struct reading *out)
{
    size_t at = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '%') {
            size_t size = level_size(text, at);
            if (!read_part(span_of(text.bytes + at, size), *++p, out))
                return false;
            at += size;
        } else if (at < text.size && text.bytes[at] == (uint8_t)*p) {
            at++;
        } else {
            return false;
        }
    }
    return at == text.size && (!out->has_bucket || out->bucket == topic_bucket(out->parts.till));
}

enum err topic_read(struct span text, enum topic *out_topic, struct topic_parts *out_parts)
{
    for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
        struct reading reading = {0};
        if (read_pattern(text, patterns[topic], &reading)) {
            *out_topic = (enum topic)topic;
            *out_parts = reading.parts;
            return ERR_OK;
        }
    }
    return ERR_SYNTAX;
}
