/* SPDX-License-Identifier: Apache-2.0 */
/* cel.h - conditions in the Common Expression Language: text -> compact program -> value.
 *
 * Where      head office compiles (cel_compile) and ships programs in the book; the till verifies them once
 *            (cel_verify) and evaluates them (cel_eval). SPEC.md describes the program byte by byte.
 * Pure       no clock, no heap, no I/O: time, zones and the variables' values come from the host.
 * Memory     the caller's: an arena for compiling, a scratch block for one evaluation.
 * Safety     any bytes are refused by cel_verify or harmless to evaluate. Every evaluation ends: each step and
 *            each byte touched costs budget. No budget, no scratch: an error value, which no || absorbs.
 * Errors     of an evaluation are values (CEL_ERROR), as the language says; those of a text are cel_faults with
 *            line, column and a sentence, all that were found.
 * Money      Kassa's variables give money as int in minor units; nothing here turns it into a double unasked. */
#ifndef KASSA_OFFERS_CEL_H
#define KASSA_OFFERS_CEL_H

#include "base/arena.h"
#include "base/base.h"

#define CEL_TEXT_MAX       16384 /* bytes of an expression: what an author can still read */
#define CEL_PROGRAM_MAX    65535 /* sizes in a program take two bytes */
#define CEL_DEPTH_MAX      200   /* nested operations: bounds the C stack, each takes some 200 bytes of it */
#define CEL_SLOTS_MAX      64    /* variables of macros in scope at once */
#define CEL_SENTENCE_MAX   200
#define CEL_FAULTS_MAX     16
#define CEL_MEMORY_SIZE    (4u << 20)  /* enough for cel_compile of any text of CEL_TEXT_MAX bytes */
#define CEL_SCRATCH_SIZE   (64u << 10) /* what the till gives an evaluation; more than real conditions take */
#define CEL_BUDGET_DEFAULT 100000      /* steps an evaluation may take: some 2 ms on a small board */

/* ---- values */

enum cel_kind {
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_TYPE,
    CEL_OBJECT, /* a thing of the host's: basket, line */
    CEL_ERROR,
    CEL_KIND_COUNT,
    CEL_DYN = CEL_KIND_COUNT /* of types alone: any value */
};

/* Why an evaluation has no value. Codes are written in programs: append only. */
enum cel_error {
    CEL_NO_ERROR,
    CEL_NO_OVERLOAD,   /* the operator or function does not take such values */
    CEL_NO_SUCH_FIELD, /* also: a value that has no fields */
    CEL_NO_SUCH_KEY,
    CEL_BAD_INDEX, /* outside the list or text */
    CEL_OVERFLOW,
    CEL_DIVIDE_BY_ZERO,
    CEL_OUT_OF_RANGE,   /* of a conversion, a timestamp, a duration */
    CEL_BAD_CONVERSION, /* a text that is none of the wanted type */
    CEL_UNKNOWN_NAME,   /* no such variable or type */
    CEL_UNKNOWN_FUNCTION,
    CEL_REPEATED_KEY,
    CEL_BAD_KEY,     /* of a map: neither int, uint, bool nor string */
    CEL_BAD_PATTERN, /* regular expression, or format */
    CEL_BAD_ZONE,
    CEL_BAD_ARGUMENT,
    CEL_HOST_ERROR, /* the host has no value */
    CEL_NO_SCRATCH,
    CEL_NO_BUDGET,
    CEL_TOO_DEEP,
    CEL_ERROR_COUNT
};

struct cel_error_row {
    const char *name;     /* "divide_by_zero" */
    const char *sentence; /* "division by zero" */
};
/* Any value is answered. */
const struct cel_error_row *cel_error_row(enum cel_error error);

/* 16 bytes. Texts, lists and maps point into memory that outlives the evaluation: the program, the host's or
 * the scratch. */
