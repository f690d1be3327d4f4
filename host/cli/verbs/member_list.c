/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "cli/desk.h"
#include "cli/desk_json.h"
#include "cli/load.h"
#include "cli/verbs.h"

#define MEMBERS_A_LOOK                                                                                       \
    1000 /* then the reading transaction is given back: a long one pins the store's old pages */

/* One look at the store: a page of members, and where the next one begins. */
struct page {
    const struct call *call;
    const struct vault_peppers *peppers; /* NULL: names stay sealed */
    const struct store_txn *txn;
    uint8_t next[MEMBER_SIZE];
    size_t count;
    uint64_t left; /* of --limit */
    uint64_t unreadable;
    bool is_more;
    enum err error;
};

static const char *name_of(const kassa_Member *member, const struct person *person, bool has_peppers)
{
    if (member->erased)
        return "(erased)";
    if (person != NULL)
        return person->first_name;
    return member->personal_count == 0 ? "" : has_peppers ? "(unreadable)" : "(sealed)";
}

static void print_row(const struct page *page, const kassa_Member *member, const struct person *person)
{
    FILE *out = page->call->out;
    char id[2 * MEMBER_SIZE + 1];
    hex_write(span_of(member->id.bytes, MEMBER_SIZE), id);
    fprintf(out, "%s  ", id);
    screen_column(out, span_of_text(name_of(member, person, page->peppers != NULL)), 20);
    screen_column(out, span_of_text(member->language), 6);
    screen_column(out, span_of_text(member->tier), 10);
    fprintf(out, "%10lld  ", (long long)member->points);
    for (size_t i = 0; i < member->segments_count; i++) {
        fputs(i > 0 ? ";" : "", out);
        screen_text(out, member->segments[i]);
    }
    fputc('\n', out);
}

static bool print(void *context, const crm_Member *member)
{
    struct page *page = context;
    if (page->count == MEMBERS_A_LOOK || page->left == 0) {
        memcpy(page->next, member->member.id.bytes, MEMBER_SIZE);
        page->is_more = page->left > 0;
        return false;
    }
    page->count++;
    page->left--;
    struct person told CLEANUP(person_wipe) = {.birth_month_day = 0};
    const struct person *person = page->peppers != NULL ? &told : NULL;
    if (person != NULL)
        page->error = person_open(page->peppers, page->txn, &member->member, &told);
    if (person_is_unreadable(page->error)) { /* the others are to be seen all the same */
        page->unreadable++;
        page->error = ERR_OK;
        person = NULL;
    }
    if (page->error != ERR_OK)
        return false;
    if (call_has(page->call, "json"))
        page->error = screen_json(page->call->out, desk_json_of_member(member, person));
    else
        print_row(page, &member->member, person);
    return page->error == ERR_OK;
}

static enum err print_page(struct store store, struct page *page, bool is_first)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    TRY(store_begin(store, STORE_READ, &txn));
    uint8_t from[MEMBER_SIZE];
    memcpy(from, page->next, sizeof(from));
    page->count = 0;
    page->txn = &txn;
    page->is_more = false;
    TRY(crm_member_scan(&txn, is_first ? NULL : from, print, page));
    return page->error;
}

static enum exit_code end(const struct page *page)
{
    if (page->unreadable == 0)
        return EXIT_DONE;
    fprintf(page->call->err,
            "kassa: %llu names cannot be opened: their keys are under a pepper that is not in this file, or "
            "damaged\n",
            (unsigned long long)page->unreadable);
    return EXIT_DATA;
}

static enum exit_code run(const struct call *call)
{
    struct store store CLEANUP(store_close) = {0};
    struct page page = {.call = call, .left = UINT64_MAX};
    struct vault_peppers peppers CLEANUP(vault_peppers_wipe) = {.count = 0};
    enum exit_code code = call_number(call, "limit", &page.left);
    if (code == EXIT_DONE && call_has(call, "pepper-file")) {
        code = load_peppers(call, call_value(call, "pepper-file"), &peppers);
        page.peppers = &peppers;
    }
    if (code == EXIT_DONE)
        code = desk_open(call, &store);
    if (code != EXIT_DONE)
        return code;
    enum err error = print_page(store, &page, true);
    while (error == ERR_OK && page.is_more)
        error = print_page(store, &page, false);
    return error == ERR_OK ? end(&page) : call_fail(call, error, "the store", "");
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "pepper-file", .value = "FILE", .help = "the chain's pepper: it opens the names"},
    {.name = "limit", .letter = 'n', .value = "N", .help = "at most so many"},
    {.name = "json", .help = "one JSON object a line"},
};
const struct verb verb_member_list = {.noun = "member",
                                      .name = "list",
                                      .operands = "",
                                      .summary = "List the members",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
