/* SPDX-License-Identifier: Apache-2.0 */
/* call.h - one run of `kassa`: its row in the table of verbs, what was typed, and how it ends. */
#ifndef KASSA_CLI_CALL_H
#define KASSA_CLI_CALL_H

#include <stdio.h>

#include "base/exit.h"

struct call_option {
    const char *name;  /* long form, without the hyphens */
    char letter;       /* short form; 0: none */
    const char *value; /* "FILE"; NULL: a flag */
    const char *help;
    bool is_required;
    bool is_repeatable; /* may be given several times: call_more */
};

#define CALL_OPTIONS_MAX 16
#define CALL_MORE_MAX    32 /* values of options that are given again */

struct call;

/* A row of verbs.c: help, completion and parsing come from it. */
struct verb {
    const char *noun, *name; /* name NULL: the noun is the whole verb */
    const char *operands;    /* "FILE..."; "": none */
    size_t operand_min, operand_max;
    bool
        takes_expression; /* an operand may begin with a minus: it is an option only where there is such a one */
    const char *summary; /* one line, capital, no full stop */
    const char *details; /* paragraphs for its own help page; NULL: none */
    const struct call_option *options;
    size_t option_count;
    enum exit_code (*run)(const struct call *call);
};

struct call {
    const struct verb *verb;
    const char *const *operands;
    size_t operand_count;
    const char *values[CALL_OPTIONS_MAX]; /* by the verb's options; NULL: not given; a flag: "" */
    struct {
        size_t option;
        const char *value;
    } more[CALL_MORE_MAX]; /* of repeatable options, from the second value on */
    size_t more_count;
    FILE *out, *err;
};

/* The option's value; NULL if it was not given. The verb has such an option. */
const char *call_value(const struct call *call, const char *option);
bool call_has(const struct call *call, const char *option);
/* The n-th value of a repeatable option, from 0; NULL: there are no more. */
const char *call_value_at(const struct call *call, const char *option, size_t n);

/* Reads the option's value, if it was given, as a whole number. Complains. */
NODISCARD
enum exit_code call_number(const struct call *call, const char *option, uint64_t *out);

/* "kassa: <subject>: <sentence>", then what to do; answers with the exit code that fits the error. */
enum exit_code call_fail(const struct call *call, enum err error, const char *subject, const char *hint);
/* "kassa: <text>", then what to do; EXIT_USAGE. */
enum exit_code call_refuse(const struct call *call, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads what was typed behind the noun and verb into out. EXIT_USAGE with a message on err if it makes no
 * call. */
enum exit_code call_parse(const struct verb *verb, int count, char **words, struct call *out);

#endif
