/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "base/bytes.h"
#include "pn532-sim/cards/desfire.h"
#include "pn532-sim/cards/phone_crypto.h"

enum { PROVE_EV2 = 0x71, TRANSACTION_SIZE = 4 };

static const uint8_t ZEROS[PN532_AES_SIZE];

/* As good as random for a test, and the same in each run. */
static void draw(struct pn532_card *card, const char *what, uint8_t *out, size_t size)
{
    uint8_t seed[8];
    uint8_t hash[PN532_HASH_SIZE];
    bytes_put_be(seed, card->desfire.draws++, 4);
    bytes_put_be(seed + 4, card->desfire.powered, 4);
    pn532_phone_hash(span_of_text(what), span_of(seed, sizeof(seed)), hash);
    memcpy(out, hash, size);
}

static const uint8_t *key_of(const struct pn532_card *card)
{
    return card->desfire.keys[card->desfire.proving_key];
}

void pn532_desfire_challenge(struct pn532_card *card, uint8_t out[PN532_AES_SIZE])
{
    struct pn532_desfire *desfire = &card->desfire;
    if (!desfire->has_drawn)
        draw(card, "number", desfire->drawn, sizeof(desfire->drawn));
    memcpy(out, desfire->drawn, PN532_AES_SIZE);
    pn532_aes_encrypt(key_of(card), ZEROS, out, PN532_AES_SIZE);
    memcpy(desfire->session.chain, out, PN532_AES_SIZE);
}

static void turn(const uint8_t in[PN532_AES_SIZE], uint8_t out[PN532_AES_SIZE])
{
    for (size_t i = 0; i < PN532_AES_SIZE; i++)
        out[i] = in[(i + 1) % PN532_AES_SIZE];
}

static void derive_ev1(const uint8_t *reader, const uint8_t *own, struct pn532_desfire_session *session)
{
    for (size_t i = 0; i < 4; i++) {
        session->key[i] = reader[i];
        session->key[4 + i] = own[i];
        session->key[8 + i] = reader[12 + i];
        session->key[12 + i] = own[12 + i];
    }
}

/* SV1 for enciphering, SV2 for MACs (NXP NT4H2421Gx 9.1.7). */
static void derive_ev2(const uint8_t *key, const uint8_t *reader, const uint8_t *own,
                       struct pn532_desfire_session *session)
{
    uint8_t vector[32] = {0xA5, 0x5A, 0x00, 0x01, 0x00, 0x80, reader[0], reader[1]};
    for (size_t i = 0; i < 6; i++)
        vector[8 + i] = reader[2 + i] ^ own[i];
    for (size_t i = 0; i < 10; i++)
        vector[14 + i] = own[6 + i];
    for (size_t i = 0; i < 8; i++)
        vector[24 + i] = reader[8 + i];
    pn532_cmac(key, span_of(vector, sizeof(vector)), session->key);
    vector[0] = 0x5A;
    vector[1] = 0xA5;
    pn532_cmac(key, span_of(vector, sizeof(vector)), session->mac_key);
}

bool pn532_desfire_prove(struct pn532_card *card, const uint8_t *token, uint8_t *out, size_t *out_size)
{
    struct pn532_desfire *desfire = &card->desfire;
    struct pn532_desfire_session session = {.key_number = desfire->proving_key};
    bool is_ev2 = desfire->proving == PROVE_EV2;
    uint8_t clear[32];
    uint8_t turned[PN532_AES_SIZE];
    memcpy(clear, token, sizeof(clear));
    pn532_aes_decrypt(key_of(card), is_ev2 ? ZEROS : desfire->session.chain, clear, sizeof(clear));
    turn(desfire->drawn, turned);
    if (memcmp(clear + PN532_AES_SIZE, turned, PN532_AES_SIZE) != 0)
        return false;
    memset(out, 0, 32);
    if (is_ev2) {
        session.scheme = PN532_DESFIRE_EV2;
        draw(card, "transaction", session.transaction, sizeof(session.transaction));
        derive_ev2(key_of(card), clear, desfire->drawn, &session);
        memcpy(out, session.transaction, TRANSACTION_SIZE);
        turn(clear, out + TRANSACTION_SIZE);
    } else {
        session.scheme = PN532_DESFIRE_EV1;
        derive_ev1(clear, desfire->drawn, &session);
        turn(clear, out);
    }
    *out_size = is_ev2 ? 32 : 16;
    pn532_aes_encrypt(key_of(card), is_ev2 ? ZEROS : token + PN532_AES_SIZE, out, *out_size);
    desfire->session = session;
    return true;
}

/* ---- EV1 */

static void xor_into(uint8_t *block, const uint8_t *with)
{
    for (size_t i = 0; i < PN532_AES_SIZE; i++)
        block[i] ^= with[i];
}

/* CMAC that goes on from the chaining value: as OpenSSL starts from zeros, the value is put into the first block, or, of
 * a message of less than one, the message is filled up here with the subkey that zeros give. */
