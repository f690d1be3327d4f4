/* SPDX-License-Identifier: Apache-2.0 */
/* scanner.h - a serial barcode scanner: a tty (USB-CDC, RS-232) at 9600 8N1, each code ended by CR, LF or
 * ETX.
 *
 * It parses nothing but lines: what stands in one goes through card_read_number. A scanner is asked nothing
 * and cannot block, so the agent's own loop reads it. Threads: one. Memory: taken in scanner_open(). */
#ifndef KASSA_SCANNER_H
#define KASSA_SCANNER_H

#include "base/base.h"

#define SCANNER_LINE_SIZE_MAX 96  /* a member's code is far shorter */
#define SCANNER_GAP_MS_MAX    250 /* within one code: 9600 baud send a byte a millisecond */

/* A code came (ERR_OK), or what came was none: ERR_TOO_LONG, ERR_TRUNCATED (it broke off). line is without
 * its end and holds for the call; it is empty on an error. */
typedef void (*scanner_on_line)(void *self, enum err error, struct span line);

/* Puts lines together from bytes as they come. */
struct scanner_lines {
    uint8_t bytes[SCANNER_LINE_SIZE_MAX];
    size_t size;
    bool is_too_long;
    uint64_t last_mono_ms; /* when the last byte came */
};

/* Starts from zeroes. Empty lines (the LF of a CR LF) are nothing. */
void scanner_lines_feed(struct scanner_lines *lines, struct span bytes, uint64_t now_mono_ms,
                        scanner_on_line on_line, void *self);

struct scanner; /* opaque */

/* ERR_NOT_FOUND: no such device. ERR_BUSY: another process has it locked. ERR_IO: not a tty, or not ours to
 * open. */
NODISCARD
enum err scanner_open(const char *path, struct scanner **out);
void scanner_close(struct scanner *scanner);
void scanner_closep(struct scanner **scanner);

/* To be watched for reading; non-blocking. */
int scanner_fd(const struct scanner *scanner);

/* Reads what is there. ERR_CLOSED: the scanner is gone; close it, and try to open it from time to time. */
NODISCARD
enum err scanner_read(struct scanner *scanner, uint64_t now_mono_ms, scanner_on_line on_line, void *self);

#endif
