/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/commands.h"
#include "pn532-sim/crc_a.h"
#include "pn532-sim/isodep.h"

/* 7.1: error codes */
enum {
    STATUS_OK = 0x00,
    STATUS_TIMEOUT = 0x01,
    STATUS_CRC = 0x02,
    STATUS_RF_BUFFER = 0x09,
    STATUS_DATA_FORMAT = 0x13,
    STATUS_AUTHENTICATION = 0x14,
    STATUS_CONTEXT = 0x27
};
enum { RETRIES_FOREVER = 0xFF, BAUD_TYPE_A = 0, BAUD_TYPE_LAST = 4, CASCADE_TAG = 0x88 };

static enum pn532_outcome reply_status(struct pn532_chip *chip, struct pn532_reply *reply, uint8_t status)
{
    if (status == STATUS_TIMEOUT)
        pn532_chip_count_silence(chip);
    chip->error_last = status;
    pn532_reply_put_byte(reply, status);
    return PN532_OUTCOME_REPLY;
}

static void forget_targets(struct pn532_chip *chip)
{
    memset(chip->target_links, 0, sizeof(chip->target_links));
    chip->target_active = 0;
    chip->rest_size = 0;
}

/* REQA and ATQA, then for each cascade level: anticollision 2 + 5 bytes, select 9 + 3. */
static void count_select(struct pn532_chip *chip, const struct pn532_slot *slot)
{
    pn532_chip_count_air(chip, 1, slot != NULL ? 2 : 0);
    size_t levels = slot == NULL ? 0 : (slot->card.uid_size + 2u) / 4u;
    for (size_t i = 0; i < levels; i++) {
        pn532_chip_count_air(chip, 2, 5);
        pn532_chip_count_air(chip, 9, 3);
    }
}

static struct pn532_slot *find_card(struct pn532_chip *chip, struct span uid)
{
    struct pn532_slot *slot = pn532_field_select(chip->field, uid);
    count_select(chip, slot);
    if (slot == NULL)
        return NULL;
    if (slot->select_count++ == 0) {
        slot->selected_mono_us = chip->now_mono_us;
        slot->before = chip->before;
    }
    return slot;
}

static void note_card(struct pn532_reply *reply, const struct pn532_slot *slot)
{
    if (reply->link != 0)
        return;
    reply->link = slot->link;
    reply->is_first_select = slot->select_count == 1;
}

/* 7.3.5: Tg SENS_RES(2) SEL_RES NFCIDLength NFCID1 [ATS], the ATS only if the chip sends RATS by itself; its buffer
 * takes frames of 64 bytes. */
static void put_target(struct pn532_chip *chip, uint8_t number, struct pn532_slot *slot,
                       struct pn532_reply *reply)
{
    enum { RATS_FSD_64 = 0x50, PARAMETER_AUTO_RATS = 0x10 };
    struct pn532_card *card = &slot->card;
    const uint8_t head[] = {number, card->atqa[0], card->atqa[1], card->sak, card->uid_size};
    pn532_reply_put(reply, span_of(head, sizeof(head)));
    pn532_reply_put(reply, span_of(card->uid, card->uid_size));
    bool has_ats = (chip->parameters & PARAMETER_AUTO_RATS) != 0 && pn532_isodep_enter(card, RATS_FSD_64);
    if (has_ats) {
        pn532_chip_count_air(chip, 4, card->ats_size + 2u);
        pn532_reply_put(reply, span_of(card->ats, card->ats_size));
    }
    note_card(reply, slot);
}

static void take_target(struct pn532_chip *chip, size_t index, const struct pn532_slot *slot)
{
    chip->target_links[index] = slot->link;
    chip->target_active = slot->link;
    pn532_registers_set_selected(&chip->registers);
}

/* Takes the cascade tags out of the UID that the host gives: 88 before each three bytes that are not the
 * last. */
