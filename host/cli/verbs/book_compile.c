/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/verbs.h"
#include "platform/linux/linux_file.h"

static enum exit_code run(const struct call *call)
{
    struct load_book book CLEANUP(load_book_done) = {0};
    const char *target = call_value(call, "output");
    enum exit_code code = load_book(call, call->operands[0], &book);
    if (code != EXIT_DONE)
        return code;
    if (book.form != LOAD_JSON)
        return call_refuse(call, "it is compiled already", "%s is no JSON", call->operands[0]);
    enum err error = linux_file_replace(target, book.bytes, 0644);
    if (error != ERR_OK)
        return call_fail(call, error, target, "");
    fprintf(call->out, "book version %llu: %u offers, %zu bytes\n",
            (unsigned long long)book.book.header.version, book_offer_count(&book.book), book.bytes.size);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the binary book goes",
     .is_required = true},
};
const struct verb verb_book_compile = {.noun = "book",
                                       .name = "compile",
                                       .operands = "FILE",
                                       .operand_min = 1,
                                       .operand_max = 1,
                                       .summary = "Compile a JSON book into the binary book that tills load",
                                       .details = "The same file gives the same bytes.",
                                       .options = options,
                                       .option_count = COUNT_OF(options),
                                       .run = run};
