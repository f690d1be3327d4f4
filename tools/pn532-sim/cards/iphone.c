/* SPDX-License-Identifier: Apache-2.0 */
/* A phone with Apple Wallet and one pass in it, as public descriptions of its Value Added Services have it. It checks
 * each byte that a reader says. */
#include "base/bytes.h"
#include "pn532-sim/cards/phone.h"
#include "pn532-sim/cards/phone_crypto.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

enum {
    SW_OK = 0x9000,
    SW_LENGTH = 0x6700,
    SW_DATA = 0x6A80,
    SW_NO_APPLICATION = 0x6A82,
    SW_NO_PASS = 0x6A83,
    SW_NOT_SELECTED = 0x6985,
    SW_INS = 0x6D00
};

#define EPOCH_UNIX_S 978307200u /* 2001-01-01 00:00:00 UTC */
#define MESSAGE_MAX  64u

enum err pn532_iphone_set(struct pn532_card *card, const struct pn532_option *option)
{
    struct pn532_phone *phone = &card->phone;
    size_t size = strlen(option->value);
    uint32_t number;
    if (strcmp(option->name, "pass") == 0) {
        pn532_phone_hash(span_of_text(option->value), span_of(NULL, 0), phone->pass_hash);
        return ERR_OK;
    }
    if (strcmp(option->name, "message") == 0) {
        if (size == 0 || size > MESSAGE_MAX)
            return ERR_TOO_LONG;
        memcpy(phone->value, option->value, size);
        phone->value_size = size;
        return ERR_OK;
    }
    if (strcmp(option->name, "reader") == 0) {
        TRY(pn532_hex_read(option->value, phone->peer, sizeof(phone->peer), &phone->peer_size));
        return pn532_phone_x(span_of(phone->peer, phone->peer_size), phone->peer_x) ? ERR_OK : ERR_SYNTAX;
    }
    if (strcmp(option->name, "method") == 0) {
        TRY(pn532_number_read(option->value, 2, &number));
        phone->method = (uint8_t)number;
        return number > 0 ? ERR_OK : ERR_RANGE;
    }
    return pn532_phone_set(card, option);
}

/* 6F { 50 "ApplePay", 9F21 0100, 9F24 nonce, 9F23 capabilities: 20 payment may follow, 08 VAS, 02 encrypted, 01 plain } */
static enum pn532_air select_wallet(struct pn532_card *card, struct pn532_answer *answer)
{
    static const uint8_t head[] = {0x6F, 0x1D, 0x50, 0x08, 'A',  'p',  'p',  'l',  'e',  'P',
                                   'a',  'y',  0x9F, 0x21, 0x02, 0x01, 0x00, 0x9F, 0x24, 0x04};
    static const uint8_t capabilities[] = {0x9F, 0x23, 0x04, 0x00, 0x00, 0x00, 0x2B};
    uint8_t seed[16];
    uint8_t nonce[PN532_HASH_SIZE];
    card->phone.is_selected = true;
    pn532_phone_seed(card, seed);
    pn532_phone_hash(span_of_text("nonce"), span_of(seed, sizeof(seed)), nonce);
    pn532_phone_put(answer, span_of(head, sizeof(head)));
    pn532_phone_put(answer, span_of(nonce, 4));
    pn532_phone_put(answer, span_of(capabilities, sizeof(capabilities)));
    return pn532_phone_answer_status(answer, SW_OK);
}

/* What a GET VAS DATA holds; each value is a span of it, empty if it is not there. */
struct request {
    struct span version, capabilities, pass_hash, nonce, url;
};

static bool read_request(struct span data, struct request *out)
{
    *out = (struct request){.version = span_of(NULL, 0)};
    struct {
        uint8_t tag; /* after 9F */
        struct span *value;
    } values[] = {{0x22, &out->version},
                  {0x26, &out->capabilities},
                  {0x25, &out->pass_hash},
                  {0x28, &out->nonce},
                  {0x29, &out->url}};
    while (data.size > 0) {
        if (data.size < 3 || data.bytes[0] != 0x9F || data.bytes[2] > data.size - 3)
            return false;
        size_t i = 0;
        while (i < COUNT_OF(values) && values[i].tag != data.bytes[1])
            i++;
        if (i == COUNT_OF(values) || values[i].value->size != 0)
            return false;
        *values[i].value = span_of(data.bytes + 3, data.bytes[2]);
        data = span_of(data.bytes + 3 + data.bytes[2], data.size - 3 - data.bytes[2]);
    }
    return true;
}

static bool is_sound(const struct request *request, uint8_t p2)
{
    bool is_full = p2 == 0x01;
    static const uint8_t version[] = {0x01, 0x00};
    return span_is_equal(request->version, span_of(version, sizeof(version))) && request->nonce.size == 4 &&
           request->capabilities.size == 4 && request->capabilities.bytes[0] == 0x00 &&
           request->capabilities.bytes[1] == 0x80 && (request->capabilities.bytes[3] & 0x7C) == 0 &&
           request->pass_hash.size == (is_full ? PN532_HASH_SIZE : 0) && (is_full || request->url.size > 0);
}

