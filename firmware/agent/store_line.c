/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the store's own broker, on which its tills count what is limited; in one agent of the store the arbiter
 * too. */
#include <stdio.h>

#include "agent/agent.h"
#include "base/log.h"

#define TICK_MS       1000
#define BACKOFF_MS    1500 /* a store's network is small: nobody is in anybody's way */
#define ANSWER_MS     150
#define KEEPALIVE_S   5
#define COURT_MAP_MIB 64

static const char *const court_tables[COURT_TABLE_COUNT] = {COURT_TABLES};

/* [wish]: why head office would refuse it, and for what else. */
static const kassa_ReserveReason reasons[] = {
    [LAN_WISH_POINTS] = kassa_ReserveReason_RESERVE_POINTS_SHORT,
    [LAN_WISH_ALLOWANCE] = kassa_ReserveReason_RESERVE_POINTS_SHORT,
    [LAN_WISH_COUPON] = kassa_ReserveReason_RESERVE_COUPON_USED,
    [LAN_WISH_USE] = kassa_ReserveReason_RESERVE_LIMIT_REACHED,
};

static void on_judged(void *context, const struct lan_verdict *verdict)
{
    struct agent *agent = context;
    struct till_claim_answer answer = {.key = verdict->key,
                                       .is_granted = verdict->is_granted,
                                       .reason = reasons[verdict->place.kind],
                                       .row = verdict->place.row,
                                       .available = verdict->available,
                                       .is_allowance = verdict->place.kind == LAN_WISH_ALLOWANCE,
                                       .by = verdict->till};
    if (!agent->is_ending)
        till_hear_claim(agent->till, &answer);
}

static void on_state(void *context, enum lan_state state)
{
    const struct agent *agent = context;
    if (!agent->is_ending && (state == LAN_JOINED || state == LAN_AWAY))
        log_event(LOG_LEVEL_INFO, "store.state", "state=%s", lan_state_name(state));
}

/* ---- what the till asks */

bool agent_is_store_there(void *self)
{
    const struct agent *agent = self;
    return agent->store_line.lan != NULL && lan_is_joined(agent->store_line.lan);
}

enum err agent_claim(void *self, const struct till_claim *claim)
{
    struct agent *agent = self;
    struct lan_wish wish = {claim->reserve, claim->uses_most, claim->points, claim->as_of_unix_ms,
                            claim->allowance};
    struct lan_claim_items items;
    lan_items_of_wish(&wish, &items);
    if (items.count == 0)
        return ERR_NOT_FOUND;
    return agent->store_line.lan == NULL ? ERR_CLOSED
                                         : lan_claim(agent->store_line.lan, claim->reserve->key, &items);
}

void agent_unclaim(void *self, const char *key)
{
    struct agent *agent = self;
    if (agent->store_line.lan != NULL)
        lan_release(agent->store_line.lan, key);
}

void agent_commit_claim(void *self, const char *key)
{
    struct agent *agent = self;
    if (agent->store_line.lan != NULL)
        lan_commit(agent->store_line.lan, key);
}

enum err agent_free_claims(void *self, const char *till, uint64_t *out_freed)
{
    struct agent *agent = self;
    size_t freed = 0;
    char text[80];
    if (agent->store_line.court == NULL)
        return ERR_NOT_FOUND;
    TRY(court_free_till(agent->store_line.court, till, &freed));
    (void)snprintf(text, sizeof(text), "%.32s: %zu claims freed by hand", till, freed);
    log_event(LOG_LEVEL_WARNING, "store.freed", "%s", text);
    till_note_fault(agent->till, "store.freed", text); /* head office hears who had to be freed, and when */
    *out_freed = freed;
    return ERR_OK;
}

const char *agent_store_state(const struct agent *agent)
{
    const struct agent_store_line *line = &agent->store_line;
    if (line->lan == NULL)
        return "off";
    return line->court != NULL && lan_is_joined(line->lan) ? "arbiter"
                                                           : lan_state_name(lan_get_state(line->lan));
}

/* ---- on the loop */

static void on_tick(uv_timer_t *timer)
{
    struct agent *agent = timer->data;
    agent_pause_polling(&agent->store_line.polling);
    mosquitto_transport_tick(agent->store_line.transport);
}