static void chain_mac(struct pn532_desfire_session *session, struct span bytes)
{
    uint8_t message[PN532_DESFIRE_ANSWER_MAX];
    uint8_t subkey[PN532_AES_SIZE] = {0};
    KASSA_ASSERT(bytes.size > 0 && bytes.size <= PN532_DESFIRE_ANSWER_MAX - PN532_AES_SIZE);
    memcpy(message, bytes.bytes, bytes.size);
    if (bytes.size >= PN532_AES_SIZE) {
        xor_into(message, session->chain);
        pn532_cmac(session->key, span_of(message, bytes.size), session->chain);
        return;
    }
    pn532_aes_encrypt(session->key, ZEROS, subkey, sizeof(subkey));
    for (size_t times = 0; times < 2; times++) { /* K2: doubled twice in GF(2^128) */
        uint8_t high = subkey[0] >> 7;
        for (size_t i = 0; i < PN532_AES_SIZE; i++)
            subkey[i] = (uint8_t)(subkey[i] << 1 | (i < PN532_AES_SIZE - 1 ? subkey[i + 1] >> 7 : 0));
        subkey[PN532_AES_SIZE - 1] ^= high != 0 ? 0x87 : 0x00;
    }
    memset(message + bytes.size, 0, PN532_AES_SIZE - bytes.size);
    message[bytes.size] = 0x80;
    xor_into(message, subkey);
    pn532_aes_encrypt(session->key, session->chain, message, PN532_AES_SIZE);
    memcpy(session->chain, message, PN532_AES_SIZE);
}

static void close_ev1_with_mac(struct pn532_desfire_session *session, struct pn532_desfire_command *command)
{
    command->answer[command->answer_size] = 0x00; /* the status goes in */
    chain_mac(session, span_of(command->answer, command->answer_size + 1));
    memcpy(command->answer + command->answer_size, session->chain, PN532_DESFIRE_MAC_SIZE);
    command->answer_size += PN532_DESFIRE_MAC_SIZE;
}

static void encipher_ev1(struct pn532_desfire_session *session, struct pn532_desfire_command *command)
{
    size_t size = command->answer_size;
    command->answer[size] = 0x00;
    uint32_t crc = ~(uint32_t)crc32(0, command->answer, (unsigned)size + 1);
    bytes_put_le32(command->answer + size, crc);
    size += 4;
    size_t whole = (size + (command->has_open_size ? 1 : 0) + 15) / 16 * 16;
    memset(command->answer + size, 0, whole - size);
    if (command->has_open_size)
        command->answer[size] = 0x80;
    pn532_aes_encrypt(session->key, session->chain, command->answer, whole);
    memcpy(session->chain, command->answer + whole - 16, 16);
    command->answer_size = whole;
}

/* ---- EV2 */

static void mac_ev2(const struct pn532_desfire_session *session, uint8_t first, struct span bytes,
                    uint8_t out[PN532_DESFIRE_MAC_SIZE])
{
    uint8_t input[7 + PN532_DESFIRE_ANSWER_MAX] = {first, (uint8_t)session->counter,
                                                   (uint8_t)(session->counter >> 8)};
    uint8_t full[PN532_AES_SIZE];
    KASSA_ASSERT(bytes.size <= PN532_DESFIRE_ANSWER_MAX);
    memcpy(input + 3, session->transaction, TRANSACTION_SIZE);
    memcpy(input + 7, bytes.bytes, bytes.size);
    pn532_cmac(session->mac_key, span_of(input, 7 + bytes.size), full);
    for (size_t i = 0; i < PN532_DESFIRE_MAC_SIZE; i++)
        out[i] = full[2 * i + 1];
}

static void encipher_ev2(struct pn532_desfire_session *session, struct pn532_desfire_command *command)
{
    uint8_t vector[PN532_AES_SIZE] = {0x5A, 0xA5};
    size_t whole = command->answer_size / 16 * 16 + 16;
    memset(command->answer + command->answer_size, 0, whole - command->answer_size);
    command->answer[command->answer_size] = 0x80;
    memcpy(vector + 2, session->transaction, TRANSACTION_SIZE);
    bytes_put_le(vector + 6, session->counter, 2);
    pn532_aes_encrypt(session->key, ZEROS, vector, sizeof(vector));
    pn532_aes_encrypt(session->key, vector, command->answer, whole);
    command->answer_size = whole;
}

static void close_ev2(struct pn532_desfire_session *session, struct pn532_desfire_command *command)
{
    session->counter++;
    if (command->mode == PN532_DESFIRE_PLAIN)
        return;
    if (command->mode == PN532_DESFIRE_ENCIPHERED)
        encipher_ev2(session, command);
    mac_ev2(session, 0x00, span_of(command->answer, command->answer_size),
            command->answer + command->answer_size);
    command->answer_size += PN532_DESFIRE_MAC_SIZE;
}

/* ---- both */

bool pn532_desfire_open(struct pn532_card *card, uint8_t code, uint8_t mode, struct span *header)
{
    struct pn532_desfire_session *session = &card->desfire.session;
    uint8_t said[1 + UINT8_MAX] = {code};
    uint8_t mac[PN532_DESFIRE_MAC_SIZE];
    if (session->scheme == PN532_DESFIRE_EV1) {
        memcpy(said + 1, header->bytes, header->size);
        chain_mac(session, span_of(said, 1 + header->size));
    }
    if (session->scheme != PN532_DESFIRE_EV2 || mode == PN532_DESFIRE_PLAIN)
        return true;
    if (header->size < sizeof(mac))
        return false;
    header->size -= sizeof(mac);
    mac_ev2(session, code, *header, mac);
    return memcmp(mac, header->bytes + header->size, sizeof(mac)) == 0;
}

void pn532_desfire_close(struct pn532_card *card, struct pn532_desfire_command *command)
{
    struct pn532_desfire_session *session = &card->desfire.session;
    if (session->scheme == PN532_DESFIRE_EV2)
        close_ev2(session, command);
    else if (session->scheme == PN532_DESFIRE_EV1 && command->mode == PN532_DESFIRE_ENCIPHERED)
        encipher_ev1(session, command);
    else if (session->scheme == PN532_DESFIRE_EV1)
        close_ev1_with_mac(session, command);
}
