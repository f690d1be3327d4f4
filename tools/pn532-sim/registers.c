/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/registers.h"

static bool is_kept(uint16_t address)
{
    return address >> 8 == 0x63;
}

uint8_t pn532_register_read(const struct pn532_registers *registers, uint16_t address)
{
    return is_kept(address) ? registers->page_63[address & 0xFF] : 0;
}

void pn532_register_write(struct pn532_registers *registers, uint16_t address, uint8_t value)
{
    if (is_kept(address))
        registers->page_63[address & 0xFF] = value;
}

void pn532_registers_set_selected(struct pn532_registers *registers)
{
    pn532_register_write(registers, PN532_TX_MODE, PN532_MODE_CRC);
    pn532_register_write(registers, PN532_RX_MODE, PN532_MODE_CRC);
    pn532_register_write(registers, PN532_BIT_FRAMING, 0);
    pn532_register_write(registers, PN532_STATUS2, 0);
}

/* REQA is a short frame of 7 bits without CRC: after one that found nobody the registers still say so. */
void pn532_registers_set_requested(struct pn532_registers *registers, uint8_t framing)
{
    bool is_type_a = framing == 0;
    pn532_register_write(registers, PN532_TX_MODE, is_type_a ? 0 : (uint8_t)(PN532_MODE_CRC | framing));
    pn532_register_write(registers, PN532_RX_MODE, is_type_a ? 0 : (uint8_t)(PN532_MODE_CRC | framing));
    pn532_register_write(registers, PN532_BIT_FRAMING, is_type_a ? 7 : 0);
    pn532_register_write(registers, PN532_STATUS2, 0);
}
