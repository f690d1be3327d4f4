/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - what the chip does for each command: a table by code. Section numbers are of NXP UM0701-02. */
#ifndef KASSA_PN532_COMMANDS_H
#define KASSA_PN532_COMMANDS_H

#include "pn532-sim/chip.h"

enum pn532_outcome {
    PN532_OUTCOME_REPLY, /* reply is filled */
    PN532_OUTCOME_WAIT,  /* chip->waiting says for what */
    PN532_OUTCOME_SYNTAX /* the chip answers with the error frame */
};

struct pn532_command {
    uint8_t code;
    uint8_t size_min; /* of its parameters */
    const char *name;
    enum pn532_outcome (*run)(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply);
};

/* NULL: the chip does not know that code. */
const struct pn532_command *pn532_command_find(uint8_t code);
/* The table, ended by a row without name. */
const struct pn532_command *pn532_commands(void);

void pn532_reply_put(struct pn532_reply *reply, struct span bytes);
void pn532_reply_put_byte(struct pn532_reply *reply, uint8_t byte);

/* initiator.c: the commands that speak to cards. */
enum pn532_outcome pn532_run_list(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply);
enum pn532_outcome pn532_run_auto_poll(struct pn532_chip *chip, struct span parameters,
                                       struct pn532_reply *reply);
enum pn532_outcome pn532_run_data_exchange(struct pn532_chip *chip, struct span parameters,
                                           struct pn532_reply *reply);
enum pn532_outcome pn532_run_communicate_thru(struct pn532_chip *chip, struct span parameters,
                                              struct pn532_reply *reply);
enum pn532_outcome pn532_run_deselect(struct pn532_chip *chip, struct span parameters,
                                      struct pn532_reply *reply);
enum pn532_outcome pn532_run_release(struct pn532_chip *chip, struct span parameters,
                                     struct pn532_reply *reply);
enum pn532_outcome pn532_run_select(struct pn532_chip *chip, struct span parameters,
                                    struct pn532_reply *reply);

/* Tries a waiting command again; an InAutoPoll whose time is up replies that it found nothing. */
enum pn532_outcome pn532_run_waiting(struct pn532_chip *chip, struct pn532_reply *reply);

#endif
