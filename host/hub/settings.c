/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/settings.h"

#include "crm/crm.h"

#define NUMBER(section, name, field, min, max, value, help)                                                  \
    SETTINGS_NUMBER_ROW(section, name, offsetof(struct hub_settings, field), min, max, value, help)
#define TEXT(section, name, field, min, value, help)                                                         \
    SETTINGS_TEXT_ROW(section, name, offsetof(struct hub_settings, field), min, value, help)

static const struct settings_row rows[] = {
    TEXT("store", "kind", store_kind, 1, "lmdb", "where records are kept: a row of store/table.c"),
    TEXT("store", "path", store_path, 1, "kassa-hub.store", "folder of the embedded store"),
    NUMBER("store", "map_mib", store_map_mib, 16, 1 << 20, 8192, "bound of the embedded store in MiB"),
    TEXT("broker", "host", broker_host, 1, "127.0.0.1", "address of the MQTT broker, numeric"),
    NUMBER("broker", "port", broker_port, 1, 65535, 1883, "its port"),
    TEXT("broker", "client_id", broker_client_id, 1, "kassa-hub", "MQTT client id"),
    TEXT("broker", "ca_file", broker_ca_file, 0, "",
         "PEM: who may certify the broker; empty: no TLS, for a broker on this machine alone"),
    TEXT("broker", "certificate_file", broker_certificate_file, 0, "", "PEM: the hub's certificate"),
    TEXT("broker", "key_file", broker_key_file, 0, "", "PEM: its private key, readable by the hub alone"),
    NUMBER("broker", "keepalive_s", broker_keepalive_s, 5, 3600, 30, "seconds between signs of life"),
    NUMBER("broker", "backoff_ms", broker_backoff_ms, 0, 600000, 2000,
           "before each new attempt to connect the hub waits between 0 and this"),
    TEXT("authority", "certificate_file", authority_certificate_file, 0, "",
         "PEM: the chain's authority, which renews certificates of tills; empty: they are not renewed here"),
    TEXT("authority", "key_file", authority_key_file, 0, "",
         "PEM: its private key, readable by the hub alone"),
    NUMBER("authority", "days", authority_days, 1, 9131, 90, "how long a renewed certificate lasts"),
    TEXT("enrol", "host", enrol_host, 0, "",
         "address of the broker for enrolment, numeric; empty: that of the broker"),
    NUMBER("enrol", "port", enrol_port, 0, 65535, 0,
           "its port for the hub (8885); tills with an invitation are certified there; 0: no till is"),
    TEXT("trust", "timestamp_key_file", timestamp_key_file, 0, "",
         "the private key of the root's timestamp role, readable by the hub alone; needed once kassa key "
         "publish gave it a root"),
    NUMBER(
        "trust", "timestamp_hours", timestamp_hours, 1, 168, 72,
        "how long tills go by a timestamp when they hear of no newer one; it is renewed after half of that"),
    NUMBER("rollout", "halt_percent", halt_percent, 0, 100, 5,
           "of the tills that a rollout is for: so many that refuse the book or have faults under it (one at "
           "least) halt it; 0: never"),
    NUMBER("intake", "burst_ms", burst_ms, 0, 1000, 5, "a burst of messages is committed after this time"),
    NUMBER("intake", "burst_messages", burst_messages, 1, 512, 512, "and after this many"),
    NUMBER("intake", "credit", credit, 1, 8, 1, "batches that a till may have in flight"),
    NUMBER("intake", "drain_tills", drain_tills, 1, 100000, 64,
           "tills with a long backlog that may send it at once; the others wait their turn"),
    NUMBER("intake", "tills", tills, 1, 1000000, 100000, "tills that the hub can speak with"),
    NUMBER("push", "poll_ms", poll_ms, 10, 60000, 100, "how often the store is asked what others changed"),
    NUMBER("push", "push_ms", push_ms, 10, 60000, 200, "shortest time between two member updates of a till"),
    NUMBER("fraud", "together", fraud_together, 0, CRM_SIGHTINGS_MAX, 10,
           "purchases in a week with one card at one operator that are a signal; 0: never (so below)"),
    NUMBER("fraud", "velocity_hour", fraud_velocity_hour, 0, CRM_SIGHTINGS_MAX, 5,
           "purchases in an hour with one card"),
    NUMBER("fraud", "velocity_day", fraud_velocity_day, 0, CRM_SIGHTINGS_MAX, 10,
           "purchases in a day with one card"),
    NUMBER("fraud", "late_credit", fraud_late_credit, 0, CRM_SIGHTINGS_MAX, 1,
           "receipts in a week of one till that gave points too late, or were entered again"),
    NUMBER("fraud", "late_s", fraud_late_s, 1, 86400, 60, "seconds after a receipt's end that are too late"),
    NUMBER("fraud", "replayed", fraud_replayed, 0, CRM_SIGHTINGS_MAX, 1,
           "receipts with a number that the till has used that day"),
    NUMBER("fraud", "guessed", fraud_guessed, 0, CRM_SIGHTINGS_MAX, 20,
           "cards, coupons and gift cards in an hour at one till that nobody knows"),
    NUMBER("fraud", "tap_replayed", fraud_tap_replayed, 0, CRM_SIGHTINGS_MAX, 3,
           "taps and codes in a day that one till refused, because they had been shown to it before"),
    NUMBER("fraud", "tap_copied", fraud_tap_copied, 0, CRM_SIGHTINGS_MAX, 2,
           "tills in a week that took one and the same tap or code"),
};

const struct settings_table hub_settings_table = {rows, COUNT_OF(rows)};
