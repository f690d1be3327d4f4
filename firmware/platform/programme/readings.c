/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/programme/readings.h"

#include <stdio.h>

#include "base/hex.h"
#include "base/utf8.h"

bool programme_take_entry(struct span *rest, struct span *out)
{
    size_t at = 0;
    while (at < rest->size && (rest->bytes[at] == ' ' || rest->bytes[at] == ','))
        at++;
    size_t start = at;
    while (at < rest->size && rest->bytes[at] != ' ' && rest->bytes[at] != ',')
        at++;
    *out = span_of(rest->bytes + start, at - start);
    *rest = span_of(rest->bytes + at, rest->size - at);
    return out->size > 0;
}

/* ---- bytes in hexadecimal digits */

static bool parts_digits(uint8_t c)
{
    return c == ':' || c == '-' || c == ' ';
}

struct digits {
    size_t size;
    uint8_t bytes[SETTINGS_TEXT_MAX];
};

static void wipe_digits(struct digits *digits)
{
    vault_wipe(digits, sizeof *digits);
}

/* Other programs print keys as 0x... or with colons, dashes or blanks between the bytes. */
static void take_digits(struct span text, struct digits *out)
{
    bool is_marked = text.size > 2 && text.bytes[0] == '0' && (text.bytes[1] | 0x20) == 'x';
    out->size = 0;
    for (size_t i = is_marked ? 2 : 0; i < text.size && out->size < sizeof out->bytes; i++)
        if (!parts_digits(text.bytes[i]))
            out->bytes[out->size++] = text.bytes[i];
}

size_t programme_hex_size(struct span text)
{
    struct digits digits CLEANUP(wipe_digits);
    take_digits(text, &digits);
    return (digits.size + 1) / 2;
}

enum err programme_read_hex(struct span text, uint8_t *out, size_t size)
{
    struct digits digits CLEANUP(wipe_digits);
    take_digits(text, &digits);
    return hex_read(span_of(digits.bytes, digits.size), out, size);
}

/* ---- the programme itself */

static enum err read_name(struct span text, struct card_programme *out)
{
    if (text.size >= sizeof out->name || !utf8_is_printable(text))
        return ERR_SYNTAX;
    memcpy(out->name, text.bytes, text.size);
    out->name[text.size] = '\0';
    return ERR_OK;
}

static enum err read_order(struct span text, struct card_programme *out)
{
    struct span entry;
    out->order_count = 0;
    while (programme_take_entry(&text, &entry)) {
        enum reader_technology technology = READER_UID;
        if (card_technology_find(entry, &technology) != ERR_OK || card_technology_is_scanned(technology) ||
            card_programme_takes(out, technology) || out->order_count == COUNT_OF(out->order))
            return ERR_SYNTAX;
        out->order[out->order_count++] = (uint8_t)technology;
    }
    return out->order_count > 0 ? ERR_OK : ERR_SYNTAX;
}

static enum err read_redeem_from(struct span text, struct card_programme *out)
{
    enum card_trust trust = CARD_TRUST_NONE;
    TRY(card_trust_find(text, &trust));
    out->redeem_from = (uint8_t)trust;
    return ERR_OK;
}

static enum err read_heads(struct span text, struct card_links *out)
{
    struct span entry;
    while (programme_take_entry(&text, &entry))
        TRY(card_links_add(out, entry));
    return ERR_OK;
}

static enum err read_links(struct span text, struct card_programme *out)
{
    return read_heads(text, &out->links);
}

/* ---- what scanners read */

static enum err read_codes_take(struct span text, struct card_programme *out)
{
    struct span entry;
    while (programme_take_entry(&text, &entry)) {
        enum reader_technology technology = READER_UID;
        if (card_technology_find(entry, &technology) != ERR_OK || !card_technology_is_scanned(technology))
            return ERR_SYNTAX;
        out->codes.taken |= 1U << technology;
    }
    return ERR_OK;
}

