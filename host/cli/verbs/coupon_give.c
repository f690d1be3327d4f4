/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "base/hex.h"
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/member_find.h"
#include "cli/verbs.h"
#include "office/coupon_list.h"
#include "platform/linux/linux_clock.h"

#define ROWS_A_COMMIT 1000
#define SERIAL_BYTES  10

struct giving {
    const struct call *call;
    struct crm_coupon_terms terms;
    struct load_file file;
    uint64_t given, had;
};

static enum exit_code read_day(const struct call *call, const char *option, int32_t *out_day)
{
    const char *text = call_value(call, option);
    if (text == NULL || civil_parse_day(span_of_text(text), out_day) == ERR_OK)
        return EXIT_DONE;
    return call_refuse(call, "\"2027-12-31\"", "--%s %s is no day", option, text);
}

static enum exit_code read_terms(const struct call *call, struct crm_coupon_terms *out)
{
    const struct clock clock = linux_clock();
    int64_t now = clock.ops->wall_unix_ms(clock.self);
    *out = (struct crm_coupon_terms){.series = call_value(call, "series"),
                                     .serial = call_value(call, "serial"),
                                     .store = call_value(call, "for-store"),
                                     .valid_from_day = civil_moment_of(now, 0).day - 1,
                                     .unix_ms = now};
    enum exit_code code = read_day(call, "from", &out->valid_from_day);
    if (code == EXIT_DONE)
        code = read_day(call, "until", &out->valid_until_day);
    bool has_list = call_has(call, "list");
    if (code == EXIT_DONE && has_list == (call_has(call, "member") || call_has(call, "card")))
        return call_refuse(call, "--member ID, --card NUMBER --pepper-file FILE, or --list FILE", "to whom?");
    if (code == EXIT_DONE && has_list && out->serial != NULL)
        return call_refuse(call, "put serials into the list: a column \"serial\"",
                           "one serial is of one coupon");
    return code;
}

/* The same series to the same member has the same serial: what is given again is given once. */
static enum err make_serial(const char *series, const uint8_t member[MEMBER_SIZE],
                            char out[COUPON_SERIAL_MAX + 1])
{
    uint8_t text[COUPON_SERIES_MAX + 1 + MEMBER_SIZE] = {0}, hash[HASH_SIZE];
    size_t size = strnlen(series, COUPON_SERIES_MAX);
    memcpy(text, series, size);
    memcpy(text + size + 1, member, MEMBER_SIZE);
    TRY(vault_sha256(span_of(text, size + 1 + MEMBER_SIZE), hash));
    hex_write(span_of(hash, SERIAL_BYTES), out);
    out[2 * SERIAL_BYTES] = '\0';
    return ERR_OK;
}

static enum err give(struct giving *giving, const struct store_txn *txn, const uint8_t member[MEMBER_SIZE],
                     const char *serial)
{
    char made[COUPON_SERIAL_MAX + 1];
    struct crm_coupon_terms terms = giving->terms;
    bool is_new = false;
    terms.serial = serial;
    if (serial == NULL || serial[0] == '\0') {
        TRY(make_serial(terms.series, member, made));
        terms.serial = made;
    }
    TRY(crm_coupon_give(txn, member, &terms, &is_new));
    giving->given += is_new ? 1 : 0;
    giving->had += is_new ? 0 : 1;
    return ERR_OK;
}

static enum exit_code fail(const struct call *call, enum err error, const char *subject)
{
    const char *hint = error == ERR_EXISTS ? "that serial is another member's, or was used"
                       : error == ERR_ARGUMENT
                           ? "a series and a store have 1 to 32 bytes of text, a serial 40, and no "
                             "coupon ends before it begins"
                           : "";
    return call_fail(call, error, subject, hint);
}

static enum exit_code give_one(struct giving *giving, const struct store *store)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member;
    enum err error = store_begin(*store, STORE_WRITE, &txn);
    if (error != ERR_OK)
        return call_fail(giving->call, error, "the store", "");
    enum exit_code code = member_find(giving->call, call_value(giving->call, "member"), &txn, &member);
    if (code != EXIT_DONE)
        return code;
    error = give(giving, &txn, member.member.id.bytes, giving->terms.serial);
    if (error == ERR_OK)
        error = store_commit(&txn);
    return error == ERR_OK ? EXIT_DONE : fail(giving->call, error, giving->terms.series);
}

