/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/card.h"
#include "pn532-sim/cards/techs.h"

static const struct pn532_tech techs[] = {
    {"uid",
     "uid <hex> [atqa <hex> sak <hex>]",
     NULL,
     {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6},
     7,
     {0x00, 0x44},
     0x00,
     pn532_uid_make,
     pn532_uid_set,
     NULL,
     pn532_uid_exchange,
     NULL},
    {"ntag213",
     PN532_NTAG_HELP,
     &pn532_ntag213,
     {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x13},
     7,
     {0x00, 0x44},
     0x00,
     pn532_ntag_make,
     pn532_ntag_set,
     pn532_ntag_power_off,
     pn532_ntag_exchange,
     NULL},
    {"ntag215",
     PN532_NTAG_HELP,
     &pn532_ntag215,
     {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x15},
     7,
     {0x00, 0x44},
     0x00,
     pn532_ntag_make,
     pn532_ntag_set,
     pn532_ntag_power_off,
     pn532_ntag_exchange,
     NULL},
    {"ntag216",
     PN532_NTAG_HELP,
     &pn532_ntag216,
     {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x16},
     7,
     {0x00, 0x44},
     0x00,
     pn532_ntag_make,
     pn532_ntag_set,
     pn532_ntag_power_off,
     pn532_ntag_exchange,
     NULL},
    {"classic1k",
     "[uid <hex>] [block<n> <hex>]... [memory <hex>]",
     NULL,
     {0xDE, 0xAD, 0xBE, 0xEF},
     4,
     {0x00, 0x04},
     0x08,
     pn532_classic_make,
     pn532_classic_set,
     pn532_classic_power_off,
     pn532_classic_exchange,
     pn532_classic_authenticate},
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
