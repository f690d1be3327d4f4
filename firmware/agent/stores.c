/* SPDX-License-Identifier: Apache-2.0 */
/* The till's files: the journal, and the caches of members and books. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "base/hex.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"

#define MIB (1024u * 1024u)

/* What may not be lost stands in one file: the journal, and the till's own rows behind it. */
static const char *const till_tables[JOURNAL_TABLE_COUNT + TILL_TABLE_COUNT] = {JOURNAL_TABLES, TILL_TABLES};
static const struct archive_others till_others = {till_tables + JOURNAL_TABLE_COUNT, JOURNAL_TABLE_COUNT,
                                                  TILL_TABLE_COUNT};
static const char *const cache_tables[AGENT_TAPS_TABLE + CARD_FRESH_TABLE_COUNT] = {
    MEMBERS_TABLES, BOOKCASE_TABLES, CARD_FRESH_TABLES};

enum err agent_fail(struct agent_fault *fault, enum err error, const char *what, const char *sentence)
{
    (void)snprintf(fault->what, sizeof(fault->what), "%s", what);
    (void)snprintf(fault->sentence, sizeof(fault->sentence), "%s", sentence);
    return error;
}

struct open_sentence {
    enum err error;
    const char *sentence;
};

/* What a person should know and do. */
static const char *why_not_open(enum err error)
{
    static const struct open_sentence sentences[] = {
        {ERR_BUSY, "another agent has it open: end that one first, or give this one a data_dir of its own"},
        {ERR_VERSION,
         "it was written by a machine of another word size or by another version: it cannot be used here"},
        {ERR_CORRUPT,
         "it is damaged, another till's, or gone while its .id file is there: see that its disk is "
         "mounted, then start once with --repair to go on under a new incarnation"},
        {ERR_RANGE, "its map_mib does not fit this machine's addresses"},
        {ERR_FULL, "the disk is full"},
    };
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        if (sentences[i].error == error)
            return sentences[i].sentence;
    }
    return err_sentence(error);
}

enum err agent_check_files(struct agent *agent, void (*tell)(const struct agent_fault *fault))
{
    struct agent_fault fault;
    enum err first = agent_read_peppers(agent, /* is_check= */ true, &fault);
    if (first != ERR_OK)
        tell(&fault);
    enum err error = agent_check_root(agent, &fault);
    if (error != ERR_OK)
        tell(&fault);
    first = first == ERR_OK ? error : first;
    error = agent_open_programme(agent, /* is_check= */ true, &fault);
    if (error != ERR_OK)
        tell(&fault);
    return first == ERR_OK ? error : first;
}

static enum err open_storage(struct agent *agent, const char *name, struct lmdb_options options,
                             struct lmdb_storage **out, struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", agent->settings.data_folder, name);
    options.path = path;
    options.random = agent->random;
    enum err error = lmdb_storage_open(&options, out);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, path, why_not_open(error));
}

/* Where the journal's second generation is, and what it goes by when the first is damaged. */
static void prepare_guard(struct agent *agent)
{
    struct agent_keeper *keeper = &agent->keeper;
    (void)snprintf(keeper->snapshot_path, sizeof(keeper->snapshot_path), "%s/journal.snapshot",
                   agent->settings.data_folder);
    keeper->guard = (struct snapshot_guard){.path = keeper->snapshot_path,
                                            .random = agent->random,
                                            .others = till_others,
                                            .unix_ms = agent->clock.ops->wall_unix_ms(agent->clock.self),
                                            .begins_empty = agent->repairs};
    snapshot_guard_init(&keeper->guard);
}

static struct lmdb_options journal_options(const struct agent *agent)
{
    return (struct lmdb_options){.tables = till_tables,
                                 .table_count = COUNT_OF(till_tables),
                                 .map_size_bytes = (uint64_t)agent->settings.journal_mib * MIB};
}

