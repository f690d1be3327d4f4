/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a pass of Apple Wallet:
 *
 *   key id (4) | X of the phone's key (32) | AES-256-GCM: seconds since 2001 (4), message | tag (16)
 *
 * The phone draws a key pair for each pass that it shows, and sends the X of its public half; the Y does not matter, as
 * the agreed secret is an X. */
#include "base/bytes.h"
#include "base/utf8.h"
#include "card/tech/vas.h"
#include "vault/agree.h"

#define STAMP_SIZE      4
#define EPOCH_UNIX_S    INT64_C(978307200) /* 2001-01-01 00:00:00 UTC */
#define PLAIN_SIZE_MAX  (STAMP_SIZE + CARD_VAS_MESSAGE_MAX)
#define SEALED_SIZE_MIN (STAMP_SIZE + 1 + VAULT_GCM_TAG_SIZE)

static const char LABEL[] = "ApplePay encrypted VAS data";
static const char CIPHER[] = "\x0Did-aes256-GCM"; /* with its length in front */
#define LABEL_SIZE  (sizeof(LABEL) - 1)
#define CIPHER_SIZE (sizeof(CIPHER) - 1)

/* Two ways of binding the pass to its key have been seen: in the key's derivation, or as additional data. */
static const struct method {
    bool is_in_derivation;
} METHODS[] = {{true}, {false}};

#define INFO_SIZE_MAX (CIPHER_SIZE + LABEL_SIZE + HASH_SIZE)

static struct span write_info(const struct method *method, const uint8_t pass_hash[HASH_SIZE],
                              uint8_t out[INFO_SIZE_MAX])
{
    if (!method->is_in_derivation) {
        memcpy(out, LABEL, LABEL_SIZE);
        return span_of(out, LABEL_SIZE);
    }
    memcpy(out, CIPHER, CIPHER_SIZE);
    memcpy(out + CIPHER_SIZE, LABEL, LABEL_SIZE);
    memcpy(out + CIPHER_SIZE + LABEL_SIZE, pass_hash, HASH_SIZE);
    return span_of(out, INFO_SIZE_MAX);
}

struct opening {
    uint8_t secret[VAULT_SECRET_SIZE];
    uint8_t pass_hash[HASH_SIZE];
    uint8_t key[VAULT_GCM_KEY_SIZE];
};

static void wipe_opening(struct opening *opening)
{
    vault_wipe(opening, sizeof(*opening));
}

/* ANSI X9.63 KDF: SHA-256 of secret | counter | info; one round gives the whole key. */
static enum err derive_key(struct opening *opening, const struct method *method)
{
    uint8_t head[VAULT_SECRET_SIZE + 4];
    uint8_t info[INFO_SIZE_MAX];
    struct span shared = write_info(method, opening->pass_hash, info);
    memcpy(head, opening->secret, VAULT_SECRET_SIZE);
    bytes_put_be32(head + VAULT_SECRET_SIZE, 1);
    enum err error = vault_sha256_two(span_of(head, sizeof head), shared, opening->key);
    vault_wipe(head, sizeof head);
    return error;
}

static enum err open_sealed(struct opening *opening, struct span sealed, uint8_t out[PLAIN_SIZE_MAX],
                            size_t *out_size)
{
    static const uint8_t nonce[VAULT_GCM_NONCE_SIZE];
    enum err error = ERR_SIGNATURE;
    for (size_t i = 0; i < COUNT_OF(METHODS) && error == ERR_SIGNATURE; i++) {
        const struct vault_gcm gcm = {
            .key = opening->key,
            .nonce = nonce,
            .bound = span_of(opening->pass_hash, METHODS[i].is_in_derivation ? 0 : HASH_SIZE),
        };
        TRY(derive_key(opening, &METHODS[i]));
        error = vault_gcm_open(&gcm, sealed, out, PLAIN_SIZE_MAX, out_size);
    }
    return error;
}

