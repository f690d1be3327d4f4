/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - the bytes of a program (SPEC.md): a header, and the expression as a tree in prefix order. Private. */
#ifndef KASSA_OFFERS_CEL_PROGRAM_H
#define KASSA_OFFERS_CEL_PROGRAM_H

#include "offers/cel/cel.h"

#define CEL_PROGRAM_VERSION     1
#define CEL_PROGRAM_HEADER_SIZE 8 /* "CEL", version, size of the tree (2), slots, 0 */

/* Numbers are little-endian. `node` is a tree, `sized` a tree after its size in two bytes. Append only. */
enum cel_code {
    CODE_NULL = 1,
    CODE_FALSE,
    CODE_TRUE,
    CODE_INT1,     /* i8 */
    CODE_INT8,     /* i64 */
    CODE_UINT8,    /* u64 */
    CODE_DOUBLE8,  /* IEEE 754 */
    CODE_STRING,   /* u16 size, UTF-8 */
    CODE_BYTES,    /* u16 size, bytes */
    CODE_TYPE,     /* u8 kind, u16 object */
    CODE_ERROR,    /* u8 error */
    CODE_VARIABLE, /* u16 number */
    CODE_LOCAL,    /* u8 slot */
    CODE_FIELD,    /* u16 object, u16 field, node */
    CODE_HAS_FIELD,
    CODE_SELECT, /* u16 size, UTF-8 name, node */
    CODE_HAS,
    CODE_LIST, /* u16 count, nodes */
    CODE_MAP,  /* u16 count of entries, nodes: key, value ... */
    CODE_AND,  /* u16 count, sized ... */
    CODE_OR,
    CODE_CHOOSE,    /* node, sized, sized */
    CODE_CALL,      /* u8 function, u8 count, nodes */
    CODE_HOST_CALL, /* u16 function, u8 count, nodes */
    CODE_LOOP,      /* u8 enum cel_loop, u8 slot, u8 variables (1, 2), node: the range, sized ... */
    CODE_BIND,      /* u8 slot, node: the value, node */
    CODE_COUNT
};

/* What a loop makes of its bodies. Append only. */
enum cel_loop {
    LOOP_ALL,
    LOOP_EXISTS,
    LOOP_ONE,
    LOOP_FILTER,
    LOOP_LIST,
    LOOP_LIST_WHERE, /* two bodies: the condition, the item */
    LOOP_MAP,        /* the body is the value; the key is the range's */
    LOOP_MAP_WHERE,
    LOOP_ENTRIES, /* the body is a map: what it has is added */
    LOOP_ENTRIES_WHERE,
    LOOP_COUNT
};

static inline uint32_t cel_loop_bodies(enum cel_loop loop)
{
    return loop == LOOP_LIST_WHERE || loop == LOOP_MAP_WHERE || loop == LOOP_ENTRIES_WHERE ? 2 : 1;
}

#endif
