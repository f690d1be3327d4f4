/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/wallet.h"

#include <jansson.h>
#include <stdio.h>

#include "base/hex.h"
#include "vault/vault.h"

/* ---- reading */

static const char *const BYS[] = {[CARD_BY_NUMBER] = "number",
                                  [CARD_BY_LUHN] = "luhn",
                                  [CARD_BY_GSRN] = "gsrn",
                                  [CARD_BY_UID] = "uid",
                                  [CARD_BY_UID4] = "uid4"};
static const char *const DIVERSIFIES[] = {
    [CARD_DIVERSIFY_NONE] = "none", [CARD_DIVERSIFY_AN10922] = "an10922", [CARD_DIVERSIFY_CMAC] = "cmac"};

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Nothing there is the first of the words. */
static bool read_word(const char *text, const char *const words[], size_t count, size_t *out)
{
    for (*out = 0; text != NULL && *out < count; ++*out) {
        if (strcmp(words[*out], text) == 0)
            return true;
    }
    return text == NULL;
}

/* Nothing there leaves the bytes as they are. */
static bool read_bytes(const char *hex, size_t size, uint8_t *out)
{
    return hex == NULL || (strlen(hex) == 2 * size && hex_read(span_of_text(hex), out, size) == ERR_OK);
}

static bool read_kind(const json_t *json, struct card_kind *out)
{
    size_t by;
    json_int_t share = 1, new_percent = 0;
    const json_t *number = json_object_get(json, "share");
    if (number != NULL)
        share = json_integer_value(number);
    new_percent = json_integer_value(json_object_get(json, "new_percent"));
    *out = (struct card_kind){.technology = text_at(json, "technology"),
                              .share = (uint32_t)share,
                              .new_percent = (uint32_t)new_percent,
                              .uid = text_at(json, "uid"),
                              .present = text_at(json, "present"),
                              .scan = text_at(json, "scan")};
    bool is_word = read_word(text_at(json, "by"), BYS, COUNT_OF(BYS), &by);
    out->by = (enum card_by)by;
    return is_word && share > 0 && share <= 1000 && new_percent >= 0 && new_percent <= 100 &&
           (out->uid == NULL || strlen(out->uid) <= 14);
}

static bool read_kinds(const json_t *list, struct wallet *out)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > WALLET_KINDS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!read_kind(json_array_get(list, i), &out->rows[i]))
            return false;
    }
    out->kinds = (struct card_kinds){out->rows, count, .is_each_shown = true};
    return out->rows[0].technology != NULL && out->rows[0].uid == NULL; /* who is left over has it */
}

static bool read_key(const char *name, const json_t *json, struct wallet *out)
{
    struct wallet_key *key = &out->keys[out->key_count];
    const char *input = text_at(json, "input");
    size_t diversify, input_size = input == NULL ? 0 : strlen(input) / 2;
    if (out->key_count == WALLET_KEYS_MAX || strlen(name) >= sizeof(key->name) ||
        input_size > CARD_KEY_INPUT_MAX ||
        !read_word(text_at(json, "diversify"), DIVERSIFIES, COUNT_OF(DIVERSIFIES), &diversify))
        return false;
    (void)snprintf(key->name, sizeof(key->name), "%s", name);
    key->key.diversify = (uint8_t)diversify;
    key->key.input_size = (uint8_t)input_size;
    out->key_count++;
    return text_at(json, "master") != NULL &&
           read_bytes(text_at(json, "master"), VAULT_AES_SIZE, key->key.bytes) &&
           read_bytes(input, input_size, key->key.input);
}

static bool read_keys(json_t *keys, struct wallet *out)
{
    const char *name;
    json_t *value;
    bool is_read = true;
    json_object_foreach(keys, name, value)
    {
        if (strcmp(name, "time_code") != 0) {
            is_read = is_read && read_key(name, value, out);
            continue;
        }
        out->has_time_codes = json_is_string(value);
        is_read = is_read && out->has_time_codes &&
                  read_bytes(json_string_value(value), HASH_SIZE, out->time_code_key);
    }
    return is_read;
}

void wallet_init(struct wallet *out)
{
    *out = (struct wallet){.kinds = plan_card_kinds, .mutex = PTHREAD_MUTEX_INITIALIZER};
}

enum err wallet_read(const char *path, struct wallet *out, char out_where[64])
{
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    wallet_init(out);
    out->json = json;
    (void)snprintf(out_where, 64, "%s", "");
    if (json == NULL)
        return ERR_IO;
    const char *wrong = !read_kinds(json_object_get(json, "kinds"), out) ? "kinds"
                        : !read_keys(json_object_get(json, "keys"), out) ? "keys"
                                                                         : NULL;
    if (wrong == NULL)
        return ERR_OK;
    (void)snprintf(out_where, 64, "%s", wrong);
    wallet_done(out);
    return ERR_SYNTAX;
}

void wallet_done(struct wallet *wallet)
{
    json_decref(wallet->json);
    vault_wipe(wallet, sizeof(*wallet));
}

/* ---- filling */

