/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/hex.h"
#include "cli/desk.h"
#include "cli/member_find.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"

static bool count_till(void *context, const crm_Erasure *row)
{
    size_t *count = context;
    *count += row->till[0] != '\0' ? 1 : 0;
    return true;
}

/* Where no hub runs the file is rewritten here, or the next hub to start does it. */
static enum err compact(struct store store, int64_t now_unix_ms, bool *out_is_done)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    uint64_t newest;
    TRY(store_begin(store, STORE_READ, &txn));
    TRY(crm_compaction_is_due(&txn, &newest));
    store_abort(&txn);
    enum err error = store_compact(store);
    *out_is_done = error == ERR_OK;
    if (error != ERR_OK)
        return error == ERR_BUSY ? ERR_OK : error;
    TRY(store_begin(store, STORE_WRITE, &txn));
    TRY(crm_compaction_done(&txn, newest, now_unix_ms));
    return store_commit(&txn);
}

static enum err erase(struct store_txn *txn, const crm_Member *member, int64_t now_unix_ms, size_t *out_tills)
{
    TRY(crm_member_erase(txn, member->member.id.bytes, now_unix_ms));
    TRY(crm_erasure_scan(txn, member->member.id.bytes, count_till, out_tills));
    return store_commit(txn);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member = crm_Member_init_zero;
    const struct clock clock = linux_clock();
    int64_t now_unix_ms = clock.ops->wall_unix_ms(clock.self);
    enum exit_code code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code == EXIT_DONE)
        code = member_find(call, call->operand_count > 0 ? call->operands[0] : NULL, &txn, &member);
    if (code != EXIT_DONE)
        return code;
    char id[2 * MEMBER_SIZE + 1];
    size_t tills = 0;
    hex_write(span_of(member.member.id.bytes, MEMBER_SIZE), id);
    enum err error = erase(&txn, &member, now_unix_ms, &tills);
    if (error != ERR_OK)
        return call_fail(call, error, id, error == ERR_EXISTS ? "he is erased: kassa member erasures" : "");
    bool is_compacted = false;
    error = compact(store, now_unix_ms, &is_compacted);
    if (error != ERR_OK)
        return call_fail(call, error, "the store's file", "he is erased; the hub will rewrite its file");
    fprintf(call->out,
            "%s: erased; his key is destroyed. %zu till%s asked to do the same; the store's file %s. "
            "kassa member erasures %s shows who has confirmed\n",
            id, tills, tills == 1 ? " is" : "s are",
            is_compacted ? "is rewritten" : "will be rewritten by the hub that has it open", id);
    return EXIT_DONE;
}

static const struct call_option options[] = {DESK_OPTIONS, MEMBER_FIND_OPTIONS};
const struct verb verb_member_erase = {
    .noun = "member",
    .name = "erase",
    .operands = "[ID]",
    .operand_max = 1,
    .summary = "Erase a member for good",
    .details =
        "His key is destroyed at the hub and, as they hear of it, at all tills: what was ever sealed under "
        "it\n"
        "can be read no more. A backup of the store from before has the key still: let those go in time.\n"
        "Profile, cards, points, coupons and limits go; his sales stay and are nobody's. It cannot be "
        "undone.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
