/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h - what a scanner that plays a keyboard types, from the kernel's key events, by a US layout of our own: the layout
 * that the machine is set to turns digits into letters elsewhere. */
#ifndef KASSA_SCANNER_KEYS_H
#define KASSA_SCANNER_KEYS_H

#include <linux/input.h>

#include "base/base.h"

#define SCANNER_KEYS_GS 0x1D /* what GS1 puts between fields: typed as Ctrl-] or F8 */

/* Starts from zeroes. */
struct scanner_keys {
    bool is_left_shift, is_right_shift, is_left_control, is_right_control, is_alt; /* held down */
    bool is_caps;
    uint16_t alt_code; /* Alt and digits of the keypad: a character by its number */
    uint8_t alt_digits;
};

/* What one event types: a character (Enter is CR, Tab ends a code as well and is one too), or nothing. ERR_OK: *out_char.
 * ERR_NOT_FOUND: nothing. ERR_TRUNCATED: the kernel lost events, so that what was typed until now cannot be believed; no key counts as held. */
NODISCARD
enum err scanner_keys_take(struct scanner_keys *keys, const struct input_event *event, uint8_t *out_char);

#endif