static bool read_uid(struct span data, uint8_t *out_uid, size_t *out_size)
{
    size_t size = 0;
    if (data.size != 0 && data.size != 4 && data.size != 8 && data.size != 12)
        return false;
    for (size_t i = 0; i < data.size; i++) {
        bool is_tag = i % 4 == 0 && i + 4 < data.size;
        if (is_tag && data.bytes[i] != CASCADE_TAG)
            return false;
        if (!is_tag)
            out_uid[size++] = data.bytes[i];
    }
    *out_size = size;
    return true;
}

/* NbTg and the targets; false: no card answered. */
static bool list_cards(struct pn532_chip *chip, size_t count_max, struct span uid, struct pn532_reply *reply)
{
    struct pn532_slot *first = find_card(chip, uid);
    if (first == NULL)
        return false;
    pn532_reply_put_byte(reply, 1);
    put_target(chip, 1, first, reply);
    take_target(chip, 0, first);
    if (count_max < 2 || uid.size != 0)
        return true;
    pn532_field_halt(chip->field, first);
    struct pn532_slot *second = find_card(chip, uid);
    if (second != NULL && second != first) {
        reply->bytes[0] = 2;
        put_target(chip, 2, second, reply);
        take_target(chip, 1, second);
    }
    return true;
}

/* A card in layer 4 hears no request. Yet libfreefare, which works with real chips, asks for the card that is selected
 * already by its UID: so the chip must have deselected that one. */
static void let_go_of(struct pn532_chip *chip, struct span uid)
{
    struct pn532_slot *slot = pn532_field_find(chip->field, chip->target_active);
    if (slot == NULL || !slot->card.layer_4.is_entered ||
        !span_is_equal(span_of(slot->card.uid, slot->card.uid_size), uid))
        return;
    pn532_chip_count_air(chip, 1, 1); /* S(DESELECT) */
    pn532_field_halt(chip->field, slot);
}

static enum pn532_outcome list_type_a(struct pn532_chip *chip, struct span parameters,
                                      struct pn532_reply *reply)
{
    uint8_t uid[PN532_UID_SIZE_MAX + 2];
    size_t uid_size;
    if (!read_uid(span_of(parameters.bytes + 2, parameters.size - 2), uid, &uid_size))
        return PN532_OUTCOME_SYNTAX;
    let_go_of(chip, span_of(uid, uid_size));
    forget_targets(chip);
    if (list_cards(chip, parameters.bytes[0], span_of(uid, uid_size), reply))
        return PN532_OUTCOME_REPLY;
    pn532_registers_set_requested(&chip->registers, 0);
    if (chip->retries_passive == RETRIES_FOREVER) {
        chip->waiting = PN532_WAITING_LIST;
        return PN532_OUTCOME_WAIT;
    }
    for (size_t i = 0; i < chip->retries_passive; i++)
        count_select(chip, NULL);
    pn532_reply_put_byte(reply, 0);
    return PN532_OUTCOME_REPLY;
}

/* FeliCa, type B and Jewel cards: there are none here. */
static enum pn532_outcome list_others(struct pn532_chip *chip, uint8_t baud_type, struct pn532_reply *reply)
{
    static const uint8_t framing[BAUD_TYPE_LAST + 1] = {0x00, 0x02, 0x02, 0x03, 0x00};
    forget_targets(chip);
    pn532_registers_set_requested(&chip->registers, framing[baud_type]);
    if (chip->retries_passive == RETRIES_FOREVER) {
        chip->waiting = PN532_WAITING_FOREVER;
        return PN532_OUTCOME_WAIT;
    }
    for (size_t i = 0; i <= chip->retries_passive; i++)
        count_select(chip, NULL);
    pn532_reply_put_byte(reply, 0);
    return PN532_OUTCOME_REPLY;
}

static void keep_for_waiting(struct pn532_chip *chip, struct span parameters)
{
    memcpy(chip->wait_parameters, parameters.bytes, parameters.size);
    chip->wait_size = parameters.size;
}

