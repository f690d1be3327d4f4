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

bool card_technology_is_scanned(enum reader_technology technology)
{
    const struct card_technology *row = find_technology(technology);
    return row != NULL && row->is_scanned;
}

static const char *const NUMBER_REFUSALS[ERR_COUNT] = {
    [ERR_TRUNCATED] = "the number is too short",
    [ERR_TOO_LONG] = "the number is too long",
    [ERR_SYNTAX] = "the number holds a character that member numbers do not have",
    [ERR_CHECKSUM] = "the check digit does not fit: misread or mistyped",
    [ERR_UNSUPPORTED] = "it is no member's: an article, or another kind of code",
    [ERR_RANGE] = "it is the number of a payment card",
};

static const char *const TAG_REFUSALS[ERR_COUNT] = {
    [ERR_NOT_FOUND] = "the card names no member",
    [ERR_SYNTAX] = "the card names no member",
    [ERR_UNSUPPORTED] = "the card has no lasting number: a phone, or a kind that is not taken here",
    [ERR_IO] = "the card could not be read: hold it still a little longer",
};

static const char *sentence_of(const char *const sentences[ERR_COUNT], enum err error)
{
    if ((unsigned)error < ERR_COUNT && sentences[error] != NULL)
        return sentences[error];
    return err_sentence(error);
}

const char *card_refusal(enum err error)
{
    return sentence_of(NUMBER_REFUSALS, error);
}

const char *card_tag_refusal(enum err error)
{
    return sentence_of(TAG_REFUSALS, error);
}
