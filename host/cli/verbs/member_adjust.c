/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/hex.h"
#include "base/money.h"
#include "base/pan.h"
#include "base/utf8.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"

static enum exit_code read_points(const struct call *call, int64_t *out)
{
    const char *text = call_value(call, "points");
    if (money_parse_decimal(span_of_text(text), 0, out) != ERR_OK || *out == 0)
        return call_refuse(call, "\"50\", \"-20\"", "--points %s is no number of points", text);
    return EXIT_DONE;
}

static enum exit_code read_adjustment(const struct call *call, struct crm_adjustment *out)
{
    const struct clock clock = linux_clock();
    const struct random random = linux_random();
    const char *expires = call_value(call, "expires");
    out->reason = call_value(call, "reason");
    out->unix_ms = clock.ops->wall_unix_ms(clock.self);
    out->day = civil_moment_of(out->unix_ms, 0).day;
    if (out->reason[0] == '\0' || !utf8_is_printable(span_of_text(out->reason)) || strlen(out->reason) > 80)
        return call_refuse(call, "", "the reason is 1 to 80 bytes of text");
    char text[81] = "";
    memcpy(text, out->reason, strlen(out->reason));
    if (pan_mask(text, strlen(text)))
        return call_refuse(call, "", "the reason holds the number of a payment card");
    if (expires != NULL && civil_parse_day(span_of_text(expires), &out->expires_day) != ERR_OK)
        return call_refuse(call, "\"2027-12-31\"", "--expires %s is no day", expires);
    if (random.fill(random.self, (uint8_t *)&out->id, sizeof(out->id)) != ERR_OK)
        return call_fail(call, ERR_IO, "random bytes", "");
    return read_points(call, &out->points);
}

static enum err show(const struct call *call, const struct store_txn *txn, const uint8_t id[MEMBER_SIZE])
{
    crm_Member member;
    uint8_t own[MEMBER_SIZE];
    TRY(crm_member_resolve(txn, id, own));
    TRY(crm_member_get(txn, own, &member));
    fprintf(call->out, "points %lld\n", (long long)member.member.points);
    return ERR_OK;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct crm_adjustment adjustment = {0};
    uint8_t id[MEMBER_SIZE];
    if (hex_read(span_of_text(call->operands[0]), id, sizeof(id)) != ERR_OK)
        return call_refuse(call, "kassa member list shows them", "an id is 32 hexadecimal digits");
    enum exit_code code = read_adjustment(call, &adjustment);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_points_adjust(&txn, id, &adjustment);
    if (error == ERR_OK)
        error = show(call, &txn, id);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, call->operands[0], "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "points", .value = "N", .help = "to add; negative: to take", .is_required = true},
    {.name = "reason", .value = "TEXT", .help = "why, for who looks later", .is_required = true},
    {.name = "expires", .value = "DATE", .help = "the first day on which they cannot be spent"},
};
const struct verb verb_member_adjust = {
    .noun = "member",
    .name = "adjust",
    .operands = "ID",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Give a member points by hand, or take them",
    .details = "What is taken beyond his balance is owed: later points pay it. The member's event says when\n"
               "and why.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
