/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/emit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/money.h"
#include "base/utf8.h"

#define HEX_BYTES_MAX 32

struct emitter emitter_of(char *text, size_t size)
{
    return (struct emitter){.text = text, .size = size};
}

static void put(struct emitter *out, const char *bytes, size_t size)
{
    if (out->is_full || size > out->size - out->used) {
        out->is_full = true;
        return;
    }
    memcpy(out->text + out->used, bytes, size);
    out->used += size;
}

static void put_character(struct emitter *out, unsigned char c, bool is_utf8)
{
    char escape[8];
    if (c == '"' || c == '\\') {
        escape[0] = '\\';
        escape[1] = (char)c;
        put(out, escape, 2);
    } else if (c < 0x20 || c == 0x7f) {
        put(out, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
    } else {
        escape[0] = c >= 0x80 && !is_utf8 ? '?' : (char)c;
        put(out, escape, 1);
    }
}

static void put_quoted(struct emitter *out, struct span text)
{
    bool is_utf8 = utf8_is_valid(text);
    put(out, "\"", 1);
    for (size_t i = 0; i < text.size; i++)
        put_character(out, text.bytes[i], is_utf8);
    put(out, "\"", 1);
}

static void begin(struct emitter *out, const char *name)
{
    if (out->needs_comma)
        put(out, ",", 1);
    out->needs_comma = true;
    if (name == NULL)
        return;
    put(out, "\"", 1);
    put(out, name, strlen(name));
    put(out, "\":", 2);
}

void emit_open(struct emitter *out, const char *name, char bracket)
{
    begin(out, name);
    put(out, &bracket, 1);
    out->needs_comma = false;
}

void emit_close(struct emitter *out, char bracket)
{
    put(out, &bracket, 1);
    out->needs_comma = true;
}

void emit_null(struct emitter *out, const char *name)
{
    begin(out, name);
    put(out, "null", 4);
}

void emit_bool(struct emitter *out, const char *name, bool value)
{
    begin(out, name);
    put(out, value ? "true" : "false", value ? 4 : 5);
}

void emit_int(struct emitter *out, const char *name, int64_t value)
{
    char digits[24];
    begin(out, name);
    put(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, value));
}

void emit_uint(struct emitter *out, const char *name, uint64_t value)
{
    char digits[24];
    begin(out, name);
    put(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, value));
}

void emit_text(struct emitter *out, const char *name, struct span text)
{
    begin(out, name);
    put_quoted(out, text);
}

void emit_string(struct emitter *out, const char *name, const char *text)
{
    emit_text(out, name, span_of_text(text));
}

void emit_decimal(struct emitter *out, const char *name, int64_t value, unsigned decimals,
                  unsigned min_decimals)
{
    char text[32];
    size_t size = money_format_decimal(value, decimals, min_decimals, text);
    emit_text(out, name, span_of(text, size));
}

void emit_hex(struct emitter *out, const char *name, struct span bytes)
{
    char digits[2 * HEX_BYTES_MAX + 1];
    KASSA_ASSERT(bytes.size <= HEX_BYTES_MAX);
    hex_write(bytes, digits);
    emit_string(out, name, digits);
}

void emit_named_text(struct emitter *out, struct span name, struct span text)
{
    begin(out, NULL);
    put_quoted(out, name);
    put(out, ":", 1);
    put_quoted(out, text);
}
