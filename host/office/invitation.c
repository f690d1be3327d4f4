/* SPDX-License-Identifier: Apache-2.0 */
#include "office/invitation.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/hex.h"
#include "wire/topic.h"

#define DAY_S         INT64_C(86400)
#define LINE_TEXT_MAX 128
#define FIRST_LINE    "Kassa invitation "
#define VERSION       "1"

void invitation_done(struct invitation *invitation)
{
    vault_wipe(invitation, sizeof(*invitation));
}

void invitation_keys_done(struct invitation_keys *keys)
{
    vault_wipe(keys, sizeof(*keys));
}

/* ---- as text */

enum err invitation_write(const struct invitation *invitation, char *out, size_t capacity, size_t *out_size)
{
    char token[2 * INVITATION_TOKEN_SIZE + 1], day[11];
    hex_write(span_of(invitation->token, sizeof(invitation->token)), token);
    civil_format_day((int32_t)(invitation->until_unix_s / DAY_S), day);
    int minute = (int)(invitation->until_unix_s % DAY_S / 60);
    int size = snprintf(out, capacity,
                        FIRST_LINE VERSION "\ntill: %s\nstore: %s\nbroker: %s %u\nuntil: %s %02d:%02d UTC\n"
                                           "token: %s\n%s",
                        invitation->till, invitation->store, invitation->host, (unsigned)invitation->port,
                        day, minute / 60, minute % 60, token, invitation->authority_pem);
    vault_wipe(token, sizeof(token));
    if (size < 0 || (size_t)size >= capacity)
        return ERR_TOO_LONG;
    *out_size = (size_t)size;
    return ERR_OK;
}

/* The rest of the text, and the number of the line that was read last. */
struct reading {
    struct span rest;
    unsigned line;
};

/* The next line's text behind its label. */
static enum err read_line(struct reading *reading, const char *label, char out[LINE_TEXT_MAX])
{
    size_t size = 0, label_size = strlen(label);
    reading->line++;
    while (size < reading->rest.size && reading->rest.bytes[size] != '\n')
        size++;
    if (size == reading->rest.size || size < label_size || size - label_size >= LINE_TEXT_MAX ||
        memcmp(reading->rest.bytes, label, label_size) != 0)
        return ERR_SYNTAX;
    size_t end = size > label_size && reading->rest.bytes[size - 1] == '\r' ? size - 1 : size;
    memcpy(out, reading->rest.bytes + label_size, end - label_size);
    out[end - label_size] = '\0';
    reading->rest = span_of(reading->rest.bytes + size + 1, reading->rest.size - size - 1);
    return strlen(out) == end - label_size ? ERR_OK : ERR_SYNTAX;
}

static enum err read_id(struct reading *reading, const char *label, char out[TILL_ID_MAX + 1])
{
    char text[LINE_TEXT_MAX];
    TRY(read_line(reading, label, text));
    if (!topic_is_till_id(span_of_text(text)))
        return ERR_SYNTAX;
    memcpy(out, text, strlen(text) + 1);
    return ERR_OK;
}

