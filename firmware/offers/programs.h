/* SPDX-License-Identifier: Apache-2.0 */
/* programs.h - what conditions that are programs see of the workspace. Private to this module. */
#ifndef KASSA_OFFERS_PROGRAMS_H
#define KASSA_OFFERS_PROGRAMS_H

#include "offers/cel/cel.h"
#include "offers/conditions_cel.h"
#include "offers/engine.h"

/* The workspace as one condition of one offer sees it. */
struct program_view {
    struct engine *e;
    const struct line_set *lines; /* that count */
    uint32_t line;                /* in question; BOOK_NONE: none */
    uint32_t cursor_index;        /* the line that a list's item was last asked for, so that */
    uint32_t cursor_line;         /* the next one is found at once */
    bool has_cursor;
    uint8_t zone[6]; /* the text of store.zone */
};

/* The host of a program over the view, which must outlive it. */
struct cel_host program_host(struct program_view *view);

#endif
