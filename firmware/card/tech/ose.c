/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/ose.h"

#include "card/ber.h"

enum { TAG_FCI = 0x6F, TAG_LABEL = 0x50 };

static const uint8_t SELECT[] = {0x00, 0xA4, 0x04, 0x00, 0x0A, 'O', 'S', 'E',
                                 '.',  'V',  'A',  'S',  '.',  '0', '1', 0x00};

enum { STATUS_LOCKED = 0x6287, STATUS_HOLDER_WANTED = 0x6984 };

/* A phone may say at its first word already what it says of a pass. */
static enum err err_of_status(uint16_t status)
{
    if (status == CARD_STATUS_OK)
        return ERR_OK;
    return status == STATUS_LOCKED || status == STATUS_HOLDER_WANTED ? ERR_PENDING
                                                                     : card_apdu_refusal(status);
}

static enum err ask(const struct tag *tag, struct card_ose *ose)
{
    if (ose->is_asked)
        return ose->outcome;
    ose->is_asked = true;
    ose->outcome = card_apdu_transmit(tag, span_of(SELECT, sizeof SELECT), &ose->answer);
    if (ose->outcome == ERR_OK)
        ose->outcome = err_of_status(ose->answer.status);
    return ose->outcome;
}

enum err card_ose_select(const struct tag *tag, struct card_ose *ose, const char *name,
                         struct span *out_template)
{
    static const uint32_t fci = TAG_FCI, label = TAG_LABEL;
    struct span inner, wallet;
    TRY(ask(tag, ose));
    if (card_ber_find(card_answer_body(&ose->answer), &fci, 1, &inner) != ERR_OK ||
        card_ber_find(inner, &label, 1, &wallet) != ERR_OK)
        return ERR_SYNTAX;
    if (!span_is_equal(wallet, span_of_text(name)))
        return ERR_NOT_FOUND;
    *out_template = inner;
    return ERR_OK;
}

static bool is_cut_off(enum err outcome)
{
    return outcome == ERR_IO || outcome == ERR_TOO_LONG || outcome == ERR_TIMEOUT || outcome == ERR_CLOSED;
}

void card_ose_end(const struct tag *tag, const struct card_ose *ose, enum err outcome)
{
    if (ose->is_spoken_to && !is_cut_off(outcome) && tag->ops->release != NULL)
        (void)tag->ops->release(tag->self); /* what was read stands, whether the phone can be let go or not */
}
