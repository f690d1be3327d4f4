/* SPDX-License-Identifier: Apache-2.0 */
/* card.h - one contactless card of ISO/IEC 14443 type A: what it is, what it remembers, how it answers.
 *
 * A technology is a row of pn532_techs() and one file in cards/. A card is plain memory (copy it freely); the
 * field (field.h) decides which card hears a frame and keeps its state machine. No clock, file or heap. */
#ifndef KASSA_PN532_CARD_H
#define KASSA_PN532_CARD_H

#include "base/base.h"

#define PN532_UID_SIZE_MAX    10u
#define PN532_ATS_SIZE_MAX    20u
#define PN532_MEMORY_SIZE_MAX 4096u
#define PN532_ANSWER_SIZE_MAX 1024u
#define PN532_SCRIPT_MAX      32u

enum pn532_card_state {
    PN532_CARD_UNPOWERED, /* no field */
    PN532_CARD_IDLE,      /* answers REQA and WUPA */
    PN532_CARD_ACTIVE,    /* selected: hears commands */
    PN532_CARD_HALT       /* answers WUPA only */
};

/* A card that was sent RATS: it hears blocks of ISO/IEC 14443-4, and no request, until it is deselected. */
struct pn532_layer_4 {
    bool is_entered;
    uint8_t number;       /* of the card's block */
    size_t frame_size;    /* what the reader takes at once */
    uint8_t command[288]; /* what came of a chained command */
    size_t command_size;
    uint8_t answer[PN532_ANSWER_SIZE_MAX]; /* the last one, which goes out block by block */
    size_t answer_size;
    size_t answer_at;
};

/* A phone with a wallet (cards/phone.h). */
struct pn532_phone {
    uint8_t seed[8];     /* what its keys, nonces and UIDs come from */
    uint32_t session;    /* fields that it was in */
    uint32_t answers;    /* passes that it gave */
    int64_t laid_unix_s; /* when it was laid down, by whoever has a clock; 0: nobody said */
    int64_t time_unix_s; /* its own clock; 0: that moment */
    uint8_t ecp_needed;  /* frames that it must hear before it answers requests */
    uint8_t heard;       /* in this field */
    bool is_selected;    /* its wallet, or Google's application in it */
    bool is_answered;    /* it gave its pass and shows its tick when the field goes */
    uint16_t script[PN532_SCRIPT_MAX];
    size_t script_size;
    size_t script_at;

    uint8_t value[768]; /* the pass: Apple's message, Google's redemption value */
    size_t value_size;
    uint8_t peer[65]; /* the reader's or the collector's public key */
    size_t peer_size;
    uint8_t peer_x[32];

    uint8_t pass_hash[32]; /* Apple: of the pass type */
    uint8_t method;        /* Apple: 2 is the other way of binding a pass to its key */

    uint8_t packs;        /* Google: compresses */
    uint8_t skips;        /* ... needs no second select */
    uint8_t has_customer; /* ... gives a customer's id beside the pass */
    uint8_t part_size;    /* ... answers in parts of so many bytes; 0: the usual */
    uint8_t collector[4];
    uint8_t session_id[8];
    uint8_t sequence;         /* of the last message; 0: no session */
    uint8_t signed_text[101]; /* what the terminal signed */
    uint8_t signature[80];
    size_t signature_size;
    uint8_t rest[2 * PN532_ANSWER_SIZE_MAX]; /* of an answer in parts */
    size_t rest_size;
};

/* A MIFARE DESFire with one application (cards/desfire.c). */
#define PN532_DESFIRE_KEYS_MAX   14u
#define PN532_DESFIRE_FILES_MAX  32u
#define PN532_DESFIRE_ANSWER_MAX (PN532_MEMORY_SIZE_MAX + 64u) /* with checksum, filling and MAC */

struct pn532_desfire_file {
    uint8_t kind; /* 0 standard data, 1 backup data */
    uint8_t mode; /* bits of GetFileSettings: 0 plain, 1 MACed, 3 enciphered */
    uint8_t read; /* the key's number; 14: everybody */
    uint16_t at;  /* in the card's memory */
    uint16_t size;
};

/* What both sides know between the proof of a key and the next. */
struct pn532_desfire_session {
    uint8_t scheme; /* 0 none, 1 EV1, 2 EV2 */
    uint8_t key_number;
    uint8_t key[16];
    uint8_t mac_key[16];
    uint8_t chain[16];
    uint8_t transaction[4];
    uint16_t counter;
};

struct pn532_desfire {
    uint8_t generation; /* 1, 2, and 3 for DESFire Light */
    bool is_hidden;     /* shows a random UID instead of its own: */
    uint8_t own_uid[7];
    uint32_t powered; /* fields that it was in */
    uint8_t aid[3];   /* high byte first */
    uint8_t name[16];
    uint8_t name_size;
    uint16_t key_bits; /* which keys there are */
    uint8_t keys[PN532_DESFIRE_KEYS_MAX][16];
    uint32_t file_bits;
    struct pn532_desfire_file files[PN532_DESFIRE_FILES_MAX];
    size_t memory_used;
    uint8_t part_size; /* of an answer */
    bool has_drawn;    /* draws this each time: */
    uint8_t drawn[16];
    uint32_t draws;

