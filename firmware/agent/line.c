/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the hub: sync on a transport whose descriptor the loop polls. */
#include "agent/agent.h"
#include "base/log.h"

#define TICK_MS 1000

static void on_state(void *context, const struct sync_status *status)
{
    struct agent *agent = context;
    if (agent->is_ending)
        return;
    if (status->state != agent->line.logged_state)
        log_event(LOG_LEVEL_INFO, "sync.state", "state=%s backlog=%llu", sync_state_name(status->state),
                  (unsigned long long)status->backlog);
    agent->line.logged_state = status->state;
    agent_renewal_hear_state(agent, status->state);
    if (status->state == SYNC_LIVE)
        till_hear_hub_time(agent->till,
                           agent->clock.ops->wall_unix_ms(agent->clock.self) + status->hub_offset_ms);
    api_tell_sync(agent->faces.api);
    agent->has_news = true;
}

static void on_members(void *context)
{
    struct agent *agent = context;
    agent_note_members(agent);
    if (!agent->is_ending)
        till_hear_members(agent->till);
}

static void on_member(void *context, const uint8_t token[TOKEN_SIZE], const kassa_Member *member)
{
    struct agent *agent = context;
    if (!agent->is_ending)
        till_hear_member(agent->till, token, member);
}

static void on_reservation(void *context, const kassa_Reservation *reservation)
{
    struct agent *agent = context;
    if (!agent->is_ending)
        till_hear_reservation(agent->till, reservation);
}

static void on_receipt(void *context, const struct wire_receipt_found *found)
{
    struct agent *agent = context;
    if (!agent->is_ending)
        till_hear_receipt(agent->till, &found->head.id, found);
}

static void on_gift(void *context, const kassa_GiftFound *found)
{
    struct agent *agent = context;
    if (!agent->is_ending)
        till_hear_gift(agent->till, found);
}

static void on_renewed(void *context, const kassa_Renewed *renewed)
{
    agent_renewal_hear_answer(context, renewed);
}

static void on_fault(void *context, enum sync_fault fault, const char *text)
{
    struct agent *agent = context;
    log_event(LOG_LEVEL_ERROR, sync_fault_code(fault), "text=\"%s\"", text);
    if (!agent->is_ending)
        till_note_fault(agent->till, sync_fault_code(fault), text);
}

static void on_tick(uv_timer_t *timer)
{
    struct agent *agent = timer->data;
    agent_pause_polling(&agent->line.polling);
    mosquitto_transport_tick(agent->line.transport);
}

uint64_t agent_turn_line(struct agent *agent)
{
    struct agent_line *line = &agent->line;
    uint64_t next_seq = journal_next_seq(agent->stores.journal);
    agent_pause_polling(&line->polling);
    if (next_seq != line->known_seq)
        sync_appended(line->sync);
    line->known_seq = next_seq;
    if (agent_holds_line(agent)) /* the end of what it waits for wakes the loop */
        return TICK_MS;
    agent_run_renewal(agent);
    uint64_t due_mono_ms = sync_run(line->sync);
    agent_resume_polling(agent, &line->polling, line->transport);
    uint64_t now_mono_ms = agent->clock.ops->mono_ms(agent->clock.self);
    return due_mono_ms == UINT64_MAX ? UINT64_MAX : due_mono_ms > now_mono_ms ? due_mono_ms - now_mono_ms : 0;
}

static enum err open_transport(struct agent *agent, struct agent_fault *fault)
{
    const struct agent_settings *settings = &agent->settings;
    struct mosquitto_settings broker = {.host = settings->broker_host,
                                        .port = (uint16_t)settings->broker_port,
                                        .client_id = settings->id,
                                        .ca_file = settings->broker_ca_file,
                                        .certificate_file = settings->broker_certificate_file,
                                        .key_file = settings->broker_key_file,
                                        .keepalive_s = (uint16_t)settings->broker_keepalive_s};
    enum err error = agent_open_renewal(agent, &broker);
    if (error == ERR_OK)
        error = mosquitto_transport_open(&broker, &agent->line.transport);
    if (error == ERR_OK)
        return ERR_OK;
    return agent_fail(
        fault, error, "broker",
        error == ERR_ARGUMENT
            ? "host must be a numeric address (names are not looked up), and certificate_file go with "
              "key_file and ca_file"
            : err_sentence(error));
}

enum err agent_open_line(struct agent *agent, struct agent_fault *fault)
{
    const struct agent_settings *settings = &agent->settings;
    struct agent_line *line = &agent->line;
    TRY(open_transport(agent, fault));
    const struct sync_settings up = {.till = settings->id,
                                     .store = settings->store,
                                     .tenant = settings->tenant,
                                     .software = KASSA_VERSION,
                                     .backoff_ms_max = (uint32_t)settings->broker_backoff_ms,
                                     .ack_timeout_ms = (uint32_t)settings->ack_timeout_ms};
    const struct sync_parts parts = {.transport = mosquitto_transport_as_transport(line->transport),
                                     .clock = agent->clock,
                                     .random = agent->random,
                                     .journal = agent->stores.journal,
                                     .members = agent->stores.members,
                                     .bookcase = agent->stores.bookcase,
                                     .books = agent->shelf.books};
    const struct sync_handler handler = {.on_state = on_state,
                                         .on_members = on_members,
                                         .on_member = on_member,
                                         .on_reservation = on_reservation,
                                         .on_receipt = on_receipt,
                                         .on_gift = on_gift,
                                         .on_renewed = on_renewed,
                                         .on_fault = on_fault,
                                         .context = agent};
    enum err error = sync_open(&up, &parts, &handler, &line->sync);
    if (error != ERR_OK)
        return agent_fail(fault, error, "sync", err_sentence(error));
    (void)uv_timer_init(&agent->loop, &line->tick);
    line->tick.data = agent;
    (void)uv_timer_start(&line->tick, on_tick, TICK_MS, TICK_MS);
    return ERR_OK;
}

void agent_close_line(struct agent *agent)
{
    struct agent_line *line = &agent->line;
    agent_close_polling(&line->polling);
    sync_close(line->sync);
    mosquitto_transport_close(line->transport);
    agent_close_renewal(agent);
    line->sync = NULL;
    line->transport = NULL;
    agent_close_handle((uv_handle_t *)&line->tick);
}
