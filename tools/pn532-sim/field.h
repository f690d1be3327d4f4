/* SPDX-License-Identifier: Apache-2.0 */
/* field.h - the antenna and the cards that lie in front of it, each with its ISO/IEC 14443-3 state.
 *
 *   UNPOWERED --field on--> IDLE --request+select--> ACTIVE --HLTA--> HALT
 *                            ^                         |                |  request that wakes halted cards
 *                            +---- error or request ---+  (to HALT, if it was woken from there)
 *
 * A card that was sent RATS stays ACTIVE and hears no request until it is deselected (ISO/IEC 14443-4).
 *
 * A slot is a place in front of the antenna; a link names one presentation of a card, so that a card that was
 * removed and laid down again is another card to the chip. Pure; times are the caller's. */
#ifndef KASSA_PN532_FIELD_H
#define KASSA_PN532_FIELD_H

#include "pn532-sim/card.h"

#define PN532_SLOT_COUNT 4u

/* What went over the serial line and through the air, since the chip was made. */
struct pn532_traffic {
    uint64_t commands;   /* of the host */
    uint64_t line_bytes; /* frames of both sides, acknowledgements among them */
    uint64_t air_frames; /* of both sides */
    uint64_t air_bytes;  /* with their CRC */
};

struct pn532_slot {
    bool is_taken;
    uint32_t link;  /* number of the presentation, from 1 */
    uint32_t order; /* cards are found in the order of this number: a card that was halted goes to the end */
    struct pn532_card card;

    /* What the tests and benchmarks ask for. Times are of the monotonic clock. */
    uint64_t presented_mono_us;
    uint64_t selected_mono_us; /* when the command that first found it came in; 0 = not yet */
    uint64_t select_count;
    uint64_t exchange_count;
    uint64_t busy_us;            /* the simulator's own time in all commands that touched this card */
    uint64_t select_busy_us;     /* of the command that first found it */
    bool is_seen;                /* the reply that first told the host of it has gone out */
    struct pn532_traffic before; /* the command that first found it */
};

struct pn532_field {
    bool is_on;
    uint32_t link_last;
    uint32_t order_last;
    uint32_t link_active; /* of the card that was selected last */
    struct pn532_slot slots[PN532_SLOT_COUNT];
};

/* Lays a card into a free slot. ERR_EXISTS: the slot is taken, or a card of that UID lies there already. */
NODISCARD
enum err pn532_field_present(struct pn532_field *field, size_t slot, const struct pn532_card *card,
                             uint64_t now_mono_us);
/* Takes the card away. False: there was none. */
bool pn532_field_remove(struct pn532_field *field, size_t slot);
/* Lays the card into the slot in one step, whatever lay there. ERR_EXISTS: another slot holds that UID. */
NODISCARD
enum err pn532_field_swap(struct pn532_field *field, size_t slot, const struct pn532_card *card,
                          uint64_t now_mono_us);

void pn532_field_switch(struct pn532_field *field, bool is_on);

/* Requests, finds and selects one card: idle ones first, then halted ones, each in their order. uid filters
 * if it is not empty. NULL: none answers. The card is ACTIVE then, every other that was falls back. */
struct pn532_slot *pn532_field_select(struct pn532_field *field, struct span uid);
/* The card of that presentation, if it still lies there. */
struct pn532_slot *pn532_field_find(struct pn532_field *field, uint32_t link);
/* The selected card, or NULL. */
struct pn532_slot *pn532_field_active(struct pn532_field *field);
/* HLTA, or S(DESELECT) to one in layer 4, if the card is active. */
void pn532_field_halt(struct pn532_field *field, struct pn532_slot *slot);
/* The card saw an error: it is no longer selected. */
void pn532_field_drop(struct pn532_slot *slot);

/* A frame (CRC taken off) that is for no selected card: every card hears it, none answers. */
void pn532_field_hear(struct pn532_field *field, struct span frame);
/* Sends one frame (CRC taken off) to the selected card, and follows its state. HLTA is understood here. */
enum pn532_air pn532_field_exchange(struct pn532_field *field, struct span frame,
                                    struct pn532_answer *answer);

#endif