/* 7.3.5 InListPassiveTarget: MaxTg BrTy [InitiatorData] */
enum pn532_outcome pn532_run_list(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply)
{
    uint8_t count_max = parameters.bytes[0];
    uint8_t baud_type = parameters.bytes[1];
    if (count_max < 1 || count_max > PN532_TARGET_COUNT_MAX || baud_type > BAUD_TYPE_LAST)
        return PN532_OUTCOME_SYNTAX;
    pn532_field_switch(chip->field, true);
    if (baud_type != BAUD_TYPE_A)
        return list_others(chip, baud_type, reply);
    chip->stats.poll_count++;
    keep_for_waiting(chip, parameters);
    return list_type_a(chip, parameters, reply);
}

/* 7.3.13: type of target that this card is polled as; 20 is passive ISO/IEC 14443-4A, 10 MIFARE, 00 any type
 * A. */
static bool is_polled(const struct pn532_slot *slot, uint8_t type)
{
    bool is_layer_4 = (slot->card.sak & 0x20) != 0;
    return type == 0x00 || type == (is_layer_4 ? 0x20 : 0x10);
}

/* NbTg Type Len TgData */
static void put_polled(struct pn532_chip *chip, struct pn532_slot *slot, struct pn532_reply *reply)
{
    struct pn532_reply target = {.size = 0};
    put_target(chip, 1, slot, &target);
    pn532_reply_put_byte(reply, 1);
    pn532_reply_put_byte(reply, (slot->card.sak & 0x20) != 0 ? 0x20 : 0x10);
    pn532_reply_put_byte(reply, (uint8_t)target.size);
    pn532_reply_put(reply, span_of(target.bytes, target.size));
    note_card(reply, slot);
}

static bool poll_once(struct pn532_chip *chip, struct span types, struct pn532_reply *reply)
{
    struct pn532_slot *slot = find_card(chip, span_of(NULL, 0));
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < types.size; i++) {
        if (!is_polled(slot, types.bytes[i]))
            continue;
        take_target(chip, 0, slot);
        put_polled(chip, slot, reply);
        return true;
    }
    pn532_field_drop(slot);
    return false;
}

static struct span types_of(struct span parameters)
{
    return span_of(parameters.bytes + 2, parameters.size - 2);
}

/* 7.3.13 InAutoPoll: PollNr Period Type..; each type in each round takes Period x 150 ms. */
enum pn532_outcome pn532_run_auto_poll(struct pn532_chip *chip, struct span parameters,
                                       struct pn532_reply *reply)
{
    uint8_t rounds = parameters.bytes[0];
    uint8_t period = parameters.bytes[1];
    size_t type_count = parameters.size - 2;
    if (rounds == 0 || period == 0 || period > 15 || type_count > 15)
        return PN532_OUTCOME_SYNTAX;
    chip->stats.poll_count++;
    pn532_field_switch(chip->field, true);
    forget_targets(chip);
    if (poll_once(chip, types_of(parameters), reply))
        return PN532_OUTCOME_REPLY;
    keep_for_waiting(chip, parameters);
    chip->waiting = PN532_WAITING_AUTO_POLL;
    chip->wait_until_mono_us =
        rounds == 0xFF ? PN532_NEVER : chip->now_mono_us + (uint64_t)rounds * period * type_count * 150000;
    return PN532_OUTCOME_WAIT;
}

enum pn532_outcome pn532_run_waiting(struct pn532_chip *chip, struct pn532_reply *reply)
{
    struct span parameters = span_of(chip->wait_parameters, chip->wait_size);
    switch (chip->waiting) {
    case PN532_WAITING_LIST:
        return list_type_a(chip, parameters, reply);
    case PN532_WAITING_AUTO_POLL:
        if (poll_once(chip, types_of(parameters), reply))
            return PN532_OUTCOME_REPLY;
        if (chip->now_mono_us < chip->wait_until_mono_us)
            return PN532_OUTCOME_WAIT;
        pn532_reply_put_byte(reply, 0);
        return PN532_OUTCOME_REPLY;
    case PN532_WAITING_NOT:
    case PN532_WAITING_FOREVER:
        break;
    }
    return PN532_OUTCOME_WAIT;
}

