/* SPDX-License-Identifier: Apache-2.0 */
/* The till's certificate is renewed over its own line, and put in force once the line has stood with it. */
#include "agent/agent.h"
#include "base/civil.h"
#include "base/log.h"
#include "platform/linux/linux_clock.h"

#define DAY_S         86400
#define CHIP_START_MS 20000 /* nobody waits at the counter yet, and the service manager has more patience */

static uint64_t now_mono_ms(const struct agent *agent)
{
    return agent->clock.ops->mono_ms(agent->clock.self);
}

static uint64_t retry_due_mono_ms(const struct agent *agent)
{
    return now_mono_ms(agent) + (uint64_t)identity_retry_s(&agent->renewal.identity) * 1000;
}

static void log_until(enum log_level level, const char *event, const struct identity *identity)
{
    char day[11];
    civil_format_day((int32_t)(identity->until_unix_s / DAY_S), day);
    log_event(level, event, "till=%s until=%s", identity->name, day);
}

static const char *show_key(struct agent *agent, const struct identity_files *files)
{
    const char *path;
    enum err error = identity_show_key(&agent->renewal.identity, files, agent->renewal.shown, &path);
    if (error != ERR_OK && error != agent->renewal.shown_error)
        log_event(LOG_LEVEL_ERROR, "identity.key_not_opened", "file=%s error=%s", files->key,
                  err_name(error));
    agent->renewal.shown_error = error;
    return path;
}

static void identify(void *context, const char **out_certificate_file, const char **out_key_file)
{
    struct agent *agent = context;
    const struct identity_files *files = identity_choose(&agent->renewal.identity);
    *out_certificate_file = files->certificate;
    *out_key_file = show_key(agent, files);
}

/* The pair that has been proved: to whom the hub has not answered nobody else is shown a new one. */
static void identify_at_the_store(void *context, const char **out_certificate_file, const char **out_key_file)
{
    struct agent *agent = context;
    const struct identity_files *files = &agent->renewal.identity.files[IDENTITY_CURRENT];
    *out_certificate_file = files->certificate;
    *out_key_file = show_key(agent, files);
}

void agent_identify_at_the_store(struct agent *agent, struct mosquitto_settings *broker)
{
    if (!agent->renewal.is_on)
        return;
    broker->identify = identify_at_the_store;
    broker->context = agent;
}

struct sealer agent_sealer(struct agent *agent)
{
    struct agent_chip *chip = &agent->chip;
    if (agent->settings.identity_tpm[0] == '\0')
        return (struct sealer){.seal = NULL};
    if (chip->tpm.tcti == NULL) {
        chip->tpm.tcti = agent->settings.identity_tpm;
        chip->bounded = (struct bounded){
            .sealer = tpm_as_sealer(&chip->tpm), .clock = linux_clock(), .wait_ms = CHIP_START_MS};
    }
    return bounded_as_sealer(&chip->bounded);
}

enum err agent_open_renewal(struct agent *agent, struct mosquitto_settings *broker)
{
    struct agent_renewal *renewal = &agent->renewal;
    renewal->shown[IDENTITY_CURRENT].fd = renewal->shown[IDENTITY_NEXT].fd = -1;
    renewal->is_on = broker->certificate_file[0] != '\0' && broker->key_file[0] != '\0';
    if (!renewal->is_on)
        return ERR_OK;
    TRY(identity_open(broker->certificate_file, broker->key_file, agent_sealer(agent), &renewal->identity));
    broker->identify = identify;
    broker->context = agent;
    return ERR_OK;
}

void agent_close_renewal(struct agent *agent)
{
    if (!agent->renewal.is_on)
        return;
    for (size_t i = 0; i < IDENTITY_PAIR_COUNT; i++)
        identity_shown_close(&agent->renewal.shown[i]);
}