struct cel_value {
    uint8_t kind;    /* enum cel_kind */
    bool is_hosted;  /* of a list: its items come through cel_host.element */
    uint16_t object; /* CEL_OBJECT, and hosted lists as the host likes: index of the declared object */
    uint32_t count;  /* string, bytes: bytes; list: items; map: entries; timestamp: nanoseconds, below 10^9;
                        type: enum cel_kind (object types: `object` says which); error: enum cel_error */
    union {
        bool truth;
        int64_t integer; /* int; timestamp: seconds since 1970; duration: nanoseconds */
        uint64_t natural;
        double real;
        const uint8_t *bytes;
        const struct cel_value *items; /* a map's: key, value, key, value ... */
        uint64_t handle;               /* objects and hosted lists: the host's own */
    };
};

static inline struct cel_value cel_null(void)
{
    return (struct cel_value){.kind = CEL_NULL};
}
static inline struct cel_value cel_bool(bool truth)
{
    return (struct cel_value){.kind = CEL_BOOL, .truth = truth};
}
static inline struct cel_value cel_int(int64_t integer)
{
    return (struct cel_value){.kind = CEL_INT, .integer = integer};
}
static inline struct cel_value cel_uint(uint64_t natural)
{
    return (struct cel_value){.kind = CEL_UINT, .natural = natural};
}
static inline struct cel_value cel_double(double real)
{
    return (struct cel_value){.kind = CEL_DOUBLE, .real = real};
}
/* The text must be valid UTF-8 of less than 2^32 bytes. */
static inline struct cel_value cel_string(struct span text)
{
    return (struct cel_value){.kind = CEL_STRING, .count = (uint32_t)text.size, .bytes = text.bytes};
}
static inline struct cel_value cel_bytes(struct span bytes)
{
    return (struct cel_value){.kind = CEL_BYTES, .count = (uint32_t)bytes.size, .bytes = bytes.bytes};
}
static inline struct cel_value cel_list(const struct cel_value *items, uint32_t count)
{
    return (struct cel_value){.kind = CEL_LIST, .count = count, .items = items};
}
static inline struct cel_value cel_map(const struct cel_value *items, uint32_t count)
{
    return (struct cel_value){.kind = CEL_MAP, .count = count, .items = items};
}
static inline struct cel_value cel_hosted_list(uint16_t object, uint64_t handle, uint32_t count)
{
    return (struct cel_value){
        .kind = CEL_LIST, .is_hosted = true, .object = object, .count = count, .handle = handle};
}
static inline struct cel_value cel_object(uint16_t object, uint64_t handle)
{
    return (struct cel_value){.kind = CEL_OBJECT, .object = object, .handle = handle};
}
/* From 0001-01-01 to 9999-12-31, UTC; nanoseconds below 10^9. */
static inline struct cel_value cel_timestamp(int64_t unix_s, uint32_t nanoseconds)
{
    return (struct cel_value){.kind = CEL_TIMESTAMP, .count = nanoseconds, .integer = unix_s};
}
static inline struct cel_value cel_duration(int64_t nanoseconds)
{
    return (struct cel_value){.kind = CEL_DURATION, .integer = nanoseconds};
}
static inline struct cel_value cel_type_of_kind(enum cel_kind kind)
{
    return (struct cel_value){.kind = CEL_TYPE, .count = (uint32_t)kind};
}
static inline struct cel_value cel_fail(enum cel_error error)
{
    return (struct cel_value){.kind = CEL_ERROR, .count = (uint32_t)error};
}
static inline bool cel_is_true(struct cel_value value)
{
    return value.kind == CEL_BOOL && value.truth;
}

/* ---- declarations: what an expression may name */

struct cel_type {
    uint8_t kind;                   /* enum cel_kind, CEL_DYN */
    uint16_t object;                /* of CEL_OBJECT: index into the declarations' objects */
    const struct cel_type *element; /* of a list; of a map its values */
    const struct cel_type *key;     /* of a map */
    uint32_t
        count_max; /* of a list of the host's: items at most, for the cost; 0: the declarations' list_max */
};

struct cel_field {
    const char *name;
    const struct cel_type *type;
    const char *help; /* a phrase for authors */
};

struct cel_object {
    const char *name;
    const struct cel_field *fields;
    uint32_t field_count;
};

struct cel_variable {
    const char *name; /* may have dots */
    const struct cel_type *type;
    const char *help;
};

