/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/desk.h"

#include <ini.h>
#include <stdlib.h>

#include "platform/linux/linux_clock.h"

#define DESK_PATH_MAX 4096

static int take_setting(void *context, const char *section, const char *name, const char *value)
{
    char *path = context;
    if (strcmp(section, "hub") == 0 && strcmp(name, "store") == 0)
        snprintf(path, DESK_PATH_MAX, "%s", value);
    return 1;
}

/* --store, else the hub's own settings, else the environment. */
static enum exit_code find_path(const struct call *call, char out[DESK_PATH_MAX])
{
    const char *config = call_value(call, "config");
    const char *path = call_value(call, "store");
    out[0] = '\0';
    if (path == NULL && config != NULL) {
        int line = ini_parse(config, take_setting, out);
        if (line < 0)
            return call_fail(call, line == -1 ? ERR_NOT_FOUND : ERR_MEMORY, config, "");
        if (line > 0)
            return call_refuse(call, "a line is \"[section]\", \"key = value\" or begins with ;",
                               "%s:%d: no setting", config, line);
        if (out[0] == '\0')
            return call_refuse(call, "[hub]\n  store = DIR", "%s does not name the store", config);
        return EXIT_DONE;
    }
    path = path != NULL ? path : getenv("KASSA_STORE");
    if (path == NULL || path[0] == '\0')
        return call_refuse(call,
                           "name it: --store DIR, --config FILE, or the environment variable KASSA_STORE",
                           "which store?");
    snprintf(out, DESK_PATH_MAX, "%s", path);
    return EXIT_DONE;
}

enum exit_code desk_open(const struct call *call, struct store *out)
{
    char path[DESK_PATH_MAX];
    enum exit_code code = find_path(call, path);
    if (code != EXIT_DONE)
        return code;
    const struct store_settings settings = {.kind = "lmdb",
                                            .path = path,
                                            .map_size_bytes = STORE_MAP_SIZE_DEFAULT,
                                            .must_exist = true,
                                            .random = linux_random()};
    enum err error = store_open(&settings, out);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, path,
                           error == ERR_NOT_FOUND ? "the hub makes its store when it starts first" : "");
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
