/* SPDX-License-Identifier: Apache-2.0 */
/* A phone with Google Wallet and a pass in it: Smart Tap 2.1 as Google's pages for terminals have it. It checks the
 * collector's signature and each record that a terminal sends. */
#include "base/bytes.h"
#include "pn532-sim/cards/phone.h"
#include "pn532-sim/cards/phone_crypto.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

enum {
    SW_OK = 0x9000,
    SW_NO_PASS = 0x9001,
    SW_MORE = 0x9100,
    SW_UNKNOWN = 0x9400,
    SW_PARSE = 0x9402,
    SW_CRYPTO = 0x9403,
    SW_NO_MERCHANT = 0x9407,
    SW_AUTHENTICATION = 0x9500,
    SW_VERSION = 0x9502,
    SW_NO_APPLICATION = 0x6A82,
    SW_LENGTH = 0x6700
};
enum { AT_FIRST = 0x80, AT_LAST = 0x40, SHORT = 0x10, WITH_ID = 0x08, WELL_KNOWN = 1, EXTERNAL = 4 };
enum { ASKS_FOR_ALL = 0x00, ASKS_FOR_LOYALTY = 0x03, ASKS_FOR_CUSTOMER = 0x40 };

#define PART_SIZE_USUAL 250u
#define NONCE_SIZE      32u

static const struct span application = {(const uint8_t *)"\xA0\x00\x00\x04\x76\xD0\x00\x01\x11", 9};

enum err pn532_android_set(struct pn532_card *card, const struct pn532_option *option)
{
    struct pn532_phone *phone = &card->phone;
    size_t size = strlen(option->value);
    uint32_t number = 0;
    static const struct {
        const char *name;
        size_t at;
        uint32_t max;
    } numbers[] = {{"compress", offsetof(struct pn532_phone, packs), 1},
                   {"skip", offsetof(struct pn532_phone, skips), 1},
                   {"customer", offsetof(struct pn532_phone, has_customer), 1},
                   {"part", offsetof(struct pn532_phone, part_size), 255}};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (strcmp(option->name, numbers[i].name) == 0) {
            TRY(pn532_number_read(option->value, numbers[i].max, &number));
            *((uint8_t *)phone + numbers[i].at) = (uint8_t)number;
            return ERR_OK;
        }
    if (strcmp(option->name, "collector") == 0) {
        TRY(pn532_number_read(option->value, UINT32_MAX, &number));
        bytes_put_be32(phone->collector, number);
        return ERR_OK;
    }
    if (strcmp(option->name, "public") == 0) {
        TRY(pn532_hex_read(option->value, phone->peer, sizeof(phone->peer), &phone->peer_size));
        return pn532_phone_x(span_of(phone->peer, phone->peer_size), phone->peer_x) ? ERR_OK : ERR_SYNTAX;
    }
    if (strcmp(option->name, "value") == 0) {
        if (size > sizeof(phone->value))
            return ERR_TOO_LONG;
        memcpy(phone->value, option->value, size);
        phone->value_size = size;
        return ERR_OK;
    }
    return pn532_phone_set(card, option);
}

/* ---- records */

struct text {
    uint8_t bytes[PN532_ANSWER_SIZE_MAX * 2];
    size_t size;
};

static void put(struct text *text, struct span bytes)
{
    KASSA_ASSERT(bytes.size <= sizeof(text->bytes) - text->size);
    if (bytes.size > 0)
        memcpy(text->bytes + text->size, bytes.bytes, bytes.size);
    text->size += bytes.size;
}

/* kind: what is in the first byte beside SHORT; id: "" for none */
static void put_record(struct text *text, uint8_t kind, const char *type, const char *id, struct span payload)
{
    bool is_short = payload.size <= UINT8_MAX;
    uint8_t head[6] = {(uint8_t)(kind | (is_short ? SHORT : 0) | (id[0] != '\0' ? WITH_ID : 0)),
                       (uint8_t)strlen(type)};
    bytes_put_be(head + 2, payload.size, is_short ? 1 : 4);
    put(text, span_of(head, is_short ? 3 : 6));
    uint8_t id_size = (uint8_t)strlen(id);
    put(text, span_of(&id_size, id_size > 0));
    put(text, span_of_text(type));
    put(text, span_of_text(id));
    put(text, payload);
}

struct record {
    struct span type, payload;
};

