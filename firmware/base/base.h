/* SPDX-License-Identifier: Apache-2.0 */
/* base.h - the few things that every room uses: spans, cleanup by scope, assertions. */
#ifndef KASSA_BASE_H
#define KASSA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kassa/error.h"

/* Bytes that somebody else owns. A span never owns and is never NUL-terminated by promise. */
struct span {
    const uint8_t *bytes;
    size_t size;
};

static inline struct span span_of(const void *bytes, size_t size)
{
    return (struct span){bytes, size};
}

static inline struct span span_of_text(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

static inline bool span_is_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* Runs fn(&variable) when the variable goes out of scope; fn gets a pointer to the variable. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Hands a pointer over to a new owner: yields it and leaves NULL behind, so that CLEANUP frees nothing. */
#define TAKE(pointer)                                                                                        \
    __extension__({                                                                                          \
        __typeof__(pointer) taken_ = (pointer);                                                              \
        (pointer) = NULL;                                                                                    \
        taken_;                                                                                              \
    })

/* Leaves the function with the error, if there is one. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        enum err try_err_ = (expression);                                                                    \
        if (try_err_ != ERR_OK)                                                                              \
            return try_err_;                                                                                 \
    } while (0)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Assertions hold arguments and invariants and stay on in production; bytes from outside are validated
 * before. */
#define KASSA_ASSERT(condition) ((condition) ? (void)0 : kassa_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void kassa_assert_failed(const char *condition, const char *file, int line);

/* The error's short name ("full"), its sentence, and whose fault it is. Any value is answered. */
const char *err_name(enum err error);
const char *err_sentence(enum err error);
enum err_fault err_fault_of(enum err error);

#endif
