/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

enum type { TYPE_TEXT, TYPE_NUMBER };

struct row {
    const char *section;
    const char *name;
    enum type type;
    size_t offset;
    int64_t min, max; /* of a text: its length */
    const char *text;
    int64_t number;
    const char *help;
};

#define NUMBER(section, name, field, min, max, value, help)                                                  \
    {                                                                                                        \
        section, name, TYPE_NUMBER, offsetof(struct hub_settings, field), min, max, NULL, value, help        \
    }
#define TEXT(section, name, field, min, value, help)                                                         \
    {                                                                                                        \
        section, name, TYPE_TEXT, offsetof(struct hub_settings, field), min, HUB_TEXT_MAX, value, 0, help    \
    }

static const struct row rows[] = {
    TEXT("store", "kind", store_kind, 1, "lmdb", "where records are kept: a row of store/table.c"),
    TEXT("store", "path", store_path, 1, "kassa-hub.store", "folder of the embedded store"),
    NUMBER("store", "map_mib", store_map_mib, 16, 1 << 20, 8192, "bound of the embedded store in MiB"),
    TEXT("broker", "host", broker_host, 1, "127.0.0.1", "address of the MQTT broker, numeric"),
    NUMBER("broker", "port", broker_port, 1, 65535, 1883, "its port"),
    TEXT("broker", "client_id", broker_client_id, 1, "kassa-hub", "MQTT client id"),
    NUMBER("broker", "keepalive_s", broker_keepalive_s, 5, 3600, 30, "seconds between signs of life"),
    NUMBER("broker", "backoff_ms", broker_backoff_ms, 0, 600000, 2000,
           "before each new attempt to connect the hub waits between 0 and this"),
    NUMBER("intake", "burst_ms", burst_ms, 0, 1000, 5, "a burst of messages is committed after this time"),
    NUMBER("intake", "burst_messages", burst_messages, 1, 512, 512, "and after this many"),
    NUMBER("intake", "credit", credit, 1, 8, 1, "batches that a till may have in flight"),
    NUMBER("intake", "drain_tills", drain_tills, 1, 100000, 64,
           "tills with a long backlog that may send it at once; the others wait their turn"),
    NUMBER("intake", "tills", tills, 1, 1000000, 100000, "tills that the hub can speak with"),
    NUMBER("push", "poll_ms", poll_ms, 10, 60000, 100, "how often the store is asked what others changed"),
    NUMBER("push", "push_ms", push_ms, 10, 60000, 200, "shortest time between two member updates of a till"),
};

static void *field_of(struct hub_settings *settings, const struct row *row)
{
    return (uint8_t *)settings + row->offset;
}

static void set_text(struct hub_settings *settings, const struct row *row, const char *value)
{
    char *field = field_of(settings, row);
    size_t size = strnlen(value, HUB_TEXT_MAX);
    memcpy(field, value, size);
    field[size] = '\0';
}

void hub_settings_default(struct hub_settings *out)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].type == TYPE_TEXT)
            set_text(out, &rows[i], rows[i].text);
        else
            *(int64_t *)field_of(out, &rows[i]) = rows[i].number;
    }
}

static enum err set_number(struct hub_settings *settings, const struct row *row, const char *value,
                           struct hub_settings_fault *fault)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno == 0 && end != value && *end == '\0' && number >= row->min && number <= row->max) {
        *(int64_t *)field_of(settings, row) = number;
        return ERR_OK;
    }
    (void)snprintf(fault->text, sizeof(fault->text), "%s.%s must be a number from %lld to %lld", row->section,
                   row->name, (long long)row->min, (long long)row->max);
    return ERR_RANGE;
}

enum err hub_settings_set(struct hub_settings *settings, const char *section, const char *name,
                          const char *value, struct hub_settings_fault *fault)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        if (strcmp(row->section, section) != 0 || strcmp(row->name, name) != 0)
            continue;
        if (row->type == TYPE_NUMBER)
            return set_number(settings, row, value, fault);
        if (strlen(value) < (size_t)row->min || strlen(value) > (size_t)row->max) {
            (void)snprintf(fault->text, sizeof(fault->text), "%s.%s must have %lld to %lld characters",
                           section, name, (long long)row->min, (long long)row->max);
            return ERR_RANGE;
        }
        set_text(settings, row, value);
        return ERR_OK;
    }
    (void)snprintf(fault->text, sizeof(fault->text), "there is no setting %.64s.%.64s", section, name);
    return ERR_SYNTAX;
}

struct reading {
    struct hub_settings settings;
    struct hub_settings_fault *fault;
    enum err error;
};

static int read_one(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    if (reading->error == ERR_OK) /* the first fault is the one that is told */
        reading->error = hub_settings_set(&reading->settings, section, name, value, reading->fault);
    return reading->error == ERR_OK;
}

enum err hub_settings_read(const char *path, struct hub_settings *settings, struct hub_settings_fault *fault)
{
    struct reading reading = {*settings, fault, ERR_OK};
    fault->text[0] = '\0';
    int line = ini_parse(path, read_one, &reading);
    fault->line = line > 0 ? line : 0;
    if (line < 0) {
        (void)snprintf(fault->text, sizeof(fault->text), "cannot be read");
        return ERR_NOT_FOUND;
    }
    if (reading.error != ERR_OK)
        return reading.error;
    if (line > 0) {
        (void)snprintf(fault->text, sizeof(fault->text), "is not `name = value`, [section] or a comment");
        return ERR_SYNTAX;
    }
    *settings = reading.settings;
    return ERR_OK;
}

void hub_settings_print(const struct hub_settings *settings, void (*line)(void *context, const char *text),
                        void *context)
{
    char text[2 * HUB_TEXT_MAX + 256];
    const char *section = "";
    struct hub_settings copy = *settings;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            (void)snprintf(text, sizeof(text), "%s[%s]", i == 0 ? "" : "\n", section);
            line(context, text);
        }
        if (row->type == TYPE_TEXT)
            (void)snprintf(text, sizeof(text), "; %s\n%s = %s", row->help, row->name,
                           (const char *)field_of(&copy, row));
        else
            (void)snprintf(text, sizeof(text), "; %s (%lld to %lld)\n%s = %lld", row->help,
                           (long long)row->min, (long long)row->max, row->name,
                           (long long)*(int64_t *)field_of(&copy, row));
        line(context, text);
    }
}
