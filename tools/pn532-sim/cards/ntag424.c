/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "pn532-sim/cards/aes.h"
#include "pn532-sim/cards/lrp.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

/* NXP NTAG 424 DNA (data sheet NT4H2421Gx, application note AN12196): a Type 4 tag whose link has mirrors, written anew
 * as the file is read from its begin. The mirrors are the parameters picc_data (32 digits, in LRP mode 48), uid (14), ctr (6), enc (32 a
 * block of file data) and cmac (16) of the link, which the card was given with any digits in these places. */
enum { PICC_SIZE = 16, PICC_RANDOM = 8, UID_SIZE = 7, COUNTER_MAX = 0xFFFFFF, MAC_SIZE = 8, FILE_MAX = 64 };

struct mirror {
    uint8_t *digits; /* in the file; NULL: the link has no such parameter */
};

static struct mirror find_mirror(uint8_t *file, size_t size, const char *name)
{
    size_t name_size = strlen(name);
    for (size_t i = 0; i + 1 + name_size + 1 < size; i++) {
        bool is_it = (file[i] == '?' || file[i] == '&') && memcmp(file + i + 1, name, name_size) == 0 &&
                     file[i + 1 + name_size] == '=';
        if (is_it)
            return (struct mirror){file + i + 2 + name_size};
    }
    return (struct mirror){NULL};
}

/* In capitals, as the tag writes them. */
static void put_digits(struct mirror mirror, struct span bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.size; i++) {
        mirror.digits[2 * i] = (uint8_t)digits[bytes.bytes[i] >> 4];
        mirror.digits[2 * i + 1] = (uint8_t)digits[bytes.bytes[i] & 0x0F];
    }
}

static void put_counter(const struct pn532_card *card, uint8_t out[3])
{
    for (size_t i = 0; i < 3; i++)
        out[i] = (uint8_t)(card->counter >> 8 * i);
}

static void make_session_key(const struct pn532_card *card, uint8_t first, uint8_t second,
                             uint8_t out[PN532_AES_SIZE])
{
    uint8_t vector[PN532_AES_SIZE] = {first, second, 0x00, 0x01, 0x00, 0x80};
    memcpy(vector + 6, card->uid, UID_SIZE);
    put_counter(card, vector + 6 + UID_SIZE);
    pn532_cmac(card->sun.file_key, span_of(vector, sizeof(vector)), out);
}

static size_t picc_size(const struct pn532_card *card)
{
    return card->sun.is_lrp ? PICC_RANDOM + PICC_SIZE : PICC_SIZE;
}

/* What the tag draws stands in front, and is the counter of the encryption. */
static void seal_picc(const struct pn532_card *card, const uint8_t data[PICC_SIZE], uint8_t *out)
{
    static const uint8_t zeros[PN532_AES_SIZE];
    struct pn532_lrp lrp;
    if (!card->sun.is_lrp) {
        memcpy(out, data, PICC_SIZE);
        pn532_aes_encrypt(card->sun.meta_key, zeros, out, PICC_SIZE);
        return;
    }
    memset(out, (int)(card->counter * 41), PICC_RANDOM);
    memcpy(out + PICC_RANDOM, data, PICC_SIZE);
    pn532_lrp_make(card->sun.meta_key, 0, &lrp);
    pn532_lrp_encrypt(&lrp, out, PICC_RANDOM, out + PICC_RANDOM, PICC_SIZE);
}

/* One session key in LRP mode, whose updates are for the MAC (0) and for the file (1). */
static void make_lrp_session(const struct pn532_card *card, int index, struct pn532_lrp *out)
{
    uint8_t vector[PN532_AES_SIZE] = {0x00, 0x01, 0x00, 0x80, [14] = 0x1E, [15] = 0xE1};
    uint8_t session[PN532_AES_SIZE];
    struct pn532_lrp lrp;
    memcpy(vector + 4, card->uid, UID_SIZE);
    put_counter(card, vector + 4 + UID_SIZE);
    pn532_lrp_make(card->sun.file_key, 0, &lrp);
    pn532_lrp_cmac(&lrp, span_of(vector, sizeof(vector)), session);
    pn532_lrp_make(session, index, out);
}

