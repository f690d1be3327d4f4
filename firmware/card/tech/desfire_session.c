/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/desfire_session.h"

#include <zlib.h>

#include "base/bytes.h"
#include "vault/vault.h"

enum {
    CLASS_WRAPPED = 0x90,
    STATUS_WRAPPED = 0x91,
    APDU_OVERHEAD = 6,
    COMMAND_MAX = 48, /* two random numbers are the longest */
    CHECKSUM_SIZE = 4,
    PROVE_EV1 = 0xAA,
    PROVE_EV2 = 0x71,
    TRANSACTION_SIZE = 4
};

void card_desfire_forget(struct card_desfire_session *session)
{
    vault_wipe(session, sizeof *session);
}

static void forget_block(uint8_t (*block)[VAULT_AES_SIZE])
{
    vault_wipe(*block, sizeof *block);
}

static void forget_answer(struct card_desfire_answer *answer)
{
    vault_wipe(answer, sizeof *answer);
}

static void forget_drawn(struct card_desfire_drawn *drawn)
{
    vault_wipe(drawn, sizeof *drawn);
}

/* ---- frames */

static size_t wrap(uint8_t code, struct span data, uint8_t out[COMMAND_MAX + APDU_OVERHEAD])
{
    size_t size = 0;
    out[size++] = CLASS_WRAPPED;
    out[size++] = code;
    out[size++] = 0x00;
    out[size++] = 0x00;
    if (data.size > 0) {
        out[size++] = (uint8_t)data.size;
        memcpy(out + size, data.bytes, data.size);
        size += data.size;
    }
    out[size++] = 0x00;
    return size;
}

/* Appends what came to *out. */
static enum err send_frame(const struct tag *tag, uint8_t code, struct span data,
                           struct card_desfire_answer *out)
{
    uint8_t apdu[COMMAND_MAX + APDU_OVERHEAD];
    struct card_answer answer;
    if (data.size > COMMAND_MAX)
        return ERR_ARGUMENT;
    TRY(card_apdu_transmit(tag, span_of(apdu, wrap(code, data, apdu)), &answer));
    if (answer.status >> 8 != STATUS_WRAPPED)
        return ERR_UNSUPPORTED;
    if (answer.size > sizeof out->bytes - out->size)
        return ERR_TOO_LONG;
    memcpy(out->bytes + out->size, answer.bytes, answer.size);
    out->size += answer.size;
    out->status = (uint8_t)answer.status;
    return ERR_OK;
}

enum err card_desfire_send(const struct tag *tag, uint8_t code, struct span data,
                           struct card_desfire_answer *out)
{
    out->size = 0;
    return send_frame(tag, code, data, out);
}

/* An answer that is too long for one frame comes in parts, each asked for. */
static enum err send_whole(const struct tag *tag, uint8_t code, struct span data,
                           struct card_desfire_answer *out)
{
    TRY(card_desfire_send(tag, code, data, out));
    for (size_t parts = 1; out->status == CARD_DESFIRE_MORE; parts++) {
        if (parts == CARD_DESFIRE_PARTS_MAX)
            return ERR_TOO_LONG;
        TRY(send_frame(tag, CARD_DESFIRE_MORE, span_of("", 0), out));
    }
    return ERR_OK;
}

/* ---- the proof of a key */

static void rotate_left(const uint8_t in[VAULT_AES_SIZE], uint8_t out[VAULT_AES_SIZE])
{
    memcpy(out, in + 1, VAULT_AES_SIZE - 1);
    out[VAULT_AES_SIZE - 1] = in[0];
}

/* EV1: the first and the last bytes of what both drew. */
static void begin_ev1(const struct card_desfire_drawn *drawn, struct card_desfire_session *out)
{
    memcpy(out->key, drawn->reader, 4);
    memcpy(out->key + 4, drawn->card, 4);
    memcpy(out->key + 8, drawn->reader + 12, 4);
    memcpy(out->key + 12, drawn->card + 12, 4);
}

/* NXP AN12343 and NT4H2421Gx 9.1.7: a vector of six fixed bytes, and of what both drew the first two bytes of the
 * reader's, six of both, and the rest of each. */
enum err card_desfire_ev2_keys(const uint8_t key[VAULT_AES_SIZE], const struct card_desfire_drawn *drawn,
                               struct card_desfire_session *out)
{
    uint8_t vector[2 * VAULT_AES_SIZE] = {0xA5, 0x5A, 0x00, 0x01, 0x00, 0x80};
    uint8_t *at = vector + 6;
    memcpy(at, drawn->reader, 2);
    for (size_t i = 0; i < 6; i++)
        at[2 + i] = drawn->reader[2 + i] ^ drawn->card[i];
    memcpy(at + 8, drawn->card + 6, 10);
    memcpy(at + 18, drawn->reader + 8, 8);
    enum err error = vault_cmac(key, span_of(vector, sizeof vector), out->key);
    vector[0] = 0x5A;
    vector[1] = 0xA5;
    if (error == ERR_OK)
        error = vault_cmac(key, span_of(vector, sizeof vector), out->mac_key);
    vault_wipe(vector, sizeof vector);
    return error;
}