/* key id (4) | X of its key (32) | AES-GCM(seconds since 2001 | message) and tag */
static bool put_cryptogram(struct pn532_card *card, struct pn532_answer *answer)
{
    static const char label[] = "ApplePay encrypted VAS data";
    const struct pn532_phone *phone = &card->phone;
    uint8_t seed[16], scalar[PN532_SCALAR_SIZE], point[PN532_POINT_SIZE], key_id[PN532_HASH_SIZE];
    uint8_t head[32 + 4] = {[35] = 1}, info[14 + 27 + 32], key[PN532_HASH_SIZE];
    uint8_t plain[4 + MESSAGE_MAX], sealed[4 + MESSAGE_MAX + 16];
    bool is_first = phone->method != 2;
    pn532_phone_seed(card, seed);
    if (!pn532_phone_key(span_of(seed, sizeof(seed)), scalar, point) ||
        !pn532_phone_agree(scalar, span_of(phone->peer, phone->peer_size), head))
        return false;
    memcpy(info, "\x0Did-aes256-GCM", 14);
    memcpy(info + 14, label, 27);
    memcpy(info + 14 + 27, phone->pass_hash, 32);
    pn532_phone_hash(span_of(head, sizeof(head)), is_first ? span_of(info, sizeof(info)) : span_of(label, 27),
                     key);
    int64_t now = phone->time_unix_s != 0 ? phone->time_unix_s : phone->laid_unix_s;
    bytes_put_be32(plain, (uint32_t)(now - EPOCH_UNIX_S));
    memcpy(plain + 4, phone->value, phone->value_size);
    if (!pn532_phone_seal(key, span_of(phone->pass_hash, is_first ? 0 : 32),
                          span_of(plain, 4 + phone->value_size), sealed))
        return false;
    pn532_phone_hash(span_of(phone->peer_x, 32), span_of(NULL, 0), key_id);
    pn532_phone_put(answer, span_of(key_id, 4));
    pn532_phone_put(answer, span_of(point + 1, 32));
    pn532_phone_put(answer, span_of(sealed, 4 + phone->value_size + 16));
    return true;
}

/* 70 { 9F2A token (empty), 9F27 cryptogram or message } */
static enum pn532_air give_pass(struct pn532_card *card, struct pn532_answer *answer)
{
    struct pn532_answer inner = {.size = 0};
    if (card->phone.peer_size == 0)
        pn532_phone_put(&inner, span_of(card->phone.value, card->phone.value_size));
    else if (!put_cryptogram(card, &inner))
        return pn532_phone_answer_status(answer, SW_DATA);
    card->phone.answers++;
    card->phone.is_answered = true;
    const uint8_t head[] = {
        0x70, 0x81, (uint8_t)(3 + 4 + inner.size), 0x9F, 0x2A, 0x00, 0x9F, 0x27, 0x81, (uint8_t)inner.size};
    pn532_phone_put(answer, span_of(head, sizeof(head)));
    pn532_phone_put(answer, span_of(inner.bytes, inner.size));
    return pn532_phone_answer_status(answer, SW_OK);
}

/* 80 CA 01 P2 Lc values 00 */
static enum pn532_air get_vas_data(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    struct request request;
    uint16_t status;
    if (apdu.size < 6 || apdu.size != 6u + apdu.bytes[4] || apdu.bytes[apdu.size - 1] != 0x00)
        return pn532_phone_answer_status(answer, SW_LENGTH);
    if (!card->phone.is_selected)
        return pn532_phone_answer_status(answer, SW_NOT_SELECTED);
    if (apdu.bytes[2] != 0x01 || apdu.bytes[3] > 0x01 ||
        !read_request(span_of(apdu.bytes + 5, apdu.bytes[4]), &request) || !is_sound(&request, apdu.bytes[3]))
        return pn532_phone_answer_status(answer, SW_DATA);
    if (pn532_phone_next_status(card, &status))
        return pn532_phone_answer_status(answer, status);
    if (apdu.bytes[3] == 0x00)
        return pn532_phone_answer_status(answer, SW_OK);
    if (memcmp(request.pass_hash.bytes, card->phone.pass_hash, PN532_HASH_SIZE) != 0 ||
        card->phone.value_size == 0)
        return pn532_phone_answer_status(answer, SW_NO_PASS);
    return give_pass(card, answer);
}

enum pn532_air pn532_iphone_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    answer->size = 0;
    if (pn532_phone_is_select(apdu, pn532_phone_wallet))
        return select_wallet(card, answer);
    if (apdu.size >= 2 && apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xA4) {
        card->phone.is_selected = false;
        return pn532_phone_answer_status(answer, SW_NO_APPLICATION);
    }
    if (apdu.size >= 4 && apdu.bytes[0] == 0x80 && apdu.bytes[1] == 0xCA)
        return get_vas_data(card, apdu, answer);
    return pn532_phone_answer_status(answer, SW_INS);
}
