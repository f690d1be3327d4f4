/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/broker.h"
#include "cli/desk.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "office/broker_files.h"
#include "platform/linux/linux_clock.h"

struct revoked {
    size_t known;        /* certificates that stand in its name */
    size_t certificates; /* of these, revoked now */
    size_t invitations;  /* open ones, taken back */
};

static bool count_one(void *context, const crm_Certificate *row)
{
    (void)row;
    ++*(size_t *)context;
    return true;
}

/* An open invitation would bring it back with a new certificate: it goes at the same moment. */
static enum err end_all(const struct store_txn *txn, const char *name, struct revoked *out)
{
    const struct clock clock = linux_clock();
    TRY(crm_certificate_scan(txn, name, count_one, &out->known));
    TRY(crm_invitation_remove(txn, name, 0, &out->invitations));
    return out->known == 0 && out->invitations == 0
               ? ERR_NOT_FOUND
               : crm_certificate_revoke(txn, name, clock.ops->wall_unix_ms(clock.self), &out->certificates);
}

/* Revoked in the store and in the broker's list. One that was revoked already is fine: the broker is told again. */
static enum exit_code revoke(const struct call *call, const struct authority *authority,
                             const char *list_path, struct revoked *out)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const char *name = call->operands[0];
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = end_all(&txn, name, out);
    if (error == ERR_NOT_FOUND)
        return call_fail(call, error, name,
                         "nobody of that name was ever certified, and no open invitation names it");
    code = error == ERR_OK ? trust_write_revoked(call, authority, &txn, list_path)
                           : call_fail(call, error, "the store", "");
    if (code != EXIT_DONE)
        return code;
    error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

/* First the list, so that whoever is thrown out does not come back. */
static enum exit_code shut_out(const struct call *call, const struct authority *authority)
{
    const char *folder = call_value(call, "broker"), *name = call->operands[0];
    enum err error = broker_reload(folder);
    if (error != ERR_OK)
        return call_fail(
            call, error, folder,
            error == ERR_STATE
                ? "its mosquitto may not be told by this user: run it again as root, or as mosquitto's user"
                : "no mosquitto runs here with these files: bring revoked.pem to where it runs, reload it "
                  "(systemctl reload mosquitto), and end the till's session there by a restart");
    error = broker_throw_out(folder, authority, name);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(
                     call, error, folder,
                     "the broker lets nobody in with the revoked certificate any more, but an open session "
                     "could not be ended: restart the broker");
}

static void report(const struct call *call, const struct revoked *revoked)
{
    if (revoked->invitations > 0)
        fprintf(call->out, "%s: the open invitation is taken back\n", call->operands[0]);
    if (revoked->known == 0)
        fprintf(call->out, "%s: nobody of that name was ever certified\n", call->operands[0]);
    else
        fprintf(call->out, "%s: %zu certificate%s revoked; the hub takes nothing more from it\n",
                call->operands[0], revoked->certificates, revoked->certificates == 1 ? "" : "s");
}

static enum exit_code run(const struct call *call)
{
    struct authority authority CLEANUP(authority_done) = {.der_size = 0};
    char path[TRUST_PATH_MAX];
    struct revoked revoked = {.known = 0};
    enum exit_code code = trust_join(call, call_value(call, "broker"), BROKER_REVOKED_FILE, path);
    if (code == EXIT_DONE)
        code = trust_open(call, &authority);
    if (code == EXIT_DONE)
        code = revoke(call, &authority, path, &revoked);
    if (code != EXIT_DONE)
        return code;
    report(call, &revoked);
    if (revoked.known == 0)
        return EXIT_DONE; /* no broker ever let it in */
    code = shut_out(call, &authority);
    if (code == EXIT_DONE)
        fputs("the broker lets it in no more, and its session is ended\n", call->out);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "authority", .value = "DIR", .help = "its folder", .is_required = true},
    {.name = "broker",
     .value = "DIR",
     .help = "the broker's files: revoked.pem is written anew there",
     .is_required = true},
};
const struct verb verb_till_revoke = {
    .noun = "till",
    .name = "revoke",
    .operands = "NAME",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Shut a till out: stolen, cloned or scrapped",
    .details =
        "An invitation that it has not used yet is taken back, also where nobody of that name was ever "
        "certified. The hub takes nothing more from it within two seconds. The broker, "
        "if it runs on this machine, is told at once: it lets the till in no more, "
        "and ends the session that may be open. A store's own broker lets it in until its "
        "files are written anew (kassa broker files --at) and it is reloaded.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
