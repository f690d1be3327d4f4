/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h - the simulator as a whole: a chip, its field, and the orders that change them. Pure; main.c adds the
 * pty. */
#ifndef KASSA_PN532_SIM_H
#define KASSA_PN532_SIM_H

#include "pn532-sim/chip.h"
#include "pn532-sim/order.h"

/* An answer is one line, "ok ..." or "error ...", without its line end. The longest is a dump of
 * 4096 bytes. */
struct pn532_text {
    size_t size;
    char text[9216];
};

struct pn532_sim {
    struct pn532_field field;
    struct pn532_chip chip;
    bool is_plugged; /* main.c opens and closes the pty after it */
};

/* What an order still waits for. */
struct pn532_wait {
    bool is_on;
    enum pn532_verb verb; /* PN532_VERB_WAIT_SEEN or PN532_VERB_WAIT_POLL */
    uint32_t slot;
    uint32_t link;
    uint64_t poll_count;
    uint64_t until_mono_us;
};

void pn532_sim_init(struct pn532_sim *sim, uint32_t baud);

/* Obeys the order and writes its answer, unless it has to wait: then out_wait->is_on. */
void pn532_sim_obey(struct pn532_sim *sim, const struct pn532_order *order, uint64_t now_mono_us,
                    struct pn532_text *out_answer, struct pn532_wait *out_wait);

/* The reader was pulled. */
void pn532_sim_unplug(struct pn532_sim *sim);

/* Looks whether the wait has ended, by success or time; then it writes the answer and wait->is_on
 * is false. */
void pn532_sim_wait_check(const struct pn532_sim *sim, struct pn532_wait *wait, uint64_t now_mono_us,
                          struct pn532_text *out_answer);

void pn532_sim_put(struct pn532_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
