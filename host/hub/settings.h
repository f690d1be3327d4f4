/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - what the hub can be told, one row each: section, name, type, bounds, default, help. */
#ifndef KASSA_HUB_SETTINGS_H
#define KASSA_HUB_SETTINGS_H

#include "base/base.h"

#define HUB_TEXT_MAX 255

struct hub_settings {
    char store_kind[HUB_TEXT_MAX + 1];
    char store_path[HUB_TEXT_MAX + 1];
    int64_t store_map_mib;
    char broker_host[HUB_TEXT_MAX + 1];
    int64_t broker_port;
    char broker_client_id[HUB_TEXT_MAX + 1];
    int64_t broker_keepalive_s;
    int64_t broker_backoff_ms;
    int64_t burst_ms;
    int64_t burst_messages;
    int64_t credit;
    int64_t drain_tills;
    int64_t tills;
    int64_t poll_ms;
    int64_t push_ms;
};

void hub_settings_default(struct hub_settings *out);

struct hub_settings_fault {
    int line; /* 0: the file as a whole */
    char text[256];
};

/* Reads an ini file over what stands in *settings. ERR_NOT_FOUND: no such file. ERR_SYNTAX, ERR_RANGE: *fault
 * says where and what; *settings is then untouched. */
NODISCARD
enum err hub_settings_read(const char *path, struct hub_settings *settings, struct hub_settings_fault *fault);

/* One `section.name=value` setting, as --set gives it. */
NODISCARD
enum err hub_settings_set(struct hub_settings *settings, const char *section, const char *name,
                          const char *value, struct hub_settings_fault *fault);

/* Calls for each line of an ini file that says what holds: comments with bounds and help too. */
void hub_settings_print(const struct hub_settings *settings, void (*line)(void *context, const char *text),
                        void *context);

#endif
