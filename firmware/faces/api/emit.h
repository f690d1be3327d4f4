/* SPDX-License-Identifier: Apache-2.0 */
/* emit.h - writes JSON text (RFC 8259) piece by piece into a fixed buffer: inside faces/api only.
 * What does not fit sets is_full, and the text is then worth nothing. Names are literals of ours. */
#ifndef KASSA_FACES_API_EMIT_H
#define KASSA_FACES_API_EMIT_H

#include "base/base.h"

struct emitter {
    char *text;
    size_t size;
    size_t used;
    bool needs_comma;
    bool is_full;
};

struct emitter emitter_of(char *text, size_t size);

/* name NULL: an element of an array, or the whole. */
void emit_open(struct emitter *out, const char *name, char bracket);
void emit_close(struct emitter *out, char bracket);
void emit_null(struct emitter *out, const char *name);
void emit_bool(struct emitter *out, const char *name, bool value);
void emit_int(struct emitter *out, const char *name, int64_t value);
void emit_uint(struct emitter *out, const char *name, uint64_t value);
/* Bytes that are no UTF-8 become '?'. */
void emit_text(struct emitter *out, const char *name, struct span text);
void emit_string(struct emitter *out, const char *name, const char *text);
/* As a text of a decimal number: "2.55". */
void emit_decimal(struct emitter *out, const char *name, int64_t value, unsigned decimals,
                  unsigned min_decimals);
void emit_hex(struct emitter *out, const char *name, struct span bytes);
/* The same with a name that is not ours: a language. */
void emit_named_text(struct emitter *out, struct span name, struct span text);

#endif
