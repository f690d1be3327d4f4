/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/sun.h"

#include "base/hex.h"
#include "card/text.h"
#include "vault/lrp.h"
#include "vault/vault.h"

/* NXP AN12196 rev. 2.0, 3.3 and 3.4; LRP: data sheet NT4H2421Gx. */
enum { PICC_HAS_UID = 0x80, PICC_HAS_COUNTER = 0x40, PICC_UID_SIZE = 0x0F, COUNTER_SIZE = 3, MAC_SIZE = 8 };

#define PICC_RANDOM_SIZE 8 /* LRP: in front of the encrypted block */
#define PICC_SIZE_MAX    (PICC_RANDOM_SIZE + VAULT_AES_SIZE)

struct card_sun_settings card_sun_settings_default(void)
{
    return (struct card_sun_settings){.picc_name = "picc_data",
                                      .uid_name = "uid",
                                      .counter_name = "ctr",
                                      .enc_name = "enc",
                                      .mac_name = "cmac"};
}

static enum err plain_cmac_key(const struct card_key *key, const uint8_t *input, size_t size,
                               uint8_t out[VAULT_AES_SIZE])
{
    uint8_t bytes[1 + VAULT_AN10922_INPUT_MAX] = {0x01};
    memcpy(bytes + 1, input, size);
    return vault_cmac(key->bytes, span_of(bytes, 1 + size), out);
}

enum err card_key_of(const struct card_key *key, struct span uid, uint8_t out[VAULT_AES_SIZE])
{
    uint8_t input[VAULT_AN10922_INPUT_MAX];
    size_t size = uid.size + key->input_size;
    if (size > sizeof input || key->input_size > sizeof key->input)
        return ERR_ARGUMENT;
    memcpy(input, uid.bytes, uid.size);
    memcpy(input + uid.size, key->input, key->input_size);
    switch ((enum card_diversify)key->diversify) {
    case CARD_DIVERSIFY_NONE:
        memcpy(out, key->bytes, VAULT_AES_SIZE);
        return ERR_OK;
    case CARD_DIVERSIFY_AN10922:
        return vault_an10922(key->bytes, span_of(input, size), out);
    case CARD_DIVERSIFY_CMAC:
        return plain_cmac_key(key, input, size, out);
    case CARD_DIVERSIFY_COUNT:
        break;
    }
    return ERR_ARGUMENT;
}

/* As the counter goes into the key derivations: low byte first. */
static void put_counter(uint32_t counter, uint8_t out[COUNTER_SIZE])
{
    for (size_t i = 0; i < COUNTER_SIZE; i++)
        out[i] = (uint8_t)(counter >> 8 * i);
}

