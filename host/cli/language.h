/* SPDX-License-Identifier: Apache-2.0 */
/* language.h - the option --language of verbs that print texts of a book. */
#ifndef KASSA_CLI_LANGUAGE_H
#define KASSA_CLI_LANGUAGE_H

#include "cli/call.h"
#include "offers/book.h"

#define LANGUAGE_OPTION(what)                                                                                \
    {                                                                                                        \
        .name = "language", .value = "TAG", .help = what " (en)"                                             \
    }

/* What was typed, "en" if nothing was. EXIT_USAGE: no offer of these books has a text in it; names those that
 * they have. */
NODISCARD
enum exit_code language_read(const struct call *call, const struct book *const *books, size_t book_count,
                             struct span *out);

#endif
