/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of what was: members who were erased leave remains in the cache's file until that is written anew, and
 * damaged files are set aside. The copy of the cache is made by another process, since a large one takes longer than a
 * customer waits; this one only puts it in place, which is a rename. One copy at a time, none while a basket is open,
 * and after one that failed none for a while. */
#include <signal.h>
#include <stdio.h>

#include "agent/agent.h"
#include "base/log.h"

#define ERASED_A_TURN   64
#define LATE_COPIES_MAX 2           /* then the line waits for the next copy */
#define COPY_RETRY_MS   (60 * 1000) /* after one that failed */
#define ASK_AGAIN_MS    1000        /* while a basket is open */
#define JOURNALS_KEPT   3           /* damaged ones that stay for whoever wants to look at them */

static uint64_t now_mono_ms(const struct agent *agent)
{
    return agent->clock.ops->mono_ms(agent->clock.self);
}

/* ---- files set aside */

static enum err path_of(const struct agent *agent, const char *name, char out[AGENT_PATH_MAX])
{
    int length = snprintf(out, AGENT_PATH_MAX, "%s/%s", agent->settings.data_folder, name);
    return length > 0 && length < AGENT_PATH_MAX ? ERR_OK : ERR_TOO_LONG;
}

/* All that a cache holds can be had again, and it holds keys of members who may be erased by now. */
static enum err remove_caches(const struct agent *agent)
{
    char path[AGENT_PATH_MAX];
    TRY(path_of(agent, "cache", path));
    return lmdb_aside_remove(path, 0);
}

/* A record that was damaged is nowhere else; all others the journal carries on, until head office has them. */
static bool has_hub_all(const struct agent *agent)
{
    struct journal_stats stats;
    return journal_get_stats(agent->stores.journal, &stats) == ERR_OK &&
           stats.newest.acknowledged_seq >= stats.newest.last_seq;
}

static enum err look_at_journals(struct agent *agent)
{
    char path[AGENT_PATH_MAX];
    struct lmdb_aside aside;
    unsigned keep = agent->keeper.is_full ? 0 : JOURNALS_KEPT;
    TRY(path_of(agent, "journal", path));
    TRY(lmdb_aside_look(path, &aside));
    if (aside.count > keep && has_hub_all(agent)) {
        TRY(lmdb_aside_remove(path, keep));
        TRY(lmdb_aside_look(path, &aside));
    }
    if (aside.count > 0 && aside.count != agent->remains.journal_count)
        log_event(LOG_LEVEL_WARNING, "journal.set_aside",
                  "count=%u bytes=%llu text=\"damaged journals are kept as journal.bad-N\"", aside.count,
                  (unsigned long long)aside.bytes);
    agent->remains.journal_count = aside.count;
    return ERR_OK;
}

void agent_look_aside(struct agent *agent)
{
    enum err error = remove_caches(agent);
    enum err journals = look_at_journals(agent);
    error = error == ERR_OK ? journals : error;
    if (error != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "aside.failed", "error=%s", err_name(error));
}

/* ---- the copy */

bool agent_holds_line(const struct agent *agent)
{
    return agent->remains.is_running && agent->remains.late_count >= LATE_COPIES_MAX;
}

static void wait_after_failure(struct agent *agent, const char *why)
{
    agent->remains.due_mono_ms = now_mono_ms(agent) + COPY_RETRY_MS;
    log_event(LOG_LEVEL_ERROR, "members.not_erased", "error=%s", why);
}

static void on_copy_end(uv_process_t *process, int64_t status, int signal)
{
    struct agent *agent = process->data;
    struct agent_remains *remains = &agent->remains;
    remains->is_running = false;
    remains->is_copied = status == 0 && signal == 0;
    uv_close((uv_handle_t *)process, NULL);
    if (!remains->is_copied && !agent->is_ending)
        wait_after_failure(agent, "copy");
}

static void start_copy(struct agent *agent)
{
    struct agent_remains *remains = &agent->remains;
    static char option[] = "--compact-cache";
    remains->commits = lmdb_storage_commits(agent->stores.cache_storage);
    remains->is_running = agent_start_helper(agent, &remains->process, option, on_copy_end);
    if (!remains->is_running)
        wait_after_failure(agent, "start");
}

static enum err take_copy(struct agent *agent)
{
    struct agent_remains *remains = &agent->remains;
    enum err error = lmdb_storage_take_copy(agent->stores.cache_storage, remains->commits);
    if (error == ERR_BUSY) /* its process has ended, but somebody looks at the cache: in a moment */
        return ERR_OK;
    remains->is_copied = false;
    remains->is_clean = error == ERR_OK;
    remains->late_count = error == ERR_STATE ? remains->late_count + 1 : 0;
    return error == ERR_STATE ? ERR_OK : error;
}

static bool has_basket(const struct agent *agent)
{
    struct till_priced priced;
    return till_get_basket(agent->till, &priced);
}

/* A step towards a file without remains: *out_is_clean when it is there. */
static enum err clean(struct agent *agent)
{
    struct agent_remains *remains = &agent->remains;
    if (remains->is_clean || remains->is_running || has_basket(agent) ||
        now_mono_ms(agent) < remains->due_mono_ms)
        return ERR_OK;
    if (remains->is_copied)
        TRY(take_copy(agent));
    if (!remains->is_copied && !remains->is_clean)
        start_copy(agent);
    return ERR_OK;
}

void agent_close_remains(struct agent *agent)
{
    if (agent->remains.is_running)
        (void)uv_process_kill(&agent->remains.process, SIGTERM);
}

/* ---- members who were erased */

void agent_note_members(struct agent *agent)
{
    agent->has_erased = true;
    agent->remains.is_clean = false;
}

static void forget(struct agent *agent, uint8_t (*ids)[MEMBER_SIZE], size_t count)
{
    for (size_t i = 0; i < count; i++)
        till_forget_member(agent->till, ids[i]);
    if (agent->faces.api != NULL)
        api_forget(agent->faces.api);
}

/* Their keys and rows are gone from the tables; now from the file, then that is recorded, then it is forgotten here.
 * A power cut amid it does a part of it twice. */
static enum err erase(struct agent *agent)
{
    uint8_t ids[ERASED_A_TURN][MEMBER_SIZE];
    struct members *members = agent->stores.members;
    size_t count;
    TRY(members_list_erased(members, ids, ERASED_A_TURN, &count));
    agent->has_erased = count > 0;
    if (count == 0)
        return ERR_OK;
    forget(agent, ids, count);
    TRY(clean(agent));
    if (!agent->remains.is_clean)
        return ERR_OK;
    TRY(remove_caches(agent));
    TRY(till_note_erased(agent->till, (const uint8_t(*)[MEMBER_SIZE])ids, count));
    TRY(members_settle_erased(members, (const uint8_t(*)[MEMBER_SIZE])ids, count));
    log_event(LOG_LEVEL_NOTICE, "members.erased", "count=%zu", count);
    return ERR_OK;
}

uint64_t agent_erase_members(struct agent *agent)
{
    const struct agent_remains *remains = &agent->remains;
    uint64_t now = now_mono_ms(agent);
    if (!agent->has_erased || remains->is_running)
        return UINT64_MAX;
    if (now < remains->due_mono_ms)
        return remains->due_mono_ms - now;
    enum err error = erase(agent);
    if (error != ERR_OK)
        wait_after_failure(agent, err_name(error));
    if (!agent->has_erased || remains->is_running)
        return UINT64_MAX;
    return remains->is_clean ? 0 : ASK_AGAIN_MS;
}