/* Terminals send short external records without ids. */
static bool take_record(struct span *rest, struct record *out)
{
    const uint8_t *at = rest->bytes;
    if (rest->size < 3 || (at[0] & 0x3F) != (SHORT | EXTERNAL) || rest->size < 3u + at[1] + at[2])
        return false;
    *out = (struct record){span_of(at + 3, at[1]), span_of(at + 3 + at[1], at[2])};
    size_t size = 3u + at[1] + at[2];
    *rest = span_of(at + size, rest->size - size);
    return true;
}

/* The next record must be of this type. */
static bool take_of_type(struct span *rest, const char *type, struct span *out_payload)
{
    struct record record;
    if (!take_record(rest, &record) || !span_is_equal(record.type, span_of_text(type)))
        return false;
    *out_payload = record.payload;
    return true;
}

static bool take_bytes(struct span *rest, size_t size, struct span *out)
{
    if (rest->size < size)
        return false;
    *out = span_of(rest->bytes, size);
    *rest = span_of(rest->bytes + size, rest->size - size);
    return true;
}

/* ---- selecting */

static void phone_nonce(const struct pn532_card *card, uint8_t out[NONCE_SIZE])
{
    uint8_t seed[16];
    pn532_phone_seed(card, seed);
    pn532_phone_hash(span_of_text("smart tap nonce"), span_of(seed, sizeof(seed)), out);
}

static bool phone_key(const struct pn532_card *card, uint8_t out_scalar[PN532_SCALAR_SIZE],
                      uint8_t out_point[PN532_POINT_SIZE])
{
    uint8_t seed[16];
    pn532_phone_seed(card, seed);
    return pn532_phone_key(span_of(seed, sizeof(seed)), out_scalar, out_point);
}

static enum pn532_air select_wallet(struct pn532_card *card, struct pn532_answer *answer)
{
    static const uint8_t head[] = {0x6F, 0x7E, 0x50, 0x0A, 'A',  'n',  'd',  'r',  'o',  'i',  'd',  'P',
                                   'a',  'y',  0xC0, 0x02, 0x00, 0x01, 0xC1, 0x02, 0x00, 0x03, 0xC2, 0x20};
    static const uint8_t middle[] = {0xC3, 0x21};
    static const uint8_t tail[] = {0xA5, 0x23, 0xBF, 0x0C, 0x20, 0x61, 0x1E, 0x4F, 0x09, 0xA0, 0x00, 0x00,
                                   0x04, 0x76, 0xD0, 0x00, 0x01, 0x11, 0x87, 0x01, 0x01, 0x73, 0x0E, 0xDF,
                                   0x6D, 0x02, 0x00, 0x00, 0xDF, 0x4D, 0x02, 0x00, 0x01, 0xDF, 0x62, 0x01};
    uint8_t nonce[NONCE_SIZE], scalar[PN532_SCALAR_SIZE], point[PN532_POINT_SIZE];
    uint8_t capabilities = card->phone.skips != 0 ? 0x01 : 0x00;
    if (!phone_key(card, scalar, point))
        return pn532_phone_answer_status(answer, SW_CRYPTO);
    phone_nonce(card, nonce);
    card->phone.is_selected = capabilities != 0;
    pn532_phone_put(answer, span_of(head, sizeof(head)));
    pn532_phone_put(answer, span_of(nonce, sizeof(nonce)));
    pn532_phone_put(answer, span_of(middle, sizeof(middle)));
    pn532_phone_put(answer, span_of(point, sizeof(point)));
    pn532_phone_put(answer, span_of(tail, sizeof(tail)));
    pn532_phone_put(answer, span_of(&capabilities, 1));
    return pn532_phone_answer_status(answer, SW_OK);
}

static enum pn532_air select_application(struct pn532_card *card, struct pn532_answer *answer)
{
    static const uint8_t versions[] = {0x00, 0x00, 0x00, 0x01};
    struct text text = {.size = 0};
    uint8_t payload[1 + NONCE_SIZE] = {0x04};
    phone_nonce(card, payload + 1);
    put_record(&text, AT_FIRST | AT_LAST | EXTERNAL, "mdn", "", span_of(payload, sizeof(payload)));
    card->phone.is_selected = true;
    pn532_phone_put(answer, span_of(versions, sizeof(versions)));
    pn532_phone_put(answer, span_of(text.bytes, text.size));
    return pn532_phone_answer_status(answer, SW_OK);
}

/* ---- the session */

static void put_session(struct text *text, const struct pn532_phone *phone)
{
    uint8_t session[10];
    memcpy(session, phone->session_id, 8);
    session[8] = phone->sequence;
    session[9] = 0x01;
    put_record(text, AT_FIRST | EXTERNAL, "ses", "", span_of(session, sizeof(session)));
}