static enum err read_hex_value(struct span value, uint8_t *out, size_t size)
{
    return value.size == 2 * size && hex_read(value, out, size) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

/* ---- AES and LRP: what differs between them. */

static enum err open_picc_aes(const uint8_t key[VAULT_AES_SIZE], const uint8_t *data,
                              uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    return vault_aes_cbc_decrypt(key, zeros, span_of(data, VAULT_AES_SIZE), out);
}

/* NT4H2421Gx 9.3.4.2: what the tag drew is the counter. */
static enum err open_picc_lrp(const uint8_t key[VAULT_AES_SIZE], const uint8_t *data,
                              uint8_t out[VAULT_AES_SIZE])
{
    struct vault_lrp lrp CLEANUP(vault_lrp_wipe);
    TRY(vault_lrp_make(key, 0, &lrp));
    return vault_lrp_decrypt(&lrp, span_of(data, PICC_RANDOM_SIZE),
                             span_of(data + PICC_RANDOM_SIZE, VAULT_AES_SIZE), out);
}

enum err card_sun_session_key(const uint8_t key[VAULT_AES_SIZE], enum card_sun_purpose purpose,
                              const struct card_sun_tap *tap, uint8_t out[VAULT_AES_SIZE])
{
    static const uint8_t heads[][6] = {[CARD_SUN_FOR_MAC] = {0x3C, 0xC3, 0x00, 0x01, 0x00, 0x80},
                                       [CARD_SUN_FOR_FILE] = {0xC3, 0x3C, 0x00, 0x01, 0x00, 0x80}};
    uint8_t vector[VAULT_AES_SIZE] = {0};
    memcpy(vector, heads[purpose], sizeof heads[purpose]);
    memcpy(vector + 6, tap->uid, CARD_SUN_UID_SIZE);
    put_counter(tap->counter, vector + 6 + CARD_SUN_UID_SIZE);
    return vault_cmac(key, span_of(vector, sizeof vector), out);
}

/* One key for both purposes, told apart by which of its updates is used (9.3.9.2). */
static enum err make_session(const uint8_t key[VAULT_AES_SIZE], enum card_sun_purpose purpose,
                             const struct card_sun_tap *tap, struct vault_lrp *out)
{
    uint8_t vector[VAULT_AES_SIZE] = {0x00, 0x01, 0x00, 0x80};
    uint8_t session[VAULT_AES_SIZE];
    struct vault_lrp lrp CLEANUP(vault_lrp_wipe);
    memcpy(vector + 4, tap->uid, CARD_SUN_UID_SIZE);
    put_counter(tap->counter, vector + 4 + CARD_SUN_UID_SIZE);
    vector[14] = 0x1E;
    vector[15] = 0xE1;
    TRY(vault_lrp_make(key, 0, &lrp));
    TRY(vault_lrp_cmac(&lrp, span_of(vector, sizeof vector), session));
    enum err error = vault_lrp_make(session, purpose == CARD_SUN_FOR_FILE ? 1 : 0, out);
    vault_wipe(session, sizeof session);
    return error;
}

static enum err mac_aes(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap, struct span input,
                        uint8_t out[VAULT_AES_SIZE])
{
    uint8_t session[VAULT_AES_SIZE];
    TRY(card_sun_session_key(key, CARD_SUN_FOR_MAC, tap, session));
    enum err error = vault_cmac(session, input, out);
    vault_wipe(session, sizeof session);
    return error;
}

static enum err mac_lrp(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap, struct span input,
                        uint8_t out[VAULT_AES_SIZE])
{
    struct vault_lrp lrp CLEANUP(vault_lrp_wipe);
    TRY(make_session(key, CARD_SUN_FOR_MAC, tap, &lrp));
    return vault_lrp_cmac(&lrp, input, out);
}

static enum err open_file_aes(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap,
                              struct span bytes, uint8_t *out)
{
    uint8_t session[VAULT_AES_SIZE];
    uint8_t iv[VAULT_AES_SIZE] = {0};
    put_counter(tap->counter, iv);
    TRY(card_sun_session_key(key, CARD_SUN_FOR_FILE, tap, session));
    enum err error = vault_aes_block(session, iv, iv);
    if (error == ERR_OK)
        error = vault_aes_cbc_decrypt(session, iv, bytes, out);
    vault_wipe(session, sizeof session);
    return error;
}

static enum err open_file_lrp(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap,
                              struct span bytes, uint8_t *out)
{
    uint8_t counter[2 * COUNTER_SIZE] = {0};
    struct vault_lrp lrp CLEANUP(vault_lrp_wipe);
    put_counter(tap->counter, counter);
    TRY(make_session(key, CARD_SUN_FOR_FILE, tap, &lrp));
    return vault_lrp_decrypt(&lrp, span_of(counter, sizeof counter), bytes, out);
}

static const struct suite {
    size_t picc_size;
    enum err (*open_picc)(const uint8_t key[VAULT_AES_SIZE], const uint8_t *data,
                          uint8_t out[VAULT_AES_SIZE]);
    enum err (*mac)(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap, struct span input,
                    uint8_t out[VAULT_AES_SIZE]);
    enum err (*open_file)(const uint8_t key[VAULT_AES_SIZE], const struct card_sun_tap *tap,
                          struct span bytes, uint8_t *out);
} SUITES[CARD_SUN_MODE_COUNT] = {
    [CARD_SUN_AES] = {VAULT_AES_SIZE, open_picc_aes, mac_aes, open_file_aes},
    [CARD_SUN_LRP] = {PICC_SIZE_MAX, open_picc_lrp, mac_lrp, open_file_lrp},
};

size_t card_sun_picc_size(enum card_sun_mode mode)
{
    return SUITES[mode].picc_size;
}

/* ---- the link */

static enum err read_encrypted(const struct card_sun_settings *settings, struct span value,
                               struct card_sun_tap *out)
{
    const struct suite *suite = &SUITES[settings->mode];
    uint8_t sealed[PICC_SIZE_MAX];
    uint8_t data[VAULT_AES_SIZE];
    if (!settings->has_meta_key)
        return ERR_SYNTAX;
    TRY(read_hex_value(value, sealed, suite->picc_size));
    TRY(suite->open_picc(settings->meta_key, sealed, data));
    /* Another key gives noise: one that looks like this comes once in 256, and then its MAC is wrong. */
    if (data[0] != (PICC_HAS_UID | PICC_HAS_COUNTER | CARD_SUN_UID_SIZE))
        return ERR_SIGNATURE;
    memcpy(out->uid, data + 1, CARD_SUN_UID_SIZE);
    const uint8_t *counter = data + 1 + CARD_SUN_UID_SIZE;
    out->counter = (uint32_t)counter[0] | (uint32_t)counter[1] << 8 | (uint32_t)counter[2] << 16;
    return ERR_OK;
}

/* In the link the counter stands high byte first. */
static enum err read_clear(const struct card_sun_settings *settings, const struct card_link *link,
                           struct card_sun_tap *out)
{
    struct span uid;
    struct span counter;
    uint8_t bytes[COUNTER_SIZE];
    if (!card_link_find_value(link, settings->uid_name, &uid) ||
        !card_link_find_value(link, settings->counter_name, &counter))
        return ERR_SYNTAX;
    TRY(read_hex_value(uid, out->uid, sizeof out->uid));
    TRY(read_hex_value(counter, bytes, sizeof bytes));
    out->counter = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    return ERR_OK;
}

/* What the MAC covers: from SDMMACInputOffset up to its own value. */
static enum err find_mac_input(const struct card_sun_settings *settings, const struct card_link *link,
                               struct span mac, struct span *out)
{
    struct span from = mac;
    if (strcmp(settings->mac_from, "*") == 0)
        from = span_of(link->bytes, link->size);
    else if (settings->mac_from[0] != '\0' && !card_link_find_value(link, settings->mac_from, &from))
        return ERR_SYNTAX;
    else if (settings->mac_from[0] == '\0')
        (void)card_link_find_value(link, settings->enc_name, &from);
    if (from.bytes > mac.bytes)
        return ERR_SYNTAX;
    *out = span_of(from.bytes, (size_t)(mac.bytes - from.bytes));
    return ERR_OK;
}

static enum err check_mac(const struct card_sun_settings *settings, const struct card_link *link,
                          const uint8_t key[VAULT_AES_SIZE], struct card_sun_exam *exam)
{
    uint8_t full[VAULT_AES_SIZE];
    uint8_t expected[MAC_SIZE];
    uint8_t got[MAC_SIZE];
    struct span value;
    if (!card_link_find_value(link, settings->mac_name, &value))
        return ERR_SYNTAX;
    TRY(read_hex_value(value, got, sizeof got));
    TRY(find_mac_input(settings, link, value, &exam->mac_input));
    TRY(SUITES[settings->mode].mac(key, &exam->tap, exam->mac_input, full));
    for (size_t i = 0; i < MAC_SIZE; i++)
        expected[i] = full[2 * i + 1];
    return vault_is_equal(got, expected, MAC_SIZE) ? ERR_OK : ERR_SIGNATURE;
}

static enum err decrypt_file(const struct card_sun_settings *settings, const struct card_link *link,
                             const uint8_t key[VAULT_AES_SIZE], struct card_sun_tap *tap)
{
    struct span value;
    tap->file_size = 0;
    if (!card_link_find_value(link, settings->enc_name, &value))
        return ERR_OK;
    size_t size = value.size / 2;
    if (size == 0 || size % VAULT_AES_SIZE != 0 || size > sizeof tap->file)
        return ERR_SYNTAX;
    TRY(read_hex_value(value, tap->file, size));
    TRY(SUITES[settings->mode].open_file(key, tap, span_of(tap->file, size), tap->file));
    tap->file_size = size;
    return ERR_OK;
}

static enum err examine_with(const struct card_sun_settings *settings, const struct card_link *link,
                             const uint8_t key[VAULT_AES_SIZE], struct card_sun_exam *exam)
{
    exam->step = CARD_SUN_STEP_MAC;
    TRY(check_mac(settings, link, key, exam));
    exam->step = CARD_SUN_STEP_FILE;
    return decrypt_file(settings, link, key, &exam->tap);
}

static enum err examine(const struct card_sun_settings *settings, const struct card_link *link,
                        struct card_sun_exam *exam)
{
    uint8_t key[VAULT_AES_SIZE];
    struct span picc;
    exam->head = card_link_find_head(link, &settings->links);
    if (exam->head < 0)
        return ERR_NOT_FOUND;
    exam->step = CARD_SUN_STEP_TAG;
    exam->is_encrypted = card_link_find_value(link, settings->picc_name, &picc);
    TRY(exam->is_encrypted ? read_encrypted(settings, picc, &exam->tap)
                           : read_clear(settings, link, &exam->tap));
    TRY(card_key_of(&settings->file_key, span_of(exam->tap.uid, sizeof exam->tap.uid), key));
    enum err error = examine_with(settings, link, key, exam);
    vault_wipe(key, sizeof key);
    return error;
}

void card_sun_examine(const struct card_sun_settings *settings, const struct card_link *link,
                      struct card_sun_exam *out)
{
    *out = (struct card_sun_exam){.step = CARD_SUN_STEP_HEAD};
    out->error = examine(settings, link, out);
    if (out->error == ERR_OK)
        out->step = CARD_SUN_STEP_DONE;
}

enum err card_sun_verify(const struct card_sun_settings *settings, const struct card_link *link,
                         struct card_sun_tap *out)
{
    struct card_sun_exam exam;
    card_sun_examine(settings, link, &exam);
    if (exam.error == ERR_OK)
        *out = exam.tap;
    return exam.error;
}

/* File data that the MAC does not cover may be another's. */
static bool file_is_covered(const struct card_sun_settings *settings, const struct card_link *link)
{
    struct span file;
    struct span mac;
    struct span input;
    return card_link_find_value(link, settings->enc_name, &file) &&
           card_link_find_value(link, settings->mac_name, &mac) &&
           find_mac_input(settings, link, mac, &input) == ERR_OK && input.bytes <= file.bytes &&
           file.bytes + file.size <= input.bytes + input.size;
}

static enum err text_of_file(const struct card_sun_settings *settings, const struct card_link *link,
                             const struct card_sun_tap *tap, char out_text[CARD_TEXT_MAX])
{
    size_t size = tap->file_size;
    if (!file_is_covered(settings, link))
        return ERR_SYNTAX;
    while (size > 0 && (tap->file[size - 1] == '\0' || tap->file[size - 1] == ' ' ||
                        tap->file[size - 1] == 0xFF)) /* filled up */
        size--;
    return card_text_of_number_or(ERR_SYNTAX, span_of(tap->file, size), out_text);
}

/* A link says any number to whoever writes it: only what is signed from the host on is believed. */
static enum err text_of_link(const struct card_sun_settings *settings, const struct card_link *link,
                             char out_text[CARD_TEXT_MAX])
{
    struct span mac;
    struct span input;
    if (!card_link_find_value(link, settings->mac_name, &mac) ||
        find_mac_input(settings, link, mac, &input) != ERR_OK || input.bytes != link->bytes)
        return ERR_SYNTAX;
    return card_link_find_number(link, &settings->links, out_text);
}

static enum err text_of_tap(const struct card_sun_settings *settings, const struct card_link *link,
                            const struct card_sun_tap *tap, char out_text[CARD_TEXT_MAX])
{
    switch ((enum card_sun_identity)settings->identity) {
    case CARD_SUN_BY_UID:
        return card_text_of_uid(span_of(tap->uid, sizeof tap->uid), out_text);
    case CARD_SUN_BY_FILE:
        return text_of_file(settings, link, tap, out_text);
    case CARD_SUN_BY_LINK:
        return text_of_link(settings, link, out_text);
    case CARD_SUN_BY_COUNT:
        break;
    }
    return ERR_ARGUMENT;
}

enum err card_sun_identify(const struct card_sun_settings *settings, const struct card_link *link,
                           struct card_identity *out)
{
    struct card_sun_tap tap;
    uint8_t hash[HASH_SIZE];
    TRY(card_sun_verify(settings, link, &tap));
    TRY(vault_sha256(span_of(tap.uid, sizeof tap.uid), hash));
    TRY(text_of_tap(settings, link, &tap, out->text));
    out->freshness = (struct reader_freshness){.kind = READER_FRESH_COUNTER, .value = tap.counter};
    memcpy(out->freshness.about, hash, sizeof out->freshness.about);
    return ERR_OK;
}
