/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a pattern over a text: all states at once, one character after the other. */
#include "offers/cel/pattern.h"
#include "offers/cel/text.h"

/* ---- cases of letters. Alternating: the capital stands before its small letter, at even (or odd) numbers. */

enum case_way { CASE_OFFSET, CASE_EVEN, CASE_ODD };

struct case_row {
    uint32_t first, last; /* capitals; of alternating rows both */
    uint32_t offset;
    enum case_way way;
};

static const struct case_row cases[] = {
    {'A', 'Z', 32, CASE_OFFSET},     {0xc0, 0xd6, 32, CASE_OFFSET},   {0xd8, 0xde, 32, CASE_OFFSET},
    {0x100, 0x12f, 1, CASE_EVEN},    {0x132, 0x137, 1, CASE_EVEN},    {0x139, 0x148, 1, CASE_ODD},
    {0x14a, 0x177, 1, CASE_EVEN},    {0x179, 0x17e, 1, CASE_ODD},     {0x391, 0x3a1, 32, CASE_OFFSET},
    {0x3a3, 0x3ab, 32, CASE_OFFSET}, {0x400, 0x40f, 80, CASE_OFFSET}, {0x410, 0x42f, 32, CASE_OFFSET},
    {0x460, 0x481, 1, CASE_EVEN},    {0x48a, 0x4bf, 1, CASE_EVEN},    {0x4d0, 0x52f, 1, CASE_EVEN},
    {0x531, 0x556, 48, CASE_OFFSET}, {0x1e00, 0x1e95, 1, CASE_EVEN},  {0x1ea0, 0x1eff, 1, CASE_EVEN},
};

uint32_t cel_rune_other_case(uint32_t rune)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct case_row *row = &cases[i];
        if (row->way == CASE_OFFSET && rune >= row->first && rune <= row->last)
            return rune + row->offset;
        if (row->way == CASE_OFFSET && rune >= row->first + row->offset && rune <= row->last + row->offset)
            return rune - row->offset;
        if (row->way != CASE_OFFSET && rune >= row->first && rune <= row->last)
            return rune % 2 == (row->way == CASE_EVEN ? 0u : 1u) ? rune + 1 : rune - 1;
    }
    return rune;
}

/* ---- one character */

static bool is_in(const struct cel_pattern *pattern, const struct cel_pattern_op *op, uint32_t rune)
{
    if (op->code == PATTERN_RUNE)
        return rune == (uint32_t)op->first;
    for (int32_t i = 0; i < op->second; i++) {
        const struct cel_pattern_range *range = &pattern->ranges[op->first + i];
        if (rune >= range->first && rune <= range->last)
            return true;
    }
    return false;
}

static bool takes(const struct cel_pattern *pattern, const struct cel_pattern_op *op, uint32_t rune)
{
    bool is_inside =
        is_in(pattern, op, rune) || (op->any_case && is_in(pattern, op, cel_rune_other_case(rune)));
    return is_inside != op->is_negated;
}

/* ---- the set of states */

#define NO_RUNE CEL_RUNE_BAD /* before the first and behind the last character */

struct states {
    uint32_t count;
    uint16_t *list;
};

struct matcher {
    const struct cel_pattern *pattern;
    uint32_t *seen; /* by op: the number of the step in which it was put on the list */
    uint16_t *waiting;
    struct states now, next;
    uint32_t step;
    uint32_t before, after; /* the characters on either side of where the text is read */
    bool is_matched;
};

static bool is_word(uint32_t rune)
{
    return rune < 0x80 && (cel_is_letter((uint8_t)rune) || cel_is_digit((uint8_t)rune));
}