struct negotiation {
    struct span session, nonce, live, point, key_version, signature, collector;
};

static bool read_negotiation(struct span data, struct negotiation *out)
{
    struct span request, version, cryptography;
    return take_of_type(&data, "ngr", &request) && data.size == 0 && take_bytes(&request, 2, &version) &&
           version.bytes[1] == 0x01 && take_of_type(&request, "ses", &out->session) &&
           out->session.size == 10 && take_of_type(&request, "cpr", &cryptography) && request.size == 0 &&
           take_bytes(&cryptography, NONCE_SIZE, &out->nonce) && take_bytes(&cryptography, 1, &out->live) &&
           take_bytes(&cryptography, PN532_POINT_SIZE, &out->point) &&
           take_bytes(&cryptography, 4, &out->key_version) &&
           take_of_type(&cryptography, "sig", &out->signature) &&
           take_of_type(&cryptography, "cld", &out->collector) && cryptography.size == 0 &&
           out->collector.size == 5 && out->signature.size > 1;
}

/* What the collector signed, and what it must be. */
static enum pn532_air check_negotiation(struct pn532_card *card, const struct negotiation *negotiation,
                                        struct pn532_answer *answer)
{
    struct pn532_phone *phone = &card->phone;
    uint8_t *at = phone->signed_text;
    memcpy(at, negotiation->nonce.bytes, NONCE_SIZE);
    memset(at + NONCE_SIZE, 0, NONCE_SIZE);
    if (negotiation->live.bytes[0] != 0)
        phone_nonce(card, at + NONCE_SIZE);
    memcpy(at + 2 * NONCE_SIZE, negotiation->collector.bytes + 1, 4);
    memcpy(at + 2 * NONCE_SIZE + 4, negotiation->point.bytes, PN532_POINT_SIZE);
    struct span signature = span_of(negotiation->signature.bytes + 1, negotiation->signature.size - 1);
    if (signature.size > sizeof(phone->signature))
        return pn532_phone_answer_status(answer, SW_PARSE);
    if (memcmp(phone->collector, negotiation->collector.bytes + 1, 4) != 0)
        return pn532_phone_answer_status(answer, SW_NO_MERCHANT);
    if (!pn532_phone_verify(span_of(phone->peer, phone->peer_size), span_of(at, sizeof(phone->signed_text)),
                            signature))
        return pn532_phone_answer_status(answer, SW_AUTHENTICATION);
    memcpy(phone->signature, signature.bytes, signature.size);
    phone->signature_size = signature.size;
    memcpy(phone->session_id, negotiation->session.bytes, 8);
    phone->sequence = negotiation->session.bytes[8];
    return pn532_phone_answer_status(answer, SW_OK);
}

static enum pn532_air negotiate(struct pn532_card *card, struct span data, struct pn532_answer *answer)
{
    struct negotiation negotiation;
    struct text inner = {.size = 0}, outer = {.size = 0};
    uint8_t scalar[PN532_SCALAR_SIZE], point[PN532_POINT_SIZE];
    if (!read_negotiation(data, &negotiation))
        return pn532_phone_answer_status(answer, SW_PARSE);
    enum pn532_air air = check_negotiation(card, &negotiation, answer);
    if (answer->bytes[0] != 0x90 || !phone_key(card, scalar, point))
        return air;
    put_session(&inner, &card->phone);
    put_record(&inner, AT_LAST | EXTERNAL, "dpk", "", span_of(point, sizeof(point)));
    put_record(&outer, AT_FIRST | AT_LAST | EXTERNAL, "nrs", "", span_of(inner.bytes, inner.size));
    answer->size = 0;
    pn532_phone_put(answer, span_of(outer.bytes, outer.size));
    return pn532_phone_answer_status(answer, SW_OK);
}

/* ---- the data */

