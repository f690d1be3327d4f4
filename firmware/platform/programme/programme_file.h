/* SPDX-License-Identifier: Apache-2.0 */
/* programme_file.h - a loyalty programme's cards as an ini file: which technologies, in which order, by which keys.
 * README.md has each setting; so has programme_file_print. It holds keys: mode 0600, and who reads it wipes what came of
 * it (card_programme_wipe).
 *
 * Threads   one (vault's). Reading waits for the disk. */
#ifndef KASSA_PROGRAMME_FILE_H
#define KASSA_PROGRAMME_FILE_H

#include "card/programme.h"
#include "platform/settings/settings.h"

/* ERR_NOT_FOUND: no such file, or not ours to read. ERR_SYNTAX, ERR_RANGE: *faults says what is wrong and where, and *out
 * is untouched. */
NODISCARD
enum err programme_file_read(const char *path, struct card_programme *out, struct settings_faults *faults);

/* The same of a file's text. */
NODISCARD
enum err programme_file_read_text(struct span text, struct card_programme *out,
                                  struct settings_faults *faults);

/* Gives, piece by piece, a file with every setting at its default, with help as comments. */
void programme_file_print(void (*print)(void *context, const char *text), void *context);

#endif