/* Tg counts from 1; bit 6 announces more data, which only ISO/IEC 14443-4 and DEP know. NULL: no
 * such target. */
static uint32_t *target_link(struct pn532_chip *chip, uint8_t tg)
{
    size_t number = tg & 0x3F;
    if (number < 1 || number > PN532_TARGET_COUNT_MAX || chip->target_links[number - 1] == 0)
        return NULL;
    return &chip->target_links[number - 1];
}

/* With two targets the chip wakes and selects the one that it did not speak to last. */
static struct pn532_slot *turn_to(struct pn532_chip *chip, uint32_t link)
{
    struct pn532_slot *slot = pn532_field_find(chip->field, link);
    if (slot == NULL || chip->target_active == link)
        return slot;
    struct pn532_slot *other = pn532_field_find(chip->field, chip->target_active);
    if (other != NULL)
        pn532_field_halt(chip->field, other);
    chip->target_active = link;
    return find_card(chip, span_of(slot->card.uid, slot->card.uid_size));
}

static enum pn532_outcome authenticate(struct pn532_chip *chip, struct pn532_slot *slot, struct span frame,
                                       struct pn532_reply *reply)
{
    if (slot->card.state != PN532_CARD_ACTIVE)
        return reply_status(chip, reply, STATUS_TIMEOUT);
    slot->exchange_count++;
    pn532_chip_count_air(chip, 4, 4);
    pn532_chip_count_air(chip, 8, 4);
    const struct pn532_tech *tech = slot->card.tech;
    if (tech->authenticate == NULL || !tech->authenticate(&slot->card, frame)) {
        pn532_field_halt(chip->field, slot);
        return reply_status(chip, reply, STATUS_AUTHENTICATION);
    }
    pn532_register_write(&chip->registers, PN532_STATUS2, PN532_STATUS2_CRYPTO);
    return reply_status(chip, reply, STATUS_OK);
}

static enum pn532_outcome reply_air(struct pn532_chip *chip, enum pn532_air air,
                                    const struct pn532_answer *answer, struct pn532_reply *reply)
{
    switch (air) {
    case PN532_AIR_SILENCE:
        return reply_status(chip, reply, STATUS_TIMEOUT);
    case PN532_AIR_ACK:
        return reply_status(chip, reply, STATUS_OK);
    case PN532_AIR_NAK:
        return reply_status(chip, reply, STATUS_DATA_FORMAT);
    case PN532_AIR_DATA:
        break;
    }
    if (answer->size > sizeof(reply->bytes) - 1)
        return reply_status(chip, reply, STATUS_RF_BUFFER);
    (void)reply_status(chip, reply, STATUS_OK);
    pn532_reply_put(reply, span_of(answer->bytes, answer->size));
    return PN532_OUTCOME_REPLY;
}

/* What did not fit into one reply is asked for by an exchange without data; one with data gets it, too, as the chip
 * still has it (more information: bit 6 of the status). */
static enum pn532_outcome reply_rest(struct pn532_chip *chip, struct pn532_reply *reply)
{
    enum { STATUS_MORE = 0x40 };
    size_t room = sizeof(reply->bytes) - 1;
    size_t size = chip->rest_size < room ? chip->rest_size : room;
    bool has_more = size < chip->rest_size;
    chip->error_last = STATUS_OK;
    pn532_reply_put_byte(reply, has_more ? STATUS_MORE : STATUS_OK);
    pn532_reply_put(reply, span_of(chip->rest, size));
    chip->rest_size -= size;
    memmove(chip->rest, chip->rest + size, chip->rest_size);
    return PN532_OUTCOME_REPLY;
}

