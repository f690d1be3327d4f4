/* SPDX-License-Identifier: Apache-2.0 */
#include "card/apdu.h"

#include "base/bytes.h"

#define STATUS_SIZE 2

enum { STATUS_MORE_WAITS = 0x61 };

/* ISO/IEC 7816-4 5.6, and DESFire's own words. */
static const struct refusal_row {
    uint16_t status;
    uint16_t mask;
} REFUSALS[] = {
    {0x6283, 0xFFFF},                /* the application is shut for good */
    {0x6700, 0xFFFF},                /* wrong length */
    {0x6800, 0xFF00},                /* not in this class */
    {0x6A81, 0xFFFF},                /* no such function */
    {CARD_STATUS_NOT_FOUND, 0xFFFF}, /* no such application or file */
    {0x6A86, 0xFFFF},                /* P1, P2 */
    {0x6982, 0xFFFF},                /* for those alone who prove who they are */
    {0x6985, 0xFFFF},                /* not as it stands now */
    {0x6986, 0xFFFF},                /* no file is selected */
    {0x6999, 0xFFFF},                /* Java Card: the application does not want to be selected */
    {0x6B00, 0xFFFF},                /* beyond the file */
    {0x6C00, 0xFF00},                /* another length */
    {0x6D00, 0xFF00},                /* no such instruction */
    {0x6E00, 0xFF00},                /* no such class */
    {0x911C, 0xFFFF},                /* no such command */
    {0x917E, 0xFFFF},                /* wrong length */
    {0x919D, 0xFFFF},                /* not permitted */
    {0x91A0, 0xFFFF},                /* no such application */
};

enum err card_apdu_refusal(uint16_t status)
{
    for (size_t i = 0; i < COUNT_OF(REFUSALS); i++)
        if ((status & REFUSALS[i].mask) == REFUSALS[i].status)
            return ERR_NOT_FOUND;
    return ERR_IO;
}

bool card_apdu_is_selected(const struct card_answer *answer)
{
    return answer->status == CARD_STATUS_OK || answer->status >> 8 == STATUS_MORE_WAITS;
}

enum err card_apdu_transmit(const struct tag *tag, struct span command, struct card_answer *out)
{
    size_t size = 0;
    if (tag->ops->transmit == NULL)
        return ERR_UNSUPPORTED;
    enum err error = tag->ops->transmit(tag->self, command, out->bytes, sizeof(out->bytes), &size);
    if (error == ERR_NOT_FOUND) /* it is away: that it names nobody, only what stands on it may say */
        return ERR_IO;
    TRY(error);
    if (size < STATUS_SIZE ||
        size > sizeof(out->bytes)) /* pcscd says so of a card that went while it was asked */
        return ERR_IO;
    out->size = size - STATUS_SIZE;
    out->status = (uint16_t)bytes_get_be(out->bytes + out->size, STATUS_SIZE);
    return ERR_OK;
}
