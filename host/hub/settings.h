/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - what the hub can be told, one row each: section, name, type, bounds, default, help. */
#ifndef KASSA_HUB_SETTINGS_H
#define KASSA_HUB_SETTINGS_H

#include "platform/settings/settings.h"

struct hub_settings {
    char store_kind[SETTINGS_TEXT_MAX + 1];
    char store_path[SETTINGS_TEXT_MAX + 1];
    int64_t store_map_mib;
    char broker_host[SETTINGS_TEXT_MAX + 1];
    int64_t broker_port;
    char broker_client_id[SETTINGS_TEXT_MAX + 1];
    char broker_ca_file[SETTINGS_TEXT_MAX + 1];
    char broker_certificate_file[SETTINGS_TEXT_MAX + 1];
    char broker_key_file[SETTINGS_TEXT_MAX + 1];
    int64_t broker_keepalive_s;
    int64_t broker_backoff_ms;
    char authority_certificate_file[SETTINGS_TEXT_MAX + 1];
    char authority_key_file[SETTINGS_TEXT_MAX + 1];
    int64_t authority_days;
    char enrol_host[SETTINGS_TEXT_MAX + 1];
    int64_t enrol_port;
    char timestamp_key_file[SETTINGS_TEXT_MAX + 1];
    int64_t timestamp_hours;
    int64_t halt_percent;
    int64_t burst_ms;
    int64_t burst_messages;
    int64_t credit;
    int64_t drain_tills;
    int64_t tills;
    int64_t poll_ms;
    int64_t push_ms;
    int64_t fraud_together;
    int64_t fraud_velocity_hour;
    int64_t fraud_velocity_day;
    int64_t fraud_late_credit;
    int64_t fraud_late_s;
    int64_t fraud_replayed;
    int64_t fraud_guessed;
    int64_t fraud_tap_replayed;
    int64_t fraud_tap_copied;
};

/* Reads, prints and sets them: platform/settings/settings.h. */
extern const struct settings_table hub_settings_table;

#endif
