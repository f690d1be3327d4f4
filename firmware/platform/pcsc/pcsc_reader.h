/* SPDX-License-Identifier: Apache-2.0 */
/* pcsc_reader.h - iface/tag.h by PC/SC: the readers that are sold today (CCID) by way of pcscd. The only room that links
 * libpcsclite.
 *
 * A PC/SC reader activates cards by itself: READ and FAST_READ of a Type 2 tag become "read binary" (PC/SC part 3, FF B0), MIFARE
 * Classic is opened by FF 82 and FF 86 (or the older FF 88), APDUs go through as they are. A Type 2 tag's other frames go through a
 * transparent session (PC/SC 2.02, FF C2), or on readers with a PN53x by FF 00 00 00 D4 42; which one a reader knows is tried with the
 * first tag that is asked so. Where it knows neither they are ERR_UNSUPPORTED; a wallet's wake-up frames always are. The card before the
 * reader is held for this process alone.
 *
 * pcscd that was stopped, or a reader that was pulled, is ERR_CLOSED: whoever uses this ends and is started anew. A reader that
 * locks up may block for as long as pcscd does: only kassa-reader, a child that may be killed, may open this.
 * Memory: taken in pcsc_reader_open(). Threads: one. May set PCSCLITE_CSOCK_NAME in the environment. */
#ifndef KASSA_PCSC_READER_H
#define KASSA_PCSC_READER_H

#include "iface/tag.h"

struct pcsc_reader; /* opaque */

/* device: "pcsc:" and the reader's name, or how it begins (pcsc_names.h). ERR_ARGUMENT: no such text, or several readers begin so.
 * ERR_NOT_FOUND: no such reader. ERR_CLOSED: no pcscd answers. ERR_IO: it refuses this process. */
NODISCARD
enum err pcsc_reader_open(const char *device, struct pcsc_reader **out);
void pcsc_reader_close(struct pcsc_reader *reader);
void pcsc_reader_closep(struct pcsc_reader **reader);

/* The reader's whole name; holds as long as the reader. */
const char *pcsc_reader_name(const struct pcsc_reader *reader);

struct tag_reader pcsc_reader_as_tag_reader(struct pcsc_reader *reader);

#endif