static enum err read_codes_separator(struct span text, struct card_programme *out)
{
    if (text.size == 0)
        return ERR_OK;
    TRY(programme_read_hex(text, &out->codes.separator, 1));
    return card_code_separator_is_valid(out->codes.separator) ? ERR_OK : ERR_SYNTAX;
}

static enum err read_codes_key(struct span text, struct card_programme *out)
{
    out->codes.dynamic.has_key = text.size > 0;
    return text.size == 0 ? ERR_OK
                          : programme_read_hex(text, out->codes.dynamic.key, sizeof out->codes.dynamic.key);
}

/* ---- Type 2 tags */

static enum err read_type2_password(struct span text, struct card_programme *out)
{
    out->type2.has_password = text.size > 0;
    return text.size == 0 ? ERR_OK
                          : programme_read_hex(text, out->type2.password, sizeof out->type2.password);
}

static enum err read_type2_pack(struct span text, struct card_programme *out)
{
    out->type2.has_pack = text.size > 0;
    return text.size == 0 ? ERR_OK : programme_read_hex(text, out->type2.pack, sizeof out->type2.pack);
}

/* ---- tags whose maker signed their UID */

static enum err read_originality_identity(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_ORIGINALITY_BY_COUNT] = {"uid", "number"};
    return programme_read_word(text, words, COUNT_OF(words), &out->originality.identity);
}

/* ---- NTAG 424 */

enum err programme_read_aes_key(struct span text, uint8_t out[VAULT_AES_SIZE])
{
    return text.size == 0 ? ERR_OK : programme_read_hex(text, out, VAULT_AES_SIZE);
}

static enum err read_sun_links(struct span text, struct card_programme *out)
{
    return read_heads(text, &out->sun.links);
}

static enum err read_sun_mode(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_SUN_MODE_COUNT] = {"aes", "lrp"};
    return programme_read_word(text, words, COUNT_OF(words), &out->sun.mode);
}

static enum err read_sun_meta_key(struct span text, struct card_programme *out)
{
    out->sun.has_meta_key = text.size > 0;
    return programme_read_aes_key(text, out->sun.meta_key);
}

static enum err read_sun_file_key(struct span text, struct card_programme *out)
{
    return programme_read_aes_key(text, out->sun.file_key.bytes);
}