/* The blocks of 64 bytes that carry so much, and their acknowledgements. */
static void count_blocks(struct pn532_chip *chip, size_t tx_size, size_t rx_size)
{
    enum { BLOCK_DATA = 61, BLOCK_OVERHEAD = 3 };
    pn532_chip_count_air(chip, tx_size % BLOCK_DATA + BLOCK_OVERHEAD, rx_size % BLOCK_DATA + BLOCK_OVERHEAD);
    for (size_t i = 0; i < tx_size / BLOCK_DATA + rx_size / BLOCK_DATA; i++)
        pn532_chip_count_air(chip, BLOCK_DATA + BLOCK_OVERHEAD, BLOCK_OVERHEAD);
}

static enum pn532_outcome exchange_apdu(struct pn532_chip *chip, struct pn532_slot *slot, struct span apdu,
                                        struct pn532_reply *reply)
{
    struct pn532_answer answer = {.size = 0};
    if (chip->rest_size > 0)
        return reply_rest(chip, reply);
    slot->exchange_count++;
    enum pn532_air air = pn532_isodep_transmit(&slot->card, apdu, &answer);
    count_blocks(chip, apdu.size, answer.size);
    if (air != PN532_AIR_DATA)
        return reply_status(chip, reply, STATUS_TIMEOUT);
    memcpy(chip->rest, answer.bytes, answer.size);
    chip->rest_size = answer.size;
    return reply_rest(chip, reply);
}

/* 7.3.8 InDataExchange: Tg data.. ; 60 and 61 are MIFARE authentication, whatever the card takes them for, unless it is
 * in layer 4. */
enum pn532_outcome pn532_run_data_exchange(struct pn532_chip *chip, struct span parameters,
                                           struct pn532_reply *reply)
{
    struct span frame = span_of(parameters.bytes + 1, parameters.size - 1);
    struct pn532_answer answer;
    uint32_t *link = target_link(chip, parameters.bytes[0]);
    if (link == NULL)
        return reply_status(chip, reply, STATUS_CONTEXT);
    reply->link = *link;
    struct pn532_slot *slot = turn_to(chip, *link);
    if (slot != NULL && slot->card.state == PN532_CARD_ACTIVE && slot->card.layer_4.is_entered)
        return exchange_apdu(chip, slot, frame, reply);
    if (slot == NULL || frame.size == 0)
        return reply_status(chip, reply, STATUS_TIMEOUT);
    if (frame.bytes[0] == 0x60 || frame.bytes[0] == 0x61)
        return authenticate(chip, slot, frame, reply);
    if (slot->card.state != PN532_CARD_ACTIVE)
        return reply_status(chip, reply, STATUS_TIMEOUT);
    enum pn532_air air = pn532_field_exchange(chip->field, frame, &answer);
    pn532_chip_count_air(chip, frame.size + 2, answer.size + 2);
    return reply_air(chip, air, &answer, reply);
}

/* Without CRC in the receiver the bits come through as they are: data with its CRC, or 4 bits of ACK
 * or NAK. */
static enum pn532_outcome reply_raw(struct pn532_chip *chip, enum pn532_air air, struct pn532_answer *answer,
                                    struct pn532_reply *reply)
{
    bool has_crc = (pn532_register_read(&chip->registers, PN532_RX_MODE) & PN532_MODE_CRC) != 0;
    bool is_nibble = air == PN532_AIR_ACK || air == PN532_AIR_NAK;
    if (is_nibble && has_crc) /* 4 bits hold no CRC */
        return reply_status(chip, reply, STATUS_CRC);
    pn532_register_write(&chip->registers, PN532_CONTROL, is_nibble ? 4 : 0);
    if (air == PN532_AIR_DATA && !has_crc && answer->size + 2 <= sizeof(answer->bytes)) {
        pn532_crc_a(span_of(answer->bytes, answer->size), answer->bytes + answer->size);
        answer->size += 2;
    }
    return reply_air(chip, is_nibble ? PN532_AIR_DATA : air, answer, reply);
}

