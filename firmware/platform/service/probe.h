/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - whether a disk still answers, asked of it by a thread that may hang in its stead.
 *
 * The thread reads a block of a file of its own past the page cache, and writes it durably now and then: a read wears no
 * flash, and a write finds what only writes find. An error is an answer: what it means is the journal's
 * business. What is found here is the disk that says nothing at all.
 *
 * Threads   the caller's and the probe's own, which touches nothing but struct probe. */
#ifndef KASSA_PROBE_H
#define KASSA_PROBE_H

#include "base/base.h"

#define PROBE_FILE_NAME "disk.probe"
#define PROBE_WRITE_EVERY                                                                                    \
    256 /* questions between two that write: ten minutes with a watchdog of ten seconds */

struct probe; /* opaque */

/* Asks nothing yet. The folder is looked at by the first question. ERR_TOO_LONG, ERR_MEMORY (also: no thread). */
NODISCARD
enum err probe_open(const char *folder, struct probe **out_probe);

/* Whether the last question is answered; true before the first. */
bool probe_has_answered(const struct probe *probe);

/* Asks. Only when the last question is answered. */
void probe_ask(struct probe *probe);

/* A thread that hangs is left behind with what it uses: the process is about to end. NULL is allowed. */
void probe_close(struct probe *probe);

#endif