enum err programme_read_word(struct span text, const char *const words[], size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (span_is_equal(text, span_of_text(words[i]))) {
            *out = (uint8_t)i;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

enum err programme_read_diversify(struct span text, struct card_key *out)
{
    static const char *const words[CARD_DIVERSIFY_COUNT] = {"none", "an10922", "cmac"};
    return programme_read_word(text, words, COUNT_OF(words), &out->diversify);
}

enum err programme_read_diversify_input(struct span text, struct card_key *out)
{
    size_t size = programme_hex_size(text);
    if (size > sizeof out->input)
        return ERR_SYNTAX;
    out->input_size = (uint8_t)size;
    return programme_read_hex(text, out->input, out->input_size);
}

enum err programme_read_form(struct span text, struct card_place *out)
{
    static const char *const words[CARD_PLACE_FORM_COUNT] = {
        [CARD_PLACE_TEXT] = "text", [CARD_PLACE_BCD] = "bcd", [CARD_PLACE_HEX] = "hex"};
    return programme_read_word(text, words, COUNT_OF(words), &out->form);
}

static enum err read_sun_diversify(struct span text, struct card_programme *out)
{
    return programme_read_diversify(text, &out->sun.file_key);
}

static enum err read_sun_diversify_input(struct span text, struct card_programme *out)
{
    return programme_read_diversify_input(text, &out->sun.file_key);
}

static enum err read_sun_identity(struct span text, struct card_programme *out)
{
    static const char *const words[CARD_SUN_BY_COUNT] = {"uid", "file", "link"};
    return programme_read_word(text, words, COUNT_OF(words), &out->sun.identity);
}

static bool is_name_of_parameter(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr("&=?# ", text.bytes[i]) != NULL)
            return false;
    return text.size <= CARD_SUN_NAME_MAX;
}

static enum err put_name(struct span text, bool may_be_empty, char out[CARD_SUN_NAME_MAX + 1])
{
    if (!is_name_of_parameter(text) || (text.size == 0 && !may_be_empty))
        return ERR_SYNTAX;
    memcpy(out, text.bytes, text.size);
    out[text.size] = '\0';
    return ERR_OK;
}

static enum err read_sun_picc_name(struct span text, struct card_programme *out)
{
    return put_name(text, false, out->sun.picc_name);
}

static enum err read_sun_uid_name(struct span text, struct card_programme *out)
{
    return put_name(text, false, out->sun.uid_name);
}

static enum err read_sun_counter_name(struct span text, struct card_programme *out)
{
    return put_name(text, false, out->sun.counter_name);
}

static enum err read_sun_enc_name(struct span text, struct card_programme *out)
{
    return put_name(text, false, out->sun.enc_name);
}

static enum err read_sun_mac_name(struct span text, struct card_programme *out)
{
    return put_name(text, false, out->sun.mac_name);
}

static enum err read_sun_mac_from(struct span text, struct card_programme *out)
{
    return put_name(text, true, out->sun.mac_from);
}

/* ---- Apple Wallet */

static enum err read_vas_mode(struct span text, struct card_programme *out)
{
    static const char *const modes[CARD_VAS_MODE_COUNT] = {
        [CARD_VAS_OR_PAY] = "or_pay",
        [CARD_VAS_AND_PAY] = "and_pay",
        [CARD_VAS_ONLY] = "only",
        [CARD_VAS_PAY_ONLY] = NULL, /* for tills that want no pass */
    };
    for (int mode = 0; mode < CARD_VAS_MODE_COUNT; mode++)
        if (modes[mode] != NULL && span_is_equal(text, span_of_text(modes[mode]))) {
            out->vas.mode = (enum card_vas_mode)mode;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

static enum err read_keys(struct span text, struct card_vas_want *out)
{
    struct span entry;
    while (programme_take_entry(&text, &entry)) {
        uint8_t key[VAULT_PRIVATE_SIZE];
        if (out->key_count == CARD_VAS_KEYS_MAX || programme_read_hex(entry, key, sizeof key) != ERR_OK)
            return ERR_SYNTAX;
        enum err error = card_vas_key_make(key, &out->keys[out->key_count]);
        vault_wipe(key, sizeof key);
        TRY(error);
        out->key_count++;
    }
    return ERR_OK;
}

static enum err copy_text(const char *text, char *out, size_t capacity)
{
    if (strlen(text) >= capacity)
        return ERR_SYNTAX;
    memcpy(out, text, strlen(text) + 1);
    return ERR_OK;
}

static bool is_secure_link(const char *url)
{
    return strncmp(url, "https://", 8) == 0 && url[8] != '\0';
}

static bool pass_is_left_out(const struct programme_pass_words *words)
{
    return words->type[0] == '\0' && words->keys[0] == '\0' && words->url[0] == '\0' && !words->is_url_only;
}

static enum err read_pass_type(const struct programme_pass_words *words, struct card_vas_want *out)
{
    if (words->type[0] == '\0' && !words->is_url_only)
        return ERR_SYNTAX;
    return copy_text(words->type, out->pass_type_id, sizeof out->pass_type_id);
}

static enum err read_pass_keys(const struct programme_pass_words *words, struct card_vas_want *out)
{
    return read_keys(span_of_text(words->keys), out);
}

static enum err read_pass_url(const struct programme_pass_words *words, struct card_vas_want *out)
{
    out->is_url_only = words->is_url_only;
    if (words->url[0] != '\0' ? !is_secure_link(words->url) : words->is_url_only)
        return ERR_SYNTAX;
    return copy_text(words->url, out->url, sizeof out->url);
}

/* ---- Google Wallet */

static enum err read_smart_tap_key(struct span text, struct card_programme *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    if (text.size == 0)
        return ERR_OK;
    TRY(programme_read_hex(text, out->smart_tap.private_key, VAULT_PRIVATE_SIZE));
    return vault_public_key_of(out->smart_tap.private_key, public_key);
}

static enum err find_type(struct span name, uint8_t *out)
{
    static const struct {
        const char *name;
        uint8_t type;
    } types[] = {
        {"all", CARD_SMART_TAP_ALL},
        {"loyalty", CARD_SMART_TAP_LOYALTY},
        {"offer", CARD_SMART_TAP_OFFER},
        {"gift_card", CARD_SMART_TAP_GIFT_CARD},
        {"private_label", CARD_SMART_TAP_PRIVATE_LABEL},
        {"event", CARD_SMART_TAP_EVENT},
        {"flight", CARD_SMART_TAP_FLIGHT},
        {"transit", CARD_SMART_TAP_TRANSIT},
        {"generic", CARD_SMART_TAP_GENERIC},
        {"customer", CARD_SMART_TAP_CUSTOMER},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (span_is_equal(name, span_of_text(types[i].name))) {
            *out = types[i].type;
            return ERR_OK;
        }
    return ERR_SYNTAX;
}

static enum err read_smart_tap_types(struct span text, struct card_programme *out)
{
    struct span entry;
    while (programme_take_entry(&text, &entry)) {
        if (out->smart_tap.type_count == CARD_SMART_TAP_TYPES_MAX)
            return ERR_SYNTAX;
        TRY(find_type(entry, &out->smart_tap.types[out->smart_tap.type_count]));
        out->smart_tap.type_count++;
    }
    return ERR_OK;
}

/* ---- all of them */

static const struct programme_reading READINGS[] = {
    {"programme.name", offsetof(struct programme_words, name), read_name, "a text of at most 63 bytes"},
    {"programme.order", offsetof(struct programme_words, order), read_order,
     "technologies of a reader, each once: uid, ndef, classic, type4, originality, mad, sun, desfire, vas, "
     "smart_tap"},
    {"programme.redeem_from", offsetof(struct programme_words, redeem_from), read_redeem_from,
     "none, identify, static, genuine or proven"},
    {"programme.links", offsetof(struct programme_words, links), read_links,
     "at most 8 heads of links without scheme, such as loyalty.example/c/"},
    {"codes.take", offsetof(struct programme_words, codes_take), read_codes_take,
     "kinds of codes: barcode, gs1, link, dynamic"},
    {"codes.separator", offsetof(struct programme_words, codes_separator), read_codes_separator,
     "2 hexadecimal digits of a byte that no code holds (no letter, digit, blank, hyphen or line's end), or "
     "nothing"},
    {"codes.key", offsetof(struct programme_words, codes_key), read_codes_key,
     "64 hexadecimal digits, or nothing"},
    {"type2.password", offsetof(struct programme_words, type2_password), read_type2_password,
     "8 hexadecimal digits, or nothing"},
    {"type2.pack", offsetof(struct programme_words, type2_pack), read_type2_pack,
     "4 hexadecimal digits, or nothing"},
    {"originality.identity", offsetof(struct programme_words, originality_identity),
     read_originality_identity, "uid or number"},
    {"sun.links", offsetof(struct programme_words, sun_links), read_sun_links,
     "at most 8 heads of links without scheme, such as tap.example/s"},
    {"sun.mode", offsetof(struct programme_words, sun_mode), read_sun_mode, "aes or lrp"},
    {"sun.meta_key", offsetof(struct programme_words, sun_meta_key), read_sun_meta_key,
     "32 hexadecimal digits, or nothing"},
    {"sun.file_key", offsetof(struct programme_words, sun_file_key), read_sun_file_key,
     "32 hexadecimal digits, or nothing"},
    {"sun.diversify", offsetof(struct programme_words, sun_diversify), read_sun_diversify,
     "none, an10922 or cmac"},
    {"sun.diversify_input", offsetof(struct programme_words, sun_diversify_input), read_sun_diversify_input,
     "at most 16 bytes in hexadecimal digits"},
    {"sun.identity", offsetof(struct programme_words, sun_identity), read_sun_identity, "uid, file or link"},
    {"sun.picc_name", offsetof(struct programme_words, sun_picc_name), read_sun_picc_name,
     "a parameter of a link, at most 15 bytes"},
    {"sun.uid_name", offsetof(struct programme_words, sun_uid_name), read_sun_uid_name,
     "a parameter of a link, at most 15 bytes"},
    {"sun.counter_name", offsetof(struct programme_words, sun_counter_name), read_sun_counter_name,
     "a parameter of a link, at most 15 bytes"},
    {"sun.enc_name", offsetof(struct programme_words, sun_enc_name), read_sun_enc_name,
     "a parameter of a link, at most 15 bytes"},
    {"sun.mac_name", offsetof(struct programme_words, sun_mac_name), read_sun_mac_name,
     "a parameter of a link, at most 15 bytes"},
    {"sun.mac_from", offsetof(struct programme_words, sun_mac_from), read_sun_mac_from,
     "a parameter of a link, at most 15 bytes, or nothing, or *"},
    {"vas.mode", offsetof(struct programme_words, vas_mode), read_vas_mode, "only, or_pay or and_pay"},
    {"smart_tap.key", offsetof(struct programme_words, smart_tap_key), read_smart_tap_key,
     "a private key of P-256 as 64 hexadecimal digits"},
    {"smart_tap.types", offsetof(struct programme_words, smart_tap_types), read_smart_tap_types,
     "at most 8 of all, loyalty, offer, gift_card, private_label, event, flight, transit, generic, customer"},
};

/* The setting's name comes first: its line is found by that. */
static void complain(struct settings_faults *faults, const char *setting, const char *what)
{
    struct settings_fault fault = {.line = 0};
    (void)snprintf(fault.text, sizeof fault.text, "%s must be %s", setting, what);
    settings_add_fault(faults, &fault);
}

static const struct pass_reading {
    const char *name;
    enum err (*read)(const struct programme_pass_words *words, struct card_vas_want *out);
    const char *wanted;
} PASS_READINGS[] = {
    {"pass", read_pass_type, "a pass type of at most 127 bytes, such as pass.example.club"},
    {"key", read_pass_keys, "at most two private keys of P-256, 64 hexadecimal digits each, or nothing"},
    {"url", read_pass_url,
     "a link of at most 160 bytes that begins with https://, or nothing where a pass is asked for"},
};

static void read_passes(const struct programme_words *words, struct card_vas_settings *out,
                        struct settings_faults *faults)
{
    for (size_t i = 0; i < COUNT_OF(words->passes); i++) {
        char setting[16];
        if (pass_is_left_out(&words->passes[i]))
            continue;
        struct card_vas_want *want = &out->wants[out->want_count++];
        for (size_t j = 0; j < COUNT_OF(PASS_READINGS); j++) {
            (void)snprintf(setting, sizeof setting, "vas.%s%zu", PASS_READINGS[j].name, i + 1);
            if (PASS_READINGS[j].read(&words->passes[i], want) != ERR_OK)
                complain(faults, setting, PASS_READINGS[j].wanted);
        }
    }
}

static void check_mad(const struct programme_words *words, struct settings_faults *faults)
{
    const char *setting = NULL;
    const char *wanted = programme_find_mad_fault(words, &setting);
    if (wanted != NULL)
        complain(faults, setting, wanted);
}

static void check_desfire(const struct card_desfire_settings *settings, struct settings_faults *faults)
{
    const char *setting = NULL;
    const char *wanted = programme_find_desfire_fault(settings, &setting);
    if (wanted != NULL)
        complain(faults, setting, wanted);
}

/* What the order takes must be there, and what needs a permission must have it. */
static void check_order(const struct programme_words *words, const struct card_programme *programme,
                        struct settings_faults *faults)
{
    static const uint8_t none[VAULT_PRIVATE_SIZE];
    bool has_vas = card_programme_takes(programme, READER_VAS);
    bool has_smart_tap = card_programme_takes(programme, READER_SMART_TAP);
    bool has_sun = card_programme_takes(programme, READER_SUN);
    if ((programme->codes.taken & 1U << READER_DYNAMIC) != 0 && !programme->codes.dynamic.has_key)
        complain(faults, "codes.key", "a key: dynamic is among the codes");
    if (has_sun && programme->sun.links.count == 0)
        complain(faults, "sun.links", "the head of a link: sun is in the order");
    if (has_sun && words->sun_file_key[0] == '\0')
        complain(faults, "sun.file_key", "a key: sun is in the order");
    if (has_sun && programme->sun.identity == CARD_SUN_BY_LINK && strcmp(words->sun_mac_from, "*") != 0)
        complain(faults, "sun.mac_from", "* where identity is link: a number that is not signed is nobody's");
    if (card_programme_takes(programme, READER_DESFIRE))
        check_desfire(&programme->desfire, faults);
    if (card_programme_takes(programme, READER_MAD))
        check_mad(words, faults);
    if (has_vas && !programme->vas.is_on)
        complain(faults, "vas.approved",
                 "yes before vas is in the order: for programmes that Apple has approved");
    if (has_vas && programme->vas.want_count == 0)
        complain(faults, "vas.pass1", "a pass type: vas is in the order");
    if (has_smart_tap && !programme->smart_tap.is_on)
        complain(faults, "smart_tap.approved",
                 "yes before smart_tap is in the order: for collectors whose terminals Google has certified");
    if (has_smart_tap && memcmp(programme->smart_tap.private_key, none, sizeof none) == 0)
        complain(faults, "smart_tap.key", "the collector's key: smart_tap is in the order");
    if (has_smart_tap && programme->smart_tap.collector_id == 0)
        complain(faults, "smart_tap.collector", "the id that Google gave: smart_tap is in the order");
}

static void read_rows(const struct programme_reading *rows, size_t count, const struct programme_words *words,
                      struct card_programme *out, struct settings_faults *faults)
{
    for (size_t i = 0; i < count; i++) {
        const char *word = (const char *)words + rows[i].offset;
        if (rows[i].read(span_of_text(word), out) != ERR_OK)
            complain(faults, rows[i].setting, rows[i].wanted);
    }
}

static void copy_numbers(const struct programme_words *words, struct card_programme *out)
{
    out->codes.dynamic.window_steps = (uint8_t)words->codes_window_steps;
    out->vas.is_on = words->vas_is_approved;
    out->vas.window_s = (uint32_t)words->vas_window_s;
    out->smart_tap.is_on = words->smart_tap_is_approved;
    out->smart_tap.is_presigned = words->smart_tap_is_presigned;
    out->smart_tap.collector_id = (uint64_t)words->smart_tap_collector;
    out->smart_tap.key_version = (uint32_t)words->smart_tap_key_version;
}

enum err programme_words_read(const struct programme_words *words, struct card_programme *out,
                              struct settings_faults *faults)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    read_rows(READINGS, COUNT_OF(READINGS), words, &programme, faults);
    read_rows(programme_desfire_readings, programme_desfire_reading_count, words, &programme, faults);
    read_rows(programme_mad_readings, programme_mad_reading_count, words, &programme, faults);
    copy_numbers(words, &programme);
    programme_copy_mad_numbers(words, &programme.mad);
    programme_copy_desfire_numbers(words, &programme.desfire);
    read_passes(words, &programme.vas, faults);
    check_order(words, &programme, faults);
    if (faults->count > 0)
        return ERR_SYNTAX;
    TRY(card_programme_check(&programme));
    *out = programme;
    return ERR_OK;
}
