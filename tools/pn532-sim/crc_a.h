/* SPDX-License-Identifier: Apache-2.0 */
/* crc_a.h - the CRC of ISO/IEC 14443-3 type A frames (annex B). Pure. */
#ifndef KASSA_PN532_CRC_A_H
#define KASSA_PN532_CRC_A_H

#include "base/base.h"

/* Writes the two bytes as they go over the air. */
void pn532_crc_a(struct span frame, uint8_t *out_crc);
/* Checks the last two bytes and takes them off. False: they are wrong or missing; then *frame
 * is untouched. */
bool pn532_crc_a_strip(struct span *frame);

#endif
