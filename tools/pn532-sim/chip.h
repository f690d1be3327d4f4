/* SPDX-License-Identifier: Apache-2.0 */
/* chip.h - a PN532 as its host sees it over the high speed UART (NXP UM0701-02): bytes in, bytes out, with
 * times.
 *
 * The caller feeds the host's bytes with the time, takes out what is due, and asks when to come back. Nothing
 * happens between calls, so that a test plays hours in a moment. Pure: no clock, no heap, no file.
 *
 * baud 0: every answer is due at once. Else the bytes of the serial line and of the air (106 kbit/s, a guard
 * time for each frame) are counted, and how long the chip listens to silence, as they take the time on a real
 * reader. */
#ifndef KASSA_PN532_CHIP_H
#define KASSA_PN532_CHIP_H

#include "pn532-sim/faults.h"
#include "pn532-sim/field.h"
#include "pn532-sim/frame.h"
#include "pn532-sim/registers.h"

#define PN532_TARGET_COUNT_MAX 2u
#define PN532_OUTPUT_COUNT_MAX 4u
#define PN532_NEVER            UINT64_MAX

/* Bytes for the host. busy_from_mono_us and link say whose time their sending ends; link 0 = nobody's. */
struct pn532_output {
    uint64_t due_mono_us;
    uint64_t busy_from_mono_us;
    uint32_t link;
    bool is_first_select;
    bool unplugs; /* once it went out: a fault */
    size_t size;
    uint8_t bytes[PN532_SENT_SIZE_MAX];
};

/* A reply as a command's function fills it: parameters only. */
struct pn532_reply {
    uint8_t bytes[PN532_DATA_SIZE_MAX - 2];
    size_t size;
    uint32_t link; /* the card that it is about, 0 = none */
    bool is_first_select;
};

enum pn532_waiting {
    PN532_WAITING_NOT,
    PN532_WAITING_FOREVER,  /* for what cannot come here: other kinds of cards, an initiator */
    PN532_WAITING_LIST,     /* InListPassiveTarget with infinite retries */
    PN532_WAITING_AUTO_POLL /* InAutoPoll until its deadline */
};

struct pn532_stats {
    uint64_t command_count;
    uint64_t by_code[256];
    uint64_t reply_count;
    uint64_t error_count; /* error frames sent */
    uint64_t abort_count; /* ACKs from the host */
    uint64_t nack_count;
    uint64_t bad_frame_count;
    uint64_t spoilt_count; /* replies that a fault changed */
    uint64_t poll_count;   /* requests for type A cards: InListPassiveTarget and InAutoPoll */
    uint64_t tap_count;    /* cards presented and then found for the first time */
    uint64_t busy_us;      /* the simulator's own time in all commands */
    uint64_t select_busy_us_last;
    uint64_t select_busy_us_max;
    uint64_t select_busy_us_sum;
};

struct pn532_chip {
    struct pn532_field *field; /* the caller's; outlives the chip */
    struct pn532_parser parser;
    struct pn532_registers registers;
    struct pn532_faults faults;
    struct pn532_stats stats;
    uint32_t baud;
    uint32_t baud_asked; /* SetSerialBaudRate: taken over when the host acknowledges the reply */
    bool is_asleep;
    uint8_t parameters;      /* SetParameters */
    uint8_t retries_passive; /* MxRtyPassiveActivation; FF = for ever */
    uint32_t listen_us;      /* fRetryTimeout: how long it listens for a card's answer */
    uint8_t error_last;
    uint32_t target_links[PN532_TARGET_COUNT_MAX]; /* 0 = none */
    uint32_t target_active;                        /* link of the target last spoken to */
    uint8_t rest[PN532_ANSWER_SIZE_MAX];           /* of a card's answer that one reply does not hold */
    size_t rest_size;

    /* The command that runs. */
    uint64_t now_mono_us;
    uint64_t busy_from_mono_us;
    uint64_t air_us;
    struct pn532_traffic traffic; /* since the chip was made, whatever is reset */
    struct pn532_traffic before;  /* the command that runs came */
    uint8_t code;
    enum pn532_waiting waiting;
    uint64_t wait_until_mono_us;
    uint8_t wait_parameters[PN532_DATA_SIZE_MAX];
    size_t wait_size;

    struct pn532_output outputs[PN532_OUTPUT_COUNT_MAX];
    size_t output_count;
    struct pn532_output last_reply; /* for a NACK */
};

/* A chip as after power-up: asleep until the host's wake-up burst (55 55 00..), field off. */
void pn532_chip_init(struct pn532_chip *chip, struct pn532_field *field, uint32_t baud);
/* Power off and on; counts and faults stay. */
void pn532_chip_reset(struct pn532_chip *chip);

void pn532_chip_receive(struct pn532_chip *chip, struct span bytes, uint64_t now_mono_us);

/* To be called after a card came, and when pn532_chip_wake_mono_us() has come. */
void pn532_chip_tick(struct pn532_chip *chip, uint64_t now_mono_us);
/* The next moment at which something is due; PN532_NEVER. */
uint64_t pn532_chip_wake_mono_us(const struct pn532_chip *chip);

/* Takes the next due output. False: none is due. */
bool pn532_chip_take(struct pn532_chip *chip, uint64_t now_mono_us, struct pn532_output *out_output);
/* The output has gone out: closes the account of the simulator's own time. */
void pn532_chip_sent(struct pn532_chip *chip, const struct pn532_output *output, uint64_t now_mono_us);

/* For the functions of commands: counts one frame to a card and its answer; a size of 0: there is none. */
void pn532_chip_count_air(struct pn532_chip *chip, size_t tx_size, size_t rx_size);
/* The same: nobody answered, and the chip has listened in vain. */
void pn532_chip_count_silence(struct pn532_chip *chip);

#endif
