/* SPDX-License-Identifier: Apache-2.0 */
/* screen.h - text on somebody's terminal. Names, messages and file names come from outside: a control
 * character in one of them (C0, DEL, C1), a line or paragraph separator, or a mark that turns the reading
 * order, could move the cursor, change the title, or show a price that is none. They are shown as \u{1b}. */
#ifndef KASSA_CLI_SCREEN_H
#define KASSA_CLI_SCREEN_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

void screen_text(FILE *out, const char *text);
void screen_span(FILE *out, struct span text);

/* Pads to width columns (characters), at the right. */
void screen_column(FILE *out, struct span text, unsigned width);

/* One line of JSON, keys in the order in which they were set. Takes the json over; NULL prints nothing and
 * answers ERR_MEMORY. */
NODISCARD
enum err screen_json(FILE *out, json_t *json);
/* The same over many lines, for people. */
NODISCARD
enum err screen_json_indented(FILE *out, json_t *json);

#endif
