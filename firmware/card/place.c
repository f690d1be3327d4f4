/* SPDX-License-Identifier: Apache-2.0 */
#include "card/place.h"

#include "base/hex.h"
#include "card/text.h"

enum { NIBBLE_FILL = 0x0F };

enum err card_place_check(const struct card_place *place)
{
    bool is_sound =
        place->size > 0 && place->size <= CARD_PLACE_SIZE_MAX && place->form < CARD_PLACE_FORM_COUNT;
    return is_sound ? ERR_OK : ERR_SYNTAX;
}

static bool fills_text(uint8_t c)
{
    return c == 0x00 || c == 0xFF || c == ' ';
}

static enum err number_of_text(struct span bytes, char out[2 * CARD_PLACE_SIZE_MAX + 1])
{
    size_t size = bytes.size;
    while (size > 0 && fills_text(bytes.bytes[size - 1]))
        size--;
    memcpy(out, bytes.bytes, size);
    out[size] = '\0';
    return memchr(out, '\0', size) == NULL ? ERR_OK : ERR_SYNTAX;
}

static uint8_t nibble_at(struct span bytes, size_t at)
{
    return at % 2 == 0 ? bytes.bytes[at / 2] >> 4 : bytes.bytes[at / 2] & 0x0F;
}

static enum err number_of_bcd(struct span bytes, char out[2 * CARD_PLACE_SIZE_MAX + 1])
{
    size_t size = 2 * bytes.size;
    while (size > 0 && nibble_at(bytes, size - 1) == NIBBLE_FILL)
        size--;
    for (size_t i = 0; i < size; i++) {
        uint8_t nibble = nibble_at(bytes, i);
        if (nibble > 9)
            return ERR_SYNTAX;
        out[i] = (char)('0' + nibble);
    }
    out[size] = '\0';
    return ERR_OK;
}

static enum err number_of_hex(struct span bytes, char out[2 * CARD_PLACE_SIZE_MAX + 1])
{
    hex_write(bytes, out);
    return ERR_OK;
}

enum err card_place_read(const struct card_place *place, struct span bytes, char out_text[CARD_TEXT_MAX])
{
    static enum err (*const readers[CARD_PLACE_FORM_COUNT])(struct span, char *) = {
        [CARD_PLACE_TEXT] = number_of_text,
        [CARD_PLACE_BCD] = number_of_bcd,
        [CARD_PLACE_HEX] = number_of_hex,
    };
    char number[2 * CARD_PLACE_SIZE_MAX + 1];
    if (card_place_check(place) != ERR_OK || bytes.size != place->size)
        return ERR_SYNTAX;
    TRY(readers[place->form](bytes, number));
    return card_text_of_number_or(ERR_SYNTAX, span_of_text(number), out_text);
}
