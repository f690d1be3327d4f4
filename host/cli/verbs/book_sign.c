/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/load.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static enum exit_code run(const struct call *call)
{
    struct load_book book CLEANUP(load_book_done) = {0};
    const char *target = call_value(call, "output");
    const char *tenant = call_value(call, "tenant");
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    enum exit_code code =
        load_key(call, call_value(call, "key"), sizeof(private_key), "a private key", private_key);
    if (code == EXIT_DONE)
        code = load_book(call, call->operands[0], &book);
    if (code != EXIT_DONE)
        return code;
    const struct clock clock = linux_clock();
    const struct signed_book_terms terms = {tenant != NULL ? tenant : "",
                                            clock.ops->wall_unix_ms(clock.self)};
    uint8_t *bytes CLEANUP(free_bytes) = malloc(book.bytes.size + SIGNED_BOOK_OVERHEAD_MAX);
    size_t size = 0;
    if (bytes == NULL)
        return call_fail(call, ERR_MEMORY, target, "");
    enum err error = signed_book_write(book.bytes, private_key, &terms, bytes, &size);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0],
                         "a tenant has at most 32 characters, a signed book 64 stores");
    error = linux_file_replace(target, span_of(bytes, size), 0644);
    if (error != ERR_OK)
        return call_fail(call, error, target, "");
    fprintf(call->out, "book version %llu signed, %zu bytes\n", (unsigned long long)book.book.header.version,
            size);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "key", .letter = 'k', .value = "FILE", .help = "the private key", .is_required = true},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the signed book goes",
     .is_required = true},
    {.name = "tenant", .value = "NAME", .help = "the tenant whose tills may use it (left out: any)"},
};
const struct verb verb_book_sign = {.noun = "book",
                                    .name = "sign",
                                    .operands = "BOOK",
                                    .operand_min = 1,
                                    .operand_max = 1,
                                    .summary = "Sign a book (binary, or JSON that is compiled first)",
                                    .options = options,
                                    .option_count = COUNT_OF(options),
                                    .run = run};
