/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told: that the loop turns, that the disk answers, and how the till is. */
#include <stdio.h>

#include "agent/agent.h"

#define STATUS_MS 2000

enum err agent_open_watch(struct agent *agent, struct agent_fault *fault)
{
    enum err error = service_open(agent->settings.data_folder, agent->clock, &agent->watch.service);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "NOTIFY_SOCKET", err_sentence(error));
}

static const char *journal_state(const struct agent_keeper *keeper)
{
    return keeper->has_given_up ? "journal failed" : keeper->is_full ? "journal full" : "journal well";
}

static void tell_status(struct agent *agent)
{
    char sentence[SERVICE_STATUS_MAX];
    struct sync_status line = {0};
    const struct agent_reader *best = agent_best_reader(agent);
    const char *reader = best == NULL ? "none" : minder_state_name(minder_state_of(best->minder));
    sync_get_status(agent->line.sync, &line);
    (void)snprintf(sentence, sizeof(sentence), "%.32s: %s; reader %s; line %s, %llu records wait for the hub",
                   agent->settings.id, journal_state(&agent->keeper), reader, sync_state_name(line.state),
                   (unsigned long long)line.backlog);
    service_tell_status(agent->watch.service, sentence);
}

/* A journal that is given up is no reason to be alive: if ending in order takes too long, it is ended. */
uint64_t agent_turn_watch(struct agent *agent)
{
    struct agent_watch *watch = &agent->watch;
    if (!service_is_heard(watch->service))
        return UINT64_MAX;
    uint64_t now = agent->clock.ops->mono_ms(agent->clock.self);
    if (now >= watch->status_due_mono_ms) {
        tell_status(agent);
        watch->status_due_mono_ms = now + STATUS_MS;
    }
    uint64_t beat_ms = service_beat(watch->service, !agent->keeper.has_given_up);
    uint64_t status_ms = watch->status_due_mono_ms - now;
    return beat_ms < status_ms ? beat_ms : status_ms;
}

void agent_close_watch(struct agent *agent)
{
    service_close(agent->watch.service);
    agent->watch.service = NULL;
}
