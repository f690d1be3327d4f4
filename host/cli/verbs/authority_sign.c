/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/trust.h"
#include "cli/verbs.h"

#define DAYS_DEFAULT 90 /* renewed from two thirds on: a stolen key does not work for ever */

static enum exit_code read_request(const struct call *call, char out_name[VAULT_NAME_MAX + 1],
                                   uint8_t out_key[VAULT_PUBLIC_SIZE])
{
    const char *path = call->operands[0];
    struct load_file file CLEANUP(load_file_done) = {0};
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    enum err error = load_file(path, VAULT_PEM_TEXT_MAX, &file);
    if (error == ERR_OK)
        error = vault_pem_read(VAULT_PEM_REQUEST, load_span(&file), &der);
    if (error == ERR_OK)
        error = vault_request_read(span_of(bytes, der.size), out_name, out_key);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, path, "`kassa till request` writes one where the key is made");
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct authority authority CLEANUP(authority_done) = {.der_size = 0};
    char name[VAULT_NAME_MAX + 1];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    uint64_t days = DAYS_DEFAULT;
    enum exit_code code = EXIT_DONE;
    if (call_has(call, "days"))
        code = call_number(call, "days", &days);
    if (code == EXIT_DONE && (days < 1 || days > AUTHORITY_DAYS_MAX))
        code = call_refuse(call, "1 to 9131", "--days is out of range");
    if (code == EXIT_DONE)
        code = read_request(call, name, public_key);
    if (code == EXIT_DONE)
        code = trust_open(call, &authority);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    struct authority_terms terms = {.use = VAULT_USE_CLIENT,
                                    .name = name,
                                    .address = "",
                                    .is_hub = call_has(call, "hub"),
                                    .public_key = public_key,
                                    .days = (unsigned)days};
    if (code == EXIT_DONE)
        code = trust_certify(call, &authority, terms, &txn, call_value(call, "output"));
    if (code != EXIT_DONE)
        return code;
    enum err error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store",
                         "the certificate that was written is not known: sign again");
    fprintf(call->out, "%s certified for %llu days\n", name, (unsigned long long)days);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "authority", .value = "DIR", .help = "its folder", .is_required = true},
    {.name = "days", .value = "N", .help = "how long the certificate lasts (90)"},
    {.name = "hub", .help = "it is a hub, with a hub's rights: its name begins with kassa-hub"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the certificate goes",
     .is_required = true},
};
const struct verb verb_authority_sign = {.noun = "authority",
                                         .name = "sign",
                                         .operands = "REQUEST",
                                         .operand_min = 1,
                                         .operand_max = 1,
                                         .summary = "Certify the till or hub that made this request",
                                         .options = options,
                                         .option_count = COUNT_OF(options),
                                         .run = run};
