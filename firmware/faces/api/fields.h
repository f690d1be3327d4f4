/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h - reads a JSON object into a struct by a table of its fields: inside faces/api only.
 * A field that the table does not name is refused, so that a misspelt one is found. */
#ifndef KASSA_FACES_API_FIELDS_H
#define KASSA_FACES_API_FIELDS_H

/* How a refusal of a field that nobody knows begins: its name is the sender's, and goes into no log. */
#define FIELDS_STRANGE "is no field here"

#include <jansson.h>

#include "till/till.h"

enum field_type {
    FIELD_TEXT,   /* into char[size], the closing NUL included */
    FIELD_BOOL,   /* bool */
    FIELD_UINT32, /* integer from 0 */
    FIELD_UINT64,
    FIELD_MINOR, /* int64_t: integer of minor units */
    FIELD_MILLI, /* int64_t: decimal text or integer, up to 3 decimals */
    FIELD_E5,    /* int64_t: decimal text, up to 5 decimals */
    FIELD_DAY,   /* int32_t: "2026-11-21" */
    FIELD_WORD,  /* an enum: one of words */
    FIELD_SELF,  /* read by the caller */
};

/* An enum's value and its name in JSON; the last row's name is NULL. */
struct field_word {
    const char *name;
    int value;
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    size_t size;
    bool is_required;
    const struct field_word *words;
};

/* path: what stands before the names in a refusal, "lines[3]." or "".
 * ERR_SYNTAX: another type, missing or unknown. ERR_RANGE: outside its bounds. */
NODISCARD
enum err fields_read(const json_t *object, const struct field *fields, size_t count, const char *path,
                     void *out, struct till_refusal *out_refusal);

/* The name of an enum's value; "?" if it has none. */
const char *field_word_name(const struct field_word *words, int value);

/* Refuses path + name, which is no text of ours, cut to fit. */
void fields_refuse(struct till_refusal *out, const char *path, const char *name, const char *reason);

#endif
