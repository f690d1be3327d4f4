/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"
#include "offers/book.h"

static enum exit_code run(const struct call *call)
{
    fprintf(call->out, "kassa %s, book format %d\nsecurity fixes until %s\n", KASSA_VERSION,
            BOOK_FORMAT_VERSION, KASSA_SUPPORT_END);
    return EXIT_DONE;
}

const struct verb verb_version = {
    .noun = "version", .operands = "", .summary = "Say which version this is", .run = run};