static void mirror_identity(const struct pn532_card *card, uint8_t *file, size_t size)
{
    struct mirror picc = find_mirror(file, size, "picc_data");
    struct mirror uid = find_mirror(file, size, "uid");
    struct mirror counter = find_mirror(file, size, "ctr");
    uint8_t data[PICC_SIZE] = {0xC0 | UID_SIZE};
    uint8_t sealed[PICC_RANDOM + PICC_SIZE];
    memcpy(data + 1, card->uid, UID_SIZE);
    put_counter(card, data + 1 + UID_SIZE);
    memset(data + 4 + UID_SIZE, (int)(card->counter * 37), PICC_SIZE - 4 - UID_SIZE); /* a tag draws these */
    seal_picc(card, data, sealed);
    const uint8_t high_first[] = {(uint8_t)(card->counter >> 16), (uint8_t)(card->counter >> 8),
                                  (uint8_t)card->counter};
    if (picc.digits != NULL)
        put_digits(picc, span_of(sealed, picc_size(card)));
    if (uid.digits != NULL)
        put_digits(uid, span_of(card->uid, UID_SIZE));
    if (counter.digits != NULL)
        put_digits(counter, span_of(high_first, sizeof(high_first)));
}

static void seal_file(const struct pn532_card *card, uint8_t *data)
{
    static const uint8_t zeros[PN532_AES_SIZE];
    uint8_t key[PN532_AES_SIZE];
    uint8_t iv[PN532_AES_SIZE] = {0};
    struct pn532_lrp lrp;
    put_counter(card, iv);
    if (card->sun.is_lrp) {
        make_lrp_session(card, 1, &lrp);
        pn532_lrp_encrypt(&lrp, iv, 6, data, card->sun.file_size);
        return;
    }
    make_session_key(card, 0xC3, 0x3C, key);
    pn532_aes_encrypt(key, zeros, iv, sizeof(iv));
    pn532_aes_encrypt(key, iv, data, card->sun.file_size);
}

static void mirror_file(const struct pn532_card *card, struct mirror enc)
{
    uint8_t data[FILE_MAX];
    memcpy(data, card->sun.file, card->sun.file_size);
    seal_file(card, data);
    put_digits(enc, span_of(data, card->sun.file_size));
}

static void make_mac(const struct pn532_card *card, struct span input, uint8_t out[PN532_AES_SIZE])
{
    uint8_t key[PN532_AES_SIZE];
    struct pn532_lrp lrp;
    if (card->sun.is_lrp) {
        make_lrp_session(card, 0, &lrp);
        pn532_lrp_cmac(&lrp, input, out);
        return;
    }
    make_session_key(card, 0x3C, 0xC3, key);
    pn532_cmac(key, input, out);
}

/* The MAC covers the link from the encrypted file data on, or nothing. */
static void mirror_mac(const struct pn532_card *card, struct mirror enc, struct mirror mac)
{
    uint8_t full[PN532_AES_SIZE];
    uint8_t odd[MAC_SIZE];
    bool is_behind = enc.digits != NULL && enc.digits < mac.digits;
    make_mac(card, is_behind ? span_of(enc.digits, (size_t)(mac.digits - enc.digits)) : span_of("", 0), full);
    for (size_t i = 0; i < MAC_SIZE; i++)
        odd[i] = full[2 * i + 1];
    put_digits(mac, span_of(odd, sizeof(odd)));
}

static void write_mirrors(struct pn532_card *card, uint8_t *file, size_t size)
{
    if (card->counter < COUNTER_MAX)
        card->counter++;
    mirror_identity(card, file, size);
    struct mirror enc = find_mirror(file, size, "enc");
    struct mirror mac = find_mirror(file, size, "cmac");
    if (enc.digits != NULL && card->sun.file_size > 0)
        mirror_file(card, enc);
    if (mac.digits != NULL)
        mirror_mac(card, enc, mac);
}

