/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/card_rules.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "office/member_desk.h"
#include "platform/linux/linux_clock.h"

static struct span text_of(const struct call *call, const char *option)
{
    const char *text = call_value(call, option);
    return text != NULL ? span_of_text(text) : span_of("", 0);
}

static enum exit_code read_member(const struct call *call, const struct member_desk *desk,
                                  struct desk_member *out)
{
    struct member_entry entry = {.card = text_of(call, "card"),
                                 .pass = text_of(call, "pass"),
                                 .first_name = text_of(call, "first-name"),
                                 .language = text_of(call, "language"),
                                 .tier = text_of(call, "tier")};
    struct member_fault fault;
    if (call_has(call, "card") && call_has(call, "pass"))
        return call_refuse(call, "--card CARD, or --pass TEXT for a pass in his phone",
                           "--card and --pass: one of both");
    if (!call_has(call, "card") && !call_has(call, "pass"))
        return call_refuse(call, "--card CARD, or --pass TEXT for a pass in his phone",
                           "by what is he known?");
    if (member_desk_split(text_of(call, "segments"), entry.segments, SEGMENTS_MAX, &entry.segment_count) !=
        ERR_OK)
        return call_refuse(call, "separate them by ;", "more than %d segments", SEGMENTS_MAX);
    if (member_desk_split_consents(text_of(call, "consents"), &entry) != ERR_OK)
        return call_refuse(call, "\"personal_offers;email:2\"", "these are no consents");
    enum err error = member_desk_fill(desk, &entry, out, &fault);
    if (error == ERR_ARGUMENT)
        return call_refuse(call, "", "%s: %s", fault.field, fault.what);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the card", "");
}

static enum err save(const struct member_desk *desk, struct store_txn *txn, struct desk_member *member)
{
    enum member_saved saved;
    crm_Member old = crm_Member_init_zero;
    enum err error = member_desk_find_card(&desk->peppers, txn, member->card, &old);
    if (error != ERR_NOT_FOUND)
        return error == ERR_OK ? ERR_EXISTS : error;
    TRY(member_desk_save(desk, txn, member, &saved));
    return store_commit(txn);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    const struct clock clock = linux_clock();
    struct member_desk desk = {.random = linux_random(), .now_unix_ms = clock.ops->wall_unix_ms(clock.self)};
    struct desk_member member CLEANUP(member_desk_wipe) = {.row = crm_Member_init_zero};
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &desk.peppers);
    struct card_rules rules;
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code == EXIT_DONE)
        desk.numbers = rules.numbers;
    if (code == EXIT_DONE)
        code = read_member(call, &desk, &member);
    if (code == EXIT_DONE)
        code = desk_begin(call, STORE_WRITE, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = save(&desk, &txn, &member);
    if (error != ERR_OK)
        return call_fail(call, error, "the member",
                         error == ERR_EXISTS ? "that card is a member's already: kassa member show --card"
                                             : "");
    json_t *json = desk_json_of_member(&member.row, &member.person);
    error = call_has(call, "json") ? screen_json(call->out, json) : screen_json_indented(call->out, json);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the member", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "card",
     .value = "CARD",
     .help = "a number, or uid:HEX, or pass:HEX as kassa card read shows it"},
    {.name = "pass",
     .value = "TEXT",
     .help = "what his pass in Apple or Google Wallet says (in place of --card)"},
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper", .is_required = true},
    {.name = "first-name", .value = "NAME", .help = "as the screen greets"},
    {.name = "language", .value = "TAG", .help = "\"lt\", \"pt-BR\""},
    {.name = "tier", .value = "NAME", .help = "\"gold\""},
    {.name = "segments", .value = "LIST", .help = "\"families;coffee-lovers\""},
    {.name = "consents", .value = "LIST", .help = "\"personal_offers;email:2\""},
    CARD_RULES_OPTIONS,
    {.name = "json", .help = "one JSON object on one line"},
};
const struct verb verb_member_add = {.noun = "member",
                                     .name = "add",
                                     .operands = "",
                                     .summary = "Take in one member",
                                     .details =
                                         "The card's number becomes a token at once; it is neither stored "
                                         "nor shown. So does what a pass says: its NFC message\n"
                                         "in Apple Wallet, its redemption value in Google's, letter by "
                                         "letter. 4 to 32 digits and capitals, a digit\n"
                                         "among them, are a member number, the same as on a card.",
                                     .options = options,
                                     .option_count = COUNT_OF(options),
                                     .run = run};