#define COUNTER_BOUND 0xFFFF00 /* a tag's has three bytes, and goes on at each read */

struct filling {
    struct wallet *wallet;
    const struct shopper *shopper;
    int64_t now_unix_ms;
    struct span argument; /* what stands behind a place's name */
    char *out;
    size_t used;
};

static enum err add(struct filling *filling, struct span text)
{
    if (filling->used + text.size >= WALLET_TEXT_MAX)
        return ERR_TOO_LONG;
    memcpy(filling->out + filling->used, text.bytes, text.size);
    filling->used += text.size;
    filling->out[filling->used] = '\0';
    return ERR_OK;
}

static enum err add_uid(struct filling *filling)
{
    return add(filling, span_of_text(filling->shopper->uid));
}

static enum err add_number(struct filling *filling)
{
    return add(filling, span_of_text(filling->shopper->number));
}

static enum err add_key(struct filling *filling)
{
    const struct wallet *wallet = filling->wallet;
    uint8_t uid[TAG_UID_SIZE_MAX], key[VAULT_AES_SIZE];
    char text[2 * VAULT_AES_SIZE + 1];
    size_t size = strlen(filling->shopper->uid) / 2;
    TRY(hex_read(span_of_text(filling->shopper->uid), uid, size));
    for (size_t i = 0; i < wallet->key_count; i++) {
        if (!span_is_equal(span_of_text(wallet->keys[i].name), filling->argument))
            continue;
        TRY(card_key_of(&wallet->keys[i].key, span_of(uid, size), key));
        hex_write(span_of(key, sizeof(key)), text);
        return add(filling, span_of_text(text));
    }
    return ERR_SYNTAX;
}

static enum err add_time_code(struct filling *filling)
{
    uint8_t key[HASH_SIZE];
    struct card_dynamic_code code;
    if (!filling->wallet->has_time_codes)
        return ERR_SYNTAX;
    uint64_t step = (uint64_t)filling->now_unix_ms / 1000 / CARD_DYNAMIC_STEP_S;
    TRY(card_dynamic_key(filling->wallet->time_code_key, span_of_text(filling->shopper->number), key));
    TRY(card_dynamic_make(key, step, &code));
    return add(filling, span_of_text(code.digits));
}

/* Higher than at all calls before, those of an earlier run too: four a second are left for both. */
static enum err add_counter(struct filling *filling)
{
    char text[16];
    uint64_t counter = (uint64_t)filling->now_unix_ms / 250 + ++filling->wallet->calls;
    (void)snprintf(text, sizeof(text), "%u", (unsigned)(counter % COUNTER_BOUND));
    return add(filling, span_of_text(text));
}

static enum err add_nonce(struct filling *filling)
{
    char text[16];
    uint64_t nonce = ((uint64_t)filling->now_unix_ms << 12) + ++filling->wallet->calls;
    (void)snprintf(text, sizeof(text), "%08llx", (unsigned long long)(nonce & 0xFFFFFFFF));
    return add(filling, span_of_text(text));
}

static enum err add_gs(struct filling *filling)
{
    return add(filling, span_of_text("\x1d"));
}

static const struct {
    const char *name;
    enum err (*add)(struct filling *filling);
} PLACES[] = {
    {"uid", add_uid},         {"number", add_number}, {"key", add_key}, {"time_code", add_time_code},
    {"counter", add_counter}, {"nonce", add_nonce},   {"gs", add_gs},
};

/* What stands between the braces: a name, and perhaps a blank and an argument. */
static enum err fill_place(struct filling *filling, struct span place)
{
    const uint8_t *blank = memchr(place.bytes, ' ', place.size);
    size_t size = blank == NULL ? place.size : (size_t)(blank - place.bytes);
    filling->argument = blank == NULL ? span_of(NULL, 0) : span_of(blank + 1, place.size - size - 1);
    for (size_t i = 0; i < COUNT_OF(PLACES); i++) {
        if (span_is_equal(span_of_text(PLACES[i].name), span_of(place.bytes, size)))
            return PLACES[i].add(filling);
    }
    return ERR_SYNTAX;
}

static enum err fill(struct filling *filling, const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "{");
        TRY(add(filling, span_of((const uint8_t *)text, plain)));
        text += plain;
        if (*text == '\0')
            break;
        const char *end = strchr(text, '}');
        if (end == NULL)
            return ERR_SYNTAX;
        TRY(fill_place(filling, span_of((const uint8_t *)text + 1, (size_t)(end - text) - 1)));
        text = end + 1;
    }
    return ERR_OK;
}

enum err wallet_fill(struct wallet *wallet, const char *text, const struct shopper *shopper,
                     int64_t now_unix_ms, char out[WALLET_TEXT_MAX])
{
    struct filling filling = {.wallet = wallet, .shopper = shopper, .now_unix_ms = now_unix_ms, .out = out};
    out[0] = '\0';
    (void)pthread_mutex_lock(&wallet->mutex);
    enum err error = fill(&filling, text);
    (void)pthread_mutex_unlock(&wallet->mutex);
    return error;
}