static enum err begin_ev2(const struct card_desfire_proof *proof, const struct card_desfire_drawn *drawn,
                          const uint8_t transaction[TRANSACTION_SIZE], struct card_desfire_session *out)
{
    memcpy(out->transaction, transaction, TRANSACTION_SIZE);
    return card_desfire_ev2_keys(proof->key, drawn, out);
}

/* A card that does not begin may know another scheme: it says so in more ways than one. */
static enum err err_of_challenge(const struct card_desfire_answer *answer)
{
    switch (answer->status) {
    case CARD_DESFIRE_MORE:
        return answer->size == VAULT_AES_SIZE ? ERR_OK : ERR_SIGNATURE;
    case CARD_DESFIRE_NO_KEY:
        return ERR_SIGNATURE;
    case CARD_DESFIRE_DELAYED:
    case CARD_DESFIRE_ABORTED:
        return ERR_IO;
    default:
        return ERR_UNSUPPORTED;
    }
}

/* The card's number, enciphered; *out_sent is what CBC went through so far. */
static enum err ask_for_number(const struct tag *tag, const struct card_desfire_proof *proof,
                               uint8_t out_sent[VAULT_AES_SIZE], uint8_t out_number[VAULT_AES_SIZE])
{
    static const uint8_t zeros[VAULT_AES_SIZE];
    const uint8_t data[] = {proof->key_number, 0x00}; /* EV2: and no capabilities of the reader's */
    struct card_desfire_answer answer;
    bool is_ev2 = proof->scheme == CARD_DESFIRE_EV2;
    TRY(card_desfire_send(tag, is_ev2 ? PROVE_EV2 : PROVE_EV1, span_of(data, is_ev2 ? 2 : 1), &answer));
    TRY(err_of_challenge(&answer));
    memcpy(out_sent, answer.bytes, VAULT_AES_SIZE);
    return vault_aes_cbc_decrypt(proof->key, zeros, span_of(answer.bytes, VAULT_AES_SIZE), out_number);
}

/* Sends what the reader drew and the card's number turned; EV1's CBC runs on from frame to frame, EV2's begins anew with
 * each. What comes back is in clear then: EV1: the reader's number turned. EV2: the transaction (4), that, and the
 * capabilities of both (6 and 6). */
static enum err exchange_proofs(const struct tag *tag, const struct card_desfire_proof *proof,
                                const struct card_desfire_drawn *drawn, uint8_t chain[VAULT_AES_SIZE],
                                struct card_desfire_answer *answer)
{
    uint8_t token[2 * VAULT_AES_SIZE];
    bool is_ev2 = proof->scheme == CARD_DESFIRE_EV2;
    if (is_ev2)
        memset(chain, 0, VAULT_AES_SIZE);
    memcpy(token, drawn->reader, VAULT_AES_SIZE);
    rotate_left(drawn->card, token + VAULT_AES_SIZE);
    TRY(vault_aes_cbc_encrypt(proof->key, chain, span_of(token, sizeof token), token));
    TRY(card_desfire_send(tag, CARD_DESFIRE_MORE, span_of(token, sizeof token), answer));
    size_t size = is_ev2 ? 2 * VAULT_AES_SIZE : VAULT_AES_SIZE;
    if (answer->status != CARD_DESFIRE_OK || answer->size != size)
        return ERR_SIGNATURE;
    if (!is_ev2)
        memcpy(chain, token + VAULT_AES_SIZE, VAULT_AES_SIZE);
    return vault_aes_cbc_decrypt(proof->key, chain, span_of(answer->bytes, size), answer->bytes);
}

enum err card_desfire_prove(const struct tag *tag, const struct card_desfire_proof *proof,
                            struct card_desfire_session *out)
{
    struct card_desfire_drawn drawn CLEANUP(forget_drawn) = {{0}, {0}};
    uint8_t chain[VAULT_AES_SIZE];
    uint8_t turned[VAULT_AES_SIZE] CLEANUP(forget_block);
    struct card_desfire_answer answer CLEANUP(forget_answer);
    bool is_ev2 = proof->scheme == CARD_DESFIRE_EV2;
    struct card_desfire_session session CLEANUP(card_desfire_forget) = {.scheme = proof->scheme,
                                                                        .key_number = proof->key_number};
    TRY(ask_for_number(tag, proof, chain, drawn.card));
    TRY(proof->random.fill(proof->random.self, drawn.reader, sizeof drawn.reader));
    TRY(exchange_proofs(tag, proof, &drawn, chain, &answer));
    rotate_left(drawn.reader, turned);
    const uint8_t *shown = answer.bytes + (is_ev2 ? TRANSACTION_SIZE : 0);
    if (!vault_is_equal(turned, shown, sizeof turned))
        return ERR_SIGNATURE;
    if (is_ev2)
        TRY(begin_ev2(proof, &drawn, answer.bytes, &session));
    else
        begin_ev1(&drawn, &session);
    *out = session;
    return ERR_OK;
}