static enum err set_file(struct pn532_card *card, const char *value)
{
    size_t size = strlen(value);
    size_t whole = (size + PN532_AES_SIZE - 1) / PN532_AES_SIZE * PN532_AES_SIZE;
    if (size == 0 || whole > FILE_MAX)
        return ERR_TOO_LONG;
    memset(card->sun.file, 0, sizeof(card->sun.file));
    memcpy(card->sun.file, value, size);
    card->sun.file_size = whole;
    return ERR_OK;
}

/* The places of mirrors must hold their digits already, or something would be written over the link's rest. */
static enum err check_mirrors(struct pn532_card *card)
{
    struct span file = pn532_type4_file(card);
    uint8_t *bytes = card->memory + (file.bytes - card->memory);
    const struct {
        const char *name;
        size_t digits;
    } mirrors[] = {{"picc_data", 2 * picc_size(card)},
                   {"uid", 14},
                   {"ctr", 6},
                   {"enc", 2 * card->sun.file_size},
                   {"cmac", 16}};
    for (size_t i = 0; i < COUNT_OF(mirrors); i++) {
        struct mirror mirror = find_mirror(bytes, file.size, mirrors[i].name);
        if (mirror.digits == NULL)
            continue;
        for (size_t at = 0; at < mirrors[i].digits; at++)
            if (mirror.digits + at >= bytes + file.size || mirror.digits[at] != '0')
                return ERR_SYNTAX;
    }
    return ERR_OK;
}

enum err pn532_ntag424_set(struct pn532_card *card, const struct pn532_option *option)
{
    const char *value = option->value;
    if (strcmp(option->name, "meta") == 0)
        return hex_read(span_of_text(value), card->sun.meta_key, PN532_AES_SIZE);
    if (strcmp(option->name, "key") == 0)
        return hex_read(span_of_text(value), card->sun.file_key, PN532_AES_SIZE);
    if (strcmp(option->name, "counter") == 0)
        return pn532_number_read(value, COUNTER_MAX, &card->counter);
    if (strcmp(option->name, "file") == 0)
        return set_file(card, value);
    if (strcmp(option->name, "lrp") == 0) {
        card->sun.is_lrp = strcmp(value, "1") == 0;
        return card->sun.is_lrp ? ERR_OK : ERR_SYNTAX;
    }
    if (strcmp(option->name, "sig") == 0)
        return hex_read(span_of_text(value), card->signature, sizeof(card->signature));
    TRY(pn532_type4_set(card, option));
    return check_mirrors(card);
}

/* NT4H2421Gx 10.9.1: Read_Sig, address 00. */
static bool asks_for_signature(struct span apdu)
{
    static const uint8_t command[] = {0x90, 0x3C, 0x00, 0x00, 0x01, 0x00, 0x00};
    return span_is_equal(apdu, span_of(command, sizeof(command)));
}

static enum pn532_air read_signature(const struct pn532_card *card, struct pn532_answer *answer)
{
    static const uint8_t status[] = {0x91, 0x90};
    memcpy(answer->bytes, card->signature, sizeof(card->signature));
    memcpy(answer->bytes + sizeof(card->signature), status, sizeof(status));
    answer->size = sizeof(card->signature) + sizeof(status);
    return PN532_AIR_DATA;
}

/* A read from the begin of the NDEF file counts; one that goes on from there sees the same link. */
enum pn532_air pn532_ntag424_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    bool is_read = apdu.size == 5 && apdu.bytes[0] == 0x00 && apdu.bytes[1] == 0xB0;
    struct span file = pn532_type4_file(card);
    if (asks_for_signature(apdu))
        return read_signature(card, answer);
    if (is_read && pn532_type4_is_ndef_selected(card) && apdu.bytes[2] == 0 && apdu.bytes[3] == 0)
        write_mirrors(card, card->memory + (file.bytes - card->memory), file.size);
    return pn532_type4_transmit(card, apdu, answer);
}