static void put_object(struct text *text, const struct pn532_phone *phone, uint8_t place)
{
    static const uint8_t issuer[] = {0x04, 0x01, 0x00, 0x00, 0x00, 0x00};
    static const uint8_t object_id[] = {0x04, 0x4B, 0x41, 0x53, 0x53, 0x41, 0x00, 0x00, 0x01};
    struct text number = {.size = 0}, object = {.size = 0}, service = {.size = 0};
    static const uint8_t utf8 = 0x00;
    put(&number, span_of(&utf8, 1));
    put(&number, span_of(phone->value, phone->value_size));
    put_record(&object, AT_FIRST | EXTERNAL, "oid", "", span_of(object_id, sizeof(object_id)));
    put_record(&object, AT_LAST | WELL_KNOWN, "T", "n", span_of(number.bytes, number.size));
    put_record(&service, AT_FIRST | EXTERNAL, "i", "", span_of(issuer, sizeof(issuer)));
    put_record(&service, AT_LAST | EXTERNAL, "ly", "", span_of(object.bytes, object.size));
    put_record(text, place | EXTERNAL, "asv", "", span_of(service.bytes, service.size));
}

static void put_customer(struct text *text, const struct pn532_phone *phone, uint8_t place)
{
    static const uint8_t issuer[] = {0x04, 0x02, 0x00, 0x00, 0x00, 0x01};
    uint8_t id[1 + 16] = {0x04};
    struct text customer = {.size = 0}, service = {.size = 0};
    memcpy(id + 1, phone->seed, sizeof(phone->seed));
    put_record(&customer, AT_FIRST | EXTERNAL, "cid", "", span_of(id, sizeof(id)));
    put_record(&customer, AT_LAST | WELL_KNOWN, "T", "cpl", span_of("\0en", 3));
    put_record(&service, AT_FIRST | EXTERNAL, "i", "", span_of(issuer, sizeof(issuer)));
    put_record(&service, AT_LAST | EXTERNAL, "cus", "", span_of(customer.bytes, customer.size));
    put_record(text, place | EXTERNAL, "asv", "", span_of(service.bytes, service.size));
}

/* flags | nonce (12) | AES-CTR | HMAC over both */
static bool put_bundle(const struct pn532_card *card, struct span plain, struct text *out)
{
    const struct pn532_phone *phone = &card->phone;
    uint8_t scalar[PN532_SCALAR_SIZE], point[PN532_POINT_SIZE], secret[32], keys[48], nonce[NONCE_SIZE];
    uint8_t counter[16] = {0}, mac[PN532_HASH_SIZE];
    uint8_t info[sizeof(phone->signed_text) + sizeof(phone->signature)];
    const uint8_t flags = phone->packs != 0 ? 0x03 : 0x01;
    memcpy(info, phone->signed_text, sizeof(phone->signed_text));
    memcpy(info + sizeof(phone->signed_text), phone->signature, phone->signature_size);
    phone_nonce(card, nonce);
    memcpy(counter, nonce, 12);
    if (!phone_key(card, scalar, point) ||
        !pn532_phone_agree(scalar, span_of(phone->signed_text + 2 * NONCE_SIZE + 4, PN532_POINT_SIZE),
                           secret) ||
        !pn532_phone_derive(span_of(point, sizeof(point)), span_of(secret, sizeof(secret)),
                            span_of(info, sizeof(phone->signed_text) + phone->signature_size), keys))
        return false;
    put(out, span_of(&flags, 1));
    put(out, span_of(counter, 12));
    put(out, plain);
    if (!pn532_phone_ctr(keys, counter, plain, out->bytes + 1 + 12) ||
        !pn532_phone_mac(keys + 16, span_of(out->bytes + 1, out->size - 1), mac))
        return false;
    put(out, span_of(mac, sizeof(mac)));
    return true;
}

/* Sends what is left in a part; 9100 says that there is more. */
static enum pn532_air give_part(struct pn532_card *card, struct pn532_answer *answer)
{
    struct pn532_phone *phone = &card->phone;
    size_t room = phone->part_size != 0 ? phone->part_size : PART_SIZE_USUAL;
    size_t size = phone->rest_size < room ? phone->rest_size : room;
    pn532_phone_put(answer, span_of(phone->rest, size));
    phone->rest_size -= size;
    memmove(phone->rest, phone->rest + size, phone->rest_size);
    if (phone->rest_size == 0)
        phone->is_answered = true;
    return pn532_phone_answer_status(answer, phone->rest_size > 0 ? SW_MORE : SW_OK);
}

