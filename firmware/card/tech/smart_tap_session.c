/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptography of a Smart Tap session: what the terminal signs, and the key that both sides make of it. */
#include "base/bytes.h"
#include "card/inflate.h"
#include "card/tech/smart_tap.h"

enum { FLAG_ENCRYPTED = 0x01, FLAG_PACKED = 0x02 };

#define BUNDLE_NONCE_SIZE 12
#define INFO_SIZE_MAX     (CARD_SMART_TAP_SIGNED_SIZE + VAULT_DER_SIZE_MAX)

/* Ids have eight digits, as a rule; of a longer one the last four bytes stand for it. */
static void write_collector(uint64_t collector_id, uint8_t out[CARD_SMART_TAP_COLLECTOR_SIZE])
{
    bytes_put_be32(out, (uint32_t)collector_id);
}

static void write_signed(const struct card_smart_tap_settings *settings,
                         struct card_smart_tap_session *session,
                         const uint8_t nonce[CARD_SMART_TAP_NONCE_SIZE])
{
    uint8_t *at = session->signed_text;
    memcpy(at, nonce, CARD_SMART_TAP_NONCE_SIZE);
    at += CARD_SMART_TAP_NONCE_SIZE;
    memset(at, 0, CARD_SMART_TAP_NONCE_SIZE);
    if (!settings->is_presigned)
        memcpy(at, session->phone_nonce, CARD_SMART_TAP_NONCE_SIZE);
    at += CARD_SMART_TAP_NONCE_SIZE;
    write_collector(settings->collector_id, at);
    vault_point_shorten(session->own.public_key, at + CARD_SMART_TAP_COLLECTOR_SIZE);
}

enum err card_smart_tap_begin(const struct card_smart_tap_settings *settings, struct random random,
                              struct card_smart_tap_session *session)
{
    uint8_t nonce[CARD_SMART_TAP_NONCE_SIZE];
    uint8_t signature[VAULT_SIGNATURE_SIZE];
    TRY(random.fill(random.self, nonce, sizeof nonce));
    TRY(random.fill(random.self, session->id, sizeof session->id));
    TRY(vault_draw_key_pair(random, &session->own));
    write_signed(settings, session, nonce);
    enum err error = vault_sign(settings->private_key,
                                span_of(session->signed_text, sizeof session->signed_text), signature);
    TRY(error == ERR_ARGUMENT ? ERR_STATE : error);
    return vault_signature_der(signature, session->signature, &session->signature_size);
}

/* AES-128 key, then the MAC's */
struct session_keys {
    uint8_t cipher[VAULT_CTR_KEY_SIZE];
    uint8_t mac[HASH_SIZE];
};
_Static_assert(sizeof(struct session_keys) == 48, "HKDF writes both in one go");

static void wipe_keys(struct session_keys *keys)
{
    vault_wipe(keys, sizeof(*keys));
}

static enum err derive_keys(const struct card_smart_tap_session *session, struct session_keys *out)
{
    uint8_t secret[VAULT_SECRET_SIZE];
    uint8_t info[INFO_SIZE_MAX];
    memcpy(info, session->signed_text, sizeof session->signed_text);
    memcpy(info + sizeof session->signed_text, session->signature, session->signature_size);
    TRY(vault_agree(session->own.private_key, span_of(session->peer, sizeof session->peer), secret));
    const struct vault_derivation from = {
        .salt = span_of(session->peer, sizeof session->peer),
        .secret = span_of(secret, sizeof secret),
        .info = span_of(info, sizeof session->signed_text + session->signature_size),
    };
    enum err error = vault_derive(&from, (uint8_t *)out, sizeof(*out));
    vault_wipe(secret, sizeof secret);
    return error;
}

/* The MAC is over nonce and ciphertext, and is checked before anything is made of them. */
static enum err decrypt(const struct card_smart_tap_session *session, uint8_t *bytes, size_t size,
                        struct span *out)
{
    struct session_keys keys CLEANUP(wipe_keys) = {{0}, {0}};
    uint8_t counter[VAULT_BLOCK_SIZE] = {0};
    if (size < BUNDLE_NONCE_SIZE + HASH_SIZE)
        return ERR_TRUNCATED;
    size_t covered_size = size - HASH_SIZE;
    TRY(derive_keys(session, &keys));
    TRY(vault_mac_check(span_of(keys.mac, sizeof keys.mac), span_of(bytes, covered_size),
                        bytes + covered_size));
    memcpy(counter, bytes, BUNDLE_NONCE_SIZE);
    *out = span_of(bytes + BUNDLE_NONCE_SIZE, covered_size - BUNDLE_NONCE_SIZE);
    return vault_ctr(keys.cipher, counter, *out, bytes + BUNDLE_NONCE_SIZE);
}

enum err card_smart_tap_open(const struct card_smart_tap_session *session, uint8_t *bundle,
                             size_t bundle_size, uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX],
                             struct span *out_content)
{
    struct span content;
    size_t size = 0;
    if (bundle_size < 1)
        return ERR_TRUNCATED;
    if ((bundle[0] & FLAG_ENCRYPTED) == 0)
        return ERR_SIGNATURE;
    TRY(decrypt(session, bundle + 1, bundle_size - 1, &content));
    if ((bundle[0] & FLAG_PACKED) == 0) {
        *out_content = content;
        return ERR_OK;
    }
    TRY(card_inflate(content, unpacked, CARD_SMART_TAP_CONTENT_MAX, &size));
    *out_content = span_of(unpacked, size);
    return ERR_OK;
}
