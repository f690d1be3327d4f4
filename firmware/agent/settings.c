/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/settings.h"

#include <stdio.h>
#include <unistd.h>

#include "base/money.h"
#include "card/device_text.h"
#include "wire/topic.h"

#define TEXT(section, name, field, min, value, help)                                                         \
    SETTINGS_TEXT_ROW(section, name, offsetof(struct agent_settings, field), min, value, help)
/* One more reader: what else holds for it stands in [reader]. */
#define READER(section, index)                                                                               \
    TEXT(section, "device", reader_devices[index], 0, "",                                                    \
         "one more reader, as [reader] device; empty: none"),                                                \
        TEXT(section, "socket", reader_sockets[index], 0, "", "of it, as [reader] socket")
#define NUMBER(section, name, field, min, max, value, help)                                                  \
    SETTINGS_NUMBER_ROW(section, name, offsetof(struct agent_settings, field), min, max, value, help)
#define FLAG(section, name, field, value, help)                                                              \
    SETTINGS_FLAG_ROW(section, name, offsetof(struct agent_settings, field), value, help)

static const struct settings_row rows[] = {
    TEXT("till", "id", id, 3, "till-1", "name of this till in the chain: 3 to 32 of a-z, 0-9 and -"),
    TEXT("till", "store", store, 3, "store-1", "the store that it stands in: as id"),
    TEXT("till", "tenant", tenant, 3, "kassa", "the chain: as id"),
    TEXT("till", "drawer", drawer, 0, "", "the cash drawer, for the receipts"),
    TEXT("till", "currency", currency, 3, "EUR", "ISO 4217 letters"),
    NUMBER("till", "exponent", exponent, 0, MONEY_EXPONENT_MAX, 2, "decimals of the currency"),
    TEXT("till", "price_mode", price_mode, 3, "gross",
         "of a basket that says none: gross, the prices hold the tax, or net, it comes on top of them"),
    TEXT("till", "locale", locale, 2, "en", "language of a basket that names none"),
    TEXT("till", "time_zone", time_zone, 1, "UTC", "of the store, as tz database has it: Europe/Vilnius"),
    TEXT("till", "data_dir", data_folder, 1, "/var/lib/kassa-agent",
         "folder of journal and caches; made if it is missing"),
    NUMBER("till", "member_s", member_s, 5, 3600, 60, "seconds that a member stays without a basket"),
    NUMBER("till", "cash_rounding_minor", cash_rounding_minor, 1, 1000000, 1,
           "what is paid in cash is rounded to a multiple of it, in minor units: 5, 10, 50; 1: not rounded"),
    NUMBER("till", "store_tills", store_tills, 0, 100000, 0,
           "tills that share a limit of the store while there is no line: each gives its part; 0: none does"),
    NUMBER("till", "chain_tills", chain_tills, 0, 10000000, 0,
           "tills that share a limit of the chain while there is no line: each gives its part; 0: none does"),
    NUMBER("api", "port", api_port, 0, 65535, 8631,
           "of the local API on 127.0.0.1; 0: any free one, told in the log"),
    TEXT("api", "socket", api_socket, 0, "", "path of the API's UNIX socket; empty: none"),
    TEXT("api", "origins", api_origins, 0, "",
         "pages from elsewhere that may call: https://pos.example, comma between"),
    TEXT("api", "token_folder", api_token_folder, 0, "",
         "on 127.0.0.1 a token is needed: one each in the files pos, cashier and kiosk of this folder, made "
         "where they "
         "are missing; empty: none is, and every process of this machine may sell"),
    TEXT("broker", "host", broker_host, 2, "127.0.0.1", "address of the MQTT broker, numeric"),
    NUMBER("broker", "port", broker_port, 1, 65535, 1883, "its port"),
    TEXT("broker", "ca_file", broker_ca_file, 0, "",
         "PEM: who may certify the broker; empty: no TLS, for a broker on this machine alone"),
    TEXT("broker", "certificate_file", broker_certificate_file, 0, "", "PEM: this till's certificate"),
    TEXT("broker", "key_file", broker_key_file, 0, "", "PEM: its private key, readable by the agent alone"),
    NUMBER("broker", "keepalive_s", broker_keepalive_s, 5, 3600, 30, "seconds between signs of life"),
    NUMBER("broker", "reconnect_ms_max", broker_backoff_ms, 10, 600000, 30000,
           "before an attempt to connect the till waits between 0 and this"),
    TEXT("store_broker", "host", store_broker_host, 0, "",
         "address of the store's own broker, numeric: its tills count there what is limited; empty: none"),
    NUMBER("store_broker", "port", store_broker_port, 1, 65535, 8883,
           "its port; authority, certificate and key are those of broker"),
    FLAG("store_broker", "arbiter", is_arbiter, "no",
         "this agent judges what the store's tills claim: exactly one in a store, on the broker's machine"),
    NUMBER("hub", "ack_timeout_ms", ack_timeout_ms, 100, 600000, 5000,
           "what is not acknowledged by then is sent again"),
    NUMBER("hub", "ask_ms", ask_ms, 10, 10000, 300, "how long the hub may take to say whose card it is"),
    NUMBER("hub", "chunk_pull_ms_max", chunk_pull_ms, 0, 600000, 2000,
           "missing parts of a book are asked for within this"),
    TEXT(
        "reader", "device", reader_devices[0], 0, "",
        "libnfc connection string: pn532_uart:/dev/kassa-reader:115200; or pcsc: and how the name of a PC/SC "
        "reader begins; empty: none"),
    TEXT("reader", "program", reader_program, 0, "", "path of kassa-reader; empty: beside kassa-agent"),
    TEXT("reader", "socket", reader_sockets[0], 0, "",
         "where a service manager starts kassa-reader at each connection, whose options are its own then; "
         "empty: the "
         "agent starts it"),
    TEXT("reader", "user", reader_user, 1, "nobody", "whom kassa-reader becomes when the agent is root"),
    NUMBER("reader", "poll_ms", reader_poll_ms, 1, 200, 50,
           "from one look for a card to the next while one is expected; while none is, five times that, or "
           "two and a half times with phones' wallets in the programme"),
    NUMBER("reader", "away_ms", reader_away_ms, 0, 60000, 1000,
           "how long a card must be away to count again"),
    FLAG("reader", "refuse_uid", uid_is_refused, "no", "cards that have nothing but a UID are refused"),
    READER("reader.2", 1),
    READER("reader.3", 2),
    READER("reader.4", 3),
    TEXT("scanner", "device", scanner_device, 0, "",
         "barcode scanner: a tty (/dev/ttyUSB0); one that types (evdev:/dev/input/by-id/...-event-kbd), "
         "taken away from everybody else; one of USB's "
         "own kind (hidpos:/dev/hidraw0); empty: none"),
    NUMBER("scanner", "gap_ms", scanner_gap_ms, 0, 1000, 0,
           "silence that ends a code of a scanner that sends nothing behind it: 30 to 80; 0: Enter, Tab, CR, "
           "LF or ETX ends it"),
    TEXT("identity", "tpm", identity_tpm, 0, "",
         "TPM 2.0 that new keys of certificates are sealed to: device:/dev/tpmrm0; empty: none, keys stand "
         "open"),
    TEXT("card", "pepper_file", pepper_file, 1, "/etc/kassa/pepper",
         "file of the chain's pepper, 64 hexadecimal digits; it is kept sealed to the device in data_dir, "
         "and can then go"),
    TEXT("card", "programme_file", programme_file, 0, "",
         "file of what is taken for a card, and by which keys; it is kept sealed to the device in data_dir, "
         "and can "
         "then go; empty: tags with the links below, UIDs"),
    TEXT("card", "links", card_links, 0, "",
         "without a programme_file: heads of member links on cards: loyalty.example/c/, comma between"),
    TEXT("card", "number_prefixes", number_prefixes, 0, "29", "EAN-13 heads that are members, comma between"),
    TEXT("card", "number_check", number_check, 1, "luhn",
         "of Code 128 and typed numbers: none, luhn or mod97"),
    TEXT("book", "root_file", root_file, 0, "",
         "the chain's root of trust, as it was when the till was set up: who signs books, and what follows "
         "it"),
    NUMBER(
        "limits", "discount_bp_max", limit_discount_bp, 1, 10000, 9000,
        "what offers take off a basket at most, in 1/10000, whatever a signed book says; 10000: all of it"),
    NUMBER("limits", "discount_lines_free", limit_discount_lines, 0, 1000, 10,
           "lines of a basket that may be free altogether: that limit holds for longer ones"),
    NUMBER("limits", "points_per_unit_max", limit_points, 0, 1000000000, 1000,
           "points that a basket earns at most for each euro (or other unit) that is paid; 0: no limit"),
    NUMBER("limits", "points_free", limit_points_free, 0, 1000000000, 10000,
           "points that a basket may earn whatever is paid: that limit holds for more"),
    NUMBER(
        "limits", "unit_price_minor_min", limit_price_minor, 0, 1000000000, 0,
        "what a unit costs at least after offers, in minor units, unless it is cheaper without; 0: no limit"),
    NUMBER("journal", "map_mib", journal_mib, 1, 1024 * 1024, 256, "bound of the journal's file in MiB"),
    NUMBER("journal", "keep_days", keep_days, 7, 3650, 30,
           "records that the hub has are kept here that long"),
    TEXT(
        "journal", "on_damage", on_damage, 1, "rebuild",
        "a damaged journal is set aside and rebuilt under a new incarnation (rebuild), or the agent does not "
        "start (refuse)"),
    NUMBER("journal", "snapshot_h", snapshot_h, 0, 8760, 24,
           "hours between two snapshots of the journal, beside it in data_dir; 0: none"),
    NUMBER("cache", "map_mib", cache_mib, 1, 1024 * 1024, 512,
           "bound of the members' and books' file in MiB"),
};

