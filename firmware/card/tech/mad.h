/* SPDX-License-Identifier: Apache-2.0 */
/* mad.h - MIFARE Classic with a directory of applications (NXP AN10787): in which sectors the programme's data stand.
 *
 *   sector 0   block 1, 2       CRC, info, 15 applications: of sectors 1 to 15
 *   sector 16  block 64 to 66   CRC, info, 23 applications: of sectors 17 to 39 (4K, version 2)
 *
 * The cipher of these cards is broken and their content as clonable as a printed number. */
#ifndef KASSA_CARD_MAD_H
#define KASSA_CARD_MAD_H

#include "card/place.h"
#include "iface/tag.h"

#define CARD_MAD_SECTORS_MAX 38 /* 1 to 15 and 17 to 39 */
#define CARD_MAD_1_SIZE      32
#define CARD_MAD_2_SIZE      48
#define CARD_MAD_OFFSET_MAX  3359 /* 30 sectors of 3 blocks, 8 of 15, 16 bytes each */

/* Zeroed: nothing is read. */
struct card_mad_settings {
    uint8_t aid[2]; /* as it stands in the directory: application code, function cluster */
    uint8_t directory_key[TAG_KEY_SIZE]; /* key A of sectors 0 and 16 */
    uint8_t key[TAG_KEY_SIZE];           /* of the application's sectors */
    uint8_t is_key_b;
    uint8_t is_ndef; /* an NDEF message (NFC Forum); else the number stands at this place: */
    struct card_place
        place; /* of the data blocks of all its sectors, one behind another, trailers left out */
};

/* Over the info byte and the applications, as both directories' first byte has it (AN10787 3.7). */
uint8_t card_mad_crc(struct span bytes);

struct card_mad_sectors {
    size_t count;
    uint8_t sectors[CARD_MAD_SECTORS_MAX];
};

/* Adds the application's sectors, in their order. directory: blocks 1 and 2, or 64 to 66. ERR_CHECKSUM: it is damaged,
 * or none. ERR_ARGUMENT: another size. */
NODISCARD
enum err card_mad_find(struct span directory, const uint8_t aid[2], struct card_mad_sectors *out);

#endif
