/* SPDX-License-Identifier: Apache-2.0 */
/* form.h - reads JSON objects by tables of fields, and explains what does not fit.
 *
 * A table says of each field its name, how it is read, where its value goes and within which bounds. Fields
 * are read in the table's order, whatever the text's; a key that no row names is an error with "did you
 * mean". Numbers go to int64_t, texts to struct span (which point into the parsed JSON: keep it), lists to
 * struct form_texts.
 *
 * Money, quantities, percentages and factors are decimal texts ("2.50"): a JSON number may become a double on
 * its way through somebody's program, and 2.55 is none. */
#ifndef KASSA_OFFICE_FORM_H
#define KASSA_OFFICE_FORM_H

#include <jansson.h>

#include "office/finding.h"
#include "office/pool.h"

/* A value and how it is reached; nodes live on the stack of the readers. */
struct form_node {
    const json_t *json;
    const struct form_node *parent; /* NULL: the whole text */
    const char *key;                /* NULL: an item of an array, by index */
    size_t index;
};

/* One text that is being checked. */
struct form {
    struct span text;
    struct findings *findings;
    struct pool *pool;
    unsigned exponent; /* decimals of money */
    bool is_out_of_memory;
    struct place_memo memo; /* findings come in the text's order, mostly */
};

struct form_field;
typedef void form_read(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out);

struct form_choice {
    const char *name;
    int64_t value;
};

#define FORM_DECIMALS_OF_CURRENCY 99

struct form_field {
    const char *name;
    bool is_required;
    form_read *read;
    size_t offset;     /* of the value in the object's struct */
    int64_t min, max;  /* a number's bounds; a text's length in bytes; a list's count */
    unsigned decimals; /* places of a decimal text */
    const struct form_choice *choices;
    size_t choice_count;
    const char *hint; /* how it is written, by example */
};

struct form_texts {
    const struct span *rows;
    uint32_t count;
};

/* Readers. What they refuse they complain of, and leave *out as it was. */
void form_read_integer(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out);
void form_read_decimal(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out);
void form_read_choice(struct form *form, const struct form_node *node, const struct form_field *field,
                      void *out);
void form_read_true(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out);
void form_read_flag(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out);
void form_read_text(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out);
/* [A-Za-z0-9._-], for what machines compare. */
void form_read_name(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out);
/* "2026-11-21" as a day of civil.h. */
void form_read_day(struct form *form, const struct form_node *node, const struct form_field *field,
                   void *out);
/* A list of texts without repetition; each at most 32 bytes, printable. */
void form_read_texts(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out);
/* The same of names, [A-Za-z0-9._-]. */
void form_read_names(struct form *form, const struct form_node *node, const struct form_field *field,
                     void *out);
/* A list of words of `choices`, each once: a bit each, at the choice's value. At least one. */
void form_read_bits(struct form *form, const struct form_node *node, const struct form_field *field,
                    void *out);
/* Any value: for keys that are allowed and mean nothing ("$schema"). */
void form_read_nothing(struct form *form, const struct form_node *node, const struct form_field *field,
                       void *out);

/* Reads an object's fields into `out`. False: it is no object, or a field was refused. */
bool form_read_object(struct form *form, const struct form_node *node, const struct form_field *fields,
                      size_t field_count, void *out);

/* The member of that key, as a node; its json is NULL if there is none. */
struct form_node form_member(const struct form_node *node, const char *key);
struct form_node form_item(const struct form_node *node, size_t index);

/* Complaints: an error at the value (or at its key), a warning at the value. The hint may be "". */
void form_complain(struct form *form, const struct form_node *node, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void form_complain_key(struct form *form, const struct form_node *node, const char *hint, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));
/* An error at a place within the text that the value is: an expression's line and column. */
void form_complain_within(struct form *form, const struct form_node *node, struct place within,
                          const char *sentence);
void form_warn(struct form *form, const struct form_node *node, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* pool_take that marks the form when there is no memory. */
void *form_take(struct form *form, size_t count, size_t size);

/* "did you mean \"x\"?" in the caller's buffer, or `otherwise` when nothing is near. */
#define FORM_HINT_SIZE 160
struct likeness;
void form_hint(const struct likeness *likeness, const char *otherwise, char out[FORM_HINT_SIZE]);
/* Adds a blank and the word to the list in the hint; once it is full, " ..." and no more. */
void form_hint_add(char hint[FORM_HINT_SIZE], const char *word);

/* Parses; a syntax error becomes a finding with its place. NULL then. */
json_t *form_parse(struct form *form);

/* What kind of value it is, for a sentence: "a number". */
const char *form_kind_of(const json_t *json);

struct span form_span_of(const json_t *text);
/* Two struct span by their bytes, then by their length: for qsort and bsearch. */
int form_compare_spans(const void *left, const void *right);

#endif
