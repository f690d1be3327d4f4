/* SPDX-License-Identifier: Apache-2.0 */
/* registers.h - those registers of the PN532's contactless interface unit that change what goes over the air.
 *
 * Addresses are of the chip's XRAM (NXP PN532/C1 data sheet, 8.6.23). All registers of page 63 are kept;
 * others read as zero. Pure. */
#ifndef KASSA_PN532_REGISTERS_H
#define KASSA_PN532_REGISTERS_H

#include "base/base.h"

#define PN532_TX_MODE        0x6302u /* bit 7: append a CRC; bits 1-0: framing, 0 = type A */
#define PN532_RX_MODE        0x6303u /* bit 7: check and strip the CRC */
#define PN532_STATUS2        0x6338u /* bit 3: Crypto1 is on */
#define PN532_CONTROL        0x633Cu /* bits 2-0: valid bits of the last byte received */
#define PN532_BIT_FRAMING    0x633Du /* bits 2-0: bits of the last byte to send, 0 = all */
#define PN532_MODE_CRC       0x80u
#define PN532_MODE_FRAMING   0x03u
#define PN532_LAST_BITS      0x07u
#define PN532_STATUS2_CRYPTO 0x08u

struct pn532_registers {
    uint8_t page_63[256];
};

uint8_t pn532_register_read(const struct pn532_registers *registers, uint16_t address);
void pn532_register_write(struct pn532_registers *registers, uint16_t address, uint8_t value);

/* As the firmware leaves them: ready for frames of a selected type A card, or after a request that nobody
 * answered. */
void pn532_registers_set_selected(struct pn532_registers *registers);
void pn532_registers_set_requested(struct pn532_registers *registers, uint8_t framing);

#endif
