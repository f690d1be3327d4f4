/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/phone.h"
#include "base/bytes.h"
#include "base/hex.h"
#include "pn532-sim/cards/phone_crypto.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

const struct span pn532_phone_wallet = {(const uint8_t *)"OSE.VAS.01", 10};

void pn532_phone_seed(const struct pn532_card *card, uint8_t out[16])
{
    memcpy(out, card->phone.seed, 8);
    bytes_put_be(out + 8, card->phone.session, 4);
    bytes_put_be(out + 12, card->phone.answers, 4);
}

/* ISO/IEC 14443-3: 08 and three bytes that mean nothing. */
static void draw_uid(struct pn532_card *card)
{
    uint8_t seed[16];
    uint8_t hash[PN532_HASH_SIZE];
    pn532_phone_seed(card, seed);
    pn532_phone_hash(span_of_text("uid"), span_of(seed, sizeof(seed)), hash);
    card->uid[0] = 0x08;
    memcpy(card->uid + 1, hash, 3);
}

bool pn532_phone_make(struct pn532_card *card)
{
    static const uint8_t ats[] = {0x05, 0x78, 0x80, 0x70, 0x02};
    if (card->uid_size != 4)
        return false;
    memcpy(card->phone.seed, card->uid, card->uid_size);
    if (card->ats_size == 0) {
        memcpy(card->ats, ats, sizeof(ats));
        card->ats_size = sizeof(ats);
    }
    card->memory_size = 1; /* how often it showed its tick: the control protocol's dump tells */
    draw_uid(card);
    return true;
}

void pn532_phone_power_off(struct pn532_card *card)
{
    struct pn532_phone *phone = &card->phone;
    if (phone->is_answered && card->memory[0] < UINT8_MAX)
        card->memory[0]++;
    phone->is_answered = false;
    phone->is_selected = false;
    phone->sequence = 0;
    phone->rest_size = 0;
    phone->heard = 0;
    phone->session++;
    card->is_asleep = phone->ecp_needed > 0;
    draw_uid(card);
}

void pn532_phone_hear(struct pn532_card *card, struct span frame)
{
    static const uint8_t ecp[] = {0x6A, 0x01, 0x00, 0x00};
    bool is_wallet = frame.size == sizeof(ecp) + 1 && memcmp(frame.bytes, ecp, sizeof(ecp)) == 0 &&
                     frame.bytes[sizeof(ecp)] <= 0x02; /* 03 is for payment alone */
    if (is_wallet && card->is_asleep && ++card->phone.heard >= card->phone.ecp_needed)
        card->is_asleep = false;
}

/* "6287,6984,9000": one for each time that it is asked for something. */
static enum err set_script(struct pn532_phone *phone, const char *text)
{
    phone->script_size = 0;
    for (const char *at = text; *at != '\0'; at += at[4] == ',' ? 5 : 4) {
        uint8_t word[2];
        if (phone->script_size == PN532_SCRIPT_MAX || strnlen(at, 5) < 4 || (at[4] != ',' && at[4] != '\0'))
            return ERR_SYNTAX;
        TRY(hex_read(span_of(at, 4), word, sizeof(word)));
        phone->script[phone->script_size++] = (uint16_t)(word[0] << 8 | word[1]);
    }
    return ERR_OK;
}

bool pn532_phone_next_status(struct pn532_card *card, uint16_t *out_status)
{
    struct pn532_phone *phone = &card->phone;
    if (phone->script_at == phone->script_size)
        return false;
    *out_status = phone->script[phone->script_at++];
    return *out_status != 0x9000;
}

enum err pn532_phone_set(struct pn532_card *card, const struct pn532_option *option)
{
    uint32_t number;
    if (strcmp(option->name, "status") == 0)
        return set_script(&card->phone, option->value);
    if (strcmp(option->name, "ecp") == 0) {
        TRY(pn532_number_read(option->value, UINT8_MAX, &number));
        card->phone.ecp_needed = (uint8_t)number;
        card->is_asleep = number > 0;
        return ERR_OK;
    }
    if (strcmp(option->name, "time") == 0) {
        TRY(pn532_number_read(option->value, UINT32_MAX, &number));
        card->phone.time_unix_s = number;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

enum pn532_air pn532_phone_answer_status(struct pn532_answer *answer, uint16_t status)
{
    const uint8_t bytes[] = {(uint8_t)(status >> 8), (uint8_t)status};
    pn532_phone_put(answer, span_of(bytes, sizeof(bytes)));
    return PN532_AIR_DATA;
}

void pn532_phone_put(struct pn532_answer *answer, struct span bytes)
{
    KASSA_ASSERT(bytes.size <= sizeof(answer->bytes) - answer->size);
    memcpy(answer->bytes + answer->size, bytes.bytes, bytes.size);
    answer->size += bytes.size;
}

bool pn532_phone_is_select(struct span apdu, struct span name)
{
    static const uint8_t head[] = {0x00, 0xA4, 0x04, 0x00};
    return apdu.size == sizeof(head) + 1 + name.size + 1 && memcmp(apdu.bytes, head, sizeof(head)) == 0 &&
           apdu.bytes[sizeof(head)] == name.size &&
           memcmp(apdu.bytes + sizeof(head) + 1, name.bytes, name.size) == 0;
}
