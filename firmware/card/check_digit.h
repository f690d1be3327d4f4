/* SPDX-License-Identifier: Apache-2.0 */
/* check_digit.h - the check digits of numbers: inside card/ only. Texts hold 0-9 and, for mod 97, A-Z. */
#ifndef KASSA_CARD_CHECK_DIGIT_H
#define KASSA_CARD_CHECK_DIGIT_H

#include "base/base.h"

/* GS1 General Specifications 7.9: weights 3 and 1 alternating from the digit left of the check digit. */
bool card_check_gs1_holds(struct span digits);

/* ISO/IEC 7812-1 annex B ("Luhn"). */
bool card_check_luhn_holds(struct span digits);

/* ISO/IEC 7064 mod 97-10: the number with A=10 ... Z=35 written out is 1 modulo 97. */
bool card_check_mod97_holds(struct span text);

#endif
