/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "office/broker_files.h"
#include "platform/linux/linux_clock.h"

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct authority authority CLEANUP(authority_done) = {.der_size = 0};
    const struct clock clock = linux_clock();
    const char *name = call->operands[0];
    char path[TRUST_PATH_MAX];
    size_t count = 0;
    enum exit_code code = trust_join(call, call_value(call, "broker"), BROKER_REVOKED_FILE, path);
    if (code == EXIT_DONE)
        code = trust_open(call, &authority);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_certificate_revoke(&txn, name, clock.ops->wall_unix_ms(clock.self), &count);
    if (error == ERR_OK && count == 0)
        return call_fail(call, ERR_NOT_FOUND, name, "no certificate of that name is in force");
    code = error == ERR_OK ? trust_write_revoked(call, &authority, &txn, path)
                           : call_fail(call, error, "the store", "");
    if (code != EXIT_DONE)
        return code;
    error = store_commit(&txn);
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    fprintf(call->out,
            "%s: %zu certificate%s revoked; the hub takes nothing more from it. Now let the broker read %s: "
            "systemctl reload mosquitto\n",
            name, count, count == 1 ? "" : "s", path);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "authority", .value = "DIR", .help = "its folder", .is_required = true},
    {.name = "broker",
     .value = "DIR",
     .help = "the broker's files: revoked.pem is written anew there",
     .is_required = true},
};
const struct verb verb_till_revoke = {.noun = "till",
                                      .name = "revoke",
                                      .operands = "NAME",
                                      .operand_min = 1,
                                      .operand_max = 1,
                                      .summary = "Shut a till out: stolen, cloned or scrapped",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
