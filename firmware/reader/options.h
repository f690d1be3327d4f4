/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - kassa-reader's command line: one table. */
#ifndef KASSA_READER_OPTIONS_H
#define KASSA_READER_OPTIONS_H

#include "card/programme.h"

struct reader_options {
    const char *device;              /* see device.h */
    const char *user;                /* NULL: nobody */
    uint32_t poll_ms;                /* from one look to the next while a card is expected */
    uint32_t wallet_ms, rest_ms;     /* and while none is: see poller.h */
    uint32_t away_ms;                /* see poller.h */
    uint32_t refresh_ms;             /* see poller.h */
    struct card_programme programme; /* what the options say; the parent's replaces it */
    bool awaits_programme;           /* the parent sends one before anything else */
    bool refuses_uid;
    bool traces;  /* on standard output, see trace.h */
    bool is_help; /* --help: print and end */
};

/* ERR_ARGUMENT: complaint holds a sentence for a person. The texts of argv are kept, not copied. */
NODISCARD
enum err reader_options_read(int argc, char **argv, struct reader_options *out, char complaint[160]);

/* The help text, from the table. */
size_t reader_options_help(char *out, size_t size);

#endif