static enum err find_key(const struct card_vas_want *want, struct span cryptogram,
                         const struct card_vas_key **out)
{
    for (size_t i = 0; i < want->key_count; i++)
        if (memcmp(want->keys[i].id, cryptogram.bytes, CARD_VAS_KEY_ID_SIZE) == 0) {
            *out = &want->keys[i];
            return ERR_OK;
        }
    return ERR_SIGNATURE;
}

static enum err open_encrypted(const struct card_vas_want *want, struct span cryptogram,
                               struct card_vas_pass *out)
{
    struct opening opening CLEANUP(wipe_opening) = {{0}, {0}, {0}};
    uint8_t point[VAULT_POINT_SIZE] = {0x02};
    uint8_t plain[PLAIN_SIZE_MAX];
    const struct card_vas_key *key = NULL;
    size_t size = 0;
    if (cryptogram.size < CARD_VAS_CRYPTOGRAM_HEAD + SEALED_SIZE_MIN ||
        cryptogram.size > CARD_VAS_CRYPTOGRAM_HEAD + PLAIN_SIZE_MAX + VAULT_GCM_TAG_SIZE)
        return ERR_SYNTAX;
    TRY(find_key(want, cryptogram, &key));
    memcpy(point + 1, cryptogram.bytes + CARD_VAS_KEY_ID_SIZE, VAULT_POINT_SIZE - 1);
    TRY(vault_agree(key->private_key, span_of(point, sizeof point), opening.secret));
    TRY(vault_sha256(span_of_text(want->pass_type_id), opening.pass_hash));
    struct span sealed =
        span_of(cryptogram.bytes + CARD_VAS_CRYPTOGRAM_HEAD, cryptogram.size - CARD_VAS_CRYPTOGRAM_HEAD);
    TRY(open_sealed(&opening, sealed, plain, &size));
    out->is_encrypted = true;
    out->at_unix_s = EPOCH_UNIX_S + (int64_t)bytes_get_be(plain, STAMP_SIZE);
    out->message_size = size - STAMP_SIZE;
    memcpy(out->message, plain + STAMP_SIZE, out->message_size);
    vault_wipe(plain, sizeof plain);
    return ERR_OK;
}

/* No source says whether a message in clear has its time in front, as a sealed one has. It has where that would be now, or
 * where it is no text. */
static struct span without_time(struct span message, int64_t now_unix_s)
{
    if (message.size <= STAMP_SIZE)
        return message;
    int64_t age_s = now_unix_s - EPOCH_UNIX_S - (int64_t)bytes_get_be(message.bytes, STAMP_SIZE);
    bool is_now = age_s <= CARD_VAS_WINDOW_S && -age_s <= CARD_VAS_WINDOW_S;
    return is_now || !utf8_is_printable(message)
               ? span_of(message.bytes + STAMP_SIZE, message.size - STAMP_SIZE)
               : message;
}

/* A short cryptogram would pass for a message but for what no text has. */
static enum err open_plain(struct span value, int64_t now_unix_s, struct card_vas_pass *out)
{
    struct span message = without_time(value, now_unix_s);
    if (message.size == 0 || message.size > CARD_VAS_MESSAGE_MAX || !utf8_is_printable(message))
        return ERR_SYNTAX;
    out->message_size = message.size;
    memcpy(out->message, message.bytes, message.size);
    return ERR_OK;
}

/* A pass whose key is known is never taken in clear, or anyone could leave the cipher away. */
enum err card_vas_open(const struct card_vas_want *want, struct span cryptogram, int64_t now_unix_s,
                       struct card_vas_pass *out)
{
    struct card_vas_pass pass = {.message_size = 0};
    uint8_t hash[HASH_SIZE];
    TRY(want->key_count > 0 ? open_encrypted(want, cryptogram, &pass)
                            : open_plain(cryptogram, now_unix_s, &pass));
    TRY(vault_sha256(cryptogram, hash));
    memcpy(pass.about, hash, sizeof pass.about);
    *out = pass;
    return ERR_OK;
}