    bool is_selected; /* the application; else the card's own level */
    uint8_t proving;  /* the command whose second frame is waited for; 0: none */
    uint8_t proving_key;
    uint8_t version_part; /* of GetVersion's three; 0: none is waited for */
    struct pn532_desfire_session session;
    uint8_t rest[PN532_DESFIRE_ANSWER_MAX]; /* of an answer in parts */
    size_t rest_size;
};

struct pn532_card {
    const struct pn532_tech *tech;
    uint8_t uid[PN532_UID_SIZE_MAX];
    uint8_t uid_size; /* 4, 7 or 10 */
    uint8_t atqa[2];  /* as the PN532 reports SENS_RES: 00 44 */
    uint8_t sak;
    uint8_t ats[PN532_ATS_SIZE_MAX]; /* TL first; only a card with SAK bit 20 has one */
    uint8_t ats_size;
    uint8_t memory[PN532_MEMORY_SIZE_MAX];
    size_t memory_size;
    uint8_t signature[56]; /* NTAG: READ_SIG, 32 bytes; NTAG 424: Read_Sig */

    enum pn532_card_state state;
    bool is_asleep;  /* it has power and answers nobody */
    bool was_halted; /* woken out of HALT: an error sends it back there, not to IDLE */
    struct pn532_layer_4 layer_4;

    /* What the technology remembers while the card has power. */
    uint32_t counter; /* NTAG: NFC counter; it outlives the power */
    uint8_t failures; /* NTAG: wrong passwords; outlives the power */
    bool counted;     /* NTAG: this power-up has been counted */
    bool opened;      /* NTAG: password given. Classic: a sector is authenticated */
    uint8_t sector;   /* Classic: that sector */
    bool with_key_b;  /* Classic: and by which key */
    bool is_loaded;   /* Classic: the transfer buffer holds a value */
    uint8_t loaded[16];
    uint8_t file; /* Type 4: which file is selected, 0 = none */
    struct {      /* NTAG 424: keys, and what its encrypted file data say */
        uint8_t meta_key[16];
        uint8_t file_key[16];
        uint8_t file[64];
        size_t file_size;
        bool is_lrp;
    } sun;
    struct pn532_phone phone;
    struct pn532_desfire desfire;
};

/* What comes back over the air. */
enum pn532_air { PN532_AIR_SILENCE, PN532_AIR_DATA, PN532_AIR_ACK, PN532_AIR_NAK };

struct pn532_answer {
    uint8_t bytes[PN532_ANSWER_SIZE_MAX];
    size_t size;
};

/* One word pair "name value" of a control line, such as uid 04A1B2C3D4E5F6. */
struct pn532_option {
    const char *name;
    const char *value;
};

struct pn532_tech {
    const char *name;
    const char *help;  /* the options that it takes */
    const void *model; /* the technology's own const row, such as the sizes of an NTAG213 */
    uint8_t uid_default[7];
    uint8_t uid_default_size;
    uint8_t atqa[2];
    uint8_t sak;

    /* Makes the factory-fresh card; uid, atqa and sak are set before. False: no such card has a UID of that
     * size. */
    bool (*make)(struct pn532_card *card);
    /* Applies one option beyond uid, atqa, sak, ats and memory. ERR_NOT_FOUND: no such option. */
    enum err (*set)(struct pn532_card *card, const struct pn532_option *option);
    /* Forgets what does not outlive the power. May be NULL. */
    void (*power_off)(struct pn532_card *card);
    /* Answers one frame, CRC taken off. */
    enum pn532_air (*exchange)(struct pn532_card *card, struct span frame, struct pn532_answer *answer);
    /* MIFARE Crypto1 as the chip runs it: 60|61, block, key(6), uid(4). NULL: the card knows no Crypto1. */
    bool (*authenticate)(struct pn532_card *card, struct span frame);
    /* Answers one APDU of a card in layer 4, status word included. NULL: the card knows no APDUs. */
    enum pn532_air (*transmit)(struct pn532_card *card, struct span apdu, struct pn532_answer *answer);
    /* Hears a frame that was for no selected card (CRC taken off), and answers nothing. May be NULL. */
    void (*hear)(struct pn532_card *card, struct span frame);
};

/* The table of technologies, ended by a row without name. */
const struct pn532_tech *pn532_techs(void);
const struct pn532_tech *pn532_tech_find(const char *name); /* NULL if there is none */

/* Makes a card of that technology from options. On failure the reason is a sentence in *out_why and *out_card
 * is untouched. A memory option replaces all that the other options wrote. */
NODISCARD
enum err pn532_card_make(const struct pn532_tech *tech, const struct pn532_option *options,
                         size_t option_count, struct pn532_card *out_card, const char **out_why);

#endif
