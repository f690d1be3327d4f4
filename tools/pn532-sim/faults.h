/* SPDX-License-Identifier: Apache-2.0 */
/* faults.h - the bad days of a reader: silence, garbage, wrong checksums, answers that crash careless hosts, cards that go
 * in the middle of a dialogue.
 *
 * A script of faults: each is for some of the chip's replies (those of one command, after so many, so many times), and a
 * reply is spoilt by the first that is for it. Pure. */
#ifndef KASSA_PN532_FAULTS_H
#define KASSA_PN532_FAULTS_H

#include "pn532-sim/frame.h"

#define PN532_FOREVER         UINT32_MAX
#define PN532_ANY_COMMAND     0xFFu /* no command has that code */
#define PN532_FAULT_COUNT_MAX 8u
#define PN532_FAULT_BYTES_MAX (PN532_DATA_SIZE_MAX - 2)
#define PN532_FAULT_ACKS_MAX  100u
#define PN532_SENT_SIZE_MAX   1024u /* a frame twice, or behind so many ACKs, or with a tail */

_Static_assert(PN532_FAULT_ACKS_MAX * 6 + PN532_FRAME_SIZE_MAX <= PN532_SENT_SIZE_MAX, "room for the ACKs");

enum pn532_mute {
    PN532_MUTE_OFF,
    PN532_MUTE_ALL,      /* the chip hears nothing: no ACK, no reply */
    PN532_MUTE_AFTER_ACK /* it acknowledges and then never replies */
};

enum pn532_fault_value { PN532_FAULT_TAKES_NOTHING, PN532_FAULT_TAKES_BYTES, PN532_FAULT_TAKES_NUMBER };

struct pn532_fault_kind; /* a row of the table */

struct pn532_fault {
    const struct pn532_fault_kind *kind;
    uint8_t of;         /* the command whose replies it is for; PN532_ANY_COMMAND: all */
    uint32_t after;     /* replies that it still lets pass */
    uint32_t remaining; /* replies that it still spoils; PN532_FOREVER: until it is switched off */
    uint32_t number;
    size_t size;
    uint8_t bytes[PN532_FAULT_BYTES_MAX];
};

struct pn532_faults {
    enum pn532_mute mute;
    size_t count;
    struct pn532_fault script[PN532_FAULT_COUNT_MAX];
    uint32_t seed; /* of what is drawn; any value but 0 */
};

/* What goes out for a reply. */
struct pn532_sent {
    size_t size;
    uint8_t bytes[PN532_SENT_SIZE_MAX];
    uint32_t late_ms;
    bool is_spoilt;
    bool loses_card; /* the card that the reply is about is taken away */
    bool unplugs;    /* the reader is, once the bytes went out */
};

struct pn532_fault_kind {
    const char *name;
    enum pn532_fault_value value;
    uint32_t least, most; /* the number, or how many bytes */
    const char *help;     /* what goes out instead */
    /* Changes TFI, code and parameters before they are framed; NULL: not at all. */
    void (*shape)(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data);
    /* Changes the frame; NULL: not at all. */
    void (*spoil)(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent);
};

/* NULL: there is no such kind. */
const struct pn532_fault_kind *pn532_fault_kind_find(const char *name);
/* The table, ended by a row without name. */
const struct pn532_fault_kind *pn532_fault_kinds(void);

/* ERR_FULL: PN532_FAULT_COUNT_MAX of them are under way. */
NODISCARD
enum err pn532_faults_add(struct pn532_faults *faults, const struct pn532_fault *fault);

/* Builds what goes out for a reply (TFI, code, parameters). */
void pn532_faults_frame(struct pn532_faults *faults, struct span reply, struct pn532_sent *out);

#endif
