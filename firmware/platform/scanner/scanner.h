/* SPDX-License-Identifier: Apache-2.0 */
/* scanner.h - a barcode scanner, of whichever kind: a serial line (USB-CDC, RS-232) at 9600 8N1, a keyboard that is taken away from
 * everybody else (evdev), or USB's own kind (HID-POS, by hidraw).
 *
 * It parses nothing but lines: what stands in one goes through card_read_number. A scanner is asked nothing
 * and cannot block, so the agent's own loop reads it. Threads: one. Memory: taken in scanner_open(). */
#ifndef KASSA_SCANNER_H
#define KASSA_SCANNER_H

#include "platform/scanner/hid_pos.h"
#include "platform/scanner/keys.h"

#define SCANNER_LINE_SIZE_MAX                                                                                \
    384 /* a link that a tag signed has some 150 bytes; a member's code is far shorter */
#define SCANNER_GAP_MS_MAX 250 /* within one code: 9600 baud send a byte a millisecond */

/* A code came (ERR_OK), or what came was none: ERR_TOO_LONG, ERR_TRUNCATED (it broke off). line is without
 * its end and holds for the call; it is empty on an error. */
typedef void (*scanner_on_line)(void *self, enum err error, struct span line);

/* Puts lines together from bytes as they come. */
struct scanner_lines {
    uint8_t bytes[SCANNER_LINE_SIZE_MAX];
    size_t size;
    bool is_too_long;
    uint64_t last_mono_ms; /* when the last byte came */
    uint32_t gap_ms; /* silence that ends a code, of a scanner that sends nothing behind it; 0: none does, CR,
                              LF or ETX must */
};

/* Starts from zeroes. Empty lines (the LF of a CR LF) are nothing. */
void scanner_lines_feed(struct scanner_lines *lines, struct span bytes, uint64_t now_mono_ms,
                        scanner_on_line on_line, void *self);

/* A report of a HID-POS scanner: a code's end is where it is not continued. */
void scanner_lines_feed_part(struct scanner_lines *lines, const struct hid_pos_part *part,
                             uint64_t now_mono_ms, scanner_on_line on_line, void *self);

/* Something was lost: what has come of a code is none. */
void scanner_lines_break(struct scanner_lines *lines, scanner_on_line on_line, void *self);

/* In how many ms a code that has no end yet will be whole; UINT32_MAX: not by silence. */
uint32_t scanner_lines_wait_ms(const struct scanner_lines *lines, uint64_t now_mono_ms);

struct scanner; /* opaque */

/* device: the path of a tty; "evdev:" or "hidpos:" and a path; paths in /dev/input and /dev/hidraw* need no such head. Behind
 * "evdev:" may stand a pipe or a socket that carries struct input_event, where a machine has no evdev. gap_ms: see struct scanner_lines.
 * ERR_NOT_FOUND: no such device. ERR_BUSY: another process has it. ERR_UNSUPPORTED: it is no scanner of that
 * kind. ERR_IO: not ours to open. */
NODISCARD
enum err scanner_open(const char *device, uint32_t gap_ms, struct scanner **out);
void scanner_close(struct scanner *scanner);
void scanner_closep(struct scanner **scanner);

/* To be watched for reading; non-blocking. */
int scanner_fd(const struct scanner *scanner);

/* Reads what is there. ERR_CLOSED: the scanner is gone; close it, and try to open it from time to time. */
NODISCARD
enum err scanner_read(struct scanner *scanner, uint64_t now_mono_ms, scanner_on_line on_line, void *self);

/* Looks whether silence ended a code. Answers when to call again at the latest, as scanner_lines_wait_ms. */
uint32_t scanner_rest(struct scanner *scanner, uint64_t now_mono_ms, scanner_on_line on_line, void *self);

#endif
