/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps the journal: trimming and space, the answer to a disk that fails, snapshots. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "base/exit.h"
#include "base/log.h"

#define TRIM_COUNT        500
#define TRIM_COUNT_FULL   5000
#define MS_PER_DAY        86400000
#define MS_PER_HOUR       3600000
#define FAULTS_MAX        3       /* within an hour: then the disk is not believed any more */
#define LAST_WORDS_MS     1000    /* for answers that are on their way, before the agent ends */
#define SNAPSHOT_RETRY_MS 3600000 /* after one that failed */
#define ARGUMENTS_MAX     62

_Static_assert(FAULTS_MAX == COUNT_OF(((struct agent_keeper *)0)->fault_mono_ms), "one place for each");

static uint64_t now_mono_ms(const struct agent *agent)
{
    return agent->clock.ops->mono_ms(agent->clock.self);
}

/* ---- a disk that fails */

/* Reading goes on, so that what waits for an answer gets one; a service manager starts the agent anew, which
 * then verifies, syncs and goes on, or says why it cannot. */
static void give_up(struct agent *agent)
{
    struct agent_keeper *keeper = &agent->keeper;
    if (keeper->has_given_up)
        return;
    keeper->has_given_up = true;
    keeper->end_mono_ms = now_mono_ms(agent) + LAST_WORDS_MS;
    lmdb_storage_stop_writing(agent->stores.journal_storage);
    log_event(LOG_LEVEL_ERROR, "journal.read_only", "text=\"the disk fails: nothing is recorded any more\"");
    till_note_fault(agent->till, "journal.read_only", "the disk fails: nothing is recorded any more");
}

static void note_faults(struct agent *agent, uint64_t count)
{
    struct agent_keeper *keeper = &agent->keeper;
    for (; keeper->fault_count < count; keeper->fault_count++) {
        memmove(keeper->fault_mono_ms + 1, keeper->fault_mono_ms,
                (FAULTS_MAX - 1) * sizeof(keeper->fault_mono_ms[0]));
        keeper->fault_mono_ms[0] = now_mono_ms(agent);
    }
    log_event(LOG_LEVEL_ERROR, "journal.io_error", "faults=%llu", (unsigned long long)count);
    till_note_fault(agent->till, "journal.io", "the disk failed to store a record");
    uint64_t oldest = keeper->fault_mono_ms[FAULTS_MAX - 1];
    if (count >= FAULTS_MAX && now_mono_ms(agent) - oldest < MS_PER_HOUR)
        give_up(agent);
}

uint64_t agent_turn_keeper(struct agent *agent)
{
    struct agent_keeper *keeper = &agent->keeper;
    struct lmdb_health health = lmdb_storage_get_health(agent->stores.journal_storage);
    if (health.fault_count > keeper->fault_count)
        note_faults(agent, health.fault_count);
    if (health.is_broken)
        give_up(agent);
    if (!keeper->has_given_up)
        return UINT64_MAX;
    uint64_t now = now_mono_ms(agent);
    if (now < keeper->end_mono_ms)
        return keeper->end_mono_ms - now;
    agent->exit_code = EXIT_DEVICE;
    uv_stop(&agent->loop);
    return UINT64_MAX;
}

void agent_tell_rebuilt(struct agent *agent)
{
    const struct snapshot_guard *guard = &agent->keeper.guard;
    char text[128];
    if (guard->was_migrated)
        log_event(LOG_LEVEL_NOTICE, "journal.migrated",
                  "from_format=%u text=\"the old file is kept as journal.bad-N\"",
                  (unsigned)guard->migrated_from);
    if (!guard->was_rebuilt)
        return;
    const struct journal_rebuilt *rebuilt = &guard->rebuilt;
    (void)snprintf(text, sizeof(text),
                   "%llu records were saved, %llu of them are sent again, %llu were damaged",
                   (unsigned long long)rebuilt->record_count, (unsigned long long)rebuilt->carried_count,
                   (unsigned long long)rebuilt->damaged_count);
    log_event(LOG_LEVEL_ERROR, "journal.rebuilt",
              "text=\"it was damaged or gone; %s; the old file is kept as journal.bad-N\"", text);
    till_note_fault(agent->till, "journal.rebuilt", text);
}

/* ---- space */

static void tell_space(struct agent *agent, bool is_full)
{
    struct agent_keeper *keeper = &agent->keeper;
    if (is_full && !keeper->is_full) {
        log_event(LOG_LEVEL_ERROR, "journal.full", "text=\"no sale is recorded until there is space\"");
        till_note_fault(agent->till, "journal.full", "no sale is recorded until there is space");
    }
    if (!is_full && keeper->is_full)
        log_event(LOG_LEVEL_NOTICE, "journal.has_space", "text=\"sales are recorded again\"");
    keeper->is_full = is_full;
}

