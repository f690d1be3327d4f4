/* SPDX-License-Identifier: Apache-2.0 */
/* programme_doubts.h - what in a programme's file can be used, and should not be: keys that everybody knows, two names for one card. */
#ifndef KASSA_CLI_PROGRAMME_DOUBTS_H
#define KASSA_CLI_PROGRAMME_DOUBTS_H

#include "card/programme.h"

/* Tells each doubt as a sentence. */
void programme_doubts_tell(const struct card_programme *programme, void (*tell)(void *self, const char *text),
                           void *self);

#endif
