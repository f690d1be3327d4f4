/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a case that failed. */
#include <stdio.h>

#include "office/cases_kit.h"

static void say_list(struct case_run *run, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void say_list(struct case_run *run, const char *format, va_list arguments)
{
    size_t room = sizeof(run->said) - run->said_size;
    if (run->said_size > 0 && room > 2) {
        memcpy(run->said + run->said_size, "; ", 3);
        run->said_size += 2;
        room -= 2;
    }
    int size = vsnprintf(run->said + run->said_size, room, format, arguments);
    if (size > 0)
        run->said_size += (size_t)size < room ? (size_t)size : room - 1;
    run->is_failed = true;
}

static void say(struct case_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct case_run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_list(run, format, arguments);
    va_end(arguments);
}

void case_fault(struct case_run *run, const char *format, ...)
{
    if (!run->is_sound)
        return;
    va_list arguments;
    va_start(arguments, format);
    say_list(run, format, arguments);
    va_end(arguments);
    run->is_sound = false;
}

bool case_is_sound(const struct case_run *run)
{
    return run->is_sound;
}

bool case_ok(struct case_run *run, enum err error, const char *what)
{
    if (error != ERR_OK)
        case_fault(run, "%s: %s", what, err_name(error));
    return error == ERR_OK;
}

void *case_take(struct case_run *run, size_t count, size_t size)
{
    void *memory = pool_take(&run->pool, count, size);
    if (memory == NULL)
        case_fault(run, "no memory is left");
    return memory;
}

const char *case_text(struct case_run *run, const char *format, ...)
{
    char text[CASE_SAID_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size_t kept = size < 0 ? 0 : (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
    char *copy = case_take(run, kept + 1, 1);
    if (copy == NULL)
        return "";
    memcpy(copy, text, kept);
    return copy;
}

/* ---- comparing */

static bool is_same(const json_t *expected, const json_t *got);

static bool is_same_list(const json_t *expected, const json_t *got)
{
    if (json_array_size(expected) != json_array_size(got))
        return false;
    for (size_t i = 0; i < json_array_size(expected); i++) {
        if (!is_same(json_array_get(expected, i), json_array_get(got, i)))
            return false;
    }
    return true;
}

static bool is_same_object(const json_t *expected, const json_t *got)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)expected, key, value)
    {
        if (!is_same(value, json_object_get(got, key)))
            return false;
    }
    return true;
}

/* A quantity may stand as a number on one side and as a text on the other. */
static bool is_same(const json_t *expected, const json_t *got)
{
    int64_t a, b;
    if (json_is_array(expected) && json_is_array(got))
        return is_same_list(expected, got);
    if (json_is_object(expected) && json_is_object(got))
        return is_same_object(expected, got);
    if (json_equal(expected, got))
        return true;
    bool is_number = json_is_integer(expected) || json_is_integer(got);
    return is_number && case_decimal(expected, 3, &a) && case_decimal(got, 3, &b) && a == b;
}

/* Every one of a has its own in b. */
static bool is_part(const json_t *a, const json_t *b)
{
    if (!json_is_array(a) || json_array_size(a) > json_array_size(b))
        return false;
    json_t *rest = json_copy((json_t *)(uintptr_t)b);
    size_t missing = 0;
    for (size_t i = 0; i < json_array_size(a); i++) {
        size_t k = 0;
        while (k < json_array_size(rest) && !is_same(json_array_get(a, i), json_array_get(rest, k)))
            k++;
        missing += k == json_array_size(rest) ? 1 : 0;
        (void)json_array_remove(rest, k);
    }
    json_decref(rest);
    return missing == 0;
}

/* Nothing is counted in a that b does not count as often. */
static bool has_same_counts(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
    {
        int64_t count, other = 0;
        const json_t *found = json_object_get(b, key);
        if (!case_decimal(value, 3, &count) || (found != NULL && !case_decimal(found, 3, &other)) ||
            count != other)
            return false;
    }
    return json_is_object(a) && json_is_object(b);
}

static bool meets(const json_t *expected, const json_t *got, enum case_fit match)
{
    switch (match) {
    case CASE_SAME:
        return is_same(expected, got);
    case CASE_SAME_SET:
        return json_array_size(expected) == json_array_size(got) && is_part(expected, got);
    case CASE_PART:
        return is_part(expected, got);
    case CASE_COUNTS:
        return has_same_counts(expected, got) && has_same_counts(got, expected);
    }
    return false;
}

void case_compare(struct case_run *run, const char *what, const json_t *expected, json_t *got,
                  enum case_fit match)
{
    if (!meets(expected, got, match)) {
        char *a = json_dumps(expected, JSON_COMPACT | JSON_ENCODE_ANY);
        char *b = got != NULL ? json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        say(run, "%s: expected %s, got %s", what, a != NULL ? a : "?", b != NULL ? b : "nothing");
        free(a);
        free(b);
    }
    json_decref(got);
}

void case_compare_number(struct case_run *run, const char *what, int64_t expected, int64_t got)
{
    if (expected != got)
        say(run, "%s: expected %lld, got %lld", what, (long long)expected, (long long)got);
}