static bool give_content(struct pn532_card *card, struct text *content)
{
    static struct text packed; /* too large for a stack beside the others; one thread */
    const struct pn532_phone *phone = &card->phone;
    struct text bundle = {.size = 0}, inner = {.size = 0}, outer = {.size = 0};
    struct span plain = span_of(content->bytes, content->size);
    if (phone->packs != 0) {
        packed.size = pn532_phone_pack(plain, packed.bytes, sizeof(packed.bytes));
        plain = span_of(packed.bytes, packed.size);
    }
    if (plain.size == 0 || !put_bundle(card, plain, &bundle))
        return false;
    put_session(&inner, phone);
    put_record(&inner, AT_LAST | EXTERNAL, "reb", "", span_of(bundle.bytes, bundle.size));
    put_record(&outer, AT_FIRST | AT_LAST | EXTERNAL, "srs", "", span_of(inner.bytes, inner.size));
    if (outer.size > sizeof(card->phone.rest))
        return false;
    memcpy(card->phone.rest, outer.bytes, outer.size);
    card->phone.rest_size = outer.size;
    return true;
}

/* Whether the list of services asks for that kind. */
static bool asks_for(struct span services, uint8_t kind)
{
    struct span type;
    while (services.size > 0 && take_of_type(&services, "str", &type))
        if (type.size == 1 && (type.bytes[0] == kind || type.bytes[0] == ASKS_FOR_ALL))
            return true;
    return false;
}

static bool read_get_data(struct span data, const struct pn532_phone *phone, struct span *out_services)
{
    struct span request, version, session, merchant, collector, capabilities;
    return take_of_type(&data, "srq", &request) && data.size == 0 && take_bytes(&request, 2, &version) &&
           version.bytes[1] == 0x01 && take_of_type(&request, "ses", &session) && session.size == 10 &&
           memcmp(session.bytes, phone->session_id, 8) == 0 && session.bytes[8] == phone->sequence + 1 &&
           take_of_type(&request, "mer", &merchant) && take_of_type(&merchant, "cld", &collector) &&
           collector.size == 5 && memcmp(collector.bytes + 1, phone->collector, 4) == 0 &&
           take_of_type(&request, "slr", out_services) &&
           (request.size == 0 || (take_of_type(&request, "pcr", &capabilities) && capabilities.size == 5 &&
                                  (phone->packs == 0 || (capabilities.bytes[0] & 0x40) != 0)));
}

static enum pn532_air get_data(struct pn532_card *card, struct span data, struct pn532_answer *answer)
{
    struct pn532_phone *phone = &card->phone;
    struct text content = {.size = 0};
    struct span services;
    if (phone->sequence == 0 || !read_get_data(data, phone, &services))
        return pn532_phone_answer_status(answer, SW_PARSE);
    phone->sequence++;
    bool has_object = phone->value_size > 0 && asks_for(services, ASKS_FOR_LOYALTY);
    bool has_customer = phone->has_customer != 0 && asks_for(services, ASKS_FOR_CUSTOMER);
    if (!has_object && !has_customer)
        return pn532_phone_answer_status(answer, SW_NO_PASS);
    if (has_object)
        put_object(&content, phone, (uint8_t)(AT_FIRST | (has_customer ? 0 : AT_LAST)));
    if (has_customer)
        put_customer(&content, phone, (uint8_t)(AT_LAST | (has_object ? 0 : AT_FIRST)));
    if (!give_content(card, &content))
        return pn532_phone_answer_status(answer, SW_CRYPTO);
    return give_part(card, answer);
}

enum pn532_air pn532_android_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    static const uint8_t more[] = {0x90, 0xC0, 0x00, 0x00, 0x00};
    uint16_t status;
    answer->size = 0;
    if (pn532_phone_is_select(apdu, pn532_phone_wallet))
        return select_wallet(card, answer);
    if (pn532_phone_is_select(apdu, application))
        return select_application(card, answer);
    if (apdu.size >= 2 && apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xA4)
        return pn532_phone_answer_status(answer, SW_NO_APPLICATION);
    if (span_is_equal(apdu, span_of(more, sizeof(more))) && card->phone.rest_size > 0)
        return give_part(card, answer);
    if (apdu.size < 6 || apdu.bytes[0] != 0x90 || !card->phone.is_selected)
        return pn532_phone_answer_status(answer, SW_UNKNOWN);
    if (apdu.size != 6u + apdu.bytes[4] || apdu.bytes[apdu.size - 1] != 0x00)
        return pn532_phone_answer_status(answer, SW_LENGTH);
    if (pn532_phone_next_status(card, &status))
        return pn532_phone_answer_status(answer, status);
    struct span data = span_of(apdu.bytes + 5, apdu.bytes[4]);
    if (apdu.bytes[1] == 0x53)
        return negotiate(card, data, answer);
    return apdu.bytes[1] == 0x50 ? get_data(card, data, answer)
                                 : pn532_phone_answer_status(answer, SW_UNKNOWN);
}
