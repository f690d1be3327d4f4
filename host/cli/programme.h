/* SPDX-License-Identifier: Apache-2.0 */
/* programme.h - a programme's file, as the verbs of cards take it. */
#ifndef KASSA_CLI_PROGRAMME_H
#define KASSA_CLI_PROGRAMME_H

#include "card/programme.h"
#include "cli/call.h"
#include "platform/settings/settings.h"

/* Others than its owner may read it: it is no place for keys. */
bool programme_is_open_to_others(const char *path);

/* Reads it. Complains of each fault: "kassa: FILE:LINE: SETTING must be ...", and warns of a file that others may read. Who has
 * it wipes it. */
NODISCARD
enum exit_code programme_load(const struct call *call, const char *path, struct card_programme *out);

/* The same without a word: what is wrong is in *faults. */
NODISCARD
enum exit_code programme_look(const char *path, struct card_programme *out, struct settings_faults *faults);

void programme_tell_faults(const struct call *call, const char *path, const struct settings_faults *faults);

/* How far a card of that technology is believed at best, as this programme sets it up: a DESFire's file that everybody may read
 * proves nothing. */
enum card_trust programme_trust_of(const struct card_programme *programme, enum reader_technology technology);

/* May a tap of that trust take value out? */
static inline bool programme_redeems(const struct card_programme *programme, enum card_trust trust)
{
    return trust != CARD_TRUST_NONE && (unsigned)trust >= programme->redeem_from;
}

#endif