/* ---- commands in plain, and what a refusal means */

static enum err err_of_status(uint8_t status)
{
    switch (status) {
    case CARD_DESFIRE_OK:
        return ERR_OK;
    case CARD_DESFIRE_ABORTED:
        return ERR_IO;
    case CARD_DESFIRE_NO_INTEGRITY:
        return ERR_SIGNATURE;
    default:
        return ERR_STATE;
    }
}

static enum err ask_plain(const struct tag *tag, const struct card_desfire_command *command,
                          struct card_desfire_answer *out)
{
    TRY(send_whole(tag, command->code, command->header, out));
    TRY(err_of_status(out->status));
    return command->answer_size == 0 || out->size == command->answer_size ? ERR_OK : ERR_SYNTAX;
}

/* ---- EV1: a chaining value runs through the session; each command and each answer goes through it */

static enum err chain_bytes(struct card_desfire_session *session, const uint8_t *bytes, size_t size)
{
    return vault_cmac_from(session->key, session->chain, span_of(bytes, size), session->chain);
}

/* The MAC is the head of the chaining value, and stands behind the data; the status byte goes in, too. */
static enum err check_ev1_mac(struct card_desfire_session *session, struct card_desfire_answer *answer)
{
    uint8_t shown[CARD_DESFIRE_MAC_SIZE];
    if (answer->size < CARD_DESFIRE_MAC_SIZE)
        return ERR_SIGNATURE;
    answer->size -= CARD_DESFIRE_MAC_SIZE;
    memcpy(shown, answer->bytes + answer->size, sizeof shown);
    answer->bytes[answer->size] = answer->status;
    TRY(chain_bytes(session, answer->bytes, answer->size + 1));
    return vault_is_equal(shown, session->chain, sizeof shown) ? ERR_OK : ERR_SIGNATURE;
}

/* CRC-32 as ISO/IEC 3309 has it, but for the last inversion, over data and status. */
static bool checksum_fits(const struct card_desfire_answer *answer, size_t size)
{
    uint8_t status = answer->status;
    unsigned long crc = crc32(crc32(0, answer->bytes, (unsigned)size), &status, 1);
    return (uint32_t)~crc == bytes_get_le32(answer->bytes + size);
}

/* Filled up with zeros, or with 80 and zeros. */
static bool is_filling(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0x00 && !(i == 0 && bytes[i] == 0x80))
            return false;
    return true;
}

static size_t whole_blocks(size_t size)
{
    return (size + VAULT_AES_SIZE - 1) / VAULT_AES_SIZE * VAULT_AES_SIZE;
}

static enum err decipher_ev1(struct card_desfire_session *session, size_t size,
                             struct card_desfire_answer *answer)
{
    uint8_t last[VAULT_AES_SIZE];
    size_t whole = whole_blocks(size + CHECKSUM_SIZE);
    if (answer->size != whole)
        return ERR_SIGNATURE;
    memcpy(last, answer->bytes + whole - VAULT_AES_SIZE, sizeof last);
    TRY(vault_aes_cbc_decrypt(session->key, session->chain, span_of(answer->bytes, whole), answer->bytes));
    memcpy(session->chain, last, sizeof last);
    if (!checksum_fits(answer, size) ||
        !is_filling(answer->bytes + size + CHECKSUM_SIZE, whole - size - CHECKSUM_SIZE))
        return ERR_SIGNATURE;
    answer->size = size;
    return ERR_OK;
}

static enum err ask_ev1(const struct tag *tag, struct card_desfire_session *session,
                        const struct card_desfire_command *command, struct card_desfire_answer *out)
{
    uint8_t said[1 + COMMAND_MAX] = {command->code};
    if (command->header.size > COMMAND_MAX)
        return ERR_ARGUMENT;
    memcpy(said + 1, command->header.bytes, command->header.size);
    TRY(chain_bytes(session, said, 1 + command->header.size));
    TRY(send_whole(tag, command->code, command->header, out));
    TRY(err_of_status(out->status));
    return command->mode == CARD_DESFIRE_ENCIPHERED ? decipher_ev1(session, command->answer_size, out)
                                                    : check_ev1_mac(session, out);
}

