/* SPDX-License-Identifier: Apache-2.0 */
/* listing.h - rows of the store that a verb shows as lines of text, or with --json as one array. */
#ifndef KASSA_CLI_LISTING_H
#define KASSA_CLI_LISTING_H

#include <jansson.h>

#include "cli/call.h"

struct listing {
    FILE *out;
    json_t *rows; /* NULL: as text */
    uint64_t count;
};

struct listing listing_of(const struct call *call);

/* After the scan that ended with `error`: tells the rows, or how many lines there were. one: "signal". */
NODISCARD
enum exit_code listing_end(const struct call *call, const struct listing *listing, enum err error,
                           const char *one);

#endif
