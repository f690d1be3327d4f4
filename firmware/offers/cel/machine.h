/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the state of one evaluation, and what the functions need of it. Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_MACHINE_H
#define KASSA_OFFERS_CEL_MACHINE_H

#include "offers/cel/cel.h"

#define CEL_NESTING_MAX 64 /* of values that are compared or written */

struct cel_machine {
    const uint8_t *at; /* the next byte of the program */
    const struct cel_host *host;
    struct arena scratch;
    uint64_t budget;
    enum cel_error halted; /* out of scratch or budget: the evaluation ends with it */
    struct cel_value slots[CEL_SLOTS_MAX];
};

/* ---- machine.c */

/* Takes steps off the budget; false: there are not so many left, and the machine is halted. */
bool cel_spend(struct cel_machine *m, uint64_t steps);
/* Steps for touching so many bytes. */
static inline uint64_t cel_steps_of_bytes(size_t size)
{
    return size / 16;
}
/* NULL: no scratch, and the machine is halted. The memory costs its bytes' steps. */
void *cel_take(struct cel_machine *m, size_t count, size_t size);
struct cel_value cel_halt(struct cel_machine *m, enum cel_error error);
/* An error of the machine's, if it is halted, or else that one. */
struct cel_value cel_failed(const struct cel_machine *m, enum cel_error error);

static inline struct span cel_text_of(const struct cel_value *value)
{
    return span_of(value->bytes, value->count);
}

/* A list or map that grows; what it held before stays in the scratch. */
struct cel_builder {
    struct cel_value *values;
    uint32_t count, capacity;
};
/* false: the machine is halted. */
bool cel_push(struct cel_machine *m, struct cel_builder *builder, struct cel_value value);

/* Bytes that grow. */
struct cel_writer {
    uint8_t *bytes;
    uint32_t size, capacity;
};
bool cel_write(struct cel_machine *m, struct cel_writer *writer, struct span bytes);
/* A string of what was written, or the machine's error. */
struct cel_value cel_written(const struct cel_machine *m, const struct cel_writer *writer);

/* The item of a list, by the host if it is the host's. An error value is the host's error. */
struct cel_value cel_item(struct cel_machine *m, const struct cel_value *list, uint32_t index);
/* The map's value of that key, numbers by value; NULL: it has none (or the machine is halted). */
const struct cel_value *cel_find_key(struct cel_machine *m, const struct cel_value *map,
                                     const struct cel_value *key);

/* ---- value.c */

/* The language's ==. m may be NULL: then nothing is charged, and hosted lists are equal to none. */
bool cel_equal(struct cel_machine *m, const struct cel_value *a, const struct cel_value *b);

enum cel_order { CEL_LESS, CEL_SAME, CEL_MORE, CEL_UNORDERED /* NaN */, CEL_NO_ORDER /* no such overload */ };
enum cel_order cel_compare(const struct cel_value *a, const struct cel_value *b);
static inline bool cel_is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

#endif
