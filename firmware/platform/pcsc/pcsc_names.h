/* SPDX-License-Identifier: Apache-2.0 */
/* pcsc_names.h - what PC/SC calls things: readers by their names, cards by their ATR. Plain functions of bytes. */
#ifndef KASSA_PCSC_NAMES_H
#define KASSA_PCSC_NAMES_H

#include "iface/tag.h"

#define PCSC_PREFIX "pcsc:"

/* A device string taken apart: "pcsc:NAME", or "pcsc:/PATH:NAME" with the socket of another pcscd than this machine's. */
struct pcsc_device {
    struct span socket_path; /* empty: pcscd's own place */
    const char *name;        /* of the reader, or how it begins; empty: the only one that there is */
};

/* ERR_ARGUMENT: it does not begin with "pcsc:", or a path is not followed by a colon. The text is kept. */
NODISCARD
enum err pcsc_read_device(const char *device, struct pcsc_device *out);

/* Finds a reader among names as SCardListReaders gives them: each ends with a NUL, the last by another one; size bytes with
 * both. The one whose name is wanted, or else the only one that begins so: what stands behind the name that is told apart
 * by a serial number ("ACS ACR1252 ... 00 00") changes with the order of plugging. ERR_NOT_FOUND: none.
 * ERR_ARGUMENT: several begin so. */
NODISCARD
enum err pcsc_find_reader(const char *names, size_t size, const char *wanted, const char **out_name);

/* What a reader tells of a contactless card by its ATR, in the words of ISO/IEC 14443-3; uid is filled in by the caller before.
 * ERR_UNSUPPORTED: no card of that kind (in a slot with contacts, or of another radio). */
NODISCARD
enum err pcsc_read_atr(struct span atr, struct tag_target *target);

#endif