/* A full journal gives up what the hub has, however young: the shop must go on. */
static enum err trim(struct agent *agent)
{
    struct journal *journal = agent->stores.journal;
    struct journal_stats stats;
    size_t count = 0;
    int64_t now_unix_ms = agent->clock.ops->wall_unix_ms(agent->clock.self);
    TRY(journal_get_stats(journal, &stats));
    int64_t before_unix_ms = stats.is_full ? INT64_MAX : now_unix_ms - agent->settings.keep_days * MS_PER_DAY;
    TRY(journal_trim(journal, before_unix_ms, stats.is_full ? TRIM_COUNT_FULL : TRIM_COUNT, &count));
    if (count > 0)
        log_event(LOG_LEVEL_INFO, "journal.trimmed", "records=%zu", count);
    TRY(journal_get_stats(journal, &stats));
    tell_space(agent, stats.is_full);
    return ERR_OK;
}

/* ---- snapshots */

static void on_snapshot_end(uv_process_t *process, int64_t status, int signal)
{
    struct agent *agent = process->data;
    struct agent_keeper *keeper = &agent->keeper;
    bool is_done = status == 0 && signal == 0;
    keeper->is_snapshot_running = false;
    keeper->snapshot_due_mono_ms = now_mono_ms(agent) + (is_done ? 0 : SNAPSHOT_RETRY_MS);
    uv_close((uv_handle_t *)process, NULL);
    if (is_done || agent->is_ending)
        return;
    log_event(LOG_LEVEL_WARNING, "journal.no_snapshot", "status=%lld signal=%d", (long long)status, signal);
    till_note_fault(agent->till, "journal.no_snapshot", "no snapshot of the journal could be made");
}

static bool is_snapshot_due(const struct agent *agent)
{
    const struct agent_keeper *keeper = &agent->keeper;
    struct stat status;
    if (agent->settings.snapshot_h == 0 || keeper->is_snapshot_running || keeper->has_given_up ||
        uv_is_active((const uv_handle_t *)&keeper->snapshot) != 0 ||
        now_mono_ms(agent) < keeper->snapshot_due_mono_ms)
        return false;
    if (stat(keeper->snapshot_path, &status) != 0)
        return true;
    int64_t made_unix_ms = (int64_t)status.st_mtim.tv_sec * 1000;
    int64_t age_ms = agent->clock.ops->wall_unix_ms(agent->clock.self) - made_unix_ms;
    return age_ms < 0 || age_ms >= agent->settings.snapshot_h * MS_PER_HOUR;
}

bool agent_start_helper(struct agent *agent, uv_process_t *process, char *option, uv_exit_cb on_exit)
{
    char *arguments[ARGUMENTS_MAX + 2] = {0};
    size_t count = 0;
    for (; agent->argv[count] != NULL && count < ARGUMENTS_MAX; count++)
        arguments[count] = agent->argv[count];
    arguments[count] = option;
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
    const uv_process_options_t options = {.exit_cb = on_exit,
                                          .file = "/proc/self/exe",
                                          .args = arguments,
                                          .stdio = stdio,
                                          .stdio_count = COUNT_OF(stdio)};
    process->data = agent;
    if (uv_spawn(&agent->loop, process, &options) == 0)
        return true;
    uv_close((uv_handle_t *)process, NULL);
    return false;
}

/* In a process of its own with this one's settings: the journal may be long, and a sale does not wait. */
static void start_snapshot(struct agent *agent)
{
    struct agent_keeper *keeper = &agent->keeper;
    static char option[] = "--snapshot";
    keeper->is_snapshot_running = agent_start_helper(agent, &keeper->snapshot, option, on_snapshot_end);
    if (!keeper->is_snapshot_running)
        keeper->snapshot_due_mono_ms = now_mono_ms(agent) + SNAPSHOT_RETRY_MS;
}

void agent_close_keeper(struct agent *agent)
{
    struct agent_keeper *keeper = &agent->keeper;
    if (keeper->is_snapshot_running) /* it ends by itself, and the old one stays: the next start makes one */
        (void)uv_process_kill(&keeper->snapshot, SIGTERM);
}

void agent_keep_journal(struct agent *agent)
{
    agent->has_erased = true; /* what failed before is tried again */
    enum err error = trim(agent);
    if (error == ERR_OK)
        error = lmdb_storage_check_readers(agent->stores.journal_storage);
    if (error == ERR_OK)
        error = lmdb_storage_check_readers(agent->stores.cache_storage);
    if (error != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "upkeep.failed", "error=%s", err_name(error));
    agent_look_aside(agent);
    if (is_snapshot_due(agent))
        start_snapshot(agent);
}
