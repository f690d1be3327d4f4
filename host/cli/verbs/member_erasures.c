/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/verbs.h"

struct listing {
    const struct call *call;
    size_t open_count;
    enum err error;
};

static json_t *json_of(const crm_Erasure *row, const char *id)
{
    return json_pack("{s:s, s:s, s:I, s:I}", "member", id, "till", row->till[0] == '\0' ? "hub" : row->till,
                     "asked_unix_ms", (json_int_t)row->asked_unix_ms, "done_unix_ms",
                     (json_int_t)row->done_unix_ms);
}

static bool print(void *context, const crm_Erasure *row)
{
    struct listing *listing = context;
    char id[2 * MEMBER_SIZE + 1];
    FILE *out = listing->call->out;
    hex_write(span_of(row->member.bytes, MEMBER_SIZE), id);
    listing->open_count += row->done_unix_ms == 0 ? 1 : 0;
    if (call_has(listing->call, "json")) {
        listing->error = screen_json(out, json_of(row, id));
        return listing->error == ERR_OK;
    }
    fprintf(out, "%s  ", id);
    screen_column(out, span_of_text(row->till[0] == '\0' ? "(the hub)" : row->till), 20);
    if (row->done_unix_ms == 0)
        fprintf(out, "not confirmed yet\n");
    else
        fprintf(out, "confirmed after %lld s\n",
                (long long)((row->done_unix_ms - row->asked_unix_ms) / 1000));
    return true;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct listing listing = {.call = call};
    uint8_t id[MEMBER_SIZE];
    const char *text = call->operand_count > 0 ? call->operands[0] : NULL;
    if (text != NULL && hex_read(span_of_text(text), id, sizeof(id)) != ERR_OK)
        return call_refuse(call, "", "a member's id is 32 hexadecimal digits");
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_erasure_scan(&txn, text == NULL ? NULL : id, print, &listing);
    error = error == ERR_OK ? listing.error : error;
    if (error != ERR_OK)
        return call_fail(call, error, "the store", "");
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object a line"},
};
const struct verb verb_member_erasures = {
    .noun = "member",
    .name = "erasures",
    .operands = "[ID]",
    .operand_max = 1,
    .summary = "Show which tills have confirmed an erasure",
    .details = "A till confirms once its copy of the key is destroyed and its file rewritten.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
