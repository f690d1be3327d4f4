/* SPDX-License-Identifier: Apache-2.0 */
/* The till on the loop, and the turn in which everything gets its share. */
#include "agent/agent.h"

#include <stdio.h>

#include "base/log.h"

#define FLUSH_RETRY_MS 1000

static enum err ask_member(void *self, const struct vault_tokens *tokens)
{
    struct agent *agent = self;
    return sync_ask_member(agent->line.sync, tokens);
}

static enum err ask_receipt(void *self, const kassa_ReceiptId *id)
{
    struct agent *agent = self;
    return agent->line.sync == NULL ? ERR_CLOSED : sync_ask_receipt(agent->line.sync, id);
}

static enum err reserve(void *self, const kassa_Reserve *reserve)
{
    struct agent *agent = self;
    return agent->line.sync == NULL ? ERR_CLOSED : sync_reserve(agent->line.sync, reserve);
}

static enum err release(void *self, const char *key)
{
    struct agent *agent = self;
    return agent->line.sync == NULL ? ERR_CLOSED : sync_release(agent->line.sync, key);
}

static enum err ask_gift(void *self, const uint8_t account[TOKEN_SIZE])
{
    struct agent *agent = self;
    return agent->line.sync == NULL ? ERR_CLOSED : sync_ask_gift(agent->line.sync, account);
}

static bool is_connected(void *self)
{
    const struct agent *agent = self;
    struct sync_status status;
    if (agent->line.sync == NULL)
        return false;
    sync_get_status(agent->line.sync, &status);
    return status.state == SYNC_LIVE || status.state == SYNC_WAITING;
}

/* Who shows again what another came by has a copy. */
static void pass_on(struct agent *agent)
{
    static const struct reader_freshness nothing = {.kind = READER_FRESH_NONE};
    const struct till_member *member = till_get_member(agent->till);
    card_fresh_pass(&agent->readers.fresh, member != NULL ? &member->card.freshness : &nothing);
}

static void notify(void *self, enum till_event event, const struct till_outcome *outcome)
{
    struct agent *agent = self;
    if (event == TILL_MEMBER_GONE || event == TILL_CARD)
        pass_on(agent);
    if (agent->faces.api == NULL)
        return;
    if (event == TILL_CARD)
        agent_forget_refused(agent);
    api_tell(agent->faces.api, event, outcome);
    agent->has_news = true;
}

static void copy_names(const struct agent_settings *from, struct till_settings *to)
{
    (void)snprintf(to->tenant, sizeof(to->tenant), "%.32s", from->tenant);
    (void)snprintf(to->store, sizeof(to->store), "%.32s", from->store);
    (void)snprintf(to->till, sizeof(to->till), "%.32s", from->id);
    (void)snprintf(to->drawer, sizeof(to->drawer), "%.32s", from->drawer);
    (void)snprintf(to->software, sizeof(to->software), "%s", KASSA_VERSION);
    (void)snprintf(to->currency, sizeof(to->currency), "%.3s", from->currency);
    (void)snprintf(to->locale, sizeof(to->locale), "%.8s", from->locale);
}

enum err agent_open_till(struct agent *agent, struct agent_fault *fault)
{
    struct till_settings settings = {
        .exponent = (uint8_t)agent->settings.exponent,
        .ask_ms = (uint32_t)agent->settings.ask_ms,
        .member_ms = (uint32_t)agent->settings.member_s * 1000,
        .clock = agent->clock,
        .random = agent->random,
        .hub = {agent, ask_member, is_connected, ask_receipt, reserve, release, ask_gift,
                agent_is_store_there, agent_claim, agent_unclaim, agent_commit_claim},
        .redeem_from = (enum card_trust)agent->readers.programme.redeem_from,
        .store_tills = (uint32_t)agent->settings.store_tills,
        .chain_tills = (uint32_t)agent->settings.chain_tills,
        .cash_rounding_minor = agent->settings.cash_rounding_minor,
        .limits = {.discount_bp_max = (uint32_t)agent->settings.limit_discount_bp,
                   .discount_lines_free = (uint32_t)agent->settings.limit_discount_lines,
                   .points_per_unit_max = (uint64_t)agent->settings.limit_points,
                   .points_free = (uint64_t)agent->settings.limit_points_free,
                   .unit_price_minor_min = agent->settings.limit_price_minor},
        .listener = {agent, notify},
        .storage = lmdb_storage_as_storage(agent->stores.journal_storage),
        .first_table = JOURNAL_TABLE_COUNT,
        .journal = agent->stores.journal,
        .members = agent->stores.members,
        .numbers = {.prefix_count = agent->prefixes.count}};
    copy_names(&agent->settings, &settings);
    settings.peppers = agent->peppers;
    for (size_t i = 0; i < agent->prefixes.count; i++)
        settings.numbers.prefixes[i] = agent->prefixes.entries[i];
    TRY(card_check_read(agent->settings.number_check, &settings.numbers.check));
    TRY(agent_price_mode_read(agent->settings.price_mode, &settings.price_mode));
    enum err error = till_open(&settings, &agent->till);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "till", err_sentence(error));
}

/* A card is expected while somebody looks at a screen or goods are being scanned. */
static void expect_card(struct agent *agent)
{
    struct till_priced priced;
    bool is_expected = api_stream_count(agent->faces.api) > 0 || till_get_basket(agent->till, &priced);
    for (size_t i = 0; i < AGENT_READERS_MAX; i++)
        if (agent->readers.all[i].minder != NULL)
            minder_expect_card(agent->readers.all[i].minder, is_expected);
}

uint64_t agent_turn_till(struct agent *agent)
{
    expect_card(agent);
    uint64_t erase_ms = agent_erase_members(agent);
    agent_watch_book(agent);
    uint64_t due_ms = till_tick(agent->till);
    due_ms = erase_ms < due_ms ? erase_ms : due_ms;
    if (!till_has_pending(agent->till))
        return due_ms;
    enum err error = till_flush(agent->till);
    if (error != ERR_OK && !agent->is_flush_failing)
        log_event(LOG_LEVEL_ERROR, "journal.not_recorded", "what=\"cards seen, offers shown\" error=%s",
                  err_name(error));
    agent->is_flush_failing = error != ERR_OK;
    if (error == ERR_OK)
        return due_ms;
    return due_ms < FLUSH_RETRY_MS ? due_ms : FLUSH_RETRY_MS;
}

void agent_close_handle(uv_handle_t *handle)
{
    if (uv_handle_get_loop(handle) != NULL && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_due(uv_timer_t *timer)
{
    (void)timer; /* it woke the loop: the turn comes before the next wait */
}

void agent_turn(struct agent *agent)
{
    uint64_t due_ms = agent_turn_faces(agent);
    uint64_t other_ms = agent_turn_till(agent);
    due_ms = other_ms < due_ms ? other_ms : due_ms;
    other_ms = agent_turn_line(agent);
    due_ms = other_ms < due_ms ? other_ms : due_ms;
    other_ms = agent_turn_store_line(agent);
    due_ms = other_ms < due_ms ? other_ms : due_ms;
    other_ms = agent_turn_keeper(agent);
    due_ms = other_ms < due_ms ? other_ms : due_ms;
    other_ms = agent_turn_watch(agent);
    due_ms = other_ms < due_ms ? other_ms : due_ms;
    if (agent->has_news)
        due_ms = 0;
    if (due_ms == UINT64_MAX)
        (void)uv_timer_stop(&agent->due);
    else
        (void)uv_timer_start(&agent->due, on_due, due_ms, 0);
}