static void tell_journal(struct agent *agent)
{
    struct agent_store_line *line = &agent->store_line;
    struct sync_status status;
    uint64_t next_seq = journal_next_seq(agent->stores.journal);
    uint64_t incarnation = journal_incarnation(agent->stores.journal);
    if (next_seq != line->known_seq || incarnation != line->known_incarnation)
        lan_appended(line->lan);
    if (incarnation != line->known_incarnation)
        line->settled_seq = 0;
    line->known_seq = next_seq;
    line->known_incarnation = incarnation;
    sync_get_status(agent->line.sync, &status);
    if (status.acknowledged_seq <= line->settled_seq || status.acknowledged_unix_ms == 0)
        return;
    line->settled_seq = status.acknowledged_seq;
    lan_settled(line->lan, status.acknowledged_seq, status.acknowledged_unix_ms);
}

uint64_t agent_turn_store_line(struct agent *agent)
{
    struct agent_store_line *line = &agent->store_line;
    if (line->lan == NULL)
        return UINT64_MAX;
    agent_pause_polling(&line->polling);
    tell_journal(agent);
    uint64_t due_mono_ms = lan_run(line->lan);
    agent_resume_polling(agent, &line->polling, line->transport);
    uint64_t now_mono_ms = agent->clock.ops->mono_ms(agent->clock.self);
    return due_mono_ms == UINT64_MAX ? UINT64_MAX : due_mono_ms > now_mono_ms ? due_mono_ms - now_mono_ms : 0;
}

/* ---- opening and closing */

static enum err open_court(struct agent *agent, struct agent_fault *fault)
{
    struct agent_store_line *line = &agent->store_line;
    char path[AGENT_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/arbiter", agent->settings.data_folder);
    /* The tills tell what a new one does not know. */
    const struct lmdb_options options = {.path = path,
                                         .random = agent->random,
                                         .tables = court_tables,
                                         .table_count = COUNT_OF(court_tables),
                                         .map_size_bytes = (uint64_t)COURT_MAP_MIB << 20,
                                         .access = LMDB_EXCLUSIVE,
                                         .absent = LMDB_SET_ASIDE};
    enum err error = lmdb_storage_open(&options, &line->storage);
    if (error == ERR_OK) {
        struct court_parts parts = {lmdb_storage_as_storage(line->storage), agent->clock, agent->random};
        error = court_open(&parts, &line->court);
    }
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, path, err_sentence(error));
}

static enum err open_transport(struct agent *agent, struct agent_fault *fault)
{
    const struct agent_settings *settings = &agent->settings;
    struct mosquitto_settings broker = {.host = settings->store_broker_host,
                                        .port = (uint16_t)settings->store_broker_port,
                                        .client_id = settings->id,
                                        .ca_file = settings->broker_ca_file,
                                        .certificate_file = settings->broker_certificate_file,
                                        .key_file = settings->broker_key_file,
                                        .keepalive_s = KEEPALIVE_S};
    agent_identify_at_the_store(agent, &broker);
    enum err error = mosquitto_transport_open(&broker, &agent->store_line.transport);
    return error == ERR_OK
               ? ERR_OK
               : agent_fail(fault, error, "store_broker",
                            error == ERR_ARGUMENT ? "host must be a numeric address" : err_sentence(error));
}

enum err agent_open_store_line(struct agent *agent, struct agent_fault *fault)
{
    struct agent_store_line *line = &agent->store_line;
    if (agent->settings.store_broker_host[0] == '\0')
        return ERR_OK;
    TRY(open_transport(agent, fault));
    if (agent->settings.is_arbiter)
        TRY(open_court(agent, fault));
    const struct lan_settings settings = {agent->settings.id, agent->settings.store, BACKOFF_MS, ANSWER_MS};
    const struct lan_parts parts = {mosquitto_transport_as_transport(line->transport), agent->clock,
                                    agent->random, agent->stores.journal, line->court};
    const struct lan_handler handler = {.on_judged = on_judged, .on_state = on_state, .context = agent};
    enum err error = lan_open(&settings, &parts, &handler, &line->lan);
    if (error != ERR_OK)
        return agent_fail(fault, error, "store_broker", err_sentence(error));
    (void)uv_timer_init(&agent->loop, &line->tick);
    line->tick.data = agent;
    (void)uv_timer_start(&line->tick, on_tick, TICK_MS, TICK_MS);
    return ERR_OK;
}

void agent_close_store_line(struct agent *agent)
{
    struct agent_store_line *line = &agent->store_line;
    agent_close_polling(&line->polling);
    lan_close(line->lan);
    mosquitto_transport_close(line->transport);
    court_close(line->court);
    lmdb_storage_close(line->storage);
    line->lan = NULL;
    line->transport = NULL;
    line->court = NULL;
    line->storage = NULL;
    agent_close_handle((uv_handle_t *)&line->tick);
}
