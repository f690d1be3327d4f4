/* SPDX-License-Identifier: Apache-2.0 */
#include "card/aim.h"

#define IDENTIFIER_SIZE 3

/* The first row that fits. What has no row is taken by no member: add-ons of two and five digits (]E1 ]E2), codes in which FNC1 stands
 * in the second place (]C2 ]d3 ...), ITF and Codabar, which are read short too easily. */
static const struct symbology {
    char letter;
    char modifier; /* 0: any */
    uint8_t reading;
} SYMBOLOGIES[] = {
    {'E', '0', CARD_READING_EAN},    {'E', '4', CARD_READING_EAN8}, /* EAN-13 and UPC, EAN-8 */
    {'C', '0', CARD_READING_NUMBER}, {'C', '1', CARD_READING_GS1},  /* Code 128 */
    {'A', 0, CARD_READING_NUMBER},   {'G', 0, CARD_READING_NUMBER}, /* Code 39, Code 93 */
    {'e', '0', CARD_READING_GS1},                                   /* GS1 DataBar */
    {'d', '2', CARD_READING_GS1},    {'d', '1', CARD_READING_TEXT}, /* Data Matrix */
    {'Q', '3', CARD_READING_GS1},    {'Q', '1', CARD_READING_TEXT}, /* QR */
    {'Q', '0', CARD_READING_TEXT},   {'z', '1', CARD_READING_GS1},  /* QR model 1, Aztec */
    {'z', '0', CARD_READING_TEXT},   {'L', '0', CARD_READING_TEXT}, /* PDF417 */
};

static const struct symbology *find(char letter, char modifier)
{
    for (size_t i = 0; i < COUNT_OF(SYMBOLOGIES); i++)
        if (SYMBOLOGIES[i].letter == letter &&
            (SYMBOLOGIES[i].modifier == 0 || SYMBOLOGIES[i].modifier == modifier))
            return &SYMBOLOGIES[i];
    return NULL;
}

/* The letters of all symbologies that have an identifier: only these begin another code within a message. */
static bool begins_code(struct span text)
{
    return text.size >= IDENTIFIER_SIZE && text.bytes[0] == ']' && text.bytes[1] != '\0' &&
           strchr("ACEFGIKLMOQRSXdepoz", text.bytes[1]) != NULL && text.bytes[2] >= '0' &&
           text.bytes[2] <= '9';
}

static size_t size_of_code(struct span message)
{
    size_t at = 1;
    while (at < message.size && !begins_code(span_of(message.bytes + at, message.size - at)))
        at++;
    return at;
}

enum err card_aim_take(struct span *message, struct card_aim_code *out)
{
    if (message->size == 0)
        return ERR_TRUNCATED;
    if (message->bytes[0] != ']') {
        *out = (struct card_aim_code){CARD_READING_PLAIN, *message};
        *message = span_of(message->bytes + message->size, 0);
        return ERR_OK;
    }
    struct span code = span_of(message->bytes, size_of_code(*message));
    *message = span_of(message->bytes + code.size, message->size - code.size);
    if (code.size < IDENTIFIER_SIZE)
        return ERR_UNSUPPORTED;
    const struct symbology *row = find((char)code.bytes[1], (char)code.bytes[2]);
    if (row == NULL)
        return ERR_UNSUPPORTED;
    *out = (struct card_aim_code){(enum card_reading)row->reading,
                                  span_of(code.bytes + IDENTIFIER_SIZE, code.size - IDENTIFIER_SIZE)};
    return ERR_OK;
}
