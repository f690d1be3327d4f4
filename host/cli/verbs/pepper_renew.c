/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/card_rules.h"
#include "cli/desk.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "office/member_desk.h"
#include "office/pepper_change.h"
#include "platform/linux/linux_clock.h"

#define LIST_SIZE_MAX  (256 * 1024 * 1024)
#define CARDS_A_COMMIT 1000

struct renewing {
    const struct call *call;
    const struct vault_peppers *peppers;
    const struct card_number_rules *numbers;
    struct load_file file;
    size_t at;
    uint32_t line;
    int32_t day;
    uint64_t known, unknown;
};

/* The next line that is not blank, without its end. false: there is none. */
static bool next_line(struct renewing *renewing, struct span *out)
{
    struct span text = load_span(&renewing->file);
    while (renewing->at < text.size) {
        size_t begin = renewing->at, end = begin;
        while (end < text.size && text.bytes[end] != '\n')
            end++;
        renewing->at = end + 1;
        renewing->line++;
        end -= end > begin && text.bytes[end - 1] == '\r' ? 1 : 0;
        *out = span_of(text.bytes + begin, end - begin);
        if (end > begin)
            return true;
    }
    return false;
}

/* Every fault before anything is written; a code is never shown. */
static enum exit_code check(struct renewing *renewing)
{
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct span line;
    char card[CARD_TEXT_MAX];
    while (next_line(renewing, &line)) {
        const char *refusal = member_desk_card_text(line, renewing->numbers, card);
        if (refusal != NULL)
            findings_add(&findings, FINDING_ERROR, (struct place){renewing->line, 1}, "", "", "%s", refusal);
    }
    vault_wipe(card, sizeof(card));
    load_print_findings(renewing->call->err, renewing->call->operands[0], &findings);
    renewing->at = renewing->line = 0;
    return findings.error_count > 0 ? EXIT_DATA : EXIT_DONE;
}

/* ERR_NOT_FOUND: the list is at its end. */
static enum err renew_some(struct renewing *renewing, struct store store)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    struct span line;
    char card[CARD_TEXT_MAX];
    bool is_more = true;
    TRY(store_begin(store, STORE_WRITE, &txn));
    for (size_t i = 0; i < CARDS_A_COMMIT && is_more; i++) {
        bool is_known = false;
        is_more = next_line(renewing, &line);
        if (!is_more || member_desk_card_text(line, renewing->numbers, card) != NULL)
            continue;
        enum err error = pepper_change_renew(&txn, renewing->peppers, card, renewing->day, &is_known);
        vault_wipe(card, sizeof(card));
        TRY(error);
        renewing->known += is_known ? 1 : 0;
        renewing->unknown += is_known ? 0 : 1;
    }
    TRY(store_commit(&txn));
    return is_more ? ERR_OK : ERR_NOT_FOUND;
}

static enum exit_code renew(struct renewing *renewing)
{
    struct store store CLEANUP(store_close) = {0};
    enum exit_code code = check(renewing);
    if (code == EXIT_DONE)
        code = desk_open(renewing->call, &store);
    if (code != EXIT_DONE)
        return code;
    enum err error = ERR_OK;
    while (error == ERR_OK)
        error = renew_some(renewing, store);
    if (error != ERR_NOT_FOUND)
        return call_fail(renewing->call, error, "the store", "the same list can be given again");
    fprintf(renewing->call->out, "%llu cards are found by version %u now; %llu are nobody's\n",
            (unsigned long long)renewing->known, (unsigned)renewing->peppers->rows[0].version,
            (unsigned long long)renewing->unknown);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    const struct clock clock = linux_clock();
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    struct card_rules rules;
    struct renewing renewing = {.call = call,
                                .peppers = &peppers,
                                .numbers = &rules.numbers,
                                .day = civil_moment_of(clock.ops->wall_unix_ms(clock.self), 0).day};
    enum exit_code code = load_peppers(call, call_value(call, "pepper-file"), &peppers);
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code != EXIT_DONE)
        return code;
    rules.numbers.check = CARD_CHECK_NONE; /* codes of gift cards have check digits of their own */
    enum err error = load_file(call->operands[0], LIST_SIZE_MAX, &renewing.file);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "");
    code = renew(&renewing);
    vault_wipe(renewing.file.bytes, renewing.file.size);
    load_file_done(&renewing.file);
    return code;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper", .is_required = true},
    CARD_RULES_OPTIONS,
};
const struct verb verb_pepper_renew = {
    .noun = "pepper",
    .name = "renew",
    .operands = "LIST",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Bring cards and gift cards to the newest version",
    .details = "LIST holds a card's number or a gift card's code a line. What "
               "stands under its older tokens is\nfound by the newest from now on, "
               "as when the card is shown at a till: so that an old version\ncan "
               "be retired before the last card was shown.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
