/* SPDX-License-Identifier: Apache-2.0 */
#include "card/apdu.h"

#include "base/bytes.h"

#define STATUS_SIZE 2

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