const struct settings_table agent_settings_table = {rows, COUNT_OF(rows)};

enum err agent_list_read(const char *text, struct agent_list *out)
{
    struct agent_list list = {.count = 0};
    (void)snprintf(list.text, sizeof(list.text), "%s", text);
    *out = list;
    char *rest = NULL;
    for (char *entry = strtok_r(out->text, ", ", &rest); entry != NULL; entry = strtok_r(NULL, ", ", &rest)) {
        if (out->count == AGENT_LIST_MAX)
            return ERR_TOO_LONG;
        out->entries[out->count++] = entry;
    }
    return ERR_OK;
}

enum err agent_price_mode_read(const char *text, kassa_PriceMode *out)
{
    bool is_net = strcmp(text, "net") == 0;
    if (!is_net && strcmp(text, "gross") != 0)
        return ERR_ARGUMENT;
    *out = is_net ? kassa_PriceMode_PRICE_NET : kassa_PriceMode_PRICE_GROSS;
    return ERR_OK;
}

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* glibc takes a zone that it does not know for UTC and says nothing. */
static bool is_time_zone(const char *name)
{
    char path[SETTINGS_TEXT_MAX + 64];
    if (strcmp(name, "UTC") == 0)
        return true;
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    return name[0] != '/' && strstr(name, "..") == NULL && access(path, R_OK) == 0;
}