struct cel_function {
    const char *name;
    const char *help;
    bool is_method;                           /* called as first.name(others) */
    uint8_t parameter_count;                  /* the first one with it: at most 4 */
    const struct cel_type *const *parameters; /* the first one of a method included */
    const struct cel_type *result;
    uint32_t cost; /* steps that a call takes */
};

/* Programs hold the numbers of variables, objects, fields and functions: rows are appended, never moved. */
struct cel_declarations {
    const struct cel_variable *variables;
    const struct cel_object *objects;
    const struct cel_function *functions;
    uint32_t variable_count, object_count, function_count;
    const char *container; /* dotted name in which names are resolved first; NULL: none */
    uint32_t list_max;     /* items of the host's lists at most, for the cost; 0: not known */
    bool has_zones;        /* the host knows time zones by name: it has cel_host.offset */
    bool is_whole;         /* amounts are ints in minor units: comparing an int with a double is a fault */
};

/* ---- compiling */

struct cel_fault {
    uint32_t line, column; /* from 1; columns count code points */
    char sentence[CEL_SENTENCE_MAX];
};

struct cel_faults {
    struct cel_fault list[CEL_FAULTS_MAX];
    uint32_t count; /* those beyond CEL_FAULTS_MAX are left out */
};

struct cel_source {
    struct span text;
    const struct cel_declarations *declarations;
    bool is_unchecked;             /* no type check: what does not fit is an error of the evaluation */
    const struct cel_type *wanted; /* the result's; NULL: any */
};

struct cel_program {
    struct span bytes;           /* in the arena */
    const struct cel_type *type; /* the result's, in the arena */
    uint64_t cost; /* an upper bound of the steps, lists being list_max long at most; UINT64_MAX: not known */
};

/* ERR_SYNTAX: out_faults has at least one; ERR_TOO_LONG: the text, or what comes of it (out_faults says it
 * too); ERR_MEMORY: the arena is too small. */
NODISCARD
enum err cel_compile(const struct cel_source *source, struct arena *memory, struct cel_program *out_program,
                     struct cel_faults *out_faults);

/* Writes the type as an author would: "list(int)", and a NUL; cut at size. */
void cel_type_print(const struct cel_type *type, const struct cel_declarations *declarations, char *out,
                    size_t size);

/* ---- verifying and evaluating */

/* ERR_OK: the bytes may be given to cel_eval with these declarations. ERR_VERSION, ERR_UNSUPPORTED: a program
 * for a newer evaluator, or with a variable, field or function that is not known here; ERR_CORRUPT, ERR_TRUNCATED:
 * no program. */
NODISCARD
enum err cel_verify(struct span program, const struct cel_declarations *declarations);

/* Where values come from. What a function answers must live until the evaluation's result was read. Answers of
 * kind CEL_ERROR are errors of the evaluation; a field that is not set is null. NULL functions are allowed where
 * the declarations need none; without `offset` there is UTC and +hh:mm alone. */
struct cel_host {
    void *self;
    const struct cel_declarations *declarations; /* the ones that the program was verified with */
    struct cel_value (*variable)(void *self, uint32_t variable);
    struct cel_value (*field)(void *self, const struct cel_value *object, uint32_t field);
    struct cel_value (*element)(void *self, const struct cel_value *list, uint32_t index);
    struct cel_value (*call)(void *self, uint32_t function, const struct cel_value *arguments,
                             uint32_t count);
    /* Seconds east of UTC in the named zone at that moment; false: no such zone. */
    bool (*offset)(void *self, struct span zone, int64_t unix_s, int32_t *out_offset_s);
};

/* What one evaluation may use, and what it used. */
struct cel_run {
    void *scratch; /* any alignment */
    size_t scratch_size;
    uint64_t budget; /* steps; what is left after the call */
};

/* program: verified. The value may point into the program, the host's memory and the scratch. */
struct cel_value cel_eval(struct span program, const struct cel_host *host, struct cel_run *run);

/* As the language's == has it: numbers by value whatever their kind; NaN equals nothing. Hosted lists and
 * objects inside other values are not compared: objects are equal if they are the same thing. */
bool cel_value_is_equal(struct cel_value a, struct cel_value b);

/* "google.protobuf.Timestamp", "int"; of an object type the declared name. */
const char *cel_type_name(struct cel_value type, const struct cel_declarations *declarations);

#endif