static bool holds(const struct matcher *m, enum cel_pattern_code code)
{
    switch (code) {
    case PATTERN_TEXT_BEGIN:
        return m->before == NO_RUNE;
    case PATTERN_TEXT_END:
        return m->after == NO_RUNE;
    case PATTERN_LINE_BEGIN:
        return m->before == NO_RUNE || m->before == '\n';
    case PATTERN_LINE_END:
        return m->after == NO_RUNE || m->after == '\n';
    case PATTERN_WORD_EDGE:
        return is_word(m->before) != is_word(m->after);
    case PATTERN_NO_WORD_EDGE:
        return is_word(m->before) == is_word(m->after);
    case PATTERN_MATCH:
    case PATTERN_RUNE:
    case PATTERN_CLASS:
    case PATTERN_JUMP:
    case PATTERN_SPLIT:
        break;
    }
    return false;
}

static void wait_for(struct matcher *m, uint32_t op, uint32_t *count)
{
    if (m->seen[op] == m->step)
        return;
    m->seen[op] = m->step;
    m->waiting[(*count)++] = (uint16_t)op;
}

/* Follows all that takes no character from an op on: what remains takes one. */
static void add(struct matcher *m, struct states *states, uint32_t from)
{
    uint32_t count = 0;
    wait_for(m, from, &count);
    while (count > 0) {
        uint32_t at = m->waiting[--count];
        const struct cel_pattern_op *op = &m->pattern->ops[at];
        enum cel_pattern_code code = (enum cel_pattern_code)op->code;
        if (code == PATTERN_MATCH) {
            m->is_matched = true;
        } else if (code == PATTERN_RUNE || code == PATTERN_CLASS) {
            states->list[states->count++] = (uint16_t)at;
        } else if (code == PATTERN_JUMP || code == PATTERN_SPLIT) {
            wait_for(m, (uint32_t)((int32_t)at + op->first), &count);
            if (code == PATTERN_SPLIT)
                wait_for(m, (uint32_t)((int32_t)at + op->second), &count);
        } else if (holds(m, code)) {
            wait_for(m, at + 1, &count);
        }
    }
}

/* Takes the character m->before and looks at what follows it. */
static void step(struct matcher *m)
{
    m->step++;
    m->next.count = 0;
    for (uint32_t i = 0; i < m->now.count; i++) {
        uint32_t at = m->now.list[i];
        if (takes(m->pattern, &m->pattern->ops[at], m->before))
            add(m, &m->next, at + 1);
    }
    add(m, &m->next, 0); /* a match may begin anywhere */
    struct states swap = m->now;
    m->now = m->next;
    m->next = swap;
}

static bool spend(uint64_t *budget, uint64_t steps)
{
    if (*budget < steps) {
        *budget = 0;
        return false;
    }
    *budget -= steps;
    return true;
}

enum err cel_pattern_matches(const struct cel_pattern *pattern, struct span text, struct arena *memory,
                             uint64_t *budget, bool *out_matches)
{
    uint32_t count = pattern->op_count;
    struct matcher m = {.pattern = pattern,
                        .seen = arena_take(memory, count, sizeof(uint32_t)),
                        .waiting = arena_take(memory, count, sizeof(uint16_t)),
                        .now = {0, arena_take(memory, count, sizeof(uint16_t))},
                        .next = {0, arena_take(memory, count, sizeof(uint16_t))},
                        .step = 1,
                        .before = NO_RUNE,
                        .after = NO_RUNE};
    if (m.seen == NULL || m.waiting == NULL || m.now.list == NULL || m.next.list == NULL)
        return ERR_MEMORY;
    size_t at = 0;
    m.after = text.size > 0 ? cel_rune_next(text, &at) : NO_RUNE;
    add(&m, &m.now, 0);
    while (m.after != NO_RUNE && !m.is_matched) {
        if (!spend(budget, 1 + (uint64_t)m.now.count))
            return ERR_FULL;
        m.before = m.after;
        m.after = at < text.size ? cel_rune_next(text, &at) : NO_RUNE;
        step(&m);
    }
    *out_matches = m.is_matched;
    return ERR_OK;
}
