/* SPDX-License-Identifier: Apache-2.0 */
/* bureau_recipe.h - what a printer's bureau writes on one of a chain's cards, chip by chip, so that a till reads it by the
 * chain's programme: pages, files, settings and keys, in the order in which they are written.
 *
 * The bureau's encoder brings the chip's own secure messaging: what stands here are the bytes inside of it.
 *
 * Memory    the caller's. A recipe may hold keys: whoever has it wipes it.
 * Threads   one (vault's); vault_open() first.
 * Sources   NFC Forum Type 2 Tag, Type 4 Tag, NDEF, URI RTD, Text RTD; NXP data sheets NTAG213_215_216 and NT4H2421Gx, AN12196, AN12343. */
#ifndef KASSA_OFFICE_BUREAU_RECIPE_H
#define KASSA_OFFICE_BUREAU_RECIPE_H

#include "card/programme.h"

#define BUREAU_RECIPE_WRITES_MAX 64
#define BUREAU_RECIPE_BYTES_MAX  256
#define BUREAU_RECIPE_LINK_MAX   (CARD_LINK_TEXT_MAX + 9)

enum bureau_chip {
    BUREAU_NTAG213,
    BUREAU_NTAG215,
    BUREAU_NTAG216,
    BUREAU_TYPE4_TAG,
    BUREAU_DESFIRE,
    BUREAU_NTAG424,
    BUREAU_CHIP_COUNT
};

/* "ntag213", ... ERR_NOT_FOUND. */
NODISCARD
enum err bureau_chip_find(struct span name, enum bureau_chip *out);
const char *bureau_chip_name(enum bureau_chip chip);
/* By which technology a till reads it. */
enum reader_technology bureau_chip_technology(enum bureau_chip chip);

enum bureau_target {
    BUREAU_WRITE_PAGE,        /* index: of the page; 4 bytes */
    BUREAU_WRITE_APPLICATION, /* index: 0; the data of CreateApplication */
    BUREAU_WRITE_NEW_FILE,    /* index: the file's number; the data of CreateStdDataFile behind it */
    BUREAU_WRITE_FILE,        /* index: the file's number or identifier; from its begin */
    BUREAU_WRITE_SETTINGS,    /* index: the file's number; the data of ChangeFileSettings behind it */
    BUREAU_WRITE_KEY,         /* index: the key's number; its bytes */
    BUREAU_WRITE_FREEZE,      /* index: 0; the data of ChangeKeySettings, under the key 0 that was written */
    BUREAU_TARGET_COUNT
};
const char *bureau_target_name(enum bureau_target target); /* "page", ... */

struct bureau_write {
    enum bureau_target target;
    uint16_t index;
    uint16_t size;
    uint8_t bytes[BUREAU_RECIPE_BYTES_MAX];
    const char *what; /* for people; static */
};

struct bureau_recipe {
    char link
        [BUREAU_RECIPE_LINK_MAX]; /* as a phone would show it, zeros where the tag writes; "": there is none */
    size_t count;
    struct bureau_write writes[BUREAU_RECIPE_WRITES_MAX];
};

struct bureau_order {
    const struct card_programme *programme;
    enum bureau_chip chip;
    bool is_locked; /* nobody can write it again, not even the chain */
    bool has_admin_key;
    uint8_t admin_key[VAULT_AES_SIZE]; /* of which each card's key 0 is made: AN10922 over its UID */
};

/* One card of the order: what is not needed may be left out. */
struct bureau_card {
    char number[CARD_NUMBER_SIZE_MAX + 1];
    bool has_uid;
    uint8_t uid[CARD_SUN_UID_SIZE];
};

/* ERR_ARGUMENT: *out_why says what the card, the chip or the programme lacks (a clause without a full stop). The number was read
 * back as a till reads it. */
NODISCARD
enum err bureau_recipe_make(const struct bureau_order *order, const struct bureau_card *card,
                            struct bureau_recipe *out, const char **out_why);

void bureau_recipe_wipe(struct bureau_recipe *recipe); /* for CLEANUP */

#endif