static bool is_id(const char *text)
{
    return topic_is_till_id(span_of_text(text));
}

static bool is_price_mode(const char *text)
{
    kassa_PriceMode mode;
    return agent_price_mode_read(text, &mode) == ERR_OK;
}

static bool is_drawer(const char *text)
{
    return strlen(text) <= TILL_ID_MAX;
}

static bool is_locale(const char *text)
{
    return strlen(text) <= LANGUAGE_MAX;
}

static bool is_check(const char *text)
{
    enum card_check check;
    return card_check_read(text, &check) == ERR_OK;
}

static bool is_damage_rule(const char *text)
{
    return strcmp(text, "rebuild") == 0 || strcmp(text, "refuse") == 0;
}

static bool is_list(const char *text)
{
    struct agent_list list;
    return agent_list_read(text, &list) == ERR_OK;
}

static bool is_device(const char *text)
{
    return text[0] == '\0' || card_device_is_text(text);
}

/* What a text must be, beyond its length. */
struct rule {
    size_t offset;
    bool (*holds)(const char *text);
    const char *sentence;
};

#define RULE(field, holds, sentence)                                                                         \
    {                                                                                                        \
        offsetof(struct agent_settings, field), holds, sentence                                              \
    }

#define DEVICE(section, index)                                                                               \
    RULE(reader_devices[index], is_device, section ".device must be as " CARD_DEVICE_EXAMPLES)

static const struct rule rules[] = {
    RULE(id, is_id, "till.id must be 3 to 32 of a-z, 0-9 and -"),
    RULE(store, is_id, "till.store must be 3 to 32 of a-z, 0-9 and -"),
    RULE(tenant, is_id, "till.tenant must be 3 to 32 of a-z, 0-9 and -"),
    RULE(currency, is_currency, "till.currency must be three capital letters (ISO 4217)"),
    RULE(price_mode, is_price_mode, "till.price_mode must be gross or net"),
    RULE(drawer, is_drawer, "till.drawer must have at most 32 bytes"),
    RULE(locale, is_locale, "till.locale must have at most 8 bytes"),
    RULE(time_zone, is_time_zone, "till.time_zone is not in /usr/share/zoneinfo"),
    RULE(number_check, is_check, "card.number_check must be none, luhn or mod97"),
    RULE(card_links, is_list, "card.links takes at most 8 entries"),
    RULE(number_prefixes, is_list, "card.number_prefixes takes at most 8 entries"),
    RULE(on_damage, is_damage_rule, "journal.on_damage must be rebuild or refuse"),
    DEVICE("reader", 0),
    DEVICE("reader.2", 1),
    DEVICE("reader.3", 2),
    DEVICE("reader.4", 3),
    RULE(api_origins, is_list, "api.origins takes at most 8 entries"),
};

enum err agent_settings_check(const struct agent_settings *settings, struct settings_faults *faults)
{
    static const struct settings_fault no_store_broker = {
        .text =
            "store_broker.arbiter = yes needs store_broker.host: there is nobody to judge for without it"};
    size_t before = faults->count;
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct settings_fault fault = {.line = 0};
        if (rules[i].holds((const char *)settings + rules[i].offset))
            continue;
        (void)snprintf(fault.text, sizeof(fault.text), "%s", rules[i].sentence);
        settings_add_fault(faults, &fault);
    }
    if (settings->is_arbiter && settings->store_broker_host[0] == '\0')
        settings_add_fault(faults, &no_store_broker);
    return faults->count == before ? ERR_OK : ERR_RANGE;
}
