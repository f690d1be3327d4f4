/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"

#include <stdlib.h>

#include "hub/settings.h"
#include "platform/linux/linux_clock.h"

/* The hub's own settings, so that both take a file for what it says. */
static enum exit_code read_settings(const struct call *call, struct hub_settings *settings)
{
    const char *config = call_value(call, "config");
    struct settings_faults faults;
    if (config == NULL)
        return EXIT_DONE;
    enum err error = settings_read(&hub_settings_table, config, settings, sizeof(*settings), &faults);
    if (error == ERR_OK)
        return EXIT_DONE;
    if (error == ERR_NOT_FOUND)
        return call_fail(call, error, config, "");
    return call_refuse(call, "the hub would refuse these settings too", "%s:%d: %s", config,
                       faults.rows[0].line, faults.rows[0].text);
}

/* --store, else the hub's settings, else the environment. NULL: none of them. */
static const char *find_path(const struct call *call, const struct hub_settings *settings)
{
    if (call_has(call, "store"))
        return call_value(call, "store");
    if (call_has(call, "config"))
        return settings->store_path;
    const char *path = getenv("KASSA_STORE");
    return path != NULL && path[0] != '\0' ? path : NULL;
}

enum exit_code desk_open(const struct call *call, struct store *out)
{
    struct hub_settings hub;
    settings_set_defaults(&hub_settings_table, &hub);
    enum exit_code code = read_settings(call, &hub);
    if (code != EXIT_DONE)
        return code;
    const char *path = find_path(call, &hub);
    if (path == NULL)
        return call_refuse(call,
                           "name it: --store DIR, --config FILE, or the environment variable KASSA_STORE",
                           "which store?");
    const struct store_settings settings = {.kind = hub.store_kind,
                                            .path = path,
                                            .map_size_bytes = (uint64_t)hub.store_map_mib << 20,
                                            .must_exist = true,
                                            .random = linux_random()};
    enum err error = store_open(&settings, out);
    const char *hint = error == ERR_NOT_FOUND ? "the hub makes its store when it first starts" : "";
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, hint);
}

enum exit_code desk_begin(const struct call *call, enum store_mode mode, struct store *out_store,
                          struct store_txn *out_txn)
{
    enum exit_code code = desk_open(call, out_store);
    if (code != EXIT_DONE)
        return code;
    enum err error = store_begin(*out_store, mode, out_txn);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}
