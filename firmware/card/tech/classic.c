/* SPDX-License-Identifier: Apache-2.0 */
/* MIFARE Classic. Its cipher is broken and its content as clonable as its UID, so the UID is all that is
 * taken. */
#include "card/tech/technology.h"

/* NXP AN10833: bit 3 of the SAK is set on Mini (09), 1K (08, 88 from Infineon), 4K (18) and
 * their emulations. */
bool card_classic_fits(const struct tag_target *target)
{
    return (target->sak & 0x08) != 0;
}