/* 7.3.9 InCommunicateThru: the frame goes out as the registers say. */
enum pn532_outcome pn532_run_communicate_thru(struct pn532_chip *chip, struct span parameters,
                                              struct pn532_reply *reply)
{
    struct span frame = parameters;
    struct pn532_answer answer;
    struct pn532_slot *slot = pn532_field_active(chip->field);
    uint8_t mode = pn532_register_read(&chip->registers, PN532_TX_MODE);
    bool is_short = (pn532_register_read(&chip->registers, PN532_BIT_FRAMING) & PN532_LAST_BITS) != 0;
    if (slot != NULL)
        reply->link = slot->link;
    if ((mode & PN532_MODE_FRAMING) != 0 || is_short) {
        pn532_chip_count_air(chip, frame.size, 0);
        return reply_status(chip, reply, STATUS_TIMEOUT);
    }
    if ((mode & PN532_MODE_CRC) == 0 && !pn532_crc_a_strip(&frame))
        return reply_status(chip, reply, STATUS_TIMEOUT);
    if (slot == NULL)
        pn532_field_hear(chip->field, frame);
    enum pn532_air air = pn532_field_exchange(chip->field, frame, &answer);
    pn532_chip_count_air(chip, frame.size + 2, answer.size + 2);
    return reply_raw(chip, air, &answer, reply);
}

/* S(DESELECT), which is answered, or HLTA, which is not. */
static void count_farewell(struct pn532_chip *chip, const struct pn532_slot *slot)
{
    bool is_layer_4 = slot->card.layer_4.is_entered;
    pn532_chip_count_air(chip, is_layer_4 ? 3 : 4, is_layer_4 ? 3 : 0);
}

static enum pn532_outcome halt_targets(struct pn532_chip *chip, uint8_t tg, bool is_released,
                                       struct pn532_reply *reply)
{
    if (tg != 0 && target_link(chip, tg) == NULL)
        return reply_status(chip, reply, STATUS_CONTEXT);
    for (uint8_t number = 1; number <= PN532_TARGET_COUNT_MAX; number++) {
        uint32_t *link = target_link(chip, number);
        if (link == NULL || (tg != 0 && number != (tg & 0x3F)))
            continue;
        struct pn532_slot *slot = pn532_field_find(chip->field, *link);
        if (slot != NULL && slot->card.state == PN532_CARD_ACTIVE)
            count_farewell(chip, slot);
        if (slot != NULL)
            pn532_field_halt(chip->field, slot);
        if (is_released)
            *link = 0;
    }
    chip->rest_size = 0;
    pn532_register_write(&chip->registers, PN532_STATUS2, 0);
    return reply_status(chip, reply, STATUS_OK);
}

/* 7.3.10 InDeselect: Tg, 0 = all. The target stays known. */
enum pn532_outcome pn532_run_deselect(struct pn532_chip *chip, struct span parameters,
                                      struct pn532_reply *reply)
{
    return halt_targets(chip, parameters.bytes[0], false, reply);
}

/* 7.3.11 InRelease: the chip forgets the target, too. */
enum pn532_outcome pn532_run_release(struct pn532_chip *chip, struct span parameters,
                                     struct pn532_reply *reply)
{
    return halt_targets(chip, parameters.bytes[0], true, reply);
}

/* 7.3.12 InSelect: wakes and selects a target that is known. */
enum pn532_outcome pn532_run_select(struct pn532_chip *chip, struct span parameters,
                                    struct pn532_reply *reply)
{
    uint32_t *link = target_link(chip, parameters.bytes[0]);
    if (link == NULL)
        return reply_status(chip, reply, STATUS_CONTEXT);
    struct pn532_slot *slot = pn532_field_find(chip->field, *link);
    chip->target_active = *link;
    if (slot == NULL || find_card(chip, span_of(slot->card.uid, slot->card.uid_size)) == NULL)
        return reply_status(chip, reply, STATUS_TIMEOUT);
    pn532_registers_set_selected(&chip->registers);
    return reply_status(chip, reply, STATUS_OK);
}
