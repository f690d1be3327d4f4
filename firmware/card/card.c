/* SPDX-License-Identifier: Apache-2.0 */
#include "card/card.h"

#include "card/tech/technology.h"

/* Nothing of ours in it, or nothing that makes sense: the technology has no say, the next one may try. */
static bool leaves_it_to_others(enum err error)
{
    return error == ERR_NOT_FOUND || error == ERR_SYNTAX || error == ERR_TRUNCATED ||
           error == ERR_UNSUPPORTED;
}

enum err card_identify(struct tag *tag, const struct card_tag_rules *rules, struct card_identity *out)
{
    enum err error = ERR_NOT_FOUND;
    for (size_t i = 0; i < card_technology_count; i++) {
        const struct card_technology *row = &card_technologies[i];
        if (row->fits == NULL || !row->fits(&tag->target))
            continue;
        struct card_identity identity = {.technology = row->technology, .trust = row->trust};
        error = row->read(tag, rules, identity.text);
        if (error == ERR_OK)
            *out = identity;
        if (!leaves_it_to_others(error))
            return error;
    }
    return error;
}

static const struct card_technology *find_technology(enum reader_technology technology)
{
    for (size_t i = 0; i < card_technology_count; i++)
        if (card_technologies[i].technology == technology)
            return &card_technologies[i];
    return NULL;
}

const char *card_technology_name(enum reader_technology technology)
{
    const struct card_technology *row = find_technology(technology);
    return row != NULL ? row->name : "?";
}

enum card_trust card_trust_of(enum reader_technology technology)
{
    const struct card_technology *row = find_technology(technology);
    return row != NULL ? row->trust : CARD_TRUST_NONE;
}

static const char *const REFUSALS[ERR_COUNT] = {
    [ERR_TRUNCATED] = "the number is too short",
    [ERR_TOO_LONG] = "the number is too long",
    [ERR_SYNTAX] = "the number holds a character that member numbers do not have",
    [ERR_CHECKSUM] = "the check digit does not fit: misread or mistyped",
    [ERR_UNSUPPORTED] =
        "it is not a member's: an article, another kind of code, or a card without a lasting number",
    [ERR_RANGE] = "it is the number of a payment card",
    [ERR_NOT_FOUND] = "the card names no member",
    [ERR_IO] = "the card could not be read: hold it still a little longer",
    [ERR_TIMEOUT] = "the reader does not answer",
    [ERR_CLOSED] = "the reader is gone",
};

const char *card_refusal(enum err error)
{
    if ((unsigned)error < ERR_COUNT && REFUSALS[error] != NULL)
        return REFUSALS[error];
    return err_sentence(error);
}
