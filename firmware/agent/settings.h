/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - what a till can be told: one row each in settings.c, and what the rows mean when they are put
 * together. */
#ifndef KASSA_AGENT_SETTINGS_H
#define KASSA_AGENT_SETTINGS_H

#include "card/card.h"
#include "faces/api/api.h"
#include "platform/settings/settings.h"
#include "sync/sync.h"

#define AGENT_LIST_MAX 8 /* entries of a comma-separated setting */

/* Entries of a comma-separated setting, cut in place. */
struct agent_list {
    char text[SETTINGS_TEXT_MAX + 1];
    const char *entries[AGENT_LIST_MAX];
    size_t count;
};

#define AGENT_READERS_MAX 4 /* a counter has one or two, a kiosk one more */

struct agent_settings {
    char id[SETTINGS_TEXT_MAX + 1];
    char store[SETTINGS_TEXT_MAX + 1];
    char tenant[SETTINGS_TEXT_MAX + 1];
    char drawer[SETTINGS_TEXT_MAX + 1];
    char currency[SETTINGS_TEXT_MAX + 1];
    int64_t exponent;
    char price_mode[SETTINGS_TEXT_MAX + 1];
    char locale[SETTINGS_TEXT_MAX + 1];
    char time_zone[SETTINGS_TEXT_MAX + 1];
    char data_folder[SETTINGS_TEXT_MAX + 1];
    int64_t member_s;
    int64_t cash_rounding_minor;
    int64_t store_tills;
    int64_t chain_tills;
    int64_t api_port;
    char api_socket[SETTINGS_TEXT_MAX + 1];
    char api_origins[SETTINGS_TEXT_MAX + 1];
    char api_token_folder[SETTINGS_TEXT_MAX + 1];
    char broker_host[SETTINGS_TEXT_MAX + 1];
    int64_t broker_port;
    char broker_ca_file[SETTINGS_TEXT_MAX + 1];
    char broker_certificate_file[SETTINGS_TEXT_MAX + 1];
    char broker_key_file[SETTINGS_TEXT_MAX + 1];
    char identity_tpm[SETTINGS_TEXT_MAX + 1];
    int64_t broker_keepalive_s;
    char store_broker_host[SETTINGS_TEXT_MAX + 1];
    int64_t store_broker_port;
    bool is_arbiter;
    int64_t broker_backoff_ms;
    int64_t ack_timeout_ms;
    int64_t ask_ms;
    int64_t chunk_pull_ms;
    char reader_devices[AGENT_READERS_MAX][SETTINGS_TEXT_MAX + 1];
    char reader_program[SETTINGS_TEXT_MAX + 1];
    char reader_sockets[AGENT_READERS_MAX][SETTINGS_TEXT_MAX + 1];
    char reader_user[SETTINGS_TEXT_MAX + 1];
    int64_t reader_poll_ms;
    int64_t reader_away_ms;
    bool uid_is_refused;
    char scanner_device[SETTINGS_TEXT_MAX + 1];
    int64_t scanner_gap_ms;
    char pepper_file[SETTINGS_TEXT_MAX + 1];
    char programme_file[SETTINGS_TEXT_MAX + 1];
    char card_links[SETTINGS_TEXT_MAX + 1];
    char number_prefixes[SETTINGS_TEXT_MAX + 1];
    char number_check[SETTINGS_TEXT_MAX + 1];
    char root_file[SETTINGS_TEXT_MAX + 1];
    int64_t limit_discount_bp;
    int64_t limit_points;
    int64_t limit_points_free;
    int64_t limit_discount_lines;
    int64_t limit_price_minor;
    int64_t journal_mib;
    int64_t keep_days;
    char on_damage[SETTINGS_TEXT_MAX + 1];
    int64_t snapshot_h;
    int64_t cache_mib;
};

extern const struct settings_table agent_settings_table;

/* What no row can say: ids, currency, time zone, lists. ERR_RANGE: *faults got a row for each that is wrong. */
NODISCARD
enum err agent_settings_check(const struct agent_settings *settings, struct settings_faults *faults);

/* "gross" or "net". ERR_ARGUMENT. */
NODISCARD
enum err agent_price_mode_read(const char *text, kassa_PriceMode *out);

/* Cuts a comma-separated setting; blanks around entries go. ERR_TOO_LONG: more than
 * AGENT_LIST_MAX entries. */
NODISCARD
enum err agent_list_read(const char *text, struct agent_list *out);

#endif