/* Faults are in findings: a member who is not there is one. */
static enum err check_list(const struct giving *giving, const struct store *store, struct findings *findings)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct coupon_list list;
    struct coupon_list_row row;
    crm_Member member;
    TRY(store_begin(*store, STORE_READ, &txn));
    TRY(coupon_list_open(load_span(&giving->file), findings, &list));
    for (enum err error = ERR_OK; error != ERR_NOT_FOUND && findings->count < FINDINGS_MAX;) {
        error = coupon_list_next(&list, findings, &row);
        if (error != ERR_OK)
            continue;
        error = crm_member_get(&txn, row.member, &member);
        if (error != ERR_OK && error != ERR_NOT_FOUND)
            return error;
        if (error == ERR_NOT_FOUND || member.member.erased)
            findings_add(findings, FINDING_ERROR, (struct place){list.lines.number, 1}, "member",
                         "kassa member list shows them", "there is no such member");
        error = ERR_OK;
    }
    return ERR_OK;
}

static enum err give_some(struct giving *giving, const struct store *store, struct coupon_list *list)
{
    struct findings unused CLEANUP(findings_done) = FINDINGS_NONE;
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct coupon_list_row row;
    enum err error = ERR_OK;
    TRY(store_begin(*store, STORE_WRITE, &txn));
    for (size_t i = 0; i < ROWS_A_COMMIT && error == ERR_OK; i++) {
        error = coupon_list_next(list, &unused, &row);
        if (error == ERR_OK)
            TRY(give(giving, &txn, row.member, row.serial));
    }
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    TRY(store_commit(&txn));
    return error;
}

static enum exit_code give_list(struct giving *giving, const struct store *store)
{
    const struct call *call = giving->call;
    const char *path = call_value(call, "list");
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct coupon_list list = {.lines = {.number = 0}};
    enum err error = load_file(path, COUPON_LIST_SIZE_MAX, &giving->file);
    if (error == ERR_OK)
        error = check_list(giving, store, &findings);
    load_print_findings(call->err, path, &findings);
    if (findings.error_count > 0) {
        fprintf(call->err, "kassa: nothing was given\n");
        return EXIT_DATA;
    }
    if (error == ERR_OK)
        error = coupon_list_open(load_span(&giving->file), &findings, &list);
    while (error == ERR_OK)
        error = give_some(giving, store, &list);
    char subject[64];
    (void)snprintf(subject, sizeof(subject), "line %u", list.lines.number);
    return error == ERR_NOT_FOUND ? EXIT_DONE : fail(call, error, list.lines.number > 0 ? subject : path);
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct giving giving = {.call = call};
    enum exit_code code = read_terms(call, &giving.terms);
    if (code == EXIT_DONE)
        code = desk_open(call, &store);
    if (code != EXIT_DONE)
        return code;
    code = call_has(call, "list") ? give_list(&giving, &store) : give_one(&giving, &store);
    load_file_done(&giving.file);
    if (code == EXIT_DONE)
        fprintf(call->out, "%llu given, %llu had it already\n", (unsigned long long)giving.given,
                (unsigned long long)giving.had);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "series",
     .value = "NAME",
     .help = "the series, as an offer's \"coupon\" names it",
     .is_required = true},
    {.name = "member", .value = "ID", .help = "whose it is to be"},
    MEMBER_FIND_OPTIONS,
    {.name = "list", .value = "FILE", .help = "many members: a CSV file with the columns member,serial"},
    {.name = "serial",
     .value = "TEXT",
     .help = "the serial of the one coupon (left out: made of series and member)"},
    {.name = "for-store",
     .value = "NAME",
     .help = "the store whose tills take it without a line too (left out: none)"},
    {.name = "from", .value = "DAY", .help = "the first day on which it can be used (left out: at once)"},
    {.name = "until", .value = "DAY", .help = "the last one (left out: no end)"},
};
const struct verb verb_coupon_give = {
    .noun = "coupon",
    .name = "give",
    .operands = "",
    .summary = "Give members a coupon that works once; their tills show it at the next tap",
    .details = "  member,serial\n  0f1e2d3c4b5a69788796a5b4c3d2e1f0,xmas-0001\n\nThe whole list is checked "
               "first; the "
               "column serial may be left out. Giving again what a member has\nchanges nothing. kassa member "
               "show lists "
               "what he has. A thousand go into the store at a time.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