static enum err read_broker(struct reading *reading, struct invitation *out)
{
    char text[LINE_TEXT_MAX];
    unsigned port = 0;
    int size = 0;
    struct in6_addr address;
    TRY(read_line(reading, "broker: ", text));
    if (sscanf(text, "%63[0-9a-fA-F.:] %5u%n", out->host, &port, &size) != 2 || text[size] != '\0' ||
        port == 0 || port > UINT16_MAX)
        return ERR_SYNTAX;
    out->port = (uint16_t)port;
    bool is_address =
        inet_pton(AF_INET, out->host, &address) == 1 || inet_pton(AF_INET6, out->host, &address) == 1;
    return is_address ? ERR_OK : ERR_SYNTAX;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "2026-11-23 09:05 UTC" */
static enum err read_until(struct reading *reading, int64_t *out_unix_s)
{
    char text[LINE_TEXT_MAX];
    int32_t day;
    TRY(read_line(reading, "until: ", text));
    if (strlen(text) != 20 || text[10] != ' ' || text[13] != ':' || strcmp(text + 16, " UTC") != 0 ||
        !is_digit(text[11]) || !is_digit(text[12]) || !is_digit(text[14]) || !is_digit(text[15]))
        return ERR_SYNTAX;
    int hour = (text[11] - '0') * 10 + text[12] - '0', minute = (text[14] - '0') * 10 + text[15] - '0';
    TRY(civil_parse_day(span_of(text, 10), &day));
    if (day < 0 || hour > 23 || minute > 59) /* no invitation ended before 1970 */
        return ERR_SYNTAX;
    *out_unix_s = day * DAY_S + hour * 3600 + minute * 60;
    return ERR_OK;
}

static enum err read_token(struct reading *reading, uint8_t out[INVITATION_TOKEN_SIZE])
{
    char text[LINE_TEXT_MAX];
    TRY(read_line(reading, "token: ", text));
    enum err error = hex_read(span_of_text(text), out, INVITATION_TOKEN_SIZE);
    vault_wipe(text, sizeof(text));
    return error;
}

static enum err read_authority(struct reading *reading, char out[VAULT_PEM_TEXT_MAX + 1])
{
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    reading->line++;
    if (reading->rest.size > VAULT_PEM_TEXT_MAX ||
        memchr(reading->rest.bytes, '\0', reading->rest.size) != NULL ||
        vault_pem_read(VAULT_PEM_CERTIFICATE, reading->rest, &der) != ERR_OK)
        return ERR_SYNTAX;
    memcpy(out, reading->rest.bytes, reading->rest.size);
    out[reading->rest.size] = '\0';
    return ERR_OK;
}

static enum err read_lines(struct reading *reading, struct invitation *out)
{
    char version[LINE_TEXT_MAX];
    TRY(read_line(reading, FIRST_LINE, version));
    if (strcmp(version, VERSION) != 0)
        return ERR_VERSION;
    TRY(read_id(reading, "till: ", out->till));
    TRY(read_id(reading, "store: ", out->store));
    TRY(read_broker(reading, out));
    TRY(read_until(reading, &out->until_unix_s));
    TRY(read_token(reading, out->token));
    return read_authority(reading, out->authority_pem);
}

enum err invitation_read(struct span text, struct invitation *out, unsigned *out_line)
{
    struct invitation read CLEANUP(invitation_done) = {.port = 0};
    struct reading reading = {text, 0};
    enum err error = read_lines(&reading, &read);
    *out_line = reading.line;
    if (error == ERR_OK)
        *out = read;
    return error;
}

/* ---- what comes of a token */

/* The token says no more than a key of its own would: it is stretched to one, and each use gets its own. */
static enum err derive(const uint8_t key[HASH_SIZE], const char *use, uint8_t *out, size_t size)
{
    uint8_t derived[HASH_SIZE];
    TRY(vault_keyed_hash(key, span_of_text(use), derived));
    memcpy(out, derived, size);
    vault_wipe(derived, sizeof(derived));
    return ERR_OK;
}

enum err invitation_keys_of(const uint8_t token[INVITATION_TOKEN_SIZE], struct invitation_keys *out)
{
    static const char head[] = "kassa invitation 1";
    struct invitation_keys keys CLEANUP(invitation_keys_done) = {.id = {0}};
    uint8_t key[HASH_SIZE];
    TRY(vault_sha256_two(span_of(head, sizeof(head)), span_of(token, INVITATION_TOKEN_SIZE), key));
    enum err error = derive(key, "id", keys.id, sizeof(keys.id));
    if (error == ERR_OK)
        error = derive(key, "proof", keys.proof, sizeof(keys.proof));
    if (error == ERR_OK)
        error = derive(key, "seal", keys.seal, sizeof(keys.seal));
    vault_wipe(key, sizeof(key));
    TRY(error);
    *out = keys;
    return ERR_OK;
}

/* ---- proofs */

/* HMAC over the hash of what is said and a word for which way it goes, so that no answer passes for a request. */
static enum err prove(const uint8_t proof_key[INVITATION_KEY_SIZE], const char *way, struct span said,
                      uint8_t out[HASH_SIZE])
{
    uint8_t statement[16 + HASH_SIZE] = {0};
    memcpy(statement, way, strlen(way));
    TRY(vault_sha256(said, statement + 16));
    return vault_keyed_hash(proof_key, span_of(statement, sizeof(statement)), out);
}

enum err invitation_prove_request(const uint8_t proof_key[INVITATION_KEY_SIZE], struct span request_der,
                                  uint8_t out[HASH_SIZE])
{
    return prove(proof_key, "request", request_der, out);
}

enum err invitation_prove_answer(const uint8_t proof_key[INVITATION_KEY_SIZE],
                                 const kassa_EnrolAnswer *answer, uint8_t out[HASH_SIZE])
{
    uint8_t hashes[2 * HASH_SIZE];
    TRY(vault_sha256(span_of(answer->certificate.bytes, answer->certificate.size), hashes));
    TRY(vault_sha256(span_of(answer->sealed.bytes, answer->sealed.size), hashes + HASH_SIZE));
    return prove(proof_key, "answer", span_of(hashes, sizeof(hashes)), out);
}

bool invitation_is_proof(const uint8_t right[HASH_SIZE], struct span shown)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < HASH_SIZE && shown.size == HASH_SIZE; i++)
        difference |= (uint8_t)(right[i] ^ shown.bytes[i]);
    return shown.size == HASH_SIZE && difference == 0;
}