static enum err open_journal_storage(struct agent *agent, struct agent_fault *fault)
{
    struct lmdb_options options = journal_options(agent);
    bool rebuilds = agent->repairs || strcmp(agent->settings.on_damage, "rebuild") == 0;
    prepare_guard(agent);
    options.access = LMDB_EXCLUSIVE;
    options.absent = agent->repairs ? LMDB_SET_ASIDE : LMDB_CREATE;
    options.check = &agent->keeper.guard.check;
    options.rebuild = rebuilds ? &agent->keeper.guard.rebuild : NULL;
    options.migrate = &agent->keeper.guard.migrate;
    return open_storage(agent, "journal", options, &agent->stores.journal_storage, fault);
}

enum err agent_take_snapshot(struct agent *agent, struct agent_fault *fault)
{
    struct agent_stores *stores = &agent->stores;
    struct lmdb_options options = journal_options(agent);
    struct archive_summary summary;
    options.access = LMDB_READ_ONLY;
    prepare_guard(agent);
    TRY(open_storage(agent, "journal", options, &stores->journal_storage, fault));
    enum err error = snapshot_write(lmdb_storage_as_storage(stores->journal_storage), &till_others,
                                    agent->keeper.snapshot_path, agent->keeper.guard.unix_ms, &summary);
    if (error != ERR_OK)
        return agent_fail(fault, error, agent->keeper.snapshot_path, err_sentence(error));
    log_event(LOG_LEVEL_INFO, "journal.snapshot", "records=%llu rows=%llu",
              (unsigned long long)summary.record_count, (unsigned long long)summary.row_count);
    return ERR_OK;
}

static struct lmdb_options cache_options(const struct agent *agent)
{
    return (struct lmdb_options){.tables = cache_tables,
                                 .table_count = COUNT_OF(cache_tables),
                                 .map_size_bytes = (uint64_t)agent->settings.cache_mib * MIB};
}

enum err agent_copy_cache(struct agent *agent, struct agent_fault *fault)
{
    struct agent_stores *stores = &agent->stores;
    struct lmdb_options options = cache_options(agent);
    options.access = LMDB_READ_ONLY;
    TRY(open_storage(agent, "cache", options, &stores->cache_storage, fault));
    enum err error = lmdb_storage_copy_aside(stores->cache_storage);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "cache", err_sentence(error));
}

static enum err open_caches(struct agent *agent, struct agent_fault *fault)
{
    struct agent_stores *stores = &agent->stores;
    /* What is cached can be had again from the hub: a damaged cache is set aside by itself. */
    struct lmdb_options options = cache_options(agent);
    options.access = LMDB_EXCLUSIVE;
    options.absent = LMDB_SET_ASIDE;
    TRY(open_storage(agent, "cache", options, &stores->cache_storage, fault));
    struct storage storage = lmdb_storage_as_storage(stores->cache_storage);
    enum err error = members_open(storage, 0, &stores->members);
    if (error == ERR_OK)
        error = bookcase_open(storage, MEMBERS_TABLE_COUNT, &stores->bookcase);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "cache", why_not_open(error));
}

enum err agent_open_stores(struct agent *agent, struct agent_fault *fault)
{
    struct agent_stores *stores = &agent->stores;
    const char *folder = agent->settings.data_folder;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return agent_fail(fault, ERR_IO, folder,
                          "the folder cannot be made: make its parent, or choose another data_dir");
    TRY(open_journal_storage(agent, fault));
    const struct journal_settings settings = {.random = agent->random, .repairs = agent->repairs};
    enum err error =
        journal_open(lmdb_storage_as_storage(stores->journal_storage), &settings, &stores->journal);
    if (error != ERR_OK)
        return agent_fail(fault, error, "journal", why_not_open(error));
    TRY(open_caches(agent, fault));
    agent_look_aside(agent);
    return ERR_OK;
}

void agent_close_stores(struct agent *agent)
{
    struct agent_stores *stores = &agent->stores;
    bookcase_close(stores->bookcase);
    members_close(stores->members);
    journal_close(stores->journal);
    lmdb_storage_close(stores->cache_storage);
    lmdb_storage_close(stores->journal_storage);
    *stores = (struct agent_stores){0};
}
