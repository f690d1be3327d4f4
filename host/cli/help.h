/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - pages of help, out of the table of verbs. */
#ifndef KASSA_CLI_HELP_H
#define KASSA_CLI_HELP_H

#include "cli/call.h"

void help_print_all(FILE *out);
void help_print_noun(FILE *out, const char *noun);
void help_print_verb(FILE *out, const struct verb *verb);

#endif
