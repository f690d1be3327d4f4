/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever lines a client sends to pn532-sim: each gets one answer of one line, or waits. */
#include "pn532-sim/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const struct pn532_text *answer)
{
    KASSA_ASSERT(answer->size >= 2 && answer->size < sizeof(answer->text) - 1);
    KASSA_ASSERT(memchr(answer->text, '\n', answer->size) == NULL);
    KASSA_ASSERT(memcmp(answer->text, "ok", 2) == 0 || memcmp(answer->text, "error ", 6) == 0);
}

static void obey_line(struct pn532_sim *sim, struct span line)
{
    struct pn532_order order;
    struct pn532_text answer = {.size = 0};
    struct pn532_wait wait = {.is_on = false};
    const char *why = NULL;
    if (pn532_order_parse(line, &order, &why) != ERR_OK) {
        KASSA_ASSERT(why != NULL);
        return;
    }
    pn532_sim_obey(sim, &order, 0, &answer, &wait);
    if (wait.is_on)
        pn532_sim_wait_check(sim, &wait, UINT64_MAX, &answer);
    check_answer(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pn532_sim sim;
    struct span rest = span_of(data, size);
    pn532_sim_init(&sim, 0);
    while (rest.size > 0) {
        const uint8_t *end = memchr(rest.bytes, '\n', rest.size);
        size_t line_size = end != NULL ? (size_t)(end - rest.bytes) : rest.size;
        obey_line(&sim, span_of(rest.bytes, line_size));
        size_t taken = line_size + (end != NULL);
        rest = span_of(rest.bytes + taken, rest.size - taken);
    }
    return 0;
}
