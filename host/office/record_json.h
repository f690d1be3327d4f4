/* SPDX-License-Identifier: Apache-2.0 */
/* record_json.h - records and documents as JSON, by the generated descriptors: a field that the schema gains
 * is shown without a line of code. As in the JSON mapping of protocol buffers, fields that hold their default
 * are left out; unlike in it, names are the schema's own (amount_minor), bytes are hexadecimal, and so are
 * 64-bit random numbers (fixed64), which JSON's numbers could not hold. Threads: any. */
#ifndef KASSA_OFFICE_RECORD_JSON_H
#define KASSA_OFFICE_RECORD_JSON_H

#include <jansson.h>

#include "crm/crm.h"
#include "wire/message.h"
#include "wire/record.h"

#define RECORD_JSON_ARENA_SIZE (4u << 20) /* one receipt of LINES_MAX lines, decoded */

enum record_json_defaults { RECORD_JSON_LEAVE_OUT, RECORD_JSON_KEEP };

/* A decoded message of kassa.proto or crm.proto as an object; NULL: no memory, or a message that is not in
 * the tables of record_json.c. Lists that are callbacks are left out. The caller's to free. */
json_t *record_json_of_message(const pb_msgdesc_t *fields, const void *message,
                               enum record_json_defaults defaults);

/* A record's bytes as an object: {"kind": "purchase", "seq": 7, ..., "purchase": {...}}. One of a kind that
 * is not known here has its head and "raw", the bytes in hexadecimal; bytes that are no record have "raw" and
 * "error". arena is scratch of RECORD_JSON_ARENA_SIZE, reset here. NULL: no memory. */
json_t *record_json_of_record(struct span bytes, struct arena *arena);

#endif
