/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.h - regular expressions in the syntax of RE2, matched by a set of states: the time is bounded by the product
 * of the pattern's size and the text's, whatever they are. Private to this module. Pure.
 *
 * There are: literals, ., classes ([a-z], [^...], [[:alpha:]], \d \s \w and their capitals), groups (also named and
 * with flags i m s U), |, * + ? {n} {n,} {n,m} (each also lazy, which makes no difference to whether there is a
 * match), ^ $ \A \z \b \B, escapes (\n \x41 \x{1f600} \101 \Q...\E). Unicode classes (\pL) are refused. */
#ifndef KASSA_OFFERS_CEL_PATTERN_H
#define KASSA_OFFERS_CEL_PATTERN_H

#include "base/arena.h"
#include "base/base.h"

#define CEL_PATTERN_OPS_MAX    2000 /* some 24 KiB: what a scratch block has room for */
#define CEL_PATTERN_DEPTH_MAX  100
#define CEL_PATTERN_REPEAT_MAX 1000 /* as RE2 */

enum cel_pattern_code {
    PATTERN_MATCH,
    PATTERN_RUNE,  /* first to second */
    PATTERN_CLASS, /* ranges first to first + second */
    PATTERN_JUMP,  /* to this + first */
    PATTERN_SPLIT, /* to this + first, and to this + second */
    PATTERN_TEXT_BEGIN,
    PATTERN_TEXT_END,
    PATTERN_LINE_BEGIN,
    PATTERN_LINE_END,
    PATTERN_WORD_EDGE,
    PATTERN_NO_WORD_EDGE
};

struct cel_pattern_op {
    uint8_t code;
    bool is_negated; /* of a class */
    bool any_case;
    int32_t first, second;
};

struct cel_pattern_range {
    uint32_t first, last;
};

struct cel_pattern {
    const struct cel_pattern_op *ops;
    const struct cel_pattern_range *ranges;
    uint32_t op_count, range_count;
};

/* ERR_SYNTAX: *out_fault is a phrase; ERR_MEMORY: the arena is too small. */
NODISCARD
enum err cel_pattern_compile(struct span text, struct arena *memory, struct cel_pattern *out,
                             const char **out_fault);

/* Whether the pattern matches anywhere in the text. *budget: the steps that are left. ERR_MEMORY; ERR_FULL: the budget
 * is spent. */
NODISCARD
enum err cel_pattern_matches(const struct cel_pattern *pattern, struct span text, struct arena *memory,
                             uint64_t *budget, bool *out_matches);

/* ---- the pieces */

/* While a pattern is compiled: once to count, once to write. */
struct cel_pattern_maker {
    struct span text;
    size_t at;
    struct cel_pattern_op *ops; /* NULL: count only */
    struct cel_pattern_range *ranges;
    uint32_t op_count, range_count, depth;
    uint32_t op_peak;                   /* what is repeated zero times takes room, too */
    bool any_case, many_lines, dot_all; /* flags i, m, s */
    const char *fault;                  /* NULL: none so far */
};

static inline bool cel_pattern_has(const struct cel_pattern_maker *m, size_t ahead)
{
    return m->at + ahead < m->text.size;
}
static inline uint8_t cel_pattern_peek(const struct cel_pattern_maker *m, size_t ahead)
{
    return cel_pattern_has(m, ahead) ? m->text.bytes[m->at + ahead] : 0;
}

/* pattern_class.c: "[...]" with m->at behind the bracket; "\d" and such with m->at behind the backslash: false, and
 * m->at is where it was, if it is none. They add one op. */
void cel_pattern_class(struct cel_pattern_maker *m);
bool cel_pattern_perl_class(struct cel_pattern_maker *m);
/* The rune of an escape, m->at behind the backslash. */
uint32_t cel_pattern_escape(struct cel_pattern_maker *m);

void cel_pattern_emit(struct cel_pattern_maker *m, struct cel_pattern_op op);
void cel_pattern_add_range(struct cel_pattern_maker *m, uint32_t first, uint32_t last);

/* The same letter in the other case, or the rune itself: ASCII, Latin, Greek, Cyrillic. */
uint32_t cel_rune_other_case(uint32_t rune);

#endif
