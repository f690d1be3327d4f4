/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/isodep.h"

/* ISO/IEC 14443-4 7.1: the first byte of a block, without CID and NAD, which no ATS here offers. */
enum {
    RATS = 0xE0,
    BLOCK_KIND = 0xE2,
    BLOCK_I = 0x02,
    BLOCK_R = 0xA2,
    BLOCK_NUMBER = 0x01,
    BLOCK_CHAINED = 0x10, /* I: more follows. R: NAK */
    BLOCK_DESELECT = 0xC2,
    PPS = 0xD0,
    BLOCK_OVERHEAD = 3 /* its first byte and the CRC */
};

bool pn532_isodep_enter(struct pn532_card *card, uint8_t parameter)
{
    static const uint16_t frame_sizes[] = {16, 24, 32, 40, 48, 64, 96, 128, 256}; /* table 1 */
    if ((card->sak & 0x20) == 0 || card->ats_size == 0)
        return false;
    size_t index = parameter >> 4;
    card->layer_4 = (struct pn532_layer_4){
        .is_entered = true,
        .number = 1, /* 7.5.3.2 rule C */
        .frame_size = frame_sizes[index < COUNT_OF(frame_sizes) ? index : COUNT_OF(frame_sizes) - 1],
    };
    return true;
}

void pn532_isodep_leave(struct pn532_card *card)
{
    card->layer_4 = (struct pn532_layer_4){.is_entered = false};
}

enum pn532_air pn532_isodep_transmit(struct pn532_card *card, struct span apdu, struct pn532_answer *answer)
{
    answer->size = 0;
    if (card->tech->transmit == NULL || apdu.size == 0)
        return PN532_AIR_SILENCE;
    return card->tech->transmit(card, apdu, answer);
}

static enum pn532_air answer_one(struct pn532_answer *answer, uint8_t byte)
{
    answer->bytes[0] = byte;
    answer->size = 1;
    return PN532_AIR_DATA;
}

/* The next block of the answer; it can be asked for again. */
static enum pn532_air send_block(struct pn532_card *card, struct pn532_answer *answer)
{
    struct pn532_layer_4 *layer = &card->layer_4;
    size_t room = layer->frame_size - BLOCK_OVERHEAD;
    size_t left = layer->answer_size - layer->answer_at;
    size_t size = left < room ? left : room;
    answer->bytes[0] = (uint8_t)(BLOCK_I | layer->number | (left > size ? BLOCK_CHAINED : 0));
    memcpy(answer->bytes + 1, layer->answer + layer->answer_at, size);
    answer->size = 1 + size;
    return PN532_AIR_DATA;
}

static enum pn532_air take_information(struct pn532_card *card, struct span frame,
                                       struct pn532_answer *answer)
{
    struct pn532_layer_4 *layer = &card->layer_4;
    if (layer->command_size + frame.size - 1 > sizeof(layer->command))
        return PN532_AIR_SILENCE;
    memcpy(layer->command + layer->command_size, frame.bytes + 1, frame.size - 1);
    layer->command_size += frame.size - 1;
    layer->number ^= 1; /* rule D */
    if ((frame.bytes[0] & BLOCK_CHAINED) != 0)
        return answer_one(answer, (uint8_t)(BLOCK_R | layer->number));
    struct pn532_answer whole;
    enum pn532_air air = pn532_isodep_transmit(card, span_of(layer->command, layer->command_size), &whole);
    layer->command_size = 0;
    if (air != PN532_AIR_DATA || whole.size > sizeof(layer->answer))
        return PN532_AIR_SILENCE;
    memcpy(layer->answer, whole.bytes, whole.size);
    layer->answer_size = whole.size;
    layer->answer_at = 0;
    return send_block(card, answer);
}

/* Rules 11 to 13: the same number asks for the last block again; another one is the next block's, or a question whether
 * the card is there. */
static enum pn532_air take_request(struct pn532_card *card, uint8_t head, struct pn532_answer *answer)
{
    struct pn532_layer_4 *layer = &card->layer_4;
    bool is_same = (head & BLOCK_NUMBER) == layer->number;
    bool is_nak = (head & BLOCK_CHAINED) != 0;
    if (is_same && layer->answer_size > 0)
        return send_block(card, answer);
    if (is_nak)
        return answer_one(answer, (uint8_t)(BLOCK_R | layer->number));
    size_t at = layer->answer_at + layer->frame_size - BLOCK_OVERHEAD;
    if (is_same || at >= layer->answer_size)
        return PN532_AIR_SILENCE;
    layer->answer_at = at;
    layer->number ^= 1; /* rule E */
    return send_block(card, answer);
}

static enum pn532_air take_rats(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    if (frame.size != 2 || frame.bytes[0] != RATS || !pn532_isodep_enter(card, frame.bytes[1]))
        return PN532_AIR_SILENCE;
    memcpy(answer->bytes, card->ats, card->ats_size);
    answer->size = card->ats_size;
    return PN532_AIR_DATA;
}

enum pn532_air pn532_isodep_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    answer->size = 0;
    uint8_t head = frame.bytes[0];
    if (!card->layer_4.is_entered)
        return take_rats(card, frame, answer);
    if (head == BLOCK_DESELECT && frame.size == 1) {
        pn532_isodep_leave(card);
        return answer_one(answer, BLOCK_DESELECT);
    }
    if ((head & 0xF0) == PPS)
        return answer_one(answer, head);
    if ((head & BLOCK_KIND) == BLOCK_I)
        return take_information(card, frame, answer);
    if ((head & BLOCK_KIND) == BLOCK_R && frame.size == 1)
        return take_request(card, head, answer);
    return PN532_AIR_SILENCE;
}