/* ---- EV2: commands are counted, and the count goes into each MAC and each initial vector */

/* CMAC over first | counter | transaction | bytes, every second byte of it. */
static enum err make_ev2_mac(const struct card_desfire_session *session, uint8_t first, struct span bytes,
                             uint8_t out[CARD_DESFIRE_MAC_SIZE])
{
    uint8_t input[1 + 2 + TRANSACTION_SIZE + CARD_DESFIRE_ANSWER_MAX] = {first};
    uint8_t full[VAULT_AES_SIZE];
    if (bytes.size > CARD_DESFIRE_ANSWER_MAX)
        return ERR_ARGUMENT;
    bytes_put_le(input + 1, session->counter, 2);
    memcpy(input + 3, session->transaction, TRANSACTION_SIZE);
    memcpy(input + 3 + TRANSACTION_SIZE, bytes.bytes, bytes.size);
    TRY(vault_cmac(session->mac_key, span_of(input, 3 + TRANSACTION_SIZE + bytes.size), full));
    for (size_t i = 0; i < CARD_DESFIRE_MAC_SIZE; i++)
        out[i] = full[2 * i + 1];
    return ERR_OK;
}

static enum err check_ev2_mac(const struct card_desfire_session *session, struct card_desfire_answer *answer)
{
    uint8_t expected[CARD_DESFIRE_MAC_SIZE];
    if (answer->size < sizeof expected)
        return ERR_SIGNATURE;
    answer->size -= sizeof expected;
    TRY(make_ev2_mac(session, answer->status, span_of(answer->bytes, answer->size), expected));
    bool fits = vault_is_equal(expected, answer->bytes + answer->size, sizeof expected);
    return fits ? ERR_OK : ERR_SIGNATURE;
}

/* ISO/IEC 9797-1 padding method 2: 80 and zeros, always. */
static enum err cut_padding(struct card_desfire_answer *answer)
{
    size_t size = answer->size;
    while (size > 0 && answer->bytes[size - 1] == 0x00)
        size--;
    if (size == 0 || answer->bytes[size - 1] != 0x80)
        return ERR_SIGNATURE;
    answer->size = size - 1;
    return ERR_OK;
}

static enum err decipher_ev2(const struct card_desfire_session *session, struct card_desfire_answer *answer)
{
    uint8_t vector[VAULT_AES_SIZE] = {0x5A, 0xA5};
    if (answer->size == 0 || answer->size % VAULT_AES_SIZE != 0)
        return ERR_SIGNATURE;
    memcpy(vector + 2, session->transaction, TRANSACTION_SIZE);
    bytes_put_le(vector + 2 + TRANSACTION_SIZE, session->counter, 2);
    TRY(vault_aes_block(session->key, vector, vector));
    TRY(vault_aes_cbc_decrypt(session->key, vector, span_of(answer->bytes, answer->size), answer->bytes));
    return cut_padding(answer);
}

static enum err open_ev2(const struct card_desfire_session *session, uint8_t mode,
                         struct card_desfire_answer *answer)
{
    if (mode == CARD_DESFIRE_PLAIN)
        return ERR_OK;
    TRY(check_ev2_mac(session, answer));
    return mode == CARD_DESFIRE_ENCIPHERED ? decipher_ev2(session, answer) : ERR_OK;
}

static enum err ask_ev2(const struct tag *tag, struct card_desfire_session *session,
                        const struct card_desfire_command *command, struct card_desfire_answer *out)
{
    uint8_t data[COMMAND_MAX];
    size_t size = command->header.size;
    if (size > sizeof data - CARD_DESFIRE_MAC_SIZE)
        return ERR_ARGUMENT;
    memcpy(data, command->header.bytes, size);
    if (command->mode != CARD_DESFIRE_PLAIN) {
        TRY(make_ev2_mac(session, command->code, command->header, data + size));
        size += CARD_DESFIRE_MAC_SIZE;
    }
    TRY(send_whole(tag, command->code, span_of(data, size), out));
    TRY(err_of_status(out->status));
    session->counter++;
    return open_ev2(session, command->mode, out);
}

enum err card_desfire_ask(const struct tag *tag, struct card_desfire_session *session,
                          const struct card_desfire_command *command, struct card_desfire_answer *out)
{
    switch ((enum card_desfire_scheme)session->scheme) {
    case CARD_DESFIRE_ANY:
    case CARD_DESFIRE_SCHEME_COUNT:
        return ask_plain(tag, command, out);
    case CARD_DESFIRE_EV1:
        TRY(ask_ev1(tag, session, command, out));
        break;
    case CARD_DESFIRE_EV2:
        TRY(ask_ev2(tag, session, command, out));
        break;
    }
    return command->answer_size == 0 || out->size == command->answer_size ? ERR_OK : ERR_SIGNATURE;
}
