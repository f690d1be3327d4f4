/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/likeness.h"
#include "cli/screen.h"

static size_t index_of(const struct verb *verb, const char *option)
{
    size_t i = 0;
    while (i < verb->option_count && strcmp(verb->options[i].name, option) != 0)
        i++;
    KASSA_ASSERT(i < verb->option_count);
    return i;
}

const char *call_value(const struct call *call, const char *option)
{
    return call->values[index_of(call->verb, option)];
}

const char *call_value_at(const struct call *call, const char *option, size_t n)
{
    size_t index = index_of(call->verb, option);
    if (n == 0)
        return call->values[index];
    for (size_t i = 0; i < call->more_count; i++)
        if (call->more[i].option == index && --n == 0)
            return call->more[i].value;
    return NULL;
}

bool call_has(const struct call *call, const char *option)
{
    return call_value(call, option) != NULL;
}

enum exit_code call_fail(const struct call *call, enum err error, const char *subject, const char *hint)
{
    fputs("kassa: ", call->err);
    screen_text(call->err, subject);
    fprintf(call->err, ": %s\n", err_sentence(error));
    if (hint[0] != '\0')
        fprintf(call->err, "  %s\n", hint);
    return exit_code_of(error);
}

enum exit_code call_refuse(const struct call *call, const char *hint, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fputs("kassa: ", call->err);
    screen_text(call->err, text);
    fputc('\n', call->err);
    if (hint[0] != '\0')
        fprintf(call->err, "  %s\n", hint);
    return EXIT_USAGE;
}

enum exit_code call_number(const struct call *call, const char *option, uint64_t *out)
{
    const char *text = call_value(call, option);
    if (text == NULL)
        return EXIT_DONE;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) /* strtoull takes a sign and wraps it */
        return call_refuse(call, "", "--%s wants a whole number, not \"%s\"", option, text);
    *out = value;
    return EXIT_DONE;
}

struct words {
    char **at;
    int left;
};

static const char *next_word(struct words *words)
{
    if (words->left == 0)
        return NULL;
    words->left--;
    return *words->at++;
}

static enum exit_code refuse_option(const struct call *call, const char *word)
{
    const char *name = word + strspn(word, "-");
    struct likeness likeness = likeness_of(span_of(name, strcspn(name, "=")));
    for (size_t i = 0; i < call->verb->option_count; i++)
        likeness_try(&likeness, span_of_text(call->verb->options[i].name));
    char hint[128];
    if (likeness.best.size > 0)
        snprintf(hint, sizeof(hint), "did you mean --%.*s?", (int)likeness.best.size,
                 (const char *)likeness.best.bytes);
    else if (call->verb->takes_expression)
        snprintf(hint, sizeof(hint), "an expression that begins with -- goes behind --");
    else
        snprintf(hint, sizeof(hint), "see: kassa help %s %s", call->verb->noun,
                 call->verb->name != NULL ? call->verb->name : "");
    return call_refuse(call, hint, "unknown option %s", word);
}

static enum exit_code keep_value(struct call *call, size_t option, const char *value)
{
    const struct call_option *row = &call->verb->options[option];
    if (call->values[option] == NULL) {
        call->values[option] = value;
        return EXIT_DONE;
    }
    if (!row->is_repeatable)
        return call_refuse(call, "", "--%s is given twice", row->name);
    if (call->more_count == CALL_MORE_MAX)
        return call_refuse(call, "", "--%s is given too often", row->name);
    call->more[call->more_count].option = option;
    call->more[call->more_count++].value = value;
    return EXIT_DONE;
}

/* --name, --name=value, --name value, -n value. */
static enum exit_code take_option(struct call *call, const char *word, struct words *words)
{
    const struct verb *verb = call->verb;
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    size_t size = is_long ? strcspn(name, "=") : strlen(name);
    size_t i = 0;
    while (i < verb->option_count) {
        const struct call_option *option = &verb->options[i];
        bool is_it = is_long ? strlen(option->name) == size && memcmp(option->name, name, size) == 0
                             : size == 1 && option->letter == name[0];
        if (is_it)
            break;
        i++;
    }
    if (i == verb->option_count)
        return refuse_option(call, word);
    const char *glued = is_long && name[size] == '=' ? name + size + 1 : NULL;
    if (verb->options[i].value == NULL && glued != NULL)
        return call_refuse(call, "", "--%s takes no value", verb->options[i].name);
    const char *value = glued != NULL ? glued : verb->options[i].value == NULL ? "" : next_word(words);
    if (value == NULL)
        return call_refuse(call, "", "--%s wants a value: %s", verb->options[i].name, verb->options[i].value);
    return keep_value(call, i, value);
}

static enum exit_code check_complete(const struct call *call)
{
    const struct verb *verb = call->verb;
    for (size_t i = 0; i < verb->option_count; i++)
        if (verb->options[i].is_required && call->values[i] == NULL)
            return call_refuse(call, verb->options[i].help, "--%s %s is missing", verb->options[i].name,
                               verb->options[i].value);
    if (call->operand_count < verb->operand_min)
        return call_refuse(call, "", "%s%s%s wants: %s", verb->noun, verb->name != NULL ? " " : "",
                           verb->name != NULL ? verb->name : "", verb->operands);
    if (call->operand_count > verb->operand_max)
        return call_refuse(call, verb->operands[0] == '\0' ? "it takes none" : verb->operands,
                           "\"%s\" is too much", call->operands[verb->operand_max]);
    return EXIT_DONE;
}

static bool is_option(const struct verb *verb, const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return false;
    if (!verb->takes_expression || word[1] == '-')
        return true;
    for (size_t i = 0; i < verb->option_count; i++) {
        if (verb->options[i].letter == word[1] && word[2] == '\0')
            return true;
    }
    return false;
}

/* Operands are gathered at the front of the words themselves. */
enum exit_code call_parse(const struct verb *verb, int count, char **words, struct call *out)
{
    struct words rest = {words, count};
    bool is_option_possible = true;
    size_t operand_count = 0;
    *out = (struct call){.verb = verb, .out = stdout, .err = stderr};
    out->operands = (const char *const *)words;
    for (char *word; rest.left > 0;) {
        word = *rest.at;
        (void)next_word(&rest);
        if (is_option_possible && strcmp(word, "--") == 0) {
            is_option_possible = false;
        } else if (is_option_possible && is_option(verb, word)) {
            enum exit_code code = take_option(out, word, &rest);
            if (code != EXIT_DONE)
                return code;
        } else {
            words[operand_count++] = word;
        }
    }
    out->operand_count = operand_count;
    return check_complete(out);
}