static void prove(struct agent *agent)
{
    struct agent_renewal *renewal = &agent->renewal;
    enum identity_verdict verdict;
    enum err error = identity_prove(&renewal->identity, &verdict);
    renewal->change_due_mono_ms = retry_due_mono_ms(agent);
    if (error != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "identity.not_kept", "file=%s error=%s",
                  renewal->identity.files[IDENTITY_CURRENT].certificate, err_name(error));
    if (verdict == IDENTITY_RENEWED)
        log_until(LOG_LEVEL_NOTICE, "identity.renewed", &renewal->identity);
    if (verdict == IDENTITY_DOUBTED || verdict == IDENTITY_REFUSED)
        log_event(LOG_LEVEL_WARNING, "identity.new_one_refused", "till=%s is_given_up=%d",
                  renewal->identity.name, verdict == IDENTITY_REFUSED);
    if (verdict == IDENTITY_REFUSED)
        renewal->ask_due_mono_ms = retry_due_mono_ms(agent);
}

/* Any of these is the hub's answer to the birth. */
static bool is_answered(enum sync_state state)
{
    return state == SYNC_LIVE || state == SYNC_WAITING || state == SYNC_FENCED;
}

void agent_renewal_hear_state(struct agent *agent, enum sync_state state)
{
    if (agent->renewal.is_on && agent->renewal.identity.is_trying && is_answered(state))
        prove(agent);
}

static void ask(struct agent *agent)
{
    struct agent_renewal *renewal = &agent->renewal;
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer request = {bytes, sizeof(bytes), 0};
    renewal->ask_due_mono_ms = retry_due_mono_ms(agent);
    enum err error = identity_request(&renewal->identity, &request);
    if (error == ERR_OK)
        error = sync_ask_renewal(agent->line.sync, span_of(bytes, request.size));
    if (error != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "identity.not_asked", "file=%s error=%s",
                  renewal->identity.files[IDENTITY_NEXT].key, err_name(error));
    else
        log_until(LOG_LEVEL_INFO, "identity.renewal_asked", &renewal->identity);
}

/* The old line is given up while its certificate is still in force, so that there is a way back; and while
 * nobody at the counter waits for the hub. */
static void change(struct agent *agent)
{
    struct till_priced priced;
    if (now_mono_ms(agent) < agent->renewal.change_due_mono_ms || till_get_basket(agent->till, &priced))
        return;
    agent->renewal.change_due_mono_ms = retry_due_mono_ms(agent);
    mosquitto_transport_drop(agent->line.transport);
}

void agent_run_renewal(struct agent *agent)
{
    const struct identity *identity = &agent->renewal.identity;
    struct sync_status status;
    if (!agent->renewal.is_on || agent->is_ending)
        return;
    sync_get_status(agent->line.sync, &status);
    if (status.state != SYNC_LIVE)
        return;
    int64_t hub_unix_s = (agent->clock.ops->wall_unix_ms(agent->clock.self) + status.hub_offset_ms) / 1000;
    if (identity->is_usable[IDENTITY_NEXT] && identity->tried == IDENTITY_CURRENT)
        change(agent);
    else if (identity->is_usable[IDENTITY_NEXT] && now_mono_ms(agent) >= agent->renewal.change_due_mono_ms)
        prove(agent); /* it works, and could not be put in its place */
    else if (!identity->is_usable[IDENTITY_NEXT] && identity->is_known &&
             hub_unix_s >= identity_renewal_unix_s(identity) &&
             now_mono_ms(agent) >= agent->renewal.ask_due_mono_ms)
        ask(agent);
}

void agent_renewal_hear_answer(struct agent *agent, const kassa_Renewed *renewed)
{
    struct agent_renewal *renewal = &agent->renewal;
    if (!renewal->is_on || agent->is_ending)
        return;
    if (renewed->status != kassa_RenewStatus_RENEW_GRANTED) {
        log_event(LOG_LEVEL_WARNING, "identity.not_renewed", "till=%s reason=%s", renewal->identity.name,
                  renewed->status == kassa_RenewStatus_RENEW_UNSUPPORTED ? "hub_certifies_nobody"
                                                                         : "refused");
        return;
    }
    enum err error =
        identity_take(&renewal->identity, span_of(renewed->certificate.bytes, renewed->certificate.size));
    if (error != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "identity.not_renewed", "till=%s reason=%s", renewal->identity.name,
                  err_name(error));
    else
        renewal->change_due_mono_ms = 0;
}
