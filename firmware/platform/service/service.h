/* SPDX-License-Identifier: Apache-2.0 */
/* service.h - what a process tells the service manager that started it, by the protocol of sd_notify(3): datagrams of
 * NAME=VALUE lines to the socket that NOTIFY_SOCKET names. Without that variable nothing is told, and every call is
 * allowed.
 *
 * Watchdog   a manager that set WATCHDOG_USEC kills a process from which no sign of life came for so long. The
 *            sign is sent from service_beat alone, so from the process's own loop: no thread hides one that
 *            hangs. Where a folder is given, it is also held back while that folder's disk does not answer
 *            (probe.h).
 * Children   inherit no way to speak for their parent: opening takes the variables out of the environment.
 * Memory     taken while opening. Threads: one, the loop's. No call blocks. */
#ifndef KASSA_SERVICE_H
#define KASSA_SERVICE_H

#include "iface/clock.h"

#define SERVICE_STATUS_MAX 240

struct service; /* opaque */

/* folder: whose disk must answer, made by the caller before the first service_beat; NULL: none. The clock is kept.
 * ERR_ARGUMENT: NOTIFY_SOCKET is no address of a UNIX socket. ERR_IO, ERR_MEMORY. */
NODISCARD
enum err service_open(const char *folder, struct clock clock, struct service **out_service);

/* Whether anybody listens. */
bool service_is_heard(const struct service *service);

/* Started whole: what depends on this service may start. */
void service_tell_ready(struct service *service);

/* Ends in order from now on. */
void service_tell_stopping(struct service *service);

/* One sentence of what it does now; the same again is not sent. More than SERVICE_STATUS_MAX bytes are cut. */
void service_tell_status(struct service *service, const char *sentence);

/* Called in each turn of the loop: sends a sign of life where one is due and is_well. Answers in how many ms to call
 * again at the latest; UINT64_MAX: nobody watches. */
uint64_t service_beat(struct service *service, bool is_well);

/* Before something long: no sign of life for so many ms from now on. 0 ends that. Costs nothing where nobody watches. */
void service_ask_patience(struct service *service, uint64_t ms);

/* NULL is allowed, here and above: nothing is told. Does not wait for a disk that does not answer. */
void service_close(struct service *service);
void service_closep(struct service **service);

#endif
