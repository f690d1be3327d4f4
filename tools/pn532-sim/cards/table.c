/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/card.h"
#include "pn532-sim/cards/techs.h"

static const struct pn532_tech techs[] = {
    {.name = "uid",
     .help = "uid <hex> [atqa <hex> sak <hex>]",
     .uid_default = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6},
     .uid_default_size = 7,
     .atqa = {0x00, 0x44},
     .sak = 0x00,
     .make = pn532_uid_make,
     .set = pn532_uid_set,
     .exchange = pn532_uid_exchange},
    {.name = "ntag213",
     .help = PN532_NTAG_HELP,
     .model = &pn532_ntag213,
     .uid_default = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x13},
     .uid_default_size = 7,
     .atqa = {0x00, 0x44},
     .sak = 0x00,
     .make = pn532_ntag_make,
     .set = pn532_ntag_set,
     .power_off = pn532_ntag_power_off,
     .exchange = pn532_ntag_exchange},
    {.name = "ntag215",
     .help = PN532_NTAG_HELP,
     .model = &pn532_ntag215,
     .uid_default = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x15},
     .uid_default_size = 7,
     .atqa = {0x00, 0x44},
     .sak = 0x00,
     .make = pn532_ntag_make,
     .set = pn532_ntag_set,
     .power_off = pn532_ntag_power_off,
     .exchange = pn532_ntag_exchange},
    {.name = "ntag216",
     .help = PN532_NTAG_HELP,
     .model = &pn532_ntag216,
     .uid_default = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x16},
     .uid_default_size = 7,
     .atqa = {0x00, 0x44},
     .sak = 0x00,
     .make = pn532_ntag_make,
     .set = pn532_ntag_set,
     .power_off = pn532_ntag_power_off,
     .exchange = pn532_ntag_exchange},
    {.name = "classic1k",
     .help = "[uid <hex>] [block<n> <hex>]... [memory <hex>]",
     .uid_default = {0xDE, 0xAD, 0xBE, 0xEF},
     .uid_default_size = 4,
     .atqa = {0x00, 0x04},
     .sak = 0x08,
     .make = pn532_classic_make,
     .set = pn532_classic_set,
     .power_off = pn532_classic_power_off,
     .exchange = pn532_classic_exchange,
     .authenticate = pn532_classic_authenticate},
    {.name = "type4",
     .help = PN532_TYPE4_HELP,
     .uid_default = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x44},
     .uid_default_size = 7,
     .atqa = {0x03, 0x44},
     .sak = 0x20,
     .make = pn532_type4_make,
     .set = pn532_type4_set,
     .power_off = pn532_type4_power_off,
     .transmit = pn532_type4_transmit},
    {.name = NULL},
};

const struct pn532_tech *pn532_techs(void)
{
    return techs;
}

const struct pn532_tech *pn532_tech_find(const char *name)
{
    for (const struct pn532_tech *tech = techs; tech->name != NULL; tech++)
        if (strcmp(tech->name, name) == 0)
            return tech;
    return NULL;
}
