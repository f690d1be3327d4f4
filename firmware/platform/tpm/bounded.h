/* SPDX-License-Identifier: Apache-2.0 */
/* bounded.h - iface/sealer.h around a sealer that may hang: whoever asks waits for a bounded time.
 *
 * Each call runs in a thread of its own, on copies of what was handed in; there is one at a time. A call that is not back
 * in wait_ms is ERR_BUSY for who asked, and its thread goes on by itself. When it does come back, what it brought is for
 * the next one that asks the same; till then all others are ERR_BUSY. After a call that was late or failed with ERR_IO the
 * device is left alone for BOUNDED_REST_MS, and each new question has that error at once. Other errors are answers.
 *
 * Owner      the caller's memory. sealer.self stays as long as the process: a thread that never comes back may hold it.
 * Memory     one block a call, wiped and freed with it.
 * Threads    the caller is one; sealer's calls are made in others, never two at once. */
#ifndef KASSA_TPM_BOUNDED_H
#define KASSA_TPM_BOUNDED_H

#include "iface/clock.h"
#include "iface/sealer.h"

#define BOUNDED_LOOP_MS 3000  /* for an event loop with a watchdog of 10 s; a chip takes up to a second */
#define BOUNDED_REST_MS 60000 /* a chip that is locked or out gets no better by being asked */

struct bounded_call;

struct bounded {
    struct sealer sealer;
    struct clock clock; /* for the rest */
    uint32_t wait_ms;
    struct bounded_call *call; /* the rest begins as zero. NULL: none is under way or late */
    uint64_t rest_until_mono_ms;
    enum err rest_error;
};

/* Uses *bounded. Beside the sealer's own errors: ERR_BUSY, ERR_MEMORY. */
struct sealer bounded_as_sealer(struct bounded *bounded);

/* Waits for nothing: a call that is still out frees what it uses when it comes back, if ever. */
void bounded_close(struct bounded *bounded);

#endif
