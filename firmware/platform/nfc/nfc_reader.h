/* SPDX-License-Identifier: Apache-2.0 */
/* nfc_reader.h - iface/tag.h by libnfc: the only room that links it.
 *
 * libnfc blocks, and can abort or crash the process on a reader's bad bytes: only kassa-reader, a child that
 * may die, may open this. Every wait in here is bounded (300 ms a command, 500 ms an APDU, 1.5 s the opening); selects
 * are bounded and there is no InAutoPoll; an answer to select (ATS), whose bad length crashes libnfc, is asked for only
 * from the first APDU on: a programme without cards that speak APDUs never meets it. One reader a process: libnfc's list of drivers is global.
 * Threads: one. Sets LIBNFC_AUTO_SCAN and LIBNFC_LOG_LEVEL in the environment. */
#ifndef KASSA_NFC_READER_H
#define KASSA_NFC_READER_H

#include "iface/tag.h"

struct nfc_reader; /* opaque */

/* connstring: libnfc's, with nothing left to be guessed: "pn532_uart:/dev/kassa-reader:115200". A device path
 * may hold no colon (libnfc splits there): name it by a symbolic link. ERR_ARGUMENT: such a path, or no
 * connstring. ERR_NOT_FOUND: no such device. ERR_BUSY: another process has it locked. ERR_IO: it does not
 * answer as a reader, or may not be opened. */
NODISCARD
enum err nfc_reader_open(const char *connstring, struct nfc_reader **out);
void nfc_reader_close(struct nfc_reader *reader);
void nfc_reader_closep(struct nfc_reader **reader);

/* The chip's name as libnfc tells it; holds as long as the reader. */
const char *nfc_reader_name(const struct nfc_reader *reader);

/* The requests of ioctl that libnfc needs of a reader that is open. */
extern const unsigned long nfc_reader_ioctls[];
extern const size_t nfc_reader_ioctl_count;

struct tag_reader nfc_reader_as_tag_reader(struct nfc_reader *reader);

#endif
